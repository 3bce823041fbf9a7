"""Kill a process at the n-th change that it makes to a lake, while readers look on.

`killing_lake` is a lake whose file system counts changes and ends its own process, by SIGKILL, behind the n-th.
A `Nursery` runs functions in child processes that are ended so. `Readers` read all tables over and over meanwhile.
"""

import contextlib
import hashlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Optional

import duckdb
import obstore
import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pytest

from schemas.tables import TABLES
from transforms.store import folder as folders
from transforms.store.folder import Folder
from transforms.store.lake import Lake
from transforms.store.lease import Leases

LOCAL = pafs.LocalFileSystem()

_changes = 0
_last = -1


def _changed() -> None:
    """Count one change of the file system; behind the last one that is allowed nothing runs any more."""
    global _changes
    _changes += 1
    if _changes == _last:
        os.kill(os.getpid(), signal.SIGKILL)


class _File:
    """A file that is written in halves: either half can be the last that reaches it."""

    closed = False

    def __init__(self, path: str) -> None:
        self.handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        _changed()

    def write(self, content: bytes) -> int:
        middle = len(content) // 2
        for half in (content[:middle], content[middle:]):
            os.write(self.handle, half)
            _changed()
        return len(content)

    def flush(self) -> None: ...

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            os.close(self.handle)

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False


class KillingHandler(pafs.FileSystemHandler):
    """The local file system. Every change counts, and a folder is deleted one entry after the other."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KillingHandler)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def get_type_name(self) -> str:
        return "killing"

    def normalize_path(self, path: str) -> str:
        return path

    def get_file_info(self, paths: list[str]) -> list[pafs.FileInfo]:
        return LOCAL.get_file_info(paths)

    def get_file_info_selector(self, selector: pafs.FileSelector) -> list[pafs.FileInfo]:
        return LOCAL.get_file_info(selector)

    def open_input_stream(self, path: str) -> pa.NativeFile:
        return LOCAL.open_input_stream(path)

    def open_input_file(self, path: str) -> pa.NativeFile:
        return LOCAL.open_input_file(path)

    def create_dir(self, path: str, recursive: bool) -> None:
        for folder in [*reversed(Path(path).parents), Path(path)]:
            if not folder.exists():
                folder.mkdir()
                _changed()

    def move(self, src: str, dest: str) -> None:
        os.rename(src, dest)
        _changed()

    def delete_file(self, path: str) -> None:
        os.unlink(path)
        _changed()

    def delete_dir(self, path: str) -> None:
        for entry in sorted(os.scandir(path), key=lambda each: each.name):
            if entry.is_dir():
                self.delete_dir(entry.path)
            else:
                self.delete_file(entry.path)
        os.rmdir(path)
        _changed()

    def open_output_stream(self, path: str, metadata: Any) -> pa.NativeFile:
        return pa.PythonFile(_File(path), mode="w")

    def delete_dir_contents(self, path: str, missing_dir_ok: bool) -> None:
        raise NotImplementedError

    delete_root_dir_contents = copy_file = open_append_stream = delete_dir_contents


def killing_lake(root: Path) -> Lake:
    """Return a lake that counts changes, and kills where a child of `killed` is told to."""
    return Lake(Folder(pafs.PyFileSystem(KillingHandler()), str(root)))


def count_requests(patch: pytest.MonkeyPatch) -> None:
    """Have every request that changes an object store count as a change, leases included."""

    def counted(request: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*arguments: Any, **options: Any) -> Any:
            answer = request(*arguments, **options)
            _changed()
            return answer

        return counting

    for name in ("put", "copy", "delete"):
        patch.setattr(obstore, name, counted(getattr(obstore, name)))


def count_links(patch: pytest.MonkeyPatch) -> None:
    """Have hard links and swaps of folders count as changes, which go past the file system that counts."""

    def counted(change: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*arguments: Any) -> Any:
            answer = change(*arguments)
            _changed()
            return answer

        return counting

    patch.setattr(os, "link", counted(os.link))
    patch.setattr(folders, "exchange", counted(folders.exchange))


@contextlib.contextmanager
def a_day_later() -> Iterator[None]:
    """Let every lease that is looked at have expired."""
    now = Leases.now
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Leases, "now", lambda leases: now(leases) + timedelta(days=1))
        yield


def _arm(last: int, target: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    global _last
    _last = last
    target(*arguments)


def _serve(tasks: Connection, warm: Callable[[], None]) -> None:
    """Fork a child for each task, and tell how it ended."""
    warm()
    fork = multiprocessing.get_context("fork")
    with contextlib.suppress(EOFError):  # the test has ended
        while True:
            child = fork.Process(target=_arm, args=tasks.recv())
            child.start()
            child.join()
            tasks.send(child.exitcode)


class Nursery:
    """A process that has loaded everything, from which children are forked that may be killed: 10 ms each.

    Args:
        warm: what to do beforehand; nothing that leaves a thread behind, which a child would wait for in vain.
    """

    def __init__(self, warm: Callable[[], None]) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._tasks, tasks = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(tasks, warm))
        self._process.start()
        tasks.close()

    def killed(self, target: Callable[..., None], *arguments: Any, behind: int) -> bool:
        """Run `target` in a child process that dies behind its n-th change; say whether it came that far."""
        self._tasks.send((behind, target, arguments))
        code = self._tasks.recv()
        if code not in (0, -signal.SIGKILL):
            raise AssertionError(f"The child ended with {code}.")
        return code != 0

    def finished(self, target: Callable[..., None], *arguments: Any) -> None:
        """Run `target` in a child process to its end."""
        assert not self.killed(target, *arguments, behind=-1)

    def __enter__(self) -> "Nursery":
        return self

    def __exit__(self, *_: object) -> None:
        self._tasks.close()
        self._process.join()


def files(root: Path) -> dict[str, str]:
    """Return the hash of every file that readers can see, by path. Anything but data in a table's folder is one too."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for table in TABLES
        for path in sorted((root / table).rglob("*"))
        if path.is_file()
    }


