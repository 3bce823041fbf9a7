"""The tables are a promise to whoever reads the files: columns are only ever added, each says what it means."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from records import an_article

from schemas import Article, Event, Item, Mention, Merge, Poll, Reject
from schemas.tables import TABLES, to_arrow
from transforms.store.lake import parquet_bytes

#: Every column with its type. A line may be added; one that changes or goes breaks somebody's query.
COLUMNS = Path(__file__).parents[1] / "golden" / "tables" / "columns.txt"

#: What every reader opens.
PLAIN = (pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.date32(), pa.timestamp("us", tz="UTC"))

RECORDS = {
    "articles": Article,
    "mentions": Mention,
    "events": Event,
    "items": Item,
    "polls": Poll,
    "merges": Merge,
    "rejects": Reject,
}


def parts(kind: pa.DataType) -> Iterator[pa.DataType]:
    """The plain types that a type is made of."""
    if pa.types.is_list(kind):
        yield from parts(kind.value_type)
    elif pa.types.is_struct(kind):
        for field in kind:
            yield from parts(field.type)
    else:
        yield kind


def test_no_column_is_renamed_retyped_or_removed() -> None:
    found = [f"{table}.{field.name}: {field.type}" for table, layout in TABLES.items() for field in layout.schema]
    assert "\n".join(found) + "\n" == COLUMNS.read_text()


def test_a_run_appears_in_this_order() -> None:
    assert list(TABLES) == ["articles", "mentions", "rejects", "items", "polls", "merges", "events"]


@pytest.mark.parametrize("table", TABLES)
def test_every_column_says_what_it_means_in_the_file(table: str) -> None:
    schema = pq.read_schema(pa.BufferReader(parquet_bytes(table, TABLES[table].schema.empty_table())))
    for field in schema:
        assert len((field.metadata or {}).get(b"description", b"").strip()) > 3, field.name


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_nullable_and_of_plain_types(table: str) -> None:
    for field in TABLES[table].schema:
        assert field.nullable
        assert set(parts(field.type)) <= set(PLAIN), field.name


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_a_field_of_the_record_and_the_partition_is_no_column(table: str) -> None:
    layout = TABLES[table]
    assert set(layout.schema.names) <= set(RECORDS[table]._fields)
    assert layout.partition not in layout.schema.names
    assert {*layout.sort, *layout.bloom} <= set(layout.schema.names)


def test_a_file_is_sorted_compressed_and_indexed() -> None:
    content = parquet_bytes("articles", to_arrow("articles", [an_article(number) for number in range(50)]))
    group = pq.read_metadata(pa.BufferReader(content)).row_group(0)
    columns = {group.column(at).path_in_schema: group.column(at) for at in range(group.num_columns)}
    names = TABLES["articles"].schema.names
    assert [names[each.column_index] for each in group.sorting_columns] == ["published", "article_id", "version"]
    assert {each.compression for each in columns.values()} == {"ZSTD"}
    assert columns["published"].has_offset_index
    assert columns["published"].has_column_index
    rows = pq.read_table(pa.BufferReader(content), page_checksum_verification=True)
    assert rows["published"].to_pylist() == sorted(rows["published"].to_pylist())
