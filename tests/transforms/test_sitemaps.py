"""What sitemaps list: news, plain, indexes over a real socket; every damage and every bound, told and never silent."""

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webserver import Answer
from webserver import Web as Site

from schemas.reject import REASONS
from transforms.fetch.http import Failure, Options, Web
from transforms.fetch.patience import Patience
from transforms.poll import sitemaps
from transforms.poll.listing import Listed, Listing
from transforms.poll.sitemaps import Sitemap, read_sitemap, read_sitemaps
from transforms.scrub import is_clean

BASE = "https://harbour.example/sitemap.xml"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"

SHARED = Path(__file__).parents[3] / "shared/data/feeds"


def micros(year: int, month: int, day: int, hour: int = 0) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp()) * 1_000_000


def urlset(*urls: str, head: str = f' xmlns:news="{NEWS}"') -> bytes:
    return f'<urlset xmlns="{SITEMAPS}"{head}>{"".join(f"<url>{each}</url>" for each in urls)}</urlset>'.encode()


def index(*sitemaps: str) -> bytes:
    inside = "".join(f"<sitemap>{each}</sitemap>" for each in sitemaps)
    return f'<sitemapindex xmlns="{SITEMAPS}">{inside}</sitemapindex>'.encode()


def loc(url: object) -> str:
    return f"<loc>{url}</loc>"


def news(title: str = "Talks", date: str = "2026-03-02T08:00:00+02:00", language: str = "en") -> str:
    return (
        f"<news:news><news:publication><news:name>The Harbour Post</news:name><news:language>{language}</news:language>"
        f"</news:publication><news:publication_date>{date}</news:publication_date><news:title>{title}</news:title>"
        "</news:news>"
    )


TALKS = loc("https://harbour.example/talks")
FERRY = loc("https://harbour.example/ferry")


def only(sitemap: Sitemap) -> Listed:
    (entry,) = sitemap.listed
    return entry


def reason_of(sitemap: Sitemap) -> str:
    assert not sitemap.listed
    assert sitemap.problem is not None
    return sitemap.problem.reason


# --- one document ---------------------------------------------------------------------------------------------------


def test_a_news_sitemap_says_title_time_and_language() -> None:
    entry = only(read_sitemap(urlset(TALKS + news("Talks &amp;amp; tea", language="pt-BR")), BASE))
    assert (entry.url, entry.entry_id) == ("https://harbour.example/talks",) * 2
    assert (entry.title, entry.language) == ("Talks & tea", "pt")
    assert (entry.published, entry.published_offset_s) == (micros(2026, 3, 2, 6), 7_200)
    assert (entry.reason, entry.notes) == (None, [])


def test_a_day_without_a_time_begins_where_the_outlet_is() -> None:
    entry = only(read_sitemap(urlset(TALKS + news(date="2026-03-02")), BASE, "America/New_York"))
    assert entry.published == micros(2026, 3, 2, 5)


def test_a_date_that_is_none_is_noted_and_the_entry_goes_on() -> None:
    entry = only(read_sitemap(urlset(TALKS + news(date="yesterday")), BASE))
    assert (entry.published, [note.reason for note in entry.notes]) == (None, ["absurd_date"])


def test_lastmod_is_no_date_of_publication_but_a_change_of_it_is_a_change() -> None:
    first, second = (
        only(read_sitemap(urlset(f"{TALKS}<lastmod>{day}</lastmod>"), BASE)) for day in ("2026-03-02", "2026-03-03")
    )
    assert first.published is None
    assert first.fingerprint != second.fingerprint


@pytest.mark.parametrize(
    "body",
    [
        urlset(TALKS + news(), head=""),
        urlset(TALKS + news()).replace(SITEMAPS.encode(), b"http://www.google.com/schemas/sitemap/0.84"),
        b"\n\n<?xml version='1.0'?>" + urlset(TALKS + news()),
        urlset(loc("<![CDATA[ https://harbour.example/talks ]]>") + news()),
        urlset(loc(" https://harbour.<!-- here -->example/talks\n") + news()),
        urlset("https://harbour.example/talks" + news()),
        urlset(news() + "<image:image><image:loc>https://harbour.example/a.jpg</image:loc></image:image>" + TALKS),
        gzip.compress(urlset(TALKS + news())),
        '<?xml version="1.0" encoding="UTF-16"?>'.encode("utf-16") + urlset(TALKS + news()).decode().encode("utf-16le"),
    ],
    ids=["prefix", "namespace", "late declaration", "CDATA", "comment", "no loc", "picture", "gzip", "UTF-16"],
)
def test_what_sites_write_otherwise_is_read_the_same(body: bytes) -> None:
    sitemap = read_sitemap(body, BASE)
    assert (only(sitemap).url, only(sitemap).title) == ("https://harbour.example/talks", "Talks")
    assert sitemap.gaps == []


