"""The lake: tables in folders, and the one order in which a run may change them.

    _lake.json                  format version
    _lock                       flock of the run that holds the lake
    _manifests/<run_id>.json    a committed run: its files, receipt, sources, versions, measured times
    _staging/<run_id>/          a begun run: `_begun`, and its files under names that carry their hash
    <table>/date=.../*.parquet  what readers open (`events/month=...`)

A run is begun by `_begun`, committed by creating its manifest, which succeeds once, and finished by moving its files
into place. `recover` finishes a run that has a manifest and drops one that has none. What a manifest names is durable
before the manifest is, and a manifest before any file moves: this holds against loss of power too.
"""

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Optional, get_type_hints

import obstore
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from obstore.exceptions import BaseError
from obstore.store import LocalStore

from schemas.reject import ConfigurationError, LakeLocked, LakeUnwritable
from schemas.run import Receipt, Source, StagedFile
from schemas.tables import FORMAT_VERSION, TABLES

MANIFESTS = "_manifests"
STAGING = "_staging"
BEGUN = "_begun"
LOCK = "_lock"
FORMAT = "_lake.json"

#: Readers hold one row group in memory: the smaller of the two.
ROWS_PER_GROUP = 122_880
BYTES_PER_GROUP = 64 * 2**20

#: Parquet whose pages are held against their checksums: a damaged page is an error, never other rows.
CHECKED = ds.ParquetFileFormat(
    default_fragment_scan_options=ds.ParquetFragmentScanOptions(page_checksum_verification=True)
)

#: Share of look-ups by id that a bloom filter answers wrongly with "perhaps".
FALSE_POSITIVES = 0.01


class Manifest(NamedTuple):
    """What a committed run says of itself."""

    run_id: str
    now: int  # logical time, µs
    sequence: int  # 1 for the lake's first run
    files: Sequence[StagedFile]
    receipt: Receipt
    sources: Sequence[Source]  # as resolved for the run
    software_version: str
    rules_version: str
    seconds: float  # measured, from begin to commit


