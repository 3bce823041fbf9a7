"""A whole run is killed at its changes to the lake: the next one ends with the same rows, and readers never see a part.

Here one change in STRIDE is the last; NEWSBEAM_KILL_STRIDE=1 takes them all. Of the commit, test_commit.py takes each.
"""

import contextlib
import itertools
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.synchronize import Event
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.pvalue import PCollection
from apache_beam.typehints.decorators import no_annotations
from corpora import configure, write_corpus
from killing import Nursery, Readers, files, killing_lake, looked_at

from pipeline.config import Configuration
from pipeline.graph import Steps
from pipeline.run import parse_now, run
from pipeline.runners import runner_options
from schemas import Receipt
from schemas.reject import LakeUnwritable
from transforms.poll.archives import count
from transforms.store.lake import Lake
from transforms.write_partitions import Tables, WritePartitions

STRIDE = int(os.environ.get("NEWSBEAM_KILL_STRIDE", "13"))

EVENINGS = ("2026-03-04T20:00Z", "2026-03-05T20:00Z")

#: Documents that are there in the first evening and in the second.
SIZES = (12, 24)


def evening(folder: Path, root: Path, number: int) -> None:
    """Do the run of one evening."""
    configuration = configure(folder / str(number))
    run(configuration, killing_lake(root), parse_now(EVENINGS[number]), runner_options([]), count=count)


@dataclass
class _Forget(WritePartitions):
    """Writes nothing: what creates a manifest leaves threads behind."""

    @no_annotations
    def expand(self, tables: Tables) -> PCollection[Receipt]:
        return tables.ticks | "Forget" >> beam.FlatMap(lambda tick: []).with_output_types(Receipt)


class _Forgetting(Configuration):
    """A configuration whose runs commit nothing."""

    def steps(self, lake: Lake) -> Steps:
        return replace(super().steps(lake), write_partitions=_Forget(lake))


def warm() -> None:
    """Load the language model and all else that a run needs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_corpus(folder / "corpus.jsonl", range(SIZES[0]))
        known = configure(folder)
        forgetting = _Forgetting(known.path, known.sources, known.options)
        with contextlib.suppress(LakeUnwritable):  # there is no manifest
            run(forgetting, Lake.open(str(folder / "lake")), parse_now(EVENINGS[0]), runner_options([]), count=count)


@pytest.fixture(name="nursery", scope="module")
def a_process_to_fork_from() -> Iterator[Nursery]:
    with Nursery(warm) as nursery:
        yield nursery


@pytest.fixture(name="folder", scope="module")
def a_folder_with_corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpora")
    for number, size in enumerate(SIZES):
        (folder / str(number)).mkdir()
        write_corpus(folder / str(number) / "corpus.jsonl", range(size))
    return folder


@pytest.mark.parametrize("number", [0, 1], ids=["first run", "second run"])
def test_a_killed_run_is_done_again(tmp_path: Path, folder: Path, nursery: Nursery, number: int) -> None:
    before, expected = tmp_path / "before", tmp_path / "expected"
    before.mkdir()
    if number:
        nursery.finished(evening, folder, before, 0)
    shutil.copytree(before, expected)
    nursery.finished(evening, folder, expected, number)
    committed = set()
    with Readers() as readers:
        for behind in itertools.count(STRIDE, STRIDE):
            root = tmp_path / f"lake-{behind}"
            shutil.copytree(before, root)
            with looked_at(root, readers):
                was_killed = nursery.killed(evening, folder, root, number, behind=behind)
                readers.look()
                committed.add(len(Lake.open(str(root)).runs()) > number)
                nursery.finished(evening, folder, root, number)
            assert files(root) == files(expected), f"killed behind change {behind}"
            assert list((root / "_staging").iterdir()) == []
            assert readers.errors == []
            shutil.rmtree(root)
            if not was_killed:
                break
    assert committed == {False, True}, "kills before and behind the manifest"
    assert readers.rows > 0


def run_when_told(folder: Path, root: Path, begun: Event, go: Event) -> None:
    """Do the run of the first evening, but wait once it has begun."""

    def wait(*_: object) -> None:
        begun.set()
        assert go.wait(120)

    lake, options = Lake.open(str(root)), runner_options([])
    run(configure(folder / "0"), lake, parse_now(EVENINGS[0]), options, count=count, began=wait)


def test_of_two_runs_at_once_the_second_is_refused(tmp_path: Path, folder: Path, nursery: Nursery) -> None:
    nursery.finished(evening, folder, tmp_path / "expected", 0)
    root = tmp_path / "lake"
    spawn = multiprocessing.get_context("spawn")
    begun, go = spawn.Event(), spawn.Event()
    first = spawn.Process(target=run_when_told, args=(folder, root, begun, go))
    first.start()
    assert begun.wait(120)
    command = ["run", str(folder / "0" / "sources.toml"), "--lake", str(root), "--now", EVENINGS[0]]
    second = subprocess.run([sys.executable, "-m", "pipeline", *command], capture_output=True, text=True, timeout=120)
    go.set()
    first.join()
    assert (second.returncode, second.stdout) == (4, "")
    assert "holds the lake" in " ".join(second.stderr.split())
    assert first.exitcode == 0
    assert files(root) == files(tmp_path / "expected")
