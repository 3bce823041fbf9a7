"""What committed runs know, and what becomes of a listed thing by it: a table of cases, read back from a lake."""

from pathlib import Path

import pytest
from gathering import commit
from hypothesis import given
from hypothesis import strategies as st
from records import DAY, MONDAY, RUN_ID, a_poll, a_source, an_item

from schemas import Entry, Item, Poll, Reject
from transforms.fetch.urls import article_id
from transforms.poll.listing import Listed, Note
from transforms.poll.seen import INDEX_DAYS, Seen, Version, decide_all, read_hosts, read_polls, read_robots, read_seen
from transforms.store.lake import Lake

URL = "https://harbour.example/talks"
SOURCE = a_source()
HOUR = DAY // 24


def a_listed(**changes: object) -> Listed:
    return Listed("guid-1", URL, "f1", title="Talks", published=MONDAY)._replace(**changes)


def an_old_item(**changes: object) -> Item:
    old = an_item(1, url=URL, fingerprint="f1", article_id=article_id(URL), seen_at=MONDAY - DAY)
    return old._replace(**{"outcome": "published", **changes})


def seen_of(*items: Item, **versions: Version) -> Seen:
    return Seen({"harbour": {item.entry_id: item for item in items}}, {article_id(URL): Version(1, "hash")})


def decided(listed: Listed, *items: Item) -> Entry | Item | Reject:
    """Return what becomes of one listed thing after earlier ones."""
    (found,) = decide_all([listed], SOURCE, seen_of(*items), run_id=RUN_ID, now=MONDAY, queue=True)
    return found


# --- deciding -------------------------------------------------------------------------------------------------------


def test_what_was_never_met_is_taken_up() -> None:
    (entry,) = decide_all([a_listed()], SOURCE, Seen({}, {}), run_id=RUN_ID, now=MONDAY, queue=True)
    assert isinstance(entry, Entry)
    assert (entry.entry_id, entry.url, entry.attempts, entry.version) == ("guid-1", URL, 0, 0)
    assert (entry.publisher, entry.language, entry.source) == ("The Harbour Post", "en", "harbour")


@pytest.mark.parametrize("outcome", ["published", "duplicate", "unchanged", "rejected"])
def test_what_is_settled_and_says_the_same_is_unchanged(outcome: str) -> None:
    item = decided(a_listed(), an_old_item(outcome=outcome))
    assert isinstance(item, Item)
    assert (item.outcome, item.version, item.content_hash, item.seen_at) == ("unchanged", 1, "hash", MONDAY)


@pytest.mark.parametrize("outcome", ["published", "duplicate", "unchanged", "rejected", "deferred"])
def test_what_says_something_else_is_a_new_version_and_starts_anew(outcome: str) -> None:
    entry = decided(a_listed(fingerprint="f2"), an_old_item(outcome=outcome, attempts=3, retry_at=MONDAY + DAY))
    assert isinstance(entry, Entry)
    assert (entry.version, entry.content_hash, entry.attempts) == (1, "hash", 0)


@pytest.mark.parametrize(("outcome", "retry_at"), [("rejected", MONDAY), ("deferred", MONDAY - 1), ("deferred", None)])
def test_what_is_due_is_taken_up_again_and_remembers_its_attempts(outcome: str, retry_at: int | None) -> None:
    entry = decided(a_listed(), an_old_item(outcome=outcome, attempts=2, retry_at=retry_at))
    assert isinstance(entry, Entry)
    assert entry.attempts == 2


@pytest.mark.parametrize("outcome", ["rejected", "deferred"])
def test_what_waits_for_its_time_waits_on(outcome: str) -> None:
    item = decided(a_listed(), an_old_item(outcome=outcome, attempts=2, retry_at=MONDAY + 1, reason="timeout"))
    assert isinstance(item, Item)
    assert (item.outcome, item.reason, item.attempts, item.retry_at) == ("deferred", "timeout", 2, MONDAY + 1)


def test_what_cannot_be_taken_up_is_rejected_once() -> None:
    bad = a_listed(reason="bad_url", detail="No address.")
    reject = decided(bad)
    assert isinstance(reject, Reject)
    assert (reject.reason, reject.counted, reject.retry_at) == ("bad_url", True, None)
    item = decided(bad, an_old_item(outcome="rejected"))
    assert isinstance(item, Item)
    assert item.outcome == "unchanged"


def test_what_was_put_right_is_noted_when_it_is_taken_up_and_only_then() -> None:
    listed = a_listed(notes=[Note("mended_text", "Forbidden characters.")])
    entry, note = decide_all([listed], SOURCE, Seen({}, {}), run_id=RUN_ID, now=MONDAY, queue=True)
    assert isinstance(entry, Entry)
    assert isinstance(note, Reject)
    assert (note.reason, note.counted, note.stage) == ("mended_text", False, "poll_sources")
    assert isinstance(decided(listed, an_old_item()), Item)