def test_relative_addresses_are_resolved_and_those_that_are_none_are_told() -> None:
    listed = read_sitemap(urlset(loc("/talks"), loc("ftp://a.example/"), "<lastmod>2026</lastmod>"), BASE).listed
    assert listed[0].url == "https://harbour.example/talks"
    assert [entry.reason for entry in listed] == [None, "bad_url", "entry_without_link"]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "The answer begins with ''."),
        (b"\0" * 1_000, "The answer begins with"),
        (b"<!DOCTYPE html><html><body><p>Subscribe</p></body></html>", "The answer is an HTML page."),
        (b'<rss version="2.0"><channel/></rss>', 'The answer is a feed, <rss>: kind = "feed" reads it.'),
        (b"https://harbour.example/talks\n", "The answer begins with 'https://harbour.example/talks"),
        (gzip.compress(b"no sitemap")[:-4], "The answer begins with"),
    ],
    ids=["empty", "NUL", "HTML", "RSS", "words", "cut gzip"],
)
def test_what_is_no_sitemap_is_refused_and_named(body: bytes, detail: str) -> None:
    sitemap = read_sitemap(body, BASE)
    assert reason_of(sitemap) == "not_a_feed"
    assert sitemap.problem is not None
    assert sitemap.problem.detail.startswith(detail)


@pytest.mark.parametrize(
    "body",
    [
        urlset(TALKS, FERRY).removesuffix(b"</urlset>"),
        urlset(TALKS, FERRY + "<lastmod>a & b</lastmod>"),
        urlset(TALKS, FERRY + "&nosuch;"),
    ],
    ids=["cut", "ampersand", "entity"],
)
def test_a_broken_sitemap_gives_what_can_be_read_and_says_where(body: bytes) -> None:
    sitemap = read_sitemap(body, BASE)
    assert [entry.url for entry in sitemap.listed] == ["https://harbour.example/talks", "https://harbour.example/ferry"]
    assert sitemap.gaps[0].startswith("What follows line 1 (")


OUTSIDE = {
    "entity": '<!DOCTYPE urlset [<!ENTITY e SYSTEM "{}">]>',
    "parameter": '<!DOCTYPE urlset [<!ENTITY % p SYSTEM "{}"> %p;]>',
    "document type": '<!DOCTYPE urlset SYSTEM "{}">',
}


