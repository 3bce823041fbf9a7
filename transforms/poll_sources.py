"""PollSources: Tick -> entries that are new or changed, items of what is not, polls, rejects."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, Optional, Union

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput

from schemas import Entry, Item, Poll, Reject, Source, Tick
from schemas.ids import make_id
from schemas.run import is_local
from transforms.addresses import read_addresses
from transforms.archives import listing
from transforms.credentials import resolve
from transforms.discovery import find_feeds
from transforms.feeds import read_feed
from transforms.http import NO_HEADERS, Failure, Options, Reply, Web
from transforms.identity import recognise
from transforms.lake import Lake
from transforms.listing import Listing, Note
from transforms.manners import Manners
from transforms.patience import Pace, Patience
from transforms.progress import Progress
from transforms.rejects import MAX_DETAIL
from transforms.schedule import due_after_failure, due_after_success, due_when_gone, is_held_back
from transforms.scrub import scrub
from transforms.seen import STAGE, Seen, decide_all, read_polls, read_seen
from transforms.sitemaps import Ask, read_sitemaps
from transforms.urls import host_of, origin_of
from transforms.workers import Job, work_hosts

#: Slices of local sources spread over so many keys: no politeness holds them together.
LOCAL_SHARDS = 32

#: What one source gives.
Found = Union[Entry, Item, Poll, Reject]


class Polled(NamedTuple):
    """What sources list: every listed thing is an entry, an item or a counted reject."""

    entries: PCollection[Entry]
    polls: PCollection[Poll]
    items: PCollection[Item]
    rejects: PCollection[Reject]


class Turn(NamedTuple):
    """One source's turn in one run."""

    run_id: str
    now: int  # µs
    source: Source
    start: int
    stop: int


beam.coders.registry.register_coder(Turn, beam.coders.RowCoder)


class Memory(NamedTuple):
    """What committed runs know, read once a run."""

    run_id: str
    seen: Seen
    polls: dict[str, Poll]

    def last_poll(self, source: Source) -> Optional[Poll]:
        """Return the last poll of a source; one of another address says nothing of the present one."""
        last = self.polls.get(source.name)
        return last if last is not None and last.url == source.location else None


# --- one source -----------------------------------------------------------------------------------------------------


def poll_local(turn: Turn, seen: Seen) -> Iterator[Found]:
    """Yield what a slice of a local source gives."""
    listed = listing(turn.source, turn.start, turn.stop)
    yield from _account(turn, listed, None, _answered(turn, listed, None, None), seen, queue=False)


def poll_feed(turn: Turn, seen: Seen, last: Optional[Poll], web: Web, pace: Pace) -> Iterator[Found]:
    """Yield what a feed or sitemap gives. The queue of what is to be tried again is worked whatever it answers.

    robots.txt is not asked: it speaks to crawlers, and a feed is asked for because the operator named it.
    """
    nothing = Listing([])
    if last is not None and is_held_back(last, turn.now):
        yield from _account(turn, nothing, None, _skipped(turn, last), seen)
        return
    # Where something is to be tried again, the whole feed is asked for: it knows more of it than the queue does.
    known = None if seen.due(turn.source.name, turn.now) else last
    own = resolve(turn.source.headers)
    if isinstance(own, Failure):
        yield from _account(turn, nothing, own, _failed(turn, own, last), seen)
        return

    def ask(url: str, etag: Optional[str] = None, last_modified: Optional[str] = None) -> Reply | Failure:
        pace.wait()
        headers = own if origin_of(url) == origin_of(turn.source.location) else NO_HEADERS
        return web.get(url, etag=etag, last_modified=last_modified, headers=headers)

    answer = ask(turn.source.location, known.etag if known else None, known.last_modified if known else None)
    if isinstance(answer, Failure):
        yield from _account(turn, nothing, answer, _failed(turn, answer, last), seen)
    elif answer.status == 304:
        yield from _account(turn, nothing, None, _answered(turn, nothing, answer, last), seen)
    else:
        listed, answer = _read(turn.source, answer, ask)
        if listed.failed and listed.note:
            failure = Failure(listed.note.reason, listed.note.detail, answer.status)
            yield from _account(turn, nothing, failure, _failed(turn, failure, last), seen)
        else:
            yield from _account(turn, listed, None, _answered(turn, listed, answer, last), seen)


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
    note = Note("feed_found", f'{page.url} is a page; its feed was read. In sources.toml: url = "{feed}"')
    return listed._replace(note=listed.note or note, found=feed), answer


