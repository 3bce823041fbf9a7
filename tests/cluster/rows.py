"""One run after the other into two lakes, here and on a cluster, and whether they hold the same rows."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from children import begin
from readers import hashes

from transforms.store.lake import Lake

#: Seconds that a run may take before it is taken for stuck.
LIMIT_S = 3_600


def newsbeam(folder: Path, lake: str, now: str, runner: str = "local", options: Sequence[str] = ()) -> dict[str, Any]:
    """Do one run of `sources.toml` in a process of its own; return its receipt."""
    arguments = ["run", "sources.toml", "--lake", lake, "--now", now, "--runner", runner, "--json", "--", *options]
    with begin(*arguments, folder=folder) as child:
        try:
            out, err = child.communicate(timeout=LIMIT_S)
        finally:
            child.kill()
    assert child.returncode == 0, err
    return json.loads(out)


def check_same_rows(here: Path | str, there: Path | str) -> None:
    """Check that two lakes hold the same rows, table by table."""
    assert hashes(Lake.open(str(there))) == hashes(Lake.open(str(here)))
