"""How far a run is, on stderr: a live table on a terminal, plain lines elsewhere.

The steps tell it through the log (transforms/progress.py), which reaches this process from every worker.
"""

import contextlib
import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Optional

from rich.console import Console, JustifyMethod
from rich.live import Live
from rich.table import Table
from rich.text import Text

from pipeline.screen import say

#: Seconds between two plain progress lines where stderr is no terminal.
PLAIN_INTERVAL_S = 10.0


class Stage(NamedTuple):
    """How one step shows. Its inputs are the outcomes of the step before; each ends in exactly one of `done`."""

    label: str
    inputs: tuple[str, str]  # step and outcome
    done: tuple[str, ...]


STAGES: dict[str, Stage] = {
    "poll_sources": Stage("Poll sources", ("", ""), ("polls",)),
    "fetch_articles": Stage("Fetch articles", ("poll_sources", "entries"), ("pages", "rejects", "items")),
    "clean_articles": Stage("Clean articles", ("fetch_articles", "pages"), ("articles", "rejects")),
    "deduplicate_articles": Stage(
        "Deduplicate articles", ("clean_articles", "articles"), ("articles", "items", "rejects")
    ),
    "extract_events": Stage("Extract events", ("deduplicate_articles", "articles"), ("articles",)),
    "link_events": Stage("Link events", ("extract_events", "mentions"), ("mentions",)),
    "write_partitions": Stage(
        "Write partitions", ("", ""), ("articles", "mentions", "rejects", "items", "polls", "merges", "events")
    ),
}


@dataclass
class Tally:
    """What one step has done so far."""

    began: float  # monotonic seconds
    last: float
    outcomes: dict[str, int] = field(default_factory=dict)


class StageLine(NamedTuple):
    """One step at one moment."""

    label: str
    done: int
    total: Optional[int]
    rate: float  # a second
    left_s: Optional[float]
    outcomes: str  # rejects first, since a narrow screen cuts off the end


class Board:
    """Adds up the records of `newsbeam.progress`, from whichever worker they come."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.lock = threading.Lock()  # workers count while the screen is drawn
        self.tallies: dict[str, Tally] = {}
        self.part = ""  # of a run that is cut into several

    def begin(self, number: int, of: int) -> None:
        """Start anew, for part `number` of a run that has `of` of them."""
        with self.lock:
            self.tallies = {}
            self.part = f"Part {number} of {of}" if of > 1 else ""

    def add(self, step: str, outcome: str, number: int) -> None:
        """Count `number` more things of `step` that ended as `outcome`."""
        with self.lock:
            now = self.clock()
            tally = self.tallies.setdefault(step, Tally(now, now))
            tally.outcomes[outcome] = tally.outcomes.get(outcome, 0) + number
            tally.last = now

    def lines(self) -> list[StageLine]:
        """Return the steps that have begun, in the order of the graph."""
        with self.lock:
            return [self._line(step, stage) for step, stage in STAGES.items() if step in self.tallies]

    def _line(self, step: str, stage: Stage) -> StageLine:
        tally = self.tallies[step]
        done = sum(tally.outcomes.get(outcome, 0) for outcome in stage.done)
        before = self.tallies.get(stage.inputs[0])
        total = before.outcomes.get(stage.inputs[1], 0) if before else None
        elapsed = max(tally.last - tally.began, 0.001)
        rate = done / elapsed if elapsed > 0.5 else 0.0
        left = (total - done) / rate if total and rate and total > done else None
        ordered = sorted(tally.outcomes.items(), key=lambda each: (each[0] != "rejects", each[0]))
        outcomes = ", ".join(f"{outcome} {number:,}" for outcome, number in ordered if number)
        return StageLine(stage.label, done, total, rate, left, outcomes)


def duration(seconds: float) -> str:
    """Return `seconds` as a clock shows them.

    >>> duration(7.2), duration(3700)
    ('0:07', '1:01:40')
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def describe(line: StageLine) -> str:
    """Return one line of plain progress."""
    parts = [f"{line.label}: {line.done:,}" + (f" of {line.total:,}" if line.total else "")]
    parts += [f"{line.rate:.1f} a second"] if line.rate else []
    parts += [f"{duration(line.left_s)} left"] if line.left_s else []
    return ", ".join(parts) + (f" ({line.outcomes})" if line.outcomes else "")


