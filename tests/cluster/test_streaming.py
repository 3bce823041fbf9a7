"""A stream on a real engine over a paper that goes on publishing: every article once, soon after its window's end."""

from pathlib import Path

import pytest
from flink import Engine
from processes import ended
from streaming import Stream, check_rows, committed, followed, lags, urls

from transforms.lake import Lake

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1800)]

#: Windows with articles in them.
WINDOWS = 20
HEARTBEAT_S = 10


@pytest.mark.long
def test_every_article_is_published_once_and_soon(engine: Engine, tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path / "lake"))
    with followed(tmp_path, every_s=3, interval_s=HEARTBEAT_S) as paper:
        stream = Stream(tmp_path, lake.root, *engine, heartbeat_s=HEARTBEAT_S)
        with ended([stream.process.begin()]):
            stream.process.until(lambda: sum(run.fetched > 0 for run in committed(lake)) >= WINDOWS, 1_500)
            paper.close()
            stream.process.until(lambda: len(urls(lake)) == len(paper.numbers), 300)
            assert stream.stop() == 0
        check_rows(tmp_path, lake.root, paper)
    late = sorted(lags(committed(lake), HEARTBEAT_S))
    print(f"{engine[0]}: {len(late)} windows, lag {late[0]:.1f} to {late[-1]:.1f} s, median {late[len(late) // 2]:.1f}")
    assert late[len(late) // 2] < HEARTBEAT_S
