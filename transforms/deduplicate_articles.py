"""DeduplicateArticles: Article -> Article with its cluster of copies, and what it is to the canonical one.

Signatures alone are gathered to find what may be a copy of what; the bodies of those few articles then meet, with the
committed ones that they resemble, and are compared in full. All others go on as they are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Literal, NamedTuple, Optional

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.pvalue import PCollection, TaggedOutput

from schemas import Article, Item, Merge, Reject
from schemas.ids import make_id
from schemas.tables import EPOCH, from_arrow
from transforms.items import article_item
from transforms.lake import Lake
from transforms.progress import Progress
from transforms.rejects import reject_article
from transforms.similarity import (
    Groups,
    Known,
    Text,
    candidates,
    compare,
    is_same_news,
    read_text,
    relation_of,
    signature_of,
)

STAGE = "deduplicate_articles"


class Deduplicated(NamedTuple):
    """What articles became."""

    articles: PCollection[Article]  # new, changed, or a copy
    items: PCollection[Item]  # unchanged, or fetched twice in this run
    merges: PCollection[Merge]
    rejects: PCollection[Reject]


class Sketch(NamedTuple):
    """What is gathered of one article to find what resembles it."""

    article_id: str
    published: int  # µs
    content_hash: str
    cluster_id: str  # "" for an article of this run
    signature: Sequence[int]


class Candidate(NamedTuple):
    """An article of this run that is worth comparing."""

    article_id: str
    group: str  # those that may be copies of each other
    committed: Sequence[str]  # ids of articles in the lake


for _record in (Sketch, Candidate):
    beam.coders.registry.register_coder(_record, beam.coders.RowCoder)


# --- one article ----------------------------------------------------------------------------------------------------


def sign(article: Article) -> Article:
    """Return an article with its signature."""
    return article._replace(signature=signature_of(article.text))


def sketch_of(article: Article) -> tuple[str, Sketch]:
    sketch = Sketch(article.article_id, article.published, article.content_hash, "", article.signature)
    return article.run_id, sketch


def as_canonical(article: Article) -> Article:
    """Return an article that is no copy of anything: the first of its own cluster."""
    return article._replace(cluster_id=cluster_of(article.article_id), relation="canonical", independent=True)


def cluster_of(article_id: str) -> str:
    """Return the id of the cluster whose canonical article it is (formula in schemas/ids.py)."""
    return make_id("cluster", article_id)


# --- what may be a copy of what -------------------------------------------------------------------------------------


def committed_sketches(lake: Lake, sketches: Sequence[Sketch], window_days: int) -> list[Sketch]:
    """Return what the lake holds that may resemble `sketches`.

    These are articles published near them that hold one of their sampled shingles, and their own earlier versions,
    whenever those were published. Batches are filtered as they are read, so that memory grows with what is found.
    """
    hashes = pa.array(sorted({each for sketch in sketches for each in sketch.signature}), pa.int64())
    near = [
        batch.filter(holding(batch["signature"], hashes))
        for batch in lake.batches("articles", Sketch._fields, where=published_near(sketches, window_days))
    ]
    own = lake.read("articles", Sketch._fields, where=_is_one_of("article_id", (each.article_id for each in sketches)))
    found = from_arrow(Sketch, pa.concat_tables([own, *(pa.Table.from_batches([batch]) for batch in near)]))
    merges = merged_clusters(lake)
    return [each._replace(cluster_id=final_id(each.cluster_id, merges)) for each in found]


def merged_clusters(lake: Lake) -> dict[str, str]:
    """Return the clusters that proved to be others, and which."""
    rows = lake.read("merges", ["from_id", "into_id"], where=pc.field("kind") == "cluster")
    return dict(zip(rows["from_id"].to_pylist(), rows["into_id"].to_pylist(), strict=True))


def final_id(cluster_id: str, merges: Mapping[str, str]) -> str:
    """Return what a cluster has become, itself where it is not merged.

    >>> final_id("c", {"c": "b", "b": "a"})
    'a'
    """
    while cluster_id in merges:
        cluster_id = merges[cluster_id]
    return cluster_id


def _is_one_of(column: str, values: Iterable[str]) -> pc.Expression:
    return pc.field(column).isin(pa.array(sorted(set(values)), pa.string()))  # typed: there may be none


def published_near(sketches: Sequence[Sketch], window_days: int) -> pc.Expression:
    """Return the filter of the days within `window_days` of those on which `sketches` were published."""
    published = [sketch.published for sketch in sketches]
    first, last = (_day(min(published), -window_days), _day(max(published), window_days))
    return (pc.field("date") >= first) & (pc.field("date") <= last)


def _day(micros: int, days: int) -> str:
    """Return the day of a moment and some days on; the calendar's first or last where there is none.

    >>> _day(0, 30), _day(-(2**62), -30)
    ('1970-01-31', '0001-01-01')
    """
    try:
        return (EPOCH + timedelta(microseconds=micros, days=days)).date().isoformat()
    except OverflowError:
        return (date.min if days < 0 else date.max).isoformat()


def holding(signatures: pa.ListArray, hashes: pa.Array) -> pa.BooleanArray:
    """Say of each signature whether one of `hashes` is in it."""
    parents = pc.list_parent_indices(signatures)
    found = pc.unique(parents.filter(pc.is_in(pc.list_flatten(signatures), hashes)))
    return pc.is_in(pa.array(range(len(signatures)), parents.type), found)


def find_candidates(new: Sequence[Sketch], committed: Sequence[Sketch]) -> list[Candidate]:
    """Return the articles that may be copies, changed, or the same twice, with those that they are to be compared with.

    Articles of one text are one text, however many they are: they are of one group without being paired.
    """
    fresh = {sketch.content_hash: sketch.signature for sketch in new}
    known = {sketch.content_hash: sketch.signature for sketch in committed if sketch.content_hash not in fresh}
    groups = Groups(candidates(fresh, known))
    for sketch in (*new, *committed):
        groups.join(f"article {sketch.article_id}", sketch.content_hash)
        if sketch.cluster_id:  # so that whatever may join two clusters is decided in one place
            groups.join(f"cluster {sketch.cluster_id}", sketch.content_hash)
    gathered: dict[str, list[Sketch]] = {}
    for sketch in (*new, *committed):
        gathered.setdefault(groups.find(sketch.content_hash), []).append(sketch)
    return [each for group in gathered.values() if len(group) > 1 for each in _candidates_of(group)]


def _candidates_of(group: Sequence[Sketch]) -> Iterator[Candidate]:
    """Yield the articles of this run in a group. The first one carries the ids of the committed ones."""
    new = sorted({each.article_id for each in group if not each.cluster_id})
    committed = sorted({each.article_id for each in group if each.cluster_id})
    for article_id in new:
        yield Candidate(article_id, new[0], committed if article_id == new[0] else [])


# --- comparing ------------------------------------------------------------------------------------------------------


class Decision(NamedTuple):
    """What became of the articles of one group."""

    articles: Sequence[Article]
    items: Sequence[Item]
    merges: Sequence[Merge]


def read_known(lake: Lake, article_ids: Sequence[str]) -> list[Known]:
    """Return the newest committed version of some articles and of the canonical articles of their clusters."""
    if not article_ids:  # most groups are of one run: no look into the lake
        return []
    merges = merged_clusters(lake)

    def read(column: str, values: Iterable[str]) -> list[Known]:
        rows = from_arrow(Known, lake.read("articles", Known._fields, where=_is_one_of(column, values)))
        return [each._replace(cluster_id=final_id(each.cluster_id, merges)) for each in rows]

    found = read("article_id", article_ids)
    heads = [each for each in read("cluster_id", (each.cluster_id for each in found)) if is_canonical(each)]
    newest = {each.article_id: each for each in sorted((*found, *heads), key=lambda each: each.version)}
    return list(newest.values())


def is_canonical(known: Known) -> bool:
    """Say whether a committed article is the canonical one of its cluster, which is named after it."""
    return known.cluster_id == cluster_of(known.article_id)


def decide(articles: Iterable[Article], committed: Iterable[Known]) -> Decision:
    """Return what becomes of articles that may be copies of each other, of committed ones, or new versions of these.

    The canonical article of a cluster is the earliest by (published, id); one that is committed stays.
    """
    earlier = {each.article_id: read_text(each) for each in committed}
    changed, items = _settle(articles, earlier)
    texts = {each.article_id: read_text(_known(each)) for each in changed}
    groups = group_same_news(texts, earlier)
    members: dict[str, list[Article]] = {}
    for article in changed:
        members.setdefault(groups.find(article.article_id), []).append(article)
    published: list[Article] = []
    merges: list[Merge] = []
    for name, group in members.items():
        heads = sorted(
            (each for key, each in earlier.items() if groups.find(key) == name and is_canonical(each.known)), key=_order
        )
        head = heads[0] if heads else min((texts[each.article_id] for each in group), key=_order)
        published += [_relate(each, texts[each.article_id], head, earlier.get(each.article_id)) for each in group]
        merges += [_merge(group[0], each.known.cluster_id, head.known.cluster_id) for each in heads[1:]]
    return Decision(published, items, merges)


def _known(article: Article) -> Known:
    known = Known(*(getattr(article, name) for name in Known._fields))
    return known._replace(cluster_id="")


def _order(text: Text) -> tuple[int, str]:
    return text.known.published, text.known.article_id


def _settle(articles: Iterable[Article], earlier: Mapping[str, Text]) -> tuple[list[Article], list[Item]]:
    """Return the articles that are new or changed, each once, and items for the others."""
    changed: dict[str, Article] = {}
    items: list[Item] = []
    for article in sorted(articles, key=lambda each: (each.source, each.entry_id)):
        before = earlier[article.article_id].known if article.article_id in earlier else None
        if before and before.content_hash == article.content_hash:
            items.append(article_item(article._replace(version=before.version), "unchanged"))
        elif article.article_id in changed:
            items.append(article_item(article._replace(version=changed[article.article_id].version), "duplicate"))
        else:
            version = max(article.version, before.version + 1) if before else article.version
            changed[article.article_id] = article._replace(version=version)
    return sorted(changed.values(), key=lambda each: each.article_id), items


def group_same_news(texts: Mapping[str, Text], earlier: Mapping[str, Text]) -> Groups:
    """Return the ids of articles in groups of the same news; what was committed as one cluster stays one."""
    groups = Groups((key, f"cluster {each.known.cluster_id}") for key, each in earlier.items())
    among = combinations(texts.items(), 2)
    across = ((mine, theirs) for mine in texts.items() for theirs in earlier.items())
    for (a, text), (b, other) in (*among, *across):
        if groups.find(a) != groups.find(b) and is_same_news(text, other):
            groups.join(a, b)
    return groups


def _relate(article: Article, text: Text, head: Text, before: Optional[Text]) -> Article:
    """Return an article with what it is to the canonical one of its cluster, or to its own earlier version."""
    article = article._replace(cluster_id=head.known.cluster_id or cluster_of(head.known.article_id))
    is_head = article.article_id == head.known.article_id
    if is_head and before is None:
        return as_canonical(article)
    if before is not None and (is_head or not is_same_news(text, head)):
        return _compared(article, "updated", text, before)._replace(independent=True)
    return _compared(article, relation_of(text, head), text, head)._replace(independent=False)


def _compared(article: Article, relation: str, text: Text, other: Text) -> Article:
    similarity = compare(text, other).jaccard
    return article._replace(relation=relation, related_id=other.known.article_id, similarity=similarity)


def _merge(article: Article, from_id: str, into_id: str) -> Merge:
    reason = f"Article {article.article_id} is the same news as both."
    return Merge(article.run_id, "cluster", from_id, into_id, reason, article.fetched)


# --- the step -------------------------------------------------------------------------------------------------------


class _Sign(beam.DoFn):
    """Give each article its signature."""

    def __init__(self) -> None:
        self.progress = Progress(STAGE)

    def process(self, article: Article) -> Iterator[Article | TaggedOutput[Literal["rejects"], Reject]]:
        try:
            yield sign(article)
        except Exception as error:  # one article must not stop the others
            self.progress.count("rejects")
            yield TaggedOutput("rejects", _reject(article, error))

    def finish_bundle(self) -> None:
        self.progress.flush()


class _Find(beam.DoFn):
    """Find the articles of a run that may be copies."""

    def __init__(self, lake: Lake, window_days: int) -> None:
        self.lake = lake
        self.window_days = window_days

    def process(self, run: tuple[str, Iterable[Sketch]]) -> Iterator[tuple[str, Candidate]]:
        sketches = list(run[1])
        committed = committed_sketches(self.lake, sketches, self.window_days)
        for each in find_candidates(sketches, committed):
            yield each.article_id, each


class _Part(beam.DoFn):
    """Key candidates by their group; what resembles nothing is canonical."""

    def __init__(self) -> None:
        self.progress = Progress(STAGE)

    def process(
        self, article: Article, candidates: Mapping[str, Candidate]
    ) -> Iterator[Article | TaggedOutput[Literal["candidates"], tuple[str, Article]]]:
        candidate = candidates.get(article.article_id)
        if candidate is None:
            self.progress.count("articles")
            yield as_canonical(article)
        else:
            yield TaggedOutput("candidates", (candidate.group, article))

    def finish_bundle(self) -> None:
        self.progress.flush()


class _Compare(beam.DoFn):
    """Compare the articles of one group in full."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.progress = Progress(STAGE)

    def process(
        self, group: tuple[str, Iterable[Article]], candidates: Mapping[str, Candidate]
    ) -> Iterator[
        Article
        | TaggedOutput[Literal["items"], Item]
        | TaggedOutput[Literal["merges"], Merge]
        | TaggedOutput[Literal["rejects"], Reject]
    ]:
        articles = list(group[1])
        try:
            found = decide(articles, read_known(self.lake, candidates[group[0]].committed))
        except Exception as error:
            self.progress.count("rejects", len(articles))
            yield from (TaggedOutput("rejects", _reject(each, error)) for each in articles)
            return
        self.progress.count("articles", len(found.articles))
        self.progress.count("items", len(found.items))
        yield from found.articles
        yield from (TaggedOutput("items", each) for each in found.items)
        yield from (TaggedOutput("merges", each) for each in found.merges)

    def finish_bundle(self) -> None:
        self.progress.flush()


