"""Days around a moment or a set of articles: how far back a run looks into the lake."""

from collections.abc import Sequence
from datetime import date, timedelta

import pyarrow.compute as pc

from schemas.tables import EPOCH


def near(published: Sequence[int], window_days: int) -> pc.Expression:
    """Return the filter of the days, partitions named `date`, within `window_days` of moments in µs."""
    first, last = day(min(published), -window_days), day(max(published), window_days)
    return (pc.field("date") >= first) & (pc.field("date") <= last)


def day(micros: int, days: int) -> str:
    """Return the day of a moment and some days on; the calendar's first or last where there is none.

    >>> day(0, 30), day(-(2**62), -30)
    ('1970-01-31', '0001-01-01')
    """
    try:
        return (EPOCH + timedelta(microseconds=micros, days=days)).date().isoformat()
    except OverflowError:
        return (date.min if days < 0 else date.max).isoformat()
