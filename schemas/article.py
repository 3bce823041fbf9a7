"""One item through its life: polled as an Entry, fetched as a Page, cleaned to an Article, accounted for as an Item.

Times are µs since 1970 UTC; days are ISO dates (`2026-03-02`); an empty list stands for "none", None for "not known".
"""

from collections.abc import Sequence
from typing import NamedTuple, Optional

#: How an article relates to the canonical article of its cluster.
RELATIONS = ("canonical", "exact", "syndicated", "excerpt", "appended", "updated")

#: What became of an item. The first four make up `fetched`.
OUTCOMES = ("published", "duplicate", "unchanged", "rejected", "deferred")


class Poll(NamedTuple):
    """One look at a feed, sitemap, robots.txt or host: what politeness must remember."""

    run_id: str
    kind: str  # feed | sitemap | urls | folder | documents | robots | host
    source: str  # source name; for robots and host the host
    url: str
    polled_at: int  # logical time of the run, µs
    status: str  # ok | not_modified | failed | gone | skipped (its time has not come)
    http_status: Optional[int]
    reason: Optional[str]  # of a failure, a reason of schemas/reject.py
    entries: int  # that the answer listed
    etag: Optional[str]
    last_modified: Optional[str]
    failures: int  # in a row, this one included
    next_due: int  # µs
    rules: Optional[str]  # robots.txt as served, at most 500 kB
    redirect: Optional[str]  # permanent new address, or the feed that a page names
    not_before: Optional[int] = None  # µs; the server, or an interval that is written down, forbids an earlier look
    gap_s: Optional[int] = None  # between two looks, as it follows from how often there was something new
    sightings: Optional[int] = None  # of that redirect, in a row
    body_hash: Optional[str] = None  # of the last answer that was read in full
    body_bytes: Optional[int] = None  # of that answer, decoded; at a 304 what it saved


class Entry(NamedTuple):
    """One thing that a source lists: what is known before fetching."""

    run_id: str
    now: int  # logical time of the run, µs
    source: str
    publisher: Optional[str]
    language: Optional[str]
    timezone: Optional[str]
    entry_id: str  # guid, document id or path below the folder
    url: str  # what is asked for: http(s), file: or document:
    title: Optional[str]
    summary: Optional[str]
    authors: Sequence[str]
    published: Optional[int]  # as the source says, µs
    published_offset_s: Optional[int]  # UTC offset that came with it
    text: Optional[str]  # documents only: already text
    fingerprint: str  # of what the source says of it; changes when that does
    article_id: str
    version: int  # newest committed version, 0 where there is none
    content_hash: str  # of that version's text, "" where there is none
    attempts: int  # earlier ones in a row that failed
    delay_s: float  # between two requests to its host, as configured
    budget_s: float  # of the run for its host
    content: Optional[str] = None  # the whole article as HTML, where the feed carries it
    place: Optional[str] = None  # where the page lies: None at `url`, "feed" in `content`, or `<archive>#<byte>`
    headers: Sequence[str] = ()  # `Name=VARIABLE` for its host, as configured
    interval_s: int = 0  # between two polls of its source, as configured
    fixed_language: Optional[str] = None  # as configured; an article that surely is in another is rejected


class Page(NamedTuple):
    """What came back for an entry. Never crosses a shuffle."""

    entry: Entry
    final_url: str  # after redirects
    content_type: str  # media type, lower case: text/html, text/plain, text/markdown
    charset: Optional[str]  # as the answer's header says
    body: bytes  # at most 10 MB, decoded from gzip and the like


class Removed(NamedTuple):
    """One edit of a text. Applied backwards, last first, the edits of a text restore its source."""

    at: int  # offset into the cleaned `text` where `replacement` stands
    text: str  # what stood there before
    replacement: str  # what stands there now
    reason: str  # broken_paragraph | boilerplate | caption | control_character | ...


class Article(NamedTuple):
    """One version of one article."""

    run_id: str
    article_id: str
    version: int  # from 1
    source: str
    entry_id: str
    url: str  # the best address there is: canonical, else final, else requested
    requested_url: str
    final_url: str
    canonical_url: Optional[str]  # as the page says
    publisher: str
    title: Optional[str]
    text: str  # paragraphs joined by a blank line; offsets of mentions point here
    authors: Sequence[str]
    language: Optional[str]  # ISO 639-1
    published: int  # µs; the run's time where absent or absurd
    published_date: str  # the outlet's own day, which anchors relative dates
    published_basis: str  # source | page | url | fetched
    fetched: int  # logical time of the run, µs
    captions: Sequence[str]
    removed: Sequence[Removed]
    words: int
    content_hash: str  # of `text`
    fingerprint: str  # of the entry
    attempts: int
    cluster_id: str  # "" until deduplicated, as the four below
    relation: str  # one of RELATIONS
    related_id: Optional[str]  # the article it is a copy of; None for a canonical one
    similarity: Optional[float]  # Jaccard of word shingles with that article, 0..1
    independent: bool  # counts as a source of its own
    signature: Sequence[int]  # sampled shingle hashes, by which copies find each other
    software_version: str
    rules_version: str
    end_paragraphs: Sequence[int]  # hashes of the paragraphs at both ends, furniture included, by which it is learned
    end_lines: Sequence[int]  # of those at the end that are no sentence
    modified: Optional[int] = None  # µs, as the page says
    modified_basis: Optional[str] = None  # linked_data | meta | element
    section: Optional[str] = None  # of the outlet, as the page says
    tags: Sequence[str] = ()  # as the page says
    image_url: Optional[str] = None  # of the picture that it is shared with, absolute
    link_density: Optional[float] = None  # share of the characters of its elements that stand in links, 0..1
    boilerplate_share: Optional[float] = None  # of the characters of the text, cut as a publisher's furniture, 0..1
    language_confidence: Optional[float] = None  # probability of `language` by the text alone, 0..1


class Revision(NamedTuple):
    """An article that was published before has a new version."""

    run_id: str
    article_id: str
    version: int  # the new one, from 2


class Item(NamedTuple):
    """What became of one thing in one run: the seen index, the receipt and the retry queue in one."""

    run_id: str
    source: str
    entry_id: str
    url: str
    fingerprint: str
    outcome: str  # one of OUTCOMES
    article_id: str
    version: Optional[int]
    content_hash: Optional[str]
    reason: Optional[str]
    attempts: int
    retry_at: Optional[int]  # µs; None: not tried again unless the source changes what it says
    title: Optional[str]
    published: Optional[int]  # µs
    seen_at: int  # logical time of the run, µs


class Merge(NamedTuple):
    """One id that turned out to be another."""

    run_id: str
    kind: str  # cluster | event
    from_id: str
    into_id: str
    reason: str
    merged_at: int  # logical time of the run, µs
