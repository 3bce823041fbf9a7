"""A page of HTML: its title, text, authors, date, language, captions and own address.

The text is trafilatura's with precision first; captions and pointers to other articles are cut from the tree before.
Pages are read in a process of their own, which is killed when one takes too long.
"""

import logging
import re
from typing import NamedTuple, Optional

import lxml.html
import trafilatura
from lxml import etree
from trafilatura.metadata import extract_metadata

from transforms.clean.captions import empty, take_captions
from transforms.clean.containers import (
    MIN_PROSE,
    alone,
    containers,
    coverage,
    drop_other_articles,
    share_held,
    standfirst,
)
from transforms.clean.flat import read_flat
from transforms.clean.metadata import (
    EARLIEST,
    authors_of,
    canonical_url_of,
    day_in_url,
    folded,
    language_of,
    linked_article,
    meta,
    one_line,
    published_of,
    title_of,
)
from transforms.clean.screens import LITTLE_TEXT, NO_SIGNS, Signs, signs_of
from transforms.guard import Guards, Stopped
from transforms.scrub import FORBIDDEN

for _name in ("trafilatura", "htmldate", "courlan"):  # what they have to say of a page stands in the reject
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class Reading(NamedTuple):
    """What was found on a page. Fields are as the page has them: neither scrubbed nor mended."""

    title: Optional[str]
    text: str  # blocks, one a line
    authors: list[str]
    published: Optional[str]  # ISO 8601, a date or a date with time
    published_basis: str  # page | url
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
            *fields, signs = _GUARDS.call(how, *arguments, timeout_s=timeout_s)
            return Reading._make([*fields, Signs(*signs)])
        except Stopped:
            continue
    raise TooCostly(f"{len(html):,} characters could not be read within {timeout_s:g} s and {MEMORY_BYTES:,} bytes")


def read(html: str, url: str, latest: str) -> Reading:
    """Return what stands on a page, however long it takes."""
    try:
        tree = _parse(html)
    except (etree.ParserError, etree.XMLSyntaxError):  # nothing in it
        return Reading(None, "", [], None, "page", None, None, [], is_article=False, flat=False)
    if _TOO_DEEP(tree.getroottree()):
        return read_flat_text(html)
    reading = _read_tree(tree, url, latest)
    if len(reading.text) > LITTLE_TEXT:
        return reading
    return reading._replace(signs=signs_of(_parse(html), url))  # anew, since reading took captions and more out of it


def _parse(html: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(html.encode(), parser=_PARSER)


def _read_tree(tree: lxml.html.HtmlElement, url: str, latest: str) -> Reading:
    about = linked_article(tree)
    published = published_of(tree, about)
    search = {"original_date": True, "extensive_search": not published, "min_date": EARLIEST, "max_date": latest}
    known = extract_metadata(tree, url, date_config=search)
    title = title_of(tree, about, known.title)
    _join_lines(tree)
    captions = take_captions(tree)
    opening = standfirst(tree, about)
    drop_other_articles(tree, title)
    _drop_pointers(tree)
    return Reading(
        title=title,
        text=_text(tree, url, title, opening),
        authors=authors_of(tree, about, known.author),
        published=published or known.date,
        published_basis="url" if not published and known.date and known.date == day_in_url(url) else "page",
        language=language_of(tree),
        canonical_url=canonical_url_of(tree, url),
        captions=captions,
        is_article=bool(about) or meta(tree, "og:type") == "article",
        flat=False,
    )


def read_flat_text(html: str) -> Reading:
    """Return every block of text on a page, which costs little whatever the page is."""
    flat = read_flat(html)
    return Reading(flat.title, flat.text, [], None, "page", flat.language, None, [], is_article=False, flat=True)


# --- text -----------------------------------------------------------------------------------------------------------

#: Where a reading holds less than this share of the prose in the article's containers, another may hold more.
ENOUGH = 0.8


def _text(tree: lxml.html.HtmlElement, url: str, title: Optional[str], opening: str) -> str:
    """Return the blocks of the article, one a line, without its headline: by the reading that holds its prose.

    Args:
        opening: the standfirst, which comes first unless the text holds it.
    """
    found = containers(tree)
    text = _extracted(tree, url, precise=True)
    if len(text) < CAREFUL_SHARE * _prose(tree):
        bold = _extracted(tree, url, precise=False)
        text = text if len(text) >= CAREFUL_SHARE * len(bold) else bold
    held = coverage(found, text)
    if held < ENOUGH:
        narrow = _extracted(alone(found), url, precise=True)
        if coverage(found, narrow) > held and share_held(text, narrow) > HALF:
            text = narrow
    if opening and folded(opening) not in folded(text):
        text = opening + "\n" + text
    lines = text.split("\n")
    if title and lines and folded(lines[0]) == folded(title):
        lines = lines[1:]
    return "\n".join(lines)


#: What replaces a reading must hold so much of it, else the prose is that of other articles, comments or offers.
HALF = 0.5

#: A careful reading of less than this share of the bold one stopped at the first of several containers.
CAREFUL_SHARE = 0.7


def _extracted(tree: lxml.html.HtmlElement, url: str, *, precise: bool) -> str:
    document = trafilatura.bare_extraction(tree, url=url, favor_precision=precise, include_comments=False)
    return (document.text if document else None) or ""


def _prose(tree: lxml.html.HtmlElement) -> int:
    """Return how many characters stand in long paragraphs, wherever they are."""
    lengths = (len(paragraph.text_content()) for paragraph in tree.iter("p"))
    return sum(length for length in lengths if length >= MIN_PROSE)


def _join_lines(tree: lxml.html.HtmlElement) -> None:
    """Make white space of line ends inside paragraphs, which mean nothing in HTML but would break a block in two."""
    for element in tree.iter():
        if element.tag in PREFORMATTED:
            continue
        if element.text and _is_broken(element.text):
            element.text = LINE_END.sub(" ", element.text)
        if element.tail and _is_broken(element.tail):
            element.tail = LINE_END.sub(" ", element.tail)


def _is_broken(text: str) -> bool:
    """Say whether a run of text has line ends, and no character that no tree takes: that is mended later."""
    return "\n" in text and FORBIDDEN.search(text) is None


LINE_END = re.compile(r"[ \t]*[\r\n]\s*")
PREFORMATTED = ("pre", "code", "textarea", "script", "style")


def _drop_pointers(tree: lxml.html.HtmlElement) -> None:
    """Remove paragraphs that are nothing but links to other articles ("Read also: ...")."""
    for element in list(tree.iter("p", "li", "blockquote")):
        links = element.findall(".//a[@href]")
        if not links:
            continue
        words, linked = one_line(element.text_content()), sum(len(one_line(link.text_content())) for link in links)
        if len(words) > MIN_POINTER and linked > POINTER_SHARE * len(words) and len(links) <= 2:
            empty(element)


#: A paragraph is a pointer if so much of it, in characters, is link; one shorter may be a name or a place.
POINTER_SHARE = 0.7
MIN_POINTER = 25
