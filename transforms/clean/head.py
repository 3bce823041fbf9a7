"""What a page says of itself in its head, read once: JSON-LD and meta elements."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

import lxml.html

from transforms.clean.linked import LinkedData, linked_article
from transforms.clean.strings import folded, one_line


class Head(NamedTuple):
    """The data of a page about its article."""

    about: LinkedData  # its JSON-LD, empty where there is none
    metas: Mapping[str, list[str]]  # contents by property or name in lower case, in the page's order
    site: str  # name of the outlet, empty where none is told
    outlets: frozenset[str]  # all that the outlet is called, folded

    def first(self, *names: str) -> str:
        """Return the first content of the first name that has one, empty where none has."""
        return next((self.metas[name][0] for name in names if name in self.metas), "")

    def all(self, names: Iterable[str]) -> list[str]:
        """Return every content of these names, in the order of the names."""
        return [content for name in names for content in self.metas.get(name, [])]


def read_head(tree: lxml.html.HtmlElement, url: str) -> Head:
    """Return what a page at `url` says of itself."""
    about = linked_article(tree)
    metas: dict[str, list[str]] = {}
    for each in tree.iter("meta"):
        content = (each.get("content") or "").strip()
        names = {(each.get(key) or "").strip().lower() for key in ("property", "name", "itemprop")}
        for name in names if content else ():
            metas.setdefault(name, []).append(content)
    publisher = about.get("publisher")
    name = one_line(publisher.get("name") if isinstance(publisher, dict) else publisher)
    site = one_line(next(iter(metas.get("og:site_name", [])), "")) or name
    host = host_name(url)
    called = (site, name, host, host.removeprefix("www."), *host.split("."))
    return Head(about, metas, site, frozenset(filter(None, map(folded, called))))


def host_name(url: str) -> str:
    """Return the host of an address without its port, empty where it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
