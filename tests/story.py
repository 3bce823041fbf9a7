"""A small lake of known rows: one visit, planned on Monday and done on Tuesday, with what else two runs can meet."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from records import DAY, MONDAY, a_mention, a_merge, a_poll, a_reject, an_article, an_event, an_item

from schemas import Receipt, StatusChange
from schemas.ids import make_id
from schemas.tables import TABLES, to_arrow
from transforms.store.lake import Lake

GOLDEN = Path(__file__).parent / "golden" / "commands"

TUESDAY = MONDAY + DAY
FIRST, SECOND = "20260302T060000Z-0123abcd", "20260303T060000Z-0123abcd"

EVENT = make_id("event", 1)
ARTICLE, COPY, SHORT, LATER = (make_id("article", number) for number in (1, 2, 3, 4))

PLANNED = StatusChange("planned", MONDAY, FIRST, make_id("mention", 1), [["Lusa Wire", "a harbour clerk"]])
HAPPENED = StatusChange("happened", TUESDAY, SECOND, make_id("mention", 4), [])


def a_receipt(run_id: str = FIRST, now: int = MONDAY, **changes: int) -> Receipt:
    return Receipt(run_id, now, *[0] * (len(Receipt._fields) - 2))._replace(**changes)


def first_run() -> Mapping[str, Sequence[Any]]:
    copied = {"relation": "excerpt", "related_id": ARTICLE, "similarity": 0.87, "independent": False}
    gone = {"status": "failed", "http_status": 500, "reason": "http_error", "entries": None, "failures": 2}
    return {
        "articles": [an_article(1), an_article(2, publisher="Canal Street Journal", **copied)],
        "mentions": [a_mention(1, event_id=EVENT, status="planned")],
        "rejects": [a_reject(3, title="Two words"), a_reject(5, counted=False, entry_id="", article_id="")],
        "items": [
            an_item(1, outcome="published"),
            an_item(2, outcome="duplicate"),
            an_item(3, outcome="rejected", reason="too_short", title="Two words"),
        ],
        "polls": [a_poll(), a_poll(source="quay", url="https://quay.example/feed.xml", **gone)],
        "events": [an_event(1, status="planned", status_history=[PLANNED])],
    }


def second_run() -> Mapping[str, Sequence[Any]]:
    mine = {"run_id": SECOND}
    return {
        "articles": [an_article(4, **mine, published=TUESDAY, fetched=TUESDAY, title="=Ferro [done]\x1b[31m")],
        "mentions": [a_mention(4, **mine, event_id=EVENT, published=TUESDAY, attribution=[])],
        "items": [
            an_item(1, **mine, seen_at=TUESDAY),
            an_item(4, **mine, seen_at=TUESDAY, outcome="published"),
        ],
        "polls": [a_poll(**mine, polled_at=TUESDAY, entries=4, next_due=None)],
        "merges": [a_merge(**mine, from_id=make_id("event", 4), into_id=EVENT, merged_at=TUESDAY)],
        "events": [an_event(1, **mine, status_history=[PLANNED, HAPPENED], mentions=2, articles=2)],
    }


def commit(lake: Lake, receipt: Receipt, tables: Mapping[str, Sequence[Any]]) -> None:
    """Publish records as the run of a receipt, each table in one file."""
    lake.begin(receipt.run_id)
    day = datetime.fromtimestamp(receipt.now / 1_000_000, UTC).date().isoformat()
    files = [
        lake.stage(receipt.run_id, table, f"date={day}", to_arrow(table, records))
        if TABLES[table].partition == "date"
        else lake.stage(receipt.run_id, table, f"month={day[:7]}", to_arrow(table, records), "events-00.parquet")
        for table, records in tables.items()
    ]
    lake.commit(receipt, files, sources=[], software_version="0.1.0", rules_version="0000abcd")


def build(place: Path | str) -> Lake:
    """Write the whole story."""
    lake = Lake.open(str(place))
    with lake.lock():
        commit(lake, a_receipt(fetched=3, published=1, duplicates=1, rejected=1, mentions=1, events=1), first_run())
        done = a_receipt(SECOND, TUESDAY, fetched=2, published=1, unchanged=1, mentions=1, events=1, merges=1)
        commit(lake, done, second_run())
    return lake


def check_golden(name: str, text: str, lake: Lake) -> None:
    """Compare what a person sees with what is kept in tests/golden/commands, but for where the lake is."""
    told = re.sub(r"-[0-9a-f]{8}\.parquet", "-HASH.parquet", text.replace(lake.root, "LAKE"))
    shown = "\n".join(line.rstrip() for line in told.splitlines()) + "\n"
    assert shown == (GOLDEN / f"{name}.txt").read_text()
