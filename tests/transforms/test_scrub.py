"""No text keeps what fails in a coder, a reader or a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.scrub import is_clean, scrub


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("a\ud800b", "ab"),
        ("a\x00b", "ab"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x9b31mred", "31mred"),
        ("\x1b]0;owned\x07Talks", "Talks"),
        ("\x1b]8;;https://a.example\x1b\\Talks\x1b]8;;\x1b\\", "Talks"),
        ("\x1bP1$r0m\x1b\\Talks \x1b_x\x1b\\end", "Talks end"),
        ("\x1b]52;c;aGFsbG8= never ended\nTalks", "]52;c;aGFsbG8= never ended\nTalks"),
        ("\x9dTalks\x9c", "Talks"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("tab\tnewline\n", "tab\tnewline\n"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
    ],
)
def test_removes_what_no_text_may_hold_and_nothing_else(given_text: str, expected: str) -> None:
    assert scrub(given_text) == expected


@given(st.text(st.characters(codec=None)))
def test_a_scrubbed_text_is_clean_and_encodes(text: str) -> None:
    scrubbed = scrub(text)
    assert is_clean(scrubbed)
    assert scrub(scrubbed) == scrubbed
    scrubbed.encode()


@given(st.text())
def test_a_clean_text_is_left_as_it_is(text: str) -> None:
    assert is_clean(text) == (scrub(text) == text)
