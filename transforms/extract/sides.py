"""Who goes to whom, and which mode that makes: source, target, mode and place of a finding.

A visit has its visitor as source and its host as target, in whatever order the words stand. Only meetings on third
ground, those of many and signings put all parties into the source. Rules: docs/events.md, "Actors".
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from schemas.event import Actor
from transforms import lexicon
from transforms.extract import countries
from transforms.extract.findings import Finding
from transforms.extract.where import Place


class Sides(NamedTuple):
    """The parties in the order that the type asks for."""

    source: tuple[Actor, ...]
    target: tuple[Actor, ...]
    mode: str | None
    place: Place | None


class Story(Protocol):
    """What the article has told so far."""

    dateline: Place | None

    @property
    def pair(self) -> Sequence[Actor]:
        """The two parties spoken of last."""

    def last_consult(self, codes: frozenset[str], *, asked: bool = False) -> Sides | None:
        """Return the visit, meeting or call told last in which some countries have part; one that was asked for."""

    def only_other(self, codes: frozenset[str]) -> str | None:
        """Return the country that the sentence names beside some others, if it is one."""

    def other_party(self, actors: Sequence[Actor]) -> Actor | None:
        """Return the country spoken of last beside those of some actors."""

    def visit_between(self, countries: frozenset[str]) -> Sides | None:
        """Return the visit between some countries told last, or else told first further on."""

    def last_visit(self, countries: frozenset[str]) -> Sides | None:
        """Return the visit told last in which some countries have part; any visit where none are given."""


#: Frames in which somebody goes somewhere.
JOURNEYS = ("visit", "visit-noun", "go", "receive", "invite")


def country_place(code: str) -> Place:
    """Return a country as a place, no city named."""
    return Place("", code, None, None, None)


def state_actor(code: str) -> Actor:
    """Return a country as an actor."""
    return Actor(countries.name_of(code), None, code, "state")


def codes_of(actors: Sequence[Actor]) -> frozenset[str]:
    """Return the countries that some actors act for."""
    return frozenset(each.country for each in actors if each.country)


def sides(
    finding: Finding, agents: Sequence[Actor], others: Sequence[Actor], place: Place | None, story: Story
) -> Sides | None:
    """Return the parties of a finding, or None where no political actor is in it.

    Args:
        agents: who does it, in the order of the words.
        others: to or with whom.
        place: that the sentence names at the event's words.
    """
    if finding.type != "CONSULT":
        return _accord(finding, agents, others, place, story)
    return _between_two(_consult(finding, agents, others, place, story))


def _between_two(found: Sides | None) -> Sides | None:
    """Return what has two sides: a visit has a visitor, and nobody visits himself."""
    if found is None or (
        found.mode == "visit" and (not found.source or codes_of(found.source) == codes_of(found.target))
    ):
        return None
    return None if found.target and set(found.source) == set(found.target) else found


def _consult(
    finding: Finding, agents: Sequence[Actor], others: Sequence[Actor], place: Place | None, story: Story
) -> Sides | None:
    if finding.frame in ("off", "accept"):
        last = story.last_consult(codes_of(agents), asked=finding.frame == "accept")
        return last if last is None or not agents else _accepted(last, agents)
    if finding.frame in JOURNEYS:
        return _journey(finding, agents, others, place, story)
    return _meeting(finding, agents, others, place, story)


def _accord(
    finding: Finding, agents: Sequence[Actor], others: Sequence[Actor], place: Place | None, story: Story
) -> Sides | None:
    if not finding.agents and finding.frame in ("sign", "deal"):
        agents = story.pair
    return Sides(tuple(agents), tuple(others), None, place) if agents else None


def _accepted(last: Sides, agents: Sequence[Actor]) -> Sides | None:
    """Return the sides of what was asked for, where one of those who were asked accepts."""
    guests = tuple(each for each in last.source if each.country in codes_of(agents))
    return last._replace(source=guests) if guests else None


# ---------------------------------------------------------------- journeys


def _journey(
    finding: Finding, visitors: Sequence[Actor], hosts: Sequence[Actor], place: Place | None, story: Story
) -> Sides | None:
    if not visitors and "back-reference" in finding.flags:
        return _same_journey(finding, hosts, place, story)
    visitors = [each for each in visitors if (each.country or each.kind != "organisation") and not _is_armed(each)]
    hosting = finding.frame == "receive"
    if hosting and not any(each.kind != "organisation" for each in visitors):
        return None
    if not visitors or (finding.frame in ("go", "visit") and not any(_travels(each) for each in visitors)):
        return None
    code = place.country if place else next(iter(sorted(codes_of(hosts))), None)
    if code is None and codes_of(visitors):
        last = _last_journey(finding, codes_of(visitors), story)
        if last is not None:
            return _like(last, visitors) if codes_of(visitors) <= codes_of(last.source) else None
        if finding.frame == "visit-noun":
            code = story.only_other(codes_of(visitors)) or _host_of(finding, visitors, story)
    if code is None:
        return None
    if codes_of(visitors) == {code}:
        domestic = hosting and bool(hosts)
        return Sides(tuple(visitors), tuple(hosts), None, place) if domestic else None
    mode = "multilateral" if "many" in finding.flags else "visit"
    named = [each for each in hosts if each.kind != "state" and each.country]
    target = named or [state_actor(code)]
    if mode == "multilateral" and not named:
        target = []
    return Sides(tuple(visitors), tuple(target), mode, place or country_place(code))


def _host_of(finding: Finding, visitors: Sequence[Actor], story: Story) -> str | None:
    """Return where a visit goes that is only said to be on or off: to the other country that the article speaks of."""
    other = story.other_party(visitors) if finding.verdict.status not in (None, "happened", "present") else None
    return None if other is None else other.country


def _last_journey(finding: Finding, codes: frozenset[str], story: Story) -> Sides | None:
    """Return where somebody went by what was told before, where it is not said again."""
    last = story.last_visit(codes)
    again = last is None and finding.frame == "go" and not finding.places
    return story.last_consult(codes) if again else last


def _travels(actor: Actor) -> bool:
    """Say whether an actor can go somewhere: people, and missions; no state and no ministry."""
    return actor.kind not in ("state", "organisation") or actor.name.lower().endswith("mission")


def _is_armed(actor: Actor) -> bool:
    """Say whether an actor is a force that lands or arrives without being a guest."""
    last = actor.name.lower().split()[-1:]
    return actor.kind != "state" and any(
        lexicon.noun(each) in lexicon.words("roles", "group", "armed") for each in last
    )


def _like(last: Sides, visitors: Sequence[Actor]) -> Sides:
    """Return another journey of somebody to the same country; whom and where he or she saw then is not told of now."""
    if last.mode != "visit" or last.place is None:
        return last._replace(source=tuple(visitors))
    code = last.place.country
    return Sides(tuple(visitors), (state_actor(code),), "visit", country_place(code))


def _same_journey(finding: Finding, hosts: Sequence[Actor], place: Place | None, story: Story) -> Sides | None:
    """Return the sides of "the visit", where the sentence says something of it."""
    last = story.last_visit(codes_of(hosts))
    if last is None or finding.verdict.status is None:
        return None
    return last._replace(place=place or last.place)


def stops(parties: Sides, hosts: Sequence[Actor], places: Sequence[Place]) -> list[Sides]:
    """Return a tour of several countries as one visit each; anything else as it is."""
    codes = dict.fromkeys([each.country for each in places] + [each.country for each in hosts if each.country])
    abroad = [code for code in codes if code not in codes_of(parties.source)]
    if parties.mode != "visit" or len(abroad) < 2:
        return [parties]
    found = []
    for code in abroad:
        there = [each for each in parties.target if each.country == code and each.kind != "state"]
        place = next((each for each in places if each.country == code), country_place(code))
        target = there or [state_actor(code)]
        found.append(parties._replace(target=tuple(target), place=place))
    return found


# ---------------------------------------------------------------- meetings


def _meeting(
    finding: Finding, agents: Sequence[Actor], others: Sequence[Actor], place: Place | None, story: Story
) -> Sides | None:
    everyone = [*agents, *others]
    codes = codes_of(everyone)
    if "back-reference" in finding.flags and len(everyone) < 2 and finding.verdict.status is None:
        return None
    if not everyone and "asserted" in finding.flags:
        return story.last_consult(frozenset())
    among = "partners" in finding.flags and not finding.others and _are_many(everyone)
    if not (codes or among) or (finding.others and not others and "partners" in finding.flags):
        return None
    if finding.frame == "phone":
        both = bool(agents) or len(others) > 1
        return Sides(tuple(agents), tuple(others), "phone", None) if both else None
    if "many" in finding.flags or len(codes) > 2 or not codes:
        return None if [each.kind for each in everyone] == ["organisation"] else _gathering(everyone, place)
    if not among and (len(everyone) < 2 or (len(codes) < 2 and not agents)):
        return None
    return _of_two(finding, agents, others, place, story)


def _are_many(actors: Sequence[Actor]) -> bool:
    """Say whether one phrase names those who meet among themselves: "the factions met in X"."""
    if [each.kind for each in actors] != ["group"]:
        return False
    last = actors[0].name.lower().split()[-1]
    return lexicon.noun(last) != last


def _of_two(
    finding: Finding, agents: Sequence[Actor], others: Sequence[Actor], place: Place | None, story: Story
) -> Sides:
    """Return a meeting of two parties: on third ground, at home, or a visit."""
    everyone = (*agents, *others)
    codes = codes_of(everyone)
    if "neutral" in finding.flags or (place is not None and place.country not in codes):
        return Sides(everyone, (), "third-party", place)
    last = story.last_consult(codes) if place is None and "partners" not in finding.flags else None
    if last is not None and last.mode == "third-party" and codes_of(last.source) == codes:
        return Sides(everyone, (), "third-party", last.place)  # "it was their first meeting"
    if len(codes) < 2 or any(_is_resident(each) for each in everyone):
        return Sides(tuple(agents), tuple(others), None, place)
    return _bilateral(agents, others, place, story)


def _is_resident(actor: Actor) -> bool:
    """Say whether somebody lives in the country that he or she is sent to: no visit when meeting its people."""
    words = f"{actor.role or ''} {actor.name}".lower().split()
    return bool({"ambassador", "consul", "commissioner", "attaché"} & set(words)) and "ambassadors" not in words


def _gathering(everyone: Sequence[Actor], place: Place | None) -> Sides:
    hosts = [each for each in everyone if place and each.country == place.country]
    guests = [each for each in everyone if each not in hosts]
    return Sides(tuple(guests or everyone), tuple(hosts) if guests else (), "multilateral", place)


def _bilateral(agents: Sequence[Actor], others: Sequence[Actor], place: Place | None, story: Story) -> Sides:
    """Return a meeting of two states as a visit to the one on whose soil it is; the order of the words is no help."""
    everyone = [*agents, *others]
    codes = codes_of(everyone)
    if place is None and story.dateline is not None and story.dateline.country in codes:
        place = story.dateline
    if place is None:
        last = story.visit_between(codes)
        place = last.place if last is not None else None
    if place is None:
        return Sides(tuple(agents), tuple(others), "visit", None)
    hosts = [each for each in everyone if each.country == place.country]
    return Sides(tuple(each for each in everyone if each not in hosts), tuple(hosts), "visit", place)
