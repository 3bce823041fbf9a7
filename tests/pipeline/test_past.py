"""query --as-of: a lake as it was after one of its runs."""

from pathlib import Path

import pytest
from records import a_poll, an_article, an_event
from story import EVENT, FIRST, MONDAY, PLANNED, SECOND, a_receipt, commit, first_run

from pipeline.past import as_of
from pipeline.query import ask, select
from schemas.ids import make_id
from schemas.reject import ConfigurationError, LakeUnwritable
from schemas.tables import TABLES
from transforms.store.lake import Lake

EVENTS = "SELECT * EXCLUDE status_history, list_transform(status_history, lambda each: each.status) AS told FROM events"


def then(lake: Lake, run_id: str, sql: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = select(lake, sql, as_of(lake, run_id)).to_pylist()
    return rows


@pytest.mark.parametrize("table", TABLES)
def test_after_the_last_run_every_table_is_as_it_is_now(table: str, story: Lake) -> None:
    sql = f"SELECT * FROM {table} ORDER BY ALL"
    assert then(story, SECOND, sql) == select(story, sql).to_pylist()


@pytest.mark.parametrize("table", [each for each in TABLES if each != "events"])
def test_after_a_run_tables_hold_what_it_and_those_before_it_wrote(table: str, story: Lake) -> None:
    (row,) = then(story, FIRST, f"SELECT count(*) AS number, count(*) FILTER (run_id = '{FIRST}') AS own FROM {table}")
    assert row["number"] == row["own"] == len(first_run().get(table, []))


def test_an_event_that_was_written_again_is_cut_back_to_its_history(story: Lake) -> None:
    (row,) = then(story, FIRST, EVENTS)
    known = {name: value for name, value in row.items() if value is not None}
    assert known == {
        "event_id": EVENT,
        "type": "CONSULT",
        "mode": "visit",
        "month": "2026-03",
        "status": "planned",
        "told": ["planned"],
        "cameo": "036",
        "quad_class": 1,
        "goldstein": 4.0,
    }


def test_an_event_that_no_later_run_wrote_is_whole_and_a_later_one_is_not_there(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path))
    old = an_event(1, status="planned", status_history=[PLANNED])
    later = an_event(2, run_id=SECOND, status_history=[PLANNED._replace(run_id=SECOND)])
    with lake.lock():
        commit(lake, a_receipt(), {"events": [old]})
        before = select(lake, "SELECT * FROM events").to_pylist()
        commit(lake, a_receipt(SECOND), {"events": [old, later]})
    assert {row["event_id"] for row in ask(lake, "SELECT event_id FROM events")} == {old.event_id, later.event_id}
    assert then(lake, FIRST, "SELECT * FROM events") == before


def test_a_run_in_parts_is_as_of_its_last_part(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path))
    with lake.lock():
        for number in (1, 2):
            part = f"{FIRST}-{number:04d}"
            commit(lake, a_receipt(part), {"articles": [an_article(number, run_id=part)]})
        commit(lake, a_receipt(SECOND), {"articles": [an_article(3, run_id=SECOND)]})
    sql = "SELECT article_id FROM articles ORDER BY run_id"
    assert [row["article_id"] for row in then(lake, FIRST, sql)] == [make_id("article", 1), make_id("article", 2)]
    assert [row["article_id"] for row in then(lake, f"{FIRST}-0001", sql)] == [make_id("article", 1)]


def test_runs_count_in_the_order_of_their_commits(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path))
    with lake.lock():
        commit(lake, a_receipt(SECOND), {"polls": [a_poll(run_id=SECOND)]})
        commit(lake, a_receipt(FIRST, MONDAY), {"polls": [a_poll(run_id=FIRST)]})
    assert [row["run_id"] for row in then(lake, SECOND, "SELECT run_id FROM polls")] == [SECOND]


@pytest.mark.parametrize("unknown", ["20260302T060000Z", "soon", ""])
def test_an_unknown_run_is_told_with_the_newest(unknown: str, story: Lake) -> None:
    with pytest.raises(ConfigurationError, match=f"--as-of {unknown}: no such run .*; the newest is {SECOND}"):
        as_of(story, unknown)


def test_a_file_that_is_not_in_place_is_named(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path))
    with lake.lock():
        commit(lake, a_receipt(), first_run())
    next(tmp_path.glob("mentions/*/*.parquet")).unlink()
    with pytest.raises(LakeUnwritable, match=r"mentions/.*\.parquet was committed and is not in place.*doctor"):
        as_of(lake, FIRST)


def test_a_damaged_file_of_events_is_named(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path))
    with lake.lock():
        commit(lake, a_receipt(), first_run())
    next(tmp_path.glob("events/*/*.parquet")).write_bytes(b"PAR1 and no more")
    with pytest.raises(LakeUnwritable, match=r"events/.*\.parquet cannot be read .*doctor"):
        then(lake, FIRST, "SELECT * FROM events")
