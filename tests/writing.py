"""Do the writing step of a run on Beam, over records that a test names."""

from collections.abc import Mapping, Sequence
from typing import Any

import apache_beam as beam
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from schemas import Article, Entry, Event, Item, Mention, Merge, Poll, Reject, Tick
from transforms.store.lake import Lake
from transforms.write_partitions import Tables, WritePartitions

#: By the collections of `Tables`.
Records = Mapping[str, Sequence[Any]]

KINDS = {
    "ticks": Tick,
    "entries": Entry,
    "articles": Article,
    "mentions": Mention,
    "events": Event,
    "items": Item,
    "polls": Poll,
    "merges": Merge,
    "rejects": Reject,
}


def make_tables(pipeline: beam.Pipeline, records: Records) -> Tables:
    """Return collections of some records; those that are not named are empty."""
    return Tables(
        **{
            name: pipeline | f"Make {name}" >> beam.Create(records.get(name, [])).with_output_types(kind)
            for name, kind in KINDS.items()
        }
    )


def write(lake: Lake, records: Records, *, bundle_repeat: int = 0) -> None:
    """Do one run of the writing step, as the launcher does one of the whole graph."""
    tick = records["ticks"][0]
    with lake.lock():
        lake.recover()
        if lake.receipt(tick.run_id) is None:
            lake.begin(tick.run_id)
            with beam.Pipeline(runner=FnApiRunner(bundle_repeat=bundle_repeat)) as pipeline:
                _ = make_tables(pipeline, records) | "Write partitions" >> WritePartitions(lake)
