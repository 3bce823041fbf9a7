"""LinkEvents: Mention -> Event. One id from the first rumour to "it took place", across articles and runs."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from apache_beam.pvalue import PCollection, TaggedOutput

from schemas import Article, Event, Mention, Merge, Reject, Revision
from schemas.ids import time_of
from schemas.tables import DAY, TIME, from_arrow
from transforms.link.linking import TURNS, Committed, Key, Outline, Reach, complete_keys, key_of, link, moment_of, reach
from transforms.link.spans import Reading, Span, read
from transforms.progress import Progress
from transforms.rejects import MAX_DETAIL, MAX_REPLAY
from transforms.scrub import scrub
from transforms.shards import grouped, shard_of
from transforms.store.lake import Lake

STAGE = "link_events"


class Linked(NamedTuple):
    """What mentions became."""

    mentions: PCollection[Mention]  # with event_id
    events: PCollection[Event]  # new or changed
    merges: PCollection[Merge]
    rejects: PCollection[Reject]


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
        rejected_at=time_of(mention.run_id),
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


def superseded(lake: Lake, revisions: Iterable[Revision]) -> list[Mention]:
    """Return the committed mentions of older versions of articles, marked with the run that revises these."""
    newest = {each.article_id: each for each in sorted(revisions, key=lambda each: each.version)}
    rows = lake.read("mentions", where=pc.field("article_id").isin(sorted(newest)))
    found = [(each, newest[each.article_id]) for each in from_arrow(Mention, rows)]
    return [each._replace(run_id=by.run_id) for each, by in found if each.version < by.version]


def known_events(lake: Lake, keys: Iterable[Key], readings: Iterable[Reading]) -> dict[Key, list[Committed]]:
    """Return the committed events under some keys that readings can reach.

    Each comes with its mentions and those of the events merged into it.
    """
    wanted = set(keys)
    within = within_reach(reach(readings))
    rows = lake.read("events", where=pc.field("type").isin(sorted({key.type for key in wanted})) & within)
    merged = _resolve(dict(zip(rows["event_id"].to_pylist(), rows["merged_into"].to_pylist(), strict=True)))
    final = [merged[each] == each for each in rows["event_id"].to_pylist()]
    chosen = [
        is_final and key_of(each) in wanted for is_final, each in zip(final, from_arrow(Outline, rows), strict=True)
    ]
    events = {each.event_id: each for each in from_arrow(Event, rows.filter(pa.array(chosen, pa.bool_())))}
    own = rows.filter(pa.array([merged[each] in events for each in rows["event_id"].to_pylist()], pa.bool_()))
    found: dict[str, list[Reading]] = {event_id: [] for event_id in events}
    for each in _mentions_of(lake, own):
        found[merged[each.event_id]].append(read(each))
    known: dict[Key, list[Committed]] = {}
    for event_id, event in sorted(events.items()):
        known.setdefault(key_of(event), []).append(Committed(event, found[event_id]))
    return known


def within_reach(where: Reach) -> ds.Expression:
    """Return the condition for events; those merged away are let through, their mentions count for another."""
    reported = (pc.field("last_reported") >= _time(where.reported.first)) & (
        pc.field("first_reported") < _time(where.reported.last + 1)
    )
    put_off = pc.field("status").isin(TURNS) | pc.field("conflict")
    put_off |= pc.list_value_length(pc.field("status_history")) > 1
    dated = _overlaps(where.dated) | (put_off & _overlaps(where.put_off))
    return reported | dated | pc.field("merged_into").is_valid()


def _overlaps(span: Span) -> ds.Expression:
    """Events whose dates overlap a span; a date that is not known lies without end."""
    start, end = pc.field("start_date"), pc.field("end_date")
    begun, goes_on = start <= _day(span.last), end >= _day(span.first)
    return (begun & goes_on) | (begun & end.is_null()) | (start.is_null() & goes_on)


def _mentions_of(lake: Lake, events: pa.Table) -> list[Mention]:
    """The committed mentions of events, which were all published while these were reported."""
    if not events.num_rows:
        return []
    first, last = pc.min(events["first_reported"]), pc.max(events["last_reported"])
    published = (pc.field("published") >= first) & (pc.field("published") <= last)
    days = (pc.field("date") >= f"{first.as_py():%Y-%m-%d}") & (pc.field("date") <= f"{last.as_py():%Y-%m-%d}")
    mine = pc.field("event_id").isin(events["event_id"].combine_chunks())
    return from_arrow(Mention, lake.read("mentions", where=days & published & mine))


def _day(number: int) -> pa.Scalar:
    """A day that Arrow compares with, the nearest there is."""
    return pa.scalar(date.fromordinal(min(max(number, 1), date.max.toordinal())), DAY)


def _time(number: int) -> pa.Scalar:
    return pc.cast(_day(number), TIME)


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
    """Return the newest version of each article that has several, this run's included."""
    articles = sorted({each.article_id for each in committed})
    changed = pc.field("article_id").isin(articles) & (pc.field("version") > 1)
    rows = lake.read("articles", ["article_id", "version"], where=changed) if articles else None
    pairs = list(zip(rows["article_id"].to_pylist(), rows["version"].to_pylist(), strict=True)) if rows else []
    versions: dict[str, int] = {}
    for each in new:  # one that has an event is of an older version: its article has a newer one in this run
        pairs.append((each.article_id, each.version + bool(each.event_id)))
    for article_id, version in pairs:
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


