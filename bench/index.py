"""What finding copies costs, and how that grows with the history.

python bench/index.py [--new 1000] [--small 10000] [--large 1000000]

The same new articles are deduplicated against a lake of few and of many signatures, all published within the window:
signed, looked up, compared in full with what they resemble; in CPU time of one process, the best of three. One in ten
is an altered copy of a committed article. The others in the lakes have signatures drawn by chance, as those of texts
that have nothing in common are, and texts of a small stock.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from console import print_figures, scratch
from pages import paragraphs

from schemas import Receipt
from schemas.ids import make_id
from schemas.tables import TABLES, day_of
from transforms.deduplicate.indexing import open_index
from transforms.deduplicate.shingles import HASHES, POLICY, signature_of
from transforms.deduplicate.similarity import Known, is_same_news, read_text
from transforms.deduplicate_articles import Sketch, cluster_of, find_candidates, look_up, merged_clusters, read_known
from transforms.store.lake import Lake

FIRST = 1_772_431_200_000_000  # 2026-03-02, µs
DAY_US = 86_400_000_000
DAYS = 30
WINDOW_DAYS = 30

#: Sampled shingles of an article of some 500 words.
SHINGLES = 60

STOCK = ["\n\n".join(paragraphs(number)) for number in range(200)]


def article_text(number: int) -> str:
    return "\n\n".join(paragraphs(1_000_000 + number))


def altered(text: str) -> str:
    """Return a text without its last quarter, under another lead."""
    parts = text.split("\n\n")
    return "\n\n".join(["As reported elsewhere.", *parts[: -len(parts) // 4]])


def random_rows(day: int, number: int) -> pa.Table:
    """Return articles of one day that have nothing in common, as COLUMNS that deduplication reads."""
    choose = np.random.default_rng(day)
    ids = [make_id("article", "filler", day, at) for at in range(number)]
    hashes = np.sort(choose.integers(0, HASHES // POLICY["shingles"]["sample"], (number, SHINGLES)), axis=1)
    return pa.table(
        {
            "article_id": ids,
            "published": FIRST + day * DAY_US + np.arange(number) * (DAY_US // max(number, 1)),
            "content_hash": ids,
            "text": [STOCK[at % len(STOCK)] for at in range(number)],
            "signature": pa.ListArray.from_arrays(np.arange(0, hashes.size + 1, SHINGLES, np.int32), hashes.ravel()),
        }
    )


def originals(numbers: Sequence[int], day: int) -> pa.Table:
    """Return articles of which copies will come."""
    texts = [article_text(number) for number in numbers]
    return pa.table(
        {
            "article_id": [make_id("article", "original", number) for number in numbers],
            "published": pa.array([FIRST + day * DAY_US] * len(numbers), pa.int64()),
            "content_hash": pa.array([make_id("content", text) for text in texts], pa.string()),
            "text": pa.array(texts, pa.string()),
            "signature": pa.array([signature_of(text) for text in texts], pa.list_(pa.int64())),
        }
    )


def publish(lake: Lake, day: int, rows: pa.Table) -> None:
    """Commit articles as the run of one day."""
    run_id = f"{day_of(FIRST + day * DAY_US)[5:].replace('-', '')}T000000Z-0123abcd"
    schema = TABLES["articles"].schema
    clusters = [cluster_of(each) for each in rows["article_id"].to_pylist()]
    fixed = {"version": 1, "run_id": run_id, "relation": "canonical", "publisher": "Lake", "title": "A story"}
    columns = {"cluster_id": clusters} | {name: [value] * len(rows) for name, value in fixed.items()}
    columns |= {name: rows[name].combine_chunks() for name in rows.column_names}
    full = pa.table(
        [
            pa.array(columns[each.name], each.type)
            if isinstance(columns.get(each.name), list)
            else columns[each.name].cast(each.type)
            if each.name in columns
            else pa.nulls(len(rows), each.type)
            for each in schema
        ],
        schema=schema,
    ).sort_by([(name, "ascending") for name in TABLES["articles"].sort])
    lake.begin(run_id)
    file = lake.stage(run_id, "articles", day_of(FIRST + day * DAY_US), full)
    receipt = Receipt(run_id, FIRST + day * DAY_US, *[0] * (len(Receipt._fields) - 2))
    lake.commit(receipt, [file], sources=[], software_version="0", rules_version="0")


def build(root: Path, size: int, copies: int) -> Lake:
    """Return a lake of `size` articles over DAYS days, `copies` of which will be copied."""
    lake = Lake.open(str(root))
    with lake.lock():
        for day in range(DAYS):
            mine = range(day, copies, DAYS)
            publish(
                lake, day, pa.concat_tables([originals(mine, day), random_rows(day, max(0, size // DAYS - len(mine)))])
            )
    open_index(lake)
    return lake


def deduplicate(lake: Lake, texts: Sequence[str]) -> tuple[float, int]:
    """Return the CPU seconds that new articles take, and how many proved to be copies."""
    began = time.process_time()
    now = FIRST + DAYS * DAY_US
    known = {
        (key := make_id("article", "new", number)): Known(
            key, 1, "New", now, "A story", text, make_id("content", text), ""
        )
        for number, text in enumerate(texts)
    }
    sketches = [Sketch(key, now, each.content_hash, signature_of(each.text)) for key, each in known.items()]
    candidates = find_candidates(sketches, look_up(sketches, open_index(lake), merged_clusters(lake), WINDOW_DAYS))
    earlier = read_known(lake, [place for each in candidates for place in each.committed])
    read = {key: read_text(each) for key, each in (known | earlier).items()}
    copies = sum(
        any(is_same_news(read[each.article_id], read[other]) for other in each.resembles if other in read)
        for each in candidates
    )
    return time.process_time() - began, copies


def main() -> None:
    parser = argparse.ArgumentParser(description="What finding copies costs, by the size of the history.")
    parser.add_argument("--new", type=int, default=1_000, help="new articles (default 1,000)")
    parser.add_argument("--small", type=int, default=10_000, help="signatures of the smaller lake (default 10,000)")
    parser.add_argument(
        "--large", type=int, default=1_000_000, help="signatures of the larger lake (default 1,000,000)"
    )
    options = parser.parse_args()
    copied = options.new // 10
    texts = [altered(article_text(number)) for number in range(copied)]
    texts += [article_text(number) for number in range(copied, options.new)]
    figures: dict[str, str] = {}
    seconds = []
    for size in (options.small, options.large):
        with scratch() as folder:
            lake = build(folder, size, copied)
            measured, copies = zip(*(deduplicate(lake, texts) for _ in range(3)), strict=True)
        seconds.append(min(measured))
        figures[f"{options.new:,} new articles, {copies[0]} of them copies, against {size:,} signatures, CPU s"] = (
            f"{seconds[-1]:.2f}"
        )
    figures["ratio of the two (aim: 1.5 at most)"] = f"{seconds[1] / seconds[0]:.2f}"
    print_figures(figures)


if __name__ == "__main__":
    main()