@pytest.mark.parametrize("how", OUTSIDE)
def test_no_file_and_no_address_is_read_for_an_entity(how: str, site: Site, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("<!ENTITY e 'secret'>" if how != "entity" else "secret")
    for secret in (f"file://{tmp_path}/secret", site.url("/secret")):
        sitemap = read_sitemap(OUTSIDE[how].format(secret).encode() + urlset(TALKS + news("A &e; B")), BASE)
        assert only(sitemap).title == "A B"
    assert site.requests == []


def test_an_entity_of_the_document_itself_is_left_out_too() -> None:
    dtd = b'<!DOCTYPE urlset [<!ENTITY e "grown">]>'
    assert only(read_sitemap(dtd + urlset(TALKS + news("A &e; B")), BASE)).title == "A B"


@pytest.mark.parametrize("where", ["&e9;", "<image:image title='&e9;'/>"], ids=["text", "attribute"])
def test_entities_that_grow_are_not_expanded(where: str) -> None:
    grown = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    dtd = f'<!DOCTYPE urlset [<!ENTITY e0 "{"x" * 100}">{grown}]>'
    sitemap = read_sitemap(dtd.encode() + urlset(TALKS, FERRY + news(f"A {where}")), BASE)
    assert sitemap.listed[0].url == "https://harbour.example/talks"
    assert sum(len(entry.title or "") for entry in sitemap.listed) < 100


def test_a_sitemap_that_unpacks_to_more_than_the_cap_is_refused() -> None:
    assert reason_of(read_sitemap(gzip.compress(b" " * 11 * 2**20), BASE)) == "too_large"


def test_addresses_beyond_the_cap_are_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MAX_URLS", 3)
    sitemap = read_sitemap(urlset(*(loc(f"/{n}") for n in range(5))), BASE)
    assert [entry.url for entry in sitemap.listed] == [f"https://harbour.example/{n}" for n in range(3)]
    assert sitemap.gaps == ["2 addresses beyond 3."]


@given(st.binary(max_size=200) | st.text().map(lambda text: urlset(loc(text) + news(text, text, text))[:-9]))
def test_any_bytes_give_a_listing_or_a_reason_and_only_clean_text(noise: bytes) -> None:
    sitemap = read_sitemap(noise, BASE)
    assert sitemap.problem is None or sitemap.problem.reason in REASONS
    assert all(is_clean(text) for entry in sitemap.listed for text in (entry.title, entry.url, entry.entry_id) if text)


# --- indexes --------------------------------------------------------------------------------------------------------


@pytest.fixture(name="site")
def a_site() -> Iterator[Site]:
    with Site() as site:
        yield site


def read(site: Site, first: bytes, most_s: float = 900.0) -> Listing:
    """Return what `first`, at /sitemap.xml of the site, leads to."""
    with Web(Options(allow_private=True, deadline_s=1.0)) as web:
        return read_sitemaps(first, site.url("/sitemap.xml"), web.get, patience=Patience(most_s))


def paths(site: Site, listing: Listing) -> list[str]:
    return [entry.url.removeprefix(site.url("")) for entry in listing.entries]


def gap_of(listing: Listing) -> str:
    assert listing.note is not None
    assert (listing.note.reason, listing.failed) == ("feed_damaged", False)
    return listing.note.detail


def test_an_index_is_followed_the_sitemap_that_changed_last_first(site: Site) -> None:
    site.routes |= {f"/{name}.xml": Answer(urlset(loc(f"/{name}"))) for name in ("old", "new", "undated")}
    site.routes["/new.xml"] = Answer(gzip.compress(urlset(loc("/new"))))
    old, new = "<lastmod>2026-03-01</lastmod>", "<lastmod>2026-03-02T06:00:00Z</lastmod>"
    listing = read(site, index(loc("/undated.xml"), loc("/old.xml") + old, loc("/new.xml") + new))
    assert paths(site, listing) == ["/new", "/old", "/undated"]
    assert (listing.note, listing.parts) == (None, 4)


def test_an_index_that_leads_in_a_circle_is_read_once(site: Site) -> None:
    site.routes["/inner.xml"] = Answer(index(loc("/sitemap.xml"), loc("/inner.xml"), loc("/a.xml"), loc("/a.xml")))
    site.routes["/a.xml"] = Answer(urlset(loc("/a")))
    assert paths(site, read(site, index(loc("/inner.xml")))) == ["/a"]
    assert site.paths() == ["/inner.xml", "/a.xml"]


def test_an_address_that_several_sitemaps_list_is_one_entry(site: Site) -> None:
    site.routes |= {f"/{name}.xml": Answer(urlset(loc("/a"), loc(f"/{name}"))) for name in ("b", "c")}
    assert paths(site, read(site, index(loc("/b.xml"), loc("/c.xml")))) == ["/a", "/b", "/c"]


def test_a_sitemap_that_is_broken_is_told_and_stops_no_other(site: Site) -> None:
    site.routes |= {"/b.xml": Answer(status=500), "/c.xml": Answer("<html/>"), "/a.xml": Answer(urlset(loc("/a")))}
    listing = read(site, index(loc("/b.xml"), loc("/c.xml"), loc("/a.xml")))
    assert paths(site, listing) == ["/a"]
    gap = gap_of(listing)
    assert f"{site.url('/b.xml')}: HTTP 500" in gap
    assert f"{site.url('/c.xml')}: The answer is an HTML page." in gap


def test_an_index_of_which_no_sitemap_can_be_read_has_failed(site: Site) -> None:
    site.routes |= {"/b.xml": Answer(status=500), "/c.xml": Answer("<html/>")}
    listing = read(site, index(loc("/b.xml"), loc("/c.xml")))
    assert (listing.failed, listing.note and listing.note.reason) == (True, "http_error")


def test_an_empty_index_and_an_empty_sitemap_list_nothing(site: Site) -> None:
    assert read(site, index()) == read(site, urlset()) == Listing([])


def test_sitemaps_of_another_host_are_not_asked_for(site: Site) -> None:
    with Site() as other:
        other.routes["/a.xml"] = Answer(urlset(loc("/a")))
        gap = gap_of(read(site, index(loc(other.url("/a.xml")))))
    assert other.requests == []
    assert "1 sitemaps on another host, to be listed as sources of their own." in gap


def _deep(site: Site, _: pytest.MonkeyPatch) -> bytes:
    for depth in range(1, 5):
        site.routes[f"/{depth}.xml"] = Answer(index(loc(f"/{depth + 1}.xml")))
    return index(loc("/1.xml"))


def _wide(site: Site, monkeypatch: pytest.MonkeyPatch, **bounds: int) -> bytes:
    for name, value in bounds.items():
        monkeypatch.setattr(sitemaps, name, value)
    site.routes |= {f"/{n}.xml": Answer(urlset(loc(f"/{n}"))) for n in range(5)}
    return index(*(loc(f"/{n}.xml") for n in range(5)))


BOUNDS: dict[str, tuple[Callable[[Site, pytest.MonkeyPatch], bytes], int, str]] = {
    "depth": (_deep, 2, "1 sitemaps more than 2 indexes deep."),
    "number": (lambda *to: _wide(*to, MAX_SITEMAPS=2), 2, "3 sitemaps beyond 2 sitemaps"),
    "size": (lambda *to: _wide(*to, MAX_TOTAL_BYTES=250), 2, "3 sitemaps beyond 50 sitemaps, 250 bytes"),
    "addresses": (lambda *to: _wide(*to, MAX_URLS=3), 3, "2 sitemaps beyond 50 sitemaps"),
}


@pytest.mark.parametrize("bound", BOUNDS)
def test_what_lies_beyond_a_bound_is_not_asked_for_and_told(
    bound: str, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    web_of, asked, gap = BOUNDS[bound]
    assert gap in gap_of(read(site, web_of(site, monkeypatch)))
    assert len(site.requests) == asked


def test_a_host_that_falls_silent_is_left_alone() -> None:
    asked: list[str] = []

    def silence(url: str) -> Failure:
        asked.append(url)
        return Failure("timeout", "No answer.")

    listing = read_sitemaps(index(*(loc(f"/{n}") for n in range(9))), BASE, silence, patience=Patience(900.0))
    assert (len(asked), listing.failed, listing.note and listing.note.reason) == (3, True, "timeout")


def test_the_hosts_share_of_a_run_bounds_an_index(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "5 sitemaps not asked for (over_budget)." in gap_of(read(site, _wide(site, monkeypatch), most_s=0.0))
    assert site.requests == []


# --- real ones ------------------------------------------------------------------------------------------------------


def _documents() -> Sequence[dict[str, Any]]:
    listed = SHARED / "index.json"
    documents = json.loads(listed.read_text())["documents"] if listed.exists() else []
    return [each for each in documents if "sitemap" in each["kind"]]


@pytest.mark.skipif(not SHARED.exists(), reason="../shared is not here")
@pytest.mark.parametrize("document", _documents(), ids=lambda each: Path(each["file"]).stem)
def test_every_real_sitemap_is_read(document: dict[str, Any]) -> None:
    sitemap = read_sitemap((SHARED / document["file"]).read_bytes(), BASE)
    truth = document["truth"]
    assert (sitemap.problem, list(sitemap.gaps)) == (None, [])
    assert len(sitemap.listed) + len(sitemap.sitemaps) == truth["entries"] == truth["with_link"]
    assert sum(entry.title is not None for entry in sitemap.listed) == truth["with_title"]
    if document["kind"] == "news sitemap":
        assert all(entry.published for entry in sitemap.listed)
