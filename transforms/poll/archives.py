"""Files as sources: folders of pages and texts, and corpora of documents. What they list, in an order of their own.

A listing is cut into slices by position, so its order depends on nothing but the files: paths sorted by their bytes,
lines and rows as they stand.
"""

import functools
import gzip
import hashlib
import json
import os
import stat
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import IO, Any, NamedTuple, Optional, cast
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from schemas import Source
from schemas.ids import make_id
from transforms.fetch.http import MAX_BYTES
from transforms.fetch.urls import document_url, file_url, request_url
from transforms.poll import addresses, warcs
from transforms.poll.listing import MAX_ID, MAX_TITLE, Listed, Listing, Note, bad_date, line, mended, to_micros
from transforms.scrub import scrub

#: What a folder holds by the ends of its files' names, as media types.
MEDIA_TYPES = {".html": "text/html", ".htm": "text/html", ".txt": "text/plain", ".md": "text/markdown"}

#: Columns of a document. `text` must be there, and a title or an id.
COLUMNS = ("id", "url", "publisher", "published", "title", "text")

#: Rows of a Parquet file that are in memory at once.
BATCH = 500

#: What reading a file raises: also that it is not gzip, cut gzip, not Parquet.
UNREADABLE = (OSError, EOFError, ValueError, zlib.error, pa.ArrowException)

Bytes = IO[bytes]


def count(source: Source) -> int:
    """Return how many entries a local source lists, 0 where nothing can be read: polling then says why."""
    try:
        if source.kind == "folder":
            return len(pages_below(source.location))
        if source.kind == "urls":
            return addresses.count(source.location)
        if source.kind == "warc":
            return warcs.count(source.location)
        return sum(_count_documents(path) for path in _document_files(source.location))
    except UNREADABLE:
        return 0


def listing(source: Source, start: int, stop: int) -> Listing:
    """Return entries [start, stop) of a local source. One that cannot be read says so for an empty slice too."""
    try:
        if source.kind == "urls":
            return addresses.listing(source.location, start, stop)
        if source.kind == "warc":
            return warcs.listing(source.location, start, stop)
        read = _folder(source, start, stop) if source.kind == "folder" else _documents(source, start, stop)
        return Listing(list(read))
    except FileNotFoundError as error:
        return Listing([], Note("missing_file", f"There is no {error.filename}."), failed=True)
    except UNREADABLE as error:
        return Listing([], Note("unreadable_file", f"{source.location}: {error}."), failed=True)


# --- folders --------------------------------------------------------------------------------------------------------


def pages_below(folder: str) -> list[str]:
    """Return the paths of pages and texts below `folder`, and of folders that are not entered, sorted by their bytes.

    Raises:
        OSError: there is no such folder, or it cannot be listed.
    """
    if os.path.isfile(folder):
        return [folder]
    found: list[str] = []

    def note(error: OSError) -> None:
        if error.filename == folder:
            raise error
        found.append(error.filename)

    for parent, folders, names in os.walk(folder, onerror=note):
        found += [os.path.join(parent, name) for name in names if _suffix(name) in MEDIA_TYPES]
        found += [path for name in folders if os.path.islink(path := os.path.join(parent, name))]
    return sorted(found, key=os.fsencode)


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def media_type(path: str) -> str:
    """Return the media type of a file by its name.

    >>> media_type("a/B.HTM")
    'text/html'
    """
    return MEDIA_TYPES.get(_suffix(path), "text/html")


def _folder(source: Source, start: int, stop: int) -> Iterator[Listed]:
    root = source.location if os.path.isdir(source.location) else os.path.dirname(source.location)
    for path in pages_below(source.location)[start:stop]:
        yield _file(root, path)


def _file(root: str, path: str) -> Listed:
    listed = Listed(path_id(os.path.relpath(path, root)), file_url(path), make_id("entry", file_url(path)))
    try:
        found = os.stat(path)
        size = found.st_size
        if stat.S_ISDIR(found.st_mode):
            why = "a link to a folder" if os.path.islink(path) else "a folder that cannot be listed"
            return listed._replace(reason="unreadable_file", detail=f"It is {why}.")
        if not stat.S_ISREG(found.st_mode):  # opening a pipe would wait for its other end
            return listed._replace(reason="unreadable_file", detail="It is no regular file.")
        if not Path(path).resolve().is_relative_to(Path(root).resolve()):
            return listed._replace(reason="unreadable_file", detail="It is a link that leads out of the folder.")
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


