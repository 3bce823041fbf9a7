"""The table shows what the scorers said, and leaves nothing out silently."""

import doctest
import io
import sys
from pathlib import Path
from types import ModuleType

import pytest
from rich.console import Console

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

import figures as figures_module
import predictions
import times
from figures import Figure, figures, table


def test_a_star_stands_for_every_key() -> None:
    scores = {"by_type": {"AID": {"f1": 0.5, "gold": 4}, "AGREE": {"f1": 1.0, "gold": 1}}}
    assert list(figures("gold", scores, [("F1 of *", "by_type.*.f1", "by_type.*.gold")])) == [
        Figure("gold", "F1 of AID", 0.5, 4),
        Figure("gold", "F1 of AGREE", 1.0, 1),
    ]


def test_what_a_scorer_left_out_is_left_out_too() -> None:
    wanted = [("title equal", "title.equal", "title.pages"), ("missing", "missing", "pages")]
    assert list(figures("pages", {"pages": 3, "missing": 0}, wanted)) == [Figure("pages", "missing", 0, 3)]


def test_what_could_not_be_compared_is_shown_without_a_value() -> None:
    scores = {"title": {"equal": None, "pages": 3}}
    assert list(figures("pages", scores, [("title equal", "title.equal", "title.pages")])) == [
        Figure("pages", "title equal", None, 3)
    ]


def test_a_figure_of_none_is_left_out() -> None:
    scores = {"by_type": {"AID": {"precision": 0.0, "predicted": 0}}}
    assert list(figures("gold", scores, [("precision of *", "by_type.*.precision", "by_type.*.predicted")])) == []


def test_the_table_fits_80_columns_and_names_a_set_once() -> None:
    rows = [
        Figure("corpus, all pairs", "false merges", 3, 1227),
        Figure("corpus, all pairs", "calibration error, all right", 0.97251, 646),
        Figure("gold events", "detection F1", None, None),
    ]
    out = io.StringIO()
    Console(file=out, width=80).print(table(rows))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert out.getvalue().count("corpus, all pairs") == 1
    assert "3  1,227" in lines[1]
    assert "0.973" in lines[2]
    assert lines[-1].split() == ["gold", "events", "detection", "F1", "-"]


@pytest.mark.parametrize("module", [figures_module, predictions, times], ids=lambda module: module.__name__)
def test_the_examples_in_docstrings_hold(module: ModuleType) -> None:
    failed, attempted = doctest.testmod(module)
    assert (failed, attempted > 0) == (0, True)
