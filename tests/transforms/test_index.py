"""The index finds what resembles a text, whatever runs it was committed in, and follows the lake by itself."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import DAY, MONDAY, an_article
from test_similarity import SENTENCES, story

from schemas import Article, Receipt
from schemas.ids import make_id
from schemas.tables import day_of, to_arrow
from transforms.deduplicate import index as module
from transforms.deduplicate.index import Segment, named, resembling, segment_of
from transforms.deduplicate.indexing import INDEX, open_index
from transforms.deduplicate.shingles import signature_of
from transforms.store.lake import Lake


def written(number: int, text: str, run: int = 0) -> Article:
    """Return an article as it is committed."""
    content = make_id("content", text)
    return an_article(
        number,
        run_id=run_id(run),
        text=text,
        content_hash=content,
        signature=signature_of(text),
        published=MONDAY + run * DAY,
        relation="canonical",
        cluster_id=make_id("cluster", make_id("article", number)),
    )


def run_id(number: int) -> str:
    return f"202603{number + 1:02}T060000Z-0123abcd"


def segment(*texts: str) -> Segment:
    """Return texts as one segment."""
    rows = to_arrow("articles", [written(number, text) for number, text in enumerate(texts)])
    return segment_of(
        rows.set_column(rows.schema.get_field_index("published"), "published", pa.array(range(len(rows)))), []
    )


class Alike(NamedTuple):
    """Numbers of a text asked for and of one that was found."""

    new: int
    old: int


def alike(index: Sequence[Segment], new: Sequence[str], old: Sequence[str]) -> list[Alike]:
    contents = [make_id("content", text) for text in old]
    asked = {make_id("content", text): signature_of(text) for text in new}
    numbers = list(asked)
    return sorted(
        Alike(numbers.index(each.content_hash), contents.index(each.other.content_hash))
        for each in resembling(index, asked)
    )


# --- what is found --------------------------------------------------------------------------------------------------


def test_nothing_is_found_that_shares_nothing() -> None:
    stories = [story(4 * number, 4 * number + 4) for number in range(10)]
    assert alike([segment(*stories)], stories, stories) == []


def test_furniture_in_very_many_articles_is_no_resemblance_wherever_these_stand() -> None:
    furniture = story(0, 8)
    texts = [f"{furniture} {' '.join(f'word{number}x{at}' for at in range(240))}" for number in range(150)]
    assert alike([segment(*texts)], texts, texts) == []
    assert alike([segment(*texts[:75]), segment(*texts[75:])], texts, texts) == []
    assert alike([segment(*texts[:3])], texts[3:4], texts) == [(0, 0), (0, 1), (0, 2)]


def test_news_that_very_many_tell_is_found_by_the_earliest_of_them() -> None:
    texts = [f"{story(0, 20)} Edition {number} closed at word{number}x in hall{number}y." for number in range(150)]
    found = alike([segment(*texts[:75]), segment(*texts[75:])], texts, texts)
    assert {each.new for each in found if each.old < 10} == set(range(150))


@given(st.lists(st.sampled_from(SENTENCES), min_size=2, max_size=12, unique=True), st.data())
def test_copies_of_a_part_are_found(sentences: list[str], data: st.DataObject) -> None:
    kept = data.draw(st.integers(min_value=(len(sentences) + 1) // 2, max_value=len(sentences) - 1))
    part, whole = " ".join(sentences[:kept]), " ".join(sentences)
    assert alike([segment(whole)], [part], [whole]) == [(0, 0)]
    assert alike([segment(part)], [whole], [part]) == [(0, 0)]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=12), st.data())
def test_what_is_found_does_not_depend_on_the_segments(starts: list[int], data: st.DataObject) -> None:
    old = [story(start, start + 8) for start in dict.fromkeys(starts)]
    new = [story(start, start + 7) for start in range(0, 30, 5)]
    parts = data.draw(st.lists(st.integers(0, 3), min_size=len(old), max_size=len(old)))
    split = [segment(*(text for text, at in zip(old, parts, strict=True) if at == part)) for part in range(4)]
    assert alike(split, new, old) == alike([segment(*old)], new, old)


def test_what_is_asked_for_at_once_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = [story(at, at + 8) for at in range(20)], [story(at, at + 7) for at in range(20)]
    whole = alike([segment(*old)], new, old)
    monkeypatch.setattr(module, "BATCH", 3)
    assert alike([segment(*old)], new, old) == whole != []


def test_articles_are_found_by_their_ids_their_texts_and_as_heads_of_clusters() -> None:
    found = segment(story(0, 4), story(4, 8))
    article = written(1, story(4, 8))
    for name in (article.article_id, article.content_hash, article.cluster_id):
        assert [each.article_id for each in named([found], [name])] == [article.article_id]
    assert named([found], [make_id("article", 7)]) == []


# --- how it follows the lake ----------------------------------------------------------------------------------------


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.open(str(tmp_path / "lake"))


def publish(lake: Lake, run: int, texts: Sequence[str]) -> None:
    """Commit texts as the articles of one run."""
    articles = [written(1000 * run + number, text, run) for number, text in enumerate(texts)]
    with lake.lock():
        lake.begin(run_id(run))
        files = [lake.stage(run_id(run), "articles", day_of(MONDAY + run * DAY), to_arrow("articles", articles))]
        receipt = Receipt(run_id(run), MONDAY + run * DAY, *[0] * (len(Receipt._fields) - 2))
        lake.commit(receipt, files if texts else [], sources=[], software_version="0", rules_version="0")


def some(number: int) -> list[str]:
    return [" ".join(random.Random(f"{number} {at}").sample(SENTENCES, 4)) for at in range(number + 1)]


def contents(index: Sequence[Segment]) -> list[str]:
    return sorted(text for each in index for text in each.rows.field("content_hash").to_pylist())


def test_what_runs_commit_is_in_the_index_and_only_what_is_new_is_read(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert open_index(lake) == []
    read: list[Sequence[str]] = []
    reading = Lake.read

    def watched(self: Lake, table: str, *arguments: object, partitions: Sequence[str], **more: object) -> pa.Table:
        read.append(partitions)
        return reading(self, table, *arguments, partitions=partitions, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Lake, "read", watched)
    for run in range(4):
        publish(lake, run, some(run))
        index = open_index(lake)
        assert contents(index) == sorted(make_id("content", text) for each in range(run + 1) for text in some(each))
    assert read == [[day_of(MONDAY + run * DAY)] for run in range(4)]


def test_a_run_without_articles_is_covered_too(lake: Lake) -> None:
    publish(lake, 0, [])
    publish(lake, 1, some(1))
    assert sorted(run for each in open_index(lake) for run in each.runs) == [run_id(0), run_id(1)]
    assert alike(open_index(lake), some(1)[:1], some(1)) == []


def test_segments_are_few_and_full_ones_are_left(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    for run in range(16):
        publish(lake, run, some(3))
        open_index(lake)
    assert [each.size for each in open_index(lake)] == [64]
    monkeypatch.setattr("transforms.deduplicate.indexing.FULL", 8)
    for name in lake.derived(INDEX):
        lake.drop_derived(INDEX, name)
    assert [each.size for each in open_index(lake)] == [8] * 8


def damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


@pytest.mark.parametrize("harm", [damage, Path.unlink, lambda path: path.write_bytes(b"")])
def test_an_index_that_is_damaged_or_removed_is_built_again(lake: Lake, harm: object) -> None:
    publish(lake, 0, some(5))
    before = contents(open_index(lake))
    (path,) = Path(lake.root, INDEX).iterdir()
    harm(path)  # type: ignore[operator]
    assert contents(open_index(lake)) == before
    assert len(list(Path(lake.root, INDEX).iterdir())) == 1


def test_a_lake_that_is_set_back_forgets_what_came_later(lake: Lake) -> None:
    publish(lake, 0, some(1))
    publish(lake, 1, some(2))
    open_index(lake)
    Path(lake.root, "_manifests", f"{run_id(1)}.json").unlink()
    assert contents(open_index(lake)) == sorted(make_id("content", text) for text in some(1))


def test_what_was_merged_and_not_yet_removed_counts_once(lake: Lake) -> None:
    publish(lake, 0, some(3))
    open_index(lake)
    (part,) = Path(lake.root, INDEX).iterdir()
    content = part.read_bytes()
    publish(lake, 1, some(3))
    whole = contents(open_index(lake))
    part.write_bytes(content)
    assert contents(open_index(lake)) == whole
    assert not part.exists()
