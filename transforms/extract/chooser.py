"""Which sentences can hold an event, told by their words alone: only these are parsed, and parsing costs most.

A rule of data/events fires only where its trigger stands, in a form that can be the verb or noun it asks for, and a
word of each list that it needs; a frame of data/verbs.toml only beside the papers, places or partners that it reads.
What the words cannot tell is left to the tree: a sentence is chosen rather too often than too seldom.
`bench/events.py` measures both.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

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
#: Relations that are no prepositions.
_RELATIONS = frozenset(
    {
        "subject", "object", "near", "clause", "content", "owner", "dative", "maker", "speaker", "clause-words",
        "clause-subject", "clause-object", "carried",
    }
)  # fmt: skip
#: Behind these stands no verb, unless it ends in -ed or -ing.
_BEFORE_NOUNS = frozenset(
    {
        "the", "a", "an", "of", "in", "on", "at", "for", "from", "with", "by", "his", "its", "their", "our", "my",
        "your", "this", "these", "every", "no",
    }
)  # fmt: skip
#: So large a part of a headline's words begins with a capital.
_TITLE = 0.5


#: A quotation may go on from the sentence before.
QUOTES = '"“'
#: Words for whoever speaks.
SPEAKERS = ("i", "me", "my", "we", "us", "our")


class Need(NamedTuple):
    """What must stand in a sentence beside a trigger: one of some words, or all words of one of some phrases."""

    words: frozenset[str]
    phrases: tuple[frozenset[str], ...]

    def met(self, told: frozenset[str]) -> bool:
        """Say whether a sentence of some words has what is needed."""
        return not self.words.isdisjoint(told) or any(each <= told for each in self.phrases)


class Words(NamedTuple):
    """The words of a sentence, as they stand and as the lists have them."""

    plain: frozenset[str]
    told: frozenset[str]  # with the verbs and nouns that they inflect
    verbs: frozenset[str]  # of which a form stands where a verb can stand
    nouns: frozenset[str]  # of which a form stands where a common noun can stand


# ---------------------------------------------------------------- what rules need


@functools.cache
def _of_rules(kind: str) -> Mapping[str, tuple[tuple[Need, ...], ...]]:
    """Return, by the word of a trigger of a kind ("verbs" or "nouns"), what the rules that it can fire need."""
    found: dict[str, dict[tuple[Need, ...], None]] = {}
    for rule in rules():
        for phrase in rule.verbs if kind == "verbs" else rule.nouns:
            words = phrase.split(" ")
            trigger = words.pop(0 if kind == "verbs" else -1)
            others = tuple(Need(frozenset({each}), ()) for each in words)
            found.setdefault(trigger, {})[(*needs(rule), *others)] = None
    return {word: tuple(sorted(each, key=len)) for word, each in found.items()}


def lacks_nothing(rule: Rule, told: frozenset[str]) -> bool:
    """Say whether a sentence of some words (`lemmas`) has one of each list that a rule needs, wherever they stand."""
    return all(each.met(told) for each in needs(rule))


_NEEDS: dict[str, tuple[Need, ...]] = {}


def needs(rule: Rule) -> tuple[Need, ...]:
    """Return what must stand in a sentence where a rule fires."""
    if rule.name not in _NEEDS:
        _NEEDS[rule.name] = tuple(_needs(rule))
    return _NEEDS[rule.name]


def _needs(rule: Rule) -> Iterator[Need]:
    for relation, members in rule.needs:
        prepositions = frozenset(relation.split("|"))
        if prepositions.isdisjoint(_RELATIONS):
            yield Need(prepositions, ())
        if not any(each.startswith(_KINDS) for each in members):
            phrases = [frozenset(each.removesuffix(" *").split(" ")) for each in sorted(members)]
            single = frozenset(word for each in phrases if len(each) == 1 for word in each)
            yield Need(single, tuple(each for each in phrases if len(each) > 1 and each.isdisjoint(single)))
    if rule.negated:
        yield Need(lexicon.words("statuses", "auxiliaries", "not") | {"yet", "cannot"}, ())


# ---------------------------------------------------------------- the words of a sentence


def lemmas(text: str) -> frozenset[str]:
    """Return the words of a text in lower case, and the verbs and nouns that they inflect.

    >>> sorted(lemmas("He visited Xland's mines"))
    ['he', 'mine', 'mines', 'visit', 'visited', 'xland', "xland's"]
    """
    return words_of(text).told


@functools.lru_cache(maxsize=65_536)
def _forms(word: str) -> tuple[str, ...]:
    word = word.replace("’", "'")
    stem = word.partition("'")[0]
    return word, stem, lexicon.verb(stem), lexicon.noun(stem)


@functools.lru_cache(maxsize=512)
def words_of(text: str) -> Words:
    """Return the words of a sentence and which of them can be verbs and common nouns there.

    >>> words = words_of("In March the fund was cut.")
    >>> "cut" in words.verbs, "fund" in words.verbs, "fund" in words.nouns, "march" in words.nouns
    (True, False, True, False)
    """
    found = list(_WORD.finditer(text))
    plain = [each.group().lower() for each in found]
    told = {form for word in plain for form in _forms(word)}
    if "n't" in text or "n’t" in text:
        told.add("n't")
    compounds = _COMPOUND.findall(text.lower()) if "-" in text else []
    told.update(form for word in compounds for form in _forms(word))
    verbs = {form for word in compounds for form in _triggers(word)}
    nouns = set(verbs)
    title = sum(text[each.start()].isupper() for each in found) > _TITLE * len(found)
    for number, word in enumerate(plain):
        if triggers := _triggers(word):
            behind = number > 0 and found[number].start() == found[number - 1].end() + 1  # a space, a comma
            if title or not (behind and text[found[number].start()].isupper()):
                nouns.update(triggers)
                if title or word.endswith(("ed", "ing")) or not (behind and plain[number - 1] in _BEFORE_NOUNS):
                    verbs.update(triggers)
    return Words(frozenset(plain), frozenset(told), frozenset(verbs), frozenset(nouns))


@functools.lru_cache(maxsize=65_536)
def _triggers(word: str) -> tuple[str, ...]:
    """Return the forms of a word that a rule or a frame of verbs begins with."""
    known = (_of_rules("verbs"), _of_rules("nouns"), lexicon.kinds("verbs", "verbs"), called_off())
    return tuple(form for form in _forms(word) if any(form in each for each in known))


def is_question(text: str) -> bool:
    """Say whether a sentence asks something, quoted or not."""
    return text.rstrip("\"'”’» ").endswith("?")


def can_hold_an_event(text: str) -> bool:
    """Say whether a sentence can hold an event. Questions and sport hold none.

    >>> [can_hold_an_event(each) for each in ("Two kings met in Oslo.", "It rained in Oslo.", "Will they meet?")]
    [True, False, False]
    """
    if is_question(text):
        return False
    words = words_of(text)
    if not words.plain.isdisjoint(lexicon.words("verbs", "beside", "sport")):
        return False
    return _fires(words) or _frames(words, text)


def _fires(words: Words) -> bool:
    return _fires_one("verbs", words.verbs, words.told) or _fires_one("nouns", words.nouns, words.told)


def _fires_one(kind: str, triggers: frozenset[str], told: frozenset[str]) -> bool:
    by_trigger = _of_rules(kind)
    return any(
        all(each.met(told) for each in needs) for word in triggers & by_trigger.keys() for needs in by_trigger[word]
    )


# ---------------------------------------------------------------- the frames of data/verbs.toml


@functools.cache
def _asked() -> Mapping[str, frozenset[str]]:
    """Return what some frames of verbs ask for by words; with the others any sentence is chosen."""
    beside = functools.partial(lexicon.words, "verbs", "beside")
    return {
        "sign": beside("paper"),
        "back": beside("bid"),
        "speak": beside("by_wire") | {"call", "line", "link"},
        "attend": beside("many") | beside("occasion"),
    }


@functools.cache
def event_nouns() -> frozenset[str]:
    """Return the nouns that call for a tree by themselves, those of meetings and deals."""
    return frozenset(each.split(" ")[-1] for each in lexicon.words("verbs", "nouns"))


@functools.cache
def called_off() -> frozenset[str]:
    """Return the words that call off what a pronoun stands for: "it was put off"."""
    return frozenset(each.split(" ")[0] for each in lexicon.words("statuses", "verbs", "cancel", "postpone"))


def _frames(words: Words, text: str) -> bool:
    if not words.told.isdisjoint(event_nouns()) or _STAYS.search(text):
        return True
    if not words.verbs.isdisjoint(called_off()) and not words.plain.isdisjoint(("it", "this", "that")):
        return True
    frames = lexicon.kinds("verbs", "verbs")
    for verb in words.verbs & frames.keys():
        if frames[verb] in ("go", "spend") and verb not in _SPOKEN_OF:
            if _PLACE_LEFT.search(text):
                return True
        elif frames[verb] not in _asked() or not words.told.isdisjoint(_asked()[frames[verb]]):
            return True
    return False


# ---------------------------------------------------------------- who spoke in the sentence before


@functools.cache
def _speech() -> frozenset[str]:
    return frozenset(each.split(" ")[0] for each in lexicon.kinds("speech", "verbs"))


def may_tell_who(text: str) -> bool:
    """Say whether a sentence may say who speaks: it has a verb of speech.

    >>> may_tell_who("“Fine,” she said."), may_tell_who("It rained.")
    (True, False)
    """
    return not words_of(text).told.isdisjoint(_speech())


def asks_who_spoke(text: str) -> bool:
    """Say whether it matters to a sentence who spoke before: a quotation that may go on, "we", "it said".

    >>> asks_who_spoke("We will go to Xland."), asks_who_spoke("They will go to Xland.")
    (True, False)
    """
    words = words_of(text)
    return text[0] in QUOTES or not words.plain.isdisjoint(SPEAKERS) or ("it" in words.plain and may_tell_who(text))
