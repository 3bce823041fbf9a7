"""A run on a real engine into a lake on an object store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flink import Engine, Flink, flink
from minio import BUCKET, Minio
from test_batch import compare_corpus, compare_days, with_shared

pytestmark = [pytest.mark.cluster, pytest.mark.long, pytest.mark.timeout(7200)]


@pytest.fixture(name="cluster", scope="module")
def a_cluster_that_finds_the_store(store: Minio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flink]:
    with flink(tmp_path_factory.mktemp("flink")) as cluster:
        yield cluster


def test_a_bucket_holds_the_rows_of_a_folder(store: Minio, engine: Engine, tmp_path: Path) -> None:
    compare_days(tmp_path, engine, 2, f"s3://{BUCKET}/{engine[0]}")


@with_shared
def test_a_bucket_holds_the_rows_of_a_corpus(store: Minio, cluster: Flink, tmp_path: Path) -> None:
    engine = ("flink", [*cluster.options, "--parallelism=2"])
    compare_corpus(tmp_path, engine, f"s3://{BUCKET}/corpus")
