"""What the files hold beside their rows is there, and spares readers most of the bytes."""

import io
import json
import random
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pytest
from killing import KillingHandler
from readers import clickhouse
from records import DAY, MONDAY, an_article

from schemas.ids import make_id
from schemas.tables import TABLES, to_arrow
from transforms.store.lake import Lake, parquet_bytes

#: Files, one a day, and articles in each, with 3,000 characters of text that no compression makes small.
DAYS, ARTICLES = 10, 500

#: An article of the third day.
WANTED = make_id("article", 2 * ARTICLES + 7)


def articles(day: int) -> pa.Table:
    letters = random.Random(day)
    return to_arrow(
        "articles",
        [
            an_article(day * ARTICLES + each, published=MONDAY + day * DAY + each, text=letters.randbytes(1500).hex())
            for each in range(ARTICLES)
        ],
    )


@pytest.fixture(name="folder", scope="module")
def ten_days_of_articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("layout") / "articles"
    for day in range(DAYS):
        place = folder / f"date=2026-03-{2 + day:02d}" / "articles.parquet"
        place.parent.mkdir(parents=True)
        place.write_bytes(parquet_bytes("articles", articles(day)))
    return folder


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.parquet"))


def chunks(path: Path) -> dict[str, pq.ColumnChunkMetaData]:
    """Return the columns of a file's one row group by name; of a nested column its last part."""
    group = pq.read_metadata(path).row_group(0)
    columns = [group.column(at) for at in range(group.num_columns)]
    return {each.path_in_schema.partition(".")[0]: each for each in columns}


# What is there


@pytest.mark.parametrize("table", TABLES)
def test_the_footer_has_statistics_indexes_and_bloom_filters(table: str, story: Lake) -> None:
    layout = TABLES[table]
    paths = [path for path in Path(story.root, table).rglob("*.parquet") if pq.read_metadata(path).num_rows]
    assert paths
    for path in paths:
        columns = chunks(path)
        assert {name for name, each in columns.items() if each.bloom_filter_offset} == set(layout.bloom)
        assert all(each.is_stats_set and each.has_column_index and each.has_offset_index for each in columns.values())
        for name in layout.sort:
            statistics = columns[name].statistics
            if statistics.null_count < statistics.num_values:
                assert statistics.has_min_max, name


@pytest.mark.parametrize("table", TABLES)
def test_rows_lie_in_the_order_that_the_footer_names(table: str, story: Lake) -> None:
    for path in Path(story.root, table).rglob("*.parquet"):
        rows, group = pq.ParquetFile(path).read(), pq.read_metadata(path).row_group(0)
        order = [group.column(each.column_index).path_in_schema for each in group.sorting_columns]
        assert order == list(TABLES[table].sort)
        assert rows == rows.sort_by([(name, "ascending") for name in order])


# Whom it spares what


def profile(files: Path, sql: str) -> dict[str, Any]:
    """Return DuckDB's own account of a query in which {files} stand."""
    with duckdb.connect() as connection:
        output = files.parent / "profile.json"
        connection.execute(f"SET enable_profiling = 'json'; SET profiling_output = '{output}'")
        connection.execute(sql.format(files=f"read_parquet('{files}/*/*.parquet')")).fetchall()
    return json.loads(output.read_text())


