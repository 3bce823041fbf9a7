"""How a host is asked, by a clock that passes by sleeping alone."""

import time

import pytest
from records import DAY, MONDAY, RUN_ID

from transforms.fetch.http import Failure, Reply, Web
from transforms.fetch.patience import Pace, Patience, Stop, host_poll

PAGE = Reply("https://harbour.example/", 200, b"", "text/html", None, None, None, None, None)
TIMEOUT = Failure("timeout", "No answer.")
BUSY = Failure("http_error", "HTTP 429.", 429, 7_200)


class Clock:
    """Time that passes by sleeping alone."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_requests_begin_a_delay_apart() -> None:
    clock = Clock()
    pace = Pace(2.0, clock, clock.sleep)
    pace.wait()
    clock.now += 0.5  # the answer takes that long
    pace.wait()
    clock.now += 7.0
    pace.wait()
    assert clock.slept == [0.0, 1.5, 0.0]


def test_the_real_pace_takes_real_time() -> None:
    pace, begun = Pace(0.05), time.monotonic()
    pace.wait()
    pace.wait()
    assert time.monotonic() - begun >= 0.05


def test_the_delay_counts_from_when_a_request_went_out_though_the_connection_took_its_time() -> None:
    clock = Clock()
    pace = Pace(2.0, clock, clock.sleep)
    pace.wait()
    clock.now += 0.5
    pace.hear(PAGE, sent=clock.now)
    pace.wait()
    assert clock.slept == [0.0, 2.0]


def test_redirects_on_one_host_are_followed_a_delay_apart() -> None:
    clock = Clock()
    pace = Pace(2.0, clock, clock.sleep)
    pace.wait()
    guard = pace.between(Web(), lambda url: TIMEOUT if "private" in url else None, "https://harbour.example/1")
    assert guard("https://harbour.example/2") is guard("https://meridian.example/2") is None
    assert guard("https://harbour.example/private") == TIMEOUT
    assert clock.slept == [0.0, 2.0]


# --- when to stop ---------------------------------------------------------------------------------------------------


def patience_after(*answers: Reply | Failure, most_s: float = 60.0) -> Patience:
    patience = Patience(most_s, Clock())
    for answer in answers:
        patience.hear(answer)
    return patience


def test_a_host_is_left_alone_after_three_silences_in_a_row() -> None:
    refused = Failure("connection_failed", "Refused.")
    assert patience_after(TIMEOUT, refused, PAGE, TIMEOUT, refused).stop() is None
    assert patience_after(PAGE, TIMEOUT, refused, TIMEOUT).stop() == Stop("host_silent", TIMEOUT)


@pytest.mark.parametrize(
    ("failure", "busy"),
    [
        (BUSY, True),
        (Failure("http_error", "HTTP 429.", 429), True),
        (Failure("http_error", "HTTP 503.", 503, 60), True),
        (Failure("http_error", "HTTP 503.", 503), False),
        (Failure("http_error", "HTTP 403.", 403, 60), True),
        (Failure("gone", "HTTP 404.", 404, 60), False),
        (Failure("robots_unreadable", "robots.txt cannot be read.", retry_after_s=60), False),
    ],
)
def test_a_host_that_asks_for_it_is_left_alone_at_once(failure: Failure, busy: bool) -> None:
    assert patience_after(failure).stop() == (Stop("host_busy", failure) if busy else None)


def test_a_host_that_is_too_slow_is_stopped_by_the_clock() -> None:
    clock = Clock()
    patience = Patience(60.0, clock)
    clock.now += 59.0
    assert patience.stop() is None
    clock.now += 1.0
    assert patience.stop() == Stop("over_budget")


def test_waits_for_a_host_grow_with_each_failure_and_end_with_an_answer() -> None:
    first = host_poll(
        "https://harbour.example/1", Stop("host_silent", TIMEOUT), None, run_id=RUN_ID, now=MONDAY, interval_s=3_600
    )
    second = host_poll(
        "https://harbour.example/1", Stop("host_silent", TIMEOUT), first, run_id=RUN_ID, now=MONDAY, interval_s=3_600
    )
    assert (first.kind, first.status, first.reason, first.failures) == ("host", "failed", "host_silent", 1)
    assert MONDAY < first.next_due < second.next_due < MONDAY + DAY
    again = host_poll("https://harbour.example/1", None, second, run_id=RUN_ID, now=MONDAY, interval_s=3_600)
    assert (again.status, again.failures, again.next_due) == ("ok", 0, MONDAY)


def test_a_silent_host_of_what_is_polled_each_minute_is_asked_again_soon() -> None:
    stop = Stop("host_silent", TIMEOUT)
    poll = host_poll("https://harbour.example/1", stop, None, run_id=RUN_ID, now=MONDAY, interval_s=60)
    assert 60 <= (poll.next_due - MONDAY) / 1_000_000 <= 72


def test_a_host_is_not_asked_before_it_wishes() -> None:
    poll = host_poll(
        "https://harbour.example/1", Stop("host_busy", BUSY), None, run_id=RUN_ID, now=MONDAY, interval_s=3_600
    )
    assert (poll.http_status, poll.next_due) == (429, MONDAY + 7_200_000_000)


@pytest.mark.parametrize(("rest_s", "hours"), [(3_600, 2), (10_800, 3)])
def test_a_host_that_rests_anyway_is_not_asked_before_it_wishes_either(rest_s: int, hours: int) -> None:
    stop = Stop("host_busy", BUSY)
    poll = host_poll(
        "https://harbour.example/1", stop, None, run_id=RUN_ID, now=MONDAY, interval_s=3_600, rest_s=rest_s
    )
    assert poll.not_before == MONDAY + hours * DAY // 24
