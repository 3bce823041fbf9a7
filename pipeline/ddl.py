"""What the tables are: in words, and as the statements that give an engine a lake's files as tables.

The files need no statement: every reader opens `<lake>/<table>/*/*.parquet` as it is. A warehouse wants to be told.
How each engine writes its own is data, in data/engines.toml.
"""

import difflib
import functools
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Optional

import pyarrow as pa

from schemas.reject import ConfigurationError
from schemas.tables import DAY, FLAG, INT, REAL, TABLES, TEXT, TIME, column

#: Names of plain types in engines.toml.
PLAIN = {TEXT: "text", INT: "integer", REAL: "real", FLAG: "flag", DAY: "day", TIME: "time"}

#: The column that the folders' names are.
PARTITIONS = {
    "date": column("date", DAY, "UTC day: of articles and mentions the publication's, of all else the run's"),
    "month": column("month", TEXT, "Month of the first report, as 2026-03"),
}


class Engine(NamedTuple):
    """How one engine is given a table; the fields are explained in engines.toml."""

    types: Mapping[str, str]
    list_of: str
    struct_of: str
    part: str
    quote: str
    column: str
    between: str
    partition_is_column: bool
    place: str
    statement: str
    once: str = ""
    local: Optional[str] = None
    schemes: Sequence[str] = ()


class Column(NamedTuple):
    """One column as a person wants to know it."""

    name: str
    type: str  # as DuckDB, and so `newsbeam query`, writes it
    meaning: str


@functools.cache
def engines() -> Mapping[str, Engine]:
    """Return the engines by name."""
    content = Path(__file__).with_name("data").joinpath("engines.toml").read_text()
    return {name: Engine(**settings) for name, settings in tomllib.loads(content).items()}


def engine_called(name: str) -> Engine:
    """Return an engine.

    Raises:
        ConfigurationError: there is none of that name.
    """
    if name in engines():
        return engines()[name]
    near = difflib.get_close_matches(name, engines(), n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise ConfigurationError(f"--for {name}: no such engine.{hint} There are {', '.join(engines())}.")


def tables_called(name: Optional[str]) -> list[str]:
    """Return the names of the one table asked for, or of all.

    Raises:
        ConfigurationError: there is none of that name.
    """
    if name is not None and name not in TABLES:
        raise ConfigurationError(f"{name}: no such table. There are {', '.join(TABLES)}.")
    return list(TABLES) if name is None else [name]


def fields(table: str) -> list[pa.Field]:
    """Return the columns that readers see, the partition last."""
    layout = TABLES[table]
    return [*layout.schema, PARTITIONS[layout.partition]]


def columns(table: str) -> list[Column]:
    """Return the columns of a table with their meanings."""
    duckdb = engine_called("duckdb")
    return [Column(field.name, type_name(duckdb, field.type), meaning(field)) for field in fields(table)]


def meaning(field: pa.Field) -> str:
    return field.metadata[b"description"].decode()


def type_name(engine: Engine, kind: pa.DataType) -> str:
    """Return what an engine calls a type.

    >>> type_name(engine_called("spark"), pa.list_(pa.struct([("at", INT), ("when", TIME)])))
    'ARRAY<STRUCT<`at`: BIGINT, `when`: TIMESTAMP>>'
    """
    if pa.types.is_list(kind):
        return engine.list_of.format(type_name(engine, kind.value_type))
    if pa.types.is_struct(kind):
        parts = [engine.part.format(name=each.name, type=type_name(engine, each.type)) for each in kind]
        return engine.struct_of.format(", ".join(parts))
    return engine.types[PLAIN[kind]]


def literal(engine: Engine, text: str) -> str:
    """Return `text` as a string of an engine.

    >>> print(literal(engine_called("trino"), "the day's"), literal(engine_called("spark"), "the day's"))
    'the day''s' 'the day\\'s'
    """
    if engine.quote.startswith("\\"):
        text = text.replace("\\", "\\\\")
    return "'" + text.replace("'", engine.quote) + "'"


def place_of(name: str, engine: Engine, lake: Optional[str]) -> str:
    """Return the address of a lake as an engine writes it.

    Raises:
        ConfigurationError: the engine called `name` does not read from there.
    """
    place = (lake or engine.place).removeprefix("file://").rstrip("/")
    if not _reads(engine, place):
        raise ConfigurationError(f"--lake {lake}: {name} reads no lake there. Name one as --lake {engine.place}.")
    return place if "://" in place else f"{engine.local}{Path(place).absolute()}"


def _reads(engine: Engine, place: str) -> bool:
    scheme, remote, _ = place.partition("://")
    if not remote:
        return engine.local is not None
    return not engine.schemes or scheme in engine.schemes


def statement(engine: Engine, table: str, place: str) -> str:
    """Return the statements that make `table` of the lake at `place` known to an engine."""
    layout = TABLES[table]
    listed = fields(table) if engine.partition_is_column else list(layout.schema)
    lines = [
        engine.column.format(
            table=table, name=each.name, type=type_name(engine, each.type), meaning=literal(engine, meaning(each))
        )
        for each in listed
    ]
    structure = ", ".join(engine.part.format(name=each.name, type=type_name(engine, each.type)) for each in listed)
    return engine.statement.strip("\n").format(
        table=table,
        row=literal(engine, f"One row is {layout.row}"),
        columns=engine.between.join(lines),
        structure=literal(engine, structure),
        partition=layout.partition,
        partition_type=type_name(engine, PARTITIONS[layout.partition].type),
        folder=literal(engine, f"{place}/{table}/"),
        files=literal(engine, f"{place}/{table}/*/*.parquet"),
        everything=literal(engine, f"{place}/{table}/*"),
        reads="s3" if "://" in place else "file",
    )


def statements(name: str, tables: Sequence[str], lake: Optional[str]) -> list[str]:
    """Return what makes `tables` of a lake known to the engine called `name`: what stands before them, then each.

    Args:
        lake: a folder or an address, which need not exist; where it is None, one that stands for it.

    Raises:
        ConfigurationError: there is no such engine, or it does not read from there.
    """
    engine = engine_called(name)
    place = place_of(name, engine, lake)
    return [*filter(None, [engine.once.strip()]), *(statement(engine, table, place) for table in tables)]


def as_json(tables: Sequence[str]) -> dict[str, object]:
    """Return the tables as `schema --json` prints them."""
    return {
        table: {
            "row": TABLES[table].row,
            "partition": TABLES[table].partition,
            "columns": [each._asdict() for each in columns(table)],
        }
        for table in tables
    }
