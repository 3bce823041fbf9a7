"""SQL over a lake, read only: DuckDB sees every table as a view of its files and can reach nothing else."""

import csv
import itertools
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import IO, Any, Optional

import duckdb
import pyarrow as pa
import pyarrow.dataset

from pipeline.past import Past, cut_back
from schemas.reject import ConfigurationError, LakeUnwritable
from schemas.tables import DAY, TABLES, TEXT
from transforms.store.lake import Compacted, Lake, steadily
from transforms.store.parquet import CHECKED
from transforms.store.storage import NOTICE

#: Statements that only read. (EXPLAIN ANALYZE would run what it explains, which is then a SELECT too or is refused.)
READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)

#: How file systems say that a file is no longer there.
VANISHED = r"No such file|Path does not exist|HTTP status 404|RESOURCE_NOT_FOUND|NO_SUCH_KEY"

#: A spreadsheet takes a cell that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def dataset(lake: Lake, table: str, past: Optional[Past] = None) -> pa.dataset.Dataset:
    """Return the files of one table, with its partition column; an older file's missing columns are null.

    Args:
        past: the runs whose files these are; None for all.
    """
    layout = TABLES[table]
    partition = pa.schema([(layout.partition, DAY if layout.partition == "date" else TEXT)])
    schema = pa.schema([*layout.schema, *partition])
    missing = not lake.storage.exists(table)  # the first commit is not moved
    if missing or (past and table not in past.files):
        return pa.dataset.dataset(schema.empty_table())
    files = pa.dataset.dataset(
        list(past.files[table]) if past else lake.path(table),
        filesystem=lake.filesystem,
        format=CHECKED,
        schema=schema,
        partitioning=pa.dataset.partitioning(partition, flavor="hive"),
        partition_base_dir=lake.path(table),
    )
    if past and past.later and table != "events":
        return files.filter(~pa.dataset.field("run_id").isin(past.later))
    return files


def open_lake(place: str) -> Lake:
    """Return the lake at a folder.

    Raises:
        ConfigurationError: no run has been committed there.
        LakeUnwritable: it is of a newer format.
    """
    lake = Lake.open(place)
    if not lake.runs():
        raise ConfigurationError(f"{place} is no lake yet: no run was committed there. `newsbeam run` makes one.")
    lake.check_format()
    return lake


def connect(lake: Lake, past: Optional[Past] = None) -> duckdb.DuckDBPyConnection:
    """Return a connection on which every table of the lake is a view, and which opens and writes no file."""
    connection = duckdb.connect(":memory:", config={"python_enable_replacements": False})
    connection.execute("SET TimeZone = 'UTC'")
    for table in TABLES:
        then = past if table == "events" else None
        connection.register(table, _events_as_of(lake, then) if then else dataset(lake, table, past))
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _events_as_of(lake: Lake, past: Past) -> pa.Table:
    files = dataset(lake, "events", past)
    try:
        return cut_back(files.to_table(), past.counts)
    except (OSError, pa.ArrowInvalid) as error:
        raise lake.find_damaged(files.files) or error from None


def select(lake: Lake, sql: str, past: Optional[Past] = None) -> pa.Table:
    """Return the rows of one SELECT, DESCRIBE, SHOW or SUMMARIZE; columns of one name are numbered.

    Args:
        past: read the lake as it was then; None as it is now.

    Raises:
        ConfigurationError: `sql` is no such statement, is more than one, fails, or gives a year that cannot be told.
        LakeUnwritable: a file that it needs is damaged.
    """
    return steadily(lambda: _select(lake, sql, past))


def _select(lake: Lake, sql: str, past: Optional[Past]) -> pa.Table:
    connection = connect(lake, past)
    try:
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type not in READING:
            raise ConfigurationError("query takes one SELECT: a lake is read with it, never changed.")
        result = connection.sql(sql).to_arrow_table()
        named = result.rename_columns(list(_numbered(result.column_names)))
    except duckdb.Error as error:
        raise _damaged(lake, error, past) or ConfigurationError(f"The query failed. {_message(error)}") from None
    finally:
        connection.close()
    _check_years(named)
    return named


