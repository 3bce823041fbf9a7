"""FetchArticles: Entry -> Page. A host is worked by one worker over one connection, many hosts at once."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Optional, Union

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput
from protego import Protego

from schemas import Entry, Item, Page, Poll, Reject
from schemas.ids import make_id
from transforms.archives import media_type
from transforms.http import MAX_BYTES, ROBOT, Failure, Job, Pace, Reply, Web, work_hosts
from transforms.lake import Lake
from transforms.progress import Progress
from transforms.rejects import reject_entry
from transforms.schedule import ROBOTS_S, SECOND_US, most_requests, retry_at, wait_after
from transforms.scrub import scrub
from transforms.seen import item_of, read_robots
from transforms.urls import host_of, normalise, parse, path_of

STAGE = "fetch_articles"

#: Files and documents spread over so many keys: no politeness holds them together.
LOCAL_SHARDS = 32

PAGES = ("text/html", "application/xhtml+xml", "text/plain")

#: robots.txt is read up to here (RFC 9309, 2.5: at least 500 KiB).
MAX_RULES = 500_000
ALLOW_ALL = ""
DENY_ALL = "User-agent: *\nDisallow: /\n"

#: After so many timeouts and refused connections in a row, a host is left alone for this run.
MAX_SILENCE = 3

Found = Union[Page, Item, Poll, Reject]


class Fetched(NamedTuple):
    """What became of entries: each is a page, an item or a reject."""

    pages: PCollection[Page]
    polls: PCollection[Poll]
    items: PCollection[Item]
    rejects: PCollection[Reject]


class Options(NamedTuple):
    """How the web is asked."""

    allow_private: bool
    contact: str


# --- what is taken up -----------------------------------------------------------------------------------------------


class Plan(NamedTuple):
    """What a run does with the entries of one host."""

    fetch: list[Entry]
    items: list[Item]


def plan_host(entries: Iterable[Entry], delay_s: float) -> Plan:
    """Return what to fetch, the newest first, and the items of what is not fetched.

    Of entries with one address, the first by (source, entry id) is fetched. What the budget does not hold is deferred.
    """
    unique, copies = _unique(entries)
    ordered = sorted(unique, key=lambda entry: (-(entry.published or 0), entry.url, entry.source, entry.entry_id))
    room = most_requests(delay_s, min((entry.budget_s for entry in ordered), default=0.0))
    left = ordered[room:] if room is not None else []
    late = [item_of(entry, "deferred", reason="over_budget", attempts=entry.attempts) for entry in left]
    return Plan(ordered[:room], copies + late)


def _unique(entries: Iterable[Entry]) -> tuple[list[Entry], list[Item]]:
    """Return one entry an article, and the items of the others."""
    first: dict[str, Entry] = {}
    copies: list[Item] = []
    for entry in sorted(entries, key=lambda each: (each.source, each.entry_id)):
        if first.setdefault(entry.article_id, entry) is not entry:
            copies.append(item_of(entry, "duplicate"))
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
    again = retry_at(entry.now, entry.attempts + 1, failure.retry_after_s, entry.article_id)
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


def read_document(entry: Entry) -> Page:
    """Return the page that a document is already. Its text moves, so that it is not held twice."""
    return Page(entry._replace(text=None), entry.url, "text/plain", "utf-8", (entry.text or "").encode())


# --- robots.txt -----------------------------------------------------------------------------------------------------


class Robots:
    """The robots.txt of the hosts that one thread meets, each asked for once."""

    def __init__(self, web: Web, known: dict[str, Poll], run_id: str, now: int) -> None:
        self.web = web
        self.known = known
        self.run_id = run_id
        self.now = now
        self.asked: dict[str, Poll] = {}  # in this run
        self._rules: dict[str, Protego] = {}

    def poll_of(self, url: str) -> Poll:
        """Return what is known of the robots.txt of a URL's host; it is asked for where nothing is."""
        host = host_of(url)
        poll = self.known.get(host) or self.asked.get(host)
        if poll is None:
            poll = self.asked[host] = self._ask(url, host)
        return poll

    def delay_s(self, url: str) -> float:
        """Return the seconds that a host wants between two requests, 0 where it does not say."""
        return float(self._of(url).crawl_delay(ROBOT) or 0.0)

    def refusal(self, url: str) -> Optional[Failure]:
        """Return why a URL must not be asked for, None where it may."""
        if self._of(url).can_fetch(url, ROBOT):
            return None
        poll = self.poll_of(url)
        if poll.status == "failed":
            return Failure("robots_denied", f"{poll.url} cannot be read ({poll.reason}), which forbids everything.")
        return Failure("robots_denied", f"{poll.url} forbids it.")

    def _of(self, url: str) -> Protego:
        host = host_of(url)
        if host not in self._rules:
            poll = self.poll_of(url)
            self._rules[host] = Protego.parse(DENY_ALL if poll.status == "failed" else poll.rules or ALLOW_ALL)
        return self._rules[host]

    def _ask(self, url: str, host: str) -> Poll:
        address = parse(url)
        place = f"{address.scheme if address else 'http'}://{host}/robots.txt"
        return robots_poll(self.web.get(place), place, host, run_id=self.run_id, now=self.now)


