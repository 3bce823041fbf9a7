"""RSS and Atom bytes -> what the feed lists. feedparser reads; here it is kept within bounds."""

import calendar
import email.utils
import html
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Optional

import feedparser
import lxml.etree
import lxml.html
from feedparser.mixin import _FeedParserMixin

from schemas.ids import make_id
from transforms.http import MAX_BYTES, TooLarge, bounded, inflate
from transforms.listing import (
    MAX_AUTHORS,
    MAX_ID,
    MAX_SUMMARY,
    MAX_TITLE,
    Listed,
    Listing,
    Note,
    line,
    to_micros,
)
from transforms.urls import normalise, request_url

#: feedparser looks for an e-mail address in every author with a regex of quadratic time (its issue 562): 100,000
#: characters take a minute. Nobody's name is longer than this.
MAX_AUTHOR = 200

#: What feedparser calls damage and is none: encoding or media type were declared wrongly, and found all the same.
HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)

MARKUP = re.compile(r"<[a-zA-Z/!][^>]*>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+);")
SILENT = ("script", "style", "template", "noscript", "iframe", "svg", "head")


class Dated(NamedTuple):
    """A time as the feed writes it."""

    at: Optional[int]  # µs
    offset_s: Optional[int]


def read_feed(body: bytes, url: str, content_type: str = "") -> Listing:
    """Return what an RSS or Atom document lists, in its order; what holds no address carries its reason.

    Args:
        url: where it came from, after redirects: relative links are resolved against it.
        content_type: the header as it came, which may name the encoding.
    """
    try:
        plain = _unpacked(body)
    except TooLarge:
        return Listing([], Note("too_large", f"Unpacked, the feed is larger than {MAX_BYTES} bytes."), failed=True)
    headers = {"content-location": url, "content-type": content_type or "application/xml"}
    # BytesIO: of plain bytes feedparser asks first whether they are a file's name.
    parsed = feedparser.parse(io.BytesIO(plain), response_headers=headers, resolve_relative_uris=False)
    problem = parsed.get("bozo_exception")
    if not parsed.get("version") and not parsed.entries:
        return Listing([], Note("not_a_feed", _not_a_feed(plain, problem)), failed=True)
    listed = list(_distinct(_listed(entry, url) for entry in _without_empty(parsed.entries)))
    damaged = problem is not None and not isinstance(problem, HARMLESS)
    note = Note("feed_damaged", f"{type(problem).__name__}: {problem}; {len(listed)} entries could be read.")
    return Listing(listed, note if damaged else None)


def _unpacked(body: bytes) -> bytes:
    """Some servers send a .gz file as it is: gzip inside, whatever the headers say."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return b"".join(bounded(inflate([body], "gzip"), MAX_BYTES))
    except OSError:
        return body


def _not_a_feed(body: bytes, problem: Optional[Exception]) -> str:
    if re.match(rb"\s*(?:<!doctype html|<html)", body[:500], re.IGNORECASE):
        return "The answer is an HTML page."
    begins = body[:60].decode("ascii", "replace")
    return f"The answer begins with {begins!r}" + (f" ({problem})." if problem else ".")


def _without_empty(entries: Sequence[Any]) -> list[Any]:
    """Return the entries that say anything (an <item/> inside an item is none); all of them where none does."""
    names = ("title", "link", "id", "summary", "content", "published")
    return [entry for entry in entries if any(entry.get(name) for name in names)] or list(entries)


def _listed(entry: Any, base: str) -> Listed:
    """Return one entry, scrubbed and cut to size."""
    title = line(text_of(entry.get("title")), MAX_TITLE)
    summary = line(text_of(entry.get("summary") or _content(entry)), MAX_SUMMARY)
    link = line(entry.get("link"), MAX_ID * 4) or ""
    url = request_url(link, base) if link else None
    published = read_date(entry, "published") or read_date(entry, "updated") or Dated(None, None)
    updated = entry.get("updated") if entry.get("updated_parsed") else None
    said = (url or link, title, summary, published.at, updated)
    fingerprint = make_id("entry", *(line(each, MAX_SUMMARY) or "" for each in said))
    reason, detail = _problem(link, url)
    return Listed(
        entry_id=line(entry.get("id"), MAX_ID) or url or fingerprint,
        url=url or line(link, MAX_ID) or "",
        fingerprint=fingerprint,
        title=title,
        summary=summary,
        authors=list(_authors(entry)),
        published=published.at,
        published_offset_s=published.offset_s,
        reason=reason,
        detail=detail,
    )


def _problem(link: str, url: Optional[str]) -> tuple[Optional[str], str]:
    if url:
        return None, ""
    if link:
        return "bad_url", f"The entry's address is {link[:200]!r}."
    return "entry_without_link", "The entry has neither a link nor an id that is one."


def _content(entry: Any) -> Optional[str]:
    contents = entry.get("content") or []
    return contents[0].get("value") if contents else None


def _authors(entry: Any) -> Iterator[str]:
    """Yield each author's name once."""
    named = [author.get("name") for author in entry.get("authors") or []] or [entry.get("author")]
    lines = (line(text_of(name), MAX_AUTHOR) for name in named[:MAX_AUTHORS])
    yield from dict.fromkeys(name for name in lines if name)


def _distinct(entries: Iterable[Listed]) -> Iterator[Listed]:
    """Yield one entry an id, whatever the order: the one that says the newest.

    Entries of one id and several addresses are several things: each then goes by id and address.
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
            yield best if len(by_url) == 1 else best._replace(entry_id=f"{entry_id} {url}")


# --- dates ----------------------------------------------------------------------------------------------------------


def read_date(entry: Any, name: str) -> Optional[Dated]:
    """Return a date of an entry, None where there is none that can be read.

    feedparser reads some thirty forms and gives UTC; the offset, which it drops, is read from the words again.
    """
    parsed = entry.get(f"{name}_parsed")
    if parsed is None:
        return None
    try:
        at = calendar.timegm(parsed) * 1_000_000
        datetime.fromtimestamp(at // 1_000_000, UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        return None
    return Dated(at, _offset(entry.get(name) or "", at))


def _offset(words: str, at: int) -> Optional[int]:
    """Return the UTC offset that a date came with, where reading it gives the same moment."""
    for read in (email.utils.parsedate_to_datetime, datetime.fromisoformat):
        moment = _moment(words.strip(), read)
        if moment is not None and to_micros(moment)[0] == at:
            return to_micros(moment)[1]
    return None


def _moment(words: str, read: Callable[[str], datetime]) -> Optional[datetime]:
    try:
        return read(words)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


# --- text -----------------------------------------------------------------------------------------------------------


def text_of(markup: Optional[str]) -> Optional[str]:
    """Return the text of what may be HTML, without scripts.

    >>> text_of("Talks &amp; <b>visits</b><script>x</script> < 5")
    'Talks & visits < 5'
    """
    if markup is None or not MARKUP.search(markup):
        return markup
    cut = markup[: MAX_SUMMARY * 20]
    if "<" not in cut:
        return html.unescape(cut)
    try:
        tree = lxml.html.fromstring(f"<div>{cut}</div>")
    except (lxml.etree.LxmlError, ValueError):
        return html.unescape(re.sub(r"<[^>]*>", " ", cut))
    for silent in list(tree.iter(*SILENT)):
        silent.drop_tree()
    for block in tree.iter("p", "br", "li", "div", "tr", "h1", "h2", "h3"):
        block.tail = " " + (block.tail or "")
    return str(tree.text_content())


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
