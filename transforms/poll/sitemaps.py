"""Sitemaps, news sitemaps and indexes of sitemaps -> what they list. Indexes are followed within bounds."""

import os
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Optional

import lxml.etree

from schemas.ids import make_id
from transforms.clean.published import read_claim
from transforms.fetch.codings import TooLarge
from transforms.fetch.http import MAX_BYTES, Failure, Reply
from transforms.fetch.patience import Patience
from transforms.fetch.urls import MAX_URL, host_of, request_url
from transforms.poll.feeds import distinct, text_of, unpacked
from transforms.poll.listing import (
    MAX_ID,
    MAX_SUMMARY,
    MAX_TITLE,
    Listed,
    Listing,
    Note,
    bad_date,
    language_code,
    line,
    mended,
)

#: What one sitemap may list by its protocol (sitemaps.org); here all sitemaps of a source together.
MAX_URLS = 50_000

#: Of what an index leads to, in one poll: so many sitemaps, so many bytes of answers. An index may lead to another one,
#: which the protocol forbids and sites do; a third one below these was not met.
MAX_SITEMAPS = 50
MAX_TOTAL_BYTES = 50 * 2**20
MAX_DEPTH = 2

#: A reference to one half of a surrogate pair, U+D800 to U+DFFF.
HALF = re.compile(
    rb"&#(?:x0*d[89a-f][0-9a-f]{2}|0*(?:5529[6-9]|55[3-9]\d\d|56\d{3}|57[0-2]\d\d|573[0-3]\d|5734[0-3]));",
    re.IGNORECASE,
)
DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>")

#: Gaps that are told one by one.
MAX_TOLD = 3

#: So many documents are read at once in one worker, however many hosts it polls: 10 MB of empty elements, the worst
#: that was found, need 600 MB and 3 s.
_SEATS = threading.Semaphore(os.cpu_count() or 1)

Ask = Callable[[str], Reply | Failure]


class Sitemap(NamedTuple):
    """What one document holds: pages, or further sitemaps."""

    listed: Sequence[Listed] = ()
    sitemaps: Sequence[str] = ()  # absolute, the one that changed last first
    gaps: Sequence[str] = ()  # what could not be read, a sentence each
    problem: Optional[Note] = None  # why nothing could be read


def read_sitemaps(body: bytes, url: str, ask: Ask, *, patience: Patience, timezone: Optional[str] = None) -> Listing:
    """Return what a sitemap lists, or what the sitemaps list that an index leads to, the last changed ones first.

    What lies beyond the bounds, on another host or is broken is left out, and the note says so.

    Args:
        url: where `body` came from, after redirects.
        ask: gets a further sitemap.
        patience: knows when the host must not be asked any more.
        timezone: of the outlet, whose midnight begins a day that is given without a time.
    """
    first = read_sitemap(body, url, timezone)
    if first.problem:
        return Listing([], first.problem, failed=True)
    walk = _Walk(ask, patience, host_of(url), timezone, known={url})
    walk.take(first, 0)
    return walk.listing()


