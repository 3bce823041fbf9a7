"""What a run found becomes tables and a receipt that adds up; a row that no table can hold stops none of the others."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from killing import files
from records import (
    DAY,
    MONDAY,
    RUN_ID,
    a_mention,
    a_merge,
    a_poll,
    a_reject,
    a_source,
    a_tick,
    an_article,
    an_entry,
    an_event,
    an_item,
)
from writing import Records, write

from pipeline.submit import unwrap
from schemas import Article, Reject
from schemas.article import RELATIONS
from schemas.reject import ReceiptMismatch
from schemas.tables import to_arrow
from transforms.store.lake import Lake
from transforms.write_partitions import (
    check_items,
    check_record,
    check_sum,
    count_receipt,
    event_file,
    merged_rows,
    published_item,
    unwritable,
)

NEXT_RUN = "20260303T060000Z-0123abcd"


@pytest.fixture(name="lake")
def an_empty_lake(tmp_path: Path) -> Lake:
    return Lake.open(str(tmp_path))


def a_run(**records: Sequence[Any]) -> Records:
    """The records of one run; each article and each counted reject is of an entry that was taken up."""
    taken_up = [*records.get("articles", ()), *records.get("items", ())]
    taken_up += [each for each in records.get("rejects", ()) if each.counted]
    entries = [an_entry(1, source=each.source, entry_id=each.entry_id) for each in taken_up]
    return {"ticks": [a_tick()], "entries": entries, **records}


# ---------------------------------------------------------------- the manifest


def test_the_manifest_names_the_sources_of_the_tick(lake: Lake) -> None:
    write(lake, a_run() | {"ticks": [a_tick(sources=[a_source()])]})
    manifest = lake.manifest(RUN_ID)
    assert manifest
    assert manifest.sources == [a_source()]


# ---------------------------------------------------------------- the receipt


def test_the_receipt_counts_what_became_of_each_item(lake: Lake) -> None:
    write(
        lake,
        a_run(
            articles=[an_article(1), an_article(2, relation="updated"), an_article(3, relation="exact")],
            items=[an_item(4), an_item(5, outcome="deferred", reason="over_budget")],
            rejects=[a_reject(6), a_reject(7, counted=False, reason="absurd_date")],
            mentions=[a_mention(1), a_mention(2)],
            events=[an_event(1)],
            merges=[a_merge()],
            polls=[a_poll(), a_poll(source="other", status="failed")],
        ),
    )
    receipt = lake.receipt(RUN_ID)
    assert receipt
    assert receipt._asdict() == {
        "run_id": RUN_ID,
        "now": MONDAY,
        "fetched": 5,
        "published": 2,
        "duplicates": 1,
        "unchanged": 1,
        "rejected": 1,
        "deferred": 1,
        "mentions": 2,
        "events": 1,
        "polls": 2,
        "failed_polls": 1,
        "merges": 1,
    }
    outcomes = lake.read("items", ["outcome"])["outcome"].to_pylist()
    assert sorted(outcomes) == ["deferred", "duplicate", "published", "published", "rejected", "unchanged"]


def test_an_empty_run_is_committed(lake: Lake) -> None:
    write(lake, a_run())
    receipt = lake.receipt(RUN_ID)
    assert receipt
    assert set(receipt[2:]) == {0}


@pytest.mark.parametrize(
    "wrong",
    [
        {"entries": [an_entry(1), an_entry(2)], "items": [an_item(1)]},
        {"entries": [an_entry(1)], "items": [an_item(1), an_item(1, outcome="deferred")]},
        {"entries": [an_entry(1)], "items": [an_item(1, outcome="vanished")]},
    ],
    ids=["an entry without an item", "an item twice", "an outcome that is none"],
)
def test_a_receipt_that_does_not_add_up_commits_nothing(lake: Lake, wrong: Records) -> None:
    with pytest.raises(Exception, match="does not add up") as failure:
        write(lake, {"ticks": [a_tick()], **wrong})
    assert isinstance(unwrap(failure.value), ReceiptMismatch)
    assert unwrap(failure.value).exit_code == 6
    assert lake.runs() == []
    assert files(Path(lake.root)) == {}


@given(st.lists(st.sampled_from(["published", "duplicate", "unchanged", "rejected", "deferred"])))
def test_whatever_the_outcomes_their_receipt_adds_up(outcomes: list[str]) -> None:
    receipt = count_receipt(RUN_ID, MONDAY, outcomes=outcomes, polls=[], mentions=0, events=0, merges=0)
    check_sum(receipt)
    assert receipt.fetched + receipt.deferred == len(outcomes)


@given(st.sets(st.text()), st.sets(st.text()))
def test_what_was_taken_up_must_be_found_again(taken_up: set[str], items: set[str]) -> None:
    if taken_up <= items:
        check_items(RUN_ID, taken_up, items)
    else:
        with pytest.raises(ReceiptMismatch):
            check_items(RUN_ID, taken_up, items)


@pytest.mark.parametrize("relation", RELATIONS)
def test_an_article_is_published_or_a_duplicate_by_its_relation(relation: str) -> None:
    outcome = published_item(an_article(1, relation=relation)).outcome
    assert outcome == ("published" if relation in ("canonical", "updated") else "duplicate")


# ---------------------------------------------------------------- where rows go


def test_rows_go_to_the_day_or_month_that_their_table_says(lake: Lake) -> None:
    article = an_article(1, published=MONDAY - 3 * DAY)
    event = an_event(1, month="2026-01")
    write(lake, a_run(articles=[article], mentions=[a_mention(1, published=article.published)], events=[event]))
    places = {path.rpartition("/")[0] for path in files(Path(lake.root))}
    assert {"articles/date=2026-02-27", "mentions/date=2026-02-27", "items/date=2026-03-02"} <= places
    assert [path for path in places if path.startswith("events/")] == ["events/month=2026-01"]


def test_an_event_that_changes_replaces_its_row_and_no_other(lake: Lake) -> None:
    ones = [an_event(number, mentions=1) for number in range(40)]
    write(lake, a_run(events=ones))
    changed = [each._replace(run_id=NEXT_RUN, mentions=2) for each in ones[:3]]
    write(lake, {"ticks": [a_tick(run_id=NEXT_RUN)], "events": changed})
    rows = lake.read("events", ["event_id", "mentions"]).to_pylist()
    assert len(rows) == 40
    assert {each["event_id"] for each in rows if each["mentions"] == 2} == {each.event_id for each in changed}
    receipt = lake.receipt(NEXT_RUN)
    assert receipt
    assert receipt.events == 3


def test_the_file_of_an_event_depends_on_its_first_month_and_its_id_alone() -> None:
    event = an_event(1, month="2026-02")
    later = event._replace(first_reported=0, last_reported=MONDAY + 90 * DAY, status="cancelled")
    assert event_file(later)[0] == event_file(event)[0]


@given(st.lists(st.integers(0, 20), unique=True), st.lists(st.integers(0, 20), unique=True))
def test_a_replaced_file_holds_each_event_once_and_the_newer_row(before: list[int], after: list[int]) -> None:
    old = to_arrow("events", [an_event(number, mentions=1) for number in before])
    new = to_arrow("events", [an_event(number, mentions=2) for number in after])
    rows = merged_rows("events", old, new)
    assert rows.num_rows == len(set(before) | set(after))
    assert sum(rows["mentions"].to_pylist()) == len(set(before) - set(after)) + 2 * len(after)


# ---------------------------------------------------------------- what no table can hold


def test_articles_that_no_table_can_hold_are_counted_rejects(lake: Lake) -> None:
    unsound = [an_article(2, published=10**18), an_article(3, published_date="yesterday")]
    write(lake, a_run(articles=[an_article(1), *unsound]))
    receipt = lake.receipt(RUN_ID)
    assert receipt
    assert (receipt.fetched, receipt.published, receipt.rejected) == (3, 1, 2)
    rejects = lake.read("rejects").to_pylist()
    assert [each["entry_id"] for each in rejects] == ["guid-2", "guid-3"]
    for each in rejects:
        assert (each["stage"], each["reason"]) == ("write_partitions", "stage_failed")
        assert each["detail"].startswith("Article: ")


def test_what_follows_publication_is_rejected_outside_the_sum(lake: Lake) -> None:
    unsound: Records = {
        "mentions": [a_mention(9, start_date="2026-02-30")],
        "events": [an_event(8, month="March"), an_event(9, event_id="none")],
        "polls": [a_poll(polled_at=-(10**18))],
        "merges": [a_merge(merged_at=10**18)],
    }
    write(lake, a_run(articles=[an_article(1)], **unsound))
    receipt = lake.receipt(RUN_ID)
    assert receipt
    assert (receipt.fetched, receipt.published, receipt.rejected) == (1, 1, 0)
    rejects = lake.read("rejects", ["counted", "detail"]).to_pylist()
    kinds = sorted(each["detail"].partition(":")[0] for each in rejects)
    assert kinds == ["Event", "Event", "Mention", "Merge", "Poll"]
    assert not any(each["counted"] for each in rejects)


def test_a_reject_that_no_table_can_hold_is_replaced_by_one_that_it_can(lake: Lake) -> None:
    write(lake, a_run(rejects=[a_reject(1, retry_at=10**18)]))
    receipt = lake.receipt(RUN_ID)
    assert receipt
    assert (receipt.fetched, receipt.rejected) == (1, 1)
    (row,) = lake.read("rejects").to_pylist()
    assert (row["stage"], row["entry_id"], row["retry_at"]) == ("write_partitions", "guid-1", None)


@pytest.mark.parametrize(
    "record",
    [
        an_article(1, text="a lone \ud800 surrogate", title="\udfff"),
        an_article(1, words=2**63),
        an_article(1, title=7),
        a_reject(1, source="\ud800", detail="\ud800"),
    ],
    ids=["surrogates", "a number too large", "a value of another type", "a reject"],
)
def test_what_has_no_encoding_is_told_in_a_reject_that_has_one(record: Article | Reject) -> None:
    with pytest.raises((ValueError, OverflowError, TypeError, AttributeError)) as failure:
        check_record(record, "articles" if isinstance(record, Article) else "rejects")
    reject = unwritable(record, failure.value)
    check_record(reject, "rejects")
    assert (reject.counted, reject.entry_id) == (True, "guid-1")
