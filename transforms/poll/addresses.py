"""Lists of addresses -> what they list: text with one address a line, here or on the web."""

import functools
import os
from collections.abc import Iterator

from schemas.ids import make_id
from transforms.fetch.http import MAX_BYTES
from transforms.fetch.urls import request_url
from transforms.poll.listing import MAX_ID, Listed, Listing, Note, line

#: Addresses that a list on the web may hold, and one on this machine.
MAX_LISTED = 50_000
MAX_IN_FILE = 1_000_000


def read_addresses(body: bytes) -> Listing:
    """Return what a list on the web holds."""
    if body.lstrip()[:1] in (b"<", b"{"):
        begins = body.lstrip()[:60].decode("ascii", "replace")
        note = Note("not_a_feed", f"The answer begins with {begins!r}; a list has one address a line.")
        return Listing([], note, failed=True)
    lines = list(distinct(body.decode("utf-8-sig", "replace").splitlines()))
    kept = [_listed(each) for each in lines[:MAX_LISTED]]
    beyond = len(lines) - len(kept)
    note = Note("feed_damaged", f"{len(kept)} addresses could be read. Left out: {beyond} beyond {MAX_LISTED}.")
    return Listing(kept, note if beyond else None)


def count(path: str) -> int:
    """Return how many entries a file lists.

    Raises:
        OSError: it cannot be read.
    """
    return len(_lines_of(path))


def listing(path: str, start: int, stop: int) -> Listing:
    """Return entries [start, stop) of a file.

    Raises:
        OSError: it cannot be read.
    """
    return Listing([_listed(each) for each in _lines_of(path)[start:stop]])


def distinct(lines: list[str]) -> Iterator[str]:
    """Yield each address once. Blank lines and those that begin with `#` are none."""
    trimmed = (each.strip() for each in lines)
    return iter(dict.fromkeys(each for each in trimmed if each and not each.startswith("#")))


def _lines_of(path: str) -> tuple[str, ...]:
    found = os.stat(path)
    return _read(path, found.st_size, found.st_mtime_ns)


@functools.lru_cache(maxsize=4)
def _read(path: str, size: int, changed_ns: int) -> tuple[str, ...]:
    """Return the addresses of a file, kept while its size and time of change stay."""
    if size > MAX_BYTES * 20:
        raise OSError(f"it has {size} bytes; a list has at most {MAX_BYTES * 20}")
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        found = tuple(distinct(file.read().splitlines()))
    if len(found) > MAX_IN_FILE:
        raise OSError(f"it holds {len(found)} addresses; split it into files of at most {MAX_IN_FILE}")
    return found


def _listed(words: str) -> Listed:
    url = request_url(words)
    name = url or line(words, MAX_ID) or ""
    problem = None if url else "bad_url"
    detail = "" if url else f"The line is {words[:200]!r}, which is no http or https address."
    return Listed(name, url or name, make_id("entry", name), reason=problem, detail=detail)
