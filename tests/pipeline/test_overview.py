"""status: what is told of a lake, and that nothing is changed by telling."""

import io
import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Optional

import pytest
from records import a_poll, an_article, an_item
from story import FIRST, MONDAY, SECOND, TUESDAY, a_receipt, check_golden, commit

from pipeline.display import show_overview
from pipeline.overview import Waiting, as_json, overview, waiting
from pipeline.query import ask
from pipeline.screen import console
from schemas.reject import ConfigurationError
from schemas.tables import TABLES
from transforms.poll.seen import is_due, is_waiting, read_seen
from transforms.store.lake import Lake

HOUR = 3_600_000_000
NOW = TUESDAY + HOUR


def shown(lake: Lake, width: Optional[int] = None) -> str:
    out = io.StringIO()
    screen = console(out)
    screen.width = width or screen.width
    show_overview(screen, overview(lake.root, NOW))
    return out.getvalue()


def snapshot(folder: str) -> dict[str, tuple[int, int]]:
    found = {str(path): path.stat() for path in Path(folder).rglob("*")}
    return {path: (stat.st_mtime_ns, stat.st_size) for path, stat in found.items()}


@pytest.fixture(name="busy", scope="module")
def a_busy_lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with two feeds, one of them silent and failing, a folder, and things that wait."""
    lake = Lake.open(str(tmp_path_factory.mktemp("busy") / "lake"))
    quay = {"source": "quay", "url": "https://quay.example/feed.xml"}
    failed = {"status": "failed", "http_status": 500, "reason": "http_error", "failures": 3, "next_due": NOW + HOUR}
    folder = {"source": "archive", "kind": "folder", "url": "/archive"}
    later = {"run_id": SECOND, "polled_at": TUESDAY}
    host = {"kind": "host", "source": "quay.example:443"}
    retry = {"reason": "timeout", "retry_at": NOW + HOUR, "run_id": SECOND, "seen_at": TUESDAY}
    first = {
        "articles": [an_article(1), an_article(2, source="quay")],
        "items": [an_item(1, outcome="published"), an_item(3, outcome="deferred", reason="over_budget")],
        "polls": [a_poll(), a_poll(**quay, **failed), a_poll(**host), a_poll(**folder)],
    }
    second = {
        "articles": [an_article(4, run_id=SECOND, fetched=TUESDAY)],
        "items": [
            an_item(5, **retry, outcome="rejected"),
            an_item(6, **{**retry, "retry_at": TUESDAY}, outcome="rejected"),
            an_item(7, **{**retry, "retry_at": None}, outcome="rejected"),
        ],
        "polls": [a_poll(**later), a_poll(**quay, **{**failed, **later, "status": "skipped", "http_status": None})],
    }
    with lake.lock():
        commit(lake, a_receipt(fetched=2, published=2, deferred=1, failed_polls=1), first)
        commit(lake, a_receipt(SECOND, TUESDAY, fetched=1234, published=1, rejected=3, unchanged=1230), second)
    for path in Path(lake.root).glob("_manifests/*.json"):  # the measured time
        path.write_text(json.dumps({**json.loads(path.read_text()), "seconds": 12.34}))
    return lake


def test_a_lake_reads_as_kept(busy: Lake) -> None:
    check_golden("status", _sizes_hidden(shown(busy)), busy)


def test_a_lake_reads_as_kept_on_a_narrow_terminal(busy: Lake) -> None:
    check_golden("status_narrow", _sizes_hidden(shown(busy, 80)), busy)


def _sizes_hidden(text: str) -> str:
    """Leave out the bytes of tables, which follow the version of pyarrow."""
    return "\n".join(line.rsplit(None, 1)[0] if line.split(" ")[0] in TABLES else line for line in text.splitlines())


def test_a_skipped_source_is_told_as_it_was_when_it_was_asked(busy: Lake) -> None:
    (quay,) = [each for each in overview(busy.root, NOW).sources if each.source == "quay"]
    asked = (quay.status, quay.reason, quay.failures, quay.polled_at, quay.next_due)
    assert asked == ("failed", "http_error", 3, _moment(MONDAY), _moment(NOW + HOUR))
    assert quay.silent_s == (NOW - MONDAY) // 1_000_000


def test_the_size_of_a_table_is_that_of_its_files_and_rows(story: Lake) -> None:
    for size in overview(story.root, NOW).tables:
        files = list(Path(story.root, size.table).rglob("*.parquet"))
        ((rows,),) = (row.values() for row in ask(story, f"SELECT count(*) FROM {size.table}"))
        assert (size.files, size.rows, size.bytes) == (len(files), rows, sum(path.stat().st_size for path in files))


def test_json_holds_what_is_shown(busy: Lake) -> None:
    told = json.loads(json.dumps(as_json(overview(busy.root, NOW))))
    assert [run["run_id"] for run in told["last"]] == [SECOND, FIRST]
    assert (told["last"][0]["unchanged"], told["last"][0]["seconds"]) == (1230, 12.34)
    assert (told["committed"], told["holder"], told["unfinished"]) == (2, None, [])
    assert told["sources"][1]["last_article"] == "2026-03-03T06:00:00Z"
    assert {row["reason"]: (row["due"], row["later"]) for row in told["waiting"]} == {
        "over_budget": (1, 0),
        "timeout": (1, 1),
    }


def test_telling_changes_nothing(busy: Lake) -> None:
    before = snapshot(busy.root)
    shown(busy)
    assert snapshot(busy.root) == before


def test_a_run_is_at_work_while_it_holds_the_lake_and_else_left_half_way(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path))
    with lake.lock():
        lake.begin(FIRST)
        at_work = overview(lake.root, NOW)
    left = overview(lake.root, NOW)
    assert [at_work.unfinished, left.unfinished] == [[(FIRST, "at work")], [(FIRST, "left half-way")]]
    assert [bool(at_work.holder), left.holder] == [True, None]


def test_a_committed_run_whose_files_wait_is_told_as_committed(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path))
    with lake.lock():
        commit(lake, a_receipt(), {})
        lake.begin(FIRST)  # as a crash between the manifest and the last move leaves it
    assert overview(lake.root, NOW).unfinished == [(FIRST, "committed")]


def test_a_folder_without_a_run_is_no_lake(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is no lake yet"):
        overview(str(tmp_path), NOW)
    assert list(tmp_path.iterdir()) == []


OUTCOMES = ("deferred", "rejected", "published", "unchanged")
RETRIES = (None, NOW - HOUR, NOW, NOW + HOUR)
AGES_DAYS = (91, 90, 89, 0)


def test_what_waits_is_what_the_next_run_would_say(tmp_path: Path) -> None:
    """Every outcome with every time to retry, first met at every age, alone and before a newer one."""
    lake = Lake.open(str(tmp_path))
    kinds = [*itertools.product(OUTCOMES, RETRIES)]
    with lake.lock():
        for age in AGES_DAYS:
            seen_at = NOW - age * 24 * HOUR
            run: dict[str, Any] = {"seen_at": seen_at, "run_id": f"{100 - age:04d}"}
            items = [
                an_item(outcome=outcome, retry_at=retry_at, entry_id=f"{age} {at}", reason=f"{age} {at}", **run)
                for at, (outcome, retry_at) in enumerate(kinds)
            ]
            again = [
                an_item(outcome=outcome, retry_at=retry_at, entry_id=f"again {at}", reason=f"again {at}", **run)
                for at, (outcome, retry_at) in enumerate(kinds[age % 7 :] + kinds[: age % 7])
            ]
            commit(lake, a_receipt(run["run_id"], seen_at), {"items": items + again})
    last = [item for items in read_seen(lake, NOW).items.values() for item in items.values()]
    found = waiting(lake, _moment(NOW))
    due, later = ({each.reason: getattr(each, name) for each in found} for name in ("due", "later"))
    assert {reason for reason, number in due.items() if number} == {item.reason for item in last if is_due(item, NOW)}
    assert {reason for reason, number in later.items() if number} == {
        item.reason for item in last if is_waiting(item, NOW)
    }


def test_what_waits_tells_the_first_time(busy: Lake) -> None:
    assert waiting(busy, _moment(NOW)) == [
        Waiting("deferred", "over_budget", 1, 0, None),
        Waiting("rejected", "timeout", 1, 1, _moment(NOW + HOUR)),
    ]


def _moment(time_us: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)
