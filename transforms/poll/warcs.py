"""WARC archives as sources: which records are pages, where they lie, and what is in one of them.

An archive is listed once and then entered at the place of a record, so that a million pages are read in slices.
Archives on this machine and in object stores are the same code (`pyarrow.fs`).
"""

import functools
import os
import re
import zlib
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import BinaryIO, NamedTuple, Optional

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType
from pyarrow.fs import FileInfo, FileSelector, FileSystem, FileType, LocalFileSystem

from schemas.ids import make_id
from transforms.fetch.http import MAX_BYTES
from transforms.fetch.urls import request_url
from transforms.poll.listing import MAX_ID, Listed, Listing, Note, line

SUFFIXES = (".warc", ".warc.gz", ".warc.zst")

#: Media types that are pages; "" where the server named none.
PAGES = ("text/html", "application/xhtml+xml", "text/plain", "")

#: Kinds of records that hold what somebody fetched, but no answer of a server. All others tell of the crawl.
WITHOUT_ANSWER = (
    (WarcRecordType.resource, "resource records"),
    (WarcRecordType.conversion, "conversion records"),
    (WarcRecordType.revisit, "revisit records"),
)

MAX_TOLD = 5

#: More than the head of any record has, in bytes.
MAX_HEAD = 2**20

CONTENT_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,18})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


class Index(NamedTuple):
    """What one archive holds."""

    offsets: Sequence[int]  # of pages
    others: Mapping[str, int]  # records that are no pages, by why
    damage: str  # where it ends too early or cannot be read on; "" where it does not


class Record(NamedTuple):
    """One page as it was answered."""

    url: str
    content_type: str
    charset: Optional[str]
    body: bytes


def count(location: str) -> int:
    """Return how many entries an archive or a folder of archives lists.

    Raises:
        OSError: it is not there, or no archive.
    """
    return sum(_entries(index) for _, index in _indexes(location))


def listing(location: str, start: int, stop: int) -> Listing:
    """Return entries [start, stop) of an archive, or of the archives in a folder one after the other.

    The last entry of a damaged archive tells of the damage. What is no page is counted in the note of the first slice.

    Raises:
        OSError: it is not there, or no archive.
    """
    listed: list[Listed] = []
    others: Counter[str] = Counter()
    at = 0
    for path, index in _indexes(location):
        first, last = max(0, start - at), stop - at
        listed += _slice(path, index, first, min(last, len(index.offsets))) if first < last else []
        if index.damage and first <= len(index.offsets) < last:
            listed.append(_damaged(path, index))
        others.update(index.others)
        at += _entries(index)
    return Listing(listed, _note(others) if start == 0 and others else None)


def read_record(place: str) -> Record:
    """Return the page at a place that `listing` gave.

    Raises:
        OSError: it cannot be read whole.
        ValueError: it has more than MAX_BYTES, decoded.
    """
    path, _, offset = place.rpartition("#")
    filesystem, inner = _filesystem(path)
    with filesystem.open_input_file(inner) as file:
        file.seek(int(offset))
        record = next(iter(ArchiveIterator(file, parse_http=False)), None)
        if record is None:
            raise OSError("there is no record any more")
        # The head of an answer is small beside its body, and no body that is read is larger than this.
        content = record.reader.read(min(record.content_length, 2 * MAX_BYTES))
        if len(content) < min(record.content_length, 2 * MAX_BYTES):
            raise OSError("the archive ends within the record")
        file.seek(int(offset))
        record = next(iter(ArchiveIterator(file, auto_decode="all")))
        body = record.reader.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise ValueError(f"It has more than {MAX_BYTES} bytes.")
        return Record(_url(record) or "", _media(record), record.http_charset, body)


# --- the index of one archive ---------------------------------------------------------------------------------------


def _entries(index: Index) -> int:
    return len(index.offsets) + bool(index.damage)


def _indexes(location: str) -> Iterator[tuple[str, Index]]:
    """Yield the archives at a location in the order of their names."""
    filesystem, inner = _filesystem(location)
    found = filesystem.get_file_info(inner)
    if found.type == FileType.NotFound:
        raise FileNotFoundError(2, "no such file", location)
    if found.type == FileType.Directory:
        files = filesystem.get_file_info(FileSelector(inner))
        files = sorted((each for each in files if each.path.lower().endswith(SUFFIXES)), key=_by_path)
    else:
        files = [found]
    for each in files:
        path = location if each is found else f"{location.rstrip('/')}/{each.base_name}"
        try:
            yield path, _index(path, each.size, each.mtime_ns or 0)
        except OSError as error:
            if each is found:
                raise
            yield path, Index((), {}, f"it cannot be read ({error})")  # the others of its folder can


def _by_path(found: FileInfo) -> bytes:
    return os.fsencode(found.path)


def _filesystem(location: str) -> tuple[FileSystem, str]:
    if "://" not in location:
        return LocalFileSystem(), location
    filesystem, inner = FileSystem.from_uri(location)
    return filesystem, inner


