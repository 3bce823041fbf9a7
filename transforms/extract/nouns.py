"""Nouns that hold an event: visits, meetings, calls, deals and invitations, and the verbs that carry them."""

from collections.abc import Iterator

from transforms import lexicon
from transforms.extract.findings import Finding, judged
from transforms.extract.grammar import effective, is_noun, is_passive, is_verb, led_by, subject, verb
from transforms.extract.parse import Tree
from transforms.extract.status import Verdict, beside_the_point, kind_of
from transforms.extract.wording import (
    flags_of,
    holds_an_event,
    inviters,
    is_many,
    is_of_the_press,
    parties,
    speaking,
    where_inside,
    where_to,
)

#: "A round of talks" is the talks.
_ROUNDS = frozenset({"round", "rounds", "session", "sessions", "day", "days", "hours"})


def read_noun(tree: Tree, index: int, frame: str) -> Iterator[Finding]:
    if _is_series(tree, index):
        return
    kinds = lexicon.words("verbs", "beside", "kinds")
    first = index - 1 if index and tree[index - 1].lower in kinds else index
    owners = _owners(tree, index)
    if frame == "visit":
        yield from _visit_noun(tree, index, first, owners)
    elif frame in ("meet", "phone"):
        yield from _meet_noun(tree, index, first, owners, frame)
    elif frame == "deal":
        yield from _deal_noun(tree, index)
    elif frame == "invitation":
        yield from _accepted(tree, index)


def governor_of(tree: Tree, index: int) -> tuple[int, str] | None:
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
        elif how == "of" and tree[node].lower in _ROUNDS:
            how = tree[node].dep
        elif is_noun(tree, node) and how not in ("in", "during"):
            return None
    return None


def _carrier_subject(tree: Tree, index: int) -> list[int]:
    """Return the subject of the verb that carries a noun: "X will pay a visit", "X is on a visit"."""
    governor = governor_of(tree, index)
    if governor is None:
        return []
    node, how = governor
    carried = verb(tree, node) in lexicon.words("verbs", "beside", "carry") or kind_of(tree, node) in _BY_THE_ACTOR
    if how in ("dobj", "on", "for", "from", "in", "to", "after") and carried and not is_passive(tree, node):
        doer = subject(tree, node)
        return [] if doer is None or doer == index else [doer]
    if how in ("nsubjpass",) or (how == "dobj" and is_passive(tree, node)):
        return led_by(tree, node, "by") if carried and kind_of(tree, node) is None else []
    return []


#: Kinds of verbs whose subject may be the one who goes: "X put off a trip".
_BY_THE_ACTOR = ("plan", "possible", "cancel", "postpone", "accept", "exclude", "request")
#: What a noun belongs to without an actor: "next week's visit".
_TIMES = frozenset(
    {"today", "tomorrow", "yesterday", "week", "month", "year", "weekend", "day", "afternoon", "morning"}
)


def _owners(tree: Tree, index: int) -> list[int]:
    """Return whose a noun is; an owner that is a pronoun gives way to the subject of the verb that carries it."""
    owners = [each for each in tree.children(index, "poss") if tree[each].lower not in _TIMES]
    if owners and tree[owners[0]].tag == "PRP$":
        return _carrier_subject(tree, index) or _meanwhile(tree, governor_of(tree, index)) or owners
    return owners


def is_under_way(tree: Tree, index: int) -> bool:
    """Say whether somebody "is on" what a noun names."""
    governor = governor_of(tree, index)
    return governor is not None and governor[1] == "on" and tree[governor[0]].lower in ("is", "are", "'s", "’s")


def _asserted(tree: Tree, index: int) -> bool:
    """Say whether a sentence says of "the visit" that it is on, off, denied or when it is, and not just points back."""
    governor = governor_of(tree, index)
    if governor is None or governor[1] not in ("dobj", "nsubj", "nsubjpass"):
        return False
    kinds = ("plan", "possible", "deny", "cancel", "postpone", "confirm", "exclude")
    return kind_of(tree, governor[0]) in kinds or verb(tree, governor[0]) in lexicon.words("verbs", "beside", "occur")


