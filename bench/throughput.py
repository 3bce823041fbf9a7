"""How fast, and in how much memory: the whole line beside a bare pool of processes that calls the same functions.

python bench/throughput.py [throughput|stages|memory] [--pages 1000]

Ratios are of one run on one machine; nothing here is a promise about another.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from pages import write_documents, write_pages
from rich.console import Console
from rich.table import Table

from pipeline import config
from pipeline.run import parse_now
from schemas import Article, Entry, Mention, Page
from schemas.tables import to_arrow
from transforms import parse
from transforms.boilerplate import habits_of, show
from transforms.clean_articles import CleanArticles, Minimum, clean, spared
from transforms.deduplicate_articles import as_canonical, decide, find_candidates, look_up, sign, sketch_of
from transforms.extract_events import MODEL, extract
from transforms.fetch_articles import read_file
from transforms.lake import Lake
from transforms.parse import Parser
from transforms.planning import CHUNK, run_id_of
from transforms.poll_sources import Turn, poll_local
from transforms.seen import Seen

NOW = "2026-03-04T20:00Z"
WORKERS = 2
STAGED = 200  # pages by which the stages are timed
NEWSBEAM = Path(sys.executable).with_name("newsbeam")
MULTI = ("--", "--direct_running_mode=multi_processing", f"--direct_num_workers={WORKERS}")

#: Of an article, what only linking knows; the pool does not link.
LINKED = ["event_id"]


class Measured(NamedTuple):
    """One command that ended well."""

    seconds: float
    peak_bytes: int  # of the process itself, its children left out


def measured(*arguments: object) -> Measured:
    """Run newsbeam and measure it.

    Raises:
        SystemExit: it failed; its own words stand on stderr.
    """
    began = time.monotonic()
    child = subprocess.Popen([str(NEWSBEAM), *map(str, arguments)], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"newsbeam ended with {child.returncode}.")
    return Measured(time.monotonic() - began, usage.ru_maxrss * 1024)


def configure(folder: Path, path: str) -> Path:
    """Write the sources.toml of one local source; return its path."""
    sources = folder / "sources.toml"
    sources.write_text(f'[[source]]\nname = "bench"\npath = "{path}"\n')
    return sources


# --- the pool -------------------------------------------------------------------------------------------------------


class Worker:
    """What one process of the pool holds."""

    parser: Parser
    minimum: Minimum


def begin() -> None:
    """Load the model, as a worker of the pipeline does."""
    Worker.parser = Parser(parse.load(MODEL))
    Worker.minimum = Minimum(CleanArticles.min_words, CleanArticles.min_words_text)


def read_and_clean(entry: Entry) -> Article | None:
    """Return the article of an entry; None where there is none."""
    page = read_file(entry)
    article, _ = clean(page, Worker.minimum) if isinstance(page, Page) else (None, [])
    return article


def spare_and_sign(articles: Sequence[Article]) -> list[Article]:
    """Return the signed articles of a first run, spared what their publishers put around them."""
    habits = habits_of(map(show, articles))
    return [sign(spared(article, habits)) for article in articles]


def code(article: Article) -> list[Mention]:
    return extract(article, Worker.parser)


def deduplicate(articles: Sequence[Article]) -> list[Article]:
    """Return the articles of a first run with their clusters."""
    sketches = [sketch_of(article)[1] for article in articles]
    candidate_of = {each.article_id: each for each in find_candidates(sketches, look_up(sketches, [], {}, 1))}
    groups: dict[str, list[Article]] = {}
    for article in articles:
        candidate = candidate_of.get(article.article_id)
        groups.setdefault(candidate.group if candidate else "", []).append(article)
    apart = [as_canonical(article) for article in groups.pop("", [])]
    alike = [(key, other) for key, each in candidate_of.items() for other in each.resembles]
    return apart + [each for group in groups.values() for each in decide(group, [], alike).articles]


def list_entries(sources: Path) -> list[Entry]:
    (source,) = config.load(sources).sources
    now = parse_now(NOW)
    turn = Turn(run_id_of([source], now), now, source, 0, CHUNK)
    return [found for found in poll_local(turn, Seen({}, {})) if isinstance(found, Entry)]


def with_pool(sources: Path) -> tuple[list[Article], list[Mention], float]:
    """Return the articles and mentions that a bare pool makes of the pages, and the seconds it took."""
    began = time.monotonic()
    with get_context("spawn").Pool(WORKERS, initializer=begin) as pool:
        cleaned = pool.imap_unordered(read_and_clean, list_entries(sources), chunksize=8)
        articles = deduplicate(spare_and_sign([article for article in cleaned if article]))
        mentions = [each for found in pool.imap_unordered(code, articles, chunksize=8) for each in found]
    return articles, mentions, time.monotonic() - began


def check_equal(lake: Lake, articles: Sequence[Article], mentions: Sequence[Mention]) -> None:
    """Check that the pool made the rows that the pipeline published.

    Raises:
        AssertionError: it did not, so that their times say nothing about each other.
    """
    for table, records in (("articles", articles), ("mentions", mentions)):
        mine = to_arrow(table, records).drop_columns(LINKED if table == "mentions" else [])
        theirs = lake.read(table, mine.column_names).sort_by([(mine.column_names[0], "ascending")])
        assert mine.sort_by([(mine.column_names[0], "ascending")]).equals(theirs), f"{table} differ"


# --- figures --------------------------------------------------------------------------------------------------------


def throughput(folder: Path, pages: int) -> Iterator[tuple[str, str]]:
    """Yield the figures of the whole line and of the pool on the same pages."""
    write_pages(folder / "pages", pages)
    sources = configure(folder, "pages")
    line = measured("run", sources, "--lake", folder / "lake", "--now", NOW, *MULTI)
    articles, mentions, seconds = with_pool(sources)
    check_equal(Lake.open(str(folder / "lake")), articles, mentions)
    yield "pages, articles, mentions", f"{pages:,}, {len(articles):,}, {len(mentions):,}"
    yield f"pipeline with {WORKERS} workers, articles a second", f"{len(articles) / line.seconds:.1f}"
    yield f"bare pool of {WORKERS} processes, articles a second", f"{len(articles) / seconds:.1f}"
    yield "ratio of the two (aim: 0.8)", f"{seconds / line.seconds:.2f}"


def memory(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the peak of 2 and of 20 chunks of documents."""
    peaks = []
    for chunks in (2, 20):
        here = folder / f"{chunks}"
        here.mkdir()
        write_documents(here / "corpus.jsonl", chunks * CHUNK)
        peaks.append(measured("run", configure(here, "corpus.jsonl"), "--lake", here / "lake", "--now", NOW).peak_bytes)
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


@contextmanager
def scratch() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="newsbeam-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


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
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in figures.items():
        table.add_row(name, value)
    Console(highlight=False).print(table)


if __name__ == "__main__":
    main()
