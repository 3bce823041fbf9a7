"""The commit protocol as a state machine: processes come and go at any change, and what stands is whole runs."""

import contextlib
import dataclasses
import json
import tempfile
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Optional

import hypothesis.strategies as st
import pyarrow.parquet as pq
import pytest
from failing import Crashed, broken, failing, full
from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from killing import a_day_later, killing_lake, stored
from records import MONDAY, a_mention, an_article, an_event, an_item

from pipeline.doctor import examine
from schemas import Receipt, StagedFile
from schemas.reject import LakeLocked, LakeUnwritable
from schemas.tables import FORMAT_VERSION, TABLES, to_arrow
from transforms.store.lake import Lake
from transforms.write_partitions import merged_rows

HOUR = 3_600_000_000

#: Rows of one table that readers can tell apart: the run that wrote it, and what it is about.
Rows = frozenset[tuple[str, str]]

KEYS = {"articles": "article_id", "mentions": "mention_id", "items": "entry_id", "events": "event_id"}
MAKERS: Mapping[str, Callable[..., Any]] = {
    "articles": an_article,
    "mentions": a_mention,
    "items": an_item,
    "events": an_event,
}

End = Optional[tuple[Callable[[], BaseException], int]]


def ends(most: int, *, one_in: int) -> st.SearchStrategy[End]:
    """How a process can end while it does something: one time in so many, behind one of at most so many changes."""
    end = st.tuples(st.sampled_from([Crashed, full, broken]), st.integers(1, most))
    return st.integers(1, one_in).flatmap(lambda turn: end if turn == one_in else st.none())


NUMBERS = st.sets(st.integers(0, 3), min_size=1)


@dataclasses.dataclass
class Run:
    """A run as the machine knows it."""

    run_id: str
    number: int  # its hour
    staged: list[StagedFile] = dataclasses.field(default_factory=list)
    rows: dict[str, Rows] = dataclasses.field(default_factory=lambda: dict.fromkeys(TABLES, Rows()))

    @property
    def receipt(self) -> Receipt:
        numbers = dict.fromkeys(Receipt._fields[2:], 0) | {"published": len(self.rows["articles"])}
        return Receipt(self.run_id, MONDAY + self.number * HOUR, **numbers)


def seen(lake: Lake) -> dict[str, list[tuple[str, str]]]:
    """Return what a reader finds who opens every file of every table."""
    found: dict[str, list[tuple[str, str]]] = {}
    for table in TABLES:
        paths = sorted(path for path in stored(lake) if path.startswith(f"{table}/"))
        files = [pq.ParquetFile(lake.path(path), filesystem=lake.filesystem) for path in paths]
        read = [file.read() for file in files]
        columns = ("run_id", KEYS.get(table, "run_id"))
        found[table] = [row for rows in read for row in zip(*(rows[name].to_pylist() for name in columns), strict=True)]
    return found


def rows_of(runs: Sequence[Run]) -> dict[str, Rows]:
    """Return what all tables hold when these runs are in place. An event stands as the last run left it."""
    rows = {table: Rows().union(*(run.rows[table] for run in runs)) for table in TABLES}
    rows["events"] = Rows({event: (run_id, event) for run in runs for run_id, event in run.rows["events"]}.values())
    return rows


