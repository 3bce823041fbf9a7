"""What happens in a stream of runs, told as it happens: a line for people, or a JSON object a line for machines."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Optional

from rich.console import Console

from pipeline.compact import Compacted, describe_done
from pipeline.run import SUMS, Account
from pipeline.screen import counted, plain, say
from schemas.reject import ConfigurationError, NewsbeamError

#: The forms of --log.
FORMS = ("text", "json")

#: Every event, and how much it matters.
EVENTS = {
    "graph_validated": "info",
    "stream_started": "info",
    "metrics_served": "info",
    "run_begun": "info",
    "run_committed": "info",
    "run_failed": "error",
    "lake_compacted": "info",
    "heartbeats_skipped": "warning",
    "configuration_refused": "error",
    "configuration_taken": "info",
    "clock_behind": "warning",
    "stopping": "info",
    "stopped": "info",
    "stream_failed": "error",
}


class Happening(NamedTuple):
    """One thing that happened."""

    event: str  # one of EVENTS
    words: str  # for people
    run_id: str = ""
    counts: Mapping[str, float] = {}
    account: Optional[Account] = None  # of a run that was committed
    error: str = ""  # class of what failed


Tell = Callable[[Happening], None]


# --- how it is told -------------------------------------------------------------------------------------------------


def journal(form: str, err: Console) -> Tell:
    """Return what writes happenings on `err`.

    Raises:
        ConfigurationError: there is no such form.
    """
    if form not in FORMS:
        raise ConfigurationError(f"--log {form}: there is no such form. Write --log {' or '.join(FORMS)}.")
    write = as_json if form == "json" else as_text
    return lambda happening: say(err, write(happening, datetime.now(UTC)))


def both(first: Tell, second: Tell) -> Tell:
    """Return what tells two."""

    def tell(happening: Happening) -> None:
        first(happening)
        second(happening)

    return tell


def as_text(happening: Happening, moment: datetime) -> str:
    """Return a happening as a line for people."""
    level = EVENTS[happening.event]
    mark = "" if level == "info" else f"{level}: "
    return f"{moment:%Y-%m-%d %H:%M:%S}Z {mark}{plain(happening.words)}"


def as_json(happening: Happening, moment: datetime) -> str:
    """Return a happening as a JSON object on one line; text of the web is in it only as a string."""
    told = {
        "time": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        "level": EVENTS[happening.event],
        "event": happening.event,
        "run_id": happening.run_id or None,
        "counts": dict(happening.counts),
        "message": plain(happening.words),
    }
    return json.dumps(told)


# --- what is told ---------------------------------------------------------------------------------------------------

STOPPING = Happening("stopping", "Stopping when the open run is done; a second signal stops at once.")
STOPPED = Happening("stopped", "Stopped. The same command goes on from here.")


def started(sources: int, heartbeat_s: int, place: str) -> Happening:
    words = f"Streaming {counted(sources, 'source')} into {place}, a heartbeat every {heartbeat_s} s"
    return Happening("stream_started", words, counts={"sources": sources, "heartbeat_s": heartbeat_s})


def served(place: str) -> Happening:
    return Happening("metrics_served", f"Metrics are served at {place}")


def begun(run_id: str, due: int) -> Happening:
    return Happening("run_begun", f"Run {run_id} begins: {counted(due, 'source')} due", run_id, {"due": due})


def committed(account: Account) -> Happening:
    sums = {name: account.total(name) for name in SUMS}
    told = ", ".join(f"{sums[name]:,} {name}" for name in ("fetched", "published", "rejected"))
    told += f", {counted(account.total('events'), 'event')}"
    failing = "".join(f"; {each.source} failed ({each.reason})" for each in account.failed_polls)
    words = f"Run {account.run_id} is committed after {account.seconds:.1f} s: {told}{failing}"
    return Happening("run_committed", words, account.run_id, {**sums, "seconds": round(account.seconds, 3)}, account)


def failed(error: Exception, failures: int, wait_s: int) -> Happening:
    words = f"{error} The next attempt is in {wait_s} s."
    counts = {"failures": failures, "wait_s": wait_s}
    return Happening("run_failed", words, counts=counts, error=type(error).__name__)


def skipped(number: int) -> Happening:
    words = f"{number} heartbeat{' was' if number == 1 else 's were'} skipped: a run was open"
    return Happening("heartbeats_skipped", words, counts={"skipped": number})


def compacted(done: Compacted) -> Happening:
    counts = {"files_before": done.files_before, "files_after": done.files_after, "rows": done.rows}
    return Happening("lake_compacted", describe_done(done), counts=counts)


def refused(problem: str) -> Happening:
    return Happening("configuration_refused", f"{problem} Until that is mended, the last good file stands.")


def taken(path: Path, sources: int) -> Happening:
    words = f"{path} is read anew: {counted(sources, 'source')}"
    return Happening("configuration_taken", words, counts={"sources": sources})


def behind(newest: str) -> Happening:
    words = f"The clock is behind the newest run, {newest}: no run begins until it has passed that."
    return Happening("clock_behind", words, newest)


def validated(runner: str) -> Happening:
    return Happening("graph_validated", f"The graph is valid for {runner}. Nothing was run.")


def ended(error: NewsbeamError) -> Happening:
    counts = {"exit_code": error.exit_code}
    return Happening("stream_failed", str(error), counts=counts, error=type(error).__name__)
