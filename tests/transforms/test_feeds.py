"""What feeds list: every form and every damage that is met, as entries or as a reason."""

import gzip
import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.reject import REASONS
from transforms.poll import syndication
from transforms.poll.feeds import read_feed, text_of
from transforms.poll.listing import MAX_SUMMARY, MAX_TITLE, Listed, Listing, Note
from transforms.scrub import is_clean

BASE = "https://harbour.example/feeds/world.xml"

SHARED = Path(__file__).parents[3] / "shared/data/feeds"


def micros(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp()) * 1_000_000


def rss(*items: str, head: str = "") -> bytes:
    return f'<rss version="2.0"{head}><channel>{"".join(map(_item, items))}</channel></rss>'.encode()


def _item(inside: str) -> str:
    return f"<item>{inside}</item>"


def atom(*entries: str, head: str = "") -> bytes:
    inside = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<feed xmlns="http://www.w3.org/2005/Atom"{head}>{inside}</feed>'.encode()


LINK = "<link>https://harbour.example/talks</link>"


def only(listing: Listing) -> Listed:
    (entry,) = listing.entries
    return entry


def an_item(inside: str, **more: Any) -> Listed:
    """Return what an RSS item lists that has a link and `inside`."""
    return only(read_feed(rss(LINK + inside, **more), BASE))


def reason_of(listing: Listing) -> str:
    assert listing.failed
    assert not listing.entries
    assert listing.note is not None
    return listing.note.reason


# --- forms ----------------------------------------------------------------------------------------------------------

RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/">
  <item rdf:about="https://harbour.example/talks"><title>Talks</title><link>https://harbour.example/talks</link>
    <description>They met.</description><dc:date>2026-03-02T08:00:00+02:00</dc:date><dc:creator>Ada Quill</dc:creator>
  </item></rdf:RDF>"""

FORMS = {
    "rss": rss(
        f"<title>Talks</title>{LINK}<description>They met.</description><author>Ada Quill</author>"
        "<pubDate>Mon, 02 Mar 2026 08:00:00 +0200</pubDate>"
    ),
    "atom": atom(
        '<title>Talks</title><link href="https://harbour.example/talks"/><summary>They met.</summary>'
        "<author><name>Ada Quill</name></author><published>2026-03-02T08:00:00+02:00</published>"
    ),
    "rdf": RDF,
}


@pytest.mark.parametrize("form", FORMS)
def test_rss_atom_and_rdf_say_the_same(form: str) -> None:
    entry = only(read_feed(FORMS[form], BASE))
    assert (entry.title, entry.url, entry.summary) == ("Talks", "https://harbour.example/talks", "They met.")
    assert (entry.authors, entry.published, entry.published_offset_s) == (["Ada Quill"], micros(2026, 3, 2, 6), 7_200)
    assert (entry.reason, entry.notes) == (None, [])


@pytest.mark.parametrize("body", [rss(), atom()], ids=["rss", "atom"])
def test_a_feed_without_entries_lists_nothing(body: bytes) -> None:
    assert read_feed(body, BASE) == Listing([])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        b"\0" * 1_000,
        b"<!DOCTYPE html><html><body><p>Subscribe</p></body></html>",
        b'{"version": "https://jsonfeed.org/version/1234", "items": []}',
        b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://a.example/</loc></url></urlset>',
        b"\x89PNG\r\n\x1a\n",
        b"Not found",
        gzip.compress(b"not a feed")[:-4],
    ],
    ids=["empty", "blank", "NUL", "HTML", "JSON", "sitemap", "picture", "words", "cut gzip"],
)
def test_what_is_no_feed_is_refused(body: bytes) -> None:
    assert reason_of(read_feed(body, BASE)) == "not_a_feed"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"<!doctype HTML><title>Sign in</title>", "The answer is an HTML page."),
        (b"", "The answer is empty."),
        (b" \n", "The answer is empty."),
    ],
    ids=["HTML", "empty", "blank"],
)
def test_what_came_in_place_of_a_feed_is_named(body: bytes, detail: str) -> None:
    assert read_feed(body, BASE).note == Note("not_a_feed", detail)


def test_of_a_long_feed_no_entry_is_lost() -> None:
    items = "".join(f"<item><link>/{number}</link></item>" for number in range(5_000))
    listing = read_feed(f'<rss version="2.0"><channel>{items}</channel></rss>'.encode(), BASE)
    assert (len({each.url for each in listing.entries}), listing.note) == (5_000, None)


@pytest.mark.parametrize(
    "body",
    [
        rss(LINK, LINK.replace("talks", "ferry")).removesuffix(b"</channel></rss>"),
        rss(LINK + "<title>Ferro & sons</title>", LINK.replace("talks", "ferry")),
        rss(LINK + "<title>&nosuch; &#1;</title>", LINK.replace("talks", "ferry")),
        b"\n\n<?xml version='1.0'?>" + rss(LINK, LINK.replace("talks", "ferry")),
    ],
    ids=["cut", "ampersand", "entity", "late declaration"],
)
def test_a_damaged_feed_gives_what_can_be_read_and_says_so(body: bytes) -> None:
    listing = read_feed(body, BASE)
    assert [entry.url for entry in listing.entries] == [
        "https://harbour.example/talks",
        "https://harbour.example/ferry",
    ]
    assert not listing.failed
    assert listing.note is not None
    assert listing.note.reason == "feed_damaged"


def test_a_damaged_feed_that_gives_nothing_has_failed() -> None:
    whole, cut = read_feed(rss(), BASE), read_feed(rss()[:-9], BASE)
    assert (whole.failed, whole.note) == (False, None)
    assert cut.failed


def test_a_feed_that_is_gzip_inside_is_unpacked() -> None:
    assert only(read_feed(gzip.compress(rss(LINK)), BASE)).url == "https://harbour.example/talks"


def test_a_feed_that_unpacks_to_more_than_the_cap_is_refused() -> None:
    assert reason_of(read_feed(gzip.compress(b" " * 11 * 2**20), BASE)) == "too_large"


# --- what costs too much --------------------------------------------------------------------------------------------


def test_a_feed_is_read_in_a_process_of_its_own_with_the_same_result() -> None:
    items = [
        f"<title>Talks {n}\U0001f6a2&#xD800;</title><link>/{n}</link><pubDate>2026-03-02</pubDate>" for n in range(300)
    ]
    assert syndication.parse(rss(*items), BASE, "text/xml") == syndication.read(rss(*items), BASE, "text/xml")


def test_a_feed_that_takes_too_long_is_given_up() -> None:
    """feedparser's time for the attributes of one tag grows with more than their square."""
    body = rss().replace(b"<channel>", b"<channel " + b"".join(b'a%d="" ' % n for n in range(60_000)) + b">")
    assert syndication.parse(body, BASE, "text/xml", timeout_s=1.0) is None


