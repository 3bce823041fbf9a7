"""The graph as it stands, built over a lake that is not read."""

from collections.abc import Sequence
from pathlib import Path

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline.config import step_kinds
from pipeline.graph import Steps, news_graph
from schemas import Source, Tick
from transforms.begin_runs import BeginRuns
from transforms.store.lake import Lake


def built(folder: Path, options: Sequence[str] = ()) -> beam.Pipeline:
    """Return the pipeline of a run whose steps have their default options."""
    pipeline = beam.Pipeline(options=PipelineOptions(list(options)))
    ticks = pipeline | "Begin the run" >> beam.Create([], reshuffle=False).with_output_types(Tick)
    news_graph(ticks, default_steps(folder))
    return pipeline


def built_stream(folder: Path, options: Sequence[str] = ()) -> beam.Pipeline:
    """Return the pipeline that begins its runs itself."""
    pipeline = beam.Pipeline(options=PipelineOptions([*options, "--streaming"]))
    begin = BeginRuns(Lake.open(str(folder)), no_sources, heartbeat_s=60)
    news_graph(pipeline | "Begin runs" >> begin, default_steps(folder))
    return pipeline


def no_sources() -> list[Source]:
    return []


def default_steps(folder: Path) -> Steps:
    wired = {"lake": Lake.open(str(folder))}
    return Steps(
        **{
            name: kind(**{key: value for key, value in wired.items() if key in kind.__dataclass_fields__})
            for name, kind in step_kinds().items()
        }
    )
