"""WritePartitions: the collections of a run -> staged files -> manifest -> tables."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.pvalue import PCollection

from schemas import Article, Entry, Event, Item, Mention, Merge, Poll, Receipt, Reject, StagedFile, Tick
from schemas.ids import make_id
from schemas.reject import ReceiptMismatch
from schemas.tables import TABLES, to_arrow
from transforms.lake import Lake
from transforms.progress import Progress
from transforms.versions import rules_version, software_version

#: Files that a month of events is spread over by id, each replaced whole when one of its events changes.
EVENT_BUCKETS = 16


class Tables(NamedTuple):
    """Everything a run found."""

    ticks: PCollection[Tick]
    entries: PCollection[Entry]  # what was taken up: each must be found again as an item
    articles: PCollection[Article]
    mentions: PCollection[Mention]
    events: PCollection[Event]
    items: PCollection[Item]  # decided before cleaning or in deduplication: unchanged, deferred, fetched twice
    polls: PCollection[Poll]
    merges: PCollection[Merge]
    rejects: PCollection[Reject]


class FileKey(NamedTuple):
    """One file to be."""

    run_id: str
    partition: str  # such as date=2026-03-02
    name: str  # "" where the file is new; the file that it replaces otherwise


beam.coders.registry.register_coder(FileKey, beam.coders.RowCoder)


def day_of(micros: int) -> str:
    """Return the partition of a moment.

    >>> day_of(0)
    'date=1970-01-01'
    """
    return f"date={datetime.fromtimestamp(micros / 1_000_000, UTC):%Y-%m-%d}"


def article_file(article: Article) -> tuple[FileKey, Article]:
    return FileKey(article.run_id, day_of(article.published), ""), article


def mention_file(mention: Mention) -> tuple[FileKey, Mention]:
    return FileKey(mention.run_id, day_of(mention.published), ""), mention


def event_file(event: Event) -> tuple[FileKey, Event]:
    """An event's file never changes: the month of its first commit and a bucket of its id."""
    name = f"events-{int(event.event_id[:8], 16) % EVENT_BUCKETS:02d}.parquet"
    return FileKey(event.run_id, f"month={event.month}", name), event


def item_file(item: Item) -> tuple[FileKey, Item]:
    return FileKey(item.run_id, day_of(item.seen_at), ""), item


def poll_file(poll: Poll) -> tuple[FileKey, Poll]:
    return FileKey(poll.run_id, day_of(poll.polled_at), ""), poll


def merge_file(merge: Merge) -> tuple[FileKey, Merge]:
    return FileKey(merge.run_id, day_of(merge.merged_at), ""), merge


def reject_file(reject: Reject) -> tuple[FileKey, Reject]:
    return FileKey(reject.run_id, day_of(reject.rejected_at), ""), reject


def article_item(article: Article) -> Item:
    """Return what became of an article that has a row: published, or a duplicate."""
    return Item(
        run_id=article.run_id,
        source=article.source,
        entry_id=article.entry_id,
        url=article.requested_url,
        fingerprint=article.fingerprint,
        outcome="published" if article.relation in ("canonical", "updated") else "duplicate",
        article_id=article.article_id,
        version=article.version,
        content_hash=article.content_hash,
        reason=None,
        attempts=0,
        retry_at=None,
        title=article.title,
        published=article.published,
        seen_at=article.fetched,
    )


def reject_item(reject: Reject) -> Iterator[Item]:
    """Yield the item of a reject, if the reject is one of the receipt's sum."""
    if reject.counted:
        yield Item(
            run_id=reject.run_id,
            source=reject.source,
            entry_id=reject.entry_id,
            url=reject.url,
            fingerprint=reject.fingerprint,
            outcome="rejected",
            article_id=reject.article_id,
            version=None,
            content_hash=None,
            reason=reject.reason,
            attempts=reject.attempts,
            retry_at=reject.retry_at,
            title=reject.title,
            published=reject.published,
            seen_at=reject.rejected_at,
        )


def merged_rows(table: str, before: pa.Table, after: pa.Table) -> pa.Table:
    """Return the rows of a file that is replaced: those of `before` whose id is not in `after`, and all of `after`."""
    stays = pc.invert(pc.is_in(before["event_id"], after["event_id"].combine_chunks()))
    rows = pa.concat_tables([before.filter(stays), after])
    return rows.sort_by([(key, "ascending") for key in TABLES[table].sort])


def item_key(source: str, entry_id: str) -> str:
    """Return the key under which an entry and its item meet."""
    return make_id("item", source, entry_id)


def check_items(run_id: str, taken_up: Iterable[str], items: Iterable[str]) -> None:
    """Check that all that was taken up is found again, once.

    Raises:
        ReceiptMismatch: an entry has no item, or an item occurs twice.
    """
    found = list(items)
    lost = set(taken_up) - set(found)
    if lost or len(found) != len(set(found)):
        raise ReceiptMismatch(
            f"The receipt of {run_id} does not add up: {len(lost)} entries without an item, "
            f"{len(found) - len(set(found))} items more than once. Nothing was published; please report this."
        )


