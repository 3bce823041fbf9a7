"""A stream as an operator starts it, what it has committed, and whether that is right."""

import contextlib
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from flink import Engine
from install import place
from paper import SOURCES, Paper
from processes import Process
from rows import newsbeam

from schemas.ids import time_of
from transforms.store.lake import Lake

#: Columns that tell what was published and not in which run.
SAME = {
    "articles": ["article_id", "version", "title", "text", "published", "cluster_id", "relation", "independent"],
    "mentions": ["mention_id", "article_id", "version", "type", "mode", "status", "event_id", "start_date"],
    "events": ["event_id", "type", "mode", "status", "mentions", "articles", "independent_articles"],
}


class Stream:
    """A child process that runs `newsbeam stream` over `sources.toml` of a folder; its log is beside."""

    def __init__(
        self, folder: Path, lake: str, runner: str, options: Sequence[str], heartbeat_s: int, name: str = "stream"
    ) -> None:
        line = [sys.executable, "-m", "pipeline", "stream", str(folder / "sources.toml"), "--lake", lake]
        line += ["--runner", runner, "--heartbeat", str(heartbeat_s), "--log", "json", "--", *options]
        self.process = Process(name, line, folder / f"{name}.log")

    def said(self, event: str) -> int:
        """Return how often it has told of an event, in all its lives."""
        log = self.process.log
        return log.read_text(errors="replace").count(f'"event": "{event}"') if log.exists() else 0

    def stop(self, seconds: float = 300) -> int:
        """Ask it to end, as systemd does; return its exit code."""
        assert self.process.popen
        self.process.popen.send_signal(signal.SIGTERM)
        return self.process.popen.wait(seconds)


class Run(NamedTuple):
    """One committed run of a lake in a folder."""

    run_id: str
    at_s: float  # logical time
    committed_s: float  # when its manifest was there
    fetched: int


def committed(lake: Lake) -> list[Run]:
    """Return the runs of a lake in a folder."""
    found = []
    for run_id in lake.runs():
        receipt = lake.receipt(run_id)
        assert receipt
        when = Path(lake.path("_manifests", f"{run_id}.json")).stat().st_mtime
        found.append(Run(run_id, time_of(run_id) / 1e6, when, receipt.fetched))
    return found


def lags(runs: Sequence[Run], heartbeat_s: int) -> list[float]:
    """Return how many seconds behind the end of its window each run was committed."""
    return [run.committed_s - (run.at_s + heartbeat_s) for run in runs]


def published_since(lake: Lake, since_s: float) -> bool:
    """Say whether a run that began since then has published articles, in a lake anywhere."""
    receipts = [lake.receipt(run_id) for run_id in lake.runs() if time_of(run_id) / 1e6 > since_s]
    return any(receipt.published for receipt in receipts if receipt)


def urls(lake: Lake) -> Counter[str]:
    """Return how often the page of each address was published."""
    return Counter(url.rpartition("/")[2] for url in lake.read("articles", ["url"])["url"].to_pylist())


def rows(lake: Lake, table: str) -> list[str]:
    return sorted(map(repr, lake.read(table, SAME[table]).to_pylist()))


def check_rows(folder: Path, lake: str, paper: Paper) -> None:
    """Check that a lake holds each article once, and what one batch over the whole paper makes of them."""
    streamed, whole = Lake.open(lake), Lake.open(str(folder / "whole"))
    assert urls(streamed) == Counter(path.strip("/") for path in paper.paths)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    receipt = newsbeam(folder, "whole", now)
    assert receipt["fetched"] == len(paper.numbers)
    for table in SAME:
        assert rows(streamed, table) == rows(whole, table)


@contextlib.contextmanager
def followed(folder: Path, every_s: float, interval_s: int) -> Iterator[Paper]:
    """Serve a paper, and write the sources.toml of a stream that follows it."""
    paper = Paper(every_s)
    (folder / "sources.toml").write_text(SOURCES.format(site=paper.appear(), interval_s=interval_s))
    try:
        yield paper
    finally:
        paper.vanish()


def prism() -> Engine:
    return "prism", [f"--prism_location={place('prism')}"]
