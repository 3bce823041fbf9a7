"""A page that was given for a feed -> the feeds that it names (RSS autodiscovery)."""

import lxml.etree
import lxml.html

from transforms.fetch.urls import request_url

#: Bytes of a page that are looked at: links to feeds stand in its head.
MAX_HEAD = 500_000

FEEDS = (
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "application/json",
    "application/xml",
    "text/xml",
)


def find_feeds(body: bytes, url: str) -> list[str]:
    """Return the addresses of the feeds that a page names, in its order, those of comments at the end.

    >>> find_feeds(b'<link rel="alternate" type="application/rss+xml" href="/rss">', "https://a.example/")
    ['https://a.example/rss']
    """
    try:
        tree = lxml.html.fromstring(body[:MAX_HEAD])
    except (lxml.etree.LxmlError, ValueError, AssertionError):
        return []
    base = request_url(next(iter(tree.xpath("//base/@href")), ""), url) or url
    found: dict[str, bool] = {}
    for link in tree.iter("link"):
        names = (link.get("rel") or "").lower().split()
        media = (link.get("type") or "").partition(";")[0].strip().lower()
        if media not in FEEDS or not {"alternate", "feed"} & set(names):
            continue
        feed = request_url(link.get("href") or "", base)
        if feed and feed != url:
            found.setdefault(feed, "comment" in f"{link.get('title') or ''} {feed}".lower())
    return sorted(found, key=lambda feed: found[feed])
