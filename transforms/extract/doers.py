"""Whose act it is: source and target of what the rules of data/events find.

Police, courts, crowds and captives are often told without their country: it is that of the place, of the article's
dateline, or the one that the article names most. Who is not named at all stands under `agentless` of the rule.
"""

from collections.abc import Sequence
from typing import Protocol

from schemas.event import Actor
from transforms import lexicon
from transforms.extract.findings import Finding
from transforms.extract.rules import Rule, rules, words
from transforms.extract.sides import Sides, codes_of, country_place, state_actor
from transforms.extract.where import Place


class Story(Protocol):
    """What the article has told so far."""

    publisher_home: str | None

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


def as_done_by(finding: Finding, agents: Sequence[Actor]) -> Finding:
    """Return what a state protests in words as such: it does not march."""
    rule = finding.rule
    official = agents and all(_is_state(each) for each in agents)
    if rule is None or not rule.officials or not official:
        return finding
    other = next(each for each in rules() if each.name == rule.officials)
    return finding._replace(frame=other.name, rule=other, mode=other.mode or None)


def _is_state(actor: Actor) -> bool:
    words_ = {lexicon.noun(each) for each in actor.name.lower().split()}
    body = actor.kind == "organisation" and words_ & {"ministry", "government", "embassy", "presidency", "mission"}
    return actor.kind == "state" or bool(body)


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
    abroad = [each for each in others if each.country not in codes_of(agents)]
    others = abroad if rule.type in ("ACCUSE", "REQUEST", "SANCTION", "THREATEN") and codes_of(abroad) else others
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
    others = others or _untold(finding, agents, place, story)
    if place is None and finding.type == "PROTEST" and len(codes_of(agents)) == 1:
        place = country_place(min(codes_of(agents)))
    bodies = any(each.kind != "group" for each in agents)  # of many states
    if not (others or place or codes_of(agents) or bodies or rule.type == "REQUEST"):
        return None
    return Sides(tuple(agents), tuple(others), finding.mode, place)


def _untold(finding: Finding, agents: Sequence[Actor], place: Place | None, story: Story) -> list[Actor]:
    """Return to whom an act is done where it is not told: whom the article spoke of last ("condemned the step"), the
    other country of the sentence ("lifted the ban"), or whom help can reach: whose town is named ("sent tents to X"),
    else whom the article is about."""
    kind = f"{finding.type}/{finding.mode}"
    if len(codes_of(agents)) > 1:
        return []  # two states that recall their envoys do so to each other
    if finding.type == "THREATEN" or kind in TOWARDS_THE_LAST:
        beside = story.only_other(codes_of(agents)) if codes_of(agents) else None
        if beside is not None:
            return [state_actor(beside)]
        other = story.other_party(agents)
        return [] if other is None else [other]
    code = None
    if finding.type == "AID":
        likely = (place and place.country, story.home, story.only_other(codes_of(agents)), story.publisher_home)
        code = next((each for each in likely if each is not None and each not in codes_of(agents)), None)
    elif finding.type in TOWARDS_THE_OTHER or kind in TOWARDS_THE_OTHER:
        code = story.only_other(codes_of(agents))
    return [] if code is None or code in codes_of(agents) else [state_actor(code)]


def _is_own_state(actor: Actor, agents: Sequence[Actor]) -> bool:
    return actor.kind == "state" and actor.country in codes_of(agents)


#: Types, some with a mode, whose target is the country spoken of last, or the only other one of the sentence.
TOWARDS_THE_LAST = ("ACCUSE/disapprove", "SANCTION/withdraw")
TOWARDS_THE_OTHER = ("CONCEDE", "REQUEST/None", "RETREAT/withdraw", "REJECT", "SANCTION")
#: Modes of ASSAULT that are more than crime, whoever did it.
OF_WAR = ("aerial", "drone", "heavy-weapons", "explosives", "suicide-attack", "unconventional", "crowd-control")

#: Rules of what one person may do to another: it counts if somebody public suffers it, or many do.
OF_PERSONS = (
    "kill",
    "murder",
    "assassinate",
    "open fire",
    "fire a shot",
    "beat",
    "rape",
    "abduct",
    "torture",
    "mow down",
    "lose lives",
    "ill-treat",
)


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
        there = place.country if place else None
        code = story.holder(others) or there or story.only_other(codes_of(others)) or story.home
    elif rule.agentless == "host":
        code = place.country if place else story.only_other(codes_of(others))
    return [] if code is None else [state_actor(code)]
