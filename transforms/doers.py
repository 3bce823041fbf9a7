"""Whose act it is: source and target of what the rules of data/events find.

Police, courts, crowds and captives are often told without their country: it is that of the place, of the article's
dateline, or the one that the article names most. Who is not named at all stands under `agentless` of the rule.
"""

from collections.abc import Sequence
from typing import Protocol

from schemas.event import Actor
from transforms import countries
from transforms.findings import Finding
from transforms.rules import Rule
from transforms.sides import Sides, codes_of
from transforms.where import Place


class Story(Protocol):
    """What the article has told so far."""

    @property
    def home(self) -> str | None:
        """The country that the article is about, where no place is told."""

    def holder(self, people: Sequence[Actor]) -> str | None:
        """Return the country that arrested, tried, pardoned or freed somebody before."""

    def other_party(self, actors: Sequence[Actor]) -> Actor | None:
        """Return the country spoken of last beside those of some actors."""

    def only_other(self, codes: frozenset[str]) -> str | None:
        """Return the country that the sentence names beside some others, if it is one."""


#: Types whose target, where it is not named, is whom the article spoke of last: "condemned the step".
TOWARDS_THE_OTHER = ("ACCUSE", "THREATEN")


def act_sides(
    finding: Finding, agents: Sequence[Actor], others: Sequence[Actor], place: Place | None, story: Story
) -> Sides | None:
    """Return the parties of an act, or None where nobody who counts does it.

    Args:
        agents: who does it, as far as it is told.
        others: to or with whom.
        place: that the sentence names.
    """
    rule = finding.rule
    if rule is None:
        return None
    place = None if rule.agentless == "host" and agents else place
    others = [each for each in others if each not in agents and not _is_own_state(each, agents)]
    if not agents:
        if finding.agents and rule.agentless not in ("open", "whose"):
            return None  # a firm, a team, a thing does it
        agents = _unnamed(rule, others, place, story)
        if not agents and (rule.agentless != "open" or not (codes_of(others) or place)):
            return None
    if rule.joint:
        return Sides((*agents, *others), (), finding.mode, place)
    if not others and finding.type in TOWARDS_THE_OTHER:
        other = story.other_party(agents)
        others = [] if other is None else [other]
    if not (others or codes_of(agents) or rule.type == "REQUEST"):
        return None
    return Sides(tuple(agents), tuple(others), finding.mode, place)


def _is_own_state(actor: Actor, agents: Sequence[Actor]) -> bool:
    return actor.kind == "state" and actor.country in codes_of(agents)


def _unnamed(rule: Rule, others: Sequence[Actor], place: Place | None, story: Story) -> list[Actor]:
    """Return the state whose act it is where nobody is named: "was arrested", "has been invited to Xland"."""
    code = None
    if rule.agentless in ("state", "whose"):
        code = story.holder(others) or (place.country if place else None) or story.home
    elif rule.agentless == "host":
        code = place.country if place else story.only_other(codes_of(others))
    return [] if code is None else [Actor(countries.name_of(code), None, code, "state")]
