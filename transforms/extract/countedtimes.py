"""Times that are counted from another: "two days ago", "last week", "the day before", "that evening"."""

from typing import Optional

from transforms.extract.namedtimes import read_part
from transforms.extract.readings import Counted, Nth, Offset, Open, Period, Reading, Run
from transforms.extract.timetables import (
    DAY_WORDS,
    DAYS,
    EDGE,
    NUMBER,
    ORDINAL,
    TURN,
    UNITS,
    Atom,
    before,
    day_number,
    number_of,
    ordinal_of,
    pattern,
)

_COUNT_LEFT = pattern(
    r"\b(?:(?P<lead>in|within|after|for"
    r"|(?:(?:in|over|during|within|for) )?(?:the )?(?P<run>next|last|past|coming|following|previous)) )?"
    r"(?:(?:about|around|some|nearly|almost|just|only|exactly|roughly|less than|more than|at least) )?"
    rf"(?P<n>{NUMBER})[ -]\Z"
)
_COUNT_RIGHT = pattern(
    r"(?:['’]s?)?(?: time)?(?P<rel> ago| earlier| later| before| after| from| from now| from today| previously| prior"
    r"| afterwards| hence| to come)?\b"
)
_UNIT_LEFT = pattern(
    rf"(?:\b(?P<edge>{EDGE})?(?:(?P<the>the) )?(?:(?P<turn>{TURN}) )?"
    r"(?:(?:calendar|working|financial|fiscal|very|same) )?)?\Z"
)
_WORKING = pattern(r"\bworking \Z")
_LASTING = pattern(
    r"(?:in|into|entered|for) (?:its|their|his|her|the|a) (?P<nth>[\w-]+) (?:straight |consecutive |successive )?\Z"
)
_NTH_LEFT = pattern(rf"\b(?:the )?(?P<nth>{ORDINAL})(?: full)? \Z")
_CLOSE = pattern(r"(?:-|['’]s )end\b")
_CLOSE_THE = pattern(r"(?:-|['’]s )end\b| (?:is|was) (?:out|over)\b")
_BESIDE = pattern(r" (?P<rel>before|after)\b(?P<next> next| last)?")


def read_unit(text: str, start: int, end: int) -> Optional[Atom]:
    """Read a phrase around day, week, month or year."""
    word = text[start:end].lower()
    unit = UNITS[word]
    if unit in ("quarter", "half"):
        return read_part(text, start, end, unit)
    if unit == "hour":
        return _hours(text, start, end)
    if unit == "week" and before(_WORKING, text, start):
        unit = "workweek"
    return _count(text, start, end, unit) or _lasting(text, start, end, unit) or _relative(text, start, end, unit)


#: Words behind a count: which way it goes, and whether from another time than publication.
_COUNTS = {
    "ago": (-1, False), "from now": (1, False), "from today": (1, False), "hence": (1, False),
    "earlier": (-1, True), "previously": (-1, True), "prior": (-1, True), "later": (1, True), "afterwards": (1, True),
}  # fmt: skip


#: "Two years, three months" before "and five days ago".
_PART = pattern(rf"\b(?P<n>{NUMBER}) (?P<unit>day|week|month|year)s?,?(?: and)? ")
_MORE = pattern(
    rf"(?<!last )(?<!past )(?<!next )\b(?:{_PART.pattern.replace('?P<n>', '?:').replace('?P<unit>', '?:')})+\Z"
)