def test_a_feed_that_was_given_up_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transforms.poll.feeds.parse", lambda *given: None)
    assert reason_of(read_feed(rss(LINK), BASE)) == "too_costly"


def test_entities_that_grow_without_end_are_not_followed() -> None:
    grow = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e0 "ha">{grow}]>'.encode()
    assert len(only(read_feed(bomb + rss(LINK + "<title>&e9;</title>"), BASE)).title or "") <= MAX_TITLE


def test_no_file_is_read_for_an_entity(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("sesame")
    declared = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e SYSTEM "{(tmp_path / "secret").as_uri()}">]>'.encode()
    listing = read_feed(declared + rss(LINK + "<title>Open &e;</title>"), BASE)
    assert "sesame" not in str(listing)


# --- addresses and ids ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/talks", "https://harbour.example/talks"),
        ("talks?id=1&amp;utm_source=rss#top", "https://harbour.example/feeds/talks?id=1&utm_source=rss"),
        ("//www.harbour.example/talks", "https://www.harbour.example/talks"),
        ("\n  HTTPS://Harbour.Example:443/t%7Ealks \n", "https://harbour.example/t~alks"),
        ("https://hafen.example/gespräche in köln", "https://hafen.example/gespr%C3%A4che%20in%20k%C3%B6ln"),
    ],
)
def test_links_are_made_absolute_and_normal(link: str, url: str) -> None:
    assert only(read_feed(rss(f"<link>{link}</link>"), BASE)).url == url