#: The columns of a board that keep their width: step, counts, rate, time left.
JUSTIFIED: tuple[JustifyMethod, ...] = ("left", "right", "right", "right")


def board_table(board: Board) -> Table:
    """Return the board as a table that fits 80 columns."""
    table = Table.grid(padding=(0, 2))
    table.title, table.title_justify = board.part or None, "left"
    for justify in JUSTIFIED:
        table.add_column(justify=justify, no_wrap=True)
    table.add_column()  # the one that gives way where it is narrow
    if not board.tallies:
        table.add_row(Text("Starting", style="bold"))
    for line in board.lines():
        finished = bool(line.total) and line.done >= (line.total or 0)
        table.add_row(
            Text(line.label, style="green" if finished else "bold"),
            f"{line.done:,}" + (f" of {line.total:,}" if line.total else ""),
            f"{line.rate:.1f}/s" if line.rate else "",
            f"{duration(line.left_s)} left" if line.left_s else "",
            Text(line.outcomes, style="dim", no_wrap=True, overflow="ellipsis"),
        )
    return table


RECORD = re.compile(r"^(\w+) (\w+) (\d+)$")
#: A worker process's record as Beam's launcher logs it: the text form of a LogEntry.
FORWARDED = re.compile(r'message: "(\w+) (\w+) (\d+)".*log_location: "[^"]*progress\.py:')


class ProgressHandler(logging.Handler):
    """Feeds a board from the log, and redraws.

    Threads of the launcher log to `newsbeam.progress`. A worker process's records come through Beam's logging service,
    which logs their text form as an argument of one of its own records.
    """

    def __init__(self, board: Board, redraw: Callable[[], None]) -> None:
        super().__init__(logging.INFO)
        self.board = board
        self.redraw = redraw

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        match = RECORD.match(message) if record.name == "newsbeam.progress" else FORWARDED.search(message)
        if match:
            self.board.add(match[1], match[2], int(match[3]))
            self.redraw()


#: Loggers that carry progress: the launcher's own, and the one under which Beam forwards its worker processes'.
PROGRESS_LOGGERS = ("newsbeam.progress", "apache_beam.runners.portability.local_job_service")


class PlainProgress:
    """One line every PLAIN_INTERVAL_S about the step that moved last, and one for each step at the end of a part."""

    def __init__(self, board: Board, out: Console) -> None:
        self.board = board
        self.out = out
        self.due = time.monotonic() + PLAIN_INTERVAL_S

    def redraw(self) -> None:
        if time.monotonic() >= self.due and self.board.tallies:
            self.due = time.monotonic() + PLAIN_INTERVAL_S
            step = max(self.board.tallies, key=lambda each: self.board.tallies[each].last)
            self._print(describe(line) for line in self.board.lines() if line.label == STAGES[step].label)

    def begin(self, number: int, of: int) -> None:
        self.close()
        self.board.begin(number, of)
        self._print([self.board.part] if self.board.part else [])

    def close(self) -> None:
        self._print(map(describe, self.board.lines()))

    def _print(self, lines: Iterable[str]) -> None:
        with contextlib.suppress(OSError):  # a reader that has gone is no reason to fail a run
            for line in lines:
                say(self.out, line)


@contextlib.contextmanager
def progress(out: Console) -> Iterator[Callable[[int, int], None]]:
    """Show the progress of a run on `out` while the block runs: a live table, or plain lines where it is no terminal.

    Yields what to call when a part of the run begins: with its number, and how many there are.
    """
    board = Board()
    lines = PlainProgress(board, out)
    live = Live(
        console=out,
        get_renderable=lambda: board_table(board),
        refresh_per_second=4,
        redirect_stdout=False,  # these would show what libraries write
        redirect_stderr=False,
    )
    with contextlib.ExitStack() as stack:
        if out.is_terminal:
            stack.enter_context(live)
        else:
            stack.callback(lines.close)
        stack.enter_context(heard(ProgressHandler(board, (lambda: None) if out.is_terminal else lines.redraw)))
        yield board.begin if out.is_terminal else lines.begin


@contextlib.contextmanager
def heard(handler: logging.Handler) -> Iterator[None]:
    """Let `handler` hear the progress of all workers while the block runs."""
    loggers = [logging.getLogger(name) for name in PROGRESS_LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