def _reject(article: Article, error: Exception) -> Reject:
    detail = f"{type(error).__name__}: {error}"
    return reject_article(article, stage=STAGE, reason="stage_failed", detail=detail, counted=True)


@dataclass
class DeduplicateArticles(beam.PTransform):
    """Articles in; each out with its cluster, or as an item that says why it has no row of its own."""

    lake: Lake
    window_days: int = 30  # between the publication of two copies: reprints come within days, templates for ever

    def __post_init__(self) -> None:
        if self.window_days < 1:
            raise ValueError(f"window_days is {self.window_days}; it must be at least 1")

    def expand(self, articles: PCollection[Article]) -> Deduplicated:
        signed = articles | "Sign each article" >> beam.ParDo(_Sign()).with_outputs("rejects", main="articles")
        candidates = beam.pvalue.AsDict(
            signed.articles
            | "Sketch each article" >> beam.Map(sketch_of)
            | "Gather sketches by run" >> beam.GroupByKey()
            | "Find what may be a copy" >> beam.ParDo(_Find(self.lake, self.window_days))
        )
        parted = signed.articles | "Part what resembles nothing" >> beam.ParDo(_Part(), candidates).with_outputs(
            "candidates", main="apart"
        )
        compared = (
            parted.candidates
            | "Gather candidates by group" >> beam.GroupByKey()
            | "Compare texts"
            >> beam.ParDo(_Compare(self.lake), candidates).with_outputs("items", "merges", "rejects", main="articles")
        )
        return Deduplicated(
            articles=(parted.apart, compared.articles) | "Gather articles" >> beam.Flatten(),
            items=compared.items,
            merges=compared.merges,
            rejects=(signed.rejects, compared.rejects) | "Gather rejected articles" >> beam.Flatten(),
        )
