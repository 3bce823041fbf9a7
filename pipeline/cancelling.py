"""The end of jobs on an engine: of the one that runs, when this process is asked to stop, and of those left behind.

A job outlives the process that submitted it. So each is named after its lake, on which one job at a time may work: who
holds the lake ends what else has that name. Beam's job server for Flink (2.62) ends its own record of a job and not
Flink's job, so that Flink itself is asked too, where `--flink_master` says where it is.
"""

import contextlib
import copy
import threading
import time

import grpc
import httpx
from apache_beam.options.pipeline_options import (
    FlinkRunnerOptions,
    GoogleCloudOptions,
    PipelineOptions,
    PortableOptions,
)
from apache_beam.portability.api import beam_job_api_pb2, beam_job_api_pb2_grpc
from apache_beam.runners.runner import PipelineResult

from pipeline.runners import PATIENCE_S
from schemas.ids import make_id

#: How long a runner may take to cancel, which for some is until what it does now is done.
CANCELLING_S = 5.0

#: How long a job may take to end after it was told to: then whoever comes next waits for its slots.
ENDING_S = 60.0

#: States of a job of Flink that holds no slots.
ENDED = ("FINISHED", "CANCELED", "FAILED")


def named(options: PipelineOptions, place: str) -> PipelineOptions:
    """Return options in which the job is named after the lake that it works on; the form is what Dataflow asks for."""
    named_options = copy.deepcopy(options)
    named_options.view_as(GoogleCloudOptions).job_name = f"newsbeam-{make_id('lake', place)[:8]}"
    return named_options


def cancel(job: PipelineResult, options: PipelineOptions) -> None:
    """Cancel a job that would else go on without this process."""

    def ask() -> None:
        with contextlib.suppress(grpc.RpcError):  # an engine that is gone has ended it
            job.cancel()

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(CANCELLING_S)
    _cancel_on_flink(options)


def cancel_left(options: PipelineOptions) -> None:
    """Cancel the jobs of the same name, which a launcher that was killed has left."""
    if endpoint := options.view_as(PortableOptions).job_endpoint:
        _cancel_at_job_server(endpoint, options.view_as(GoogleCloudOptions).job_name)
    _cancel_on_flink(options)


def _cancel_at_job_server(endpoint: str, name: str) -> None:
    with grpc.insecure_channel(endpoint) as channel:
        service = beam_job_api_pb2_grpc.JobServiceStub(channel)
        try:
            jobs = service.GetJobs(beam_job_api_pb2.GetJobsRequest(), timeout=PATIENCE_S).job_info
        except grpc.RpcError:  # such as Prism, which keeps no list, and is new for each stream
            return
        for job in jobs:
            said = job.pipeline_options
            named = "beam:option:job_name:v1" in said and said["beam:option:job_name:v1"]
            if named == name and job.state in (beam_job_api_pb2.JobState.STARTING, beam_job_api_pb2.JobState.RUNNING):
                service.Cancel(beam_job_api_pb2.CancelJobRequest(job_id=job.job_id), timeout=PATIENCE_S)


def _cancel_on_flink(options: PipelineOptions) -> None:
    """Have Flink itself end the jobs of this name, and wait until they hold no slots; nothing where it is not named.

    A Flink that does not answer is passed over: its JobManager may be what has failed.
    """
    name = options.view_as(GoogleCloudOptions).job_name
    master = options.view_as(FlinkRunnerOptions).flink_master
    if master.startswith("["):  # [auto], [local]: known to the job server alone
        return
    address = master if "://" in master else f"http://{master}"
    with httpx.Client(base_url=address, timeout=PATIENCE_S, trust_env=False) as flink:
        end = time.monotonic() + ENDING_S
        try:
            for job in (left := _running(flink, name)):
                flink.patch(f"/jobs/{job}", params={"mode": "cancel"})
            while left and time.monotonic() < end:
                time.sleep(0.2)
                left = _running(flink, name)
        except httpx.HTTPError:
            return


def _running(flink: httpx.Client, name: str) -> list[str]:
    """Return the ids of the jobs of a name that hold slots."""
    jobs = flink.get("/jobs/overview").raise_for_status().json()["jobs"]
    return [job["jid"] for job in jobs if job["name"] == name and job["state"] not in ENDED]
