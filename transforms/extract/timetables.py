"""The words of time as data/times.toml lists them, and the patterns made of them."""

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Optional

from transforms.extract.readings import Reading
from transforms.versions import DATA


class Atom(NamedTuple):
    start: int
    end: int
    reading: Reading
    firm: bool = True  # stands alone; otherwise only joined to a neighbour
    dangling: bool = False  # "two days after": wants a time behind it


@functools.cache
def _times() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads((DATA / "times.toml").read_text(encoding="utf-8"))


def section(name: str) -> Mapping[str, Any]:
    """Return a table of data/times.toml."""
    return _times()[name]


def either(words: Iterable[str]) -> str:
    return "(?:" + "|".join(sorted(map(re.escape, words), key=len, reverse=True)) + ")"


MONTHS: Mapping[str, int] = section("months")
WEEKDAYS: Mapping[str, int] = section("weekdays")
SEASONS: Mapping[str, int] = section("seasons")
NUMBERS: Mapping[str, int] = section("numbers")
ORDINALS: Mapping[str, int] = section("ordinals")
DAYS: Mapping[str, int] = section("days")
UNITS: Mapping[str, str] = section("units")
FEAST_NAMES = [name for kind in ("feasts", "easter", "weekday_feasts", "islamic") for name in section(kind)]
FEASTS = either(name.replace("'", "’") for name in FEAST_NAMES).replace("’", "['’]?")

YEAR = r"(?:1[5-9]\d\d|2[01]\d\d)(?![\d%])(?![.,:]\d)"
NUMBER = rf"(?:\d{{1,3}}|{either(NUMBERS)}|a couple of|a further)"
ORDINAL = rf"(?:\d{{1,2}}(?:st|nd|rd|th)|{either(ORDINALS)})"
_TENS = {"twenty": 20, "thirty": 30}
DAY_WORDS = {
    **{word: number for word, number in ORDINALS.items() if number > 0},
    **{
        word: number
        for number, word in enumerate(
            [
                "thirteenth",
                "fourteenth",
                "fifteenth",
                "sixteenth",
                "seventeenth",
                "eighteenth",
                "nineteenth",
                "twentieth",
            ],
            13,
        )
    },
    "thirtieth": 30,
    **{
        f"{ten}{joint}{word}": base + number
        for ten, base in _TENS.items()
        for joint in "- "
        for word, number in ORDINALS.items()
        if 0 < number < 10
    },
}
DAY = rf"(?:(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?![\w%])(?![.,:/]\d)|{either(DAY_WORDS)})"
JOINT = r"(?: ?[-–—] ?| to | until | till | through | thru | and | & |/)"
WEEKDAY = either(WEEKDAYS)

#: Which part of a period is meant. The whole period is its time, so the words only join the expression.
EDGE = (
    r"(?:(?:the )?(?:very )?(?:end|start|beginning|close|middle|turn|rest|remainder|course|"
    r"(?:first|second|latter|earlier|other) (?:half|part)|(?:early|later|latter) part|"
    r"(?:early|first|last|final|opening|closing) (?:days|weeks|months)) of "
    r"|(?:very )?(?:early|mid|late|earlier|later)(?:[- ]to[- ](?:mid|late))?(?:-| in | on | )?)"
)
TURN = r"(?:last|past|previous|preceding|this coming|this past|this|current|next|coming|upcoming|following|that|same)"


def pattern(words: str) -> re.Pattern[str]:
    return re.compile(words, re.IGNORECASE)


def before(left: re.Pattern[str], text: str, start: int) -> Optional[re.Match[str]]:
    """Match what ends just before `start`; patterns end in \\Z and are no longer than 60 characters."""
    return left.search(text, max(0, start - 60), start)


def number_of(words: str) -> int:
    words = words.lower()
    if words in ("a couple of", "a couple"):
        return 2
    return int(words) if words.isdigit() else NUMBERS.get(words, 1)


def ordinal_of(words: str) -> int:
    digits = re.match(r"\d+", words)
    return int(digits[0]) if digits else ORDINALS[words.lower()]


def day_number(words: str) -> int:
    digits = re.match(r"\d+", words)
    return int(digits[0]) if digits else DAY_WORDS[words.lower()]


def turn_of(words: Optional[str]) -> str:
    """Return last, this, next, past, coming, or "" from the words that say so."""
    return {
        None: "", "last": "last", "previous": "last", "preceding": "last", "past": "past", "this past": "past",
        "this": "this", "current": "this", "next": "next", "following": "next", "coming": "coming",
        "this coming": "coming", "upcoming": "coming", "that": "", "same": "",
    }[words.lower() if words else None]  # fmt: skip
