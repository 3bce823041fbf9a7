"""Files as sources: folders of pages and texts, and corpora, whole and damaged."""

import gzip
import json
import os
import random
import socket
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from records import a_source

from schemas import Source
from transforms.fetch.http import MAX_BYTES
from transforms.fetch.urls import path_of
from transforms.poll import archives
from transforms.poll.archives import count, listing, path_id
from transforms.poll.listing import Listed, Listing
from transforms.scrub import is_clean

SETTINGS = settings(max_examples=50)


def a_folder(path: Path, **changes: Any) -> Source:
    return a_source(kind="folder", location=str(path), **changes)


def a_corpus(path: Path, **changes: Any) -> Source:
    return a_source(kind="documents", location=str(path), **changes)


def all_of(source: Source) -> Listing:
    """Return what a source lists when it is taken whole, as the launcher does."""
    return listing(source, 0, count(source))


def by_id(source: Source) -> dict[str, Listed]:
    listed = all_of(source)
    assert listed.note is None
    found = {entry.entry_id: entry for entry in listed.entries}
    assert len(found) == len(listed.entries)
    return found


def write(path: Path, content: bytes | str = "Talks") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# --- folders --------------------------------------------------------------------------------------------------------


def test_a_folder_lists_pages_and_texts_however_deep_and_nothing_else(tmp_path: Path) -> None:
    names = ["a.html", "b.HTM", "deep/d.md", "deep/er/c.txt"]
    for name in [*names, "e.pdf", "f", ".g", "deep/h.html.bak"]:
        write(tmp_path / name)
    entries = all_of(a_folder(tmp_path)).entries
    assert [entry.entry_id for entry in entries] == names
    assert all(entry.reason is None and path_of(entry.url).endswith(entry.entry_id) for entry in entries)


def test_one_file_is_a_folder_of_one(tmp_path: Path) -> None:
    assert list(by_id(a_folder(write(tmp_path / "page.shtml")))) == ["page.shtml"]


def test_the_slices_of_a_folder_are_its_listing(tmp_path: Path) -> None:
    for number in range(7):
        write(tmp_path / f"{number}.txt")
    source = a_folder(tmp_path)
    parts = [listing(source, start, start + 3).entries for start in (0, 3, 6)]
    assert [entry for part in parts for entry in part] == list(all_of(source).entries)


def test_a_file_is_new_when_its_content_is(tmp_path: Path) -> None:
    source, path = a_folder(tmp_path), write(tmp_path / "a.txt", "one")
    first = by_id(source)["a.txt"]
    os.utime(path, (0, 0))
    assert by_id(source)["a.txt"] == first
    write(path, "two")
    assert by_id(source)["a.txt"].fingerprint != first.fingerprint


def test_an_empty_folder_lists_nothing_and_a_missing_one_says_so(tmp_path: Path) -> None:
    assert all_of(a_folder(tmp_path)) == Listing([])
    missing = all_of(a_folder(tmp_path / "nowhere"))
    assert (missing.failed, missing.note and missing.note.reason) == (True, "missing_file")


def test_a_file_larger_than_the_cap_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert by_id(a_folder(tmp_path))["a.txt"].reason == "too_large"


def test_links_are_followed_within_the_folder_alone(tmp_path: Path) -> None:
    outside, folder = write(tmp_path / "secret.txt"), tmp_path / "folder"
    write(folder / "a.txt")
    for name, target in {"in": "a.txt", "out": outside, "nowhere": "x", "loop": "loop.txt"}.items():
        (folder / f"{name}.txt").symlink_to(target)
    (folder / "around").symlink_to(folder)
    reasons = {name: entry.reason for name, entry in by_id(a_folder(folder)).items()}
    assert reasons == {
        "a.txt": None,
        "in.txt": None,
        "out.txt": "unreadable_file",
        "nowhere.txt": "missing_file",
        "loop.txt": "unreadable_file",
        "around": "unreadable_file",
    }


def test_what_is_no_file_is_named_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket.txt"))
        assert {entry.reason for entry in by_id(a_folder(tmp_path)).values()} == {"unreadable_file"}


@pytest.fixture(name="nobody")
def without_rights(tmp_path: Path) -> Iterator[Path]:
    """A folder of another user's, seen by one who may do nothing."""
    for part in (tmp_path, *tmp_path.parents):
        if part == Path(tempfile.gettempdir()) or part == part.parent:
            break
        part.chmod(0o755)
    if os.geteuid() == 0:
        os.seteuid(65_534)
        yield tmp_path
        os.seteuid(0)
    else:
        yield tmp_path


