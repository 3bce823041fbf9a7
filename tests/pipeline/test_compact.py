"""compact: fewer files, the same rows, at every moment and for every reader; and an end for what no run reads."""

import itertools
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from calling import Call, caller
from killing import Nursery, a_day_later, count_links, count_requests, killing_lake, stored
from readers import hashes
from records import DAY, MONDAY, a_mention, a_merge, a_poll, a_reject, an_article, an_event, an_item
from story import commit

from pipeline.compact import Compacted, compact_alone
from pipeline.doctor import examine
from pipeline.past import as_of
from pipeline.query import select
from schemas import Receipt, StagedFile
from schemas.reject import ConfigurationError, LakeUnwritable
from schemas.tables import TABLES, to_arrow
from transforms.store import folder as folders
from transforms.store.bucket import Bucket
from transforms.store.compaction import LEAST_DAYS, TARGET_BYTES, TARGET_ROWS, Rule, expired, groups
from transforms.store.lake import COMPACTIONS, REPLACED, Lake
from transforms.store.storage import NOTICE

HOUR = DAY // 24
RUNS = 4

#: When compaction takes place by the machine's clock.
LATER = MONDAY + 10 * DAY


def run_id(hour: int) -> str:
    return f"202603{2 + hour // 24:02d}T{hour % 24:02d}0000Z-0123abcd"


def publish(lake: Lake, hour: int) -> None:
    """Publish the run of an hour after Monday's midnight: a file in each table, of the day of the run."""
    mine, now = {"run_id": run_id(hour)}, MONDAY + (hour - 6) * HOUR
    receipt = Receipt(run_id(hour), now, **dict.fromkeys(Receipt._fields[2:], 0))
    numbers = range(10 * hour + 2, 10 * hour - 1, -1)
    tables = {
        "articles": [an_article(each, **mine, fetched=now, published=now - each) for each in numbers],
        "mentions": [a_mention(each, **mine, published=now) for each in numbers],
        "rejects": [a_reject(each, **mine, rejected_at=now) for each in numbers],
        "items": [an_item(each, **mine, seen_at=now) for each in numbers],
        "polls": [a_poll(**mine, polled_at=now)],
        "merges": [a_merge(**mine, merged_at=now)],
        "events": [an_event(each, **mine, mentions=hour) for each in numbers],
    }
    commit(lake, receipt, tables)


def fill(lake: Lake) -> Lake:
    """Publish some runs on Monday, and one on Friday, by which Monday is over."""
    with lake.lock():
        lake.recover()
        for hour in [*range(RUNS), 4 * 24]:
            publish(lake, hour)
    return lake


