"""Whether two names can mean one actor: longest forms, surnames, roles, a state and whoever acts for it."""

import functools
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence

from schemas import Actor
from transforms.versions import DATA


@functools.cache
def word_list(name: str) -> frozenset[str]:
    """Return one of the lists under [words] in data/linking.toml."""
    return frozenset(tomllib.loads((DATA / "linking.toml").read_text())["words"][name])


@functools.lru_cache(maxsize=65_536)
def words(text: str) -> frozenset[str]:
    """Return the words of a text without accents, case, plural and possessive; words that say nothing left out.

    >>> sorted(words("The drivers' federation"))
    ['driver', 'federation']
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    found = re.findall(r"[^\W_]+", "".join(each for each in plain if not unicodedata.combining(each)))
    return frozenset(_singular(each) for each in found) - word_list("empty")


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def is_named(actor: Actor) -> bool:
    """Say whether a person is named, and not only described ("foreign ministers", "president of Guyana").

    >>> is_named(Actor("Ana Lopes", None, "PRT", "person")), is_named(Actor("foreign minister", None, "PRT", "person"))
    (True, False)
    """
    return (
        actor.kind == "person"
        and all(each[:1].isupper() or len(each) < 4 for each in actor.name.split())
        and (actor.role is None or actor.name.casefold() != actor.role.casefold())
    )


def same_person(one: str, other: str) -> bool:
    """Say whether one name is a form of the other: the surname alone, or without a middle name.

    >>> same_person("Leopoldo Urdaneta Rivas", "Urdaneta"), same_person("Wang Yi", "Wang Wenbin")
    (True, False)
    """
    a, b = words(one), words(other)
    return bool(a) and bool(b) and (a <= b or b <= a)


def same_group(one: str, other: str) -> bool:
    """Say whether two descriptions can mean one group or office: one holds the other, or they share a telling word."""
    a, b = words(one), words(other)
    generic = word_list("generic")
    return a <= b or b <= a or bool((a & b) - generic) or a <= generic or b <= generic


def compatible(ones: Sequence[Actor], others: Sequence[Actor]) -> bool:
    """Say whether two lists of actors of one side of one act can be the same people.

    Two different persons of one country cannot, unless both lists share another of that country: a delegation.
    Countries that only one list has do not matter.
    """
    for country in {each.country for each in ones} & {each.country for each in others}:
        mine = [each for each in ones if each.country == country]
        theirs = [each for each in others if each.country == country]
        if not any(_may_be(one, other) for one in mine for other in theirs):
            return False
    return True


def _may_be(one: Actor, other: Actor) -> bool:
    if one.country is None and (one.kind == "state" or other.kind == "state"):
        return one.name.casefold() == other.name.casefold()
    if "state" in (one.kind, other.kind):
        return True
    if is_named(one) and is_named(other):
        return same_person(one.name, other.name)
    if one.kind == other.kind or "person" not in (one.kind, other.kind):
        return same_group(_office(one), _office(other))
    return True  # a person and the body it may speak for or lead


def _office(actor: Actor) -> str:
    """What an actor is called where it is not a named person; the role of one that is."""
    return (actor.role or "") if is_named(actor) else actor.name


def longest(actors: Iterable[Actor]) -> list[Actor]:
    """Return each actor once, in its longest form: persons for their state where there are any.

    The order is that of first appearance of the countries.
    """
    found: list[Actor] = []
    for actor in actors:
        twin = next((at for at, each in enumerate(found) if _is_form(each, actor)), None)
        if twin is None:
            found.append(actor)
        elif _rank(actor) > _rank(found[twin]):
            found[twin] = actor
    return [each for each in found if each.kind != "state" or not _has_person(found, each.country)]


def _is_form(one: Actor, other: Actor) -> bool:
    if one.country != other.country:
        return False
    if is_named(one) and is_named(other):
        return same_person(one.name, other.name)
    if is_named(one) or is_named(other):
        return (
            "person" in (one.kind, other.kind) and one.kind == other.kind and same_group(_office(one), _office(other))
        )
    return one.kind == other.kind and (one.kind == "state" or same_group(one.name, other.name))


def _rank(actor: Actor) -> tuple[bool, int, bool, str]:
    return is_named(actor), len(actor.name), actor.role is not None, actor.name


def _has_person(actors: Sequence[Actor], country: str | None) -> bool:
    return any(each.kind == "person" and is_named(each) and each.country == country for each in actors)
