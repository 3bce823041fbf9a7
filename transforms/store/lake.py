"""The lake: tables in folders, and the one order in which a run may change them.

    _lake.json                  format version
    _lock, _lease.json          whoever writes: `flock` in a folder, a lease on an object store
    _manifests/<run_id>.json    a committed run: its files, receipt, sources, versions, measured times
    _manifests/<time>-checkpoint.json   what all runs before that time have left, in the place of their manifests
    _compactions/<id>.json      a committed compaction: its files, and those that they replace
    _replaced/<id>/             what it replaced, until it is removed
    _staging/<run_id>/          a begun run: `_begun`, and its files under names that carry their hash
    <table>/date=.../*.parquet  what readers open (`events/month=...`)
    _index/                     derived from the tables, and made anew where it is missing

A run is begun by `_begun`, committed by creating its manifest, which succeeds once, and finished by moving its files
into place. `recover` finishes a run that has a manifest and drops one that has none. What a manifest names is durable
before the manifest is, and a manifest before any file moves: this holds against loss of power too. What differs between
a folder and an object store is in `storage.py`.
"""

import contextlib
import errno
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Optional, TypeVar

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from schemas.ids import time_of
from schemas.reject import ConfigurationError, LakeLocked, LakeUnwritable
from schemas.run import Receipt, Source, StagedFile
from schemas.tables import FORMAT_VERSION, TABLES
from transforms.store.bucket import Bucket
from transforms.store.checkpoint import CHECKPOINT, Checkpoint, checkpoint_of, is_within, name_of
from transforms.store.folder import Folder
from transforms.store.lease import HEARTBEAT_S
from transforms.store.manifest import Compaction, Manifest, compaction_of, content_of, manifest_of, switches
from transforms.store.parquet import CHECKED, parquet_bytes
from transforms.store.storage import NOTICE, Held, Storage

Result = TypeVar("Result")

MANIFESTS = "_manifests"
COMPACTIONS = "_compactions"
REPLACED = "_replaced"
STAGING = "_staging"
BEGUN = "_begun"
FORMAT = "_lake.json"

#: How often a reader looks again whose files were compacted as it read, and after how long: a switch takes a moment.
LOOKS = 20
LOOK_AGAIN_S = 0.25

#: Why what says so must be restored where it is damaged.
SAYS_FILES = "it says which files stand for those of runs"


class Compacted(LakeUnwritable):
    """Files were compacted while they were read; the next look finds the new ones."""


class Begun(NamedTuple):
    """What `_begun` says of a run."""

    at: float  # seconds since 1970, by the machine that began it
    epoch: int  # of the lease that it was begun under; 0 in a folder