class Lake:
    """A lake on one file system. Pickles; holds no open files."""

    def __init__(self, filesystem: pafs.FileSystem, root: str) -> None:
        self.filesystem = filesystem
        self.root = root

    @classmethod
    def open(cls, uri: str) -> "Lake":
        """Return the lake at a local folder, which need not exist yet.

        Raises:
            ConfigurationError: `uri` names an object store, or nothing.
        """
        if not uri:
            raise ConfigurationError("--lake is empty, as a shell's variable that is not set: name a folder.")
        if "://" in uri and not uri.startswith("file://"):
            raise ConfigurationError(f"--lake {uri}: only local folders can be lakes yet; name a folder.")
        return cls(pafs.LocalFileSystem(), str(Path(uri.removeprefix("file://")).absolute()))

    def path(self, *parts: str) -> str:
        return "/".join((self.root, *parts))

    # --- reading: committed rows only ---------------------------------------------------------------------------

    def read(
        self, table: str, columns: Optional[Sequence[str]] = None, where: Optional[ds.Expression] = None
    ) -> pa.Table:
        """Return committed rows of `table` with its partition column, a string; no rows where there are none."""
        files = self._files(table)
        if files is None:
            schema = _readable(table)
            return schema.empty_table().select(list(columns or schema.names))
        with self._reading(files):
            return files.to_table(columns=list(columns) if columns else None, filter=where)

    def batches(self, table: str, columns: Sequence[str], where: ds.Expression) -> Iterator[pa.RecordBatch]:
        """Yield committed rows of `table` as they are read, for what would be too much at once."""
        files = self._files(table)
        if files is not None:
            with self._reading(files):
                yield from files.to_batches(columns=list(columns), filter=where)

    def _files(self, table: str) -> Optional[ds.Dataset]:
        """Return the committed files of `table`; None before the first."""
        if not self._exists(self.path(table)):
            return None
        partition = pa.field(TABLES[table].partition, pa.string())
        return ds.dataset(
            self.path(table),
            schema=_readable(table),
            filesystem=self.filesystem,
            format=CHECKED,
            partitioning=ds.partitioning(pa.schema([partition]), flavor="hive"),
        )

    def read_file(self, table: str, partition: str, name: str) -> pa.Table:
        """Return the rows of one committed file, in the table's present schema; none where there is no such file."""
        schema, path = TABLES[table].schema, self.path(table, partition, name)
        if not self._exists(path):
            return schema.empty_table()
        files = ds.dataset(path, schema=schema, filesystem=self.filesystem, format=CHECKED)
        with self._reading(files):
            return files.to_table()

    def runs(self) -> list[str]:
        """Return the ids of committed runs, sorted."""
        return [name.removesuffix(".json") for name in self._names(MANIFESTS) if name.endswith(".json")]

    def begun(self) -> dict[str, float]:
        """Return the runs that have begun and are not done, and when each began, in seconds since 1970."""
        runs: dict[str, float] = {}
        for name in self._names(STAGING):
            with contextlib.suppress(FileNotFoundError):  # what a crash left of a run, or one that ends as we look
                runs[name] = self._begun_at(name)
        return runs

    def manifest(self, run_id: str) -> Optional[Manifest]:
        """Return what a run committed; None for a run that has not."""
        path = self.path(MANIFESTS, f"{run_id}.json")
        if not self._exists(path):
            return None
        with self.filesystem.open_input_stream(path) as stream:
            content = stream.read()
        try:
            return _manifest_of(content)
        except (ValueError, KeyError, TypeError) as error:
            raise LakeUnwritable(
                f"{path} is damaged ({error}). Restore it from a backup: it says what the run published."
            ) from error

    def receipt(self, run_id: str) -> Optional[Receipt]:
        """Return the receipt of a committed run."""
        manifest = self.manifest(run_id)
        return manifest.receipt if manifest else None

    # --- a run, in the order of its life -----------------------------------------------------------------------

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the lake. The lock dies with the process.

        Raises:
            LakeLocked: another process holds it.
            LakeUnwritable: the folder cannot be written, or holds a newer format.
        """
        with self._writing():
            self.filesystem.create_dir(self.root, recursive=True)
            handle = os.open(self.path(LOCK), os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise LakeLocked(self._who_holds(os.read(handle, 20))) from error
            with self._writing():
                os.ftruncate(handle, 0)
                os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
                self._settle_format()
            yield
        finally:
            os.close(handle)

    def recover(self) -> None:
        """Finish the run that was committed and not yet moved; drop what was never committed."""
        for run_id in self._names(STAGING):
            self.finish(run_id)
            with self._writing():
                self._drop(run_id)

    def begin(self, run_id: str) -> None:
        """Mark a run as begun, in the lake that was locked: one that has vanished since is not made anew."""
        with self._writing():
            if not self._exists(self.path(FORMAT)):
                raise OSError(errno.ENOENT, "is no longer there", self.path(FORMAT))
            self.filesystem.create_dir(self.path(STAGING, run_id), recursive=True)
            self._put(self.path(STAGING, run_id, BEGUN), f"{time.time():.3f}\n".encode())
            self._sync(self.root)
            self._sync(self.path(STAGING))

    def stage(self, run_id: str, table: str, partition: str, rows: pa.Table, name: Optional[str] = None) -> StagedFile:
        """Write `rows` as one file of the staging area of a run that has begun.

        Args:
            partition: such as `date=2026-03-02`.
            name: the final file's name where it replaces another; else run id and hash.

        Raises:
            LakeUnwritable: the file could not be written whole, or the run's staging area is gone.
        """
        content = parquet_bytes(table, rows)
        digest = hashlib.sha256(content).hexdigest()
        staged = "/".join((STAGING, run_id, f"{table}-{partition}-{digest[:16]}.parquet"))
        with self._writing():
            self._put(self.path(staged), content)
            if pq.read_metadata(self.path(staged), filesystem=self.filesystem).num_rows != rows.num_rows:
                raise OSError(errno.EIO, "does not read back as it was written", self.path(staged))
        return StagedFile(
            run_id=run_id,
            table=table,
            partition=partition,
            name=name or f"{run_id}-{digest[:8]}.parquet",
            staged=staged,
            rows=rows.num_rows,
            bytes=len(content),
            sha256=digest,
        )

    def read_staged(self, file: StagedFile, columns: Sequence[str]) -> pa.Table:
        """Return columns of a staged file."""
        with self._writing():
            place = self.path(file.staged)
            return pq.read_table(place, columns=list(columns), filesystem=self.filesystem, partitioning=None)

    def commit(
        self,
        receipt: Receipt,
        files: Sequence[StagedFile],
        *,
        sources: Sequence[Source],
        software_version: str,
        rules_version: str,
    ) -> Receipt:
        """Publish a run: create its manifest, then move its files into place. Return the receipt that stands.

        The first writer of a manifest wins. A second one (a replayed bundle, a process thought dead) changes nothing.

        Raises:
            LakeUnwritable: something could not be written, or a staged file is not there; nothing was published
                unless the manifest stands, and then the next `recover` goes on.
        """
        run_id = receipt.run_id
        with self._writing():
            if self.manifest(run_id) is None:
                try:
                    empty = [self._stage_empty(receipt, table) for table in TABLES if not self._has_files(table, files)]
                    manifest = Manifest(
                        run_id=run_id,
                        now=receipt.now,
                        sequence=len(self.runs()) + 1,
                        files=sorted([*files, *empty]),
                        receipt=receipt,
                        sources=sources,
                        software_version=software_version,
                        rules_version=rules_version,
                        seconds=self._seconds_since_begun(run_id),
                    )
                    self._create(manifest)
                except (OSError, BaseError, LakeUnwritable):
                    if self.manifest(run_id) is None:  # else another writer was faster, and moved what we looked for
                        raise
        stands = self.finish(run_id)
        if stands is None:
            raise LakeUnwritable(f"The manifest of {run_id} vanished from {self.root} while it was committed.")
        return stands

    def finish(self, run_id: str) -> Optional[Receipt]:
        """Return the receipt of a committed run once all its files are in place; None for a run that is not."""
        manifest = self.manifest(run_id)
        with self._writing():
            if manifest and self._exists(self.path(STAGING, run_id, BEGUN)):
                self._finish(manifest)
        return manifest.receipt if manifest else None

    # --- how -----------------------------------------------------------------------------------------------------

    def _stage_empty(self, receipt: Receipt, table: str) -> StagedFile:
        """A file without rows, so that globs over a table find one from the first commit on."""
        day = time.strftime("%Y-%m-%d", time.gmtime(receipt.now // 1_000_000))
        partition = TABLES[table].partition
        value = day if partition == "date" else day[:7]
        return self.stage(receipt.run_id, table, f"{partition}={value}", TABLES[table].schema.empty_table())

    def _has_files(self, table: str, files: Sequence[StagedFile]) -> bool:
        return any(file.table == table for file in files) or self._exists(self.path(table))

    def _create(self, manifest: Manifest) -> None:
        """Write the manifest where none is.

        It is drafted in the staging area and then copied under the condition that there is none, which is a hard link
        locally. obstore's local `put(mode="create")` would do as well, but syncs nothing: after a loss of power the
        manifest could stand there empty.
        """
        self._check_staged(manifest.files)
        content = _content_of(manifest)
        draft = self.path(STAGING, manifest.run_id, f"{hashlib.sha256(content).hexdigest()[:16]}.json")
        self._put(draft, content)
        self._sync(self.path(STAGING, manifest.run_id))
        place = f"{MANIFESTS}/{manifest.run_id}.json"
        obstore.copy(LocalStore(self.root), draft.removeprefix(f"{self.root}/"), place, overwrite=False)
        self._sync(self.path(MANIFESTS))
        self._sync(self.root)

    def _check_staged(self, files: Sequence[StagedFile]) -> None:
        """Check that all is there that a manifest is about to promise."""
        infos = self.filesystem.get_file_info([self.path(file.staged) for file in files]) if files else []
        for file, info in zip(files, infos, strict=True):
            if info.type != pafs.FileType.File or info.size != file.bytes:
                raise OSError(errno.ENOENT, f"{file.bytes} bytes were staged and are no longer there", info.path)

    def _finish(self, manifest: Manifest) -> None:
        """Move what is still staged, table after table in the readers' order; then the staging goes."""
        for table in TABLES:
            files = [file for file in manifest.files if file.table == table]
            for file in files:
                self.filesystem.create_dir(self.path(table, file.partition), recursive=True)
                self._move_into_place(file)
            for partition in sorted({file.partition for file in files}):
                self._sync(self.path(table, partition))
            if files:
                self._sync(self.path(table))
        self._sync(self.root)
        self._drop(manifest.run_id)

    def _move_into_place(self, file: StagedFile) -> None:
        """Rename a staged file, unless that was done before."""
        staged, place = self.path(file.staged), self.path(file.table, file.partition, file.name)
        try:
            if self._exists(staged):
                return self.filesystem.move(staged, place)
        except FileNotFoundError:  # another process rolls the same run forward
            pass
        if not self._exists(place):
            raise OSError(errno.ENOENT, "was committed and is neither staged nor in place", place)

    def _drop(self, run_id: str) -> None:
        """Remove a run's staging area; `_begun` first, so that what is left of it counts for nothing."""
        folder = self.path(STAGING, run_id)
        with contextlib.suppress(FileNotFoundError):
            self.filesystem.delete_file(f"{folder}/{BEGUN}")
        with contextlib.suppress(FileNotFoundError):
            self.filesystem.delete_dir(folder)

    def _put(self, path: str, content: bytes) -> None:
        """Write a file that is whole, and durable once its folder is synced, whoever else writes the same."""
        part = f"{path}.{os.getpid()}-{threading.get_ident()}.part"
        with self.filesystem.open_output_stream(part) as stream:
            stream.write(content)
        self._sync(part)
        self.filesystem.move(part, path)

    def _sync(self, path: str) -> None:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _settle_format(self) -> None:
        """Write the format version into a new lake; refuse a newer one."""
        path = self.path(FORMAT)
        if not self._exists(path) and not self.runs():
            draft = self.path(STAGING, FORMAT, FORMAT)  # a folder that `recover` drops
            self.filesystem.create_dir(draft.rpartition("/")[0], recursive=True)
            self._put(draft, json.dumps({"format": FORMAT_VERSION}).encode())
            self.filesystem.move(draft, path)
            self._sync(self.root)
        self.check_format()

    def check_format(self) -> None:
        """Refuse a lake of a newer format, and one that does not say which it has.

        Raises:
            LakeUnwritable: says what to do.
        """
        path = self.path(FORMAT)
        try:
            with self.filesystem.open_input_stream(path) as stream:
                found = int(json.loads(stream.read())["format"])
        except FileNotFoundError as error:
            raise LakeUnwritable(f'{path} is missing. It should read {{"format": 1}}.') from error
        except (ValueError, KeyError, TypeError) as error:
            raise LakeUnwritable(f'{path} is damaged ({error}). It should read {{"format": 1}}.') from error
        if found > FORMAT_VERSION:
            raise LakeUnwritable(
                f"The lake {self.root} has format {found}, and this newsbeam knows {FORMAT_VERSION}. Upgrade newsbeam."
            )

    def _who_holds(self, content: bytes) -> str:
        process = content.decode(errors="replace").strip() or "unknown"
        begun = [name for name in self._names(STAGING) if self._exists(self.path(STAGING, name, BEGUN))]
        run = f", run {begun[-1]}" if begun else ""
        return f"Another run (process {process}{run}) holds the lake {self.root}. Wait for it, or choose another lake."

    def _seconds_since_begun(self, run_id: str) -> float:
        return max(0.0, round(time.time() - self._begun_at(run_id), 3))

    def _begun_at(self, run_id: str) -> float:
        with self.filesystem.open_input_stream(self.path(STAGING, run_id, BEGUN)) as stream:
            return float(stream.read())

    def _names(self, folder: str) -> list[str]:
        selector = pafs.FileSelector(self.path(folder), allow_not_found=True)
        return sorted(info.base_name for info in self.filesystem.get_file_info(selector))

    def _exists(self, path: str) -> bool:
        return self.filesystem.get_file_info(path).type != pafs.FileType.NotFound

    @contextlib.contextmanager
    def _reading(self, files: ds.Dataset) -> Iterator[None]:
        """Name the file at which reading failed; an error that no file explains is left as it is."""
        try:
            yield
        except (OSError, pa.ArrowInvalid) as error:
            if damaged := self.find_damaged(files.files):
                raise damaged from error
            raise

    def find_damaged(self, paths: Sequence[str]) -> Optional[LakeUnwritable]:
        """Return what to say of the first of some data files that cannot be read from end to end."""
        for path in paths:
            if fault := self.fault(path):
                return LakeUnwritable(
                    f"{path} cannot be read ({fault}). Restore it from a backup, or move it out of the lake and go "
                    f"on without its rows. All that is damaged: newsbeam doctor --deep --lake {self.root}"
                )
        return None

    def fault(self, path: str) -> str:
        """Return why a data file cannot be read from end to end; "" where it can."""
        try:
            file = pq.ParquetFile(path, filesystem=self.filesystem, page_checksum_verification=True)
            for _ in file.iter_batches():
                pass
        except (OSError, pa.ArrowInvalid) as error:
            return str(error).partition("\n")[0].rstrip(".")
        return ""

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, BaseError) as error:
            raise LakeUnwritable(
                f"The lake {self.root} cannot be written: {str(error).splitlines()[0]}. {_remedy(error)}"
            ) from error


