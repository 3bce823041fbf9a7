"""Who wrote an article: the people whom its page names, by the surest of the places that name any.

The outlet's own name is that of an author only where no place names anyone else.
"""

import functools
import re
from collections.abc import Container, Iterable, Iterator

import lxml.html
from lxml import etree

from transforms.clean.containers import FURNITURE
from transforms.clean.head import Head
from transforms.clean.strings import folded, one_line
from transforms.lexicon import table

#: Names of meta elements that name authors, the surest first.
METAS = (
    "author", "article:author", "parsely-author", "sailthru.author", "cxenseparse:author", "authors", "byl", "byline",
    "dc.creator", "dcterms.creator", "citation_author", "og:article:author", "creator",
)  # fmt: skip
#: Of these, the ones that put the family name first, a comma behind it.
CATALOGUED = frozenset(("dc.creator", "dcterms.creator", "citation_author", "creator"))


def authors_of(tree: lxml.html.HtmlElement, head: Head) -> list[str]:
    """Return the authors in the page's JSON-LD, else in its meta elements, in elements marked so, or in a byline."""
    outlet: list[str] = []
    for names in _places(tree, head):
        found: dict[str, str] = {}
        for name in names:  # "Ann-Lee" is how an address spells "Ann Lee"
            found.setdefault(folded(name), name)
        others = [name for key, name in found.items() if key not in head.outlets]
        if others:
            return others
        outlet = outlet or list(found.values())
    return outlet


def _places(tree: lxml.html.HtmlElement, head: Head) -> Iterator[list[str]]:
    """Yield the names in each place, the surest first."""
    yield _people(_linked(head.about.get("author")), head.outlets)
    yield _people(_metas(head), head.outlets)
    yield _people(_marked(tree), head.outlets)
    yield _people(_byline(tree), head.outlets)


def _linked(given: object) -> Iterator[object]:
    """Yield the names in JSON-LD: of objects, of lists and of lists in lists."""
    if isinstance(given, list):
        for each in given:
            yield from _linked(each)
    elif isinstance(given, dict):
        yield from _linked(given.get("name"))
    else:
        yield given


def _metas(head: Head) -> list[str]:
    """Return what the first meta elements that name anyone say."""
    for name in METAS:
        if given := [each for each in head.metas.get(name, []) if not ADDRESS.match(each)]:
            return [_uncatalogued(each) for each in given] if name in CATALOGUED else given
    return []


def _uncatalogued(name: str) -> str:
    """Return "Ann Lee" for "Lee, Ann"."""
    family, comma, given = name.partition(", ")
    return f"{given} {family}" if comma and "," not in given and len(given.split()) <= 2 else name


#: Elements that may be marked as those of an author: by what they are for, or by the name that a class or an id gives
#: them, the surest first.
_SIGNED = etree.XPath("//*[@rel='author' or @itemprop='author']")
_NAMED = etree.XPath("//*[contains(@class, 'uthor') or contains(@class, 'yline') or contains(@id, 'uthor')]")
#: Of such names the part that tells of authors, at its end.
_AUTHOR_NAME = re.compile(
    r"(?:author|byline)s?(?:[_-]*(?:names?|link|list|text|item|container|vcard))?(?:\s|\Z)", re.IGNORECASE
)
#: In characters: a longer byline tells more than names.
MAX_BYLINE = 120


def _marked(tree: lxml.html.HtmlElement) -> list[str]:
    """Return the words of the first elements that are marked as those of an author, of one parent."""
    for elements in (_SIGNED(tree), filter(_names_author, _NAMED(tree))):
        parent = None
        found: list[str] = []
        for element in elements:
            words = _names_in(element)
            if words and parent in (None, element.getparent()):
                parent = element.getparent()
                found += words
        if found:
            return found
    return []


def _names_author(element: lxml.html.HtmlElement) -> bool:
    return any(_AUTHOR_NAME.search(element.get(key) or "") for key in ("class", "id"))


def _names_in(element: lxml.html.HtmlElement) -> list[str]:
    """Return the bylines in an element: each piece of its text that may be one, else all of its words."""
    if any(above.tag in (*FURNITURE, "h1") or _holds_comments(above) for above in element.iterancestors()):
        return []
    if element.get("content"):
        return [element.get("content")]
    pieces = [one_line(piece) for piece in element.itertext()]
    words = " ".join(filter(None, pieces))
    if len(words) > MAX_BYLINE or not _is_byline(words):
        return []
    return [piece for piece in pieces if " " in piece and _is_byline(piece)] or [words]


def _holds_comments(element: lxml.html.HtmlElement) -> bool:
    return any("comment" in (element.get(key) or "").lower() for key in ("class", "id"))


def _is_byline(words: str) -> bool:
    """Say whether words may be names and what belongs to them: each is written large, or is short."""
    letters = [word for word in re.findall(r"[^\W\d_]+", words) if len(word) > SMALL_WORD]
    return bool(letters) and all(not word[0].islower() for word in letters[:MAX_NAMES])


