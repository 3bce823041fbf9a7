"""Phrases of time in a sentence: single phrases joined with their neighbours, and with the word that opens them."""

import re
from collections.abc import Callable
from typing import NamedTuple, Optional

from transforms.extract.readings import (
    Around,
    Counted,
    Day,
    Feast,
    Nth,
    Offset,
    Open,
    Period,
    Reading,
    Run,
    Span,
    Weekday,
)
from transforms.extract.timetables import Atom
from transforms.extract.timewords import atoms


class TimeExpression(NamedTuple):
    """Words of time in a text: text[start:end]."""

    start: int
    end: int
    text: str
    reading: Reading


# ---------------------------------------------------------------- joining neighbours

_OF = re.compile(r" ?,? (?:of |in )?(?:the )?$|[-/]$", re.I)
_BESIDE = re.compile(r" (?:on |of |in |the )*$| ?[-–—/] ?$", re.I)
_BESIDE_DAY = re.compile(r",? (?:on )?$", re.I)
_DATE_OF_DAY = re.compile(r",? (?:\(|the )?$", re.I)
_RANGE = re.compile(r"(?: ?[-–—] ?| (?:to|until|till|through|thru)(?: the| current)? )$", re.I)
_AND = re.compile(r"(?:,? and | & )(?:on |the )?$", re.I)
_BETWEEN = re.compile(r"\bbetween (?:the )?$", re.I)
_FROM = re.compile(r"\bfrom (?:the )?$", re.I)
_WEEK_OF = re.compile(r" (?:of|beginning|starting|commencing)(?: on)? (?:the )?$", re.I)


def _dated(reading: Reading, year: "int | Counted") -> Optional[Reading]:
    """Give a year to what has none."""
    if isinstance(reading, Around):
        of = _dated(reading.of, year)
        return None if of is None else reading._replace(of=of)
    if isinstance(reading, (Day, Feast)) and reading.year is None:
        return reading._replace(year=year)
    if isinstance(reading, Period) and reading.year is None and reading.unit not in ("year", "weekend"):
        return reading._replace(year=year) if not reading.turn else None
    if isinstance(reading, Span):
        last = _dated(reading.last, year)
        return None if last is None else reading._replace(last=last)
    return None


def _year_of(reading: Reading) -> "int | Counted | None":
    if isinstance(reading, Period) and reading.unit == "year" and isinstance(reading.year, int):
        return reading.year
    return reading if isinstance(reading, Counted) and reading.unit == "year" and not reading.ahead else None


def _with_year(left: Reading, gap: str, right: Reading) -> Optional[Reading]:
    year = _year_of(right)
    if year is not None and _OF.match(gap):
        return _dated(left, year)
    if isinstance(right, Period) and right.unit in ("quarter", "half", "month") and _BESIDE.match(gap):
        year = _year_of(left)
        return None if not isinstance(year, int) else _dated(right, year)
    return None


def _with_date(left: Reading, gap: str, right: Reading) -> Optional[Reading]:
    """Join "Monday, " and "March 20"."""
    if not isinstance(left, Weekday) or left.near or not _DATE_OF_DAY.match(gap):
        return None
    if isinstance(right, Day):
        return right._replace(weekday=left.number)
    return right if isinstance(right, Span) and isinstance(right.first, Day) else None


def _with_week(left: Reading, gap: str, right: Reading) -> Optional[Reading]:
    """Join "Thursday" and "last week", in either order."""
    if not _BESIDE.match(gap):
        return None
    for day, week in ((left, right), (right, left)):
        if isinstance(day, Weekday) and not day.near and not day.turn and getattr(week, "unit", "") == "week":
            return day._replace(near=week) if isinstance(week, (Counted, Nth)) else None
    return None


