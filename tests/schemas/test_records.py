"""Every record survives its coder, and every row its table, whatever the fields hold."""

from collections.abc import Sequence
from datetime import date
from typing import Any, get_args, get_origin, get_type_hints

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from records import a_merge, a_poll, an_article, an_event

from schemas import RECORDS, Article, Event, Item, Mention, Merge, Poll, Reject
from schemas.tables import DAY, TABLES, TIME, check_times, from_arrow, to_arrow
from transforms.store.lake import parquet_bytes

#: What each table is made of.
ROWS: dict[str, type] = {
    "articles": Article,
    "mentions": Mention,
    "events": Event,
    "items": Item,
    "polls": Poll,
    "merges": Merge,
    "rejects": Reject,
}

#: The first and the last microsecond that a table can hold.
FIRST_TIME, LAST_TIME = -62_135_596_800_000_000, 253_402_300_799_999_999

#: All that UTF-8 can hold: emoji and NUL, but no lone surrogate, which is scrubbed where text enters.
TEXT = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(["", "🕊️ Besuch", "x" * 5_000])


def values(shape: Any) -> st.SearchStrategy[Any]:
    """Return values of a field of a record."""
    if type(None) in get_args(shape):
        (inner,) = (each for each in get_args(shape) if each is not type(None))
        return st.none() | values(inner)
    if get_origin(shape) is Sequence:
        return st.lists(values(get_args(shape)[0]), max_size=3)
    if hasattr(shape, "_fields"):
        return records(shape)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        str: TEXT,
        int: st.integers(-(2**63), 2**63 - 1),
        float: st.floats(allow_nan=False),
        bool: st.booleans(),
        bytes: st.binary(max_size=8),
    }
    return plain[shape]


def records(kind: type, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return records of `kind`; `fields` are drawn as told, the others as their types say."""
    shapes = {name: values(shape) for name, shape in get_type_hints(kind).items()}
    return st.builds(kind, **{**shapes, **fields})


def rows_of(table: str) -> st.SearchStrategy[Any]:
    """Return records whose days and times are some that the table can hold."""
    days = st.dates(date.min, date.max).map(date.isoformat)
    times = st.integers(FIRST_TIME, LAST_TIME)
    hints = get_type_hints(ROWS[table])
    fields = {}
    for field in TABLES[table].schema:
        if field.type in (DAY, TIME):
            sound = days if field.type == DAY else times
            fields[field.name] = st.none() | sound if type(None) in get_args(hints[field.name]) else sound
    if table == "events":
        change = get_args(hints["status_history"])[0]
        fields["status_history"] = st.lists(records(change, reported=times), max_size=2)
    return records(ROWS[table], **fields)


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
@settings(max_examples=40)
def test_a_record_survives_its_coder(kind: type, data: st.DataObject) -> None:
    record = data.draw(records(kind))
    coder = beam.coders.registry.get_coder(kind)
    encoded = coder.encode(record)
    decoded = coder.decode(encoded)
    assert decoded == record
    assert type(decoded) is kind
    assert coder.encode(decoded) == encoded


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_a_records_encoding_can_be_a_key(kind: type) -> None:
    assert beam.coders.registry.get_coder(kind).is_deterministic()


@pytest.mark.parametrize("table", TABLES)
@given(data=st.data())
@settings(max_examples=40)
def test_a_row_survives_its_parquet_file(table: str, data: st.DataObject) -> None:
    record = data.draw(rows_of(table))
    check_times(table, record)
    rows = pq.read_table(pa.BufferReader(parquet_bytes(table, to_arrow(table, [record]))))
    columns = set(TABLES[table].schema.names)
    more = {name: getattr(record, name) for name in record._fields if name not in columns}
    assert from_arrow(ROWS[table], rows, **more) == [record]


@pytest.mark.parametrize("table", TABLES)
@given(data=st.data())
@settings(max_examples=20)
def test_the_order_of_records_does_not_matter(table: str, data: st.DataObject) -> None:
    made = data.draw(st.lists(rows_of(table), min_size=2, max_size=4))
    shuffled = data.draw(st.permutations(made))
    assert parquet_bytes(table, to_arrow(table, shuffled)) == parquet_bytes(table, to_arrow(table, made))


def test_records_that_differ_in_a_list_alone_have_an_order_too() -> None:
    one, other = an_event(source=[]), an_event()
    assert one != other
    assert to_arrow("events", [one, other]).equals(to_arrow("events", [other, one]))


@pytest.mark.parametrize("table", TABLES)
def test_no_records_are_a_table_without_rows(table: str) -> None:
    rows = to_arrow(table, [])
    assert (rows.num_rows, rows.schema) == (0, TABLES[table].schema)
    more = {name: None for name in get_type_hints(ROWS[table]) if name not in rows.column_names}
    assert from_arrow(ROWS[table], rows, **more) == []


def test_a_file_older_than_a_column_reads_as_none_and_as_an_empty_list() -> None:
    old = to_arrow("polls", [a_poll(etag="1")]).drop_columns(["etag"])
    assert from_arrow(Poll, old) == [a_poll(etag=None)]
    old = to_arrow("articles", [an_article()]).drop_columns(["captions"])
    assert from_arrow(Article, old, attempts=0) == [an_article(captions=[])]


def test_a_column_that_a_record_cannot_do_without_is_asked_for() -> None:
    with pytest.raises(TypeError, match="Merge needs into_id"):
        from_arrow(Merge, to_arrow("merges", [a_merge()]).drop_columns(["into_id"]))


@pytest.mark.parametrize("time", [FIRST_TIME - 1, LAST_TIME + 1])
def test_a_time_that_no_table_holds_is_told(time: int) -> None:
    with pytest.raises(OverflowError):
        check_times("merges", Merge("run", "event", "a", "b", "why", time))
