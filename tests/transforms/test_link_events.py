"""Events over several runs on a real lake: one id from rumour to fact, and nothing that was published is rewritten."""

from datetime import date
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from records import a_tick, an_article
from reports import ADA, INES, month, report
from writing import make_tables

from schemas import Article, Event, Mention, Merge, Reject
from schemas.event import STATUSES
from schemas.tables import from_arrow, to_arrow
from transforms.link.linking import Thread, fit, link, moment_of, reach
from transforms.link.spans import read
from transforms.link_events import LinkEvents, within_reach
from transforms.store.lake import Lake
from transforms.write_partitions import WritePartitions


def link_run(lake: Lake, run_id: str, *mentions: Mention, silent: tuple[Article, ...] = ()) -> None:
    """Do the linking and the writing of one run, with an article for each mention, and others that tell of nothing."""
    told = [each._replace(run_id=run_id) for each in mentions]
    texts = {(each.article_id, each.version): article_of(each) for each in told}
    texts |= {(each.article_id, each.version): each._replace(run_id=run_id) for each in silent}
    with lake.lock():
        lake.begin(run_id)
        with beam.Pipeline(runner=FnApiRunner()) as pipeline:
            tick = a_tick(run_id=run_id, now=moment_of(run_id).now)
            tables = make_tables(pipeline, {"ticks": [tick], "articles": list(texts.values()), "mentions": told})
            linked = (tables.mentions, tables.articles) | "Link events" >> LinkEvents(lake)
            written = tables._replace(**linked._asdict())
            _ = written | "Write partitions" >> WritePartitions(lake)


def article_of(mention: Mention) -> Article:
    return an_article(
        run_id=mention.run_id,
        article_id=mention.article_id,
        version=mention.version,
        entry_id=mention.article_id,
        publisher=mention.publisher,
        published=mention.published,
        published_date=mention.published_date,
        independent=mention.independent,
    )


def events_of(lake: Lake) -> list[Event]:
    rows = lake.read("events")
    return from_arrow(Event, rows)


def mentions_of(lake: Lake) -> list[Mention]:
    return from_arrow(Mention, lake.read("mentions"))


FEBRUARY, MARCH, APRIL, JULY = (f"20260{number}28T060000Z-0123abcd" for number in (2, 3, 4, 7))

PLAN = month("2026-02-20", "planned", "2026-04")
COPY = month("2026-02-21", "planned", "2026-04", publisher="Wire", independent=False)
AUTUMN = month("2026-02-20", "planned", "2026-10", trigger_start=200)
CONFIRMED = report("2026-03-20", "confirmed", "2026-04-14..2026-04-16", publisher="Wire")
ARRIVED = report("2026-04-15", "happened", "2026-04-14", place="Lima")
TALKS = report("2026-04-15", "happened", "2026-04-15", place="Lima", target=[INES], trigger_start=200)
SIGNED = report(
    "2026-04-15", "happened", "2026-04-15", type="SUPPORT", mode=None, source=[ADA, INES], target=[], trigger_start=300
)
OVER = report("2026-04-17", "happened", "2026-04-14..2026-04-16", publisher="Wire")


@pytest.fixture(name="lake", scope="module")
def a_visit_over_three_runs(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake.open(str(tmp_path_factory.mktemp("visit")))
    link_run(lake, FEBRUARY, PLAN, COPY, AUTUMN)
    link_run(lake, MARCH, CONFIRMED)
    link_run(lake, APRIL, ARRIVED, TALKS, SIGNED, OVER)
    return lake


def the_visit(lake: Lake) -> Event:
    (only,) = [each for each in events_of(lake) if each.mode == "visit" and each.start_date == "2026-04-14"]
    return only


def test_one_visit_two_visits_and_a_signing(lake: Lake) -> None:
    assert sorted((each.type, each.start_date) for each in events_of(lake)) == [
        ("CONSULT", "2026-04-14"),
        ("CONSULT", "2026-10-01"),
        ("SUPPORT", "2026-04-15"),
    ]


def test_all_reports_of_the_visit_carry_its_one_id(lake: Lake) -> None:
    own = {each.mention_id for each in mentions_of(lake) if each.event_id == the_visit(lake).event_id}
    assert own == {each.mention_id for each in (PLAN, COPY, CONFIRMED, ARRIVED, TALKS, OVER)}


def test_its_history_tells_each_change_in_the_order_of_runs(lake: Lake) -> None:
    history = the_visit(lake).status_history
    assert [(each.status, each.run_id) for each in history] == [
        ("planned", FEBRUARY),
        ("confirmed", MARCH),
        ("ongoing", APRIL),
        ("happened", APRIL),
    ]


def test_its_row_stays_in_the_month_that_first_reported_it(lake: Lake) -> None:
    assert (
        lake.read("events", ["event_id", "month"])
        .to_pylist()
        .count({"event_id": the_visit(lake).event_id, "month": "2026-02"})
        == 1
    )


def test_a_copy_is_an_article_and_no_independent_source(lake: Lake) -> None:
    visit = the_visit(lake)
    assert (visit.mentions, visit.articles, visit.independent_articles, visit.publishers) == (6, 5, 4, 2)


def test_what_was_published_is_not_written_again(lake: Lake) -> None:
    rows = lake.read("mentions", ["mention_id", "run_id"]).to_pylist()
    assert len(rows) == len({each["mention_id"] for each in rows}) == 8
    assert {each["run_id"] for each in rows if each["mention_id"] == PLAN.mention_id} == {FEBRUARY}


def test_a_new_version_of_an_article_takes_back_what_the_old_one_said(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path))
    first = report("2026-02-20", "planned", "2026-03-10", article_id="a")
    link_run(lake, FEBRUARY, first)
    (before,) = events_of(lake)
    link_run(lake, MARCH, first._replace(mention_id="2", version=2, target=[], place_country="JPN", mode="phone"))
    visit, call = sorted(events_of(lake), key=lambda each: each.mode or "", reverse=True)
    assert (visit.event_id, visit.mentions, visit.status) == (before.event_id, 0, "planned")
    assert (call.mode, call.mentions) == ("phone", 1)


