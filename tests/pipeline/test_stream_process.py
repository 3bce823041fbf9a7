"""`newsbeam stream` as a process: stopped, killed, started again, and beside another on one lake."""

import json
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from children import newsbeam
from killing import Nursery, killing_lake
from test_kill import warm
from webserver import Answer, Request, Web

from pipeline import config
from pipeline.heartbeat import Settings
from pipeline.logs import Happening
from pipeline.runners import runner_options
from pipeline.stream import LocalStream
from transforms.store.lake import Lake

#: How often a stream is killed, and the seed of where.
KILLS, SEED = 6, 20_260_302

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Cais</title>{items}</channel></rss>"""
ITEM = "<item><guid>{n}</guid><title>Barco {n}</title><link>{url}</link></item>"
PAGE = "<html><head><title>Barco {n}</title></head><body><article><h1>Barco {n}</h1>{text}</article></body></html>"
SOURCES = """
[[source]]
name = "cais"
url = "{url}"
kind = "feed"
language = "pt"
interval = "1s"
delay = "0s"

[poll_sources]
allow_private = true

[fetch_articles]
allow_private = true
"""


class Paper:
    """A newspaper on loopback that has published so many articles, and a sources.toml that follows it."""

    def __init__(self, folder: Path) -> None:
        self.published = 0
        self.asked = threading.Event()  # for an article
        self.web = Web({"/feed.xml": self._feed})
        self.sources = folder / "sources.toml"
        self.sources.write_text(SOURCES.format(url=self.web.url("/feed.xml")))

    def publish(self, delay_s: float = 0.0) -> None:
        """Publish one more; its page takes so long to come."""
        number = self.published = self.published + 1
        text = "".join(
            f"<p>O barco {number} trouxe {number * 31 + each} caixas de peixe ao cais.</p>" for each in range(9)
        )
        page = Answer(PAGE.format(n=number, text=text), delay_s=delay_s)
        self.web.routes[f"/{number}.html"] = lambda request: self._answer(page)

    def _answer(self, page: Answer) -> Answer:
        self.asked.set()
        return page

    def _feed(self, request: Request) -> Answer:
        items = [ITEM.format(n=n, url=self.web.url(f"/{n}.html")) for n in range(1, self.published + 1)]
        return Answer(FEED.format(items="".join(items)), content_type="application/rss+xml")


@pytest.fixture(name="paper")
def a_paper(tmp_path: Path) -> Iterator[Paper]:
    paper = Paper(tmp_path)
    with paper.web:
        yield paper


def published(lake: Lake) -> Counter[str]:
    """Return how often each article was published."""
    return Counter(lake.read("articles", ["entry_id"])["entry_id"].to_pylist())


class Process:
    """A stream as a child process, with the lines that it has logged."""

    def __init__(self, paper: Paper, lake: Lake) -> None:
        line = [sys.executable, "-m", "pipeline", "stream", str(paper.sources), "--lake", lake.root]
        line += ["--heartbeat", "1", "--log", "json"]
        self.child = subprocess.Popen(line, stderr=subprocess.PIPE, text=True)

    def until(self, event: str) -> dict[str, object]:
        """Read the log up to an event."""
        assert self.child.stderr
        for line in self.child.stderr:
            told = json.loads(line)
            if told["event"] == event:
                return told
        raise AssertionError(f"The stream ended before {event}.")

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self.child.kill()
        self.child.communicate()


def test_sigterm_finishes_the_run_that_is_open(paper: Paper, tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path / "lake"))
    paper.publish(delay_s=1.0)
    with Process(paper, lake) as stream:
        stream.until("run_begun")
        assert paper.asked.wait(120)
        stream.child.send_signal(signal.SIGTERM)
        stream.until("stopping")
        assert stream.until("run_committed")["counts"]["published"] == 1
        stream.until("stopped")
        assert stream.child.wait(60) == 0
    assert published(lake) == {"1": 1}


def test_a_second_signal_stops_at_once_and_another_process_takes_over(paper: Paper, tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path / "lake"))
    paper.publish(delay_s=300.0)
    with Process(paper, lake) as stream:
        assert paper.asked.wait(120)
        refused = newsbeam("stream", paper.sources, "--lake", lake.root, folder=tmp_path)
        assert (refused.returncode, refused.stdout) == (4, "")
        assert "holds the lake" in refused.stderr
        stream.child.send_signal(signal.SIGTERM)
        stream.until("stopping")
        stream.child.send_signal(signal.SIGTERM)
        assert stream.child.wait(60) == 128 + signal.SIGTERM
    assert list(lake.begun()) != []
    assert lake.runs() == []
    paper.published = 0
    paper.publish()
    with Process(paper, lake) as stream:
        stream.until("run_committed")
    assert published(lake) == {"1": 1}


def stream_until_all_is_there(sources: Path, root: Path, number: int) -> None:
    """Stream into a lake that kills behind a change, until it holds so many articles."""
    stop = threading.Event()
    lake = killing_lake(root)

    def hear(_: Happening) -> None:
        if len(published(lake)) >= number:
            stop.set()

    LocalStream(Settings(config.load(sources)), lake, runner_options([]), 1, stop, hear).run()


@pytest.fixture(name="nursery", scope="module")
def a_process_to_fork_from() -> Iterator[Nursery]:
    with Nursery(warm) as nursery:
        yield nursery


def test_a_stream_that_is_killed_again_and_again_publishes_everything_once(
    paper: Paper, tmp_path: Path, nursery: Nursery
) -> None:
    choose = random.Random(SEED)
    lake = Lake.open(str(tmp_path / "lake"))
    kills = 0
    for _ in range(KILLS):
        paper.publish()
        behind = choose.randrange(1, 60)
        goal = (paper.sources, tmp_path / "lake", paper.published)
        kills += nursery.killed(stream_until_all_is_there, *goal, behind=behind)
    nursery.finished(stream_until_all_is_there, *goal)
    assert kills > KILLS // 2
    assert published(lake) == {str(number): 1 for number in range(1, KILLS + 1)}
    assert list(lake.begun()) == []
    for run_id in lake.runs():
        manifest = lake.manifest(run_id)
        assert manifest
        for file in manifest.files:
            assert Path(lake.path(file.table, file.partition, file.name)).is_file()
