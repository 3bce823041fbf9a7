"""A run that fails on a real engine ends with the sentence and the exit code that it has on the local runner."""

import shutil
from pathlib import Path

import pytest
from children import begin
from corpora import configure, write_corpus
from flink import Engine
from processes import until

pytestmark = [pytest.mark.cluster, pytest.mark.long, pytest.mark.timeout(1200)]


def test_a_lake_that_vanishes_under_a_run_is_told(engine: Engine, tmp_path: Path) -> None:
    write_corpus(tmp_path / "corpus.jsonl", range(60))
    configure(tmp_path)
    name, options = engine
    lake = tmp_path / "lake"
    with begin("run", "sources.toml", "--lake", lake, "--runner", name, "--", *options, folder=tmp_path) as run:
        until(lambda: bool(list(lake.glob("_staging/*/_begun"))))
        shutil.rmtree(lake / "_staging")
        _, err = run.communicate(timeout=1000)
    assert run.returncode == 5, err
    assert "cannot be written" in err
    assert "Something vanished under the run" in err