def test_xml_base_goes_before_the_feeds_own_address() -> None:
    body = atom('<link href="talks"/>', '<link xml:base="https://b.example/c/" href="ferry"/>', head=' xml:base="/a/"')
    urls = [entry.url for entry in read_feed(body, BASE).entries]
    assert urls == ["https://harbour.example/a/talks", "https://b.example/c/ferry"]


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "file:///etc/hostname", "mailto:desk@harbour.example", "http://"]
)
def test_an_entry_whose_address_is_no_web_address_says_so(link: str) -> None:
    entry = only(read_feed(rss(f"<title>Talks</title><link>{link}</link><guid isPermaLink='false'>7</guid>"), BASE))
    assert (entry.entry_id, entry.reason) == ("7", "bad_url")


def test_an_entry_without_any_address_says_so() -> None:
    entry = only(read_feed(rss("<title>Talks</title><guid isPermaLink='false'>7</guid>"), BASE))
    assert (entry.entry_id, entry.url, entry.reason) == ("7", "", "entry_without_link")


def test_a_guid_that_is_an_address_stands_in_for_the_link() -> None:
    entry = only(read_feed(rss("<title>Talks</title><guid>https://harbour.example/talks</guid>"), BASE))
    assert (entry.entry_id, entry.url) == ("https://harbour.example/talks",) * 2


@pytest.mark.parametrize("body", [rss(LINK + "<guid>a/7</guid>"), atom('<id>a/7</id><link href="/talks"/>')])
def test_a_guid_is_a_name_and_stays_as_it_is_when_the_feed_moves(body: bytes) -> None:
    assert {only(read_feed(body, base)).entry_id for base in (BASE, "https://elsewhere.example/")} == {"a/7"}


def test_an_entry_without_guid_goes_by_its_address_and_without_that_by_what_it_says() -> None:
    assert an_item("").entry_id == "https://harbour.example/talks"
    first, second = read_feed(rss("<title>One</title>", "<title>Two</title>"), BASE).entries
    assert first.entry_id == first.fingerprint != second.entry_id


def test_of_entries_of_one_id_and_address_the_newest_is_taken_in_any_order() -> None:
    old, new = (f"{LINK}<guid>7</guid><title>{n}</title><pubDate>2026-03-0{n}</pubDate>" for n in (1, 2))
    assert only(read_feed(rss(old, new), BASE)) == only(read_feed(rss(new, old), BASE))
    assert only(read_feed(rss(old, new), BASE)).title == "2"


def test_entries_of_one_id_and_several_addresses_are_several_things() -> None:
    same, trap = (
        "<guid isPermaLink='false'>7</guid>",
        "<guid isPermaLink='false'>7 https://harbour.example/talks</guid>",
    )
    items = [LINK + same, LINK.replace("talks", "ferry") + same, LINK.replace("talks", "port") + trap]
    entries = read_feed(rss(*items), BASE).entries
    assert len({entry.entry_id for entry in entries}) == len(entries) == 3


def test_the_fingerprint_changes_with_what_the_feed_says_and_with_nothing_else() -> None:
    base = an_item("<title>Talks</title><description>They met.</description>")
    assert an_item("<description>They met.</description><title>Talks</title><category>x</category>") == base
    changes = ["<title>Talks!</title><description>They met.</description>", "<title>Talks</title>"]
    assert base.fingerprint not in {an_item(inside).fingerprint for inside in changes}


# --- text -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<title><![CDATA[Talks & <b>visits</b>]]></title>", "Talks & visits"),
        ("<title>Talks &amp;amp; visits</title>", "Talks & visits"),
        ("<title>5 &lt; 6 &gt; 4</title>", "5 < 6 > 4"),
        ("<title>\n  Talks\n\tin Lisbon </title>", "Talks in Lisbon"),
        ('<title>=HYPERLINK("https://a.example")</title>', '=HYPERLINK("https://a.example")'),
        ("<title>@SUM(1+1)</title>", "@SUM(1+1)"),
        ("<title></title>", None),
        ("", None),
    ],
)
def test_titles_are_text(markup: str, text: str | None) -> None:
    entry = an_item(markup)
    assert (entry.title, entry.notes) == (text, [])


