"""Which files become fewer and which are over: decided by names, days and sizes alone.

A compaction reads small files of one partition, writes their rows as few sorted files, and puts these in their place.
What is published stays published: a row keeps its `run_id`, by which any state of before can be told.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

import pyarrow as pa

from schemas.ids import time_of
from schemas.run import StagedFile
from schemas.tables import EPOCH, TABLES, in_order
from transforms.poll.seen import INDEX_DAYS

#: One file of a compaction at most, as it lies on the disk and in rows: what is in memory at a time. Rows of `items`
#: are alike, so that bytes alone would let through millions.
TARGET_BYTES = 64 * 2**20
TARGET_ROWS = 500_000

#: Tables whose old rows a run reads no more. The others are the record itself.
FADING = ("items", "polls", "rejects")

#: Days that these are kept at least: what the seen index is made of, and the day that is not over.
LEAST_DAYS = INDEX_DAYS + 1

#: Files of events are replaced whole by every run that changes one: there are never many.
COMPACTED = tuple(table for table in TABLES if table != "events")


class Rule(NamedTuple):
    """What is compacted."""

    older_days: int = 2  # partitions that lie so many days before the newest run
    more_files: int = 100  # and those that have more files, however new
    keep_days: int = 0  # of FADING tables and of manifests, before the newest run; 0 for ever


class Group(NamedTuple):
    """Files of one partition that become one."""

    table: str
    partition: str
    files: Sequence[StagedFile]


def newest_day(runs: Sequence[str]) -> date:
    """Return the day of the newest run: time is the lake's own, so that a lake that lay still loses nothing."""
    return (EPOCH + timedelta(microseconds=max(map(time_of, runs)))).date()


def first_kept(today: date, keep_days: int) -> date:
    """Return the first day that is kept: the newest run's is, however few days that are."""
    return today - timedelta(days=keep_days)


def groups(files: Sequence[StagedFile], today: date, rule: Rule) -> Iterator[Group]:
    """Yield what becomes one file, of all files in place of one table."""
    for partition, members in groupby(sorted(files, key=_place), key=lambda file: file.partition):
        small = [file for file in members if 2 * file.bytes < TARGET_BYTES and 2 * file.rows < TARGET_ROWS]
        closed = _day(partition) <= today - timedelta(days=rule.older_days)
        if closed or len(small) > rule.more_files:
            yield from (Group(each[0].table, partition, each) for each in _packed(small) if len(each) > 1)


def _packed(files: Sequence[StagedFile]) -> Iterator[list[StagedFile]]:
    """Yield neighbours that fit into one file together."""
    together: list[StagedFile] = []
    for file in files:
        size = sum(each.bytes for each in together) + file.bytes
        if size > TARGET_BYTES or sum(each.rows for each in together) + file.rows > TARGET_ROWS:
            yield together
            together = []
        together.append(file)
    if together:
        yield together


def expired(files: Sequence[StagedFile], today: date, rule: Rule) -> list[StagedFile]:
    """Return the files of one table whose time is over. The newest partition stays, so that globs find one."""
    if not rule.keep_days or not files or files[0].table not in FADING:
        return []
    newest = max(file.partition for file in files)
    return [
        file for file in files if file.partition != newest and _day(file.partition) < first_kept(today, rule.keep_days)
    ]


def merged(table: str, parts: Sequence[pa.Table]) -> pa.Table:
    """Return the rows of several files in the order of one."""
    return in_order(table, pa.concat_tables(parts))


def _place(file: StagedFile) -> tuple[str, str]:
    return file.partition, file.name


def _day(partition: str) -> date:
    """Return the day of a partition such as date=2026-03-02."""
    return date.fromisoformat(partition.partition("=")[2])
