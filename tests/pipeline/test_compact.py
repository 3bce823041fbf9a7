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
from story import PLANNED, commit

from pipeline.compact import Compacted, compact_alone
from pipeline.doctor import examine
from pipeline.overview import overview
from pipeline.past import as_of
from pipeline.query import select
from schemas import Receipt, StagedFile
from schemas.reject import ConfigurationError, LakeUnwritable
from schemas.tables import TABLES, to_arrow
from transforms.deduplicate.indexing import INDEX, open_index
from transforms.store import folder as folders
from transforms.store.bucket import Bucket
from transforms.store.compaction import FADING, LEAST_DAYS, TARGET_BYTES, TARGET_ROWS, Rule, expired, groups
from transforms.store.lake import COMPACTIONS, REPLACED, Lake
from transforms.store.storage import NOTICE

HOUR = DAY // 24
RUNS = 4

#: When compaction takes place by the machine's clock.
LATER = MONDAY + 10 * DAY

#: What the clock says where a run of the summer was published.
NEXT_YEAR = MONDAY + 365 * DAY


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


def commit_late(lake: Lake, run: str = run_id(122)) -> None:
    """Publish an article of Monday in a later run."""
    with lake.lock():
        lake.begin(run)
        late = to_arrow("articles", [an_article(8_888, run_id=run)])
        file = lake.stage(run, "articles", "date=2026-03-02", late)
        receipt = Receipt(run, 0, *[0] * 11)
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


SUMMER, NEXT_DAY = "20260801T000000Z-0123abcd", "20260802T000000Z-0123abcd"


def add_run_of_summer(lake: Lake) -> None:
    """Publish a run five months later, by which all that was before it is old."""
    mine, now = {"run_id": SUMMER}, MONDAY + 152 * DAY
    tables = {
        "items": [an_item(1, **mine, seen_at=now)],
        "polls": [a_poll(**mine, polled_at=now)],
        "rejects": [a_reject(1, **mine, rejected_at=now)],
    }
    with lake.lock():
        lake.recover()
        commit(lake, Receipt(SUMMER, now, *[0] * 11), tables)


def write_event_again(lake: Lake) -> None:
    """Publish a run of the day after that one, which writes one of Friday's three events again."""
    first, *others = (an_event(each, run_id=run_id(96), status_history=[PLANNED]) for each in range(960, 963))
    told = [PLANNED._replace(run_id=run_id(96)), PLANNED._replace(run_id=NEXT_DAY, status="occurred")]
    again = first._replace(run_id=NEXT_DAY, status_history=told)
    with lake.lock():
        lake.begin(NEXT_DAY)
        rows = to_arrow("events", [again, *others])
        file = lake.stage(NEXT_DAY, "events", "month=2026-03", rows, "events-00.parquet")
        receipt = Receipt(NEXT_DAY, MONDAY + 153 * DAY, *[0] * 11)
        lake.commit(receipt, [file], sources=[], software_version="0", rules_version="0")


def lasting(lake: Lake) -> dict[str, str]:
    """Return the hashes of the tables that keep all their rows."""
    return {table: told for table, told in hashes(lake).items() if table not in FADING}


def test_old_items_polls_and_rejects_go_and_nothing_else(lake: Lake) -> None:
    add_run_of_summer(lake)
    before = lasting(lake)
    done = {each.table: each for each in compact(lake, keep_days=LEAST_DAYS)}
    for table in FADING:
        assert done[table].expired_files == RUNS + 1
        assert set(lake.read(table)["run_id"].to_pylist()) == {SUMMER}
    assert lasting(lake) == before
    assert examine(lake, NEXT_YEAR, deep=True).findings == []


# ---------------------------------------------------------------- manifests


def test_one_checkpoint_stands_for_the_manifests_of_old_runs(lake: Lake) -> None:
    compact(lake)
    add_run_of_summer(lake)
    events = select(lake, "SELECT * FROM events ORDER BY ALL")
    (done,) = (each for each in compact(lake, LATER + HOUR, keep_days=100) if each.table == "_manifests")
    compactions = len(TABLES) - 1 + len(FADING)  # of small files, then of those whose time is over
    assert done.files_before == RUNS + 1 + compactions
    assert lake.storage.names("_manifests") == ["20260423T000000Z-checkpoint.json", f"{SUMMER}.json"]
    assert lake.runs() == [SUMMER]
    found = examine(lake, NEXT_YEAR, deep=True)
    assert (found.runs, list(found.findings)) == (RUNS + 2, [])
    assert select(lake, "SELECT * FROM events ORDER BY ALL", as_of(lake, SUMMER)).equals(events)
    assert compact(lake, LATER + HOUR, keep_days=100) == []


def test_an_event_that_old_runs_wrote_is_known_as_of_a_later_one(lake: Lake) -> None:
    add_run_of_summer(lake)
    write_event_again(lake)
    compact(lake, keep_days=100)
    sql = "SELECT status_history[-1].status AS status, mentions IS NOT NULL AS whole FROM events ORDER BY event_id"
    told = {(row["status"], row["whole"]) for row in select(lake, sql, as_of(lake, SUMMER)).to_pylist()}
    assert told == {("planned", False), ("planned", True)}


def test_runs_in_a_checkpoint_are_told_apart_no_more(in_folder: Lake) -> None:
    add_run_of_summer(in_folder)
    compact(in_folder, keep_days=100)
    with pytest.raises(
        ConfigurationError, match="of runs before 20260801T000000Z-0123abcd this lake keeps no manifests"
    ):
        as_of(in_folder, run_id(1))


