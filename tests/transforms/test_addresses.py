"""Lists of addresses, on the web and here."""

from pathlib import Path

import pytest

from transforms.poll import addresses

LIST = (
    "\ufeff# of the harbour\nhttps://harbour.example/1\n\n  https://harbour.example/2  \r\nhttps://harbour.example/1\n"
)


def test_each_address_is_listed_once_and_comments_are_none() -> None:
    listing = addresses.read_addresses(LIST.encode())
    assert [each.url for each in listing.entries] == ["https://harbour.example/1", "https://harbour.example/2"]
    assert [each.entry_id for each in listing.entries] == [each.url for each in listing.entries]


def test_a_line_that_is_no_address_carries_its_reason() -> None:
    (entry,) = addresses.read_addresses(b"file:///etc/passwd").entries
    assert entry.reason == "bad_url"
    assert "/etc/passwd" in entry.detail


@pytest.mark.parametrize("body", [b"<html></html>", b' {"urls": []}'])
def test_an_answer_that_is_no_list_is_refused(body: bytes) -> None:
    listing = addresses.read_addresses(body)
    assert listing.failed
    assert listing.note is not None
    assert listing.note.reason == "not_a_feed"


def test_what_lies_beyond_the_bound_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "MAX_LISTED", 2)
    listing = addresses.read_addresses(b"https://a.example/1\nhttps://a.example/2\nhttps://a.example/3")
    assert len(listing.entries) == 2
    assert listing.note is not None
    assert listing.note.detail.endswith("Left out: 1 beyond 2.")


def test_a_file_is_listed_in_slices(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text(LIST)
    assert addresses.count(str(path)) == 2
    parts = [addresses.listing(str(path), at, at + 1).entries for at in range(2)]
    assert [each.url for part in parts for each in part] == ["https://harbour.example/1", "https://harbour.example/2"]
