"""What a person sees: progress on stderr, receipts and tables on stdout.

Nothing from the data reaches a terminal raw: control characters are removed here too, whatever a lake holds.
"""

import contextlib
import json
import logging
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, NamedTuple, Optional

from rich.console import Console, Group, JustifyMethod
from rich.live import Live
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:  # these import Beam, which takes a second that --help does not have
    from pipeline.config import Configuration
    from pipeline.explain import Life
    from pipeline.run import Account, Rejected

#: Seconds between two plain progress lines where stderr is no terminal.
PLAIN_INTERVAL_S = 10.0

#: Rows that a terminal shows of a query, and the narrowest column that can still be read.
MAX_ROWS = 100
MIN_COLUMN = 12

#: Columns of a file or pipe: more than any line has.
FILE_WIDTH = 10_000

ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]+")


def plain(text: object) -> str:
    """Return `text` on one line without control characters.

    >>> plain("Minister \\x1b[31mresigns\\x1b[0m\\nnow")
    'Minister resigns now'
    """
    return UNPRINTABLE.sub(" ", ESCAPE_SEQUENCE.sub("", str(text))).strip()


def safe(text: object, style: str = "") -> Text:
    """Return `text` for a terminal: on one line, without control characters, brackets taken as they are."""
    return Text(plain(text), style=style)


# Progress


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
    outcomes: str


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
        outcomes = ", ".join(f"{outcome} {number:,}" for outcome, number in sorted(tally.outcomes.items()) if number)
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
        for line in lines:
            self.out.print(safe(line), soft_wrap=True)


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


# The screen belongs to newsbeam


class Screen(NamedTuple):
    """Where data and words go."""

    out: Console
    err: Console


@contextlib.contextmanager
def own_screen(debug: bool = False) -> Iterator[Screen]:
    """Give the terminal to newsbeam alone: what any library or worker process writes is dropped; with `debug`, shown.

    Libraries warn while they are imported, C libraries write to the descriptor itself, and Beam's worker processes
    inherit it: only the descriptors catch all of them. Consoles of the block write to copies of the real ones.
    """
    _flush()
    while (spare := os.open(os.devnull, os.O_RDWR)) <= 2:  # a process may be started without descriptors
        pass
    os.close(spare)
    saved = [os.dup(1), os.dup(2)]
    with open(os.devnull, "wb") as nowhere, _text(saved[0]) as out, _text(saved[1]) as err:
        os.dup2(2 if debug else nowhere.fileno(), 1)
        if debug:
            logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", stream=sys.stderr)
        else:
            os.dup2(nowhere.fileno(), 2)
        try:
            yield Screen(console(out), console(err))
        finally:
            _flush()
            os.dup2(saved[0], 1)
            os.dup2(saved[1], 2)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # as for a process that was started without it
            stream.flush()


def _text(descriptor: int) -> IO[str]:
    return os.fdopen(descriptor, "w", encoding="utf-8", errors="replace")


class _Console(Console):
    """Leaves a broken pipe to the command, where rich would exit with 1."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console(stream: IO[str]) -> Console:
    """Return a console on `stream` that takes no markup from what it prints, and folds nothing that is no terminal."""
    width = None if stream.isatty() else FILE_WIDTH
    return _Console(file=stream, highlight=False, markup=False, emoji=False, width=width)


# Tables


def cell(value: object) -> str:
    """Return a value of a row in few characters: an actor as a name and a country, a history as its statuses."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, dict):
        return _struct(value)
    if isinstance(value, (list, tuple)):
        joint = " > " if value and isinstance(value[0], dict) and "status" in value[0] else ", "
        return joint.join(cell(item) for item in value)
    return plain(value)


def _struct(value: Mapping[str, object]) -> str:
    if "status" in value:
        return cell(value["status"])
    if "name" in value:
        country = value.get("country")
        return cell(value["name"]) + (f" ({plain(country)})" if country else "")
    return ", ".join(f"{plain(key)}: {cell(item)}" for key, item in value.items())


def rows_table(names: Sequence[str], rows: Sequence[Sequence[object]], width: int) -> Table | Group:
    """Return rows as a table, or one block a row where `width` characters cannot hold the columns."""
    if len(names) * MIN_COLUMN > max(width, 80):
        return Group(*[_block(names, row, number) for number, row in enumerate(rows, start=1)])
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for index, name in enumerate(names):
        numeric = all(isinstance(row[index], (int, float, type(None))) for row in rows)
        table.add_column(safe(name), justify="right" if numeric and rows else "left", overflow="ellipsis", max_width=60)
    for row in rows:
        table.add_row(*[safe(cell(value)) for value in row])
    return table