def stored(lake: Lake) -> dict[str, str]:
    """Return what `files` does, of a lake anywhere."""
    selectors = [pafs.FileSelector(lake.path(table), recursive=True, allow_not_found=True) for table in TABLES]
    found = [info.path for each in selectors for info in lake.filesystem.get_file_info(each) if info.is_file]
    paths = [path.removeprefix(f"{lake.root}/") for path in found]
    return {path: hashlib.sha256(lake.storage.read(path) or b"").hexdigest() for path in paths}


class Readers:
    """A thread that reads every table by glob, as an analyst would, and notes what breaks.

    Each file is opened once and read from end to end; and all files of a table are read together with DuckDB. DuckDB
    opens a file by its path several times in one query, so one that is replaced in between (a file of events) can fail
    that query. It is asked again then, and only then: an error while no file changed is a broken file.
    """

    def __init__(self) -> None:
        self.root: Optional[Path] = None
        self.errors: list[str] = []
        self.passes = 0
        self.rows = 0
        self._ended = threading.Event()
        self._turn = threading.Lock()
        self._passed = threading.Condition()
        self._thread = threading.Thread(target=self._read_on, daemon=True)

    def watch(self, root: Optional[Path]) -> None:
        """Read this lake from now on; returns when the last look at the one before has ended."""
        with self._turn:
            self.root = root

    def look(self) -> None:
        """Return when all tables have been read from the first to the last as they are now."""
        with self._passed:
            last = self.passes + 1  # the one that is under way began before
            assert self._passed.wait_for(lambda: self.passes > last, timeout=120)

    def _read_on(self) -> None:
        with duckdb.connect() as connection:
            connection.execute("SET threads = 1")
            took = 0.001
            while not self._ended.wait(took):  # as long as reading took, so that what is read has a processor too
                began = time.monotonic()
                with self._turn:
                    if self.root:
                        self._read(connection, self.root)
                took = max(0.001, time.monotonic() - began)

    def _read(self, connection: duckdb.DuckDBPyConnection, root: Path) -> None:
        """Read the tables against the order in which they are written: what a row refers to was there before it."""
        try:
            articles: dict[str, set[str]] = {}
            for table in reversed(TABLES):
                for path in (root / table).glob("*/*.parquet"):
                    with path.open("rb") as handle:
                        self.rows += pq.read_table(handle).num_rows
                rows = self._query(connection, root / table)
                if rows is not None and "article_id" in rows.column_names:
                    articles[table] = set(rows["article_id"].to_pylist())
            missing = articles.get("mentions", set()) - articles.get("articles", set())
            if missing:
                raise AssertionError(f"Mentions of articles that are not there: {missing}")
        except Exception as error:
            self.errors.append(f"{type(error).__name__}: {error}")
        with self._passed:
            self.passes += 1
            self._passed.notify_all()

    def _query(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> Optional[pa.Table]:
        """Return all rows of a table that has files, none of which was replaced meanwhile."""
        while before := _marks(folder):
            try:
                glob = f"read_parquet('{folder}/*/*.parquet', hive_partitioning = true)"
                return connection.sql(f"SELECT * FROM {glob}").to_arrow_table()
            except duckdb.Error:
                if _marks(folder) == before:
                    raise
        return None

    def __enter__(self) -> "Readers":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


def _marks(folder: Path) -> dict[Path, tuple[int, int, int]]:
    """Return what changes when a file of a table is replaced."""
    states = ((path, path.stat()) for path in folder.glob("*/*.parquet"))
    return {path: (state.st_ino, state.st_size, state.st_mtime_ns) for path, state in states}


@contextlib.contextmanager
def looked_at(root: Path, readers: Readers) -> Iterator[None]:
    """Have `readers` read the lake for as long as the block takes."""
    readers.watch(root)
    try:
        yield
    finally:
        readers.watch(None)