class _Recall(beam.DoFn):
    """Recall what older versions of revised articles said: it counts no longer, also where the new one says nothing."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake

    def process(self, shard: tuple[int, Iterable[Revision]]) -> Iterator[tuple[int, Mention]]:
        yield from ((shard[0], each) for each in superseded(self.lake, shard[1]))


def _key_each(shard: tuple[int, Iterable[Mention]]) -> Iterator[tuple[int, tuple[str, Mention]]]:
    """Yield the mentions of each version of each article with the keys that they meet under."""
    for group in grouped(((each.article_id, each.version), each) for each in shard[1]).values():
        for key, mention in zip(complete_keys(group), group, strict=True):
            text = to_text(key)
            yield shard_of(text), (text, mention)


def _revision(article: Article) -> Iterator[tuple[int, Revision]]:
    """Yield an article that has been published before, without its text."""
    if article.version > 1:
        yield shard_of(article.article_id), Revision(article.run_id, article.article_id, article.version)


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
        groups = grouped(shard[1])
        mentions = [each for group in groups.values() for each in group]
        keys = {text: _to_key(text) for text in groups}
        known = known_events(self.lake, keys.values(), map(read, mentions))
        versions = newest_versions(self.lake, mentions, _committed(known))
        for text in sorted(groups):
            new = [each for each in groups[text] if not each.event_id]
            try:
                links = link(
                    map(read, new),
                    known.get(keys[text], []),
                    versions,
                    moment_of(max(each.run_id for each in groups[text])),
                )
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


def _committed(known: Mapping[Key, Sequence[Committed]]) -> Iterator[Mention]:
    for events in known.values():
        yield from (each.mention for event in events for each in event.readings)


@dataclass
class LinkEvents(beam.PTransform):
    """Mentions in; the same with their events, the events that are new or changed, and ids that proved to be one.

    The articles of the run come along, since a new version of one takes back what the older ones said.
    """

    lake: Lake

    def expand(self, told: tuple[PCollection[Mention], PCollection[Article]]) -> Linked:
        mentions, articles = told
        checked = mentions | "Check each mention" >> beam.ParDo(_Check()).with_outputs("rejects", main="mentions")
        recalled = (
            articles
            | "Keep revised articles" >> beam.FlatMap(_revision)
            | "Gather revised articles" >> beam.GroupByKey()
            | "Recall what older versions said" >> beam.ParDo(_Recall(self.lake))
        )
        linked = (
            (checked.mentions, recalled)
            | "Add what older versions said" >> beam.Flatten()
            | "Gather the mentions of each article" >> beam.GroupByKey()
            | "Key each mention by who meets whom" >> beam.FlatMap(_key_each)
            | "Gather the mentions of each key" >> beam.GroupByKey()
            | "Link reports of one event"
            >> beam.ParDo(_Link(self.lake)).with_outputs("events", "merges", "rejects", main="mentions")
        )
        rejects = (checked.rejects, linked.rejects) | "Gather rejected mentions" >> beam.Flatten()
        return Linked(linked.mentions, linked.events, linked.merges, rejects)
