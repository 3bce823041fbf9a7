"""Let a lake of tests/killing.py or on an object store fail behind the n-th change: no space left, or no process."""

import contextlib
import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass

import killing
import pytest


class Crashed(BaseException):
    """The process ends here: what takes errors must not take this for one."""


def full() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def broken() -> OSError:
    return OSError(errno.EIO, os.strerror(errno.EIO))


def read_only() -> OSError:
    return OSError(errno.EROFS, os.strerror(errno.EROFS))


@dataclass
class Changes:
    """How many there were."""

    number: int = 0


@contextlib.contextmanager
def failing(error: BaseException, *, behind: int) -> Iterator[Changes]:
    """Raise `error` behind the change of that number, and behind every later one. What is synced is a change too."""
    changes = Changes()
    syncs = os.fsync

    def change() -> None:
        changes.number += 1
        if changes.number >= behind:
            raise error

    def sync(handle: int) -> None:
        syncs(handle)
        change()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(killing, "_changed", change)
        patch.setattr(os, "fsync", sync)
        killing.count_requests(patch)
        yield changes
