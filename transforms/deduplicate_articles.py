"""DeduplicateArticles: Article -> Article with its cluster of copies, and what it is to the canonical one.

Signatures alone are gathered to find what may be a copy of what; the bodies of those few articles then meet, with the
committed ones that they resemble, and are compared in full. All others go on as they are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, product
from typing import Literal, NamedTuple, Optional

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.pvalue import PCollection, TaggedOutput

from schemas import Article, Item, Merge, Reject
from schemas.ids import make_id
from schemas.tables import TIME, day_of, from_arrow
from transforms.deduplicate.index import COLUMNS, ROW, Row, Segment, named, resembling, segment_of
from transforms.deduplicate.indexing import open_index
from transforms.deduplicate.shingles import signature_of
from transforms.deduplicate.similarity import (
    Groups,
    Known,
    Text,
    compare,
    is_same_news,
    read_text,
    relation_of,
)
from transforms.items import article_item
from transforms.progress import Progress
from transforms.rejects import reject_article
from transforms.shards import grouped, shard_of
from transforms.store.lake import Lake

STAGE = "deduplicate_articles"

DAY_US = 86_400_000_000


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
    signature: Sequence[int]


class Place(NamedTuple):
    """Where a version of a committed article is found."""

    article_id: str
    published: int  # µs
    cluster_id: str  # what its cluster has become


class Candidate(NamedTuple):
    """An article of this run that is worth comparing."""

    article_id: str
    group: str  # those that may be copies of each other
    resembles: Sequence[str]  # ids of articles, of this run or committed
    committed: Sequence[Place]  # of the whole group, with the first of its articles


for _record in (Sketch, Place, Candidate):
    beam.coders.registry.register_coder(_record, beam.coders.RowCoder)


# --- one article ----------------------------------------------------------------------------------------------------


def sign(article: Article) -> Article:
    """Return an article with its signature."""
    return article._replace(signature=signature_of(article.text))


def sketch_of(article: Article) -> tuple[str, Sketch]:
    return article.run_id, Sketch(article.article_id, article.published, article.content_hash, article.signature)


def as_canonical(article: Article) -> Article:
    """Return an article that is no copy of anything: the first of its own cluster."""
    return article._replace(cluster_id=cluster_of(article.article_id), relation="canonical", independent=True)


def cluster_of(article_id: str) -> str:
    """Return the id of the cluster whose canonical article it is (formula in schemas/ids.py)."""
    return make_id("cluster", article_id)


# --- what may be a copy of what -------------------------------------------------------------------------------------


class Resembling(NamedTuple):
    """What the index knows of the articles of a run."""

    pairs: Sequence[tuple[str, str]]  # content hashes: of this run, and of this run or a committed article
    committed: Sequence[Row]  # with the cluster that theirs has become


def look_up(new: Sequence[Sketch], index: Sequence[Segment], merges: Mapping[str, str], window_days: int) -> Resembling:
    """Return what may be compared with articles of a run: what resembles them or has the same text within the window.

    Beside these are their own earlier versions, whenever those were published, and the canonical articles of the
    clusters of all. Articles of this run are looked up in each other in the same way.
    """
    window = window_days * DAY_US
    first, last = min(each.published for each in new) - window, max(each.published for each in new) + window
    found = list(resembling([_segment(new), *index], {each.content_hash: each.signature for each in new}))
    near = {pair.other.content_hash for pair in found if first <= pair.other.published <= last}
    pairs = {(pair.content_hash, pair.other.content_hash) for pair in found if pair.other.content_hash in near}
    texts = near.union(each.content_hash for each in new)
    holders = [row for row in named(index, texts) if row.content_hash in texts and first <= row.published <= last]
    versions = named(index, {*(each.article_id for each in new), *(row.article_id for row in holders)})
    clusters = {final_id(row.cluster_id, merges) for row in versions}
    rows = {row._replace(cluster_id=final_id(row.cluster_id, merges)) for row in (*versions, *named(index, clusters))}
    return Resembling(sorted(pairs), sorted(rows))


def _segment(sketches: Sequence[Sketch]) -> Segment:
    """Return articles of a run in the form of committed ones."""
    columns = {name: [getattr(each, name, "") for each in sketches] for name in COLUMNS}
    return segment_of(pa.table(columns, pa.schema([(each.name, each.type) for each in ROW])), [])


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


def find_candidates(new: Sequence[Sketch], known: Resembling) -> list[Candidate]:
    """Return the articles that may be copies, changed, or the same twice, with those that they are to be compared with.

    Articles of one text are compared with the one before them alone, however many they are.
    """
    everything = (*(Row(each.article_id, each.published, each.content_hash, "") for each in new), *known.committed)
    groups = Groups(known.pairs)
    holders: dict[str, set[str]] = {}
    for row in everything:
        holders.setdefault(row.content_hash, set()).add(row.article_id)
        groups.join(f"article {row.article_id}", row.content_hash)
        if row.cluster_id:  # so that whatever may join two clusters is decided in one place
            groups.join(f"cluster {row.cluster_id}", row.content_hash)
    alike: dict[str, set[str]] = {}
    copies = (pair for a, b in known.pairs if b in holders for pair in product(holders[a], holders[b]))
    twins = (pair for ids in holders.values() for pair in pairwise(sorted(ids)))
    for a, b in (*copies, *twins):
        alike.setdefault(a, set()).add(b)
        alike.setdefault(b, set()).add(a)
    gathered = grouped((groups.find(row.content_hash), row) for row in everything)
    return [each for group in gathered.values() if len(group) > 1 for each in _candidates_of(group, alike)]


def _candidates_of(group: Sequence[Row], alike: Mapping[str, set[str]]) -> Iterator[Candidate]:
    """Yield the articles of this run in a group. The first one carries the places of the committed ones."""
    new = sorted({each.article_id for each in group if not each.cluster_id})
    places = sorted({Place(each.article_id, each.published, each.cluster_id) for each in group if each.cluster_id})
    for article_id in new:
        resembles = sorted(alike.get(article_id, ()))
        yield Candidate(article_id, new[0], resembles, places if article_id == new[0] else [])


# --- comparing ------------------------------------------------------------------------------------------------------


class Decision(NamedTuple):
    """What became of the articles of one group."""

    articles: Sequence[Article]
    items: Sequence[Item]
    merges: Sequence[Merge]


def read_known(lake: Lake, places: Iterable[Place]) -> dict[str, Known]:
    """Return the newest version of committed articles by their ids."""
    clusters = {place.article_id: place.cluster_id for place in places}
    if not clusters:  # most runs have groups of their own alone: no look into the lake
        return {}
    published = {place.published for place in places}
    where = pc.field("article_id").isin(pa.array(sorted(clusters))) & pc.field("published").isin(
        pa.array(sorted(published), TIME)  # rows are sorted by it, so that most row groups are passed over
    )
    rows = lake.read("articles", Known._fields, where=where, partitions=sorted(map(day_of, published)))
    newest = {each.article_id: each for each in sorted(from_arrow(Known, rows), key=lambda each: each.version)}
    return {key: each._replace(cluster_id=clusters[key]) for key, each in newest.items()}


def alike_of(articles: Iterable[Article], candidates: Mapping[str, Candidate]) -> set[tuple[str, str]]:
    """Return the pairs of ids that are compared in a group."""
    return {(each.article_id, other) for each in articles for other in candidates[each.article_id].resembles}


def is_canonical(known: Known) -> bool:
    """Say whether a committed article is the canonical one of its cluster, which is named after it."""
    return known.cluster_id == cluster_of(known.article_id)


def decide(articles: Iterable[Article], committed: Iterable[Known], alike: Iterable[tuple[str, str]]) -> Decision:
    """Return what becomes of articles that may be copies of each other, of committed ones, or new versions of these.

    The canonical article of a cluster is the earliest by (published, id); one that is committed stays.

    Args:
        alike: pairs of ids that are compared.
    """
    earlier = {each.article_id: read_text(each) for each in committed}
    changed, items = _settle(articles, earlier)
    texts = {each.article_id: read_text(_known(each)) for each in changed}
    groups = group_same_news(texts, earlier, alike)
    members = grouped((groups.find(each.article_id), each) for each in changed)
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


def group_same_news(texts: Mapping[str, Text], earlier: Mapping[str, Text], alike: Iterable[tuple[str, str]]) -> Groups:
    """Return the ids of articles in groups of the same news; what was committed as one cluster stays one."""
    groups = Groups((key, f"cluster {each.known.cluster_id}") for key, each in earlier.items())
    for a, b in sorted({(min(pair), max(pair)) for pair in alike}):
        for one, other in ((texts, texts), (texts, earlier), (earlier, texts)):
            if a in one and b in other and groups.find(a) != groups.find(b) and is_same_news(one[a], other[b]):
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
        known = look_up(sketches, open_index(self.lake), merged_clusters(self.lake), self.window_days)
        yield "", Candidate("", "", [], [])  # without a row of a window Flink waits for this side input for good
        for each in find_candidates(sketches, known):
            yield each.article_id, each


class _Part(beam.DoFn):
    """Key candidates by shard and group; what resembles nothing is canonical."""

    def __init__(self) -> None:
        self.progress = Progress(STAGE)

    def process(
        self, article: Article, candidates: Mapping[str, Candidate]
    ) -> Iterator[Article | TaggedOutput[Literal["candidates"], tuple[int, tuple[str, Article]]]]:
        candidate = candidates.get(article.article_id)
        if candidate is None:
            self.progress.count("articles")
            yield as_canonical(article)
        else:
            yield TaggedOutput("candidates", (shard_of(candidate.group), (candidate.group, article)))

    def finish_bundle(self) -> None:
        self.progress.flush()


class _Compare(beam.DoFn):
    """Compare the articles of each group of a shard in full."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.progress = Progress(STAGE)

    def process(
        self, shard: tuple[int, Iterable[tuple[str, Article]]], candidates: Mapping[str, Candidate]
    ) -> Iterator[
        tuple[int, Article]
        | TaggedOutput[Literal["items"], Item]
        | TaggedOutput[Literal["merges"], Merge]
        | TaggedOutput[Literal["rejects"], Reject]
    ]:
        groups = grouped(shard[1])
        places = {name: candidates[name].committed for name in groups}
        known = read_known(self.lake, list(chain.from_iterable(places.values())))
        for name, articles in sorted(groups.items()):
            ids = dict.fromkeys(place.article_id for place in places[name])
            try:
                found = decide(articles, [known[each] for each in ids if each in known], alike_of(articles, candidates))
            except Exception as error:
                self.progress.count("rejects", len(articles))
                yield from (TaggedOutput("rejects", _reject(each, error)) for each in articles)
                continue
            self.progress.count("articles", len(found.articles))
            self.progress.count("items", len(found.items))
            yield from ((shard_of(each.article_id), each) for each in found.articles)
            yield from (TaggedOutput("items", each) for each in found.items)
            yield from (TaggedOutput("merges", each) for each in found.merges)

    def finish_bundle(self) -> None:
        self.progress.flush()


def _members(shard: tuple[int, Iterable[Article]]) -> Iterable[Article]:
    return shard[1]


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
            | "Gather candidates by shard" >> beam.GroupByKey()
            | "Compare texts"
            >> beam.ParDo(_Compare(self.lake), candidates).with_outputs("items", "merges", "rejects", main="articles")
        )
        spread = (
            compared.articles
            | "Spread compared articles" >> beam.GroupByKey()  # what resembles it may be hundreds: others code them too
            | "Take compared articles apart" >> beam.FlatMap(_members)
        )
        return Deduplicated(
            articles=(parted.apart, spread) | "Gather articles" >> beam.Flatten(),
            items=compared.items,
            merges=compared.merges,
            rejects=(signed.rejects, compared.rejects) | "Gather rejected articles" >> beam.Flatten(),
        )
