"""When an article was published: which of the claims counts, and what day it was where the outlet is."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple, Optional
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_US = 86_400_000_000

#: Before it there was no news on the web, and after `now` by more than clocks and time zones explain, none is yet.
EARLIEST_US = (datetime(1995, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
TOLERANCE_US = 2 * DAY_US


class Claim(NamedTuple):
    """What someone says of the time of publication."""

    at: int  # µs
    offset_s: Optional[int]  # UTC offset that came with it
    basis: str  # source | page | url


class Published(NamedTuple):
    """The time that counts."""

    at: int  # µs
    day: str  # ISO, where the outlet is
    basis: str  # source | page | url | fetched
    absurd: list[Claim]  # that came before and cannot be right


def choose(claims: Iterable[Claim], *, now: int, timezone: Optional[str]) -> Published:
    """Return the first claim that can be right, else `now` with the basis "fetched".

    Args:
        now: the run's time, µs.
        timezone: IANA name of where the outlet is.
    """
    absurd: list[Claim] = []
    for claim in claims:
        if is_possible(claim, now=now):
            return Published(claim.at, local_day(claim.at, claim.offset_s, timezone), claim.basis, absurd)
        absurd.append(claim)
    return Published(now, local_day(now, None, timezone), "fetched", absurd)


def is_possible(claim: Claim, *, now: int) -> bool:
    """Say whether a claim can be right at `now`, µs."""
    return EARLIEST_US <= claim.at <= now + TOLERANCE_US


def local_day(at: int, offset_s: Optional[int], timezone: Optional[str]) -> str:
    """Return the ISO day of a moment where the outlet is: by its time zone, else by the offset, else in UTC.

    >>> local_day(0, None, "Asia/Colombo"), local_day(0, -3600, None)
    ('1970-01-01', '1969-12-31')
    """
    return (EPOCH + timedelta(microseconds=at)).astimezone(_zone(offset_s, timezone)).date().isoformat()


def read_claim(text: Optional[str], basis: str, timezone: Optional[str]) -> Optional[Claim]:
    """Return an ISO 8601 date or date with time as a claim; a day begins at midnight where the outlet is.

    >>> read_claim("1970-01-01T01:00:00+01:00", "page", None)
    Claim(at=0, offset_s=3600, basis='page')
    """
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    offset = moment.utcoffset()
    aware = moment if offset is not None else moment.replace(tzinfo=_zone(None, timezone))
    offset_s = None if offset is None else int(offset.total_seconds())
    try:
        return Claim((aware - EPOCH) // timedelta(microseconds=1), offset_s, basis)
    except OverflowError:
        return None


def latest_day(now: int) -> str:
    """Return the last ISO day on which something can have been published."""
    return (EPOCH + timedelta(microseconds=now + TOLERANCE_US)).date().isoformat()


def describe(claim: Claim) -> str:
    """Return a claim's day for people, also one that no calendar holds."""
    try:
        return (EPOCH + timedelta(microseconds=claim.at)).date().isoformat()
    except OverflowError:
        return f"{claim.at // (365 * DAY_US):+} years from 1970"


def _zone(offset_s: Optional[int], name: Optional[str]) -> tzinfo:
    if name:
        return ZoneInfo(name)
    return timezone(timedelta(seconds=offset_s)) if offset_s is not None and abs(offset_s) < 86_400 else UTC
