"""RSS and Atom through feedparser, kept within bounds: plain records come out, and no document holds a worker up."""

import calendar
import contextlib
import html.entities
import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Optional

import feedparser
import lxml.etree
from feedparser.mixin import _FeedParserMixin

from transforms.guard import Guards, Stopped

#: feedparser looks for an e-mail address in every author with a regex of quadratic time (its issue 562): 100,000
#: characters take a minute. Nobody's name is longer than this.
MAX_AUTHOR = 200

#: What feedparser calls damage and is none: encoding or media type were declared wrongly, and found all the same.
HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)

NAMED = re.compile(rb"&[A-Za-z][A-Za-z0-9]{1,31};")
XML_NAMES = ("amp;", "lt;", "gt;", "quot;", "apos;")

#: Seconds of work and memory that a document may take. feedparser needs 2 s for a real feed of 1 MB, 20 s for one of
#: 10 MB with 45,000 entries, and 160 s for one tag with 1 MB of attributes.
TIMEOUT_S = 60.0
MEMORY_BYTES = 2_000_000_000
_GUARDS = Guards(__name__, memory_bytes=MEMORY_BYTES)


class Date(NamedTuple):
    """A time as the feed writes it."""

    words: str
    at_s: Optional[int]  # seconds since 1970; None where the words are no time


class Found(NamedTuple):
    """One entry as the feed has it: neither scrubbed nor cut."""

    title: str
    summary: str  # or the first content
    content: str  # the whole article as HTML, "" where the feed does not carry it
    link: str
    id: str
    authors: Sequence[str]
    published: Date
    updated: Date


class Document(NamedTuple):
    """A feed as it stands."""

    version: str  # such as rss20; "" where it is no feed
    damage: str  # "" where there is none
    entries: Sequence[Found]


def parse(body: bytes, url: str, content_type: str, *, timeout_s: float = TIMEOUT_S) -> Optional[Document]:
    """Return what is in a document, None where it cannot be read within the limits of time and memory.

    Args:
        url: against which relative links are resolved, unless the document names another base.
        content_type: the header as it came, which may name the encoding.
        timeout_s: of work, in a process that is killed after it.
    """
    try:
        version, damage, entries = _GUARDS.call("read", body, url, content_type, timeout_s=timeout_s)
    except Stopped:
        return None
    found = [Found._make([*texts, Date(*first), Date(*last)]) for *texts, first, last in entries]
    return Document(version, damage, found)


def read(body: bytes, url: str, content_type: str) -> Document:
    """Return what is in a document, however long it takes."""
    if is_bottomless(body):
        return Document("", "its elements are nested more than 256 deep", [])
    return _parse(body, url, content_type)


def is_bottomless(body: bytes) -> bool:
    """Say whether elements are nested deeper than libxml2 goes, 256: 200,000 levels keep feedparser busy for a minute.

    Reading it costs less than a hundredth of what feedparser takes.
    """
    parser = lxml.etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    with contextlib.suppress(lxml.etree.XMLSyntaxError, ValueError):
        lxml.etree.fromstring(body, parser)
    return any("xcessive depth" in each.message for each in parser.error_log)


def _parse(body: bytes, url: str, content_type: str) -> Document:
    headers = {"content-location": url, "content-type": content_type}
    file = io.BytesIO(_with_numbers(body))  # of plain bytes feedparser asks first whether they are a file's name
    try:
        parsed = feedparser.parse(file, response_headers=headers, resolve_relative_uris=False)
    except Exception as error:  # what it cannot take it raises on, from many places
        return Document("", f"{type(error).__name__}: {error}", [])
    problem = parsed.get("bozo_exception")
    damaged = problem is not None and not isinstance(problem, HARMLESS)
    return Document(
        version=parsed.get("version") or "",
        damage=f"{type(problem).__name__}: {problem}" if damaged else "",
        entries=[_found(entry) for entry in parsed.entries],
    )


def _with_numbers(body: bytes) -> bytes:
    """Return a document whose HTML entities (`&eacute;`) are numbers (`&#233;`), which mean the same without a DTD.

    XML knows five names; where a DTD is named, which nobody fetches, its parser drops all others without a word.
    """
    return NAMED.sub(lambda match: _number(match[0]), body)


def _number(reference: bytes) -> bytes:
    name = reference[1:].decode()
    known = html.entities.html5.get(name) if name not in XML_NAMES else None
    return "".join(f"&#{ord(letter)};" for letter in known).encode() if known else reference


def _found(entry: Any) -> Found:
    contents = [each.get("value") or "" for each in _parts(entry, "content")]
    named = [author.get("name") for author in _parts(entry, "authors")] or [entry.get("author")]
    return Found(
        title=entry.get("title") or "",
        summary=entry.get("summary") or next(iter(contents), ""),
        content=max(contents, key=len, default=""),
        link=entry.get("link") or "",
        id=entry.get("id") or "",
        authors=[name for name in named if name],
        published=_date(entry, "published"),
        updated=_date(entry, "updated"),
    )


def _parts(entry: Any, name: str) -> Sequence[Any]:
    """Return what feedparser has made a list of; an element that happens to be called so puts plain text there."""
    parts = entry.get(name)
    return [each for each in parts if isinstance(each, dict)] if isinstance(parts, list) else []


def _date(entry: Any, name: str) -> Date:
    """Return a date of an entry; feedparser reads some thirty forms and gives UTC."""
    words, parsed = entry.get(name) or "", entry.get(f"{name}_parsed")
    try:
        at_s = calendar.timegm(parsed) if parsed else None
        if at_s is not None:
            datetime.fromtimestamp(at_s, UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        return Date(words, None)
    return Date(words, at_s)


# --- feedparser -----------------------------------------------------------------------------------------------------

#: A guid is a name, not an address: resolved against the feed's own address it would change when the feed moves.
_FeedParserMixin.can_be_relative_uri = _FeedParserMixin.can_be_relative_uri - {"id"}

_read_author = _FeedParserMixin._sync_author_detail


def _read_short_author(self: Any, key: str = "author") -> None:
    context = self._get_context()
    if len(context.get(key) or "") > MAX_AUTHOR:
        context[key] = context[key][:MAX_AUTHOR]
    _read_author(self, key)


_FeedParserMixin._sync_author_detail = _read_short_author

_read_reference = _FeedParserMixin.handle_charref


def _read_any_reference(self: Any, ref: str) -> None:
    """One reference to a character that is none (`&#xD800;`) must not cost the feed: feedparser raises on it."""
    try:
        _read_reference(self, ref)
    except (ValueError, OverflowError):
        _read_reference(self, "xfffd")


_FeedParserMixin.handle_charref = _read_any_reference