@pytest.mark.parametrize("dirt", ["&#27;[31m", "&#0;", "\x00", "&#x9b;", "\u202e", "&#xd800;", "&#x110000;", "&#-1;"])
def test_no_character_that_is_forbidden_gets_through(dirt: str) -> None:
    entry = an_item(f"<title>Mini{dirt}ster</title>")
    assert (entry.title or "").startswith("Mini")
    assert is_clean(entry.title or "")


def test_an_escape_sequence_in_a_title_is_noted() -> None:
    entry = an_item("<title>Minister &#27;[31mresigns</title><author>A\u202eda</author>")
    assert (entry.title, entry.authors) == ("Minister resigns", ["Ada"])
    assert [note.reason for note in entry.notes] == ["mended_text"]


def test_scripts_and_styles_are_no_text() -> None:
    assert text_of("<p>Talks</p><script>alert(1)</script><style>p {}</style>in Lisbon").split() == [
        "Talks",
        "in",
        "Lisbon",
    ]


def test_long_fields_are_cut() -> None:
    entry = an_item(f"<title>{'t' * 9_000}</title><description>{'d' * 90_000}</description><guid>{'g' * 9_000}</guid>")
    assert [len(text or "") for text in (entry.title, entry.summary, entry.entry_id)] == [MAX_TITLE, MAX_SUMMARY, 1_000]


def test_a_long_author_costs_nothing() -> None:
    """feedparser's search for an e-mail address in it would take hours."""
    document = syndication.parse(rss(LINK + f"<author>{'a' * 1_000_000}</author>"), BASE, "text/xml", timeout_s=30.0)
    assert document is not None
    assert len(document.entries[0].authors[0]) <= 200


def test_markup_that_never_ends_costs_nothing() -> None:
    assert text_of("<a " * 1_000_000)


# --- dates ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "at", "offset_s"),
    [
        ("Mon, 02 Mar 2026 06:00:00 GMT", micros(2026, 3, 2, 6), 0),
        ("Mon, 02 Mar 2026 06:00:00 -0500", micros(2026, 3, 2, 11), -18_000),
        ("2026-03-02T06:00:00+05:30", micros(2026, 3, 2, 0, 30), 19_800),
        ("2026-03-02", micros(2026, 3, 2), None),
        ("Mon, 02 Mar 2026 06:00:00 EST", micros(2026, 3, 2, 11), -18_000),
        ("0001-01-01T00:00:00Z", micros(1, 1, 1), 0),
        ("9999-12-31T23:59:59Z", micros(9999, 12, 31, 23, 59) + 59_000_000, 0),
    ],
)
def test_dates_are_read_with_their_offset(words: str, at: int, offset_s: int | None) -> None:
    entry = an_item(f"<pubDate>{words}</pubDate>")
    assert (entry.published, entry.published_offset_s, entry.notes) == (at, offset_s, [])


@pytest.mark.parametrize("words", ["soon", "Mon, 99 Zzz 2026 99:00:00 GMT", "Seg, 2 Fev"])
def test_a_date_that_is_none_is_noted(words: str) -> None:
    entry = an_item(f"<pubDate>{words}</pubDate>")
    assert (entry.published, [note.reason for note in entry.notes]) == (None, ["absurd_date"])


def test_the_date_of_the_last_change_stands_in_for_that_of_publication() -> None:
    body = atom('<link href="/talks"/><published>soon</published><updated>2026-03-02T06:00:00Z</updated>')
    entry = only(read_feed(body, BASE))
    assert (entry.published, entry.notes) == (micros(2026, 3, 2, 6), [])


# --- encodings ------------------------------------------------------------------------------------------------------

ENCODED = {
    "declared in the document": ("windows-1251", '<?xml version="1.0" encoding="windows-1251"?>', "application/xml"),
    "declared in the header": ("koi8-r", "", "application/xml; charset=koi8-r"),
    "UTF-16": ("utf-16", '<?xml version="1.0" encoding="utf-16"?>', "application/xml"),
    "UTF-8 that is said to be Latin": (
        "utf-8",
        '<?xml version="1.0" encoding="iso-8859-1"?>',
        "text/xml; charset=utf-8",
    ),
    "a header that names no encoding": ("utf-8", "", "text/xml; charset=nonsense"),
    "HTML by its header": ("utf-8", "", "text/html; charset=utf-8"),
}


