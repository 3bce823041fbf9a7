"""A small news web on this machine: four publishers with feeds, a news sitemap and pages, day by day.

python examples/newsroom/serve.py [--port 8707] [--day 3]
"""

import argparse
import contextlib
import hashlib
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple, Optional
from xml.sax.saxutils import escape

if __package__ in (None, ""):  # run as a file
    sys.path.insert(0, str(Path(__file__).parents[1]))

from newsroom.stories import NAMES, PUBLISHERS, Story, encode, load, on_day, render

PORT = 8707

ROBOTS = "User-agent: *\nCrawl-delay: 0\nDisallow: /ledger/members/\n"

#: Path of each publisher's feed. Harbour Wire writes RSS with relative links, as some do.
FEEDS = {"/ledger/feed.xml": "ledger", "/meridian/atom.xml": "meridian", "/wire/rss.xml": "wire"}

#: Path of the news sitemap of the one that has no feed.
SITEMAPS = {"/estuario/news-sitemap.xml": "estuario"}


class Reply(NamedTuple):
    """What the server answers."""

    status: int
    content_type: str
    body: bytes
    etag: Optional[str] = None


class Newsroom:
    """The newsroom on one of its days. `day` can be set at any time: 1 is the first; after the third nothing is new."""

    def __init__(self, names: Path = NAMES, *, day: int = 1) -> None:
        self.stories = load(names)
        self.first = min(story.at for story in self.stories).date() + timedelta(days=1)
        self.day = day

    @property
    def evening(self) -> datetime:
        """When the day's last story is out: the time at which a daily run finds all of it."""
        return datetime(self.date.year, self.date.month, self.date.day, 20, tzinfo=UTC)

    @property
    def date(self) -> date:
        return self.first + timedelta(days=self.day - 1)

    def reply(self, path: str, site: str, known_etag: Optional[str] = None) -> Reply:
        """Return the answer to a GET of `path`; `site` is the address that the client used."""
        stories = on_day(self.stories, self.date)
        if path == "/robots.txt":
            return Reply(200, "text/plain; charset=utf-8", ROBOTS.encode())
        if path in FEEDS:
            return self._feed(path, stories, site)
        if path in SITEMAPS:
            mine = [story for story in stories if story.publisher == SITEMAPS[path]]
            return Reply(200, "application/xml; charset=utf-8", news_sitemap(mine, site, "pt").encode())
        story = next((each for each in stories if each.path == path), None)
        if story is None:
            return Reply(404, "text/plain; charset=utf-8", b"There is no such page.\n")
        if story.page == "gone":
            return Reply(410, "text/plain; charset=utf-8", b"This page has been withdrawn.\n")
        body = encode(render(story, site), mojibake=story.mojibake)
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if known_etag == etag:
            return Reply(304, "text/html; charset=utf-8", b"", etag)
        return Reply(200, "text/html; charset=utf-8", body, etag)

    def _feed(self, path: str, stories: list[Story], site: str) -> Reply:
        """Feeds keep every item, and say on each day that they were built that day; so they are never 304."""
        publisher = FEEDS[path]
        mine = [story for story in stories if story.publisher == publisher]
        if publisher == "meridian":
            return Reply(
                200, "application/atom+xml; charset=utf-8", atom(mine, site + path, site, self.evening).encode()
            )
        base = "" if publisher == "wire" else site
        return Reply(200, "application/rss+xml; charset=utf-8", rss(mine, publisher, base, self.evening).encode())


def rss(stories: list[Story], publisher: str, base: str, built: datetime) -> str:
    """Return an RSS 2.0 feed; with an empty `base` its links are relative."""
    items = "".join(
        f"<item><title>{escape(story.title)}</title><link>{base}{story.path}</link>"
        f'<guid isPermaLink="false">{publisher}:{story.slug}</guid><pubDate>{format_datetime(story.at)}</pubDate>'
        f"<description>{escape(story.summary)}</description></item>\n"
        for story in stories
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>\n'
        f"<title>{PUBLISHERS[publisher]}</title><link>{base}/{publisher}/</link><description>All articles</description>"
        f"<language>en</language><lastBuildDate>{format_datetime(built)}</lastBuildDate>\n{items}</channel></rss>\n"
    )


def atom(stories: list[Story], address: str, site: str, built: datetime) -> str:
    """Return an Atom feed."""
    entries = "".join(
        f"<entry><id>tag:meridian.example,2026:{story.slug}</id><title>{escape(story.title)}</title>"
        f'<link rel="alternate" href="{site}{story.path}"/><published>{story.at.isoformat()}</published>'
        f"<updated>{story.updated.isoformat()}</updated><author><name>{escape(story.author)}</name></author>"
        f"<summary>{escape(story.summary)}</summary></entry>\n"
        for story in stories
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">\n'
        f"<id>{address}</id><title>{PUBLISHERS['meridian']}</title><updated>{built.isoformat()}</updated>"
        f'<link rel="self" href="{address}"/>\n{entries}</feed>\n'
    )


def news_sitemap(stories: list[Story], site: str, language: str) -> str:
    """Return a news sitemap, as search engines ask for it."""
    urls = "".join(
        f"<url><loc>{site}{story.path}</loc><news:news><news:publication>"
        f"<news:name>{PUBLISHERS[story.publisher]}</news:name><news:language>{language}</news:language>"
        f"</news:publication><news:publication_date>{story.at.isoformat()}</news:publication_date>"
        f"<news:title>{escape(story.title)}</news:title></news:news></url>\n"
        for story in stories
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        f' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{urls}</urlset>\n'
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    newsroom: Newsroom


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        site = f"http://{self.headers.get('Host', 'localhost')}"
        path = self.path.partition("?")[0]
        reply = self.server.newsroom.reply(path, site, self.headers.get("If-None-Match"))
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        if reply.etag:
            self.send_header("ETag", reply.etag)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are the visitor's to report."""


@contextlib.contextmanager
def serving(newsroom: Newsroom, port: int = PORT) -> Iterator[str]:
    """Serve `newsroom` on the loopback until the block ends; yields the server's address. Port 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """
    with _Server(("127.0.0.1", port), _Handler) as server:
        server.newsroom = newsroom
        thread = threading.Thread(target=server.serve_forever, name="newsroom", daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve the sample newsroom on this machine.")
    parser.add_argument("--port", type=int, default=PORT, help=f"default {PORT}; 0 takes a free one")
    parser.add_argument("--day", type=int, default=3, help="1 to 3; later ones bring nothing new (default 3)")
    arguments = parser.parse_args()
    with serving(Newsroom(day=arguments.day), arguments.port) as site:
        print("\n".join(site + path for path in (*FEEDS, *SITEMAPS)), flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
