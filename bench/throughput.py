"""How fast, and in how much memory: the whole line beside a bare pool of processes that calls the same functions.

python bench/throughput.py [throughput|stages|memory] [--pages 1000]

Ratios are of one run on one machine; nothing here is a promise about another.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
from console import print_figures, scratch
from pages import write_documents, write_pages
from pool import NOW, WORKERS, Worker, begin, code, list_entries, read_and_clean

from transforms.clean_articles import clean
from transforms.deduplicate_articles import sign
from transforms.fetch_articles import read_file
from transforms.planning import CHUNK
from transforms.store.lake import Lake

STAGED = 200  # pages by which the stages are timed
NEWSBEAM = Path(sys.executable).with_name("newsbeam")
POOL = Path(__file__).with_name("pool.py")
MULTI = ("--", "--direct_running_mode=multi_processing", f"--direct_num_workers={WORKERS}")

#: Of an article, what only linking knows; the pool does not link.
LINKED = ["event_id"]


class Measured(NamedTuple):
    """One command that ended well."""

    seconds: float
    peak_bytes: int  # of the process itself, its children left out


def measured(*command: object) -> Measured:
    """Run a command and measure it, from its start to its end.

    Raises:
        SystemExit: it failed; its own words stand on stderr.
    """
    began = time.monotonic()
    child = subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{command[0]} ended with {child.returncode}.")
    return Measured(time.monotonic() - began, usage.ru_maxrss * 1024)


def configure(folder: Path, path: str) -> Path:
    """Write the sources.toml of one local source; return its path."""
    sources = folder / "sources.toml"
    sources.write_text(f'[[source]]\nname = "bench"\npath = "{path}"\n')
    return sources


def check_equal(lake: Lake, made: Path) -> None:
    """Check that the pool made the rows that the pipeline published.

    Raises:
        AssertionError: it did not, so that their times say nothing about each other.
    """
    for table in ("articles", "mentions"):
        mine = pq.read_table(made / f"{table}.parquet").drop_columns(LINKED if table == "mentions" else [])
        theirs = lake.read(table, mine.column_names).sort_by([(mine.column_names[0], "ascending")])
        assert mine.sort_by([(mine.column_names[0], "ascending")]).equals(theirs), f"{table} differ"


# --- figures --------------------------------------------------------------------------------------------------------


def throughput(folder: Path, pages: int) -> Iterator[tuple[str, str]]:
    """Yield the figures of the whole line and of the pool on the same pages."""
    write_pages(folder / "pages", pages)
    sources = configure(folder, "pages")
    line = measured(NEWSBEAM, "run", sources, "--lake", folder / "lake", "--now", NOW, *MULTI)
    pool = measured(sys.executable, POOL, sources, folder)
    lake = Lake.open(str(folder / "lake"))
    check_equal(lake, folder)
    articles, mentions = (lake.read(table, ["run_id"]).num_rows for table in ("articles", "mentions"))
    yield "pages, articles, mentions", f"{pages:,}, {articles:,}, {mentions:,}"
    yield f"pipeline with {WORKERS} workers, articles a second", f"{articles / line.seconds:.1f}"
    yield f"bare pool of {WORKERS} processes, articles a second", f"{articles / pool.seconds:.1f}"
    yield "ratio of the two (aim: 0.8)", f"{pool.seconds / line.seconds:.2f}"


def memory(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the peak of 2 and of 20 chunks of documents."""
    peaks = []
    for chunks in (2, 20):
        here = folder / f"{chunks}"
        here.mkdir()
        write_documents(here / "corpus.jsonl", chunks * CHUNK)
        sources = configure(here, "corpus.jsonl")
        peaks.append(measured(NEWSBEAM, "run", sources, "--lake", here / "lake", "--now", NOW).peak_bytes)
        yield f"peak memory of {chunks} chunks of {CHUNK:,}, MiB", f"{peaks[-1] / 2**20:,.0f}"
    yield "ratio of the two (aim: 1.2 at most)", f"{peaks[1] / peaks[0]:.2f}"


def stages(folder: Path, pages: int) -> Iterator[tuple[str, str]]:
    """Yield where the time of one article goes, on one core, stage by stage."""
    pages = min(pages, STAGED)
    write_pages(folder / "pages", pages)
    entries = list_entries(configure(folder, "pages"))
    begin()
    code(read_and_clean(entries[0]) or _lost())  # what is loaded at first use is no article's time
    steps: list[tuple[str, Callable[[Any], Any]]] = [
        ("read the page", read_file),
        ("clean", lambda page: clean(page, Worker.minimum)[0] or _lost()),
        ("sign", sign),
        ("parse and code", code),
    ]
    things: list[Any] = list(entries)
    for name, step in steps:
        began = time.process_time()
        things = [step(each) for each in things]
        yield f"{name}, ms an article", f"{(time.process_time() - began) / pages * 1000:.1f}"


def _lost() -> Any:
    raise SystemExit("A page of the benchmark was rejected.")


def main() -> None:
    parts = {"throughput": throughput, "stages": stages, "memory": lambda folder, _: memory(folder)}
    parser = argparse.ArgumentParser(description="Speed and memory, as ratios of one run.")
    parser.add_argument("part", nargs="?", choices=parts, help="measure one part alone")
    parser.add_argument("--pages", type=int, default=1000, help="pages of the throughput (default 1000)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    figures: dict[str, str] = {}
    for name, part in parts.items():
        if options.part in (None, name):
            with scratch() as folder:
                figures.update(part(folder, options.pages))
    if options.json:
        print(json.dumps(figures))
        return
    print_figures(figures)


if __name__ == "__main__":
    main()
