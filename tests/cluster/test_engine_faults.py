"""Faults while a stream runs on an engine, at seeded random moments. Each ends with the rows of a run without any.

The environment variable NEWSBEAM_MOMENTS says how often each fault strikes the stream of its test.
"""

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from children import begin
from flink import Engine, Flink, flink
from minio import BUCKET, Minio, make_minio
from paper import Paper
from processes import ended, until
from streaming import Stream, check_rows, followed, prism, published_since, urls

from schemas.ids import time_of
from transforms.store.lake import Lake

pytestmark = [pytest.mark.cluster, pytest.mark.long, pytest.mark.timeout(7200)]

MOMENTS = int(os.environ.get("NEWSBEAM_MOMENTS", "2"))
HEARTBEAT_S = 5

#: Seconds in which a stream has to publish news again.
LIMIT_S = 900

#: Seconds for which a store, or a paper, is away.
STORE_AWAY_S = 60
PAPER_AWAY_S = 3 * HEARTBEAT_S


@dataclass
class Session:
    """A stream over a paper that goes on publishing."""

    lake: Lake
    stream: Stream
    paper: Paper
    choose: random.Random

    def await_news(self) -> None:
        """Wait until a run that began from now on has published articles."""
        since = time.time()
        self.stream.process.until(lambda: published_since(self.lake, since), LIMIT_S)

    def await_moment(self) -> None:
        """Wait for news, and then for some moment of the two heartbeats that follow."""
        self.await_news()
        time.sleep(self.choose.uniform(0, 2 * HEARTBEAT_S))

    def await_open(self) -> str:
        """Wait until a run is open, and return its id."""
        while not (begun := self.lake.begun()):
            time.sleep(0.05)
        return min(begun)

    def times_of(self, run_id: str) -> set[int]:
        """Wait until a run is committed, and return the times that its rows carry, µs."""
        self.stream.process.until(lambda: run_id in self.lake.runs(), LIMIT_S)
        manifest = self.lake.manifest(run_id)
        assert manifest
        files = [file for file in manifest.files if file.table == "polls" and file.rows]
        polls = [self.lake.read_file(file.table, file.partition, file.name) for file in files]
        return {time for each in polls for time in each["polled_at"].cast("int64").to_pylist()}

    def finish(self) -> None:
        """Let the paper end, and the stream when it has all of it."""
        self.await_news()
        self.paper.close()
        self.stream.process.until(lambda: len(urls(self.lake)) == len(self.paper.numbers), LIMIT_S)
        assert self.stream.stop() == 0


@contextlib.contextmanager
def streaming(folder: Path, engine: Engine, place: str = "") -> Iterator[Session]:
    """Stream a paper for as long as the block takes, then until all is published, and check every row."""
    lake = Lake.open(place or str(folder / "lake"))
    with followed(folder, every_s=2, interval_s=HEARTBEAT_S) as paper:
        stream = Stream(folder, lake.place, *engine, heartbeat_s=HEARTBEAT_S)
        with ended([stream.process.begin()]):
            session = Session(lake, stream, paper, random.Random(folder.name))
            yield session
            session.finish()
        check_rows(folder, lake.place, paper)


# ---------------------------------------------------------------- processes of a cluster


def kill_a_task_manager(cluster: Flink, choose: random.Random) -> None:
    """As the machine's end would; a supervisor starts it again."""
    struck = choose.choice(cluster.task_managers)
    struck.kill()
    assert struck.popen
    assert struck.popen.returncode == -signal.SIGKILL
    struck.begin()


def kill_a_worker(cluster: Flink, choose: random.Random) -> None:
    """Kill the newest child of a pool, in which our code runs. The pool is asked for another, so it was in use."""
    pool = choose.choice(cluster.pools)
    until(lambda: bool(pool.children()), LIMIT_S)
    struck = max(pool.children())
    os.kill(struck, signal.SIGKILL)
    until(lambda: max(pool.children(), default=0) > struck, LIMIT_S)


def end_the_job(cluster: Flink, choose: random.Random) -> None:
    """Cancel the job behind the launcher's back, which has to submit it again."""
    job = cluster.job()
    assert job
    cluster.cancel(job)
    until(lambda: cluster.job() not in (None, job), LIMIT_S)


def kill_the_job_manager(cluster: Flink, choose: random.Random) -> None:
    """The job is gone with it, and its launcher has to submit it again."""
    cluster.job_manager.kill()
    assert cluster.job_manager.popen
    assert cluster.job_manager.popen.returncode == -signal.SIGKILL
    cluster.job_manager.begin()


FAULTS = [kill_a_task_manager, kill_a_worker, end_the_job, kill_the_job_manager]