def path_id(path: str) -> str:
    """Return a path below a folder as an entry's id: no two paths have one.

    The path itself where it is a line of text; else escaped and cut, with its hash behind two spaces, which no line
    of text holds.

    >>> path_id("2026/talks.html"), path_id("a  b.html")
    ('2026/talks.html', 'a%20%20b.html  c8c2a7e7bef08c24')
    """
    escaped = quote(os.fsencode(path))
    plain = os.fsencode(path).decode(errors="replace")
    return plain if os.fsencode(path) == (line(plain, MAX_ID) or "").encode() else _with_hash(escaped, escaped)


def _with_hash(name: str, *parts: object) -> str:
    return f"{name[: MAX_ID - 18]}  {make_id('entry', *parts)}"


# --- documents ------------------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """One line or row, as it stands."""

    place: str  # for people: line 17 of corpus.jsonl
    hash: str  # of what stands there
    values: Mapping[str, Any]
    problem: str = ""

    @property
    def name(self) -> str:
        """The document's own id, or the hash where it has none."""
        return line(self.values.get("id"), MAX_ID) or self.hash


def _document_files(location: str) -> list[str]:
    """Return the files of a corpus: the location itself, or those in that folder."""
    if not os.path.isdir(location):
        if not stat.S_ISREG(os.stat(location).st_mode):  # opening a pipe would wait for its other end
            raise OSError("it is no regular file")
        return [location]
    names = [name for name in os.listdir(location) if name.lower().endswith((".jsonl", ".jsonl.gz", ".parquet"))]
    paths = [os.path.join(location, name) for name in sorted(names, key=os.fsencode)]
    return [path for path in paths if os.path.isfile(path)]


def _count_documents(path: str) -> int:
    if path.lower().endswith(".parquet"):
        return int(pq.read_metadata(path).num_rows)
    with _opened(path) as stream:
        return sum(1 for _ in _lines(stream))


def _documents(source: Source, start: int, stop: int) -> Iterator[Listed]:
    """Yield documents [start, stop)."""
    zone = ZoneInfo(source.timezone) if source.timezone else UTC
    files = _document_files(source.location)
    repeated = _repeated(tuple((path, os.stat(path).st_size, os.stat(path).st_mtime_ns) for path in files))
    for at, row in enumerate(_rows(files, start, stop), start):
        yield _document(source, row, repeated.get(at, row.name), zone)


@functools.lru_cache(maxsize=4)
def _repeated(files: Sequence[tuple[str, int, int]]) -> Mapping[int, str]:
    """Return the entry ids, by place, of documents whose own id occurs more than once.

    They go by id and content, and where that is the same too they are counted, so that the order of a corpus changes
    nothing. Kept while the files stay as they are: every slice of a corpus asks for it.

    Args:
        files: path, size and time of change of each.
    """
    paths = [path for path, _, _ in files]
    seen: set[str] = set()
    twice: set[str] = set()
    for path in paths:
        for name in _names(path):
            (twice if name in seen else seen).add(name)
    ids: dict[int, str] = {}
    times: dict[str, int] = {}
    for at, row in enumerate(_rows(paths, 0, sys.maxsize) if twice else ()):
        if row.name in twice:
            times[row.name + row.hash] = number = times.get(row.name + row.hash, 0) + 1
            ids[at] = _with_hash(row.name, row.name, row.hash, number)
    return ids


def _names(path: str) -> Iterable[str]:
    """Return the names of all rows of a file; of Parquet, where every row has an id, from that column alone."""
    if path.lower().endswith(".parquet"):
        with pq.ParquetFile(path) as file:
            ids = file.read(columns=["id"]).to_pylist() if "id" in file.schema_arrow.names else [{"id": None}]
        names = [line(row["id"], MAX_ID) for row in ids]
        if all(names):
            return filter(None, names)
    return (row.name for row in _rows([path], 0, sys.maxsize))


