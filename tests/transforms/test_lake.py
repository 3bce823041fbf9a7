"""The lake: one writer, one order of changes, and every refusal in one sentence that says what to do."""

import errno
import hashlib
import json
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from killing import files, killing_lake, stored
from records import MONDAY, RUN_ID, a_merge, an_article, an_item

from schemas import Receipt, StagedFile
from schemas.reject import ConfigurationError, LakeLocked, LakeUnwritable
from schemas.tables import FORMAT_VERSION, TABLES, to_arrow
from transforms.store.lake import Lake
from transforms.store.parquet import BYTES_PER_GROUP, ROWS_PER_GROUP, parquet_bytes, rows_per_group

#: Other processes that have the imports behind them.
WARM = multiprocessing.get_context("forkserver")
WARM.set_forkserver_preload(["pytest", "transforms.write_partitions"])

NEXT_RUN = "20260303T060000Z-0123abcd"


@pytest.fixture(name="lake", params=["folder", "bucket"])
def an_empty_lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    return Lake.open(str(tmp_path / "lake") if request.param == "folder" else request.getfixturevalue("bucket"))


def a_receipt(run_id: str = RUN_ID, **numbers: int) -> Receipt:
    return Receipt(run_id, MONDAY, **{**dict.fromkeys(Receipt._fields[2:], 0), **numbers})


def stage_articles(lake: Lake, *numbers: int, run_id: str = RUN_ID) -> list[StagedFile]:
    rows = to_arrow("articles", [an_article(each) for each in numbers])
    return [lake.stage(run_id, "articles", "date=2026-03-02", rows)]


def commit(lake: Lake, staged: list[StagedFile], receipt: Receipt | None = None) -> Receipt:
    stands = receipt or a_receipt()
    return lake.commit(stands, staged, sources=[], software_version="0.1.0", rules_version="0000abcd")


def publish(lake: Lake, *numbers: int, run_id: str = RUN_ID) -> Receipt:
    with lake.lock():
        lake.recover()
        lake.begin(run_id)
        return commit(lake, stage_articles(lake, *numbers, run_id=run_id), a_receipt(run_id))


# ---------------------------------------------------------------- one writer


def hold(place: str, environment: dict[str, str], held: Any) -> None:
    os.environ.update(environment)
    with Lake.open(place).lock():
        held.set()
        signal.pause()


@contextmanager
def held_by_another(lake: Lake) -> Iterator[multiprocessing.process.BaseProcess]:
    held = WARM.Event()
    child = WARM.Process(target=hold, args=(lake.place, dict(os.environ), held))
    child.start()
    try:
        assert held.wait(60)
        yield child
    finally:
        child.kill()
        child.join()


def test_a_second_writer_is_told_who_holds_the_lake(lake: Lake) -> None:
    with (
        held_by_another(lake) as child,
        pytest.raises(LakeLocked, match=rf"process {child.pid}\b") as refusal,
        lake.lock(),
    ):
        pass
    assert refusal.value.exit_code == 4


def test_the_lock_of_a_folder_dies_with_its_process(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path))
    with held_by_another(lake) as child:
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
        with lake.lock():
            pass


def test_readers_need_no_lock(lake: Lake) -> None:
    publish(lake, 1, 2)
    with held_by_another(lake):
        assert lake.read("articles").num_rows == 2


# ---------------------------------------------------------------- format


def test_a_lake_of_a_newer_format_is_refused_and_left_alone(lake: Lake) -> None:
    publish(lake, 1)
    before = stored(lake)
    lake.storage.put("_lake.json", json.dumps({"format": FORMAT_VERSION + 1}).encode())
    with pytest.raises(LakeUnwritable, match="Upgrade newsbeam"):
        publish(lake, 2, run_id=NEXT_RUN)
    assert stored(lake) == before
    assert lake.runs() == [RUN_ID]


@pytest.mark.parametrize("content", ["", "{}", '{"format": "new"}', "[1]"])
def test_a_damaged_format_says_what_it_should_read(lake: Lake, content: str) -> None:
    publish(lake, 1)
    lake.storage.put("_lake.json", content.encode())
    with pytest.raises(LakeUnwritable, match=r'should read \{"format": 1\}'), lake.lock():
        pass


