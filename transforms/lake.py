"""The lake: tables in folders, and the one order in which a run may change them.

    _lake.json                  format version
    _lock                       flock of the run that holds the lake
    _manifests/<run_id>.json    a committed run: its files, receipt, sources, versions, measured times
    _staging/<run_id>/          a begun run: `_begun`, and its files under names that carry their hash
    <table>/date=.../*.parquet  what readers open (`events/month=...`)

A run is begun by `_begun`, committed by creating its manifest, which succeeds once, and finished by moving its files
into place. `recover` finishes a run that has a manifest and drops one that has none.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Optional

import obstore
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore

from schemas.reject import ConfigurationError, LakeLocked, LakeUnwritable
from schemas.run import Receipt, StagedFile
from schemas.tables import FORMAT_VERSION, TABLES

MANIFESTS = "_manifests"
STAGING = "_staging"
BEGUN = "_begun"
LOCK = "_lock"
FORMAT = "_lake.json"

#: Readers hold one row group in memory: the smaller of the two.
ROWS_PER_GROUP = 122_880
BYTES_PER_GROUP = 64 * 2**20

#: Share of look-ups by id that a bloom filter answers wrongly with "perhaps".
FALSE_POSITIVES = 0.01


class Manifest(NamedTuple):
    """What a committed run says of itself."""

    run_id: str
    now: int  # logical time, µs
    sequence: int  # 1 for the lake's first run
    files: Sequence[StagedFile]
    receipt: Receipt
    sources: Sequence[str]
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
            ConfigurationError: `uri` names an object store.
        """
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
        layout = TABLES[table]
        partition = pa.field(layout.partition, pa.string())
        schema = layout.schema.append(partition)
        if not self._exists(self.path(table)):
            return schema.empty_table().select(list(columns or schema.names))
        files = ds.dataset(
            self.path(table),
            schema=schema,
            filesystem=self.filesystem,
            format="parquet",
            partitioning=ds.partitioning(pa.schema([partition]), flavor="hive"),
        )
        return files.to_table(columns=list(columns) if columns else None, filter=where)

    def read_file(self, table: str, partition: str, name: str) -> pa.Table:
        """Return the rows of one committed file, in the table's present schema; none where there is no such file."""
        schema, path = TABLES[table].schema, self.path(table, partition, name)
        if not self._exists(path):
            return schema.empty_table()
        return ds.dataset(path, schema=schema, filesystem=self.filesystem, format="parquet").to_table()

    def runs(self) -> list[str]:
        """Return the ids of committed runs, sorted."""
        return [name.removesuffix(".json") for name in self._names(MANIFESTS) if name.endswith(".json")]

    def manifest(self, run_id: str) -> Optional[Manifest]:
        """Return what a run committed; None for a run that has not."""
        path = self.path(MANIFESTS, f"{run_id}.json")
        if not self._exists(path):
            return None
        try:
            with self.filesystem.open_input_stream(path) as stream:
                stored = json.loads(stream.read())
            return Manifest(
                **{
                    **stored,
                    "files": [StagedFile(**each) for each in stored["files"]],
                    "receipt": Receipt(**stored["receipt"]),
                }
            )
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
                holder = os.read(handle, 20).decode(errors="replace").strip() or "unknown"
                raise LakeLocked(
                    f"Another run (process {holder}) holds the lake {self.root}. Wait for it, or choose another lake."
                ) from error
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
            manifest = self.manifest(run_id)
            with self._writing():
                if manifest and self._exists(self.path(STAGING, run_id, BEGUN)):
                    self._finish(manifest)
                else:
                    self.filesystem.delete_dir(self.path(STAGING, run_id))

    def begin(self, run_id: str) -> None:
        """Mark a run as begun."""
        with self._writing():
            self._put(self.path(STAGING, run_id, BEGUN), f"{time.time():.3f}\n".encode())

    def stage(self, run_id: str, table: str, partition: str, rows: pa.Table, name: Optional[str] = None) -> StagedFile:
        """Write `rows` as one file of the run's staging area.

        Args:
            partition: such as `date=2026-03-02`.
            name: the final file's name where it replaces another; else run id and hash.
        """
        content = parquet_bytes(table, rows)
        digest = hashlib.sha256(content).hexdigest()
        staged = "/".join((STAGING, run_id, f"{table}-{partition}-{digest[:16]}.parquet"))
        with self._writing():
            self._put(self.path(staged), content)
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
        """Return columns of a file that is staged, or of its final place where it has moved there."""
        place = self.path(file.staged)
        if not self._exists(place):
            place = self.path(file.table, file.partition, file.name)
        return pq.read_table(place, columns=list(columns), filesystem=self.filesystem, partitioning=None)

    def commit(
        self,
        receipt: Receipt,
        files: Sequence[StagedFile],
        *,
        sources: Sequence[str],
        software_version: str,
        rules_version: str,
    ) -> Receipt:
        """Publish a run: create its manifest, then move its files into place.

        The first writer of a manifest wins. A second one (a replayed bundle, a process thought dead) finishes what
        the first may have left and returns the receipt that stands.
        """
        run_id = receipt.run_id
        with self._writing():
            if self.manifest(run_id) is None:
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
                self._create_manifest(manifest)
            stands = self.manifest(run_id)
            if stands is None:
                raise LakeUnwritable(f"The manifest of {run_id} vanished from {self.root} while it was committed.")
            if self._exists(self.path(STAGING, run_id, BEGUN)):
                self._finish(stands)
        return stands.receipt

    # --- how -----------------------------------------------------------------------------------------------------

    def _stage_empty(self, receipt: Receipt, table: str) -> StagedFile:
        """A file without rows, so that globs over a table find one from the first commit on."""
        day = time.strftime("%Y-%m-%d", time.gmtime(receipt.now // 1_000_000))
        partition = TABLES[table].partition
        value = day if partition == "date" else day[:7]
        return self.stage(receipt.run_id, table, f"{partition}={value}", TABLES[table].schema.empty_table())

    def _has_files(self, table: str, files: Sequence[StagedFile]) -> bool:
        return any(file.table == table for file in files) or self._exists(self.path(table))

    def _create_manifest(self, manifest: Manifest) -> None:
        content = json.dumps(
            {
                **manifest._asdict(),
                "files": [file._asdict() for file in manifest.files],
                "receipt": manifest.receipt._asdict(),
            },
            indent=1,
        ).encode()
        store = LocalStore(self.root, mkdir=True)
        with contextlib.suppress(AlreadyExistsError):
            obstore.put(store, f"{MANIFESTS}/{manifest.run_id}.json", content, mode="create")
        self._sync(self.path(MANIFESTS, f"{manifest.run_id}.json"))
        self._sync(self.path(MANIFESTS))

    def _finish(self, manifest: Manifest) -> None:
        """Move what is still staged, table after table in the readers' order; then the staging goes."""
        order = list(TABLES)
        for file in sorted(manifest.files, key=lambda each: (order.index(each.table), each.partition, each.name)):
            if self._exists(self.path(file.staged)):
                folder = self.path(file.table, file.partition)
                self.filesystem.create_dir(folder, recursive=True)
                self.filesystem.move(self.path(file.staged), self.path(file.table, file.partition, file.name))
                self._sync(folder)
                self._sync(self.path(file.table))
        self._sync(self.root)
        self.filesystem.delete_dir(self.path(STAGING, manifest.run_id))

    def _put(self, path: str, content: bytes) -> None:
        """Write a file below the staging area, durably. A name is only trusted once a manifest holds it."""
        self.filesystem.create_dir(path.rpartition("/")[0], recursive=True)
        with self.filesystem.open_output_stream(path) as stream:
            stream.write(content)
        self._sync(path)
        self._sync(path.rpartition("/")[0])

    def _sync(self, path: str) -> None:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _settle_format(self) -> None:
        path = self.path(FORMAT)
        if not self._exists(path):
            content = json.dumps({"format": FORMAT_VERSION}).encode()
            with contextlib.suppress(AlreadyExistsError):
                obstore.put(LocalStore(self.root, mkdir=True), FORMAT, content, mode="create")
            self._sync(path)
        with self.filesystem.open_input_stream(path) as stream:
            found = json.loads(stream.read())["format"]
        if found > FORMAT_VERSION:
            raise LakeUnwritable(
                f"The lake {self.root} has format {found}, and this newsbeam writes {FORMAT_VERSION}. Upgrade newsbeam."
            )

    def _seconds_since_begun(self, run_id: str) -> float:
        with self.filesystem.open_input_stream(self.path(STAGING, run_id, BEGUN)) as stream:
            return max(0.0, round(time.time() - float(stream.read()), 3))

    def _names(self, folder: str) -> list[str]:
        selector = pafs.FileSelector(self.path(folder), allow_not_found=True)
        return sorted(info.base_name for info in self.filesystem.get_file_info(selector))

    def _exists(self, path: str) -> bool:
        return self.filesystem.get_file_info(path).type != pafs.FileType.NotFound

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LakeUnwritable(
                f"The lake {self.root} cannot be written: {error}. Free space or mend the permissions, then run again; "
                "what was committed stands."
            ) from error


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
    content = sink.getvalue().to_pybytes()
    if pq.read_metadata(pa.BufferReader(content)).num_rows != rows.num_rows:
        raise LakeUnwritable(
            f"A file of {table} does not read back with its {rows.num_rows} rows. Nothing was published."
        )
    return content


def rows_per_group(rows: pa.Table) -> int:
    """Return how many rows fit a row group of at most 122,880 rows or 64 MiB."""
    if not rows.num_rows or not rows.nbytes:
        return ROWS_PER_GROUP
    return max(1, min(ROWS_PER_GROUP, BYTES_PER_GROUP * rows.num_rows // rows.nbytes))
