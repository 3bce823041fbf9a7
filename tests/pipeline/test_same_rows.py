"""The same input gives the same rows: on threads and processes, bundles done twice, in any order."""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.pvalue import PCollection
from corpora import configure, write_corpus
from readers import hashes

from pipeline.config import Configuration
from pipeline.graph import Steps
from pipeline.run import parse_now, run
from pipeline.runners import runner_options
from schemas import Article, Page, Receipt
from transforms.clean_articles import CleanArticles, Cleaned
from transforms.poll.archives import count
from transforms.store.lake import Lake

TESTS = Path(__file__).parents[1]

#: Documents of the first run and of both.
FIRST, BOTH = 260, 520

EVENINGS = ("2026-03-04T20:00Z", "2026-03-05T20:00Z")


class _Witness(beam.DoFn):
    """Lets articles pass, and leaves a file named for the process that saw them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def process(self, article: Article) -> Iterator[Article]:
        (self.folder / str(os.getpid())).touch()
        yield article


@dataclass
class _Watched(CleanArticles):
    """The step itself, watched."""

    folder: Path = Path()

    def expand(self, pages: PCollection[Page]) -> Cleaned:
        out = super().expand(pages)
        return out._replace(articles=out.articles | "Note the process" >> beam.ParDo(_Witness(self.folder)))


@dataclass(frozen=True)
class _Watching(Configuration):
    """A configuration whose runs tell which processes cleaned."""

    folder: Path = Path()

    def steps(self, lake: Lake) -> Steps:
        return replace(super().steps(lake), clean_articles=_Watched(lake, folder=self.folder))


def two_runs(folder: Path, lake: Lake, *options: str, shuffle: int = 0) -> list[Receipt]:
    """Do the run of one evening, and that of the next when as much again is there."""
    receipts = []
    for evening, size in zip(EVENINGS, (FIRST, BOTH), strict=True):
        numbers = list(range(size))
        if shuffle:
            random.Random(shuffle).shuffle(numbers)
        write_corpus(folder / "corpus.jsonl", numbers)
        configuration = configure(folder)
        witnesses = Path(lake.root).with_suffix(".processes")
        witnesses.mkdir(exist_ok=True)
        watching = _Watching(configuration.path, configuration.sources, configuration.options, folder=witnesses)
        receipts += run(watching, lake, parse_now(evening), runner_options(options), count=count)
    return receipts


class Plain:
    """What the local runner does by default, in this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lake = Lake.open(str(folder / "plain"))
        self.receipts = two_runs(folder, self.lake)
        self.hashes = hashes(self.lake)


@pytest.fixture(name="plain", scope="module")
def a_plain_run(tmp_path_factory: pytest.TempPathFactory) -> Plain:
    return Plain(tmp_path_factory.mktemp("rows"))


def test_the_runs_are_worth_comparing(plain: Plain) -> None:
    first, second = plain.receipts
    assert (first.fetched, second.fetched) == (FIRST, BOTH)
    assert second.unchanged == FIRST
    assert first.published > 200
    assert first.duplicates > 20
    assert first.mentions > 100
    assert first.events > 20
    assert set(plain.lake.read("articles")["date"].to_pylist()) == {"2026-03-02", "2026-03-03", "2026-03-04"}


def test_every_document_is_found_again_as_one_item_a_run(plain: Plain) -> None:
    items = plain.lake.read("items", ["run_id", "entry_id"])
    expected = [f"doc-{number}" for size in (FIRST, BOTH) for number in range(size)]
    assert sorted(items["entry_id"].to_pylist()) == sorted(expected)


def test_two_worker_processes_give_the_same_rows(plain: Plain, monkeypatch: pytest.MonkeyPatch) -> None:
    path = [str(each) for each in (TESTS.parent, TESTS, TESTS / "pipeline")]  # a worker imports this module too
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    lake = Lake.open(str(plain.folder / "processes"))
    two_runs(plain.folder, lake, "--direct_running_mode=multi_processing", "--direct_num_workers=2")
    workers = {path.name for path in Path(lake.root).with_suffix(".processes").iterdir()}
    assert str(os.getpid()) not in workers
    assert len(workers) >= 4  # two in each of the two runs
    assert hashes(lake) == plain.hashes


def test_bundles_done_twice_give_the_same_rows(plain: Plain) -> None:
    lake = Lake.open(str(plain.folder / "repeated"))
    two_runs(plain.folder, lake, "--direct_runner_bundle_repeat=2")
    assert hashes(lake) == plain.hashes


def test_a_shuffled_input_gives_the_same_rows(plain: Plain) -> None:
    lake = Lake.open(str(plain.folder / "shuffled"))
    two_runs(plain.folder, lake, shuffle=7)
    assert hashes(lake) == plain.hashes
