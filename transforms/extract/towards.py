"""Whom an act is towards where its own clause does not say: what the article told before answers.

"France condemned the attack" blames whoever attacked; "recalled its ambassador", "refused to apologise" and "demanded
an apology" are towards the other party that the article speaks of.
"""

from collections.abc import Sequence
from typing import Protocol

from schemas.event import Actor
from transforms import lexicon
from transforms.extract.findings import Finding
from transforms.extract.parse import Tree
from transforms.extract.reported import Report
from transforms.extract.rules import by_word
from transforms.extract.sides import Sides, codes_of, country_place, state_actor
from transforms.extract.where import Place

#: Types that a thing said before can be blamed for by a word of no type: "condemned the step".
HOSTILE = ("ASSAULT", "COERCE", "SANCTION", "MOBILIZE", "THREATEN", "PROTEST", "REJECT")
#: Acts towards the other party of the article, by type and mode.
TOWARDS = frozenset(
    {
        ("SANCTION", "withdraw"), ("SANCTION", "expel"), ("SANCTION", "discontinue"), ("REJECT", "yield"),
        ("REJECT", "meet"), ("CONCEDE", None),
    }
)  # fmt: skip
#: Acts that have no place, whatever town their words name.
PLACELESS = frozenset(
    {
        ("SANCTION", "withdraw"), ("SANCTION", "expel"), ("RETREAT", "ceasefire"), ("RETREAT", "resign"),
        ("REQUEST", "meet"), ("REJECT", "meet"),
    }
)  # fmt: skip
#: Modes of acts of force and protest that take place nowhere in particular.
_NOWHERE = frozenset({"restrict", "boycott", "hunger", "misinformation", "cyber", "withhold"})
#: A party's own people, whom it calls home.
_OWN = frozenset({"ambassador", "envoy", "diplomat", "consul", "staff", "representative"})


class Story(Protocol):
    """What the article has told."""

    dateline: Place | None

    @property
    def home(self) -> str | None:
        """The country that the article is about."""

    def only_other(self, codes: frozenset[str]) -> str | None:
        """Return the country that the sentence names beside some others, if it is one."""

    def other_party(self, actors: Sequence[Actor]) -> Actor | None:
        """Return the country spoken of last beside those of some actors."""


def soil(type: str, parties: Sides | Report, unlisted: str) -> Place | None:
    """Return a place that no list has, in the country where acts of its type take place: those of force where whom they
    hit is at home, others where those are who act. None where no place is named.

    Args:
        unlisted: the name of the place; "" where there is none.
    """
    code = _ground(type, parties)
    return Place(unlisted, code, None, None, None) if unlisted and code else None


def _ground(type: str, parties: Sides | Report) -> str | None:
    at_home, abroad = parties.source, parties.target
    order = (*abroad, *at_home) if type in ("ASSAULT", "AID") else (*at_home, *abroad)
    return next((each.country for each in order if each.country), None)


def on_soil(report: Report) -> Report:
    """Return a report of violence, protest or arrest with the country where it took place, if no place is told."""
    if report.place is not None or report.type not in ("ASSAULT", "PROTEST", "COERCE") or report.mode in _NOWHERE:
        return report
    code = _ground(report.type, report)
    return report if code is None else report._replace(place=country_place(code))


def blamed(tree: Tree, finding: Finding, told: Sequence[Report], agents: Sequence[Actor]) -> list[Actor]:
    """Return who did what the objects of a verb point to, as the article has told it: "condemned the attack".

    Args:
        told: what the article has reported so far.
        agents: who blames; nobody blames himself.
    """
    if finding.type != "ACCUSE":
        return []
    for head in finding.others:
        noun = lexicon.noun(tree[head].lower)
        types = {rule.type for rule in by_word("nouns").get(noun, ())}
        if noun in lexicon.words("verbs", "nouns"):
            types.add("CONSULT")
        if noun in lexicon.words("roles", "deeds"):
            types.update(HOSTILE)
        for report in reversed(told):
            others = [each for each in _doers(report) if not _is_same(each, agents)]
            if report.type in types and others:
                return others
    return []


def answered(tree: Tree, finding: Finding, agents: Sequence[Actor], story: Story) -> list[Actor]:
    """Return whom forces move against "in response" or "after" what another state did."""
    if finding.type != "MOBILIZE" or finding.others or not codes_of(agents):
        return []
    marks = tree.children(finding.core, "mark")  # "after X had moved tanks" is no answer to anything
    told = {tree[each].lower for each in tree.below(finding.core) if each not in marks}
    code = story.only_other(codes_of(agents)) if "after" in told else None
    if code is not None:
        return [state_actor(code)]
    other = story.other_party(agents) if told & {"response", "retaliation", "answer"} else None
    return [] if other is None else [other]


def _doers(report: Report) -> tuple[Actor, ...]:
    return (*report.source, *report.target) if report.type == "CONSULT" else report.source


def _is_same(actor: Actor, agents: Sequence[Actor]) -> bool:
    return actor in agents or (actor.country is not None and actor.country in codes_of(agents))


def _struck(finding: Finding, own: frozenset[str], place: Place | None, story: Story) -> str | None:
    """Return whose place or people an attack hit: the state where it was, if it hit something that is told."""
    if place is not None and place != story.dateline and (place.country not in own or finding.others):
        return place.country
    return story.home if finding.others and place is None else None


def towards(finding: Finding, parties: Sides, place: Place | None, story: Story) -> Sides:
    """Return the sides of an act with whom it is towards, where that can be told from the rest of the article."""
    own = codes_of(parties.source)
    if (finding.type, parties.mode) == ("SANCTION", "withdraw"):
        target = [
            each for each in parties.target if not (each.country in own and _OWN & set(each.name.lower().split()))
        ]
        parties = parties._replace(target=tuple(target))
    if codes_of(parties.target) - own:
        return parties
    if finding.type == "ASSAULT" and not parties.target and (code := _struck(finding, own, place, story)) is not None:
        return parties._replace(target=(state_actor(code),))
    if (finding.type, parties.mode) not in TOWARDS or parties.target or not parties.source:
        return parties
    other = story.other_party(parties.source)
    return parties if other is None else parties._replace(target=(other,))
