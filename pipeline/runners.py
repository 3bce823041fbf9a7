"""The runners of Beam that a run can be given to: the options that each sets, and what must be there before it begins.

What each needs, costs and does when it fails is told in docs/engines.md.
"""

import difflib
import importlib.util
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Optional

import grpc
from apache_beam.options.pipeline_options import (
    PipelineOptions,
    PortableOptions,
    PrismRunnerOptions,
    StandardOptions,
    TestOptions,
    _BeamArgumentParser,
)
from apache_beam.options.pipeline_options_validator import PipelineOptionsValidator
from apache_beam.portability.api import beam_job_api_pb2, beam_job_api_pb2_grpc
from apache_beam.runners.runner import create_runner

from schemas.reject import ConfigurationError

PORTABLE = "apache_beam.runners.portability.portable_runner.PortableRunner"

#: The release of Beam whose Prism runs newsbeam's graph; `make cluster-test` builds it.
PRISM = "github.com/apache/beam/sdks/v2/go/cmd/prism@v2.77.0"

#: Seconds that a job server may take to say which options it knows.
PATIENCE_S = 30.0

#: Where `make cluster-test` puts engines, unless the variable names another folder.
ENGINES = os.environ.get("NEWSBEAM_ENGINES", ".engines")


#: Beam would else list the packages of this environment by pip for each job: a second, and nothing reads the list.
UNLISTED = "disable_logging_submission_environment"

#: What runners have in common whose engine has Python workers begun by a pool beside each of its own. Without a cache a
#: worker ends with its stage, and the next one loads the models anew.
POOLS = {
    "job_endpoint": "localhost:8099",
    "environment_type": "EXTERNAL",
    "environment_config": "localhost:50000",
    "environment_cache_millis": "60000",
    "experiments": UNLISTED,
}


class Runner(NamedTuple):
    """One of the names that --runner takes."""

    beam: str  # class of Beam's runner
    options: Mapping[str, str] = {}  # of Beam, where none of that name stands behind --
    needs: str = ""  # what to do where nothing takes the job
    package: str = ""  # of Python, that has to be installed beside Beam
    streams: bool = True
    streaming: Mapping[str, str] = {}  # options of a stream beside the others; "" for one without a value


RUNNERS = {
    # FnApiRunner is named: plain DirectRunner first tries to download Prism.
    "local": Runner("apache_beam.runners.portability.fn_api_runner.FnApiRunner"),
    "prism": Runner(
        PORTABLE,
        {"environment_type": "LOOPBACK", "experiments": UNLISTED},
        f"With Go: go install {PRISM}. Put it on the PATH, or name it behind --, as --prism_location=FILE.",
    ),
    "flink": Runner(
        PORTABLE,
        POOLS,
        "Start Beam's job server for Flink, or name where it is behind --, as --job_endpoint=HOST:PORT.",
        # Without the first Flink copies what goes from one operator to the next by Kryo, which cannot read Beam's rows
        # again. A window's end passes from shuffle to shuffle when a bundle ends: after a second, if nobody says so.
        # Where it is not told to make checkpoints, Beam ends the source of a stream as soon as it is read, and then the
        # heartbeats may never come. There are none: they would fail on a side input (ClassCastException, seen with Beam
        # 2.62), and a job that begins anew needs nothing but the lake. All stages of a stream run as long as it does:
        # a cache would keep only what should go, a worker that has died, for each attempt to begin again.
        streaming={
            "environment_cache_millis": "0",
            "object_reuse": "",
            "max_bundle_time_mills": "100",
            "shutdown_sources_after_idle_ms": str(2**63 - 1),
        },
    ),
    "spark": Runner(
        PORTABLE,
        POOLS,
        "Start Beam's job server for Spark, or name where it is behind --, as --job_endpoint=HOST:PORT.",
        streams=False,
    ),
    "dataflow": Runner(
        "apache_beam.runners.dataflow.DataflowRunner",
        {},
        "Install Google's packages: pip install 'newsbeam[dataflow]'.",
        "apitools",
    ),
}

#: Why a runner is refused; all others do not exist.
REFUSED = {
    "dask": "it drops outputs silently: only the last sink runs, tags and windows are ignored",
}


def find_runner(name: str) -> Runner:
    """Return the runner of a name.

    Raises:
        ConfigurationError: says why there is none.
    """
    if name not in RUNNERS:
        reason = REFUSED.get(name.lower().removesuffix("runner"), "there is no such runner")
        raise ConfigurationError(f"--runner {name}: {reason}. Write --runner {', '.join(RUNNERS)}.")
    return RUNNERS[name]


