"""The graph as it stands, built over a lake that is not read."""

from collections.abc import Sequence
from pathlib import Path

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline.config import step_kinds
from pipeline.graph import Steps, news_graph
from schemas import Tick
from transforms.lake import Lake


def built(folder: Path, options: Sequence[str] = ()) -> beam.Pipeline:
    """Return the pipeline of a run whose steps have their default options."""
    wired = {"lake": Lake.open(str(folder))}
    steps = Steps(
        **{
            name: kind(**{key: value for key, value in wired.items() if key in kind.__dataclass_fields__})
            for name, kind in step_kinds().items()
        }
    )
    pipeline = beam.Pipeline(options=PipelineOptions(list(options)))
    news_graph(pipeline | "Begin the run" >> beam.Create([], reshuffle=False).with_output_types(Tick), steps)
    return pipeline
