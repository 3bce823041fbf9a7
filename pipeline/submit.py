"""The graph handed to a runner: with a job server where one has to be begun, and its failure in one sentence."""

import collections
import contextlib
import copy
import re
import subprocess
import threading
from collections.abc import Iterable, Iterator

import apache_beam as beam
import grpc
from apache_beam.options.pipeline_options import PipelineOptions, PortableOptions, PrismRunnerOptions, StandardOptions
from apache_beam.runners.runner import PipelineResult

from pipeline.cancelling import cancel, cancel_left, named
from pipeline.graph import Steps, news_graph
from pipeline.runners import needs_prism
from schemas import Tick
from schemas.reject import NewsbeamError
from transforms.begin_runs import BeginRuns


class RunFailed(NewsbeamError):
    """A stage raised on something other than one record: a defect, or the machine."""

    exit_code = 70  # EX_SOFTWARE: none of the codes that say something about sources or lake


#: The job that `execute` waits for, and the options that it was submitted with.
WAITED_FOR: list[tuple[PipelineResult, PipelineOptions]] = []


@contextlib.contextmanager
def serving(options: PipelineOptions) -> Iterator[PipelineOptions]:
    """Begin Prism, where that runner was chosen, and end it behind the block; give the options that name it.

    Raises:
        RunFailed: it did not begin.
    """
    if not needs_prism(options):
        yield options
        return
    place = options.view_as(PrismRunnerOptions).prism_location
    # Should this process die, Prism ends when it has had nothing to do for so long.
    command = [place, "-job_port", "0", "-serve_http=false", "-log_kind", "text", "-idle_shutdown_timeout", "10m"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as prism:  # noqa: S603
        try:
            served = copy.deepcopy(options)
            served.view_as(PortableOptions).job_endpoint = _endpoint(prism.stderr or ())
            threading.Thread(target=collections.deque, args=(prism.stderr, 1), daemon=True).start()  # reads its log
            yield served
        finally:
            prism.kill()


def _endpoint(log: Iterable[str]) -> str:
    """Return where Prism takes jobs, which it says when it begins."""
    said = ""
    for said in log:
        if found := re.search(r"endpoint=(\S+)", said):
            return found[1]
    raise RunFailed(f"Prism did not begin: {said.strip() or 'it said nothing'}.")


def execute(tick: Tick, steps: Steps, options: PipelineOptions) -> None:
    """Submit the graph for one tick, and wait.

    Raises:
        RunFailed, or the error of the lake or the receipt that a stage raised: in one sentence.
    """
    options = named(options, steps.write_partitions.lake.place)
    cancel_left(options)
    pipeline = beam.Pipeline(options=copy.deepcopy(options))  # a copy: a portable runner strikes its name from its own
    ticks = pipeline | "Begin the run" >> beam.Create([tick]).with_output_types(Tick)
    news_graph(ticks, steps)
    try:
        with in_one_sentence():
            job = pipeline.run()
            WAITED_FOR.append((job, options))
            job.wait_until_finish()
    finally:
        WAITED_FOR.clear()


def stop() -> None:
    """Cancel the job that `execute` waits for, on an engine that would else go on without this process."""
    for job, options in WAITED_FOR:
        cancel(job, options)


def start(begin: BeginRuns, steps: Steps, options: PipelineOptions) -> PipelineResult:
    """Submit the graph that runs without end; return what tells how it does, and cancels it.

    Raises:
        RunFailed: the engine does not take it.
    """
    options = named(options, begin.lake.place)
    options.view_as(StandardOptions).streaming = True
    cancel_left(options)
    pipeline = beam.Pipeline(options=options)
    news_graph(pipeline | "Begin runs" >> begin, steps)
    with in_one_sentence():
        return pipeline.run()


@contextlib.contextmanager
def in_one_sentence() -> Iterator[None]:
    """Raise what Beam, or an engine, raises within the block as `unwrap` puts it."""
    try:
        yield
    except NewsbeamError as error:
        raise type(error)(_without_label(str(error))) from error
    except Exception as error:
        raise unwrap(error) from error


def unwrap(error: BaseException) -> NewsbeamError:
    """Return the cause behind what Beam raises: an exception whose text may be a worker process's whole traceback.

    >>> unwrap(RuntimeError("Traceback ...\\nschemas.reject.LakeUnwritable: No space. [while running 'a/b']\\n"))
    LakeUnwritable('No space.')
    """
    if isinstance(error, grpc.RpcError):
        said = error.details() if isinstance(error, grpc.Call) else error
        return RunFailed(f"The engine does not answer: {said}. What was committed stands.")
    lines = [
        line for line in str(error).strip().splitlines() if re.match(r"[\w.]+(Error|Exception|\w*): |schemas\.", line)
    ]
    text = lines[-1] if "Traceback" in str(error) and lines else f"{type(error).__name__}: {error}"
    name, _, message = text.partition(": ")
    name = name.rpartition(".")[2]
    for kind in NewsbeamError.__subclasses__():
        if kind.__name__ == name:
            return kind(_without_label(message))
    stage = re.search(r"\[while running '([^'/]+)", text)
    where = f" in “{stage[1]}”" if stage else ""
    return RunFailed(f"The run failed{where}: {name}: {_without_label(message)} What was committed stands.")


def _without_label(message: str) -> str:
    return re.sub(r"\s*\[while running '[^']*'\]", "", message).strip().split("\n")[0]