def robots_poll(answer: Reply | Failure, url: str, host: str, *, run_id: str, now: int) -> Poll:
    """Return what to remember of a robots.txt (RFC 9309, 2.3.1).

    Where there is none (4xx) everything is allowed; where it cannot be read (5xx, no connection) nothing is, for now.
    """
    failed = isinstance(answer, Failure) and not (answer.status and 400 <= answer.status < 500 and not answer.passing)
    rules = ALLOW_ALL if isinstance(answer, Failure) else answer.body[:MAX_RULES].decode("utf-8", "replace")
    wait = wait_after(1, host) if failed else ROBOTS_S
    return Poll(
        run_id=run_id,
        kind="robots",
        source=host,
        url=url,
        polled_at=now,
        status="failed" if failed else "ok",
        http_status=answer.status,
        reason=answer.reason if isinstance(answer, Failure) and failed else None,
        entries=0,
        etag=None,
        last_modified=None,
        failures=int(failed),
        next_due=now + wait * SECOND_US,
        rules=scrub(rules.removeprefix("\ufeff")),
        redirect=None,
    )


# --- one host -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Host:
    """The entries of one host in one run, in one thread."""

    host: str
    entries: list[Entry]
    known: dict[str, Poll]  # robots.txt by host
    options: Options

    def __call__(self) -> Iterator[Found]:
        first = self.entries[0]
        with Web(allow_private=self.options.allow_private, contact=self.options.contact) as web:
            robots = Robots(web, self.known, first.run_id, first.now)
            wanted = robots.delay_s(first.url)
            if self.host in robots.asked:
                yield robots.asked[self.host]
            delay_s = max(wanted, *(entry.delay_s for entry in self.entries))
            plan = plan_host(self.entries, delay_s)
            yield from plan.items
            yield from self._fetch(plan.fetch, web, robots, Pace(delay_s))

    def _fetch(self, entries: Sequence[Entry], web: Web, robots: Robots, pace: Pace) -> Iterator[Found]:
        silence = 0
        for entry in entries:
            if silence >= MAX_SILENCE:
                yield item_of(entry, "deferred", reason="host_silent", attempts=entry.attempts)
                continue
            try:
                answer = self._ask(entry, web, robots, pace)
                silent = isinstance(answer, Failure) and answer.reason in ("timeout", "connection_failed")
                silence = silence + 1 if silent else 0
                yield to_page(entry, answer)
            except Exception as error:  # one entry must not stop the others
                yield _defect(entry, error)

    def _ask(self, entry: Entry, web: Web, robots: Robots, pace: Pace) -> Reply | Failure:
        refusal = robots.refusal(entry.url)
        if refusal is not None:
            return refusal
        pace.wait()
        return web.get(entry.url, guard=robots.refusal)


@dataclass(frozen=True)
class _Local:
    """Files and documents, which wait for nothing."""

    entries: list[Entry]

    def __call__(self) -> Iterator[Found]:
        unique, copies = _unique(self.entries)
        yield from copies
        for entry in unique:
            try:
                yield read_file(entry) if entry.text is None else read_document(entry)
            except Exception as error:  # one entry must not stop the others
                yield _defect(entry, error)


def _defect(entry: Entry, error: Exception) -> Reject:
    return reject_entry(entry, stage=STAGE, reason="stage_failed", detail=f"{type(error).__name__}: {error}")


# --- the step -------------------------------------------------------------------------------------------------------


def is_local(entry: Entry) -> bool:
    """Say whether an entry needs no network."""
    return entry.text is not None or not host_of(entry.url)


class _Key(beam.DoFn):
    """Keys an entry by its host's shard, so that one worker owns a host's politeness."""

    def __init__(self, shards: int) -> None:
        self.shards = shards

    def process(self, entry: Entry) -> Iterator[tuple[str, Entry]]:
        if is_local(entry):
            yield f"local {int(make_id('shard', normalise(entry.url)), 16) % LOCAL_SHARDS}", entry
        else:
            yield f"web {int(make_id('shard', host_of(entry.url)), 16) % self.shards}", entry


class _Fetch(beam.DoFn):
    """Works the hosts of one shard."""

    def __init__(self, lake: Lake, threads: int, options: Options) -> None:
        self.lake = lake
        self.threads = threads
        self.options = options
        self.robots: Optional[tuple[str, dict[str, Poll]]] = None  # of one run: committed rows do not change meanwhile
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
        known = self._known(entries[0]) if hosts else {}
        web: list[Job[Found]] = [_Host(host, queue, known, self.options) for host, queue in hosts.items()]
        return [*web, _Local(local)] if local else web

    def _known(self, entry: Entry) -> dict[str, Poll]:
        if self.robots is None or self.robots[0] != entry.run_id:
            self.robots = (entry.run_id, read_robots(self.lake, entry.now))
        return self.robots[1]


@dataclass
class FetchArticles(beam.PTransform):
    """Entries in; for each, a page, an item or a reject out."""

    lake: Lake
    shards: int = 2  # workers that fetch at once; each fetches from all its hosts at once
    threads: int = 16  # hosts that a worker fetches from at once
    allow_private: bool = False  # also pages on loopback and private networks
    contact: str = ""  # who runs this: an address or page, sent to servers

    def __post_init__(self) -> None:
        for name in ("shards", "threads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")

    def expand(self, entries: PCollection[Entry]) -> Fetched:
        options = Options(self.allow_private, self.contact)
        out = (
            entries
            | "Key entries by host" >> beam.ParDo(_Key(self.shards))
            | "Group entries by host" >> beam.GroupByKey()
            | "Fetch each host"
            >> beam.ParDo(_Fetch(self.lake, self.threads, options)).with_outputs(
                "polls", "items", "rejects", main="pages"
            )
        )
        return Fetched(out.pages, out.polls, out.items, out.rejects)
