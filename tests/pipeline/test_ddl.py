"""schema: what the tables hold, and the SQL that engines take: executed where one is at hand, and parsed for all."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
import sqlglot
from readers import READERS, check_seen, clickhouse, spark
from sqlglot import exp

from pipeline import ddl
from pipeline.__main__ import app
from schemas.reject import ConfigurationError
from schemas.tables import TABLES
from transforms.store.lake import Lake

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "schema"

ENGINES = ("duckdb", "trino", "athena", "bigquery", "spark", "clickhouse")

#: A lake that each engine reads, at a place that has to be quoted.
PLACES = dict.fromkeys(ENGINES, "/data/Ada's lake") | {"athena": "s3://b/Ada's lake", "bigquery": "gs://b/Ada's lake"}

#: Sound clauses that sqlglot, which parses for all engines, does not know.
UNKNOWN = {"bigquery": r"\nWITH PARTITION COLUMNS \(`(date` DATE|month` STRING)\)", "clickhouse": r"\nCOMMENT '[^']+'"}

#: Statements that sqlglot hands on as they are.
OPAQUE = ("CALL", "MSCK REPAIR")


def parsed(engine: str, table: str) -> list[exp.Expression]:
    """Return the statements for one table, each of them understood."""
    text = "\n".join(ddl.statements(engine, [table], PLACES[engine]))
    if engine in UNKNOWN:
        text, cut = re.subn(UNKNOWN[engine], "", text)
        assert cut == 1
    found = [each for each in sqlglot.parse(text, dialect=engine) if each]
    assert [each.name for each in found if isinstance(each, exp.Command) and each.name not in OPAQUE] == []
    return found


def told(engine: str, table: str) -> dict[str, str]:
    """Return the columns that an engine learns of, and what is said of each."""
    columns = {}
    for statement in parsed(engine, table):
        if isinstance(statement, exp.Comment) and isinstance(statement.this, exp.Column):
            columns[statement.this.name] = statement.expression.name
        if isinstance(statement, exp.Create) and isinstance(statement.this, exp.Schema):
            definitions = [each for each in statement.this.expressions if isinstance(each, exp.ColumnDef)]
            columns |= {each.name: each.args["constraints"][0].find(exp.Literal).name for each in definitions}
    return columns


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_is_told_every_column_and_what_it_means(engine: str, table: str) -> None:
    columns = told(engine, table)
    columns.pop(TABLES[table].partition, None)
    assert columns == {field.name: ddl.meaning(field) for field in TABLES[table].schema}


def by_duckdb(lake: Lake, table: str) -> pa.Table:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("\n".join(ddl.statements("duckdb", [table], lake.root)))
        comments = "SELECT count(comment) FROM duckdb_columns() WHERE table_name = ?"
        assert connection.execute(comments, [table]).fetchall() == [(len(ddl.fields(table)),)]
        return connection.sql(f"SELECT * FROM {table}").to_arrow_table()


def by_spark(lake: Lake, table: str) -> pa.Table:
    session = spark()
    session.sql(f"DROP TABLE IF EXISTS {table}")
    for statement in "\n".join(ddl.statements("spark", [table], lake.root)).split(";\n"):
        session.sql(statement.removesuffix(";"))
    return session.table(table).toArrow()


def by_clickhouse(lake: Lake, table: str) -> pa.Table:
    clickhouse()
    session = pytest.importorskip("chdb.session").Session()
    try:
        for statement in ddl.statements("clickhouse", [table], lake.root):
            session.query(statement)
        return session.query(f"SELECT * FROM {table}", "ArrowTable")
    finally:
        session.close()


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("read", [by_duckdb, by_spark, by_clickhouse], ids=["duckdb", "spark", "clickhouse"])
def test_a_table_made_so_holds_the_rows_of_the_files(
    read: Callable[[Lake, str], pa.Table], table: str, story: Lake
) -> None:
    check_seen(read(story, table), READERS["pyarrow"](story, table), table)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_statements_for_the_events_read_as_kept(engine: str) -> None:
    text = "\n\n".join(ddl.statements(engine, ["events"], PLACES[engine])) + "\n"
    assert text == (GOLDEN / f"events.{engine}.sql").read_text()


def test_the_engines_are_these() -> None:
    assert tuple(ddl.engines()) == ENGINES


@pytest.mark.parametrize(
    ("engine", "lake", "place"),
    [
        ("duckdb", "lake", "{here}/lake"),
        ("duckdb", "s3://bucket/lake/", "s3://bucket/lake"),
        ("clickhouse", "/data/lake", "/data/lake"),
        ("spark", "file:///data/lake", "file:///data/lake"),
        ("trino", "/data/lake", "file:///data/lake"),
        ("trino", None, "s3://BUCKET/lake"),
        ("bigquery", None, "gs://BUCKET/lake"),
    ],
)
def test_a_lake_is_named_as_the_engine_writes_it(engine: str, lake: str | None, place: str) -> None:
    (statement,) = ddl.statements(engine, ["merges"], lake)[-1:]
    assert f"'{place.format(here=Path.cwd())}/merges/" in statement


@pytest.mark.parametrize(("engine", "lake"), [("athena", "/data/lake"), ("athena", "gs://b"), ("bigquery", "s3://b")])
def test_a_lake_that_the_engine_cannot_read_is_refused_with_one_that_it_can(engine: str, lake: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{engine} reads no lake there. Name one as --lake [sg][3s]://BUCKET"):
        ddl.statements(engine, ["events"], lake)


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"Did you mean trino\? There are duckdb, .*clickhouse\.$"):
        ddl.engine_called("trin")
    with pytest.raises(ConfigurationError, match=r"There are articles, .*events\.$"):
        ddl.tables_called("event")


Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(name="schema")
def the_command(capfd: pytest.CaptureFixture[str]) -> Call:
    """Call `newsbeam schema`; give its exit code, and what it writes to the descriptors of stdout and stderr."""

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            app(["schema", *arguments], prog_name="newsbeam")
        return int(ended.value.code or 0), *capfd.readouterr()

    return call


def test_the_command_tells_tables_columns_and_meanings(schema: Call) -> None:
    code, out, err = schema("merges")
    assert (code, err) == (0, "")
    first, *lines = out.splitlines()
    assert first == "merges: one row is one id that turned out to be another"
    assert [line.split()[0] for line in lines] == [field.name for field in ddl.fields("merges")]
    assert re.fullmatch(r"run_id +VARCHAR +Run that wrote the row *", lines[0])


def test_the_command_prints_sql_that_an_engine_runs_as_it_is(schema: Call, story: Lake) -> None:
    _, printed, _ = schema("--for", "duckdb", "--lake", story.root)
    with duckdb.connect() as connection:
        connection.execute(printed)
        assert connection.execute("SHOW TABLES").fetchall() == [(table,) for table in sorted(TABLES)]


def test_the_command_gives_all_as_json(schema: Call) -> None:
    tables = json.loads(schema("--json")[1])
    assert list(tables) == list(TABLES)
    first = {"name": "event_id", "type": "VARCHAR", "meaning": "Id of the event, from first rumour to fact"}
    assert tables["events"]["columns"][0] == first
    sql = json.loads(schema("events", "--for", "spark", "--json")[1])
    assert sql == {"statements": ddl.statements("spark", ["events"], None)}


def test_the_commands_that_the_document_shows_run(schema: Call) -> None:
    shown = re.findall(r"^    newsbeam schema ([^>\n]+)", (ROOT / "docs" / "analysts.md").read_text(), re.MULTILINE)
    assert len(shown) == 3
    assert [schema(*command.split())[0] for command in shown] == [0, 0, 0]


def test_a_lake_without_an_engine_is_a_usage_error(schema: Call) -> None:
    assert schema("--lake", "lake") == (2, "", "--lake goes with --for: the tables are the same in every lake.\n")
