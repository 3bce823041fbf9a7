"""One file in the place of the manifests of runs that nobody tells apart any more.

A manifest says of one run which files it published. Of runs before some moment a checkpoint says it of all together:
how many they were, and which of their files stand. Its name begins with that moment, so that a listing of the manifests
tells which runs are in it.
"""

import json
from collections.abc import Sequence
from typing import NamedTuple, Optional

from schemas.ids import stamp
from schemas.run import StagedFile
from transforms.store.manifest import Compaction, Manifest, files_of, known_fields, path_of

#: What a checkpoint's name ends with.
CHECKPOINT = "-checkpoint"


class Checkpoint(NamedTuple):
    """What runs before a moment, and compactions of their files, have left."""

    before: int  # logical time, µs, of whole seconds: runs that are earlier are in it
    now: int  # by the machine's clock, µs
    runs: int  # how many these were
    files: Sequence[StagedFile]  # those of theirs that stood
    compactions: Sequence[str]  # ids of those that are in it and were not in the one before
    software_version: str


def checkpoint_of(content: bytes) -> Checkpoint:
    """Return the checkpoint that `content` is; fields that a later version added are left out."""
    stored = json.loads(content)
    return Checkpoint(**{**known_fields(Checkpoint, stored), "files": files_of(stored)})


def name_of(checkpoint: Checkpoint) -> str:
    return f"{stamp(checkpoint.before)}{CHECKPOINT}"


def is_within(run_id: str, name: str) -> bool:
    """Say whether a run is one of those in the checkpoint of that name, "" where there is none.

    >>> is_within("20260301T060000Z-0123abcd", "20260302T000000Z-checkpoint")
    True
    """
    return run_id < name.removesuffix(CHECKPOINT)


def fold(
    previous: Optional[Checkpoint],
    manifests: Sequence[Manifest],
    compactions: Sequence[Compaction],
    *,
    before: int,
    now: int,
    software_version: str,
) -> Checkpoint:
    """Return the checkpoint of all runs before a moment.

    A compaction is in it once no run that keeps its manifest names a file that it replaced; until then, that run can
    be told only by it.

    Args:
        manifests: of runs in no checkpoint yet, those of `before` and later among them.
        compactions: in no checkpoint yet, in the order of their commits.
    """
    name = stamp(before)
    over = sorted((each for each in manifests if each.run_id < name), key=lambda each: each.sequence)
    within = _settled(compactions, [each for each in manifests if each.run_id >= name])
    told = list(previous.files) if previous else []
    for each in over:
        told += each.files
    for compaction in within:
        told += compaction.files
    gone = {path for each in within for path in (*each.replaced, *each.expired)}
    stands = {path_of(file): file for file in told if path_of(file) not in gone}  # of one path, the last
    return Checkpoint(
        before=before,
        now=now,
        runs=len(over) + (previous.runs if previous else 0),
        files=[stands[path] for path in sorted(stands)],
        compactions=[each.compaction_id for each in within],
        software_version=software_version,
    )


def _settled(compactions: Sequence[Compaction], manifests: Sequence[Manifest]) -> list[Compaction]:
    """Return the compactions that replaced no file that a manifest names, nor one of a compaction that did."""
    held = {path_of(file) for each in manifests for file in each.files}
    settled: list[Compaction] = []
    for each in compactions:
        if held.isdisjoint((*each.replaced, *each.expired)):
            settled.append(each)
        else:
            held.update(map(path_of, each.files))
    return settled
