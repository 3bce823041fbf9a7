"""A run can be killed at any moment: the next one ends with the same rows, and no reader ever sees a part of one."""

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from killing import Nursery, Readers, files, killing_lake, looked_at
from records import (
    DAY,
    MONDAY,
    a_mention,
    a_merge,
    a_poll,
    a_reject,
    a_tick,
    an_article,
    an_entry,
    an_event,
    an_item,
)
from writing import Records, write

from schemas import Receipt
from schemas.tables import TABLES, to_arrow
from transforms.lake import Lake


def day(number: int) -> Records:
    """Return what the run of one day finds. Every day changes events of the first."""
    run = {"run_id": f"2026030{number + 2}T060000Z-0123abcd"}
    now = MONDAY + number * DAY
    new = range(10 * number + 1, 10 * number + 5)
    articles = [an_article(each, **run, fetched=now, published=now - each * DAY // 4) for each in new]
    return {
        "ticks": [a_tick(**run, now=now)],
        "entries": [an_entry(each, **run, now=now) for each in (*new, 98, 99)],
        "articles": articles,
        "mentions": [
            a_mention(each, **run, published=article.published) for each, article in zip(new, articles, strict=True)
        ],
        "events": [an_event(each, **run, mentions=number + 1) for each in (1, 2, 3, *new)],
        "items": [an_item(99, **run, seen_at=now)],
        "polls": [a_poll(**run, polled_at=now)],
        "merges": [a_merge(**run, merged_at=now)] if number else [],
        "rejects": [a_reject(98, **run, rejected_at=now)],
    }


def publish_day(root: Path, number: int) -> None:
    """Do what `write` does to the lake, in its order, without Beam: a hundredth of the time."""
    lake, records = killing_lake(root), day(number)
    run_id = records["ticks"][0].run_id
    with lake.lock():
        lake.recover()
        if lake.receipt(run_id) is None:
            lake.begin(run_id)
            staged = [
                lake.stage(run_id, table, "month=2026-03", to_arrow(table, records[table]), "events-00.parquet")
                if table == "events"
                else lake.stage(run_id, table, "date=2026-03-02", to_arrow(table, records[table]))
                for table in TABLES
                if records[table]
            ]
            numbers = dict.fromkeys(Receipt._fields[2:], 0)
            receipt = Receipt(run_id, MONDAY, **numbers)
            lake.commit(receipt, staged, sources=[], software_version="0.1.0", rules_version="0000abcd")


def imported() -> None:
    """Nothing: naming this module has imported it."""


@pytest.fixture(name="nursery", scope="module")
def a_process_to_fork_from() -> Iterator[Nursery]:
    with Nursery(imported) as nursery:
        yield nursery


@pytest.fixture
def readers() -> Iterator[Readers]:
    with Readers() as thread:
        yield thread


@pytest.mark.parametrize("number", [0, 1], ids=["first run", "second run"])
def test_a_killed_run_is_done_again_and_no_reader_sees_a_part(
    tmp_path: Path, nursery: Nursery, readers: Readers, number: int
) -> None:
    before, expected = tmp_path / "before", tmp_path / "expected"
    before.mkdir()
    if number:
        nursery.finished(publish_day, before, 0)
    shutil.copytree(before, expected)
    nursery.finished(publish_day, expected, number)
    committed = set()
    for behind in itertools.count(1):
        root = tmp_path / f"lake-{behind}"
        shutil.copytree(before, root)
        with looked_at(root, readers):
            was_killed = nursery.killed(publish_day, root, number, behind=behind)
            readers.look()
            committed.add(len(list(root.glob("_manifests/*.json"))) > number)
            nursery.finished(publish_day, root, number)
        assert files(root) == files(expected), f"killed behind change {behind}"
        assert list((root / "_staging").iterdir()) == []
        assert readers.errors == []
        shutil.rmtree(root)
        if not was_killed:
            break
    assert committed == {False, True}, "kills before and behind the manifest"
    assert readers.rows > 0


def test_a_run_whose_bundles_are_all_done_twice_publishes_once(tmp_path: Path) -> None:
    once, twice = Lake.open(str(tmp_path / "once")), Lake.open(str(tmp_path / "twice"))
    for number in (0, 1):
        write(once, day(number))
        write(twice, day(number), bundle_repeat=1)
    assert files(tmp_path / "twice") == files(tmp_path / "once")


def test_a_run_that_is_committed_changes_nothing_when_it_is_done_again(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path))
    write(lake, day(0))
    before = files(tmp_path)
    write(lake, day(0))
    assert files(tmp_path) == before
