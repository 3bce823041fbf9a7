"""Who said how long to be left alone (Retry-After): a host, and with it all of its registrable domain.

It counts for pages and feeds, in this run and in later ones. A host that merely fails is its own affair (patience.py).
"""

from collections.abc import Mapping
from typing import NamedTuple, Optional

from schemas import Poll
from transforms.fetch.http import Failure, Reply
from transforms.fetch.patience import Stop, is_busy
from transforms.fetch.urls import host_of, registrable_domain
from transforms.poll.schedule import SECOND_US, is_held_back


class Told(NamedTuple):
    """What a host answered in this run."""

    host: str
    failure: Failure


class Holds:
    """What committed runs and the answers of this one say; the threads of a worker share it."""

    def __init__(self, polls: Mapping[str, Poll], now: int) -> None:
        """
        Args:
            polls: the last word on each host, by host and port.
            now: µs.
        """
        self._polls = polls
        self._now = now
        self._told: dict[str, Told] = {}  # by registrable domain
        held = [poll for poll in polls.values() if poll.reason == "host_busy" and _until(poll) > now]
        self._domains = {registrable_domain(poll.url): poll for poll in sorted(held, key=_until)}

    def last(self, url: str) -> Optional[Poll]:
        """Return what was last known of the host of a URL."""
        return self._polls.get(host_of(url))

    def poll(self, url: str) -> Optional[Poll]:
        """Return the poll of an earlier run by which a URL is not to be asked for yet: its host's or its domain's."""
        own = self.last(url)
        return own if own is not None and is_held_back(own, self._now) else self._domains.get(registrable_domain(url))

    def hear(self, url: str, answer: Reply | Failure) -> None:
        """Take note of an answer. The first host of a domain that asks speaks for all of them."""
        if isinstance(answer, Failure) and is_busy(answer) and answer.retry_after_s:
            self._told.setdefault(registrable_domain(url), Told(host_of(url), answer))

    def stop(self, url: str) -> Optional[Stop]:
        """Return why a URL must not be asked for any more in this run, None while it may."""
        told = self._told.get(registrable_domain(url))
        return Stop("host_busy", told.failure) if told else None

    def asked_by(self, url: str) -> Optional[Stop]:
        """Return the same where the very host of the URL asked for it."""
        told = self._told.get(registrable_domain(url))
        return Stop("host_busy", told.failure) if told and told.host == host_of(url) else None

    def busy_until(self, url: str) -> Optional[int]:
        """Return until when the domain of a URL asked to be left alone, µs; None where it did not."""
        domain = registrable_domain(url)
        told, held = self._told.get(domain), self._domains.get(domain)
        if told:
            return self._now + (told.failure.retry_after_s or 0) * SECOND_US
        return held.not_before if held else None


def _until(poll: Poll) -> int:
    return poll.not_before or 0
