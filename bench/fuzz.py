"""Feeds, addresses, robots.txt, answers and pages from a fuzzer, which looks for one that makes their readers fail.

    pip install atheris
    PYTHONPATH=. python bench/fuzz.py feeds --minutes 10

A check raises where what a reader promises does not hold. Inputs that reach new code are gathered in
eval-out/fuzz/TARGET; one that fails is written beside them. Those that failed once are kept in tests/bench/fuzzed, and
every test run reads them again.
"""

import argparse
import gc
import json
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType
from urllib.parse import urlsplit

import apache_beam as beam
import console  # noqa: F401 - silences what libraries say while they are imported
import httpcore
import httpx

from schemas import Entry, Item, Poll, Reject, Source
from schemas.reject import REASONS
from transforms.clean.decode import decode
from transforms.clean.plain import mend_markup, mend_paragraphs
from transforms.clean.text import read
from transforms.fetch.consent import RESERVATIONS, reserved
from transforms.fetch.http import Failure, Options, Reply, Web
from transforms.fetch.robots import Robots, robots_poll
from transforms.fetch.urls import article_id, normalise, parse, registrable_domain, request_url
from transforms.poll import feeds, syndication
from transforms.poll.addresses import read_addresses
from transforms.poll.discovery import find_feeds
from transforms.poll.feeds import read_feed
from transforms.poll.hints import after_skips, read_hints
from transforms.poll.identity import recognise
from transforms.poll.listing import Listing
from transforms.poll.schedule import LONGEST_S
from transforms.poll.seen import Seen, decide
from transforms.poll.sitemaps import read_sitemap
from transforms.scrub import is_clean

BASE = "https://news.example/a/feed"
SOURCE = Source("news", "feed", BASE, None, None, None, 3_600, 1.0, 900.0)
TYPES = ("", "text/xml", "application/rss+xml; charset=utf-8", "text/xml; charset=utf-16", "application/json")
CODERS = {kind: beam.coders.registry.get_coder(kind) for kind in (Entry, Item, Reject, Poll)}

READERS = (
    "transforms.poll",
    "transforms.fetch",
    "transforms.clean",
    "transforms.scrub",
    "feedparser",
    "protego",
    "h11",
    "httpx",
    "idna",
)

#: Bytes of an input. What larger ones do is a matter of time and memory, which tests of hostile servers bound.
MAX_BYTES = 4_096
#: Seconds that one input may take.
TIMEOUT_S = 20


# --- what holds for any bytes ---------------------------------------------------------------------------------------


def check_feed(data: bytes) -> None:
    """Whatever is read as a source gives a listing whose entries can stand in a row, each once."""
    kind = TYPES[len(data) % len(TYPES)]
    sitemap = read_sitemap(data, BASE, "Europe/Lisbon")
    listings = [read_feed(data, BASE, kind), Listing(sitemap.listed, sitemap.problem), read_addresses(data)]
    for listing in listings:
        assert listing.note is None or listing.note.reason in REASONS, listing.note
        for listed in recognise(listing.entries, {}):
            decided = decide(listed, SOURCE, Seen({}, {}), run_id="fuzz", now=0)
            assert is_clean(listed.entry_id + listed.url + (listed.title or "") + (listed.summary or "")), listed
            assert not isinstance(decided, Entry) or decided.url == request_url(decided.url), decided
            CODERS[type(decided)].encode(decided)
    names = [each.entry_id for each in listings[0].entries]
    assert len(names) == len(set(names)), names
    assert all(parse(each) for each in [*find_feeds(data, BASE), *sitemap.sitemaps])
    hints = read_hints(data)
    assert 0 <= hints.wait_s <= LONGEST_S
    assert after_skips(0, hints) >= 0


def check_url(data: bytes) -> None:
    """An address is none, or one to which client, guard and tables give the same host."""
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    url = request_url(text, BASE)
    normal = normalise(text)
    assert normalise(normal) == normal, normal
    assert len(article_id(text)) == len(article_id(BASE))
    if url is None:
        return
    address = parse(url)
    assert address is not None
    assert request_url(url) == url, url
    assert url.isascii()
    assert is_clean(url)
    client = httpx.URL(url)
    assert (client.raw_host.decode(), client.port) == (address.host, address.port), url
    assert urlsplit(url).hostname == address.host, url
    assert registrable_domain(url)


