"""When to ask again: tables of what servers say, and bounds that hold for all of it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import DAY, MONDAY, a_poll

from transforms.schedule import (
    LONGEST_S,
    MAX_ATTEMPTS,
    due_after_failure,
    due_after_success,
    due_when_gone,
    is_held_back,
    most_requests,
    parse_max_age,
    parse_retry_after,
    retry_at,
    wait_after,
)

MONTH = LONGEST_S * 1_000_000


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
    assert due_after_success(MONDAY, 3_600, None) == MONDAY + 3_600_000_000
    assert due_after_success(MONDAY, 3_600, 60) == MONDAY + 3_600_000_000
    assert due_after_success(MONDAY, 3_600, 7_200) == MONDAY + 7_200_000_000
    assert due_after_success(MONDAY, 10**9, 10**9) == MONDAY + MONTH


def test_a_source_that_fails_is_due_by_the_latest_of_three_wishes() -> None:
    patient = due_after_failure(MONDAY, 86_400, 1, None, "harbour")
    assert patient == MONDAY + DAY
    assert due_after_failure(MONDAY, 60, 1, 200_000, "harbour") == MONDAY + 200_000_000_000
    assert due_after_failure(MONDAY, 60, 8, None, "harbour") > MONDAY + 2 * DAY
    assert due_after_failure(MONDAY, 60, 99, None, "harbour") == due_when_gone(MONDAY) == MONDAY + MONTH


@pytest.mark.parametrize(
    ("status", "held_back"),
    [("ok", False), ("not_modified", False), ("failed", True), ("gone", True), ("skipped", True)],
)
def test_only_a_failure_holds_a_source_back_and_until_it_is_due(status: str, held_back: bool) -> None:
    last = a_poll(status=status, next_due=MONDAY + DAY)
    assert is_held_back(last, MONDAY) == held_back
    assert not is_held_back(last, MONDAY + DAY)
    assert not is_held_back(None, MONDAY)


def test_an_article_is_tried_again_later_each_time_and_then_given_up() -> None:
    times = [retry_at(MONDAY, attempts, None, "article") for attempts in range(1, MAX_ATTEMPTS + 1)]
    assert times[-1] is None
    assert MONDAY < times[0] < times[1] < times[2] < times[3] < MONDAY + DAY
    assert retry_at(MONDAY, 1, 90_000, "article") == MONDAY + 90_000_000_000


@given(st.floats(0, 10**6), st.floats(0, 10**6))
def test_a_budget_gives_at_least_one_request_and_no_more_than_fit(delay_s: float, budget_s: float) -> None:
    most = most_requests(delay_s, budget_s)
    assert (most is None) == (delay_s < 1e-6)
    assert most is None or most == 1 or (most - 1) * delay_s <= budget_s
    assert most is None or most >= 1
    assert most_requests(math.inf, budget_s) == 1
