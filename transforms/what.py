"""Which words of a sentence hold an event: its type, its frame, who and where by position, and its status.

A frame says how to read the words around a trigger ("the subject goes to the object"); the frames and their words
stand in data/verbs.toml. The status comes from status.py.
"""

from collections.abc import Iterator
from typing import NamedTuple

from transforms import lexicon
from transforms.grammar import (
    antecedent,
    effective,
    is_noun,
    is_passive,
    is_verb,
    led_by,
    subject,
    tense,
    verb,
)
from transforms.parse import Tree
from transforms.status import Verdict, beside_the_point, judge, kind_of

#: The type of what a frame reads.
TYPES = {"sign": "SUPPORT", "back": "SUPPORT", "agree": "AGREE", "deal": "AGREE"}


class Finding(NamedTuple):
    """One trigger, read in its frame. Words by index; noun phrases by their head, conjuncts not yet followed."""

    frame: str
    trigger: tuple[int, int]  # first and last word
    core: int  # the word that was judged
    agents: tuple[int, ...]  # visitor, caller, signer, those who meet
    others: tuple[int, ...]  # host, called, partner
    places: tuple[int, ...]
    flags: frozenset[str]  # many | neutral | wire | back-reference | paper
    verdict: Verdict

    @property
    def type(self) -> str:
        """One of schemas.event.TYPES."""
        return TYPES.get(self.frame, "CONSULT")


# ---------------------------------------------------------------- frames


def find(tree: Tree) -> list[Finding]:
    """Return what a sentence holds, in the order of its words. Questions and sport hold nothing."""
    if tree.text.rstrip("\"'”’» ").endswith("?") or _is_sport(tree):
        return []
    found = []
    for index in range(len(tree)):
        for finding in _read(tree, index):
            found.append(finding)
    return found


def _is_sport(tree: Tree) -> bool:
    words = lexicon.words("verbs", "beside", "sport")
    return any(token.lower in words for token in tree.tokens)


def _read(tree: Tree, index: int) -> Iterator[Finding]:
    if is_verb(tree, index):
        frame = lexicon.kinds("verbs", "verbs").get(lexicon.verb(tree[index].lower))
        if frame is not None:
            yield from _verb_frame(tree, index, frame)
        elif kind_of(tree, index) in ("cancel", "postpone"):
            yield from _off_frame(tree, index)
        if tree[index].lower in ("is", "are", "was", "were", "been"):
            yield from _due(tree, index)
    elif is_noun(tree, index) and not (tree[index].dep == "compound" and is_noun(tree, tree[index].head)):
        frame = lexicon.kinds("verbs", "nouns").get(lexicon.noun(tree[index].lower))
        if _phone_noun(tree, index):
            yield from _noun_frame(tree, index, "phone")
        elif frame is not None:
            yield from _noun_frame(tree, index, frame)
        elif tree[index].lower == "exchange" and any(tree[each].lower == "views" for each in led_by(tree, index, "of")):
            yield from _noun_frame(tree, index, "meet")


def _finding(
    tree: Tree,
    frame: str,
    core: int,
    *,
    agents: list[int],
    others: list[int],
    places: list[int],
    flags: set[str] | None = None,
    first: int | None = None,
) -> Iterator[Finding]:
    verdict = judge(tree, core)
    if verdict is not None:
        trigger = (core if first is None else first, core)
        yield Finding(
            frame, trigger, core, tuple(agents), tuple(others), tuple(places), frozenset(flags or ()), verdict
        )


def _sides(tree: Tree, index: int) -> tuple[list[int], list[int]]:
    """Return who does and who suffers what a verb says."""
    doer = subject(tree, index)
    objects = [antecedent(tree, each) for each in tree.children(index, "dobj")]
    if tree[index].dep == "relcl" and not objects and tree[index].tag != "VBG":
        objects = [tree[index].head] if doer != tree[index].head else []
    if is_passive(tree, index):
        return led_by(tree, index, "by"), [] if doer is None else [doer]
    return [] if doer is None else [doer], objects


def _where(tree: Tree, index: int) -> list[int]:
    return led_by(tree, index, *lexicon.table("verbs", "beside")["to"])


