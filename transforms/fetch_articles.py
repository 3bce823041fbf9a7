"""FetchArticles: Entry -> Page. A host is worked by one worker over one connection, many hosts at once."""

import html
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Optional, Union

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput

from schemas import Entry, Item, Page, Poll, Reject
from schemas.ids import make_id
from transforms.fetch.consent import RESERVATIONS, reserved
from transforms.fetch.credentials import resolve
from transforms.fetch.holds import Holds
from transforms.fetch.http import MAX_BYTES, Failure, Options, Reply, Web
from transforms.fetch.manners import Manners
from transforms.fetch.patience import Pace, Patience, Stop, host_poll
from transforms.fetch.robots import Robots
from transforms.fetch.turns import Times
from transforms.fetch.urls import host_of, normalise, path_of, registrable_domain
from transforms.fetch.workers import Job, work_hosts
from transforms.items import entry_item
from transforms.poll.archives import media_type
from transforms.poll.schedule import most_requests, retry_at
from transforms.poll.seen import read_hosts, read_robots
from transforms.poll.warcs import read_record
from transforms.progress import Progress
from transforms.rejects import note_entry, reject_entry
from transforms.store.lake import Lake

STAGE = "fetch_articles"

#: Files and documents spread over so many keys: no politeness holds them together.
LOCAL_SHARDS = 32

#: Reasons for which the text that a feed carries stands for the page. One that is gone, or forbidden, is left alone.
UNREACHABLE = ("http_error", "timeout", "connection_failed", "too_many_redirects", "host_silent", "host_busy")

PAGES = ("text/html", "application/xhtml+xml", "text/plain")

#: What is taken up is decided by count. A host so slow that it takes this many times its share is stopped by the clock.
MAX_SHARES = 3

Found = Union[Page, Item, Poll, Reject]


class Fetched(NamedTuple):
    """What became of entries: each is a page, an item or a reject."""

    pages: PCollection[Page]
    polls: PCollection[Poll]
    items: PCollection[Item]
    rejects: PCollection[Reject]


# --- what is taken up -----------------------------------------------------------------------------------------------


class Plan(NamedTuple):
    """What a run does with the entries of one host."""

    fetch: list[Entry]
    items: list[Item]


def plan_host(entries: Iterable[Entry], delay_s: float, *, asked: int = 0) -> Plan:
    """Return what to fetch, the newest first, and the items of what is not fetched.

    Of entries with one address, the first by (source, entry id) is fetched. What the budget does not hold is deferred.

    Args:
        asked: requests that the host has answered in this run.
    """
    unique, copies = _unique(entries)
    ordered = sorted(unique, key=lambda entry: (-(entry.published or 0), entry.url, entry.source, entry.entry_id))
    room = most_requests(delay_s, min((entry.budget_s for entry in ordered), default=0.0))
    room = None if room is None else max(0, room - asked)
    left = ordered[room:] if room is not None else []
    late = [entry_item(entry, "deferred", reason="over_budget", attempts=entry.attempts) for entry in left]
    return Plan(ordered[:room], copies + late)


def _unique(entries: Iterable[Entry]) -> tuple[list[Entry], list[Item]]:
    """Return one entry an article, and the items of the others."""
    first: dict[str, Entry] = {}
    copies: list[Item] = []
    for entry in sorted(entries, key=lambda each: (each.source, each.entry_id)):
        if first.setdefault(entry.article_id, entry) is not entry:
            copies.append(entry_item(entry, "duplicate"))
    return list(first.values()), copies


# --- one entry ------------------------------------------------------------------------------------------------------


def to_page(entry: Entry, answer: Reply | Failure) -> Page | Reject:
    """Return the page that came back for an entry, or why there is none and when to try again."""
    if isinstance(answer, Failure):
        return _refused(entry, answer)
    kind = answer.content_type or _sniffed(answer.body)
    if kind not in PAGES:
        return reject_entry(entry, stage=STAGE, reason="not_html", detail=f"The answer is {kind}.")
    plain = "text/html" if kind == "application/xhtml+xml" else kind
    return Page(entry, answer.url, plain, answer.charset, answer.body)