class Protocol(RuleBasedStateMachine):
    """One lake. At most one process holds it; those before may have ended anywhere."""

    folder: Optional[tempfile.TemporaryDirectory] = None

    def __init__(self) -> None:
        super().__init__()
        self.lake = self.new_lake()
        self.process: Optional[contextlib.ExitStack] = None
        self.run: Optional[Run] = None  # what that process has begun
        self.committed: dict[str, Run] = {}  # in their order
        self.given_up: dict[str, Run] = {}  # begun and never committed
        self.hours = 0

    def new_lake(self) -> Lake:
        """Return a lake that a `failing` block lets fail."""
        self.folder = tempfile.TemporaryDirectory()
        return killing_lake(Path(self.folder.name) / "lake")

    def teardown(self) -> None:
        if self.process:
            self.process.close()
        if self.folder:
            self.folder.cleanup()

    def others(self) -> contextlib.AbstractContextManager[None]:
        """Let the time pass after which a process that is gone holds the lake no more."""
        return contextlib.nullcontext()

    def attempt(self, work: Callable[[], object], end: End) -> bool:
        """Do something in the process; say whether it is still there then."""
        try:
            with failing(end[0](), behind=end[1]) if end else contextlib.nullcontext():
                work()
        except (Crashed, LakeUnwritable):
            assert end, "nothing fails by itself"
            self.settle()
            self.stop()
            return False
        self.settle()
        return True

    def settle(self) -> None:
        """Take down what became of the run: it is committed exactly when it has a manifest."""
        if self.run and self.lake.manifest(self.run.run_id):
            self.committed[self.run.run_id] = self.run
            self.run = None

    def stop(self) -> None:
        if self.process:
            self.process.close()
        if self.run:
            self.given_up[self.run.run_id] = self.run
        self.process = self.run = None

    # --- what a process does ---

    @precondition(lambda self: not self.process)
    @rule(end=ends(30, one_in=6))
    def start(self, end: End) -> None:
        """Take the lake and put it in order."""
        self.process = contextlib.ExitStack()

        def take() -> None:
            assert self.process
            with self.others():
                self.process.enter_context(self.lake.lock())
            self.lake.recover()

        if self.attempt(take, end):
            assert self.lake.storage.names("_staging") == []
            assert {table: sorted(rows) for table, rows in rows_of([*self.committed.values()]).items()} == {
                table: sorted(rows) for table, rows in seen(self.lake).items()
            }

    @precondition(lambda self: self.process and not self.run)
    @rule(end=ends(8, one_in=6), again=st.booleans())
    def begin(self, end: End, again: bool) -> None:
        """Begin a new run, or one that was given up before."""
        if again and self.given_up:
            _, before = self.given_up.popitem()
            self.run = Run(before.run_id, before.number)
        else:
            self.hours += 1
            self.run = Run(f"20260302T{self.hours:06d}Z-0123abcd", self.hours)
        self.attempt(lambda: self.lake.begin(self.run.run_id), end)

    @precondition(lambda self: self.run)
    @rule(end=ends(20, one_in=6), tables=st.sets(st.sampled_from(sorted(KEYS)), min_size=2), numbers=NUMBERS)
    def stage(self, end: End, tables: set[str], numbers: set[int]) -> None:
        """Write a file of each table that the run has none of yet."""
        missing = [table for table in sorted(tables) if not self.run.rows[table]]
        self.attempt(lambda: [self.write(self.run, table, numbers) for table in missing], end)

    def write(self, run: Run, table: str, numbers: set[int]) -> None:
        """Stage new rows of a run, or events that runs before it may have written."""
        each = numbers if table == "events" else {100 * run.number + number for number in numbers}
        rows = to_arrow(table, [MAKERS[table](number, run_id=run.run_id) for number in sorted(each)])
        if table == "events":
            month, name = "month=2026-03", "events-00.parquet"
            merged = merged_rows(table, self.lake.read_file(table, month, name), rows)
            run.staged.append(self.lake.stage(run.run_id, table, month, merged, name))
        else:
            run.staged.append(self.lake.stage(run.run_id, table, "date=2026-03-02", rows))
        run.rows[table] = Rows(zip(rows["run_id"].to_pylist(), rows[KEYS[table]].to_pylist(), strict=True))

    @precondition(lambda self: self.run)
    @rule(end=ends(90, one_in=2))
    def commit(self, end: End) -> None:
        run = self.run
        if self.attempt(lambda: self.publish(run), end):
            assert run.run_id in self.committed
            assert self.lake.storage.names("_staging") == []

    def publish(self, run: Run) -> Receipt:
        return self.lake.commit(run.receipt, run.staged, sources=[], software_version="0", rules_version="0")

    @precondition(lambda self: not self.run)
    @rule(end=ends(90, one_in=2), again=st.booleans(), numbers=NUMBERS)
    def do_a_whole_run(self, end: End, again: bool, numbers: set[int]) -> None:
        if not self.process:
            self.start(None)
        self.begin(None, again)
        self.stage(None, set(KEYS), numbers)
        self.commit(end)

    @precondition(lambda self: self.run)
    @rule()
    def die(self) -> None:
        self.stop()

    # --- what others do meanwhile ---

    @precondition(lambda self: self.process)
    @rule()
    def a_second_writer_is_refused(self) -> None:
        with pytest.raises(LakeLocked), Lake.open(self.lake.place).lock():
            pass

    @precondition(lambda self: self.committed)
    @rule(data=st.data())
    def a_commit_is_replayed(self, data: st.DataObject) -> None:
        """By a bundle that is done twice, or a process thought dead: the receipt that stands is its answer."""
        run = self.committed[data.draw(st.sampled_from(sorted(self.committed)))]
        other = run.receipt._replace(published=99)
        stands = self.lake.commit(other, run.staged, sources=[], software_version="0", rules_version="0")
        assert stands == run.receipt

    @precondition(lambda self: self.process and not self.run and self.given_up)
    @rule(data=st.data())
    def a_run_that_was_dropped_is_committed_too_late(self, data: st.DataObject) -> None:
        run = self.given_up[data.draw(st.sampled_from(sorted(self.given_up)))]
        with pytest.raises(LakeUnwritable):
            self.publish(run)

    @precondition(lambda self: not self.process and self.hours)
    @rule()
    def a_newer_format_is_refused(self) -> None:
        """By whoever writes, who changes nothing."""
        before, content = stored(self.lake), self.lake.storage.read("_lake.json")
        self.lake.storage.put("_lake.json", json.dumps({"format": FORMAT_VERSION + 1}).encode())
        with self.others(), pytest.raises(LakeUnwritable, match="Upgrade newsbeam"), self.lake.lock():
            pass
        self.lake.storage.put("_lake.json", content or b"")
        assert stored(self.lake) == before

    # --- what always holds ---

    @invariant()
    def readers_find_whole_runs_table_after_table(self) -> None:
        moving = [each for each in self.committed if self.lake.storage.exists(f"_staging/{each}/_begun")]
        before = rows_of([run for run_id, run in self.committed.items() if run_id not in moving])
        after = rows_of([*self.committed.values()])
        found = seen(self.lake)
        complete = True
        for table in TABLES:
            assert len(found[table]) == len(set(found[table])), f"{table}: a row stands twice"
            rows = Rows(found[table])
            assert rows in (before[table], after[table]), f"{table}: rows of no committed run, or a part of one"
            assert complete or rows == before[table], f"{table}: moved before the tables that it refers to"
            complete = rows == after[table]

    @invariant()
    def receipts_stand(self) -> None:
        assert self.lake.runs() == sorted(self.committed)
        for run_id, run in self.committed.items():
            assert self.lake.receipt(run_id) == run.receipt

    @precondition(lambda self: self.hours)
    @invariant()
    def nothing_has_to_be_mended_by_a_person(self) -> None:
        later = MONDAY + 1_000 * 24 * HOUR
        assert [each for each in examine(self.lake, later, deep=True).findings if each.severity == "mend"] == []


class ProtocolOfBuckets(Protocol):
    """The same on an object store, where a process that is gone is taken over from after three heartbeats."""

    place: str

    def new_lake(self) -> Lake:
        return Lake.open(f"{self.place}/{uuid.uuid4().hex}")

    def others(self) -> contextlib.AbstractContextManager[None]:
        return a_day_later()


def test_the_protocol_holds_on_an_object_store(bucket: str) -> None:
    ProtocolOfBuckets.place = bucket
    few = settings(max_examples=8, stateful_step_count=12)
    run_state_machine_as_test(ProtocolOfBuckets, settings=few)


TestProtocol = Protocol.TestCase
TestProtocol.settings = settings(max_examples=30, stateful_step_count=15)
