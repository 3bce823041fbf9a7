"""Dates written in numerals, and numbers of years and days in words: "2025/09/23", "Sep-23-2020", "week 31", "FY19".

Of two numbers the month comes first, unless it cannot be one or points stand between them.
"""

import re
from collections.abc import Iterator
from typing import Optional

from transforms.extract.readings import Day, Nth, Period, Reading
from transforms.extract.timetables import MONTHS, NUMBERS, WEEKDAY, Atom, before, either, pattern

_Y = r"(?P<y>(?:1[5-9]|2[01])\d\d)"
_YY = r"(?P<y>(?:(?:1[5-9]|2[01])\d\d|\d\d))"
_M = r"(?P<m>0?[1-9]|1[0-2])"
_D = r"(?P<d>0?[1-9]|[12]\d|3[01])"
_A, _B = r"(?P<a>0?[1-9]|[12]\d|3[01])", r"(?P<b>0?[1-9]|[12]\d|3[01])"
_N = rf"(?P<n>{either(MONTHS)})\.?"
_NTH = r"(?:st|nd|rd|th)?"
_SEP = r"(?P<sep>[-/.])"
_START, _END = r"(?<![\w$€£])(?<!\d[.,/])", r"(?![\w%])(?![./]\d)"

#: In the order in which they are tried: the fullest first.
_DATES = [
    pattern(_START + words + _END)
    for words in (
        rf"{_Y}{_SEP}{_M}(?P=sep){_D}(?:T[\d:.Z+-]*)?",
        rf"{_Y} (?P<m>0[1-9]|1[0-2]) (?P<d>0[1-9]|[12]\d|3[01])",
        r"(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])",
        rf"{_A}{_SEP}{_B}(?P=sep){_YY}",
        rf"{_Y}[-/]{_N}[-/]{_D}",
        rf"{_Y}[-/]{_D}[-/]{_N}",
        rf"{_D}[-/]{_Y}[-/]{_N}",
        rf"{_N}[-/]{_D}{_NTH}[-/]{_Y}",
        rf"{_D}[-/]{_N}[-/]{_YY}",
        rf"{_N}[-/]{_Y}[-/]{_D}",
        rf"{_N}(?:[-/]|, |){_D}{_NTH}(?: ?, ?{_Y})?",
        rf"{_N}[-/]{_Y}",
        rf"{_Y}[-/]{_M}",
        rf"{_M}[-/]{_Y}",
    )
]

#: "10/25" is a date behind one of these, or behind another such date; else it may be a score.
_SHORT = re.compile(rf"(?<![\w./]){_A}/{_B}(?![\w/])(?!\.\d)")
_SHORT_LEFT = pattern(
    rf"(?:\b(?:on|by|from|since|until|till|to|between|before|after|and|or|this|next|last|date|{WEEKDAY},?) (?:the )?"
    r"|\d/\d{1,2}(?:, | ?[-–—] ?))\Z"
)
_FOLLOWED = re.compile(r" ?[-–—] ?\d{1,2}/\d{1,2}")

#: "April of 87", "May '68": a year only beside a month.
_SHORT_YEAR = re.compile(r"(?:(?<=\bof )|['’])(?P<y>\d\d)(?=$|[.,;:)!?]| [^\W\d])")
_NAMED_YEAR = pattern(r"\b(?:FY|CY|calendar year|fiscal year|financial year)[ -]?['’]?(?P<y>(?:19|20)\d\d|\d\d)\b(?!%)")
_WEEK = pattern(
    r"(?:\bthe )?\bweek (?P<n>[1-9]|[1-4]\d|5[0-3])\b(?![./:]\d)(?! of (?!\d{4}|(?:the |this |last |next )?year))"
)


def dates(text: str) -> Iterator[Atom]:
    """Yield dates of digits, in no order; they may overlap."""
    if not any(map(str.isdigit, text)):
        return
    for match in (each for date in _DATES for each in date.finditer(text)):
        if (reading := _read(match)) is not None:
            yield Atom(match.start(), match.end(), reading)
    for match in filter(_is_date, _SHORT.finditer(text)):
        if (day := _day(match["a"], match["b"], "/", None)) is not None:
            yield Atom(match.start(), match.end(), day)
    for match in _SHORT_YEAR.finditer(text):
        yield Atom(match.start(), match.end(), Period("year", 0, _year(match["y"])), False)
    for match in _NAMED_YEAR.finditer(text):
        yield Atom(match.start(), match.end(), Period("year", 0, _year(match["y"])))
    for match in _WEEK.finditer(text):
        yield Atom(match.start(), match.end(), Nth("week", int(match["n"]), None, None))