def _refused(entry: Entry, failure: Failure) -> Reject:
    again = retry_at(entry.now, entry.attempts + 1, failure, entry.interval_s, entry.article_id)
    return reject_entry(
        entry,
        stage=STAGE,
        reason=failure.reason,
        detail=failure.detail,
        retry_at=again if failure.passing else None,
    )


def _sniffed(body: bytes) -> str:
    """Return a media type for an answer that names none."""
    return "text/html" if body.lstrip()[:1] == b"<" else "of no type"


def read_file(entry: Entry) -> Page | Reject:
    """Return the page in a local file."""
    path = path_of(entry.url)
    try:
        if os.path.getsize(path) > MAX_BYTES:
            detail = f"It has more than {MAX_BYTES} bytes."
            return reject_entry(entry, stage=STAGE, reason="too_large", detail=detail)
        with open(path, "rb") as file:
            return Page(entry, entry.url, media_type(path), None, file.read(MAX_BYTES))
    except FileNotFoundError:
        return reject_entry(
            entry, stage=STAGE, reason="missing_file", detail="It was there when the folder was listed."
        )
    except OSError as error:
        return reject_entry(entry, stage=STAGE, reason="unreadable_file", detail=f"{error.strerror}.")


def read_archived(entry: Entry) -> Page | Reject:
    """Return the page in an archive."""
    try:
        record = read_record(entry.place or "")
    except OSError as error:
        return reject_entry(entry, stage=STAGE, reason="unreadable_file", detail=f"{entry.place}: {error}.")
    except ValueError as error:
        return reject_entry(entry, stage=STAGE, reason="too_large", detail=f"{error}")
    answer = Reply(record.url, 200, record.body, record.content_type, record.charset, None, None, None, None)
    return to_page(entry, answer)


def read_content(entry: Entry) -> Page:
    """Return the page that a feed carries whole."""
    title = f"<title>{html.escape(entry.title or '')}</title>"
    body = f"<html><head>{title}</head><body><article>{entry.content}</article></body></html>"
    return Page(entry._replace(content=None), entry.url, "text/html", "utf-8", body.encode())


def read_local(entry: Entry) -> Page | Reject:
    """Return the page of an entry that needs no network."""
    if entry.text is not None:
        return read_document(entry)
    if entry.place is not None:
        return read_content(entry) if entry.place == "feed" else read_archived(entry)
    return read_file(entry)


def read_document(entry: Entry) -> Page:
    """Return the page that a document is already. Its text moves, so that it is not held twice."""
    return Page(entry._replace(text=None), entry.url, "text/plain", "utf-8", (entry.text or "").encode())


def or_content(entry: Entry, answer: Page | Item | Reject) -> Iterator[Page | Item | Reject]:
    """Yield what became of an entry; where its page cannot be reached, what the feed carries, and a note on it."""
    if isinstance(answer, Page) or answer.reason not in UNREACHABLE or not entry.content:
        yield answer
        return
    detail = f"{answer.reason}: {answer.detail}" if isinstance(answer, Reject) else f"{answer.reason}."
    yield note_entry(entry, stage=STAGE, reason="page_unreachable", detail=detail)
    yield read_content(entry)


# --- one host -------------------------------------------------------------------------------------------------------


def held_back(entry: Entry, held: Poll) -> Item:
    """Return the item of an entry whose host is not to be asked in this run."""
    own = held.source == host_of(entry.url)  # of another host of the domain only what it asked for counts
    again = max(held.next_due if own else 0, held.not_before or 0)
    reason = held.reason or "over_budget"
    return entry_item(entry, "deferred", reason=reason, attempts=entry.attempts, retry_at=again)


def left_alone(entry: Entry, stop: Stop) -> Item | Reject:
    """Return what becomes of an entry whose host is left alone: deferred, and given up as if it had been asked for."""
    if stop.failure is None:
        return entry_item(entry, "deferred", reason=stop.reason, attempts=entry.attempts)
    attempts = entry.attempts + 1
    again = retry_at(entry.now, attempts, stop.failure, entry.interval_s, entry.article_id)
    if again is None:
        return _refused(entry, stop.failure)
    return entry_item(entry, "deferred", reason=stop.reason, attempts=attempts, retry_at=again)


