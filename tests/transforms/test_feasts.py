"""Days of feasts, against the calendars that are printed."""

import pytest

from transforms.extract.feasts import feast_days
from transforms.extract.timetables import FEAST_NAMES


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("easter", "2024-03-31"),
        ("ascension day", "2025-05-29"),
        ("nowruz", "2025-03-20"),
        ("memorial day", "2025-05-26"),
        ("thanksgiving", "2025-11-27"),
        ("labor day", "2025-09-01"),
        ("labour day", "2025-05-01"),
        ("eid al-fitr", "2023-04-21"),
        ("eid al-adha", "2024-06-16"),
    ],
)
def test_the_day_of_a_feast(name: str, day: str) -> None:
    assert [each.isoformat() for each in feast_days(name, int(day[:4]))] == [day]


@pytest.mark.parametrize("name", FEAST_NAMES)
def test_every_feast_comes_about_once_a_year(name: str) -> None:
    days = [day for year in range(1990, 2090) for day in feast_days(name, year)]
    assert 100 <= len(days) <= 104
    assert days == sorted(set(days))
