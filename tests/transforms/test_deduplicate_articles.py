"""Clusters of copies: who is canonical, what the others are to it, and how that holds from run to run."""

import itertools
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from records import DAY, MONDAY, an_article
from test_similarity import story

from schemas import Article, Item, Merge, Receipt, Reject
from schemas.ids import make_id
from schemas.tables import day_of, to_arrow
from transforms.deduplicate.indexing import open_index
from transforms.deduplicate_articles import (
    DeduplicateArticles,
    alike_of,
    as_canonical,
    cluster_of,
    decide,
    final_id,
    find_candidates,
    look_up,
    merged_clusters,
    read_known,
    sign,
    sketch_of,
)
from transforms.store.lake import Lake


def cleaned(number: int, text: str, **changes: Any) -> Article:
    """Return an article as cleaning leaves it, an hour later than the one of the number before."""
    fields = {
        "text": text,
        "content_hash": make_id("content", text),
        "published": MONDAY + number * 3_600_000_000,
        "publisher": f"Outlet {number}",
        "cluster_id": "",
        "relation": "",
        "signature": [],
        "version": 1,
    }
    return an_article(number, **(fields | changes))


class Found(NamedTuple):
    """What a run made of its articles."""

    articles: list[Article]
    items: list[Item]
    merges: list[Merge]
    rejects: list[Reject]

    def of(self, number: int) -> Article:
        (article,) = (each for each in self.articles if each.article_id == make_id("article", number))
        return article


#: What came out of the graph that ran last: the local runner works in this process.
KEPT: dict[str, list[Any]] = {}


def keep(record: Any, name: str) -> None:
    KEPT[name].append(record)


def deduplicate(lake: Lake, articles: Sequence[Article], *, bundle_repeat: int = 0) -> Found:
    """Return what the step makes of articles, sorted."""
    KEPT.update({name: [] for name in Found._fields})
    with beam.Pipeline(runner=FnApiRunner(bundle_repeat=bundle_repeat)) as pipeline:
        given_articles = pipeline | beam.Create(articles).with_output_types(Article)
        out = given_articles | "Deduplicate articles" >> DeduplicateArticles(lake)
        for name in Found._fields:
            getattr(out, name) | f"Keep {name}" >> beam.Map(keep, name)
    return Found(**{name: sorted(set(map(freeze, KEPT[name])), key=repr) for name in Found._fields})


def freeze(record: Any) -> Any:
    """Return a record that can be in a set: a repeated bundle writes a record twice, and it must be the same."""
    return type(record)(*(tuple(value) if isinstance(value, list) else value for value in record))


def publish(lake: Lake, day: int, found: Found) -> None:
    """Commit the articles and merges of a day's run."""
    run_id = f"2026030{day + 2}T060000Z-0123abcd"
    with lake.lock():
        lake.begin(run_id)
        files = [
            lake.stage(
                run_id, "articles", day_of(article.published), to_arrow("articles", [article._replace(run_id=run_id)])
            )
            for article in found.articles
        ]
        if found.merges:
            files.append(lake.stage(run_id, "merges", day_of(MONDAY + day * DAY), to_arrow("merges", found.merges)))
        receipt = Receipt(run_id, MONDAY + day * DAY, *[0] * (len(Receipt._fields) - 2))
        lake.commit(receipt, files, sources=[], software_version="0", rules_version="0")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    (tmp_path / "lake").mkdir()
    return Lake.open(str(tmp_path / "lake"))


TEXT = story(0, 8)
LONGER = story(0, 14)
OTHER = story(20, 28)


# --- one run --------------------------------------------------------------------------------------------------------


def test_an_article_that_resembles_nothing_is_canonical_in_a_cluster_named_after_it(lake: Lake) -> None:
    found = deduplicate(lake, [cleaned(1, TEXT), cleaned(2, OTHER)])
    assert [each.relation for each in found.articles] == ["canonical", "canonical"]
    assert {each.cluster_id for each in found.articles} == {cluster_of(each.article_id) for each in found.articles}
    assert all(each.independent and each.signature for each in found.articles)


def test_the_earliest_of_some_copies_is_canonical(lake: Lake) -> None:
    found = deduplicate(lake, [cleaned(3, TEXT), cleaned(1, TEXT), cleaned(2, LONGER)])
    assert found.of(1).relation == "canonical"
    assert {each.cluster_id for each in found.articles} == {cluster_of(found.of(1).article_id)}
    assert {each.related_id for each in (found.of(2), found.of(3))} == {found.of(1).article_id}
    assert found.of(3).relation, found.of(3).similarity == ("exact", 1.0)
    assert [found.of(number).independent for number in (1, 2, 3)] == [True, False, False]


