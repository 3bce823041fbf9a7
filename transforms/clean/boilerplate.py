"""What a publisher puts around its news: appeals, sign-ups, comment forms, lists of other headlines.

It is known by two things. By words (data/boilerplate.toml), before anything is known of a publisher. And by
recurrence: once a publisher has 20 articles, a paragraph that stands at the end of many of them is no news of any, and
a line at the end of one that is the headline of another leads to it. News recurs too (a refrain, a table of prices,
the background of a long story); so a paragraph is only learned as furniture if it stands at an end, is not quoted, and
either speaks to the reader, or is no sentence, or stands in every second article. Where a third of a publisher's
articles end in headlines of others, a line at the end of any is one.
"""

import functools
import hashlib
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Optional

import pyarrow.compute as pc

from schemas import Article
from schemas.ids import make_id
from transforms.clean.plain import PARAGRAPH
from transforms.clean.quality import count_words
from transforms.edits import Change, Edited
from transforms.lexicon import table
from transforms.store.lake import Lake
from transforms.windows import near

REASON = "boilerplate"

#: Articles of a publisher from which something is learned; below, words alone decide.
MIN_ARTICLES = 20
#: Share of a publisher's articles that a paragraph stands in: of news it was at most 0.013 in 5,467 articles of eight
#: publishers, of furniture at least 0.2; and the share from which no more is asked of it.
RECURRING = 0.1
EVERYWHERE = 0.5
#: Articles that a line ends until it is taken for a headline of another, and the share of articles that end in such
#: lines from which it is the publisher's habit. Of eight publishers two have it
#: (0.72 and 0.63 of their articles do); of the others at most 0.05 do.
LISTED = 3
LISTING = 0.3

#: Paragraphs at either end of a text in which furniture is looked for and learned.
HEAD = 3
TAIL = 15

#: A longer paragraph, in words, is news whatever it says; and one as short or long is no headline.
MAX_WORDS = 120
HEADLINE_WORDS = range(4, 26)

#: Share of the paragraphs before an end that speak to the reader, from which the whole text does: a speech, a letter,
#: an appeal of somebody else.
VOICE = 0.25

SENTENCE_END = re.compile(r"[.!?…。！？।؟۔][\s\"'”’»)\]]*\Z")
QUOTED = re.compile(r"“[^”]*”?|\"[^\"]*\"?|«[^»]*»?|„[^“]*“?")


class Shown(NamedTuple):
    """What one article shows of its publisher's habits: hashes, never words."""

    publisher: str
    article_id: str
    published: int  # µs
    title: int
    paragraphs: Sequence[int]  # at both ends
    lines: Sequence[int]  # those at the end that are no sentence


class Habits(NamedTuple):
    """What was learned of one publisher: sorted hashes of paragraphs."""

    recurring: Sequence[int]
    everywhere: Sequence[int]
    headlines: Sequence[int]
    lists: bool  # its articles end in headlines of others


UNKNOWN = Habits([], [], [], lists=False)


class Block(NamedTuple):
    """One paragraph, half-open offsets into the text."""

    start: int
    end: int
    text: str


def blocks_of(text: str) -> list[Block]:
    return [Block(*match.span(), match[0]) for match in PARAGRAPH.finditer(text)]


def fingerprint(text: str) -> int:
    """Return a hash of a paragraph's words, whatever its case and marks; 63 bits, as int64 holds them.

    >>> fingerprint("Remind me later.") == fingerprint("REMIND ME  LATER")
    True
    """
    words = "".join(re.findall(r"\w+", text.casefold()))
    return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest()) >> 1


def ends_of(text: str) -> tuple[list[int], list[int]]:
    """Return the fingerprints of the paragraphs at both ends of a text, and of those at its end that are lines."""
    blocks = blocks_of(text)
    ends = [*blocks[:HEAD], *blocks[HEAD:][-TAIL:]]
    lines = [block for block in blocks[1:][-TAIL:] if _is_line(block.text)]
    return [fingerprint(block.text) for block in ends], [fingerprint(block.text) for block in lines]


def _is_line(text: str) -> bool:
    return not SENTENCE_END.search(text)


def show(article: Article) -> Shown:
    """Return what an article shows of its publisher."""
    title = fingerprint(article.title or "")
    return Shown(
        article.publisher, article.article_id, article.published, title, article.end_paragraphs, article.end_lines
    )


