"""BeginRuns: heartbeats -> the tick of each run that begins. For engines on which the graph runs without end.

Nothing is kept but what the lake holds. A run is open from its `_begun` to its manifest; while one is, no other begins:
so every index that a run reads is complete, and a run that takes longer than a heartbeat holds the next ones back.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Optional

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.pvalue import PCollection
from apache_beam.transforms.periodicsequence import PeriodicImpulse
from apache_beam.transforms.window import FixedWindows
from apache_beam.utils.timestamp import Timestamp

from schemas import Source, Tick
from schemas.ids import time_of
from schemas.reject import LakeLocked
from transforms.planning import Agenda, plan_whole, run_id_of
from transforms.poll.archives import count
from transforms.store.lake import Lake

LOGGER = logging.getLogger("newsbeam.runs")

#: Seconds between two beats. An engine closes a window when the next beat comes, however far off the next heartbeat is.
BEAT_S = 1

#: What is read anew for each run; it must pickle, since it is called where the graph runs.
ReadSources = Callable[[], Sequence[Source]]


def next_tick(
    agenda: Agenda, read_sources: ReadSources, now: int, *, clock: float, patience_s: float
) -> Optional[Tick]:
    """Begin the run of a heartbeat and return its tick; None where none begins.

    A heartbeat that comes again after a failure gives its tick again, if its run is not committed; so does an open run
    that has had no end for so long that its worker must have died: what the two attempts write is the same, and the
    first manifest stands. What is committed is in place before another run reads it.

    Args:
        now: the heartbeat, µs.
        clock: seconds since 1970.
        patience_s: how old an open run becomes before it is done again.
    """
    lake = agenda.lake
    begun = lake.begun()
    committed = lake.runs()
    for run_id in begun.keys() & set(committed):  # its files are being moved, or were when its worker died
        lake.finish(run_id)
        del begun[run_id]
    newest = max((time_of(run_id) for run_id in [*committed, *begun]), default=0)
    for run_id, since in begun.items():
        if time_of(run_id) == now or clock - since > patience_s:
            return _drive(agenda, read_sources(), run_id, time_of(run_id))
    if begun or now <= newest:
        return None
    sources = read_sources()
    if not agenda.due(sources, now):
        return None
    return _drive(agenda, sources, run_id_of(sources, now), now)


def _drive(agenda: Agenda, sources: Sequence[Source], run_id: str, now: int) -> Tick:
    """Mark a run as begun, from this moment on, and return its tick."""
    tick = plan_whole(sources, now, count, agenda.due(sources, now))
    agenda.lake.begin(run_id)
    LOGGER.info("begun %s", run_id)
    return tick._replace(run_id=run_id)


def check_holder(lake: Lake, holder: str) -> None:
    """Check that no other took the lake over; in a folder, that whoever gave the graph to the engine holds the lock.

    Raises:
        LakeLocked: the lease has ended, or the launcher has: another may be at work, with a graph of its own.
    """
    lake.check_lease()
    if holder and (holds := lake.storage.holder()) != holder:
        by = f"{holds} holds it now" if holds else "nobody holds it"
        raise LakeLocked(f"The launcher of this job, {holder}, no longer holds the lake {lake.place}: {by}.")


class Pulse:
    """When a heartbeat last came through the engine to this process, in monotonic seconds; 0.0 where none did."""

    at = 0.0


class Begin(beam.DoFn):
    """Begins at most one run a heartbeat; the beats between are there for the engine's clock."""

    def __init__(self, lake: Lake, read_sources: ReadSources, heartbeat_s: int, holder: str, patience_s: float) -> None:
        self.lake = lake
        self.read_sources = read_sources
        self.heartbeat_s = heartbeat_s
        self.holder = holder
        self.patience_s = patience_s

    def setup(self) -> None:
        self.agenda = Agenda(self.lake, count)

    def process(self, beat: float) -> Iterator[Tick]:
        Pulse.at = time.monotonic()
        if int(beat) % self.heartbeat_s:
            return
        check_holder(self.lake, self.holder)
        now = int(beat) * 1_000_000  # ids of runs count whole seconds
        tick = next_tick(self.agenda, self.read_sources, now, clock=time.time(), patience_s=self.patience_s)
        Metrics.counter("newsbeam", f"begin_runs.{'begun' if tick else 'skipped'}").inc()
        if tick:
            yield tick


@dataclass
class BeginRuns(beam.PTransform):
    """A heartbeat in; the tick of each run that begins out, each in a window of its own."""

    lake: Lake
    read_sources: ReadSources
    heartbeat_s: int
    holder: str = ""  # of the lock of a lake in a folder; "" where there is a lease
    patience_s: float = 3_600.0  # longer than any run takes: budgets end the fetching, and cleaning goes along with it

    def expand(self, pipeline: beam.Pipeline) -> PCollection[Tick]:
        first = Timestamp.of(int(time.time()) // self.heartbeat_s * self.heartbeat_s)
        begin = Begin(self.lake, self.read_sources, self.heartbeat_s, self.holder, self.patience_s)
        return (
            pipeline
            | "Beat" >> PeriodicImpulse(start_timestamp=first, fire_interval=BEAT_S)
            | "Begin what is due" >> beam.ParDo(begin)
            | "Window by heartbeat" >> beam.WindowInto(FixedWindows(BEAT_S))
        )
