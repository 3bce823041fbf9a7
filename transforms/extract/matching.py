"""Which rule of data/events a word fits, and why another does not."""

import functools
from collections.abc import Iterator
from typing import NamedTuple

from transforms import lexicon
from transforms.extract.chooser import lacks_nothing, lemmas
from transforms.extract.countries import country_of
from transforms.extract.grammar import is_noun, is_verb, negated
from transforms.extract.parse import Tree
from transforms.extract.relations import counted, hyphenated, names, phrase_words, related
from transforms.extract.rules import Rule, by_word
from transforms.extract.where import locate


class Weighed(NamedTuple):
    """A rule whose word a sentence has, and what speaks against it."""

    rule: Rule
    missing: tuple[str, ...]  # relations in which no word of the rule stands
    barred: tuple[str, ...]  # relations in which a word stands that rules it out


def best_rule(tree: Tree, index: int) -> Rule | None:
    """Return the most exacting rule that fits a word; of equal ones the first."""
    told = lemmas(tree.text)
    likely = (rule for rule in _named(tree, index) if lacks_nothing(rule, told))  # the most exacting first
    return next((rule for rule in likely if _fits(tree, index, rule)), None)


def candidates(tree: Tree) -> list[int]:
    """Return the words that a rule may name, soon, since most words name none."""
    tokens = tree.tokens
    return [n for n, each in enumerate(tokens) if _names_an_act(each.lower) or (n and tokens[n - 1].text == "-")]


@functools.lru_cache(maxsize=65_536)
def _names_an_act(word: str) -> bool:
    """Say whether a lower-case word is a form of one that a rule begins or ends with."""
    return lexicon.verb(word) in by_word("verbs") or lexicon.noun(word) in by_word("nouns")


def _fits(tree: Tree, index: int, rule: Rule) -> bool:
    if rule.negated and not negated(tree, index):
        return False
    beside = all(_has(tree, index, rule, *each) for each in rule.needs)
    return beside and not any(_has(tree, index, rule, *each) for each in rule.unless)


def weighed(tree: Tree, index: int) -> Iterator[Weighed]:
    """Yield the rules that name a word, each with what it lacks."""
    for rule in _named(tree, index):
        missing = [relation for relation, wanted in rule.needs if not _has(tree, index, rule, relation, wanted)]
        barred = [relation for relation, wanted in rule.unless if _has(tree, index, rule, relation, wanted)]
        if rule.negated and not negated(tree, index):
            missing.append("not")
        yield Weighed(rule, tuple(missing), tuple(barred))


def _named(tree: Tree, index: int) -> Iterator[Rule]:
    if is_verb(tree, index) and tree[index].dep != "amod":
        yield from _of_verb(tree, index)
    elif is_noun(tree, index) and (tree[index].tag in ("NN", "NNS") or tree[index].text.islower()):
        found = by_word("nouns")
        rules = found.get(lexicon.noun(tree[index].lower), ()) + found.get(hyphenated(tree, index) or "", ())
        if rules:
            called = names(tree, index)
            yield from (each for each in rules if not called.isdisjoint(each.nouns))


def _of_verb(tree: Tree, index: int) -> Iterator[Rule]:
    """Yield the rules of a verb; of those with several words, such as "open fire", where it is there with all."""
    below: set[str] | None = None
    for rule, phrases in _phrases(lexicon.verb(tree[index].lower)):
        if phrases and below is None:
            below = {tree[each].lower for each in tree.below(index) if each != index and abs(each - index) < 6}
        if not phrases or any(each <= (below or set()) for each in phrases):
            yield rule


@functools.lru_cache(maxsize=4_096)
def _phrases(lemma: str) -> tuple[tuple[Rule, tuple[frozenset[str], ...]], ...]:
    """Return the rules of a verb, each with the words that must stand beside it; none where the verb alone will do."""
    return tuple((rule, () if lemma in rule.verbs else _rests(rule, lemma)) for rule in by_word("verbs").get(lemma, ()))


def _rests(rule: Rule, lemma: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(each.split(" ")[1:]) for each in rule.verbs if each.startswith(f"{lemma} "))


def _has(tree: Tree, index: int, rule: Rule, relation: str, wanted: frozenset[str]) -> bool:
    """Say whether one of some words stands in a relation to a trigger; "*" is any word."""
    if relation == "near":
        return bool(wanted & phrase_words(tree, index))
    if relation == "clause-words":
        clauses = related(tree, index, "clause", rule)
        return any(wanted & names(tree, each) for clause in clauses for each in tree.below(clause))
    if "|" in relation:
        return any(_has(tree, index, rule, each, wanted) for each in relation.split("|"))
    heads = related(tree, index, relation, rule)
    if "*" in wanted:
        return any(tree[each].lower not in lexicon.words("roles", "no_names", "times") for each in heads)
    everyone = [each for head in heads for each in counted(tree, head)]
    return any(wanted & names(tree, each) or _is_of_a_kind(tree, each, wanted) for each in everyone)


def _is_of_a_kind(tree: Tree, index: int, wanted: frozenset[str]) -> bool:
    """Say whether a word is one of the kinds that are no list: a state, a place, a name."""
    text = tree[index].text
    if "joint *" in wanted and any(
        tree[each].lower in ("joint", "shared") for each in tree.children(index, "amod", "compound")
    ):
        return True
    whole = " ".join([*(tree[each].text for each in tree.children(index, "compound") if each < index), text])
    country = country_of(text) or country_of(whole)  # "Peru", "the United States"
    state = ("*state" in wanted or "*place" in wanted) and country is not None
    place = "*place" in wanted and tree[index].tag.startswith("NNP") and locate(text) is not None
    return state or place or ("*name" in wanted and tree[index].tag in ("NNP", "PRP"))
