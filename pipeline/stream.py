"""Runs without end: at each heartbeat one begins if a source is due and none is open.

On the local runner this process submits the graph a tick at a time. On a portable one the graph goes to the engine once
and begins its runs itself (transforms/begin_runs.py); this process watches, and submits it again where it has failed.
Either way the lake is the only state: a process that was killed is started again, and goes on from there.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Optional

from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.runner import PipelineResult, PipelineState

from pipeline import config, logs
from pipeline import run as runs
from pipeline.cancelling import cancel, named
from pipeline.compact import check_rule, compact
from pipeline.config import Configuration
from pipeline.heartbeat import Beat, Settings, beats
from pipeline.logs import Tell
from pipeline.metrics import StreamMeters, serve
from pipeline.runners import is_dry, runner_options
from pipeline.submit import RunFailed, in_one_sentence, serving, start
from schemas.ids import time_of
from schemas.reject import ConfigurationError, LakeUnwritable
from transforms.begin_runs import BeginRuns, Pulse
from transforms.planning import Agenda, plan, run_id_of
from transforms.poll.archives import count
from transforms.poll.schedule import wait_after
from transforms.store.compaction import Rule
from transforms.store.lake import Lake

#: Between two looks at whether the last run has ended.
PAUSE_S = 0.1

#: No longer wait after runs that failed: what was mended should be noticed.
LONGEST_WAIT_S = 900

#: How a stream compacts its lake: as `newsbeam compact` does where nothing else is said.
RULE = Rule()
GRACE_HOURS = 24.0
DAY_US = 86_400_000_000

#: Seconds without a heartbeat after which an engine counts as standing still, at least.
SILENT_S = 300.0

#: What is tried again; all else ends the stream with its exit code.
PASSING = (RunFailed, LakeUnwritable)


@dataclass
class Stream:
    """What both kinds of streams are made of."""

    settings: Settings
    lake: Lake
    options: PipelineOptions
    heartbeat_s: int
    stop: threading.Event
    tell: Tell
    failures: int = 0  # in a row

    def run(self) -> None:
        """Hold the lake and begin runs until `stop` is set; the open one is finished.

        Raises:
            ConfigurationError: the lake is ahead of the clock.
            LakeLocked: another process holds the lake, or took it over.
            LakeUnwritable: the lake cannot be taken.
            ReceiptMismatch: a run does not add up: a defect.
        """
        with self.lake.lock():
            self.lake.recover()
            check_clock(self.lake, time.time() + self.heartbeat_s)
            self.tell(logs.started(len(self.settings.configuration.sources), self.heartbeat_s, self.lake.place))
            self.work()
        self.tell(logs.STOPPED)

    def work(self) -> None:
        """Begin runs until `stop` is set."""
        raise NotImplementedError

    def read_settings(self) -> Configuration:
        """Return the configuration, and tell when it breaks, is mended or changes."""
        before, problem = self.settings.configuration, self.settings.problem
        configuration = self.settings.read()
        if self.settings.problem not in ("", problem):
            self.tell(logs.refused(self.settings.problem))
        elif not self.settings.problem and (problem or configuration != before):
            self.tell(logs.taken(configuration.path, len(configuration.sources)))
        return configuration

    def tell_committed(self, run_ids: Sequence[str]) -> None:
        """Tell of a run in all its chunks, which have just been committed."""
        receipts = [receipt for run_id in run_ids if (receipt := self.lake.receipt(run_id))]
        account = runs.account(self.lake, receipts, stored=False)
        self.tell(logs.committed(account))

    def tell_failed(self, error: Exception) -> int:
        """Tell of a run that failed; return for how many seconds to leave it alone."""
        self.failures += 1
        wait = min(wait_after(self.failures, self.lake.place, first_s=self.heartbeat_s), LONGEST_WAIT_S)
        self.tell(logs.failed(error, self.failures, wait))
        return wait


@dataclass
class LocalStream(Stream):
    """Submits the graph a tick at a time, in this process."""

    rule: Rule = RULE  # by which it compacts the lake
    behind: str = ""  # the run that the clock was last told to be behind
    tidied: int = 0  # day, counted from 1970, on which the lake was compacted
    since_tidied: int = 0  # runs

    def work(self) -> None:
        agenda = Agenda(self.lake, count)
        resume_at = 0.0
        for beat in beats(self.heartbeat_s, self.stop):
            if beat.skipped:
                self.tell(logs.skipped(beat.skipped))
            if time.time() >= resume_at:
                try:
                    self._attend(agenda, beat.now)
                    self.failures = 0
                except PASSING as error:
                    resume_at = time.time() + self.tell_failed(error)

    def _attend(self, agenda: Agenda, now: int) -> None:
        """Do the run of a heartbeat, if there is one."""
        configuration = self.read_settings()
        newest = max(self.lake.runs(), default="")
        if now <= time_of(newest):
            self._tell_behind(newest, now)
            return
        due = agenda.due(configuration.sources, now)
        if not due:
            self._tidy(now)
            return
        self.lake.recover()  # what a run that failed has left
        ticks = plan(configuration.sources, now, count, taken=due)
        self.tell(logs.begun(run_id_of(configuration.sources, now), len(due)))
        receipts = runs.submit(configuration, self.lake, ticks, self.options)
        self.since_tidied += 1
        self.tell_committed([receipt.run_id for receipt in receipts])

    def _tidy(self, now: int) -> None:
        """Compact the lake when a day or many runs have passed: nobody else can while it is held."""
        if now // DAY_US == self.tidied and self.since_tidied <= self.rule.more_files:
            return
        self.tidied, self.since_tidied = now // DAY_US, 0
        done = compact(self.lake, self.rule, now, GRACE_HOURS) if self.lake.runs() else []
        for table in done:
            self.tell(logs.compacted(table))

    def _tell_behind(self, newest: str, now: int) -> None:
        """Tell once of a clock that went back. A heartbeat that is the newest run's own says nothing."""
        if now < time_of(newest) and newest != self.behind:
            self.behind = newest
            self.tell(logs.behind(newest))


