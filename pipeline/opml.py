"""OPML, in which feed readers keep their feeds -> blocks of a sources.toml, and back. Groups become tags."""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Optional

import lxml.etree

from pipeline.values import is_url
from schemas.reject import ConfigurationError
from schemas.run import Source
from transforms.fetch.urls import host_of
from transforms.poll.listing import language_code, line

MAX_NAME = 60


class Outline(NamedTuple):
    """One feed of an OPML file."""

    title: str
    url: str
    tags: Sequence[str]
    language: Optional[str] = None  # ISO 639-1


class Imported(NamedTuple):
    """What an OPML file gives."""

    toml: str  # [[source]] blocks
    sources: int
    left_out: Sequence[str]  # a sentence each


# --- import ---------------------------------------------------------------------------------------------------------


def read_file(path: Path) -> Imported:
    """Return the feeds of a file as blocks of a sources.toml, each feed once.

    Raises:
        ConfigurationError: the file cannot be read, or is no OPML with feeds.
    """
    try:
        outlines = list(read_outlines(path.read_bytes()))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}. Name an OPML file.") from None
    if not outlines:
        raise ConfigurationError(f'{path}: there is no feed in it. An OPML file has <outline xmlUrl="..."> elements.')
    good = [each for each in _joined(outlines) if is_url(each.url)]
    bad = [f"{each.title}: {each.url[:200]!r} is no http or https address" for each in outlines if not is_url(each.url)]
    return Imported("\n".join(_block(*named) for named in _named(good)), len(good), bad)


def read_outlines(body: bytes) -> Iterator[Outline]:
    """Yield the feeds of an OPML document, in its order. Entities are neither expanded nor fetched."""
    parser = lxml.etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    try:
        root = lxml.etree.fromstring(body, parser)
    except (lxml.etree.XMLSyntaxError, ValueError):
        return
    for outline in root.iter("outline") if root is not None else ():
        given = {name.lower(): value for name, value in outline.attrib.items()}
        url = (line(given.get("xmlurl"), 4_000) or "").strip()
        if url:
            groups = [_title(each) for each in outline.iterancestors("outline")][::-1]
            categories = [part.strip(" /") for part in given.get("category", "").split(",")]
            tags = list(dict.fromkeys(tag for each in (*groups, *categories) if (tag := " ".join(each.split()))))
            yield Outline(_title(outline) or host_of(url) or url, url, tags, language_code(given.get("language", "")))


def _title(outline: lxml.etree._Element) -> str:
    return line(outline.get("title") or outline.get("text"), 200) or ""


def _joined(outlines: Sequence[Outline]) -> list[Outline]:
    """Return each address once, with the tags of all places where it stands."""
    joined: dict[str, Outline] = {}
    for each in outlines:
        first = joined.get(each.url, each)
        joined[each.url] = first._replace(tags=list(dict.fromkeys((*first.tags, *each.tags))))
    return list(joined.values())


def _named(outlines: Sequence[Outline]) -> Iterator[tuple[str, Outline]]:
    """Yield each with a name of its own."""
    taken: set[str] = set()
    for each in outlines:
        name = first = slug(each.title) or slug(host_of(each.url)) or "feed"
        number = 1
        while name in taken:
            number += 1
            name = f"{first}-{number}"
        taken.add(name)
        yield name, each


def slug(title: str) -> str:
    """Return a title as a name that a source may have, "" where nothing of it can stand in one.

    >>> slug("Diário da Manhã: World")
    'diario-da-manha-world'
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_NAME].strip("-")


def _block(name: str, outline: Outline) -> str:
    rows = ["[[source]]", f"name = {quoted(name)}", f"url = {quoted(outline.url)}"]
    if outline.language:
        rows.append(f"language = {quoted(outline.language)}")
    if outline.tags:
        rows.append(f"tags = [{', '.join(map(quoted, outline.tags))}]")
    return "\n".join(rows) + "\n"


def quoted(text: str) -> str:
    """Return a TOML string. What JSON escapes, TOML reads, but for surrogates, which no address or title holds here."""
    return json.dumps(text, ensure_ascii=False)


# --- export ---------------------------------------------------------------------------------------------------------


def write_opml(sources: Sequence[Source]) -> str:
    """Return the feeds among `sources` as OPML 2.0, grouped by their first tag.

    It has no attribute for a publisher, an interval or anything else of ours.
    """
    root = lxml.etree.Element("opml", version="2.0")
    head = lxml.etree.SubElement(root, "head")
    lxml.etree.SubElement(head, "title").text = "newsbeam"
    body = lxml.etree.SubElement(root, "body")
    groups: dict[str, lxml.etree._Element] = {}
    for source in filter(is_feed, sources):
        tag: Optional[str] = next(iter(source.tags), None)
        if tag is not None and tag not in groups:
            groups[tag] = lxml.etree.SubElement(body, "outline", text=tag)
        given = {"category": ",".join(source.tags), "language": source.language}
        more = {name: value for name, value in given.items() if value}
        place = body if tag is None else groups[tag]
        lxml.etree.SubElement(place, "outline", type="rss", text=source.name, xmlUrl=source.location, **more)
    written: bytes = lxml.etree.tostring(root, pretty_print=True, xml_declaration=True, encoding="UTF-8")
    return written.decode()


def is_feed(source: Source) -> bool:
    """Say whether OPML has a form for a source: it lists feeds alone."""
    return source.kind == "feed"
