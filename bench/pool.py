"""A bare pool of processes that calls the functions of the pipeline, and writes what they give.

python bench/pool.py SOURCES FOLDER

FOLDER then holds articles.parquet and mentions.parquet: the rows of `newsbeam run`, but for what linking knows.
"""

import sys
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path

import console  # noqa: F401 - silences what libraries say while they are imported
import pyarrow.parquet as pq

from pipeline import config
from pipeline.run import parse_now
from schemas import Article, Entry, Mention, Page
from schemas.tables import to_arrow
from transforms.clean.boilerplate import habits_of, show
from transforms.clean_articles import CleanArticles, Minimum, clean, spared
from transforms.deduplicate_articles import as_canonical, decide, find_candidates, look_up, sign, sketch_of
from transforms.extract import parse
from transforms.extract.parse import Parser
from transforms.extract_events import MODEL, extract
from transforms.fetch_articles import read_file
from transforms.planning import CHUNK, run_id_of
from transforms.poll.seen import Seen
from transforms.poll_sources import Turn, poll_local

NOW = "2026-03-04T20:00Z"
WORKERS = 2


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


def work(sources: Path) -> tuple[list[Article], list[Mention]]:
    """Return the articles and mentions that a bare pool makes of the pages."""
    with get_context("spawn").Pool(WORKERS, initializer=begin) as pool:
        cleaned = pool.imap_unordered(read_and_clean, list_entries(sources), chunksize=8)
        articles = deduplicate(spare_and_sign([article for article in cleaned if article]))
        mentions = [each for found in pool.imap_unordered(code, articles, chunksize=8) for each in found]
    return articles, mentions


def main(sources: str, folder: str) -> None:
    articles, mentions = work(Path(sources))
    for table, records in (("articles", articles), ("mentions", mentions)):
        pq.write_table(to_arrow(table, records), Path(folder, f"{table}.parquet"), compression="zstd")


if __name__ == "__main__":
    main(*sys.argv[1:])
