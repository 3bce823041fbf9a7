"""One scheduled batch: plan its ticks, submit the graph once a tick, account for what came out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Optional

import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline.config import Configuration
from pipeline.submit import execute, serving
from schemas import Receipt, Tick
from schemas.ids import time_of
from schemas.reject import REASONS, ConfigurationError, LakeUnwritable
from schemas.tables import TABLES
from transforms.planning import Count, plan, run_id_of, whole_run
from transforms.store.lake import Lake
from transforms.store.manifest import Manifest

#: How far a new run may lie ahead of the clock, µs: clocks differ by less, and a slip of the finger is seldom less.
AHEAD = 86_400_000_000

#: Parts of a receipt that add up over the ticks of a run.
SUMS = tuple(name for name in Receipt._fields if name not in ("run_id", "now"))


#: Told of each tick that starts, its number and how many there are.
Began = Callable[[Tick, int, int], None]


class Rejected(NamedTuple):
    """One reason, and how often it occurred in a run."""

    reason: str
    number: int
    meaning: str
    example: str  # id of an article that `explain` takes, or an address


class FailedPoll(NamedTuple):
    """One source that could not be read."""

    source: str
    reason: str
    meaning: str
    url: str
    failures: int  # in a row


@dataclass(frozen=True)
class Account:
    """What a run has to say for itself."""

    run_id: str
    receipts: tuple[Receipt, ...]
    rejected: tuple[Rejected, ...]
    noted: tuple[Rejected, ...]  # outside the sum: after publication
    failed_polls: tuple[FailedPoll, ...]
    nothing_read: bool  # every source that was due failed
    stored: bool  # all of it was committed before
    sources: tuple[str, ...] = ()  # all of the run's, due or not
    answered: tuple[str, ...] = ()  # those that could be read
    told: tuple[str, ...] = ()  # those that brought an article
    seconds: float = 0.0  # measured, from begin to commit

    def total(self, name: str) -> int:
        """Return one of SUMS over all ticks."""
        return sum(getattr(receipt, name) for receipt in self.receipts)

    def exit_code(self, max_reject_share: float) -> int:
        """Return the exit code of a finished run: 3 nothing could be read, 1 too many rejects, else 0."""
        if self.stored:
            return 0
        if self.nothing_read:
            return 3
        return int(self.total("rejected") > max_reject_share * self.total("fetched"))


# Planning


def parse_now(text: Optional[str]) -> int:
    """Return the logical time in µs: `text` as ISO 8601, UTC where it names no offset; the clock where it is None.

    The years leave room for what is counted from it: how far back a run remembers, and when a source is due again.

    >>> parse_now("1970-01-02T00:00Z"), parse_now("1970-01-02")
    (86400000000, 86400000000)
    """
    try:
        when = datetime.now(UTC) if text is None else datetime.fromisoformat(text)
    except ValueError:
        message = f"--now {text}: this is no time. Write it as 2026-03-02T18:00Z."
        raise ConfigurationError(message) from None
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    seconds = int(aware.replace(microsecond=0).timestamp())
    if not 0 <= seconds < datetime(9999, 1, 1, tzinfo=UTC).timestamp():
        raise ConfigurationError(f"--now {text}: a run lies in the years 1970 to 9998. Write it as 2026-03-02T18:00Z.")
    return seconds * 1_000_000


# Running


def run(
    configuration: Configuration,
    lake: Lake,
    now: int,
    options: PipelineOptions,
    *,
    count: Count,
    began: Began = lambda tick, number, of: None,
) -> list[Receipt]:
    """Do the run, or what is left of it; return the receipt of every tick.

    Args:
        count: how many entries a local source lists.

    Raises:
        ConfigurationError: the run would be before one that is committed, or far ahead of the clock.
        LakeLocked, LakeUnwritable, ReceiptMismatch, RunFailed: nothing of the tick that failed is committed.
    """
    if now > (clock := parse_now(None)) + AHEAD:  # before anything is written
        check_ahead(lake.runs(), now, clock)
    with lake.lock():
        lake.recover()
        stored = lake.receipt(run_id_of(configuration.sources, now))
        if stored:  # in one part, however many the sources would be cut into today
            return [stored]
        check_clock(lake.runs(), run_id_of(configuration.sources, now))
        ticks = plan(configuration.sources, now, count)
        with serving(options) as served:
            return submit(configuration, lake, ticks, served, began=began)


def submit(
    configuration: Configuration,
    lake: Lake,
    ticks: Sequence[Tick],
    options: PipelineOptions,
    *,
    began: Began = lambda tick, number, of: None,
) -> list[Receipt]:
    """Submit the graph once for each tick that is not committed; return the receipts of all. The lake is held.

    Raises:
        LakeUnwritable, ReceiptMismatch, RunFailed: nothing of the tick that failed is committed.
    """
    for number, tick in enumerate(ticks, start=1):
        if lake.receipt(tick.run_id) is None:
            began(tick, number, len(ticks))
            lake.begin(tick.run_id)
            execute(tick, configuration.steps(lake), options)  # anew: a step remembers the pipeline it was in
            check_committed(lake, tick.run_id)
    return [receipt for tick in ticks if (receipt := lake.receipt(tick.run_id))]


def validate(configuration: Configuration, lake: Lake, now: int, options: PipelineOptions) -> None:
    """Hand the graph to a runner that only validates it; nothing is read or written.

    Raises:
        RunFailed: the runner does not take it.
    """
    tick = Tick(run_id_of(configuration.sources, now), now, configuration.sources, [])
    execute(tick, configuration.steps(lake), options)


def check_committed(lake: Lake, run_id: str) -> None:
    """Check that a job that ended well has published its run where this process looks for it.

    Raises:
        LakeUnwritable: it has not: its workers wrote elsewhere.
    """
    if lake.receipt(run_id) is None:
        raise LakeUnwritable(
            f"The job has ended, and {lake.place} holds no manifest of {run_id}: its workers see another folder of "
            "that name. Take an object store for a lake, or a folder that all machines share."
        )


def check_clock(committed: Sequence[str], run_id: str) -> None:
    """Refuse a run that is before the newest committed one, unless it goes on with a run that is committed in part.

    What is due, what is seen and how a status changed are all told in the order of logical times. After a clock that
    was ahead, a run at the right time would find no source due, and say that all is well.

    Raises:
        ConfigurationError: says which run is newer, and what to do.
    """
    newest = max(committed, default="")
    begun = any(each.startswith(f"{run_id}-") for each in committed)
    if time_of(run_id) < time_of(newest) and not begun:
        raise ConfigurationError(
            f"--now {_iso(time_of(run_id))} is before the newest run of this lake, {newest}. Runs go forward: give a "
            f"time from {_iso(time_of(newest))} on, or leave --now out and see that this machine's clock is right."
        )


def check_ahead(committed: Sequence[str], now: int, clock: int) -> None:
    """Refuse a new run that is more than AHEAD later than both the clock and the newest committed run.

    Once it were committed, every run would be refused until the clock has passed it. A run that is committed, whole
    or in part, is no later than the newest; and a lake that is ahead already goes on from there.

    Args:
        clock: what this machine's clock says, µs.

    Raises:
        ConfigurationError: says how far it may be, and what to do.
    """
    latest = max(clock, time_of(max(committed, default=""))) + AHEAD
    if now > latest:
        raise ConfigurationError(
            f"--now {_iso(now)} is ahead of the clock, {_iso(clock)}, and later runs would be refused until then. "
            f"Give a time up to {_iso(latest)}, or leave --now out and see that this machine's clock is right."
        )


# Accounting


def account(lake: Lake, receipts: Sequence[Receipt], *, stored: bool) -> Account:
    """Return what the run's rows say beside its receipts."""
    ids = [receipt.run_id for receipt in receipts]
    manifests = [manifest for run_id in ids if (manifest := lake.manifest(run_id))]
    rejects = _rows(lake, manifests, "rejects", ["reason", "counted", "article_id", "url", "entry_id"]).to_pylist()
    polls = _rows(lake, manifests, "polls", ["kind", "source", "status", "reason", "url", "failures"]).to_pylist()
    items = _rows(lake, manifests, "items", ["source", "outcome"])
    due = [poll for poll in polls if poll["kind"] not in ("robots", "host") and poll["status"] != "skipped"]
    failed = sorted(
        FailedPoll(
            poll["source"], poll["reason"] or poll["status"], _meaning(poll["reason"]), poll["url"], poll["failures"]
        )
        for poll in due
        if poll["status"] in ("failed", "gone")
    )
    taken_up = sum(receipt.fetched + receipt.deferred for receipt in receipts)
    return Account(
        run_id=whole_run(ids[0]) if len(ids) > 1 else ids[0],
        receipts=tuple(receipts),
        rejected=_by_reason(row for row in rejects if row["counted"]),
        noted=_by_reason(row for row in rejects if not row["counted"] and row["entry_id"]),
        failed_polls=tuple(failed),
        nothing_read=bool(due) and len(failed) == len(due) and not taken_up,
        stored=stored,
        seconds=sum(manifest.seconds for manifest in manifests),
        sources=tuple(source.name for source in manifests[-1].sources) if manifests else (),
        answered=tuple(poll["source"] for poll in due if poll["status"] not in ("failed", "gone")),
        told=tuple(pc.unique(items.filter(pc.field("outcome") == "published")["source"]).to_pylist()),
    )


