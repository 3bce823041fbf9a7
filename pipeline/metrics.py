"""What Prometheus is told: of one run by a text file, of a stream of runs by a small server.

What each metric means, and which alert to make of it, stands in docs/operators.md.
"""

import contextlib
import functools
import os
import time
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    disable_created_metrics,
    start_http_server,
    write_to_textfile,
)

from pipeline.logs import Happening
from pipeline.run import Account
from schemas.ids import time_of
from schemas.reject import ConfigurationError, LakeUnwritable
from transforms.store.lake import Lake

disable_created_metrics()  # a second series for each counter, of when it began

OUTCOMES = ("published", "duplicates", "unchanged", "rejected", "deferred")


class RunMeters:
    """The newest run of a lake, and how its sources do."""

    def __init__(self, lake: Lake) -> None:
        self.registry = CollectorRegistry()
        self.last_run = self._gauge("last_run_time_seconds", "Logical time of the newest committed run, Unix seconds")
        self.duration = self._gauge("run_duration_seconds", "How long the newest run took, from begin to commit")
        self.items = self._gauge("run_items", "Items of the newest run by outcome", "outcome")
        self.rejects = self._gauge("run_rejects", "Counted rejects of the newest run by reason", "reason")
        self.failures = self._gauge("source_failures", "Failures in a row of a source", "source")
        self.silence = self._gauge("source_silence_seconds", "Since a source last brought an article", "source")
        self._heard: dict[str, float] = {}  # Unix seconds at which each source last brought something
        self._shown: set[str] = set()
        self._reasons: set[str] = set()
        self._began = time.time()
        self._newest = 0.0
        self._remember(lake)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"newsbeam_{name}", meaning, labels, registry=self.registry)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"newsbeam_{name}", meaning, labels, registry=self.registry)

    def _remember(self, lake: Lake) -> None:
        self._set_newest(time_of(max(lake.runs(), default="")) / 1_000_000)
        rows = lake.read("articles", ["source", "fetched"]).group_by("source").aggregate([("fetched", "max")])
        times = rows["fetched_max"].cast("int64").to_pylist()
        self._heard = {source: time / 1_000_000 for source, time in zip(rows["source"].to_pylist(), times, strict=True)}

    def _set_newest(self, newest: float) -> None:
        self._newest = newest
        self.last_run.set(newest)

    def _silence_of(self, source: str) -> float:
        """Return for how long a source has been silent; one that never told anything, since this process began."""
        return max(0.0, time.time() - self._heard.get(source, self._began))

    def take(self, account: Account) -> None:
        """Show a run that was committed."""
        self._set_newest(max(receipt.now for receipt in account.receipts) / 1_000_000)
        self._heard |= dict.fromkeys(account.told, self._newest)
        self.duration.set(account.seconds)
        for outcome in OUTCOMES:
            self.items.labels(outcome).set(account.total(outcome))
        rejects = {each.reason: each.number for each in account.rejected}
        self._reasons |= rejects.keys()
        for reason in self._reasons:
            self.rejects.labels(reason).set(rejects.get(reason, 0))
        failures = {poll.source: poll.failures for poll in account.failed_polls}
        for source in {*account.answered, *failures}:
            self.failures.labels(source).set(failures.get(source, 0))
        self._show_sources(set(account.sources))

    def _show_sources(self, sources: set[str]) -> None:
        """Tell how long each source has been silent; forget those that were struck off."""
        for source in sources - self._shown:
            self.silence.labels(source).set_function(functools.partial(self._silence_of, source))
        for source in self._shown - sources:
            self.silence.remove(source)
            with contextlib.suppress(KeyError):
                self.failures.remove(source)
        self._shown = sources


class StreamMeters(RunMeters):
    """The newest run, and what has added up since this process began."""

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake)
        self.lag = self._gauge(
            "lag_seconds",
            "Now minus the time of the newest committed run, else since this process began",
        )
        self.lag.set_function(lambda: max(0.0, time.time() - (self._newest or self._began)))
        self.valid = self._gauge("configuration_valid", "1 if sources.toml could be read, 0 if not")
        self.valid.set(1)
        self.runs = self._counter("runs", "Runs committed")
        self.total_items = self._counter("items", "Items by outcome", "outcome")
        self.total_rejects = self._counter("rejects", "Counted rejects by reason", "reason")
        self.failed = self._counter("run_failures", "Runs that failed, by error", "error")
        self.unwritten = self._counter("lake_write_failures", "Times that the lake could not be written or read")
        self.skipped = self._counter("heartbeats_skipped", "Heartbeats at which a run was still open")

    def hear(self, happening: Happening) -> None:
        """Count one happening."""
        match happening.event:
            case "run_committed" if happening.account:
                self._add(happening.account)
            case "run_failed":
                self.failed.labels(happening.error).inc()
                self.unwritten.inc(happening.error == LakeUnwritable.__name__)
            case "heartbeats_skipped":
                self.skipped.inc(happening.counts["skipped"])
            case "configuration_refused" | "configuration_taken":
                self.valid.set(happening.event == "configuration_taken")

    def _add(self, account: Account) -> None:
        self.take(account)
        self.runs.inc()
        for outcome in OUTCOMES:
            self.total_items.labels(outcome).inc(account.total(outcome))
        for each in account.rejected:
            self.total_rejects.labels(each.reason).inc(each.number)


def serve(meters: RunMeters, host: str, port: int) -> str:
    """Serve metrics for as long as this process lives; return where.

    Raises:
        ConfigurationError: that address cannot be had.
    """
    try:
        server, _ = start_http_server(port, host, meters.registry)
    except (OSError, OverflowError) as error:
        raise ConfigurationError(f"--metrics-port {port}: {error}. Name another port, or 0 for a free one.") from None
    return f"http://{host}:{server.server_port}/metrics"


def write(path: Path, lake: Lake, account: Account) -> None:
    """Write what is to be said of one run into a file, as node_exporter's textfile collector reads it: whole or not."""
    meters = RunMeters(lake)
    meters.take(account)
    write_to_textfile(str(path), meters.registry)


def check_place(path: Path) -> None:
    """Check that a file of metrics can be written.

    Raises:
        ConfigurationError: it cannot.
    """
    if path.is_dir() or not os.access(path.absolute().parent, os.W_OK | os.X_OK):
        raise ConfigurationError(f"--metrics {path}: no file can be written there. Name one in a folder that is there.")
