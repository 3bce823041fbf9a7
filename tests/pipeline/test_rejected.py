"""rejects list: which rejects, in which order, and how they read."""

import io
from typing import Optional

import pytest
from records import a_reject
from story import FIRST, SECOND, TUESDAY, a_receipt, check_golden, commit

from pipeline.display import show_rejects
from pipeline.rejected import Wanted, rejects
from pipeline.screen import console
from schemas.ids import make_id
from schemas.reject import ConfigurationError
from transforms.store.lake import Lake

ALL = Wanted(None, None, None)


@pytest.fixture(name="lake", scope="module")
def a_lake_of_rejects(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake.open(str(tmp_path_factory.mktemp("rejects")))
    later = {"run_id": SECOND, "rejected_at": TUESDAY}
    gone = {"stage": "fetch_articles", "reason": "gone", "detail": "HTTP 410.", "retry_at": TUESDAY}
    poll = {"entry_id": "", "article_id": "", "counted": False, "url": "https://quay.example/feed.xml"}
    with lake.lock():
        commit(lake, a_receipt(), {"rejects": [a_reject(1), a_reject(2, source="quay", **gone)]})
        commit(
            lake,
            a_receipt(SECOND, TUESDAY),
            {"rejects": [a_reject(3, **later), a_reject(4, **later, **poll, source="quay", reason="timeout")]},
        )
    return lake


@pytest.mark.parametrize(
    ("wanted", "entries"),
    [
        (ALL, ["guid-3", "", "guid-1", "guid-2"]),
        (Wanted("quay", None, None), ["", "guid-2"]),
        (Wanted(None, "too_short", None), ["guid-3", "guid-1"]),
        (Wanted(None, None, FIRST), ["guid-1", "guid-2"]),
        (Wanted("quay", "gone", FIRST), ["guid-2"]),
        (Wanted("quay", "gone", SECOND), []),
    ],
)
def test_rejects_are_chosen_by_source_reason_and_run_the_newest_first(
    wanted: Wanted, entries: list[str], lake: Lake
) -> None:
    found = rejects(lake, wanted, 100)
    assert [row["entry_id"] for row in found.rows] == entries
    assert found.total == len(entries)


def test_a_limit_keeps_the_newest_and_tells_how_many_there_are(lake: Lake) -> None:
    found = rejects(lake, ALL, 3)
    assert ([row["entry_id"] for row in found.rows], found.total) == (["guid-3", "", "guid-1"], 4)


@pytest.mark.parametrize(
    ("source", "reason", "run_id", "told"),
    [
        (None, "to_short", None, "--reason to_short: .* Did you mean too_short?"),
        ("key", None, None, "--source key: .* There are harbour, quay."),
        (None, None, "soon", f"--run soon: .*; the newest is {SECOND}"),
    ],
)
def test_a_name_that_nothing_has_is_refused(
    source: Optional[str], reason: Optional[str], run_id: Optional[str], told: str, lake: Lake
) -> None:
    with pytest.raises(ConfigurationError, match=told):
        rejects(lake, Wanted(source, reason, run_id), 100)


def test_a_reject_is_listed_with_what_explain_takes(lake: Lake) -> None:
    shown = io.StringIO()
    show_rejects(console(shown), rejects(lake, ALL, 100).rows)
    assert make_id("article", 3) in shown.getvalue()
    assert [line for line in shown.getvalue().splitlines() if line.endswith(" ")] == []
    check_golden("rejects_list", shown.getvalue(), lake)


def test_a_reject_is_one_whole_line_where_it_is_no_terminal() -> None:
    shown = io.StringIO()
    address = f"https://harbour.example/{'long/' * 400}"
    reject = a_reject(1, detail="So many words were found. " * 600, article_id="", url=address)
    show_rejects(console(shown), [reject._asdict()])
    _, line = shown.getvalue().splitlines()
    assert reject.detail.strip() in line
    assert line.endswith(address)