def _is_date(short: re.Match[str]) -> bool:
    """Say whether "10/25" is a date here."""
    told = _FOLLOWED.match(short.string, short.end()) or before(_SHORT_LEFT, short.string, short.start())
    return told is not None and short[0] != "9/11"


def _read(match: re.Match[str]) -> Optional[Reading]:
    part = match.groupdict()
    year = _year(part["y"]) if part.get("y") else None
    if part.get("a"):
        return _day(part["a"], part["b"], part["sep"], year)
    month = MONTHS[part["n"].lower()] if part.get("n") else int(part["m"])
    if part.get("d"):
        return Day(month, int(part["d"]), year)
    if year is None or (month == (year + 1) % 100 and len(match[0]) == 7):
        return None  # "2011-12" is a season of games, or a fiscal year
    return Period("month", month, year)


def _day(first: str, second: str, between: str, year: Optional[int]) -> Optional[Day]:
    a, b = int(first), int(second)
    month, day = (b, a) if a > 12 or between == "." else (a, b)
    if month > 12 and between == ".":
        month, day = day, month
    return Day(month, day, year) if month < 13 else None


def _year(digits: str) -> int:
    """Return a year; of two digits, one of 1940 to 2039."""
    year = int(digits)
    return year if len(digits) > 2 else year + (2000 if year < 40 else 1900)


# ---------------------------------------------------------------- in words

_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_SMALL = rf"(?:{either(_TENS)}(?:[- ]{either(_UNITS)})?|{either(_TEENS)})"
_YEAR_WORDS = pattern(
    rf"\b(?:(?P<thousand>two thousand)(?:(?: and)? (?P<small>{_SMALL}|{either(_UNITS)}))?"
    rf"|(?P<century>{either(_TEENS[5:])}|twenty)(?: hundred(?: and)?)? (?P<rest>{_SMALL}))\b"
)
_YEAR_WORDS_LEFT = pattern(
    rf"\b(?:in|since|by|until|till|of|year|and|from|to|{either(MONTHS)},?|{_SMALL},?|[a-z]+(?:st|nd|rd|th),?) \Z"
)
_YEAR_WORDS_RIGHT = re.compile(r"$|[.,;:)!?]| (?:and|or|to|but|when|after|as|the|at|with|on|that|was|were|had|has)\b")
_DAY_WORDS = rf"(?P<d>(?:twenty|thirty)[- ]{either(_UNITS)}|{either(_TEENS)}|twenty|thirty)"
_MONTH_DAY = pattern(
    rf"\b(?P<n>{either(MONTHS)}) {_DAY_WORDS}(?=$|[.,;:)!?]| (?:two thousand|{either(_TEENS[5:])}|twenty) )"
)
_DAY_MONTH = pattern(rf"\b{_DAY_WORDS} (?P<n>{either(MONTHS)})\b")


def spelled(text: str) -> Iterator[Atom]:
    """Yield years and days of months whose numbers are written out, in no order; they may overlap."""
    for match in _YEAR_WORDS.finditer(text):
        if before(_YEAR_WORDS_LEFT, text, match.start()) and _YEAR_WORDS_RIGHT.match(text, match.end()):
            yield Atom(match.start(), match.end(), Period("year", 0, _spelled_year(match)))
    for date in (_MONTH_DAY, _DAY_MONTH):
        for match in date.finditer(text):
            if (day := _small(match["d"])) < 32:
                yield Atom(match.start(), match.end(), Day(MONTHS[match["n"].lower()], day))


def _spelled_year(match: re.Match[str]) -> int:
    if match["thousand"]:
        return 2000 + (_small(match["small"]) if match["small"] else 0)
    return 100 * _small(match["century"]) + _small(match["rest"])


def _small(words: str) -> int:
    return sum(NUMBERS[word] for word in re.split("[- ]", words.lower()))
