"""Files as sources: folders of pages and texts, and corpora of documents. What they list, in an order of their own.

A listing is cut into slices by position, so its order depends on nothing but the files: paths sorted by their bytes,
lines and rows as they stand.
"""

import gzip
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import IO, Any, NamedTuple, Optional, cast
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

from schemas import Source
from schemas.ids import make_id
from transforms.http import MAX_BYTES
from transforms.listing import MAX_ID, MAX_TITLE, Listed, Listing, Note, line, to_micros
from transforms.scrub import scrub
from transforms.urls import document_url, file_url, request_url

#: What a folder holds by the ends of its files' names, as media types.
MEDIA_TYPES = {".html": "text/html", ".htm": "text/html", ".txt": "text/plain", ".md": "text/markdown"}

#: Columns of a document. `text` must be there, and a title or an id.
COLUMNS = ("id", "url", "publisher", "published", "title", "text")

#: Rows of a Parquet file that are in memory at once.
BATCH = 500

Bytes = IO[bytes]


def count(source: Source) -> int:
    """Return how many entries a local source lists, 0 where nothing can be read: polling then says why."""
    try:
        if source.kind == "folder":
            return len(pages_below(source.location))
        return sum(_count_documents(path) for path in _document_files(source.location))
    except (OSError, EOFError, ValueError):
        return 0


def listing(source: Source, start: int, stop: int) -> Listing:
    """Return entries [start, stop) of a local source."""
    try:
        read = _folder(source, start, stop) if source.kind == "folder" else _documents(source, start, stop)
        return Listing(list(read))
    except FileNotFoundError as error:
        return Listing([], Note("missing_file", f"There is no {error.filename}."), failed=True)
    except (OSError, EOFError, ValueError) as error:  # also: not gzip, not Parquet
        return Listing([], Note("unreadable_file", f"{source.location}: {error}."), failed=True)


# --- folders --------------------------------------------------------------------------------------------------------