def test_what_may_not_be_read_is_named(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    write(tmp_path / "open.txt")
    write(tmp_path / "closed.txt").chmod(0)
    write(tmp_path / "inner/a.txt")
    (tmp_path / "inner").chmod(0)
    folder = request.getfixturevalue("nobody")
    reasons = {name: entry.reason for name, entry in by_id(a_folder(folder)).items()}
    assert reasons == {"open.txt": None, "closed.txt": "unreadable_file", "inner": "unreadable_file"}
    closed = all_of(a_folder(folder / "inner"))
    assert (closed.failed, closed.note and closed.note.reason) == (True, "unreadable_file")


def test_names_that_are_no_text_or_no_line_get_ids_of_their_own(tmp_path: Path) -> None:
    names = [b"\xff.txt", b"\xfe.txt", "ü.txt".encode(), b"a b.txt", b"a  b.txt", b"a\nb.txt", b"\x1b[31m.txt"]
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("Talks")
    found = by_id(a_folder(tmp_path))
    assert len(found) == len(names)
    assert {"ü.txt", "a b.txt"} <= set(found)
    assert sorted(os.fsencode(path_of(entry.url)).rpartition(b"/")[2] for entry in found.values()) == sorted(names)


@given(st.lists(st.binary(min_size=1, max_size=40), unique=True, max_size=20))
def test_no_two_paths_have_one_id(paths: list[bytes]) -> None:
    ids = {path_id(os.fsdecode(path)) for path in paths}
    assert len(ids) == len(paths)
    assert all(len(each) <= 1_000 and is_clean(each) for each in ids)


# --- documents ------------------------------------------------------------------------------------------------------


def a_document(number: int = 1, **changes: Any) -> dict[str, Any]:
    own = {
        "id": f"doc-{number}",
        "published": "2026-03-02T06:00:00+01:00",
        "title": f"Talks {number}",
        "text": "They met.",
    }
    return {**own, **changes}


def jsonl(path: Path, documents: Sequence[object]) -> Path:
    return write(path, "".join(f"{json.dumps(each)}\n" for each in documents))


def test_a_document_keeps_what_it_says(tmp_path: Path) -> None:
    document = a_document(url="https://Harbour.example/talks#top", publisher="The Harbour Post")
    (entry,) = all_of(a_corpus(jsonl(tmp_path / "a.jsonl", [document]))).entries
    assert entry._replace(fingerprint="") == Listed(
        entry_id="doc-1",
        url="https://harbour.example/talks",
        fingerprint="",
        title="Talks 1",
        published=int(datetime(2026, 3, 2, 5, tzinfo=UTC).timestamp()) * 1_000_000,
        published_offset_s=3_600,
        publisher="The Harbour Post",
        text="They met.",
        notes=[],
    )


def test_a_document_without_an_address_is_given_one(tmp_path: Path) -> None:
    (entry,) = all_of(a_corpus(jsonl(tmp_path / "a.jsonl", [a_document(id="../a b")]))).entries
    assert (entry.entry_id, entry.url) == ("../a b", "document:harbour/../a%20b")


FORMS = ["a.jsonl", "a.jsonl.gz", "a.parquet"]


def corpus(path: Path, documents: Sequence[dict[str, Any]]) -> Path:
    """Write a corpus in the form that its name says."""
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(list(documents)), path, row_group_size=3)
    elif path.suffix == ".gz":
        lines = "".join(f"{json.dumps(each)}\n" for each in documents)
        write(path, gzip.compress(lines.encode()))
    else:
        jsonl(path, documents)
    return path


@pytest.mark.parametrize("name", FORMS)
def test_the_slices_of_a_corpus_are_its_listing(name: str, tmp_path: Path) -> None:
    documents = [a_document(number, id=None if number == 4 else f"doc-{number % 7}") for number in range(10)]
    source = a_corpus(corpus(tmp_path / name, documents))
    assert count(source) == 10
    parts = [listing(source, start, start + 4).entries for start in (0, 4, 8)]
    assert [entry for part in parts for entry in part] == list(all_of(source).entries)
    assert len(by_id(source)) == 10
    assert [entry.title for entry in all_of(source).entries] == [each["title"] for each in documents]


def test_a_folder_of_corpora_is_one_corpus(tmp_path: Path) -> None:
    for number, name in enumerate(FORMS):
        corpus(tmp_path / name, [a_document(number), a_document(9)])
    write(tmp_path / "notes.txt")
    source = a_corpus(tmp_path)
    assert len(by_id(source)) == count(source) == 6
    assert [len(listing(source, start, start + 4).entries) for start in (0, 4)] == [4, 2]


