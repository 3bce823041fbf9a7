"""Times by their names: months and their days, weekdays, seasons, quarters, years, feasts."""

import re
from typing import Optional

from transforms.extract.readings import Counted, Day, Feast, Nth, Period, Span, Weekday
from transforms.extract.timetables import (
    DAY,
    EDGE,
    FEAST_NAMES,
    FEASTS,
    JOINT,
    MONTHS,
    ORDINAL,
    ORDINALS,
    SEASONS,
    TURN,
    WEEKDAYS,
    YEAR,
    Atom,
    before,
    day_number,
    either,
    ordinal_of,
    pattern,
    turn_of,
)

#: Verbs and names of papers that make another thing of a word: "Sunday Times", "Black Friday".
_NOT_A_DAY_BEFORE = re.compile(
    r"\b(?:every|each|black|bloody|super|cyber|fat|holy|maundy|shrove|most|on alternate) \Z", re.I
)
_NOT_A_DAY_AFTER = re.compile(r" (?:Times|Telegraph|Mail|Mirror|Express|Post|Herald|Standard|Night Live|Islands?)\b")

_MONTH_LEFT = pattern(
    rf"\b(?:(?<![$€£:.,\d])(?P<first>{DAY})(?:(?P<joint>{JOINT})(?:the )?(?P<last>{DAY}))?(?: day)?(?: of|,)?[ -/]"
    rf"|(?:the )?(?P<edge>{EDGE})?(?:the )?(?:(?P<turn>{TURN}) )?(?:month of )?)\Z"
)
_MONTH_RIGHT = pattern(rf"\.?(?: |-|/|, )?(?:the )?(?P<first>{DAY})(?:(?P<joint>{JOINT})(?:the )?(?P<last>{DAY}))?")
#: "May" and "March" are verbs and names too: alone they need one of these before them.
_MONTH_ALONE = pattern(
    r"\b(?:in|of|by|since|until|till|from|to|through|during|before|after|for|between|and|or|as|around|about|the|its"
    r"|their|his|her|a|an|for|on|that|again|only|[-–—]|[a-z]+[’']s?) \Z"
)
#: So does what is written small.
_MONTH_SURE = pattern(r"\b(?:in|since|until|till|early|mid|late)[ -]\Z")
#: "Nov 18-Dec 19": the 18 belongs to November.
_MONTH_BEFORE = pattern(rf"\b{either(MONTHS)}\.? (?:the )?\Z")
_DOUBTFUL_MONTHS = frozenset({"may", "march", "april", "june", "august", "mar", "jan"})


def read_month(text: str, start: int, end: int) -> Optional[Atom]:
    """Read a month with the days, the edge or the turn around it."""
    feast = read_feast(text, start, end)
    if feast is not None:
        return feast
    word = text[start:end].lower()
    number = MONTHS[word]
    left = before(_MONTH_LEFT, text, start)
    if left is not None and left["first"] and not before(_MONTH_BEFORE, text, left.start()):
        stop = end + (text[end : end + 1] == "." and len(word) < 5)
        return _days(number, left["first"], left["joint"], left["last"], left.start(), stop)
    right = _MONTH_RIGHT.match(text, end)
    if right is not None and not (left and left["turn"]):
        return _days(number, right["first"], right["joint"], right["last"], start, right.end())
    edge, turn = (left["edge"], left["turn"]) if left else (None, None)
    begin = left.start() if left and (edge or turn) else start
    said = bool(edge or turn) or (before(_MONTH_ALONE, text, start) is not None and not text[start].islower())
    firm = said or (word not in _DOUBTFUL_MONTHS and len(word) > 4 and text[start].isupper())
    if text[start].islower() and (word in ("may", "march", "mar") or len(word) < 4):
        if turn_of(turn) in ("", "this") and not before(_MONTH_SURE, text, start):
            return None
        firm = True
    stop = end + (text[end : end + 1] == "." and len(word) < 5)
    return Atom(begin, stop, Period("month", number, turn=turn_of(turn)), firm)


