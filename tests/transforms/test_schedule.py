"""When to ask again: tables of what servers say, and bounds that hold for all of it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import DAY, MONDAY, a_poll, a_source

from transforms.fetch.http import Failure
from transforms.poll.schedule import (
    LONGEST_S,
    due_after_failure,
    due_after_success,
    earliest,
    is_held_back,
    most_requests,
    next_gap,
    parse_max_age,
    parse_retry_after,
    retry_at,
    wait_after,
)

MONTH = LONGEST_S * 1_000_000
BUSY = Failure("http_error", "HTTP 503.", 503)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("999999999999", LONGEST_S),
        ("Mon, 02 Mar 2026 06:01:00 GMT", 60),
        ("Mon, 02 Mar 2026 05:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_S),
        (None, None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("Mon, 99 Foo 99999999 99:99:99 GMT", None),
        ("1" * 400, None),
    ],
)
def test_retry_after_is_read_in_both_of_its_forms(value: str | None, seconds: int | None) -> None:
    assert parse_retry_after(value, clock_s=MONDAY // 1_000_000) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("max-age=600", 600),
        ('public, MAX-AGE = "600"', 600),
        ("s-maxage=600", None),
        ("max-age=600, no-cache", None),
        ("no-store", None),
        ("max-age=soon", None),
        ("max-age=999999999999", LONGEST_S),
        (None, None),
    ],
)
def test_max_age_is_read(value: str | None, seconds: int | None) -> None:
    assert parse_max_age(value) == seconds


@given(st.text(max_size=60), st.integers(0, 2**40))
def test_nothing_that_a_server_says_raises_or_is_followed_for_longer_than_a_month(text: str, clock_s: int) -> None:
    for seconds in (parse_retry_after(text, clock_s=clock_s), parse_max_age(text)):
        assert seconds is None or 0 <= seconds <= LONGEST_S


@given(st.integers(0, 200), st.text(max_size=5))
def test_waits_double_and_are_spread_by_a_fifth_at_most(failures: int, key: str) -> None:
    wait, doubled = wait_after(failures, key, 1_000), 1_000 * 2 ** max(failures - 1, 0)
    assert min(doubled, LONGEST_S) <= wait <= min(doubled * 1.2, LONGEST_S)
    assert wait == wait_after(failures, key, 1_000)


def test_what_failed_together_does_not_return_together() -> None:
    assert len({wait_after(1, f"host-{number}") for number in range(50)}) > 40


def test_a_source_that_answers_is_due_by_the_later_of_both_wishes() -> None:
    assert due_after_success(MONDAY, 3_600, 0) == MONDAY + 3_600_000_000
    assert due_after_success(MONDAY, 3_600, 60) == MONDAY + 3_600_000_000
    assert due_after_success(MONDAY, 3_600, 7_200) == MONDAY + 7_200_000_000
    assert due_after_success(MONDAY, 10**9, 10**9) == MONDAY + MONTH


def test_a_source_that_fails_is_due_by_the_latest_of_three_wishes() -> None:
    patient = due_after_failure(MONDAY, 2 * 86_400, 1, BUSY, "harbour")
    assert patient == MONDAY + 2 * DAY
    asked = BUSY._replace(retry_after_s=200_000)
    assert due_after_failure(MONDAY, 60, 1, asked, "harbour") == MONDAY + 200_000_000_000


@pytest.mark.parametrize(
    ("failure", "first_s", "longest_s"),
    [
        (BUSY, 1_800, 86_400),
        (Failure("timeout", ""), 1_800, 86_400),
        (Failure("not_a_feed", "", 200), 3_600, 2 * 86_400),
        (Failure("gone", "", 404), 6 * 3_600, 14 * 86_400),
        (Failure("http_error", "", 500), 1_800, 86_400),
        (Failure("blocked_address", ""), 6 * 3_600, 7 * 86_400),
        (Failure("http_error", "", 403), 6 * 3_600, 7 * 86_400),
    ],
)
def test_each_class_of_failure_has_its_own_first_and_longest_wait(
    failure: Failure, first_s: int, longest_s: int
) -> None:
    waits = [(due_after_failure(MONDAY, 1_800, n, failure, "harbour") - MONDAY) // 1_000_000 for n in (1, 2, 99)]
    assert first_s <= waits[0] <= first_s * 1.2
    assert 2 * first_s <= waits[1] <= 2 * first_s * 1.2
    assert waits[2] == longest_s


@pytest.mark.parametrize(
    ("status", "failures", "held_back"),
    [("ok", 0, False), ("not_modified", 0, False), ("failed", 1, True), ("gone", 1, True), ("skipped", 1, True)],
)
def test_a_failure_holds_a_source_back_until_it_is_due(status: str, failures: int, held_back: bool) -> None:
    last = a_poll(status=status, failures=failures, next_due=MONDAY + DAY)
    assert is_held_back(last, MONDAY) == held_back
    assert not is_held_back(last, MONDAY + DAY)
    assert not is_held_back(None, MONDAY)


def test_what_the_server_or_the_operator_wishes_holds_a_source_back_and_a_mere_plan_does_not() -> None:
    last = a_poll(next_due=MONDAY + DAY, not_before=MONDAY + 1)
    assert is_held_back(last, MONDAY)
    assert not is_held_back(last, MONDAY + 1)


def test_a_server_that_is_gone_for_good_is_held_back_for_ever() -> None:
    assert is_held_back(a_poll(status="skipped", reason="retired", failures=1, next_due=MONDAY), MONDAY + DAY)


def test_an_interval_binds_runs_only_where_it_is_written_down() -> None:
    source = a_source(interval_s=3_600)
    assert earliest(MONDAY, source, 0) == MONDAY
    assert earliest(MONDAY, source._replace(keeps_interval=True), 0) == MONDAY + 3_540_000_000
    assert earliest(MONDAY, source, 600) == MONDAY + 540_000_000


def test_what_changes_seldom_is_asked_more_seldom_and_what_changes_often_more_often() -> None:
    source = a_source(interval_s=600, max_interval_s=3_600)
    gaps, last = [], None
    for _ in range(6):
        last = a_poll(gap_s=next_gap(source, last, changed=False))
        gaps.append(last.gap_s or 0)
    assert gaps[0] == 600
    assert gaps == sorted(gaps)
    assert gaps[-1] == 3_600
    assert next_gap(source, last, changed=True) == 1_800
    assert next_gap(source, a_poll(gap_s=700), changed=True) == 600


@pytest.mark.parametrize("interval_s", [5, 60, 600, 3_600])
def test_an_article_is_tried_again_later_each_time_and_given_up_after_some_hours(interval_s: int) -> None:
    times: list[int] = []
    while again := retry_at(MONDAY, len(times) + 1, BUSY, interval_s, "article"):
        times.append(again - MONDAY)
    assert times == sorted(set(times))
    assert min(interval_s, 1_800) <= times[0] / 1_000_000 <= 1.2 * min(interval_s, 1_800)
    assert DAY // 6 <= sum(times) <= DAY // 2


def test_an_article_waits_as_long_as_its_server_wishes() -> None:
    asked = BUSY._replace(retry_after_s=90_000)
    assert retry_at(MONDAY, 1, asked, 3_600, "article") == MONDAY + 90_000_000_000


def test_what_is_polled_each_minute_is_asked_again_after_a_minute_unless_that_is_too_often() -> None:
    ill, busy = (
        due_after_failure(MONDAY, 60, 1, each, "harbour") - MONDAY for each in (BUSY, Failure("http_error", "", 429))
    )
    assert 60 <= ill / 1_000_000 <= 72
    assert 1_800 <= busy / 1_000_000 <= 2_160


@given(st.floats(0, 10**6), st.floats(0, 10**6))
def test_a_budget_gives_at_least_one_request_and_no_more_than_fit(delay_s: float, budget_s: float) -> None:
    most = most_requests(delay_s, budget_s)
    assert (most is None) == (delay_s < 1e-6)
    assert most is None or most == 1 or (most - 1) * delay_s <= budget_s
    assert most is None or most >= 1
    assert most_requests(math.inf, budget_s) == 1
