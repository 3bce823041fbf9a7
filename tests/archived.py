"""WARC archives made in a test."""

import gzip
import uuid
from collections.abc import Iterable

WORDS = "They met in the harbour on Monday and spoke of the ferry. " * 10


def page(words: str = WORDS) -> bytes:
    return f"<html><head><title>Talks</title></head><body><p>{words}</p></body></html>".encode()


def response(
    number: int,
    *,
    url: str | None = None,
    body: bytes | None = None,
    content_type: str = "text/html; charset=utf-8",
    status: str = "200 OK",
    head: str = "",
    kind: str = "response",
) -> bytes:
    """Return one record, not compressed."""
    content = page(f"{WORDS} {number}") if body is None else body
    answer = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n{head}\r\n".encode() + content
    fields = {
        "WARC-Type": kind,
        "WARC-Target-URI": url or f"https://harbour.example/{number}",
        "WARC-Date": "2026-03-02T06:00:00Z",
        "WARC-Record-ID": f"<urn:uuid:{uuid.UUID(int=number)}>",
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(answer)),
    }
    top = "WARC/1.0\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n"
    return top.encode() + answer + b"\r\n\r\n"


def packed(records: Iterable[bytes]) -> bytes:
    """Return an archive whose records are compressed each by itself, as the standard asks."""
    return b"".join(gzip.compress(record, mtime=0) for record in records)
