"""Whose act it is: source and target of what the rules of data/events find.

Police, courts, crowds and captives are often told without their country: it is that of the place, of the article's
dateline, or the one that the article names most. Who is not named at all stands under `agentless` of the rule.
"""

from collections.abc import Sequence
from typing import Protocol

from schemas.event import Actor
from transforms import countries, lexicon
from transforms.findings import Finding
from transforms.rules import Rule, words
from transforms.sides import Sides, codes_of
from transforms.where import Place


class Story(Protocol):
    """What the article has told so far."""

    @property
    def home(self) -> str | None:
        """The country that the article is about, where no place is told."""

    def holder(self, people: Sequence[Actor]) -> str | None:
        """Return the country that arrested, tried, pardoned or freed somebody before."""

    def doers_of(self, finding: Finding) -> Sequence[Actor]:
        """Return who did the act that "the strike" points back to."""

    def other_party(self, actors: Sequence[Actor]) -> Actor | None:
        """Return the country spoken of last beside those of some actors."""

    def only_other(self, codes: frozenset[str]) -> str | None:
        """Return the country that the sentence names beside some others, if it is one."""


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
        agents = story.doers_of(finding) or _unnamed(rule, others, place, story)
        if not agents and not _is_open(finding, others, place):
            return None
    if rule.joint:
        if finding.type == "COOPERATE" and len({each.country for each in (*agents, *others)}) < 2:
            return None
        return Sides((*agents, *others), (), finding.mode, place)
    if not others and _is_towards_the_other(finding):
        other = story.other_party(agents)
        others = [] if other is None else [other]
    if not (others or place or codes_of(agents) or rule.type == "REQUEST"):
        return None
    return Sides(tuple(agents), tuple(others), finding.mode, place)


def _is_towards_the_other(finding: Finding) -> bool:
    """Say whether an unnamed target is whom the article spoke of last: "condemned the step"."""
    return finding.type == "THREATEN" or (finding.type == "ACCUSE" and finding.mode == "disapprove")


def _is_own_state(actor: Actor, agents: Sequence[Actor]) -> bool:
    return actor.kind == "state" and actor.country in codes_of(agents)


#: Modes of ASSAULT that are more than crime, whoever did it.
OF_WAR = ("aerial", "drone", "heavy-weapons", "explosives", "suicide-attack", "unconventional", "crowd-control")

#: Rules of what one person may do to another: it counts if somebody public suffers it, or many do.
OF_PERSONS = ("kill", "assassinate", "open fire", "fire a shot", "beat", "rape", "abduct", "torture")


def _is_open(finding: Finding, others: Sequence[Actor], place: Place | None) -> bool:
    """Say whether an act of nobody counts: it hit somebody public, or with weapons of war."""
    if finding.rule is None or finding.rule.agentless != "open" or not (codes_of(others) or place):
        return False
    if finding.frame.rpartition("/")[2] not in OF_PERSONS:
        return True
    hit = {word for each in others for word in (each.name.lower(), lexicon.noun(each.name.lower().split()[-1]))}
    office = any(each.role or each.kind == "state" for each in others)
    many = any(each.kind == "group" and each.name.lower().endswith(("s", "people", "men", "women")) for each in others)
    return finding.mode in OF_WAR or office or many or bool(hit & words("public"))


def _unnamed(rule: Rule, others: Sequence[Actor], place: Place | None, story: Story) -> list[Actor]:
    """Return the state whose act it is where nobody is named: "was arrested", "has been invited to Xland"."""
    code = None
    if rule.agentless in ("state", "whose"):
        code = story.holder(others) or (place.country if place else None) or story.home
    elif rule.agentless == "host":
        code = place.country if place else story.only_other(codes_of(others))
    return [] if code is None else [Actor(countries.name_of(code), None, code, "state")]
