"""Which run is begun: its id, its ticks, and what is due, by committed rows, the clock and the files themselves."""

import itertools
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from gathering import commit
from hypothesis import given
from hypothesis import strategies as st
from records import DAY, MONDAY, a_poll

from schemas import Source
from transforms.planning import Agenda, newest_change, plan, plan_whole, run_id_of, whole_run
from transforms.poll.archives import count
from transforms.store.lake import Lake


def a_source(name: str, kind: str = "feed", **changes: object) -> Source:
    location = f"https://{name}.example/" if kind == "feed" else f"/{name}"
    return Source(name, kind, location, None, None, None, 3600, 1.0, 900.0)._replace(**changes)


SIZES = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 25) | st.none(), min_size=1)  # None: a feed


def planned(sizes: dict[str, int | None], chunk: int) -> list[list[tuple[str, int, int]]]:
    """Return the slices of every tick."""
    sources = [a_source(name, "feed" if size is None else "folder") for name, size in sizes.items()]
    ticks = plan(sources, MONDAY, lambda source: sizes[source.name] or 0, chunk=chunk)
    return [[tuple(part) for part in tick.slices] for tick in ticks]


def test_every_tick_carries_the_sources_of_its_run() -> None:
    sources = [a_source("a"), a_source("b", "folder")]
    assert [tick.sources for tick in plan(sources, MONDAY, lambda _: 5, chunk=2)] == [sources] * 3


@given(SIZES, st.integers(1, 10))
def test_every_entry_is_in_exactly_one_slice(sizes: dict[str, int | None], chunk: int) -> None:
    taken = [
        (name, each) for name, start, stop in itertools.chain(*planned(sizes, chunk)) for each in range(start, stop)
    ]
    assert sorted(taken) == sorted((name, each) for name, size in sizes.items() for each in range(size or 0))


@given(SIZES, st.integers(1, 10))
def test_no_tick_takes_up_more_entries_than_a_chunk_and_only_the_last_takes_less(
    sizes: dict[str, int | None], chunk: int
) -> None:
    taken = [sum(stop - start for _, start, stop in slices) for slices in planned(sizes, chunk)]
    assert all(number == chunk for number in taken[:-1])
    assert taken[-1] <= chunk


@given(SIZES, st.integers(1, 10))
def test_every_source_is_polled_and_feeds_once_in_the_first_tick(sizes: dict[str, int | None], chunk: int) -> None:
    ticks = planned(sizes, chunk)
    assert {name for name, _, _ in itertools.chain(*ticks)} == set(sizes)
    feeds = [name for name, size in sizes.items() if size is None]
    assert [name for name, _, _ in ticks[0] if name in feeds] == feeds
    assert not any(name in feeds for name, _, _ in itertools.chain(*ticks[1:]))


def test_the_parts_of_a_run_are_numbered_and_one_part_is_not() -> None:
    source = a_source("archive", "folder")
    run_id = run_id_of([source], MONDAY)
    assert [tick.run_id for tick in plan([source], MONDAY, lambda _: 5, chunk=2)] == [
        f"{run_id}-000{n}" for n in (1, 2, 3)
    ]
    assert [tick.run_id for tick in plan([source], MONDAY, lambda _: 2, chunk=2)] == [run_id]


def test_a_run_id_is_its_time_and_a_hash_of_its_sources() -> None:
    sources = [a_source("a"), a_source("b")]
    assert run_id_of(sources, MONDAY).startswith("20260302T060000Z-")
    assert run_id_of(sources, MONDAY) == run_id_of(list(sources), MONDAY)
    assert run_id_of(sources, MONDAY) != run_id_of([a_source("a", delay_s=2.0), a_source("b")], MONDAY)
    assert run_id_of(sources, MONDAY) != run_id_of(sources, MONDAY + 1_000_000)


@given(SIZES)
def test_an_engine_that_spreads_a_tick_gets_the_same_slices_in_one(sizes: dict[str, int | None]) -> None:
    sources = [a_source(name, "feed" if size is None else "folder") for name, size in sizes.items()]
    whole = plan_whole(sources, MONDAY, lambda source: sizes[source.name] or 0, sources)
    assert whole.run_id == run_id_of(sources, MONDAY)
    assert [tuple(part) for part in whole.slices] == list(itertools.chain(*planned(sizes, 2_000)))


def test_only_what_is_due_is_taken_up_and_the_run_is_still_that_of_all_sources() -> None:
    sources = [a_source("a"), a_source("b")]
    (tick,) = plan(sources, MONDAY, lambda _: 0, taken=sources[1:])
    assert ([part.source for part in tick.slices], tick.sources) == (["b"], sources)
    assert tick.run_id == run_id_of(sources, MONDAY)