def check_robots(data: bytes) -> None:
    """Rules, and a path behind the first NUL: they forbid it or not, and a delay is a number of seconds."""
    rules, _, path = data.partition(b"\0")
    url = request_url(path.decode("latin-1"), "https://news.example/") or "https://news.example/"
    poll = robots_poll(
        a_reply(rules), "https://news.example/robots.txt", "news.example", run_id="fuzz", now=0, interval_s=3_600
    )
    CODERS[Poll].encode(poll)
    with Web() as web:
        robots = Robots(web, {parse(url).netloc: poll}, "fuzz", 0)  # type: ignore[union-attr]  # it is one
        refusal = robots.refusal(url)
        assert refusal is None or refusal.reason == "robots_denied", refusal
        assert math.isfinite(robots.delay_s(url))
        assert robots.delay_s(url) >= 0


def check_answer(data: bytes) -> None:
    """What a server sends, head and body, is an answer or a failure that has its reason."""
    with Web(Options(allow_private=True, max_bytes=2**16)) as web:
        web._network._sockets = httpcore.MockBackend([data])  # what it connects to
        answer = web.get("http://127.0.0.1/a", etag='"1"', guard=lambda url: Failure("robots_denied", url))
    if isinstance(answer, Failure):
        assert answer.reason in REASONS, answer
        assert answer.retry_after_s is None or 0 <= answer.retry_after_s <= LONGEST_S
        return
    assert len(answer.body) <= 2**16
    assert answer.max_age_s is None or 0 <= answer.max_age_s <= LONGEST_S
    reserved(answer.rights, answer.body, list(RESERVATIONS))
    for validator in (answer.etag, answer.last_modified):
        httpx.Request("GET", BASE, headers={"If-None-Match": validator or ""})
    read_feed(answer.body, answer.url, answer.full_type)


def check_page(data: bytes) -> None:
    """A page gives a reading that the guard can hand on, whatever it is."""
    html = decode(data, None)
    if html is None:
        return
    reading = read(mend_markup(html).replace("\x00", ""), BASE, "2026-03-06")
    assert is_clean(mend_paragraphs(reading.text).text)
    assert reading.link_density is None or 0 <= reading.link_density <= 1
    json.dumps(reading)


def a_reply(body: bytes) -> Reply:
    return Reply(BASE, 200, body, "", None, None, None, None, None)


CHECKS: dict[str, Callable[[bytes], None]] = {
    "feeds": check_feed,
    "urls": check_url,
    "robots": check_robots,
    "answers": check_answer,
    "pages": check_page,
}

# --- where the fuzzer begins ----------------------------------------------------------------------------------------

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"

#: One input of each form; the fuzzer makes the others.
SEEDS: dict[str, tuple[bytes, ...]] = {
    "feeds": (
        b'<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><ttl>60</ttl><item>'
        b"<title>Talks &amp; visits</title><link>/1</link><guid>g1</guid><author>a@b.example (A)</author>"
        b"<pubDate>Mon, 02 Mar 2026 06:00:00 GMT</pubDate><content:encoded><![CDATA[<p>x</p>]]></content:encoded>"
        b"</item></channel></rss>",
        b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title type="html">a</title><link href="/1"/>'
        b"<updated>2026-03-02T06:00:00Z</updated><author><name>A</name></author></entry></feed>",
        b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": 1, "url": "/1", "content_text": "a"}]}',
        b'<urlset xmlns:news="n"><url><loc>/1</loc><lastmod>2026-03-02</lastmod><news:news><news:title>a</news:title>'
        b"<news:publication_date>2026-03-02</news:publication_date></news:news></url></urlset>",
        b"<sitemapindex><sitemap><loc>/1.xml</loc><lastmod>2026-03-02</lastmod></sitemap></sitemapindex>",
        b"<!DOCTYPE html><link rel=alternate type=application/rss+xml href=/rss>",
        b"https://news.example/1\n# a comment\n/2\n",
    ),
    "urls": (
        b"https://User@News.example:443/%7Ea/../b//c?utm_source=x&id=1#part",
        "http://müsli.example/ü?ü=ü".encode(),
        b"//[::1]:80/",
        b"../b?c",
        b"http://2130706433/",
        b"HTTP:\\\\a.example\\b",
    ),
    "robots": (
        b"User-agent: *\nDisallow: /a*b$\nAllow: /a\nCrawl-delay: 5\n\0/a/b",
        b"user-agent: newsbeam\ndisallow: /%C3%A9\nsitemap: /s.xml\nrequest-rate: 1/5\nvisit-time: 0600-0845\n\0/e",
    ),
    "answers": (
        HEAD + b'ETag: W/"1"\r\nCache-Control: max-age=60\r\nX-Robots-Tag: noai, x: noindex\r\n\r\n<p>Talks</p>',
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nTalks\r\n0\r\n\r\n",
        HEAD + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x0bI\xcc\xc9.\x06\x00",
        HEAD + b"Content-Encoding: br\r\n\r\n\x0b\x02\x80Talks\x03",
        HEAD + b"Content-Encoding: zstd\r\n\r\n\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00Talks",
        b"HTTP/1.1 301 Moved\r\nLocation: //b.example/%zz\r\nSet-Cookie: a=b; Max-Age=9\r\n\r\n",
        b"HTTP/1.1 503 No\r\nDate: Mon, 02 Mar 2026 06:00:00 GMT\r\nRetry-After: Mon, 02 Mar 2026 09:00:00 GMT\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nLast-Modified: x\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 429 \r\nRetry-After: 99\r\nContent-Length: 0\r\n\r\n",
    ),
    "pages": (
        b'<meta property="og:title" content="Talks | News"><h1>Talks</h1><p class="byline">By Ana Keller, 2 March',
        b'<script type="application/ld+json">{"@graph": [{"@type": "NewsArticle", "author": {"@id": 1}, "image": []}]}',
        b"<figure><img><figcaption>Port</figcaption></figure><pre>a\nb</pre><p>\xc3\xa2\xe2\x82\xac\xe2\x84\xa2</p>",
        b"<base href=//[><link rel=canonical href=//[><time itemprop=datePublished datetime=2026-99-99><a rel=author>@",
    ),
}

