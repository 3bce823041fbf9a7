"""A run on a real engine publishes the rows of a run on the local runner."""

import tarfile
from pathlib import Path
from typing import Any

import pytest
from flink import Engine
from newsroom.serve import PORT, Newsroom, serving
from rows import check_same_rows, newsbeam

NEWSROOM = Path(__file__).parents[2] / "examples" / "newsroom"
SHARED = Path(__file__).parents[3] / "shared"
NOW = "2026-11-22T06:00Z"

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1800)]

with_shared = pytest.mark.skipif(not SHARED.exists(), reason="../shared is not here")


@pytest.mark.parametrize("days", [1, pytest.param(3, marks=pytest.mark.long)])
def test_the_newsroom_day_by_day(batch_engine: Engine, days: int, tmp_path: Path) -> None:
    compare_days(tmp_path, batch_engine, days, "there")


@pytest.mark.long
@with_shared
def test_all_real_pages(batch_engine: Engine, tmp_path: Path) -> None:
    for archive in sorted((SHARED / "data/pages").glob("*.tar.gz")):
        with tarfile.open(archive) as packed:
            packed.extractall(tmp_path / "pages" / archive.name.partition(".")[0], filter="data")
    (tmp_path / "sources.toml").write_text('[[source]]\nname = "pages"\npath = "pages"\n')
    compare(tmp_path, batch_engine, 310)


@pytest.mark.long
@with_shared
def test_a_corpus_in_chunks(batch_engine: Engine, tmp_path: Path) -> None:
    compare_corpus(tmp_path, batch_engine, "there")


def compare(folder: Path, engine: Engine, fetched: int, there: str = "there") -> dict[str, Any]:
    """Return the receipt of a run over what lies in a folder, the same here and on an engine, into another lake."""
    here = newsbeam(folder, "here", NOW)
    assert here["fetched"] == fetched
    assert newsbeam(folder, there, NOW, *engine) == here
    check_same_rows(folder / "here", there if "://" in there else folder / there)
    return here


def compare_corpus(folder: Path, engine: Engine, there: str) -> None:
    """Run the corpus here, and on an engine into another lake."""
    corpus = SHARED / "data/corpus/lk_news_dev.jsonl.gz"
    (folder / "sources.toml").write_text(f'[[source]]\nname = "corpus"\npath = "{corpus}"\n')
    assert len(compare(folder, engine, 5_467, there)["runs"]) == 3


def compare_days(folder: Path, engine: Engine, days: int, there: str) -> None:
    """Run the first days of the newsroom here, and on an engine into another lake."""
    newsroom = Newsroom()
    with serving(newsroom, port=0) as site:
        sources = (NEWSROOM / "sources.toml").read_text().replace(f"http://127.0.0.1:{PORT}", site)
        (folder / "sources.toml").write_text(sources)
        for newsroom.day in range(1, days + 1):
            now = newsroom.evening.isoformat()
            here = newsbeam(folder, "here", now)
            assert newsbeam(folder, there, now, *engine) == here
            assert here["published"] > 0
    check_same_rows(folder / "here", there if "://" in there else folder / there)
