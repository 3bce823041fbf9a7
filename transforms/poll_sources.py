"""PollSources: Tick -> entries that are new or changed, items of what is not, polls, rejects."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, Optional, Union

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput

from schemas import Entry, Item, Poll, Reject, Source, Tick
from schemas.ids import make_id
from schemas.run import is_local
from transforms.fetch.credentials import resolve
from transforms.fetch.holds import Holds
from transforms.fetch.http import NO_HEADERS, Failure, Options, Reply, Web, no_guard
from transforms.fetch.manners import Manners
from transforms.fetch.patience import Pace, Patience, host_poll
from transforms.fetch.turns import Times
from transforms.fetch.urls import host_of, origin_of, registrable_domain
from transforms.fetch.workers import Job, work_hosts
from transforms.items import entry_item
from transforms.poll.addresses import read_addresses
from transforms.poll.archives import listing
from transforms.poll.discovery import find_feeds
from transforms.poll.feeds import read_feed
from transforms.poll.identity import recognise
from transforms.poll.listing import Listing, Note
from transforms.poll.polls import (
    Turn,
    address_of,
    answered,
    failed,
    listed_locally,
    skipped,
    source_reject,
)
from transforms.poll.schedule import is_held_back
from transforms.poll.seen import STAGE, Seen, decide_all, read_hosts, read_polls, read_seen
from transforms.poll.sitemaps import Ask, read_sitemaps
from transforms.progress import Progress
from transforms.store.lake import Lake

#: Slices of local sources spread over so many keys: no politeness holds them together.
LOCAL_SHARDS = 32

EMPTY = Listing([])

#: What one source gives.
Found = Union[Entry, Item, Poll, Reject]


class Polled(NamedTuple):
    """What sources list: every listed thing is an entry, an item or a counted reject."""

    entries: PCollection[Entry]
    polls: PCollection[Poll]
    items: PCollection[Item]
    rejects: PCollection[Reject]


beam.coders.registry.register_coder(Turn, beam.coders.RowCoder)


class Memory(NamedTuple):
    """What committed runs know, read once a run."""

    run_id: str
    seen: Seen
    polls: dict[str, Poll]
    holds: Holds
    times: Times

    def last_poll(self, source: Source) -> Optional[Poll]:
        """Return the last poll of a source; one of another address, or from before it was
        revived, says nothing of the present one."""
        last = self.polls.get(source.name)
        if last is None or last.url != source.location or last.polled_at < source.revived_at:
            return None
        return last


# --- one source -----------------------------------------------------------------------------------------------------


def poll_source(turn: Turn, seen: Seen, last: Optional[Poll], web: Web, pace: Pace, holds: Holds) -> Iterator[Found]:
    """Yield what a source gives, wherever it is."""
    return poll_local(turn, seen) if is_local(turn.source) else poll_feed(turn, seen, last, web, pace, holds)


def poll_local(turn: Turn, seen: Seen) -> Iterator[Found]:
    """Yield what a slice of a local source gives."""
    listed = listing(turn.source, turn.start, turn.stop)
    yield from _account(turn, listed.note, listed_locally(turn, listed), _decided(turn, listed, seen, queue=False))


def poll_feed(turn: Turn, seen: Seen, last: Optional[Poll], web: Web, pace: Pace, holds: Holds) -> Iterator[Found]:
    """Yield what a feed or sitemap gives. The queue of what is to be tried again is worked whatever it answers.

    robots.txt is not asked: it speaks to crawlers, and a feed is asked for because the operator named it.
    """
    waiting = _decided(turn, EMPTY, seen)
    busy_until = holds.busy_until(turn.source.location)
    if busy_until or is_held_back(last, turn.now):
        yield from _account(turn, None, skipped(turn, last, busy_until or 0), waiting)
        return
    answer = _asked(turn, seen, last, web, pace, holds)
    if isinstance(answer, Failure):
        note = Note(answer.reason, answer.detail)
        yield from _account(turn, note, failed(turn, answer, last), waiting)
        return
    listed, reply = answer
    decided = _decided(turn, listed, seen)
    changed = any(isinstance(each, Entry) and not each.attempts for each in decided)
    yield from _account(turn, listed.note, answered(turn, listed, reply, last, changed=changed), decided)


def _asked(
    turn: Turn, seen: Seen, last: Optional[Poll], web: Web, pace: Pace, holds: Holds
) -> tuple[Listing, Reply] | Failure:
    """Return what a source lists and the answer that lists it."""
    own = resolve(turn.source.headers)
    if isinstance(own, Failure):
        return own

    def ask(url: str, etag: Optional[str] = None, last_modified: Optional[str] = None) -> Reply | Failure:
        pace.wait()
        headers = own if origin_of(url) == origin_of(turn.source.location) else NO_HEADERS
        guard = pace.between(web, no_guard, url)
        answer = web.get(url, etag=etag, last_modified=last_modified, headers=headers, guard=guard)
        pace.hear(answer, web.sent)
        holds.hear(url, answer)
        return answer

    # Where something is to be tried again, the whole feed is asked for: it knows more of it than the queue does.
    known = None if seen.due(turn.source.name, turn.now) else last
    etag, last_modified = (known.etag, known.last_modified) if known else (None, None)
    answer = ask(address_of(turn.source, last), etag, last_modified)
    if isinstance(answer, Failure):
        reason = "retired" if answer.status == 410 else answer.reason
        return answer._replace(reason=reason)
    if answer.status == 304:
        return EMPTY, answer
    listed, reply = _read(turn.source, answer, ask)
    if listed.failed and listed.note:
        return Failure(listed.note.reason, listed.note.detail, answer.status)
    return listed, reply


def _read(source: Source, answer: Reply, ask: Ask) -> tuple[Listing, Reply]:
    """Return what an answer lists, as the kind of its source has it, and the answer that lists it."""
    if source.kind == "urls":
        return read_addresses(answer.body), answer
    if source.kind == "sitemap":
        patience = Patience(source.budget_s)
        return read_sitemaps(answer.body, answer.url, ask, patience=patience, timezone=source.timezone), answer
    listed = read_feed(answer.body, answer.url, answer.full_type)
    if listed.failed and listed.note and listed.note.reason == "not_a_feed":
        for feed in find_feeds(answer.body, answer.url)[:1]:
            return _read_found(answer, feed, ask(feed))
    return listed, answer


def _read_found(page: Reply, feed: str, answer: Reply | Failure) -> tuple[Listing, Reply]:
    """Return what the feed lists that a page names, with a note that says so."""
    if isinstance(answer, Failure):
        note = Note(answer.reason, f"{page.url} is a page, and the feed that it names, {feed}: {answer.detail}")
        return Listing([], note, failed=True), page
    listed = read_feed(answer.body, answer.url, answer.full_type)
    if listed.failed:
        return listed, answer
    note = Note("feed_found", f'{page.url} is a page; its feed was read. Write in sources.toml: url = "{feed}".')
    return listed._replace(note=listed.note or note, found=feed), answer


def _decided(turn: Turn, listed: Listing, seen: Seen, *, queue: bool = True) -> list[Found]:
    """Return what becomes of each thing that a source lists, and of what waits in its queue."""
    entries = recognise(listed.entries, seen.items.get(turn.source.name, {})) if queue else listed.entries
    return list(decide_all(entries, turn.source, seen, run_id=turn.run_id, now=turn.now, queue=queue))


def _account(turn: Turn, note: Optional[Note], poll: Poll, decided: Iterable[Found]) -> Iterator[Found]:
    """Yield the poll, what is to be said of the source, and what becomes of each thing that it lists."""
    yield poll
    if note is not None:
        yield source_reject(turn, note, poll)
    yield from decided


def _defect(turn: Turn, last: Optional[Poll], error: Exception) -> Iterator[Found]:
    """Yield the poll and the reject of a source at which this step itself failed."""
    failure = Failure("stage_failed", f"{type(error).__name__}: {error}")
    poll = failed(turn, failure, last)
    yield poll
    yield source_reject(turn, Note(failure.reason, failure.detail), poll)


# --- the step -------------------------------------------------------------------------------------------------------


class _Split(beam.DoFn):
    """Gives each source its turn, keyed so that the sources of one host take theirs together."""

    def __init__(self, shards: int) -> None:
        self.shards = shards

    def process(self, tick: Tick) -> Iterator[tuple[str, Turn]]:
        sources = {source.name: source for source in tick.sources}
        for part in tick.slices:
            source = sources[part.source]
            yield shard_of(source, part.start, self.shards), Turn(tick.run_id, tick.now, source, part.start, part.stop)


def shard_of(source: Source, start: int, shards: int) -> str:
    """Return the key under which a turn is worked: by domain, of local sources by slice."""
    if is_local(source):
        return f"local {int(make_id('shard', source.name, start), 16) % LOCAL_SHARDS}"
    return f"web {int(make_id('shard', registrable_domain(source.location)), 16) % shards}"


class _Poll(beam.DoFn):
    """Works the turns of one shard: hosts at once, the sources of a host one after the other."""

    def __init__(self, lake: Lake, threads: int, options: Options) -> None:
        self.lake = lake
        self.threads = threads
        self.options = options
        self.memory: Optional[Memory] = None  # of one run: committed rows do not change while it lasts
        self.progress = Progress(STAGE)

    def process(
        self, keyed: tuple[str, Iterable[Turn]]
    ) -> Iterator[
        Entry
        | TaggedOutput[Literal["polls"], Poll]
        | TaggedOutput[Literal["items"], Item]
        | TaggedOutput[Literal["rejects"], Reject]
    ]:
        turns = sorted(keyed[1])
        memory = self._recall(turns[0].run_id, turns[0].now)
        hosts: dict[str, list[Turn]] = {}
        for turn in turns:
            hosts.setdefault(host_of(turn.source.location), []).append(turn)
        jobs: list[Job[Found]] = [_Host(queue, memory, self.options) for queue in hosts.values()]
        for found in work_hosts(jobs, self.threads):
            yield from self._sorted_out(found)

    def finish_bundle(self) -> None:
        self.progress.flush()

    def _recall(self, run_id: str, now: int) -> Memory:
        if self.memory is None or self.memory.run_id != run_id:
            holds = Holds(read_hosts(self.lake, now), now)
            self.memory = Memory(run_id, read_seen(self.lake, now), read_polls(self.lake, now), holds, Times())
        return self.memory

    def _sorted_out(
        self, found: Found
    ) -> Iterator[
        Entry
        | TaggedOutput[Literal["polls"], Poll]
        | TaggedOutput[Literal["items"], Item]
        | TaggedOutput[Literal["rejects"], Reject]
    ]:
        if isinstance(found, Entry):
            self.progress.count("entries")
            yield found
        elif isinstance(found, Poll):
            self.progress.count("polls")
            yield TaggedOutput("polls", found)
        elif isinstance(found, Item):
            self.progress.count(found.outcome)
            yield TaggedOutput("items", found)
        else:
            self.progress.count("rejects")
            yield TaggedOutput("rejects", found)


@dataclass(frozen=True)
class _Host:
    """The turns of one host, in one thread."""

    turns: list[Turn]
    memory: Memory
    options: Options

    def __call__(self) -> Iterator[Found]:
        pace = Pace(max(turn.source.delay_s for turn in self.turns))
        with Web(self.options, self.memory.times, pace.delay_s) as web:
            for turn in self.turns:
                yield from (self._unless_busy(each) for each in self._take(turn, web, pace))
        yield from self._remembered()

    def _take(self, turn: Turn, web: Web, pace: Pace) -> list[Found]:
        last = self.memory.last_poll(turn.source)
        try:
            return list(poll_source(turn, self.memory.seen, last, web, pace, self.memory.holds))
        except Exception as error:  # a source that fails never stops the others
            return list(_defect(turn, last, error))

    def _unless_busy(self, found: Found) -> Found:
        """Return what a source gave; an entry whose host has just asked to be left alone waits."""
        if isinstance(found, Entry) and not found.place and (until := self.memory.holds.busy_until(found.url)):
            return entry_item(found, "deferred", reason="host_busy", attempts=found.attempts, retry_at=until)
        return found

    def _remembered(self) -> Iterator[Poll]:
        """Yield what later runs are to know of the host: that it asked to be left alone."""
        turn, url = self.turns[0], self.turns[0].source.location
        stop = self.memory.holds.asked_by(url)
        if stop:
            yield host_poll(
                url,
                stop,
                self.memory.holds.last(url),
                run_id=turn.run_id,
                now=turn.now,
                interval_s=turn.source.interval_s,
            )


@dataclass
class PollSources(Manners, beam.PTransform):
    """Ticks in; what each source lists out, sorted out by whether it is new."""

    lake: Lake

    def expand(self, ticks: PCollection[Tick]) -> Polled:
        options = self.web_options()
        out = (
            ticks
            | "Give each source its turn" >> beam.ParDo(_Split(self.shards))
            | "Group sources by host" >> beam.GroupByKey()
            | "Poll each source"
            >> beam.ParDo(_Poll(self.lake, self.threads, options)).with_outputs(
                "polls", "items", "rejects", main="entries"
            )
        )
        return Polled(out.entries, out.polls, out.items, out.rejects)