# ---------------------------------------------------------------- what is due


@pytest.fixture(name="lake")
def an_empty_lake(tmp_path: Path) -> Lake:
    return Lake.open(str(tmp_path / "lake"))


def polled(lake: Lake, source: Source, now: int, *, run_id: str = "", **changes: object) -> None:
    """Commit a run with one poll of a source, that is due again an hour later."""
    told = {"kind": source.kind, "source": source.name, "url": source.location, "next_due": now + DAY // 24}
    run_id = run_id or run_id_of([source], now)
    commit(lake, run_id, now, polls=[a_poll(run_id=run_id, polled_at=now, **told | changes)])


def test_what_was_never_looked_at_is_due(lake: Lake) -> None:
    assert Agenda(lake, count).due([a_source("a")], MONDAY) == [a_source("a")]


@pytest.mark.parametrize(("after", "due"), [(1, False), (DAY // 24 - 1, False), (DAY // 24, True), (DAY, True)])
def test_a_feed_is_due_when_the_time_that_its_last_poll_named_has_come(lake: Lake, after: int, due: bool) -> None:
    polled(lake, a_source("a"), MONDAY)
    assert bool(Agenda(lake, count).due([a_source("a")], MONDAY + after)) == due


def test_a_feed_with_another_address_is_due(lake: Lake) -> None:
    polled(lake, a_source("a"), MONDAY)
    moved = a_source("a", location="https://elsewhere.example/")
    assert Agenda(lake, count).due([moved], MONDAY + 1) == [moved]


def test_the_newest_poll_counts_and_a_new_run_is_noticed(lake: Lake) -> None:
    agenda = Agenda(lake, count)
    polled(lake, a_source("a"), MONDAY)
    assert agenda.due([a_source("a")], MONDAY + DAY) == [a_source("a")]
    polled(lake, a_source("a"), MONDAY + DAY)
    assert agenda.due([a_source("a")], MONDAY + DAY + 1) == []


def _write(folder: Path) -> None:
    (folder / "one.txt").write_text("Changed.")


def _add_old(folder: Path) -> None:
    old = folder.parent / "old.txt"
    old.write_text("Older than the run.")
    os.utime(old, (0, 0))
    old.rename(folder / "below" / "old.txt")


def _remove(folder: Path) -> None:
    (folder / "one.txt").unlink()


def _rename(folder: Path) -> None:
    (folder / "one.txt").rename(folder / "two.txt")


@pytest.fixture(name="folder")
def a_folder(tmp_path: Path) -> Path:
    (tmp_path / "texts" / "below").mkdir(parents=True)
    (tmp_path / "texts" / "one.txt").write_text("A text.")
    return tmp_path / "texts"


@pytest.mark.parametrize("change", [_write, _add_old, _remove, _rename])
def test_a_folder_is_due_when_something_in_it_has_changed_however_old_it_looks(
    lake: Lake, folder: Path, change: Callable[[Path], None]
) -> None:
    source = a_source("texts", "folder", location=str(folder))
    looked_at = (newest_change(str(folder)) or 0) + 1
    polled(lake, source, looked_at, next_due=MONDAY)
    assert Agenda(lake, count).due([source], looked_at + DAY) == []
    change(folder)
    assert Agenda(lake, count).due([source], looked_at + DAY) == [source]


def test_a_folder_that_was_stopped_between_two_chunks_is_due(lake: Lake, folder: Path) -> None:
    (folder / "two.txt").write_text("Another.")
    source = a_source("texts", "folder", location=str(folder))
    looked_at = (newest_change(str(folder)) or 0) + 1
    run_id = f"{run_id_of([source], looked_at)}-000"
    polled(lake, source, looked_at, run_id=f"{run_id}1", entries=1)
    assert Agenda(lake, count).due([source], looked_at + 1) == [source]
    polled(lake, source, looked_at, run_id=f"{run_id}2", entries=1)
    assert Agenda(lake, count).due([source], looked_at + 1) == []


def test_a_folder_that_is_gone_is_asked_for_again_when_its_time_has_come(lake: Lake) -> None:
    source = a_source("texts", "folder", location="/no/such/folder")
    polled(lake, source, MONDAY, status="failed")
    assert Agenda(lake, count).due([source], MONDAY + 1) == []
    assert Agenda(lake, count).due([source], MONDAY + DAY) == [source]


def test_a_chunk_names_its_run() -> None:
    assert whole_run(f"{run_id_of([], MONDAY)}-0012") == whole_run(run_id_of([], MONDAY)) == run_id_of([], MONDAY)
