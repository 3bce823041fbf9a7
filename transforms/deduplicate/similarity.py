"""How alike two texts are, and what the one is to the other.

Texts are compared by shingles, runs of words (Broder, On the resemblance and containment of documents, 1997). What
finds copies in a lake is a sample, chosen by hash and so the same in every text: part of a text has part of its
signature (FracMinHash; Hera, Pierce-Ward and Koslicki, Genome Research 33, 2023). Policies: data/copies.toml.
"""

import functools
import hashlib
import re
import tomllib
from collections.abc import Iterable
from typing import NamedTuple, Optional

import numpy as np
from rapidfuzz import fuzz

from transforms.versions import DATA

POLICY = tomllib.loads((DATA / "copies.toml").read_text(encoding="utf-8"))

#: Scripts that write no spaces: each letter counts as a word.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")

#: Hashes are 63 bits, so that they fit a signed column.
HASHES = 2**63

#: By which the hashes of words are joined: odd, so that none is lost.
FACTOR = np.uint64(0x9E3779B97F4A7C15)

HOUR_US = 3_600_000_000


class Known(NamedTuple):
    """What is known of one version of an article, as far as copies are concerned."""

    article_id: str
    version: int
    publisher: str
    published: int  # µs
    title: Optional[str]
    text: str
    content_hash: str
    cluster_id: str  # "" before it is published


class Text(NamedTuple):
    """One version of an article, ready to be compared."""

    known: Known
    lead: frozenset[str]  # its first words
    shingles: frozenset[int]


class Alike(NamedTuple):
    """How much two texts share: parts of 1."""

    jaccard: float  # of all shingles of both
    containment: float  # of those of the shorter text
    size: float  # of the shorter text, as a part of the longer one


def words(text: str) -> list[str]:
    """Return the words of a text, case-folded.

    >>> words("Tea, again! 東京")
    ['tea', 'again', '東', '京']
    """
    return WORD.findall(text.casefold())


def read_text(known: Known) -> Text:
    """Return an article ready to be compared."""
    lead = words(known.text)[: POLICY["same_outlet"]["lead_words"]]
    return Text(known, frozenset(lead), shingles(known.text))


def shingles(text: str) -> frozenset[int]:
    """Return the hashes of all runs of five words; of a shorter text the one of all its words."""
    found = np.fromiter(map(_hash, words(text)), np.uint64)
    length = min(POLICY["shingles"]["words"], len(found))
    runs = np.zeros(max(1, len(found) - length + 1), np.uint64)
    for at in range(length):
        runs = runs * FACTOR + found[at : at + len(runs)]
    return frozenset((_mix(runs) >> np.uint64(1)).tolist())  # 63 bits


@functools.lru_cache(maxsize=200_000)
def _hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest())


def _mix(numbers: np.ndarray) -> np.ndarray:
    """Return numbers of which every bit depends on all bits of these (the last step of splitmix64)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def signature_of(text: str) -> list[int]:
    """Return the sampled shingle hashes of a text, sorted.

    >>> signature_of("Too short") == signature_of("too  SHORT.")
    True
    """
    policy = POLICY["shingles"]
    ordered = sorted(shingles(text))
    sampled = sum(each < HASHES // policy["sample"] for each in ordered)
    return ordered[: min(max(sampled, policy["signature_min"]), policy["signature_max"])]


# --- groups -----------------------------------------------------------------------------------------------------------


class Groups:
    """Disjoint groups of ids that grow together; each is named by its smallest id.

    >>> groups = Groups()
    >>> groups.join("b", "c"), groups.join("c", "a")
    (None, None)
    >>> groups.find("b"), groups.find("d")
    ('a', 'd')
    """

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._up: dict[str, str] = {}
        for a, b in pairs:
            self.join(a, b)

    def find(self, each: str) -> str:
        while (above := self._up.get(each, each)) != each:
            self._up[each] = self._up.get(above, above)
            each = above
        return each

    def join(self, a: str, b: str) -> None:
        first, second = sorted((self.find(a), self.find(b)))
        self._up[second] = first


# --- pairs ----------------------------------------------------------------------------------------------------------


def compare(a: Text, b: Text) -> Alike:
    """Return how much two texts share."""
    shared = len(a.shingles & b.shingles)
    fewer, more = sorted((len(a.shingles), len(b.shingles)))
    return Alike(shared / (fewer + more - shared), shared / fewer, fewer / more)


def is_same_news(a: Text, b: Text) -> bool:
    """Say whether two articles are the same piece of news: a copy, cut, extension or re-edit, and no template."""
    alike = compare(a, b)
    least = POLICY["alike"]
    if alike.jaccard < least["jaccard"] and alike.containment < least["containment"]:
        return False
    apart = abs(a.known.published - b.known.published)
    if is_same_outlet(a, b):
        return alike.jaccard >= POLICY["same_outlet"]["whatever"] or _heads_agree(a, b, apart)
    policy = POLICY["other_outlet"]
    return apart < policy["soon_hours"] * HOUR_US or alike.jaccard >= policy["later_jaccard"]


def is_same_outlet(a: Text, b: Text) -> bool:
    return a.known.publisher.casefold() == b.known.publisher.casefold()


def _heads_agree(a: Text, b: Text, apart: int) -> bool:
    """Say whether headline or lead tell the same news; both must, once hours have passed."""
    policy = POLICY["same_outlet"]
    titles = ((each.known.title or "").casefold() for each in (a, b))
    title = fuzz.ratio(*titles) / 100
    lead = len(a.lead & b.lead) / max(1, len(a.lead | b.lead))
    if apart < policy["soon_hours"] * HOUR_US:
        return title >= policy["soon_title"] or lead >= policy["soon_lead"]
    return title >= policy["later_title"] and lead >= policy["later_lead"]


def relation_of(copy: Text, canonical: Text) -> str:
    """Return what a copy is to the canonical article of its cluster: one of RELATIONS but `canonical`."""
    alike = compare(copy, canonical)
    policy = POLICY["relation"]
    if alike.jaccard >= policy["exact"]:
        return "exact"
    if not is_same_outlet(copy, canonical):
        is_cut = alike.containment >= policy["cut_containment"] and alike.size <= policy["cut_size"]
        return "excerpt" if is_cut else "syndicated"
    if alike.containment < policy["appended_containment"] or alike.size > policy["appended_size"]:
        return "updated"
    is_longer = len(copy.shingles) > len(canonical.shingles)
    return "appended" if is_longer or copy.known.published == canonical.known.published else "excerpt"