# --- learning -------------------------------------------------------------------------------------------------------


def learn(shown: Iterable[Shown]) -> Habits:
    """Return what the articles of one publisher have in common. Versions of an article count once."""
    paragraphs: dict[str, set[int]] = {}
    lines: dict[str, set[int]] = {}
    titles: set[int] = set()
    for each in shown:
        paragraphs.setdefault(each.article_id, set()).update(each.paragraphs)
        lines.setdefault(each.article_id, set()).update(line for line in each.lines if line != each.title)
        titles.add(each.title)
    number = len(paragraphs)
    if number < MIN_ARTICLES:
        return UNKNOWN
    counts = Counter(each for found in paragraphs.values() for each in found)
    listed = Counter(each for found in lines.values() for each in found)
    everywhere = {each for each, count in counts.items() if count >= EVERYWHERE * number}
    headlines = {line for line, count in listed.items() if line in titles or count >= LISTED} - everywhere
    return Habits(
        recurring=sorted(each for each, count in counts.items() if count >= max(LISTED, RECURRING * number)),
        everywhere=sorted(everywhere),
        headlines=sorted(headlines),
        lists=sum(not headlines.isdisjoint(found) for found in lines.values()) >= LISTING * number,
    )


def habits_of(shown: Iterable[Shown]) -> dict[str, Habits]:
    """Return what was learned of each publisher, also where that is nothing.

    So there is a row for each run: Flink waits for good for a side input that has none in a window.
    """
    by_publisher: dict[str, list[Shown]] = {}
    for each in shown:
        by_publisher.setdefault(each.publisher, []).append(each)
    return {publisher: learn(each) for publisher, each in sorted(by_publisher.items())}


def shown_before(lake: Lake, new: Sequence[Shown], window_days: int) -> list[Shown]:
    """Return what committed articles of the same publishers show, of those published near the new ones."""
    mine = pc.field("publisher").isin(sorted({each.publisher for each in new}))
    columns = ["publisher", "article_id", "title", "end_paragraphs", "end_lines"]
    rows = lake.read("articles", columns, where=mine & near([each.published for each in new], window_days))
    return [
        Shown(publisher, article_id, 0, fingerprint(title or ""), paragraphs, lines)
        for publisher, article_id, title, paragraphs, lines in zip(
            *(rows[name].to_pylist() for name in columns), strict=True
        )
        if paragraphs is not None  # else of a file that is older than the column
    ]


def spare(article: Article, habits: Habits) -> Article:
    """Return an article without its furniture; what was cut stands in `removed`."""
    edited = Edited(article.text, article.removed)
    edited.apply(furniture(article.text, article.title, habits))
    if edited.text == article.text:
        return article
    return article._replace(
        text=edited.text,
        removed=edited.edits,
        words=count_words(edited.text),
        content_hash=make_id("content", edited.text),
    )


def boilerplate_share(article: Article) -> float:
    """Return the share of the characters of an article's text that were cut as furniture."""
    cut = sum(len(edit.text) for edit in article.removed if edit.reason == REASON)
    return cut / (cut + len(article.text)) if cut else 0.0


def furniture(text: str, title: Optional[str], habits: Habits = UNKNOWN) -> list[Change]:
    """Return the cuts that leave the news of a text, in its order; none where nothing would be left."""
    blocks = blocks_of(text)
    first, last = _head(blocks, habits), _tail(blocks, title, habits)
    kept = [at for at in range(len(blocks)) if first <= at < last and not _says(_words("anywhere"), blocks[at].text)]
    if not kept or len(kept) == len(blocks):
        return []
    return list(_cuts(text, blocks, set(kept)))


def _head(blocks: Sequence[Block], habits: Habits) -> int:
    """Return the number of the first paragraph that is news."""
    at = 0
    while at < min(HEAD, len(blocks)) and (
        _says(_words("ends"), blocks[at].text) or _holds(habits.everywhere, fingerprint(blocks[at].text))
    ):
        at += 1
    return at