def count_receipt(tick: Tick, items: pa.Table, polls: pa.Table, mentions: int, events: int, merges: int) -> Receipt:
    """Count the rows of a run."""
    outcomes = items["outcome"].to_pylist()
    number = {name: outcomes.count(name) for name in ("published", "duplicate", "unchanged", "rejected", "deferred")}
    return Receipt(
        run_id=tick.run_id,
        now=tick.now,
        fetched=len(outcomes) - number["deferred"],
        published=number["published"],
        duplicates=number["duplicate"],
        unchanged=number["unchanged"],
        rejected=number["rejected"],
        deferred=number["deferred"],
        mentions=mentions,
        events=events,
        polls=polls.num_rows,
        failed_polls=polls["status"].to_pylist().count("failed"),
        merges=merges,
    )


class _Stage(beam.DoFn):
    """Write the rows of one file to the staging area."""

    def __init__(self, lake: Lake, table: str) -> None:
        self.lake = lake
        self.table = table
        self.progress = Progress("write_partitions")

    def process(self, keyed: tuple[FileKey, Iterable[Any]]) -> Iterator[StagedFile]:
        key, records = keyed
        rows = to_arrow(self.table, records)
        if key.name:
            rows = merged_rows(self.table, self.lake.read_file(self.table, key.partition, key.name), rows)
        self.progress.count(self.table, rows.num_rows)
        yield self.lake.stage(key.run_id, self.table, key.partition, rows, key.name or None)

    def finish_bundle(self) -> None:
        self.progress.flush()


def by_run(file: StagedFile) -> tuple[str, StagedFile]:
    return file.run_id, file


def tick_by_run(tick: Tick) -> tuple[str, Tick]:
    return tick.run_id, tick


def entry_by_run(entry: Entry) -> tuple[str, str]:
    return entry.run_id, item_key(entry.source, entry.entry_id)


class _Commit(beam.DoFn):
    """Count the receipt, check it, publish the run."""

    def __init__(self, lake: Lake, sources: Sequence[str]) -> None:
        self.lake = lake
        self.sources = sources

    def process(self, grouped: tuple[str, dict[str, Iterable[Any]]]) -> Iterator[Receipt]:
        run_id, parts = grouped
        tick = next(iter(parts["ticks"]))
        files = sorted(parts["files"])
        items = self._rows("items", files, ["source", "entry_id", "outcome"])
        keys = map(item_key, items["source"].to_pylist(), items["entry_id"].to_pylist())
        check_items(run_id, parts["entries"], keys)
        written = self._rows("events", files, ["run_id"])["run_id"].to_pylist().count(run_id)
        rows = {table: sum(file.rows for file in files if file.table == table) for table in TABLES}
        polls = self._rows("polls", files, ["status"])
        receipt = count_receipt(tick, items, polls, rows["mentions"], written, rows["merges"])
        yield self.lake.commit(
            receipt,
            files,
            sources=self.sources,
            software_version=software_version(),
            rules_version=rules_version(),
        )

    def _rows(self, table: str, files: Sequence[StagedFile], columns: Sequence[str]) -> pa.Table:
        """Columns of all staged files of one table."""
        empty = TABLES[table].schema.empty_table().select(list(columns))
        staged = [self.lake.read_staged(file, columns) for file in files if file.table == table]
        return pa.concat_tables([empty, *staged])


@dataclass
class WritePartitions(beam.PTransform):
    """All collections in; the receipt of each committed run out."""

    lake: Lake
    sources: Sequence[str] = ()  # names, for the manifest

    def expand(self, tables: Tables) -> PCollection[Receipt]:
        items = (
            tables.items,
            tables.articles | "Account for articles" >> beam.Map(article_item),
            tables.rejects | "Account for rejects" >> beam.FlatMap(reject_item),
        ) | "Gather all items" >> beam.Flatten()
        keyed = {
            "articles": tables.articles | "Key articles by file" >> beam.Map(article_file),
            "mentions": tables.mentions | "Key mentions by file" >> beam.Map(mention_file),
            "rejects": tables.rejects | "Key rejects by file" >> beam.Map(reject_file),
            "items": items | "Key items by file" >> beam.Map(item_file),
            "polls": tables.polls | "Key polls by file" >> beam.Map(poll_file),
            "merges": tables.merges | "Key merges by file" >> beam.Map(merge_file),
            "events": tables.events | "Key events by file" >> beam.Map(event_file),
        }
        staged = [
            rows
            | f"Group {table} by file" >> beam.GroupByKey()
            | f"Stage {table}" >> beam.ParDo(_Stage(self.lake, table))
            for table, rows in keyed.items()
        ] | "Gather staged files" >> beam.Flatten()
        parts = {
            "ticks": tables.ticks | "Key ticks by run" >> beam.Map(tick_by_run),
            "files": staged | "Key files by run" >> beam.Map(by_run),
            "entries": tables.entries | "Key entries by run" >> beam.Map(entry_by_run),
        }
        return (
            parts
            | "Gather the run" >> beam.CoGroupByKey()
            | "Commit the run" >> beam.ParDo(_Commit(self.lake, self.sources))
        )