@SETTINGS
@given(
    st.lists(st.tuples(st.sampled_from([None, "", "a", "b", "a  b"]), st.sampled_from("xy")), max_size=10),
    st.randoms(),
    st.integers(1, 10),
)
def test_the_order_of_a_corpus_changes_nothing_and_no_id_occurs_twice(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str | None, str]], chance: random.Random, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("corpus")
    documents = [a_document(id=own, text=f"They met {word}.") for own, word in pairs]
    source = a_corpus(jsonl(folder / "a.jsonl", documents))
    whole = all_of(source).entries
    assert len({entry.entry_id for entry in whole}) == len({entry.url for entry in whole}) == len(pairs)
    slices = [listing(source, start, start + cut).entries for start in range(0, len(pairs), cut)]
    assert [entry for part in slices for entry in part] == list(whole)
    jsonl(folder / "b.jsonl", chance.sample(documents, len(documents)))
    shuffled = all_of(source._replace(location=str(folder / "b.jsonl"))).entries
    assert sorted(map(repr, shuffled)) == sorted(map(repr, whole))


def test_a_document_is_new_when_its_line_is(tmp_path: Path) -> None:
    source = a_corpus(jsonl(tmp_path / "a.jsonl", [a_document(1), a_document(2)]))
    first = by_id(source)
    jsonl(tmp_path / "a.jsonl", [a_document(1), a_document(2, text="They met again."), a_document(3)])
    assert {name for name, entry in by_id(source).items() if first.get(name) != entry} == {"doc-2", "doc-3"}


def test_the_last_line_is_the_same_whether_it_is_ended_or_not(tmp_path: Path) -> None:
    line = json.dumps(a_document(id=None))
    source = a_corpus(write(tmp_path / "a.jsonl", line))
    first = all_of(source)
    write(tmp_path / "a.jsonl", f"\n{line}\r\n\n")
    assert all_of(source) == first


BAD = {
    "no JSON": ("{", "is not JSON"),
    "half a line": (json.dumps(a_document())[:40], "is not JSON"),
    "not UTF-8": (b'{"id": "\xff"}', "is not JSON"),
    "too deep": ("[" * 100_000, "is not JSON"),
    "a list": ("[1]", "is no JSON object"),
    "a number": ("17", "is no JSON object"),
    "no text": (json.dumps(a_document(text=None)), "has no text"),
    "blank text": (json.dumps(a_document(text=" \n")), "has no text"),
    "a number for a text": (json.dumps(a_document(text=17)), "has no text"),
    "neither title nor id": (json.dumps(a_document(id=None, title=" ")), "neither a title nor an id"),
    "too long": (b'{"text": "' + b"x" * MAX_BYTES + b'"}', "has more than"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_line_that_is_no_document_says_why_and_the_others_are_read(case: str, tmp_path: Path) -> None:
    line, why = BAD[case]
    content = line.encode() if isinstance(line, str) else line
    good = [json.dumps(a_document(number, title=None)).encode() for number in (7, 8)]
    first, bad, last = all_of(a_corpus(write(tmp_path / "a.jsonl", b"\n".join([good[0], content, good[1]])))).entries
    assert (first.reason, bad.reason, last.reason) == (None, "bad_document", None)
    assert bad.detail.startswith("Line 2 of a.jsonl: it")
    assert why in bad.detail


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"text": "They \ud800 met."}, ["mended_text"]),
        ({"title": "\x1b[31mTalks"}, ["mended_text"]),
        ({"id": "a\x00", "publisher": "\udfff"}, ["mended_text"]),
        ({"published": "soon"}, ["absurd_date"]),
        ({"published": "99999-01-01"}, ["absurd_date"]),
        ({"published": 1_772_431_200}, ["absurd_date"]),
        ({"published": [2026]}, ["absurd_date"]),
        ({"published": None}, []),
        ({"published": ""}, []),
        ({"title": 17, "publisher": None}, []),
        ({"text": "They\x00 met."}, []),  # cleaning records it, so that it can be undone
    ],
    ids=repr,
)
def test_what_is_put_right_is_noted(changes: dict[str, Any], reasons: list[str], tmp_path: Path) -> None:
    (entry,) = all_of(a_corpus(jsonl(tmp_path / "a.jsonl", [a_document(**changes)]))).entries
    assert (entry.reason, [note.reason for note in entry.notes]) == (None, reasons)
    str(entry).encode()