class Memory(NamedTuple):
    """What committed runs know of hosts, read once a run."""

    run_id: str
    robots: dict[str, Poll]
    holds: Holds
    times: Times


@dataclass(frozen=True)
class _Host:
    """The entries of one host in one run, in one thread."""

    host: str
    entries: list[Entry]
    memory: Memory
    options: Options
    heed: Sequence[str]  # reservations of publishers

    def __call__(self) -> Iterator[Found]:
        first, held = self.entries[0], self.memory.holds.poll(self.entries[0].url)
        if held is not None:
            yield from (held_back(entry, held) for entry in self.entries)
            return
        delay_s = max(entry.delay_s for entry in self.entries)
        with Web(self.options, self.memory.times, delay_s) as web:
            robots = Robots(web, self.memory.robots, first.run_id, first.now, self.interval_s)
            try:
                delay_s = max(robots.delay_s(first.url), delay_s)
            except Exception as error:  # one host must not stop the others
                yield from (_defect(entry, error) for entry in self.entries)
                return
            asked, pace = robots.asked.get(self.host), Pace(delay_s)
            if asked is not None:
                yield asked
                pace.wait()  # that was a request, too
            plan = plan_host(self.entries, delay_s, asked=int(asked is not None))
            yield from plan.items
            patience = Patience(MAX_SHARES * max(first.budget_s, self.options.deadline_s))
            yield from self._fetch(plan.fetch, web, robots, pace, patience)
            yield from self._remembered(patience, delay_s if plan.fetch else 0.0)

    @property
    def interval_s(self) -> int:
        """Of the source that is polled most often, in seconds."""
        return min(entry.interval_s for entry in self.entries)

    def _remembered(self, patience: Patience, delay_s: float) -> Iterator[Poll]:
        """Yield what later runs are to know of the host, if anything: to leave it alone, or that it answers again."""
        first, stop = self.entries[0], patience.stop()
        last = self.memory.holds.last(first.url)
        rests = delay_s > first.budget_s  # one request took more than the host's share of a run
        if rests or (stop and stop.failure) or (last and last.failures and patience.answered):
            rest_s = int(delay_s) if rests else 0
            yield host_poll(
                first.url, stop, last, run_id=first.run_id, now=first.now, interval_s=self.interval_s, rest_s=rest_s
            )

    def _fetch(
        self, entries: Sequence[Entry], web: Web, robots: Robots, pace: Pace, patience: Patience
    ) -> Iterator[Found]:
        for entry in entries:
            try:
                yield from or_content(entry, self._ask(entry, web, robots, pace, patience))
            except Exception as error:  # one entry must not stop the others
                yield _defect(entry, error)

    def _ask(self, entry: Entry, web: Web, robots: Robots, pace: Pace, patience: Patience) -> Page | Item | Reject:
        stop = patience.stop() or self.memory.holds.stop(entry.url)
        if stop is not None:
            return left_alone(entry, stop)
        refusal = robots.refusal(entry.url)
        if refusal is not None:
            return _refused(entry, refusal)
        pace.wait()
        own = resolve(entry.headers)
        if isinstance(own, Failure):
            return _refused(entry, own)
        answer = web.get(entry.url, headers=own, guard=pace.between(web, robots.refusal, entry.url))
        pace.hear(answer, web.sent)
        patience.hear(answer)
        self.memory.holds.hear(entry.url, answer)
        if isinstance(answer, Failure):
            return _refused(entry, answer)
        reservation = reserved(answer.rights, answer.body, self.heed)
        return to_page(entry, reservation or answer)


@dataclass(frozen=True)
class _Local:
    """Files and documents, which wait for nothing."""

    entries: list[Entry]

    def __call__(self) -> Iterator[Found]:
        unique, copies = _unique(self.entries)
        yield from copies
        for entry in unique:
            try:
                yield read_local(entry)
            except Exception as error:  # one entry must not stop the others
                yield _defect(entry, error)


