"""doctor: what is wrong with a lake, and what to do about it.

It only reads, and holds no lock while it does, so that it can look at a lake in which a run is at work. Tables are
listed before manifests are read: a file that is in place then is named by one of them.
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Optional

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.fs import FileInfo, FileSelector, FileType

from schemas.ids import time_of
from schemas.reject import ConfigurationError, LakeUnwritable
from schemas.run import StagedFile
from schemas.tables import TABLES
from transforms.store.checkpoint import CHECKPOINT
from transforms.store.lake import BEGUN, COMPACTIONS, FORMAT, MANIFESTS, STAGING, Compacted, Lake, steadily
from transforms.store.manifest import Compaction, Manifest, path_of
from transforms.store.storage import NOTICE

RESTORE = "Restore it from a backup."


class Finding(NamedTuple):
    """One thing that a person should know of a lake."""

    severity: str  # mend: runs or readers go wrong until it is mended | note: nothing has to be done
    where: str  # path below the lake; "." for the lake itself
    what: str
    fix: str


class Expected(NamedTuple):
    """A file in a table as the last run that wrote it left it."""

    sequence: int  # of that run
    file: StagedFile


class Ledger(NamedTuple):
    """What the manifests of a lake say together."""

    runs: Sequence[str]  # ids of those whose manifests can be read
    earlier: int  # runs in a checkpoint
    others: Sequence[str]  # ids of compactions and of the checkpoint
    damaged: Sequence[Finding]  # manifests that cannot
    expected: dict[str, Expected]  # by path below the lake
    gone: Collection[str]  # paths of files that compactions replaced or let go
    largest_bytes: int  # of one run's files


class Examination(NamedTuple):
    """What was looked at, and what was found."""

    runs: int
    files: int  # in tables
    bytes: int
    deep: bool  # were read whole
    findings: Sequence[Finding]

    @property
    def sound(self) -> bool:
        return all(finding.severity != "mend" for finding in self.findings)


def examine(lake: Lake, now: int, *, deep: bool = False) -> Examination:
    """Return all findings, those to be mended first.

    Args:
        now: the machine's time, µs.
        deep: compare the hash of every file, which reads all of the lake.

    Raises:
        ConfigurationError: there is no lake.
        LakeUnwritable: it cannot be listed.
    """
    try:
        if not _exists(lake, FORMAT) and not _exists(lake, MANIFESTS):
            raise ConfigurationError(
                f"There is no lake in {lake.place}. If there was one, check that its volume is mounted."
            )
        present = list_tables(lake)
        ledger = steadily(lambda: read_ledger(lake))
        findings = [
            *check_format(lake),
            *check_space(lake, ledger),
            *check_clock(ledger, now),
            *ledger.damaged,
            *check_files(lake, ledger, present, deep=deep),
            *check_strays(lake, ledger, present),
            *check_staging(lake, ledger),
            *check_lock(lake),
        ]
    except OSError as error:
        raise LakeUnwritable(f"The lake {lake.place} cannot be read: {error}. Mend that, and look again.") from error
    total = sum(info.size for info in present.values())
    ordered = sorted(findings, key=lambda finding: finding.severity != "mend")
    return Examination(len(ledger.runs) + ledger.earlier, len(present), total, deep, ordered)


# What is there, and what should be


def list_tables(lake: Lake) -> dict[str, FileInfo]:
    """Return every file below the tables' folders, by its path below the lake."""
    found: dict[str, FileInfo] = {}
    for table in TABLES:
        selector = FileSelector(lake.path(table), recursive=True, allow_not_found=True)
        for info in lake.filesystem.get_file_info(selector):
            if info.type == FileType.File:
                found[info.path.removeprefix(f"{lake.root}/")] = info
    return found


def read_ledger(lake: Lake) -> Ledger:
    """Read every manifest. Of a file that several runs wrote, as those of events, the last run's counts.

    Raises:
        Compacted: manifests were put together meanwhile.
    """
    runs: list[str] = []
    damaged: list[Finding] = []
    last = lake.last_checkpoint()
    earlier, expected = _checkpoint(lake, last, damaged)
    largest = 0
    for run_id in lake.runs():
        manifest = _manifest(lake, run_id)
        if isinstance(manifest, Finding):
            damaged.append(manifest)
            continue
        runs.append(run_id)
        largest = max(largest, sum(file.bytes for file in manifest.files))
        for file in manifest.files:
            path = path_of(file)
            if path not in expected or expected[path].sequence < manifest.sequence:
                expected[path] = Expected(manifest.sequence, file)
    compactions = _compactions(lake, damaged)
    if lake.last_checkpoint() != last:
        raise Compacted(f"The manifests of {lake.place} were put together while they were read. Read them again.")
    expected |= {path_of(file): Expected(0, file) for each in compactions for file in each.files}
    gone = {path for each in compactions for path in (*each.replaced, *each.expired)}
    stands = {path: each for path, each in expected.items() if path not in gone}
    others = [*(each.compaction_id for each in compactions), *filter(None, [last])]
    return Ledger(runs, earlier, others, damaged, stands, gone, largest)


