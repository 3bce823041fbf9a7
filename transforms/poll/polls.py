"""What is remembered of a look at a source: what it answered, when to ask again, and where."""

import hashlib
from typing import NamedTuple, Optional

from schemas import Poll, Reject, Source
from transforms.fetch.http import Failure, Reply
from transforms.poll.hints import NOTHING, after_skips, read_hints
from transforms.poll.listing import Listing, Note
from transforms.poll.schedule import (
    SECOND_US,
    due_after_failure,
    due_after_success,
    due_when_gone,
    earliest,
    next_gap,
)
from transforms.poll.seen import STAGE
from transforms.rejects import MAX_DETAIL
from transforms.scrub import scrub

#: A permanent redirect is believed once it was met so often in a row: until then it may be a slip.
ADOPT_AFTER = 3


class Turn(NamedTuple):
    """One source's turn in one run."""

    run_id: str
    now: int  # µs
    source: Source
    start: int
    stop: int


def address_of(source: Source, last: Optional[Poll]) -> str:
    """Return the address to ask: the source's own, or the one that it has proved to have moved to for good."""
    adopted = last is not None and last.redirect and (last.sightings or 0) >= ADOPT_AFTER
    return last.redirect if adopted and last and last.redirect else source.location


def hash_of(body: bytes) -> str:
    """Return what two answers of the same bytes have in common."""
    return hashlib.sha256(body).hexdigest()[:16]


def answered(turn: Turn, listed: Listing, reply: Reply, last: Optional[Poll], *, changed: bool) -> Poll:
    """Return the poll of a source on the web that could be read.

    Args:
        changed: it listed something new; what changes seldom is asked more seldom.
    """
    same = reply.status == 304
    before = last if same else None
    validated = reply if listed.parts == 1 else None
    hints = read_hints(reply.body) if turn.source.kind == "feed" and reply.body else NOTHING
    wish_s = max(reply.max_age_s or 0, hints.wait_s)
    gap_s = next_gap(turn.source, last, changed=changed)
    redirect, sightings = _redirect(turn.source, listed, reply, last)
    return _plain(turn)._replace(
        status="not_modified" if same else "ok",
        http_status=reply.status,
        entries=max(listed.told, len(listed.entries)),
        etag=(validated.etag if validated else None) or (before.etag if before else None),
        last_modified=(validated.last_modified if validated else None) or (before.last_modified if before else None),
        next_due=after_skips(due_after_success(turn.now, gap_s, wish_s), hints),
        redirect=redirect,
        not_before=after_skips(earliest(turn.now, turn.source, wish_s), hints),
        gap_s=gap_s,
        sightings=sightings,
        body_hash=before.body_hash if before else hash_of(reply.body) if validated else None,
        body_bytes=before.body_bytes if before else len(reply.body),
    )


def _redirect(source: Source, listed: Listing, reply: Reply, last: Optional[Poll]) -> tuple[Optional[str], int]:
    """Return where a source has moved to, and how often in a row that was seen."""
    if listed.found:
        return listed.found, ADOPT_AFTER  # the page said so, and the feed was read
    if last is not None and address_of(source, last) != source.location and reply.moved is None:
        return last.redirect, last.sightings or 0
    seen = last.sightings or 0 if last is not None and last.redirect == reply.moved else 0
    return reply.moved, seen + 1 if reply.moved else 0


def listed_locally(turn: Turn, listed: Listing) -> Poll:
    """Return the poll of a local source, whether it could be read or not."""
    return _plain(turn)._replace(
        status="failed" if listed.failed else "ok",
        reason=listed.note.reason if listed.failed and listed.note else None,
        entries=max(listed.told, len(listed.entries)),
        failures=int(listed.failed),
    )


def failed(turn: Turn, failure: Failure, last: Optional[Poll]) -> Poll:
    """Return the poll of a feed that could not be read. The validators of its last good answer stay known.

    An address that was adopted and fails is given up for the source's own.
    """
    failures = (last.failures if last else 0) + 1
    gone = failure.status == 410
    due = due_after_failure(turn.now, turn.source.interval_s, failures, failure, turn.source.name)
    return _plain(turn)._replace(
        status="gone" if gone else "failed",
        http_status=failure.status,
        reason=failure.reason,
        etag=last.etag if last else None,
        last_modified=last.last_modified if last else None,
        failures=failures,
        next_due=due_when_gone(turn.now) if gone else due,
        gap_s=last.gap_s if last else None,
    )


def skipped(turn: Turn, last: Optional[Poll], until: int = 0) -> Poll:
    """Return the poll of a feed that is left alone for now. It carries on what the last one knew.

    Args:
        until: µs, where it is its host that asked for it.
    """
    before = last or _plain(turn)._replace(next_due=until)
    later = due_when_gone(turn.now) if before.reason == "retired" else max(before.next_due, until)
    return before._replace(
        run_id=turn.run_id, polled_at=turn.now, status="skipped", entries=0, http_status=None, next_due=later
    )


def _plain(turn: Turn) -> Poll:
    """Return the poll of a source that gave nothing and did not fail."""
    source = turn.source
    return Poll(
        run_id=turn.run_id,
        kind=source.kind,
        source=source.name,
        url=source.location,
        polled_at=turn.now,
        status="ok",
        http_status=None,
        reason=None,
        entries=0,
        etag=None,
        last_modified=None,
        failures=0,
        next_due=turn.now + source.interval_s * SECOND_US,
        rules=None,
        redirect=None,
    )


def source_reject(turn: Turn, note: Note, poll: Poll) -> Reject:
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