def scan(found: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a profile that reads files."""
    (node,) = found["operator"]
    while node["type"] != "TABLE_SCAN":
        (node,) = node["children"]
    return node


LOOK_UP = f"SELECT title FROM {{files}} WHERE article_id = '{WANTED}'"


def test_duckdb_finds_an_id_in_a_tenth_of_the_bytes_by_its_bloom_filter(folder: Path) -> None:
    found = profile(folder, LOOK_UP)
    assert scan(found)["total_row_groups_to_scan"] == DAYS
    assert scan(found)["row_groups_scanned"] == 1
    assert found["io"]["total_bytes_read"] < size(folder) / 10


def test_duckdb_looks_into_every_file_that_has_no_bloom_filter(folder: Path, tmp_path: Path) -> None:
    for path in folder.rglob("*.parquet"):
        bare = tmp_path / "articles" / path.relative_to(folder)
        bare.parent.mkdir(parents=True)
        pq.write_table(pq.ParquetFile(path).read(), bare, compression="zstd")
    assert scan(profile(tmp_path / "articles", LOOK_UP))["row_groups_scanned"] > 1


def test_clickhouse_looks_at_the_rows_of_one_file_for_an_id(folder: Path) -> None:
    clickhouse()
    session = pytest.importorskip("chdb.session").Session()
    counted = "SELECT sum(value) FROM system.events WHERE event = 'ParquetRowsFilterExpression'"
    try:
        session.query(LOOK_UP.format(files=f"file('{folder}/*/*.parquet', 'Parquet')"))
        assert int(session.query(counted).data()) == ARTICLES
    finally:
        session.close()


class Counted(io.FileIO):
    """A file that counts the bytes that are read from it."""

    read_bytes = 0

    def read(self, number: int | None = -1) -> bytes:
        content = super().read(number)
        Counted.read_bytes += len(content or b"")
        return content or b""


class CountingHandler(KillingHandler):
    """The local file system, whose files count what is read."""

    def open_input_file(self, path: str) -> pa.NativeFile:
        return pa.PythonFile(Counted(path), mode="r")


def read_bytes(folder: Path, columns: list[str], where: ds.Expression) -> tuple[int, int]:
    """Return how many rows pyarrow finds, and how many bytes it reads for them."""
    files = ds.dataset(str(folder), filesystem=pafs.PyFileSystem(CountingHandler()), partitioning="hive")
    Counted.read_bytes = 0
    return files.to_table(columns=columns, filter=where).num_rows, Counted.read_bytes


def test_pyarrow_reads_a_day_alone_by_its_folder(folder: Path) -> None:
    rows, read = read_bytes(folder, ["text"], ds.field("date") == "2026-03-04")
    assert rows == ARTICLES
    assert read < size(folder) / (DAYS - 1)


def test_pyarrow_reads_a_time_alone_by_the_statistics(folder: Path) -> None:
    hour = pa.scalar(MONDAY + 2 * DAY + 3_600_000_000, TABLES["articles"].schema.field("published").type)
    after = pa.scalar(MONDAY + 2 * DAY, hour.type)
    rows, read = read_bytes(folder, ["text"], (ds.field("published") >= after) & (ds.field("published") < hour))
    assert rows == ARTICLES
    assert read < size(folder) / 4  # one file of ten, and the footers of all
    assert read_bytes(folder, ["text"], ds.field("title") != "")[1] > size(folder) / 2


# Damage


def damaged(path: Path, to: Path, name: str) -> Path:
    """Copy a file, with the last bit of a column's last page turned round."""
    content = bytearray(path.read_bytes())
    chunk = chunks(path)[name]
    pages = [chunk.data_page_offset, *([chunk.dictionary_page_offset] if chunk.has_dictionary_page else [])]
    content[min(pages) + chunk.total_compressed_size - 1] ^= 1
    to.write_bytes(content)
    return to


@pytest.mark.parametrize("name", ["text", "article_id", "published"])
def test_a_turned_bit_is_noticed_by_the_checksum_of_its_page(name: str, folder: Path, tmp_path: Path) -> None:
    path = damaged(next(folder.rglob("*.parquet")), tmp_path / "damaged.parquet", name)
    with pytest.raises(OSError, match="CRC checksum"):
        pq.ParquetFile(path, page_checksum_verification=True).read([name])


def test_clickhouse_notices_a_turned_bit_unasked(folder: Path, tmp_path: Path) -> None:
    query = clickhouse()
    path = damaged(next(folder.rglob("*.parquet")), tmp_path / "damaged.parquet", "text")
    with pytest.raises(RuntimeError, match="checksum"):
        query(f"SELECT sum(length(text)) FROM file('{path}', 'Parquet')")
