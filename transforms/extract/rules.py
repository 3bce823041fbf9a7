"""The rules of data/events: which words hold an act, what must stand beside them, and whose act it is.

A rule is data that an analyst reads and extends; what its keys mean stands at the top of data/events/words.toml.
"""

import functools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from transforms import lexicon

OWNED = ("subject", "object")
AGENTLESS = ("never", "state", "open", "host", "whose")


class InvalidRule(Exception):
    """A file of data/events says what no rule may say."""


class Rule(NamedTuple):
    """How one kind of act is told. Words are lower case and singular."""

    type: str  # one of schemas.event.TYPES
    name: str  # type and name: "assault/attack"
    means: str  # in one sentence
    mode: str | None  # None: `modes` decide
    modes: tuple[tuple[str, frozenset[str]], ...]  # of the type, by words of the clause; the first one counts
    verbs: tuple[str, ...]
    nouns: tuple[str, ...]
    needs: tuple[tuple[str, frozenset[str]], ...]  # relation, and the words of which one must stand there
    unless: tuple[tuple[str, frozenset[str]], ...]
    source: tuple[str, ...]  # relations that lead to who does it
    target: tuple[str, ...]
    owned: str  # what "its" is to a noun: subject | object
    agentless: str  # whose act it is where nobody is named: never (then none) | state | open (nobody's) | host
    # | whose (the state, also where a thing does it: tanks)
    joint: bool  # all parties do it
    negated: bool  # only where it is denied: "did not attend"
    status: str | None  # that counts instead of "happened": "called a strike" is planned
    officials: str  # the rule that counts instead where it is a state that does it; "" for none

    @property
    def weight(self) -> int:
        """How much it asks for: of several rules that fit a word, the most exacting one counts."""
        return sum(1 if "*" in wanted else 2 for _, wanted in self.needs)


@functools.cache
def rules() -> tuple[Rule, ...]:
    """Return the rules of all types, in the order of the files and of their lines.

    Raises:
        InvalidRule: a file cannot be understood; the message says where and what to do.
    """
    return tuple(rule for stem, file in lexicon.acts().items() if "rule" in file for rule in _of_type(stem, file))


def _of_type(stem: str, file: Mapping[str, Any]) -> list[Rule]:
    modes = tuple((mode, _expanded(stem, words)) for mode, words in file.get("modes", {}).items())
    found = [_rule(stem, file, rule, modes) for rule in file["rule"]]
    names = [each.name for each in found]
    twice = next((each for each in names if names.count(each) > 1), None)
    if twice is not None:
        raise InvalidRule(f"data/events/{stem}.toml has two rules named {twice}. Rename one of them.")
    return found


def _rule(
    stem: str, file: Mapping[str, Any], rule: Mapping[str, Any], modes: tuple[tuple[str, frozenset[str]], ...]
) -> Rule:
    where = f"data/events/{stem}.toml, rule {rule.get('name', '?')}"
    if unknown := sorted(set(rule) - set(Rule._fields)):
        raise InvalidRule(f"{where}: unknown key {unknown[0]!r}. Known are {', '.join(Rule._fields)}.")
    if "name" not in rule or "means" not in rule or not (rule.get("verbs") or rule.get("nouns")):
        raise InvalidRule(f"{where}: a rule needs a name, what it means, and verbs or nouns. Add what is missing.")
    owned, agentless = rule.get("owned", "subject"), rule.get("agentless", file.get("agentless", "never"))
    if owned not in OWNED or agentless not in AGENTLESS:
        raise InvalidRule(f"{where}: `owned` is one of {OWNED}, `agentless` one of {AGENTLESS}.")
    return Rule(
        type=file["type"],
        name=f"{stem}/{rule['name']}",
        means=rule["means"],
        mode=rule.get("mode"),
        modes=() if rule.get("mode") == "" else modes,
        verbs=tuple(_expanded(where, rule.get("verbs", ()))),
        nouns=tuple(_expanded(where, rule.get("nouns", ()))),
        needs=_asked(where, rule.get("needs", {})),
        unless=_asked(where, {**file.get("unless", {}), **rule.get("unless", {})}),
        source=tuple(rule.get("source", ("subject",))),
        target=tuple(rule.get("target", file.get("target", ("object",)))),
        owned=owned,
        agentless=agentless,
        joint=rule.get("joint", False),
        negated=rule.get("negated", False),
        status=rule.get("status"),
        officials=rule.get("officials", ""),
    )


def _asked(where: str, asked: Mapping[str, Sequence[str]]) -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple((relation, _expanded(where, members)) for relation, members in asked.items())


def _expanded(where: str, members: Sequence[str]) -> frozenset[str]:
    """Return words with "<list>" replaced by the words of that list in data/events/words.toml."""
    lists = {**lexicon.acts()["words"]["nouns"], **lexicon.acts()["words"]["verbs"]}
    found: set[str] = set()
    for each in members:
        if not each.startswith("<"):
            found.add(each)
        elif each[1:-1] in lists:
            found |= _expanded(where, lists[each[1:-1]])
        else:
            raise InvalidRule(f"{where}: there is no list {each}. Those of data/events/words.toml are {sorted(lists)}.")
    return frozenset(found)


@functools.cache
def by_word(kind: str) -> Mapping[str, tuple[Rule, ...]]:
    """Return the rules by the first word of each of their verbs ("verbs") or by noun ("nouns"), most exacting first."""
    found: dict[str, list[Rule]] = {}
    for rule in sorted(rules(), key=lambda each: -each.weight):
        for phrase in rule.verbs if kind == "verbs" else rule.nouns:
            key = phrase.partition(" ")[0] if kind == "verbs" else phrase.rpartition(" ")[2]
            if rule not in found.setdefault(key, []):
                found[key].append(rule)
    return {key: tuple(each) for key, each in found.items()}


@functools.cache
def threats() -> Mapping[str, str]:
    """Return the mode of THREATEN by type, or type and mode, of what is made conditional."""
    return lexicon.acts()["threaten"]["threats"]


@functools.cache
def words(name: str) -> frozenset[str]:
    """Return a list of data/events/words.toml."""
    return _expanded("data/events/words.toml", [f"<{name}>"])