@dataclass
class _Walk:
    """Follows an index, and gathers what its sitemaps list and what is left out."""

    ask: Ask
    patience: Patience
    host: str
    timezone: Optional[str]
    known: set[str]
    listed: list[Listed] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    barred: Counter[str] = field(default_factory=Counter)  # sitemaps that are not followed, by why
    failure: Optional[Note] = None  # of the first sitemap that could not be read
    asked: int = 0
    read: int = 0
    size: int = 0

    def take(self, sitemap: Sitemap, depth: int) -> None:
        self.listed += sitemap.listed
        self.gaps += sitemap.gaps
        for url in sitemap.sitemaps:
            if url in self.known:
                continue
            self.known.add(url)
            why = self._why_not(url, depth + 1)
            if why:
                self.barred[why] += 1
            else:
                self._follow(url, depth + 1)

    def _why_not(self, url: str, depth: int) -> Optional[str]:
        """Return why a sitemap is not followed, None where it is."""
        if host_of(url) != self.host:
            return "on another host, to be listed as sources of their own"
        if depth > MAX_DEPTH:
            return f"more than {MAX_DEPTH} indexes deep"
        if self.asked >= MAX_SITEMAPS or self.size > MAX_TOTAL_BYTES or len(self.listed) >= MAX_URLS:
            return f"beyond {MAX_SITEMAPS} sitemaps, {MAX_TOTAL_BYTES} bytes or {MAX_URLS} addresses"
        stop = self.patience.stop()
        return f"not asked for ({stop.reason})" if stop else None

    def _follow(self, url: str, depth: int) -> None:
        self.asked += 1
        answer = self.ask(url)
        self.patience.hear(answer)
        if isinstance(answer, Failure):
            self._miss(url, Note(answer.reason, answer.detail))
            return
        self.size += len(answer.body)
        sitemap = read_sitemap(answer.body, answer.url, self.timezone)
        if sitemap.problem:
            self._miss(url, sitemap.problem)
        else:
            self.read += 1
            self.take(sitemap, depth)

    def _miss(self, url: str, note: Note) -> None:
        self.failure = self.failure or Note(note.reason, f"{url}: {note.detail}")
        self.gaps.append(f"{url}: {note.detail}")

    def listing(self) -> Listing:
        parts = 1 + self.asked
        if self.failure and not self.read:
            return Listing([], self.failure, failed=True, parts=parts)
        entries = list(distinct(self.listed))
        kept = entries[:MAX_URLS]
        gaps = self.gaps[:MAX_TOLD]
        if len(self.gaps) > MAX_TOLD:
            gaps.append(f"{len(self.gaps) - MAX_TOLD} more of this kind.")
        gaps += [f"{number} sitemaps {why}." for why, number in self.barred.items()]
        if len(entries) > MAX_URLS:
            gaps.append(f"{len(entries) - MAX_URLS} addresses beyond {MAX_URLS}.")
        note = Note("feed_damaged", f"{len(kept)} addresses could be read. Left out: {' '.join(gaps)}")
        return Listing(kept, note if gaps else None, parts=parts)


# --- one document ---------------------------------------------------------------------------------------------------


def read_sitemap(body: bytes, url: str, timezone: Optional[str] = None) -> Sitemap:
    """Return what one document holds, in its order, read as far as it can be.

    Entities are neither expanded nor fetched: what they stand for is missing from the text.
    """
    try:
        plain = unpacked(body).lstrip()
    except TooLarge:
        return Sitemap(problem=Note("too_large", f"Unpacked, the sitemap is larger than {MAX_BYTES} bytes."))
    with _SEATS:
        try:
            return _read(plain, url, timezone)
        except UnicodeDecodeError:  # of `&#xD800;` libxml2 makes bytes that are no text, in names and texts
            return _read(_without_halves(plain), url, timezone)


def _without_halves(plain: bytes) -> bytes:
    """Return a document without references to halves of surrogate pairs, which are no characters."""
    if plain.startswith((b"\xff\xfe", b"\xfe\xff")):
        plain = DECLARATION.sub(b"", plain.decode("utf-16", "replace").encode())
    return HALF.sub(b"&#xFFFD;", plain)


def _read(plain: bytes, url: str, timezone: Optional[str]) -> Sitemap:
    root, damage = _parsed(plain)
    kind = "" if root is None else _name(root)
    if root is None or kind not in ("urlset", "sitemapindex"):
        return Sitemap(problem=Note("not_a_feed", _not_a_sitemap(kind, plain)))
    gaps = [f"What follows {damage}."] if damage else []
    if kind == "sitemapindex":
        return Sitemap(sitemaps=_newest_first(_children(root, "sitemap"), url), gaps=gaps)
    urls = list(_children(root, "url"))
    if len(urls) > MAX_URLS:
        gaps.append(f"{len(urls) - MAX_URLS} addresses beyond {MAX_URLS}.")
    return Sitemap([_listed(each, url, timezone) for each in urls[:MAX_URLS]], gaps=gaps)


