"""The fit of confidence: shares come out as they were put in, and unseen stories are told by the others."""

import math
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

from calibration import Case, fit, left_out, story_of, told_by


def some(story: str, shown: set[str], right: int, wrong: int) -> list[Case]:
    return [Case(story, frozenset(shown), True, number < right) for number in range(right + wrong)]


def test_without_features_it_is_the_share_that_is_right() -> None:
    assert told_by(fit(some("a", set(), 30, 10)), some("a", set(), 1, 0)[0]) == pytest.approx(0.75)


def test_a_feature_of_many_mentions_takes_its_own_share_and_one_of_few_takes_none() -> None:
    given = [*some("a", set(), 900, 100), *some("a", {"no time"}, 300, 200), *some("a", {"no place"}, 0, 2)]
    log_odds = fit(given)
    assert told_by(log_odds, given[1000]) == pytest.approx(0.6, abs=0.02)
    assert "no place" not in log_odds


def test_a_story_is_told_by_the_others_alone() -> None:
    given = [*some("a", set(), 0, 20), *some("b", set(), 15, 5), *some("c", set(), 15, 5)]
    assert left_out(given)[0] == pytest.approx(0.75)


def test_documents_of_one_story() -> None:
    assert [story_of(each) for each in ("horn-2", "kz-hu-5-oped", "000_12c3", "cm-1")] == [
        "horn",
        "kz-hu",
        "real",
        "cm",
    ]
    assert math.isfinite(told_by(fit(some("a", set(), 5, 0)), some("a", set(), 1, 0)[0]))
