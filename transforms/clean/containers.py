"""Where on a page its article stands: the containers of its prose, and the standfirst above them."""

import copy
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Optional

import lxml.html

from transforms.clean.head import Head
from transforms.clean.strings import folded, one_line

#: In characters: a shorter paragraph is as likely a label, a teaser or a button.
MIN_PROSE = 120
#: A paragraph of which so much is link is a list of other stories.
MAX_LINKED = 0.5
#: What holds other things than the article.
FURNITURE = ("nav", "aside", "footer", "form")

#: What a single block of text does not hold.
BLOCKS = ("p", "div", "ul", "ol", "h1", "h2", "h3", "h4", "table", "section", "article", "figure")

#: In folded characters: a shorter description or opening is no proof that two texts are one.
MIN_SAME = 30
#: In characters: a longer block is the article itself.
MAX_STANDFIRST = 900
#: Share of a page's description that a block must hold, where the description is cut or the block is.
MIN_SHARE = 0.6
#: Names that outlets give the paragraph between headline and text, in the languages of the 129 pages with known text.
STANDFIRST_NAME = re.compile(
    r"(?:^|[\s_-])(?:stand-?first|sub-?(?:title|headline|head|hed)|dek|deck|preface|lede?-?text|ingress|chapo|chapeau"
    r"|sapo|entradilla|sottotitolo|sommario|vorspann|teaser-?text|intro(?:duction)?|bajada|article-?(?:summary|lead|intro))"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)


def containers(tree: lxml.html.HtmlElement) -> list[lxml.html.HtmlElement]:
    """Return the elements that hold most of the prose: one, or several of one name where a page cuts its text up."""
    weights: dict[object, int] = defaultdict(int)
    members: dict[object, dict[lxml.html.HtmlElement, None]] = defaultdict(dict)  # in the page's order
    for paragraph, words in _prose(tree):
        parent = paragraph.getparent()
        name = parent.get("class")
        key = (parent.tag, name, _depth(parent)) if name and parent.tag != "article" else parent
        weights[key] += len(words)
        members[key][parent] = None
    return list(members[max(weights, key=lambda key: weights[key])]) if weights else []


def _depth(element: lxml.html.HtmlElement) -> int:
    return sum(1 for _ in element.iterancestors())


def _prose(tree: lxml.html.HtmlElement) -> Iterator[tuple[lxml.html.HtmlElement, str]]:
    """Yield the long paragraphs that are neither furniture nor links, each with its words."""
    for paragraph in tree.iter("p"):
        words = one_line(paragraph.text_content())
        if len(words) < MIN_PROSE or any(above.tag in FURNITURE for above in paragraph.iterancestors()):
            continue
        linked = sum(len(one_line(link.text_content())) for link in paragraph.iter("a"))
        if linked < MAX_LINKED * len(words):
            yield paragraph, words


def coverage(found: list[lxml.html.HtmlElement], text: str) -> float:
    """Return the share of the prose in containers that `text` holds, 1 where they hold none."""
    held = total = 0
    whole = folded(text)
    for container in found:
        for paragraph in container.iterchildren("p"):
            words = paragraph.text_content()
            if len(words) >= MIN_PROSE:
                total += len(words)
                held += len(words) * (folded(words[:MIN_PROSE]) in whole)
    return held / total if total else 1.0


def link_density(found: list[lxml.html.HtmlElement]) -> Optional[float]:
    """Return the share of the characters of containers that stand in links, None where they hold none."""
    total = sum(len(one_line(container.text_content())) for container in found)
    linked = sum(len(one_line(link.text_content())) for container in found for link in container.iter("a"))
    return min(1.0, linked / total) if total else None


def share_held(text: str, other: str) -> float:
    """Return the share of the characters of `text` whose blocks stand in `other` too."""
    whole = folded(other)
    blocks = [folded(block) for block in text.split("\n")]
    return sum(len(block) for block in blocks if block in whole) / max(1, sum(map(len, blocks)))


def alone(found: list[lxml.html.HtmlElement]) -> lxml.html.HtmlElement:
    """Return a page of these containers and nothing else."""
    page = lxml.html.document_fromstring("<html><body><article></article></body></html>")
    article = page.find(".//article")
    for container in found:
        part = copy.deepcopy(container)
        part.tail = None
        article.append(part)
    return page


def drop_other_articles(tree: lxml.html.HtmlElement, title: Optional[str]) -> None:
    """Remove the articles beside the one that holds prose under the headline `title`."""
    headings = (each for each in tree.iter("h1") if title and folded(each.text_content()) == folded(title))
    own = next((above for heading in headings for above in heading.iterancestors("article")), None)
    if own is None or next(_prose(own), None) is None:
        return
    for other in list(tree.iter("article")):
        if other is not own and other not in own.iterancestors() and own not in other.iterancestors():
            other.drop_tree()


# --- the standfirst -------------------------------------------------------------------------------------------------


def standfirst(tree: lxml.html.HtmlElement, head: Head) -> str:
    """Return the paragraph between headline and text: the block that the page describes itself by or that is named so.

    Of 129 real pages every fifth has one outside the container of its text, where a reader of containers loses it.
    """
    given = (head.about.get("description"), head.first("og:description"), head.first("description"))
    told = [words for words in (folded(one_line(each)) for each in given) if len(words) >= MIN_SAME]
    heading = next(iter(tree.iter("h1")), None)
    below = heading is None
    for element in tree.iter("h1", "h2", "h3", "h4", "p", "div", "span", "li"):
        below = below or element is heading
        if not below or element.tag == "h1" or any(child.tag in BLOCKS for child in element):
            continue
        words = one_line(element.text_content())
        if MIN_SAME <= len(words) <= MAX_STANDFIRST and _is_standfirst(element, folded(words), told):
            return words
    return ""


def _is_standfirst(element: lxml.html.HtmlElement, words: str, told: list[str]) -> bool:
    if any(above.tag in (*FURNITURE, "a", "figure") for above in element.iterancestors()):
        return False
    if any(_is_same(words, each) for each in told):
        return True
    named = STANDFIRST_NAME.search(element.get("class") or "") is not None
    return named and element.tag in ("p", "h2", "h3") and element.find(".//a") is None


def _is_same(words: str, description: str) -> bool:
    """Say whether one of two texts begins with the other, and is not much longer."""
    short, long = sorted((words, description), key=len)
    return len(short) >= MIN_SAME and long.startswith(short) and len(short) >= MIN_SHARE * len(long)
