"""Which figures of the scorers are shown, and the table of them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from rich.table import Table

#: Figures of each scorer: what they are called, and where its JSON holds them and how many they are of. A star stands
#: for every key.
EXTRACTION = (
    ("text F1", "text.f1", "pages"),
    ("text precision", "text.precision", "pages"),
    ("text recall", "text.recall", "pages"),
    ("text exact", "text.exact", "pages"),
    ("no article", "missing", "pages"),
    ("captions leaked into the text", "caption_leak.leaked", "caption_leak.sentences"),
    ("captions precision", "captions.precision", "captions.predicted"),
    ("captions recall", "captions.recall", "captions.true"),
    ("title equal", "title.equal", "title.pages"),
    ("title close", "title.close", "title.pages"),
    ("date on the same day", "date.same_day", "date.pages"),
    ("authors equal", "authors.set_equal", "authors.pages"),
    ("authors F1", "authors.f1", "authors.pages"),
)
COPIES = (
    ("pairs F1", "pairs.f1", "judged_pairs"),
    ("pairs precision", "pairs.precision", "judged_pairs"),
    ("pairs recall", "pairs.recall", "judged_pairs"),
    ("recall of *", "recall_by_relation.*.recall", "recall_by_relation.*.n"),
    ("false merges", "hard_negatives.false_merges", "hard_negatives.n"),
    ("strict precision", "strict_precision", ""),
    ("relation right", "relation.accuracy", "relation.comparable"),
)
EVENTS = (
    ("detection F1", "detection.f1", "gold"),
    ("detection precision", "detection.precision", "predicted"),
    ("detection recall", "detection.recall", "gold"),
    ("F1 of *", "by_type.*.f1", "by_type.*.gold"),
    ("precision of *", "by_type.*.precision", "by_type.*.predicted"),
    ("recall of *", "by_type.*.recall", "by_type.*.gold"),
    ("mode right", "accuracy.mode", "matched"),
    ("status right", "accuracy.status", "matched"),
    ("source right", "accuracy.source", "matched"),
    ("target right", "accuracy.target", "matched"),
    ("time right", "accuracy.time", "matched"),
    ("time right where there is one", "time_where_gold_has_one.accuracy", "time_where_gold_has_one.n"),
    ("place right", "accuracy.place_country", "matched"),
    ("attribution F1", "attribution.f1", "matched"),
    ("linking F1", "linking.f1", "linking.mentions"),
    ("linking precision", "linking.precision", "linking.mentions"),
    ("linking recall", "linking.recall", "linking.mentions"),
    ("calibration error, detected", "calibration.detected.ece", "predicted"),
    ("calibration error, all right", "calibration.strict.ece", "predicted"),
)
TIMES = (
    ("resolved F1", "resolved.f1", "gold"),
    ("resolved precision", "resolved.precision", "predicted"),
    ("resolved recall", "resolved.recall", "gold"),
    ("found", "found.recall", "gold"),
    ("right when found", "accuracy_when_found", "predicted"),
    ("resolved, *", "by_granularity.*.resolved", "by_granularity.*.gold"),
)
RECEIPT = ("fetched", "published", "duplicates", "unchanged", "rejected", "deferred", "mentions", "events")

Scores = dict[str, Any]


class Figure(NamedTuple):
    """One line of the table."""

    set: str
    name: str
    value: float | None  # None: the scorer had nothing to compare
    of: int | None


def at(scores: Mapping[str, Any], path: str) -> Any:
    """Return what stands at a dotted path, None where something on the way is missing.

    >>> at({"a": {"b": 1}}, "a.b"), at({"a": None}, "a.b")
    (1, None)
    """
    found: Any = scores
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def figures(name: str, scores: Scores, wanted: Iterable[tuple[str, str, str]]) -> Iterator[Figure]:
    """Yield the figures of a scorer's answer; what it left out, or had none of, is left out too.

    >>> list(figures("copies", {"by": {"exact": {"r": 0.5, "n": 2}}}, [("recall of *", "by.*.r", "by.*.n")]))
    [Figure(set='copies', name='recall of exact', value=0.5, of=2)]
    """
    for title, path, of in wanted:
        head, star, _ = path.partition(".*.")
        for key in (at(scores, head) or {}) if star else [""]:
            figure = Figure(
                name, title.replace("*", key), at(scores, path.replace("*", key)), at(scores, of.replace("*", key))
            )
            if figure.of or (figure.value is not None and not of):
                yield figure


def receipt_figures(name: str, receipt: Scores) -> Iterator[Figure]:
    """Yield what a run took up and what became of it."""
    for part in RECEIPT:
        yield Figure(name, part, receipt[part], None)
    yield Figure(name, "seconds", round(receipt["seconds"]), None)
    yield Figure(name, "fetched a second", receipt["fetched"] / receipt["seconds"], None)


def table(rows: Iterable[Figure]) -> Table:
    """Return the figures as a table of 80 columns."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("set", no_wrap=True)
    shown.add_column("figure", no_wrap=True)
    shown.add_column("value", justify="right", no_wrap=True)
    shown.add_column("of", justify="right", no_wrap=True)
    last = ""
    for row in rows:
        if last and row.set != last:
            shown.add_section()
            shown.add_row()
        value = "-" if row.value is None else f"{row.value:,}" if isinstance(row.value, int) else f"{row.value:.3f}"
        shown.add_row("" if row.set == last else row.set, row.name, value, "" if row.of is None else f"{row.of:,}")
        last = row.set
    return shown
