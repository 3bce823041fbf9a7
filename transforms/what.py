"""Which words of a sentence hold an event: its type, its frame, who and where by position, and its status.

A frame says how to read the words around a trigger ("the subject goes to the object"); the frames and their words
stand in data/verbs.toml. The status is read from the inside out (data/statuses.toml): the tense of the trigger or of
the verb that carries it, then every word above that plans, confirms, denies or calls it off.
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
    negated,
    subject,
    tense,
    verb,
)
from transforms.parse import Tree

#: The type of what a frame reads.
TYPES = {"sign": "SUPPORT", "back": "SUPPORT", "agree": "AGREE", "deal": "AGREE"}


class Verdict(NamedTuple):
    """How far an event has come, as its sentence says."""

    status: str | None  # None: the words tell nothing, as in "the visit of X to Y"
    settled: bool  # "will", "is to": an official body that says so confirms it
    negative: bool  # the words say that it does not take place
    open: bool  # "would": planned in a report, possible beside an "if"
    timely: frozenset[int]  # words whose time is the event's


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


class State(NamedTuple):
    status: str | None = None
    settled: bool = False
    negative: bool = False
    open: bool = False


# ---------------------------------------------------------------- status

OF_TENSE = {
    "past": State("happened"),
    "present": State("present"),
    "progressive": State("ongoing"),
    "future": State("planned", settled=True),
    "conditional": State("planned", settled=True, open=True),
    "possible": State("possible"),
}


def own_tense(tree: Tree, index: int) -> State:
    """Return what the form of a verb says, before anything above it."""
    for _ in range(4):
        form = tense(tree, index)
        if form in OF_TENSE:
            return OF_TENSE[form]
        head = tree[index].head
        if head == index:
            return State("planned")
        if form == "infinitive" and tree[index].dep != "conj" and kind_of(tree, head):
            return State("planned")
        if not is_verb(tree, head):
            return State("planned" if form == "infinitive" else "happened")
        index = head
    return State("happened")


def kind_of(tree: Tree, index: int) -> str | None:
    """Return what a word does to the status of an event below it: a key of data/statuses.toml."""
    if is_verb(tree, index):
        kinds = lexicon.kinds("statuses", "verbs")
        return kinds.get(verb(tree, index)) or kinds.get(lexicon.verb(tree[index].lower))
    if is_noun(tree, index):
        return lexicon.kinds("statuses", "nouns").get(lexicon.noun(tree[index].lower))
    return None


def _deny(state: State, denied: bool) -> State:
    if denied:
        return state
    return State("planned") if state.negative else State("denied")


def _confirm(state: State, denied: bool) -> State:
    if denied:
        return State("planned")
    return State("confirmed") if state.status in (None, "planned", "present", "confirmed") else state


def _off(status: str, state: State, denied: bool, form: str) -> State:
    if denied:
        return State("planned")
    return State("possible", negative=True) if form == "possible" else State(status, negative=True)


def operate(kind: str, state: State, *, denied: bool, form: str) -> State | None:
    """Return the state under a word of a kind; None where no event is left, as under "refused".

    Args:
        denied: the word itself is negated ("has not been cancelled").
        form: the word's own tense.
    """
    if kind in ("cancel", "postpone"):
        return _off({"cancel": "cancelled", "postpone": "postponed"}[kind], state, denied, form)
    if kind == "deny":
        return _deny(state, denied)
    if kind == "confirm":
        return _confirm(state, denied)
    if kind == "exclude":
        return State("possible") if denied else State("denied")
    if kind in ("refuse", "urge"):
        return None
    if state.negative or state.status in ("cancelled", "postponed", "denied"):
        return state
    if kind == "request":
        return State("requested") if form in ("past", "present", "participle") else State("possible")
    if denied:
        return State("denied", negative=True)
    if kind == "possible" or form == "possible" or state.status == "possible":
        return State("possible")
    return State("planned")


def _modifiers(tree: Tree, noun: int) -> State:
    kinds = lexicon.kinds("statuses", "adjectives")
    for child in tree.children(noun, "amod", "compound", "acl", "relcl"):
        kind = kinds.get(tree[child].lower)
        if kind is None and is_verb(tree, child):
            kind = kind_of(tree, child)
        if kind in ("plan", "possible", "cancel", "postpone"):
            return operate(kind, State(), denied=negated(tree, child), form=tense(tree, child)) or State()
    return State()


class _Climb:
    """Walks from a trigger to the root and keeps the state."""

    def __init__(self, tree: Tree, core: int) -> None:
        self.tree = tree
        self.timely = {core}
        self.carried = is_verb(tree, core)
        self.state = own_tense(tree, core) if self.carried else State()
        kind = kind_of(tree, core) if self.carried else None
        if kind in ("cancel", "postpone"):
            self.state = operate(kind, State(), denied=negated(tree, core), form=tense(tree, core)) or State()
        elif self.carried and negated(tree, core):
            self.state = self._negate(self.state)
        self.fallback = State() if self.carried else _modifiers(tree, core)

    @staticmethod
    def _negate(state: State) -> State:
        if state.status == "possible":
            return State("possible", negative=True)
        return State("denied" if state.status in ("happened", "ongoing") else "refused", negative=True)

    def carry(self, node: int) -> None:
        """Take the tense of the first verb above a noun."""
        self.carried = True
        self.state = own_tense(self.tree, node)
        if negated(self.tree, node):
            self.state = self._negate(self.state)
        self.timely |= {node, effective(self.tree, node)}

    def stops(self, child: int) -> bool:
        """Say whether what stands above a word does not bear on it."""
        dep = self.tree[child].dep
        if dep in ("relcl", "parataxis"):
            return True
        if dep == "advcl":
            return bool(self.tree.children(child, "mark", "advmod")) or self.tree[child].tag != "VB"
        return dep in ("pcomp", "dep") and self.carried

    def joined(self, child: int) -> bool:
        """Say whether a word only stands beside what is above it."""
        return self.tree[child].dep == "conj" and (is_verb(self.tree, child) or not self.carried)

    def step(self, child: int, node: int) -> bool:
        """Let one word above bear on the state; return False where no event is left."""
        tree = self.tree
        kind = kind_of(tree, effective(tree, node))
        if is_noun(tree, node) and tree[child].dep in ("prep", "acl", "pobj", "compound", "poss", "relcl") and kind:
            changed = operate(kind, self.state, denied=negated(tree, node), form="participle")
        elif not is_verb(tree, node):
            return True
        elif kind is None or (not self.carried and not self._bears(child, node, kind)):
            if not self.carried:
                self.carry(node)
            return True
        else:
            says = effective(tree, node)
            changed = operate(kind, self.state, denied=negated(tree, says), form=tense(tree, says))
            decided = tense(tree, says) == "past" and not is_passive(tree, says)
            if kind in ("plan", "possible") and not decided:
                self.timely |= {node, says}
        self.carried = True
        if changed is None:
            return False
        self.state = changed
        return True

    def _bears(self, child: int, node: int, kind: str) -> bool:
        """Say whether a verb speaks of the noun below it: object, or subject of a passive or of "slipped"."""
        dep = self.tree[child].dep
        if dep in ("dobj", "nsubjpass"):
            return True
        if dep == "nsubj":
            return kind in ("postpone", "cancel") or is_passive(self.tree, effective(self.tree, node))
        return dep == "prep" and kind in ("plan", "possible", "request", "exclude", "accept")


def judge(tree: Tree, core: int) -> Verdict | None:
    """Return the status of the event that a word holds, or None where the sentence leaves no event."""
    climb = _Climb(tree, core)
    child = core
    for node in tree.above(core):
        if is_verb(tree, child) and _conditional(tree, child):
            return None
        if climb.stops(child):
            break
        if climb.joined(child):
            child = node
            continue
        if not climb.step(child, node):
            return None
        child = node
    state = climb.state
    if state.status is None or (state.status == "present" and climb.fallback.status in ("planned", "possible")):
        state = climb.fallback if climb.fallback.status else state
    if state.status == "refused":
        state = State("refused", negative=True)
    if state.status == "planned" and any(_conditional(tree, each) for each in tree.children(core, "advcl")):
        state = State("possible")
    return Verdict(state.status, state.settled, state.negative, state.open, frozenset(climb.timely))


def _conditional(tree: Tree, clause: int) -> bool:
    marks = {tree[each].lower for each in tree.children(clause, "mark", "advmod")}
    return bool(marks & {"if", "unless", "whether"}) or tree[clause].lower in ("provided", "providing")


# ---------------------------------------------------------------- frames


def find(tree: Tree) -> list[Finding]:
    """Return what a sentence holds, in the order of its words. Questions hold nothing."""
    if tree.text.rstrip("\"'”’» ").endswith("?"):
        return []
    found = []
    for index in range(len(tree)):
        for finding in _read(tree, index):
            found.append(finding)
    return found


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


def _verb_frame(tree: Tree, index: int, frame: str) -> Iterator[Finding]:
    doers, done = _sides(tree, index)
    places = _where(tree, index)
    if frame in ("visit", "go", "spend", "receive"):
        yield from _journey(tree, index, frame, doers, done, places)
    elif frame == "accept":
        yield from _accept(tree, index, doers)
    elif frame == "meet":
        partners = done + led_by(tree, index, "with")
        flags = _flags(tree, index)
        yield from _finding(tree, frame, index, agents=doers, others=partners, places=places, flags=flags)
    elif frame in ("speak", "phone"):
        yield from _call(tree, index, frame, doers, done)
    elif frame == "attend" and any(_is_many(tree, each) for each in done):
        yield from _finding(tree, frame, index, agents=doers, others=[], places=places + done, flags={"many"})
    elif frame == "mediate":
        between = led_by(tree, index, "between")
        yield from _finding(tree, "meet", index, agents=between, others=[], places=places, flags={"neutral"})
    elif frame == "invite":
        yield from _invited(tree, index, doers, done, places)
    elif frame in ("sign", "agree", "back"):
        yield from _accord(tree, index, frame, doers, done, places)


def _journey(
    tree: Tree, index: int, frame: str, doers: list[int], done: list[int], places: list[int]
) -> Iterator[Finding]:
    """Read who goes where, or who receives whom."""
    if frame == "visit" and done:
        yield from _finding(tree, frame, index, agents=doers, others=done, places=places)
    elif frame == "go" and not is_passive(tree, index) and not done:
        yield from _finding(tree, frame, index, agents=doers, others=led_by(tree, index, "with"), places=places)
    elif frame == "spend" and places:
        yield from _finding(tree, "go", index, agents=doers, others=[], places=places)
    elif frame == "receive" and not any(_event_noun(tree, each) for each in done):
        yield from _finding(tree, frame, index, agents=done, others=doers, places=places)


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
        if not any(_is_paper(tree, each) for each in done):
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
        tree[index].dep not in ("acl", "advcl", "amod")
        and not any(tree[each].tag == "WP" for each in done)
        and not _is_gift(tree, index)
        and not _promised_event(tree, index)
    ):
        yield from _finding(tree, frame, index, agents=doers, others=partners, places=places)


def _promised_event(tree: Tree, index: int) -> bool:
    """Say whether what is agreed to is an act that is coded itself."""
    return any(
        lexicon.verb(tree[each].lower) in _trigger_verbs() for each in tree.children(index, "xcomp", "ccomp")
    ) or any(_event_noun(tree, each) for each in led_by(tree, index, "to", "on"))


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
        yield from _finding(tree, "go", index, agents=[doer], others=[], places=been, flags=set())


def _event_noun(tree: Tree, index: int) -> bool:
    noun = lexicon.noun(tree[index].lower)
    return noun in lexicon.words("verbs", "nouns", "visit", "meet") or noun in lexicon.words("verbs", "beside", "many")


def _is_many(tree: Tree, index: int) -> bool:
    return lexicon.noun(tree[index].lower) in lexicon.words("verbs", "beside", "many")


def _is_paper(tree: Tree, index: int) -> bool:
    papers = lexicon.words("verbs", "beside", "paper")
    heads = [*tree.conjuncts(index)]
    if tree[index].lower in ("number", "series", "range", "package", "set", "raft"):
        heads += led_by(tree, index, "of")
    return any(lexicon.noun(tree[each].lower) in papers or tree[each].lower in papers for each in heads)


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
    how = tree[index].dep
    for node in tree.above(index):
        if is_verb(tree, node):
            node = effective(tree, node)
            return node, "nsubjpass" if how == "nsubj" and is_passive(tree, node) else how
        if tree[node].dep in ("prep", "agent"):
            how = tree[node].lower
        elif is_noun(tree, node):
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
_BY_THE_ACTOR = ("plan", "possible", "cancel", "postpone", "accept")
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


def _asserted(tree: Tree, index: int) -> bool:
    """Say whether a sentence says of "the visit" that it is on, off, denied or when it is, and not just points back."""
    governor = _governor(tree, index)
    if governor is None or governor[1] not in ("dobj", "nsubj", "nsubjpass"):
        return False
    kinds = ("plan", "possible", "deny", "cancel", "postpone", "confirm", "exclude")
    return kind_of(tree, governor[0]) in kinds or verb(tree, governor[0]) in lexicon.words("verbs", "beside", "occur")


def _noun_frame(tree: Tree, index: int, frame: str) -> Iterator[Finding]:
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
        others=led_by(tree, index, "with"),
        places=places,
        flags={"back-reference"} if pointing else set(),
        first=first,
    )


def _is_the(tree: Tree, index: int) -> bool:
    return any(tree[each].lower in ("the", "this", "that") for each in tree.children(index, "det"))


def _meet_noun(tree: Tree, index: int, first: int, owners: list[int], frame: str) -> Iterator[Finding]:
    governor = _governor(tree, index)
    carriers = _carrier_subject(tree, index)
    together = led_by(tree, index, "between", "of", "among") + owners
    partners = led_by(tree, index, "with")
    places = led_by(tree, index, "in", "at") + tree.children(index, "compound", "nmod")
    flags = _flags(tree, index)
    if governor is not None:
        places += _where(tree, governor[0])
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
    if doer is not None and not any(lexicon.verb(tree[each].lower) in _trigger_verbs() for each in inner):
        verdict = Verdict("planned", False, False, False, frozenset({index}))
        flags = frozenset({"many"} if any(_is_many(tree, each) for each in places) else ())
        yield Finding("invite", (index, index), index, (doer,), tuple(hosts), tuple(places), flags, verdict)
