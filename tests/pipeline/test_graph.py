"""The graph as it stands: its steps by name, and what flows between them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import apache_beam as beam
import pytest
from apache_beam.pipeline import AppliedPTransform, PipelineVisitor
from apache_beam.pvalue import PCollection
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, is_not_empty
from apache_beam.transforms.trigger import DefaultTrigger
from apache_beam.transforms.window import FixedWindows
from apache_beam.typehints import typehints
from corpora import configure, write_corpus
from graphs import built, built_stream

from pipeline.graph import news_graph
from pipeline.run import parse_now
from schemas import RECORDS, Tick
from transforms.begin_runs import BEAT_S
from transforms.planning import plan
from transforms.poll.archives import count
from transforms.store.lake import Lake

GOLDEN = Path(__file__).with_name("graph_labels.txt")

#: What no edge may carry: nothing says what is in it, or its encoding depends on more than its content.
VAGUE = (Any, object, dict, typehints.Any)


class _Nodes(PipelineVisitor):
    """Gathers every transform of a pipeline, in the order in which it was applied."""

    def __init__(self) -> None:
        self.nodes: list[AppliedPTransform] = []

    def enter_composite_transform(self, node: AppliedPTransform) -> None:
        self.nodes.append(node)

    def visit_transform(self, node: AppliedPTransform) -> None:
        self.nodes.append(node)


@pytest.fixture(name="nodes", scope="module")
def the_graph(tmp_path_factory: pytest.TempPathFactory) -> list[AppliedPTransform]:
    visitor = _Nodes()
    built(tmp_path_factory.mktemp("graph")).visit(visitor)
    return visitor.nodes


def _is_own(node: AppliedPTransform) -> bool:
    """Say whether a transform is ours: what Beam's composites hold inside is Beam's."""
    return node.full_label.count("/") < 2 and not node.full_label.startswith("Begin the run/")


def test_the_labels_tell_the_story_of_a_run(nodes: list[AppliedPTransform]) -> None:
    """Engines match a running job by these names: a change belongs into the changelog."""
    labels = [node.full_label for node in nodes if _is_own(node) and node.full_label]
    assert labels == GOLDEN.read_text().splitlines()


def test_a_stream_is_the_same_graph_behind_another_beginning(nodes: list[AppliedPTransform], tmp_path: Path) -> None:
    visitor = _Nodes()
    built_stream(tmp_path).visit(visitor)
    batch, stream = ([node.full_label for node in each if _is_own(node)] for each in (nodes, visitor.nodes))
    beginning = ["Begin runs", *(f"Begin runs/{each}" for each in ("Beat", "Begin what is due", "Window by heartbeat"))]
    assert stream == ["", *beginning, *batch[2:]]


def test_every_run_of_a_stream_is_a_window_of_its_own(tmp_path: Path) -> None:
    """So that each grouping and each side input holds one run, and ends when it is whole."""
    visitor = _Nodes()
    built_stream(tmp_path).visit(visitor)
    behind = [node for node in visitor.nodes if node.full_label and not node.full_label.startswith("Begin runs")]
    edges = [edge for node in behind for edge in node.outputs.values() if isinstance(edge, PCollection)]
    assert {edge.windowing.windowfn for edge in edges} == {FixedWindows(BEAT_S)}
    assert {edge.windowing.triggerfn for edge in edges} == {DefaultTrigger()}
    assert len(edges) > 50


def test_no_label_occurs_twice(nodes: list[AppliedPTransform]) -> None:
    labels = [node.full_label for node in nodes]
    assert len(labels) == len(set(labels))


def _own_edges(nodes: list[AppliedPTransform]) -> Iterator[tuple[str, PCollection]]:
    """Collections that our own transforms give out."""
    for node in nodes:
        for collection in node.outputs.values():
            if _is_own(node) and isinstance(collection, PCollection):
                yield node.full_label, collection


def _parts(kind: Any) -> Iterator[Any]:
    yield kind
    inner = getattr(kind, "_inner_types", None)
    for each in inner() if inner else get_args(kind):
        yield from _parts(each)


def test_every_edge_says_what_it_carries(nodes: list[AppliedPTransform]) -> None:
    edges = list(_own_edges(nodes))
    vague = {label for label, edge in edges if any(part in VAGUE for part in _parts(edge.element_type))}
    assert vague == set()
    carried = {part for _, edge in edges for part in _parts(edge.element_type)}
    assert len(carried & set(RECORDS)) > 8


def test_every_side_input_of_a_run_with_one_article_has_a_row(tmp_path: Path) -> None:
    """Flink waits for good for a side input that has none in a window."""
    write_corpus(tmp_path / "corpus.jsonl", [0])
    configuration, lake = configure(tmp_path), Lake.open(str(tmp_path / "lake"))
    (tick,) = plan(configuration.sources, parse_now("2026-03-04T20:00Z"), count)
    with lake.lock(), beam.Pipeline(runner=FnApiRunner()) as pipeline:
        lake.begin(tick.run_id)
        news_graph(pipeline | "Begin the run" >> beam.Create([tick]).with_output_types(Tick), configuration.steps(lake))
        visitor = _Nodes()
        pipeline.visit(visitor)
        sides = {side.pvalue for node in visitor.nodes for side in node.side_inputs}
        for side in sides:
            assert_that(side, is_not_empty(), label=f"A row of {side.producer.full_label}")
    assert len(sides) == 2
