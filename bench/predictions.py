"""From published rows to what the scorers of ../shared/eval read: pure conversions, one a scorer.

Rows are those of `newsbeam query --json`: dicts of plain values, times and days as ISO text.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
Prediction = dict[str, Any]


class NotRestored(Exception):
    """The edits of an article do not lead back to its source, so that no offset into it can be trusted."""


def newest(articles: Iterable[Row]) -> list[Row]:
    """Return the newest version of each article, in the order of their ids."""
    kept: dict[str, Row] = {}
    for article in articles:
        standing = kept.get(article["article_id"])
        if standing is None or standing["version"] < article["version"]:
            kept[article["article_id"]] = article
    return [kept[article_id] for article_id in sorted(kept)]


# --- pages ----------------------------------------------------------------------------------------------------------


def extraction(articles: Iterable[Row]) -> Iterator[Prediction]:
    """Yield what was found on each page; a page's id is its file's name. A day that no page tells counts as none."""
    for article in newest(articles):
        yield {
            "id": article["entry_id"].removesuffix(".html"),
            "text": article["text"],
            "title": article["title"],
            "date": None if article["published_basis"] == "fetched" else article["published_date"],
            "authors": article["authors"],
            "captions": article["captions"],
        }


# --- copies ---------------------------------------------------------------------------------------------------------


def resolve(name: str, merges: Mapping[str, str]) -> str:
    """Return what an id has become, by merges from one id into another.

    >>> resolve("a", {"a": "b", "b": "c"})
    'c'
    """
    seen: set[str] = set()
    while name in merges and name not in seen:
        seen.add(name)
        name = merges[name]
    return name


def copies(articles: Iterable[Row], merges: Mapping[str, str]) -> Iterator[Prediction]:
    """Yield the cluster of each document, and how it relates to which other one.

    Args:
        merges: of clusters.
    """
    rows = newest(articles)
    documents = {article["article_id"]: article["entry_id"] for article in rows}
    for article in rows:
        yield {
            "id": article["entry_id"],
            "cluster": resolve(article["cluster_id"], merges),
            "relation": article["relation"],
            "of": documents.get(article["related_id"]),
        }


# --- events ---------------------------------------------------------------------------------------------------------


def source_start(at: int, edits: Sequence[Row]) -> int:
    """Return where in its source the character at offset `at` of a text stood.

    >>> source_start(4, [{"at": 2, "text": "xyz", "replacement": ""}])  # "abcde" was "abxyzcde"
    7
    >>> source_start(3, [{"at": 2, "text": "--", "replacement": "-"}])  # "ab-cd" was "ab--cd"
    4
    """
    shift = 0
    for edit in edits:
        old, new = edit["text"], edit["replacement"]
        within = at - edit["at"]
        if within < 0:
            break
        if within < len(new):
            return int(edit["at"]) + shift + min(within, max(len(old) - 1, 0))
        shift += len(old) - len(new)
    return at + shift


def source_span(start: int, end: int, edits: Sequence[Row]) -> tuple[int, int]:
    """Return the half-open span of the source from the first to the last character; what was cut around it is no part.

    >>> source_span(0, 2, [{"at": 2, "text": "xyz", "replacement": ""}])
    (0, 2)
    """
    return source_start(start, edits), source_start(end - 1, edits) + 1


def restored(article: Row) -> str:
    """Return the source of an article's text: its edits applied backwards, the last one first."""
    text = article["text"]
    for edit in reversed(article["removed"]):
        text = text[: edit["at"]] + edit["text"] + text[edit["at"] + len(edit["replacement"]) :]
    return str(text)


def check_restored(article: Row, source: str) -> None:
    """Say nothing if the edits of `article` lead back to `source`.

    Raises:
        NotRestored: they do not.
    """
    if restored(article) != source:
        raise NotRestored(f"The edits of document {article['entry_id']} do not restore its text.")


def events(
    articles: Iterable[Row], mentions: Iterable[Row], merges: Mapping[str, str], sources: Mapping[str, str]
) -> Iterator[Prediction]:
    """Yield each document's events, with offsets into its source.

    Args:
        merges: of events.
        sources: the text of each document, by its id.

    Raises:
        NotRestored: the edits of an article do not lead back to its source.
    """
    by_article: dict[tuple[str, int], list[Row]] = {}
    for mention in mentions:
        by_article.setdefault((mention["article_id"], mention["version"]), []).append(mention)
    for article in newest(articles):
        source = sources[article["entry_id"]]
        check_restored(article, source)
        told = by_article.get((article["article_id"], article["version"]), [])
        found = [_event(mention, article["removed"], source, merges) for mention in told]
        yield {"id": article["entry_id"], "events": sorted(found, key=lambda each: each["trigger_start"])}


def _event(mention: Row, edits: Sequence[Row], source: str, merges: Mapping[str, str]) -> Prediction:
    sentence = source_span(mention["sentence_start"], mention["sentence_end"], edits)
    trigger = source_span(mention["trigger_start"], mention["trigger_end"], edits)
    same = ("type", "mode", "status", "granularity", "place", "place_country", "attribution", "confidence")
    return {
        **{key: mention[key] for key in same},
        "event": resolve(mention["event_id"], merges),
        "source": [_actor(actor) for actor in mention["source"]],
        "target": [_actor(actor) for actor in mention["target"]],
        "start": mention["start_date"],
        "end": mention["end_date"],
        "sentence_start": sentence[0],
        "sentence_end": sentence[1],
        "trigger_start": trigger[0],
        "trigger_end": trigger[1],
        "trigger": source[slice(*trigger)],
    }


def _actor(actor: Row) -> Prediction:
    return {"name": actor["name"], "country": actor["country"]}
