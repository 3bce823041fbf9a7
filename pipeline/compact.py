"""compact: few files in the place of many, one manifest in that of old ones, and an end for what no run reads."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from pipeline.doctor import describe, read_ledger
from pipeline.screen import counted
from schemas.ids import make_id, stamp, time_of
from schemas.reject import ConfigurationError, LakeUnwritable
from schemas.run import StagedFile
from schemas.tables import EPOCH
from transforms.deduplicate.indexing import open_index
from transforms.store.checkpoint import fold, name_of
from transforms.store.compaction import (
    COMPACTED,
    LEAST_DAYS,
    Group,
    Rule,
    expired,
    first_kept,
    groups,
    merged,
    newest_day,
)
from transforms.store.lake import COMPACTIONS, MANIFESTS, Lake
from transforms.store.manifest import Compaction, path_of
from transforms.versions import software_version

HOUR = 3_600_000_000
DAY_US = 24 * HOUR


class Compacted(NamedTuple):
    """What became of one table, or of the manifests."""

    table: str  # or MANIFESTS
    files_before: int  # that were rewritten
    files_after: int
    rows: int
    bytes_before: int
    bytes_after: int
    expired_files: int
    expired_rows: int


def check_rule(rule: Rule) -> None:
    """Refuse a time that is shorter than what runs look back.

    Raises:
        ConfigurationError: says how long it must be.
    """
    if rule.keep_days and rule.keep_days < LEAST_DAYS:
        raise ConfigurationError(
            f"--keep-days {rule.keep_days}: by the items of the last {LEAST_DAYS - 1} days runs know what they have "
            f"seen. Keep {LEAST_DAYS} or more."
        )


def compact_alone(lake: Lake, rule: Rule, now: int, grace_hours: float) -> list[Compacted]:
    """Take the lake, put it in order, and compact it.

    Raises:
        LakeLocked: a run is at work.
        ConfigurationError, LakeUnwritable: as `compact` says.
    """
    check_rule(rule)
    check_lake(lake)
    with lake.lock():
        lake.recover()
        return compact(lake, rule, now, grace_hours)


def check_lake(lake: Lake) -> None:
    """Refuse a place that is no lake, before a lock makes one of it.

    Raises:
        ConfigurationError: no run was committed there.
    """
    if not lake.runs():
        raise ConfigurationError(f"{lake.place} is no lake yet: no run was committed there. `newsbeam run` makes one.")


def compact(lake: Lake, rule: Rule, now: int, grace_hours: float) -> list[Compacted]:
    """Compact every table that has something to compact, then the manifests, one commit each.

    The lake is held and recovered.

    Args:
        now: the machine's time, µs.
        grace_hours: how long replaced files stay in `_replaced`.

    Raises:
        ConfigurationError: `rule` keeps too little, or there is no lake.
        LakeUnwritable: a manifest or a file is not as it should be, or something cannot be written.
    """
    check_rule(rule)
    check_lake(lake)
    ledger = read_ledger(lake)
    if ledger.damaged:
        raise LakeUnwritable(f"Nothing was compacted: {describe(ledger.damaged[0])}")
    lake.drop_replaced(before=now - int(grace_hours * HOUR))
    today = newest_day(lake.runs())
    done = []
    for table in COMPACTED:
        files = [each.file for each in ledger.expected.values() if each.file.table == table]
        over = expired(files, today, rule)
        together = list(groups([file for file in files if file not in over], today, rule))
        if over or together:
            done.append(_compact(lake, table, together, over, now))
    if rule.keep_days:
        done += _put_together(lake, first_kept(today, rule.keep_days), now)
    return done


def _compact(lake: Lake, table: str, together: Sequence[Group], over: Sequence[StagedFile], now: int) -> Compacted:
    """Stage, commit and switch the files of one table."""
    before = [file for group in together for file in group.files]
    replaced = [path_of(file) for file in before]
    compaction_id = f"{stamp(now)}-{table}-{make_id('compaction', *replaced, *map(path_of, over))[:8]}"
    lake.begin(compaction_id)
    after = [_stage(lake, compaction_id, group) for group in together]
    compaction = Compaction(
        compaction_id=compaction_id,
        now=now,
        files=after,
        replaced=replaced,
        expired=[path_of(file) for file in over],
        software_version=software_version(),
    )
    lake.commit_compaction(compaction)
    return Compacted(
        table=table,
        files_before=len(before),
        files_after=len(after),
        rows=sum(file.rows for file in after),
        bytes_before=sum(file.bytes for file in before),
        bytes_after=sum(file.bytes for file in after),
        expired_files=len(over),
        expired_rows=sum(file.rows for file in over),
    )


def _put_together(lake: Lake, first: date, now: int) -> Iterator[Compacted]:
    """Put one checkpoint in the place of the manifests of all runs before a day, if there are any."""
    before = (first - EPOCH.date()).days * DAY_US
    runs = lake.runs()
    if all(time_of(run_id) >= before for run_id in runs):
        return
    open_index(lake)  # so that it covers what can be told by run today
    checkpoint = fold(
        lake.checkpoint(),
        list(filter(None, map(lake.manifest, runs))),
        lake.compactions(),
        before=before,
        now=now,
        software_version=software_version(),
    )
    sizes = _manifest_bytes(lake)
    lake.begin(name_of(checkpoint))
    lake.commit_checkpoint(checkpoint)
    left = _manifest_bytes(lake)
    gone = sizes.keys() - left.keys()
    yield Compacted(
        table=MANIFESTS,
        files_before=len(gone),
        files_after=1,
        rows=0,
        bytes_before=sum(sizes[each] for each in gone),
        bytes_after=sum(left[each] for each in left.keys() - sizes.keys()),
        expired_files=0,
        expired_rows=0,
    )


def _manifest_bytes(lake: Lake) -> dict[str, int]:
    """Return the sizes of all manifests by their paths."""
    return {**lake.storage.sizes(MANIFESTS), **lake.storage.sizes(COMPACTIONS)}


def _stage(lake: Lake, compaction_id: str, group: Group) -> StagedFile:
    """Write the rows of a group as one file."""
    parts = [lake.read_file(group.table, group.partition, file.name) for file in group.files]
    for file, rows in zip(group.files, parts, strict=True):
        if rows.num_rows != file.rows:
            raise LakeUnwritable(
                f"{lake.place}/{path_of(file)} has {rows.num_rows:,} rows, and {file.rows:,} were committed. Nothing "
                f"of {group.table} was compacted. What to do: newsbeam doctor --lake {lake.place}"
            )
    return lake.stage(compaction_id, group.table, group.partition, merged(group.table, parts))


def describe_done(done: Compacted) -> str:
    """Return what became of a table, on one line."""
    parts = []
    if done.files_before:
        files = counted(done.files_before, "file")
        sizes = f"{done.bytes_before:,} bytes became {done.bytes_after:,}"
        rows = f"{counted(done.rows, 'row')}, " if done.rows else ""
        parts.append(f"{files} became {done.files_after:,}, {rows}{sizes}")
    if done.expired_files:
        gone = counted(done.expired_files, "file")
        parts.append(f"{gone} of {counted(done.expired_rows, 'row')} {'is' if done.expired_files == 1 else 'are'} over")
    return f"{done.table}: {'; '.join(parts)}"