def runner_options(arguments: Sequence[str], name: str = "local", *, streaming: bool = False) -> PipelineOptions:
    """Return Beam's options for a runner: `arguments`, and what the runner sets where they say nothing.

    Raises:
        ConfigurationError: there is no such runner, or it cannot stream, or nothing takes its jobs; an option is
            missing; or Beam knows no such option, which it would only warn of and then run on defaults.
    """
    runner = find_runner(name)
    if streaming and not runner.streams:
        raise ConfigurationError(
            f"--runner {name}: Beam cannot stream on it. Schedule `newsbeam run`, or take another."
        )
    parser = _Strict(allow_abbrev=False, prog="-- options of Beam", add_help=False)
    for kind in _descendants(PipelineOptions):
        if "_add_argparse_args" in kind.__dict__:
            kind._add_argparse_args(parser)
    known, unknown = parser.parse_known_args(list(arguments))
    if known.runner:
        raise ConfigurationError(f"--runner {known.runner}: the runner is named before --, as --runner {name}.")
    given = {each.split("=")[0] for each in arguments}
    ours = {**runner.options, **(runner.streaming if streaming else {})}
    own = [f"--{key}={value}".rstrip("=") for key, value in ours.items() if f"--{key}" not in given]
    options = PipelineOptions([*own, *arguments])
    options.view_as(StandardOptions).runner = runner.beam
    endpoint = options.view_as(PortableOptions).job_endpoint
    theirs = options_of_job_server(endpoint, name) if endpoint else set()
    if needs_prism(options):
        options.view_as(PrismRunnerOptions).prism_location = find_prism(known.prism_location)
    _refuse_unknown(unknown, {option for action in parser._actions for option in action.option_strings}, theirs)
    _check(options, name)
    return options


def _refuse_unknown(unknown: Sequence[str], ours: set[str], theirs: set[str]) -> None:
    for each in unknown:
        option = each.split("=")[0]
        if option not in theirs:
            near = difflib.get_close_matches(option, sorted(ours | theirs), n=1)
            hint = f"Did you mean {near[0]}?" if near else "Options behind -- go to Beam, as --name=value."
            raise ConfigurationError(f"{each}: Beam knows no such option. {hint}")


def options_of_job_server(endpoint: str, name: str) -> set[str]:
    """Return the options that a job server knows beside Beam's own, such as `--checkpointing_interval`.

    Raises:
        ConfigurationError: no job server answers there.
    """
    service = beam_job_api_pb2_grpc.JobServiceStub(grpc.insecure_channel(endpoint))
    request = beam_job_api_pb2.DescribePipelineOptionsRequest()
    try:
        answer = service.DescribePipelineOptions(request, timeout=PATIENCE_S)
    except grpc.RpcError as error:
        needs = RUNNERS[name].needs
        raise ConfigurationError(
            f"--runner {name}: no job server answers at {endpoint} ({error.code().name}). {needs} See docs/engines.md."
        ) from None
    return {f"--{option.name}" for option in answer.options}


def _check(options: PipelineOptions, name: str) -> None:
    """Ask Beam's own checks of its options, which a pipeline would ask too late.

    Raises:
        ConfigurationError: a package or an option is missing, or the value of one is wrong.
    """
    runner = RUNNERS[name]
    if runner.package and importlib.util.find_spec(runner.package) is None:
        raise ConfigurationError(f"--runner {name}: a part of Beam is missing. {runner.needs}")
    wrong = PipelineOptionsValidator(options, create_runner(runner.beam)).validate()
    if wrong:
        raise ConfigurationError(f"--runner {name}: {' '.join(wrong)} Options of Beam stand behind --.")


def needs_prism(options: PipelineOptions) -> bool:
    """Say whether a job server has to be begun for a run."""
    endpoint = options.view_as(PortableOptions).job_endpoint
    return options.view_as(StandardOptions).runner == PORTABLE and not endpoint


def find_prism(named: Optional[str]) -> str:
    """Return the path of Prism: as it was named, else on the PATH, else in ENGINES.

    Raises:
        ConfigurationError: there is none.
    """
    places = [named] if named else ["prism", str(Path(ENGINES, "bin", "prism"))]
    found = next((path for place in places if (path := shutil.which(place))), None)
    if found is None:
        raise ConfigurationError(f"--runner prism: {named or 'Prism'} is not installed. {RUNNERS['prism'].needs}")
    return found


def is_dry(options: PipelineOptions) -> bool:
    """Say whether the graph is only to be validated, as Dataflow's runner can."""
    return bool(options.view_as(TestOptions).dry_run)


class _Strict(_BeamArgumentParser):
    """Raises where argparse would print its usage, several pages long, and exit."""

    def error(self, message: str) -> None:
        raise ConfigurationError(f"An option behind -- is wrong: {message}.")


def _descendants(kind: Any) -> Iterator[Any]:
    for each in kind.__subclasses__():
        yield each
        yield from _descendants(each)
