"""Every reader opens every table by a glob, from the first commit on, and sees the same rows and types."""

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from corpora import configure, write_corpus
from readers import READERS, partition_of

from pipeline.run import parse_now, run, runner_options
from schemas.tables import TABLES
from transforms.archives import count
from transforms.lake import Lake

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


def in_order(rows: pa.Table) -> list[str]:
    """Return rows as text that can be sorted; a day is the same as its name."""
    return sorted(json.dumps(row, sort_keys=True, default=str) for row in rows.to_pylist())


def same_type(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Compare types by what they hold: widths of offsets and the nullability of parts are a reader's own."""
    if pa.types.is_list(wanted):
        lists = pa.types.is_list(found) or pa.types.is_large_list(found)
        return lists and same_type(found.value_type, wanted.value_type)
    if pa.types.is_struct(wanted):
        return all(same_type(found.field(each.name).type, each.type) for each in wanted)
    if pa.types.is_string(wanted):
        return pa.types.is_string(found) or pa.types.is_large_string(found) or pa.types.is_string_view(found)
    return found == wanted


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("reader", READERS)
def test_every_reader_sees_the_rows_and_types_that_were_written(reader: str, lake: Lake, table: str) -> None:
    seen = READERS[reader](lake, table)
    assert in_order(seen) == in_order(written(lake, table))
    layout = TABLES[table]
    assert sorted(seen.column_names) == sorted([*layout.schema.names, layout.partition])
    for field in layout.schema:
        assert same_type(seen.schema.field(field.name).type, field.type), field.name


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
