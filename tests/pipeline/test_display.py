"""What a person sees: receipts and tables. Nothing of the data reaches a terminal raw."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from story import FIRST, check_golden

from pipeline.display import cell, show_receipt
from pipeline.run import Account, FailedPoll, account
from pipeline.screen import console, plain
from schemas import Receipt
from schemas.reject import REASONS
from transforms.store.lake import Lake


@given(st.text())
def test_text_for_a_terminal_is_one_line_without_control_characters(text: str) -> None:
    assert re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]", plain(text)) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (0.123456, "0.123"),
        ([{"name": "Ferro", "role": None, "country": "PRT", "kind": "person"}], "Ferro (PRT)"),
        ([{"status": "planned", "run_id": "a"}, {"status": "happened", "run_id": "b"}], "planned > happened"),
        ([["Lusa", "a clerk"], ["Quay"]], "Lusa, a clerk, Quay"),
        ({"at": 0, "text": "Menu"}, "at: 0, text: Menu"),
        ("[bold]\x1b[31mred[/bold]", "[bold]red[/bold]"),
    ],
)
def test_a_cell_is_short(value: object, shown: str) -> None:
    assert cell(value) == shown


def receipt_of(told: Account, width: int) -> str:
    seen = io.StringIO()
    out = console(seen)
    out.width = width
    show_receipt(out, told)
    return seen.getvalue()


def first(lake: Lake) -> Receipt:
    receipt = lake.receipt(FIRST)
    assert receipt
    return receipt


@pytest.mark.parametrize("width", [60, 100])
def test_a_receipt_reads_as_kept(width: int, story: Lake) -> None:
    check_golden(f"receipt_{width}", receipt_of(account(story, [first(story)], stored=False), width), story)


def test_a_receipt_of_a_stored_run_in_parts_says_so(story: Lake) -> None:
    told = receipt_of(Account(FIRST, (first(story), first(story)), (), (), (), False, True), 100)
    assert f"Receipt of run {FIRST} (2 March 2026, 06:00 UTC, in 2 parts)" in told
    assert "This run was committed before; nothing was done again." in told
    assert re.search(r"^6 +=? fetched", told, re.MULTILINE)


def test_an_address_with_control_characters_is_shown_without_them(story: Lake) -> None:
    poll = FailedPoll("quay", "http_error", REASONS["http_error"], "https://quay.example/\x1b[2J\n", 1)
    told = receipt_of(Account(FIRST, (first(story),), (), (), (poll,), True, False), 100)
    assert "\x1b" not in told
