"""The word lists of transforms/data, with the inflections that English derives."""

import functools
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

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


@functools.cache
def acts() -> Mapping[str, Mapping[str, Any]]:
    """Return what each file of data/events holds, by its name: rules.py reads them."""
    files = sorted((DATA / "events").glob("*.toml"))
    return {each.stem: tomllib.loads(each.read_text(encoding="utf-8")) for each in files}


def verb_forms(verb: str) -> tuple[str, ...]:
    """Return a verb and its inflections, particle left out.

    >>> verb_forms("deny"), verb_forms("call off")
    (('deny', 'denies', 'denying', 'denied'), ('call', 'calls', 'calling', 'called'))
    """
    verb = verb.split(" ")[0]
    if verb in (irregular := table("verbs", "irregular")):
        return (verb, *irregular[verb])
    if verb.endswith("e"):
        return (verb, verb + "s", (verb if verb.endswith("ee") else verb[:-1]) + "ing", verb + "d")
    if verb in words("verbs", "spelling", "doubled"):
        return (verb, verb + "s", verb + verb[-1] + "ing", verb + verb[-1] + "ed")
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
    if noun.endswith("man") and not noun.endswith(("human", "german", "roman", "shaman")):
        return (noun, noun[:-2] + "en")
    return (noun, noun + ("es" if re.search(r"(?:s|x|z|ch|sh)$", noun) else "s"))


def _index(lemmas: Iterable[str], nouns: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for lemma in lemmas:
        for form in noun_forms(lemma) if nouns else verb_forms(lemma):
            found.setdefault(form, lemma if nouns else lemma.split(" ")[0])
    return found


def _act_words(kind: str) -> Iterator[str]:
    """Yield the verbs or the nouns that data/events names, those that its rules ask for included."""
    for file in acts().values():
        for members in file.get(kind, {}).values():
            yield from members
        for rule in file.get("rule", ()):
            yield from rule.get(kind, ())
            for asked in (rule.get("needs", {}), rule.get("unless", {})):
                for relation, members in asked.items():
                    if (relation in ("clause", "content", "aim")) == (kind == "verbs"):
                        yield from (each for each in members if each.isalpha())


@functools.cache
def _verbs() -> Mapping[str, str]:
    beside = words("verbs", "beside", "carry", "reach", "other_acts")
    lists = (words("verbs", "verbs"), beside, words("statuses", "verbs"))
    told = [word for each in (*lists, words("speech", "verbs")) for word in sorted(each)]
    return _index([*told, *_act_words("verbs")], nouns=False)


@functools.cache
def _nouns() -> Mapping[str, str]:
    beside = words("verbs", "beside", "paper", "many", "occasion", "bid")
    lists = (words("verbs", "nouns"), beside, words("statuses", "nouns"))
    people = (words("roles", "person"), words("roles", "group"), words("roles", "titles", "private"))
    told = [word for each in (*lists, *people) for word in sorted(each)]
    acts = set(_act_words("nouns"))
    return _index([*told, *sorted(each for each in acts if each.removesuffix("s") not in acts - {each})], nouns=True)


def verb(form: str) -> str:
    """Return the verb that a lower-case form inflects, or the form itself where no list has it."""
    return _verbs().get(form, form)


def noun(form: str) -> str:
    """Return the singular of a lower-case noun, or the form itself where no list has it."""
    return _nouns().get(form, form)
