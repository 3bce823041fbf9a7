"""Sources of every kind, polled and fetched over real sockets and files."""

import html
from collections.abc import Iterator
from pathlib import Path

import pytest
from archived import WORDS, packed, page, response
from gathering import Newsdesk
from records import DAY, a_source
from webserver import Answer
from webserver import Web as Site

RSS = "application/rss+xml"
PAGE = Answer("<html><p>They met.</p></html>")


@pytest.fixture(name="site")
def a_site() -> Iterator[Site]:
    with Site() as site:
        yield site


def full(*numbers: int, guid: str = "guid", words: str = WORDS) -> str:
    """Return a feed that carries its articles whole."""
    content = html.escape(f"<p>{words}</p>")
    items = "".join(
        f"<item><guid isPermaLink='false'>{guid}-{n}</guid><link>/{n}</link><title>Talks {n}</title>"
        f"<description>Short.</description><content:encoded>{content}</content:encoded></item>"
        for n in numbers
    )
    space = "http://purl.org/rss/1.0/modules/content/"
    return f'<rss version="2.0" xmlns:content="{space}"><channel>{items}</channel></rss>'


# --- pages that name their feed ---------------------------------------------------------------------------------------


def test_a_page_leads_to_its_feed_and_a_note_says_so(site: Site, tmp_path: Path) -> None:
    site.routes |= {
        "/": Answer('<html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head></html>'),
        "/rss": Answer(full(1), content_type=RSS),
        "/1": PAGE,
    }
    taken = Newsdesk(tmp_path).take(a_source(location=site.url("/")))
    assert taken.outcomes() == {"guid-1": "published"}
    (note,) = taken.rejects
    assert (note.reason, note.counted) == ("feed_found", False)
    assert note.detail.endswith(f'Write in sources.toml: url = "{site.url("/rss")}".')


def test_a_page_whose_feed_cannot_be_read_is_a_failed_poll(site: Site, tmp_path: Path) -> None:
    site.routes["/"] = Answer('<link rel="alternate" type="application/rss+xml" href="/rss">')
    taken = Newsdesk(tmp_path).take(a_source(location=site.url("/")))
    assert (taken.poll().status, taken.poll().reason) == ("failed", "gone")
    assert site.url("/rss") in taken.rejects[0].detail


# --- lists of addresses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["web", "file"])
def test_a_list_of_addresses_is_fetched_once(where: str, site: Site, tmp_path: Path) -> None:
    words = f"# the harbour\n{site.url('/1')}\n{site.url('/2')}\n{site.url('/1')}\nftp://harbour.example/3\n"
    site.routes |= {"/list": Answer(words, content_type="text/plain"), "/1": PAGE, "/2": PAGE}
    (tmp_path / "list.txt").write_text(words)
    location = site.url("/list") if where == "web" else str(tmp_path / "list.txt")
    source = a_source(kind="urls", location=location)
    desk = Newsdesk(tmp_path)
    expected = {site.url("/1"): "published", site.url("/2"): "published", "ftp://harbour.example/3": "rejected"}
    assert desk.take(source).outcomes() == expected
    assert set(desk.take(source).outcomes().values()) <= {"unchanged"}
    assert site.count("/1") == 1


# --- archives ---------------------------------------------------------------------------------------------------------


def test_pages_of_an_archive_are_taken_from_it_and_nobody_is_asked(site: Site, tmp_path: Path) -> None:
    records = [response(n, url=site.url(f"/{n}"), body=page(f"Talks {n}.")) for n in (1, 2)]
    whole = packed([*records, response(3, content_type="image/png")])
    cut = packed([response(4, url=site.url("/4"))])[:-30]
    (tmp_path / "crawl.warc.gz").write_bytes(whole + cut)
    taken = Newsdesk(tmp_path).take(a_source(kind="warc", location=str(tmp_path / "crawl.warc.gz")))
    assert [each.body for each in taken.pages] == [page("Talks 1."), page("Talks 2.")]
    assert [each.final_url for each in taken.pages] == [site.url("/1"), site.url("/2")]
    assert set(taken.reasons().values()) == {"unreadable_file"}
    assert [each.detail for each in taken.rejects if not each.counted] == ["1 records are no pages: 1 image/png."]
    assert site.requests == []


# --- feeds that carry their articles ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer", [Answer(status=403), Answer(status=500), Answer(delay_s=600)], ids=["403", "500", "silent"]
)
def test_what_a_feed_carries_stands_for_a_page_that_cannot_be_reached(
    answer: Answer, site: Site, tmp_path: Path
) -> None:
    site.routes |= {"/feed": Answer(full(1), content_type=RSS), "/1": answer}
    taken = Newsdesk(tmp_path, deadline_s=0.7).take(a_source(location=site.url("/feed")))
    (found,) = taken.pages
    assert WORDS.strip().encode() in found.body
    assert found.final_url == site.url("/1")
    assert [(each.reason, each.counted) for each in taken.rejects] == [("page_unreachable", False)]


