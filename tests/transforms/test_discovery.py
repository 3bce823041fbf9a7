"""The feeds that a page names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.poll.discovery import find_feeds

BASE = "https://harbour.example/"


def link(href: str, *, rel: str = "alternate", media: str = "application/rss+xml", title: str = "") -> str:
    return f'<link rel="{rel}" type="{media}" title="{title}" href="{href}">'


def feeds(*links: str) -> list[str]:
    return find_feeds(f"<html><head>{''.join(links)}</head></html>".encode(), BASE)


@pytest.mark.parametrize(
    "media", ["application/rss+xml", "application/atom+xml; charset=utf-8", "application/feed+json"]
)
def test_a_feed_of_each_form_is_found(media: str) -> None:
    assert feeds(link("/feed", media=media)) == ["https://harbour.example/feed"]


def test_other_links_are_none() -> None:
    others = [link("/a", rel="stylesheet"), link("/b", media="text/html"), link("mailto:a@b"), link("", media="x/y")]
    assert feeds(*others) == []


def test_feeds_of_comments_come_last() -> None:
    found = feeds(link("/comments/feed"), link("/feed"))
    assert found == ["https://harbour.example/feed", "https://harbour.example/comments/feed"]


def test_the_base_of_a_page_counts() -> None:
    assert feeds('<base href="https://cdn.example/x/">', link("feed")) == ["https://cdn.example/x/feed"]


@given(st.binary(max_size=200))
def test_no_bytes_make_it_raise(body: bytes) -> None:
    find_feeds(body, BASE)
    find_feeds(b"<link rel=alternate type=application/rss+xml href=" + body, BASE)