def _where_inside(tree: Tree, index: int) -> list[int]:
    """Return where something is done, also where the parser hangs the place on another word behind the verb."""
    found = _where(tree, index)
    for each in tree.below(index):
        if each > index and tree[each].lower in ("in", "at") and not _in_another_clause(tree, each, index):
            found += [place for place in tree.children(each, "pobj") if place not in found]
    return found


def _in_another_clause(tree: Tree, word: int, verb: int) -> bool:
    for node in tree.above(word):
        if node == verb:
            return False
        if is_verb(tree, node):
            return True
    return True


def _verb_frame(tree: Tree, index: int, frame: str) -> Iterator[Finding]:
    doers, done = _sides(tree, index)
    places = _where(tree, index)
    if frame in ("visit", "go", "spend", "receive"):
        yield from _journey(tree, index, frame, doers, done, places)
    elif frame == "accept":
        yield from _accept(tree, index, doers)
    elif frame == "meet" and not _is_view(tree, index, done):
        places = _where_inside(tree, index)
        partners = done + led_by(tree, index, "with")
        flags = _flags(tree, index) | {"partners"}
        yield from _finding(tree, frame, index, agents=doers, others=partners, places=places, flags=flags)
    elif frame in ("speak", "phone"):
        yield from _call(tree, index, frame, doers, done)
    elif frame == "attend":
        yield from _attended(tree, index, doers, done, places)
    elif frame == "mediate":
        between = led_by(tree, index, "between")
        yield from _finding(tree, "meet", index, agents=between, others=[], places=places, flags={"neutral"})
    elif frame == "invite":
        yield from _invited(tree, index, doers, done, places)
    elif frame in ("sign", "agree", "back"):
        yield from _accord(tree, index, frame, doers, done, _where_inside(tree, index))


def _journey(
    tree: Tree, index: int, frame: str, doers: list[int], done: list[int], places: list[int]
) -> Iterator[Finding]:
    """Read who goes where, or who receives whom."""
    if _is_habit(tree, index):
        return
    inviters = _inviters(tree, index)
    if frame == "visit" and done:
        yield from _finding(tree, frame, index, agents=doers, others=done + inviters, places=places + done)
    elif frame == "go" and not done and _goes_somewhere(tree, index, places):
        others = led_by(tree, index, "with") + inviters
        flags = {"many"} if any(_is_many(tree, each) for each in led_by(tree, index, "for", "to")) else set()
        yield from _finding(tree, frame, index, agents=doers, others=others, places=places, flags=flags)
    elif frame == "spend" and places:
        yield from _finding(tree, "go", index, agents=doers, others=[], places=places)
    elif frame == "receive" and not any(_event_noun(tree, each) for each in done):
        yield from _finding(tree, frame, index, agents=done, others=doers, places=places)


def _inviters(tree: Tree, *words: int) -> list[int]:
    """Return at whose invitation something takes place, said at some words."""
    found = []
    for word in words:
        for each in led_by(tree, word, "at", "on"):
            if tree[each].lower == "invitation":
                found += led_by(tree, each, "of", "from") + tree.children(each, "poss")
    return found


def _goes_somewhere(tree: Tree, index: int, places: list[int]) -> bool:
    """Say whether somebody sets out for a place: one that is named, or that was spoken of before ("he will go")."""
    home = any(tree[each].lower in ("home", "back") for each in tree.children(index, "advmod", "prt", "npadvmod"))
    spoken_of = lexicon.verb(tree[index].lower) in ("go", "come", "travel")
    return not home and not is_passive(tree, index) and (bool(places) or spoken_of)


def _is_habit(tree: Tree, index: int) -> bool:
    """Say whether something is done again and again: "they come every week"."""
    times = tree.children(index, "npadvmod", "advmod")
    words = {tree[each].lower for time in times for each in (time, *tree.children(time, "det"))}
    return bool(words & {"every", "each", "often", "usually", "regularly", "always"})


def _attended(tree: Tree, index: int, doers: list[int], done: list[int], places: list[int]) -> Iterator[Finding]:
    """Read "X attended a summit in Z", and of one state's ceremony that it was a visit there."""
    for each in done:
        where = places + led_by(tree, each, "in", "at")
        inviters = _inviters(tree, index, each)
        if _is_many(tree, each):
            where = [*where, each]
            yield from _finding(tree, "attend", index, agents=doers, others=inviters, places=where, flags={"many"})
        elif _is_occasion(tree, each) and tree[index].dep not in ("advcl", "acl"):
            yield from _finding(tree, "go", index, agents=doers, others=inviters, places=where)