@pytest.mark.parametrize(
    "address",
    ["hdfs://name/lake", "s3://", "s3://key:secret@bucket/lake", "s3://bucket/../lake", "s3://bucket/lake?a=b"],
)
def test_an_address_that_can_hold_no_lake_is_refused_before_the_run(address: str) -> None:
    with pytest.raises(ConfigurationError, match=r"BUCKET/PREFIX|made of dots") as refusal:
        Lake.open(address)
    assert "secret" not in str(refusal.value)


# ---------------------------------------------------------------- commit


def test_a_manifest_names_every_file_with_its_rows_bytes_and_hash(lake: Lake) -> None:
    publish(lake, 1, 2, 3)
    manifest = lake.manifest(RUN_ID)
    assert manifest
    for file in manifest.files:
        content = lake.storage.read(f"{file.table}/{file.partition}/{file.name}")
        assert content
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.bytes, file.sha256)
        assert pq.read_metadata(pa.BufferReader(content)).num_rows == file.rows
        assert file.table == "events" or file.sha256[:8] in file.name
    named = {str(Path(file.table, file.partition, file.name)) for file in manifest.files}
    assert named == set(stored(lake))


def test_the_first_commit_leaves_a_file_in_every_table(lake: Lake) -> None:
    publish(lake)
    assert {path.partition("/")[0] for path in stored(lake)} == set(TABLES)
    publish(lake, run_id=NEXT_RUN)
    assert len(stored(lake)) == len(TABLES) + 1, "later ones only in tables that something was staged for"


def test_runs_are_numbered_in_the_order_of_their_commits(lake: Lake) -> None:
    publish(lake, 1, run_id=NEXT_RUN)
    publish(lake, 2)
    numbers = {run_id: manifest.sequence for run_id in lake.runs() if (manifest := lake.manifest(run_id))}
    assert numbers == {NEXT_RUN: 1, RUN_ID: 2}


def test_the_first_writer_of_a_manifest_wins(lake: Lake) -> None:
    with lake.lock():
        lake.begin(RUN_ID)
        first, second = stage_articles(lake, 1), stage_articles(lake, 2)
        assert commit(lake, first, a_receipt(published=1)).published == 1
        before = stored(lake)
        assert commit(lake, second, a_receipt(published=2)).published == 1
    assert stored(lake) == before
    assert lake.read("articles")["url"].to_pylist() == ["https://harbour.example/1"]


class Overtaken(Lake):
    """A lake on which another writer commits the same run while this one stages."""

    other: Lake
    others: list[StagedFile]

    def stage(self, *arguments: Any) -> StagedFile:
        commit(self.other, self.others, a_receipt(published=1))
        return super().stage(*arguments)


def test_a_writer_that_is_overtaken_returns_the_receipt_that_stands(lake: Lake) -> None:
    with lake.lock():
        lake.begin(RUN_ID)
        overtaken = Overtaken(lake.storage)
        overtaken.epoch, overtaken.other, overtaken.others = lake.epoch, lake, stage_articles(lake, 1)
        assert commit(overtaken, [], a_receipt(published=2)).published == 1
    assert lake.read("articles")["url"].to_pylist() == ["https://harbour.example/1"]


def test_a_run_that_was_finished_is_not_looked_at_again(lake: Lake) -> None:
    """Its files may have been compacted into others since."""
    publish(lake, 1)
    lake.storage.delete([path for path in stored(lake) if path.startswith("articles/")])
    assert lake.finish(RUN_ID) == a_receipt()


def test_of_two_commits_at_once_one_stands_whole(lake: Lake) -> None:
    with lake.lock(), ThreadPoolExecutor(8) as pool:
        lake.recover()
        lake.begin(RUN_ID)
        staged = [stage_articles(lake, number) for number in range(8)]
        receipts = list(pool.map(lambda each: commit(lake, staged[each], a_receipt(published=each)), range(8)))
    (stands,) = {each.published for each in receipts}
    assert lake.read("articles")["url"].to_pylist() == [f"https://harbour.example/{stands}"]
    with lake.lock():
        lake.recover()  # on an object store a slower writer's draft can come after all was done
    assert lake.storage.names("_staging") == []


