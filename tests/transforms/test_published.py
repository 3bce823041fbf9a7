from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.clean.published import Claim, choose, describe, read_claim


def us(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


NOW = us("2026-03-04T06:00")
PAGE = Claim(us("2026-03-03T20:00"), 0, "page")


def test_the_first_claim_counts() -> None:
    assert choose([Claim(NOW, 0, "source"), PAGE], now=NOW, timezone=None).basis == "source"


@pytest.mark.parametrize(
    "absurd", [us("1969-12-31"), us("1994-12-31T23:59"), us("2026-03-06T06:01"), 10**18, -(10**18)]
)
def test_an_absurd_claim_gives_way_to_the_next_and_is_named(absurd: int) -> None:
    claim = Claim(absurd, None, "source")
    assert choose([claim, PAGE], now=NOW, timezone=None) == (PAGE.at, "2026-03-03", "page", [claim])
    assert describe(claim)


def test_a_clock_that_is_a_day_ahead_is_believed() -> None:
    assert choose([Claim(us("2026-03-05"), None, "source")], now=NOW, timezone=None).basis == "source"


def test_without_a_claim_the_time_of_the_run_counts() -> None:
    assert choose([], now=NOW, timezone=None) == (NOW, "2026-03-04", "fetched", [])


@pytest.mark.parametrize(
    ("timezone", "offset_s", "day"),
    [
        ("Asia/Colombo", -3600, "2026-03-04"),
        (None, -3600, "2026-03-03"),
        (None, 5 * 3600, "2026-03-04"),
        (None, None, "2026-03-03"),
    ],
)
def test_the_day_is_that_of_the_outlet_else_of_the_offset_else_utc(
    timezone: str | None, offset_s: int | None, day: str
) -> None:
    claim = Claim(us("2026-03-03T19:41"), offset_s, "source")
    assert choose([claim], now=NOW, timezone=timezone).day == day


def test_a_day_without_a_time_keeps_its_day_where_the_outlet_is() -> None:
    claim = read_claim("2026-03-03", "page", "Asia/Tokyo")
    assert claim is not None
    assert choose([claim], now=NOW, timezone="Asia/Tokyo").day == "2026-03-03"


@given(st.text(max_size=30))
def test_no_text_makes_reading_a_claim_fail(text: str) -> None:
    claim = read_claim(text, "page", None)
    assert claim is None or isinstance(claim.at, int)