def _is_view(tree: Tree, index: int, done: list[int]) -> bool:
    """Say whether "see" tells how something is seen: "they see it as a chance"."""
    if lexicon.verb(tree[index].lower) != "see":
        return False
    return bool(led_by(tree, index, "as")) or not any(tree[each].tag.startswith("NN") for each in done)


def _off_frame(tree: Tree, index: int) -> Iterator[Finding]:
    """Read "it was called off": a pronoun for the visit or meeting spoken of last."""
    _, done = _sides(tree, index)
    if done and tree[done[0]].lower in ("it", "this", "that"):
        yield from _finding(tree, "off", index, agents=[], others=[], places=[], flags={"back-reference"})


def _accept(tree: Tree, index: int, doers: list[int]) -> Iterator[Finding]:
    """Read "X accepted" after an invitation."""
    objects = tree.children(index, "dobj")
    if (
        doers
        and not is_passive(tree, index)
        and all(tree[each].lower in ("it", "offer", "proposal") for each in objects)
    ):
        verdict = Verdict("planned", False, False, False, frozenset())
        yield Finding("accept", (index, index), index, tuple(doers), (), (), frozenset({"back-reference"}), verdict)


def _call(tree: Tree, index: int, frame: str, doers: list[int], done: list[int]) -> Iterator[Finding]:
    wire = any(tree[each].lower in lexicon.words("verbs", "beside", "by_wire") for each in tree.below(index))
    partners = (done if frame == "phone" else []) + led_by(tree, index, "with", "to")
    for each in tree.children(index, "prep", "agent"):
        for inner in tree.children(each, "pobj"):
            partners += led_by(tree, inner, "with")
    noun_inside = any(
        _phone_noun(tree, each) and tree[each].lower in ("call", "conversation") for each in tree.below(index)
    )
    if frame == "phone" or (wire and not noun_inside):
        yield from _finding(tree, "phone", index, agents=doers, others=partners, places=[], flags={"wire"})


def _invited(tree: Tree, index: int, doers: list[int], done: list[int], places: list[int]) -> Iterator[Finding]:
    verdict = judge(tree, index)
    if verdict is None or not done or verdict.status not in ("happened", "present", "requested"):
        return
    asked = verdict._replace(status="requested")
    flags = {"many"} if any(_is_many(tree, each) for each in places) else set()
    if not any(lexicon.verb(tree[each].lower) in _trigger_verbs() for each in tree.children(index, "xcomp", "ccomp")):
        yield Finding(
            "invite", (index, index), index, tuple(done), tuple(doers), tuple(places), frozenset(flags), asked
        )


def _trigger_verbs() -> frozenset[str]:
    return lexicon.words("verbs", "verbs", "visit", "go", "meet", "attend")


def _accord(
    tree: Tree, index: int, frame: str, doers: list[int], done: list[int], places: list[int]
) -> Iterator[Finding]:
    partners = led_by(tree, index, "with")
    if frame == "sign":
        concluded = lexicon.verb(tree[index].lower) == "conclude"
        if not any(_is_paper(tree, each) and not (concluded and _is_letter(tree, each)) for each in done):
            return
        for paper in done:
            partners = partners + led_by(tree, paper, "with")
            doers = doers or led_by(tree, index, "between") or led_by(tree, paper, "between", "of")
        yield from _finding(tree, frame, index, agents=doers, others=partners, places=places, flags={"paper"})
    elif frame == "back":
        bids = [each for each in done if lexicon.noun(tree[each].lower) in lexicon.words("verbs", "beside", "bid")]
        owners = [owner for bid in bids for owner in tree.children(bid, "poss")]
        if owners:
            yield from _finding(tree, frame, index, agents=doers, others=owners, places=places)
    elif (
        (tree[index].dep not in ("acl", "advcl", "amod") or tree.children(index, "nsubj"))
        and not any(tree[each].tag == "WP" for each in done)
        and not _is_gift(tree, index)
        and not _promised_event(tree, index)
        and not _is_opinion(tree, index)
    ):
        yield from _finding(tree, frame, index, agents=doers, others=partners, places=places)


