"""When to ask again: our interval, the server's wish, and patience with what fails. Times are µs, spans are seconds."""

import email.utils
import re
from typing import Optional, Protocol

from schemas import Poll, Source
from schemas.ids import make_id

SECOND_US = 1_000_000

#: Nothing is left alone for longer: also a feed that is gone is asked once a month whether it is back.
LONGEST_S = 31 * 86_400

#: First wait after a failure, at most; it doubles with each further one in a row.
FIRST_WAIT_S = 1_800
#: An article that would have to wait for longer is given up: it has then been tried for about eight hours.
LAST_WAIT_S = 4 * 3_600

#: robots.txt is asked for once a day (RFC 9309, 2.4).
ROBOTS_S = 86_400

#: A shorter delay between requests is none: robots.txt may say 1e-320.
SHORTEST_S = 1e-6

#: A scheduler may start a run so many seconds early.
SLACK_S = 60

#: A gap between polls grows by this factor where there was nothing new.
GROWTH = 1.5

#: Longest wait for what passes by itself, which is first asked again after `first_wait`.
PASSING_S = 86_400

#: First wait and longest one, in seconds, after a failure that does not, by its reason. What somebody has to mend is
#: asked again later; who does not want us, or is not there, later still.
BACK_OFF = {
    "bad_certificate": (2 * 3_600, 86_400),
    "not_a_feed": (3_600, 2 * 86_400),
    "feed_damaged": (3_600, 2 * 86_400),
    "too_large": (3_600, 7 * 86_400),
    "too_costly": (6 * 3_600, 7 * 86_400),
    "gone": (6 * 3_600, 14 * 86_400),
    "refused": (6 * 3_600, 7 * 86_400),
}

#: Waits are spread by up to this share, so that what failed together does not return together.
JITTER = 0.2


class Failed(Protocol):
    """What there is to know of an answer that cannot be used."""

    @property
    def reason(self) -> str: ...
    @property
    def status(self) -> Optional[int]: ...
    @property
    def passing(self) -> bool: ...
    @property
    def retry_after_s(self) -> Optional[int]: ...


def parse_retry_after(value: Optional[str], *, clock_s: int) -> Optional[int]:
    """Return the seconds that a Retry-After asks for, in either of its forms; None where it says nothing usable.

    Args:
        clock_s: the server's time, seconds since 1970.

    >>> parse_retry_after("120", clock_s=0), parse_retry_after("Thu, 01 Jan 1970 00:02:00 GMT", clock_s=60)
    (120, 60)
    """
    text = (value or "").strip()
    if re.fullmatch(r"\d{1,12}", text):
        return min(int(text), LONGEST_S)
    try:
        when = email.utils.parsedate_tz(text)
        wait = None if when is None else email.utils.mktime_tz(when) - clock_s
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return None if wait is None else max(0, min(wait, LONGEST_S))


def parse_max_age(cache_control: Optional[str]) -> Optional[int]:
    """Return for how many seconds an answer stays fresh, None where the server does not say.

    >>> parse_max_age("public, max-age=600"), parse_max_age("no-cache, max-age=600")
    (600, None)
    """
    text = (cache_control or "").lower()
    age = re.search(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,12})", text)
    return None if age is None or "no-cache" in text or "no-store" in text else min(int(age[1]), LONGEST_S)


def wait_after(failures: int, key: str, first_s: int = FIRST_WAIT_S) -> int:
    """Return the seconds to wait after so many failures in a row: doubling, at most LONGEST_S, jitter included.

    >>> wait_after(1, "a", 1_000) <= 1_200, wait_after(3, "a", 1_000) >= 4_000, wait_after(99, "a") == LONGEST_S
    (True, True, True)
    """
    wait = first_s * 2 ** min(max(failures, 1) - 1, 30)
    share = int(make_id("jitter", key, failures)[:8], 16) / 2**32
    return min(int(wait * (1 + JITTER * share)), LONGEST_S)


