"""Words of time -> readings: what the words say, before any calendar is asked. `when.py` makes dates of them.

A sentence is read in three passes. Atoms are single phrases around one word ("March 20", "last week", "two days
ago"). Neighbours are joined ("Monday" + "March 20", "March" + "last year", "Monday" + "to" + "Wednesday"). Then what
stands before decides whether the time is open at one side ("since", "by").
"""

import functools
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Optional

from transforms.readings import Counted, Day, Feast, Nth, Open, Period, Reading, Run, Span, Weekday
from transforms.versions import DATA


class Atom(NamedTuple):
    start: int
    end: int
    reading: Reading
    firm: bool = True  # stands alone; otherwise only joined to a neighbour
    dangling: bool = False  # "two days after": wants a time behind it


# ---------------------------------------------------------------- word lists


@functools.cache
def _table(section: str) -> Mapping[str, int]:
    return tomllib.loads((DATA / "times.toml").read_text(encoding="utf-8"))[section]


@functools.cache
def feasts() -> Mapping[str, tuple[int, int]]:
    """Return month and day of the feasts that do not move."""
    rows = tomllib.loads((DATA / "times.toml").read_text(encoding="utf-8"))["feasts"]
    return {name: (month, day) for name, (month, day) in rows.items()}


@functools.cache
def moving_feasts() -> Mapping[str, int]:
    """Return the feasts that move, in days after Easter Sunday."""
    return _table("easter")


def _either(words: Iterable[str]) -> str:
    return "(?:" + "|".join(sorted(map(re.escape, words), key=len, reverse=True)) + ")"


_MONTHS, _WEEKDAYS, _SEASONS = _table("months"), _table("weekdays"), _table("seasons")
_NUMBERS, _ORDINALS, _DAYS = _table("numbers"), _table("ordinals"), _table("days")
_UNITS: Mapping[str, str] = tomllib.loads((DATA / "times.toml").read_text(encoding="utf-8"))["units"]
_FEASTS = _either(name.replace("'", "’") for name in (*feasts(), *moving_feasts())).replace("’", "['’]")

_YEAR = r"(?:1[5-9]\d\d|2[01]\d\d)(?![\d%])(?![.,:]\d)"
_NUMBER = rf"(?:\d{{1,3}}|{_either(_NUMBERS)}|a couple of|a further)"
_ORDINAL = rf"(?:\d{{1,2}}(?:st|nd|rd|th)|{_either(_ORDINALS)})"
_TENS = {"twenty": 20, "thirty": 30}
_DAY_WORDS = {
    **{word: number for word, number in _ORDINALS.items() if number > 0},
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
        for word, number in _ORDINALS.items()
        if 0 < number < 10
    },
}
_DAY = rf"(?:(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?![\w%])(?![.,:/]\d)|{_either(_DAY_WORDS)})"
_JOINT = r"(?: ?[-–—] ?| to | until | till | through | thru | and | & |/)"
_WEEKDAY = _either(_WEEKDAYS)

#: Which part of a period is meant. The whole period is its time, so the words only join the expression.
_EDGE = (
    r"(?:(?:the )?(?:very )?(?:end|start|beginning|close|middle|turn|rest|remainder|course|"
    r"(?:first|second|latter|earlier|other) (?:half|part)|(?:early|later|latter) part|"
    r"(?:early|first|last|final|opening|closing) (?:days|weeks|months)) of "
    r"|(?:very )?(?:early|mid|late|earlier|later)(?:[- ]to[- ](?:mid|late))?(?:-| in | on | )?)"
)
_TURN = r"(?:last|past|previous|preceding|this coming|this past|this|current|next|coming|upcoming|following|that|same)"

#: Verbs and names of papers that make another thing of a word: "Sunday Times", "Black Friday".
_NOT_A_DAY_BEFORE = re.compile(
    r"\b(?:every|each|black|bloody|super|cyber|fat|holy|maundy|shrove|most|on alternate) \Z", re.I
)
_NOT_A_DAY_AFTER = re.compile(r" (?:Times|Telegraph|Mail|Mirror|Express|Post|Herald|Standard|Night Live|Islands?)\b")


