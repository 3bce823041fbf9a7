"""Its place puts this folder on the path: tests import `records`, `killing` and the like by their bare names."""

import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from certificates import Certificate, make_certificate
from cluster.minio import BUCKET, Minio, make_minio
from googlestore import google
from hypothesis import settings

# How long an example takes says what else the machine does.
settings.register_profile("newsbeam", deadline=None)
settings.load_profile("newsbeam")

# The folders tests/schemas and tests/transforms would else hide the installed packages of these names.
sys.path.insert(0, str(Path(__file__).parents[1]))


@pytest.fixture(scope="session")
def minio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Minio]:
    """Give a running object store; tests that need one are skipped where it is not installed."""
    server = make_minio(tmp_path_factory.mktemp("minio"))
    with server.running():
        yield server


@pytest.fixture(name="certificate", scope="session")
def a_certificate_that_nobody_vouches_for(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"), "-days", "2")


@pytest.fixture
def bucket(minio: Minio, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the address of a new lake on the object store, which this process is told how to reach."""
    for name, value in minio.environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}/{uuid.uuid4().hex}/lake"


@pytest.fixture
def google_bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the address of a new lake on what stands in for Google's store."""
    with google() as place:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", place)
        yield f"gs://{BUCKET}/lake"


@pytest.fixture(params=["bucket", "google_bucket"])
def either_bucket(request: pytest.FixtureRequest) -> str:
    """Return the address of a new lake, on one store and on the other."""
    return str(request.getfixturevalue(request.param))