def test_a_story_that_very_many_outlets_edit_is_one_cluster() -> None:
    articles = [
        sign(cleaned(1, f"{story(0, 20)} Edition {number} closed at word{number}x.", article_id=f"{number:016}"))
        for number in range(120)
    ]
    sketches = [sketch_of(each)[1] for each in articles]
    candidates = {each.article_id: each for each in find_candidates(sketches, look_up(sketches, [], {}, 30))}
    assert len(candidates) == len(articles)
    decision = decide(articles, [], alike_of(articles, candidates))
    assert {each.cluster_id for each in decision.articles} == {cluster_of(f"{0:016}")}


def test_an_address_that_two_sources_list_is_one_article_and_one_item(lake: Lake) -> None:
    twice = [cleaned(1, TEXT, source=name) for name in ("b-feed", "a-feed")]
    found = deduplicate(lake, twice)
    assert [each.source for each in found.articles] == ["a-feed"]
    assert [(each.source, each.outcome) for each in found.items] == [("b-feed", "duplicate")]


# --- run after run --------------------------------------------------------------------------------------------------


def test_a_text_that_is_committed_as_it_is_is_unchanged(lake: Lake) -> None:
    publish(lake, 0, deduplicate(lake, [cleaned(1, TEXT)]))
    found = deduplicate(lake, [cleaned(1, TEXT, version=2)])
    assert not found.articles
    assert [(each.outcome, each.version) for each in found.items] == [("unchanged", 1)]


def test_a_changed_text_is_the_next_version_in_the_same_cluster(lake: Lake) -> None:
    publish(lake, 0, deduplicate(lake, [cleaned(1, TEXT)]))
    before = cluster_of(cleaned(1, TEXT).article_id)
    (article,) = deduplicate(lake, [cleaned(1, OTHER, version=2)]).articles
    assert (article.version, article.relation, article.cluster_id) == (2, "updated", before)
    assert article.independent


def test_a_version_is_found_though_its_source_has_forgotten_it(lake: Lake) -> None:
    publish(lake, 0, deduplicate(lake, [cleaned(1, TEXT)]))
    (article,) = deduplicate(lake, [cleaned(1, LONGER, published=MONDAY + 400 * DAY)]).articles
    assert article.version == 2


def test_a_copy_of_a_committed_article_joins_its_cluster(lake: Lake) -> None:
    publish(lake, 0, deduplicate(lake, [cleaned(2, TEXT)]))
    (article,) = deduplicate(lake, [cleaned(3, TEXT)]).articles
    assert (article.relation, article.cluster_id) == ("exact", cluster_of(cleaned(2, TEXT).article_id))


def test_a_committed_canonical_article_stays_so_when_an_earlier_copy_arrives(lake: Lake) -> None:
    publish(lake, 0, deduplicate(lake, [cleaned(2, TEXT)]))
    (article,) = deduplicate(lake, [cleaned(1, TEXT)]).articles
    assert (article.relation, article.related_id) == ("exact", cleaned(2, TEXT).article_id)


def test_a_copy_of_a_copy_is_related_to_the_canonical_article(lake: Lake) -> None:
    publish(lake, 0, deduplicate(lake, [cleaned(1, story(0, 8))]))
    publish(lake, 1, deduplicate(lake, [cleaned(2, story(3, 11))]))
    (article,) = deduplicate(lake, [cleaned(3, story(6, 14))]).articles
    assert article.related_id == cleaned(1, "").article_id


def test_a_copy_outside_the_window_is_an_article_of_its_own(lake: Lake) -> None:
    publish(lake, 0, deduplicate(lake, [cleaned(1, TEXT)]))
    (article,) = deduplicate(lake, [cleaned(2, TEXT, published=MONDAY + 40 * DAY)]).articles
    assert article.relation == "canonical"


def test_two_committed_clusters_that_prove_to_be_one_are_merged_into_the_earlier(lake: Lake) -> None:
    publish(lake, 0, deduplicate(lake, [cleaned(1, story(0, 8)), cleaned(2, story(8, 16))]))
    found = deduplicate(lake, [cleaned(3, story(0, 16))])
    first, second = (cluster_of(cleaned(each, "").article_id) for each in (1, 2))
    assert [(each.kind, each.from_id, each.into_id) for each in found.merges] == [("cluster", second, first)]
    assert found.of(3).cluster_id == first
    publish(lake, 1, found)
    later = deduplicate(lake, [cleaned(4, story(8, 16))])
    assert later.of(4).cluster_id == first
    assert not later.merges


# --- always ---------------------------------------------------------------------------------------------------------


