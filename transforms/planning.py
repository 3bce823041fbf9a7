"""Which run is to be begun: its id, its ticks, and the sources that are due, by the lake and the clock alone."""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Optional

import pyarrow.compute as pc

from schemas import Slice, Source, Tick
from schemas.ids import make_id, stamp
from schemas.run import is_local
from transforms.poll.seen import POLL_DAYS
from transforms.store.lake import Lake

#: Items of local sources in one tick: memory stays flat, progress is real, a stopped backfill resumes.
CHUNK = 2_000

Count = Callable[[Source], int]


class Look(NamedTuple):
    """What a source was at its last look, that of all chunks of one run together."""

    run_id: str
    url: str
    polled_at: int  # µs
    next_due: int  # µs
    entries: int


# --- what a run is made of ------------------------------------------------------------------------------------------


def run_id_of(sources: Sequence[Source], now: int) -> str:
    """Return the id of the run of `sources` at `now` (formula in schemas/ids.py)."""
    return f"{stamp(now)}-{make_id('run', *sources)[:8]}"


def whole_run(run_id: str) -> str:
    """Return the run that a chunk is of; a run that was not cut is its own.

    >>> whole_run("20260302T180000Z-0123abcd-0002")
    '20260302T180000Z-0123abcd'
    """
    return re.sub(r"-\d{4}$", "", run_id)


def plan(
    sources: Sequence[Source], now: int, count: Count, *, taken: Optional[Sequence[Source]] = None, chunk: int = CHUNK
) -> list[Tick]:
    """Return the ticks of a run: polled sources whole in the first, local ones cut into chunks.

    Args:
        count: how many entries a local source lists.
        taken: those of the sources that are taken up; all of them where it is None.
        chunk: most entries of local sources in one tick.
    """
    run_id = run_id_of(sources, now)
    taken = sources if taken is None else taken
    polled = [Slice(source.name, 0, 0) for source in taken if not is_local(source)]
    local = [(source.name, count(source)) for source in taken if is_local(source)]
    chunks = list(_chunks(local, chunk)) or [[]]
    chunks[0] = polled + chunks[0]
    if len(chunks) == 1:
        return [Tick(run_id, now, sources, chunks[0])]
    return [Tick(f"{run_id}-{number:04d}", now, sources, slices) for number, slices in enumerate(chunks, start=1)]


def plan_whole(sources: Sequence[Source], now: int, count: Count, taken: Sequence[Source]) -> Tick:
    """Return a run as one tick, for an engine that spreads the slices of local sources over its workers."""
    ticks = plan(sources, now, count, taken=taken)
    return Tick(run_id_of(sources, now), now, sources, [part for tick in ticks for part in tick.slices])


def _chunks(local: Sequence[tuple[str, int]], chunk: int) -> Iterator[list[Slice]]:
    """Yield lists of slices of at most `chunk` entries together. An empty source is a slice all the same."""
    slices: list[Slice] = []
    room = chunk
    for name, size in local:
        start = 0
        while start < size or size == start == 0:
            stop = min(size, start + room)
            slices.append(Slice(name, start, stop))
            room -= stop - start
            if not room:
                yield slices
                slices, room = [], chunk
            if not size:
                break
            start = stop
    if slices:
        yield slices


# --- when a run is begun --------------------------------------------------------------------------------------------


class Agenda:
    """Which sources are due. What committed runs say of them is read again only when there is a new one."""

    def __init__(self, lake: Lake, count: Count) -> None:
        self.lake = lake
        self.count = count
        self._newest: Optional[str] = None
        self._looks: Mapping[str, Look] = {}

    def due(self, sources: Sequence[Source], now: int) -> list[Source]:
        """Return the sources that are to be taken up at `now`, µs."""
        newest = max(self.lake.runs(), default="")
        if newest != self._newest:
            self._newest, self._looks = newest, last_looks(self.lake, now)
        return [source for source in sources if is_due(source, self._looks.get(source.name), now, self.count)]


def last_looks(lake: Lake, now: int) -> dict[str, Look]:
    """Return the last look at each source, by its name."""
    since = datetime.fromtimestamp(now // 1_000_000, UTC) - timedelta(days=POLL_DAYS)
    where = (pc.field("date") >= f"{since:%Y-%m-%d}") & ~pc.field("kind").isin(["robots", "host"])
    rows = lake.read("polls", ["source", "run_id", "url", "polled_at", "next_due", "entries"], where=where)
    times = [rows[name].cast("int64") for name in ("polled_at", "next_due")]
    rows = rows.set_column(3, "polled_at", times[0]).set_column(4, "next_due", times[1])
    runs = rows.group_by(["source", "polled_at"]).aggregate(
        [("run_id", "max"), ("url", "max"), ("next_due", "max"), ("entries", "sum")]
    )
    looks: dict[str, Look] = {}
    for row in runs.sort_by("polled_at").to_pylist():
        looks[row["source"]] = Look(
            row["run_id_max"], row["url_max"], row["polled_at"], row["next_due_max"], row["entries_sum"]
        )
    return looks


def is_due(source: Source, last: Optional[Look], now: int, count: Count) -> bool:
    """Say whether a source is to be taken up: never looked at, its time has come, or its files have changed.

    Args:
        last: the last look at a source of that name.
    """
    if last is None or last.url != source.location or last.polled_at < source.revived_at:
        return True
    if not is_local(source):
        return last.next_due <= now
    if whole_run(last.run_id) != last.run_id and last.entries < count(source):
        return True  # it was stopped between two chunks
    changed = newest_change(source.location)
    return last.next_due <= now if changed is None else changed >= last.polled_at


def newest_change(path: str) -> Optional[int]:
    """Return when anything at or below `path` was last written, renamed, added or removed, in µs; None if unknown.

    It is the change time that the file system keeps, since nobody can set it back: a file that is moved or copied into
    a folder may be as old as it likes.
    """
    try:
        newest = os.stat(path).st_ctime_ns
        for folder, _, names in os.walk(path):
            places = (folder, *(os.path.join(folder, name) for name in names))
            newest = max(newest, *(os.lstat(place).st_ctime_ns for place in places))
    except OSError:  # it is gone, or goes while we look
        return None
    return newest // 1_000