def _find(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _before(pattern: re.Pattern[str], text: str, start: int) -> Optional[re.Match[str]]:
    """Match what ends just before `start`; patterns end in \\Z and are no longer than 60 characters."""
    return pattern.search(text, max(0, start - 60), start)


def _number(words: str) -> int:
    words = words.lower()
    if words in ("a couple of", "a couple"):
        return 2
    return int(words) if words.isdigit() else _NUMBERS.get(words, 1)


def _ordinal(words: str) -> int:
    digits = re.match(r"\d+", words)
    return int(digits[0]) if digits else _ORDINALS[words.lower()]


def _day_number(words: str) -> int:
    digits = re.match(r"\d+", words)
    return int(digits[0]) if digits else _DAY_WORDS[words.lower()]


# ---------------------------------------------------------------- atoms

_MONTH_LEFT = _find(
    rf"\b(?:(?<![$€£:.,\d])(?P<first>{_DAY})(?:(?P<joint>{_JOINT})(?:the )?(?P<last>{_DAY}))?(?: day)?(?: of|,)?[ -/]"
    rf"|(?:the )?(?P<edge>{_EDGE})?(?:the )?(?:(?P<turn>{_TURN}) )?(?:month of )?)\Z"
)
_MONTH_RIGHT = _find(rf"\.?(?: |-|/|, )?(?:the )?(?P<first>{_DAY})(?:(?P<joint>{_JOINT})(?:the )?(?P<last>{_DAY}))?")
#: "May" and "March" are verbs and names too: alone they need one of these before them.
_MONTH_ALONE = _find(
    r"\b(?:in|of|by|since|until|till|from|to|through|during|before|after|for|between|and|or|as|around|about|the|its"
    r"|their|his|her|a|an|for|on|that|again|only|[-–—]|[a-z]+[’']s?) \Z"
)
#: "Nov 18-Dec 19": the 18 belongs to November.
_MONTH_BEFORE = _find(rf"\b{_either(_MONTHS)}\.? (?:the )?\Z")
_DOUBTFUL_MONTHS = frozenset({"may", "march", "april", "june", "august", "mar", "jan"})


def _month(text: str, start: int, end: int) -> Optional[Atom]:
    """Read a month with the days, the edge or the turn around it."""
    feast = _feast(text, start, end)
    if feast is not None:
        return feast
    word = text[start:end].lower()
    number = _MONTHS[word]
    left = _before(_MONTH_LEFT, text, start)
    if left is not None and left["first"] and not _before(_MONTH_BEFORE, text, left.start()):
        stop = end + (text[end : end + 1] == "." and len(word) < 5)
        return _days(number, left["first"], left["joint"], left["last"], left.start(), stop)
    right = _MONTH_RIGHT.match(text, end)
    if right is not None and not (left and left["turn"]):
        return _days(number, right["first"], right["joint"], right["last"], start, right.end())
    edge, turn = (left["edge"], left["turn"]) if left else (None, None)
    begin = left.start() if left and (edge or turn) else start
    said = bool(edge or turn) or (_before(_MONTH_ALONE, text, start) is not None and not text[start].islower())
    firm = said or (word not in _DOUBTFUL_MONTHS and len(word) > 4 and text[start].isupper())
    if text[start].islower() and (word in ("may", "march", "mar") or len(word) < 4):
        return None
    stop = end + (text[end : end + 1] == "." and len(word) < 5)
    return Atom(begin, stop, Period("month", number, turn=_turn(turn)), firm)


def _days(month: int, first: str, joint: Optional[str], last: Optional[str], start: int, end: int) -> Atom:
    day = Day(month, _day_number(first))
    if not last or not joint:
        return Atom(start, end, day)
    until = Day(month, _day_number(last))
    return Atom(start, end, Span(day, until))


def _turn(words: Optional[str]) -> str:
    """Return last, this, next, past, coming, or "" from the words that say so."""
    return {
        None: "", "last": "last", "previous": "last", "preceding": "last", "past": "past", "this past": "past",
        "this": "this", "current": "this", "next": "next", "following": "next", "coming": "coming",
        "this coming": "coming", "upcoming": "coming", "that": "", "same": "",
    }[words.lower() if words else None]  # fmt: skip


_WEEKDAY_LEFT = _find(
    rf"(?:\b(?P<nth>{_ORDINAL}) |\b(?:the )?(?P<turn>{_TURN}) "
    r"|(?<![\w-])(?P<edge>(?:the )?(?:early|late|end of)(?: on)?(?: the)?) )\Z"
)


#: "Monday (12)" and "Monday the 12th": the day of the month alone.
_WEEKDAY_DATE = _find(
    rf",? (?:\((?P<bare>\d{{1,2}}(?:st|nd|rd|th)?)\)|the (?P<day>{_DAY})(?! of|[- ]{_either(_MONTHS)}\b)"
    rf"|(?P<short>(?:3[01]|[12]\d|[1-9])(?:st|nd|rd|th)\b)(?! of|[- ]{_either(_MONTHS)}\b))"
)


def _weekday(text: str, start: int, end: int) -> Optional[Atom]:
    word = text[start:end].lower()
    if _before(_NOT_A_DAY_BEFORE, text, start) or _NOT_A_DAY_AFTER.match(text, end):
        return None
    short = len(word) < 6
    stop = end + (short and text[end : end + 1] == ".")
    left = _before(_WEEKDAY_LEFT, text, start)
    number = _WEEKDAYS[word]
    firm = not short or (text[start].isupper() and word not in ("sun", "sat", "mon"))
    if left is None or left["edge"]:
        if (day := _WEEKDAY_DATE.match(text, stop)) is not None:
            return Atom(
                start, day.end(), Day(None, _day_number(day["day"] or day["bare"] or day["short"]), None, number)
            )
        return Atom(start, stop, Weekday(number), firm)
    if left["nth"] and left["nth"].lower() not in ("last", "second"):
        return Atom(left.start(), stop, Nth("weekday", _ordinal(left["nth"]), number, None), False)
    turn = left["turn"] or left["nth"]
    if turn.lower() in ("second",):
        return Atom(left.start(), stop, Nth("weekday", 2, number, None), False)
    return Atom(left.start(), stop, Weekday(number, _turn(turn)))


_SEASON_LEFT = _find(
    rf"(?:\b(?P<edge>{_EDGE})?(?:(?:in|by|until|before|since|during|over|for|from|of|to|through|after) )?"
    rf"(?P<the>the )?(?:(?P<turn>{_TURN}) )?)?\Z"
)
_NOT_A_SEASON = _find(
    r"(?: of (?!(?:the |last |this |next |that )?(?:\d{4}|year|same year))"
    r"| (?:olympics?|games|palace|school|camp|into)\b|-)"
)


def _season(text: str, start: int, end: int) -> Optional[Atom]:
    if _NOT_A_SEASON.match(text, end) or (text[start - 1 : start] == "-" and text[start - 4 : start].lower() != "mid-"):
        return None
    left = _before(_SEASON_LEFT, text, start)
    if left is None:
        return None
    edge, turn = left["edge"], left["turn"]
    alone = bool(left[0].strip()) and (
        bool(turn or edge or left["the"]) or text[start:end].lower() not in ("fall", "spring")
    )
    if text[start:end].lower() == "fall" and left[0].lower() in ("the ", "a ", "to "):
        alone = False
    begin = start - len(turn) - 1 if turn else start
    if edge:
        begin = left.start("edge")
    return Atom(begin, end, Period("season", _SEASONS[text[start:end].lower()], turn=_turn(turn)), alone)


_PART_LEFT = _find(rf"\b(?:the )?(?P<nth>{_ORDINAL}|next|coming|previous|this|current|past|following)[ -]\Z")


def _part(text: str, start: int, end: int, unit: str) -> Optional[Atom]:
    """Read a quarter or a half of a year."""
    left = _before(_PART_LEFT, text, start)
    if left is None:
        return None
    word = left["nth"].lower()
    if unit == "quarter" and word in ("next", "coming", "following", "previous", "past", "this", "current", "last"):
        count = {"next": 1, "coming": 1, "following": 1, "this": 0, "current": 0}.get(word, -1)
        return Atom(left.start("nth"), end, Counted("quarter", count))
    if word not in _ORDINALS and not word[0].isdigit():
        return None
    number, parts = _ordinal(word), 4 if unit == "quarter" else 2
    number = parts if number < 0 else number
    if not 0 < number <= parts:
        return None
    return Atom(left.start(), end, Period(unit, number), unit == "quarter")


_COUNT_LEFT = _find(
    r"\b(?:(?P<lead>in|within|after|for"
    r"|(?:(?:in|over|during|within|for) )?(?:the )?(?P<run>next|last|past|coming|following|previous)) )?"
    r"(?:(?:about|around|some|nearly|almost|just|only|exactly|roughly|less than|more than|at least) )?"
    rf"(?P<n>{_NUMBER})[ -]\Z"
)
_COUNT_RIGHT = _find(
    r"(?:['’]s?)?(?: time)?(?P<rel> ago| earlier| later| before| after| from| from now| from today| previously| prior"
    r"| afterwards| hence| to come)?\b"
)
_UNIT_LEFT = _find(
    rf"(?:\b(?P<edge>{_EDGE})?(?:(?P<the>the) )?(?:(?P<turn>{_TURN}) )?"
    r"(?:(?:calendar|working|financial|fiscal|very|same) )?)?\Z"
)
_LASTING = _find(
    r"(?:in|into|entered|for) (?:its|their|his|her|the|a) (?P<nth>[\w-]+) (?:straight |consecutive |successive )?\Z"
)
_NTH_LEFT = _find(rf"\b(?:the )?(?P<nth>{_ORDINAL})(?: full)? \Z")
_CLOSE = _find(r"(?:-|['’]s )end\b")
_CLOSE_THE = _find(r"(?:-|['’]s )end\b| (?:is|was) (?:out|over)\b")
_BESIDE = _find(r" (?P<rel>before|after)\b(?P<next> next| last)?")


def _unit(text: str, start: int, end: int) -> Optional[Atom]:
    """Read a phrase around day, week, month or year."""
    word = text[start:end].lower()
    unit = _UNITS[word]
    if unit in ("quarter", "half"):
        return _part(text, start, end, unit)
    if unit == "hour":
        return _hours(text, start, end)
    return _count(text, start, end, unit) or _lasting(text, start, end, unit) or _relative(text, start, end, unit)


#: Words behind a count: which way it goes, and whether from another time than publication.
_COUNTS = {
    "ago": (-1, False), "from now": (1, False), "from today": (1, False), "hence": (1, False),
    "earlier": (-1, True), "previously": (-1, True), "prior": (-1, True), "later": (1, True), "afterwards": (1, True),
}  # fmt: skip


def _count(text: str, start: int, end: int, unit: str) -> Optional[Atom]:
    """Read "two days ago", "in three weeks", "a month later", "the next five days"."""
    left = _before(_COUNT_LEFT, text, start)
    if left is None or text[start - 1] == "-":
        return None
    number = _number(left["n"])
    if unit == "fortnight":
        unit, number = "week", 2 * number
    right = _COUNT_RIGHT.match(text, end)
    relation = (right["rel"] or "").strip().lower() if right else ""
    lead = (left["lead"] or "").lower()
    begin, stop = left.start("n"), right.end() if right and relation else end
    if relation in _COUNTS:
        sign, context = _COUNTS[relation]
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


_HOURS = _find(r"(?P<rel> ago| earlier| later| before| after)\b")


def _hours(text: str, start: int, end: int) -> Optional[Atom]:
    """Hours after something: the same day."""
    right = _HOURS.match(text, end)
    if right is None or right["rel"].strip().lower() == "ago":
        return None
    return Atom(start, right.end(), Counted("day", 0, context=True))


def _lasting(text: str, start: int, end: int, unit: str) -> Optional[Atom]:
    """Read "in its second day": under way since the day before."""
    left = _before(_LASTING, text, start)
    if left is None or (left["nth"].lower() not in _DAY_WORDS and not left["nth"][0].isdigit()):
        return None
    of = _find(r" of (?!\d)").match(text, end)
    if left[0].lower().split()[1] in ("the", "a") and of is None:
        return None
    return Atom(left.start(), end, Open(Counted(unit, 1 - _day_number(left["nth"])), "since"))


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
    left = _before(_UNIT_LEFT, text, start)
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
    nth = _before(_NTH_LEFT, text, start)
    if nth is not None and not edge:
        return Atom(nth.start(), end, Nth(unit, _ordinal(nth["nth"]), None, None), False)
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


_THE = _find(r"\bthe (?:very )?\Z")
_DAY_BESIDE = _find(r" (?P<rel>before|after)\b(?: (?P<word>yesterday|tomorrow)\b)?")


def _other_day(text: str, start: int, end: int, begin: int, turn: str, the: bool) -> Optional[Atom]:
    """Read a day that is told by another: the next day, the day before, the same day."""
    if turn in _OTHER_DAY and (the or turn in ("that", "same") or _before(_THE, text, begin)):
        return Atom(begin, end, Counted("day", _OTHER_DAY[turn], context=True))
    right = _DAY_BESIDE.match(text, end)
    if the and right is not None:
        sign = -1 if right["rel"].lower() == "before" else 1
        if right["word"]:
            return Atom(begin, right.end(), Counted("day", 2 * sign))
        return Atom(begin, right.end(), Counted("day", sign, context=True), True, True)
    return None


_TODAY_LEFT = _find(r"\b(?:early |late |earlier |later )\Z")


def _today(text: str, start: int, end: int) -> Optional[Atom]:
    left = _before(_TODAY_LEFT, text, start)
    return Atom(left.start() if left else start, end, Counted("day", _DAYS[text[start:end].lower()]))


_PART_OF_DAY = _find(r"\b(?P<turn>this|last|the (?:next|following|previous|same)|that|the same) \Z")


def _night(text: str, start: int, end: int) -> Optional[Atom]:
    """Read "this morning", "last night", "that evening"."""
    left = _before(_PART_OF_DAY, text, start)
    if left is None:
        return None
    turn = left["turn"].lower().removeprefix("the ")
    if turn in ("this", "last"):
        return Atom(left.start(), end, Counted("day", -(turn == "last")))
    return Atom(left.start(), end, Counted("day", _OTHER_DAY[turn], context=True))


_YEAR_LEFT = _find(
    rf"\b(?:(?P<edge>{_EDGE})(?:the year )?"
    r"|(?P<word>in|since|by|until|till|from|to|before|after|during|of|year|for|and|between|through|around|about|late"
    r"|early|back in|as early as|as late as) |\()\Z"
)
_YEAR_RIGHT = _find(
    r"(?:[.,;:)!?\]\"'’”–—-]|$| (?:[^a-z]|and|or|to|but|when|after|as|the|a|an|at|with|in|on|that|which|who|is|was"
    r"|were|had|has|have|until|before|by|for|over|under|because|while|through|if|it|he|she|they|will|would|said)\b)"
)
_YEAR_WHOLE = re.compile(_YEAR)
_NOT_A_YEAR = re.compile(r"[$€£#+]\Z|\d[.,-]\Z")
_NUMERIC = re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?=\D|T|$)(?![-/.]\d)")
_NUMERIC_LEFT = re.compile(r"(?<![\w./-])(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)\Z")