def _is_series(tree: Tree, index: int) -> bool:
    """Say whether a noun counts acts that are not told one by one: "a series of visits and phone calls"."""
    top = next((each for each in (index, *tree.above(index)) if tree[each].dep != "conj"), index)
    of = tree[top].head
    return tree[of].lower == "of" and tree[tree[of].head].lower in ("series", "string", "number", "spate", "flurry")


def _visit_noun(tree: Tree, index: int, first: int, owners: list[int]) -> Iterator[Finding]:
    named = led_by(tree, index, "by") + led_by(tree, index, "of")
    governor = governor_of(tree, index)
    agents = named or owners or _carrier_subject(tree, index) or _meanwhile(tree, governor)
    places = led_by(tree, index, "to", "in")
    for each in (*tree.children(index, "acl"), *named):
        places += led_by(tree, each, "to", "in")
    places += tree.children(index, "compound", "nmod")
    if governor is not None:
        places += where_to(tree, governor[0])
    pointing = not named and not owners and (not agents or _is_the(tree, index))
    if pointing and not places and not _asserted(tree, index):
        return
    yield from judged(
        tree,
        "visit-noun",
        index,
        agents=agents,
        others=led_by(tree, index, "with") + inviters(tree, index, *(governor or ())[:1]),
        places=places,
        flags={"back-reference"} if pointing else set(),
        first=first,
    )


def _is_the(tree: Tree, index: int) -> bool:
    return any(tree[each].lower in ("the", "this", "that") for each in tree.children(index, "det"))


def _meet_noun(tree: Tree, index: int, first: int, owners: list[int], frame: str) -> Iterator[Finding]:
    governor = governor_of(tree, index)
    if not _is_meeting(tree, index, governor):
        return
    carriers = _carrier_subject(tree, index)
    together = [each for each in led_by(tree, index, "between", "of", "among") if tree[each].lower != "views"] + owners
    partners = led_by(tree, index, "with") + inviters(tree, index, *(governor or ())[:1])
    if not together:
        partners += _led_by_carrier(tree, governor)
    places, flags = _setting(tree, index, governor)
    if governor is not None and governor[1] == "dobj" and verb(tree, governor[0]) == "host":
        places, carriers = places + carriers, []
    if not together and not partners and frame != "phone":
        if governor is not None and not carriers and lexicon.verb(tree[governor[0]].lower) == "tell":
            carriers, partners = parties(tree, governor[0])
        elif not carriers and not _asserted(tree, index) and not _exists(tree, index):
            return
        flags |= {"back-reference"} if carriers else {"back-reference", "asserted"}
    carriers = carriers or (_meanwhile(tree, governor) if partners else [])
    if frame == "phone" and not together:
        carriers = carriers or _callers(tree, governor)
        if callers := led_by(tree, index, "from"):
            carriers, partners = callers, partners or _receivers(tree, governor)
    told = _held if _is_aside(tree, governor) else judged
    yield from told(
        tree,
        "phone" if frame == "phone" or "wire" in flags else "meet",
        index,
        agents=together or carriers,
        others=partners,
        places=places,
        flags=flags,
        first=first,
    )


def _led_by_carrier(tree: Tree, governor: tuple[int, str] | None) -> list[int]:
    """Return with whom "held talks in X with Y" says it of the verb."""
    return led_by(tree, governor[0], "with") if governor is not None and governor[1] == "dobj" else []


def _is_aside(tree: Tree, governor: tuple[int, str] | None) -> bool:
    """Say whether something is asked for in what a noun names, and not it: "in a call, X asked Y to ..."."""
    return governor is not None and governor[1] in ("in", "during") and kind_of(tree, governor[0]) == "request"


