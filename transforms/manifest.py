"""The manifest of a committed run, as a record and as JSON."""

import json
from collections.abc import Sequence
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


def content_of(manifest: Manifest) -> bytes:
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


def manifest_of(content: bytes) -> Manifest:
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
