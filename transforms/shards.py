"""Elements that what a run gathers is spread over: each costs a look into the lake, and workers share them."""

from collections.abc import Hashable, Iterable
from typing import TypeVar

from schemas.ids import make_id

SHARDS = 16

Key = TypeVar("Key", bound=Hashable)
Element = TypeVar("Element")


def shard_of(text: str) -> int:
    """Return 0..SHARDS-1, the same on every worker."""
    return int(make_id("shard", text), 16) % SHARDS


def grouped(pairs: Iterable[tuple[Key, Element]]) -> dict[Key, list[Element]]:
    """Return elements by their keys, in the order in which they come.

    >>> grouped([("b", 1), ("a", 2), ("b", 3)])
    {'b': [1, 3], 'a': [2]}
    """
    found: dict[Key, list[Element]] = {}
    for key, element in pairs:
        found.setdefault(key, []).append(element)
    return found