def _days(month: int, first: str, joint: Optional[str], last: Optional[str], start: int, end: int) -> Atom:
    day = Day(month, day_number(first))
    if not last or not joint:
        return Atom(start, end, day)
    until = day_number(last)
    return Atom(start, end, Span(day, Day(month if until > day.day else None, until)))


_ON = re.compile(r"\bon \Z", re.IGNORECASE)
_WEEKDAY_LEFT = pattern(
    rf"(?:\b(?P<nth>{ORDINAL}) |\b(?:the )?(?P<turn>{TURN}) "
    r"|(?<![\w-])(?P<edge>(?:the )?(?:early|late|end of)(?: on)?(?: the)?) )\Z"
)


#: "Monday (12)" and "Monday the 12th": the day of the month alone.
_WEEKDAY_DATE = pattern(
    rf",? (?:\((?P<bare>\d{{1,2}}(?:st|nd|rd|th)?)\)|the (?P<day>{DAY})(?! of|[- ]{either(MONTHS)}\b)"
    rf"|(?P<short>(?:3[01]|[12]\d|[1-9])(?:st|nd|rd|th)\b)(?! of|[- ]{either(MONTHS)}\b)"
    r"|(?P<number>3[01]|[12]\d)(?=$|[.;!?)](?!\d)| (?:at|in|and|with|for)\b))"
)


def read_weekday(text: str, start: int, end: int) -> Optional[Atom]:
    word = text[start:end].lower()
    if before(_NOT_A_DAY_BEFORE, text, start) or _NOT_A_DAY_AFTER.match(text, end):
        return None
    short = len(word) < 6
    stop = end + (short and text[end : end + 1] == ".")
    left = before(_WEEKDAY_LEFT, text, start)
    number = WEEKDAYS[word]
    firm = not short or (
        text[start].isupper() and (word not in ("sun", "sat", "mon") or before(_ON, text, start) is not None)
    )
    if left is None or left["edge"]:
        if (day := _WEEKDAY_DATE.match(text, stop)) is not None:
            return Atom(
                start,
                day.end(),
                Day(None, day_number(day["day"] or day["bare"] or day["short"] or day["number"]), None, number),
            )
        return Atom(start, stop, Weekday(number), firm)
    if left["nth"] and left["nth"].lower() not in ("last", "second"):
        return Atom(left.start(), stop, Nth("weekday", ordinal_of(left["nth"]), number, None), False)
    turn = left["turn"] or left["nth"]
    if turn.lower() in ("second",):
        return Atom(left.start(), stop, Nth("weekday", 2, number, None), False)
    return Atom(left.start(), stop, Weekday(number, turn_of(turn)))


_SEASON_LEFT = pattern(
    rf"(?:\b(?P<edge>{EDGE})?(?:(?:in|by|until|before|since|during|over|for|from|of|to|through|after) )?"
    rf"(?P<the>the )?(?:(?P<turn>{TURN}) )?)?\Z"
)
_NOT_A_SEASON = pattern(
    r"(?: of (?!(?:the |last |this |next |that )?(?:\d{4}|year|same year))"
    r"| (?:olympics?|games|palace|school|camp|into)\b|-)"
)


def read_season(text: str, start: int, end: int) -> Optional[Atom]:
    if _NOT_A_SEASON.match(text, end) or (text[start - 1 : start] == "-" and text[start - 4 : start].lower() != "mid-"):
        return None
    left = before(_SEASON_LEFT, text, start)
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
    return Atom(begin, end, Period("season", SEASONS[text[start:end].lower()], turn=turn_of(turn)), alone)


_PART_LEFT = pattern(rf"\b(?:the )?(?P<nth>{ORDINAL}|next|coming|previous|this|current|past|following)[ -]\Z")


