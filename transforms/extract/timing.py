"""Which words of time in a sentence are an event's: those that stand at its own words, or at a verb that carries it.

"X has postponed next week's trip, the palace said on Wednesday": next week belongs to the trip, Wednesday to the
speaker. What was put off has only the time that it was put off to; what was called off or denied keeps the time that
it would have had.
"""

import datetime
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from transforms import lexicon
from transforms.extract.findings import Finding
from transforms.extract.grammar import is_noun, is_verb, verb
from transforms.extract.parse import Tree
from transforms.extract.readings import Counted, Day, Open, Reading, Span, Weekday
from transforms.extract.rules import by_word
from transforms.extract.status import kind_of
from transforms.extract.when import TimeExpression, When, find, find_length, open_ended, resolve, with_length

#: What leads from a verb to the new time of what it puts off.
_TO_THE_NEW = frozenset({"to", "until", "till", "for", "into", "before", "by"})
#: Behind "first visit", "in three years" looks back and is no time of the visit.
_RANKED = frozenset({"first", "second", "third", "fourth", "fifth", "last", "only"})

#: What leads to another thing that only tells how an event lies to it.
_APART = frozenset({"since", "after", "before", "until", "till", "because", "despite"})
_PARTS_OF_DAY = frozenset({"morning", "afternoon", "evening", "night", "noon", "dawn", "dusk", "midnight", "prayers"})
#: What leads to another act at the same time: "during last week's strike".
_MEANWHILE = frozenset({"during", "amid"})


class _Hold(NamedTuple):
    """How a time hangs on an event's words."""

    distance: int  # 0 at the event's own word
    expression: TimeExpression
    node: int  # the word that it hangs on
    leading: str  # the preposition between them


def event_time(
    tree: Tree, finding: Finding, *, status: str, anchor: datetime.date, context: When | None = None
) -> When | None:
    """Return the time that a sentence gives an event itself, or None where its words tell none.

    Args:
        status: of the event; it decides which words count, and the direction.
        anchor: the day of publication where the outlet is.
        context: the time told before, from which "the next day" counts.
    """
    words = _own_words(tree, finding, status)
    holds = sorted(_holds(tree, finding, words, status), key=lambda each: each.distance)
    for hold in holds:
        start, expression = context, hold.expression
        if _counts_on(expression.reading):
            start = _main_time(tree, hold, anchor) or context
        if status == "postponed" and isinstance(expression.reading, Open) and expression.reading.side == "until":
            expression = expression._replace(reading=expression.reading.of)
        found = resolve(expression, anchor=anchor, status=status, context=start)
        if found is not None:
            return _lasting(tree, finding, words, found, status)
    return None


def _counts_on(reading: Reading) -> bool:
    return isinstance(reading, Counted) and reading.context


def _own_words(tree: Tree, finding: Finding, status: str) -> Mapping[int, int]:
    """Return the words whose time is the event's, each with its distance."""
    core = finding.core
    above = [core, *tree.above(core)]
    above += [each for top in above for each in tree.children(top, "xcomp")]
    movers = [each for each in above if is_verb(tree, each) and kind_of(tree, each) == "postpone"]
    if status == "postponed" or (status == "possible" and finding.verdict.negative and movers):
        return dict.fromkeys(movers, 0)
    off = () if finding.rule is not None else ("cancel", "postpone", "deny")
    words = {each: 2 for each in finding.verdict.timely if not (is_verb(tree, each) and kind_of(tree, each) in off)}
    if core in finding.verdict.timely and (core in words or finding.rule is not None):
        words[core] = 0  # "moved two brigades" puts nothing off
    return words


def _holds(tree: Tree, finding: Finding, words: Mapping[int, int], status: str) -> Iterator[_Hold]:
    ranked = any(tree[each].lower in _RANKED for each in tree.children(finding.core, "amod"))
    for expression in find(tree.text):
        hold = _hold(tree, expression, words)
        if hold is None or (ranked and _looks_back(expression.reading)):
            continue
        reading = expression.reading
        if isinstance(reading, Counted) and reading.now:
            continue  # "is now on a visit": not the day on which it began
        opened = isinstance(reading, Open) and reading.side in ("by", "before", "until")
        new = hold.leading in _TO_THE_NEW or opened or isinstance(reading, Span)
        made_up = verb(tree, hold.node) in ("make up", "reschedule", "move")
        if status == "postponed" and not (new or made_up):
            continue
        asked = status == "requested" and hold.node == finding.core and is_verb(tree, finding.core)
        past = isinstance(reading, Counted) and reading.steps < 0
        if asked and (_is_day(reading) or past) and hold.leading in ("on", ""):
            continue  # when it was asked
        behind = hold.expression.start > tree[finding.core].start and hold.leading in ("in", "for", "during", "over")
        if finding.type == "REQUEST" and behind and not _is_day(reading):
            continue  # "invited her to Xland in June": when the guest comes
        yield hold


def _is_day(reading: Reading) -> bool:
    return isinstance(reading, (Weekday, Day)) or (isinstance(reading, Counted) and reading.unit == "day")


def _looks_back(reading: Reading) -> bool:
    return isinstance(reading, Counted) and reading.ahead