def _is_opinion(tree: Tree, index: int) -> bool:
    """Say whether "they agree that ..." tells what somebody thinks."""
    return tense(tree, index) in ("present", "possible", "infinitive") and not tree.children(index, "xcomp")


def _promised_event(tree: Tree, index: int) -> bool:
    """Say whether what is agreed to is an act of another type, or a meeting that is coded itself."""
    acts = {lexicon.verb(tree[each].lower) for each in tree.children(index, "xcomp", "ccomp")}
    others = _trigger_verbs() | lexicon.words("verbs", "beside", "other_acts")
    return bool(acts & others) or any(_event_noun(tree, each) for each in led_by(tree, index, "to", "on"))


def _is_gift(tree: Tree, index: int) -> bool:
    below = {tree[each].lower for child in tree.children(index, "dobj", "dative") for each in tree.below(child)}
    return bool(below & lexicon.words("verbs", "beside", "gift"))


def _due(tree: Tree, index: int) -> Iterator[Finding]:
    """Read "is due in Oslo", "will be on hand"."""
    for child in tree.children(index, "acomp", "prep"):
        if tree[child].lower == "due":
            places = led_by(tree, child, "in", "at") + led_by(tree, index, "in", "at")
            agents = [each for each in [subject(tree, index)] if each is not None]
            verdict = Verdict("planned", False, False, False, frozenset({index, child}))
            if agents and places:
                yield Finding("go", (child, child), child, tuple(agents), (), tuple(places), frozenset(), verdict)

    been = tree[index].tag == "VBN" and tree[index].lower == "been" and led_by(tree, index, "to")
    if been and (doer := subject(tree, index)) is not None:
        flags = {"many"} if any(_is_many(tree, each) for each in led_by(tree, index, "for")) else set()
        yield from _finding(tree, "go", index, agents=[doer], others=[], places=been, flags=flags)


def _holds_an_event(tree: Tree, verb: int) -> bool:
    """Say whether "to visit", "to pay a visit" tells the event itself."""
    objects = tree.children(verb, "dobj")
    return lexicon.verb(tree[verb].lower) in _trigger_verbs() or any(_event_noun(tree, each) for each in objects)


def _event_noun(tree: Tree, index: int) -> bool:
    noun = lexicon.noun(tree[index].lower)
    return noun in lexicon.words("verbs", "nouns", "visit", "meet") or noun in lexicon.words("verbs", "beside", "many")


def _is_occasion(tree: Tree, index: int) -> bool:
    """Say whether a noun is a ceremony or feast of one state."""
    return lexicon.noun(tree[index].lower) in lexicon.words("verbs", "beside", "occasion")


def _is_many(tree: Tree, index: int) -> bool:
    many = lexicon.noun(tree[index].lower) in lexicon.words("verbs", "beside", "many")
    return many and not _is_of_the_press(tree, index)


def _is_of_the_press(tree: Tree, index: int) -> bool:
    return any(tree[each].lower in ("news", "press", "media") for each in tree.children(index, "compound", "amod"))


def _is_paper(tree: Tree, index: int) -> bool:
    papers = lexicon.words("verbs", "beside", "paper")
    heads = [*tree.conjuncts(index)]
    if tree[index].lower in ("number", "series", "range", "package", "set", "raft"):
        heads += led_by(tree, index, "of")
    return any(lexicon.noun(tree[each].lower) in papers or tree[each].lower in papers for each in heads)


def _is_letter(tree: Tree, index: int) -> bool:
    return lexicon.noun(tree[index].lower) in ("letter", "statement", "document", "paper")


def _phone_noun(tree: Tree, index: int) -> bool:
    modifiers = [tree[each].lower for each in tree.children(index, "compound", "amod", "nmod")]
    phrases = lexicon.words("verbs", "nouns", "phone")
    return any(f"{each} {lexicon.noun(tree[index].lower)}" in phrases for each in modifiers) or any(
        f"{each} {tree[index].lower.rstrip('s')}" in phrases for each in modifiers
    )


def _flags(tree: Tree, index: int) -> set[str]:
    below = {tree[each].lower for each in tree.below(index)}
    flags = set()
    if below & lexicon.words("verbs", "beside", "under"):
        flags.add("neutral")
    if below & lexicon.words("verbs", "beside", "by_wire"):
        flags.add("wire")
    return flags


