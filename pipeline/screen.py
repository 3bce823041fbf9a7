"""The terminal, which belongs to newsbeam: no library writes on it, and nothing from the data reaches it raw.

Control characters are removed here too, whatever a lake holds.
"""

import contextlib
import logging
import os
import re
import sys
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

from rich.console import Console
from rich.text import Text

#: Columns of a file or pipe: more than any line has.
FILE_WIDTH = 1_000_000

ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]+")


def plain(text: object) -> str:
    """Return `text` on one line without control characters.

    >>> plain("Minister \\x1b[31mresigns\\x1b[0m\\nnow")
    'Minister resigns now'
    """
    return UNPRINTABLE.sub(" ", ESCAPE_SEQUENCE.sub("", str(text))).strip()


def counted(number: int, noun: str) -> str:
    """Return a number of things.

    >>> counted(1, "source"), counted(1200, "source")
    ('1 source', '1,200 sources')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def safe(text: object, style: str = "") -> Text:
    """Return `text` for a terminal: on one line, without control characters, brackets taken as they are."""
    return Text(plain(text), style=style)


def say(out: Console, sentence: str) -> None:
    """Print one line, however long."""
    out.print(safe(sentence), soft_wrap=True)


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
    out, err = (os.fdopen(each, "w", encoding="utf-8", errors="replace") for each in saved)
    with open(os.devnull, "wb") as nowhere:
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
            for stream in (out, err):
                with contextlib.suppress(OSError):  # what could not be written has been told, or nobody reads it
                    stream.close()


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # as for a process that was started without it
            stream.flush()


class _Console(Console):
    """Leaves a broken pipe to the command, where rich would exit with 1; writes no trailing blanks into a file."""

    def print(self, *objects: Any, **options: Any) -> None:
        if self.is_terminal:
            super().print(*objects, **options)
            return
        with self.capture() as captured:
            super().print(*objects, **options)
        self.file.write(re.sub(r" +$", "", captured.get(), flags=re.MULTILINE))
        self.file.flush()

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console(stream: IO[str]) -> Console:
    """Return a console on `stream` that takes no markup from what it prints, and folds nothing that is no terminal."""
    width = None if stream.isatty() else FILE_WIDTH
    return _Console(file=stream, highlight=False, markup=False, emoji=False, width=width)