def test_the_queue_is_worked_though_the_source_lists_it_no_more() -> None:
    due = an_old_item(outcome="rejected", attempts=1, retry_at=MONDAY, title="Talks", published=MONDAY - DAY)
    waiting = an_old_item(entry_id="guid-2", outcome="deferred", retry_at=MONDAY + HOUR)
    settled = an_old_item(entry_id="guid-3")
    seen = seen_of(due, waiting, settled)
    (entry,) = decide_all([], SOURCE, seen, run_id=RUN_ID, now=MONDAY, queue=True)
    assert isinstance(entry, Entry)
    assert (entry.entry_id, entry.attempts, entry.title, entry.published) == ("guid-1", 1, "Talks", MONDAY - DAY)
    assert list(decide_all([], SOURCE, seen, run_id=RUN_ID, now=MONDAY, queue=False)) == []
    assert list(decide_all([], a_source(name="other"), seen, run_id=RUN_ID, now=MONDAY, queue=True)) == []


OUTCOMES = st.sampled_from(["published", "duplicate", "unchanged", "rejected", "deferred"])
ITEMS = st.builds(
    lambda number, outcome, fingerprint, wait: an_old_item(
        entry_id=f"guid-{number}", outcome=outcome, fingerprint=fingerprint, retry_at=wait and MONDAY + wait
    ),
    st.integers(0, 6),
    OUTCOMES,
    st.sampled_from(["f1", "f2"]),
    st.sampled_from([None, -HOUR, HOUR]),
)
LISTED = st.builds(
    lambda number, reason: a_listed(entry_id=f"guid-{number}", reason=reason),
    st.integers(0, 6),
    st.sampled_from([None, "bad_url"]),
)


@given(st.lists(LISTED, unique_by=lambda each: each.entry_id), st.lists(ITEMS, unique_by=lambda each: each.entry_id))
def test_everything_listed_or_due_is_found_again_once(listed: list[Listed], items: list[Item]) -> None:
    seen = seen_of(*items)
    found = list(decide_all(listed, SOURCE, seen, run_id=RUN_ID, now=MONDAY, queue=True))
    due = {item.entry_id for item in seen.due("harbour", MONDAY)}
    assert sorted(each.entry_id for each in found) == sorted({each.entry_id for each in listed} | due)


# --- reading --------------------------------------------------------------------------------------------------------


@pytest.fixture(name="lake")
def a_lake(tmp_path: Path) -> Lake:
    return Lake.open(str(tmp_path / "lake"))


def commit_at(lake: Lake, now: int, *records: Item | Poll) -> None:
    items = [each for each in records if isinstance(each, Item)]
    commit(lake, f"run-{now}", now, items=items, polls=[each for each in records if isinstance(each, Poll)])


def test_an_empty_lake_knows_nothing(lake: Lake) -> None:
    assert read_seen(lake, MONDAY) == Seen({}, {})
    assert read_polls(lake, MONDAY) == read_robots(lake, MONDAY) == read_hosts(lake, MONDAY) == {}


def test_the_last_word_on_each_entry_counts_and_the_newest_version_of_each_article(lake: Lake) -> None:
    first = an_item(1, outcome="published", version=2, content_hash="two", seen_at=MONDAY)
    other = an_item(1, source="meridian", outcome="published", version=1, content_hash="one", seen_at=MONDAY + DAY)
    last = an_item(1, outcome="rejected", version=None, content_hash=None, seen_at=MONDAY + DAY)
    commit_at(lake, MONDAY + DAY, last, other)
    commit_at(lake, MONDAY, first)
    seen = read_seen(lake, MONDAY + DAY)
    assert seen.last("harbour", "guid-1") == last
    assert seen.last("meridian", "guid-1") == other
    assert seen.last("harbour", "guid-2") is None
    assert seen.versions == {first.article_id: Version(2, "two")}


def test_what_was_not_met_for_a_season_is_forgotten(lake: Lake) -> None:
    commit_at(lake, MONDAY, an_item(1, seen_at=MONDAY))
    assert read_seen(lake, MONDAY + INDEX_DAYS * DAY).last("harbour", "guid-1")
    assert read_seen(lake, MONDAY + (INDEX_DAYS + 1) * DAY) == Seen({}, {})


def test_polls_of_sources_robots_and_hosts_are_kept_apart(lake: Lake) -> None:
    feed = a_poll(polled_at=MONDAY)
    robots = a_poll(kind="robots", source="harbour.example", rules="User-agent: *", next_due=MONDAY + DAY)
    host = a_poll(kind="host", source="harbour.example", status="failed", reason="host_busy", next_due=MONDAY + DAY)
    commit_at(lake, MONDAY, feed, robots, host)
    commit_at(lake, MONDAY + HOUR, newer := feed._replace(polled_at=MONDAY + HOUR, etag='"2"'))
    assert read_polls(lake, MONDAY + HOUR) == {"harbour": newer}
    assert read_robots(lake, MONDAY + HOUR) == {"harbour.example": robots}
    assert read_hosts(lake, MONDAY + HOUR) == {"harbour.example": host}
    assert read_robots(lake, MONDAY + DAY) == {}
