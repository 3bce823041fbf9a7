"""The index of signatures: which committed articles may resemble new ones, found without reading their table.

    _index/<hash>.arrow    a segment: the signatures of the articles of some runs, sorted by hash

It is derived from `articles` alone. A run adds a segment of what was committed since the last one; segments of one size
are then merged, so that they are few and an article is written anew only some times. Segments are mapped into memory
and searched, not read: what a look-up costs depends on what is asked. An index that is removed is built again.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from transforms.deduplicate.shingles import POLICY

#: Articles of a segment from which on it is merged no more, and that are read at once where an index is built.
FULL = 131_072

#: New articles that are looked up at once.
BATCH = 4_096

#: What is kept of an article, as it stands in the table.
COLUMNS = ["article_id", "published", "content_hash", "cluster_id", "relation", "signature"]
ROW = pa.struct(
    [
        *((name, pa.string()) for name in ("article_id", "content_hash", "cluster_id", "relation")),
        ("published", pa.int64()),
        ("signature", pa.list_(pa.int64())),
    ]
)

#: One row a file: arrays of different lengths side by side.
SEGMENT = pa.schema(
    [
        ("runs", pa.list_(pa.string())),  # that it covers
        ("earlier", pa.list_(pa.int64())),  # how many more, which are in a checkpoint of the lake
        ("keys", pa.list_(pa.int64())),  # sampled shingles, sorted
        ("holders", pa.list_(pa.int32())),  # the row of each
        ("names", pa.list_(pa.int64())),  # numbers of article ids, texts, and clusters of canonical articles, sorted
        ("named", pa.list_(pa.int32())),  # the row of each
        ("rows", pa.list_(ROW)),
    ]
)


class Row(NamedTuple):
    """One version of an article, as far as what is gathered goes."""

    article_id: str
    published: int  # µs
    content_hash: str
    cluster_id: str  # "" in the run that has it


class Pair(NamedTuple):
    """A text that may be a copy of an article."""

    content_hash: str
    other: Row


@dataclass(frozen=True)
class Segment:
    """Some articles, sorted by what is asked for. Rows of one text are one holder."""

    batch: pa.RecordBatch

    @cached_property
    def runs(self) -> list[str]:
        return self._values("runs").to_pylist()

    @property
    def earlier(self) -> int:
        return int(self._values("earlier")[0].as_py())

    @property
    def size(self) -> int:
        """How many articles it has."""
        return len(self.rows)

    @cached_property
    def rows(self) -> pa.StructArray:
        return self._values("rows")

    @cached_property
    def keys(self) -> np.ndarray:
        return self._values("keys").to_numpy()

    @cached_property
    def holders(self) -> np.ndarray:
        return self._values("holders").to_numpy()

    @cached_property
    def names(self) -> np.ndarray:
        return self._values("names").to_numpy()

    @cached_property
    def named(self) -> np.ndarray:
        return self._values("named").to_numpy()

    @cached_property
    def published(self) -> np.ndarray:
        return self.rows.field("published").to_numpy()

    @cached_property
    def signatures(self) -> "Signatures":
        found = self.rows.field("signature")
        return Signatures(found.values.to_numpy(), found.offsets.to_numpy())

    def take(self, at: np.ndarray) -> list[Row]:
        chosen = pa.array(at)
        columns = [self.rows.field(name).take(chosen).to_pylist() for name in Row._fields]
        return [Row(*values) for values in zip(*columns, strict=True)]

    def _values(self, name: str) -> pa.Array:
        return self.batch.column(name).values


class Signatures(NamedTuple):
    """Sorted signatures, end to end."""

    hashes: np.ndarray
    offsets: np.ndarray  # where each begins, and the end

    def last(self, at: np.ndarray) -> np.ndarray:
        """Return the largest hash of some signatures, none of which is empty."""
        return self.hashes[self.offsets[at + 1] - 1]

    def up_to(self, at: np.ndarray, reach: np.ndarray) -> np.ndarray:
        """Return how many hashes of some signatures are at most `reach`: one bisection for all of them."""
        low, high = self.offsets[at].astype(np.int64), self.offsets[at + 1].astype(np.int64)
        start = low.copy()
        while (open_ := low < high).any():
            middle = (low + high) // 2
            fits = open_ & (self.hashes[np.where(open_, middle, start)] <= reach)
            low = np.where(fits, middle + 1, low)
            high = np.where(open_ & ~fits, middle, high)
        return low - start


# --- making ---------------------------------------------------------------------------------------------------------


def segment_of(rows: pa.Table, runs: Sequence[str], earlier: int = 0) -> Segment:
    """Return the segment of some articles.

    Args:
        rows: COLUMNS of the table, in any order.
        runs: all whose articles these are, but for `earlier` ones that nobody tells apart.
    """
    rows = rows.sort_by([(name, "ascending") for name in ("published", "article_id", "content_hash")])
    array = pa.StructArray.from_arrays(
        [rows[each.name].cast(each.type).combine_chunks() for each in ROW], fields=list(ROW)
    )
    ids, texts = (_numbers(rows[name]) for name in ("article_id", "content_hash"))
    told = np.zeros(len(rows), bool)
    told[np.unique(texts, return_index=True)[1]] = True  # of each text one row
    heads = np.flatnonzero(rows["relation"].to_numpy() == "canonical")
    clusters = _numbers(rows["cluster_id"].take(pa.array(heads)))
    every = np.arange(len(rows), dtype=np.int32)
    signatures = array.field("signature")
    sizes = np.diff(signatures.offsets.to_numpy())
    mine = np.repeat(told, sizes)
    keys, holders = _sorted(signatures.flatten().to_numpy()[mine], np.repeat(every, sizes)[mine])
    names, named = _sorted(np.concatenate([ids, texts, clusters]), np.concatenate([every, every, heads]))
    lists = [pa.array(runs, pa.string()), *map(pa.array, ([earlier], keys, holders, names, named)), array]
    return Segment(
        pa.RecordBatch.from_arrays(
            [
                pa.ListArray.from_arrays(pa.array([0, len(values)], pa.int32()), values).cast(each.type)
                for each, values in zip(SEGMENT, lists, strict=True)
            ],
            schema=SEGMENT,
        )
    )


def merged(segments: Sequence[Segment], runs: Sequence[str], earlier: int) -> Segment:
    """Return one segment of what several hold."""
    rows = pa.concat_tables([pa.Table.from_batches([pa.RecordBatch.from_struct_array(each.rows)]) for each in segments])
    return segment_of(rows, runs, earlier)


def _sorted(keys: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(keys, kind="stable")
    return keys[order], rows[order].astype(np.int32)


def _numbers(ids: Iterable[object]) -> np.ndarray:
    """Return ids as numbers; that two are one number is as rare as that two ids are one."""
    digests = b"".join(hashlib.blake2b(str(each).encode(), digest_size=8).digest() for each in ids)
    return np.frombuffer(digests, np.int64)


# --- asking ---------------------------------------------------------------------------------------------------------


def resembling(index: Sequence[Segment], new: Mapping[str, Sequence[int]]) -> Iterator[Pair]:
    """Yield what other texts of the index may be copies of texts, or the reverse.

    They share part of their signatures (`shared` in data/copies.toml). What stands in more than `crowd` texts is
    furniture and does not count; but a text that is made of it to a half is news that very many tell, and is held
    against the earliest of them in each segment, which lead to the others.

    Args:
        new: signatures by content hash.
    """
    texts = sorted(each for each in new if new[each])
    for at in range(0, len(texts), BATCH):
        yield from _resembling(index, texts[at : at + BATCH], new)


def _resembling(index: Sequence[Segment], texts: Sequence[str], new: Mapping[str, Sequence[int]]) -> Iterator[Pair]:
    mine = Signatures(
        np.fromiter((each for text in texts for each in new[text]), np.int64),
        np.concatenate([[0], np.cumsum([len(new[text]) for text in texts])]),
    )
    sizes = np.diff(mine.offsets)
    keys, owners = _sorted(mine.hashes, np.repeat(np.arange(len(sizes)), sizes))
    wanted, at = np.unique(keys, return_inverse=True)
    spans = [_spans(segment.keys, wanted) for segment in index]
    kept = _news(spans, at, owners, sizes)
    owners = owners[kept]
    starts, ends = (np.searchsorted(at[kept], np.arange(len(wanted)), side) for side in ("left", "right"))
    for segment, (found, left, right) in zip(index, spans, strict=True):
        many = np.minimum(right - left, POLICY["candidates"]["crowd"])  # the earliest holders
        theirs = segment.holders[_ranges(left, left + many)]
        key = np.repeat(found, many)
        mines = owners[_ranges(starts[key], ends[key])].astype(np.int64)
        theirs = np.repeat(theirs, ends[key] - starts[key])
        pairs, shared = np.unique(mines * segment.size + theirs, return_counts=True)
        mines, theirs = pairs // max(1, segment.size), pairs % max(1, segment.size)
        enough = shared_enough(mine, mines, segment.signatures, theirs, shared)
        for text, other in zip(mines[enough].tolist(), segment.take(theirs[enough]), strict=True):
            if texts[text] != other.content_hash:
                yield Pair(texts[text], other)


class Spans(NamedTuple):
    """Where numbers stand among others."""

    found: np.ndarray  # which of them do
    left: np.ndarray  # where each of these begins
    right: np.ndarray  # and where it ends


def _spans(keys: np.ndarray, wanted: np.ndarray) -> Spans:
    """Return where sorted numbers stand in sorted keys. Ends are looked for of those alone that are there."""
    left = np.searchsorted(keys, wanted)
    found = np.flatnonzero(left < len(keys))
    found = found[keys[left[found]] == wanted[found]]
    return Spans(found, left[found], np.searchsorted(keys, wanted[found], "right"))


def _news(spans: Sequence[Spans], at: np.ndarray, owners: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Say of each hash of signatures whether others are looked for by it.

    Args:
        spans: of all distinct hashes, in each segment.
        at: which of these each hash is.
        owners: whose each is.
        sizes: of the signatures.
    """
    held = np.zeros(at[-1] + 1, np.int64)
    for found, left, right in spans:
        held[found] += right - left
    crowded = (held > POLICY["candidates"]["crowd"])[at]
    told_by_many = 2 * np.bincount(owners[crowded], minlength=len(sizes)) >= sizes
    return ~crowded | told_by_many[owners]


def shared_enough(a: Signatures, at: np.ndarray, b: Signatures, bt: np.ndarray, shared: np.ndarray) -> np.ndarray:
    """Say of pairs of signatures whether they share enough: of the smaller, in the range that both sampled."""
    reach = np.minimum(a.last(at), b.last(bt))
    fewer = np.minimum(a.up_to(at, reach), b.up_to(bt, reach))
    return shared >= np.maximum(1.0, POLICY["candidates"]["shared"] * fewer)


def named(index: Sequence[Segment], ids: Iterable[str]) -> list[Row]:
    """Return the articles of some ids, of some content hashes, and at the head of some clusters."""
    wanted = np.sort(_numbers(sorted(set(ids))))
    found: list[Row] = []
    for segment in index:
        spans = _spans(segment.names, wanted)
        found += segment.take(np.unique(segment.named[_ranges(spans.left, spans.right)]))
    return found


def _ranges(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return the numbers of several half-open ranges, one after the other.

    >>> _ranges(np.array([3, 7]), np.array([5, 8])).tolist()
    [3, 4, 7]
    """
    lengths = ends - starts
    return np.repeat(starts - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