def pages_below(folder: str) -> list[str]:
    """Return the paths of pages and texts below `folder`, sorted by their bytes.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    if os.path.isfile(folder):
        return [folder]
    os.stat(folder)
    found = [
        os.path.join(parent, name)
        for parent, _, names in os.walk(folder)
        for name in names
        if os.path.splitext(name)[1].lower() in MEDIA_TYPES
    ]
    return sorted(found, key=os.fsencode)


def media_type(path: str) -> str:
    """Return the media type of a file by its name.

    >>> media_type("a/B.HTM")
    'text/html'
    """
    return MEDIA_TYPES.get(os.path.splitext(path)[1].lower(), "text/html")


def _folder(source: Source, start: int, stop: int) -> Iterator[Listed]:
    root = source.location if os.path.isdir(source.location) else os.path.dirname(source.location)
    for path in pages_below(source.location)[start:stop]:
        yield _file(root, path)


def _file(root: str, path: str) -> Listed:
    entry_id = line(os.fsencode(os.path.relpath(path, root)).decode(errors="replace"), MAX_ID) or path
    listed = Listed(entry_id, file_url(path), make_id("entry", file_url(path)))
    if not Path(path).resolve().is_relative_to(Path(root).resolve()):
        return listed._replace(reason="unreadable_file", detail="It is a link that leads out of the folder.")
    try:
        size = os.path.getsize(path)
        if size > MAX_BYTES:
            detail = f"It has {size} bytes; at most {MAX_BYTES} are read."
            fingerprint = make_id("entry", listed.url, size)
            return listed._replace(fingerprint=fingerprint, reason="too_large", detail=detail)
        content = Path(path).read_bytes()
    except FileNotFoundError:
        return listed._replace(reason="missing_file", detail="It is gone, or a link that leads nowhere.")
    except OSError as error:
        return listed._replace(reason="unreadable_file", detail=f"{error.strerror}.")
    return listed._replace(fingerprint=make_id("entry", listed.url, hashlib.sha256(content).hexdigest()))


# --- documents ------------------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """One line or row, as it stands."""

    place: str  # for people: line 17
    number: int
    hash: str  # of what stands there
    values: Optional[Mapping[str, Any]]
    problem: str = ""


def _document_files(location: str) -> list[str]:
    """Return the files of a corpus: the location itself, or those in that folder."""
    if not os.path.isdir(location):
        os.stat(location)
        return [location]
    names = [name for name in os.listdir(location) if name.lower().endswith((".jsonl", ".jsonl.gz", ".parquet"))]
    return [os.path.join(location, name) for name in sorted(names, key=os.fsencode)]


def _count_documents(path: str) -> int:
    if path.lower().endswith(".parquet"):
        return int(pq.ParquetFile(path).metadata.num_rows)
    with _opened(path) as stream:
        return sum(1 for _ in _lines(stream))


def _documents(source: Source, start: int, stop: int) -> Iterator[Listed]:
    """Yield documents [start, stop). Of several with one id, those that follow go by their place too."""
    seen: set[str] = set()
    zone = ZoneInfo(source.timezone) if source.timezone else UTC
    for row in _rows(_document_files(source.location), start, stop):
        listed = _document(source, row, zone)
        if listed.entry_id in seen:
            listed = listed._replace(entry_id=f"{listed.entry_id}#{row.number}")
        seen.add(listed.entry_id)
        yield listed


def _rows(paths: list[str], start: int, stop: int) -> Iterator[Row]:
    """Yield rows [start, stop) of all files together."""
    at = 0
    for path in paths:
        if at >= stop:
            return
        read = _parquet_rows if path.lower().endswith(".parquet") else _json_rows
        yield from read(path, max(0, start - at), stop - at)
        at += _count_documents(path) if len(paths) > 1 else 0


def _parquet_rows(path: str, start: int, stop: int) -> Iterator[Row]:
    """Yield rows [start, stop), of which only the row groups that hold them are read."""
    file = pq.ParquetFile(path)
    columns = [name for name in COLUMNS if name in file.schema_arrow.names]
    at = 0
    for group in range(file.num_row_groups):
        size = file.metadata.row_group(group).num_rows
        if at + size > start and at < stop:
            for batch in file.iter_batches(BATCH, row_groups=[group], columns=columns):
                for values in batch.to_pylist():
                    if start <= at < stop:
                        digest = make_id("row", json.dumps(values, sort_keys=True, default=str))
                        yield Row(f"row {at + 1}", at + 1, digest, values)
                    at += 1
        else:
            at += size


def _json_rows(path: str, start: int, stop: int) -> Iterator[Row]:
    """Yield the lines [start, stop) that are not blank."""
    with _opened(path) as stream:
        for at, (number, content) in enumerate(_lines(stream)):
            if at >= stop:
                return
            if at >= start:
                yield _json_row(number, content)


def _json_row(number: int, content: Optional[bytes]) -> Row:
    place = f"line {number}"
    if content is None:
        return Row(place, number, make_id("row", place), None, f"it has more than {MAX_BYTES} bytes")
    digest = hashlib.sha256(content).hexdigest()[:16]
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:
        return Row(place, number, digest, None, f"it is not JSON ({error})")
    if not isinstance(values, dict):
        return Row(place, number, digest, None, "it is no JSON object")
    return Row(place, number, digest, values)


def _lines(stream: Bytes) -> Iterator[tuple[int, Optional[bytes]]]:
    """Yield the number and content of each line that is not blank; None for one past the cap."""
    number = 0
    while piece := stream.readline(MAX_BYTES + 1):
        number += 1
        if len(piece) > MAX_BYTES:
            while piece and not piece.endswith(b"\n"):
                piece = stream.readline(MAX_BYTES)
            yield number, None
        elif piece.strip():
            yield number, piece


def _opened(path: str) -> Bytes:
    return cast(Bytes, gzip.open(path, "rb")) if path.lower().endswith(".gz") else open(path, "rb")


def _document(source: Source, row: Row, zone: tzinfo) -> Listed:
    """Return what a row lists, with the reason where it is no document."""
    values = row.values or {}
    own_id = line(values.get("id"), MAX_ID)
    entry_id = own_id or row.hash
    url = _document_address(source, entry_id, values.get("url"))
    listed = Listed(entry_id, url, make_id("entry", url, row.hash))
    title, text = line(values.get("title"), MAX_TITLE), values.get("text")
    problem = row.problem or _problem(text, title or own_id)
    if problem:
        detail = f"{row.place[0].upper()}{row.place[1:]}: {problem}."
        return listed._replace(title=title, reason="bad_document", detail=detail)
    published, offset_s = read_time(values.get("published"), zone)
    return listed._replace(
        title=title,
        # Only what no coder takes is dropped here: cleaning records all other edits, so that they can be undone.
        text=str(text).encode(errors="ignore").decode(),
        publisher=line(values.get("publisher"), MAX_ID),
        published=published,
        published_offset_s=offset_s,
    )


def _problem(text: object, name: Optional[str]) -> str:
    if not isinstance(text, str) or not text.strip():
        return "it has no text"
    if len(text) > MAX_BYTES:
        return f"its text has more than {MAX_BYTES} characters"
    return "" if name else "it has neither a title nor an id"


def _document_address(source: Source, entry_id: str, url: object) -> str:
    """Return a document's own address if it is one that others would ask for, else one made of its id."""
    own = request_url(url) if isinstance(url, str) else None
    return own or document_url(source.name, entry_id)


def read_time(value: object, zone: tzinfo) -> tuple[Optional[int], Optional[int]]:
    """Return a document's time as µs and, where it came with one, its UTC offset in s; None where it is no time.

    Args:
        zone: of the outlet, where a time without offset was written.

    >>> read_time("1970-01-01T01:00:00+01:00", UTC), read_time("1970-01-02", UTC)
    ((0, 3600), (86400000000, None))
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(scrub(value).strip())
        except ValueError:
            return None, None
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day)
    else:
        return None, None
    if moment.tzinfo is None:
        return to_micros(moment.replace(tzinfo=zone))[0], None
    return to_micros(moment)
