"""What publishers reserve, in headers and in pages, and which of it is heeded."""

from pathlib import Path

import pytest
from gathering import Newsdesk
from hypothesis import given
from hypothesis import strategies as st
from records import a_source
from webserver import Answer, Web

from transforms.fetch.consent import RESERVATIONS, reserved

ALL = tuple(RESERVATIONS)


@pytest.mark.parametrize(
    ("headers", "page", "reason"),
    [
        ({}, "", None),
        ({"x-robots-tag": "nofollow, max-snippet:20"}, "", None),
        ({"x-robots-tag": "noindex"}, "", "noindex"),
        ({"x-robots-tag": "otherbot: noindex"}, "", None),
        ({"x-robots-tag": "newsbeam: none"}, "", "noindex"),
        ({"x-robots-tag": "noai, noimageai"}, "", "noai"),
        ({"tdm-reservation": "1"}, "", "tdm_reserved"),
        ({"tdm-reservation": "0"}, "", None),
        ({}, '<META content="NOINDEX" name=Robots>', "noindex"),
        ({}, "<meta name='newsbeam' content='noai'>", "noai"),
        ({}, '<meta name="googlebot" content="noindex">', None),
        ({}, '<meta name="tdm-reservation" content="1">', "tdm_reserved"),
        ({}, "<p>noindex, noai</p>", None),
    ],
)
def test_a_reservation_is_heard(headers: dict[str, str], page: str, reason: str | None) -> None:
    found = reserved(headers, page.encode(), ALL)
    assert (found.reason if found else None) == reason


def test_what_is_not_to_be_heeded_is_not() -> None:
    assert reserved({"x-robots-tag": "noindex"}, b"", ("noai",)) is None


@given(st.text(max_size=60), st.binary(max_size=200))
def test_no_header_and_no_page_makes_it_raise(value: str, body: bytes) -> None:
    reserved({"x-robots-tag": value, "tdm-reservation": value}, b"<meta " + body, ALL)


@pytest.mark.parametrize(("heed", "outcome"), [(ALL, "rejected"), ((), "published")])
def test_the_operator_says_what_is_heeded(heed: tuple[str, ...], outcome: str, tmp_path: Path) -> None:
    page = Answer("<p>Talks</p>", headers={"X-Robots-Tag": "noai"})
    feed = Answer('<rss version="2.0"><channel><item><guid>g</guid><link>/1</link></item></channel></rss>')
    with Web({"/feed": feed, "/1": page}) as web:
        taken = Newsdesk(tmp_path, fetching={"heed": heed}).take(a_source(location=web.url("/feed")))
    assert taken.outcomes() == {"g": outcome}
