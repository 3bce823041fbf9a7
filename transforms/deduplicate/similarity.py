"""How alike two texts are, and what the one is to the other. Policies: data/copies.toml."""

from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple, Optional

from rapidfuzz import fuzz

from transforms.deduplicate.shingles import POLICY, shingles, words

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


def read_text(known: Known) -> Text:
    """Return an article ready to be compared."""
    lead = islice(words(known.text), POLICY["same_outlet"]["lead_words"])
    return Text(known, frozenset(lead), frozenset(shingles(known.text).tolist()))


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