def first_wait(interval_s: int, status: Optional[int] = None) -> int:
    """Return the seconds to wait after a first failure: what is polled each minute would miss half an hour else.

    Args:
        interval_s: between two polls of the source, 0 where there is none.
        status: of the answer; 429 says that we ask too often, so that our interval counts no more.

    >>> first_wait(60), first_wait(3_600), first_wait(60, 429)
    (60, 1800, 1800)
    """
    return min(interval_s or FIRST_WAIT_S, FIRST_WAIT_S) if status != 429 else FIRST_WAIT_S


def next_gap(source: Source, last: Optional[Poll], *, changed: bool) -> int:
    """Return the seconds to the next poll of what answered, between the source's interval and its longest one.

    Half of the last gap where there was something new, half as much again where there was not; spread by a hash, so
    that feeds that were met together do not stay together.
    """
    longest = max(source.interval_s, source.max_interval_s)
    if last is None or last.gap_s is None or changed:
        return max(source.interval_s, (last.gap_s or 0) // 2 if last else 0)
    share = int(make_id("gap", source.name, last.polled_at)[:8], 16) / 2**32
    return min(int(last.gap_s * (GROWTH + JITTER * (share - 0.5))), longest)


def due_after_success(now: int, gap_s: int, wish_s: int) -> int:
    """Return when to poll again what answered: the later of our gap and the server's wish, within LONGEST_S."""
    return now + min(max(gap_s, wish_s), LONGEST_S) * SECOND_US


def earliest(now: int, source: Source, wish_s: int) -> int:
    """Return before when a source must not be asked: the server's wish, and an interval that is written down.

    A little less than either, since a scheduler starts each run some seconds early or late.
    """
    wait = max(wish_s, source.interval_s if source.keeps_interval else 0)
    return now + min(wait - min(SLACK_S, wait // 10), LONGEST_S) * SECOND_US


def due_after_failure(now: int, interval_s: int, failures: int, failure: Failed, key: str) -> int:
    """Return when to poll again what failed: at least our interval, the back-off of its class and the server's wish."""
    soon = (first_wait(interval_s, failure.status), PASSING_S)
    first_s, longest_s = BACK_OFF.get(failure.reason, soon if failure.passing else BACK_OFF["refused"])
    wait = max(interval_s, min(wait_after(failures, key, first_s), longest_s), failure.retry_after_s or 0)
    return now + min(wait, LONGEST_S) * SECOND_US


def due_when_gone(now: int) -> int:
    """Return how long a feed that is gone for good (410) is left alone, again and again, until it is revived."""
    return now + LONGEST_S * SECOND_US


def is_held_back(last: Optional[Poll], now: int) -> bool:
    """Say whether a poll at `now` is forbidden: by a failure, a 410, or what the server or the operator wishes."""
    if last is None:
        return False
    if last.failures:
        return last.reason == "retired" or (last.status in ("failed", "gone", "skipped") and last.next_due > now)
    return last.not_before is not None and last.not_before > now


def retry_at(now: int, attempts: int, failure: Failed, interval_s: int, key: str) -> Optional[int]:
    """Return when to fetch an article again after `attempts` failures in a row; None once it is given up."""
    first_s = first_wait(interval_s, failure.status)
    if first_s * 2 ** (attempts - 1) > LAST_WAIT_S:
        return None
    return now + max(wait_after(attempts, key, first_s), failure.retry_after_s or 0) * SECOND_US


def most_requests(delay_s: float, budget_s: float) -> Optional[int]:
    """Return how many requests to one host a run may make: budget / delay, at least one; None for any number.

    >>> most_requests(1.0, 900.0), most_requests(0.0, 900.0), most_requests(3600.0, 900.0)
    (900, None, 1)
    """
    return None if delay_s < SHORTEST_S else max(1, int(budget_s / delay_s))