def _readable(table: str) -> pa.Schema:
    """Return the columns that readers find: those of the files, and the partition as text."""
    layout = TABLES[table]
    return layout.schema.append(pa.field(layout.partition, pa.string()))


def _remedy(error: Exception) -> str:
    """Say what to do about an error of the file system."""
    told = re.search(r"\(os error (\d+)\)", str(error))  # obstore has no errno
    match int(told[1]) if told else getattr(error, "errno", None):
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return "It is read-only for this user: mend the permissions or name another lake, then run again."
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return "There is no space left: free some, then run again; what was committed stands."
        case errno.ENOTDIR:
            return "A part of its path is no folder: name another place for the lake, then run again."
        case errno.ENOENT | errno.ESTALE:
            return "Something vanished under the run: check that the volume is mounted and that nothing cleans it."
    return "Mend that, then run again; what was committed stands."


def _content_of(manifest: Manifest) -> bytes:
    """Return a manifest as JSON."""
    return json.dumps(
        {
            **manifest._asdict(),
            "files": [file._asdict() for file in manifest.files],
            "receipt": manifest.receipt._asdict(),
            "sources": [source._asdict() for source in manifest.sources],
        },
        indent=1,
    ).encode()


def _manifest_of(content: bytes) -> Manifest:
    """Return the manifest that `content` is; fields that a later version added are left out."""
    stored = json.loads(content)
    return Manifest(
        **{
            **_known(Manifest, stored),
            "files": [StagedFile(**_known(StagedFile, each)) for each in stored["files"]],
            "receipt": Receipt(**_known(Receipt, stored["receipt"])),
            "sources": [Source(**_known(Source, each)) for each in stored["sources"]],
        }
    )


def _known(kind: type, stored: dict[str, Any]) -> dict[str, Any]:
    return {name: stored[name] for name in get_type_hints(kind) if name in stored}


def parquet_bytes(table: str, rows: pa.Table) -> bytes:
    """Return `rows` as a Parquet file of `table`: the same rows give the same bytes."""
    layout = TABLES[table]
    sink = pa.BufferOutputStream()
    pq.write_table(
        rows,
        sink,
        compression="zstd",
        row_group_size=rows_per_group(rows),
        write_page_index=True,
        write_page_checksum=True,
        sorting_columns=pq.SortingColumn.from_ordering(rows.schema, [(key, "ascending") for key in layout.sort]),
        bloom_filter_options={key: {"ndv": max(rows.num_rows, 1), "fpp": FALSE_POSITIVES} for key in layout.bloom},
    )
    return bytes(sink.getvalue().to_pybytes())


def rows_per_group(rows: pa.Table) -> int:
    """Return how many rows fit a row group of at most 122,880 rows or 64 MiB."""
    if not rows.num_rows or not rows.nbytes:
        return ROWS_PER_GROUP
    return max(1, min(ROWS_PER_GROUP, BYTES_PER_GROUP * rows.num_rows // rows.nbytes))