class Lake:
    """A lake in a folder or a bucket. Pickles, with the epoch of the lease that it holds; has no open files."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.epoch = 0  # of the lease, while it is held on an object store

    @classmethod
    def open(cls, uri: str) -> "Lake":
        """Return the lake at a folder or an address of an object store, which need not exist yet.

        Raises:
            ConfigurationError: `uri` is neither.
        """
        if not uri:
            raise ConfigurationError("--lake is empty, as a shell's variable that is not set: name a folder.")
        path = uri.removeprefix("file://")
        return cls(Bucket(uri) if "://" in path else Folder(pafs.LocalFileSystem(), str(Path(path).absolute())))

    @property
    def filesystem(self) -> pafs.FileSystem:
        """What rows are read through."""
        return self.storage.filesystem

    @property
    def root(self) -> str:
        """Where the lake begins in `filesystem`."""
        return self.storage.root

    @property
    def place(self) -> str:
        """What people call it, and `open` takes."""
        return self.storage.place

    def path(self, *parts: str) -> str:
        """Return a place in `filesystem`."""
        return "/".join((self.root, *parts))

    # --- reading: committed rows only ---------------------------------------------------------------------------

    def read(
        self,
        table: str,
        columns: Optional[Sequence[str]] = None,
        where: Optional[ds.Expression] = None,
        *,
        partitions: Optional[Sequence[str]] = None,
    ) -> pa.Table:
        """Return committed rows of `table` with its partition column, a string; no rows where there are none.

        Args:
            partitions: such as `date=2026-03-02`: only these are looked into, whatever else the table holds.
        """

        def look() -> pa.Table:
            files = self._files(table, partitions)
            if files is None:
                schema = _readable(table)
                return schema.empty_table().select(list(columns or schema.names))
            with self._reading(files.files):
                return files.to_table(columns=list(columns) if columns else None, filter=where)

        return steadily(look)

    def batches(self, table: str, columns: Sequence[str], where: ds.Expression) -> Iterator[pa.RecordBatch]:
        """Yield committed rows of `table` as they are read, for what would be too much at once."""
        files = self._files(table)
        if files is not None:
            with self._reading(files.files):
                yield from files.to_batches(columns=list(columns), filter=where)

    def _files(self, table: str, partitions: Optional[Sequence[str]] = None) -> Optional[ds.Dataset]:
        """Return the committed files of `table`, or of some of its partitions; None where there are none."""
        source = self.path(table) if partitions is None else self._data_files(table, partitions)
        if not source or not self.storage.exists(table):
            return None
        partition = pa.field(TABLES[table].partition, pa.string())
        with self._reading():
            return ds.dataset(
                source,
                schema=_readable(table),
                filesystem=self.filesystem,
                format=CHECKED,
                partitioning=ds.partitioning(pa.schema([partition]), flavor="hive"),
                partition_base_dir=self.path(table),
            )

    def _data_files(self, table: str, partitions: Sequence[str]) -> list[str]:
        folders = [f"{table}/{partition}" for partition in partitions]
        names = [(folder, name) for folder in folders for name in self.storage.names(folder)]
        return [self.path(folder, name) for folder, name in names if not name.startswith((".", "_"))]

    def read_file(self, table: str, partition: str, name: str) -> pa.Table:
        """Return the rows of one committed file, in the table's present schema; none where there is no such file."""
        schema, path = TABLES[table].schema, self.path(table, partition, name)
        if not self.storage.exists(f"{table}/{partition}/{name}"):
            return schema.empty_table()
        with self._reading([path]):
            return ds.dataset(path, schema=schema, filesystem=self.filesystem, format=CHECKED).to_table()

    def runs(self) -> list[str]:
        """Return the ids of committed runs, sorted; without those that are in a checkpoint."""
        return self._committed()[0]

    def last_checkpoint(self) -> str:
        """Return the name of the newest checkpoint, "" where there is none."""
        return self._committed()[1]

    def checkpoint(self) -> Optional[Checkpoint]:
        """Return the newest checkpoint, None where there is none.

        Raises:
            LakeUnwritable: it is damaged.
        """

        def look() -> Optional[Checkpoint]:
            name = self.last_checkpoint()
            if not name:
                return None
            path = f"{MANIFESTS}/{name}.json"
            content = self.storage.read(path)
            if content is None:
                raise Compacted(f"{path} is gone, as where a newer one was written while it was read. Read it again.")
            return self._parsed(path, content, checkpoint_of, SAYS_FILES)

        return steadily(look)

    def _committed(self) -> tuple[list[str], str]:
        """Return the ids of runs in no checkpoint, and the name of the newest one."""
        names = [name.removesuffix(".json") for name in self.storage.names(MANIFESTS) if name.endswith(".json")]
        last = max((name for name in names if name.endswith(CHECKPOINT)), default="")
        return [name for name in names if not name.endswith(CHECKPOINT) and not is_within(name, last)], last

    def begun(self) -> dict[str, float]:
        """Return the runs that have begun and are not done, and when each began, in seconds since 1970."""
        runs: dict[str, float] = {}
        for name in self.storage.names(STAGING):
            with contextlib.suppress(FileNotFoundError):  # what a crash left of a run, or one that ends as we look
                runs[name] = self._begun(name).at
        return runs

    def manifest(self, run_id: str) -> Optional[Manifest]:
        """Return what a run committed; None for a run that has not.

        Raises:
            LakeUnwritable: it is damaged.
        """
        path = f"{MANIFESTS}/{run_id}.json"
        content = self.storage.read(path)
        return None if content is None else self._parsed(path, content, manifest_of, "it says what the run published")

    def _parsed(self, path: str, content: bytes, parse: Callable[[bytes], Result], says: str) -> Result:
        try:
            return parse(content)
        except (ValueError, KeyError, TypeError) as error:
            raise LakeUnwritable(
                f"{self.place}/{path} is damaged ({error}). Restore it from a backup: {says}."
            ) from error

    def receipt(self, run_id: str) -> Optional[Receipt]:
        """Return the receipt of a committed run."""
        manifest = self.manifest(run_id)
        return manifest.receipt if manifest else None

    # --- derived files: what can be made anew from the tables ----------------------------------------------------

    def derived(self, folder: str) -> list[str]:
        """Return the names of the files of a folder, sorted."""
        return self.storage.names(folder)

    def map_derived(self, folder: str, name: str) -> pa.NativeFile:
        """Open a file for reading at any place; where it is local, what is read is not copied."""
        path = self.path(folder, name)
        if isinstance(self.filesystem, pafs.LocalFileSystem):
            return pa.memory_map(path)
        return self.filesystem.open_input_file(path)

    def put_derived(self, folder: str, name: str, content: bytes) -> None:
        """Write a file whole, whatever stood there.

        Raises:
            LakeUnwritable: it could not be written.
        """
        with self._writing():
            self.storage.make_folder(folder)
            self.storage.put(f"{folder}/{name}", content)

    def drop_derived(self, folder: str, name: str) -> None:
        """Remove a file that may be gone already."""
        with self._writing():
            self.storage.delete([f"{folder}/{name}"])

    # --- a run, in the order of its life -----------------------------------------------------------------------

    @contextlib.contextmanager
    def lock(self, heartbeat_s: float = HEARTBEAT_S) -> Iterator[None]:
        """Hold the lake, as the one process that writes.

        In a folder this is a lock, which dies with the process. On an object store it is a lease, which a thread renews
        every heartbeat; a process that ends without leaving the block holds it for three more. The lake carries the
        lease's epoch from here on: pickle it inside the block, and what a worker does counts under that epoch.

        Raises:
            LakeLocked: another process holds it.
            LakeUnwritable: the lake cannot be written, or has a newer format.
        """
        with contextlib.ExitStack() as stack:
            with self._writing():
                try:
                    self.epoch = stack.enter_context(self.storage.hold(heartbeat_s))
                except Held as error:
                    raise LakeLocked(self._who_holds(str(error))) from error
                self._settle_format()
            yield

    def check_lease(self) -> None:
        """See that nobody took the lake over since this one was pickled, in a worker that may outlive its launcher.

        Raises:
            LakeLocked: another did, or it was given back.
        """
        with self._writing():
            self.storage.check(self.epoch)

    def recover(self) -> None:
        """Finish the run that was committed and not yet moved; drop what was never committed.

        A worker of a job that failed may still be at work on what is dropped; so the epoch of a lease rises first.
        """
        with self._writing():
            self.epoch = self.storage.fence(self.epoch)
            self.storage.settle()
            for name in self.storage.names(STAGING):
                if name.endswith(CHECKPOINT):
                    self._finish_checkpoint(name)
                    continue
                self.finish(name)
                self._finish_compaction(name)
                self._drop(name)

    def begin(self, run_id: str) -> None:
        """Mark a run as begun, in the lake that was locked: one that has vanished since is not made anew.

        Raises:
            LakeLocked: the lease has ended.
            LakeUnwritable: the mark could not be written.
        """
        with self._writing():
            if not self.storage.exists(FORMAT):
                raise OSError(errno.ENOENT, "is no longer there", self.path(FORMAT))
            self.storage.check(self.epoch)
            self.storage.make_folder(f"{STAGING}/{run_id}")
            begun = Begun(round(time.time(), 3), self.epoch)
            self.storage.put(f"{STAGING}/{run_id}/{BEGUN}", json.dumps(begun._asdict()).encode())
            self.storage.sync("")
            self.storage.sync(STAGING)

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
            self.storage.put(staged, content)
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
            LakeLocked: the lease that the run was begun under has ended; nothing was published.
            LakeUnwritable: something could not be written, or a staged file is not there; nothing was published
                unless the manifest stands, and then the next `recover` goes on.
        """
        run_id = receipt.run_id
        with self._writing():
            if self.manifest(run_id) is None:
                try:
                    begun = self._begun(run_id)
                    if begun.epoch != self.epoch:
                        raise LakeLocked(f"Another process took over {run_id}. Nothing was committed by this one.")
                    empty = [self._stage_empty(receipt, table) for table in TABLES if not self._has_files(table, files)]
                    manifest = Manifest(
                        run_id=run_id,
                        now=receipt.now,
                        sequence=self._next_sequence(),
                        files=sorted([*files, *empty]),
                        receipt=receipt,
                        sources=sources,
                        software_version=software_version,
                        rules_version=rules_version,
                        seconds=max(0.0, round(time.time() - begun.at, 3)),
                    )
                    self._create(run_id, manifest.files, content_of(manifest), f"{MANIFESTS}/{run_id}.json")
                except (OSError, LakeUnwritable):
                    if self.manifest(run_id) is None:  # else another writer was faster, and moved what we looked for
                        raise
        stands = self.finish(run_id)
        if stands is None:
            raise LakeUnwritable(f"The manifest of {run_id} vanished from {self.root} while it was committed.")
        return stands

    def _next_sequence(self) -> int:
        checkpoint = self.checkpoint()
        return len(self.runs()) + (checkpoint.runs if checkpoint else 0) + 1

    def finish(self, run_id: str) -> Optional[Receipt]:
        """Return the receipt of a committed run once all its files are in place; None for a run that is not."""
        manifest = self.manifest(run_id)
        with self._writing():
            if manifest and self.storage.exists(f"{STAGING}/{run_id}/{BEGUN}"):
                self._finish(manifest)
        return manifest.receipt if manifest else None

    # --- a compaction -------------------------------------------------------------------------------------------

    def compactions(self) -> list[Compaction]:
        """Return all compactions in no checkpoint, in the order of their commits.

        Raises:
            LakeUnwritable: the manifest of one is damaged.
        """
        checkpoint = self.checkpoint()
        within = frozenset(checkpoint.compactions) if checkpoint else frozenset()
        names = [name.removesuffix(".json") for name in self.storage.names(COMPACTIONS) if name.endswith(".json")]
        return [found for name in names if name not in within and (found := self._compaction(name))]

    def _compaction(self, compaction_id: str) -> Optional[Compaction]:
        path = f"{COMPACTIONS}/{compaction_id}.json"
        content = self.storage.read(path)
        return None if content is None else self._parsed(path, content, compaction_of, SAYS_FILES)

    def drop_replaced(self, before: int) -> None:
        """Remove for good what compactions before some moment, µs, replaced."""
        with self._writing():
            for name in self.storage.names(REPLACED):
                if time_of(name) < before:
                    self.storage.delete_folder(f"{REPLACED}/{name}")

    def commit_compaction(self, compaction: Compaction) -> None:
        """Create the manifest of a compaction that was begun and staged like a run, then put its files in place.

        Raises:
            LakeLocked: the lease has ended; nothing was changed.
            LakeUnwritable: something could not be written; the next `recover` goes on if the manifest stands.
        """
        with self._writing():
            self.storage.check_switch(f"{STAGING}/{compaction.compaction_id}")
            place = f"{COMPACTIONS}/{compaction.compaction_id}.json"
            self._create(compaction.compaction_id, compaction.files, content_of(compaction), place)
            self._finish_compaction(compaction.compaction_id)

    def _finish_compaction(self, compaction_id: str) -> None:
        """Switch the files of a compaction that is committed; nothing for one that is done, or is none."""
        compaction = self._compaction(compaction_id)
        if compaction and self.storage.exists(f"{STAGING}/{compaction_id}/{BEGUN}"):
            for switch in switches(compaction):
                self.storage.switch(switch, f"{REPLACED}/{compaction_id}/{switch.folder}")
            self._drop(compaction_id)

    # --- a checkpoint -------------------------------------------------------------------------------------------

    def commit_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Create a checkpoint that was begun like a run, then remove the manifests in whose place it stands.

        Raises:
            LakeLocked: the lease has ended; nothing was changed.
            LakeUnwritable: something could not be written; the next `recover` goes on if the checkpoint stands.
        """
        name = name_of(checkpoint)
        with self._writing():
            self._create(name, [], content_of(checkpoint), f"{MANIFESTS}/{name}.json")
            self._finish_checkpoint(name)

    def _finish_checkpoint(self, name: str) -> None:
        """Remove what a checkpoint stands for, if it was committed."""
        checkpoint = self.checkpoint()
        if checkpoint and name_of(checkpoint) == name:
            stale = [each for each in self.storage.names(MANIFESTS) if is_within(each, name)]
            self.storage.delete([f"{MANIFESTS}/{each}" for each in stale])
            self.storage.delete([f"{COMPACTIONS}/{each}.json" for each in checkpoint.compactions])
            self.storage.sync(MANIFESTS)
        self._drop(name)

    # --- how -----------------------------------------------------------------------------------------------------

    def _stage_empty(self, receipt: Receipt, table: str) -> StagedFile:
        """A file without rows, so that globs over a table find one from the first commit on."""
        day = time.strftime("%Y-%m-%d", time.gmtime(receipt.now // 1_000_000))
        partition = TABLES[table].partition
        value = day if partition == "date" else day[:7]
        return self.stage(receipt.run_id, table, f"{partition}={value}", TABLES[table].schema.empty_table())

    def _has_files(self, table: str, files: Sequence[StagedFile]) -> bool:
        return any(file.table == table for file in files) or self.storage.exists(table)

    def _begun(self, run_id: str) -> Begun:
        path = f"{STAGING}/{run_id}/{BEGUN}"
        content = self.storage.read(path)
        if content is None:
            raise OSError(errno.ENOENT, "is no longer there", self.path(path))
        return Begun(**json.loads(content))

    def _create(self, run_id: str, files: Sequence[StagedFile], content: bytes, place: str) -> None:
        """Write a manifest where none is, by way of a draft in the staging area."""
        self._check_staged(run_id, files)
        draft = f"{STAGING}/{run_id}/{hashlib.sha256(content).hexdigest()[:16]}.json"
        self.storage.put(draft, content)
        self.storage.create(draft, place, self.epoch)

    def _check_staged(self, run_id: str, files: Sequence[StagedFile]) -> None:
        """Check that all is there that a manifest is about to promise."""
        sizes = self.storage.sizes(f"{STAGING}/{run_id}")
        for file in files:
            if sizes.get(file.staged) != file.bytes:
                message = f"{file.bytes} bytes were staged and are no longer there"
                raise OSError(errno.ENOENT, message, self.path(file.staged))

    def _finish(self, manifest: Manifest) -> None:
        """Move what is still staged, table after table in the readers' order; then the staging goes."""
        for table in TABLES:
            files = [file for file in manifest.files if file.table == table]
            for file in files:
                self.storage.make_folder(f"{table}/{file.partition}")
                self._move_into_place(file)
            for partition in sorted({file.partition for file in files}):
                self.storage.sync(f"{table}/{partition}")
            if files:
                self.storage.sync(table)
        self.storage.sync("")
        self._drop(manifest.run_id)

    def _move_into_place(self, file: StagedFile) -> None:
        """Move a staged file, unless that was done before, or is by another process that rolls the run forward."""
        place = f"{file.table}/{file.partition}/{file.name}"
        if not self.storage.move(file.staged, place) and not self.storage.exists(place):
            raise OSError(errno.ENOENT, "was committed and is neither staged nor in place", self.path(place))

    def _drop(self, run_id: str) -> None:
        """Remove a run's staging area; `_begun` first, so that what is left of it counts for nothing."""
        self.storage.delete_folder(f"{STAGING}/{run_id}", BEGUN)

    def _settle_format(self) -> None:
        """Write the format version into a new lake; refuse a newer one."""
        if not self.storage.exists(FORMAT) and not self.runs():
            folder = f"{STAGING}/{FORMAT}"  # one that `recover` drops
            self.storage.make_folder(folder)
            self.storage.put(f"{folder}/{FORMAT}", json.dumps({"format": FORMAT_VERSION}).encode())
            self.storage.move(f"{folder}/{FORMAT}", FORMAT)
            self.storage.sync("")
        self.check_format()

    def check_format(self) -> None:
        """Refuse a lake of a newer format, and one that does not say which it has.

        Raises:
            LakeUnwritable: says what to do.
        """
        path = f"{self.place}/{FORMAT}"
        content = self.storage.read(FORMAT)
        if content is None:
            raise LakeUnwritable(f'{path} is missing. It should read {{"format": 1}}.')
        try:
            found = int(json.loads(content)["format"])
        except (ValueError, KeyError, TypeError) as error:
            raise LakeUnwritable(f'{path} is damaged ({error}). It should read {{"format": 1}}.') from error
        if found > FORMAT_VERSION:
            raise LakeUnwritable(
                f"The lake {self.place} has format {found}, and this newsbeam knows {FORMAT_VERSION}. Upgrade newsbeam."
            )

    def _who_holds(self, holder: str) -> str:
        begun = self.begun()
        run = f", run {max(begun)}" if begun else ""
        return f"Another run ({holder}{run}) holds the lake {self.place}. Wait for it, or choose another lake."

    @contextlib.contextmanager
    def _reading(self, paths: Sequence[str] = ()) -> Iterator[None]:
        """Name the file at which reading failed; an error that no file explains is left as it is."""
        try:
            yield
        except (OSError, pa.ArrowInvalid) as error:
            if damaged := self.find_damaged(paths):
                raise damaged from error
            raise

    def find_damaged(self, paths: Sequence[str]) -> Optional[LakeUnwritable]:
        """Return what to say of the first of some data files that cannot be read from end to end.

        Raises:
            LakeUnwritable: it is the store that does not answer.
        """
        self.storage.exists(FORMAT)
        for path in paths:
            if path.endswith(f"/{NOTICE}") or not self.storage.exists(path.removeprefix(f"{self.root}/")):
                return Compacted(f"{path} is gone, as where the lake was compacted while it was read. Read it again.")
            if fault := self.fault(path):
                return LakeUnwritable(
                    f"{path} cannot be read ({fault}). Restore it from a backup, or move it out of the lake and go "
                    f"on without its rows. All that is damaged: newsbeam doctor --deep --lake {self.place}"
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
        except OSError as error:
            raise LakeUnwritable(
                f"The lake {self.place} cannot be written: {str(error).splitlines()[0]}. {_remedy(error)}"
            ) from error


def steadily(look: Callable[[], Result]) -> Result:
    """Return what a look at the lake finds, which is done again where files were compacted meanwhile."""
    for _ in range(LOOKS):
        with contextlib.suppress(Compacted):
            return look()
        time.sleep(LOOK_AGAIN_S)
    return look()


def _readable(table: str) -> pa.Schema:
    """Return the columns that readers find: those of the files, and the partition as text."""
    layout = TABLES[table]
    return layout.schema.append(pa.field(layout.partition, pa.string()))


def _remedy(error: OSError) -> str:
    """Say what to do about an error of the file system."""
    match error.errno:
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return "It is read-only for this user: mend the permissions or name another lake, then run again."
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return "There is no space left: free some, then run again; what was committed stands."
        case errno.ENOTDIR:
            return "A part of its path is no folder: name another place for the lake, then run again."
        case errno.ENOENT | errno.ESTALE:
            return "Something vanished under the run: check that the volume is mounted and that nothing cleans it."
    return "Mend that, then run again; what was committed stands."
