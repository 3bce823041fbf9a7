"""How what became of a thing is written down: the same columns from an entry, an article or a reject."""

from typing import Optional

from schemas import Article, Entry, Item, Reject


def entry_item(
    entry: Entry, outcome: str, *, reason: Optional[str] = None, attempts: int = 0, retry_at: Optional[int] = None
) -> Item:
    """Return the item of an entry that is not fetched now. It carries the committed version and text along."""
    return Item(
        run_id=entry.run_id,
        source=entry.source,
        entry_id=entry.entry_id,
        url=entry.url,
        fingerprint=entry.fingerprint,
        outcome=outcome,
        article_id=entry.article_id,
        version=entry.version or None,
        content_hash=entry.content_hash or None,
        reason=reason,
        attempts=attempts,
        retry_at=retry_at,
        title=entry.title,
        published=entry.published,
        seen_at=entry.now,
    )


def article_item(article: Article, outcome: str) -> Item:
    """Return the item of an article that was cleaned: published, duplicate or unchanged."""
    return Item(
        run_id=article.run_id,
        source=article.source,
        entry_id=article.entry_id,
        url=article.requested_url,
        fingerprint=article.fingerprint,
        outcome=outcome,
        article_id=article.article_id,
        version=article.version,
        content_hash=article.content_hash,
        reason=None,
        attempts=0,
        retry_at=None,
        title=article.title,
        published=article.published,
        seen_at=article.fetched,
    )


def reject_item(reject: Reject) -> Item:
    """Return the item of a reject that is one of the receipt's sum."""
    return Item(
        run_id=reject.run_id,
        source=reject.source,
        entry_id=reject.entry_id,
        url=reject.url,
        fingerprint=reject.fingerprint,
        outcome="rejected",
        article_id=reject.article_id,
        version=None,
        content_hash=None,
        reason=reject.reason,
        attempts=reject.attempts,
        retry_at=reject.retry_at,
        title=reject.title,
        published=reject.published,
        seen_at=reject.rejected_at,
    )
