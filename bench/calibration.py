"""Fit the confidence of mentions on the development gold, and print how well it tells stories that it has not seen.

python bench/calibration.py [--write]

The first table is the figure: each story as a fit on all others tells it. The second has the weights of the product on
the very stories that they were fitted on. The ridge draws weights towards nothing by as much as unseen stories need, so
that on these ones low confidence tells too much and high confidence too little: it checks the file, not the product.
With --write, the weights go to transforms/data/confidence.toml; do so after rules have changed.
"""

import argparse
import importlib.util
import json
import re
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import console  # noqa: F401 - silences what libraries say while they are imported
import numpy as np
from rich.console import Console
from rich.table import Table

from schemas import Article
from transforms.extract.articles import read_articles
from transforms.extract.confidence import confidence, features, weights
from transforms.extract.parse import Parser, load
from transforms.extract_events import MODEL, extract
from transforms.versions import DATA

SHARED = Path(__file__).parents[2] / "shared" / "eval"
HEADER = """# How sure a mention is, in log odds: fitted by `bench/calibration.py --write`.

[log_odds]
"""

#: The penalty of the ridge. Of 1, 3 and 10 the middle told unseen stories best when there were three types.
RIDGE = 3.0
#: A feature shown by fewer mentions than this has no weight.
FEWEST = 5
BINS = 10


class Case(NamedTuple):
    """One mention: what it shows, and whether it is right."""

    story: str
    shown: frozenset[str]
    found: bool  # the gold has such an event there
    right: bool  # and mode, status, source and target too


def scorer() -> Any:
    spec = importlib.util.spec_from_file_location("score_events", SHARED / "score_events.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(SHARED / "score_events.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def story_of(document: str) -> str:
    """Return the story that a document tells: "horn" of "horn-2"; the real articles are one."""
    return "real" if document[:2] == "00" else re.split(r"-\d", document)[0]


def article_of(document: dict[str, Any]) -> Article:
    at = datetime.fromisoformat(document["published"].replace("Z", "+00:00"))
    blank = dict.fromkeys(Article._fields, "")
    known = {
        "article_id": document["id"], "version": 1, "publisher": document["publisher"] or "", "text": document["text"],
        "final_url": document["url"] or "", "language": "en", "published": int(at.timestamp() * 1e6),
        "published_date": at.date().isoformat(), "independent": True,
    }  # fmt: skip
    return Article(**{**blank, **known})


def cases(parser: Parser) -> list[Case]:
    """Return every mention of the gold articles with what is true of it."""
    score, found = scorer(), []
    for line in (SHARED / "gold_events_dev.jsonl").read_text(encoding="utf-8").splitlines():
        document = json.loads(line)
        article = article_of(document)
        shown = [features(each) for each in read_articles([article], parser)[0]]
        told = [each._asdict() for each in extract(article, parser)]
        for each in told:
            each.update({side: [actor._asdict() for actor in each[side]] for side in ("source", "target")})
            each.update(start=each["start_date"], end=each["end_date"])
        partner = {j: document["events"][i] for i, j in score.match_document(document["events"], told)}
        for number, each in enumerate(told):
            gold, mine = score.field_values(partner.get(number, each)), score.field_values(each)
            same = all(gold[name] == mine[name] for name in ("mode", "status", "source", "target"))
            found.append(Case(story_of(document["id"]), shown[number], number in partner, number in partner and same))
    return found


def fit(given: Sequence[Case]) -> dict[str, float]:
    """Return the log odds of each feature by ridge regression; "every mention" is not held back."""
    counts = {name: sum(name in each.shown for each in given) for each in given for name in each.shown}
    names = ["every mention", *sorted(name for name, count in counts.items() if count >= FEWEST)]
    x = np.array([[name == "every mention" or name in each.shown for name in names] for each in given], float)
    y = np.array([each.right for each in given], float)
    ridge = np.diag([0.0, *[RIDGE] * (len(names) - 1)])
    beta = np.zeros(len(names))
    for _ in range(50):  # Newton's method; it settles in about six steps
        share = 1 / (1 + np.exp(-x @ beta))
        slope = x.T @ (y - share) - ridge @ beta
        beta += np.linalg.solve((x.T * (share * (1 - share))) @ x + ridge + 1e-9 * np.eye(len(names)), slope)
    return dict(zip(names, map(float, beta), strict=True))


def told_by(log_odds: dict[str, float], case: Case) -> float:
    odds = log_odds["every mention"] + sum(log_odds.get(each, 0.0) for each in case.shown)
    return float(1 / (1 + np.exp(-odds)))


def left_out(given: Sequence[Case]) -> list[float]:
    """Return the confidence of each mention as fitted on all other stories."""
    models = {
        story: fit([each for each in given if each.story != story]) for story in sorted({each.story for each in given})
    }
    return [told_by(models[each.story], each) for each in given]


def reliability(title: str, told: Sequence[float], given: Sequence[Case]) -> Table:
    """Return a table of bins: how many mentions, what they were told to be and how many were right."""
    table = Table("from", "mentions", "told", "right", "found at all", title=title, title_justify="left")
    error = 0.0
    for low in range(BINS):
        inside = [n for n, each in enumerate(told) if min(int(each * BINS), BINS - 1) == low]
        if inside:
            mean = sum(told[n] for n in inside) / len(inside)
            found, right = (sum(each) / len(inside) for each in zip(*(given[n][2:] for n in inside), strict=True))
            error += len(inside) / len(told) * abs(mean - right)
            table.add_row(f"{low / BINS:.1f}", str(len(inside)), f"{mean:.3f}", f"{right:.3f}", f"{found:.3f}")
    table.caption = f"expected calibration error {error:.3f}; {len(set(told))} distinct values"
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description="Fit the confidence of mentions on the development gold.")
    parser.add_argument("--write", action="store_true", help="write transforms/data/confidence.toml")
    options = parser.parse_args()
    if not SHARED.exists():
        print("There is nothing to fit on: ../shared/eval is not beside this checkout.", file=sys.stderr)
        return 2
    given = cases(Parser(load(MODEL)))
    if options.write:
        rows = [f'"{name}" = {value:.3f}\n' for name, value in fit(given).items()]
        (DATA / "confidence.toml").write_text(HEADER + "".join(rows), encoding="utf-8")
        weights.cache_clear()
    screen = Console(highlight=False)
    screen.print(reliability("each story by the others", [round(each, 3) for each in left_out(given)], given))
    told = [confidence(each.shown) for each in given]
    screen.print(reliability("as the product tells the stories it was fitted on", told, given))
    return 0


if __name__ == "__main__":
    sys.exit(main())