def _governor(tree: Tree, index: int) -> tuple[int, str] | None:
    """Return the verb that a noun hangs on, and how: its relation or the preposition that leads to it."""
    how = tree[index].dep if tree[index].dep != "oprd" else "dobj"
    for node in tree.above(index):
        if is_verb(tree, node):
            if beside_the_point(tree, node, how):
                continue
            node = effective(tree, node)
            return node, "nsubjpass" if how == "nsubj" and is_passive(tree, node) else how
        if tree[node].dep in ("prep", "agent"):
            how = tree[node].lower
        elif is_noun(tree, node) and how not in ("in", "during"):
            return None
    return None


def _carrier_subject(tree: Tree, index: int) -> list[int]:
    """Return the subject of the verb that carries a noun: "X will pay a visit", "X is on a visit"."""
    governor = _governor(tree, index)
    if governor is None:
        return []
    node, how = governor
    carried = verb(tree, node) in lexicon.words("verbs", "beside", "carry") or kind_of(tree, node) in _BY_THE_ACTOR
    if how in ("dobj", "on", "for", "from", "in", "to") and carried and not is_passive(tree, node):
        doer = subject(tree, node)
        return [] if doer is None or doer == index else [doer]
    if how in ("nsubjpass",) or (how == "dobj" and is_passive(tree, node)):
        return led_by(tree, node, "by") if carried and kind_of(tree, node) is None else []
    return []


#: Kinds of verbs whose subject may be the one who goes: "X put off a trip".
_BY_THE_ACTOR = ("plan", "possible", "cancel", "postpone", "accept", "exclude")
#: What a noun belongs to without an actor: "next week's visit".
_TIMES = frozenset(
    {"today", "tomorrow", "yesterday", "week", "month", "year", "weekend", "day", "afternoon", "morning"}
)


def _owners(tree: Tree, index: int) -> list[int]:
    """Return whose a noun is; an owner that is a pronoun gives way to the subject of the verb that carries it."""
    owners = [each for each in tree.children(index, "poss") if tree[each].lower not in _TIMES]
    if owners and tree[owners[0]].tag == "PRP$":
        return _carrier_subject(tree, index) or owners
    return owners


def is_under_way(tree: Tree, index: int) -> bool:
    """Say whether somebody "is on" what a noun names."""
    governor = _governor(tree, index)
    return governor is not None and governor[1] == "on" and tree[governor[0]].lower in ("is", "are", "'s", "’s")


def _asserted(tree: Tree, index: int) -> bool:
    """Say whether a sentence says of "the visit" that it is on, off, denied or when it is, and not just points back."""
    governor = _governor(tree, index)
    if governor is None or governor[1] not in ("dobj", "nsubj", "nsubjpass"):
        return False
    kinds = ("plan", "possible", "deny", "cancel", "postpone", "confirm", "exclude")
    return kind_of(tree, governor[0]) in kinds or verb(tree, governor[0]) in lexicon.words("verbs", "beside", "occur")


def _noun_frame(tree: Tree, index: int, frame: str) -> Iterator[Finding]:
    if _is_series(tree, index):
        return
    first = min([index, *(each for each in tree.children(index, "compound", "amod") if each == index - 1)])
    owners = _owners(tree, index)
    if frame == "visit":
        yield from _visit_noun(tree, index, first, owners)
    elif frame in ("meet", "phone"):
        yield from _meet_noun(tree, index, first, owners, frame)
    elif frame == "deal":
        yield from _deal_noun(tree, index)
    elif frame == "invitation":
        yield from _accepted(tree, index)


def _is_series(tree: Tree, index: int) -> bool:
    """Say whether a noun counts acts that are not told one by one: "a series of visits and phone calls"."""
    top = next((each for each in (index, *tree.above(index)) if tree[each].dep != "conj"), index)
    of = tree[top].head
    return tree[of].lower == "of" and tree[tree[of].head].lower in ("series", "string", "number", "spate", "flurry")


