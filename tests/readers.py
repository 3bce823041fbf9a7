"""What analysts open a lake with: each reads a whole table by its glob and returns what it saw."""

import functools
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from schemas.tables import TABLES
from transforms.store.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def glob(lake: Lake, table: str) -> str:
    return f"{lake.root}/{table}/*/*.parquet"


def by_pyarrow(lake: Lake, table: str) -> pa.Table:
    return ds.dataset(f"{lake.root}/{table}", partitioning="hive").to_table()


def by_duckdb(lake: Lake, table: str) -> pa.Table:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        files = f"read_parquet('{glob(lake, table)}', hive_partitioning = true, union_by_name = true)"
        return connection.sql(f"SELECT * FROM {files}").to_arrow_table()


def by_polars(lake: Lake, table: str) -> pa.Table:
    return pl.scan_parquet(glob(lake, table), hive_partitioning=True).collect().to_arrow()


def by_pandas(lake: Lake, table: str) -> pa.Table:
    frame = pd.read_parquet(f"{lake.root}/{table}", dtype_backend="pyarrow")
    return pa.Table.from_pandas(frame, preserve_index=False)


def by_spark(lake: Lake, table: str) -> pa.Table:
    files = spark().read.option("basePath", f"{lake.root}/{table}")
    return files.parquet(glob(lake, table)).toArrow()


def by_clickhouse(lake: Lake, table: str) -> pa.Table:
    return clickhouse()(f"SELECT * FROM file('{glob(lake, table)}', 'Parquet')", "ArrowTable")


READERS: dict[str, Callable[[Lake, str], pa.Table]] = {
    "pyarrow": by_pyarrow,
    "DuckDB": by_duckdb,
    "Polars": by_polars,
    "pandas": by_pandas,
    "Spark": by_spark,
    "ClickHouse": by_clickhouse,
}


@functools.cache
def spark() -> "SparkSession":
    """Return a Spark of this process and of loopback alone; without one the test is skipped."""
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed: make readers")
    if not shutil.which("java"):
        pytest.skip("Java, which Spark needs, is not installed")
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.log.level": "ERROR",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.warehouse.dir": tempfile.mkdtemp(prefix="newsbeam-spark-"),
        "spark.ui.enabled": "false",
    }
    return sql.SparkSession.builder.master("local[1]").config(map=settings).getOrCreate()


def clickhouse() -> Callable[..., Any]:
    """Return what answers a query with ClickHouse's engine; without it the test is skipped."""
    return pytest.importorskip("chdb", reason="chdb is not installed: make readers").query


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


def check_seen(seen: pa.Table, written: pa.Table, table: str) -> None:
    """Check that a reader saw the rows that were written, in the table's columns and types."""
    layout = TABLES[table]
    assert in_order(seen) == in_order(written)
    assert sorted(seen.column_names) == sorted([*layout.schema.names, layout.partition])
    for field in layout.schema:
        assert same_type(seen.schema.field(field.name).type, field.type), field.name


def hashes(lake: Lake) -> dict[str, str]:
    """Return one hash a table, over its sorted rows."""
    return {table: hashlib.sha256("\n".join(in_order(lake.read(table))).encode()).hexdigest() for table in TABLES}


def partition_of(path: Path) -> tuple[str, str]:
    """Return the column that a file's folder stands for, and its value there."""
    name, _, value = path.parent.name.partition("=")
    return name, value
