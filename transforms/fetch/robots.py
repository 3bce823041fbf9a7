"""robots.txt: who is asked for it, what it forbids, and what is remembered of it (RFC 9309)."""

from typing import Optional

from protego import Protego

from schemas import Poll
from transforms.fetch.http import ROBOT, Failure, Reply, Web
from transforms.fetch.urls import host_of, parse
from transforms.poll.schedule import ROBOTS_S, SECOND_US, first_wait, wait_after
from transforms.scrub import scrub

#: robots.txt is read up to here (RFC 9309, 2.5: at least 500 KiB).
MAX_RULES = 500_000
ALLOW_ALL = ""
DENY_ALL = "User-agent: *\nDisallow: /\n"


class Robots:
    """The robots.txt of the hosts that one thread meets, each asked for once."""

    def __init__(self, web: Web, known: dict[str, Poll], run_id: str, now: int, interval_s: int = 0) -> None:
        """
        Args:
            interval_s: of the sources that ask, after which one that cannot be read is asked for again.
        """
        self.web = web
        self.known = known
        self.run_id = run_id
        self.now = now
        self.interval_s = interval_s
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
        if poll.reason == "blocked_address":
            return Failure("blocked_address", f"{poll.source} leads to a private or reserved network.")
        if poll.status == "failed":
            detail = f"{poll.url} cannot be read ({poll.reason}), which forbids everything for now."
            return Failure("robots_unreadable", detail, retry_after_s=(poll.next_due - self.now) // SECOND_US)
        return Failure("robots_denied", f"{poll.url} forbids it.")

    def _of(self, url: str) -> Protego:
        host = host_of(url)
        if host not in self._rules:
            poll = self.poll_of(url)
            rules = Protego.parse(DENY_ALL if poll.status == "failed" else poll.rules or ALLOW_ALL)
            self._rules[host] = rules
            self.web.times.keep(host, float(rules.crawl_delay(ROBOT) or 0.0))
        return self._rules[host]

    def _ask(self, url: str, host: str) -> Poll:
        address = parse(url)
        place = f"{address.scheme if address else 'http'}://{host}/robots.txt"
        return robots_poll(
            self.web.get(place), place, host, run_id=self.run_id, now=self.now, interval_s=self.interval_s
        )


def robots_poll(answer: Reply | Failure, url: str, host: str, *, run_id: str, now: int, interval_s: int) -> Poll:
    """Return what to remember of a robots.txt (RFC 9309, 2.3.1).

    Where there is none (4xx) everything is allowed; where it cannot be read (5xx, no connection) nothing is, for now.
    """
    failed = isinstance(answer, Failure) and not (answer.status and 400 <= answer.status < 500 and not answer.passing)
    rules = ALLOW_ALL if isinstance(answer, Failure) else answer.body[:MAX_RULES].decode("utf-8", "replace")
    asked = answer.retry_after_s if isinstance(answer, Failure) else None
    wait = max(wait_after(1, host, first_wait(interval_s, answer.status)), asked or 0) if failed else ROBOTS_S
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
