"""Every reader opens every table by a glob, from the first commit on, and sees the same rows and types."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from corpora import configure, write_corpus
from readers import READERS, check_seen, partition_of

from pipeline.run import parse_now, run
from pipeline.runners import runner_options
from schemas.tables import TABLES
from transforms.poll.archives import count
from transforms.store.lake import Lake

#: Documents of the first run and of both; none at all gives a lake right after its first, empty commit.
SIZES = {"empty": (0,), "two runs": (20, 40)}


@pytest.fixture(name="lake", scope="module", params=[*SIZES, "story"])
def a_lake(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Lakes as runs leave them, and the one of tests/story.py, in which every table has rows."""
    if request.param == "story":
        return request.getfixturevalue("story")
    folder = tmp_path_factory.mktemp("readers")
    lake = Lake.open(str(folder / "lake"))
    for day, size in enumerate(SIZES[request.param], start=4):
        write_corpus(folder / "corpus.jsonl", range(size))
        run(configure(folder), lake, parse_now(f"2026-03-{day:02d}T20:00Z"), runner_options([]), count=count)
    return lake


def written(lake: Lake, table: str) -> pa.Table:
    """Return what the files hold, read one by one, with the partition that each lies in."""
    tables = []
    for path in sorted(Path(lake.root, table).glob("*/*.parquet")):
        rows = pq.ParquetFile(path).read()
        name, value = partition_of(path)
        tables.append(rows.append_column(name, pa.array([value] * rows.num_rows, pa.string())))
    return pa.concat_tables(tables)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("reader", READERS)
def test_every_reader_sees_the_rows_and_types_that_were_written(reader: str, lake: Lake, table: str) -> None:
    check_seen(READERS[reader](lake, table), written(lake, table), table)


def test_the_rows_are_worth_comparing(story: Lake) -> None:
    assert all(written(story, table).num_rows for table in TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_pandas_on_its_own_takes_times_for_times(story: Lake, table: str) -> None:
    frame = pd.read_parquet(f"{story.root}/{table}")
    for field in TABLES[table].schema:
        if pa.types.is_timestamp(field.type):
            assert str(frame[field.name].dtype) == "datetime64[us, UTC]"


@pytest.mark.parametrize("table", TABLES)
def test_a_table_folder_holds_nothing_but_data_under_its_partition(lake: Lake, table: str) -> None:
    paths = [path for path in (Path(lake.root) / table).rglob("*") if path.is_file()]
    assert paths
    for path in paths:
        assert path.suffix == ".parquet"
        assert partition_of(path)[0] == TABLES[table].partition
        assert path.parent.parent.name == table