def read_part(text: str, start: int, end: int, unit: str) -> Optional[Atom]:
    """Read a quarter or a half of a year."""
    left = before(_PART_LEFT, text, start)
    if left is None:
        return None
    word = left["nth"].lower()
    if unit == "quarter" and word in ("next", "coming", "following", "previous", "past", "this", "current", "last"):
        count = {"next": 1, "coming": 1, "following": 1, "this": 0, "current": 0}.get(word, -1)
        return Atom(left.start("nth"), end, Counted("quarter", count))
    if word not in ORDINALS and not word[0].isdigit():
        return None
    number, parts = ordinal_of(word), 4 if unit == "quarter" else 2
    number = parts if number < 0 else number
    if not 0 < number <= parts:
        return None
    return Atom(left.start(), end, Period(unit, number), unit == "quarter")


_YEAR_LEFT = pattern(
    rf"\b(?:(?P<edge>{EDGE})(?:the year )?"
    r"|(?P<word>in|since|by|until|till|from|to|before|after|during|of|year|for|and|between|through|around|about|late"
    r"|early|back in|as early as|as late as) |\()\Z"
)
_YEAR_RIGHT = pattern(
    r"(?:[.,;:)!?\]\"'’”–—-]|$| (?:[^a-z]|and|or|to|but|when|after|as|the|a|an|at|with|in|on|that|which|who|is|was"
    r"|were|had|has|have|until|before|by|for|over|under|because|while|through|if|it|he|she|they|will|would|said)\b)"
)
_YEAR_WHOLE = re.compile(YEAR)
_NOT_A_YEAR = re.compile(r"[$€£#+]\Z|\d[.,-]\Z")


def read_year(text: str, start: int, end: int) -> Optional[Atom]:
    """Read a year."""
    year = int(text[start:end])
    if _YEAR_WHOLE.match(text, start) is None or _NOT_A_YEAR.search(text, max(0, start - 2), start):
        return None
    left = before(_YEAR_LEFT, text, start)
    edge = left["edge"] if left and "half" not in (left["edge"] or "") else None
    word = (left["word"] or "").lower() if left else ""
    firm = left is not None and (
        bool(edge) or word in ("in", "since", "during", "year") or _YEAR_RIGHT.match(text, end) is not None
    )
    return Atom(left.start() if left and edge else start, end, Period("year", 0, year), firm)


_FEAST = pattern(rf"{FEASTS}\b")


def _bare(name: str) -> str:
    return name.lower().replace("'", "").replace("’", "")


_FEAST_OF = {_bare(name): name for name in FEAST_NAMES}
_FEAST_LEFT = pattern(rf"\b(?P<turn>{TURN}) \Z")


def read_feast(text: str, start: int, end: int) -> Optional[Atom]:
    """Read a feast from its first word on."""
    match = _FEAST.match(text, start)
    if match is None:
        return None
    left = before(_FEAST_LEFT, text, start)
    turn = left["turn"] if left else None
    name = _FEAST_OF[_bare(match[0])]
    return Atom(left.start() if left else start, match.end(), Feast(name, turn=turn_of(turn)))


_NUMBERED_LEFT = pattern(r"\b(?P<word>on|by|from|since|until|till|between|to)? ?(?P<the>the )?\Z")
_NUMBERED_RIGHT = re.compile(r"$|[.,;:)!?]| (?:of|and|to|until|at|in|when|after|for|as|with|but)\b")


def read_numbered(text: str, start: int, end: int) -> Optional[Atom]:
    """Read "the 12th": a day of a month that is told elsewhere, or not at all."""
    left = before(_NUMBERED_LEFT, text, start)
    if left is None or not left["the"] or _NUMBERED_RIGHT.match(text, end) is None:
        return None
    return Atom(left.start("the"), end, Day(None, day_number(text[start:end])), left["word"] is not None)


_SHORT_PART = re.compile(r"(?:Q(?P<quarter>[1-4])|H(?P<half>[12]))\b", re.IGNORECASE)


def read_short_part(text: str, start: int, end: int) -> Optional[Atom]:
    """Read Q1 and H2."""
    match = _SHORT_PART.match(text, start)
    if match is None:
        return None
    unit = "quarter" if match["quarter"] else "half"
    return Atom(start, end, Period(unit, int(match[unit])), unit == "quarter")
