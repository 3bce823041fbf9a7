"""When a mention's act takes place, as days counted from year 1: what it tells, and what its status alone implies."""

import datetime
from typing import NamedTuple, Optional

from schemas import Mention

#: Days that stand for "without end": nothing is announced further ahead, or looked back at, than this matters.
HORIZON_DAYS = 365

#: How exact a granularity is; a mention's dates give way to finer ones.
PRECISION = {"day": 0, "span": 0, "week": 1, "month": 2, "quarter": 3, "season": 3, "half": 4, "year": 5}
OPEN = 6  # a beginning without an end, or an end without a beginning


class Span(NamedTuple):
    """Days, both included."""

    first: int
    last: int

    def distance(self, other: "Span") -> int:
        """Return the days between two spans; 0 where they touch."""
        return max(0, self.first - other.last, other.first - self.last)

    def hull(self, other: "Span") -> "Span":
        return Span(min(self.first, other.first), max(self.last, other.last))


class Reading(NamedTuple):
    """A mention and its time."""

    mention: Mention
    day: int  # of publication, where the outlet is
    told: Optional[Span]  # what its dates say
    implied: Span  # what its status says, without the dates
    precision: int  # of `told`: 0 days .. 5 year, 6 open

    @property
    def where(self) -> tuple[str, int]:
        """The article and the place in it."""
        return self.mention.article_id, self.mention.trigger_start


def to_day(date: str) -> int:
    """Return a day's number; 1 is 0001-01-01.

    Raises:
        ValueError: `date` is no ISO date.
    """
    return datetime.date.fromisoformat(date).toordinal()


def to_date(day: int) -> str:
    """Return the ISO date of a day's number.

    >>> to_date(to_day("2026-03-02"))
    '2026-03-02'
    """
    return datetime.date.fromordinal(day).isoformat()


def read(mention: Mention) -> Reading:
    """Return a mention with its time.

    Raises:
        ValueError: one of its dates is no date.
    """
    day = to_day(mention.published_date)
    implied = _implied(mention.status, day)
    first = to_day(mention.start_date) if mention.start_date else None
    last = to_day(mention.end_date) if mention.end_date else None
    told = _told(first, last, implied)
    exact = first is not None and last is not None
    precision = PRECISION.get(mention.granularity or "span", 0) if exact else OPEN
    return Reading(mention, day, told, implied, precision)


def _implied(status: str, day: int) -> Span:
    """What is done lies behind the day of publication, what is planned ahead; what is called off may lie anywhere."""
    if status == "happened":
        return Span(day - HORIZON_DAYS, day)
    if status == "ongoing":
        return Span(day, day)
    if status in ("cancelled", "postponed", "denied"):
        return Span(day - HORIZON_DAYS, day + HORIZON_DAYS)
    return Span(day, day + HORIZON_DAYS)


def _told(first: Optional[int], last: Optional[int], implied: Span) -> Optional[Span]:
    """Return the span that one or both dates give; a missing one is where the status ends."""
    if first is None and last is None:
        return None
    begin = first if first is not None else min(implied.first, last or 0)
    end = last if last is not None else max(implied.last, first or 0)
    return Span(min(begin, end), max(begin, end))
