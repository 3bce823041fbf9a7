"""Which words of a sentence hold an event: verbs in their frames here, nouns in nouns.py.

A frame says how to read the words around a trigger ("the subject goes to the object"); the frames and their words
stand in data/verbs.toml. The status comes from status.py.
"""

import functools
from collections.abc import Iterator

from transforms import lexicon
from transforms.extract.chooser import called_off, event_nouns, is_question
from transforms.extract.findings import Finding, judged
from transforms.extract.grammar import is_noun, is_passive, is_verb, led_by, subject, tense
from transforms.extract.nouns import read_noun
from transforms.extract.parse import Tree
from transforms.extract.rules import words
from transforms.extract.status import Verdict, judge, kind_of
from transforms.extract.wording import (
    flags_of,
    inviters,
    is_event_noun,
    is_gift,
    is_letter,
    is_many,
    is_occasion,
    is_paper,
    is_phone_noun,
    parties,
    trigger_verbs,
    where_inside,
    where_to,
    with_inside,
)

#: What somebody leads abroad.
_MISSIONS = frozenset({"delegation", "mission", "team"})


def find(tree: Tree) -> list[Finding]:
    """Return what a sentence holds, in the order of its words. Ask `holds_nothing` before."""
    triggers = (index for index, each in enumerate(tree.tokens) if _may_trigger(each.lower))
    return [finding for index in triggers for finding in _read(tree, index)]


@functools.lru_cache(maxsize=65_536)
def _may_trigger(word: str) -> bool:
    """Say whether `_read` can find anything in a lower-case word, soon, since most words hold nothing."""
    verb, noun = lexicon.verb(word), lexicon.noun(word)
    framed = verb in lexicon.kinds("verbs", "verbs") or not event_nouns().isdisjoint((noun, word.rstrip("s")))
    return framed or verb in called_off() or verb == "be" or word == "exchange"


def holds_nothing(tree: Tree) -> bool:
    """Say whether a sentence is a question, or tells of sport."""
    return is_question(tree.text) or _is_sport(tree)


def _is_imperative(tree: Tree, index: int) -> bool:
    """Say whether a verb tells somebody to do something: "travel to X", "let us visit X"."""
    if tree[index].tag != "VB" or tree[index].dep not in ("ROOT", "ccomp"):
        return False
    return not tree.children(index, "nsubj", "nsubjpass", "aux", "auxpass")


def _is_sport(tree: Tree) -> bool:
    words = lexicon.words("verbs", "beside", "sport")
    return any(token.lower in words for token in tree.tokens)


def _read(tree: Tree, index: int) -> Iterator[Finding]:
    if is_verb(tree, index):
        frame = lexicon.kinds("verbs", "verbs").get(lexicon.verb(tree[index].lower))
        off = kind_of(tree, index) in ("cancel", "postpone")
        if off and frame in (None, "call"):
            yield from _off_frame(tree, index)
        elif frame is not None and not _is_imperative(tree, index):
            yield from _verb_frame(tree, index, frame)
        if tree[index].lower in ("is", "are", "was", "were", "been"):
            yield from _due(tree, index)
    elif is_noun(tree, index) and not (tree[index].dep == "compound" and is_noun(tree, tree[index].head)):
        frame = lexicon.kinds("verbs", "nouns").get(lexicon.noun(tree[index].lower))
        if is_phone_noun(tree, index):
            yield from read_noun(tree, index, "phone")
        elif frame is not None:
            yield from read_noun(tree, index, frame)
        elif tree[index].lower == "exchange" and any(tree[each].lower == "views" for each in led_by(tree, index, "of")):
            yield from read_noun(tree, index, "meet")


def _verb_frame(tree: Tree, index: int, frame: str) -> Iterator[Finding]:
    doers, done = parties(tree, index)
    places = where_to(tree, index)
    if frame in ("visit", "go", "spend", "receive"):
        yield from _journey(tree, index, frame, doers, done, places)
    elif frame == "accept":
        yield from _accept(tree, index, doers)
    elif frame == "meet" and not _is_view(tree, index, done):
        yield from _met(tree, index, doers, done)
    elif frame in ("speak", "phone"):
        yield from _call(tree, index, frame, doers, done)
    elif frame in ("attend", "gather"):
        yield from (_attended(tree, index, doers, done, places) if done else _gathered(tree, index, doers))
    elif frame == "mediate":
        between = led_by(tree, index, "between")
        yield from judged(tree, "meet", index, agents=between, others=[], places=places, flags={"neutral"})
    elif frame == "invite":
        yield from _invited(tree, index, doers, done, places)
    elif frame in ("send", "call", "discuss"):
        yield from (_sent(tree, index, doers, done) if frame == "send" else _spoke(tree, index, frame, doers))
    elif frame in ("sign", "agree", "back"):
        yield from _accord(tree, index, frame, doers, done, where_inside(tree, index))