def _visit_noun(tree: Tree, index: int, first: int, owners: list[int]) -> Iterator[Finding]:
    named = led_by(tree, index, "by") + led_by(tree, index, "of")
    agents = named or owners or _carrier_subject(tree, index)
    governor = _governor(tree, index)
    places = led_by(tree, index, "to", "in")
    for each in (*tree.children(index, "acl"), *named):
        places += led_by(tree, each, "to", "in")
    places += tree.children(index, "compound", "nmod")
    if governor is not None:
        places += _where(tree, governor[0])
    pointing = not named and not owners and (not agents or _is_the(tree, index))
    if pointing and not places and not _asserted(tree, index):
        return
    yield from _finding(
        tree,
        "visit-noun",
        index,
        agents=agents,
        others=led_by(tree, index, "with") + _inviters(tree, index, *(governor or ())[:1]),
        places=places,
        flags={"back-reference"} if pointing else set(),
        first=first,
    )


def _is_the(tree: Tree, index: int) -> bool:
    return any(tree[each].lower in ("the", "this", "that") for each in tree.children(index, "det"))


def _meet_noun(tree: Tree, index: int, first: int, owners: list[int], frame: str) -> Iterator[Finding]:
    governor = _governor(tree, index)
    if _is_of_the_press(tree, index) or (governor is not None and governor[1] == "under"):
        return
    carriers = _carrier_subject(tree, index)
    together = [each for each in led_by(tree, index, "between", "of", "among") if tree[each].lower != "views"] + owners
    partners = led_by(tree, index, "with") + _inviters(tree, index, *(governor or ())[:1])
    places = led_by(tree, index, "in", "at") + tree.children(index, "compound", "nmod")
    flags = _flags(tree, index)
    if governor is not None:
        places += _where_inside(tree, governor[0])
        flags |= _flags(tree, governor[0]) & {"neutral"}
        if verb(tree, governor[0]) == "host" and governor[1] == "dobj":
            flags.add("hosted")
            places += carriers
            carriers = []
    if _is_many(tree, index):
        flags.add("many")
    if not together and not partners and frame != "phone":
        if not carriers and governor is not None and lexicon.verb(tree[governor[0]].lower) == "tell":
            carriers, partners = _sides(tree, governor[0])
        elif not carriers and not _asserted(tree, index) and not _exists(tree, index):
            return
        if not carriers:
            flags.add("asserted")
        flags.add("back-reference")
    if frame == "phone" and governor is not None and not together and not carriers and governor[1] in ("in", "by"):
        carriers = [each for each in [subject(tree, governor[0])] if each is not None]
    agents = together or carriers
    yield from _finding(
        tree,
        "phone" if frame == "phone" or "wire" in flags else "meet",
        index,
        agents=agents,
        others=partners,
        places=places,
        flags=flags,
        first=first,
    )


def _exists(tree: Tree, index: int) -> bool:
    """Say whether "there will be talks", "the programme provides for talks"."""
    governor = _governor(tree, index)
    return governor is not None and (
        bool(tree.children(governor[0], "expl"))
        or (
            lexicon.verb(tree[governor[0]].lower) in ("provide", "include", "follow") and governor[1] in ("for", "dobj")
        )
    )


def _deal_noun(tree: Tree, index: int) -> Iterator[Finding]:
    governor = _governor(tree, index)
    if governor is None or governor[1] not in ("dobj", "nsubjpass"):
        return
    if lexicon.verb(tree[governor[0]].lower) in lexicon.words("verbs", "beside", "reach"):
        doer = subject(tree, governor[0])
        agents = [] if doer is None or doer == index else [doer]
        between = led_by(tree, index, "between") or led_by(tree, governor[0], "between")
        places = _where(tree, governor[0])
        partners = led_by(tree, index, "with") + led_by(tree, governor[0], "with")
        yield from _finding(tree, "deal", index, agents=agents or between, others=partners, places=places)


def _accepted(tree: Tree, index: int) -> Iterator[Finding]:
    governor = _governor(tree, index)
    if governor is None or governor[1] != "dobj" or kind_of(tree, governor[0]) != "accept":
        return
    doer = subject(tree, governor[0])
    hosts = tree.children(index, "poss") + led_by(tree, index, "of", "from")
    places = led_by(tree, index, "to") + led_by(tree, governor[0], "to")
    inner = [each for each in tree.children(index, "acl") if is_verb(tree, each)]
    if doer is not None and not any(_holds_an_event(tree, each) for each in inner):
        verdict = Verdict("planned", False, False, False, frozenset({index}))
        flags = frozenset({"many"} if any(_is_many(tree, each) for each in places) else ())
        yield Finding("invite", (index, index), index, (doer,), tuple(hosts), tuple(places), flags, verdict)
