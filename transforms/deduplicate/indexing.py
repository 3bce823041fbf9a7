"""How the index follows the lake: what is committed is added, what is small merged, what is not sound built anew."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Optional

import pyarrow as pa
import pyarrow.compute as pc

from transforms.deduplicate.index import COLUMNS, FULL, SEGMENT, Segment, merged, segment_of
from transforms.store.lake import Lake
from transforms.store.manifest import Manifest

INDEX = "_index"


def open_index(lake: Lake) -> list[Segment]:
    """Return the index of all that is committed, having brought it up to date.

    Raises:
        LakeUnwritable: a segment cannot be written, or the articles of a run cannot be read.
    """
    index = _stored(lake)
    covered = {run for segment in index.values() for run in segment.runs}
    for manifests in _batches(lake, [run for run in lake.runs() if run not in covered]):
        _add(lake, index, _segment(lake, manifests))
    return [index[name] for name in sorted(index)]


def _stored(lake: Lake) -> dict[str, Segment]:
    """Return the segments of committed runs by their files' names, each run in one of them; what else is there goes."""
    committed = set(lake.runs())
    found: dict[str, Segment] = {}
    covered: set[str] = set()
    read = {name: _read(lake, name) for name in lake.derived(INDEX)}
    for name, segment in sorted(read.items(), key=lambda each: (-len(each[1].runs) if each[1] else 0, each[0])):
        if segment and committed.issuperset(segment.runs) and covered.isdisjoint(segment.runs):
            found[name] = segment
            covered.update(segment.runs)
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
            return segment if _name(segment.runs) == name else None
    except (OSError, pa.ArrowInvalid):
        return None


def _name(runs: Sequence[str]) -> str:
    return f"{hashlib.sha256(' '.join(runs).encode()).hexdigest()[:16]}.arrow"


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


def _add(lake: Lake, index: dict[str, Segment], new: Segment) -> None:
    """Add a segment, merged with those that are no larger: so each article is written anew as often as sizes double."""
    parts = [new]
    old: list[str] = []
    size = new.size
    for name, segment in sorted(index.items(), key=lambda each: (each[1].size, each[0])):
        if segment.size <= size and size + segment.size <= FULL:
            parts.append(segment)
            old.append(name)
            size += segment.size
    whole = merged(parts) if old else new
    name = _name(whole.runs)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, SEGMENT) as file:
        file.write_batch(whole.batch)
    lake.put_derived(INDEX, name, sink.getvalue().to_pybytes())
    for each in old:
        del index[each]
        lake.drop_derived(INDEX, each)
    index[name] = _read(lake, name) or whole
