"""What says that a run or a compaction is committed: records, and as JSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, get_type_hints

from schemas.run import Receipt, Source, StagedFile


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


class Compaction(NamedTuple):
    """Files of a table that became fewer, or whose time is over. Paths are below the lake."""

    compaction_id: str
    now: int  # by the machine's clock, µs
    files: Sequence[StagedFile]  # that are new
    replaced: Sequence[str]  # whose rows are in `files`
    expired: Sequence[str]  # whose rows are gone
    software_version: str


def content_of(record: NamedTuple) -> bytes:
    """Return what is committed as JSON."""
    return json.dumps(_plain(record), indent=1).encode()


def manifest_of(content: bytes) -> Manifest:
    """Return the manifest that `content` is; fields that a later version added are left out."""
    stored = json.loads(content)
    return Manifest(
        **{
            **known_fields(Manifest, stored),
            "files": files_of(stored),
            "receipt": Receipt(**known_fields(Receipt, stored["receipt"])),
            "sources": [Source(**known_fields(Source, each)) for each in stored["sources"]],
        }
    )


def compaction_of(content: bytes) -> Compaction:
    """Return the compaction that `content` is; fields that a later version added are left out."""
    stored = json.loads(content)
    return Compaction(**{**known_fields(Compaction, stored), "files": files_of(stored)})


def path_of(file: StagedFile) -> str:
    """Return where a file lies, below the lake."""
    return f"{file.table}/{file.partition}/{file.name}"


class Switch(NamedTuple):
    """What changes in one partition, at once."""

    folder: str
    adds: dict[str, str]  # name by staged path
    removes: Sequence[str]  # names


def switches(compaction: Compaction) -> list[Switch]:
    """Return what a compaction changes, partition after partition."""
    gone = [path.rpartition("/") for path in (*compaction.replaced, *compaction.expired)]
    folders = sorted({folder for folder, _, _ in gone})
    return [
        Switch(
            folder,
            {file.staged: file.name for file in compaction.files if path_of(file) == f"{folder}/{file.name}"},
            sorted(name for place, _, name in gone if place == folder),
        )
        for folder in folders
    ]


def files_of(stored: Mapping[str, Any]) -> list[StagedFile]:
    """Return the files that stored JSON names."""
    return [StagedFile(**known_fields(StagedFile, each)) for each in stored["files"]]


def known_fields(kind: type, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stored JSON says of the fields of a record."""
    return {name: stored[name] for name in get_type_hints(kind) if name in stored}


def _plain(value: Any) -> Any:
    if hasattr(value, "_asdict"):
        return {name: _plain(each) for name, each in value._asdict().items()}
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value