def _met(tree: Tree, index: int, doers: list[int], done: list[int]) -> Iterator[Finding]:
    """Read who meets whom; who is "visiting" is the guest."""
    places = where_inside(tree, index)
    partners = done + led_by(tree, index, "with")
    flags = flags_of(tree, index) | {"partners"}
    if any(tree[word].lower == "visiting" for each in partners for word in tree.children(each, "amod")):
        yield from judged(tree, "receive", index, agents=partners, others=doers, places=places)
        return
    yield from judged(tree, "meet", index, agents=doers, others=partners, places=places, flags=flags)


def _journey(
    tree: Tree, index: int, frame: str, doers: list[int], done: list[int], places: list[int]
) -> Iterator[Finding]:
    """Read who goes where, or who receives whom."""
    if _is_habit(tree, index):
        return
    hosts = inviters(tree, index)
    if frame == "visit" and done:
        yield from judged(tree, frame, index, agents=doers, others=done + hosts, places=places + done)
    elif frame == "go" and all(is_event_noun(tree, each) for each in done) and _goes_somewhere(tree, index, places):
        others = led_by(tree, index, "with") + hosts
        flags = {"many"} if any(is_many(tree, each) for each in led_by(tree, index, "for", "to")) else set()
        yield from judged(tree, frame, index, agents=doers, others=others, places=places, flags=flags)
    elif frame == "spend" and places:
        yield from judged(tree, "go", index, agents=doers, others=[], places=places)
    elif frame == "receive" and not any(is_event_noun(tree, each) or is_gift(tree, each) for each in done):
        yield from judged(tree, frame, index, agents=done, others=doers, places=places)


def _goes_somewhere(tree: Tree, index: int, places: list[int]) -> bool:
    """Say whether somebody sets out for a place: one that is named, or that was spoken of before ("he will go")."""
    home = any(tree[each].lower in ("home", "back") for each in tree.children(index, "advmod", "prt", "npadvmod"))
    spoken_of = lexicon.verb(tree[index].lower) in ("go", "come", "travel")
    figures = lexicon.words("verbs", "beside", "no_place")
    if any(tree[each].lower in figures for each in led_by(tree, index, "to", "at", "into")):
        return False
    ends = {"continue": ("to",), "leave": ("for",), "depart": ("for", "to")}.get(lexicon.verb(tree[index].lower))
    if ends and not led_by(tree, index, *ends):
        return False
    return not home and not is_passive(tree, index) and (bool(places) or spoken_of)


def _is_habit(tree: Tree, index: int) -> bool:
    """Say whether something is done again and again: "they come every week"."""
    times = tree.children(index, "npadvmod", "advmod")
    words = {tree[each].lower for time in times for each in (time, *tree.children(time, "det"))}
    return bool(words & {"every", "each", "often", "usually", "regularly", "always"})


def _attended(tree: Tree, index: int, doers: list[int], done: list[int], places: list[int]) -> Iterator[Finding]:
    """Read "X attended a summit in Z", and of one state's ceremony that it was a visit there."""
    for each in done:
        where = places + where_inside(tree, index)
        hosts = inviters(tree, index, each)
        if is_many(tree, each):
            where = [*where, each]
            yield from judged(tree, "attend", index, agents=doers, others=hosts, places=where, flags={"many"})
        elif is_occasion(tree, each) and tree[index].dep not in ("advcl", "acl"):
            yield from judged(tree, "go", index, agents=doers, others=hosts, places=where)


def _spoke(tree: Tree, index: int, frame: str, doers: list[int]) -> Iterator[Finding]:
    """Read "X called on the premier of Y", a courtesy and no demand, and "X discussed trade with Y"."""
    partners = led_by(tree, index, *(("on", "upon") if frame == "call" else ("with",)))
    if tree[index].dep in ("advcl", "xcomp", "acl") or is_passive(tree, index) or not doers:
        return
    if frame == "call":
        asks = tree.children(index, "xcomp", "ccomp", "advcl") or led_by(tree, index, "for")
        known = [each for each in partners if _is_office(tree, each)]
        partners = [] if asks or tree.children(index, "dobj") else known
    joined = frame == "discuss" and tree[doers[0]].tag in ("NNS", "NNP", "NN") and _are_two(tree, doers[0])
    if partners or joined:
        places = where_inside(tree, index)
        yield from judged(tree, "meet", index, agents=doers, others=partners, places=places, flags={"partners"})


