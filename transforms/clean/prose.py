"""The text of an article, cut out of its page: trafilatura's, by the reading that holds the page's prose.

Its quick reading is enough for nine pages in ten. Where that is short, the slow one with its comparisons takes its
place; where prose of the page is left out, a bolder one is weighed, and one of the article's containers alone.
"""

from typing import NamedTuple, Optional

import lxml.html
import trafilatura
from trafilatura.settings import Extractor

from transforms.clean.containers import MIN_PROSE, alone, containers, coverage, link_density, share_held
from transforms.clean.strings import folded

#: Where a reading holds less than this share of the prose in the article's containers, another may hold more.
ENOUGH = 0.8
#: What replaces a reading must hold so much of it, else the prose is that of other articles, comments or offers.
HALF = 0.5
#: A careful reading of less than this share of the bold one, or of the prose, stopped at the first of several
#: containers.
CAREFUL_SHARE = 0.7
#: In characters: of 310 real pages the slow reading differed from the quick one on nine, where that was shorter or had
#: less than half of the prose (trafilatura takes another reading only if it is twice as long).
SHORT = 250

#: How trafilatura reads: made once, since making one costs a tenth of a reading.
_QUICK = Extractor(output_format="python", precision=True, comments=False, fast=True)
_CAREFUL = Extractor(output_format="python", precision=True, comments=False)
_QUICK_BOLD = Extractor(output_format="python", comments=False, fast=True)
_BOLD = Extractor(output_format="python", comments=False)


class Prose(NamedTuple):
    """The text of an article."""

    text: str  # blocks, one a line, without its headline
    link_density: Optional[float]  # share of the characters of its containers that stand in links; None without any


def read_prose(tree: lxml.html.HtmlElement, title: Optional[str], opening: str) -> Prose:
    """Return the text of the article on a page.

    Args:
        opening: the standfirst, which comes first unless the text holds it.
    """
    found = containers(tree)
    text = _best(tree, found)
    if opening and folded(opening) not in folded(text):
        text = opening + "\n" + text
    first, _, rest = text.partition("\n")
    return Prose(rest if title and folded(first) == folded(title) else text, link_density(found))


def _best(tree: lxml.html.HtmlElement, found: list[lxml.html.HtmlElement]) -> str:
    """Return the reading that holds the prose of the page, most of which stands in the containers that were found."""
    prose = _prose(tree)
    text = _extracted(tree, _QUICK)
    if len(text) < max(SHORT, HALF * prose):
        text = _extracted(tree, _CAREFUL)
    if len(text) < CAREFUL_SHARE * prose:
        bold = _extracted(tree, _BOLD if coverage(found, text) < ENOUGH else _QUICK_BOLD)
        text = text if len(text) >= CAREFUL_SHARE * len(bold) else bold
    held = coverage(found, text)
    if held < ENOUGH:
        narrow = _extracted(alone(found), _CAREFUL)
        if coverage(found, narrow) > held and share_held(text, narrow) > HALF:
            text = narrow
    return text


def _extracted(tree: lxml.html.HtmlElement, how: Extractor) -> str:
    document = trafilatura.bare_extraction(tree, options=how)
    return (document.text if document else None) or ""


def _prose(tree: lxml.html.HtmlElement) -> int:
    """Return how many characters stand in long paragraphs, wherever they are."""
    lengths = (len(paragraph.text_content()) for paragraph in tree.iter("p"))
    return sum(length for length in lengths if length >= MIN_PROSE)
