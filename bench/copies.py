"""Finding the copies among 100,000 articles, beside MinHash and LSH as datasketch has them.

python bench/copies.py [--articles 100000]

The corpus in ../shared is enlarged by stories in which other words stand, and each story by altered copies of it, so
that it is known what is a copy of what. Both sides sign every text, find candidates, compare these in full by the same
shingles, and join what proves to be one; each in a process of its own. Times are of that process alone (CPU), and begin
when the texts are in memory, from where the peak of memory is counted too. It needs datasketch: see CONTRIBUTING.md.
"""

import argparse
import functools
import gzip
import hashlib
import json
import multiprocessing
import re
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from math import comb
from pathlib import Path
from typing import NamedTuple

from console import print_figures

from schemas.ids import make_id
from transforms.deduplicate.shingles import POLICY, signature_of, words
from transforms.deduplicate.similarity import Groups, Known, read_text
from transforms.deduplicate_articles import Sketch, find_candidates, group_same_news, look_up

CORPUS = Path(__file__).parents[2] / "shared" / "data" / "corpus"
HOUR_US = 3_600_000_000
WINDOW_DAYS = 30
WORD = re.compile(r"\w+")

#: MinHash as its users set it: 128 permutations, and the threshold at which it finds most of the judged pairs.
PERMUTATIONS = 128
THRESHOLD = 0.5


class Told(NamedTuple):
    """What one side made of the articles."""

    cpu_s: float
    peak_bytes: int  # beside the texts
    found: float  # share of the pairs of copies that stand in one cluster
    wrong: int  # pairs in one cluster that are none


# --- the articles ---------------------------------------------------------------------------------------------------


def reworded(text: str, share: float, number: int) -> str:
    """Return a text in which a share of all words, chosen by a hash, became others."""

    def other(word: str) -> str:
        if word not in chosen:
            digest = hashlib.blake2b(f"{number} {word}".encode(), digest_size=8).digest()
            chosen[word] = f"{word}{number}" if int.from_bytes(digest) < share * 2**64 else word
        return chosen[word]

    chosen: dict[str, str] = {}
    return WORD.sub(lambda match: other(match[0]), text)


