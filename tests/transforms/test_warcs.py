"""WARC archives: which records are pages, in slices, and what is left of an archive that is cut or damaged."""

import gzip
from pathlib import Path

import pytest
from archived import packed, page, response
from records import a_source

from transforms.fetch.http import MAX_BYTES
from transforms.poll import archives, warcs
from transforms.poll.listing import Listing

ALL = 1_000


def an_archive(folder: Path, content: bytes, name: str = "crawl.warc.gz") -> str:
    path = folder / name
    path.write_bytes(content)
    return str(path)


def all_of(path: str) -> Listing:
    return warcs.listing(path, 0, ALL)


@pytest.mark.parametrize("name", ["crawl.warc", "crawl.warc.gz"])
def test_pages_are_listed_in_their_order_and_read_at_their_places(name: str, tmp_path: Path) -> None:
    records = [response(number, body=page(f"Talks {number}.")) for number in range(3)]
    path = an_archive(tmp_path, packed(records) if name.endswith("gz") else b"".join(records), name)
    listing = all_of(path)
    assert warcs.count(path) == 3
    assert [each.url for each in listing.entries] == [f"https://harbour.example/{number}" for number in range(3)]
    read = [warcs.read_record(each.place or "") for each in listing.entries]
    assert [record.body for record in read] == [page(f"Talks {number}.") for number in range(3)]
    assert {(record.content_type, record.charset) for record in read} == {("text/html", "utf-8")}


def test_slices_make_up_the_whole(tmp_path: Path) -> None:
    pages = [response(number, content_type="text/html" if number % 3 else "image/png") for number in range(20)]
    path = an_archive(tmp_path, packed(pages))
    whole = all_of(path).entries
    parts = [warcs.listing(path, start, start + 4).entries for start in range(0, warcs.count(path), 4)]
    assert [each for part in parts for each in part] == list(whole)
    assert len(whole) == warcs.count(path) == 13


def test_records_that_are_no_pages_are_counted_in_a_note(tmp_path: Path) -> None:
    records = [
        response(1),
        response(2, content_type="image/png"),
        response(3, content_type="image/png"),
        response(4, status="404 Not Found"),
        response(5, kind="request"),
        response(6, kind="resource"),
        response(7, url="dns:harbour.example"),
    ]
    listing = all_of(an_archive(tmp_path, packed(records)))
    assert len(listing.entries) == 1
    assert listing.note is not None
    assert listing.note.reason == "not_html"
    told = "5 records are no pages: 2 image/png, 1 HTTP 404, 1 resource records, 1 not of the web."
    assert listing.note.detail == told


def test_a_folder_of_archives_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    an_archive(tmp_path, packed([response(2)]), "b.warc.gz")
    an_archive(tmp_path, packed([response(1)]), "a.warc.gz")
    an_archive(tmp_path, b"not an archive", "notes.txt")
    assert [each.url[-1] for each in all_of(str(tmp_path)).entries] == ["1", "2"]


def test_what_was_compressed_on_the_way_is_read_as_it_was_sent(tmp_path: Path) -> None:
    body = gzip.compress(page("They met."))
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    head = "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"
    (entry,) = all_of(an_archive(tmp_path, packed([response(1, body=chunked, head=head)]))).entries
    assert warcs.read_record(entry.place or "").body == page("They met.")


@pytest.mark.parametrize("compressed", [True, False])
def test_of_an_archive_that_is_cut_all_whole_pages_are_read_and_the_rest_is_named(
    compressed: bool, tmp_path: Path
) -> None:
    records = [response(number) for number in range(5)]
    content = packed(records) if compressed else b"".join(records)
    cut = len(content) - len(packed(records[4:]) if compressed else records[4]) // 2
    entries = all_of(an_archive(tmp_path, content[:cut], "a.warc.gz" if compressed else "a.warc")).entries
    whole, broken = 0, 0
    for entry in entries:
        try:
            whole += entry.reason is None and bool(warcs.read_record(entry.place or ""))
            broken += entry.reason is not None
        except OSError:
            broken += 1
    assert whole == 4
    assert broken >= 1