@pytest.fixture(name="cluster")
def a_cluster_of_its_own(tmp_path: Path) -> Iterator[Flink]:
    (tmp_path / "flink").mkdir()
    with flink(tmp_path / "flink") as cluster:
        yield cluster


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_what_dies_on_the_cluster(
    fault: Callable[[Flink, random.Random], None], cluster: Flink, tmp_path: Path
) -> None:
    with streaming(tmp_path, on(cluster)) as session:
        for _ in range(MOMENTS):
            session.await_moment()
            fault(cluster, session.choose)


def test_a_window_that_is_replayed_has_the_time_that_it_had(cluster: Flink, tmp_path: Path) -> None:
    """The run that is open when a worker dies is committed under its own id, and its rows carry its time."""
    with streaming(tmp_path, on(cluster)) as session:
        for _ in range(MOMENTS):
            session.await_moment()
            run_id = session.await_open()
            kill_a_worker(cluster, session.choose)
            assert session.times_of(run_id) == {time_of(run_id)}


def on(cluster: Flink) -> Engine:
    return "flink", [*cluster.options, "--parallelism=2"]


# ---------------------------------------------------------------- the launcher


def test_the_launcher_is_killed_and_started_again(engine: Engine, tmp_path: Path) -> None:
    with streaming(tmp_path, engine) as session:
        for _ in range(MOMENTS):
            session.await_moment()
            session.stream.process.kill()
            session.stream.process.begin()


def test_the_engine_of_a_launcher_is_killed(tmp_path: Path) -> None:
    """Prism is a child of the launcher, which begins another."""
    with streaming(tmp_path, prism()) as session:
        for _ in range(MOMENTS):
            session.await_moment()
            kill_prism(session.stream)


def kill_prism(stream: Stream) -> None:
    (struck,) = stream.process.children("prism")
    os.kill(struck, signal.SIGKILL)
    until(lambda: struck not in stream.process.children("prism"))


def test_a_second_launcher_is_refused_until_the_first_is_gone(store: Minio, engine: Engine, tmp_path: Path) -> None:
    """Of two launchers on a lake in a bucket one works; when it was killed its lease expires, and the other goes on."""
    with streaming(tmp_path, engine, f"s3://{BUCKET}/{tmp_path.name}") as session:
        other = Stream(tmp_path, session.lake.place, *engine, heartbeat_s=HEARTBEAT_S, name="other")
        with ended([other.process]):
            for _ in range(MOMENTS):
                session.await_moment()
                assert ends_refused(other)
                session.stream.process.kill()
                session.stream, other = other, session.stream
                until(lambda: not ends_refused(session.stream), LIMIT_S)  # as long as the lease stands


def ends_refused(stream: Stream) -> bool:
    """Start a stream; say whether it finds the lake held, and ends."""
    begun = stream.said("stream_started")
    process = stream.process.begin().popen
    assert process
    until(lambda: process.poll() is not None or stream.said("stream_started") > begun, LIMIT_S)
    assert process.poll() in (None, 4)
    return process.poll() == 4


# ---------------------------------------------------------------- what is around it


def test_the_paper_cannot_be_reached_for_a_while(engine: Engine, tmp_path: Path) -> None:
    with streaming(tmp_path, engine) as session:
        for _ in range(MOMENTS):
            session.await_moment()
            session.paper.vanish()
            time.sleep(PAPER_AWAY_S)
            session.paper.appear()


@pytest.fixture(name="mortal")
def a_store_that_will_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Minio:
    """Return a store that does not run yet, and that whatever is begun from now on finds."""
    store = make_minio(tmp_path)
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    return store


def test_the_store_is_away_for_a_minute(mortal: Minio, engine: Engine, tmp_path: Path) -> None:
    """Either it is stopped, and answers late, or it is killed, and begins again over the same objects."""
    with contextlib.ExitStack() as life:
        store = life.enter_context(mortal.running())
        with streaming(tmp_path, engine, f"s3://{BUCKET}/lake") as session:
            for _ in range(MOMENTS):
                session.await_moment()
                if session.choose.random() < 0.5:
                    store.send_signal(signal.SIGSTOP)
                    time.sleep(STORE_AWAY_S)
                    store.send_signal(signal.SIGCONT)
                else:
                    life.close()
                    assert store.returncode == -signal.SIGKILL
                    time.sleep(STORE_AWAY_S)
                    store = life.enter_context(mortal.running())


# ---------------------------------------------------------------- asked to end


def test_a_run_that_is_asked_to_end_ends_on_the_cluster_too(cluster: Flink, tmp_path: Path) -> None:
    with followed(tmp_path, every_s=0.01, interval_s=60):
        arguments = ["sources.toml", "--lake", "lake", "--runner", "flink", "--", *cluster.options]
        with begin("run", *arguments, folder=tmp_path) as run:
            cluster.job_manager.until(lambda: cluster.job() is not None)
            run.send_signal(signal.SIGTERM)
            assert run.wait(60) == 128 + signal.SIGTERM
    assert [each["state"] for each in cluster.ask("/jobs/overview")["jobs"]] == ["CANCELED"]
