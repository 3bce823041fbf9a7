"""What a feed itself says of how often it is to be asked: ttl, skipHours, skipDays and sy:updatePeriod."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from transforms.poll.schedule import LONGEST_S, SECOND_US

#: Hints stand before the entries. So many bytes of a feed are looked at.
MAX_HEAD = 50_000

PERIODS_S = {"hourly": 3_600, "daily": 86_400, "weekly": 7 * 86_400, "monthly": 30 * 86_400, "yearly": 365 * 86_400}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOUR_US = 3_600 * SECOND_US


class Hints(NamedTuple):
    """What a feed says, all of it at most a wish."""

    wait_s: int = 0  # between two polls; 0 where it does not say
    skip_hours: Sequence[int] = ()  # 0 to 23, UTC
    skip_days: Sequence[int] = ()  # 0 is Monday


NOTHING = Hints()


def read_hints(body: bytes) -> Hints:
    """Return what the head of a feed says; what cannot be read is not said.

    >>> read_hints(b"<rss><channel><ttl>90</ttl><skipHours><hour>0</hour><hour>24</hour></skipHours></channel></rss>")
    Hints(wait_s=5400, skip_hours=(0,), skip_days=())
    """
    head = re.split(r"<(?:item|entry)[\s>]", body[:MAX_HEAD].decode("utf-8", "replace"), maxsplit=1)[0]
    minutes = re.search(r"<ttl>\s*(\d{1,7})\s*</ttl>", head)
    waits = [int(minutes[1]) * 60 if minutes else 0, _period_s(head)]
    hours = sorted({int(hour) % 24 for hour in re.findall(r"<hour>\s*(\d{1,2})\s*</hour>", head)})
    days = sorted({DAYS.index(day) for day in re.findall(r"<day>\s*(\w+)\s*</day>", head.lower()) if day in DAYS})
    return Hints(
        wait_s=min(max(waits), LONGEST_S),
        skip_hours=tuple(hours) if len(hours) < 24 else (),  # who skips all of them is not to be taken at his word
        skip_days=tuple(days) if len(days) < 7 else (),
    )


def _period_s(head: str) -> int:
    period = re.search(r"<(?:\w+:)?updatePeriod>\s*(\w+)\s*<", head)
    times = re.search(r"<(?:\w+:)?updateFrequency>\s*(\d{1,5})\s*<", head)
    return PERIODS_S.get(period[1].lower(), 0) // max(int(times[1]) if times else 1, 1) if period else 0


def after_skips(at: int, hints: Hints) -> int:
    """Return the first moment from `at` on, in µs, at which the feed does not ask to be left alone."""
    for _ in range(24 * 7):
        moment = datetime.fromtimestamp(at // SECOND_US, UTC)
        if moment.hour not in hints.skip_hours and moment.weekday() not in hints.skip_days:
            return at
        at = (at // HOUR_US + 1) * HOUR_US
    return at
