"""A lake in a folder: files renamed into place, one writer by `flock`."""

import contextlib
import ctypes
import errno
import fcntl
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from typing import Optional

import pyarrow.fs as pafs

from transforms.store.manifest import Switch
from transforms.store.storage import Held

LOCK = "_lock"

#: How often a folder is removed anew that others put files into at that moment: they stop when they find no `_begun`.
DELETIONS = 20

#: Linux's rename that swaps; Python has no name for it.
_renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
_HERE, _EXCHANGE = -100, 2


class Folder:
    """A folder. Pickles; holds no open files."""

    def __init__(self, filesystem: pafs.FileSystem, root: str) -> None:
        self.filesystem = filesystem
        self.root = self.place = root

    def _full(self, path: str) -> str:
        return f"{self.root}/{path}" if path else self.root

    def exists(self, path: str) -> bool:
        return self.filesystem.get_file_info(self._full(path)).type != pafs.FileType.NotFound

    def read(self, path: str) -> Optional[bytes]:
        try:
            with self.filesystem.open_input_stream(self._full(path)) as stream:
                return stream.read()
        except FileNotFoundError:
            return None

    def names(self, folder: str) -> list[str]:
        return sorted(info.base_name for info in self._entries(folder))

    def sizes(self, folder: str) -> dict[str, int]:
        files = (info for info in self._entries(folder) if info.type == pafs.FileType.File)
        return {f"{folder}/{info.base_name}": info.size for info in files}

    def _entries(self, folder: str) -> list[pafs.FileInfo]:
        selector = pafs.FileSelector(self._full(folder), allow_not_found=True)
        try:
            return self.filesystem.get_file_info(selector)
        except FileNotFoundError:  # it was made between Arrow's look at its entries and that at whether it is there
            return self.filesystem.get_file_info(selector)

    def make_folder(self, path: str) -> None:
        self.filesystem.create_dir(self._full(path), recursive=True)

    def put(self, path: str, content: bytes) -> None:
        part = f"{self._full(path)}.{os.getpid()}-{threading.get_ident()}.part"
        with self.filesystem.open_output_stream(part) as stream:
            stream.write(content)
        _sync(part)
        self.filesystem.move(part, self._full(path))

    def create(self, draft: str, path: str, epoch: int) -> None:
        self.make_folder(path.rpartition("/")[0])
        self.sync(draft.rpartition("/")[0])
        with contextlib.suppress(FileExistsError):
            os.link(self._full(draft), self._full(path))
        self.sync(path.rpartition("/")[0])
        self.sync("")

    def settle(self) -> None:
        """A hard link is there or is not."""

    def move(self, path: str, place: str) -> bool:
        try:
            self.filesystem.move(self._full(path), self._full(place))
        except FileNotFoundError:
            return False
        return True

    def delete(self, paths: Sequence[str]) -> None:
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                self.filesystem.delete_file(self._full(path))

    def delete_folder(self, folder: str, first: str = "") -> None:
        self.delete([f"{folder}/{first}"] if first else [])
        for _ in range(DELETIONS):
            try:
                self.filesystem.delete_dir(self._full(folder))
            except FileNotFoundError:
                return
            except OSError as error:
                if error.errno != errno.ENOTEMPTY:  # what another attempt has just put there goes the next time
                    raise
            else:
                return
        raise OSError(errno.ENOTEMPTY, "is written to while it is removed", self._full(folder))

    def check_switch(self, scratch: str) -> None:
        folders = [f"{scratch}/{name}" for name in ("one", "other")]
        for folder in folders:
            self.make_folder(folder)
        exchange(*map(self._full, folders))

    def switch(self, switch: Switch, spare: str) -> None:
        folder = switch.folder
        present = set(self.names(folder))
        if present.isdisjoint(switch.removes):
            return
        stays = present.difference(switch.removes)
        if not stays and not switch.adds:
            self.make_folder(_above(spare))
            os.rename(self._full(folder), self._full(spare))
        else:
            self.make_folder(spare)
            links = {f"{folder}/{name}": name for name in stays} | switch.adds
            for path, name in links.items():
                with contextlib.suppress(FileExistsError):
                    os.link(self._full(path), self._full(f"{spare}/{name}"))
            self.sync(spare)
            exchange(self._full(spare), self._full(folder))
        self.sync(_above(folder))
        self.sync(_above(spare))
        self.delete([f"{spare}/{name}" for name in stays])

    def sync(self, folder: str) -> None:
        _sync(self._full(folder))

    @contextlib.contextmanager
    def hold(self, heartbeat_s: float) -> Iterator[int]:
        self.make_folder("")
        handle = os.open(self._full(LOCK), os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Held(_process(handle)) from error
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
            yield 0
        finally:
            os.close(handle)

    def check(self, epoch: int) -> None:
        """A lock lasts as long as its process."""

    def fence(self, epoch: int) -> int:
        return epoch

    def holder(self) -> Optional[str]:
        try:
            handle = os.open(self._full(LOCK), os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)  # given back at once
        except BlockingIOError:
            return _process(handle)
        finally:
            os.close(handle)
        return None

    def unwritable(self, paths: Sequence[str]) -> list[str]:
        return [path for path in paths if self.exists(path) and not os.access(self._full(path), os.W_OK | os.X_OK)]

    def free_bytes(self) -> Optional[int]:
        return shutil.disk_usage(self.root).free


def exchange(one: str, other: str) -> None:
    """Have two folders change their names in one step: whoever lists either finds all of one or all of the other.

    Raises:
        OSError: the file system cannot do that, as NFS, or the system is not Linux.
    """
    if _renameat2 and not _renameat2(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE):
        return
    error = ctypes.get_errno() if _renameat2 else errno.ENOSYS
    raise OSError(error, f"cannot change places with {other} in one step ({os.strerror(error)})", one)


def _above(path: str) -> str:
    return path.rpartition("/")[0]


def _sync(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _process(handle: int) -> str:
    return f"process {os.read(handle, 20).decode(errors='replace').strip() or 'unknown'}"