def cut(text: str) -> str:
    """Return a text without its last third."""
    return text[: len(text) * 2 // 3]


def led(text: str) -> str:
    """Return a text under another lead."""
    return f"As was reported elsewhere on Monday, officials confirmed it when they were asked again.\n\n{text}"


#: One story: as it was written, as it is, edited lightly and more, cut, and extended.
COPIES: tuple[Callable[[str], str], ...] = (
    str,
    str,
    lambda text: reworded(text, 0.02, 1),
    lambda text: reworded(text, 0.05, 2),
    cut,
    led,
)


class Written(NamedTuple):
    """An article, and which story it tells."""

    known: Known
    story: str


def articles(count: int) -> list[Written]:
    """Return so many articles. Those of the corpus that were judged to be copies tell one story."""
    with gzip.open(CORPUS / "lk_news_dev.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    with (CORPUS / "lk_news_pairs_dev.jsonl").open(encoding="utf-8") as file:
        judged = [json.loads(line) for line in file]
    stories = Groups((each["a"], each["b"]) for each in judged if each["same"])
    return [_article(number, rows, stories) for number in range(count)]


def _article(number: int, rows: Sequence[dict[str, str]], stories: Groups) -> Written:
    story, copy = divmod(number, len(COPIES))
    again, at = divmod(story, len(rows))
    row = rows[at]
    text = COPIES[copy](_retold(row["text"], again))
    published = int(datetime.fromisoformat(row["published"]).timestamp()) * 1_000_000 + copy * HOUR_US
    publisher = f"{row['publisher']} {again}"
    known = Known(f"{number:07}", 1, publisher, published, row["title"], text, make_id("content", text), "")
    return Written(known, f"{stories.find(row['id'])} {again}")


@functools.lru_cache(maxsize=1)  # the copies of one story follow each other
def _retold(text: str, again: int) -> str:
    """Return a text, or another story told in as many words."""
    return reworded(text, 1.0, 10 + again) if again else text


# --- the two sides --------------------------------------------------------------------------------------------------


def ours(given: Sequence[Known]) -> Groups:
    """Return the clusters as one run of newsbeam makes them, in a lake that holds nothing."""
    sketches = [Sketch(each.article_id, each.published, each.content_hash, signature_of(each.text)) for each in given]
    members: dict[str, list[str]] = {}
    alike: dict[str, list[tuple[str, str]]] = {}
    for each in find_candidates(sketches, look_up(sketches, [], {}, WINDOW_DAYS)):
        members.setdefault(each.group, []).append(each.article_id)
        alike.setdefault(each.group, []).extend((each.article_id, other) for other in each.resembles)
    known = {each.article_id: each for each in given}
    joined = Groups()
    for name, ids in members.items():
        texts = {each: read_text(known[each]) for each in ids}
        groups = group_same_news(texts, {}, alike[name])
        for each in ids:
            joined.join(each, groups.find(each))
    return joined


def theirs(given: Sequence[Known]) -> Groups:
    """Return the clusters by MinHash, LSH and a comparison of all candidates, as datasketch's users write it."""
    from datasketch import MinHash, MinHashLSH  # here: only this measurement needs it

    index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    pairs: list[tuple[str, str]] = []
    for each in given:
        signature = MinHash(num_perm=PERMUTATIONS)
        signature.update_batch(shingles_of(each.text))
        pairs += [(other, each.article_id) for other in index.query(signature)]
        index.insert(each.article_id, signature)
    known = {each.article_id: each for each in given}
    candidates = Groups(pairs)
    members: dict[str, list[tuple[str, str]]] = {}
    for pair in pairs:
        members.setdefault(candidates.find(pair[0]), []).append(pair)
    joined = Groups()
    for group in members.values():
        texts = {each: set(shingles_of(known[each].text)) for each in {each for pair in group for each in pair}}
        for one, other in group:
            shared = len(texts[one] & texts[other])
            if shared >= THRESHOLD * (len(texts[one]) + len(texts[other]) - shared):
                joined.join(one, other)
    return joined


def shingles_of(text: str) -> list[bytes]:
    """Return the runs of five words that both sides compare."""
    found = list(words(text))
    length = POLICY["shingles"]["words"]
    return [" ".join(found[at : at + length]).encode() for at in range(max(1, len(found) - length + 1))]


# --- measuring ------------------------------------------------------------------------------------------------------


def told(side: Callable[[Sequence[Known]], Groups], count: int) -> Told:
    """Return what a side makes of so many articles, in this process."""
    written = articles(count)
    given = [each.known for each in written]
    before = _peak()
    began = time.process_time()
    groups = side(given)
    seconds = time.process_time() - began
    both = Counter((groups.find(each.known.article_id), each.story) for each in written)
    clusters: Counter[str] = Counter()
    stories: Counter[str] = Counter()
    for (cluster, story), size in both.items():
        clusters[cluster] += size
        stories[story] += size
    right = _pairs(both.values())
    return Told(seconds, _peak() - before, right / _pairs(stories.values()), _pairs(clusters.values()) - right)


def _pairs(sizes: Iterable[int]) -> int:
    return sum(comb(each, 2) for each in sizes)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measured(count: int) -> Iterator[tuple[str, str]]:
    """Yield the figures of both sides, by name."""
    sides = {"newsbeam": ours, f"datasketch, {PERMUTATIONS} permutations at {THRESHOLD}": theirs}
    found = []
    for name, side in sides.items():
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            found.append(pool.apply(told, (side, count)))
        yield f"{name}: CPU s", f"{found[-1].cpu_s:.1f}"
        yield f"{name}: peak memory beside the texts, MiB", f"{found[-1].peak_bytes / 2**20:,.0f}"
        yield f"{name}: pairs of copies found", f"{found[-1].found:.3f}"
        yield f"{name}: pairs joined that are none", f"{found[-1].wrong:,}"
    mine, other = found
    yield f"{count:,} articles, how many times as fast (aim: more than 1)", f"{other.cpu_s / mine.cpu_s:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description="The copies among many articles, beside datasketch's MinHash.")
    parser.add_argument("--articles", type=int, default=100_000, help="how many (default 100,000)")
    print_figures(dict(measured(parser.parse_args().articles)))


if __name__ == "__main__":
    main()