def _with_part(left: Reading, gap: str, right: Reading) -> Optional[Reading]:
    """Join "the last week" and "July"; "the weekend" and "March 8"."""
    if isinstance(left, Feast) and isinstance(right, Period) and right.unit == "weekend" and gap == " ":
        return Around("weekend", left)
    if not gap.lower().startswith((" of ", " in ")) and not _WEEK_OF.match(gap):
        return None
    if isinstance(left, Counted) and left.unit == "week" and left.steps == -1:
        longer = isinstance(right, Period) or (isinstance(right, Counted) and right.unit in ("month", "year"))
        return Nth("week", -1, None, right) if longer else None
    if isinstance(left, Nth) and left.of is None and isinstance(right, (Period, Counted)):
        return left._replace(of=right) if not isinstance(right, Counted) or right.unit != "day" else None
    day = isinstance(right, (Day, Weekday, Feast))
    if day and _WEEK_OF.match(gap):
        if isinstance(left, Counted) and left.unit == "week" and left.steps == 0:
            return Around("week", right)
        if isinstance(left, Period) and left.unit == "weekend":
            return Around("weekend", right)
    return None


def _with_month(left: Reading, gap: str, right: Reading) -> Optional[Reading]:
    """Join "the 12th" and "next month"."""
    if isinstance(left, Day) and left.month is None and isinstance(right, Counted) and right.unit == "month":
        return left._replace(year=right) if _OF.match(gap) else None
    return None


def _with_offset(left: Atom, gap: str, right: Reading) -> Optional[Reading]:
    """Join "two days after" and "May 3"."""
    if not left.dangling or not isinstance(left.reading, Counted) or gap.strip().lower() not in ("", "the"):
        return None
    if isinstance(right, (Run, Open, Span)):
        return None
    return Offset(left.reading.unit, -left.reading.steps, right)


def _near(text: str, left: Atom, right: Atom) -> Optional[Atom]:
    """Join "three weeks after Easter" and "on Friday", in either order."""
    if not _BESIDE_DAY.match(text[left.end : right.start]) or left.dangling or right.dangling:
        return None
    for day, other in ((left.reading, right.reading), (right.reading, left.reading)):
        counted = isinstance(other, Offset) or (isinstance(other, Counted) and other.steps and not other.context)
        if isinstance(day, Weekday) and not day.near and not day.turn and counted:
            return Atom(left.start, right.end, day._replace(near=other))
    return None


_DAYS = (Day, Weekday, Feast, Offset)


_MIXED = ({"day", "month"}, {"day", "year"})


def _alike(left: Reading, right: Reading) -> bool:
    """Say whether two times can be the ends of one span."""

    def rank(each: Reading) -> str:
        if isinstance(each, _DAYS):
            return "day"
        return each.unit if isinstance(each, (Counted, Period)) else ""

    kinds = {rank(left), rank(right)}
    return "" not in kinds and (len(kinds) == 1 or kinds in _MIXED) and "weekend" not in kinds


def _next_to(left: Reading, right: Reading) -> bool:
    if isinstance(left, Weekday) and isinstance(right, Weekday):
        return right.number == (left.number + 1) % 7 and not left.turn and not right.turn
    return isinstance(left, Day) and isinstance(right, Day) and left.month == right.month and right.day == left.day + 1


def _range(text: str, left: Atom, right: Atom) -> Optional[Atom]:
    gap = text[left.end : right.start]
    if not _alike(left.reading, right.reading):
        return None
    between = _BETWEEN.search(text, max(0, left.start - 13), left.start)
    opening = _FROM.search(text, max(0, left.start - 10), left.start)
    if _RANGE.match(gap) or (_AND.match(gap) and between):
        lead = opening or between
        start = lead.start() if lead else left.start
        return Atom(start, right.end, Span(left.reading, right.reading, opening is not None))
    if _AND.match(gap) and _next_to(left.reading, right.reading):
        return Atom(left.start, right.end, Span(left.reading, right.reading))
    return None


