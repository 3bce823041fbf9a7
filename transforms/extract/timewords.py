"""Words of time -> readings: what the words say, before any calendar is asked. `when.py` makes dates of them.

A sentence is read in three passes. Atoms are single phrases around one word ("March 20", "last week", "two days
ago"). Neighbours are joined ("Monday" + "March 20", "March" + "last year", "Monday" + "to" + "Wednesday"). Then what
stands before decides whether the time is open at one side ("since", "by")."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Optional

from transforms.extract.countedtimes import read_night, read_now, read_today, read_unit
from transforms.extract.namedtimes import (
    read_feast,
    read_month,
    read_numbered,
    read_season,
    read_short_part,
    read_weekday,
    read_year,
)
from transforms.extract.numerals import dates, spelled
from transforms.extract.timetables import (
    DAYS,
    FEAST_NAMES,
    MONTHS,
    NUMBER,
    SEASONS,
    UNITS,
    WEEKDAYS,
    Atom,
    number_of,
    pattern,
)

_READERS: Mapping[str, Callable[[str, int, int], Optional[Atom]]] = {
    **dict.fromkeys(WEEKDAYS, read_weekday),
    **dict.fromkeys(SEASONS, read_season),
    **dict.fromkeys(UNITS, read_unit),
    **dict.fromkeys(DAYS, read_today),
    **dict.fromkeys(("morning", "afternoon", "evening", "night"), read_night),
    **dict.fromkeys((str(year) for year in range(1500, 2200)), read_year),
    **dict.fromkeys((name.split()[0].split("'")[0] for name in FEAST_NAMES), read_feast),
    **dict.fromkeys(MONTHS, read_month),
    **dict.fromkeys((f"{day}{ending}" for day in range(1, 32) for ending in ("st", "nd", "rd", "th")), read_numbered),
    **dict.fromkeys(("now", "moment", "present", "date"), read_now),
    **dict.fromkeys(("q1", "q2", "q3", "q4", "h1", "h2"), read_short_part),
}
_TOKEN = re.compile(r"[^\W_]+")


def atoms(text: str) -> list[Atom]:
    """Return the single phrases of time in a text, in order and without overlap: of two the longer."""
    found: list[Atom] = []
    for atom in sorted((*_by_words(text), *dates(text), *spelled(text)), key=lambda each: (each.start, -each.end)):
        while found and atom.start < found[-1].end and atom.end - atom.start > found[-1].end - found[-1].start:
            found.pop()
        if not found or atom.start >= found[-1].end:
            found.append(atom)
    return found


def _by_words(text: str) -> Iterator[Atom]:
    for token in _TOKEN.finditer(text):
        reader = _READERS.get(token[0].lower())
        atom = reader(text, token.start(), token.end()) if reader else None
        if atom is not None:
            yield atom


class Length(NamedTuple):
    """Words that say how long something lasts: text[start:end]."""

    start: int
    end: int
    text: str
    days: int


_LENGTH = pattern(
    rf"\b(?P<n>{NUMBER})(?:[- ]full)?[- ](?P<unit>hour|day|week|month|year)s?(?:[- ]long)?\b"
    r"(?! ago| later| earlier| before| after| old|-old)"
)
_LENGTHS = {"day": 1, "week": 7, "month": 30, "year": 365}


def find_length(text: str) -> list[Length]:
    """Return what says how long something lasts, in days: months count 30, years 365.

    >>> [each.days for each in find_length("a four-day trip, a 48-hour strike, for two weeks")]
    [4, 2, 14]
    """
    found = []
    for match in _LENGTH.finditer(text):
        number, unit = number_of(match["n"]), match["unit"].lower()
        days = -(-number // 24) if unit == "hour" else number * _LENGTHS[unit]
        lasts = text[: match.start()].lower().endswith("for ") or not text.startswith(" from", match.end())
        if days and lasts and not text[: match.start()].endswith(("every ", "last ", "next ", "past ")):
            found.append(Length(match.start(), match.end(), match[0], days))
    return found