def _is_office(tree: Tree, head: int) -> bool:
    """Say whether a phrase names somebody by office: "Prime Minister A", "the speaker"."""
    offices = lexicon.words("roles", "person")
    return any(lexicon.noun(tree[each].lower) in offices for each in (head, *tree.children(head, "compound", "appos")))


def _are_two(tree: Tree, head: int) -> bool:
    """Say whether a subject names two: "A and B", "the leaders of X and Y"."""
    phrase = (head, *tree.children(head, "amod", "poss"), *led_by(tree, head, "of"))
    return any(tree.children(each, "conj") for each in phrase)


def _sent(tree: Tree, index: int, doers: list[int], done: list[int]) -> Iterator[Finding]:
    """Read "X sent its foreign minister to Y": whoever is sent, or leads those who are, goes there."""
    offices = lexicon.words("roles", "person") | lexicon.words("verbs", "beside", "sent")
    guests = [each for each in done if lexicon.noun(tree[each].lower) in offices]
    places = [place for each in (index, *guests) for place in led_by(tree, each, "to")]
    leads = lexicon.verb(tree[index].lower) == "lead"
    if leads:
        guests = doers if {lexicon.noun(tree[each].lower) for each in guests} & _MISSIONS else []
    if guests and places:
        yield from judged(tree, "go", index, agents=guests, others=[], places=places)


def _gathered(tree: Tree, index: int, doers: list[int]) -> Iterator[Finding]:
    """Read "they gathered for a summit in X"."""
    goals = [each for each in led_by(tree, index, "for", "at", "to") if each > index]
    if doers and any(is_event_noun(tree, each) for each in goals):
        flags, places = {"many", "partners"}, where_inside(tree, index)
        yield from judged(tree, "meet", index, agents=doers, others=[], places=places, flags=flags)


def _is_view(tree: Tree, index: int, done: list[int]) -> bool:
    """Say whether "see" tells how something is seen: "they see it as a chance"."""
    if lexicon.verb(tree[index].lower) != "see":
        return False
    return bool(led_by(tree, index, "as")) or not any(tree[each].tag.startswith("NN") for each in done)


def _off_frame(tree: Tree, index: int) -> Iterator[Finding]:
    """Read "it was called off": a pronoun for the visit or meeting spoken of last."""
    _, done = parties(tree, index)
    if done and tree[done[0]].lower in ("it", "this", "that"):
        yield from judged(tree, "off", index, agents=[], others=[], places=[], flags={"back-reference"})


def _accept(tree: Tree, index: int, doers: list[int]) -> Iterator[Finding]:
    """Read "X accepted" after an invitation."""
    objects = tree.children(index, "dobj")
    if (
        doers
        and not is_passive(tree, index)
        and all(tree[each].lower in ("it", "offer", "proposal") for each in objects)
    ):
        verdict = Verdict("planned", False, False, frozenset())
        yield Finding("accept", (index, index), index, tuple(doers), (), (), frozenset({"back-reference"}), verdict)


def _call(tree: Tree, index: int, frame: str, doers: list[int], done: list[int]) -> Iterator[Finding]:
    wire = any(tree[each].lower in lexicon.words("verbs", "beside", "by_wire") for each in tree.below(index))
    partners = (done if frame == "phone" else []) + led_by(tree, index, "with", "to")
    for each in tree.children(index, "prep", "agent"):
        for inner in tree.children(each, "pobj"):
            partners += led_by(tree, inner, "with")
    noun_inside = any(
        is_phone_noun(tree, each) and tree[each].lower in ("call", "conversation") for each in tree.below(index)
    )
    if frame == "phone" or (wire and not noun_inside):
        yield from judged(tree, "phone", index, agents=doers, others=partners, places=[], flags={"wire"})


def _invited(tree: Tree, index: int, doers: list[int], done: list[int], places: list[int]) -> Iterator[Finding]:
    verdict = judge(tree, index)
    if verdict is None or not done or verdict.status not in ("happened", "present", "requested"):
        return
    asked = verdict._replace(status="requested")
    flags = {"many"} if any(is_many(tree, each) for each in places) else set()
    if not any(lexicon.verb(tree[each].lower) in trigger_verbs() for each in tree.children(index, "xcomp", "ccomp")):
        yield Finding(
            "invite", (index, index), index, tuple(done), tuple(doers), tuple(places), frozenset(flags), asked
        )


