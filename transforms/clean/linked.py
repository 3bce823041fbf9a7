"""JSON-LD: what a page says of its article in data of its own (schema.org)."""

import json
import re
from collections.abc import Iterator
from typing import Any

import lxml.html

#: schema.org types of an article end so, whatever their kind: NewsArticle, BlogPosting, Report.
ARTICLE_TYPES = ("Article", "Posting", "Report")

LinkedData = dict[str, Any]  # one JSON-LD object, as the page wrote it

#: What outlets leave around and in their JSON: marks of comments and CDATA, a semicolon, commas before a bracket.
BEFORE_JSON = re.compile(r"\A\s*(?:(?://)?\s*<!\[CDATA\[|<!--)")
AFTER_JSON = re.compile(r"(?:(?://)?\s*\]\]>|-->)\s*\Z")
LAST_COMMA = re.compile(r",(?=\s*[}\]])")


def linked_article(tree: lxml.html.HtmlElement) -> LinkedData:
    """Return the first JSON-LD object that is an article, empty where there is none or it cannot be read.

    Authors that it names by the id of another object of the same script are that object.
    """
    for script in tree.iter("script"):
        if script.get("type") != "application/ld+json":
            continue
        objects = list(_objects(_read_leniently(script.text or "")))
        for each in objects:
            if is_a(each, ARTICLE_TYPES):
                return {**each, "author": _resolved(each.get("author"), objects)} if "author" in each else each
    return {}


def is_a(thing: LinkedData, endings: tuple[str, ...]) -> bool:
    """Say whether one of the types of an object ends so."""
    kinds = thing.get("@type")
    return any(str(kind).endswith(endings) for kind in (kinds if isinstance(kinds, list) else [kinds]))


def _resolved(given: object, objects: list[LinkedData]) -> object:
    """Return what is given with references put in full: `{"@id": ...}` alone is the object of that id."""
    if isinstance(given, list):
        return [_resolved(each, objects) for each in given]
    if isinstance(given, dict) and "@id" in given and "name" not in given:
        return next((each for each in objects if each.get("@id") == given["@id"] and "name" in each), given)
    return given


def _read_leniently(text: str) -> object:
    """Return what JSON-LD says, None where it cannot be read; several objects in a row are a list.

    >>> _read_leniently('<!-- {"a": [1, 2,],} {"b": 3}; -->')
    [{'a': [1, 2]}, {'b': 3}]
    """
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        pass
    text = LAST_COMMA.sub("", AFTER_JSON.sub("", BEFORE_JSON.sub("", text))).strip()
    decoder = json.JSONDecoder(strict=False)
    found: list[object] = []
    try:
        while text:
            each, end = decoder.raw_decode(text)
            found.append(each)
            text = text[end:].lstrip(" \t\r\n,;")
    except (ValueError, RecursionError):
        pass  # what stood before it is kept
    return found[0] if len(found) == 1 else found or None


def _objects(found: object) -> Iterator[LinkedData]:
    """Yield the objects on top, in lists and in `@graph`."""
    for each in found if isinstance(found, list) else [found]:
        if isinstance(each, dict):
            yield each
            yield from _objects(each.get("@graph", []))