#: Words of which inputs of a form are made.
WORDS: dict[str, tuple[str, ...]] = {
    "feeds": ("<!DOCTYPE", "<!ENTITY", "<![CDATA[", "xml:base=", "encoding=", "&#xD800;", "&#0;", "<guid>", "<media:"),
    "urls": ("http://", "https:", "xn--", "%00", "%2e", "[::ffff:", "@", "\\\\", "//", "?", "#", ":0", ":99999"),
    "robots": ("User-agent:", "Disallow:", "Allow:", "Crawl-delay:", "*", "$", "%2F", "inf", "nan", "1e9"),
    "pages": (
        "<article>",
        "<h1>",
        "<figcaption>",
        "application/ld+json",
        '"@type"',
        "itemprop=",
        "rel=author",
        "&#xD800;",
    ),
    "answers": ("Content-Length:", "Transfer-Encoding:", "Location:", "charset=", "Retry-After:", "TDM-Reservation: 1"),
}


def seeds(target: str) -> Iterator[bytes]:
    """Yield the inputs that a fuzzer begins with: those above, and those that failed once."""
    yield from SEEDS[target]
    for path in sorted((Path(__file__).parents[1] / "tests/bench/fuzzed" / target).glob("*")):
        yield path.read_bytes()


def _readers() -> list[FunctionType]:
    """Return the functions whose branches the fuzzer is to see: ours, and those of the libraries that read for us."""
    functions = [each for each in gc.get_objects() if isinstance(each, FunctionType)]
    return [each for each in functions if (each.__module__ or "").startswith(READERS)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", choices=sorted(CHECKS))
    parser.add_argument("--minutes", type=float, default=10.0)
    given = parser.parse_args()
    import atheris  # type: ignore[import-not-found]  # not among the dependencies, since nothing else needs it

    folder = Path("eval-out/fuzz") / given.target
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(given.target)):
        (folder / f"seed-{number}").write_bytes(seed)
    words = folder.with_suffix(".words")
    words.write_text("".join(f'"{word}"\n' for word in WORDS[given.target]))
    feeds.parse = syndication.read  # in this process, where the fuzzer sees it
    for function in _readers():
        atheris.instrument_func(function)
    for seed in seeds(given.target):  # what a library loads at its first call is no input's time
        CHECKS[given.target](seed)
    options = {
        "max_total_time": int(given.minutes * 60),
        "max_len": MAX_BYTES,
        "len_control": 0,
        "timeout": TIMEOUT_S,
        "dict": words,
        "artifact_prefix": f"{folder}-failed-",
        "print_final_stats": 1,
    }
    atheris.Setup(
        [sys.argv[0], *(f"-{name}={value}" for name, value in options.items()), str(folder)], CHECKS[given.target]
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
