"""When: words of time -> first day, last day and granularity, counted from the day of publication.

`find` gives the expressions of a text, `resolve` their days. The status of the event chooses the direction: what is
planned lies ahead, what happened lies behind. Weeks run from Monday to Sunday, seasons are those of the months (spring
is March to May), and a period is given whole: "mid-April" is April.
"""

import calendar
import datetime
from typing import NamedTuple, Optional

from transforms.extract.feasts import feast_days
from transforms.extract.periods import DAY, Days, moved, named, nearest_weekday, nth, single, unit_of, weekend_at
from transforms.extract.phrases import TimeExpression, find
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
)  # fmt: skip
from transforms.extract.timewords import Length, find_length

__all__ = ["Length", "TimeExpression", "When", "find", "find_length", "open_ended", "resolve", "with_length"]

#: A date without a year that lies this many days on the wrong side of publication is still that of this year: the text
#: was written before it was published, or the status was read wrongly. Newspapers give the year of what is a year off.
TOLERANCE_DAYS = 14


class When(NamedTuple):
    """The time of an event: ISO dates, inclusive. At least one side is known."""

    start: Optional[str]
    end: Optional[str]
    granularity: str  # day | week | month | season | quarter | half | year | span
    text: str  # the words
    basis: str  # how they were resolved


class _Moment(NamedTuple):
    """From where to look, and which way: 1 ahead, -1 back, 0 to the nearest."""

    anchor: datetime.date
    way: int
    context: Optional[Days]


_WAYS = {
    "planned": 1, "confirmed": 1, "possible": 1, "requested": 1, "postponed": 1, "happened": -1, "ongoing": -1,
}  # fmt: skip


def resolve(
    expression: TimeExpression, *, anchor: datetime.date, status: str, context: Optional[When] = None
) -> Optional[When]:
    """Return the days of an expression, or None where it names none ("February 30", "a day later" of nothing).

    Args:
        anchor: the day of publication where the outlet is.
        status: of the event. Planned, confirmed, possible, requested and postponed look ahead; happened and ongoing
            look back; any other takes the nearest day, or the nearest year.
        context: the time that "the next day", "two weeks later" and "that year" count from. For "a day after" with a
            clause behind it, give the time of the main clause: the result is the time of the clause behind.

    >>> monday = find("on Monday")[0]
    >>> thursday = datetime.date(2025, 2, 6)
    >>> [resolve(monday, anchor=thursday, status=status).start for status in ("planned", "happened")]
    ['2025-02-10', '2025-02-03']
    """
    moment = _Moment(anchor, _WAYS.get(status, 0), _span_of(context))
    reading = expression.reading
    if isinstance(reading, Span) and reading.moved and status == "postponed":
        reading = reading.last
    try:
        if isinstance(reading, Open):
            return _open(reading, expression.text, moment, status)
        days = _days(reading, moment)
    except (ValueError, OverflowError):
        return None
    if days is None:
        return None
    return When(
        days.first.isoformat(), days.last.isoformat(), days.granularity, expression.text, _basis(reading, moment.way)
    )


def with_length(when: When, days: int, *, ends: bool = False) -> When:
    """Return a time as long as the article says: from its day on, or up to it. Unchanged where it is no single day.

    >>> with_length(When("2025-05-12", "2025-05-12", "day", "Monday", "next"), 4)[:3]
    ('2025-05-12', '2025-05-15', 'span')
    """
    edge = when.end if ends else when.start
    if edge is None or days < 1 or (when.granularity != "day" and None not in (when.start, when.end)):
        return when
    day = datetime.date.fromisoformat(edge)
    other = (day + (days - 1) * (-DAY if ends else DAY)).isoformat()
    first, last = (other, edge) if ends else (edge, other)
    return when._replace(
        start=first, end=last, granularity="day" if days == 1 else "span", basis=f"{when.basis}, with its length"
    )


def open_ended(when: When) -> When:
    """Return the time of what began then and is not said to be over: its end is not known."""
    return when._replace(end=None, granularity="span") if when.start else when


def _span_of(context: Optional[When]) -> Optional[Days]:
    if context is None or (context.start is None and context.end is None):
        return None
    first = datetime.date.fromisoformat(context.start or context.end or "")
    return Days(first, datetime.date.fromisoformat(context.end or first.isoformat()), context.granularity)


