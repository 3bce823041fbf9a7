"""LinkEvents: Mention -> Event. One id from the first rumour to "it took place", across articles and runs."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.pvalue import PCollection, TaggedOutput

from schemas import Event, Mention, Merge, Reject
from schemas.ids import make_id
from schemas.tables import from_arrow
from transforms.lake import Lake
from transforms.linking import Committed, Key, Links, Outline, complete_keys, key_of, link, moment_of
from transforms.progress import Progress
from transforms.rejects import MAX_DETAIL, MAX_REPLAY
from transforms.scrub import scrub
from transforms.spans import read

STAGE = "link_events"

#: Elements that the mentions of a run are gathered in: each costs a look into the lake, and they spread over workers.
SHARDS = 16


class Linked(NamedTuple):
    """What mentions became."""

    mentions: PCollection[Mention]  # with event_id
    events: PCollection[Event]  # new or changed
    merges: PCollection[Merge]
    rejects: PCollection[Reject]


def shard_of(text: str) -> int:
    """Return 0..SHARDS-1, the same on every worker."""
    return int(make_id("shard", text), 16) % SHARDS


def to_text(key: Key) -> str:
    """Return a key as text, for grouping."""
    return json.dumps(key, ensure_ascii=False)


def reject_mention(mention: Mention, error: Exception) -> Reject:
    """Return the reject of a mention whose article is published: outside the receipt's sum."""
    return Reject(
        run_id=mention.run_id,
        stage=STAGE,
        reason="stage_failed",
        detail=scrub(f"{type(error).__name__}: {error}")[:MAX_DETAIL],
        source=mention.publisher,
        url="",
        rejected_at=moment_of(mention.run_id).now,
        counted=False,
        entry_id=mention.mention_id,
        fingerprint="",
        article_id=mention.article_id,
        attempts=1,
        retry_at=None,
        title=None,
        published=mention.published,
        replay=json.dumps(mention._asdict(), ensure_ascii=True)[:MAX_REPLAY],
    )


# ---------------------------------------------------------------- what the lake knows


def superseded(lake: Lake, mentions: Sequence[Mention]) -> list[Mention]:
    """Return the committed mentions of older versions of the articles of `mentions`, marked with the run of these."""
    run_id = max((each.run_id for each in mentions), default="")
    versions = {each.article_id: each.version for each in mentions if each.version > 1}
    if not versions:
        return []
    rows = lake.read("mentions", where=pc.field("article_id").isin(sorted(versions)))
    found = from_arrow(Mention, rows)
    return [each._replace(run_id=run_id) for each in found if each.version < versions[each.article_id]]


def known_events(lake: Lake, keys: Iterable[Key]) -> dict[Key, list[Committed]]:
    """Return the committed events under some keys, each with its mentions and those of the events merged into it."""
    wanted = set(keys)
    rows = lake.read("events", where=pc.field("type").isin(sorted({key.type for key in wanted})))
    own_keys = [key_of(each) for each in from_arrow(Outline, rows)]
    merged = _resolve(dict(zip(rows["event_id"].to_pylist(), rows["merged_into"].to_pylist(), strict=True)))
    chosen = [
        key in wanted and into is None for key, into in zip(own_keys, rows["merged_into"].to_pylist(), strict=True)
    ]
    events = {each.event_id: each for each in from_arrow(Event, rows.filter(chosen))} if any(chosen) else {}
    if not events:
        return {}
    ids = [event_id for event_id, into in merged.items() if into in events]
    found: dict[str, list[Mention]] = {event_id: [] for event_id in events}
    for each in from_arrow(Mention, lake.read("mentions", where=pc.field("event_id").isin(sorted(ids)))):
        found[merged[each.event_id]].append(each)
    known: dict[Key, list[Committed]] = {}
    for event_id, event in sorted(events.items()):
        known.setdefault(key_of(event), []).append(Committed(event, [read(each) for each in found[event_id]]))
    return known


def _resolve(merged_into: Mapping[str, str | None]) -> dict[str, str]:
    """Return the event that each event has become, itself where it is not merged."""
    final: dict[str, str] = {}
    for event_id in merged_into:
        into = event_id
        while (following := merged_into.get(into)) is not None:
            into = following
        final[event_id] = into
    return final


def newest_versions(lake: Lake, new: Iterable[Mention], committed: Iterable[Mention]) -> dict[str, int]:
    """Return the newest version of each article, this run's included."""
    articles = pa.array(sorted({each.article_id for each in committed}), pa.string())  # typed: there may be none
    rows = lake.read("articles", ["article_id", "version"], where=pc.field("article_id").isin(articles))
    versions: dict[str, int] = {}
    pairs = list(zip(rows["article_id"].to_pylist(), rows["version"].to_pylist(), strict=True))
    for article_id, version in [*pairs, *((each.article_id, each.version) for each in new)]:
        versions[article_id] = max(version, versions.get(article_id, 0))
    return versions


