"""The word lists of transforms/data, with the inflections that English derives."""

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping

from transforms.versions import DATA


@functools.cache
def table(file: str, section: str) -> Mapping[str, tuple[str, ...]]:
    """Return one section of a word list: its keys, each with its words.

    Raises:
        KeyError: the file has no such section.
    """
    lists = tomllib.loads((DATA / f"{file}.toml").read_text(encoding="utf-8"))
    return {key: tuple(words) for key, words in lists[section].items()}


@functools.cache
def words(file: str, section: str, *keys: str) -> frozenset[str]:
    """Return the words of some keys of a section; of all its keys where none is named."""
    found = table(file, section)
    return frozenset(word for key in keys or found for word in found[key])


@functools.cache
def kinds(file: str, section: str) -> Mapping[str, str]:
    """Return each word of a section with the key it stands under; the first one counts."""
    found: dict[str, str] = {}
    for key, members in table(file, section).items():
        for word in members:
            found.setdefault(word, key)
    return found


def verb_forms(verb: str) -> tuple[str, ...]:
    """Return a verb and its inflections, particle left out.

    >>> verb_forms("deny"), verb_forms("call off")
    (('deny', 'denies', 'denying', 'denied'), ('call', 'calls', 'calling', 'called'))
    """
    verb = verb.split(" ")[0]
    if verb in (irregular := table("verbs", "irregular")):
        return (verb, *irregular[verb])
    if verb.endswith("e"):
        return (verb, verb + "s", verb[:-1] + "ing", verb + "d")
    if re.search(r"[^aeiou]y$", verb):
        return (verb, verb[:-1] + "ies", verb + "ing", verb[:-1] + "ied")
    return (verb, verb + ("es" if re.search(r"(?:s|x|z|ch|sh)$", verb) else "s"), verb + "ing", verb + "ed")


def noun_forms(noun: str) -> tuple[str, ...]:
    """Return a noun and its plural.

    >>> noun_forms("summit"), noun_forms("phone call")
    (('summit', 'summits'), ('phone call', 'phone calls'))
    """
    if " of " in noun:
        return (noun,)
    if re.search(r"[^aeiou]y$", noun):
        return (noun, noun[:-1] + "ies")
    return (noun, noun + ("es" if re.search(r"(?:s|x|z|ch|sh)$", noun) else "s"))


def _index(lemmas: Iterable[str], nouns: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for lemma in lemmas:
        for form in noun_forms(lemma) if nouns else verb_forms(lemma):
            found.setdefault(form, lemma if nouns else lemma.split(" ")[0])
    return found


@functools.cache
def _verbs() -> Mapping[str, str]:
    beside = words("verbs", "beside", "carry", "reach", "other_acts")
    lists = (words("verbs", "verbs"), beside, words("statuses", "verbs"))
    return _index([word for each in (*lists, words("speech", "verbs")) for word in sorted(each)], nouns=False)


@functools.cache
def _nouns() -> Mapping[str, str]:
    beside = words("verbs", "beside", "paper", "many", "occasion", "bid")
    lists = (words("verbs", "nouns"), beside, words("statuses", "nouns"))
    people = (words("roles", "person"), words("roles", "group"), words("roles", "titles", "private"))
    return _index([word for each in (*lists, *people) for word in sorted(each)], nouns=True)


def verb(form: str) -> str:
    """Return the verb that a lower-case form inflects, or the form itself where no list has it."""
    return _verbs().get(form, form)


def noun(form: str) -> str:
    """Return the singular of a lower-case noun, or the form itself where no list has it."""
    return _nouns().get(form, form)


@functools.cache
def keywords() -> re.Pattern[str]:
    """Return the pattern that every sentence with an event of the coded types matches."""
    forms = {form for each in words("verbs", "verbs") for form in verb_forms(each)}
    forms |= {form for each in words("verbs", "nouns") for form in noun_forms(each)}
    for each in words("statuses", "verbs", "cancel", "postpone"):
        particle = each.partition(" ")[2]
        forms |= {f"{form} {particle}".strip() for form in verb_forms(each)}
    forms |= {
        "exchange of views",
        "been to",
        "due in",
        "due to arrive",
        "on hand",
        "memorandum",
        "memoranda",
        "ambassadors",
    }
    return re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, forms), key=len, reverse=True)) + r")\b", re.IGNORECASE)
