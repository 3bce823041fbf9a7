"""What the benchmarks print. Imported first: it silences what libraries say while they are imported."""

import logging
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

# Beam misses client libraries of clouds that nobody asked for, and says so by the root logger itself.
logging.getLogger().addFilter(lambda record: record.levelno > logging.WARNING)


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder that goes with what is in it."""
    folder = Path(tempfile.mkdtemp(prefix="newsbeam-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def print_figures(figures: Mapping[str, str]) -> None:
    """Print names and values as a table."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in figures.items():
        table.add_row(name, value)
    Console(highlight=False).print(table)
