"""Judged words of time become reports of visits, and the visits' days their values."""

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

from times import lies_ahead, reports, times


def a_sentence(text: str, words: str, *values: str, reference: str = "2016-11-07") -> dict[str, Any]:
    start = text.index(words)
    expression = {"start": start, "end": start + len(words), "text": words, "values": list(values)}
    return {"id": "RT-1", "reference": reference, "text": text, "timexes": [expression]}


def test_an_expression_is_told_of_a_visit_on_the_day_of_reference() -> None:
    (report,) = reports([a_sentence("I'll be back on Friday.", "Friday", "2016-11-04", "2016-11-11")])
    assert report["id"] == "RT-1/0"
    assert report["published"] == "2016-11-07T12:00:00Z"
    assert report["text"] == "The president of Austria will visit Brazil on Friday, the two governments said."


def test_what_is_over_is_told_in_the_past() -> None:
    (report,) = reports([a_sentence("I left last week", "last week", "2016-W44")])
    assert "visited Brazil last week," in report["text"]


def test_an_expression_without_a_value_has_no_report() -> None:
    assert list(reports([a_sentence("It took two days", "two days")])) == []


def test_no_two_reports_are_of_the_same_visit() -> None:
    told = [report["title"] for report in reports(a_sentence("now Friday", "Friday", "2016-11-11") for _ in range(540))]
    assert len(set(told)) == len(told) == 540


@pytest.mark.parametrize(
    ("value", "ahead"), [("2016-11-08", True), ("2016-11-07", False), ("2016-10", False), ("2016-Q4", True)]
)
def test_the_tense_follows_the_value(value: str, ahead: bool) -> None:
    assert lies_ahead(value, "2016-11-07") is ahead


def test_the_days_of_a_visit_are_the_value_of_its_words() -> None:
    sentence = a_sentence("I left last week", "last week", "2016-W44")
    visit = {"entry_id": "RT-1/0", "start_date": "2016-10-31", "end_date": "2016-11-06"}
    undated = {**visit, "start_date": None}
    assert list(times([sentence], [undated, visit])) == [
        {"id": "RT-1", "timexes": [{"start": 7, "end": 16, "from": "2016-10-31", "to": "2016-11-06"}]}
    ]
    assert list(times([sentence], [undated])) == []