#: Words of a byline that are looked at: behind them stand dates and places.
MAX_NAMES = 3
#: In letters: "by", "von", "and", "de la" are written small in a byline.
SMALL_WORD = 3


def _byline(tree: lxml.html.HtmlElement) -> list[str]:
    """Return the name in the first line between headline and text that is a byline."""
    below = False
    for element in tree.iter("h1", "p", "div", "span"):
        below = below or element.tag == "h1"
        if not below or element.tag == "h1" or len(element) > MAX_BYLINE_PARTS:
            continue
        words = one_line(element.text_content())
        if match := BYLINE.fullmatch(words):
            return [match[1]]
        if len(words) > MAX_BYLINE and element.tag == "p":  # the text has begun
            break
    return []


#: A word of authorship, then a name of two to four words or a title with it; a date or a place may follow.
BYLINE = re.compile(
    r"(?:[Bb]y|[Vv]on|[Pp]ar|[Pp]or|BY):?\s+((?:[A-Z][\w.'’-]+\s+){1,3}[A-Z][\w'’-]+)(?:\s*[|,·–-]?\s*[\d(|].{0,40})?\s*[|,]?"
)
MAX_BYLINE_PARTS = 3

# --- from bylines to names ------------------------------------------------------------------------------------------

ADDRESS = re.compile(r"https?://|www\.|@|[^\s@]+@[^\s@]+\Z")
BRACKETS = re.compile(r"\s*(?:\([^)]*\)|\[[^\]]*\])")
BETWEEN = re.compile(r"\s*;\s*|\s+[|/]\s+|\s*\|\s*\Z")
LISTED = re.compile(r",\s+|\s+(?:and|und|et|y|e|&|och|og|en|oraz)\s+")
NAME_WORDS = range(2, 5)
AROUND = " ,|·•–-:"
NUMBER = re.compile(r"(?:(?<=\s)|\A)(\d)")


def _people(bylines: Iterable[object], outlets: Container[str]) -> list[str]:
    """Return the names in bylines.

    >>> _people(["By Ann Lee, Bo Yu and Cy Oz (AP)", "Di Fu, Reporter, The Example"], {"theexample"})
    ['Ann Lee', 'Bo Yu', 'Cy Oz', 'Di Fu']
    """
    parts = [part for byline in bylines for part in BETWEEN.split(BRACKETS.sub("", one_line(byline)))]
    lines = [_without_before(_without_time(part.strip(AROUND)), outlets) for part in parts]
    names = [name for line in lines for name in _listed(line, outlets)]
    return [name for name in names if name and not ADDRESS.match(name) and name.casefold() not in _nobody()]


def _listed(line: str, outlets: Container[str]) -> list[str]:
    """Return the names in a line that lists some, or the line where it is one: "Lee, Jr.", "Reuters", another script.

    Behind a name other parts tell what its bearer is, or where.
    """
    parts = [_without_role(part) for part in LISTED.split(line)]
    names = [part for part in parts if len(part.split()) in NAME_WORDS and folded(part) not in outlets]
    return names if names and names[0] == parts[0] else [_without_role(line) or line]


def _without_before(line: str, outlets: Container[str]) -> str:
    """Return a byline without its word of authorship, unless that may be part of a name ("Di Fu")."""
    match = _before().match(line)
    rest = line[match.end() :] if match else ""
    if match is None or not rest or rest[0].islower():
        return line
    sure = ":" in match[0] or match[0][0].islower() or " " in rest.partition(",")[0] or folded(rest) in outlets
    return rest if sure else line


def _without_time(line: str) -> str:
    """Return a byline without the time behind it, which begins with a number, a month or a day before one."""
    head, number, _ = NUMBER.split(line, maxsplit=1) if NUMBER.search(line) else (line, "", "")
    while number and (match := _time().search(head)):
        head = head[: match.start()]
    return head.strip(AROUND)


def _without_role(name: str) -> str:
    """Return a name without what its bearer is; empty where it is nothing else."""
    match = _role().search(name)
    rest = name[: match.start()].strip() if match else name
    is_name = not rest or len(rest.split()) in NAME_WORDS or not (rest.isupper() or rest.islower() or rest.istitle())
    return rest if is_name else name


@functools.cache
def _before() -> re.Pattern[str]:
    return re.compile(rf"(?:{_any_of('before')})(?::\s*|\s+)", re.IGNORECASE)


@functools.cache
def _role() -> re.Pattern[str]:
    return re.compile(rf"(?:\A|\s)(?:{_any_of('roles')})\Z", re.IGNORECASE)


@functools.cache
def _time() -> re.Pattern[str]:
    return re.compile(rf"(?:\A|[\s,|·•–-])(?:{_any_of('time')})[\s,.|·•–-]*\Z", re.IGNORECASE)


@functools.cache
def _nobody() -> frozenset[str]:
    return frozenset(table("bylines", "nobody")["words"])


def _any_of(section: str) -> str:
    longest_first = sorted(table("bylines", section)["words"], key=len, reverse=True)
    return "|".join(map(re.escape, longest_first))