def _rows(paths: Sequence[str], start: int, stop: int) -> Iterator[Row]:
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
    with pq.ParquetFile(path) as file:
        columns = [name for name in COLUMNS if name in file.schema_arrow.names]
        at = 0
        for group in range(file.num_row_groups):
            size = file.metadata.row_group(group).num_rows
            if at + size > start and at < stop:
                batches = file.iter_batches(BATCH, row_groups=[group], columns=columns)
                rows = (values for batch in batches for values in _values(batch))
                for number, values in enumerate(rows, at):
                    if start <= number < stop:
                        digest = make_id("row", json.dumps(values, sort_keys=True, default=str))
                        yield Row(f"row {number + 1} of {os.path.basename(path)}", digest, values)
            at += size


def _values(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """Return the rows of a batch. A time that Python does not know is text: one row must not stop the others."""
    try:
        return cast(list[dict[str, Any]], batch.to_pylist())
    except (OverflowError, ValueError):  # beyond the year 9999, or nanoseconds where there is no pandas
        columns = [[_value(each) for each in column] for column in batch.columns]
        return [dict(zip(batch.schema.names, row, strict=True)) for row in zip(*columns, strict=True)]


def _value(cell: pa.Scalar) -> object:
    try:
        return cell.as_py()
    except (OverflowError, ValueError):
        return str(cell.cast(pa.string()))


def _json_rows(path: str, start: int, stop: int) -> Iterator[Row]:
    """Yield the lines [start, stop) that are not blank."""
    with _opened(path) as stream:
        for at, (number, content, problem) in enumerate(_lines(stream)):
            if at >= stop:
                return
            if at >= start:
                yield _json_row(f"line {number} of {os.path.basename(path)}", content, problem)


def _json_row(place: str, content: bytes, problem: str) -> Row:
    if problem:
        return Row(place, make_id("row", place, problem), {}, problem)
    digest = hashlib.sha256(content).hexdigest()[:16]
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:
        return Row(place, digest, {}, f"it is not JSON ({error})")
    return Row(place, digest, values) if isinstance(values, dict) else Row(place, digest, {}, "it is no JSON object")


def _lines(stream: Bytes) -> Iterator[tuple[int, bytes, str]]:
    """Yield the number and content of each line that is not blank, or what is wrong with it.

    Raises:
        OSError, EOFError, zlib.error: not even the first line can be read. Where a later one cannot, it is the last.
    """
    number = 0
    try:
        while piece := stream.readline(MAX_BYTES + 1):
            number += 1
            if len(piece) > MAX_BYTES:
                while piece and not piece.endswith(b"\n"):
                    piece = stream.readline(MAX_BYTES)
                yield number, b"", f"it has more than {MAX_BYTES} bytes"
            elif piece.strip():
                yield number, piece.strip(), ""
    except (OSError, EOFError, zlib.error) as error:
        if not number:
            raise
        yield number + 1, b"", f"the file is damaged here ({error}), and what follows cannot be read"


def _opened(path: str) -> Bytes:
    return cast(Bytes, gzip.open(path, "rb")) if path.lower().endswith(".gz") else open(path, "rb")


def _document(source: Source, row: Row, entry_id: str, zone: tzinfo) -> Listed:
    """Return what a row lists, with the reason where it is no document."""
    values = row.values
    url = _document_address(source, entry_id, values.get("url"))
    listed = Listed(entry_id, url, make_id("entry", url, row.hash), title=line(values.get("title"), MAX_TITLE))
    text = values.get("text")
    problem = row.problem or _problem(text, listed.title or line(values.get("id"), MAX_ID))
    if problem:
        detail = f"{row.place[0].upper()}{row.place[1:]}: {problem}."
        return listed._replace(reason="bad_document", detail=detail)
    # Only what no coder takes is dropped here: cleaning records all other edits, so that they can be undone.
    sound = str(text).encode(errors="ignore").decode()
    published, offset_s = read_time(values.get("published"), zone)
    undated = published is None and values.get("published") not in (None, "")
    return listed._replace(
        text=sound,
        publisher=line(values.get("publisher"), MAX_ID),
        published=published,
        published_offset_s=offset_s,
        notes=[
            *mended(*(values.get(name) for name in ("id", "title", "publisher")), text if sound != text else None),
            *([bad_date(values.get("published"))] if undated else []),
        ],
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
