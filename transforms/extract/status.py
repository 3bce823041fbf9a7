"""How far an event has come, as its sentence says: from the inside out.

The tense of the trigger, or of the verb that carries it, comes first; then every word above that plans, confirms,
denies or calls it off (data/statuses.toml). "Denied that it was cancelled" is planned: the scope of denials nests.
"""

from typing import NamedTuple

from transforms import lexicon
from transforms.extract.grammar import effective, is_noun, is_passive, is_verb, negated, tense, verb
from transforms.extract.parse import Tree


class Verdict(NamedTuple):
    """How far an event has come, as its sentence says."""

    status: str | None  # None: the words tell nothing, as in "the visit of X to Y"
    settled: bool  # "will", "is to": an official body that says so confirms it
    negative: bool  # the words say that it does not take place
    timely: frozenset[int]  # words whose time is the event's


class State(NamedTuple):
    status: str | None = None
    settled: bool = False
    negative: bool = False


OF_TENSE = {
    "past": State("happened"),
    "present": State("present"),
    "progressive": State("ongoing"),
    "future": State("planned", settled=True),
    "conditional": State("planned", settled=True),
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
            ahead = form == "infinitive" or tree[head].lower in ("to", "towards", "toward")
            if ahead or tree[head].dep != "prep":
                return State("planned" if ahead else "happened")
            head = tree[head].head
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
    return _ahead(kind, state, denied, form)


def _ahead(kind: str, state: State, denied: bool, form: str) -> State:
    """Return the state under a word that plans, weighs, asks for or accepts."""
    if kind == "request":
        return State("requested") if form in ("past", "present", "participle") else State("possible")
    if denied:
        return State("denied", negative=True)
    if kind == "accept":
        return State("planned", settled=True)
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

    def __init__(self, tree: Tree, core: int, acts: bool) -> None:
        self.tree = tree
        self.timely = {core}
        self.carried = is_verb(tree, core)
        self.state = own_tense(tree, core) if self.carried else State()
        kind = kind_of(tree, core) if self.carried and not acts else None
        if kind in ("cancel", "postpone"):
            self.state = operate(kind, State(), denied=negated(tree, core), form=tense(tree, core)) or State()
        elif self.carried and negated(tree, core):
            self.state = self._negate(self.state)
        self.fallback = State() if self.carried else _modifiers(tree, core)
        self.none = not self.carried and negated(tree, core)  # "no visit"

    @staticmethod
    def _negate(state: State) -> State:
        if state.status == "possible":
            return State("possible", negative=True)
        return State("denied" if state.status in ("happened", "ongoing") else "refused", negative=True)

    def carry(self, node: int) -> None:
        """Take the tense of the first verb above a noun."""
        self.carried = True
        self.state = own_tense(self.tree, node)
        if negated(self.tree, node) != self.none:
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
        elif not is_verb(tree, node) or (not self.carried and beside_the_point(tree, node, tree[child].lower)):
            return True
        elif kind is None or (not self.carried and not self._bears(child, node, kind)):
            if not self.carried:
                self.carry(node)
            return True
        else:
            says = effective(tree, node)
            denied = negated(tree, says) != (self.none and not self.carried)
            changed = operate(kind, self.state, denied=denied, form=tense(tree, says))
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
        if dep in ("dobj", "oprd", "nsubjpass"):
            return True
        if dep == "nsubj":
            return kind in ("postpone", "cancel") or is_passive(self.tree, effective(self.tree, node))
        return dep == "prep" and kind in ("plan", "possible", "request", "exclude", "accept")


def _lies_ahead(tree: Tree, core: int) -> bool:
    """Say whether a noun is what something comes "ahead of" or "before"."""
    before = [tree[each].lower for each in list(tree.above(core))[:2] if tree[each].dep in ("prep", "advmod")]
    return not is_verb(tree, core) and ("ahead" in before or before[:1] == ["before"])


def judge(tree: Tree, core: int, *, acts: bool = False) -> Verdict | None:
    """Return the status of the event that a word holds, or None where the sentence leaves no event.

    Args:
        acts: the word is an act itself, whatever it would do to another: "moved tanks", "cut the internet".
    """
    if _lies_ahead(tree, core):
        return Verdict("planned", False, False, frozenset({core}))
    climb = _Climb(tree, core, acts)
    child = core
    for node in tree.above(core):
        if is_verb(tree, child) and conditional(tree, child):
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
    if state.status == "planned" and any(conditional(tree, each) for each in tree.children(core, "advcl")):
        state = State("possible")
    return Verdict(state.status, state.settled, state.negative, frozenset(climb.timely))


def conditional(tree: Tree, clause: int) -> bool:
    marks = {tree[each].lower for each in tree.children(clause, "mark", "advmod")}
    return bool(marks & {"if", "unless", "whether"}) or tree[clause].lower in ("provided", "providing")


def beside_the_point(tree: Tree, node: int, how: str) -> bool:
    """Say whether a verb only seems to carry a noun: "repeated the wish to close wounds in a call" was in the call."""
    return how in ("in", "during") and tense(tree, node) == "infinitive" and tree[node].dep == "acl"
