"""How fast events are extracted beside the whole language model over the same texts, and what choosing sentences costs.

OPENBLAS_NUM_THREADS=1 python bench/events.py [--articles 150] [--of corpus|gold|seeds] [--longest]

Reads every n-th article of a set in ../shared, in one process, with the threads that a worker has: general news
("corpus"), or political stories in which nearly every sentence holds an event ("gold", and "seeds", the real ones among
them). Times are of this process alone (CPU), so that a busy machine does not show; the ratio is the figure. Word lists,
gazetteer and both models are loaded before the clock starts. With --longest each article is read by itself, and the one
that took longest is told.
"""

import argparse
import gzip
import importlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from calibration import article_of, story_of
from console import print_figures

from schemas import Article, Mention
from transforms.extract import articles as reading
from transforms.extract.parse import Parser, load, split
from transforms.extract.where import locate
from transforms.extract_events import BATCH, MODEL, extract_all

SHARED = Path(__file__).parents[2] / "shared"
CORPUS = SHARED / "data" / "corpus" / "lk_news_dev.jsonl.gz"
GOLD = SHARED / "eval" / "gold_events_dev.jsonl"


def articles(count: int, of: str) -> list[Article]:
    """Return so many articles, spread over a set; all where it has fewer."""
    path = CORPUS if of == "corpus" else GOLD
    with gzip.open(path, "rt", encoding="utf-8") if path == CORPUS else path.open(encoding="utf-8") as file:
        rows: list[dict[str, Any]] = [json.loads(line) for line in file]
    rows = [each for each in rows if of != "seeds" or story_of(each["id"]) == "real"]
    return [article_of(row) for row in rows[:: max(len(rows) // count, 1)][:count]]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds of CPU that something takes, and what it returns."""
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def found(chosen: Sequence[Article], parser: Parser) -> list[Mention]:
    """Extract as a worker does, BATCH articles at a time."""
    batches = (chosen[first : first + BATCH] for first in range(0, len(chosen), BATCH))
    return [mention for batch in batches for mentions in extract_all(batch, parser) for mention in mentions]


def every(text: str, sentences: Sequence[Any]) -> list[int]:
    """Choose every sentence."""
    return list(range(len(sentences)))


def share(chosen: Sequence[Article]) -> float:
    """Return the share of characters that stand in chosen sentences."""
    read = whole = 0
    for each in chosen:
        sentences = split(each.text)
        whole += sum(each.end - each.body for each in sentences)
        read += sum(sentences[at].end - sentences[at].body for at in reading.chosen(each.text, sentences))
    return read / whole


def rows(chosen: Sequence[Article]) -> Iterator[tuple[str, str]]:
    read = load(MODEL)
    found(chosen[:1], Parser(read))  # loads the word lists
    locate("Oslo")  # and the gazetteer
    mine, mentions = timed(lambda: found(chosen, Parser(read)))
    with patch.object(reading, "chosen", every):
        all_read, everything = timed(lambda: found(chosen, Parser(read)))
    whole = importlib.import_module(MODEL).load()
    theirs, _ = timed(lambda: [None for _ in whole.pipe(each.text for each in chosen)])
    kept = {each.mention_id for each in mentions}
    yield "articles", str(len(chosen))
    yield "whole model, articles a second of CPU", f"{len(chosen) / theirs:.1f}"
    yield "events, articles a second of CPU", f"{len(chosen) / mine:.1f}"
    yield "ratio", f"{theirs / mine:.2f}"
    yield "ratio where every sentence is parsed", f"{theirs / all_read:.2f}"
    yield "share of the text that is parsed", f"{share(chosen):.3f}"
    yield "mentions where every sentence is parsed", str(len(everything))
    yield "recall of the chooser", f"{sum(each.mention_id in kept for each in everything) / len(everything):.4f}"
    yield "of these the same in every field", str(sum(each in mentions for each in everything))


def longest(chosen: Sequence[Article]) -> Iterator[tuple[str, str]]:
    """Read each article by itself; an error stops it."""
    parser = Parser(load(MODEL))
    found(chosen[:1], parser)
    locate("Oslo")
    times = [(timed(lambda article=each: found([article], parser))[0], each) for each in chosen]
    seconds, slowest = max(times, key=lambda each: each[0])
    yield "articles read without an error", str(len(chosen))
    yield "longest, ms of CPU", f"{1000 * seconds:.0f}"
    yield "its characters", str(len(slowest.text))
    yield "its id", slowest.article_id


def main() -> int:
    parser = argparse.ArgumentParser(description="Time the extraction of events beside the whole language model.")
    parser.add_argument("--articles", type=int, default=150)
    parser.add_argument("--of", choices=("corpus", "gold", "seeds"), default="corpus")
    parser.add_argument("--longest", action="store_true", help="read each article by itself and tell the slowest")
    options = parser.parse_args()
    if not (CORPUS.exists() and GOLD.exists()):
        print("There is nothing to read: ../shared is not beside this checkout.", file=sys.stderr)
        return 2
    figures = longest if options.longest else rows
    print_figures(dict(figures(articles(options.articles, options.of))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
