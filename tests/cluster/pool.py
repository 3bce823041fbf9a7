"""A pool of Python workers at one address of the loopback: python tests/cluster/pool.py 127.0.0.2:50000

Beam's own program listens at all addresses. Two TaskManagers give their workers the same ids, so that each must have a
pool of its own; on one machine these differ by their address alone.
"""

import os
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from apache_beam.portability.api import beam_fn_api_pb2_grpc
from apache_beam.runners.worker.worker_pool_main import BeamFnExternalWorkerPoolServicer
from processes import Process

ROOT = Path(__file__).parents[2]


def pool(log: Path, address: str, environment: Mapping[str, str]) -> Process:
    """Return a pool that logs to a file; the environment is for its workers, such as the credentials of a store."""
    # A pool begins `python`, which has to be this one, and which has to find newsbeam.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    found = {"PATH": path, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests"), str(ROOT / "tests/cluster")])}
    return Process(log.stem, [sys.executable, "-P", __file__, address], log, found | dict(environment))


def serve(address: str) -> None:
    server = grpc.server(ThreadPoolExecutor(4))
    beam_fn_api_pb2_grpc.add_BeamFnExternalWorkerPoolServicer_to_server(
        BeamFnExternalWorkerPoolServicer(use_process=True), server
    )
    server.add_insecure_port(address)
    server.start()
    print(f"Workers are begun at {address}", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    serve(sys.argv[1])
