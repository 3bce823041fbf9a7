"""How a batch gets faster with more of a Flink cluster: the same job with 1 and 2 slots, 1 and 2 worker processes.

    python bench/scale.py                # a corpus of 600 documents
    python bench/scale.py 2000 --json

The engines are installed by `make cluster-test`. Each figure is how long Flink says that the job took, so that neither
the start of the cluster nor that of the launcher counts; the speed-ups are ratios of one run on one machine.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "cluster"))

from corpora import configure, write_corpus
from flink import Flink, flink
from rows import newsbeam

NOW = "2026-03-06T20:00Z"


class Shape(NamedTuple):
    """How much of a cluster a job gets."""

    slots: int  # of Flink, and so the parallelism
    workers: int  # Python processes that they share

    def __str__(self) -> str:
        return f"{self.slots} slot{'s' * (self.slots > 1)}, {self.workers} worker process{'es' * (self.workers > 1)}"


SHAPES = (Shape(1, 1), Shape(2, 1), Shape(2, 2))


def measured(cluster: Flink, folder: Path, shape: Shape) -> float:
    """Return how many seconds the job took on a cluster."""
    options = [f"--parallelism={shape.slots}", f"--sdk_worker_parallelism={shape.workers}"]
    newsbeam(folder, f"lake-{shape.slots}-{shape.workers}", NOW, "flink", [*cluster.options, *options])
    (job,) = cluster.ask("/jobs/overview")["jobs"]
    return job["duration"] / 1000


def figures(documents: int) -> Iterator[tuple[str, float]]:
    """Yield seconds and speed-ups, by name."""
    with tempfile.TemporaryDirectory(prefix="newsbeam-scale-") as name:
        folder = Path(name)
        write_corpus(folder / "corpus.jsonl", range(documents))
        configure(folder)
        first = 0.0
        for shape in SHAPES:
            here = folder / f"flink-{shape.slots}-{shape.workers}"
            here.mkdir()
            with flink(here, task_managers=1, slots=shape.slots) as cluster:
                seconds = measured(cluster, folder, shape)
            first = first or seconds
            yield f"{shape}: seconds", round(seconds, 1)
            yield f"{shape}: speed-up", round(first / seconds, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed-up on a Flink cluster of this machine.")
    parser.add_argument("documents", nargs="?", type=int, default=600, help="size of the corpus (default 600)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    found = {}
    for name, figure in figures(options.documents):
        found[name] = figure
        if not options.json:
            print(f"{name:<45} {figure}", flush=True)
    if options.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
