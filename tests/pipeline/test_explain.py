"""explain: the life of one thing, as a person reads it."""

import io
import json
from pathlib import Path

import pytest
from records import DAY, MONDAY, a_mention, a_merge, an_article, an_event, an_item
from story import ARTICLE, COPY, EVENT, SECOND, SHORT, TUESDAY, a_receipt, check_golden, commit

from pipeline.display import show_life
from pipeline.explain import Life, as_json, explain, resolve
from pipeline.screen import console
from schemas.ids import make_id
from schemas.reject import ConfigurationError
from transforms.store.lake import Lake

LIVES = {
    "explain_event": EVENT,
    "explain_article": ARTICLE,
    "explain_copy": COPY,
    "explain_reject": SHORT,
    "explain_source": "quay",
    "explain_merged_event": make_id("event", 4),
    "explain_run": SECOND,
}


@pytest.mark.parametrize("name", LIVES)
def test_a_life_reads_as_kept(name: str, story: Lake) -> None:
    shown = io.StringIO()
    show_life(console(shown), explain(story, LIVES[name]))
    check_golden(name, shown.getvalue(), story)


@pytest.mark.parametrize(
    ("wanted", "kind", "found"),
    [
        (EVENT[:6], "event", EVENT),
        (make_id("mention", 4), "event", EVENT),
        (ARTICLE[:9], "article", ARTICLE),
        ("https://harbour.example/1", "article", ARTICLE),
        ("guid-3", "reject", SHORT),
        ("https://quay.example/feed.xml", "source", "https://quay.example/feed.xml"),
    ],
)
def test_a_thing_is_found_by_its_id_its_beginning_its_url_or_its_name(
    wanted: str, kind: str, found: str, story: Lake
) -> None:
    life = explain(story, wanted)
    assert (life.kind, life.id) == (kind, found)


def test_a_beginning_of_several_ids_names_them(story: Lake) -> None:
    shared = next(digit for digit in "0123456789abcdef" if len(resolve(story, digit)) > 1)
    with pytest.raises(ConfigurationError, match=r"begins more than one id: [0-9a-f]{16}, .* Give more of it\."):
        explain(story, shared)


@pytest.mark.parametrize("wanted", ["", " "])
def test_nothing_is_answered_with_what_can_be_explained(wanted: str, story: Lake) -> None:
    with pytest.raises(
        ConfigurationError, match=r"There is nothing to explain\. Give an id or its beginning, a URL or"
    ):
        explain(story, wanted)


def test_an_unknown_id_says_where_ids_stand(story: Lake) -> None:
    with pytest.raises(ConfigurationError, match=r"Nothing in this lake has the id zzz\. .*newsbeam query"):
        explain(story, "zzz")


def chapter(life: Life, heading: str) -> list[str]:
    (lines,) = (each.lines for each in life.chapters if each.heading == heading)
    return [" ".join(line.split()) for line in lines]


def test_json_holds_the_chapters_and_the_rows_that_they_are_told_from(story: Lake) -> None:
    life = explain(story, ARTICLE)
    told = json.loads(json.dumps(as_json(life)))
    assert [each["heading"] for each in told["chapters"]] == [each.heading for each in life.chapters]
    assert told["rows"]["articles"][0]["fetched"] == "2026-03-02T06:00:00Z"
    assert {table: len(rows) for table, rows in told["rows"].items()} == {
        "items": 2,
        "polls": 1,
        "articles": 1,
        "rejects": 0,
        "mentions": 1,
        "events": 1,
    }


def test_a_run_in_parts_is_told_part_by_part(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path))
    parts = [f"{SECOND}-000{number}" for number in (1, 2)]
    with lake.lock():
        for number, run in enumerate(parts):
            commit(lake, a_receipt(run, TUESDAY), {"items": [an_item(number, run_id=run, seen_at=TUESDAY)]})
    life = explain(lake, SECOND)
    assert (life.kind, life.id) == ("run", SECOND)
    assert [line.partition(":")[0] for line in chapter(life, "Receipt")] == parts
    assert all(Path(line).is_file() for line in chapter(life, "Published in"))
    assert [each.id for each in (explain(lake, part) for part in parts)] == parts


def test_runs_in_which_nothing_changed_share_a_line(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path))
    outcomes = ["published", *["unchanged"] * 4, "duplicate", "unchanged"]
    with lake.lock():
        for day, outcome in enumerate(outcomes):
            run, now = f"2026030{2 + day}T060000Z-0123abcd", MONDAY + day * DAY
            commit(lake, a_receipt(run, now), {"items": [an_item(run_id=run, seen_at=now, outcome=outcome)]})
    told = chapter(explain(lake, ARTICLE), "Taken up")
    assert [line.partition("  [")[0].partition(" [")[0] for line in told] == [
        "2026-03-02 06:00 harbour: published",
        "2026-03-03 06:00 harbour: unchanged",
        "and so 3 times more, until 2026-03-06 06:00",
        "2026-03-07 06:00 harbour: duplicate",
        "2026-03-08 06:00 harbour: unchanged",
    ]


def test_an_event_is_told_with_the_reports_of_those_that_it_took_in(tmp_path: Path) -> None:
    """Event 3 proved to be 2, and 2 to be 1: all their reports are of 1, and each joins the one before it."""
    one, two, three = (make_id("event", number) for number in (1, 2, 3))
    lake = Lake.open(str(tmp_path))
    undated = {"run_id": SECOND, "published": TUESDAY, "start_date": None, "end_date": None, "source": []}
    with lake.lock():
        commit(
            lake,
            a_receipt(),
            {
                "mentions": [a_mention(1), a_mention(2)],
                "events": [an_event(1), an_event(2, merged_into=one), an_event(3, merged_into=two)],
            },
        )
        second = {
            "articles": [an_article(3, run_id=SECOND)],
            "items": [an_item(3, run_id=SECOND, outcome="published")],
            "mentions": [a_mention(3, **undated)],
            "merges": [a_merge(from_id=two, into_id=one), a_merge(from_id=three, into_id=two)],
        }
        commit(lake, a_receipt(SECOND, TUESDAY), second)
    whole = [line for line in chapter(explain(lake, one), "Reported") if line.startswith("linked")]
    later, earlier = (make_id("mention", number) for number in (1, 2))
    joins = "linked: joins what The Harbour Post reported on 2026-03-02 0%d:00 [mention {}]; same type and mode; "
    assert whole == [
        "linked: the first report of this event",
        (joins % 4).format(earlier) + "parties of both: PRT; when: 2026-03-02",
        (joins % 5).format(later) + "parties of both: none by name; when: 2026-03-02",
    ]
    told = chapter(explain(lake, make_id("article", 3)), "Read for events")
    assert told[-2:] == [f"event {three}, which proved to be {one}: happened", whole[-1]]
