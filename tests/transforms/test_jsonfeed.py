"""JSON Feed: both versions, and what is of a wrong type."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.poll.feeds import read_feed
from transforms.poll.listing import Listed, Listing

BASE = "https://harbour.example/feed.json"


def a_feed(*items: object, version: object = "https://jsonfeed.org/version/1.1") -> Listing:
    return read_feed(json.dumps({"version": version, "title": "Harbour", "items": items}).encode(), BASE)


def only(listing: Listing) -> Listed:
    (entry,) = listing.entries
    return entry


def an_item(**changes: Any) -> Listed:
    return only(a_feed({"id": "talks-1", "url": "https://harbour.example/talks", **changes}))


@pytest.mark.parametrize("version", ["https://jsonfeed.org/version/1", "https://jsonfeed.org/version/1.1"])
def test_an_item_is_read(version: str) -> None:
    item = {
        "id": "talks-1",
        "url": "/talks",
        "title": "Talks &amp; visits",
        "content_html": "<p>They met.</p>",
        "date_published": "2026-03-02T08:00:00+02:00",
        "authors" if version.endswith("1.1") else "author": [{"name": "Ana Ferro"}],
    }
    if "author" in item:
        item["author"] = {"name": "Ana Ferro"}
    entry = only(a_feed(item, version=version))
    assert (entry.entry_id, entry.url) == ("talks-1", "https://harbour.example/talks")
    assert (entry.title, entry.summary, entry.content) == ("Talks & visits", "They met.", "<p>They met.</p>")
    assert (entry.published, entry.published_offset_s) == (1_772_431_200_000_000, 7_200)
    assert list(entry.authors) == ["Ana Ferro"]


def test_an_item_of_a_link_blog_leads_to_what_it_is_about() -> None:
    assert an_item(url=None, external_url="https://elsewhere.example/a").url == "https://elsewhere.example/a"


def test_plain_text_is_given_as_paragraphs() -> None:
    assert an_item(content_text="a < b\n\nThey met.").content == "<p>a &lt; b</p><p>They met.</p>"


def test_a_number_is_an_id() -> None:
    assert an_item(id=17).entry_id == "17"


def test_a_date_that_is_none_is_noted() -> None:
    assert [note.reason for note in an_item(date_published="soon").notes] == ["absurd_date"]


@pytest.mark.parametrize("version", ["https://jsonfeed.org/version/2", 1, None, "1.1"])
def test_json_that_is_no_json_feed_is_refused(version: object) -> None:
    listing = a_feed({"id": "a"}, version=version)
    assert listing.failed
    assert listing.note is not None
    assert listing.note.reason == "not_a_feed"


@pytest.mark.parametrize("body", ['{"version": ', "{" * 200_000, '{"a":' * 200_000, '{"n": ' + "9" * 5_000 + "}"])
def test_json_that_cannot_be_read_is_refused(body: str) -> None:
    assert read_feed(body.encode(), BASE).failed


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = ("id", "url", "external_url", "title", "summary", "content_html", "content_text", "date_published", "authors")


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), JSON) | JSON, max_size=4))
def test_whatever_an_item_holds_it_is_listed(items: list[object]) -> None:
    listing = a_feed(*items)
    assert not listing.failed
    assert len(listing.entries) <= listing.told <= len(items)
