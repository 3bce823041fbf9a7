"""Whether a text is an article, and if not, why."""

import math
import re
from typing import NamedTuple, Optional


class Verdict(NamedTuple):
    """Why a text is no article."""

    reason: str  # a key of schemas.reject.REASONS
    detail: str


#: Scripts that put no spaces between words: Thai to Khmer, kana, Han. About two characters make a word.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]"
)
CHARACTERS_PER_WORD = 2
WORD = re.compile(r"\w+(?:['’-]\w+)*")

#: How a paragraph of prose ends, whatever quotes and brackets follow.
SENTENCE_END = re.compile(r"[.!?…:;。！？।؟۔։፡።](?:[\s|\"'”’»)\]」』]|\[\d+\])*\Z")
#: Share of the words that must stand in prose on a page that does not call itself an article. Of 310 real articles 12
#: do not call themselves one, and the least prosaic of these has 0.54.
MIN_PROSE_SHARE = 0.5


def count_words(text: str) -> int:
    """Return the number of words, also for scripts that do not space them.

    >>> count_words("The minister's visit"), count_words("外交部長の訪問")
    (3, 4)
    """
    spaced = len(WORD.findall(UNSPACED.sub(" ", text)))
    return spaced + math.ceil(len(UNSPACED.findall(text)) / CHARACTERS_PER_WORD)


def prose_share(text: str) -> float:
    """Return the share of the words that stand in paragraphs which end like a sentence.

    >>> prose_share("A headline\\n\\nHe came. He left.\\n\\nAnother headline")
    0.5
    """
    paragraphs = text.split("\n\n")
    total = sum(map(count_words, paragraphs))
    prose = sum(count_words(each) for each in paragraphs if SENTENCE_END.search(each))
    return prose / total if total else 0.0


def judge(text: str, *, min_words: int, calls_itself_article: bool) -> Optional[Verdict]:
    """Return why `text` is no article, None if it is one.

    Args:
        min_words: fewer are too short.
        calls_itself_article: the page's markup says so; False makes a list of headlines an index.
    """
    words = count_words(text)
    if not words:
        return Verdict("no_article", "The page holds no text.")
    if words < min_words:
        return Verdict("too_short", f"The text has {words} of at least {min_words} words.")
    share = prose_share(text)
    if not calls_itself_article and share < MIN_PROSE_SHARE:
        return Verdict("index_page", f"Only {share:.0%} of its words stand in sentences: a list of headlines or links.")
    return None
