"""Which sentences can hold an event, told by their words alone: only these are parsed, and parsing costs most.

A rule of data/events fires only where its trigger stands, in a form that can be the verb or noun it asks for, and a
word of each list that it needs; a frame of data/verbs.toml only beside the papers, places or partners that it reads.
What the words cannot tell is left to the tree: a sentence is chosen rather too often than too seldom.
`bench/events.py` measures both.
"""

import functools
import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from transforms import lexicon
from transforms.extract.rules import Rule, rules

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|[$€£]")
_COMPOUND = re.compile(r"[^\W_]+(?:-[^\W_]+)+")
#: "He is in Xland", "has been to Xland", "is due in Xland"; no "was in May", no "due to rain".
_STAYS = re.compile(
    r"\b(?:is|are|was|were|been|be)(?: \w+){0,4} in (?:the )?(?P<place>[A-ZÀ-Þ]\w*)|\bbeen to\b|\bdue\b(?! to\b)"
)
#: A journey has an end; a pronoun or an office may stand for it.
_PLACE_LEFT = re.compile(
    r"\b(?:to|in|into|at|for|through|via|from)\s+(?:the |its |his |her |their )?"
    r"(?P<place>[A-ZÀ-Þ]\w*|capital|country)"
)
#: These go on to a place that was told before: "he will go".
_SPOKEN_OF = frozenset({"go", "come", "travel"})
_SOMEBODY = frozenset({"he", "she", "they"})
#: Kinds of words that are no list: any word, a state, a place, a name.
_KINDS = "*"
#: Relations that are no prepositions.
_RELATIONS = frozenset(
    {
        "subject", "object", "near", "clause", "content", "owner", "dative", "maker", "speaker", "clause-words",
        "clause-subject", "clause-object", "carried", "aim",
    }
)  # fmt: skip
#: Behind these stands no verb, unless it ends in -ed or -ing.
_BEFORE_NOUNS = frozenset(
    {
        "the", "a", "an", "of", "in", "on", "at", "for", "from", "with", "by", "his", "its", "their", "our", "my",
        "your", "this", "these", "every", "no",
    }
)  # fmt: skip
#: The bare form of a verb stands behind these, a plural, an adverb, a name or people; elsewhere it is a noun: "foreign
#: exchange".
_BEFORE_VERBS = frozenset(
    {
        "to", "will", "would", "can", "could", "may", "might", "must", "shall", "should", "not", "cannot", "never",
        "do", "did", "let", "help", "make", "and", "or", "but", "then", "also", "both", "all", "who", "that", "which",
        "they", "we", "i", "you", "many", "some", "those", "people", "police",
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
            yield _one_of(members)
    if rule.negated:
        yield Need(lexicon.words("statuses", "auxiliaries", "not") | {"yet", "cannot"}, ())


def _one_of(members: Collection[str]) -> Need:
    """Return the need of one of some words and phrases."""
    phrases = [frozenset(each.removesuffix(" *").split(" ")) for each in sorted(members)]
    single = frozenset(word for each in phrases if len(each) == 1 for word in each)
    return Need(single, tuple(each for each in phrases if len(each) > 1 and each.isdisjoint(single)))


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
    written = [each.group() for each in found]
    plain = [each.lower() for each in written]
    compounds = _COMPOUND.findall(text.lower()) if "-" in text else []
    told: set[str] = set().union(*map(_forms, {*plain, *compounds}))
    if "n't" in text or "n’t" in text:
        told.add("n't")
    verbs = {form for word in compounds for form in _triggers(word)}
    nouns = set(verbs)
    title = sum(each[0].isupper() for each in written) > _TITLE * len(written)
    for number, word in enumerate(plain):
        if triggers := _triggers(word):
            behind = number > 0 and found[number].start() == found[number - 1].end() + 1  # a space, a comma
            if title or not (behind and written[number][0].isupper()):
                nouns.update(triggers)
                if title or not behind or _is_verb_behind(written[number - 1], word):
                    verbs.update(triggers)
    return Words(frozenset(plain), frozenset(told), frozenset(verbs), frozenset(nouns))


def _is_verb_behind(before: str, word: str) -> bool:
    """Say whether a word can be a verb right behind another one."""
    lower = before.lower()
    if lower in _BEFORE_NOUNS:
        return word.endswith(("ed", "ing"))
    if not _is_bare(word) or before[0].isupper() or lower in _BEFORE_VERBS or lower.endswith(("s", "ly", "men", "n't")):
        return True
    return lower in _people()


@functools.lru_cache(maxsize=65_536)
def _is_bare(word: str) -> bool:
    """Say whether a word is the bare form of a regular verb; that of others may be their past: "it hit a town"."""
    return lexicon.verb(word) == word and word not in lexicon.table("verbs", "irregular")


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
def _asked() -> Mapping[str, Need]:
    """Return what some frames of verbs ask for by words; with the others any sentence is chosen."""
    beside = functools.partial(lexicon.words, "verbs", "beside")
    return {
        "sign": _one_of(beside("paper")),
        "back": _one_of(beside("bid")),
        "speak": _one_of(beside("by_wire") | {"call", "line", "link"}),
        "attend": _one_of(beside("many") | beside("occasion")),
        "receive": _one_of(_people()),
    }


@functools.cache
def _people() -> frozenset[str]:
    return lexicon.words("roles", "person") | lexicon.words("roles", "group")


@functools.cache
def _of_nouns() -> tuple[tuple[Need, ...], ...]:
    """Return each way in which a noun of data/verbs.toml holds an event: what nouns.py asks for beside it."""
    nouns = functools.partial(lexicon.words, "verbs", "nouns")
    accepted = lexicon.words("statuses", "verbs", "accept")
    return (
        (_one_of(nouns("visit", "meet")),),
        (_one_of(nouns("deal")), _one_of(lexicon.words("verbs", "beside", "reach"))),
        (_one_of(nouns("invitation")), _one_of(accepted)),
        (_one_of(nouns("phone")),),
        (_one_of({"call"}), _one_of({"with"})),
    )


@functools.cache
def event_nouns() -> frozenset[str]:
    """Return the last words of the nouns that may hold an event, those of visits, meetings, calls and deals."""
    return frozenset(each.split(" ")[-1] for each in lexicon.words("verbs", "nouns"))


@functools.cache
def _off() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(each.split(" ")) for each in lexicon.words("statuses", "verbs", "cancel", "postpone"))


@functools.cache
def called_off() -> frozenset[str]:
    """Return the words that call off what a pronoun stands for: "it was put off"."""
    return frozenset(each.split(" ")[0] for each in lexicon.words("statuses", "verbs", "cancel", "postpone"))


def _frames(words: Words, text: str) -> bool:
    if any(all(each.met(words.told) for each in needs) for needs in _of_nouns()) or _leads_somewhere(_STAYS, text):
        return True
    if not words.plain.isdisjoint(("it", "this", "that")) and any(
        each <= words.told and not each.isdisjoint(words.verbs) for each in _off()
    ):
        return True
    frames = lexicon.kinds("verbs", "verbs")
    return any(_framed(verb, frames[verb], words, text) for verb in words.verbs & frames.keys())


def _framed(verb: str, frame: str, words: Words, text: str) -> bool:
    """Say whether beside a verb stands what its frame asks for."""
    if frame in ("go", "spend"):
        spoken_of = verb in _SPOKEN_OF and not words.told.isdisjoint(_people() | _SOMEBODY)
        return spoken_of or _leads_somewhere(_PLACE_LEFT, text)
    if verb == "see":  # nearly always it tells how something is seen
        return not words.told.isdisjoint(_people())
    return frame not in _asked() or _asked()[frame].met(words.told)


def _leads_somewhere(pattern: re.Pattern[str], text: str) -> bool:
    """Say whether a preposition leads to what may be a place: to no month and no day of the week."""
    times = lexicon.words("roles", "no_names", "times")
    return any((each["place"] or "").lower() not in times for each in pattern.finditer(text))


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