def _checkpoint(lake: Lake, name: str, damaged: list[Finding]) -> tuple[int, dict[str, Expected]]:
    """Return how many runs are in the newest checkpoint, and the files that it says of them."""
    try:
        checkpoint = lake.checkpoint()
    except LakeUnwritable as error:
        damaged.append(Finding("mend", f"{MANIFESTS}/{name}.json", str(error), "What is found about files may follow."))
        return 0, {}
    if checkpoint is None:
        return 0, {}
    return checkpoint.runs, {path_of(file): Expected(0, file) for file in checkpoint.files}


def _compactions(lake: Lake, damaged: list[Finding]) -> Sequence[Compaction]:
    try:
        return lake.compactions()
    except LakeUnwritable as error:
        damaged.append(Finding("mend", COMPACTIONS, str(error), "What is found about files may follow from it."))
        return []


def _manifest(lake: Lake, run_id: str) -> Manifest | Finding:
    """Return a run's manifest, or what is wrong with it."""
    where = f"{MANIFESTS}/{run_id}.json"
    fix = f"{RESTORE} Its rows are in place; only what the run says of itself is lost."
    try:
        manifest = lake.manifest(run_id)
    except (LakeUnwritable, OSError) as error:
        return Finding("mend", where, f"cannot be read ({error.__cause__ or error}).", fix)
    if manifest is None or manifest.run_id != run_id:
        return Finding("mend", where, "is not the manifest of that run.", fix)
    return manifest


# The checks


def check_format(lake: Lake) -> Iterator[Finding]:
    """Find a format that this version does not write."""
    try:
        lake.check_format()
    except LakeUnwritable as error:
        what, _, fix = str(error).rpartition(". ")
        yield Finding("mend", FORMAT, f"{what}.", fix)


def check_space(lake: Lake, ledger: Ledger) -> Iterator[Finding]:
    """Find what would keep the next run from writing: rights, or less space than a run took before."""
    for name in lake.storage.unwritable(["", MANIFESTS, STAGING, *TABLES]):
        fix = "Mend its permissions, or mount it writable."
        yield Finding("mend", name or ".", "cannot be written by this user.", fix)
    free = lake.storage.free_bytes()
    if free is not None and free < ledger.largest_bytes:
        what = f"has {free:,} bytes of space left, and one of its runs took {ledger.largest_bytes:,}."
        yield Finding("mend", ".", what, "Free some space before the next run.")


def check_clock(ledger: Ledger, now: int) -> Iterator[Finding]:
    """Find a run that is later than the clock: until the clock has passed it, runs are refused."""
    newest = max(ledger.runs, default="")
    if time_of(newest) > now:
        what = f"is the newest run, and this machine's clock says {_time(now)}."
        fix = "Set the clock right. If it is, give runs a --now within a day after that one, or begin a new lake."
        yield Finding("mend", f"{MANIFESTS}/{newest}.json", what, fix)


def check_files(lake: Lake, ledger: Ledger, present: dict[str, FileInfo], *, deep: bool) -> Iterator[Finding]:
    """Find files that are not as their run committed them."""
    for path, (_, file) in sorted(ledger.expected.items()):
        if _size(lake, file.staged) == file.bytes:
            continue  # committed and still to be moved
        info = present[path] if path in present else lake.filesystem.get_file_info(lake.path(path))
        if info.type == FileType.NotFound:
            fix = f"{RESTORE} Without one, its {file.rows:,} rows are lost, and readers go on without them."
            yield Finding("mend", path, f"is missing; run {file.run_id} committed it.", fix)
        elif what := damage(lake, path, info, file, deep=deep):
            if ledger.damaged and not file.name.startswith(file.run_id) and not lake.fault(lake.path(path)):
                continue  # a run whose manifest cannot be read may have replaced it
            fix = f"{RESTORE} Without one, move it out of the lake: readers then go on without its {file.rows:,} rows."
            yield Finding("mend", path, what, fix)


