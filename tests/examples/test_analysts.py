"""docs/analysts.md answers what it asks: each query runs on the sample, and its two forms give the same rows."""

import ast
import re
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest
from evenings import Light

from pipeline import query
from transforms.store.lake import Lake

DOCUMENT = Path(__file__).parents[2] / "docs" / "analysts.md"


class Question(NamedTuple):
    """A heading of the document and the two forms of its answer."""

    heading: str
    sql: str
    python: str


def questions() -> list[Question]:
    """Return the ten questions, in order."""
    found = re.findall(r"^### (.+?)\n\n```sql\n(.+?)```\n\n```python\n(.+?)```", DOCUMENT.read_text(), re.M | re.S)
    return [Question(*each) for each in found]


def run_polars(code: str, folder: Path) -> list[dict[str, Any]]:
    """Return the rows of the last expression of `code`."""

    def table(name: str) -> pl.LazyFrame:
        return pl.scan_parquet(f"{folder}/{name}/*/*.parquet", hive_partitioning=True)

    module = ast.parse(code)
    last = module.body.pop()
    assert isinstance(last, ast.Expr)
    names: dict[str, Any] = {"pl": pl, "table": table}
    exec(compile(module, str(DOCUMENT), "exec"), names)
    frame: pl.LazyFrame = eval(compile(ast.Expression(last.value), str(DOCUMENT), "eval"), names)
    return frame.collect().to_dicts()


def test_there_are_ten() -> None:
    assert len(questions()) == 10


@pytest.mark.parametrize("question", questions(), ids=lambda each: each.heading)
def test_both_forms_of_an_answer_agree_and_say_something(question: Question, light: Light) -> None:
    answer = list(query.rows(query.select(Lake.open(str(light.folder)), question.sql)))
    assert answer
    assert run_polars(question.python, light.folder) == answer