def _year(text: str, start: int, end: int) -> Optional[Atom]:
    """Read a year, alone or in a date of digits."""
    numeric = _NUMERIC.match(text, start)
    if numeric is not None:
        return Atom(start, numeric.end(), Day(int(numeric["m"]), int(numeric["d"]), int(numeric["y"])))
    year = int(text[start:end])
    digits = _before(_NUMERIC_LEFT, text, start)
    if digits is not None:
        a, b = int(digits["a"]), int(digits["b"])
        month, day = (b, a) if a > 12 or digits["sep"] == "." else (a, b)
        return Atom(digits.start(), end, Day(month, day, year))
    if _YEAR_WHOLE.match(text, start) is None or _NOT_A_YEAR.search(text, max(0, start - 2), start):
        return None
    left = _before(_YEAR_LEFT, text, start)
    edge = left["edge"] if left and "half" not in (left["edge"] or "") else None
    word = (left["word"] or "").lower() if left else ""
    firm = left is not None and (
        bool(edge) or word in ("in", "since", "during", "year") or _YEAR_RIGHT.match(text, end) is not None
    )
    return Atom(left.start() if left and edge else start, end, Period("year", 0, year), firm)


_FEAST = _find(rf"{_FEASTS}\b")
_FEAST_LEFT = _find(rf"\b(?P<turn>{_TURN}) \Z")


