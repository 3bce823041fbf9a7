"""One bad record never stops the others, and leaves a reject that says what was wrong with it."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from corpora import configure, document

from pipeline import config
from pipeline.run import parse_now, run
from pipeline.runners import runner_options
from schemas import Receipt
from schemas.reject import REASONS, ConfigurationError
from transforms.poll.archives import count
from transforms.store.lake import Lake

EVENING = "2026-03-04T20:00Z"

GOOD = [document(number, [date(2026, 3, 3)]) for number in range(4)]


def poisoned(**changes: Any) -> str:
    """Return a line that would be a document but for `changes`."""
    return json.dumps(GOOD[0] | {"id": "poison"} | changes)


#: The line, and the reason of its reject.
POISON = {
    "a lone surrogate in the text": (poisoned(text=GOOD[0]["text"] + " \ud800"), "mended_text"),
    "a lone surrogate in the title": (poisoned(title="A \udfff title"), "mended_text"),
    "a NUL byte": (poisoned(text=GOOD[0]["text"].replace(" ", " \x00", 1)), "mended_text"),
    "an escape sequence in the title": (poisoned(title="\x1b[31mAlarm\x1b[0m\x1b]0;owned\x07"), "mended_text"),
    "the year 1": (poisoned(published="0001-01-01T00:00:00Z"), "absurd_date"),
    "the year 99999": (poisoned(published="99999-01-01T00:00:00Z"), "absurd_date"),
    "a time that is a list": (poisoned(published=[2026]), "absurd_date"),
    "a number for a text": (poisoned(text=17), "bad_document"),
    "no text": (poisoned(text=None), "bad_document"),
    "half a line": (poisoned()[:40], "bad_document"),
    "a list": ("[1, 2]", "bad_document"),
    "three words": (poisoned(text="Nothing happened here"), "too_short"),
}


def run_over(folder: Path, lines: list[str]) -> tuple[Lake, Receipt]:
    (folder / "corpus.jsonl").write_text("".join(f"{line}\n" for line in lines))
    lake = Lake.open(str(folder / "lake"))
    (receipt,) = run(configure(folder), lake, parse_now(EVENING), runner_options([]), count=count)
    return lake, receipt


def test_each_poison_leaves_its_reason_and_the_rest_goes_through(tmp_path: Path) -> None:
    lines = [line.replace('"poison"', f'"poison-{number}"') for number, (line, _) in enumerate(POISON.values())]
    lake, receipt = run_over(tmp_path, [*map(json.dumps, GOOD), *lines])
    assert receipt.fetched == len(GOOD) + len(POISON)
    rejects = lake.read("rejects", ["entry_id", "reason", "detail", "replay"]).to_pylist()
    reasons = sorted(each["reason"] for each in rejects)
    assert reasons == sorted(reason for _, reason in POISON.values())
    assert set(reasons) <= set(REASONS)
    assert all(each["detail"] for each in rejects)
    published = set(lake.read("articles", ["entry_id"])["entry_id"].to_pylist())
    assert {each["id"] for each in GOOD} <= published


def test_no_table_holds_what_a_terminal_would_obey(tmp_path: Path) -> None:
    lake, _ = run_over(tmp_path, [poisoned(title="\x1b[31mAlarm\x1b[0m", text="\x1b]0;owned\x07" + GOOD[0]["text"])])
    (row,) = lake.read("articles", ["title", "text"]).to_pylist()
    assert "\x1b" not in row["title"] + row["text"]


#: What each stage calls for one record, and whether its failure takes the article away.
STAGES = {
    "clean_articles": ("transforms.clean_articles.clean", True),
    "deduplicate_articles": ("transforms.deduplicate_articles.sign", True),
    "extract_events": ("transforms.extract_events.extract_all", False),
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_record_that_makes_a_stage_raise_is_a_reject_of_that_stage(
    stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, counted = STAGES[stage]
    module, _, function = name.rpartition(".")
    works = getattr(__import__(module, fromlist=[function]), function)
    monkeypatch.setattr(name, _failing(works))
    bad = GOOD[0] | {"id": "bad", "text": f"{GOOD[0]['text']} Sentinel raises here."}
    lake, receipt = run_over(tmp_path, [json.dumps(each) for each in (*GOOD[1:], bad)])
    rejects = lake.read("rejects", ["stage", "reason", "entry_id", "counted", "detail"]).to_pylist()
    assert [(each["stage"], each["reason"], each["counted"]) for each in rejects] == [(stage, "stage_failed", counted)]
    assert "a defect" in rejects[0]["detail"]
    assert receipt.rejected == int(counted)
    assert receipt.published == len(GOOD) - int(counted)


def _failing(works: Callable[..., Any]) -> Callable[..., Any]:
    def fail(first: Any, *others: Any, **named: Any) -> Any:
        if "Sentinel" in str(first):
            raise RuntimeError("a defect")
        return works(first, *others, **named)

    return fail


def test_a_source_named_as_a_path_out_of_the_lake_is_refused(tmp_path: Path) -> None:
    sources = tmp_path / "sources.toml"
    sources.write_text('[[source]]\nname = "../../x"\nurl = "https://news.example/feed.xml"\n')
    with pytest.raises(ConfigurationError, match=r"sources\.toml:2: unsafe name"):
        config.load(sources)
