"""A lake as it was after one of its runs, by what the manifests say.

A run only adds files, so the rows of most tables are those of the files that were committed until then; where these
were compacted since, those of the files that replaced them, less the rows of later runs. Items and polls that were let
go by `compact --keep-days` are no more. Files of `events` are replaced whole: of an event that a later run wrote again,
what never changes and the history until then are known, and the rest is not.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.fs import FileType

from schemas.cameo import derive
from schemas.reject import ConfigurationError, LakeUnwritable
from transforms.store.lake import Lake
from transforms.store.manifest import path_of

#: What no run changes of an event, and its history, which runs only add to.
KEPT = ["event_id", "type", "mode", "month", "status_history"]


class Past(NamedTuple):
    """Which runs were committed, and their files."""

    runs: Sequence[str]  # in the order of their commits
    later: Sequence[str]  # runs whose rows do not count, where files hold some
    files: Mapping[str, Sequence[str]]  # paths of each table's files


def find_runs(lake: Lake, wanted: str) -> list[str]:
    """Return the committed runs that have the id `wanted`: one, the parts of one that was cut into chunks, or none."""
    return [each for each in lake.runs() if re.fullmatch(rf"{re.escape(wanted)}(-\d{{4}})?", each)]


def runs_called(lake: Lake, wanted: str, option: str) -> list[str]:
    """Return the committed runs that `wanted` names: one, or the parts of one that was cut into chunks.

    Raises:
        ConfigurationError: there is none; names `option`.
    """
    found = find_runs(lake, wanted)
    if not found:
        committed = lake.runs()
        newest = f"; the newest is {committed[-1]}" if committed else ""
        raise ConfigurationError(
            f"{option} {wanted}: no such run was committed in this lake{newest}. `newsbeam status` lists the last ones."
        )
    return found


def as_of(lake: Lake, wanted: str) -> Past:
    """Return the lake after a run.

    Raises:
        ConfigurationError: no such run was committed.
        LakeUnwritable: a manifest is damaged, or a file is not in place.
    """
    last = set(runs_called(lake, wanted, "--as-of"))
    manifests = sorted(filter(None, map(lake.manifest, lake.runs())), key=lambda each: each.sequence)
    end = max(at for at, each in enumerate(manifests, start=1) if each.run_id in last)
    compactions = lake.compactions()
    gone = {path for each in compactions for path in (*each.replaced, *each.expired)}
    files: dict[str, dict[str, None]] = {}
    committed = [file for each in manifests[:end] for file in each.files]
    for file in [*committed, *(file for each in compactions for file in each.files)]:
        if path_of(file) not in gone:
            files.setdefault(file.table, {})[lake.path(path_of(file))] = None
    _check_in_place(lake, [path for paths in files.values() for path in paths])
    return Past(
        runs=[each.run_id for each in manifests[:end]],
        later=[each.run_id for each in manifests[end:]] if compactions else [],
        files={table: list(paths) for table, paths in files.items()},
    )


def _check_in_place(lake: Lake, paths: Sequence[str]) -> None:
    for info in lake.filesystem.get_file_info(list(paths)):
        if info.type != FileType.File:
            raise LakeUnwritable(
                f"{info.path} was committed and is not in place. What to do: newsbeam doctor --lake {lake.place}"
            )


def cut_back(events: pa.Table, runs: Collection[str]) -> pa.Table:
    """Return rows of `events` as far as they are known to have stood after `runs`.

    A row that one of them wrote last is whole. Of one that was written again, the id, the month, type, mode, history,
    status and what follows from these are kept; all else is null. An event that was first reported later has no row.
    """
    whole = pc.is_in(events["run_id"], pa.array(runs, pa.string()))
    later = events.filter(pc.invert(whole))
    known = frozenset(runs)
    rows = [_cut(row, known) for row in later.select(KEPT).to_pylist()]
    kept = pa.Table.from_pylist([row for row in rows if row["status_history"]], schema=events.schema)
    return pa.concat_tables([events.filter(whole), kept])


def _cut(row: Mapping[str, Any], runs: Collection[str]) -> dict[str, Any]:
    history = [change for change in row["status_history"] if change["run_id"] in runs]
    if not history:
        return {"status_history": []}
    status = history[-1]["status"]
    derived = derive(row["type"], row["mode"], status)
    return {**row, "status_history": history, "status": status, **derived._asdict()}
