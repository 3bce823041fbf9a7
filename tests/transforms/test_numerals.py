"""Dates of digits and numbers in words. The day of publication is Thursday, 5 March 2026, and no tense chooses."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.extract.when import find, resolve

TODAY = datetime.date(2026, 3, 5)


def days(text: str) -> list[tuple[str | None, str | None]]:
    found = (resolve(each, anchor=TODAY, status="") for each in find(text))
    return [(each.start, each.end) for each in found if each]


@pytest.mark.parametrize(
    "text",
    [
        "2025-09-23", "2025/09/23", "2025.9.23", "20250923", "2025-09-23T16:30:00Z", "23.9.2025", "23/09/2025",
        "9/23/2025", "23/9/25", "Sep-23-2025", "23-Sep-2025", "23/Sep/25", "2025/Sep/23", "2025/23/Sep", "Sep23, 2025",
        "September, 23rd, 2025", "on twenty-third September twenty twenty-five", "September 23 of '25",
        "September twenty three two thousand and twenty five",
    ],
)  # fmt: skip
def test_one_day_in_many_forms(text: str) -> None:
    assert days(f"They met {text}.") == [("2025-09-23", "2025-09-23")]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("from 9/23-10/2", "2025-09-23", "2025-10-02"),
        ("from 9/23 to 10/2", "2025-09-23", "2025-10-02"),
        ("9/23/2025-10/2/2025", "2025-09-23", "2025-10-02"),
        ("from April 27 to the third", "2026-04-27", "2026-05-03"),
        ("2025-11", "2025-11-01", "2025-11-30"),
        ("11/2025", "2025-11-01", "2025-11-30"),
        ("Nov-2025", "2025-11-01", "2025-11-30"),
        ("in nineteen ninety-six", "1996-01-01", "1996-12-31"),
        ("in two thousand and five", "2005-01-01", "2005-12-31"),
        ("in FY19", "2019-01-01", "2019-12-31"),
        ("in fiscal year 2027", "2027-01-01", "2027-12-31"),
        ("in week 31", "2026-07-27", "2026-08-02"),
        ("in week 1 of 2027", "2027-01-04", "2027-01-10"),
    ],
)
def test_longer_times(text: str, first: str, last: str) -> None:
    assert days(f"They met {text}.") == [(first, last)]


@pytest.mark.parametrize(
    "text",
    [
        "They won 10/4 and lost 3-2.", "It cost $2025.11 or 20.25 a day.", "In the 2025-26 season they led.",
        "Two thousand people came.", "Call 555-10-2.", "The answer to 9/11 was war.",
        "It may be so, and this may pass.",
        "In March twenty people died.", "Version 3.10 is out.", "Week 3 of the trial was long.", "A 2.5% rise.",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_date(text: str) -> None:
    assert [each for each in days(text) if each[0] == each[1]] == []


@given(
    st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%Y%m%d"]),
)
def test_a_full_date_is_itself(day: datetime.date, form: str) -> None:
    assert days(f"It was {day.strftime(form)}.") == [(day.isoformat(), day.isoformat())]
