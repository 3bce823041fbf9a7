"""How sure a mention is: the share of mentions like it that are right in type, mode, status, source and target.

A logistic model over what is known of a report without the truth: how much of it was guessed, which rule coded it,
what it lacks. The weights stand in data/confidence.toml as log odds; `bench/calibration.py` fits them on the
development gold with a ridge penalty, and prints how well each story is told by a fit on all others.
"""

import functools
import math
import tomllib
from collections.abc import Iterable

from transforms.extract.reported import Report
from transforms.versions import DATA

#: From this many characters on a sentence holds several clauses, and more can be mistaken.
LONG_SENTENCE = 200

_AHEAD = ("planned", "confirmed", "possible", "requested")


def features(report: Report) -> frozenset[str]:
    """Return what a report shows of how sure it is; each is a row of data/confidence.toml, or counts for nothing."""
    everyone = (*report.source, *report.target)
    shown = {
        f"rule {report.rule}": True,
        f"type {report.type}": True,
        f"status {report.status}": report.status != "happened",
        "ahead": report.status in _AHEAD,
        "one guess": report.doubts == 1,
        "several guesses": report.doubts > 1,
        "no time": report.when is None,
        "no place": report.place is None,
        "no source": not report.source,
        "no target": not report.target,
        "no country": not any(each.country for each in everyone),
        "many actors": len(everyone) > 2,
        "a person": any(each.kind == "person" for each in everyone),
        "a group": any(each.kind in ("group", "organisation") for each in everyone),
        "attributed": bool(report.attribution),
        "long sentence": report.sentence.end - report.sentence.body >= LONG_SENTENCE,
    }
    return frozenset(name for name, is_so in shown.items() if is_so)


@functools.cache
def weights() -> dict[str, float]:
    """Return the log odds of each feature, and those of all mentions as "every mention"."""
    rows: dict[str, float] = tomllib.loads((DATA / "confidence.toml").read_text(encoding="utf-8"))["log_odds"]
    return rows


def confidence(shown: Iterable[str]) -> float:
    """Return the share of mentions that are right among those that show the same, 0.01 to 0.99."""
    known = weights()
    odds = known["every mention"] + sum(known.get(each, 0.0) for each in sorted(shown))
    return round(min(max(1 / (1 + math.exp(-odds)), 0.01), 0.99), 3)
