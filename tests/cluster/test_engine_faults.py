"""Faults while a stream runs on Flink, at seeded random moments. Each ends with the rows of a run without any.

The environment variable NEWSBEAM_MOMENTS says at how many moments each fault strikes: ten take an hour.
"""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from children import begin
from flink import Flink, flink
from newsroom.serve import serving
from paper import SOURCES, Paper
from processes import ended
from streaming import Stream, check_rows, committed, urls

from pipeline.__main__ import descendants
from transforms.store.lake import Lake

pytestmark = [pytest.mark.cluster, pytest.mark.long, pytest.mark.timeout(3600)]

MOMENTS = int(os.environ.get("NEWSBEAM_MOMENTS", "2"))
HEARTBEAT_S = 5

#: Seconds in which a stream has to commit news again.
LIMIT_S = 900


def kill_a_task_manager(cluster: Flink, choose: random.Random) -> None:
    """As the machine's end would; a supervisor starts it again."""
    struck = choose.choice(cluster.task_managers)
    struck.kill()
    struck.begin()


def kill_a_worker(cluster: Flink, choose: random.Random) -> None:
    """Kill a child of a pool, in which our code runs."""
    workers = [child for pool in cluster.pools if pool.popen for child in descendants(pool.popen.pid)]
    if workers:
        os.kill(choose.choice(workers), signal.SIGKILL)


def end_the_job(cluster: Flink, choose: random.Random) -> None:
    """Cancel the job behind the launcher's back, which has to submit it again."""
    if job := cluster.job():
        cluster.cancel(job)


FAULTS = [kill_a_task_manager, kill_a_worker, end_the_job]


@pytest.fixture(name="cluster")
def a_cluster_of_its_own(tmp_path: Path) -> Iterator[Flink]:
    (tmp_path / "flink").mkdir()
    with flink(tmp_path / "flink") as cluster:
        yield cluster


def stream_on(cluster: Flink, folder: Path) -> Stream:
    return Stream(folder, str(folder / "lake"), "flink", [*cluster.options, "--parallelism=2"], HEARTBEAT_S)


def await_news(lake: Lake, stream: Stream) -> None:
    """Wait until a run that began from now on has published articles."""
    since = time.time()
    stream.process.until(lambda: any(run.at_s > since and run.fetched for run in committed(lake)), LIMIT_S)


def finish(lake: Lake, stream: Stream, paper: Paper) -> None:
    """Let the paper end, and the stream when it has all of it."""
    paper.close()
    stream.process.until(lambda: len(urls(lake)) == len(paper.numbers), LIMIT_S)
    assert stream.stop() == 0


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_what_dies_on_the_cluster(
    fault: Callable[[Flink, random.Random], None], cluster: Flink, tmp_path: Path
) -> None:
    lake, choose, paper = Lake.open(str(tmp_path / "lake")), random.Random(fault.__name__), Paper(every_s=2)
    with serving(paper, port=0) as site:
        (tmp_path / "sources.toml").write_text(SOURCES.format(site=site, interval_s=HEARTBEAT_S))
        stream = stream_on(cluster, tmp_path)
        with ended([stream.process.begin()]):
            for _ in range(MOMENTS):
                await_news(lake, stream)
                time.sleep(choose.uniform(0, 2 * HEARTBEAT_S))
                fault(cluster, choose)
            await_news(lake, stream)
            finish(lake, stream, paper)
        check_rows(tmp_path, lake.root, paper)


def test_the_launcher_is_killed_and_started_again(cluster: Flink, tmp_path: Path) -> None:
    lake, choose, paper = Lake.open(str(tmp_path / "lake")), random.Random(11), Paper(every_s=2)
    with serving(paper, port=0) as site:
        (tmp_path / "sources.toml").write_text(SOURCES.format(site=site, interval_s=HEARTBEAT_S))
        stream = stream_on(cluster, tmp_path)
        with ended([stream.process.begin()]):
            for _ in range(MOMENTS):
                await_news(lake, stream)
                time.sleep(choose.uniform(0, 2 * HEARTBEAT_S))
                stream.process.kill()
                stream.process.begin()
            await_news(lake, stream)
            finish(lake, stream, paper)
        check_rows(tmp_path, lake.root, paper)


def test_the_paper_cannot_be_reached_for_a_while(cluster: Flink, tmp_path: Path) -> None:
    lake, choose, paper = Lake.open(str(tmp_path / "lake")), random.Random(12), Paper(every_s=2)
    port = 0
    stream = stream_on(cluster, tmp_path)
    with ended([stream.process]):
        for _ in range(MOMENTS + 1):
            with serving(paper, port) as site:
                port = int(site.rpartition(":")[2])
                if stream.process.popen is None:
                    (tmp_path / "sources.toml").write_text(SOURCES.format(site=site, interval_s=HEARTBEAT_S))
                    stream.process.begin()
                await_news(lake, stream)
                time.sleep(choose.uniform(0, 2 * HEARTBEAT_S))
            time.sleep(3 * HEARTBEAT_S)
        with serving(paper, port):
            finish(lake, stream, paper)
            check_rows(tmp_path, lake.root, paper)


def test_a_second_launcher_is_refused_until_the_first_is_gone(cluster: Flink, tmp_path: Path) -> None:
    lake, paper = Lake.open(str(tmp_path / "lake")), Paper(every_s=2)
    with serving(paper, port=0) as site:
        (tmp_path / "sources.toml").write_text(SOURCES.format(site=site, interval_s=HEARTBEAT_S))
        first, second = stream_on(cluster, tmp_path), stream_on(cluster, tmp_path)
        with ended([first.process.begin(), second.process]):
            await_news(lake, first)
            assert second.process.begin().popen.wait(120) == 4
            first.process.kill()
            second.process.begin()
            await_news(lake, second)
            finish(lake, second, paper)
        check_rows(tmp_path, lake.root, paper)


@pytest.mark.xfail(reason="Beam's job server 2.62 ends its record of a job that is cancelled, and not Flink's job")
def test_a_run_that_is_asked_to_end_ends_on_the_cluster_too(cluster: Flink, tmp_path: Path) -> None:
    paper = Paper(every_s=0.01)
    with serving(paper, port=0) as site:
        (tmp_path / "sources.toml").write_text(SOURCES.format(site=site, interval_s=60))
        arguments = ["sources.toml", "--lake", "lake", "--runner", "flink", "--", *cluster.options]
        with begin("run", *arguments, folder=tmp_path) as run:
            cluster.job_manager.until(lambda: cluster.job() is not None)
            run.send_signal(signal.SIGTERM)
            assert run.wait(60) == 128 + signal.SIGTERM
        cluster.job_manager.until(lambda: cluster.job() is None, 60)
        assert [each["state"] for each in cluster.ask("/jobs/overview")["jobs"]] == ["CANCELED"]