@pytest.mark.parametrize("case", ENCODED)
def test_feeds_are_read_in_their_encoding(case: str) -> None:
    encoding, declaration, content_type = ENCODED[case]
    body = (declaration + rss(LINK + "<title>Переговоры в порту</title>").decode()).encode(encoding)
    assert only(read_feed(body, BASE, content_type)).title == "Переговоры в порту"


# --- any feed -------------------------------------------------------------------------------------------------------

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
ENTRIES = st.lists(
    st.tuples(st.sampled_from(["", "a", "b", "a  b"]), st.sampled_from(["", "/1", "/2", "ftp://x/"]), WORDS),
    max_size=12,
)


def _feed(entries: Sequence[tuple[str, str, str]]) -> bytes:
    return rss(
        *(
            f"<guid isPermaLink='false'>{guid}</guid><link>{link}</link><title>{escape(title)}</title>"
            for guid, link, title in entries
        )
    )


@given(ENTRIES, st.randoms())
def test_the_order_of_a_feed_changes_nothing_and_no_id_occurs_twice(
    entries: list[tuple[str, str, str]], chance: random.Random
) -> None:
    shuffled = chance.sample(entries, len(entries))
    listed, again = (read_feed(_feed(each), BASE).entries for each in (entries, shuffled))
    assert sorted(map(repr, listed)) == sorted(map(repr, again))
    ids = [entry.entry_id for entry in listed]
    assert len(ids) == len(set(ids))
    assert all(ids)


@given(st.binary(max_size=300), st.sampled_from([rss(LINK), atom(LINK), RDF, b""]), st.integers(0, 300))
def test_no_bytes_make_it_raise(dirt: bytes, body: bytes, at: int) -> None:
    listing = read_feed(body[:at] + dirt + body[at:], BASE)
    is_note = listing.note is None or (listing.note.reason == "feed_damaged" and listing.entries)
    assert listing.failed == (not is_note)
    assert all(is_clean(entry.title or "") for entry in listing.entries)


# --- real feeds -----------------------------------------------------------------------------------------------------


def _documents() -> list[dict[str, Any]]:
    index = SHARED / "index.json"
    return json.loads(index.read_text())["documents"] if index.exists() else []


@pytest.mark.skipif(not SHARED.exists(), reason="../shared is not here")
@pytest.mark.parametrize("document", _documents(), ids=lambda each: Path(each["file"]).stem)
def test_every_real_feed_is_read_or_gives_its_reason(document: dict[str, Any]) -> None:
    body = (SHARED / document["file"]).read_bytes()
    listing = read_feed(body, document.get("base_url") or BASE)
    reasons = [listing.note, *(note for entry in listing.entries for note in entry.notes)]
    assert {note.reason for note in reasons if note} <= set(REASONS)
    if "sitemap" in document["kind"]:
        return
    truth = document["truth"]
    assert listing.told == truth["entries"]
    assert len(listing.entries) == truth["entries"] - TOLD_TWICE.get(Path(document["file"]).name, 0)
    addressed = [entry for entry in listing.entries if entry.reason is None]
    assert len(addressed) == min(truth["with_link"], len(listing.entries))


#: Entries of one id and one page, of which the newest counts.
TOLD_TWICE = {"rss20_no_titles_duplicate_guids.xml": 2}


# --- names of characters --------------------------------------------------------------------------------------------

NETSCAPE = (
    '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" '
    '"http://my.netscape.com/publish/formats/rss-0.91.dtd">'
)


@pytest.mark.parametrize("doctype", [NETSCAPE, ""], ids=["DTD that nobody fetches", "no DTD"])
def test_names_of_characters_are_read_as_html_has_them(doctype: str) -> None:
    item = f"{LINK}<title>Caf&eacute; &amp; bar &ndash; &amp;eacute;</title>"
    listing = read_feed(doctype.encode() + rss(item), BASE)
    assert listing.note is None
    assert only(listing).title == "Café & bar – é"


def test_a_name_that_html_does_not_know_costs_nothing_else() -> None:
    assert (an_item("<title>Talks &nosuchname; end</title>").title or "").startswith("Talks")