def test_a_cut_in_the_head_of_a_record_does_not_go_unsaid(tmp_path: Path) -> None:
    records = [response(number) for number in range(3)]
    content = packed(records[:2]) + packed(records[2:])[:20]
    *pages, damage = all_of(an_archive(tmp_path, content)).entries
    assert [each.reason for each in pages] == [None, None]
    assert damage.reason == "unreadable_file"
    assert "2 pages before it were read" in damage.detail


def says_that_it_is_cut(path: str) -> bool:
    try:
        return "unreadable_file" in [each.reason for each in all_of(path).entries]
    except OSError as error:
        return bool(str(error))


@pytest.mark.parametrize("compressed", [True, False])
def test_wherever_an_archive_is_cut_it_says_so(compressed: bool, tmp_path: Path) -> None:
    """Only a cut between two records looks like an end; plain ones are whole without their last two line breaks."""
    records = [response(1, body=b"They met."), response(2, body=b"They parted.", kind="resource")]
    content = packed(records) if compressed else b"".join(records)
    first = len(packed(records[:1]) if compressed else records[0])
    breaks = 0 if compressed else len("\r\n\r\n")
    for cut in range(1, len(content)):
        looks_whole = first - breaks <= cut <= first or cut >= len(content) - breaks
        path = an_archive(tmp_path, content[:cut], f"{cut}.warc")
        assert says_that_it_is_cut(path) != looks_whole, cut


def test_an_archive_that_cannot_be_read_does_not_stop_the_others_of_its_folder(tmp_path: Path) -> None:
    an_archive(tmp_path, packed([response(1)])[:20], "a.warc.gz")
    an_archive(tmp_path, packed([response(2)]), "b.warc.gz")
    damage, page = all_of(str(tmp_path)).entries
    assert (damage.reason, page.url) == ("unreadable_file", "https://harbour.example/2")
    assert "a.warc.gz: it cannot be read (it is cut within its first record)" in damage.detail


def test_damage_within_an_archive_ends_it_there(tmp_path: Path) -> None:
    records = [packed([response(number)]) for number in range(4)]
    records[2] = records[2][:40] + bytes(40) + records[2][80:]
    *pages, damage = all_of(path := an_archive(tmp_path, b"".join(records))).entries
    assert warcs.count(path) == len(pages) + 1
    assert damage.reason == "unreadable_file"
    assert len(pages) >= 2


@pytest.mark.parametrize("content", [b"<html>not an archive</html>", gzip.compress(b"hello", mtime=0)])
def test_what_is_no_archive_says_so(content: bytes, tmp_path: Path) -> None:
    path = an_archive(tmp_path, content)
    with pytest.raises(OSError, match="Invalid WARC header"):
        all_of(path)
    told = archives.listing(a_source(kind="warc", location=path), 0, ALL)
    assert (told.failed, told.note and told.note.reason) == (True, "unreadable_file")


@pytest.mark.parametrize("content", [b"", gzip.compress(b"", mtime=0)])
def test_an_archive_without_a_record_is_empty_not_broken(content: bytes, tmp_path: Path) -> None:
    assert all_of(an_archive(tmp_path, content)) == Listing([])


def test_an_archive_compressed_as_one_piece_says_what_to_do(tmp_path: Path) -> None:
    content = gzip.compress(b"".join(response(number) for number in range(3)))
    listing = all_of(an_archive(tmp_path, content))
    assert listing.entries[-1].reason == "unreadable_file"
    assert "compress each by itself" in listing.entries[-1].detail


def test_a_page_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(MAX_BYTES + 2**20))
    record = response(1, body=bomb, head="Content-Encoding: gzip\r\n")
    (entry,) = all_of(an_archive(tmp_path, packed([record]))).entries
    with pytest.raises(ValueError, match="more than"):
        warcs.read_record(entry.place or "")


def test_an_archive_is_read_through_the_file_systems_of_arrow(tmp_path: Path) -> None:
    path = an_archive(tmp_path, packed([response(1)]))
    (entry,) = all_of(f"file://{path}").entries
    assert warcs.read_record(entry.place or "").url == "https://harbour.example/1"
