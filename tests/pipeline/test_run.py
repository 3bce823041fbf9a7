"""What a run takes up, what it says of itself, and what becomes of errors. Whole runs are in test_commands.py."""

from pathlib import Path

import pytest
from corpora import configure, write_corpus
from hypothesis import given
from hypothesis import strategies as st
from records import MONDAY, a_poll, a_reject
from story import FIRST, SHORT, a_receipt, commit

from pipeline.run import (
    SUMS,
    Account,
    account,
    as_json,
    parse_now,
    run,
)
from pipeline.runners import runner_options
from schemas.reject import ConfigurationError
from transforms.planning import run_id_of
from transforms.store.lake import Lake


@pytest.mark.parametrize(
    "text", ["2026-03-02T06:00Z", "2026-03-02T06:00", "2026-03-02T09:00+03:00", "20260302T060000Z"]
)
def test_a_time_is_read_as_utc_where_it_names_no_offset(text: str) -> None:
    assert parse_now(text) == MONDAY


@pytest.mark.parametrize("text", ["soon", "", "02.03.2026", "2026-13-01"])
def test_what_is_no_time_is_answered_with_one(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"--now .*this is no time\. Write it as 2026-03-02T18:00Z\."):
        parse_now(text)


@pytest.mark.parametrize("text", ["0001-01-01", "1970-01-01T00:00+01:00", "9999-12-31T23:59:59Z"])
def test_a_time_from_which_nothing_can_be_counted_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"--now .*: a run lies in the years 1970 to 9998\."):
        parse_now(text)


def test_a_run_that_was_committed_in_one_part_is_not_cut_anew_when_its_sources_have_grown(tmp_path: Path) -> None:
    write_corpus(tmp_path / "corpus.jsonl", range(3))
    configuration, lake = configure(tmp_path), Lake.open(str(tmp_path / "lake"))
    stored = a_receipt(run_id_of(configuration.sources, MONDAY), fetched=3, published=3)
    with lake.lock():
        commit(lake, stored, {})
    assert run(configuration, lake, MONDAY, runner_options([]), count=lambda _: 5000) == [stored]


# What a run says of itself


def test_an_account_counts_rejects_by_reason_and_names_failed_sources(story: Lake) -> None:
    receipt = story.receipt(FIRST)
    assert receipt
    told = account(story, [receipt], stored=False)
    assert [(each.reason, each.number, each.example) for each in told.rejected] == [("too_short", 1, SHORT)]
    assert [(each.source, each.reason, each.failures) for each in told.failed_polls] == [("quay", "http_error", 2)]
    assert not told.nothing_read


def test_the_json_of_an_account_holds_what_others_rely_on_and_adds_up(story: Lake) -> None:
    receipts = [receipt for run_id in story.runs() if (receipt := story.receipt(run_id))]
    told = as_json(account(story, receipts, stored=True))
    counts = {"fetched", "published", "duplicates", "unchanged", "rejected", "deferred", "mentions", "events"}
    assert {"run_id", "runs", *counts} <= set(told)
    assert told["fetched"] == told["published"] + told["duplicates"] + told["unchanged"] + told["rejected"] == 5
    assert [each["fetched"] for each in told["runs"]] == [3, 2]


def an_account(*, nothing_read: bool = False, stored: bool = False, **counts: int) -> Account:
    return Account(FIRST, (a_receipt(**counts),), (), (), (), nothing_read, stored)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (an_account(fetched=4, published=2, rejected=2), 0),
        (an_account(fetched=4, published=1, rejected=3), 1),
        (an_account(), 0),
        (an_account(nothing_read=True), 3),
        (an_account(fetched=4, rejected=4, stored=True), 0),
    ],
)
def test_the_exit_code_is_a_function_of_the_account(told: Account, code: int) -> None:
    assert told.exit_code(0.5) == code


@given(st.lists(st.fixed_dictionaries({name: st.integers(0, 2000) for name in SUMS}), min_size=1, max_size=5))
def test_totals_are_sums_over_the_parts(parts: list[dict[str, int]]) -> None:
    told = Account(FIRST, tuple(a_receipt(**part) for part in parts), (), (), (), False, False)
    assert {name: told.total(name) for name in SUMS} == {name: sum(part[name] for part in parts) for name in SUMS}


FAILED = {"status": "failed", "reason": "connection_failed", "entries": None, "http_status": None}


@pytest.mark.parametrize(
    ("polls", "nothing"),
    [
        ([a_poll(**FAILED)], True),
        ([a_poll(**FAILED), a_poll(source="quay")], False),
        ([a_poll(**FAILED), a_poll(source="quay", status="skipped")], True),  # left alone: it was not due
        ([a_poll(status="skipped")], False),
        ([a_poll(**FAILED), a_poll(kind="robots", source="harbour.example")], True),
        ([], False),
    ],
)
def test_nothing_was_read_where_every_source_that_was_due_failed(polls: list, nothing: bool, tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path / "lake"))
    rejects = [a_reject(counted=False, entry_id="", article_id="")]
    with lake.lock():
        commit(lake, a_receipt(), {"polls": polls, "rejects": rejects})
    told = account(lake, [a_receipt()], stored=False)
    assert told.nothing_read == nothing
    assert (told.rejected, told.noted) == ((), ())
