"""WritePartitions: the collections of a run -> staged files -> manifest -> tables."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Optional

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.pvalue import PCollection, TaggedOutput
from apache_beam.typehints.decorators import no_annotations

from schemas import Article, Entry, Event, Item, Mention, Merge, Poll, Receipt, Reject, StagedFile, Tick
from schemas.ids import make_id, time_of
from schemas.reject import ReceiptMismatch
from schemas.tables import TABLES, check_times, day_of, to_arrow
from transforms.items import article_item, reject_item
from transforms.progress import Progress
from transforms.rejects import MAX_DETAIL
from transforms.scrub import scrub
from transforms.store.lake import Lake
from transforms.versions import rules_version, software_version

STAGE = "write_partitions"

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

#: What has a row in a table.
Record = Article | Mention | Event | Item | Poll | Merge | Reject


def article_file(article: Article) -> tuple[FileKey, Article]:
    return FileKey(article.run_id, day_of(article.published), ""), article


def mention_file(mention: Mention) -> tuple[FileKey, Mention]:
    return FileKey(mention.run_id, day_of(mention.published), ""), mention


def item_file(item: Item) -> tuple[FileKey, Item]:
    return FileKey(item.run_id, day_of(item.seen_at), ""), item


def poll_file(poll: Poll) -> tuple[FileKey, Poll]:
    return FileKey(poll.run_id, day_of(poll.polled_at), ""), poll


def merge_file(merge: Merge) -> tuple[FileKey, Merge]:
    return FileKey(merge.run_id, day_of(merge.merged_at), ""), merge


def reject_file(reject: Reject) -> tuple[FileKey, Reject]:
    return FileKey(reject.run_id, day_of(reject.rejected_at), ""), reject


def event_file(event: Event) -> tuple[FileKey, Event]:
    """An event's file never changes: the month of its first commit and a bucket of its id.

    Raises:
        ValueError: the month is none, or the id is no hexadecimal number.
    """
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", event.month):
        raise ValueError(f"{event.month!r} is no month.")
    bucket = int(event.event_id[:8], 16) % EVENT_BUCKETS
    return FileKey(event.run_id, f"month={event.month}", f"events-{bucket:02d}.parquet"), event


def published_item(article: Article) -> Item:
    """Return what became of an article that has a row: published, or a duplicate."""
    is_news = article.relation in ("canonical", "updated")
    return article_item(article, "published" if is_news else "duplicate")


def is_counted(reject: Reject) -> bool:
    return reject.counted


def unwritable(record: Record, error: Exception) -> Reject:
    """Return the reject of a record that no table can hold: only what is sure to be sound."""

    def text(*names: str) -> str:
        values = (getattr(record, name, None) for name in names)
        return next((scrub(value) for value in values if isinstance(value, str)), "")

    return Reject(
        run_id=record.run_id,
        stage=STAGE,
        reason="stage_failed",
        detail=scrub(f"{type(record).__name__}: {type(error).__name__}: {error}")[:MAX_DETAIL],
        source=text("source", "publisher"),
        url=text("requested_url", "url"),
        rejected_at=time_of(record.run_id),
        counted=isinstance(record, (Article, Item)) or (isinstance(record, Reject) and record.counted),
        entry_id=text("entry_id"),
        fingerprint=text("fingerprint"),
        article_id=text("article_id"),
        attempts=1,
        retry_at=None,
        title=None,
        published=None,
        replay=None,
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


def count_receipt(
    run_id: str,
    now: int,
    *,
    outcomes: Sequence[str],
    polls: Sequence[str],
    mentions: int,
    events: int,
    merges: int,
) -> Receipt:
    """Count what became of a run.

    Args:
        outcomes: of its items.
        polls: their statuses.
    """
    return Receipt(
        run_id=run_id,
        now=now,
        fetched=len(outcomes) - outcomes.count("deferred"),
        published=outcomes.count("published"),
        duplicates=outcomes.count("duplicate"),
        unchanged=outcomes.count("unchanged"),
        rejected=outcomes.count("rejected"),
        deferred=outcomes.count("deferred"),
        mentions=mentions,
        events=events,
        polls=len(polls),
        failed_polls=polls.count("failed"),
        merges=merges,
    )


def check_sum(receipt: Receipt) -> None:
    """Check that what was fetched is what became of it.

    Raises:
        ReceiptMismatch: it is not.
    """
    parts = (receipt.published, receipt.duplicates, receipt.unchanged, receipt.rejected)
    if receipt.fetched != sum(parts):
        raise ReceiptMismatch(
            f"The receipt of {receipt.run_id} does not add up: {receipt.fetched} fetched, and published, duplicates, "
            f"unchanged and rejected are {' + '.join(map(str, parts))}. Nothing was published; please report this."
        )


#: How a record of each table finds its file.
FILES: dict[str, Callable[[Any], tuple[FileKey, Record]]] = {
    "articles": article_file,
    "mentions": mention_file,
    "rejects": reject_file,
    "items": item_file,
    "polls": poll_file,
    "merges": merge_file,
    "events": event_file,
}


def check_record(record: Record, table: str) -> None:
    """Check that a record has a file, an encoding and a row.

    Raises:
        Exception: it has not: a lone surrogate, a number or a time out of range, a value of another type.
    """
    FILES[table](record)
    check_times(table, record)
    beam.coders.registry.get_coder(type(record)).encode(record)


class _Check(beam.DoFn):
    """Let records pass that a table can hold, so that one that slipped through the stages cannot fail the run."""

    def __init__(self, table: str) -> None:
        self.table = table
        self.progress = Progress(STAGE)

    def process(self, record: Record) -> Iterator[Record | TaggedOutput[Literal["rejects"], Reject]]:
        try:
            check_record(record, self.table)
        except Exception as error:
            self.progress.count("rejects")
            yield TaggedOutput("rejects", unwritable(record, error))
        else:
            yield record

    def finish_bundle(self) -> None:
        self.progress.flush()


class _Stage(beam.DoFn):
    """Write the rows of one file to the staging area."""

    def __init__(self, lake: Lake, table: str) -> None:
        self.lake = lake
        self.table = table
        self.progress = Progress(STAGE)

    def process(self, keyed: tuple[FileKey, Iterable[Any]]) -> Iterator[StagedFile]:
        key, records = keyed
        rows = to_arrow(self.table, records)
        self.progress.count(self.table, rows.num_rows)
        if key.name:
            rows = merged_rows(self.table, self.lake.read_file(self.table, key.partition, key.name), rows)
        yield self.lake.stage(key.run_id, self.table, key.partition, rows, key.name or None)

    def finish_bundle(self) -> None:
        self.progress.flush()


class Part(NamedTuple):
    """One of the things that a run is made of."""

    tick: Optional[Tick] = None
    file: Optional[StagedFile] = None
    entry: Optional[str] = None  # item_key of what was taken up


beam.coders.registry.register_coder(Part, beam.coders.RowCoder)


def tick_part(tick: Tick) -> tuple[str, Part]:
    return tick.run_id, Part(tick=tick)


def file_part(file: StagedFile) -> tuple[str, Part]:
    return file.run_id, Part(file=file)


def entry_part(entry: Entry) -> tuple[str, Part]:
    return entry.run_id, Part(entry=item_key(entry.source, entry.entry_id))


class _Commit(beam.DoFn):
    """Count the receipt, check it, publish the run."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake

    def process(self, grouped: tuple[str, Iterable[Part]]) -> Iterator[Receipt]:
        run_id, together = grouped
        parts = list(together)
        yield self.lake.finish(run_id) or self._commit(run_id, parts)

    def _commit(self, run_id: str, parts: Sequence[Part]) -> Receipt:
        files = sorted(part.file for part in parts if part.file)
        tick = next(part.tick for part in parts if part.tick)
        items = self._rows("items", files, ["source", "entry_id", "outcome"])
        keys = map(item_key, items["source"].to_pylist(), items["entry_id"].to_pylist())
        check_items(run_id, (part.entry for part in parts if part.entry), keys)
        receipt = count_receipt(
            run_id,
            tick.now,
            outcomes=items["outcome"].to_pylist(),
            polls=self._rows("polls", files, ["status"])["status"].to_pylist(),
            mentions=sum(file.rows for file in files if file.table == "mentions"),
            events=self._rows("events", files, ["run_id"])["run_id"].to_pylist().count(run_id),
            merges=sum(file.rows for file in files if file.table == "merges"),
        )
        check_sum(receipt)
        return self.lake.commit(
            receipt,
            files,
            sources=tick.sources,
            software_version=software_version(),
            rules_version=rules_version(),
        )

    def _rows(self, table: str, files: Sequence[StagedFile], columns: Sequence[str]) -> pa.Table:
        """Columns of all staged files of one table."""
        empty = TABLES[table].schema.empty_table().select(list(columns))
        staged = [self.lake.read_staged(file, columns) for file in files if file.table == table]
        return pa.concat_tables([empty, *staged])