@pytest.fixture(name="lake", params=["folder", "bucket"])
def a_lake_of_small_files(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    return fill(Lake.open(str(tmp_path / "lake") if request.param == "folder" else request.getfixturevalue("bucket")))


@pytest.fixture(name="in_folder")
def a_lake_of_small_files_in_a_folder(tmp_path: Path) -> Lake:
    return fill(Lake.open(str(tmp_path / "lake")))


def compact(lake: Lake, now: int = LATER, grace_hours: float = 24, **rule: int) -> list[Compacted]:
    return compact_alone(lake, Rule(**rule), now, grace_hours)


def on_monday(lake: Lake, table: str) -> list[str]:
    return [path for path in stored(lake) if path.startswith(f"{table}/date=2026-03-02/")]


# ---------------------------------------------------------------- rows


def test_many_files_become_one_of_the_same_rows(lake: Lake) -> None:
    before = hashes(lake)
    assert len(on_monday(lake, "articles")) == RUNS
    done = {each.table: each for each in compact(lake)}
    assert hashes(lake) == before
    for table in TABLES:
        if table != "events":
            assert (done[table].files_before, done[table].files_after) == (RUNS, 1)
            assert len(on_monday(lake, table)) == 1
    assert "events" not in done, "its files are replaced whole by every run"


def test_a_new_file_is_sorted_and_says_so(lake: Lake) -> None:
    compact(lake)
    for table, layout in TABLES.items():
        for path in on_monday(lake, table):
            file = pq.ParquetFile(lake.path(path), filesystem=lake.filesystem)
            keys = file.read(columns=list(layout.sort)).to_pylist()
            assert keys == sorted(keys, key=lambda row: tuple(str(value) for value in row.values())), table
            assert [each.column_index for each in file.metadata.row_group(0).sorting_columns]


def test_the_lake_is_sound_afterwards(lake: Lake) -> None:
    compact(lake)
    assert examine(lake, LATER, deep=True).findings == []


def test_what_is_compacted_is_left_alone(lake: Lake) -> None:
    compact(lake)
    before = stored(lake)
    assert compact(lake) == []
    assert stored(lake) == before


def test_runs_go_on_and_late_files_are_compacted_too(lake: Lake) -> None:
    compact(lake)
    with lake.lock():
        lake.recover()
        publish(lake, 5 * 24)
        commit(lake, Receipt(run_id(121), 0, *[0] * 11), {"articles": [an_article(9_999, run_id=run_id(121))]})
    assert lake.manifest(run_id(121)).sequence == RUNS + 3
    commit_late(lake)
    before = hashes(lake)
    compact(lake, LATER + HOUR)
    assert hashes(lake) == before
    assert len(on_monday(lake, "articles")) == 1
    assert examine(lake, LATER, deep=True).findings == []


def commit_late(lake: Lake) -> None:
    """Publish an article of Monday in a run of Saturday."""
    with lake.lock():
        late = [an_article(8_888, run_id=run_id(122))]
        lake.begin(run_id(122))
        file = lake.stage(run_id(122), "articles", "date=2026-03-02", to_arrow("articles", late))
        receipt = Receipt(run_id(122), 0, *[0] * 11)
        lake.commit(receipt, [file], sources=[], software_version="0", rules_version="0")


def test_the_lake_as_it_was_after_any_run_stays_the_same(lake: Lake) -> None:
    tables = [table for table in TABLES if table != "events"]
    questions = [f"SELECT * EXCLUDE (date) FROM {table} ORDER BY ALL" for table in tables]
    runs = lake.runs()[::2]
    then = {run: [select(lake, sql, as_of(lake, run)) for sql in questions] for run in runs}
    compact(lake)
    for run, answers in then.items():
        for sql, answer in zip(questions, answers, strict=True):
            assert select(lake, sql, as_of(lake, run)).equals(answer), (run, sql)


# ---------------------------------------------------------------- what is chosen


def a_file(hour: int, size: int = 1_000, rows: int = 10, partition: str = "date=2026-03-02") -> StagedFile:
    return StagedFile(run_id(hour), "items", partition, f"{run_id(hour)}-0.parquet", "", rows, size, "")


FRIDAY = date(2026, 3, 6)


@pytest.mark.parametrize(
    ("files", "rule", "sizes"),
    [
        ([a_file(each) for each in range(3)], Rule(), [3]),
        ([a_file(0)], Rule(), []),
        ([a_file(0, TARGET_BYTES // 2), a_file(1), a_file(2)], Rule(), [2]),
        ([a_file(each, TARGET_BYTES // 3) for each in range(6)], Rule(), [3, 3]),
        ([a_file(each, rows=TARGET_ROWS // 3) for each in range(6)], Rule(), [3, 3]),
        ([a_file(each) for each in range(3)], Rule(older_days=5), []),
        ([a_file(each) for each in range(3)], Rule(older_days=5, more_files=2), [3]),
        ([a_file(0), a_file(1, partition="date=2026-03-03")], Rule(), []),
    ],
    ids=["closed", "one file", "a large one", "by bytes", "by rows", "not closed", "too many", "other days"],
)
def test_files_become_one_where_they_are_small_many_and_of_a_day_that_is_over(
    files: list[StagedFile], rule: Rule, sizes: list[int]
) -> None:
    assert [len(group.files) for group in groups(files, FRIDAY, rule)] == sizes
    assert list(groups(files[::-1], FRIDAY, rule)) == list(groups(files, FRIDAY, rule)), "in whatever order"


# ---------------------------------------------------------------- what is over


def test_old_items_and_polls_go_and_nothing_else(lake: Lake) -> None:
    with lake.lock():
        lake.recover()
        far = "20260801T000000Z-0123abcd"
        now = MONDAY + 152 * DAY
        tables = {"items": [an_item(1, run_id=far, seen_at=now)], "polls": [a_poll(run_id=far, polled_at=now)]}
        commit(lake, Receipt(far, now, *[0] * 11), tables)
    others = {table: told for table, told in hashes(lake).items() if table not in ("items", "polls")}
    done = {each.table: each for each in compact(lake, keep_days=LEAST_DAYS)}
    assert (done["items"].expired_files, done["polls"].expired_files) == (RUNS + 1, RUNS + 1)
    assert set(lake.read("items")["run_id"].to_pylist()) == {far}
    assert {table: told for table, told in hashes(lake).items() if table in others} == others
    assert examine(lake, now, deep=True).findings == []


def test_the_newest_partition_stays_however_old_it_is() -> None:
    files = [a_file(0), a_file(1, partition="date=2026-03-03")]
    assert expired(files, date(2027, 1, 1), Rule(keep_days=100)) == files[:1]
    assert expired(files, date(2027, 1, 1), Rule()) == []


def test_less_than_the_seen_index_needs_is_refused(in_folder: Lake) -> None:
    before = stored(in_folder)
    with pytest.raises(ConfigurationError, match=f"Keep {LEAST_DAYS} or more"):
        compact(in_folder, keep_days=LEAST_DAYS - 1)
    assert stored(in_folder) == before


def test_replaced_files_stay_for_the_grace_period(lake: Lake) -> None:
    before = stored(lake)
    compact(lake)
    found = {}
    for compaction in lake.compactions():
        for path in compaction.replaced:
            found[path] = lake.storage.read(f"{REPLACED}/{compaction.compaction_id}/{path}")
    assert found.keys() == before.keys() - stored(lake).keys()
    assert all(found.values())
    compact(lake, LATER + 23 * HOUR)
    assert lake.storage.names(REPLACED)
    compact(lake, LATER + 25 * HOUR)
    assert lake.storage.names(REPLACED) == []


# ---------------------------------------------------------------- refusals


@pytest.fixture(name="call")
def in_this_process(capfd: pytest.CaptureFixture[str]) -> Call:
    return caller(capfd)


def test_the_command_says_what_became_of_each_table(in_folder: Lake, call: Call) -> None:
    ended = call("compact", "--lake", in_folder.place)
    assert (ended.code, ended.err) == (0, "")
    assert re.search(r"^articles: 4 files became 1, 12 rows, [\d,]+ bytes became [\d,]+$", ended.out, re.MULTILINE)
    assert call("compact", "--lake", in_folder.place).err == "There is nothing to compact.\n"


def test_a_lake_that_is_held_is_refused(in_folder: Lake, call: Call) -> None:
    with in_folder.lock():
        assert call("compact", "--lake", in_folder.place).code == 4


def test_a_place_without_a_lake_is_left_as_it_is(tmp_path: Path, call: Call) -> None:
    assert call("compact", "--lake", str(tmp_path / "none")).code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_lake_with_a_missing_file_is_not_compacted(lake: Lake) -> None:
    lost = on_monday(lake, "articles")[0]
    lake.storage.delete([lost])
    before = stored(lake)
    with pytest.raises(
        LakeUnwritable, match=f"{re.escape(lost)} has 0 rows, and 3 were committed. Nothing of articles"
    ):
        compact(lake)
    assert stored(lake) == before


def test_a_file_system_that_cannot_swap_folders_is_told_before_anything_changes(
    in_folder: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored(in_folder)
    monkeypatch.setattr(folders, "_renameat2", None)
    with pytest.raises(LakeUnwritable, match=r"cannot change places with .* in one step"):
        compact(in_folder)
    assert stored(in_folder) == before
    assert in_folder.compactions() == []
    with in_folder.lock():
        in_folder.recover()


# ---------------------------------------------------------------- at every moment


def compact_folder(root: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        count_links(patch)
        compact(killing_lake(root), keep_days=0)


def compact_bucket(place: str, environment: dict[str, str]) -> None:
    os.environ.update(environment)
    with pytest.MonkeyPatch.context() as patch, a_day_later():
        count_requests(patch)
        compact(Lake.open(place))


def imported() -> None:
    """Nothing: naming this module has imported it."""


@pytest.fixture(name="nursery", scope="module")
def a_process_to_fork_from() -> Iterator[Nursery]:
    with Nursery(imported) as nursery:
        yield nursery


class Globber:
    """A thread that reads a table by glob without end, and notes each look that found other rows than there are."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.looks = 0
        self.wrong: list[str] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    def rows(self, connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
        sql = f"SELECT run_id, entry_id FROM read_parquet('{self.root}/items/*/*.parquet') ORDER BY ALL"
        return connection.sql(sql).fetchall()

    def _look_on(self) -> None:
        with duckdb.connect() as connection:
            connection.execute("SET threads = 1")
            while not self._ended.is_set():
                try:
                    if (found := self.rows(connection)) != self.expected:
                        self.wrong.append(f"{len(found)} rows, not {len(self.expected)}")
                except duckdb.IOException as error:
                    if "No such file" not in str(error):  # listed before the switch, opened after it
                        self.wrong.append(str(error))
                self.looks += 1

    @contextmanager
    def looking(self) -> Iterator[None]:
        with duckdb.connect() as connection:
            self.expected = self.rows(connection)
        self._thread.start()
        try:
            yield
        finally:
            self._ended.set()
            self._thread.join()


#: Changes between two kills, of some hundreds; no divisor of what a table takes, so that each step of one is met.
STRIDE = 23


def test_a_killed_compaction_is_rolled_forward_or_dropped_and_no_glob_sees_other_rows(
    in_folder: Lake, tmp_path: Path, nursery: Nursery
) -> None:
    before = hashes(in_folder)
    committed = set()
    looks = 0
    for behind in itertools.count(2, STRIDE):
        root = tmp_path / f"lake-{behind}"
        shutil.copytree(in_folder.root, root)
        globber = Globber(root)
        lake = Lake.open(str(root))
        with globber.looking():
            was_killed = nursery.killed(compact_folder, root, behind=behind)
            committed.add(bool(lake.storage.names(COMPACTIONS)))
            assert hashes(lake) == before, f"killed behind change {behind}"
            assert [each for each in examine(lake, LATER).findings if each.severity == "mend"] == []
            nursery.finished(compact_folder, root)
        assert globber.wrong == []
        looks += globber.looks
        assert hashes(lake) == before
        assert len(on_monday(lake, "articles")) == 1
        assert lake.storage.names("_staging") == []
        assert examine(lake, LATER, deep=True).findings == []
        shutil.rmtree(root)
        if not was_killed:
            break
    assert committed == {False, True}
    assert looks > len(committed)


def test_a_compaction_killed_on_an_object_store_is_rolled_forward_or_dropped(bucket: str, nursery: Nursery) -> None:
    environment = dict(os.environ)
    torn = 0
    for behind in itertools.count(3, STRIDE):
        lake = fill(Lake.open(f"{bucket}/{behind}"))
        before, rows = hashes(lake), {table: lake.read(table).num_rows for table in TABLES}
        was_killed = nursery.killed(compact_bucket, lake.place, environment, behind=behind)
        noticed = [path for path in stored(lake) if path.endswith(NOTICE)]
        torn += len(noticed)
        untouched = {table for table in TABLES if not any(path.startswith(f"{table}/") for path in noticed)}
        for table in untouched:
            assert lake.read(table).num_rows == rows[table], f"{table}, killed behind {behind}"
        assert [each for each in examine(lake, LATER).findings if each.severity == "mend"] == []
        nursery.finished(compact_bucket, lake.place, environment)
        assert hashes(lake) == before
        assert examine(lake, LATER, deep=True).findings == []
        if not was_killed:
            break
    assert torn, "some kills in the middle of a switch"


def test_in_the_middle_of_a_switch_a_glob_fails_and_our_own_readers_wait(bucket: str) -> None:
    lake = fill(Lake.open(bucket))
    assert isinstance(lake.storage, Bucket)
    notice = f"items/date=2026-03-02/{NOTICE}"
    lake.storage.put(notice, b"newsbeam is at work here")
    with pytest.raises(pa.ArrowInvalid, match="Parquet magic bytes not found"):
        pq.read_table(lake.path("items"), filesystem=lake.filesystem)
    end = threading.Timer(0.5, lake.storage.delete, [[notice]])
    end.start()
    assert lake.read("items").num_rows == 15
    assert select(lake, "SELECT count(*) AS n FROM items")["n"].to_pylist() == [15]
    end.join()
