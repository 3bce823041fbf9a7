"""Edits of a text that can be undone: what a reader is spared, and how to get it back."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from schemas import Removed


class Change(NamedTuple):
    """One span of a text, half-open, and what shall stand there."""

    start: int
    end: int
    replacement: str
    reason: str  # as in Removed


class Edited:
    """A text and the edits that led to it, in one left-to-right list whose offsets count in the text as it is now.

    >>> edited = Edited("one\\r\\ntwo")
    >>> edited.apply([Change(3, 5, " ", "line_break")])
    >>> edited.text, restore(edited.text, edited.edits)
    ('one two', 'one\\r\\ntwo')
    """

    def __init__(self, text: str, edits: Iterable[Removed] = ()) -> None:
        self.text = text
        self.edits = list(edits)

    def apply(self, changes: Iterable[Change]) -> None:
        """Make `changes`, which are sorted and do not overlap. One that cuts into an earlier edit takes it in."""
        pieces: list[str] = []
        edits: list[Removed] = []
        done = length = 0
        for start, end, old, new in _clusters(self.edits, changes):
            source = restore(self.text[start:end], [each._replace(at=each.at - start) for each in old])
            replacement = _replaced(self.text, start, end, new)
            pieces += [self.text[done:start], replacement]
            length += start - done
            edits.append(Removed(length, source, replacement, (new or old)[0].reason))
            length += len(replacement)
            done = end
        self.text = "".join([*pieces, self.text[done:]])
        self.edits = edits

    def substitute(self, pattern: re.Pattern[str], replacement: str, reason: str) -> None:
        """Put `replacement` wherever `pattern` matches and says something else."""
        self.apply(
            Change(*match.span(), replacement, reason)
            for match in pattern.finditer(self.text)
            if match[0] != replacement
        )


def restore(text: str, edits: Iterable[Removed]) -> str:
    """Return the source of `text`, its edits undone. They lie side by side, so that one pass does it."""
    pieces: list[str] = []
    done = 0
    for edit in edits:
        pieces += [text[done : edit.at], edit.text]
        done = edit.at + len(edit.replacement)
    return "".join([*pieces, text[done:]])


class _Cluster(NamedTuple):
    """Edits and changes that overlap, and the span that they cover."""

    start: int
    end: int
    old: list[Removed]
    new: list[Change]


def _clusters(old: Iterable[Removed], new: Iterable[Change]) -> list[_Cluster]:
    """Return what overlaps together, from left to right; what only touches stays apart."""
    spans = [_Cluster(each.at, each.at + len(each.replacement), [each], []) for each in old]
    spans += [_Cluster(each.start, each.end, [], [each]) for each in new]
    clusters: list[_Cluster] = []
    for span in sorted(spans, key=lambda each: (each.start, each.end)):  # stable: at one point an edit comes first
        if clusters and span.start < clusters[-1].end:
            last = clusters.pop()
            last.old.extend(span.old)
            last.new.extend(span.new)
            span = last._replace(end=max(last.end, span.end))
        clusters.append(span)
    return clusters


def _replaced(text: str, start: int, end: int, changes: Iterable[Change]) -> str:
    """Return `text[start:end]` with `changes` made."""
    pieces: list[str] = []
    for change in changes:
        pieces += [text[start : change.start], change.replacement]
        start = change.end
    return "".join([*pieces, text[start:end]])
