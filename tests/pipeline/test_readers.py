"""Every reader opens every table by a glob, from the first commit on, and sees the same rows and types."""

from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from corpora import configure, write_corpus

from pipeline.run import parse_now, run, runner_options
from schemas.tables import TABLES
from transforms.archives import count
from transforms.lake import Lake

#: Documents of the first run and of both; none at all gives a lake right after its first, empty commit.
SIZES = {"empty": (0,), "two runs": (20, 40)}


@pytest.fixture(name="lake", scope="module", params=SIZES)
def a_lake(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("readers")
    lake = Lake.open(str(folder / "lake"))
    for day, size in enumerate(SIZES[request.param], start=4):
        write_corpus(folder / "corpus.jsonl", range(size))
        run(configure(folder), lake, parse_now(f"2026-03-{day:02d}T20:00Z"), runner_options([]), count=count)
    return lake


def glob(lake: Lake, table: str) -> str:
    return f"{lake.root}/{table}/*/*.parquet"


def by_duckdb(lake: Lake, table: str) -> pa.Table:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection.sql(
        f"SELECT * FROM read_parquet('{glob(lake, table)}', hive_partitioning = true, union_by_name = true)"
    ).to_arrow_table()


def by_pyarrow(lake: Lake, table: str) -> pa.Table:
    return ds.dataset(f"{lake.root}/{table}", partitioning="hive").to_table()


@pytest.mark.parametrize("table", TABLES)
def test_duckdb_and_pyarrow_see_the_same_rows_and_types(lake: Lake, table: str) -> None:
    duck, arrow = by_duckdb(lake, table), by_pyarrow(lake, table)
    assert duck.num_rows == arrow.num_rows
    for field in TABLES[table].schema:
        assert arrow.schema.field(field.name).type == field.type
        assert same_type(duck.schema.field(field.name).type, field.type)
    ids = TABLES[table].sort[-1]
    assert sorted(map(str, duck[ids].to_pylist())) == sorted(map(str, arrow[ids].to_pylist()))


def same_type(found: pa.DataType, written: pa.DataType) -> bool:
    """Compare types by what they hold: names of list elements and the nullability of parts are a reader's own."""
    if pa.types.is_list(written):
        return pa.types.is_list(found) and same_type(found.value_type, written.value_type)
    if pa.types.is_struct(written):
        return all(same_type(found.field(each.name).type, each.type) for each in written)
    return found == written


@pytest.mark.parametrize("table", TABLES)
def test_pandas_sees_the_same_rows(lake: Lake, table: str) -> None:
    frame = pd.read_parquet(f"{lake.root}/{table}")
    assert len(frame) == by_pyarrow(lake, table).num_rows
    assert {*TABLES[table].schema.names, TABLES[table].partition} == set(frame.columns)
    for field in TABLES[table].schema:
        if len(frame) and pa.types.is_timestamp(field.type):
            assert str(frame[field.name].dtype) == "datetime64[us, UTC]"


@pytest.mark.parametrize("table", TABLES)
def test_a_table_folder_holds_nothing_but_data_under_its_partition(lake: Lake, table: str) -> None:
    paths = [path for path in (Path(lake.root) / table).rglob("*") if path.is_file()]
    assert paths
    for path in paths:
        assert path.suffix == ".parquet"
        assert path.parent.name.startswith(f"{TABLES[table].partition}=")
        assert path.parent.parent.name == table