def damage(lake: Lake, path: str, info: FileInfo, file: StagedFile, *, deep: bool) -> str:
    """Return how a file differs from what was committed; "" where it does not."""
    if info.size != file.bytes:
        return f"has {info.size:,} bytes, and run {file.run_id} committed {file.bytes:,}."
    if deep:
        with lake.filesystem.open_input_stream(lake.path(path)) as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if digest != file.sha256:
            return f"has other content than run {file.run_id} committed."
    try:
        rows = pq.read_metadata(lake.path(path), filesystem=lake.filesystem).num_rows
    except (OSError, pa.ArrowInvalid) as error:
        return f"cannot be read as Parquet ({_first_line(error)})."
    return "" if rows == file.rows else f"has {rows:,} rows, and run {file.run_id} committed {file.rows:,}."


def check_strays(lake: Lake, ledger: Ledger, present: dict[str, FileInfo]) -> Iterator[Finding]:
    """Find files in tables that no run has committed, or that were replaced."""
    if any(CHECKPOINT in each.where for each in ledger.damaged):
        return  # it is what says of most files that they were committed
    unfinished = not set(lake.storage.names(STAGING)).isdisjoint(ledger.others)
    for path in sorted(present.keys() - ledger.expected.keys()):
        name = path.rpartition("/")[2]
        if name == NOTICE or (path in ledger.gone and unfinished):
            what = "is being replaced: a compaction is at work, or was left half-way."
            yield Finding("note", path, what, "Nothing has to be done: the next run finishes it.")
        elif name.startswith((".", "_")):
            yield Finding("note", path, "is no file of a run.", "Nothing has to be done: readers pass over such names.")
        elif not any(name.startswith(Path(each.where).stem) for each in ledger.damaged):
            fix = "Move it out of the table: readers take it for published rows, or stumble over it."
            yield Finding("mend", path, "is in a table, and no run has committed it.", fix)


def check_staging(lake: Lake, ledger: Ledger) -> Iterator[Finding]:
    """Find runs that were begun and not finished, and say what the next run will do with them."""
    selector = FileSelector(lake.path(STAGING), allow_not_found=True)
    for run_id in sorted(info.base_name for info in lake.filesystem.get_file_info(selector)):
        where = f"{STAGING}/{run_id}"
        if not _exists(lake, f"{where}/{BEGUN}"):
            yield Finding("note", where, "is what was left of a run.", "Nothing has to be done: the next run drops it.")
        elif run_id in ledger.runs or run_id in ledger.others:
            what = "was committed, and some of its files are still to be moved into place."
            yield Finding("note", where, what, "Nothing has to be done: the next run finishes it.")
        elif _exists(lake, f"{MANIFESTS}/{run_id}.json"):
            yield Finding("mend", where, "was committed by a manifest that cannot be read.", "Restore the manifest.")
        else:
            what = "was begun and is not committed."
            yield Finding("note", where, what, "Nothing has to be done: the next run drops it and takes all up again.")


def check_lock(lake: Lake) -> Iterator[Finding]:
    """Find a run that is at work."""
    if (holder := lake.storage.holder()) is not None:
        what = f"is held by {holder}: a run is at work."
        yield Finding("note", ".", what, "What is found about its files may pass: look again when it has ended.")


# What is said of it


def describe(finding: Finding) -> str:
    """Return a finding on one line."""
    return f"{finding.severity}  {finding.where} {finding.what} {finding.fix}"


def verdict(found: Examination) -> str:
    """Return the whole in one sentence."""
    wrong = sum(finding.severity == "mend" for finding in found.findings)
    by = "hash" if found.deep else "size and footer; --deep reads them whole"
    looked = f"runs looked at: {found.runs:,}, files: {found.files:,} of {found.bytes:,} bytes, by {by}."
    return f"{'Sound' if found.sound else f'{wrong:,} to mend'}; {looked}"


def as_json(found: Examination) -> dict[str, object]:
    """Return an examination as `doctor --json` prints it."""
    findings = [finding._asdict() for finding in found.findings]
    return {"sound": found.sound, **found._asdict(), "findings": findings}


def _exists(lake: Lake, path: str) -> bool:
    return lake.storage.exists(path)


def _size(lake: Lake, path: str) -> Optional[int]:
    return lake.filesystem.get_file_info(lake.path(path)).size


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")


def _time(now: int) -> str:
    return f"{datetime.fromtimestamp(now // 1_000_000, UTC):%Y-%m-%dT%H:%MZ}"