def _feast(text: str, start: int, end: int) -> Optional[Atom]:
    """Read a feast from its first word on."""
    match = _FEAST.match(text, start)
    if match is None:
        return None
    left = _before(_FEAST_LEFT, text, start)
    turn = left["turn"] if left else None
    return Atom(
        left.start() if left else start, match.end(), Feast(match[0].lower().replace("’", "'"), turn=_turn(turn))
    )


_NUMBERED_LEFT = _find(r"\b(?P<word>on|by|from|since|until|till|between|to)? ?(?P<the>the )?\Z")
_NUMBERED_RIGHT = re.compile(r"$|[.,;:)!?]| (?:of|and|to|until|at|in|when|after|for|as|with|but)\b")


def _numbered(text: str, start: int, end: int) -> Optional[Atom]:
    """Read "the 12th": a day of a month that is told elsewhere, or not at all."""
    left = _before(_NUMBERED_LEFT, text, start)
    if left is None or not left["the"] or _NUMBERED_RIGHT.match(text, end) is None:
        return None
    return Atom(left.start("the"), end, Day(None, _day_number(text[start:end])), left["word"] is not None)


_SLASHED = re.compile(r"(?P<a>\d{1,2})/(?P<b>\d{1,2})(?:/(?P<y>\d\d))?(?![\w/])(?!\.\d)")
_SLASHED_LEFT = _find(
    rf"\b(?:on|by|from|since|until|till|to|between|before|after|and|this|{_WEEKDAY},?) (?:the )?\Z|\d-\Z"
)


