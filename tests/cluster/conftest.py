"""The engines that tests run on. Its place puts this folder on the path; the sample newsroom is put there too."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

from flink import Engine, Flink, flink
from minio import Minio, make_minio
from spark import spark
from streaming import prism


@pytest.fixture(name="store", scope="module")
def an_object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Minio]:
    """A MinIO that every process finds which is begun while it is there: their environment names it."""
    store = make_minio(tmp_path_factory.mktemp("store"))
    with pytest.MonkeyPatch.context() as patch, store.running():
        for name, value in store.environment.items():
            patch.setenv(name, value)
        yield store


@pytest.fixture(name="cluster", scope="module")
def a_flink_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flink]:
    with flink(tmp_path_factory.mktemp("flink")) as cluster:
        yield cluster


@pytest.fixture(name="spark", scope="module")
def a_spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    with spark(tmp_path_factory.mktemp("spark")) as options:
        yield options


@pytest.fixture(name="engine", params=["flink", "prism"])
def an_engine(request: pytest.FixtureRequest) -> Engine:
    """Return an engine that streams too."""
    if request.param == "prism":
        return prism()
    cluster: Flink = request.getfixturevalue("cluster")
    return "flink", [*cluster.options, "--parallelism=2"]


@pytest.fixture(name="batch_engine", params=["flink", "prism", pytest.param("spark", marks=pytest.mark.long)])
def a_batch_engine(request: pytest.FixtureRequest) -> Engine:
    match request.param:
        case "prism":
            return prism()
        case "spark":
            return "spark", request.getfixturevalue("spark")
    return "flink", [*request.getfixturevalue("cluster").options, "--parallelism=2"]
