"""RSS, Atom and JSON Feed bytes -> what the feed lists, scrubbed and cut to size."""

import email.utils
import html
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, Optional

import lxml.etree
import lxml.html

from schemas.ids import make_id
from transforms.fetch.codings import TooLarge, bounded, inflate
from transforms.fetch.http import MAX_BYTES
from transforms.fetch.urls import MAX_URL, normalise, request_url
from transforms.poll import jsonfeed
from transforms.poll.listing import (
    MAX_AUTHORS,
    MAX_CONTENT,
    MAX_ID,
    MAX_SUMMARY,
    MAX_TITLE,
    Listed,
    Listing,
    Note,
    bad_date,
    line,
    mended,
    to_micros,
)
from transforms.poll.schedule import SECOND_US
from transforms.poll.syndication import MAX_AUTHOR, Date, Document, Found, parse
from transforms.scrub import scrub

MARKUP = re.compile(r"<[a-zA-Z/!][^<>]*>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+);")
SILENT = ("script", "style", "template", "noscript", "iframe", "svg", "head")


class Dated(NamedTuple):
    """When an entry was published."""

    at: Optional[int]  # µs
    offset_s: Optional[int]
    notes: Sequence[Note] = ()


def read_feed(body: bytes, url: str, content_type: str = "") -> Listing:
    """Return what an RSS, Atom or JSON Feed document lists, in its order; what holds no address carries its reason.

    Args:
        url: where it came from, after redirects: relative links are resolved against it.
        content_type: the header as it came, which may name the encoding.
    """
    try:
        plain = unpacked(body)
    except TooLarge:
        return Listing([], Note("too_large", f"Unpacked, the feed is larger than {MAX_BYTES} bytes."), failed=True)
    if jsonfeed.is_json(plain):
        document: Optional[Document] = jsonfeed.parse(plain)
    else:
        document = parse(plain, url, content_type or "application/xml")
    if document is None:
        return Listing([], Note("too_costly", f"{len(plain):,} bytes took too long to read."), failed=True)
    if not document.version and not document.entries:
        return Listing([], Note("not_a_feed", _not_a_feed(plain, document)), failed=True)
    entries = _without_empty(document.entries)
    listed = list(distinct(_listed(found, url) for found in entries))
    note = Note("feed_damaged", f"{document.damage}; {len(listed)} entries could be read.")
    # A whole feed may be empty; a damaged one has lost what it held.
    damaged = bool(document.damage)
    return Listing(listed, note if damaged else None, failed=damaged and not listed, told=len(entries))


def unpacked(body: bytes) -> bytes:
    """Some servers send a .gz file as it is: gzip inside, whatever the headers say."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return b"".join(bounded(inflate([body], "gzip"), MAX_BYTES))
    except zlib.error:
        return body


def _not_a_feed(body: bytes, document: Document) -> str:
    if not body.strip():
        return "The answer is empty."
    if re.match(rb"\s*(?:<!doctype html|<html)", body[:500], re.IGNORECASE):
        return "The answer is an HTML page."
    begins = body[:60].decode("ascii", "replace")
    return f"The answer begins with {begins!r}" + (f" ({document.damage})." if document.damage else ".")


def _without_empty(entries: Sequence[Found]) -> Sequence[Found]:
    """Return the entries that say anything (an <item/> inside an item is none); all of them where none does."""
    return [
        found for found in entries if found.title or found.link or found.id or found.summary or found.published.words
    ] or entries


def _listed(found: Found, base: str) -> Listed:
    """Return one entry, scrubbed and cut to size."""
    title = line(text_of(found.title), MAX_TITLE)
    summary = line(text_of(found.summary), MAX_SUMMARY)
    link = line(found.link, MAX_URL) or ""
    url = request_url(link, base) if link else None
    dated = _dated(found)
    said = (url or link, title, summary, _minute(dated.at), _minute((found.updated.at_s or 0) * SECOND_US))
    fingerprint = make_id("entry", *(line(each, MAX_SUMMARY) or "" for each in said))
    reason, detail = _problem(link, url)
    return Listed(
        entry_id=line(found.id, MAX_ID) or url or fingerprint,
        url=url or line(link, MAX_ID) or "",
        fingerprint=fingerprint,
        title=title,
        summary=summary,
        content=scrub(found.content[:MAX_CONTENT]).strip() or None,
        authors=list(_authors(found)),
        published=dated.at,
        published_offset_s=dated.offset_s,
        reason=reason,
        detail=detail,
        notes=[*mended(found.title, found.summary, *found.authors), *dated.notes],
    )


def _minute(at: Optional[int]) -> Optional[int]:
    """Return a time without its seconds: some servers write others with each answer, and nothing has changed."""
    return at // (60 * SECOND_US) if at else None


def _problem(link: str, url: Optional[str]) -> tuple[Optional[str], str]:
    if url:
        return None, ""
    if link:
        return "bad_url", f"The entry's address is {link[:200]!r}."
    return "entry_without_link", "The entry has neither a link nor an id that is one."


def _authors(found: Found) -> Iterator[str]:
    """Yield each author's name once."""
    lines = (line(text_of(name), MAX_AUTHOR) for name in found.authors[:MAX_AUTHORS])
    yield from dict.fromkeys(name for name in lines if name)