def test_nothing_is_committed_when_a_staged_file_is_gone(lake: Lake) -> None:
    with lake.lock():
        lake.begin(RUN_ID)
        staged = stage_articles(lake, 1)
        lake.storage.delete([staged[0].staged])
        with pytest.raises(LakeUnwritable, match="no longer there"):
            commit(lake, staged)
    assert lake.runs() == []
    assert stored(lake) == {}


def test_nothing_is_staged_for_a_run_whose_staging_area_is_gone(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path))
    with lake.lock():
        lake.begin(RUN_ID)
        lake.recover()
        with pytest.raises(LakeUnwritable, match="Something vanished"):
            stage_articles(lake, 1)


def test_a_run_that_was_never_committed_is_dropped(lake: Lake) -> None:
    publish(lake, 1)
    before = stored(lake)
    with lake.lock():
        lake.begin(NEXT_RUN)
        stage_articles(lake, 2, run_id=NEXT_RUN)
    with lake.lock():
        lake.recover()
    assert lake.storage.names("_staging") == []
    assert stored(lake) == before


def test_a_file_that_is_replaced_keeps_its_name_and_no_other_row(lake: Lake) -> None:
    for run_id, numbers in ((RUN_ID, (1, 2)), (NEXT_RUN, (3,))):
        with lake.lock():
            lake.begin(run_id)
            rows = to_arrow("items", [an_item(each) for each in numbers])
            commit(lake, [lake.stage(run_id, "items", "date=2026-03-02", rows, "kept.parquet")], a_receipt(run_id))
    assert lake.read_file("items", "date=2026-03-02", "kept.parquet")["entry_id"].to_pylist() == ["guid-3"]
    assert lake.read_file("items", "date=2026-03-02", "other.parquet").num_rows == 0


def test_a_damaged_manifest_is_named(lake: Lake) -> None:
    publish(lake, 1)
    lake.storage.put(f"_manifests/{RUN_ID}.json", b"{")
    with pytest.raises(LakeUnwritable, match=rf"{RUN_ID}\.json is damaged.*Restore it from a backup"):
        lake.receipt(RUN_ID)


def test_a_manifest_of_a_later_release_is_read(lake: Lake) -> None:
    publish(lake, 1)
    told = json.loads(lake.storage.read(f"_manifests/{RUN_ID}.json") or b"")
    told["new"] = told["receipt"]["new"] = told["files"][0]["new"] = 1
    lake.storage.put(f"_manifests/{RUN_ID}.json", json.dumps(told).encode())
    assert lake.receipt(RUN_ID) == a_receipt()


# ---------------------------------------------------------------- what power loss may take