def _basis(reading: Reading, way: int) -> str:
    if isinstance(reading, Open):
        return f"{_basis(reading.of, way)}, one side open"
    if isinstance(reading, Counted):
        return "counted from another time in the article" if reading.context else "counted from publication"
    if isinstance(reading, (Run, Offset)):
        return "counted from publication" if isinstance(reading, Run) else "counted from a date"
    if isinstance(reading, Span):
        return _basis(reading.last, way)
    if isinstance(reading, (Day, Period, Feast)) and reading.year is not None:
        return "as written" if isinstance(reading.year, int) else _basis(reading.year, way)
    return ("last before publication", "nearest to publication", "next after publication")[way + 1]


def _open(reading: Open, text: str, moment: _Moment, status: str) -> Optional[When]:
    way = moment.way
    if reading.side == "since":
        way = -1
    elif reading.side not in ("from", "after") and status == "ongoing":
        way = 1
    days = _days(reading.of, moment._replace(way=way))
    if days is None:
        return None
    start = end = None
    if reading.side in ("since", "from"):
        start = days.first
    elif reading.side == "after":
        start = days.last + DAY
    else:
        end = days.first - DAY if reading.side == "before" else days.last
    sides = [day.isoformat() if day else None for day in (start, end)]
    return When(sides[0], sides[1], "span", text, _basis(reading, way))


# ---------------------------------------------------------------- one reading


def _days(reading: Optional[Reading], moment: _Moment) -> Optional[Days]:
    """Return the first and the last day of a reading."""
    match reading:
        case Counted():
            return _counted(reading, moment)
        case Day():
            return _day(reading, moment)
        case Weekday():
            return _weekday(reading, moment)
        case Period():
            return _period(reading, moment)
        case Feast():
            return _feast(reading, moment)
        case Span():
            return _span(reading, moment)
        case Run():
            return _run(reading, moment.anchor)
        case Nth() | Around() | Offset():
            return _related(reading, moment)
    return None


def _counted(reading: Counted, moment: _Moment) -> Optional[Days]:
    if reading.ahead and moment.way < 0:
        return None
    base = moment.anchor
    if reading.context:
        if moment.context is None:
            return None
        base = moment.context.last if reading.steps > 0 and reading.unit == "day" else moment.context.first
    if reading.exact:
        return single(moved(base, reading.unit, reading.steps))
    if reading.unit in ("month", "quarter", "half", "year"):
        base = base.replace(day=1)
    return unit_of(moved(base, reading.unit, reading.steps), reading.unit)


def _year(year: "int | Counted | None", moment: _Moment) -> Optional[int]:
    if isinstance(year, Counted):
        days = _counted(year, moment)
        return days.first.year if days else None
    return year


def _day(reading: Day, moment: _Moment) -> Optional[Days]:
    if reading.month is None and isinstance(reading.year, Counted):
        month = _counted(reading.year, moment)
        return single(month.first.replace(day=reading.day)) if month else None
    if reading.month and reading.year is not None:
        year = _year(reading.year, moment)
        return single(datetime.date(year, reading.month, reading.day)) if year else None
    months = [reading.month] if reading.month else list(range(1, 13))
    candidates = [day for month in months for day in _dates(month, reading.day, moment.anchor.year)]
    if reading.weekday is not None:
        near = [day for day in candidates if abs(day - moment.anchor).days < 400]
        candidates = [day for day in near if day.weekday() == reading.weekday] or candidates
    # Of a day without its month the month that fits is near at hand: no tolerance.
    tolerance = TOLERANCE_DAYS if reading.month else 0
    return single(min(candidates, key=lambda day: _misfit(day, day, moment, tolerance))) if candidates else None


def _dates(month: int, day: int, year: int) -> "list[datetime.date]":
    """Return a date in the years around one, where it exists."""
    found = []
    for each in range(max(year - 8, 1), year + 9):
        if day <= calendar.monthrange(each, month)[1]:
            found.append(datetime.date(each, month, day))
    return found


def _misfit(first: datetime.date, last: datetime.date, moment: _Moment, tolerance: int = 0) -> tuple[bool, int]:
    """Return how ill a time fits: whether it lies on the wrong side, then how far away it is."""
    ahead, behind = (first - moment.anchor).days, (moment.anchor - last).days
    wrong = ahead if moment.way < 0 else behind if moment.way > 0 else 0
    return wrong > tolerance, max(ahead, behind, 0)


