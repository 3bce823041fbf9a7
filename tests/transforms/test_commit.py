"""A run can be killed at any moment: the next one ends with the same rows, and no reader ever sees a part of one."""

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from killing import Nursery, Readers, a_day_later, count_requests, files, killing_lake, looked_at, stored
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
from transforms.store.lake import Lake


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
    """Publish a day in a folder."""
    publish_in(killing_lake(root), number)


def publish_day_in_bucket(place: str, environment: dict[str, str], number: int) -> None:
    """Publish a day on an object store, after the lease of whoever was there before has expired."""
    os.environ.update(environment)
    with pytest.MonkeyPatch.context() as patch, a_day_later():
        count_requests(patch)
        publish_in(Lake.open(place), number)


def publish_in(lake: Lake, number: int) -> None:
    """Do what `write` does to the lake, in its order, without Beam: a hundredth of the time."""
    records = day(number)
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


#: Changes between two kills on an object store, of some 40 in a run.
STRIDE = 3


def test_a_run_killed_on_an_object_store_is_done_again_and_no_look_finds_a_part(bucket: str, nursery: Nursery) -> None:
    environment = dict(os.environ)
    nursery.finished(publish_day_in_bucket, f"{bucket}/expected", environment, 0)
    nursery.finished(publish_day_in_bucket, f"{bucket}/expected", environment, 1)
    expected = stored(Lake.open(f"{bucket}/expected"))
    committed = set()
    for behind in itertools.count(1, STRIDE):
        lake = Lake.open(f"{bucket}/{behind}")
        nursery.finished(publish_day_in_bucket, lake.place, environment, 0)
        was_killed = nursery.killed(publish_day_in_bucket, lake.place, environment, 1, behind=behind)
        look(lake)
        committed.add(len(lake.runs()) > 1)
        nursery.finished(publish_day_in_bucket, lake.place, environment, 1)
        assert stored(lake) == expected, f"killed behind change {behind}"
        assert lake.storage.names("_staging") == []
        if not was_killed:
            break
    assert committed == {False, True}, "kills before and behind the manifest"


def look(lake: Lake) -> None:
    """Find every file whole, and every article that a mention names."""
    articles: dict[str, set[str]] = {}
    for table in reversed(TABLES):
        rows = lake.read(table)
        if "article_id" in rows.column_names:
            articles[table] = set(rows["article_id"].to_pylist())
    assert articles["mentions"] <= articles["articles"]


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