def test_a_page_that_is_gone_or_forbidden_is_left_alone(site: Site, tmp_path: Path) -> None:
    site.routes |= {
        "/feed": Answer(full(1, 2), content_type=RSS),
        "/robots.txt": Answer("User-agent: *\nDisallow: /1", content_type="text/plain"),
    }
    taken = Newsdesk(tmp_path).take(a_source(location=site.url("/feed")))
    assert taken.reasons() == {"guid-1": "robots_denied", "guid-2": "gone"}


def test_where_the_source_says_so_the_text_of_the_feed_is_taken_and_no_page_is_asked_for(
    site: Site, tmp_path: Path
) -> None:
    site.routes["/feed"] = Answer(full(1), content_type=RSS)
    source = a_source(location=site.url("/feed"), content="feed")
    desk = Newsdesk(tmp_path)
    assert desk.take(source).outcomes() == {"guid-1": "published"}
    assert site.paths() == ["/feed"]
    assert desk.take(source).outcomes() == {"guid-1": "unchanged"}
    site.routes["/feed"] = Answer(full(1, words=f"{WORDS} And parted."), content_type=RSS)
    assert desk.take(source).outcomes() == {"guid-1": "published"}


# --- guids that prove unstable ----------------------------------------------------------------------------------------


def test_a_feed_that_makes_up_its_guids_has_nothing_new(site: Site, tmp_path: Path) -> None:
    site.routes |= {"/feed": Answer(full(1, 2, guid="monday"), content_type=RSS), "/1": PAGE, "/2": PAGE}
    source = a_source(location=site.url("/feed"))
    desk = Newsdesk(tmp_path)
    assert set(desk.take(source).outcomes().values()) == {"published"}
    site.routes["/feed"] = Answer(full(1, 2, guid="tuesday"), content_type=RSS)
    assert desk.take(source).outcomes() == {"monday-1": "unchanged", "monday-2": "unchanged"}
    assert site.count("/1") == 1


# --- what is to be tried again ----------------------------------------------------------------------------------------


def test_what_failed_is_tried_again_though_the_feed_says_that_nothing_changed(site: Site, tmp_path: Path) -> None:
    site.routes |= {
        "/feed": Answer(full(1).replace("content:encoded", "x"), content_type=RSS),
        "/1": Answer(status=503),
    }
    source = a_source(location=site.url("/feed"))
    desk = Newsdesk(tmp_path)
    assert desk.take(source).reasons() == {"guid-1": "http_error"}
    site.routes |= {"/feed": Answer(status=304), "/1": PAGE}
    desk.take(source)
    site.routes["/feed"] = Answer(raw=b"HTTP/1.1 304 Not Modified\r\n\r\n")
    assert site.count("/1") == 2
    assert desk.take(source, after=DAY).outcomes() in ({}, {"guid-1": "unchanged"})


# --- credentials ------------------------------------------------------------------------------------------------------


def test_headers_go_to_the_host_of_the_source_alone(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARBOUR_TOKEN", "Bearer canary-7f3a")
    with Site() as other:
        other.routes["/2"] = other.routes["/3"] = PAGE
        items = f"<item><link>{site.url('/1')}</link></item><item><link>{other.url('/2')}</link></item>"
        site.routes |= {
            "/feed": Answer(f'<rss version="2.0"><channel>{items}</channel></rss>', content_type=RSS),
            "/1": Answer(status=302, headers={"Location": other.url("/3")}),
        }
        source = a_source(location=site.url("/feed"), headers=["Authorization=HARBOUR_TOKEN"])
        taken = Newsdesk(tmp_path).take(source)
        assert set(taken.outcomes().values()) == {"published"}
        sent = {each.path: each.headers.get("Authorization") for each in (*site.requests, *other.requests)}
    assert (sent["/feed"], sent["/1"], sent["/2"], sent["/3"]) == ("Bearer canary-7f3a",) * 2 + (None,) * 2
    assert "canary" not in repr(taken)


def test_a_header_whose_variable_is_not_set_is_a_failed_poll(site: Site, tmp_path: Path) -> None:
    source = a_source(location=site.url("/feed"), headers=["Authorization=NOT_SET_ANYWHERE"])
    taken = Newsdesk(tmp_path).take(source)
    assert taken.poll().reason == "credentials_missing"
    assert site.requests == []
