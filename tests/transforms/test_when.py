"""Words of time to days: docs/events.md, "Time". The day of publication is Thursday, 5 March 2026."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.event import GRANULARITIES, STATUSES
from transforms.extract.feasts import easter
from transforms.extract.when import When, find, find_length, open_ended, resolve, with_length

TODAY = datetime.date(2026, 3, 5)


def read(text: str, status: str = "planned", today: datetime.date = TODAY, context: When | None = None) -> When | None:
    (expression,) = find(text)
    return resolve(expression, anchor=today, status=status, context=context)


def days(text: str, status: str = "planned", **more: When) -> tuple[str | None, str | None, str]:
    found = read(text, status, **more)
    assert found is not None
    return found.start, found.end, found.granularity


def day(text: str) -> tuple[str, str, str]:
    return text, text, "day"


@pytest.mark.parametrize(
    ("text", "status", "date"),
    [
        ("on Saturday", "planned", "2026-03-07"),
        ("on Monday", "planned", "2026-03-09"),
        ("on Monday", "confirmed", "2026-03-09"),
        ("on Monday", "possible", "2026-03-09"),
        ("on Monday", "happened", "2026-03-02"),
        ("on Monday", "ongoing", "2026-03-02"),
        ("last Monday", "planned", "2026-03-02"),
        ("next Monday", "happened", "2026-03-09"),
        ("Monday of next week", "planned", "2026-03-09"),
    ],
)
def test_the_status_chooses_the_side_of_a_weekday(text: str, status: str, date: str) -> None:
    assert days(text, status) == day(date)


@pytest.mark.parametrize("status", STATUSES)
def test_the_weekday_of_publication_is_that_day(status: str) -> None:
    assert days("on Thursday", status) == day("2026-03-05")


@pytest.mark.parametrize(
    ("text", "first", "last", "granularity"),
    [
        ("today", "2026-03-05", "2026-03-05", "day"),
        ("tomorrow", "2026-03-06", "2026-03-06", "day"),
        ("on March 20", "2026-03-20", "2026-03-20", "day"),
        ("on 20 March 2027", "2027-03-20", "2027-03-20", "day"),
        ("on the 20th of March", "2026-03-20", "2026-03-20", "day"),
        ("on 2026-03-20", "2026-03-20", "2026-03-20", "day"),
        ("March 20-22", "2026-03-20", "2026-03-22", "span"),
        ("from 20 to 22 March", "2026-03-20", "2026-03-22", "span"),
        ("between Monday and Wednesday", "2026-03-09", "2026-03-11", "span"),
        ("next week", "2026-03-09", "2026-03-15", "week"),
        ("this week", "2026-03-02", "2026-03-08", "week"),
        ("in two weeks", "2026-03-16", "2026-03-22", "week"),
        ("in October", "2026-10-01", "2026-10-31", "month"),
        ("in mid-April", "2026-04-01", "2026-04-30", "month"),
        ("later this month", "2026-03-01", "2026-03-31", "month"),
        ("next month", "2026-04-01", "2026-04-30", "month"),
        ("in the spring", "2026-03-01", "2026-05-31", "season"),
        ("in the first quarter of 2027", "2027-01-01", "2027-03-31", "quarter"),
        ("in the second half of the year", "2026-07-01", "2026-12-31", "half"),
        ("next year", "2027-01-01", "2027-12-31", "year"),
        ("in 2027", "2027-01-01", "2027-12-31", "year"),
        ("the day after tomorrow", "2026-03-07", "2026-03-07", "day"),
        ("two days before May 3", "2026-05-01", "2026-05-01", "day"),
        ("on Easter Monday", "2026-04-06", "2026-04-06", "day"),
        ("on Friday in two weeks", "2026-03-20", "2026-03-20", "day"),
        ("three weeks after Easter on Friday", "2026-04-24", "2026-04-24", "day"),
        ("on the 15th day of next month", "2026-04-15", "2026-04-15", "day"),
        ("in the last week of next month", "2026-04-27", "2026-05-03", "week"),
        ("on Friday 20", "2026-03-20", "2026-03-20", "day"),
        ("this working week", "2026-03-02", "2026-03-06", "span"),
        ("over the Labor Day weekend", "2026-09-05", "2026-09-07", "span"),
        ("in five minutes", "2026-03-05", "2026-03-05", "day"),
    ],
)
def test_what_lies_ahead(text: str, first: str, last: str, granularity: str) -> None:
    assert days(text) == (first, last, granularity)


@pytest.mark.parametrize(
    ("text", "first", "last", "granularity"),
    [
        ("yesterday", "2026-03-04", "2026-03-04", "day"),
        ("three days ago", "2026-03-02", "2026-03-02", "day"),
        ("last week", "2026-02-23", "2026-03-01", "week"),
        ("two weeks ago", "2026-02-16", "2026-02-22", "week"),
        ("last month", "2026-02-01", "2026-02-28", "month"),
        ("in October", "2025-10-01", "2025-10-31", "month"),
        ("in January", "2026-01-01", "2026-01-31", "month"),
        ("last October", "2025-10-01", "2025-10-31", "month"),
        ("in the summer", "2025-06-01", "2025-08-31", "season"),
        ("on October 17", "2025-10-17", "2025-10-17", "day"),
        ("last year", "2025-01-01", "2025-12-31", "year"),
        ("two years, one month and 3 days ago", "2024-02-02", "2024-02-02", "day"),
        ("from January to date", "2026-01-01", "2026-03-05", "span"),
        ("in 2015", "2015-01-01", "2015-12-31", "year"),
    ],
)
def test_what_lies_behind(text: str, first: str, last: str, granularity: str) -> None:
    assert days(text, "happened") == (first, last, granularity)


@pytest.mark.parametrize(
    ("text", "status", "first", "last"),
    [
        ("since Monday", "ongoing", "2026-03-02", None),
        ("from Monday", "planned", "2026-03-09", None),
        ("by May 3", "planned", None, "2026-05-03"),
        ("before the end of the month", "planned", None, "2026-03-31"),
        ("until Saturday", "planned", None, "2026-03-07"),
    ],
)
def test_words_of_beginning_and_end_leave_the_other_side_open(
    text: str, status: str, first: str | None, last: str | None
) -> None:
    assert days(text, status) == (first, last, "span")


@pytest.mark.parametrize("text", ["recently", "soon", "one day", "in due course", "in the near future"])
def test_words_that_name_no_day_are_no_time(text: str) -> None:
    assert [each for each in find(text) if resolve(each, anchor=TODAY, status="planned")] == []


@pytest.mark.parametrize("text", ["on February 30", "a day later"])
def test_days_that_do_not_exist_or_count_from_nothing_are_none(text: str) -> None:
    assert [resolve(each, anchor=TODAY, status="planned") for each in find(text)] in ([], [None])


def test_the_next_day_counts_from_what_was_told_before() -> None:
    context = When("2026-03-01", "2026-03-02", "span", "", "")
    assert days("the next day", "happened", context=context) == day("2026-03-03")
    assert days("a week later", "happened", context=context) == ("2026-03-02", "2026-03-08", "week")


def test_words_like_names_are_no_times() -> None:
    assert find("He may march on the Sunday Times in the fall of the house.") == []


def test_what_was_moved_has_the_later_time() -> None:
    assert days("from Monday to Wednesday", "postponed") == day("2026-03-11")


@pytest.mark.parametrize(
    ("text", "length"),
    [("a four-day trip", 4), ("a 48-hour strike", 2), ("for two weeks", 14), ("three days ago", None)],
)
def test_lengths_are_counted_in_days(text: str, length: int | None) -> None:
    assert [each.days for each in find_length(text)] == ([] if length is None else [length])


def test_a_length_makes_a_span_of_a_day() -> None:
    monday = When("2026-03-09", "2026-03-09", "day", "Monday", "next")
    assert with_length(monday, 4)[:3] == ("2026-03-09", "2026-03-12", "span")
    assert with_length(monday, 4, ends=True)[:3] == ("2026-03-06", "2026-03-09", "span")
    assert with_length(monday._replace(granularity="week"), 4).start == "2026-03-09"
    assert open_ended(monday)[:3] == ("2026-03-09", None, "span")


@pytest.mark.parametrize(("year", "date"), [(2024, "2024-03-31"), (2025, "2025-04-20"), (2026, "2026-04-05")])
def test_easter(year: int, date: str) -> None:
    assert easter(year).isoformat() == date


WORDS = ["on", "in", "Monday", "the", "March", "20", "to", "22", "last", "next", "week", "year", "2026", "two", "days",
         "ago", "from", "mid-", "after", "spring", "of", ",", "May", "-", "9999", "first", "half"]  # fmt: skip


@given(
    st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join),
    st.dates(datetime.date(2, 1, 1), datetime.date(9990, 1, 1)),
    st.sampled_from(STATUSES),
)
def test_any_words_give_ordered_days_at_their_own_place_or_nothing(
    text: str, today: datetime.date, status: str
) -> None:
    end = 0
    for each in find(text):
        assert end <= each.start < each.end <= len(text)
        assert text[each.start : each.end] == each.text
        end = each.end
        found = resolve(each, anchor=today, status=status)
        if found is not None:
            assert found.granularity in GRANULARITIES
            assert (found.start or "") <= (found.end or "9999-12-31")
            assert found.start or found.end
