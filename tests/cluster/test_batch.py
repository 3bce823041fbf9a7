"""A run on a real engine publishes the rows of a run on the local runner."""

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flink import Flink, flink
from install import place
from newsroom.serve import PORT, Newsroom, serving
from rows import check_same_rows, newsbeam

NEWSROOM = Path(__file__).parents[2] / "examples" / "newsroom"
SHARED = Path(__file__).parents[3] / "shared"
NOW = "2026-11-22T06:00Z"

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1800)]

#: The name of a runner, and what stands behind -- for it.
Engine = tuple[str, list[str]]

with_shared = pytest.mark.skipif(not SHARED.exists(), reason="../shared is not here")


@pytest.fixture(name="cluster", scope="module")
def a_flink_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flink]:
    with flink(tmp_path_factory.mktemp("flink")) as cluster:
        yield cluster


@pytest.fixture(name="engine", params=["flink", "prism"])
def an_engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "prism":
        return "prism", [f"--prism_location={place('prism')}"]
    cluster: Flink = request.getfixturevalue("cluster")
    return "flink", [*cluster.options, "--parallelism=2"]


@pytest.mark.parametrize("days", [1, pytest.param(3, marks=pytest.mark.long)])
def test_the_newsroom_day_by_day(engine: Engine, days: int, tmp_path: Path) -> None:
    newsroom = Newsroom()
    with serving(newsroom, port=0) as site:
        sources = (NEWSROOM / "sources.toml").read_text().replace(f"http://127.0.0.1:{PORT}", site)
        (tmp_path / "sources.toml").write_text(sources)
        for newsroom.day in range(1, days + 1):
            now = newsroom.evening.isoformat()
            here = newsbeam(tmp_path, "here", now)
            assert newsbeam(tmp_path, "there", now, *engine) == here
            assert here["published"] > 0
    check_same_rows(tmp_path / "here", tmp_path / "there")


@pytest.mark.long
@with_shared
def test_all_real_pages(engine: Engine, tmp_path: Path) -> None:
    for archive in sorted((SHARED / "data/pages").glob("*.tar.gz")):
        with tarfile.open(archive) as packed:
            packed.extractall(tmp_path / "pages" / archive.name.partition(".")[0], filter="data")
    (tmp_path / "sources.toml").write_text('[[source]]\nname = "pages"\npath = "pages"\n')
    compare(tmp_path, engine, 310)


@pytest.mark.long
@with_shared
def test_a_corpus_in_chunks(engine: Engine, tmp_path: Path) -> None:
    corpus = SHARED / "data/corpus/lk_news_dev.jsonl.gz"
    (tmp_path / "sources.toml").write_text(f'[[source]]\nname = "corpus"\npath = "{corpus}"\n')
    receipt = compare(tmp_path, engine, 5_467)
    assert len(receipt["runs"]) == 3


def compare(folder: Path, engine: Engine, fetched: int) -> dict[str, Any]:
    """Return the receipt of a run over what lies in a folder, the same here and on an engine."""
    here = newsbeam(folder, "here", NOW)
    assert here["fetched"] == fetched
    assert newsbeam(folder, "there", NOW, *engine) == here
    check_same_rows(folder / "here", folder / "there")
    return here