def _count(text: str, start: int, end: int, unit: str) -> Optional[Atom]:
    """Read "two days ago", "in three weeks", "a month later", "the next five days"."""
    left = before(_COUNT_LEFT, text, start)
    if left is None or text[start - 1] == "-":
        return None
    number = number_of(left["n"])
    if unit == "fortnight":
        unit, number = "week", 2 * number
    right = _COUNT_RIGHT.match(text, end)
    relation = (right["rel"] or "").strip().lower() if right else ""
    lead = (left["lead"] or "").lower()
    begin, stop = left.start("n"), right.end() if right and relation else end
    if relation in _COUNTS:
        sign, context = _COUNTS[relation]
        more = before(_MORE, text, begin)
        if more is not None:
            parts = [(UNITS[part["unit"].lower()], number_of(part["n"])) for part in _PART.finditer(more[0])]
            reading: Reading = Counted(parts[0][0], sign * parts[0][1], context=context, exact=True)
            for each, count in (*parts[1:], (unit, number)):
                reading = Offset(each, sign * count, reading)
            return Atom(more.start(), stop, reading)
        return Atom(begin, stop, Counted(unit, sign * number, context=context))
    if relation in ("before", "after", "from") and lead not in ("in", "for"):
        sign = -1 if relation == "before" else 1
        return Atom(begin, stop, Counted(unit, -sign * number, context=True), relation != "from", True)
    if lead == "in":
        return Atom(left.start("lead"), right.end() if right else end, Counted(unit, number, ahead=True))
    if lead == "within":
        return Atom(left.start("lead"), end, Open(Counted(unit, number, exact=True), "by"))
    if left["run"]:
        sign = 1 if left["run"].lower() in ("next", "coming", "following") else -1
        return Atom(left.start("run"), end, Run(unit, number, sign))
    return None


_HOURS = pattern(r"(?P<rel> from now| from today| ago| earlier| later| before| after)\b")
_SHORTLY = pattern(rf"\b(?P<lead>in |within )?(?:(?P<n>{NUMBER}) |half an )\Z")


def _hours(text: str, start: int, end: int) -> Optional[Atom]:
    """Hours and minutes after something are the same day; from publication they are that day, said of the hour."""
    right, left = _HOURS.match(text, end), before(_SHORTLY, text, start)
    relation = right["rel"].strip().lower() if right else ""
    if relation == "ago":
        return None
    if left is not None and (relation.startswith("from") or (left["lead"] and not relation)):
        return Atom(left.start(), right.end() if right else end, Counted("day", 0, now=True))
    return Atom(start, right.end(), Counted("day", 0, context=True)) if right else None


_NOW_LEFT = pattern(r"\b(?:(?P<at>at (?:the )?)|(?P<to>to |current )|right |just )\Z")
_NOW_RIGHT = pattern(r" time\b| (?P<of>of|when|that)\b")


def read_now(text: str, start: int, end: int) -> Optional[Atom]:
    """Read "now", "at the moment", "at present"; "to date" and "between now and May" only as an end of a span."""
    word, left, right = text[start:end].lower(), before(_NOW_LEFT, text, start), _NOW_RIGHT.match(text, end)
    if word == "date":
        return Atom(start, end, Counted("day", 0), False) if left and left["to"] else None
    if (word == "now") == bool(left and left["at"]) or (left and left["to"]) or (right and right["of"]):
        return None
    return Atom(left.start() if left else start, right.end() if right else end, Counted("day", 0, now=True))


def _lasting(text: str, start: int, end: int, unit: str) -> Optional[Atom]:
    """Read "in its second day": under way since the day before."""
    left = before(_LASTING, text, start)
    if left is None or (left["nth"].lower() not in DAY_WORDS and not left["nth"][0].isdigit()):
        return None
    of = pattern(r" of (?!\d)").match(text, end)
    if left[0].lower().split()[1] in ("the", "a") and of is None:
        return None
    return Atom(left.start(), end, Open(Counted(unit, 1 - day_number(left["nth"])), "since"))


_OTHER_DAY = {"next": 1, "following": 1, "previous": -1, "preceding": -1, "same": 0, "that": 0}
_TURNS = {
    "last": -1,
    "past": -1,
    "this past": -1,
    "this": 0,
    "current": 0,
    "next": 1,
    "coming": 1,
    "this coming": 1,
    "upcoming": 1,
}


