"""A certificate for 127.0.0.1 that only its own makers vouch for."""

import ssl
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

MAKE = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key -out pem"
SUBJECT = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")


class Certificate(NamedTuple):
    """Files in PEM."""

    file: str
    key: str

    def server(self) -> ssl.SSLContext:
        """Return the context of a server that shows it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.key)
        return context


def make_certificate(folder: Path, *options: str) -> Certificate:
    """Return a certificate made in a folder; tests that want one are skipped where openssl is not installed."""
    try:
        subprocess.run([*MAKE.split(), *SUBJECT, *options], cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    return Certificate(str(folder / "pem"), str(folder / "key"))