def _account(
    turn: Turn, listed: Listing, failure: Optional[Failure], poll: Poll, seen: Seen, *, queue: bool = True
) -> Iterator[Found]:
    """Yield the poll, what is to be said of the source, and what becomes of each thing that it lists."""
    yield poll
    note = Note(failure.reason, failure.detail) if failure else listed.note
    if note is not None:
        yield _reject(turn, note, poll)
    entries = recognise(listed.entries, seen.items.get(turn.source.name, {})) if queue else listed.entries
    yield from decide_all(entries, turn.source, seen, run_id=turn.run_id, now=turn.now, queue=queue)


# --- polls ----------------------------------------------------------------------------------------------------------


def _answered(turn: Turn, listed: Listing, reply: Optional[Reply], last: Optional[Poll]) -> Poll:
    """Return the poll of a source that could be read, or of a local one that could not."""
    unmodified = reply is not None and reply.status == 304
    before = last if unmodified else None
    validated = reply if listed.parts == 1 else None
    return Poll(
        run_id=turn.run_id,
        kind=turn.source.kind,
        source=turn.source.name,
        url=turn.source.location,
        polled_at=turn.now,
        status="failed" if listed.failed else "not_modified" if unmodified else "ok",
        http_status=reply.status if reply else None,
        reason=listed.note.reason if listed.failed and listed.note else None,
        entries=max(listed.told, len(listed.entries)),
        etag=(validated.etag if validated else None) or (before.etag if before else None),
        last_modified=(validated.last_modified if validated else None) or (before.last_modified if before else None),
        failures=int(listed.failed),
        next_due=due_after_success(turn.now, turn.source.interval_s, reply.max_age_s if reply else None),
        rules=None,
        redirect=reply.moved if reply else None,
    )


def _failed(turn: Turn, failure: Failure, last: Optional[Poll]) -> Poll:
    """Return the poll of a feed that could not be read. The validators of its last good answer stay known."""
    failures = (last.failures if last else 0) + 1
    gone = failure.status == 410
    due = due_after_failure(turn.now, turn.source.interval_s, failures, failure.retry_after_s, turn.source.name)
    return Poll(
        run_id=turn.run_id,
        kind=turn.source.kind,
        source=turn.source.name,
        url=turn.source.location,
        polled_at=turn.now,
        status="gone" if gone else "failed",
        http_status=failure.status,
        reason=failure.reason,
        entries=0,
        etag=last.etag if last else None,
        last_modified=last.last_modified if last else None,
        failures=failures,
        next_due=due_when_gone(turn.now) if gone else due,
        rules=None,
        redirect=None,
    )


def _skipped(turn: Turn, last: Poll) -> Poll:
    """Return the poll of a feed that is left alone for now. It carries on what the last one knew."""
    return last._replace(run_id=turn.run_id, polled_at=turn.now, status="skipped", entries=0, http_status=None)


def _reject(turn: Turn, note: Note, poll: Poll) -> Reject:
    """Return what is to be said of a source as a whole: outside the receipt's sum."""
    return Reject(
        run_id=turn.run_id,
        stage=STAGE,
        reason=note.reason,
        detail=scrub(note.detail)[:MAX_DETAIL],
        source=turn.source.name,
        url=turn.source.location,
        rejected_at=turn.now,
        counted=False,
        entry_id="",
        fingerprint="",
        article_id="",
        attempts=poll.failures,
        retry_at=poll.next_due if poll.failures else None,
        title=None,
        published=None,
        replay=None,
    )


def _defect(turn: Turn, last: Optional[Poll], error: Exception) -> Iterator[Found]:
    """Yield the poll and the reject of a source at which this step itself failed."""
    failure = Failure("stage_failed", f"{type(error).__name__}: {error}")
    poll = _failed(turn, failure, last)
    yield poll
    yield _reject(turn, Note(failure.reason, failure.detail), poll)


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
    """Return the key under which a turn is worked: by host, of local sources by slice."""
    if is_local(source):
        return f"local {int(make_id('shard', source.name, start), 16) % LOCAL_SHARDS}"
    return f"web {int(make_id('shard', host_of(source.location)), 16) % shards}"


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
            self.memory = Memory(run_id, read_seen(self.lake, now), read_polls(self.lake, now))
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
        with Web(self.options) as web:
            pace = Pace(max(turn.source.delay_s for turn in self.turns))
            for turn in self.turns:
                last = self.memory.last_poll(turn.source)
                try:
                    yield from list(self._poll(turn, last, web, pace))
                except Exception as error:  # a source that fails never stops the others
                    yield from _defect(turn, last, error)

    def _poll(self, turn: Turn, last: Optional[Poll], web: Web, pace: Pace) -> Iterator[Found]:
        if is_local(turn.source):
            return poll_local(turn, self.memory.seen)
        return poll_feed(turn, self.memory.seen, last, web, pace)


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
