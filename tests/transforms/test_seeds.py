"""Every event in the five seeds, field by field, and the sentences of the CAMEO codebook. Skipped without ../shared."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from extraction import told

from schemas import Actor, Mention

SHARED = Path(__file__).parents[3] / "shared"
TABLE = Path(__file__).parents[1] / "golden" / "seeds.txt"

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="../shared is not here")

#: The root of sentences that only state: PLOVER has no type for them, and none is coded.
STATEMENT = "01"


def seeds() -> list[dict[str, Any]]:
    lines = (SHARED / "eval" / "gold_events_dev.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines[:5]]


def row(number: int, mention: Mention) -> str:
    """Return a mention as a line of the table."""
    return " | ".join(
        [
            str(number),
            f"{mention.type}/{mention.mode}" if mention.mode else mention.type,
            mention.status,
            f"{_sides(mention.source)} -> {_sides(mention.target)}",
            f"{mention.start_date or ''}..{mention.end_date or ''}",
            mention.place_country or "-",
            "; ".join(" < ".join(each) for each in mention.attribution) or "-",
        ]
    )


def _sides(actors: Sequence[Actor]) -> str:
    return "+".join(sorted({each.country or each.name for each in actors})) or "-"


def found() -> list[str]:
    return [
        row(number, mention)
        for number, seed in enumerate(seeds())
        for mention in told(
            seed["text"], seed["published"][:10], publisher=seed["publisher"] or "", final_url=seed["url"] or ""
        )
    ]


def test_the_seeds_hold_what_the_table_says() -> None:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    read = Counter(line.removeprefix("+ ") for line in lines if line.startswith("+ "))
    assert read - Counter(found()) == Counter()


def test_the_root_of_cameo_is_right_for_the_sentences_of_the_codebook() -> None:
    right = []
    examples = (SHARED / "data" / "events" / "cameo_examples.jsonl").read_text(encoding="utf-8").splitlines()
    for line in examples:
        example = json.loads(line)
        roots = {each.cameo[:2] for each in told(example["text"].partition(" Note:")[0]) if each.cameo}
        right.append(not roots if example["root"] == STATEMENT else example["root"] in roots)
    assert sum(right) / len(right) >= 0.8
