"""The words under the pictures of a page: taken out of its tree, kept apart."""

import functools
import re
from typing import Optional

import lxml.html

from transforms.clean.strings import one_line

#: Classes that mark the words under a picture, in the languages of the 129 pages with known captions.
_CAPTION_NAME = re.compile(
    r"(?:^|[\s_-])(?:fig(?:ure)?-?|img-?|image-?|photo-?|media-?|picture-?|wp-)?"
    r"(?:caption|cutline|legende?|bildunterschrift|bildtext)(?:[\s_-]?text)?(?:$|[\s_-])|[a-z]Caption\b",
    re.IGNORECASE,
)
#: Classes whose meaning is kept: a page repeats a few hundred of them.
MAX_NAMES = 4_096
#: A longer one, in characters, is no caption but an element named for something else.
MAX_CAPTION = 1_000


def take_captions(tree: lxml.html.HtmlElement) -> list[str]:
    """Remove the captions from the tree and return their words, in the page's order."""
    captions: list[str] = []
    for element in list(tree.iter("figcaption", "div", "p", "span", "em", "small", "figure", "td", "dd")):
        if element.tag != "figcaption" and not _names_caption(element.get("class")) and not _frames(element):
            continue
        words = one_line(element.text_content())
        if len(words) > MAX_CAPTION or element.find(".//h1") is not None or element.find(".//table") is not None:
            continue
        if words and not any(words in each for each in captions) and _has_picture(element):
            captions.append(words)
        empty(element)
    return captions


@functools.lru_cache(MAX_NAMES)
def _names_caption(name: Optional[str]) -> bool:
    return name is not None and _CAPTION_NAME.search(name) is not None


@functools.lru_cache(MAX_NAMES)
def _names_picture(name: Optional[str]) -> bool:
    return name is not None and _PICTURE_NAME.search(name) is not None


def _frames(element: lxml.html.HtmlElement) -> bool:
    """Say whether an element is named for the picture in it, so that its few words are about the picture."""
    if element.tag not in ("div", "figure") or not _names_picture(element.get("class")):
        return False
    blocks = [each for each in element.iter("p", "div", "span") if one_line(each.text)]
    return len(blocks) <= MAX_CAPTION_BLOCKS and next(element.iter(*PICTURES), None) is not None


#: Names of an element that holds one picture and what is said of it.
_PICTURE_NAME = re.compile(r"(?:^|[\s_-])(?:image|img|photo|picture|foto|bild)(?:$|[\s_-])", re.IGNORECASE)
MAX_CAPTION_BLOCKS = 3


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


def empty(element: lxml.html.HtmlElement) -> None:
    """Remove what an element holds; the element stays, so that the words behind it do."""
    for child in list(element):
        element.remove(child)
    element.text = None