def _check_years(result: pa.Table) -> None:
    """Refuse days and times outside the years 1 to 9999, infinite ones too, before the first row is written."""
    for field in result.schema:
        if re.search("date|timestamp", str(field.type)):  # in a list or a struct too
            try:
                for _ in rows(result.select([field.name])):
                    pass
            except OverflowError:
                raise ConfigurationError(
                    f"The column {field.name} holds a time outside the years 1 to 9999. Write it as text: "
                    "CAST(... AS VARCHAR)."
                ) from None


def ask(lake: Lake, sql: str, parameters: Optional[Mapping[str, object]] = None) -> list[dict[str, Any]]:
    """Return the rows of a query of our own.

    Raises:
        LakeUnwritable: a file that it needs is damaged.
    """

    def look() -> list[dict[str, Any]]:
        with connect(lake) as connection:
            try:
                return list(rows(connection.sql(sql, params=parameters).to_arrow_table()))
            except duckdb.Error as error:
                raise _damaged(lake, error) or error from None

    return steadily(look)


def _damaged(lake: Lake, error: duckdb.Error, past: Optional[Past] = None) -> Optional[LakeUnwritable]:
    """Return what to say of the file behind an error: DuckDB names the table that it could not read on."""
    if re.search(rf"{NOTICE}|{VANISHED}", str(error)):
        return Compacted(f"Files of {lake.place} were compacted as the query read them. Ask again.")
    table = re.search(r"stream registered as '(\w+)' failed", str(error))
    return lake.find_damaged(dataset(lake, table[1], past).files) if table else None


def _numbered(names: Sequence[str]) -> Iterator[str]:
    """Tell columns of one name apart, as a JSON object has to.

    >>> list(_numbered(["a", "b", "a"]))
    ['a', 'b', 'a_2']
    """
    taken = set(names)
    for at, name in enumerate(names):
        number = names[: at + 1].count(name)
        if number > 1:
            name = next(new for each in itertools.count(number) if (new := f"{name}_{each}") not in taken)
            taken.add(name)
        yield name


def _message(error: duckdb.Error) -> str:
    """DuckDB's own sentence, with the names of the tables when one is missing."""
    text = str(error).partition("\n\n")[0].strip()
    if "Table with name" in text:
        return f"{text.splitlines()[0]} Tables: {', '.join(TABLES)}."
    return text


def rows(result: pa.Table) -> Iterator[dict[str, object]]:
    """Yield the rows batch by batch, as plain values."""
    for batch in result.to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()


def to_plain(value: object) -> object:
    """Return a value as JSON knows it: times as ISO 8601 in UTC, null for what is no number.

    >>> to_plain([0.5, float("nan"), float("inf")])
    [0.5, None, None]
    """
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def write_json(result: pa.Table, out: IO[str]) -> None:
    """Write one JSON object a line."""
    write_rows(rows(result), out)


def write_rows(found: Iterable[Mapping[str, object]], out: IO[str]) -> None:
    """Write rows as one JSON object a line."""
    for row in found:
        out.write(json.dumps(to_plain(row), ensure_ascii=False) + "\n")


def write_csv(result: pa.Table, out: IO[str]) -> None:
    """Write CSV that a spreadsheet opens without running anything; lists and structs as JSON."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([csv_cell(name) for name in result.column_names])
    for row in rows(result):
        writer.writerow([csv_cell(value) for value in row.values()])


def csv_cell(value: object) -> object:
    """Return a cell; text that begins like a formula gets an apostrophe in front.

    >>> csv_cell("=HYPERLINK(1)"), csv_cell(-3), csv_cell(None)
    ("'=HYPERLINK(1)", -3, '')
    """
    plain = to_plain(value)
    if plain is None:
        return ""
    if isinstance(plain, (dict, list)):
        return json.dumps(plain, ensure_ascii=False)
    return f"'{plain}" if isinstance(plain, str) and plain.startswith(FORMULA) else plain


def first_rows(result: pa.Table, number: int) -> list[list[object]]:
    """Return the values of at most `number` rows."""
    return [list(row.values()) for row in result.slice(0, number).to_pylist()]