def _relative(text: str, start: int, end: int, unit: str) -> Optional[Atom]:
    """Read "last week", "the following day", "later in the year", "the first week"."""
    if unit in ("hour", "fortnight") or (text[end - 1] in "sS" and unit != "weekend"):
        return None
    left = before(_UNIT_LEFT, text, start)
    if left is None:
        return None
    edge, turn, the = left["edge"], (left["turn"] or "").lower(), bool(left["the"])
    if edge and unit == "year" and "half" in edge:
        edge = None
    begin = left.start() if edge else left.start("turn") if turn else left.start("the") if the else start
    if unit == "day":
        return _other_day(text, start, end, begin, turn, the)
    if turn:
        run = turn == "past" or (turn == "last" and the and not text.startswith(" of ", end))
        return Atom(begin, end, _turned(unit, turn, run=run))
    if not edge and (nth := before(_NTH_LEFT, text, start)) is not None:
        return Atom(nth.start(), end, Nth(unit, ordinal_of(nth["nth"]), None, None), False)
    if unit == "weekend":
        return Atom(begin, end, Period("weekend", 0), the)
    return _within(text, begin, end, unit, edge or "", the)


def _turned(unit: str, turn: str, *, run: bool) -> Reading:
    """Return what "last", "this" or "the same" makes of a unit; "the past week" is a run of days."""
    if turn in _OTHER_DAY and turn != "next":
        return Counted(unit, _OTHER_DAY[turn], context=True)
    return Run(unit, 1, -1) if run and unit != "weekend" else Counted(unit, _TURNS[turn])


def _within(text: str, begin: int, end: int, unit: str, edge: str, the: bool) -> Atom:
    """Read "the week", alone only as "the end of the week", "the week's end" or "the week before"."""
    firm = bool(edge) and (the or "of " in edge)
    if (close := (_CLOSE_THE if the else _CLOSE).match(text, end)) is not None:
        firm, end = True, close.end()
    beside = _BESIDE.match(text, end)
    if the and beside is not None:
        sign = -1 if beside["rel"].lower() == "before" else 1
        if beside["next"]:
            return Atom(begin, beside.end(), Counted(unit, 2 * sign))
        return Atom(begin, beside.end(), Counted(unit, sign, context=True), True, True)
    return Atom(begin, end, Counted(unit, 0), firm)


_THE = pattern(r"\bthe (?:very )?\Z")
_DAY_BESIDE = pattern(r" (?P<rel>before|after)\b(?: (?P<word>yesterday|tomorrow)\b)?")


def _other_day(text: str, start: int, end: int, begin: int, turn: str, the: bool) -> Optional[Atom]:
    """Read a day that is told by another: the next day, the day before, the same day."""
    if turn in _OTHER_DAY and (the or turn in ("that", "same") or before(_THE, text, begin)):
        return Atom(begin, end, Counted("day", _OTHER_DAY[turn], context=True))
    right = _DAY_BESIDE.match(text, end)
    if the and right is not None:
        sign = -1 if right["rel"].lower() == "before" else 1
        if right["word"]:
            return Atom(begin, right.end(), Counted("day", 2 * sign))
        return Atom(begin, right.end(), Counted("day", sign, context=True), True, True)
    nth = before(_NTH_LEFT, text, start)
    return Atom(nth.start(), end, Nth("day", ordinal_of(nth["nth"]), None, None), False) if nth else None


_TODAY_LEFT = pattern(r"\b(?:early |late |earlier |later )\Z")


def read_today(text: str, start: int, end: int) -> Optional[Atom]:
    left = before(_TODAY_LEFT, text, start)
    return Atom(left.start() if left else start, end, Counted("day", DAYS[text[start:end].lower()]))


_PART_OF_DAY = pattern(r"\b(?P<turn>this|last|the (?:next|following|previous|same)|that|the same) \Z")


def read_night(text: str, start: int, end: int) -> Optional[Atom]:
    """Read "this morning", "last night", "that evening"."""
    left = before(_PART_OF_DAY, text, start)
    if left is None:
        return None
    turn = left["turn"].lower().removeprefix("the ")
    if turn in ("this", "last"):
        return Atom(left.start(), end, Counted("day", -(turn == "last")))
    return Atom(left.start(), end, Counted("day", _OTHER_DAY[turn], context=True))
