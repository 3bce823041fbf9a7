"""A lake as it was after one of its runs, by what the manifests say.

A run only adds files, so the rows of most tables are those of the files that were committed until then; where these
were compacted since, those of the files that replaced them, less the rows of later runs. Items, polls and rejects that
were let go by `compact --keep-days` are no more, and the runs of those days can no longer be told apart. Files of
`events` are replaced whole: of an event that a later run wrote again, what never changes and the history until then are
known, and the rest is not.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.fs import FileType

from schemas.cameo import derive
from schemas.ids import time_of
from schemas.reject import ConfigurationError, LakeUnwritable
from transforms.store.checkpoint import is_within, name_of
from transforms.store.lake import Compacted, Lake, steadily
from transforms.store.manifest import path_of

#: What no run changes of an event, and its history, which runs only add to.
KEPT = ["event_id", "type", "mode", "month", "status_history"]


class Past(NamedTuple):
    """Which runs count, and their files."""

    checkpoint: str  # whose runs count too, "" where there is none
    runs: frozenset[str]
    later: Sequence[str]  # runs whose rows do not count, where files hold some
    files: Mapping[str, Sequence[str]]  # paths of each table's files

    def counts(self, run_id: str) -> bool:
        return run_id in self.runs or is_within(run_id, self.checkpoint)


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
        if time_of(wanted) and is_within(wanted, lake.last_checkpoint()):
            raise ConfigurationError(
                f"{option} {wanted}: of runs before {committed[0]} this lake keeps no manifests, as `newsbeam compact "
                "--keep-days` was told. What they published is still there; which of them it was, rows say in `run_id`."
            )
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
    return steadily(lambda: _as_of(lake, wanted))


def _as_of(lake: Lake, wanted: str) -> Past:
    last = set(runs_called(lake, wanted, "--as-of"))
    checkpoint = lake.checkpoint()
    manifests = sorted(filter(None, map(lake.manifest, lake.runs())), key=lambda each: each.sequence)
    end = max((at for at, each in enumerate(manifests, start=1) if each.run_id in last), default=0)
    compactions = lake.compactions()
    if not end or lake.last_checkpoint() != (name_of(checkpoint) if checkpoint else ""):
        raise Compacted(f"The manifests of {lake.place} were put together while they were read. Read them again.")
    gone = {path for each in compactions for path in (*each.replaced, *each.expired)}
    files: dict[str, dict[str, None]] = {}
    committed = [*(checkpoint.files if checkpoint else ()), *(file for each in manifests[:end] for file in each.files)]
    for file in [*committed, *(file for each in compactions for file in each.files)]:
        if path_of(file) not in gone:
            files.setdefault(file.table, {})[lake.path(path_of(file))] = None
    _check_in_place(lake, [path for paths in files.values() for path in paths])
    return Past(
        checkpoint=name_of(checkpoint) if checkpoint else "",
        runs=frozenset(each.run_id for each in manifests[:end]),
        later=[each.run_id for each in manifests[end:]] if compactions else [],
        files={table: list(paths) for table, paths in files.items()},
    )


def _check_in_place(lake: Lake, paths: Sequence[str]) -> None:
    for info in lake.filesystem.get_file_info(list(paths)):
        if info.type != FileType.File:
            raise LakeUnwritable(
                f"{info.path} was committed and is not in place. What to do: newsbeam doctor --lake {lake.place}"
            )


def cut_back(events: pa.Table, counts: Callable[[str], bool]) -> pa.Table:
    """Return rows of `events` as far as they are known to have stood after the runs that count.

    A row that one of them wrote last is whole. Of one that was written again, the id, the month, type, mode, history,
    status and what follows from these are kept; all else is null. An event that was first reported later has no row.
    """
    whole = pc.is_in(events["run_id"], pa.array(filter(counts, pc.unique(events["run_id"]).to_pylist()), pa.string()))
    later = events.filter(pc.invert(whole))
    rows = [_cut(row, counts) for row in later.select(KEPT).to_pylist()]
    kept = pa.Table.from_pylist([row for row in rows if row["status_history"]], schema=events.schema)
    return pa.concat_tables([events.filter(whole), kept])


def _cut(row: Mapping[str, Any], counts: Callable[[str], bool]) -> dict[str, Any]:
    history = [change for change in row["status_history"] if counts(change["run_id"])]
    if not history:
        return {"status_history": []}
    status = history[-1]["status"]
    derived = derive(row["type"], row["mode"], status)
    return {**row, "status_history": history, "status": status, **derived._asdict()}
