"""A run and what is said of it: its tick, its sources, its files and its receipt.

All times are whole microseconds since 1970-01-01T00:00Z, so that a record encodes to the same bytes on every worker.
"""

from collections.abc import Sequence
from typing import NamedTuple, Optional


class Source(NamedTuple):
    """One `[[source]]` of sources.toml, with the defaults filled in."""

    name: str  # unique, the operator's word for it
    kind: str  # feed | sitemap | urls | folder | warc | documents
    location: str  # a URL, or an absolute path for kinds that are local
    publisher: Optional[str]  # None: as each document says, else the host
    language: Optional[str]  # ISO 639-1, None: detect
    timezone: Optional[str]  # IANA name of where the outlet is, None: the offset that `published` came with
    interval_s: int  # between two polls, at least
    delay_s: float  # between two requests to one host
    budget_s: float  # of a run for one host: budget / delay requests, the rest is deferred
    content: str = "page"  # page | feed: where an article's text is taken from, if the feed carries it whole
    tags: Sequence[str] = ()  # the operator's groups
    max_interval_s: int = 21_600  # between two polls of what seldom changes; a run without end waits no longer
    keeps_interval: bool = False  # it is written down: runs that are started more often leave the source alone as well
    revived_at: int = 0  # µs; what was learnt of it before no longer counts
    headers: Sequence[str] = ()  # `Name=VARIABLE`: sent to its own host alone; the value stays in the environment


def is_local(source: Source) -> bool:
    """Say whether a source lies in files, which are sliced by position and never asked over the network.

    No property of Source: inside another record, workers get one that has its fields alone.
    """
    return not source.location.startswith(("http://", "https://"))


class Slice(NamedTuple):
    """The part of one source that a tick takes up: entries [start, stop) of its sorted listing."""

    source: str  # name
    start: int
    stop: int  # 0 for polled sources, which are taken whole


class Tick(NamedTuple):
    """The beginning of one run."""

    run_id: str
    now: int  # logical time, µs
    sources: Sequence[Source]  # as resolved for this run: a job that streams reads sources.toml anew for each
    slices: Sequence[Slice]


class StagedFile(NamedTuple):
    """One file of a run, as it lies in the staging area."""

    run_id: str
    table: str
    partition: str  # such as date=2026-03-02
    name: str  # final file name inside the partition's folder
    staged: str  # path below the lake's root
    rows: int
    bytes: int
    sha256: str


class Receipt(NamedTuple):
    """What became of everything a run took up: fetched = published + duplicates + unchanged + rejected."""

    run_id: str
    now: int  # µs
    fetched: int
    published: int
    duplicates: int
    unchanged: int
    rejected: int
    deferred: int  # beside the sum: left for a later run
    mentions: int
    events: int  # written: new or changed
    polls: int
    failed_polls: int
    merges: int
