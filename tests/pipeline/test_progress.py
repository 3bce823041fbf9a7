"""How far a run is: what the steps count reaches the screen, live on a terminal and in plain lines elsewhere."""

import io
import logging
import re
import sys

from rich.console import Console

from pipeline.progress import STAGES, Board, ProgressHandler, describe, progress
from pipeline.screen import console
from transforms.progress import LOGGER, Progress


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_step_shows_its_count_of_what_came_in_its_rate_and_the_time_left() -> None:
    clock = Clock()
    board = Board(clock)
    board.add("fetch_articles", "pages", 90)
    board.add("fetch_articles", "rejects", 10)
    board.add("clean_articles", "articles", 1)
    clock.now = 10.0
    board.add("clean_articles", "articles", 18)
    board.add("clean_articles", "rejects", 1)
    fetched, cleaned = board.lines()
    assert (fetched.label, fetched.done) == ("Fetch articles", 100)
    assert (cleaned.done, cleaned.total, cleaned.rate, cleaned.left_s) == (20, 90, 2.0, 35.0)
    assert describe(cleaned) == "Clean articles: 20 of 90, 2.0 a second, 0:35 left (rejects 1, articles 19)"


def test_a_new_part_starts_from_nothing() -> None:
    board = Board(Clock())
    board.add("poll_sources", "polls", 1)
    board.begin(2, 5)
    assert (board.lines(), board.part) == ([], "Part 2 of 5")


def test_what_a_step_counts_reaches_the_board_from_a_thread_and_from_a_worker_process() -> None:
    """The text of a worker's record is as Beam's launcher logs it."""
    board = Board(Clock())
    handler = ProgressHandler(board, lambda: None)
    entry = (
        'Worker: severity: INFO timestamp {   seconds: 1795598683 } message: "clean_articles articles 7" '
        'log_location: "/lib/transforms/progress.py:38" thread: "Thread-14" '
    )
    forwarded = logging.LogRecord("apache_beam.runners.portability", logging.INFO, "", 0, "%s", (entry,), None)
    other = logging.LogRecord("apache_beam", logging.INFO, "", 0, "clean_articles articles 9", (), None)
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    try:
        counting = Progress("clean_articles")
        counting.count("articles", 5)
        counting.flush()
        handler.handle(forwarded)
        handler.handle(other)
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(logging.NOTSET)
    assert [line.done for line in board.lines()] == [12]


def count_everything() -> None:
    for step, stage in STAGES.items():
        counting = Progress(step)
        counting.count(stage.done[0], 3)
        counting.flush()


def test_where_it_is_no_terminal_progress_is_one_plain_line_a_step() -> None:
    seen = io.StringIO()
    with progress(console(seen)) as begin:
        begin(1, 1)
        count_everything()
    lines = seen.getvalue().splitlines()
    assert [line.partition(":")[0] for line in lines] == [stage.label for stage in STAGES.values()]
    assert "\x1b" not in seen.getvalue()


def test_the_parts_of_a_run_are_told_apart() -> None:
    seen = io.StringIO()
    with progress(console(seen)) as begin:
        begin(1, 2)
        count_everything()
        begin(2, 2)
    lines = seen.getvalue().splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("Part 1 of 2", "Part 2 of 2", 2 + len(STAGES))


def test_a_terminal_gets_a_table_that_is_redrawn_and_fits() -> None:
    seen = io.StringIO()
    with progress(Console(file=seen, force_terminal=True, width=60, color_system=None)) as begin:
        begin(2, 3)
        count_everything()
        counting = Progress("write_partitions")
        for table in STAGES["write_partitions"].done:
            counting.count(table, 1_000_000)
        counting.flush()
        sys.stderr.write("a library warns")
    assert "\x1b[?25l" in seen.getvalue()  # the cursor is hidden, and shown again
    assert "\x1b[?25h" in seen.getvalue()
    last = seen.getvalue().rpartition("Part 2 of 3")[2]
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", last).strip().splitlines()
    assert [stage.label in line for stage, line in zip(STAGES.values(), lines, strict=True)] == [True] * len(STAGES)
    assert max(len(line) for line in lines) <= 60
    assert "a library warns" not in seen.getvalue()


def test_nothing_is_heard_once_the_run_is_over() -> None:
    seen = io.StringIO()
    with progress(console(seen)):
        pass
    count_everything()
    assert (seen.getvalue(), LOGGER.handlers, LOGGER.level) == ("", [], logging.NOTSET)
