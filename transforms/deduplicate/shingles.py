"""What texts are compared by: runs of words, as numbers, and the sample of these that finds copies in a lake.

Shingles: Broder, On the resemblance and containment of documents, 1997. The sample is chosen by hash and so the same in
every text: part of a text has part of its signature (FracMinHash; Hera, Pierce-Ward and Koslicki, Genome Research 33,
2023). A whole text is hashed at once: its letters times powers of an odd number, of which the sum over any word is a
difference of two running sums, divided by the power that the word begins with (all modulo 2^64).
"""

import functools
import re
import tomllib
from collections.abc import Iterator

import numpy as np

from transforms.versions import DATA

POLICY = tomllib.loads((DATA / "copies.toml").read_text(encoding="utf-8"))

#: Scripts that write no spaces: each letter counts as a word.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")

#: Hashes are 63 bits, so that they fit a signed column.
HASHES = 2**63

#: By which letters become words, and the number that takes it back; by which words become runs: odd, so that none is
#: lost, and two numbers, so that a letter of one word is never taken for one of the next.
LETTERS = 0x9E3779B97F4A7C15
INVERSE = pow(LETTERS, -1, 2**64)
WORDS = np.uint64(0xD1342543DE82EF95)

#: What splitmix64 ends with.
MIXING = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))
LAST = np.uint64(31)
ONE = np.uint64(1)

#: What a letter is to words.
BETWEEN, WITHIN, ALONE = range(3)


def words(text: str) -> Iterator[str]:
    """Yield the words of a text, case-folded.

    >>> list(words("Tea, again! 東京"))
    ['tea', 'again', '東', '京']
    """
    return (match[0] for match in WORD.finditer(text.casefold()))


def shingles(text: str) -> np.ndarray:
    """Return the hashes of all runs of five words, sorted, each once; of a shorter text the one of all its words."""
    found = hashed_words(text.casefold())
    length = min(POLICY["shingles"]["words"], len(found))
    runs = np.zeros(max(1, len(found) - length + 1), np.uint64)
    for at in range(length):
        runs = runs * WORDS + found[at : at + len(runs)]
    ordered = np.sort((_mix(runs) >> ONE).view(np.int64))
    return ordered[np.append(True, ordered[1:] != ordered[:-1])]


def signature_of(text: str) -> list[int]:
    """Return the sampled shingle hashes of a text, sorted.

    >>> signature_of("Too short") == signature_of("too  SHORT.")
    True
    """
    policy = POLICY["shingles"]
    ordered = shingles(text)
    sampled = int(np.searchsorted(ordered, HASHES // policy["sample"]))
    return ordered[: min(max(sampled, policy["signature_min"]), policy["signature_max"])].tolist()


def hashed_words(text: str) -> np.ndarray:
    """Return the hash of each word of a text; those that `words` yields, in their order."""
    letters = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    kinds = np.zeros(len(letters) + 2, np.uint8)  # a gap at either end
    kinds[1:-1] = _kinds()[letters]
    before, behind = kinds[:-1], kinds[1:]
    ends_here = (before != behind) | (behind == ALONE)
    starts, ends = (np.flatnonzero(ends_here & (side != BETWEEN)) for side in (behind, before))
    sums = np.zeros(len(letters) + 1, np.uint64)
    np.cumsum(letters * _powers(LETTERS, len(letters)), out=sums[1:])
    return (sums[ends] - sums[starts]) * _powers(INVERSE, len(letters) + 1)[starts]


@functools.cache
def _kinds() -> np.ndarray:
    """Return what every letter that there is is to words."""
    kinds = np.zeros(0x110000, np.uint8)
    every = "".join(map(chr, range(0xD800))) + "\0" * 0x800 + "".join(map(chr, range(0xE000, 0x110000)))
    for match in WORD.finditer(every):
        kinds[match.start() : match.end()] = WITHIN
    for match in re.finditer(f"[{UNSPACED}]+", every):
        kinds[match.start() : match.end()] = ALONE
    return kinds


def _powers(factor: int, count: int) -> np.ndarray:
    """Return the first powers of a number, modulo 2^64."""
    return _table(factor, 1 << count.bit_length())[:count]


@functools.lru_cache(maxsize=32)
def _table(factor: int, count: int) -> np.ndarray:
    return np.multiply.accumulate(np.concatenate(([np.uint64(1)], np.full(count - 1, factor, np.uint64))))


def _mix(numbers: np.ndarray) -> np.ndarray:
    """Return numbers of which every bit depends on all bits of these (the last step of splitmix64)."""
    for shift, factor in MIXING:
        numbers = (numbers ^ (numbers >> shift)) * factor
    return numbers ^ (numbers >> LAST)