def _defect(entry: Entry, error: Exception) -> Reject:
    return reject_entry(entry, stage=STAGE, reason="stage_failed", detail=f"{type(error).__name__}: {error}")


# --- the step -------------------------------------------------------------------------------------------------------


def is_local(entry: Entry) -> bool:
    """Say whether an entry needs no network."""
    return entry.text is not None or entry.place is not None or not host_of(entry.url)


class _Key(beam.DoFn):
    """Keys an entry by its domain's shard, so that one worker owns the politeness towards its hosts."""

    def __init__(self, shards: int) -> None:
        self.shards = shards

    def process(self, entry: Entry) -> Iterator[tuple[str, Entry]]:
        if is_local(entry):
            yield f"local {int(make_id('shard', normalise(entry.url)), 16) % LOCAL_SHARDS}", entry
        else:
            yield f"web {int(make_id('shard', registrable_domain(entry.url)), 16) % self.shards}", entry


class _Fetch(beam.DoFn):
    """Works the hosts of one shard."""

    def __init__(self, lake: Lake, threads: int, options: Options, heed: Sequence[str]) -> None:
        self.lake = lake
        self.threads = threads
        self.options = options
        self.heed = heed
        self.memory: Optional[Memory] = None  # of one run: committed rows do not change while it lasts
        self.progress = Progress(STAGE)

    def process(
        self, keyed: tuple[str, Iterable[Entry]]
    ) -> Iterator[
        Page
        | TaggedOutput[Literal["polls"], Poll]
        | TaggedOutput[Literal["items"], Item]
        | TaggedOutput[Literal["rejects"], Reject]
    ]:
        entries = list(keyed[1])
        for found in work_hosts(self._jobs(entries), self.threads):
            if isinstance(found, Page):
                self.progress.count("pages")
                yield found
            elif isinstance(found, Poll):
                yield TaggedOutput("polls", found)
            elif isinstance(found, Item):
                self.progress.count(found.outcome)
                yield TaggedOutput("items", found)
            else:
                self.progress.count("rejects")
                yield TaggedOutput("rejects", found)

    def finish_bundle(self) -> None:
        self.progress.flush()

    def _jobs(self, entries: Sequence[Entry]) -> list[Job[Found]]:
        local = [entry for entry in entries if is_local(entry)]
        hosts: dict[str, list[Entry]] = {}
        for entry in sorted(entries, key=lambda each: (each.source, each.entry_id)):
            if not is_local(entry):
                hosts.setdefault(host_of(entry.url), []).append(entry)
        web: list[Job[Found]] = []
        if hosts:
            memory = self._recall(entries[0])
            web = [_Host(host, queue, memory, self.options, self.heed) for host, queue in hosts.items()]
        return [*web, _Local(local)] if local else web

    def _recall(self, entry: Entry) -> Memory:
        if self.memory is None or self.memory.run_id != entry.run_id:
            holds = Holds(read_hosts(self.lake, entry.now), entry.now)
            self.memory = Memory(entry.run_id, read_robots(self.lake, entry.now), holds, Times())
        return self.memory


@dataclass
class FetchArticles(Manners, beam.PTransform):
    """Entries in; for each, a page, an item or a reject out."""

    lake: Lake
    heed: tuple[str, ...] = tuple(RESERVATIONS)  # of what publishers reserve: noindex, noai, tdm

    def __post_init__(self) -> None:
        super().__post_init__()
        unknown = [each for each in self.heed if each not in RESERVATIONS]
        if unknown:
            raise ValueError(f"heed names {unknown[0]!r}; it may name {', '.join(RESERVATIONS)}")

    def expand(self, entries: PCollection[Entry]) -> Fetched:
        options = self.web_options()
        out = (
            entries
            | "Key entries by host" >> beam.ParDo(_Key(self.shards))
            | "Group entries by host" >> beam.GroupByKey()
            | "Fetch each host"
            >> beam.ParDo(_Fetch(self.lake, self.threads, options, self.heed)).with_outputs(
                "polls", "items", "rejects", main="pages"
            )
        )
        return Fetched(out.pages, out.polls, out.items, out.rejects)