def _held(
    tree: Tree,
    frame: str,
    core: int,
    *,
    agents: list[int],
    others: list[int],
    places: list[int],
    flags: set[str],
    first: int,
) -> Iterator[Finding]:
    """Yield a meeting or call that was held, whatever the verb says that it hangs on; whom that asks was called."""
    verdict = Verdict("happened", False, False, frozenset({core}))
    governor = governor_of(tree, core)
    asked = tree.children(governor[0], "dobj") if frame == "phone" and governor is not None else []
    partners = tuple(others or asked)
    yield Finding(frame, (first, core), core, tuple(agents), partners, tuple(places), frozenset(flags), verdict)


def _is_meeting(tree: Tree, index: int, governor: tuple[int, str] | None) -> bool:
    """Say whether a noun of meetings means one: no "news conference", not "under discussion"."""
    if is_of_the_press(tree, index):
        return False
    if governor is None:
        return True
    told = governor[1] == "by" and lexicon.verb(tree[governor[0]].lower) in speaking()  # "spoke by video link"
    return governor[1] != "under" and not told


def _setting(tree: Tree, index: int, governor: tuple[int, str] | None) -> tuple[list[int], set[str]]:
    """Return where people meet, and whether they are many or under a go-between."""
    places = led_by(tree, index, "in", "at") + tree.children(index, "compound", "nmod")
    flags = flags_of(tree, index) | ({"many"} if is_many(tree, index) else set())
    if governor is not None:
        places += where_inside(tree, governor[0])
        flags |= flags_of(tree, governor[0]) & {"neutral"}
    return places, flags


def _receivers(tree: Tree, governor: tuple[int, str] | None) -> list[int]:
    """Return who "received a phone call"."""
    doer = subject(tree, governor[0]) if governor is not None and governor[1] == "dobj" else None
    return [] if doer is None else [doer]


def _meanwhile(tree: Tree, governor: tuple[int, str] | None) -> list[int]:
    """Return who does something "during a visit to X", "during talks with Y"."""
    if governor is None or governor[1] != "during" or is_passive(tree, governor[0]):
        return []
    doer = subject(tree, governor[0])
    return [] if doer is None else [doer]


def _callers(tree: Tree, governor: tuple[int, str] | None) -> list[int]:
    """Return who does something "in a phone call"."""
    doer = subject(tree, governor[0]) if governor is not None and governor[1] in ("in", "by") else None
    return [] if doer is None else [doer]


def _exists(tree: Tree, index: int) -> bool:
    """Say whether "there will be talks", "the programme provides for talks"."""
    governor = governor_of(tree, index)
    return governor is not None and (
        bool(tree.children(governor[0], "expl"))
        or (
            lexicon.verb(tree[governor[0]].lower) in ("provide", "include", "follow") and governor[1] in ("for", "dobj")
        )
    )


def _deal_noun(tree: Tree, index: int) -> Iterator[Finding]:
    governor = governor_of(tree, index)
    if governor is None or governor[1] not in ("dobj", "nsubjpass"):
        return
    if lexicon.verb(tree[governor[0]].lower) in lexicon.words("verbs", "beside", "reach"):
        doer = subject(tree, governor[0])
        agents = [] if doer is None or doer == index else [doer]
        between = led_by(tree, index, "between") or led_by(tree, governor[0], "between")
        places = where_to(tree, governor[0])
        partners = led_by(tree, index, "with") + led_by(tree, governor[0], "with")
        yield from judged(tree, "deal", index, agents=agents or between, others=partners, places=places)


def _accepted(tree: Tree, index: int) -> Iterator[Finding]:
    governor = governor_of(tree, index)
    if governor is None or governor[1] != "dobj" or kind_of(tree, governor[0]) != "accept":
        return
    doer = subject(tree, governor[0])
    hosts = tree.children(index, "poss") + led_by(tree, index, "of", "from")
    places = led_by(tree, index, "to") + led_by(tree, governor[0], "to")
    inner = [each for each in tree.children(index, "acl") if is_verb(tree, each)]
    if doer is not None and not any(holds_an_event(tree, each) for each in inner):
        verdict = Verdict("planned", False, False, frozenset({index}))
        flags = frozenset({"many"} if any(is_many(tree, each) for each in places) else ())
        yield Finding("invite", (index, index), index, (doer,), tuple(hosts), tuple(places), flags, verdict)