def _block(names: Sequence[str], row: Sequence[object], number: int) -> Table:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column(f"row {number}", style="bold", no_wrap=True)
    table.add_column("", overflow="ellipsis")
    for name, value in zip(names, row, strict=True):
        text = cell(value)
        table.add_row(safe(name), safe(text if len(text) <= 300 else f"{text[:299]}…"))
    return table


def moment(time_us: int) -> str:
    """Return µs since 1970 as `2 March 2026, 18:00 UTC`."""
    when = datetime.fromtimestamp(time_us / 1_000_000, UTC)
    return f"{when.day} {when:%B %Y, %H:%M} UTC"


def show_rows(screen: Screen, names: Sequence[str], rows: Sequence[Sequence[object]], number: int) -> None:
    """Print the first rows of a result, and how many there are."""
    if rows:
        screen.out.print(rows_table(names, rows, screen.out.width))
    more = f", the first {len(rows)} shown; --csv or --json gives all" if number > len(rows) else ""
    screen.err.print(safe(f"{number:,} row{'' if number == 1 else 's'}{more}", style="dim"))


def show_columns(out: Console, table: str, row: str, columns: Sequence[Sequence[str]]) -> None:
    """Print what a table holds: name, type and meaning of every column."""
    out.print(Text.assemble((table, "bold"), f": one row is {row}"))
    grid = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(style="dim", overflow="fold", max_width=28 if out.is_terminal else None)
    grid.add_column()
    for each in columns:
        grid.add_row(*each)
    out.print(grid)


def show_json(out: Console, value: Mapping[str, object]) -> None:
    """Print one JSON object on one line."""
    out.file.write(json.dumps(value, ensure_ascii=False) + "\n")


def show_configuration(out: Console, configuration: "Configuration") -> None:
    """Print the sources and every option that is set."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("source", "kind", "publisher", "language", "timezone", "interval", "from"):
        table.add_column(name, overflow="fold")
    for each in configuration.sources:
        told = (each.name, each.kind, each.publisher, each.language, each.timezone)
        # Local files are listed in every run: they have no interval.
        interval = duration(each.interval_s) if "://" in each.location else ""
        table.add_row(*[safe(value or "-") for value in told], interval, safe(each.location))
    out.print(table)
    for step, options in configuration.options.items():
        for name, value in options.items():
            out.print(safe(f"[{step}] {name} = {json.dumps(value, ensure_ascii=False)}"))
    out.print(safe(f"[run] max_reject_share = {configuration.max_reject_share}"))


def show_receipt(out: Console, run: "Account") -> None:
    """Print a receipt as a sum, why things were rejected, and which sources failed."""
    when = moment(run.receipts[0].now)
    parts = f", in {len(run.receipts)} parts" if len(run.receipts) > 1 else ""
    out.print(safe(f"Receipt of run {run.run_id} ({when}{parts})", style="bold"))
    if run.stored:
        out.print(safe("This run was committed before; nothing was done again."))
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right")
    table.add_column()
    table.add_column(style="dim")
    for sign, name, meaning in SUM:
        table.add_row(f"{run.total(name):,}", Text(f"{sign} {name}", "bold" if sign == "=" else ""), meaning)
    out.print(table)
    show_reasons(out, "Rejected", run.rejected)
    show_reasons(out, "Published all the same, with a note", run.noted)
    for poll in run.failed_polls:
        times = f", {poll.failures} times in a row" if poll.failures > 1 else ""
        out.print(safe(f"Source {poll.source} failed{times}: {poll.reason}. {poll.meaning} {poll.url}", style="yellow"))


#: The receipt's sum, and what stands beside it.
SUM = (
    (" ", "published", "new articles and new versions"),
    ("+", "duplicates", "copies of articles"),
    ("+", "unchanged", "seen before, and the same"),
    ("+", "rejected", "not published, each with its reason"),
    ("=", "fetched", "taken up in this run"),
    (" ", "deferred", "left for the next run"),
    (" ", "mentions", "reports of events, in what was published"),
    (" ", "events", "new or changed"),
    (" ", "merges", "ids that proved to be another"),
)


def show_reasons(out: Console, title: str, reasons: Sequence["Rejected"]) -> None:
    """Print why things were rejected, most frequent first."""
    if not reasons:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in (title, "count", "why", "for example"):
        table.add_column(name, justify="right" if name == "count" else "left")
    for each in reasons:
        table.add_row(safe(each.reason), f"{each.number:,}", safe(each.meaning), safe(each.example, "dim"))
    out.print(table)


def show_life(out: Console, life: "Life") -> None:
    """Print the life of one thing, chapter by chapter."""
    out.print(safe(f"{life.kind} {life.id}: {life.title}", style="bold"), soft_wrap=True)
    for chapter in life.chapters:
        out.print(safe(chapter.heading, style="bold cyan"))
        for line in chapter.lines:
            indent = "  " + " " * (len(line) - len(line.lstrip()))
            out.print(Text(indent).append_text(safe(line)), soft_wrap=True)
