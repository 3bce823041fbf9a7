"""A page of HTML: its title, text, authors, date, language, captions and own address.

What the page says of itself is read first; then what is no text leaves the tree, captions and pointers to other
articles among it. Pages are read in a process of their own, which is killed when one takes too long.
"""

import logging
import re
from typing import Any, NamedTuple, Optional

import lxml.html
from lxml import etree

from transforms.clean.authors import authors_of
from transforms.clean.captions import empty, take_captions
from transforms.clean.containers import drop_other_articles, standfirst
from transforms.clean.flat import read_flat
from transforms.clean.head import read_head
from transforms.clean.metadata import (
    Day,
    canonical_url_of,
    image_of,
    language_of,
    modified_of,
    published_of,
    section_of,
    tags_of,
    title_of,
)
from transforms.clean.prose import read_prose
from transforms.clean.quality import count_words
from transforms.clean.screens import FEW_WORDS, NO_SIGNS, Signs, signs_of
from transforms.clean.strings import one_line
from transforms.guard import Guards, Stopped
from transforms.scrub import FORBIDDEN

for _name in ("trafilatura", "htmldate", "courlan"):  # what they have to say of a page stands in the reject
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class Reading(NamedTuple):
    """What was found on a page. Fields are as the page has them: neither scrubbed nor mended."""

    title: Optional[str]
    text: str  # blocks, one a line
    authors: list[str]
    published: Optional[Day]
    modified: Optional[Day]
    section: Optional[str]
    tags: list[str]
    image_url: Optional[str]  # absolute
    link_density: Optional[float]  # share of the characters of the article's elements that stand in links
    language: Optional[str]  # as the page declares it, ISO 639-1
    canonical_url: Optional[str]  # absolute
    captions: list[str]
    is_article: bool  # the page calls itself one
    flat: bool  # too deep or too costly: every block of text, the page's furniture included
    signs: Signs = NO_SIGNS  # of what may stand in an article's place, where there is little text


class TooCostly(Exception):
    """The page could not be read within the limits of time and memory."""


#: trafilatura returns nothing past 260 levels of nesting (2.3.1).
MAX_DEPTH = 250
#: Seconds of work and memory that a page may take, in a process that is killed after it. trafilatura needs 44 s for
#: 19 MB of equal blocks and 20 ms for a real page.
TIMEOUT_S = 30.0
MEMORY_BYTES = 2_000_000_000
_GUARDS = Guards(__name__, memory_bytes=MEMORY_BYTES)

_PARSER = lxml.html.HTMLParser(
    encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, collect_ids=False
)
#: One class for all elements: lxml.html asks Python for that of each, which is a quarter of the time of a page.
_PARSER.set_element_class_lookup(etree.ElementDefaultClassLookup(element=lxml.html.HtmlElement))
_TOO_DEEP = etree.XPath(f"boolean({'/*' * (MAX_DEPTH + 1)})")


def read_page(html: str, url: str, *, latest: str, timeout_s: float = TIMEOUT_S) -> Reading:
    """Return what stands on a page.

    Args:
        latest: ISO day after which no date on the page is taken for that of publication.

    Raises:
        TooCostly: not even its flat text could be had within the limits.
    """
    html = html.replace("\x00", "")  # which the parser turns into a character
    for how, arguments in (("read", (html, url, latest)), ("read_flat_text", (html,))):
        try:
            return _from_json(_GUARDS.call(how, *arguments, timeout_s=timeout_s))
        except Stopped:
            continue
    raise TooCostly(f"{len(html):,} characters could not be read within {timeout_s:g} s and {MEMORY_BYTES:,} bytes")


def _from_json(fields: list[Any]) -> Reading:
    """Return a reading whose tuples have become lists on their way from the guard."""
    reading = Reading._make(fields)
    published, modified = (found and Day(*found) for found in (reading.published, reading.modified))
    return reading._replace(published=published, modified=modified, signs=Signs(*reading.signs))


