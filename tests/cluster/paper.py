"""A newspaper that goes on publishing, on loopback, and can be away for a while."""

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Optional

from corpora import document
from newsroom.serve import Reply, serving

SOURCES = """
[defaults]
interval = "{interval_s}s"
delay = "0s"
[[source]]
name = "paper"
kind = "feed"
url = "{site}/feed.xml"
publisher = "Harbour Post"
language = "en"
timezone = "UTC"
[poll_sources]
allow_private = true
[fetch_articles]
allow_private = true
"""


class Paper:
    """Publishes an article every so many seconds from its first moment on; its feed keeps them all."""

    def __init__(self, every_s: float) -> None:
        self.every_s = every_s
        self.first = time.time()
        self.last: Optional[float] = None
        self._port = 0
        self._served = contextlib.ExitStack()

    def appear(self) -> str:
        """Begin to answer, at the same address each time; return it."""
        site = self._served.enter_context(serving(self, self._port))
        self._port = int(site.rpartition(":")[2])
        return site

    def vanish(self) -> None:
        """Answer nobody any more."""
        self._served.close()

    def close(self) -> None:
        """Publish no more."""
        self.last = time.time()

    @property
    def numbers(self) -> range:
        """The articles that are out."""
        return range(int(((self.last or time.time()) - self.first) / self.every_s) + 1)

    @property
    def paths(self) -> list[str]:
        return [f"/{number}.html" for number in self.numbers]

    def reply(self, path: str, site: str, known_etag: Optional[str] = None) -> Reply:
        """Return the answer to a GET, as a newsroom does."""
        if path == "/feed.xml":
            text = (
                f'<rss version="2.0"><channel><title>Harbour Post</title>{"".join(self._items(site))}</channel></rss>'
            )
            return Reply(200, "application/rss+xml; charset=utf-8", text.encode())
        if path not in self.paths:
            return Reply(404, "text/plain", b"")
        return Reply(200, "text/html; charset=utf-8", page(int(path.strip("/").partition(".")[0]), self.day).encode())

    @property
    def day(self) -> datetime:
        return datetime.fromtimestamp(self.first, UTC)

    def _items(self, site: str) -> Iterator[str]:
        for number in self.numbers:
            at = format_datetime(datetime.fromtimestamp(self.first + number * self.every_s, UTC))
            yield f"<item><guid>{number}</guid><link>{site}/{number}.html</link><pubDate>{at}</pubDate></item>"


def page(number: int, day: datetime) -> str:
    """Return the page of a number; one in ten is a copy of the one before, a paragraph longer."""
    told = document(number, [day.date()])
    title = escape(told["title"])
    paragraphs = "".join(f"<p>{escape(each)}</p>" for each in told["text"].split("\n\n"))
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title></head>'
        f"<body><article><h1>{title}</h1>{paragraphs}</article></body></html>"
    )
