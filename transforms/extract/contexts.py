"""What an act is about: the contexts of its sentence, by words in data/contexts.toml."""

import functools
import re

from transforms import lexicon


@functools.cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {
        context: re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(words))) + r")(?:s|es)?\b", re.IGNORECASE)
        for context, words in lexicon.table("contexts", "contexts").items()
    }


def contexts(sentence: str, countries: int) -> list[str]:
    """Return the contexts of an act, `diplomatic` first where states deal with each other.

    Args:
        sentence: that reports it.
        countries: how many have part in it.

    >>> contexts("Norway and Peru signed a treaty on fishing rights at the border.", 2)
    ['diplomatic', 'territory', 'resource']
    """
    found = [context for context, words in _patterns().items() if words.search(sentence)]
    return ["diplomatic", *found] if countries > 1 else found
