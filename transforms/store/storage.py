"""Where a lake lies: in a folder (`folder.py`), or below a prefix of a bucket (`bucket.py`). Only these two know how.

| | a folder | an object store |
|---|---|---|
| a file is whole | written beside its place, synced, renamed | by one PUT |
| the first creator of a manifest wins | hard link | the lease decides, then PUT with If-None-Match |
| a file moves | rename | COPY; the original goes with the staging area |
| one writer | `flock`, which dies with its process | a lease, which ends when nobody renews it (`lease.py`) |

Paths are below the lake's root, "" is the root. What a folder refuses is an OSError; what a store does not do is
LakeUnwritable, in our own words.
"""

import contextlib
from collections.abc import Sequence
from typing import Optional, Protocol

import pyarrow.fs as pafs

from transforms.store.manifest import Switch

#: Stands in a partition of an object store while its files are switched.
NOTICE = "0-being-compacted.parquet"


class Held(Exception):
    """Another process is the writer; the text says which."""


class Storage(Protocol):
    """What a lake does to the place where it lies."""

    root: str  # for `filesystem`
    place: str  # for people: a folder or a URI

    @property
    def filesystem(self) -> pafs.FileSystem:
        """What data files are read through."""

    def exists(self, path: str) -> bool: ...

    def read(self, path: str) -> Optional[bytes]:
        """Return a file's content; None where there is none."""

    def names(self, folder: str) -> list[str]:
        """Return what is right in a folder, sorted; nothing where there is none."""

    def sizes(self, folder: str) -> dict[str, int]:
        """Return the bytes of the files right in a folder, by path."""

    def make_folder(self, path: str) -> None:
        """Have a folder, where there are folders."""

    def put(self, path: str, content: bytes) -> None:
        """Write a file that is whole, and durable once its folder is synced, whoever else writes the same."""

    def create(self, draft: str, path: str, epoch: int) -> None:
        """Give a file that was put as `draft` a second name, unless that is taken: then nothing is done.

        Raises:
            LakeLocked: the lease of `epoch` has ended.
        """

    def settle(self) -> None:
        """Do what a writer decided and could not do before it ended: the new holder of a lease calls this first."""

    def move(self, path: str, place: str) -> bool:
        """Bring a file to its place, over one that is there; False where it is gone."""

    def delete(self, paths: Sequence[str]) -> None:
        """Remove files; those that are gone are no fault."""

    def delete_folder(self, folder: str, first: str = "") -> None:
        """Remove a folder with all that is in it, the file `first` before all others."""

    def check_switch(self, scratch: str) -> None:
        """Find out whether `switch` works here, before anything depends on it, in a folder that will go.

        Raises:
            OSError: it does not.
        """

    def switch(self, switch: Switch, spare: str) -> None:
        """Put new files in the place of some in a partition, so that no listing is wrong; nothing where that was done.

        In a folder a listing finds the files of before or those of after. On an object store it finds either, or, for
        as long as the switch takes, beside them NOTICE, which no reader can read: an error, and never other rows.

        Args:
            spare: a folder for the files of before.
        """

    def sync(self, folder: str) -> None:
        """Make the names in a folder durable."""

    def hold(self, heartbeat_s: float) -> contextlib.AbstractContextManager[int]:
        """Be the only writer; gives the epoch of the lease, 0 where there is none.

        Raises:
            Held: another process is.
        """

    def check(self, epoch: int) -> None:
        """See that the lease of `epoch` has not been taken over; in a folder nothing.

        Raises:
            LakeLocked: it has ended.
        """

    def fence(self, epoch: int) -> int:
        """Raise the epoch of a lease that is held, and return it: what was begun under the old one commits no more.

        Raises:
            LakeLocked: the lease of `epoch` has ended.
        """

    def holder(self) -> Optional[str]:
        """Return who holds the lake, "" where the name cannot be read; None where nobody does."""

    def unwritable(self, paths: Sequence[str]) -> list[str]:
        """Return those of `paths` that this user cannot write, as far as that can be told without writing."""

    def free_bytes(self) -> Optional[int]:
        """Return how much space is left; None where that is no question."""
