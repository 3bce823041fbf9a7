"""How a host is asked: a delay apart, and no more once it falls silent, asks for it, or is too slow for its share."""

import time
from collections.abc import Callable
from typing import NamedTuple, Optional, TypeVar

from schemas import Poll
from transforms.fetch.http import Failure, Guard, Reply, Web
from transforms.fetch.urls import host_of, origin_of
from transforms.poll.schedule import SECOND_US, first_wait, wait_after

#: After so many timeouts and refused connections in a row, a host is left alone for a while.
MAX_SILENCE = 3

#: Answers by which a host says that it has too much to do, by how much the delay may grow for them, and how long a host
#: may rest at most for being slow, in seconds.
STRAINED = (429, 500, 502, 503, 504)
MAX_STRAIN = 16.0
MAX_REST_S = 10.0
#: A host that takes longer than its delay rests for this share of what it took.
SLOW_SHARE = 0.5

Answer = TypeVar("Answer", bound=Reply | Failure)


class Stop(NamedTuple):
    """Why a host is left alone for the rest of a run."""

    reason: str  # host_silent | host_busy | over_budget
    failure: Optional[Failure] = None  # its last answer, where that is why


class Patience:
    """Listens to the answers of one host in one run, and knows when to leave it alone."""

    def __init__(self, most_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.answered = False
        self._clock = clock
        self._end = clock() + most_s
        self._silence = 0
        self._stop: Optional[Stop] = None

    def hear(self, answer: Reply | Failure) -> None:
        silent = isinstance(answer, Failure) and answer.reason in ("timeout", "connection_failed")
        self._silence = self._silence + 1 if silent else 0
        self.answered = self.answered or not silent
        if isinstance(answer, Failure) and is_busy(answer):
            self._stop = Stop("host_busy", answer)
        elif isinstance(answer, Failure) and self._silence >= MAX_SILENCE:
            self._stop = Stop("host_silent", answer)

    def stop(self) -> Optional[Stop]:
        """Return why the host must not be asked any more, None while it may."""
        late = self._stop is None and self._clock() >= self._end
        return Stop("over_budget") if late else self._stop


def is_busy(failure: Failure) -> bool:
    """Say whether a host asks to be left alone: 429, or Retry-After with anything but the end of one page."""
    asks = failure.status is not None and failure.retry_after_s is not None and failure.reason != "gone"
    return failure.status == 429 or asks


def host_poll(
    url: str, stop: Optional[Stop], last: Optional[Poll], *, run_id: str, now: int, interval_s: int, rest_s: int = 0
) -> Poll:
    """Return what to remember of the host of a URL that is left alone, or that was and answers again.

    Args:
        interval_s: of the sources that ask, after which a host that fell silent is asked again.
        rest_s: for which it is not asked whatever it answered.
    """
    host, failure = host_of(url), stop.failure if stop else None
    failures = (last.failures if last else 0) + 1 if failure else 0
    asked_s = (failure.retry_after_s if failure else None) or 0
    wait = max(wait_after(failures, host, first_wait(interval_s, failure.status)), asked_s) if failure else 0
    return Poll(
        run_id=run_id,
        kind="host",
        source=host,
        url=f"{origin_of(url)}/",
        polled_at=now,
        status="failed" if failure else "ok",
        http_status=failure.status if failure else None,
        reason=stop.reason if stop and failure else None,
        entries=0,
        etag=None,
        last_modified=None,
        failures=failures,
        next_due=now + wait * SECOND_US,
        rules=None,
        redirect=None,
        not_before=now + max(asked_s, rest_s) * SECOND_US if asked_s or rest_s else None,
    )


class Pace:
    """Keeps `delay_s` seconds between the beginnings of requests to one host."""

    def __init__(
        self,
        delay_s: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.delay_s = delay_s
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0
        self._began = 0.0
        self._strain = 1.0

    def wait(self) -> None:
        """Return when the next request may begin."""
        self._sleep(max(0.0, self._next - self._clock()))
        self._began = self._clock()
        self._next = self._began + self.delay_s * self._strain

    def between(self, web: Web, guard: Guard, url: str) -> Guard:
        """Return a guard that also keeps the delay before a redirect is followed on the host of `url`."""

        def asked(target: str) -> Optional[Failure]:
            refusal = guard(target)
            if refusal is None and host_of(target) == host_of(url):
                web.pause(self.wait)
            return refusal

        return asked

    def hear(self, answer: Answer, sent: float = 0.0) -> Answer:
        """Take note of an answer: a host that is slow rests for as long as it took, one that is strained for longer.

        Args:
            sent: when the request went out, by the same clock, where that was later than `wait` returned.
        """
        took = self._clock() - self._began
        self._began = max(self._began, sent)
        if isinstance(answer, Failure) and answer.status in STRAINED:
            self._strain = min(self._strain * 2, MAX_STRAIN)
        strained_s = min(self.delay_s * self._strain, max(MAX_REST_S, self.delay_s))
        slow_s = took + min(SLOW_SHARE * took, MAX_REST_S) if took > self.delay_s else 0.0
        self._next = self._began + max(strained_s, slow_s)
        return answer
