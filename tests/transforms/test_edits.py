from hypothesis import given
from hypothesis import strategies as st

from transforms.edits import Change, Edited, restore

TEXT = st.text("abc \n", max_size=30)
#: Spans as (start, length, replacement); those that do not fit the text or overlap are left out.
PASS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5), st.text("xyz", max_size=3)), max_size=5)


def changes_in(text: str, spans: list[tuple[int, int, str]]) -> list[Change]:
    changes: list[Change] = []
    for start, length, replacement in sorted(spans):
        if start >= (changes[-1].end if changes else 0) and start + length <= len(text):
            changes.append(Change(start, start + length, replacement, "test"))
    return changes


@given(TEXT, st.lists(PASS, max_size=4))
def test_edits_undone_give_the_source_however_often_they_overlap(source: str, passes: list) -> None:
    edited = Edited(source)
    for spans in passes:
        edited.apply(changes_in(edited.text, spans))
    assert restore(edited.text, edited.edits) == source


@given(TEXT, st.lists(PASS, max_size=4))
def test_edits_undone_one_by_one_from_the_last_give_the_source(source: str, passes: list) -> None:
    edited = Edited(source)
    for spans in passes:
        edited.apply(changes_in(edited.text, spans))
    text = edited.text
    for edit in reversed(edited.edits):
        assert text[edit.at : edit.at + len(edit.replacement)] == edit.replacement
        text = text[: edit.at] + edit.text + text[edit.at + len(edit.replacement) :]
    assert text == source


@given(TEXT, PASS)
def test_changes_are_made(source: str, spans: list) -> None:
    changes = changes_in(source, spans)
    edited = Edited(source)
    edited.apply(changes)
    expected, done = "", 0
    for change in changes:
        expected, done = expected + source[done : change.start] + change.replacement, change.end
    assert edited.text == expected + source[done:]
