"""A certificate for an address of loopback that only its own makers vouch for."""

import ssl
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

MAKE = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key -out pem"


class Certificate(NamedTuple):
    """Files in PEM."""

    file: str
    key: str

    def server(self) -> ssl.SSLContext:
        """Return the context of a server that shows it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.key)
        return context


def make_certificate(folder: Path, *options: str, address: str = "127.0.0.1") -> Certificate:
    """Return a certificate for an address, made in a folder; its tests are skipped where openssl is not installed."""
    try:
        subject = ("-subj", f"/CN={address}", "-addext", f"subjectAltName=IP:{address}")
        subprocess.run([*MAKE.split(), *subject, *options], cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    return Certificate(str(folder / "pem"), str(folder / "key"))
