"""Which sentences can hold an event, told by their words alone: only these are parsed, and parsing costs most.

A rule of data/events fires only where its trigger stands and a word of each list that it needs; a frame of
data/verbs.toml only beside the papers, places or partners that it reads. What the words cannot tell is left to the
tree: a sentence is chosen rather too often than too seldom. `bench/events.py` measures both.
"""

import functools
import re
from collections.abc import Iterable, Mapping

from transforms import lexicon
from transforms.extract.rules import Rule, rules

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|[$€£]")
_COMPOUND = re.compile(r"[^\W_]+(?:-[^\W_]+)+")
#: "He is in Xland", "has been to Xland", "is due in Xland".
_STAYS = re.compile(r"\b(?:is|are|was|were|been|be)(?: \w+){0,4} in (?:the )?[A-ZÀ-Þ]|\bbeen to\b|\bdue\b")
#: A journey has an end; a pronoun or an office may stand for it.
_PLACE_LEFT = re.compile(
    r"\b(?:to|in|into|at|for|through|via|from)\s+(?:the |its |his |her |their )?(?:[A-ZÀ-Þ]|capital|country)"
)
_SPOKEN_OF = frozenset({"go", "come", "travel"})
#: Kinds of words that are no list: any word, a state, a place, a name.
_KINDS = "*"

#: All of some words, each one of a few: what must stand in a sentence beside a trigger.
Needs = tuple[frozenset[str], ...]


@functools.cache
def _of_rules() -> Mapping[str, tuple[Needs, ...]]:
    """Return, by the word of a trigger, what the rules that it can fire need."""
    found: dict[str, set[Needs]] = {}
    for rule in rules():
        needs = _needs(rule)
        for phrase in rule.verbs:
            first, *rest = phrase.split(" ")
            found.setdefault(first, set()).add((*needs, *(frozenset({each}) for each in rest)))
        for phrase in rule.nouns:
            *before, last = phrase.split(" ")
            found.setdefault(last, set()).add((*needs, *(frozenset({each}) for each in before)))
    return {word: tuple(sorted(each, key=len)) for word, each in found.items()}


def lacks_nothing(rule: Rule, words: frozenset[str]) -> bool:
    """Say whether a sentence of some words (`lemmas`) has one of each list that a rule needs, wherever they stand."""
    return all(each & words for each in _needs(rule))


@functools.cache
def _needs(rule: Rule) -> Needs:
    lists = (members for _, members in rule.needs if not any(each.startswith(_KINDS) for each in members))
    # Of "war crime" the last word is looked for, of "joint *" the first.
    return tuple(frozenset(each.removesuffix(" *").split(" ")[-1] for each in members) for members in lists)


@functools.lru_cache(maxsize=256)
def lemmas(text: str) -> frozenset[str]:
    """Return the words of a text in lower case, and the verbs and nouns that they inflect.

    >>> sorted(lemmas("He visited Xland's mines"))
    ['he', 'mine', 'mines', 'visit', 'visited', 'xland', "xland's"]
    """
    found: set[str] = set()
    small = text.lower().replace("’", "'")
    for word in (*_WORD.findall(small), *_COMPOUND.findall(small)):
        found.add(word)
        found.update(_inflects(word))
    return frozenset(found)


@functools.lru_cache(maxsize=65_536)
def _inflects(word: str) -> tuple[str, ...]:
    stem = word.partition("'")[0]
    return stem, lexicon.verb(stem), lexicon.noun(stem)


def can_hold_an_event(text: str) -> bool:
    """Say whether a sentence can hold an event. Questions and sport hold none.

    >>> [can_hold_an_event(each) for each in ("Two kings met in Oslo.", "It rained in Oslo.", "Will they meet?")]
    [True, False, False]
    """
    if text.rstrip("\"'”’» ").endswith("?"):
        return False
    if lexicon.words("verbs", "beside", "sport").intersection(_WORD.findall(text.lower())):
        return False
    words = lemmas(text)
    return _fires(words) or _frames(words, text)


def _fires(words: frozenset[str]) -> bool:
    by_trigger = _of_rules()
    return any(all(each & words for each in needs) for word in words & by_trigger.keys() for needs in by_trigger[word])


# ---------------------------------------------------------------- the frames of data/verbs.toml


@functools.cache
def _asked() -> Mapping[str, tuple[Iterable[str], ...]]:
    """Return what the frames of verbs ask for by words; of the others any sentence is chosen."""
    beside = functools.partial(lexicon.words, "verbs", "beside")
    papers, wires = beside("paper"), beside("by_wire") | {"call", "line", "link"}
    return {
        "sign": (papers,),
        "back": (beside("bid"),),
        "speak": (wires,),
        "attend": (beside("many") | beside("occasion"),),
    }


@functools.cache
def _always() -> frozenset[str]:
    """Return the words that call for a tree by themselves: nouns of meetings and deals, what is called off."""
    nouns = {each.split(" ")[-1] for each in lexicon.words("verbs", "nouns")}
    off = {each.split(" ")[0] for each in lexicon.words("statuses", "verbs", "cancel", "postpone")}
    return frozenset(nouns) | (off - {"move", "make", "put", "push", "call", "cut", "drop", "delay", "slip"})


def _frames(words: frozenset[str], text: str) -> bool:
    if words & _always() or _STAYS.search(text):
        return True
    frames = lexicon.kinds("verbs", "verbs")
    for verb in words & frames.keys():
        asked = _asked().get(frames[verb], ())
        if frames[verb] in ("go", "spend") and verb not in _SPOKEN_OF:
            if _PLACE_LEFT.search(text):
                return True
        elif all(words & each for each in map(frozenset, asked)):
            return True
    return False
