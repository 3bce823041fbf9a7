"""A step run by itself on the local runner, over a lake to which its runs are committed."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from records import DAY, MONDAY

from schemas import Entry, Item, Page, Poll, Receipt, Reject, Slice, Source, Tick
from schemas.run import is_local
from schemas.tables import to_arrow
from transforms.fetch_articles import FetchArticles
from transforms.items import entry_item, reject_item
from transforms.poll.archives import count
from transforms.poll_sources import PollSources
from transforms.store.lake import Lake
from transforms.write_partitions import day_of, is_counted

_KEPT: dict[str, list[Any]] = {}


class _Keep(beam.DoFn):
    """Keeps what passes in this process, where the local runner works in memory."""

    def __init__(self, name: str) -> None:
        self.name = name

    def process(self, record: Any) -> None:
        _KEPT.setdefault(self.name, []).append(record)


def outputs(
    step: beam.PTransform, inputs: Sequence[Any], kind: type, *, bundle_repeat: int = 0
) -> dict[str, list[Any]]:
    """Return what a step gives out, by the names of its outputs, sorted."""
    run = uuid.uuid4().hex
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        out = pipeline | "Make the input" >> beam.Create(list(inputs)).with_output_types(kind) | "Step" >> step
        for name, collection in out._asdict().items():
            _ = collection | f"Keep {name}" >> beam.ParDo(_Keep(f"{run} {name}"))
    return {name: sorted(_KEPT.pop(f"{run} {name}", []), key=repr) for name in out._fields}


class Taken(NamedTuple):
    """What a run took up and what became of it before cleaning."""

    entries: list[Entry]
    pages: list[Page]
    items: list[Item]  # of both steps
    polls: list[Poll]  # of both steps
    rejects: list[Reject]  # of both steps

    def outcomes(self) -> dict[str, str]:
        """Return what became of each entry, by its id, which must be found once; a page counts as published."""
        found = [
            *((page.entry.entry_id, "published") for page in self.pages),
            *((item.entry_id, item.outcome) for item in self.items),
            *((reject.entry_id, "rejected") for reject in self.counted()),
        ]
        assert len(found) == len(dict(found)), found
        return dict(found)

    def counted(self) -> list[Reject]:
        return [reject for reject in self.rejects if reject.counted]

    def reasons(self) -> dict[str, str]:
        """Return the reason of each reject that counts, by the entry's id."""
        return {reject.entry_id: reject.reason for reject in self.counted()}

    def poll(self, kind: str = "feed") -> Poll:
        """Return the one poll of a kind."""
        (poll,) = [poll for poll in self.polls if poll.kind == kind]
        return poll


class Newsdesk:
    """A lake, and the runs of the first two steps over it, each at a time of its own."""

    def __init__(self, folder: Path, fetching: Mapping[str, Any] = MappingProxyType({}), **options: Any) -> None:
        self.lake = Lake.open(str(folder / "lake"))
        self.now = MONDAY - DAY
        self.options = {"allow_private": True, **options}
        self.fetching = fetching  # options of that step alone

    def take(self, *sources: Source, after: int = DAY) -> Taken:
        """Do a run over `sources`, so many µs after the last one, and commit it."""
        self.now += after
        run_id = f"{datetime.fromtimestamp(self.now // 1_000_000, UTC):%Y%m%dT%H%M%SZ}-0123abcd"
        slices = [Slice(each.name, 0, count(each) if is_local(each) else 0) for each in sources]
        polling = PollSources(self.lake, **self.options)
        polled = outputs(polling, [Tick(run_id, self.now, sources, slices)], Tick)
        fetching = FetchArticles(self.lake, **self.options, **self.fetching)
        fetched = outputs(fetching, polled["entries"], Entry)
        both = {name: polled[name] + fetched[name] for name in ("items", "polls", "rejects")}
        taken = Taken(polled["entries"], fetched["pages"], **both)
        self._commit(run_id, taken)
        return taken

    def _commit(self, run_id: str, taken: Taken) -> None:
        published = [_published(page) for page in taken.pages]
        items = [*taken.items, *published, *map(reject_item, filter(is_counted, taken.rejects))]
        commit(self.lake, run_id, self.now, items=items, polls=taken.polls)


def commit(lake: Lake, run_id: str, now: int, **records: Sequence[Any]) -> None:
    """Commit records by table, all in the partition of `now`: as much of a run as later ones look at."""
    with lake.lock():
        lake.begin(run_id)
        staged = [lake.stage(run_id, table, day_of(now), to_arrow(table, rows)) for table, rows in records.items()]
        receipt = Receipt(run_id, now, **dict.fromkeys(Receipt._fields[2:], 0))
        lake.commit(receipt, staged, sources=[], software_version="0.1.0", rules_version="0000abcd")


def _published(page: Page) -> Item:
    version = page.entry.version + 1
    return entry_item(page.entry, "published")._replace(version=version, content_hash=f"hash-{version}")
