"""Score the product on the real pages, the corpus and the gold events in ../shared. `make eval` runs this.

python bench/evaluate.py [events | times | pages | copies] [--json]

Each set is run as a user would run it: a sources.toml, `newsbeam run`, then `newsbeam query` for the published rows.
What was run, published, predicted and scored stays in eval-out/ until the next time.
"""

import argparse
import gzip
import json
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from figures import COPIES, EVENTS, EXTRACTION, TIMES, Figure, Scores, figures, receipt_figures, table
from predictions import NotRestored, Prediction, Row, copies, events, extraction
from rich.console import Console
from times import reports, resolved, times

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
OUT = ROOT / "eval-out"
NEWSBEAM = Path(sys.executable).with_name("newsbeam")

#: Logical time of every run: later than all that is scored, and the same each time.
NOW = "2026-11-22T06:00Z"

#: What a document may hold that is no truth.
DOCUMENT = ("id", "url", "publisher", "published", "title", "text")


class Stop(Exception):
    """The end, in one sentence."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


class Scored(NamedTuple):
    """What a run left to say, and what the scorers said of it, by set."""

    receipt: Scores
    scores: dict[str, Scores]


@dataclass(frozen=True)
class Work:
    """The folder of one set: its sources, its lake, its predictions and its scores."""

    name: str

    @property
    def folder(self) -> Path:
        return OUT / self.name

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    def run(self, **sources: str) -> Scores:
        """Run newsbeam over files of this folder, named by source; return its receipt and how long it took.

        Raises:
            Stop: it ended with an error, which it has explained.
        """
        file = self.folder / "sources.toml"
        file.write_text(
            "".join(f'[[source]]\nname = "{name}"\npath = "{path}"\n\n' for name, path in sources.items()),
            encoding="utf-8",
        )
        began = time.monotonic()
        receipt = newsbeam("run", file, "--lake", self.lake, "--now", NOW, "--json")
        return {**json.loads(receipt), "seconds": time.monotonic() - began}

    def query(self, sql: str) -> list[Row]:
        """Return the rows of a query over the lake."""
        return [json.loads(line) for line in newsbeam("query", "--lake", self.lake, sql, "--json").splitlines()]

    def merges(self, kind: str) -> dict[str, str]:
        """Return what ids of a kind have become."""
        rows = self.query(f"SELECT from_id, into_id FROM merges WHERE kind = '{kind}'")
        return {row["from_id"]: row["into_id"] for row in rows}

    def write(self, name: str, rows: Iterable[Prediction]) -> Path:
        """Write rows to a file of this folder, one JSON object a line."""
        path = self.folder / name
        with path.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        return path


# The commands


def newsbeam(*arguments: object) -> str:
    """Return what a command of newsbeam writes to stdout. Its progress goes to our stderr."""
    return child([NEWSBEAM, *arguments], fine=(0, 1))  # 1: done, with more rejects than usual


def score(scorer: str, *arguments: object) -> str:
    """Return what a scorer writes to stdout."""
    return child([sys.executable, SHARED / "eval" / scorer, *arguments])


def child(command: Iterable[object], fine: tuple[int, ...] = (0,)) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(words, stdout=subprocess.PIPE, encoding="utf-8", check=False)
    if done.returncode not in fine:
        raise Stop(f"`{' '.join(words)}` ended with exit code {done.returncode}.", 1)
    return done.stdout


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a .jsonl or .jsonl.gz file."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file)


# The sets


PAGE_SETS = ("scrapinghub", "fundus_dev")


def evaluate_pages(work: Work) -> Scored:
    """Score the text, captions, title, date and authors of every page."""
    pages = SHARED / "data" / "pages"
    for name in PAGE_SETS:
        with tarfile.open(pages / f"{name}.tar.gz") as packed:
            packed.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.4 and newer know it
            packed.extractall(work.folder / name)
    receipt = work.run(**{name: name for name in PAGE_SETS})
    scores: dict[str, Scores] = {}
    for name in PAGE_SETS:
        articles = work.query(
            "SELECT article_id, version, entry_id, title, text, authors, captions, published_date, published_basis "
            f"FROM articles WHERE source = '{name}'"
        )
        found = work.write(f"{name}.jsonl", extraction(by_name(articles)))
        out = work.folder / f"{name}_scores.json"
        worst = work.folder / f"{name}_worst.jsonl"
        score("score_extraction.py", found, pages / f"{name}_truth.jsonl.gz", "--json", out, "--pages", worst)
        scores[name] = json.loads(out.read_text())
    return Scored(receipt, scores)


def by_name(articles: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows with the name of the file alone as the entry's id: archives hold them in a folder."""
    for article in articles:
        yield {**article, "entry_id": Path(article["entry_id"]).name}


