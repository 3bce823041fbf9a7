"""Beam's job server for Spark on loopback, with a Spark of its own process inside, and a pool of Python workers."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import install
from java import java
from pool import pool
from processes import ended, free_ports, listens

#: Spark would else show its state at every address of the machine.
LOOPBACK = ("-Dspark.ui.enabled=false", "-Dspark.driver.host=127.0.0.1", "-Dspark.driver.bindAddress=127.0.0.1")


@contextlib.contextmanager
def spark(folder: Path, slots: int = 2) -> Iterator[list[str]]:
    """Run a job server for as long as the block takes; give what stands behind `--` of a run on it."""
    jobs, artifacts, expansion, workers = free_ports(4)
    server = java(
        folder / "job-server.log",
        [f"{install.place('spark-job-server')}/*"],
        "org.apache.beam.runners.spark.SparkJobServerDriver",
        [
            f"--spark-master-url=local[{slots}]", f"--job-port={jobs}", f"--artifact-port={artifacts}",
            f"--expansion-port={expansion}", f"--artifacts-dir={folder}/artifacts",
        ],
        LOOPBACK,
    )  # fmt: skip
    begun = pool(folder / "pool.log", f"127.0.0.1:{workers}", {})
    with ended([server, begun]):
        server.begin().until(lambda: listens(jobs))
        begun.begin().until(lambda: listens(workers))
        yield [f"--job_endpoint=localhost:{jobs}", f"--environment_config=localhost:{workers}"]
