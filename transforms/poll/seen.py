"""What committed runs know of sources: the seen index, the retry queue and the polls, all read from the tables."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Optional

import pyarrow as pa
import pyarrow.compute as pc

from schemas import Entry, Item, Poll, Reject, Source
from schemas.ids import make_id
from schemas.run import is_local
from schemas.tables import from_arrow
from transforms.fetch.urls import article_id, host_of, origin_of
from transforms.items import entry_item
from transforms.poll.listing import Listed
from transforms.rejects import note_entry, reject_entry
from transforms.store.lake import Lake
from transforms.windows import day

STAGE = "poll_sources"

#: Days of items that the index is made of. What is listed has an item in every run, so this bounds only how long a
#: thing may be absent and still be known; a waiting retry is at most 31 days away (schedule.py). What is forgotten is
#: fetched once more, and deduplication finds that its text is the committed one. Items of 90 days, hourly runs and 100
#: feeds are 10 million rows; only the last of each entry leaves Arrow.
INDEX_DAYS = 90

#: Polls are remembered for longer than the longest wait.
POLL_DAYS = 35
ROBOTS_DAYS = 3

ITEM_COLUMNS = list(Item._fields)


class Version(NamedTuple):
    """The newest committed text of an article."""

    version: int
    content_hash: str


class Seen(NamedTuple):
    """What became of everything, at the last time it was met."""

    items: dict[str, dict[str, Item]]  # by source, then by entry id
    versions: dict[str, Version]  # by article id

    def last(self, source: str, entry_id: str) -> Optional[Item]:
        """Return what became of an entry, None where it was never met."""
        return self.items.get(source, {}).get(entry_id)

    def due(self, source: str, now: int) -> list[Item]:
        """Return the items of a source that are to be taken up again, in the order of their ids."""
        due = (item for item in self.items.get(source, {}).values() if is_due(item, now))
        return sorted(due, key=lambda item: item.entry_id)


def is_due(item: Item, now: int) -> bool:
    """Say whether an item is to be taken up again: deferred, or rejected with a time to try again that has come."""
    if item.outcome == "deferred" and item.retry_at is None:
        return True
    return item.outcome in ("deferred", "rejected") and item.retry_at is not None and item.retry_at <= now


def is_waiting(item: Item, now: int) -> bool:
    """Say whether an item is to be taken up again, though not yet."""
    return item.outcome in ("deferred", "rejected") and item.retry_at is not None and item.retry_at > now


# --- reading --------------------------------------------------------------------------------------------------------


def read_seen(lake: Lake, now: int) -> Seen:
    """Return the index of what all runs committed.

    Args:
        now: what was not met for INDEX_DAYS before it is left out.
    """
    rows = lake.read("items", ITEM_COLUMNS, where=pc.field("date") >= day(now, -INDEX_DAYS))
    last = _last(rows, ["source", "entry_id"], ["seen_at", "run_id"])
    items: dict[str, dict[str, Item]] = {}
    for item in from_arrow(Item, last):
        items.setdefault(item.source, {})[item.entry_id] = item
    texts = rows.filter(pc.and_(pc.is_valid(rows["version"]), pc.is_valid(rows["content_hash"])))
    newest = _last(texts, ["article_id"], ["version", "seen_at", "run_id"])
    columns = (newest[name].to_pylist() for name in ("article_id", "version", "content_hash"))
    return Seen(items, {key: Version(version, digest) for key, version, digest in zip(*columns, strict=True)})


def read_polls(lake: Lake, now: int) -> dict[str, Poll]:
    """Return the last poll of each source, by its name."""
    return _last_polls(lake, now, POLL_DAYS, ~pc.field("kind").isin(["robots", "host"]))


def read_robots(lake: Lake, now: int) -> dict[str, Poll]:
    """Return the robots.txt that still stands for each host, by host and port."""
    last = _last_polls(lake, now, ROBOTS_DAYS, pc.field("kind") == "robots")
    return {host: poll for host, poll in last.items() if poll.next_due > now}


def read_hosts(lake: Lake, now: int) -> dict[str, Poll]:
    """Return what is remembered of hosts that had to be left alone, by host and port."""
    return _last_polls(lake, now, POLL_DAYS, pc.field("kind") == "host")


def _last_polls(lake: Lake, now: int, days: int, which: pc.Expression) -> dict[str, Poll]:
    rows = lake.read("polls", list(Poll._fields), where=(pc.field("date") >= day(now, -days)) & which)
    last = _last(rows, ["source"], ["polled_at", "run_id", "failures"])  # two steps may have a host's word in one run
    return {poll.source: poll for poll in from_arrow(Poll, last)}


def _last(rows: pa.Table, keys: list[str], order: list[str]) -> pa.Table:
    """Return the last row of each key, in the order of `order`."""
    ordered = rows.sort_by([(name, "ascending") for name in order])
    at = pa.array(range(ordered.num_rows), pa.int64())
    found = ordered.append_column("_at", at).group_by(keys).aggregate([("_at", "max")])
    return ordered.take(found["_at_max"])


# --- deciding -------------------------------------------------------------------------------------------------------


def decide(listed: Listed, source: Source, seen: Seen, *, run_id: str, now: int) -> Entry | Item | Reject:
    """Return what becomes of what a source lists.

    An item where it is known and settled ("unchanged") or waits for its time ("deferred"), a reject where it names its
    reason, else the entry that is to be fetched.
    """
    if source.content == "feed" and listed.content:
        listed = listed._replace(fingerprint=make_id("entry", listed.fingerprint, listed.content))
    entry = _entry(listed, source, seen, run_id, now)
    last = seen.last(source.name, listed.entry_id)
    if last is not None and last.fingerprint == listed.fingerprint:
        if is_waiting(last, now):
            return entry_item(entry, "deferred", reason=last.reason, attempts=last.attempts, retry_at=last.retry_at)
        if not is_due(last, now):
            return entry_item(entry, "unchanged")
        entry = entry._replace(attempts=last.attempts)
    if listed.reason is not None:
        return reject_entry(entry, stage=STAGE, reason=listed.reason, detail=listed.detail)
    if not is_local(source) and not host_of(listed.url):  # no feed opens a file of this machine
        return reject_entry(entry, stage=STAGE, reason="bad_url", detail=f"The address is {listed.url[:200]!r}.")
    return entry


def again(item: Item, source: Source, seen: Seen, *, run_id: str, now: int) -> Entry:
    """Return the entry of an item that is due though its source lists it no more: what the item still knows of it."""
    listed = Listed(item.entry_id, item.url, item.fingerprint, title=item.title, published=item.published)
    return _entry(listed, source, seen, run_id, now)._replace(attempts=item.attempts)


def _entry(listed: Listed, source: Source, seen: Seen, run_id: str, now: int) -> Entry:
    key = article_id(listed.url)
    known = seen.versions.get(key, Version(0, ""))
    return Entry(
        run_id=run_id,
        now=now,
        source=source.name,
        publisher=listed.publisher or source.publisher,
        language=source.language or listed.language,
        fixed_language=source.language,
        timezone=source.timezone,
        entry_id=listed.entry_id,
        url=listed.url,
        title=listed.title,
        summary=listed.summary,
        authors=list(listed.authors),
        published=listed.published,
        published_offset_s=listed.published_offset_s,
        text=listed.text,
        fingerprint=listed.fingerprint,
        article_id=key,
        version=known.version,
        content_hash=known.content_hash,
        attempts=0,
        delay_s=source.delay_s,
        budget_s=source.budget_s,
        interval_s=source.interval_s,
        content=listed.content,
        place="feed" if listed.content and source.content == "feed" else listed.place,
        headers=list(source.headers) if origin_of(listed.url) == origin_of(source.location) else [],
    )


def decide_all(
    entries: Sequence[Listed], source: Source, seen: Seen, *, run_id: str, now: int, queue: bool
) -> Iterator[Entry | Item | Reject]:
    """Yield what becomes of all that a source lists, and of what waits in its queue though it is listed no more.

    What was put right in an entry that is taken up is noted beside it.
    """
    for listed in entries:
        decided = decide(listed, source, seen, run_id=run_id, now=now)
        yield decided
        if isinstance(decided, Entry):
            for note in listed.notes:
                yield note_entry(decided, stage=STAGE, reason=note.reason, detail=note.detail)
    if queue:
        present = {listed.entry_id for listed in entries}
        for item in seen.due(source.name, now):
            if item.entry_id not in present:
                yield again(item, source, seen, run_id=run_id, now=now)