def _parsed(body: bytes) -> tuple[Optional[lxml.etree._Element], str]:
    """Return the root of what can be read, and where it is broken."""
    parser = lxml.etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = lxml.etree.fromstring(body, parser)
    except (lxml.etree.XMLSyntaxError, ValueError):
        return None, ""
    broken = next((each for each in parser.error_log if each.level_name == "FATAL"), None)
    return root, f"line {broken.line} ({line(broken.message, 200)})" if broken else ""


def _not_a_sitemap(root: str, body: bytes) -> str:
    if root.lower() == "html":
        return "The answer is an HTML page."
    if root.lower() in ("rss", "feed", "rdf"):
        return f'The answer is a feed, <{root}>: kind = "feed" reads it.'
    return f"The answer begins with {body[:60].decode('ascii', 'replace')!r}."


def _name(element: lxml.etree._Element) -> str:
    """Return the name of an element without its namespace, whether that is declared or not; "" for an entity."""
    return re.split("[}:]", element.tag)[-1] if isinstance(element.tag, str) else ""


def _children(root: lxml.etree._Element, name: str) -> Iterator[lxml.etree._Element]:
    return (child for child in root if _name(child) == name)


def _text(element: lxml.etree._Element) -> str:
    """Return the text of an element without what stands in others or in entities below it."""
    return (element.text or "") + "".join(child.tail or "" for child in element)


def _newest_first(sitemaps: Iterator[lxml.etree._Element], base: str) -> list[str]:
    """Return the addresses of an index, the one that changed last first, those that do not say when at the end."""
    dated: list[tuple[int, str]] = []
    for said in map(_said, sitemaps):
        url = request_url(said["loc"], base) if said["loc"] else None
        changed = read_claim(said.get("lastmod"), "source", None)
        if url:
            dated.append((changed.at if changed else 0, url))
    return [url for _, url in sorted(dated, key=lambda each: -each[0])]


def _said(element: lxml.etree._Element) -> dict[str, str]:
    """Return what a <url> or <sitemap> says; pictures, videos and other languages of it are not looked into."""
    said: dict[str, str] = {}
    for child in element:
        if _name(child) in ("loc", "lastmod"):
            said.setdefault(_name(child), _text(child).strip())
        elif _name(child) == "news":
            for each in child.iter():
                if _name(each) in ("title", "publication_date", "language"):
                    said.setdefault(_name(each), _text(each).strip())
    if not said.get("loc"):  # some write the address without <loc>
        said["loc"] = _text(element).strip()
    return said


def _listed(element: lxml.etree._Element, base: str, timezone: Optional[str]) -> Listed:
    """Return one page, scrubbed and cut to size.

    `lastmod` tells of a change, not of publication: it is part of the fingerprint alone, and the page says its date.
    """
    said = _said(element)
    link = line(said["loc"], MAX_URL) or ""
    url = request_url(link, base) if link else None
    title = line(text_of(said.get("title", "")), MAX_TITLE)
    words = said.get("publication_date", "")
    published = read_claim(words, "source", timezone)
    told = (url or link, title, words, said.get("lastmod"))
    fingerprint = make_id("entry", *(line(each, MAX_SUMMARY) or "" for each in told))
    reason, detail = _problem(link, url)
    return Listed(
        entry_id=url or line(link, MAX_ID) or fingerprint,
        url=url or line(link, MAX_ID) or "",
        fingerprint=fingerprint,
        title=title,
        published=published.at if published else None,
        published_offset_s=published.offset_s if published else None,
        language=language_code(said.get("language", "")),
        reason=reason,
        detail=detail,
        notes=[*mended(said.get("title")), *([bad_date(words)] if words and published is None else [])],
    )


def _problem(link: str, url: Optional[str]) -> tuple[Optional[str], str]:
    if url:
        return None, ""
    if link:
        return "bad_url", f"The address in the sitemap is {link[:200]!r}."
    return "entry_without_link", "The <url> has no <loc>."
