"""validate --live: each source is asked once, as a run would, and nothing is fetched or written."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Optional

from pipeline.config import Configuration
from schemas import Entry, Poll, Reject, Source
from schemas.run import is_local
from transforms.fetch.holds import Holds
from transforms.fetch.http import Options, Web
from transforms.fetch.patience import Pace
from transforms.fetch.robots import Robots
from transforms.fetch.turns import Times
from transforms.fetch.urls import host_of
from transforms.fetch.workers import Job, work_hosts
from transforms.poll.archives import count
from transforms.poll.polls import Turn
from transforms.poll.schedule import SECOND_US
from transforms.poll.seen import Seen
from transforms.poll_sources import PollSources, poll_source

RUN_ID = "validate"

#: What to do, by the reason that was found.
FIXES = {
    "bad_url": "Mend the address.",
    "blocked_address": "If the host is meant, name it in allow_hosts of [poll_sources] and [fetch_articles].",
    "bad_certificate": "Tell the outlet, or name the certificates of your own network in ca_file.",
    "connection_failed": "Check the host's name, and whether this machine reaches it.",
    "credentials_missing": "Set the variable in the environment of the run.",
    "feed_damaged": "Nothing: what could be read is taken. Tell the outlet.",
    "feed_found": "Until then the page is asked for each time, too.",
    "gone": "Look for the outlet's new feed: its home page given as url leads to it.",
    "http_error": "Ask again later; at 401 or 403 the outlet wants a password, or no robots.",
    "missing_file": "Mend the path.",
    "not_a_feed": "Look for the feed's address, or name another kind.",
    "retired": "Take the source out, or give its new address.",
    "robots_denied": 'Ask the outlet for leave, or take the feed\'s own text: content = "feed".',
    "robots_unreadable": "Ask again later: nothing is fetched until its robots.txt can be read.",
    "timeout": "Ask again later, or raise deadline_s.",
    "too_large": "Look for a feed of fewer entries.",
    "unreadable_file": "Mend the file or its permissions.",
}
ASK_AGAIN = "Ask again later."


class Look(NamedTuple):
    """What one source would give a run."""

    source: str
    kind: str
    status: str  # of its poll
    http_status: Optional[int]
    entries: int  # that could be taken up
    first: Optional[str]  # address of the first one
    problems: Sequence[str]  # what was found, and the fix


@dataclass(frozen=True)
class _Host:
    """The sources of one host, asked one after the other."""

    sources: Sequence[Source]
    options: Options
    times: Times
    now: int

    def __call__(self) -> Iterator[Look]:
        pace = Pace(max(source.delay_s for source in self.sources))
        with Web(self.options, self.times, pace.delay_s) as web:
            robots = Robots(web, {}, RUN_ID, self.now)
            for source in self.sources:
                yield look_at(source, web, robots, pace, self.now)


def look_at_all(configuration: Configuration) -> list[Look]:
    """Return what each source would give, in their order; hosts are asked at once, by the options of polling."""
    polling = PollSources(**configuration.options.get("poll_sources", {}), lake=None)  # type: ignore[arg-type]  # unused
    hosts: dict[str, list[Source]] = {}
    for source in configuration.sources:
        hosts.setdefault(host_of(source.location), []).append(source)
    times, now = Times(), int(time.time()) * SECOND_US
    jobs: list[Job[Look]] = [_Host(each, polling.web_options(), times, now) for each in hosts.values()]
    looks = {look.source: look for look in work_hosts(jobs, polling.threads)}
    return [looks[source.name] for source in configuration.sources]


def look_at(source: Source, web: Web, robots: Robots, pace: Pace, now: int) -> Look:
    """Return what one source would give."""
    local = count(source) if is_local(source) else 0
    found = list(
        poll_source(Turn(RUN_ID, now, source, 0, min(local, 1)), Seen({}, {}), None, web, pace, Holds({}, now))
    )
    entries = [each for each in found if isinstance(each, Entry)]
    (poll,) = [each for each in found if isinstance(each, Poll)]
    problems = [_problem(each.reason, each.detail) for each in found if isinstance(each, Reject) and not each.entry_id]
    bad = [each for each in found if isinstance(each, Reject) and each.counted]
    problems += [_problem(bad[0].reason, f"{len(bad)} entries cannot be taken up. {bad[0].detail}")] if bad else []
    problems += _barred(entries, robots)
    size = local if is_local(source) else len(entries)
    first = entries[0].url if entries else None
    return Look(source.name, source.kind, poll.status, poll.http_status, size, first, problems)


def _barred(entries: Sequence[Entry], robots: Robots) -> Iterator[str]:
    """Yield what robots.txt forbids on the host of the first entry: no other host is asked for its rules."""
    asked = [each.url for each in entries if each.place is None and host_of(each.url)]
    mine = [url for url in asked if host_of(url) == host_of(asked[0])]
    refused = [(url, refusal) for url in mine if (refusal := robots.refusal(url))]
    if refused:
        url, refusal = refused[0]
        detail = f"{len(refused)} of {len(entries)} entries may not be fetched, {url} first. {refusal.detail}"
        yield _problem(refusal.reason, detail)


def _problem(reason: str, detail: str) -> str:
    return f"{reason}: {detail.rstrip()} {FIXES.get(reason, ASK_AGAIN)}"
