"""What the scorers read is what was published, with offsets into the source."""

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.edits import Change, Edited

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

from predictions import NotRestored, copies, events, extraction, newest, resolve, restored, source_span, source_start


def an_article(number: int = 1, **changed: Any) -> dict[str, Any]:
    return {
        "article_id": f"a{number}",
        "version": 1,
        "entry_id": f"doc-{number}",
        "title": "A title",
        "text": "She left. He stayed.",
        "authors": ["Ann Lee"],
        "captions": [],
        "removed": [],
        "published_date": "2026-03-02",
        "published_basis": "source",
        "cluster_id": f"c{number}",
        "relation": "canonical",
        "related_id": None,
        **changed,
    }


def a_mention(**changed: Any) -> dict[str, Any]:
    return {
        "article_id": "a1",
        "version": 1,
        "event_id": "e1",
        "type": "CONSULT",
        "mode": "visit",
        "status": "happened",
        "source": [{"name": "Ann Lee", "role": "minister", "country": "NOR", "kind": "person"}],
        "target": [],
        "start_date": "2026-03-01",
        "end_date": "2026-03-01",
        "granularity": "day",
        "place": None,
        "place_country": "KEN",
        "attribution": [],
        "confidence": 0.5,
        "sentence_start": 10,
        "sentence_end": 20,
        "trigger_start": 13,
        "trigger_end": 19,
        **changed,
    }


def test_only_the_newest_version_counts() -> None:
    first, second = an_article(text="old"), an_article(version=2, text="new")
    assert newest([second, first]) == newest([first, second]) == [second]


def test_a_merge_of_merges_is_followed_and_a_ring_ends() -> None:
    assert resolve("a", {"a": "b", "b": "c"}) == "c"
    assert resolve("a", {"a": "b", "b": "a"}) == "a"


# --- pages ----------------------------------------------------------------------------------------------------------


def test_a_page_goes_by_the_name_of_its_file() -> None:
    (found,) = extraction([an_article(entry_id="page.1.html")])
    assert found["id"] == "page.1"
    assert (found["title"], found["text"], found["authors"]) == ("A title", "She left. He stayed.", ["Ann Lee"])


@pytest.mark.parametrize(("basis", "date"), [("page", "2026-03-02"), ("url", "2026-03-02"), ("fetched", None)])
def test_the_day_of_fetching_is_no_date_of_a_page(basis: str, date: str | None) -> None:
    (found,) = extraction([an_article(published_basis=basis)])
    assert found["date"] == date


# --- copies ---------------------------------------------------------------------------------------------------------


def test_a_copy_names_the_document_that_it_is_a_copy_of() -> None:
    original = an_article(1)
    copy = an_article(2, cluster_id="c1", relation="appended", related_id="a1")
    assert list(copies([copy, original], {})) == [
        {"id": "doc-1", "cluster": "c1", "relation": "canonical", "of": None},
        {"id": "doc-2", "cluster": "c1", "relation": "appended", "of": "doc-1"},
    ]


def test_merged_clusters_are_one() -> None:
    found = list(copies([an_article(1), an_article(2)], {"c2": "c1"}))
    assert [each["cluster"] for each in found] == ["c1", "c1"]


# --- events ---------------------------------------------------------------------------------------------------------


def edited(source: str, *changes: Change) -> tuple[str, list[dict[str, Any]]]:
    """Return a text as it was published, and its edits as a row holds them."""
    text = Edited(source)
    text.apply(changes)
    return text.text, [edit._asdict() for edit in text.edits]


def test_offsets_count_in_the_source() -> None:
    source = "SUBSCRIBE NOW! She left.\r\nHe stayed."
    text, removed = edited(source, Change(0, 15, "", "boilerplate"), Change(24, 26, " ", "line_break"))
    assert text == "She left. He stayed."
    article = an_article(text=text, removed=removed)
    (document,) = events([article], [a_mention()], {"e1": "e0"}, {"doc-1": source})
    (found,) = document["events"]
    assert source[found["sentence_start"] : found["sentence_end"]] == "He stayed."
    assert source[found["trigger_start"] : found["trigger_end"]] == found["trigger"] == "stayed"
    assert found["event"] == "e0"
    assert (found["start"], found["end"]) == ("2026-03-01", "2026-03-01")
    assert found["source"] == [{"name": "Ann Lee", "country": "NOR"}]


def test_a_document_without_events_is_predicted_to_have_none() -> None:
    source = "She left. He stayed."
    assert list(events([an_article()], [], {}, {"doc-1": source})) == [{"id": "doc-1", "events": []}]


def test_mentions_of_an_earlier_version_do_not_count() -> None:
    article = an_article(version=2)
    (document,) = events([article], [a_mention(version=1)], {}, {"doc-1": article["text"]})
    assert document["events"] == []


def test_edits_that_do_not_lead_back_are_named() -> None:
    with pytest.raises(NotRestored, match="doc-1"):
        list(events([an_article()], [], {}, {"doc-1": "She left.  He stayed."}))


@st.composite
def texts_and_changes(draw: st.DrawFn) -> tuple[str, list[Change]]:
    """Draw a source and sorted changes of it that do not overlap."""
    source = draw(st.text("abcdefgh", min_size=1, max_size=30))
    cuts = sorted(draw(st.lists(st.integers(0, len(source)), max_size=8)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    return source, [Change(start, end, draw(st.text("XYZ", max_size=3)), "boilerplate") for start, end in spans]


@given(texts_and_changes())
def test_every_character_that_was_kept_is_found_in_its_source(given: tuple[str, list[Change]]) -> None:
    source, changes = given
    text, removed = edited(source, *changes)
    kept = [at for at, letter in enumerate(text) if letter.islower()]
    assert [source[source_start(at, removed)] for at in kept] == [text[at] for at in kept]
    places = [source_start(at, removed) for at in kept]
    assert places == sorted(set(places))
    for at in kept:
        start, end = source_span(at, at + 1, removed)
        assert source[start:end] == text[at]


@given(texts_and_changes())
def test_edits_lead_back_to_the_source(given: tuple[str, list[Change]]) -> None:
    source, changes = given
    text, removed = edited(source, *changes)
    assert restored({"text": text, "removed": removed}) == source
