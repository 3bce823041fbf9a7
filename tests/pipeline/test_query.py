"""query: every table by SQL, nothing else, and nothing is ever changed."""

import csv
import io
import json
from pathlib import Path

import pytest
from story import EVENT, check_golden

from pipeline.display import MAX_ROWS, show_rows
from pipeline.query import first_rows, open_lake, select, write_csv, write_json
from pipeline.screen import Screen, console
from schemas.reject import ConfigurationError
from schemas.tables import TABLES
from transforms.store.lake import Lake

EVENTS = "SELECT event_id, status, source, status_history, start_date, mentions, first_reported FROM events"


def shown(lake: Lake, sql: str, width: int) -> str:
    """Return what a terminal of `width` columns shows."""
    result, seen = select(lake, sql), io.StringIO()
    screen = Screen(console(seen), console(seen))
    screen.out.width = width
    show_rows(screen, result.column_names, first_rows(result, MAX_ROWS), len(result))
    return seen.getvalue()


def test_a_result_reads_as_kept_on_a_wide_terminal(story: Lake) -> None:
    check_golden("query_wide", shown(story, EVENTS, 120), story)


def test_a_result_reads_as_kept_on_a_narrow_terminal(story: Lake) -> None:
    check_golden("query_narrow", shown(story, EVENTS, 60), story)


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_there_with_its_partition(table: str, story: Lake) -> None:
    names = select(story, f"SELECT * FROM {table}").column_names
    assert names == [*TABLES[table].schema.names, TABLES[table].partition]


def test_json_is_one_object_a_line_with_lists_as_lists_and_times_in_utc(story: Lake) -> None:
    out = io.StringIO()
    write_json(select(story, EVENTS), out)
    (row,) = [json.loads(line) for line in out.getvalue().splitlines()]
    assert row["event_id"] == EVENT
    assert [each["status"] for each in row["status_history"]] == ["planned", "happened"]
    assert (row["start_date"], row["first_reported"]) == ("2026-03-02", "2026-03-02T06:00:00Z")


def test_csv_keeps_structs_as_json_and_disarms_formulas(story: Lake) -> None:
    out = io.StringIO()
    write_csv(select(story, "SELECT title, removed FROM articles ORDER BY published DESC LIMIT 1"), out)
    header, row = list(csv.reader(out.getvalue().splitlines()))
    assert header == ["title", "removed"]
    assert row[0].startswith("'=Ferro")
    assert json.loads(row[1])[0]["reason"] == "boilerplate"


def test_columns_of_one_name_are_told_apart(story: Lake) -> None:
    out = io.StringIO()
    write_json(select(story, "SELECT 1 AS a, 2 AS a_2, 3 AS a, 4 AS A"), out)
    assert sorted(json.loads(out.getvalue()).values()) == [1, 2, 3, 4]


def test_no_control_character_of_a_lake_reaches_a_terminal(story: Lake) -> None:
    assert "\x1b" not in shown(story, "SELECT title FROM articles", 120)
    assert "=Ferro [done]" in shown(story, "SELECT title FROM articles", 120)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM events",
        "CREATE TABLE mine AS SELECT 1",
        "COPY events TO 'events.csv'",
        "SELECT 1; SELECT 2",
        "ATTACH 'other.db'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "EXPLAIN ANALYZE COPY events TO 'events.csv'",
    ],
)
def test_what_is_no_select_is_refused(sql: str, story: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError):
        select(story, sql)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("source", ["'{file}'", "read_csv('{file}')", "read_text('{file}')", "glob('{file}')"])
def test_no_other_file_can_be_read(source: str, story: Lake, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with pytest.raises(ConfigurationError, match="The query failed"):
        select(story, f"SELECT * FROM {source.format(file=secret)}")


@pytest.mark.parametrize(
    "value",
    [
        "DATE '10000-01-01'",
        "DATE '0001-01-01 (BC)'",
        "'infinity'::DATE",
        "TIMESTAMP '10000-01-01'",
        "'-infinity'::TIMESTAMPTZ",
        "[{'day': DATE '10000-01-01'}]",
    ],
)
def test_a_time_outside_the_years_that_can_be_told_names_its_column(value: str, story: Lake) -> None:
    with pytest.raises(ConfigurationError, match=r"^The column b .* the years 1 to 9999\. Write it as text"):
        select(story, f"SELECT 1 AS a, {value} AS b")
    assert len(select(story, f"SELECT CAST({value} AS VARCHAR) AS b, DATE '9999-12-31' AS c")) == 1


def test_a_missing_table_is_answered_with_those_there_are(story: Lake) -> None:
    with pytest.raises(ConfigurationError, match=r"event does not exist! Tables: articles, mentions, .*events\.$"):
        select(story, "SELECT * FROM event")


def test_a_missing_column_is_answered_with_likely_ones(story: Lake) -> None:
    with pytest.raises(ConfigurationError, match=r'"statuss" not found[^\n]*\nCandidate bindings: .*"status"'):
        select(story, "SELECT statuss FROM events")


def test_a_folder_without_a_committed_run_is_no_lake(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no run was committed there"):
        open_lake(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_was_not_moved_into_place_yet_is_empty(story: Lake, tmp_path: Path) -> None:
    manifests = tmp_path / "_manifests"
    manifests.mkdir()
    tmp_path.joinpath("_lake.json").write_bytes(Path(story.root, "_lake.json").read_bytes())
    manifests.joinpath("a.json").write_bytes(next(Path(story.root).glob("_manifests/*.json")).read_bytes())
    assert len(select(open_lake(str(tmp_path)), "SELECT * FROM events")) == 0
