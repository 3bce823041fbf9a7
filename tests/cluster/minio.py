"""MinIO, an object store that speaks S3, as a process of its own on loopback.

    python tests/cluster/minio.py      # builds it, once: 5 to 10 minutes on two cores

It is built from the Go module proxy into the folder of engines, which is no part of the repository.
"""

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import obstore
import pytest
from obstore.exceptions import BaseError
from obstore.store import S3Store

ENGINES = Path(os.environ.get("NEWSBEAM_ENGINES") or Path(__file__).parents[2] / ".engines")
PROGRAM = ENGINES / "bin" / "minio"
MODULE = "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c"

BUCKET = "lakes"


def install() -> None:
    """Build the server where it is missing."""
    if not PROGRAM.exists():
        built = ENGINES / "bin" / f"{os.getpid()}"
        subprocess.run(["go", "install", MODULE], env={**os.environ, "GOBIN": str(built)}, check=True, timeout=3_600)
        (built / "minio").rename(PROGRAM)
        built.rmdir()


class Minio(NamedTuple):
    """A server that can be stopped and started again over the same objects."""

    folder: Path
    port: int
    key: str
    secret: str

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to reach it."""
        return {
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_REGION": "us-east-1",
        }

    @contextlib.contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run the server until the block ends."""
        address = ["--address", f"127.0.0.1:{self.port}", "--console-address", "127.0.0.1:0"]
        account = {"MINIO_ROOT_USER": self.key, "MINIO_ROOT_PASSWORD": self.secret, "MINIO_BROWSER": "off"}
        folder = self.folder / "objects"
        (folder / BUCKET).mkdir(parents=True, exist_ok=True)
        with (self.folder / "log").open("ab") as log:
            server = subprocess.Popen(
                [PROGRAM, "server", *address, str(folder)], env={**os.environ, **account}, stdout=log, stderr=log
            )
            try:
                self._wait(server)
                yield server
            finally:
                server.kill()
                server.wait()

    def _wait(self, server: subprocess.Popen[bytes]) -> None:
        """Return once it answers with what it has."""
        for _ in range(600):
            if server.poll() is not None:
                raise AssertionError(f"MinIO ended: {(self.folder / 'log').read_text()[-2_000:]}")
            with contextlib.suppress(BaseError):
                obstore.list_with_delimiter(self.store(), "")
                return
            time.sleep(0.1)
        raise AssertionError("MinIO does not answer.")

    def store(self) -> S3Store:
        """Return the bucket, as a test looks into it."""
        return S3Store(
            BUCKET,
            endpoint=f"http://127.0.0.1:{self.port}",
            region="us-east-1",
            access_key_id=self.key,
            secret_access_key=self.secret,
            client_options={"allow_http": True},
            retry_config={"max_retries": 0},
        )


def make_minio(folder: Path) -> Minio:
    """Return a server that is not running yet, with credentials of its own; the calling test is skipped without one."""
    if not PROGRAM.exists():
        pytest.skip(f"MinIO is not installed: python {Path(__file__).relative_to(Path.cwd())}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return Minio(folder, port, f"key-{secrets.token_hex(8)}", secrets.token_hex(16))


if __name__ == "__main__":
    install()
    sys.stdout.write(f"{PROGRAM}\n")