def _hold(tree: Tree, expression: TimeExpression, words: Mapping[int, int]) -> _Hold | None:
    """Climb from words of time to the event's words; None where another act or thing stands between."""
    first = tree.at(expression.start)
    if first is None:
        return None
    span = {each for each in range(first, len(tree)) if tree[each].start < expression.end}
    top = next((each for each in sorted(span) if tree[each].head not in span or tree[each].head == each), first)
    leading = tree[top].lower if tree[top].dep in ("prep", "agent") else ""
    crossed = 0
    child = top
    for node in (top, *tree.above(top)):
        if node in words:
            # "Said the day before that X had left": the day is that of saying.
            outside = any(tree[each].lower == "that" and each > top for each in tree.children(node, "mark"))
            return None if outside else _Hold(words[node] + crossed, expression, node, leading)
        if node in span:
            continue
        if tree[node].dep in ("prep", "agent", "mark"):
            if tree[node].lower in _APART and child not in span and tree[child].lower not in _PARTS_OF_DAY:
                return None  # "since the floods of last autumn"
            leading = tree[node].lower
        elif _another_act(tree, node, child, words):
            return None
        else:
            leading = leading if tree[child].dep == "prep" else ""
            crossed += is_verb(tree, node)
        child = node
    return None


def _another_act(tree: Tree, node: int, child: int, words: Mapping[int, int]) -> bool:
    """Say whether a word on the way up is an act or a thing of its own, so that the time is not the event's."""
    if is_verb(tree, node):
        return not _tells_when(tree, node, words)
    if is_noun(tree, node) and tree[child].dep in ("poss", "compound", "amod", "nmod"):
        meanwhile = tree[node].dep == "pobj" and tree[tree[node].head].lower in _MEANWHILE
        # "last week's attack", but "Friday morning" and "during last week's strike"
        return tree[node].lower not in _PARTS_OF_DAY and not meanwhile
    noun = lexicon.noun(tree[node].lower)
    if tree[node].dep == "dobj" and tree[node].head in words:
        return False  # "attend a summit in June"
    if tree[node].dep == "pobj" and noun in by_word("nouns"):
        return tree[node].tag in ("NN", "NNS")  # "an investigation into the beatings on May 8"
    return noun in lexicon.words("verbs", "nouns") or noun in lexicon.words("verbs", "beside", "paper")


def _tells_when(tree: Tree, node: int, words: Mapping[int, int]) -> bool:
    """Say whether a verb below the event tells when it is: "planned for May", "that began on Tuesday", "when ..."."""
    dep, head = tree[node].dep, tree[node].head
    if dep == "advcl" and head in words:
        return any(tree[each].lower in ("when", "while") for each in tree.children(node, "advmod", "mark"))
    while dep in ("acl", "relcl") and head not in words and tree[head].dep == "pobj":
        head = tree[tree[head].head].head  # "a trip to X that was planned": the clause hangs on X
    if dep not in ("acl", "relcl") or head not in words:
        return False
    occurs = verb(tree, node) in lexicon.words("verbs", "beside", "occur")
    return occurs or kind_of(tree, node) in ("plan", "possible", "confirm")


def _main_time(tree: Tree, hold: _Hold, anchor: datetime.date) -> When | None:
    """Return the time of the clause that "a day after" counts from: told there, or by whoever tells it."""
    if not is_verb(tree, hold.node) or tree[hold.node].dep != "advcl":
        return None
    above = dict.fromkeys(tree.above(hold.node), 0)
    for expression in find(tree.text):
        if not _counts_on(expression.reading) and _hold(tree, expression, above) is not None:
            return resolve(expression, anchor=anchor, status="happened")
    day = anchor.isoformat()
    return When(day, day, "day", "", "publication")


# ---------------------------------------------------------------- how long


_ENDING = frozenset({"end", "conclude", "finish", "complete", "wrap up", "leave"})


def _lasting(tree: Tree, finding: Finding, words: Mapping[int, int], found: When, status: str) -> When:
    """Give a time the length that stands at the event's words; what is under way has an open end."""
    if status in ("postponed", "cancelled", "denied"):
        return found
    for length in find_length(tree.text):
        at = tree.at(length.end - 1)
        if at is not None and _measures(tree, at, finding, words):
            above = (finding.core, *tree.above(finding.core))
            ends = any(verb(tree, each) in _ENDING or tree[each].lower == "end" for each in above)
            return with_length(found, length.days, ends=ends)
    if status == "ongoing" and found.granularity == "day":
        return open_ended(found)
    return found


def _measures(tree: Tree, unit: int, finding: Finding, words: Mapping[int, int]) -> bool:
    """Say whether a length is the event's: "a four-day trip", "for three days", "arrived for a two-day visit"."""
    if tree[unit].dep == "pobj" and tree[tree[unit].head].lower != "for":
        return False
    for node in tree.above(unit):
        if node in words:
            return True
        if is_verb(tree, node):
            return False
        noun = lexicon.noun(tree[node].lower)
        carried = finding.frame == "go" and noun in lexicon.words("verbs", "nouns", "visit")
        if noun in lexicon.words("verbs", "nouns") and not carried:
            return False
    return False