def evaluate_copies(work: Work) -> Scored:
    """Score the clusters of copies in the corpus, over all judged pairs and over the main band."""
    corpus = SHARED / "data" / "corpus"
    shutil.copy(corpus / "lk_news_dev.jsonl.gz", work.folder / "documents.jsonl.gz")
    receipt = work.run(corpus="documents.jsonl.gz")
    articles = work.query("SELECT article_id, version, entry_id, cluster_id, relation, related_id FROM articles")
    found = work.write("clusters.jsonl", copies(articles, work.merges("cluster")))
    scores: dict[str, Scores] = {}
    for band in ("all", "main"):
        out = work.folder / f"{band}_scores.json"
        wrong = work.folder / f"{band}_wrong.jsonl"
        truth = corpus / "lk_news_pairs_dev.jsonl"
        score("score_dedup.py", found, truth, "--band", band, "--json", out, "--errors", wrong)
        scores[f"corpus, {band} pairs"] = json.loads(out.read_text())
    return Scored(receipt, scores)


def evaluate_events(work: Work) -> Scored:
    """Score the events found in the gold documents, and how they are linked."""
    gold = SHARED / "eval" / "gold_events_dev.jsonl"
    documents = list(lines(gold))
    work.write("documents.jsonl", ({key: each[key] for key in DOCUMENT} for each in documents))
    receipt = work.run(gold="documents.jsonl")
    articles = work.query("SELECT article_id, version, entry_id, text, removed FROM articles")
    mentions = work.query("SELECT * FROM mentions")
    texts = {each["id"]: each["text"] for each in documents}
    found = work.write("events.jsonl", events(articles, mentions, work.merges("event"), texts))
    scores = json.loads(score("score_events.py", gold, found, "--json"))
    (work.folder / "scores.json").write_text(json.dumps(scores, indent=1))
    (work.folder / "errors.txt").write_text(score("score_events.py", gold, found, "--errors", 1_000))
    return Scored(receipt, {"gold events": scores})


def evaluate_times(work: Work) -> Scored:
    """Score the days that words of time are resolved to: alone, and each in a report of a visit."""
    gold = SHARED / "data" / "time" / "recognizers_en.jsonl.gz"
    sentences = list(lines(gold))
    work.write("documents.jsonl", reports(sentences))
    receipt = work.run(times="documents.jsonl")
    mentions = work.query(
        "SELECT entry_id, start_date, end_date FROM mentions JOIN articles USING (article_id, version) "
        "ORDER BY entry_id, trigger_start"
    )
    scores: dict[str, Scores] = {}
    for name, found in (("words alone", resolved(sentences)), ("times in reports", times(sentences, mentions))):
        out = work.folder / f"{name}.json"
        wrong = work.folder / f"{name}, wrong.jsonl"
        score("score_time.py", work.write(f"{name}.jsonl", found), gold, "--json", out, "--errors", wrong)
        scores[name] = json.loads(out.read_text())
    return Scored(receipt, scores)


class Part(NamedTuple):
    """One run of the product and what is scored of it."""

    name: str
    evaluate: Callable[[Work], Scored]
    figures: tuple[tuple[str, str, str], ...]
    needs: tuple[str, ...]  # below ../shared


PARTS = (
    Part("events", evaluate_events, EVENTS, ("eval/gold_events_dev.jsonl", "eval/score_events.py")),
    Part("times", evaluate_times, TIMES, ("data/time/recognizers_en.jsonl.gz", "eval/score_time.py")),
    Part("pages", evaluate_pages, EXTRACTION, ("data/pages", "eval/score_extraction.py")),
    Part("copies", evaluate_copies, COPIES, ("data/corpus", "eval/score_dedup.py")),
)


# All of it


def missing(parts: Iterable[Part]) -> list[str]:
    """Return what is not beside the checkout."""
    return [f"../shared/{path}" for part in parts for path in part.needs if not (SHARED / path).exists()]


def evaluate(parts: Sequence[Part], say: Console) -> tuple[list[Figure], dict[str, Scores]]:
    """Run and score parts; return the figures, and all that the scorers said by part.

    Raises:
        Stop: something is not here, or a command failed.
        NotRestored: an offset cannot be traced back to its source.
    """
    if absent := missing(parts):
        raise Stop(f"There is nothing to score: {', '.join(absent)} is not beside this checkout.", 2)
    rows: list[Figure] = []
    everything: dict[str, Scores] = {}
    for number, part in enumerate(parts, start=1):
        say.print(f"{number} of {len(parts)}: {part.name}", style="bold")
        work = Work(part.name)
        shutil.rmtree(work.folder, ignore_errors=True)
        work.folder.mkdir(parents=True)
        scored = part.evaluate(work)
        everything[part.name] = scored._asdict()
        rows += receipt_figures(f"run of {part.name}", scored.receipt)
        for name, scores in scored.scores.items():
            rows += figures(name, scores, part.figures)
    return rows, everything


def main() -> int:
    parser = argparse.ArgumentParser(description="Score newsbeam on what lies in ../shared; all of it by default.")
    parser.add_argument("part", nargs="?", choices=[part.name for part in PARTS], help="this one alone")
    parser.add_argument("--json", action="store_true", help="print all that the scorers say as one JSON object")
    options = parser.parse_args()
    parts = [part for part in PARTS if options.part in (None, part.name)]
    try:
        rows, everything = evaluate(parts, Console(stderr=True, highlight=False))
    except Stop as stop:
        print(stop, file=sys.stderr)
        return stop.exit_code
    except NotRestored as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(everything, indent=1))
    else:
        Console(highlight=False, markup=False, emoji=False).print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