def _slashed(text: str, start: int, end: int) -> Optional[Atom]:
    """Read "on 10/25": the month first, unless that cannot be."""
    match = _SLASHED.match(text, start)
    if match is None or match[0] == "9/11" or _before(_SLASHED_LEFT, text, start) is None:
        return None
    a, b = int(match["a"]), int(match["b"])
    month, day = (b, a) if a > 12 else (a, b)
    if not (0 < month < 13 and 0 < day < 32):
        return None
    return Atom(start, match.end(), Day(month, day, 2000 + int(match["y"]) if match["y"] else None))


def _now(text: str, start: int, end: int) -> Optional[Atom]:
    """Read the one end of "between now and May"."""
    return Atom(start, end, Counted("day", 0), False)


_QUARTER = re.compile(r"(?:Q(?P<quarter>[1-4])|H(?P<half>[12]))\b", re.IGNORECASE)


def _short_part(text: str, start: int, end: int) -> Optional[Atom]:
    """Read Q1 and H2."""
    match = _QUARTER.match(text, start)
    if match is None:
        return None
    unit = "quarter" if match["quarter"] else "half"
    return Atom(start, end, Period(unit, int(match[unit])), unit == "quarter")


_READERS: Mapping[str, Callable[[str, int, int], Optional[Atom]]] = {
    **dict.fromkeys(_WEEKDAYS, _weekday),
    **dict.fromkeys(_SEASONS, _season),
    **dict.fromkeys(_UNITS, _unit),
    **dict.fromkeys(_DAYS, _today),
    **dict.fromkeys(("morning", "afternoon", "evening", "night"), _night),
    **dict.fromkeys((str(year) for year in range(1500, 2200)), _year),
    **dict.fromkeys((name.split()[0].split("'")[0] for name in (*feasts(), *moving_feasts())), _feast),
    **dict.fromkeys(_MONTHS, _month),
    **dict.fromkeys((f"{day}{ending}" for day in range(1, 32) for ending in ("st", "nd", "rd", "th")), _numbered),
    **dict.fromkeys((str(number) for number in range(1, 32)), _slashed),
    "now": _now,
    **dict.fromkeys(("q1", "q2", "q3", "q4", "h1", "h2"), _short_part),
}
_TOKEN = re.compile(r"[^\W_]+")


def atoms(text: str) -> list[Atom]:
    """Return the single phrases of time in a text, in order and without overlap: of two the longer."""
    found: list[Atom] = []
    for token in _TOKEN.finditer(text):
        reader = _READERS.get(token[0].lower())
        atom = reader(text, token.start(), token.end()) if reader else None
        if atom is None:
            continue
        while found and atom.start < found[-1].end and atom.end - atom.start > found[-1].end - found[-1].start:
            found.pop()
        if not found or atom.start >= found[-1].end:
            found.append(atom)
    return found


class Length(NamedTuple):
    """Words that say how long something lasts: text[start:end]."""

    start: int
    end: int
    text: str
    days: int


_LENGTH = _find(
    rf"\b(?P<n>{_NUMBER})(?:[- ]full)?[- ](?P<unit>hour|day|week|month|year)s?(?:[- ]long)?\b"
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
        number, unit = _number(match["n"]), match["unit"].lower()
        days = -(-number // 24) if unit == "hour" else number * _LENGTHS[unit]
        if days and not text[: match.start()].endswith(("every ", "last ", "next ", "past ")):
            found.append(Length(match.start(), match.end(), match[0], days))
    return found
