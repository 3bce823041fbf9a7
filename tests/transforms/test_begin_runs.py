"""One run at a time: when a heartbeat begins one, when it does not, and what comes of a heartbeat that comes again."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from gathering import commit
from records import MONDAY, a_poll, a_source

from schemas import Source, Tick
from schemas.ids import time_of
from schemas.reject import LakeLocked
from transforms.begin_runs import Begin, check_holder, next_tick
from transforms.planning import Agenda
from transforms.poll.archives import count
from transforms.store.lake import Lake

BEAT = 60_000_000
PATIENCE_S = 3_600.0


class Job:
    """What a heartbeat meets: a lake, and the sources as they are at that moment."""

    def __init__(self, folder: Path) -> None:
        self.lake = Lake.open(str(folder))
        with self.lake.lock():
            pass
        self.sources: Sequence[Source] = [a_source()]
        self.agenda = Agenda(self.lake, count)

    def beat(self, number: int, *, later_s: float = 0.0) -> Tick | None:
        """Let the heartbeat of a number come, `later_s` after the runs that are open have begun."""
        clock = max(self.lake.begun().values(), default=0.0) + later_s
        now = MONDAY + number * BEAT
        return next_tick(self.agenda, lambda: self.sources, now, clock=clock, patience_s=PATIENCE_S)

    def commit(self, tick: Tick, due_after: int) -> None:
        """Publish the run of a tick, after which its sources are due so many heartbeats later."""
        polls = [
            a_poll(
                run_id=tick.run_id,
                kind=each.kind,
                source=each.name,
                url=each.location,
                polled_at=tick.now,
                next_due=tick.now + due_after * BEAT,
            )
            for each in tick.sources
        ]
        commit(self.lake, tick.run_id, tick.now, polls=polls)


@pytest.fixture(name="job")
def a_job(tmp_path: Path) -> Job:
    return Job(tmp_path)


def test_a_run_begins_when_a_source_is_due_at_the_time_of_its_heartbeat(job: Job) -> None:
    tick = job.beat(0)
    assert tick
    assert (tick.now, time_of(tick.run_id), tick.sources) == (MONDAY, MONDAY, job.sources)
    assert [part.source for part in tick.slices] == [job.sources[0].name]
    assert list(job.lake.begun()) == [tick.run_id]


def test_beats_between_two_heartbeats_begin_nothing(job: Job) -> None:
    begin = Begin(job.lake, lambda: [a_source()], 60, "", PATIENCE_S)
    begin.setup()
    first = MONDAY // 1_000_000
    assert [[tick.now for tick in begin.process(first + second)] for second in (1, 30, 60)] == [[], [], [MONDAY + BEAT]]


def test_no_run_begins_while_one_is_open(job: Job) -> None:
    assert job.beat(0)
    assert job.beat(1) is None
    assert job.beat(2) is None


def test_no_run_begins_while_nothing_is_due_and_the_next_takes_up_what_is(job: Job) -> None:
    first = job.beat(0)
    assert first
    job.commit(first, due_after=3)
    assert (job.beat(1), job.beat(2)) == (None, None)
    job.sources = [*job.sources, a_source(name="quay", location="https://quay.example/feed.xml")]
    tick = job.beat(2)
    assert tick
    assert ([part.source for part in tick.slices], len(tick.sources)) == (["quay"], 2)


def test_a_heartbeat_that_comes_again_gives_its_tick_again_until_its_run_is_committed(job: Job) -> None:
    tick = job.beat(0)
    assert tick
    assert job.beat(0) == tick
    job.commit(tick, due_after=0)
    assert job.beat(0) is None


def test_a_heartbeat_that_comes_again_after_a_later_run_begins_nothing(job: Job) -> None:
    later = job.beat(5)
    assert later
    assert job.beat(3) is None
    job.commit(later, due_after=0)
    assert job.beat(3) is None


def test_an_open_run_keeps_its_id_when_the_sources_change_before_its_tick_comes_again(job: Job) -> None:
    tick = job.beat(0)
    job.sources = [a_source(name="quay")]
    again = job.beat(0)
    assert tick
    assert again
    assert again.run_id == tick.run_id


def test_a_run_without_an_end_is_done_again_under_its_own_id(job: Job) -> None:
    tick = job.beat(0)
    assert job.beat(50, later_s=PATIENCE_S - 1) is None
    assert job.beat(61, later_s=PATIENCE_S + 1) == tick
    assert job.beat(62) is None


def test_what_was_committed_is_in_place_before_the_next_run_begins(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    tick = job.beat(0)
    assert tick
    with monkeypatch.context() as dying:
        dying.setattr(Lake, "_finish", lambda lake, manifest: None)  # the worker dies behind the manifest
        job.commit(tick, due_after=9)
    assert job.lake.read("polls").num_rows == 0
    assert job.beat(1) is None
    assert job.lake.read("polls").num_rows == 1
    assert job.lake.begun() == {}


def test_a_job_begins_nothing_once_its_launcher_has_ended(job: Job) -> None:
    with job.lake.lock():
        holder = job.lake.storage.holder()
        assert holder
        check_holder(job.lake, holder)
        with pytest.raises(LakeLocked, match=f"process 1, no longer holds .*: {holder} holds it now"):
            check_holder(job.lake, "process 1")
    with pytest.raises(LakeLocked, match="nobody holds it"):
        check_holder(job.lake, holder)
