"""Which sentences can hold an event: a cheap look at their words, so that only those are parsed.

A sentence is chosen where it has a word of a frame (data/verbs.toml), or a word of a rule (data/events) and beside it,
wherever it stands, one for each thing that the rule asks for. So a word such as "put" alone chooses nothing.
"""

import functools
import re
from collections.abc import Iterable, Mapping

from transforms.lexicon import noun_forms, verb_forms, words
from transforms.rules import Rule, rules

_WORD = re.compile(r"\w+")

#: What must stand in the sentence: one word of each group.
Groups = tuple[frozenset[str], ...]


def can_hold_an_event(sentence: str) -> bool:
    """Say whether the words of a sentence can hold an event of any type.

    >>> can_hold_an_event("It put its army on alert."), can_hold_an_event("It put milk on the table.")
    (True, False)
    """
    if _frames().search(sentence):
        return True
    told = set(_WORD.findall(sentence.lower()))
    triggers = _triggers()
    return any(all(group & told for group in groups) for word in told for groups in triggers.get(word, ()))


@functools.cache
def _frames() -> re.Pattern[str]:
    """Return the pattern that every sentence with a visit, meeting, call, deal or signing matches."""
    forms = {form for each in words("verbs", "verbs") for form in verb_forms(each)}
    forms |= {form for each in words("verbs", "nouns") for form in noun_forms(each)}
    for each in words("statuses", "verbs", "cancel", "postpone"):
        particle = each.partition(" ")[2]
        forms |= {f"{form} {particle}".strip() for form in verb_forms(each)}
    forms |= {"exchange of views", "been to", "due in", "due to arrive", "on hand"}
    forms |= {"memorandum", "memoranda", "ambassadors"}
    return re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, forms), key=len, reverse=True)) + r")\b", re.IGNORECASE)


@functools.cache
def _triggers() -> Mapping[str, tuple[Groups, ...]]:
    """Return each form of a word that a rule names, with what the rules ask for beside it."""
    found: dict[str, set[Groups]] = {}
    for rule in rules():
        asked = _asked(rule)
        for verb in rule.verbs:
            particles = tuple(frozenset({each}) for each in _WORD.findall(verb)[1:])
            for form in verb_forms(verb):
                found.setdefault(_WORD.findall(form)[-1], set()).add((*particles, *asked))
        for noun in rule.nouns:
            for form in noun_forms(noun):
                found.setdefault(_WORD.findall(form)[-1], set()).add(asked)
    return {word: _without_weaker(each) for word, each in found.items()}


def _asked(rule: Rule) -> Groups:
    """Return the words of which a rule needs one each; kinds such as "*state" are any word."""
    needs = (wanted for _, wanted in rule.needs if not any("*" in each for each in wanted))
    return tuple(_forms(wanted) for wanted in needs)


def _forms(wanted: Iterable[str]) -> frozenset[str]:
    """Return the last words of some phrases in all their forms."""
    last = {each.split()[-1] for each in wanted if each.split()}
    forms = {form for each in last for form in (*noun_forms(each), *verb_forms(each))}
    return frozenset(part for form in forms for part in (_WORD.findall(form) or [form])[-1:])


def _without_weaker(found: set[Groups]) -> tuple[Groups, ...]:
    """Return what is asked for; nothing beside it where one asks for nothing."""
    return ((),) if () in found else tuple(sorted(found, key=len))
