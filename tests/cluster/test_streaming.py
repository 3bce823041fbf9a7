"""A stream on a real engine over a paper that goes on publishing: every article once, soon after its window's end."""

from pathlib import Path

import pytest
from flink import Engine
from processes import ended
from streaming import Stream, check_rows, committed, followed, lags, prism, urls

from transforms.store.lake import Lake

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(2400)]


@pytest.mark.long
def test_every_article_is_published_once_and_soon(engine: Engine, tmp_path: Path) -> None:
    heartbeat_s = 30  # longer than an engine takes to begin, which counts into the first window's lag
    late = sorted(lags_of_stream(tmp_path, engine, heartbeat_s, windows=20))
    print(f"{engine[0]}: {len(late)} windows, lag {late[0]:.1f} to {late[-1]:.1f} s, median {late[len(late) // 2]:.1f}")
    assert late[-1] < heartbeat_s


def test_a_few_windows_on_prism(tmp_path: Path) -> None:
    assert len(lags_of_stream(tmp_path, prism(), heartbeat_s=3, windows=3)) >= 3


def lags_of_stream(folder: Path, engine: Engine, heartbeat_s: int, windows: int) -> list[float]:
    """Follow a paper for so many windows with news, check the rows, and return how late each run was committed."""
    lake = Lake.open(str(folder / "lake"))
    with followed(folder, every_s=heartbeat_s / 3, interval_s=heartbeat_s) as paper:
        stream = Stream(folder, lake.root, *engine, heartbeat_s=heartbeat_s)
        with ended([stream.process.begin()]):
            stream.process.until(lambda: sum(run.fetched > 0 for run in committed(lake)) >= windows, 1_800)
            paper.close()
            stream.process.until(lambda: len(urls(lake)) == len(paper.numbers), 600)
            assert stream.stop() == 0
        check_rows(folder, lake.root, paper)
    return lags(committed(lake), heartbeat_s)