class Journal:
    """What a lake does to the disk, in order: `sync path`, `move from to`, `link path`, `drop path`."""

    def __init__(self, root: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.lines: list[tuple[str, ...]] = []
        self._watch(monkeypatch, os, "fsync", lambda handle: ("sync", os.readlink(f"/proc/self/fd/{handle}")))
        self._watch(monkeypatch, os, "rename", lambda old, new: ("move", old, new))
        self._watch(monkeypatch, os, "unlink", lambda path: ("drop", path))
        self._watch(monkeypatch, os, "link", lambda old, new: ("link", new))

    def _watch(self, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, line: Callable[..., Any]) -> None:
        does = getattr(owner, name)

        def watched(*arguments: Any, **options: Any) -> Any:
            kind, *paths = line(*arguments)
            self.lines.append((kind, *(str(path).removeprefix(f"{self.root}/") for path in paths)))
            return does(*arguments, **options)

        monkeypatch.setattr(owner, name, watched)

    def places(self, kind: str, what: str) -> list[int]:
        """Where the journal does `kind` to a path that begins with `what`."""
        return [at for at, line in enumerate(self.lines) if line[0] == kind and line[-1].startswith(what)]


@pytest.fixture(name="journal")
def a_journal_of_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    lake = killing_lake(tmp_path / "lake")
    with lake.lock():
        journal = Journal(lake.root, monkeypatch)
        lake.begin(RUN_ID)
        commit(lake, stage_articles(lake, 1, 2))
    return journal


def test_a_file_is_durable_before_it_has_its_name(journal: Journal) -> None:
    staged = journal.places("move", f"_staging/{RUN_ID}/")
    assert len(staged) == len(TABLES) + 2, "a file a table, the mark of the beginning and the draft of the manifest"
    for at in staged:
        assert ("sync", journal.lines[at][1]) in journal.lines[:at]


def test_what_a_manifest_names_is_durable_before_the_manifest_is(journal: Journal) -> None:
    (link,) = journal.places("link", f"_manifests/{RUN_ID}.json")
    last_staged = max(journal.places("move", f"_staging/{RUN_ID}/"))
    assert any(last_staged < at < link for at in journal.places("sync", f"_staging/{RUN_ID}"))


def test_a_manifest_is_durable_before_any_file_moves(journal: Journal) -> None:
    (link,) = journal.places("link", "_manifests/")
    first_moved = min(at for table in TABLES for at in journal.places("move", f"{table}/"))
    assert any(link < at < first_moved for at in journal.places("sync", "_manifests"))


def test_the_tables_are_durable_before_the_staging_goes(journal: Journal) -> None:
    dropped = min(journal.places("drop", f"_staging/{RUN_ID}/"))
    for table in TABLES:
        (moved,) = journal.places("move", f"{table}/")
        folder = journal.lines[moved][-1].rpartition("/")[0]
        assert any(moved < at < dropped for at in journal.places("sync", folder))
        assert any(moved < at < dropped for at in journal.places("sync", table))


def test_files_appear_in_the_order_of_the_tables(journal: Journal) -> None:
    moved = [journal.places("move", f"{table}/")[0] for table in TABLES]
    assert moved == sorted(moved)


# ---------------------------------------------------------------- what cannot be written


def test_a_lake_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LakeUnwritable, match="cannot be written") as refusal:
        publish(Lake.open(str(tmp_path / "file" / "lake")), 1)
    assert refusal.value.exit_code == 5


def publish_in_little_space(root: str, told: Any) -> None:
    """No file may grow beyond 2 kB, which fails as a full disk does."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))
    try:
        publish(Lake.open(root), 2, run_id=NEXT_RUN)
    except LakeUnwritable as error:
        told.put(str(error))


def test_a_full_disk_leaves_what_was_committed(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path))
    publish(lake, 1)
    before = files(Path(lake.root))
    told = WARM.SimpleQueue()
    child = WARM.Process(target=publish_in_little_space, args=(lake.root, told))
    child.start()
    child.join()
    assert "There is no space left" in told.get()
    assert files(Path(lake.root)) == before
    publish(lake, 2, run_id=NEXT_RUN)
    assert lake.read("articles").num_rows == 2


@pytest.mark.parametrize(
    ("record", "table"), [(an_article(1, text="word " * 50_000), "articles"), (a_merge(), "merges")]
)
def test_a_row_group_stays_below_the_smaller_of_its_bounds(record: Any, table: str) -> None:
    rows = to_arrow(table, [record])
    number = rows_per_group(rows)
    assert number <= ROWS_PER_GROUP
    assert number * rows.nbytes <= BYTES_PER_GROUP
    assert (number + 1) * rows.nbytes > BYTES_PER_GROUP or number == ROWS_PER_GROUP


def test_a_table_that_is_too_large_for_one_row_group_has_several() -> None:
    content = parquet_bytes("merges", to_arrow("merges", [a_merge()] * (ROWS_PER_GROUP + 1)))
    metadata = pq.read_metadata(pa.BufferReader(content))
    assert [metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)] == [ROWS_PER_GROUP, 1]


def test_a_manifest_that_finds_no_space_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake.open(str(tmp_path))

    def find_no_space(_: str, __: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with lake.lock():
        lake.begin(RUN_ID)
        staged = stage_articles(lake, 1)
        monkeypatch.setattr(os, "link", find_no_space)
        with pytest.raises(LakeUnwritable, match="There is no space left"):
            commit(lake, staged)
