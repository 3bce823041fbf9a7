"""The reasons of rejects are a closed list: what is given is explained, and what is explained is given."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.reject import REASONS

CODE = sorted((Path(__file__).parents[2] / "transforms").rglob("*.py"))

#: Calls whose first argument is a reason; `Verdict` is one where pages are judged, and something else in what.py.
GIVERS = {"Failure", "Note", "Unreadable"}


def constants(node: ast.expr) -> Iterator[str]:
    """The strings that an expression can be."""
    if isinstance(node, ast.IfExp):
        yield from constants(node.body)
        yield from constants(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def given_in(path: Path) -> Iterator[str]:
    """The reasons that a module gives in so many words."""
    givers = GIVERS | ({"Verdict"} if path.stem in ("quality", "screens", "clean_articles") else set())
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            named = [each.value for each in node.keywords if each.arg == "reason"]
            for value in [*named, *(node.args[:1] if name in givers else ())]:
                yield from constants(value)


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.stem)
def test_every_reason_that_is_given_is_explained(path: Path) -> None:
    assert set(given_in(path)) <= set(REASONS)


def test_every_reason_that_is_explained_is_given() -> None:
    words = {
        node.value for path in CODE for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)
    }
    assert set(REASONS) - words == set()
    assert len({each for path in CODE for each in given_in(path)}) > 20


def test_each_explanation_is_one_sentence() -> None:
    for sentence in REASONS.values():
        assert sentence[0].isupper()
        assert sentence.endswith(".")