def _weekday(reading: Weekday, moment: _Moment) -> Optional[Days]:
    if reading.near is not None:
        near = _days(reading.near, moment)
        if near is None or near.granularity == "day":
            return near and single(nearest_weekday(near.first, reading.number))
        return single(near.first + reading.number * DAY)
    ahead = (reading.number - moment.anchor.weekday()) % 7
    # "Last Friday" and "next Friday" are never yesterday and tomorrow; in a corpus that gives the date beside such
    # words they lay two to eight days away.
    days = {
        "last": ahead - 7 if ahead - 7 < -1 else ahead - 14,
        "past": ahead - 7,
        "next": ahead if ahead > 1 else ahead + 7,
        "coming": ahead or 7,
    }.get(reading.turn)
    if days is None and reading.turn == "this" and moment.way == 0:
        days = reading.number - moment.anchor.weekday()
    if days is None:
        back = ahead - 7 if ahead else 0
        days = ahead if moment.way > 0 or (moment.way == 0 and ahead <= 3) else back
    return single(moment.anchor + days * DAY)


def _turned(candidates: list[Days], turn: str, moment: _Moment) -> Days:
    """Return the one of some periods that the words or the status choose."""
    if turn in ("last", "past"):
        candidates = [each for each in candidates if each.last < moment.anchor]
        moment = moment._replace(way=-1)
    elif turn in ("next", "coming"):
        candidates = [each for each in candidates if each.first > moment.anchor]
        moment = moment._replace(way=1)
    return min(candidates, key=lambda each: _misfit(each.first, each.last, moment))


def _period(reading: Period, moment: _Moment) -> Optional[Days]:
    if reading.unit == "weekend":
        monday = moment.anchor - moment.anchor.weekday() * DAY
        weeks = [monday + 7 * each * DAY for each in (-1, 0, 1)]
        return _turned([Days(day + 5 * DAY, day + 6 * DAY, "span") for day in weeks], reading.turn, moment)
    if reading.year is not None:
        year = _year(reading.year, moment)
        return named(reading.unit, reading.number, year) if year else None
    this = moment.anchor.year
    if reading.turn == "this" and reading.unit == "month":
        return named(reading.unit, reading.number, this)
    return _turned(
        [named(reading.unit, reading.number, year) for year in range(this - 2, this + 3)], reading.turn, moment
    )


def _feast(reading: Feast, moment: _Moment) -> Optional[Days]:
    if reading.year is not None:
        year = _year(reading.year, moment)
        return next(map(single, feast_days(reading.name, year)), None) if year else None
    this = moment.anchor.year
    days = [single(day) for year in range(this - 2, this + 3) for day in feast_days(reading.name, year)]
    return _turned(days, reading.turn, moment)


# ---------------------------------------------------------------- readings made of readings


def _fixed(reading: Reading) -> bool:
    """Say whether a reading does not need the status to find its place."""
    if isinstance(reading, (Period, Feast)):
        return reading.year is not None or bool(reading.turn)
    if isinstance(reading, Day):
        return reading.year is not None
    return not isinstance(reading, Weekday) or reading.near is not None or bool(reading.turn)


def _span(reading: Span, moment: _Moment) -> Optional[Days]:
    """Return a span: one end where the status puts it, the other as near as it can lie on its side."""
    backward = _fixed(reading.last) if not _fixed(reading.first) else False
    if not _fixed(reading.first) and not _fixed(reading.last):
        backward = moment.way < 0 and not isinstance(reading.first, (Day, Period))
    if backward:
        last = _days(reading.last, moment)
        first = _days(reading.first, moment._replace(anchor=last.last, way=-1)) if last else None
    else:
        first = _days(reading.first, moment)
        last = _days(
            reading.last, moment._replace(anchor=first.first, way=1) if first and not _fixed(reading.last) else moment
        )
    if first is None or last is None or first.first > last.last:
        return None
    return Days(first.first, last.last, "day" if first.first == last.last else "span")


def _run(reading: Run, anchor: datetime.date) -> Days:
    """Return the days after publication, or those before it."""
    if reading.sign > 0:
        return Days(anchor + DAY, moved(anchor, reading.unit, reading.steps), "span")
    return Days(moved(anchor, reading.unit, -reading.steps), anchor - DAY, "span")


def _related(reading: "Nth | Around | Offset", moment: _Moment) -> Optional[Days]:
    of = unit_of(moment.anchor, "year") if reading.of is None else _days(reading.of, moment)
    if of is None:
        return None
    if isinstance(reading, Around):
        return weekend_at(of.first) if reading.unit == "weekend" else unit_of(of.first, reading.unit)
    if isinstance(reading, Nth):
        return nth(reading, of)
    if of.granularity != "day" and reading.unit == "day":
        return None
    return single(moved(of.first if reading.steps < 0 else of.last, reading.unit, reading.steps))