class Checked(NamedTuple):
    """The records of one table."""

    kept: PCollection[Record]
    rejects: PCollection[Reject]


@dataclass
class WritePartitions(beam.PTransform):
    """All collections in; the receipt of each committed run out."""

    lake: Lake

    @no_annotations  # type: ignore[untyped-decorator]  # Beam warns of a NamedTuple of collections, and ignores it
    def expand(self, tables: Tables) -> PCollection[Receipt]:
        kept = check_all(tables)
        staged = [stage(kept[table], table, self.lake) for table in TABLES] | "Gather staged files" >> beam.Flatten()
        parts = [
            tables.ticks | "Key ticks by run" >> beam.Map(tick_part),
            tables.entries | "Key entries by run" >> beam.Map(entry_part),
            staged | "Key files by run" >> beam.Map(file_part),
        ] | "Gather parts" >> beam.Flatten()
        return parts | "Group parts by run" >> beam.GroupByKey() | "Commit the run" >> beam.ParDo(_Commit(self.lake))


def check_all(tables: Tables) -> dict[str, PCollection[Record]]:
    """Return the records of each table: what it can hold, a reject for what it cannot, and an item for each thing."""
    names = [name for name in TABLES if name != "rejects"]
    checked = {name: check(getattr(tables, name), name) for name in names}
    found = [tables.rejects, *(each.rejects for each in checked.values())] | "Gather all rejects" >> beam.Flatten()
    rejects = check(found, "rejects")
    kept = {name: each.kept for name, each in checked.items()}
    kept["rejects"] = [rejects.kept, rejects.rejects] | "Replace unsound rejects" >> beam.Flatten()
    published = kept["articles"] | "Account for articles" >> beam.Map(published_item)
    counted = kept["rejects"] | "Choose counted rejects" >> beam.Filter(is_counted)
    rejected = counted | "Account for rejects" >> beam.Map(reject_item)
    kept["items"] = [kept["items"], published, rejected] | "Gather all items" >> beam.Flatten()
    return kept


def check(records: PCollection[Record], table: str) -> Checked:
    """Split records into those that the table can hold, and a reject for each other one."""
    kind = records.element_type
    checks = beam.ParDo(_Check(table)).with_output_types(kind, rejects=Reject).with_outputs("rejects", main="kept")
    out = records | f"Check {table}" >> checks
    return Checked(out.kept, out.rejects)


def stage(records: PCollection[Record], table: str, lake: Lake) -> PCollection[StagedFile]:
    """Write records to the staging area, one file a partition."""
    return (
        records
        | f"Key {table} by file" >> beam.Map(FILES[table])
        | f"Group {table} by file" >> beam.GroupByKey()
        | f"Stage {table}" >> beam.ParDo(_Stage(lake, table))
    )
