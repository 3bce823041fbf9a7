"""A page of HTML: its title, text, authors, date, language, captions and own address.

The text is trafilatura's with precision first; captions and pointers to other articles are cut from the tree before.
Pages that could hold a worker up are read in a process of their own, which is killed when it takes too long.
"""

import json
import logging
import re
import resource
import subprocess
import sys
from typing import NamedTuple, Optional

import lxml.html
import trafilatura
from lxml import etree
from trafilatura.metadata import extract_metadata

from transforms.flat import read_flat
from transforms.metadata import (
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


class TooCostly(Exception):
    """The page could not be read within the limits of time and memory."""


#: trafilatura returns nothing past 260 levels of nesting (2.3.1).
MAX_DEPTH = 250
#: In characters: above this a page is read in a process of its own. trafilatura needs 44 s for 19 MB of equal blocks
#: and 20 ms for a real page; of 310 real pages one is larger.
MAX_BYTES = 1_500_000
#: The same for tags, each of which costs about 70 µs; the most of 310 real pages are 6,800.
MAX_TAGS = 50_000
#: Of that process.
TIMEOUT_S = 30
MEMORY_BYTES = 2_000_000_000

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
    if len(html) > MAX_BYTES or html.count("<") > MAX_TAGS:
        return _read_guarded(html, url, latest, timeout_s)
    return _read(html, url, latest)


def _read(html: str, url: str, latest: str) -> Reading:
    try:
        tree = lxml.html.document_fromstring(html.encode(), parser=_PARSER)
    except (etree.ParserError, etree.XMLSyntaxError):  # nothing in it
        return Reading(None, "", [], None, "page", None, None, [], is_article=False, flat=False)
    if _TOO_DEEP(tree.getroottree()):
        return _flat(html)
    return _read_tree(tree, url, latest)


def _read_tree(tree: lxml.html.HtmlElement, url: str, latest: str) -> Reading:
    about = linked_article(tree)
    published = published_of(tree, about)
    search = {"original_date": True, "extensive_search": not published, "min_date": EARLIEST, "max_date": latest}
    known = extract_metadata(tree, url, date_config=search)
    title = title_of(tree, about, known.title)
    captions = _take_captions(tree)
    _drop_pointers(tree)
    return Reading(
        title=title,
        text=_text(tree, url, title),
        authors=authors_of(about, known.author, one_line(meta(tree, "og:site_name"))),
        published=published or known.date,
        published_basis="url" if not published and known.date and known.date == day_in_url(url) else "page",
        language=language_of(tree),
        canonical_url=canonical_url_of(tree, url),
        captions=captions,
        is_article=bool(about) or meta(tree, "og:type") == "article",
        flat=False,
    )


def _flat(html: str) -> Reading:
    flat = read_flat(html)
    return Reading(flat.title, flat.text, [], None, "page", flat.language, None, [], is_article=False, flat=True)


# --- text -----------------------------------------------------------------------------------------------------------

#: Where the careful reading finds less than this share of the bold one, it stopped at the first of several containers.
CAREFUL_SHARE = 0.7


def _text(tree: lxml.html.HtmlElement, url: str, title: Optional[str]) -> str:
    """Return the blocks of the article, one a line, without its headline."""
    text = _extracted(tree, url, precise=True)
    if len(text) < CAREFUL_SHARE * _prose(tree):
        bold = _extracted(tree, url, precise=False)
        text = text if len(text) >= CAREFUL_SHARE * len(bold) else bold
    lines = text.split("\n")
    if title and lines and folded(lines[0]) == folded(title):
        lines = lines[1:]
    return "\n".join(lines)


def _extracted(tree: lxml.html.HtmlElement, url: str, *, precise: bool) -> str:
    document = trafilatura.bare_extraction(tree, url=url, favor_precision=precise, include_comments=False)
    return (document.text if document else None) or ""


def _prose(tree: lxml.html.HtmlElement) -> int:
    """Return how many characters stand in long paragraphs, wherever they are."""
    lengths = (len(paragraph.text_content()) for paragraph in tree.iter("p"))
    return sum(length for length in lengths if length >= MIN_PROSE)


#: In characters: a shorter paragraph is as likely a label, a teaser or a button.
MIN_PROSE = 120


def _drop_pointers(tree: lxml.html.HtmlElement) -> None:
    """Remove paragraphs that are nothing but links to other articles ("Read also: ...")."""
    for element in list(tree.iter("p", "li", "blockquote")):
        links = element.findall(".//a[@href]")
        if not links:
            continue
        words, linked = one_line(element.text_content()), sum(len(one_line(link.text_content())) for link in links)
        if len(words) > MIN_POINTER and linked > POINTER_SHARE * len(words) and len(links) <= 2:
            _clear(element)


#: A paragraph is a pointer if so much of it, in characters, is link; one shorter may be a name or a place.
POINTER_SHARE = 0.7
MIN_POINTER = 25

# --- captions -------------------------------------------------------------------------------------------------------

#: Classes that mark the words under a picture, in the languages of the 129 pages with known captions.
_CAPTION_NAME = re.compile(
    r"(?:^|[\s_-])(?:fig(?:ure)?-?|img-?|image-?|photo-?|media-?|picture-?|wp-)?"
    r"(?:caption|cutline|legende?|bildunterschrift|bildtext)(?:[\s_-]?text)?(?:$|[\s_-])|[a-z]Caption\b",
    re.IGNORECASE,
)
#: A longer one, in characters, is no caption but an element named for something else.
MAX_CAPTION = 1_000


def _take_captions(tree: lxml.html.HtmlElement) -> list[str]:
    """Remove the captions from the tree and return their words, in the page's order."""
    captions: list[str] = []
    for element in list(tree.iter("figcaption", "div", "p", "span", "em", "small", "figure", "td", "dd")):
        if element.tag != "figcaption" and not _CAPTION_NAME.search(element.get("class") or ""):
            continue
        words = one_line(element.text_content())
        if len(words) > MAX_CAPTION or element.find(".//h1") is not None or element.find(".//table") is not None:
            continue
        if words and not any(words in each for each in captions) and _has_picture(element):
            captions.append(words)
        _clear(element)
    return captions


def _has_picture(element: lxml.html.HtmlElement) -> bool:
    """Say whether a picture of the article stands beside a caption: not one of a teaser, a menu or a form."""
    if any(above.tag in AROUND for above in element.iterancestors()):
        return False
    above = element
    for _ in range(3):
        above = above.getparent() if above.getparent() is not None else above
        if next(above.iter(*PICTURES), None) is not None:
            return True
    return False


#: What holds no caption of the article, and what a caption speaks of.
AROUND = ("a", "nav", "aside", "footer", "header", "form")
PICTURES = ("img", "picture", "video", "source", "iframe", "amp-img", "noscript")


def _clear(element: lxml.html.HtmlElement) -> None:
    """Remove what an element holds; the element stays, so that the words behind it do."""
    for child in list(element):
        element.remove(child)
    element.text = None


# --- in a process of its own ----------------------------------------------------------------------------------------


def _read_guarded(html: str, url: str, latest: str, timeout_s: float) -> Reading:
    """Read a page in a process that is killed after `timeout_s`, first in full, then flat."""
    for how in ("full", "flat"):
        try:
            done = subprocess.run(  # noqa: S603 - this module, on our own interpreter
                [sys.executable, "-m", "transforms.text", how, url, latest],
                input=html.encode(),
                capture_output=True,
                timeout=timeout_s,
                check=True,
            )
            return Reading(**json.loads(done.stdout))
        except (subprocess.SubprocessError, ValueError):
            continue
    raise TooCostly(f"{len(html):,} characters could not be read within {timeout_s:g} s and {MEMORY_BYTES:,} bytes")


def _main(how: str, url: str, latest: str) -> None:
    """Read the page on stdin, write its Reading to stdout as JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    html = sys.stdin.buffer.read().decode()
    reading = _read(html, url, latest) if how == "full" else _flat(html)
    sys.stdout.write(json.dumps(reading._asdict()))


if __name__ == "__main__":
    _main(*sys.argv[1:])