@functools.lru_cache(maxsize=16)
def _index(path: str, size: int, changed_ns: int) -> Index:
    """Return the index of an archive, kept while its size and time of change stay.

    A file without a byte is an archive without a record: crawlers make the file before they write.

    Raises:
        OSError: nothing of it can be read.
    """
    offsets, others = array("Q"), Counter[str]()
    last, damage = -1, ""
    filesystem, inner = _filesystem(path)
    with filesystem.open_input_file(inner) as file:
        try:
            for record in ArchiveIterator(file, parse_http=True):
                if record.stream_pos <= last:
                    raise OSError("its records are compressed as one piece; unpack it, or compress each by itself")
                last = record.stream_pos
                why = why_no_page(record)
                if why is None:
                    offsets.append(last)
                elif why:
                    others[why] += 1
        except OSError as error:
            if not offsets:
                raise OSError(f"{error}") from error
            damage = f"what follows byte {last} cannot be read ({error})"
        damage = damage or _cut(file, size, last)
        if damage and last < 0:
            raise OSError(damage)
    return Index(offsets, others, damage)


def why_no_page(record: WarcRecord) -> Optional[str]:
    """Return why a record is no page, "" where it holds nothing that was fetched; None where it is one."""
    if record.record_type != WarcRecordType.response:
        return next((words for kind, words in WITHOUT_ANSWER if record.record_type == kind), "")
    if record.http_headers is None or _url(record) is None:
        return "not of the web"
    if record.http_headers.status_code != 200:
        return f"HTTP {record.http_headers.status_code}"
    media = _media(record)
    return None if media in PAGES else line(media, 100) or "of no type"


def _url(record: WarcRecord) -> Optional[str]:
    return request_url((record.headers.get("WARC-Target-URI") or "").strip("<>"))


def _media(record: WarcRecord) -> str:
    return (record.http_content_type or "").partition(";")[0].strip().lower()


def _cut(file: BinaryIO, size: int, last: int) -> str:
    """Return what is to be said of bytes behind the last record, or of a last one that is cut; "" where all is whole.

    The reader ends without a word at a record that is cut.

    Args:
        size: of the file, in bytes.
        last: where the last record begins that the reader gave; -1 where it gave none.
    """
    file.seek(max(last, 0))
    start = file.read(MAX_HEAD)
    file.seek(max(last, 0))
    if last < 0:
        return "it is cut within its first record" if _begins(start) else ""
    if start.startswith(b"WARC/"):
        end = _end(start, last)
    elif start.startswith(b"\x1f\x8b"):
        end = _packed_end(file, last)
    else:
        return ""  # of Zstandard, whose cut frames the reader refuses
    if end is None or end > size:
        return f"it is cut within the record at byte {last}"
    file.seek(end)
    return f"it is cut within the record behind byte {last}" if file.read(MAX_HEAD).strip(b"\0\r\n") else ""


def _begins(start: bytes) -> bool:
    """Say whether a file in which the reader finds no record begins one."""
    if not start.startswith(b"\x1f\x8b"):
        return bool(start.strip())
    decoder = zlib.decompressobj(31)
    return bool(decoder.decompress(start, MAX_HEAD).strip() or decoder.unused_data) or not decoder.eof


def _end(start: bytes, at: int) -> Optional[int]:
    """Return where a record ends that is not compressed, from how it starts; None where its head is cut."""
    head, blank, _ = start.partition(b"\r\n\r\n")
    length = CONTENT_LENGTH.search(head)
    return at + len(head + blank) + int(length[1]) if blank and length else None


def _packed_end(file: BinaryIO, at: int) -> Optional[int]:
    """Return where a compressed record ends that begins here; None where it is cut."""
    decoder = zlib.decompressobj(31)
    while not decoder.eof:
        piece = file.read(2**18)
        if not piece:
            return None
        at += len(piece)
        while piece and not decoder.eof:
            decoder.decompress(piece, 2**20)
            piece = decoder.unconsumed_tail
    return at - len(decoder.unused_data)


# --- what is listed -------------------------------------------------------------------------------------------------


def _slice(path: str, index: Index, start: int, stop: int) -> list[Listed]:
    if start >= stop:
        return []
    filesystem, inner = _filesystem(path)
    with filesystem.open_input_file(inner) as file:
        file.seek(index.offsets[start])
        pages = (record for record in ArchiveIterator(file, parse_http=True) if why_no_page(record) is None)
        return [
            _listed(path, index.offsets[start + at], record) for at, record in enumerate(islice(pages, stop - start))
        ]


def _listed(path: str, offset: int, record: WarcRecord) -> Listed:
    url = _url(record) or ""
    name = line(record.record_id, MAX_ID) or f"{os.path.basename(path)}#{offset}"
    return Listed(name, url, make_id("entry", url, name), place=f"{path}#{offset}")


def _damaged(path: str, index: Index) -> Listed:
    name = f"{os.path.basename(path)}  damage"
    fingerprint = make_id("entry", name, len(index.offsets))
    detail = f"{path}: {index.damage}; {len(index.offsets)} pages before it were read."
    return Listed(name, "", fingerprint, reason="unreadable_file", detail=detail)


def _note(others: Counter[str]) -> Note:
    told = [f"{number} {why}" for why, number in others.most_common(MAX_TOLD)]
    more = sum(others.values()) - sum(number for _, number in others.most_common(MAX_TOLD))
    told += [f"{more} others"] if more else []
    return Note("not_html", f"{sum(others.values())} records are no pages: {', '.join(told)}.")
