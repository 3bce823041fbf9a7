"""Which runners there are, which options of Beam each sets, and what becomes of a failure on the way through one."""

import importlib.util
import socket
from pathlib import Path

import grpc
import pytest
from apache_beam.options.pipeline_options import PortableOptions, PrismRunnerOptions
from apache_beam.portability.api import beam_job_api_pb2, beam_job_api_pb2_grpc
from portable import serving

from pipeline import runners, submit
from pipeline.runners import runner_options
from pipeline.submit import RunFailed, unwrap
from schemas.reject import ConfigurationError, LakeLocked, LakeUnwritable, NewsbeamError, ReceiptMismatch


def test_options_of_beam_are_handed_on() -> None:
    options = runner_options(["--direct_running_mode=multi_processing", "--direct_num_workers=3"]).get_all_options()
    assert (options["direct_running_mode"], options["direct_num_workers"]) == ("multi_processing", 3)


@pytest.mark.parametrize(
    ("argument", "told"),
    [
        ("--direct_num_wrkers=3", "Did you mean --direct_num_workers?"),
        ("--direct_num=3", "Beam knows no such option"),
        ("--direct_num_workers=many", "invalid int value: 'many'"),
        ("stray", "Options behind -- go to Beam, as --name=value."),
        ("--runner=FlinkRunner", "the runner is named before --"),
    ],
)
def test_an_option_that_beam_would_overlook_is_refused(argument: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        runner_options([argument])
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("dask", "--runner dask: it drops outputs silently"),
        ("DaskRunner", "--runner DaskRunner: it drops outputs silently"),
        ("abacus", "--runner abacus: there is no such runner. Write --runner local, prism, flink"),
    ],
)
def test_a_runner_that_cannot_be_is_refused_with_the_reason(name: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        runner_options([], name)
    assert told in str(caught.value)


def test_flink_is_told_where_its_workers_are_unless_somebody_says_otherwise(tmp_path: Path) -> None:
    with serving("jobs", tmp_path / "jobs.log") as jobs:
        there = f"--job_endpoint={jobs}"
        set_here = runner_options([there], "flink").view_as(PortableOptions)
        said = runner_options([there, "--environment_config=workers:1", "--parallelism=4"], "flink")
    assert (set_here.environment_type, set_here.environment_config) == ("EXTERNAL", "localhost:50000")
    assert said.view_as(PortableOptions).environment_config == "workers:1"
    assert said.get_all_options()["parallelism"] == 4


def test_spark_is_refused_for_a_stream() -> None:
    with pytest.raises(ConfigurationError, match=r"--runner spark: Beam cannot stream on it\. Schedule `newsbeam run`"):
        runner_options([], "spark", streaming=True)


def test_a_job_server_that_does_not_answer_is_told_with_what_to_do() -> None:
    with pytest.raises(ConfigurationError) as caught:
        runner_options(["--job_endpoint=localhost:1"], "flink")
    assert "--runner flink: no job server answers at localhost:1 (UNAVAILABLE). Start Beam's" in str(caught.value)


def test_prism_that_is_not_installed_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(runners, "ENGINES", "nowhere")
    with pytest.raises(ConfigurationError, match=r"Prism is not installed\. With Go: go install"):
        runner_options([], "prism")
    with pytest.raises(ConfigurationError, match=r"elsewhere/prism is not installed"):
        runner_options(["--prism_location=elsewhere/prism"], "prism")


def test_prism_is_found_among_the_engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(runners, "ENGINES", str(tmp_path))
    prism = tmp_path / "bin" / "prism"
    prism.parent.mkdir()
    prism.touch(0o755)
    assert runner_options([], "prism").view_as(PrismRunnerOptions).prism_location == str(prism)


def test_an_engine_that_is_gone_is_told_in_one_sentence() -> None:
    with socket.socket() as closed, grpc.insecure_channel(f"127.0.0.1:{port_of(closed)}") as channel:
        service = beam_job_api_pb2_grpc.JobServiceStub(channel)
        with pytest.raises(RunFailed, match=r"^The engine does not answer: .* What was committed stands\.$"):
            ask(service)


def port_of(closed: socket.socket) -> int:
    """Return a port of this machine at which nobody listens."""
    closed.bind(("127.0.0.1", 0))
    return int(closed.getsockname()[1])


def ask(service: beam_job_api_pb2_grpc.JobServiceStub) -> None:
    with submit.in_one_sentence():
        service.GetJobs(beam_job_api_pb2.GetJobsRequest())


def test_a_prism_that_does_not_begin_is_a_failed_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    options = runner_options(["--prism_location=/bin/false"], "prism")
    with pytest.raises(RunFailed, match="Prism did not begin: it said nothing"), submit.serving(options):
        pass


@pytest.mark.skipif(bool(importlib.util.find_spec("apitools")), reason="Google's packages are installed")
def test_packages_of_google_that_are_missing_are_named() -> None:
    with pytest.raises(ConfigurationError, match=r"a part of Beam is missing\. .*pip install 'newsbeam\[dataflow\]'"):
        runner_options(["--dry_run=True"], "dataflow")


@pytest.mark.parametrize("kind", [LakeUnwritable, LakeLocked, ReceiptMismatch])
def test_an_error_of_ours_that_comes_back_as_a_traceback_of_a_worker_is_itself_again(kind: type[NewsbeamError]) -> None:
    worker = f"Traceback (most recent call last):\n  File ...\n{kind.__module__}.{kind.__name__}: It is so."
    error = unwrap(RuntimeError(f"{worker} [while running 'Write partitions/Commit the run']\n"))
    assert (type(error), str(error), error.exit_code) == (kind, "It is so.", kind.exit_code)


def test_any_other_error_is_a_failed_run_that_names_its_stage() -> None:
    error = unwrap(ValueError("no such colour [while running 'Clean articles/Clean each page']"))
    assert isinstance(error, RunFailed)
    assert error.exit_code == 70
    assert "in “Clean articles”: ValueError: no such colour" in str(error)
