"""What stands on a page in an article's place: a wall, a question of consent, an error, a list, a way elsewhere.

The words by which they are known are in data/screens.toml. A page with the length of an article is one, whatever else
stands around it: walls and errors are told only where there is little text.
"""

import functools
import re
from typing import NamedTuple, Optional
from urllib.parse import urldefrag, urljoin

import lxml.html

from transforms.clean.linked import LinkedData, linked_article
from transforms.clean.quality import Verdict, count_words
from transforms.clean.strings import one_line
from transforms.lexicon import table


class Signs(NamedTuple):
    """What a page with little text shows beside it."""

    headings: list[str]  # its title and its first-level headings
    visible: str  # all its words on one line, links and buttons included; at most MAX_VISIBLE characters
    headlines: int  # links that are long enough to be headlines
    linked: float  # share of the visible characters that stand in links
    closed: bool  # it says of its article that one must pay
    sends_to: Optional[str]  # absolute address that a meta refresh leads to


#: Of pages with text enough, of which no more is asked.
NO_SIGNS = Signs([], "", 0, 0.0, closed=False, sends_to=None)

#: In characters: a text of more is an article whatever its page shows.
LITTLE_TEXT = 2_000
MAX_VISIBLE = 20_000
#: In words: below it stands what an error page adds to its heading.
FEW_WORDS = 100
#: In words: fewer before a wall are a preview of a sentence or two; more tell the news and are kept.
PREVIEW_WORDS = 60
#: A question of consent is told by so many marks, on a page of no more words.
CONSENT_MARKS = 3
CONSENT_WORDS = 400
#: A page without text is a list from so many headlines on, if so much of what it shows are links.
MIN_HEADLINES = 3
HEADLINE_WORDS = 4
LINKED_SHARE = 0.5

REFRESH = re.compile(r"\s*(\d+)(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?['\"]?([^'\"]+?)['\"]?\s*\Z", re.IGNORECASE)
#: In seconds: what waits longer is a page to be read.
MAX_WAIT_S = 10
SILENT = frozenset(("script", "style", "noscript", "template", "head"))
#: What sets a site's name off in a title.
BETWEEN = re.compile(r"\s+[|–—·:-]\s+|\s*\|\s*")


def signs_of(tree: lxml.html.HtmlElement, url: str) -> Signs:
    """Return what a page shows beside its text; `url` is its own address."""
    visible = one_line(" ".join(_strings(tree)))[:MAX_VISIBLE]
    links = [one_line(link.text_content()) for link in tree.iter("a")]
    return Signs(
        headings=[line for each in tree.iter("title", "h1") if (line := one_line(each.text_content()))],
        visible=visible,
        headlines=sum(len(link.split()) >= HEADLINE_WORDS for link in links),
        linked=min(1.0, sum(map(len, links)) / len(visible)) if visible else 0.0,
        closed=_is_closed(linked_article(tree)),
        sends_to=_refresh(tree, url),
    )


def _strings(tree: lxml.html.HtmlElement) -> list[str]:
    """Return the runs of text that a reader sees, in the page's order."""
    found = tree.xpath("//body//text()")
    return [str(each) for each in found if each.getparent().tag not in SILENT or each.is_tail]


def _is_closed(about: LinkedData) -> bool:
    """Say whether an article's JSON-LD calls it, or where it is silent one of its parts, not free."""
    parts = about.get("hasPart", [])
    said = [about, *(parts if isinstance(parts, list) else [parts])]
    free = [each["isAccessibleForFree"] for each in said if isinstance(each, dict) and "isAccessibleForFree" in each]
    return bool(free) and str(free[0]).rpartition("/")[2].lower() == "false"


def _refresh(tree: lxml.html.HtmlElement, url: str) -> Optional[str]:
    for each in tree.iter("meta"):
        if (each.get("http-equiv") or "").lower() != "refresh" or any(each.iterancestors("noscript")):
            continue
        match = REFRESH.match(each.get("content") or "")
        if match and int(match[1][:9]) <= MAX_WAIT_S:
            try:
                target = urljoin(url, match[2])
            except ValueError:
                return None
            return target if urldefrag(target)[0] != urldefrag(url)[0] else None
    return None


def screen(text: str, signs: Signs, *, min_words: int, calls_itself_article: bool) -> Optional[Verdict]:
    """Return what stands in an article's place, None where it is for the text to show whether it is one.

    Args:
        min_words: fewer are too short for an article.
        calls_itself_article: the page's markup says so; then it is neither an error nor a list.
    """
    words = count_words(text)
    if words >= FEW_WORDS:
        return None if calls_itself_article else _consent(text, words)
    if not calls_itself_article and (error := _error(signs)):
        return error
    if words < PREVIEW_WORDS and (wall := _wall(signs, words)):
        return wall
    if not calls_itself_article and (asked := _consent(text if words >= min_words else signs.visible, words)):
        return asked
    return None if words >= min_words else _way(signs, words, calls_itself_article)


def _error(signs: Signs) -> Optional[Verdict]:
    for heading in signs.headings:
        for part in (heading, *BETWEEN.split(heading)):
            if any(each.fullmatch(part) for each in _patterns("error", "heading")):
                return Verdict("error_page", f"Its heading is {_quoted(heading)}.")
    if parked := _found("error", "parked", signs.visible):
        return Verdict("error_page", f"It says {_quoted(parked[0])}.")
    return None


def _wall(signs: Signs, words: int) -> Optional[Verdict]:
    if signs.closed:
        return Verdict("pay_wall", f"Only {words} words are shown, and the page says that its article is not free.")
    if prompt := _found("wall", "prompts", signs.visible):
        return Verdict("pay_wall", f"Only {words} words are shown, beside {_quoted(prompt[0])}.")
    return None


def _consent(text: str, words: int) -> Optional[Verdict]:
    marks = _found("consent", "asks", text) if count_words(text) <= CONSENT_WORDS else []
    if len(marks) < CONSENT_MARKS:
        return None
    return Verdict("consent_page", f"It says {', '.join(map(_quoted, marks[:CONSENT_MARKS]))}.")


def _way(signs: Signs, words: int, calls_itself_article: bool) -> Optional[Verdict]:
    """Return where a page of hardly any text leads: to one other page, or to many."""
    if signs.sends_to:
        target = signs.sends_to.partition("?")[0][:200]
        return Verdict("meta_refresh", f"It has {words} words and sends on to {target}.")
    if not words and not calls_itself_article and signs.headlines >= MIN_HEADLINES and signs.linked >= LINKED_SHARE:
        return Verdict("index_page", f"It has {signs.headlines} headlines that lead elsewhere, and no text.")
    return None


def _found(section: str, key: str, text: str) -> list[str]:
    """Return what each pattern finds first."""
    return [match[0] for each in _patterns(section, key) if (match := each.search(text))]


@functools.cache
def _patterns(section: str, key: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(each, re.IGNORECASE) for each in table("screens", section)[key])


def _quoted(words: str) -> str:
    return f"“{words[:100]}”"
