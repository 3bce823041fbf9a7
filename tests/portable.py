"""Beam's portable job service and worker pool, each a process that ends with whoever began it.

Beam has programs for both, but they do not tell which free port they took, and leave their workers behind when stopped.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from apache_beam.runners.portability.local_job_service import LocalJobServicer
from apache_beam.runners.worker.worker_pool_main import BeamFnExternalWorkerPoolServicer


def jobs() -> tuple[str, Any]:
    """Take jobs; return where, and what must be kept for as long."""
    service = LocalJobServicer()
    return f"localhost:{service.start_grpc_server()}", service


def workers() -> tuple[str, Any]:
    """Begin worker processes when asked; return where to ask, and what must be kept for as long."""
    address, server = BeamFnExternalWorkerPoolServicer.start(use_process=True)
    return address, server


@contextlib.contextmanager
def serving(name: str, log: Path) -> Iterator[str]:
    """Serve `jobs` or `workers` in a process of its own that logs to a file; give the address."""
    # -P: the folders of this one are no packages. The pool begins `python`, which has to be this one.
    line = [sys.executable, "-P", __file__, name]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            line,
            cwd=log.parent,
            env=os.environ | {"PATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as process,
    ):
        assert process.stdout
        yield process.stdout.readline().strip()
        process.communicate()  # closes its stdin, and waits


if __name__ == "__main__":
    place, kept = {"jobs": jobs, "workers": workers}[sys.argv[1]]()
    print(place, flush=True)
    sys.stdin.read()