@dataclass
class PortableStream(Stream):
    """Gives the graph to an engine that runs it without end, and watches the lake."""

    def work(self) -> None:
        while not self.stop.is_set():
            try:
                with serving(self.options) as served:
                    self._watch(served)
            except PASSING as error:
                self.stop.wait(self.tell_failed(error))
                self.lake.recover()

    def _watch(self, options: PipelineOptions) -> None:
        """Submit the graph, and tell of its runs until it fails, or `stop` is set and no run is open."""
        known = set(self.lake.runs())
        holder = "" if self.lake.epoch else self.lake.storage.holder() or ""
        begin = BeginRuns(self.lake, self.settings, self.heartbeat_s, holder)
        Pulse.at = 0.0
        job = start(begin, self.settings.configuration.steps(self.lake), options)
        try:
            for beat in beats(self.heartbeat_s, self.stop):
                self.read_settings()
                self._tell_new(known)
                self._tell_skipped(beat)
                check(job)
                check_pulse(Pulse.at, time.monotonic(), self.heartbeat_s)
            while self.lake.begun():
                check(job)
                time.sleep(PAUSE_S)
            self._tell_new(known)
        finally:
            cancel(job, named(options, self.lake.place))

    def _tell_new(self, known: set[str]) -> None:
        """Tell of runs that are not yet `known` and whose files are all in place, and add them."""
        moving = self.lake.begun().keys()
        for run_id in sorted(set(self.lake.runs()) - known - moving):
            self.failures = 0
            self.tell_committed([run_id])
            known.add(run_id)

    def _tell_skipped(self, beat: Beat) -> None:
        """Tell of a heartbeat at which the run of an earlier one was open."""
        if any(time_of(run_id) < beat.now for run_id in self.lake.begun()):
            self.tell(logs.skipped(beat.skipped + 1))


def check_clock(lake: Lake, latest: float) -> None:
    """Refuse a lake whose newest run lies behind `latest`, Unix seconds: none could begin.

    Raises:
        ConfigurationError: says what to do.
    """
    newest = max(lake.runs(), default="")
    if time_of(newest) > latest * 1_000_000:
        raise ConfigurationError(
            f"The newest run of this lake, {newest}, lies ahead of the clock, and runs go forward: none could begin. "
            "See that this machine's clock is right, or begin a new lake."
        )


def check(job: PipelineResult) -> None:
    """Raise what ended a job that was to go on without end, or that its engine has gone."""
    with in_one_sentence():
        if PipelineState.is_terminal(job.state):
            job.wait_until_finish()
            raise RunFailed(f"The engine has ended the job ({job.state}). What was committed stands.")


def check_pulse(last: float, now: float, heartbeat_s: int) -> None:
    """Raise where heartbeats no longer come through an engine that runs our code in this process.

    Prism 2.77 stands still at times on a busy machine, and says nothing: no heartbeat comes any more.

    Args:
        last, now: monotonic seconds; 0.0 where none has come to this process.
    """
    silent = now - last
    if last and silent > max(SILENT_S, 10 * heartbeat_s):
        raise RunFailed(f"No heartbeat has come through the engine for {silent:.0f} s: it stands still.")


class Request(NamedTuple):
    """A stream as it was asked for."""

    sources: Path
    lake: str
    heartbeat_s: int
    runner: str
    beam_arguments: Sequence[str]
    metrics_host: str
    metrics_port: Optional[int]  # None: no metrics are served
    keep_days: int = 0  # as `newsbeam compact` takes it


def stream(request: Request, stop: threading.Event, tell: Tell) -> None:
    """Do what was asked for until `stop` is set.

    Raises:
        ConfigurationError: an option or sources.toml is wrong; nothing was written.
        NewsbeamError: as `Stream.run` says.
    """
    rule = RULE._replace(keep_days=request.keep_days)
    check_rule(rule)
    is_local = request.runner == "local"
    if rule.keep_days and not is_local:
        raise ConfigurationError(
            f"--keep-days {rule.keep_days}: behind --runner {request.runner} no stream compacts its lake. Leave "
            "it out, stop the stream once a day, and call `newsbeam compact --keep-days`."
        )
    settings = Settings(config.load(request.sources))
    options = runner_options(request.beam_arguments, request.runner, streaming=True)
    lake = Lake.open(request.lake)
    if is_dry(options):
        start(BeginRuns(lake, settings, request.heartbeat_s), settings.configuration.steps(lake), options)
        tell(logs.validated(request.runner))
        return
    if request.metrics_port is not None:
        meters = StreamMeters(lake)
        tell(logs.served(serve(meters, request.metrics_host, request.metrics_port)))
        tell = logs.both(tell, meters.hear)
    parts = (settings, lake, options, request.heartbeat_s, stop, tell)
    found = LocalStream(*parts, rule=rule) if is_local else PortableStream(*parts)
    found.run()
