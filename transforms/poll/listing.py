"""What a source lists, whichever kind it is, before it is known whether anything is new."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Optional

from transforms.scrub import FORBIDDEN, scrub

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: Longest of each, in characters: above what any newsroom writes, and far below what hurts in a row.
MAX_TITLE = 1_000
MAX_SUMMARY = 4_000
MAX_ID = 1_000
MAX_AUTHORS = 20
MAX_CONTENT = 200_000


class Note(NamedTuple):
    """Something to be said of an entry or of a whole source: `reason` is a key of REASONS."""

    reason: str
    detail: str


class Listed(NamedTuple):
    """One thing that a source lists, scrubbed."""

    entry_id: str
    url: str
    fingerprint: str
    title: Optional[str] = None
    summary: Optional[str] = None
    authors: Sequence[str] = ()
    published: Optional[int] = None  # µs
    published_offset_s: Optional[int] = None
    publisher: Optional[str] = None  # None: as the source is configured
    language: Optional[str] = None  # ISO 639-1; what is configured goes before it
    text: Optional[str] = None
    content: Optional[str] = None  # the whole article as HTML, where a feed carries it
    place: Optional[str] = None  # where the page lies, if not at `url`: see Entry
    reason: Optional[str] = None  # why it cannot be taken up, a key of REASONS
    detail: str = ""
    notes: Sequence[Note] = ()  # what was put right; the entry goes on


class Listing(NamedTuple):
    """The answer of a source to "what is there?"."""

    entries: Sequence[Listed]
    note: Optional[Note] = None
    failed: bool = False  # the note says why nothing could be listed
    parts: int = 1  # answers that it was read from: of several, the first one's validators say nothing
    found: Optional[str] = None  # the address of the feed, where that of the source is a page that names it
    told: int = 0  # entries that a feed holds, those that it tells twice counted twice


def line(text: object, longest: int) -> Optional[str]:
    """Return a value as one scrubbed line of at most `longest` characters; None where nothing is left.

    >>> line(" Two\\n words\\x00 ", 100), line(None, 100), line("", 100)
    ('Two words', None, None)
    """
    if text is None:
        return None
    return re.sub(r"\s+", " ", scrub(str(text)[: longest * 4])).strip()[:longest].strip() or None


def language_code(code: str) -> Optional[str]:
    """Return the ISO 639-1 code that a code begins with.

    >>> language_code("pt-BR"), language_code("zh-cn"), language_code("gsw")
    ('pt', 'zh', None)
    """
    match = re.match(r"([a-z]{2})(?![a-z])", code.lower())
    return match[1] if match else None


def mended(*texts: object) -> list[Note]:
    """Return a note if scrubbing takes anything out of `texts`; what is no text counts for nothing.

    >>> mended("Talks\\x1b", None)[0].reason, mended("Talks")
    ('mended_text', [])
    """
    if any(isinstance(text, str) and FORBIDDEN.search(text) for text in texts):
        return [Note("mended_text", "Forbidden characters in what the source says of it.")]
    return []


def bad_date(words: object) -> Note:
    """Return the note on a date that is given and is none."""
    return Note("absurd_date", f"The source says {str(words)[:100]!r}, which is no date.")


def to_micros(moment: datetime) -> tuple[Optional[int], Optional[int]]:
    """Return an aware moment as µs and its UTC offset in s; None for both where no calendar of the tables holds it."""
    offset = moment.utcoffset()
    if offset is None or abs(offset) >= timedelta(days=1):
        return None, None
    try:
        moment.astimezone(UTC)
    except OverflowError:
        return None, None
    return (moment - EPOCH) // timedelta(microseconds=1), int(offset.total_seconds())
