"""How the index follows the lake: what is committed is added, what is small merged, what is not sound built anew."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Optional

import pyarrow as pa
import pyarrow.compute as pc

from transforms.deduplicate.index import COLUMNS, FULL, SEGMENT, Segment, merged, segment_of
from transforms.store.checkpoint import Checkpoint, is_within, name_of
from transforms.store.lake import Lake
from transforms.store.manifest import Manifest

INDEX = "_index"


def open_index(lake: Lake) -> list[Segment]:
    """Return the index of all that is committed, having brought it up to date.

    Raises:
        LakeUnwritable: a segment cannot be written, or the articles of a run cannot be read.
    """
    checkpoint = lake.checkpoint()
    last = name_of(checkpoint) if checkpoint else ""
    runs = lake.runs()
    index = _stored(lake, runs, last)
    if sum(_earlier(segment, last) for segment in index.values()) != (checkpoint.runs if checkpoint else 0):
        for name in index:  # what of runs in a checkpoint is missing cannot be told
            lake.drop_derived(INDEX, name)
        index = {}
        if checkpoint:
            for segment in _segments_of(lake, checkpoint):
                _add(lake, index, segment, last)
    covered = {run for segment in index.values() for run in segment.runs}
    for manifests in _batches(lake, [run for run in runs if run not in covered]):
        _add(lake, index, _segment(lake, manifests), last)
    return [index[name] for name in sorted(index)]


def _earlier(segment: Segment, last: str) -> int:
    """Return how many of the runs that a segment covers are in the checkpoint of that name."""
    return segment.earlier + sum(is_within(run, last) for run in segment.runs)


def _stored(lake: Lake, runs: Sequence[str], last: str) -> dict[str, Segment]:
    """Return the segments of committed runs by their files' names, each run in one of them; what else is there goes."""
    committed = frozenset(runs)
    found: dict[str, Segment] = {}
    covered: set[str] = set()
    read = {name: _read(lake, name) for name in lake.derived(INDEX)}
    for name, segment in sorted(read.items(), key=lambda each: (-len(each[1].runs) if each[1] else 0, each[0])):
        mine = segment.runs if segment else []
        if segment and covered.isdisjoint(mine) and all(run in committed or is_within(run, last) for run in mine):
            found[name] = segment
            covered.update(mine)
        else:  # damaged, of a lake that was set back, or merged into another
            lake.drop_derived(INDEX, name)
    return found


def _read(lake: Lake, name: str) -> Optional[Segment]:
    """Return a stored segment; None where it is not whole, or of another version."""
    try:
        with pa.ipc.open_file(lake.map_derived(INDEX, name)) as file:
            if not file.schema.equals(SEGMENT) or file.num_record_batches != 1:
                return None
            segment = Segment(file.get_batch(0))
            return segment if _name(segment) == name else None
    except (OSError, pa.ArrowInvalid):
        return None


def _name(segment: Segment) -> str:
    ids = segment.rows.field("article_id")
    ends = [ids[0].as_py(), ids[-1].as_py()] if len(ids) else []
    told = " ".join(map(str, (*segment.runs, segment.earlier, len(ids), *ends)))
    return f"{hashlib.sha256(told.encode()).hexdigest()[:16]}.arrow"


def _batches(lake: Lake, runs: Sequence[str]) -> Iterator[list[Manifest]]:
    """Yield the manifests of some runs, so many together that their articles fit in memory."""
    together: list[Manifest] = []
    articles = 0
    for run in runs:
        manifest = lake.manifest(run)
        if manifest is None:
            continue
        together.append(manifest)
        articles += sum(file.rows for file in manifest.files if file.table == "articles")
        if articles >= FULL:
            yield together
            together, articles = [], 0
    if together:
        yield together


def _segment(lake: Lake, manifests: Sequence[Manifest]) -> Segment:
    """Return the articles of some runs, wherever they stand today: files of several runs may have become one."""
    runs = [manifest.run_id for manifest in manifests]
    days = {file.partition for manifest in manifests for file in manifest.files if file.table == "articles"}
    mine = pc.field("run_id").isin(runs)
    return segment_of(lake.read("articles", COLUMNS, where=mine, partitions=sorted(days)), runs)


def _segments_of(lake: Lake, checkpoint: Checkpoint) -> Iterator[Segment]:
    """Yield the articles of runs in a checkpoint, so many days together that they fit in memory.

    The last segment says how many runs they are: an index that ends before it is told by that.
    """
    days: dict[str, int] = {}
    for file in checkpoint.files:
        if file.table == "articles":
            days[file.partition] = days.get(file.partition, 0) + file.rows
    earlier = ~pc.field("run_id").isin(lake.runs())
    together: list[str] = []
    for day in sorted(days):
        together.append(day)
        if sum(days[each] for each in together) >= FULL:
            yield segment_of(lake.read("articles", COLUMNS, where=earlier, partitions=together), [])
            together = []
    yield segment_of(lake.read("articles", COLUMNS, where=earlier, partitions=together), [], checkpoint.runs)


def _add(lake: Lake, index: dict[str, Segment], new: Segment, last: str) -> None:
    """Add a segment, merged with those that are no larger: so each article is written anew as often as sizes double."""
    parts = [new]
    old: list[str] = []
    size = new.size
    for name, segment in sorted(index.items(), key=lambda each: (each[1].size, each[0])):
        if segment.size <= size and size + segment.size <= FULL:
            parts.append(segment)
            old.append(name)
            size += segment.size
    runs = sorted(run for each in parts for run in each.runs if not is_within(run, last))
    whole = merged(parts, runs, sum(_earlier(each, last) for each in parts)) if old else new
    name = _name(whole)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, SEGMENT) as file:
        file.write_batch(whole.batch)
    lake.put_derived(INDEX, name, sink.getvalue().to_pybytes())
    for each in old:
        del index[each]
        lake.drop_derived(INDEX, each)
    index[name] = _read(lake, name) or whole