def _rows(lake: Lake, manifests: Sequence[Manifest], table: str, columns: Sequence[str]) -> pa.Table:
    """Return rows of some runs: from their own files, since a lake of many runs has many; else from where they went."""
    files = [file for manifest in manifests for file in manifest.files if file.table == table]
    rows = [lake.read_file(table, file.partition, file.name).select(columns) for file in files]
    if [each.num_rows for each in rows] == [file.rows for file in files]:
        return pa.concat_tables([TABLES[table].schema.empty_table().select(columns), *rows])
    runs = pc.field("run_id").isin([manifest.run_id for manifest in manifests])
    return lake.read(table, columns, where=runs)


def _meaning(reason: Optional[str]) -> str:
    return REASONS.get(reason or "", "")


def _by_reason(rows: Iterator[Mapping[str, str]]) -> tuple[Rejected, ...]:
    """Count rows by reason, the most frequent first."""
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["reason"], []).append(row["article_id"] or row["url"])
    return tuple(
        Rejected(reason, len(found[reason]), REASONS.get(reason, ""), min(found[reason]))
        for reason in sorted(found, key=lambda each: (-len(found[each]), each))
    )


def as_json(account: Account) -> dict[str, object]:
    """Return the receipt as `run --json` prints it."""
    receipts = account.receipts
    return {
        "run_id": account.run_id,
        "now": _iso(receipts[0].now),
        **{name: account.total(name) for name in SUMS},
        "reasons": {each.reason: each.number for each in account.rejected},
        "failed_sources": {each.source: each.reason for each in account.failed_polls},
        "runs": [{**receipt._asdict(), "now": _iso(receipt.now)} for receipt in receipts],
    }


def _iso(time_us: int) -> str:
    return datetime.fromtimestamp(time_us / 1_000_000, UTC).isoformat().replace("+00:00", "Z")