def read(html: str, url: str, latest: str) -> Reading:
    """Return what stands on a page, however long it takes."""
    html = _join_lines(html)
    try:
        tree = _parse(html)
    except (etree.ParserError, etree.XMLSyntaxError):  # nothing in it
        return NOTHING
    if _TOO_DEEP(tree.getroottree()):
        return read_flat_text(html)
    if "\n" in html:
        _join_lines_between(tree)
    reading = _read_tree(tree, url, latest)
    if count_words(reading.text) >= FEW_WORDS:
        return reading
    return reading._replace(signs=signs_of(_parse(html), url))  # anew, since reading took captions and more out of it


def _join_lines(html: str) -> str:
    """Return HTML without line ends, which mean nothing in it but would break a block in two."""
    return html if PREFORMATTED.search(html) else html.replace("\r", " ").replace("\n", " ")


def _join_lines_between(tree: lxml.html.HtmlElement) -> None:
    """Do the same to a page on which some line ends mean something."""
    for element in tree.iter():
        if element.tag in PREFORMATTED_TAGS:
            continue
        if element.text and _is_broken(element.text):
            element.text = LINE_END.sub(" ", element.text)
        if element.tail and _is_broken(element.tail):
            element.tail = LINE_END.sub(" ", element.tail)


def _is_broken(text: str) -> bool:
    """Say whether a run of text has line ends, and no character that no tree takes: that is mended later."""
    return "\n" in text and FORBIDDEN.search(text) is None


LINE_END = re.compile(r"[ \t]*[\r\n]\s*")
PREFORMATTED_TAGS = ("pre", "code", "textarea")
PREFORMATTED = re.compile(rf"<(?:{'|'.join(PREFORMATTED_TAGS)})[\s>]", re.IGNORECASE)


def _parse(html: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(html.encode(), parser=_PARSER)


def _read_tree(tree: lxml.html.HtmlElement, url: str, latest: str) -> Reading:
    """Read a page, and leave its tree without what is no text."""
    canonical_url = canonical_url_of(tree, url)
    head = read_head(tree, canonical_url or url)
    title = title_of(tree, head)
    of_page = Reading(
        title=title,
        text="",
        authors=authors_of(tree, head),
        published=published_of(tree, head, canonical_url or head.first("og:url") or url, latest),
        modified=modified_of(tree, head),
        section=section_of(head),
        tags=tags_of(head),
        image_url=image_of(head, url),
        link_density=None,
        language=language_of(tree),
        canonical_url=canonical_url,
        captions=[],
        is_article=bool(head.about) or head.first("og:type") == "article",
        flat=False,
    )
    etree.strip_elements(tree, *SILENT, with_tail=False)
    captions = take_captions(tree)
    etree.strip_elements(tree, *BESIDE, with_tail=False)
    opening = standfirst(tree, head)
    drop_other_articles(tree, title)
    _drop_pointers(tree)
    prose = read_prose(tree, title, opening)
    return of_page._replace(text=prose.text, link_density=prose.link_density, captions=captions)


#: What holds no word of a page, and makes every later look at its tree slower.
SILENT = ("script", "style", "template", "svg", "link", "meta")
#: What holds none of its article. trafilatura leaves it out too, after copying it several times.
BESIDE = ("nav", "footer", "aside", "menu", "iframe", "noscript", "select", "button", "textarea", "object", "dialog")


def read_flat_text(html: str) -> Reading:
    """Return every block of text on a page, which costs little whatever the page is."""
    flat = read_flat(html)
    return NOTHING._replace(title=flat.title, text=flat.text, language=flat.language, flat=True)


NOTHING = Reading(None, "", [], None, None, None, [], None, None, None, None, [], is_article=False, flat=False)


def _drop_pointers(tree: lxml.html.HtmlElement) -> None:
    """Remove paragraphs that are nothing but links to other articles ("Read also: ...")."""
    for element in list(tree.iter("p", "li", "blockquote")):
        links = [link for link in element.iter("a") if link.get("href") is not None]
        if not 0 < len(links) <= MAX_POINTED:
            continue
        words, linked = one_line(element.text_content()), sum(len(one_line(link.text_content())) for link in links)
        if len(words) > MIN_POINTER and linked > POINTER_SHARE * len(words):
            empty(element)


#: A paragraph is a pointer if so much of it, in characters, is link; one shorter may be a name or a place, and one of
#: more links a list of sources.
POINTER_SHARE = 0.7
MIN_POINTER = 25
MAX_POINTED = 2
