"""JSON Feed 1.0 and 1.1 (jsonfeed.org) -> the same plain records that RSS and Atom give."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from transforms.poll.syndication import Date, Document, Found

VERSION = re.compile(r"https?://jsonfeed\.org/version/1(?:\.[01])?/?")


def is_json(body: bytes) -> bool:
    """Say whether a document is a JSON object by how it begins.

    >>> is_json(b'\\xef\\xbb\\xbf {"version": 1}'), is_json(b"<rss/>")
    (True, False)
    """
    return body[:1_000].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def parse(body: bytes) -> Document:
    """Return what is in a document. What is of a wrong type counts as missing; an item that is no object as empty."""
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError) as error:
        return Document("", f"it is not JSON: {error}", [])
    version, items = _text(feed.get("version")), feed.get("items")
    if not VERSION.fullmatch(version) or not isinstance(items, list):
        return Document("", "it is JSON, and no JSON Feed 1.0 or 1.1 with items", [])
    return Document(f"json{version.rpartition('/')[2]}", "", [_found(item) for item in items])


def _found(item: object) -> Found:
    entry: dict[str, Any] = item if isinstance(item, dict) else {}
    content = _text(entry.get("content_html")) or _paragraphs(_text(entry.get("content_text")))
    return Found(
        title=_text(entry.get("title")),
        summary=_text(entry.get("summary")) or content,
        content=content,
        link=_text(entry.get("url")) or _text(entry.get("external_url")),
        id=_name(entry.get("id")),
        authors=list(_authors(entry)),
        published=_date(_text(entry.get("date_published"))),
        updated=_date(_text(entry.get("date_modified"))),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _name(value: object) -> str:
    """Return an id, which the format wants to be text and some write as a number."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return str(value) if is_number else _text(value)


def _paragraphs(text: str) -> str:
    """Return plain text as HTML."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"<p>{part}</p>" for part in re.split(r"\n\s*\n", escaped) if part.strip())


def _authors(entry: dict[str, Any]) -> Iterator[str]:
    """Yield the names in `authors` (1.1), or the one in `author` (1.0)."""
    given = entry.get("authors")
    for author in given if isinstance(given, list) else [entry.get("author")]:
        name = _text(author.get("name")) if isinstance(author, dict) else ""
        if name:
            yield name


def _date(words: str) -> Date:
    try:
        moment = datetime.fromisoformat(words.strip())
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return Date(words, int(aware.timestamp()))
    except (ValueError, OverflowError):
        return Date(words, None)