def test_runs_are_counted_on_from_those_in_a_checkpoint(lake: Lake) -> None:
    add_run_of_summer(lake)
    compact(lake, keep_days=100)
    commit_late(lake, NEXT_DAY)
    sequences = [manifest.sequence for run in lake.runs() if (manifest := lake.manifest(run))]
    assert (lake.runs(), sequences) == ([SUMMER, NEXT_DAY], [RUNS + 2, RUNS + 3])
    assert overview(lake.place, NEXT_YEAR).committed == RUNS + 3


def test_a_compaction_is_in_a_checkpoint_once_no_manifest_names_what_it_replaced(lake: Lake) -> None:
    add_run_of_summer(lake)
    commit_late(lake, NEXT_DAY)
    compact(lake, keep_days=100)
    assert ["articles" in each.compaction_id for each in lake.compactions()] == [True]
    with lake.lock():
        lake.recover()
        later = "20261230T000000Z-0123abcd"
        commit(lake, Receipt(later, MONDAY + 303 * DAY, *[0] * 11), {"polls": [a_poll(run_id=later)]})
    before = hashes(lake)["articles"]
    compact(lake, LATER + HOUR, keep_days=100)
    assert lake.compactions() == []
    assert hashes(lake)["articles"] == before
    assert examine(lake, NEXT_YEAR, deep=True).findings == []


def indexed(lake: Lake) -> list[str]:
    return sorted(text for each in open_index(lake) for text in each.rows.field("content_hash").to_pylist())


def test_the_index_goes_on_and_can_be_made_anew(lake: Lake) -> None:
    add_run_of_summer(lake)
    before = indexed(lake)
    compact(lake, keep_days=100)
    names = lake.derived(INDEX)
    assert indexed(lake) == before
    assert lake.derived(INDEX) == names, "nothing is built again"
    commit_late(lake, NEXT_DAY)
    assert len(indexed(lake)) == len(before) + 1
    for name in lake.derived(INDEX):
        lake.drop_derived(INDEX, name)
    assert len(indexed(lake)) == len(before) + 1
    assert sum(each.earlier for each in open_index(lake)) == RUNS + 1
    assert sorted(run for each in open_index(lake) for run in each.runs) == lake.runs()


def test_an_index_that_lacks_a_part_of_what_is_in_a_checkpoint_is_made_anew(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.deduplicate.indexing.FULL", 3)
    add_run_of_summer(lake)
    before = indexed(lake)
    compact(lake, keep_days=100)
    for name in lake.derived(INDEX):
        lake.drop_derived(INDEX, name)
        assert indexed(lake) == before


def test_a_damaged_checkpoint_is_told_and_no_file_is_called_foreign(in_folder: Lake) -> None:
    add_run_of_summer(in_folder)
    compact(in_folder, keep_days=100)
    (path,) = Path(in_folder.root, "_manifests").glob("*-checkpoint.json")
    path.write_text("[]")
    wrong = examine(in_folder, NEXT_YEAR).findings
    assert {each.where for each in wrong} == {f"_manifests/{path.name}", "_compactions"}
    with pytest.raises(LakeUnwritable, match=f"{path.name} is damaged.*Restore it from a backup"):
        compact(in_folder, LATER + HOUR, keep_days=100)


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


def keep_in_folder(root: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        count_links(patch)
        compact(killing_lake(root), LATER + HOUR, keep_days=100)


def keep_in_bucket(place: str, environment: dict[str, str]) -> None:
    os.environ.update(environment)
    with pytest.MonkeyPatch.context() as patch, a_day_later():
        count_requests(patch)
        compact(Lake.open(place), LATER + HOUR, keep_days=100)


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


def standing(lake: Lake) -> tuple[list[str], dict[str, str], int]:
    """Return what a checkpoint must not change: runs that are told apart, rows, and how many runs there were."""
    return lake.runs()[-1:], lasting(lake), examine(lake, NEXT_YEAR).runs


def test_a_checkpoint_that_is_killed_at_any_change_is_rolled_forward_or_dropped(
    in_folder: Lake, tmp_path: Path, nursery: Nursery
) -> None:
    add_run_of_summer(in_folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.compact._put_together", lambda lake, first, now: [])
        compact(in_folder, keep_days=100)  # so that manifests alone are left to do
    before = standing(in_folder)
    told_apart = set()
    for behind in itertools.count(1):
        root = tmp_path / f"lake-{behind}"
        shutil.copytree(in_folder.root, root)
        lake = Lake.open(str(root))
        was_killed = nursery.killed(keep_in_folder, root, behind=behind)
        told_apart.add(len(lake.runs()))
        assert standing(lake) == before, f"killed behind change {behind}"
        assert [each for each in examine(lake, NEXT_YEAR, deep=True).findings if each.severity == "mend"] == []
        with lake.lock():
            lake.recover()
        assert len(lake.storage.names("_manifests")) - len(lake.runs()) == (len(lake.runs()) < RUNS)
        nursery.finished(keep_in_folder, root)
        assert standing(lake) == before
        assert len(lake.runs()) == 1
        assert lake.storage.names("_staging") == []
        assert examine(lake, NEXT_YEAR, deep=True).findings == []
        if not was_killed:
            break
        shutil.rmtree(root)
    assert told_apart == {1, RUNS + 2}
