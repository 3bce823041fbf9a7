"""Periods of the calendar as first and last days. Weeks run from Monday to Sunday; a period is given whole."""

import calendar
import datetime
from typing import NamedTuple, Optional

from transforms.extract.readings import Nth

DAY = datetime.timedelta(1)


class Days(NamedTuple):
    """From a first to a last day, both inclusive."""

    first: datetime.date
    last: datetime.date
    granularity: str


def single(day: datetime.date) -> Days:
    return Days(day, day, "day")


def months(first: datetime.date, count: int, granularity: str) -> Days:
    """Return a period of whole months."""
    return Days(first, shifted(first, count) - DAY, granularity)


def shifted(day: datetime.date, count: int) -> datetime.date:
    """Return the same day of another month, or its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def moved(day: datetime.date, unit: str, count: int) -> datetime.date:
    """Return the day that many units away, to the day."""
    if unit in ("day", "week", "workweek", "weekend"):
        return day + count * (7 if unit != "day" else 1) * DAY
    return shifted(day, count * {"month": 1, "quarter": 3, "half": 6, "year": 12}[unit])


def unit_of(day: datetime.date, unit: str) -> Days:
    """Return the calendar unit that holds a day."""
    monday = day - day.weekday() * DAY
    match unit:
        case "day":
            return single(day)
        case "week":
            return Days(monday, monday + 6 * DAY, "week")
        case "workweek":
            return Days(monday, monday + 4 * DAY, "span")
        case "weekend":
            return Days(monday + 5 * DAY, monday + 6 * DAY, "span")
    size = {"month": 1, "quarter": 3, "half": 6, "year": 12}[unit]
    return months(day.replace(month=(day.month - 1) // size * size + 1, day=1), size, unit)


def weekend_at(day: datetime.date) -> Days:
    """Return the weekend nearest to a day, as long as a feast makes it: a Monday, a Friday or a Thursday join it."""
    monday = day - day.weekday() * DAY
    if day.weekday() == 0:
        return Days(monday - 2 * DAY, day, "span")
    if day.weekday() < 3:
        return Days(monday - 2 * DAY, monday - DAY, "span")
    return Days(min(day, monday + 5 * DAY), monday + 6 * DAY, "span")


def named(unit: str, number: int, year: int) -> Days:
    """Return a month, season, quarter or half by its number, or a year. Winter begins in the year that it is of."""
    if unit == "year":
        return months(datetime.date(year, 1, 1), 12, "year")
    if unit == "season":
        return months(datetime.date(year, 3 * number, 1), 3, "season")
    size = {"month": 1, "quarter": 3, "half": 6}[unit]
    return months(datetime.date(year, (number - 1) * size + 1, 1), size, unit)


def nth(reading: Nth, of: Days) -> Optional[Days]:
    """Return the nth part of a period. Its first week is the one that holds its first Thursday, as in ISO 8601."""
    number = reading.number
    if reading.unit in ("month", "quarter"):
        size = 1 if reading.unit == "month" else 3
        count = number - 1 if number > 0 else 12 // size - 1
        return _inside(unit_of(shifted(of.first, count * size), reading.unit), of)
    if reading.unit == "day":
        return _inside(single(of.first + (number - 1) * DAY if number > 0 else of.last), of)
    weekday = {"week": 3, "weekend": 5}.get(reading.unit, reading.weekday or 0)
    if number > 0:
        day = of.first + ((weekday - of.first.weekday()) % 7 + 7 * (number - 1)) * DAY
    else:
        day = of.last - ((of.last.weekday() - weekday) % 7) * DAY
    inside = _inside(single(day), of)
    return inside and (inside if reading.unit == "weekday" else unit_of(day, reading.unit))


def _inside(part: Days, of: Days) -> Optional[Days]:
    return part if of.first <= part.first and part.last <= of.last else None


def nearest_weekday(day: datetime.date, weekday: int) -> datetime.date:
    """Return the weekday (Monday is 0) that lies at most three days away."""
    return day + ((weekday - day.weekday() + 3) % 7 - 3) * DAY