def distinct(entries: Iterable[Listed]) -> Iterator[Listed]:
    """Yield one entry an id, whatever the order: the one that says the newest.

    Entries of one id and several addresses are several things: each then goes by id and address, with two spaces
    between, which no id holds by itself.
    """
    by_id: dict[str, list[Listed]] = {}
    for entry in entries:
        by_id.setdefault(entry.entry_id, []).append(entry)
    for entry_id, same in by_id.items():
        by_url: dict[str, list[Listed]] = {}
        for entry in same:
            by_url.setdefault(normalise(entry.url), []).append(entry)
        for url, copies in by_url.items():
            best = max(copies, key=lambda each: (each.published or 0, each.fingerprint))
            yield best if len(by_url) == 1 else best._replace(entry_id=f"{entry_id}  {url}")


# --- dates ----------------------------------------------------------------------------------------------------------


def _dated(found: Found) -> Dated:
    """Return when an entry was published: its date of publication if that can be read, else that of its last change."""
    given = [date for date in (found.published, found.updated) if date.words]
    readable = [date for date in given if date.at_s is not None]
    if not readable:
        return Dated(None, None, [bad_date(given[0].words)] if given else [])
    at = (readable[0].at_s or 0) * SECOND_US
    return Dated(at, _offset(readable[0], at))


def _offset(date: Date, at: int) -> Optional[int]:
    """Return the UTC offset that a date came with, where reading it gives the same moment: feedparser drops it."""
    for read in (email.utils.parsedate_to_datetime, datetime.fromisoformat):
        moment = _moment(date.words.strip(), read)
        if moment is not None and to_micros(moment)[0] == at:
            return to_micros(moment)[1]
    return None


def _moment(words: str, read: Callable[[str], datetime]) -> Optional[datetime]:
    try:
        return read(words)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


# --- text -----------------------------------------------------------------------------------------------------------


def text_of(markup: str) -> str:
    """Return the text of what may be HTML, without scripts.

    >>> text_of("Talks &amp; <b>visits</b><script>x</script> < 5")
    'Talks & visits < 5'
    """
    cut = markup[: MAX_SUMMARY * 20]
    if not MARKUP.search(cut):
        return cut
    if "<" not in cut:
        return html.unescape(cut)
    try:
        tree = lxml.html.fromstring(f"<div>{cut}</div>")
    except (lxml.etree.LxmlError, ValueError):
        return html.unescape(re.sub(r"<[^<>]*>", " ", cut))
    for silent in list(tree.iter(*SILENT)):
        silent.drop_tree()
    for block in tree.iter("p", "br", "li", "div", "tr", "h1", "h2", "h3"):
        block.tail = " " + scrub(block.tail or "")  # the parser takes characters that no tree may be given
    return str(tree.text_content())
