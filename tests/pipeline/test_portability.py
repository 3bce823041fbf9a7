"""The graph leaves this process: to Beam's portable job service and its workers, and to what Dataflow asks of it."""

import shutil
from pathlib import Path

import pytest
from children import newsbeam
from corpora import configure, write_corpus
from graphs import built
from portable import serving
from readers import hashes

from pipeline.run import parse_now, run
from pipeline.runners import runner_options
from schemas import Receipt
from transforms.poll.archives import count
from transforms.store.lake import Lake

DATAFLOW = (
    "--dry_run=True",
    "--no_auth",
    "--project=example",
    "--region=europe-west1",
    "--temp_location=gs://example/temporary",
)


def one_run(lake: Lake, evening: str, size: int, *options: str, runner: str = "local") -> Receipt:
    """Return the receipt of a run over so many documents, which lie beside the lake."""
    folder = Path(lake.root).parent
    write_corpus(folder / "corpus.jsonl", range(size))
    (receipt,) = run(configure(folder), lake, parse_now(evening), runner_options(options, runner), count=count)
    return receipt


def test_a_job_service_with_a_pool_of_workers_gives_the_same_rows(tmp_path: Path) -> None:
    here, there = Lake.open(str(tmp_path / "here")), Lake.open(str(tmp_path / "there"))
    one_run(here, "2026-03-04T20:00Z", 20)
    shutil.copytree(here.root, there.root)
    receipt = one_run(here, "2026-03-05T20:00Z", 40)
    assert (receipt.unchanged, receipt.fetched) == (20, 40)
    assert receipt.events > 5
    log = tmp_path / "workers.log"
    with serving("jobs", tmp_path / "jobs.log") as jobs, serving("workers", log) as workers:
        place = (f"--job_endpoint={jobs}", f"--environment_config={workers}")
        assert one_run(there, "2026-03-05T20:00Z", 40, *place, runner="flink") == receipt
    assert "Starting worker" in log.read_text()
    assert hashes(there) == hashes(here)


def test_every_coder_of_the_graph_gives_equal_values_equal_bytes(tmp_path: Path) -> None:
    graph, context = built(tmp_path).to_runner_api(return_context=True)
    coders = {name: context.coders.get_by_id(name) for name in graph.components.coders}
    assert len(coders) > 20
    assert {name: coder for name, coder in coders.items() if not coder.is_deterministic()} == {}


@pytest.mark.parametrize("command", ["run", "stream"])
def test_dataflow_takes_the_graph_and_nothing_is_written(command: str, tmp_path: Path) -> None:
    pytest.importorskip("apitools", reason="apache-beam[gcp] is not installed")
    write_corpus(tmp_path / "corpus.jsonl", range(3))
    configure(tmp_path)
    ended = newsbeam(
        *[command, "sources.toml", "--lake", "lake", "--runner", "dataflow", "--"], *DATAFLOW, folder=tmp_path
    )
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr
    assert "The graph is valid for dataflow. Nothing was run." in ended.stderr
    assert not (tmp_path / "lake").exists()