# ---------------------------------------------------------------- the steps


class _Check(beam.DoFn):
    """Set aside what cannot be linked, so that one bad mention does not hold up its neighbours."""

    def __init__(self) -> None:
        self.progress = Progress(STAGE)

    def process(self, mention: Mention) -> Iterator[tuple[int, Mention] | TaggedOutput[Literal["rejects"], Reject]]:
        try:
            read(mention)
            key_of(mention)
        except Exception as error:
            self.progress.count("rejects")
            yield TaggedOutput("rejects", reject_mention(mention, error))
            return
        yield shard_of(mention.article_id), mention

    def finish_bundle(self) -> None:
        self.progress.flush()


class _Key(beam.DoFn):
    """Give the mentions of each article the keys that they meet under; older versions' mentions come along."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake

    def process(self, shard: tuple[int, Iterable[Mention]]) -> Iterator[tuple[int, tuple[str, Mention]]]:
        mentions = list(shard[1])
        articles: dict[tuple[str, int], list[Mention]] = {}
        for each in (*mentions, *superseded(self.lake, mentions)):
            articles.setdefault((each.article_id, each.version), []).append(each)
        for group in articles.values():
            for key, mention in zip(complete_keys(group), group, strict=True):
                text = to_text(key)
                yield shard_of(text), (text, mention)


class _Link(beam.DoFn):
    """Link what meets under each key of a shard."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.progress = Progress(STAGE)

    def process(
        self, shard: tuple[int, Iterable[tuple[str, Mention]]]
    ) -> Iterator[
        Mention
        | TaggedOutput[Literal["events"], Event]
        | TaggedOutput[Literal["merges"], Merge]
        | TaggedOutput[Literal["rejects"], Reject]
    ]:
        groups: dict[str, list[Mention]] = {}
        for text, mention in shard[1]:
            groups.setdefault(text, []).append(mention)
        keys = {text: _to_key(text) for text in groups}
        known = known_events(self.lake, keys.values())
        for text in sorted(groups):
            new = [each for each in groups[text] if not each.event_id]
            try:
                links = _link_group(self.lake, groups[text], known.get(keys[text], []))
            except Exception as error:
                self.progress.count("rejects", len(new))
                yield from (TaggedOutput("rejects", reject_mention(each, error)) for each in new)
                continue
            self.progress.count("mentions", len(links.mentions))
            self.progress.count("events", len(links.events))
            yield from links.mentions
            yield from (TaggedOutput("events", each) for each in links.events)
            yield from (TaggedOutput("merges", each) for each in links.merges)

    def finish_bundle(self) -> None:
        self.progress.flush()


def _to_key(text: str) -> Key:
    type_, mode, lead = json.loads(text)
    return Key(type_, mode, tuple(lead))


def _link_group(lake: Lake, mentions: Sequence[Mention], committed: Sequence[Committed]) -> Links:
    """Link the mentions of one key. Those that have an event are of older versions: they say which articles changed."""
    new = [each for each in mentions if not each.event_id]
    before = [each.mention for known in committed for each in known.readings]
    versions = newest_versions(lake, new, before)
    for each in mentions:
        if each.event_id:  # its article has a newer version in this run, perhaps with mentions under other keys only
            versions[each.article_id] = max(versions.get(each.article_id, 0), each.version + 1)
    run_id = max(each.run_id for each in mentions)
    return link([read(each) for each in new], committed, versions, moment_of(run_id))


@dataclass
class LinkEvents(beam.PTransform):
    """Mentions in; the same with their events, the events that are new or changed, and ids that proved to be one."""

    lake: Lake

    def expand(self, mentions: PCollection[Mention]) -> Linked:
        checked = mentions | "Check each mention" >> beam.ParDo(_Check()).with_outputs("rejects", main="mentions")
        linked = (
            checked.mentions
            | "Gather the mentions of each article" >> beam.GroupByKey()
            | "Key each mention by who meets whom" >> beam.ParDo(_Key(self.lake))
            | "Gather the mentions of each key" >> beam.GroupByKey()
            | "Link reports of one event"
            >> beam.ParDo(_Link(self.lake)).with_outputs("events", "merges", "rejects", main="mentions")
        )
        rejects = (checked.rejects, linked.rejects) | "Gather rejected mentions" >> beam.Flatten()
        return Linked(linked.mentions, linked.events, linked.merges, rejects)
