"""How a record becomes a reject: the same columns from an entry, an article or a poll."""

import json
from typing import Optional

from schemas import Article, Entry, Reject
from transforms.scrub import scrub

#: Longest `detail` and `replay`, in characters: a reject never carries a body.
MAX_DETAIL = 500
MAX_REPLAY = 20_000


def reject_entry(entry: Entry, *, stage: str, reason: str, detail: str, retry_at: Optional[int] = None) -> Reject:
    """Return the reject of an entry that was taken up: part of the receipt's sum."""
    return Reject(
        run_id=entry.run_id,
        stage=stage,
        reason=reason,
        detail=scrub(detail)[:MAX_DETAIL],
        source=entry.source,
        url=entry.url,
        rejected_at=entry.now,
        counted=True,
        entry_id=entry.entry_id,
        fingerprint=entry.fingerprint,
        article_id=entry.article_id,
        attempts=entry.attempts + 1,
        retry_at=retry_at,
        title=entry.title,
        published=entry.published,
        replay=json.dumps(entry._replace(text=None, content=None)._asdict(), ensure_ascii=True)[:MAX_REPLAY],
    )


def note_entry(entry: Entry, *, stage: str, reason: str, detail: str) -> Reject:
    """Return a note about an entry that goes on: outside the receipt's sum."""
    return reject_entry(entry, stage=stage, reason=reason, detail=detail)._replace(counted=False)


def reject_article(article: Article, *, stage: str, reason: str, detail: str, counted: bool) -> Reject:
    """Return the reject of a cleaned article; `counted` is False once its row is published."""
    return Reject(
        run_id=article.run_id,
        stage=stage,
        reason=reason,
        detail=scrub(detail)[:MAX_DETAIL],
        source=article.source,
        url=article.requested_url,
        rejected_at=article.fetched,
        counted=counted,
        entry_id=article.entry_id,
        fingerprint=article.fingerprint,
        article_id=article.article_id,
        attempts=article.attempts + 1,
        retry_at=None,
        title=article.title,
        published=article.published,
        replay=None,
    )