def _accord(
    tree: Tree, index: int, frame: str, doers: list[int], done: list[int], places: list[int]
) -> Iterator[Finding]:
    partners = with_inside(tree, index) + (_promised(tree, index) if frame == "agree" else [])
    if frame == "sign":
        concluded = lexicon.verb(tree[index].lower) == "conclude"
        if not any(is_paper(tree, each) and not (concluded and is_letter(tree, each)) for each in done):
            return
        for paper in done:
            partners = partners + led_by(tree, paper, "with")
            doers = doers or led_by(tree, index, "between") or led_by(tree, paper, "between", "of")
        yield from judged(tree, frame, index, agents=doers, others=partners, places=places)
    elif frame == "back":
        bids = [each for each in done if lexicon.noun(tree[each].lower) in lexicon.words("verbs", "beside", "bid")]
        owners = [owner for bid in bids for owner in tree.children(bid, "poss")]
        if owners:
            yield from judged(tree, frame, index, agents=doers, others=owners, places=places)
    elif (
        (tree[index].dep not in ("acl", "advcl", "amod") or tree.children(index, "nsubj"))
        and not any(tree[each].tag == "WP" for each in done)
        and not _is_gift(tree, index)
        and not _promised_event(tree, index)
        and not _is_opinion(tree, index)
    ):
        yield from judged(tree, frame, index, agents=doers, others=partners, places=places)


def _promised(tree: Tree, index: int) -> list[int]:
    """Return whom a promise is made to, or who asked for what is agreed to: "agreed to a request from X"."""
    asked = [each for each in led_by(tree, index, "to") if lexicon.noun(tree[each].lower) in words("asked")]
    askers = [
        led for each in asked for led in (*tree.children(each, "poss", "amod"), *led_by(tree, each, "from", "by"))
    ]
    named = [each for each in tree.children(index, "dative", "dobj") if tree[each].tag.startswith("NNP")]
    return askers + (named if tree.children(index, "ccomp", "xcomp") else [])


def _is_opinion(tree: Tree, index: int) -> bool:
    """Say whether "they agree that ..." tells what somebody thinks."""
    return tense(tree, index) in ("present", "possible", "infinitive") and not tree.children(index, "xcomp")


def _promised_event(tree: Tree, index: int) -> bool:
    """Say whether what is agreed to is an act of another type, or a meeting that is coded itself."""
    acts = {lexicon.verb(tree[each].lower) for each in tree.children(index, "xcomp", "ccomp")}
    others = trigger_verbs() | lexicon.words("verbs", "beside", "other_acts")
    return bool(acts & others) or any(is_event_noun(tree, each) for each in led_by(tree, index, "to", "on"))


def _is_gift(tree: Tree, index: int) -> bool:
    return any(is_gift(tree, each) for each in tree.children(index, "dobj", "dative"))


def _awaited(tree: Tree, index: int) -> Iterator[Finding]:
    """Read "is expected in Oslo"."""
    waits = tree[index].head if tree[index].dep == "auxpass" else index
    places = [each for each in led_by(tree, waits, "in", "at") if tree[each].tag == "NNP"]
    doer = subject(tree, waits)
    if (
        tree[waits].lower in ("expected", "awaited")
        and places
        and doer is not None
        and not tree.children(waits, "xcomp")
    ):
        verdict = Verdict("planned", False, False, frozenset({waits}))
        yield Finding("go", (waits, waits), waits, (doer,), (), tuple(places), frozenset(), verdict)


def _due(tree: Tree, index: int) -> Iterator[Finding]:
    """Read "is due in Oslo", "will be on hand"."""
    for child in tree.children(index, "acomp", "prep"):
        if tree[child].lower == "due":
            places = led_by(tree, child, "in", "at") + led_by(tree, index, "in", "at")
            agents = [each for each in [subject(tree, index)] if each is not None]
            verdict = Verdict("planned", False, False, frozenset({index, child}))
            if agents and places:
                yield Finding("go", (child, child), child, tuple(agents), (), tuple(places), frozenset(), verdict)

    stays = [each for each in led_by(tree, index, "in") if tree[each].tag == "NNP"]
    if stays and (doer := subject(tree, index)) is not None:
        yield from judged(tree, "go", index, agents=[doer], others=[], places=stays)
    yield from _awaited(tree, index)
    been = tree[index].tag == "VBN" and tree[index].lower == "been" and led_by(tree, index, "to")
    if been and (doer := subject(tree, index)) is not None:
        flags = {"many"} if any(is_many(tree, each) for each in led_by(tree, index, "for")) else set()
        yield from judged(tree, "go", index, agents=[doer], others=[], places=been, flags=flags)