def test_a_bundle_that_is_repeated_gives_the_same(lake: Lake) -> None:
    articles = [cleaned(1, TEXT), cleaned(2, LONGER), cleaned(3, OTHER)]
    assert deduplicate(lake, articles, bundle_repeat=2) == deduplicate(lake, articles)


def test_articles_that_cannot_be_compared_do_not_stop_the_others(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(articles: Any, committed: Any, alike: Any) -> Any:
        raise RuntimeError("a defect")

    monkeypatch.setattr("transforms.deduplicate_articles.decide", fail)
    found = deduplicate(lake, [cleaned(1, TEXT), cleaned(2, TEXT), cleaned(3, OTHER)])
    assert [each.article_id for each in found.articles] == [cleaned(3, OTHER).article_id]
    assert [(each.reason, each.counted) for each in found.rejects] == [("stage_failed", True)] * 2


PASSAGES = st.tuples(st.integers(0, 30), st.integers(4, 10)).map(lambda each: story(each[0], each[0] + each[1]))


@given(st.lists(st.tuples(st.integers(1, 5), PASSAGES), min_size=1, max_size=7), st.randoms(use_true_random=False))
def test_decisions_lose_nothing_and_do_not_depend_on_order(drawn: list[tuple[int, str]], random: Any) -> None:
    articles = [cleaned(number, text, source=f"source-{at}") for at, (number, text) in enumerate(drawn)]
    shuffled = random.sample(articles, len(articles))
    alike = list(itertools.combinations({each.article_id for each in articles}, 2))
    decision = decide(articles, [], alike)
    assert decision == decide(shuffled, [], reversed(alike))
    kept = [each.source for each in itertools.chain(decision.articles, decision.items)]
    assert sorted(kept) == sorted(each.source for each in articles)
    canonical = [each for each in decision.articles if each.relation == "canonical"]
    assert {each.cluster_id for each in decision.articles} == {each.cluster_id for each in canonical}


def run(lake: Lake, day: int, articles: Sequence[Article]) -> None:
    """Deduplicate and publish as a run does, group by group, without an engine."""
    signed = [sign(each) for each in articles]
    sketches = [sketch_of(each)[1] for each in signed]
    known = look_up(sketches, open_index(lake), merged_clusters(lake), 30)
    candidates = {each.article_id: each for each in find_candidates(sketches, known)}
    groups: dict[str, list[Article]] = {}
    for each in signed:
        if each.article_id in candidates:
            groups.setdefault(candidates[each.article_id].group, []).append(each)
    published = [as_canonical(each) for each in signed if each.article_id not in candidates]
    merges: list[Merge] = []
    for name, group in groups.items():
        committed = read_known(lake, candidates[name].committed).values()
        decision = decide(group, committed, alike_of(group, candidates))
        published += decision.articles
        merges += decision.merges
    publish(lake, day, Found(published, [], merges, []))


def partition(lake: Lake) -> set[frozenset[str]]:
    """Return the clusters as sets of articles, merges followed."""
    merges = merged_clusters(lake)
    rows = lake.read("articles", ["article_id", "cluster_id"]).to_pylist()
    clusters: dict[str, set[str]] = {}
    for row in rows:
        clusters.setdefault(final_id(row["cluster_id"], merges), set()).add(row["article_id"])
    return {frozenset(each) for each in clusters.values()}


@settings(max_examples=12)
@given(
    drawn=st.lists(st.tuples(PASSAGES, st.integers(0, 2), st.integers(0, 200)), min_size=2, max_size=9),
    splits=st.lists(st.lists(st.integers(0, 2), min_size=9, max_size=9), min_size=2, max_size=2),
    order=st.randoms(use_true_random=False),
)
def test_the_clusters_do_not_depend_on_how_a_story_is_split_into_runs(
    drawn: list[tuple[str, int, int]], splits: list[list[int]], order: Any
) -> None:
    articles = [
        cleaned(number, text, publisher=f"Outlet {outlet}", published=MONDAY + hours * 3_600_000_000)
        for number, (text, outlet, hours) in enumerate(drawn)
    ]
    found = []
    for split in ([0] * 9, *splits):
        with tempfile.TemporaryDirectory() as folder:
            lake = Lake.open(folder)
            for day in range(3):
                mine = [each for each, part in zip(articles, split, strict=False) if part == day]
                if mine:
                    run(lake, day, order.sample(mine, len(mine)))
            found.append(partition(lake))
    assert found[0] == found[1] == found[2]


def test_a_window_below_one_day_is_refused(lake: Lake) -> None:
    with pytest.raises(ValueError, match="window_days is 0"):
        DeduplicateArticles(lake, window_days=0)