def test_a_time_without_offset_is_the_outlets(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", [a_document(published="2026-03-02T06:00:00")])
    (entry,) = all_of(a_corpus(path, timezone="Asia/Colombo")).entries
    assert entry.published == int(datetime(2026, 3, 2, 0, 30, tzinfo=UTC).timestamp()) * 1_000_000
    assert entry.published_offset_s is None


def test_parquet_columns_may_be_of_any_type_that_says_the_same(tmp_path: Path) -> None:
    moment = datetime(2026, 3, 2, 6, tzinfo=UTC)
    columns = {
        "id": pa.array([1, 2], pa.int64()),
        "text": pa.array(["They met.", None], pa.large_string()),
        "title": pa.array(["Talks", "Ferry"]).dictionary_encode(),
        "published": pa.array([moment, None], pa.timestamp("ms", "UTC")),
        "other": pa.array([[1], []]),
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    first, second = all_of(a_corpus(tmp_path / "a.parquet")).entries
    assert (first.entry_id, first.title, first.published) == ("1", "Talks", int(moment.timestamp()) * 1_000_000)
    assert (second.entry_id, second.reason) == ("2", "bad_document")


def test_a_time_in_parquet_beyond_all_calendars_is_noted_and_stops_no_other_row(tmp_path: Path) -> None:
    columns = {
        "title": ["Talks", "Ferry", "Harbour"],
        "text": ["They met.", "It sailed.", "It opened."],
        "published": pa.array([2**62, 0, None], pa.timestamp("us", "UTC")),
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    absurd, sound, undated = all_of(a_corpus(tmp_path / "a.parquet")).entries
    assert ([each.published for each in (absurd, sound, undated)]) == [None, 0, None]
    assert [[note.reason for note in each.notes] for each in (absurd, sound, undated)] == [["absurd_date"], [], []]


def test_a_corpus_cut_in_its_gzip_gives_what_can_be_read_and_says_where_it_ends(tmp_path: Path) -> None:
    random.seed(7)
    documents = [a_document(number, text=str(random.random()) * 50) for number in range(2_000)]
    path = corpus(tmp_path / "a.jsonl.gz", documents)
    write(path, path.read_bytes()[:-5_000])
    entries = all_of(a_corpus(path)).entries
    assert 100 < len(entries) < 2_000
    assert {entry.reason for entry in entries[:-1]} == {None}
    assert (entries[-1].reason, "damaged here" in entries[-1].detail) == ("bad_document", True)


UNREADABLE = {
    "a.jsonl.gz": b"no gzip at all",
    "b.jsonl.gz": gzip.compress(b"x" * 1_000)[:15],
    "c.jsonl.gz": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + b"\xff" * 50,
    "a.parquet": b"PAR1 and no more",
    "b.parquet": b"",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_corpus_that_cannot_be_read_at_all_says_so(name: str, tmp_path: Path) -> None:
    listed = all_of(a_corpus(write(tmp_path / name, UNREADABLE[name])))
    assert (listed.failed, listed.entries, listed.note and listed.note.reason) == (True, [], "unreadable_file")


def test_a_corpus_that_is_not_there_says_so_and_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    notes = [all_of(a_corpus(tmp_path / name)).note for name in ("none.jsonl", "pipe.jsonl")]
    assert [note and note.reason for note in notes] == ["missing_file", "unreadable_file"]


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_corpus_lists_nothing(content: bytes, tmp_path: Path) -> None:
    assert all_of(a_corpus(write(tmp_path / "a.jsonl", content))) == Listing([])


def test_ids_that_occur_twice_are_looked_for_once_a_corpus(tmp_path: Path) -> None:
    source = a_corpus(jsonl(tmp_path / "a.jsonl", [a_document(number) for number in range(9)]))
    archives._repeated.cache_clear()
    for start in range(0, 9, 3):
        listing(source, start, start + 3)
    assert archives._repeated.cache_info().misses == 1


@SETTINGS
@given(st.binary(max_size=300), st.sampled_from(["a.jsonl", "a.jsonl.gz", "a.parquet"]))
def test_no_bytes_make_a_listing_raise(tmp_path_factory: pytest.TempPathFactory, dirt: bytes, name: str) -> None:
    path = write(tmp_path_factory.mktemp("dirt") / name, dirt)
    listed = all_of(a_corpus(path))
    assert listed.failed == (listed.note is not None)
    assert len(listed.entries) == count(a_corpus(path))