def test_a_new_version_that_says_nothing_takes_back_what_the_old_one_said(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path))
    first, second = (report("2026-02-20", "planned", "2026-03-10", number=each) for each in (1, 2))
    link_run(lake, FEBRUARY, first, second)
    link_run(lake, MARCH, silent=(article_of(first)._replace(version=2),))
    (visit,) = events_of(lake)
    assert (visit.mentions, visit.articles, visit.status) == (1, 1, "planned")


def test_two_events_that_prove_to_be_one_are_merged_and_stay_so(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path))
    link_run(lake, FEBRUARY, report("2026-02-20", "planned", "2026-03-16"))
    link_run(lake, MARCH, report("2026-02-21", "planned", "2026-03-10", number=2))
    one, two = (
        next(each for each in events_of(lake) if each.start_date == day) for day in ("2026-03-16", "2026-03-10")
    )
    link_run(lake, APRIL, report("2026-02-22", "confirmed", "2026-03-09..2026-03-17", number=3))
    link_run(lake, JULY, report("2026-07-20", "happened", "2026-03-16", number=4))
    (merge,) = from_arrow(Merge, lake.read("merges"))
    assert (merge.kind, merge.from_id, merge.into_id) == ("event", two.event_id, one.event_id)
    rows = {each.event_id: each for each in events_of(lake)}
    assert rows[two.event_id].merged_into == one.event_id
    assert rows[one.event_id].mentions == 4, "those of the merged one too, which nobody has reported for months"
    assert [each.event_id for each in mentions_of(lake) if each.run_id == JULY] == [one.event_id]


def test_a_mention_that_cannot_be_read_leaves_a_reject_and_the_others_go_on(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path))
    damaged = report("2026-02-20", "planned", "2026-03-10")._replace(start_date="2026-02-30", mention_id="damaged")
    link_run(lake, FEBRUARY, damaged, report("2026-02-20", "planned", "2026-03-10", number=2))
    (reject,) = from_arrow(Reject, lake.read("rejects"))
    assert (reject.stage, reject.reason, reject.entry_id, reject.counted) == (
        "link_events",
        "stage_failed",
        "damaged",
        False,
    )
    assert "2026-02-30" in (reject.replay or "")
    assert [each.mentions for each in events_of(lake)] == [1]


DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))


@st.composite
def far_reports(draw: st.DrawFn) -> Mention:
    """Reports of visits over four years, with dates open at either end or none."""
    first, last = draw(st.none() | DAYS), draw(st.none() | DAYS)
    if first and last and last < first:
        first, last = last, first
    return report(
        draw(DAYS).isoformat(),
        draw(st.sampled_from(STATUSES)),
        start_date=first.isoformat() if first else None,
        end_date=last.isoformat() if last else None,
        granularity=draw(st.sampled_from(["day", "span", "month", "year"])),
        publisher=draw(st.sampled_from(["Wire", "The Ledger"])),
        number=draw(st.integers(0, 1_000_000)),
    )


@given(st.lists(far_reports(), min_size=1, max_size=3, unique_by=lambda each: each.article_id), far_reports())
@settings(max_examples=300)
def test_every_event_that_a_report_fits_is_looked_up(before: list[Mention], new: Mention) -> None:
    known = link(map(read, before), [], {}, moment_of(FEBRUARY))
    for event in known.events:
        thread = Thread(event)
        for each in known.mentions:
            if each.event_id == event.event_id:
                thread.add(read(each))
        if fit(thread, read(new), 0):
            rows = to_arrow("events", [event])
            assert rows.filter(within_reach(reach([read(new)]))).num_rows == 1


def test_what_lies_far_away_is_not_looked_up() -> None:
    (old,) = link([read(report("2019-02-20", "happened", "2019-02-19"))], [], {}, moment_of(FEBRUARY)).events
    assert to_arrow("events", [old]).filter(within_reach(reach([read(PLAN)]))).num_rows == 0