def _pair(text: str, left: Atom, right: Atom) -> Optional[Atom]:
    """Return two neighbours as one, or None where they are two."""
    gap = text[left.end : right.start]
    if len(gap) > 18 or right.dangling:
        return None
    for join in (_with_date, _with_week, _with_part, _with_month):
        reading = join(left.reading, gap, right.reading)
        if reading is not None:
            return Atom(left.start, right.end + text.startswith(")", right.end) * ("(" in gap), reading)
    return None


def _joined(text: str, found: list[Atom], join: Callable[[str, Atom, Atom], Optional[Atom]]) -> list[Atom]:
    result: list[Atom] = []
    for atom in found:
        while result and (both := join(text, result[-1], atom)) is not None:
            result.pop()
            atom = both
        result.append(atom)
    return result


def _year(text: str, left: Atom, right: Atom) -> Optional[Atom]:
    reading = None if right.dangling else _with_year(left.reading, text[left.end : right.start], right.reading)
    return None if reading is None else Atom(left.start, right.end, reading)


def _offset(text: str, left: Atom, right: Atom) -> Optional[Atom]:
    reading = _with_offset(left, text[left.end : right.start], right.reading)
    return None if reading is None else Atom(left.start, right.end, reading)


# ---------------------------------------------------------------- what opens a time

_OPENING = re.compile(
    r"\b(?P<word>since|from|as (?:of|from)|starting|beginning|commencing|effective|until|till|up to|by|before"
    r"|no later than|not later than|prior to|through|after|ends|ending|expires|concludes|finishes)"
    r"(?: (?:on|in|at|from|about|around|at least|as early as|the|late|early|then))* ?$",
    re.I,
)
_SIDES = {
    "since": "since", "until": "until", "till": "until", "up to": "until", "through": "until", "by": "by",
    "no later than": "by", "not later than": "by", "before": "before", "prior to": "before", "after": "after",
    "ends": "until", "ending": "until", "expires": "until", "concludes": "until", "finishes": "until",
}  # fmt: skip
_ENDING = re.compile(r"(?:the )?(?:very )?(?:end|close|late|rest|course|remainder)\b", re.I)


def _opened(text: str, atom: Atom) -> Atom:
    """Take in the word before a time that leaves one of its sides open."""
    reading = atom.reading
    if isinstance(reading, (Open, Span, Run, Offset)) or (
        isinstance(reading, Counted) and (reading.ahead or atom.dangling)
    ):
        return atom
    match = _OPENING.search(text, max(0, atom.start - 40), atom.start)
    owner = text.startswith(("'s", "’s"), atom.end)
    if match is None:
        return atom
    side = _SIDES.get(match["word"].lower(), "from")
    if side == "after" and (owner or not isinstance(reading, (Day, Period)) or not _stops(text, atom.end)):
        return atom
    if owner and side in ("from", "until"):
        return atom
    if side == "before" and (_ENDING.match(text, atom.start) or text.endswith((" out", " over"), atom.start, atom.end)):
        side = "by"
    return Atom(match.start(), atom.end, Open(reading, side), True)


def _stops(text: str, end: int) -> bool:
    """Say whether the phrase ends here, and the time is not the adjective of a noun: "after March talks"."""
    return re.match(r"$|[,.;:)]| (?:and|or|but|when|if|because|in|at|to)\b", text[end:]) is not None


def find(text: str) -> list[TimeExpression]:
    """Return the expressions of time in an English text, in its order, without overlap.

    >>> [each.text for each in find("He met her two days before May 3, and left in late 2024.")]
    ['two days before May 3', 'late 2024']
    """
    found = atoms(text)
    if not found:
        return []
    for join in (_year, _pair, _year, _offset, _near, _range):
        found = _joined(text, found, join)
    opened = [_opened(text, atom) for atom in found if atom.firm or isinstance(atom.reading, Span)]
    return [TimeExpression(a.start, a.end, text[a.start : a.end], a.reading) for a in opened]
