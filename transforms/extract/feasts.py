"""On which day a feast falls in a year: those that stand, and those that follow Easter, a weekday or the moon."""

import datetime
from collections.abc import Iterator, Mapping

from transforms.extract.timetables import section

_DAY = datetime.timedelta(1)


def feast_days(name: str, year: int) -> Iterator[datetime.date]:
    """Yield the days of a feast that lie in a year: one, and of the Islamic ones none or two at times.

    >>> [day.isoformat() for day in feast_days("easter monday", 2026)]
    ['2026-04-06']
    """
    standing: Mapping[str, tuple[int, int]] = section("feasts")
    if name in standing:
        yield datetime.date(year, *standing[name])
    elif name in section("easter"):
        yield easter(year) + section("easter")[name] * _DAY
    elif name in section("weekday_feasts"):
        yield _nth_weekday(year, *section("weekday_feasts")[name])
    else:
        month, day = section("islamic")[name]
        about = (year - 622) * 33 // 32
        yield from (each for lunar in range(about - 1, about + 3) if (each := islamic(lunar, month, day)).year == year)


def easter(year: int) -> datetime.date:
    """Return Easter Sunday of the Western churches (the anonymous Gregorian algorithm)."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return datetime.date(year, f // 31, f % 31 + 1)


def islamic(year: int, month: int, day: int) -> datetime.date:
    """Return a day of the tabular Islamic calendar (leap years 2, 5, 7, ... of 30; epoch of 15 July 622).

    What authorities announce from the sight of the moon lies at most a day or two away.
    """
    days = (11 * year + 3) // 30 + 354 * year + 30 * month - (month - 1) // 2 + day
    return datetime.date.fromordinal(days + 1948439 - 385 - 1721425)


def _nth_weekday(year: int, month: int, weekday: int, number: int) -> datetime.date:
    """Return the nth weekday of a month; -1 is the last."""
    if number < 0:
        last = datetime.date(year + month // 12, month % 12 + 1, 1) - _DAY
        return last - (last.weekday() - weekday) % 7 * _DAY
    first = datetime.date(year, month, 1)
    return first + ((weekday - first.weekday()) % 7 + 7 * (number - 1)) * _DAY