def _tail(blocks: Sequence[Block], title: Optional[str], habits: Habits) -> int:
    """Return the number of the first paragraph at the end that is furniture, as are all behind it."""
    spoken = [_speaks(block.text) for block in blocks]
    begins = end = _appeal(blocks)
    for at in range(end - 1, max(0, len(blocks) - TAIL) - 1, -1):
        block = fingerprint(blocks[at].text)
        in_voice = sum(spoken[:at]) > VOICE * at
        if _is_furniture(blocks[at].text, block, habits, own=fingerprint(title or ""), in_voice=in_voice):
            begins = at
        elif not _holds(habits.recurring, block) or _is_quoted(blocks[at].text):
            break
    return begins


def _is_furniture(text: str, block: int, habits: Habits, *, own: int, in_voice: bool) -> bool:
    """Say whether a paragraph at the end of a text is no news, by its words or by what was learned.

    Args:
        block: fingerprint of the paragraph.
        own: that of the article's own title.
        in_voice: the text before it speaks to the reader too.
    """
    line = _is_line(text)
    if line and block == own:
        return False
    if line and habits.lists and _is_headline(text):
        return True
    if len(text.split()) > MAX_WORDS or _is_quoted(text):
        return False
    if _says(_words("ends"), text) or _says(_words("anywhere"), text):
        return True
    if _speaks(text) and _asks(text) and not in_voice:
        return True
    if line and _holds(habits.headlines, block):
        return True
    recurs = _holds(habits.recurring, block)
    return _holds(habits.everywhere, block) or (recurs and (line or _speaks(text)))


def _holds(hashes: Sequence[int], block: int) -> bool:
    at = bisect_left(hashes, block)
    return at < len(hashes) and hashes[at] == block


def _is_headline(text: str) -> bool:
    """Say whether a line could be a headline: no remark in brackets, no list item, not cut short."""
    return len(text.split()) in HEADLINE_WORDS and text[0] not in "([*-•–—" and text[-1] not in ",:;)-–—"


def _appeal(blocks: Sequence[Block]) -> int:
    """Return the number of the paragraph that opens an appeal, which goes on to the end; else how many there are.

    Half of its paragraphs speak to the reader, one asks for something, and what stands before it does not speak: a
    letter that begins so is the article.
    """
    for at in range(1, len(blocks)):
        rest = blocks[at:]
        if _says(_openings(), blocks[at].text) and not any(_speaks(each.text) for each in blocks[:at]):
            known = [_says(_words("ends"), each.text) for each in rest]
            spoken = [_speaks(each.text) for each in rest]
            asked = any(map(_asks, (each.text for each in rest))) or any(known)
            if asked and 2 * sum(map(max, known, spoken)) >= len(rest):
                return at
    return len(blocks)


def _is_quoted(text: str) -> bool:
    """Say whether a paragraph begins with somebody's words: a refrain is news."""
    return text.lstrip()[:1] in '“"«„‘'


def _speaks(text: str) -> bool:
    """Say whether a paragraph speaks to the reader, in its own words."""
    return bool(_spoken().search(QUOTED.sub(" ", text)))


def _asks(text: str) -> bool:
    return bool(_asked().search(QUOTED.sub(" ", text)))


def _says(patterns: re.Pattern[str], text: str) -> bool:
    return bool(patterns.fullmatch(text.strip()))


@functools.cache
def _words(section: str) -> re.Pattern[str]:
    lists: Mapping[str, Sequence[str]] = table("boilerplate", section)
    return _any_of(pattern for patterns in lists.values() for pattern in patterns)


@functools.cache
def _openings() -> re.Pattern[str]:
    return _any_of(table("boilerplate", "appeal")["opens"])


@functools.cache
def _spoken() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(table('boilerplate', 'appeal')['speaks'])})\b")


@functools.cache
def _asked() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(table('boilerplate', 'appeal')['asks'])})\b", re.IGNORECASE)


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE | re.DOTALL)


def _cuts(text: str, blocks: Sequence[Block], kept: set[int]) -> Iterator[Change]:
    """Yield one cut for each run of paragraphs that goes, with the gap on its side."""
    at = 0
    while at < len(blocks):
        if at in kept:
            at += 1
            continue
        begin = at
        while at < len(blocks) and at not in kept:
            at += 1
        start = 0 if begin == 0 else blocks[begin - 1].end
        end = len(text) if at == len(blocks) else blocks[at].start
        yield Change(start, end, "\n\n" if begin and at < len(blocks) else "", REASON)
