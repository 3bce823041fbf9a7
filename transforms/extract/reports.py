"""What an article reports, sentence by sentence: who, what, how far, when, where and who says so.

Clauses and sentences of one scene share a time and a place; the rules stand in docs/events.md. articles.py reads each
article twice.
"""

import bisect
from collections.abc import Sequence
from typing import NamedTuple

from schemas.event import Actor
from transforms import lexicon
from transforms.extract import (
    acts,
    attribution,
    countries,
    nouns,
    scenes,
    what,
    where,
    who,
)
from transforms.extract.deeds import read_act
from transforms.extract.findings import Finding
from transforms.extract.mending import mended
from transforms.extract.parse import Sentence, Tree
from transforms.extract.reported import Report
from transforms.extract.sides import JOURNEYS, Sides, codes_of, country_place, sides, stops
from transforms.extract.story import Story
from transforms.extract.timing import event_time

#: Types of what takes place in the town of the dateline, where the sentence that it opens names no other.
AT_DATELINE = ("AGREE", "SUPPORT", "PROTEST", "ASSAULT", "COERCE")
#: So many of the countries that an article names say in which of them its towns lie.
MOST_NAMED = 3


class Passage(NamedTuple):
    """A parsed sentence and what it holds by itself, whatever the rest of the article says."""

    sentence: Sentence
    tree: Tree
    findings: tuple[Finding, ...]
    speakers: tuple[int, ...]  # heads of noun phrases: who speaks in it as a whole
    follows: bool  # whether the sentence before it was parsed too: else nobody is known to have spoken there


def passage(sentence: Sentence, tree: Tree, follows: bool) -> Passage:
    """Return a sentence with what the rules find in it. Questions and sport hold nothing."""
    tree = mended(tree)
    found: tuple[Finding, ...] = ()
    if not what.holds_nothing(tree):
        framed = what.find(tree)
        met = {each.core for each in framed if each.frame == "meet"}  # "called on the premier" asks for nothing
        found = (*framed, *(each for each in acts.find_acts(tree) if each.type != "REQUEST" or each.core not in met))
    return Passage(sentence, tree, found, attribution.speaker_of(tree), follows)


class Reading(Story):
    """Reads one article from its first sentence to its last."""

    def read(self, passage: Passage) -> None:
        """Add what a sentence reports."""
        sentence, tree, findings, heads, follows = passage
        if not follows:
            self.speaker, self.scene.speaker = (), ()
        speaking = tuple(a for each in heads for a in self.scene.actors(tree, sentence.body, each))
        self.scene.speaker = speaking or self.scene.speaker
        before = len(self.reports)
        for finding in findings:
            for report in self._read_finding(sentence, tree, finding):
                same = next((n for n in range(before, len(self.reports)) if _is_same(report, self.reports[n])), None)
                if same is None:
                    self.reports.append(report)
                else:
                    self.reports[same] = _joint(self.reports[same], report)
        heading = self.headings[max(bisect.bisect_left(self.headings, sentence.start) - 1, 0)] if self.headings else -1
        self.reports[before:] = scenes.inherit(self.reports[before:], tree, self.reports[:before], heading)
        self.speaker = tuple(self.name(tree, sentence.body, each) for each in heads)
        self.scene.speaker = speaking

    def _read_finding(self, sentence: Sentence, tree: Tree, finding: Finding) -> list[Report]:
        """Return what a trigger reports: nothing where no political actor is in it, a report a country of a tour."""
        base = sentence.body
        self.scope = (base, base + len(tree.text))
        self.paragraph = sentence.paragraph
        self.scene.home = self.home
        places = self._places(tree, base, finding.places) or self._here(sentence, tree, finding)
        place = next((each for each in places if each.name), next(iter(places), None))
        if finding.rule is not None:
            return read_act(self, sentence, tree, finding, place)
        agents = self._actors(tree, base, finding.agents)
        self.scene.here = place.country if place and finding.frame != "phone" else None
        self.scene.opposed = self.scene.apart = min(codes_of(agents), default=None)
        others = self._actors(tree, base, finding.others)
        self.scene.here = self.scene.opposed = self.scene.apart = None
        self._suspect(finding, agents, others, place)
        parties = sides(finding, agents, others, place, self)
        if parties is None:
            return []
        chains = self.chains(sentence, tree, finding)
        status = self.status(finding, chains, codes_of([*parties.source, *parties.target]))
        if status is None:
            return []
        if status == "present" and finding.frame == "visit-noun" and nouns.is_under_way(tree, finding.core):
            status = "ongoing"
        time = event_time(tree, finding, status=status, anchor=self.anchor, context=self.last_time)
        stays = status == "present" and finding.frame == "go" and tree[finding.core].lower in ("is", "are")
        status = self.settled(status, tree, finding, time)
        status = "ongoing" if stays and status == "happened" else status  # "is in Oslo"
        self.scene.remember(parties)
        first, last = finding.trigger
        trigger = (base + tree[first].start, base + tree[last].end)
        return [
            Report(
                finding.type, each.mode, status, each.source, each.target, time, each.place, chains, sentence, trigger,
                finding.frame, finding.core, self._doubts(finding, parties, places),
            )
            for each in stops(parties, others, places)
        ]  # fmt: skip

    def _doubts(self, finding: Finding, parties: Sides, places: Sequence[where.Place]) -> int:
        """Return how much of a report was guessed."""
        guessed = any(self._guessed(each) is not None for each in (*parties.source, *parties.target))
        pointing = "back-reference" in finding.flags or finding.frame in ("off", "accept")
        unplaced = finding.type == "CONSULT" and parties.mode != "phone" and not places
        return sum((guessed, pointing, unplaced, finding.verdict.status is None))

    # ------------------------------------------------------------ actors and place

    def _actors(self, tree: Tree, base: int, heads: Sequence[int]) -> list[Actor]:
        found: list[Actor] = []
        for head in heads:
            found.extend(each for each in self.scene.actors(tree, base, head) if each not in found)
        return found

    def _places(self, tree: Tree, base: int, heads: Sequence[int]) -> list[where.Place]:
        """Return the cities and countries among some noun phrases."""
        places: list[where.Place] = []
        for each in (inner for head in heads for inner in tree.conjuncts(head)):
            name = who.plain(tree, each)
            code = self.scene.state_at(base + tree[each].start)
            if lexicon.noun(tree[each].lower) == "capital":
                named = self.scene.countries_of(tree, base, each)
                code, name = (named[0], countries.capital_of(named[0]) or "") if named else (None, "")
            elif code is None and lexicon.noun(tree[each].lower) in lexicon.words("verbs", "beside", "areas"):
                code = next(iter(self.scene.countries_of(tree, base, each)), None)
            found = None
            if code is not None:
                found = where.locate(name, code)
            elif tree[each].tag.startswith("NNP") and self.scene.person_at(base + tree[each].start) is None:
                found = where.locate_among(name, (country for country, _ in self.named.most_common(MOST_NAMED)))
            if found is not None:
                places.append(found)
            elif code is not None:
                places.append(country_place(code))
        return places

    def _here(self, sentence: Sentence, tree: Tree, finding: Finding) -> list[where.Place]:
        """Return the place of the dateline, for what is signed or agreed "here" or in the sentence that it opens."""
        below = {tree[each].lower for each in tree.below(finding.core)}
        told = "here" in below or (sentence.dateline and finding.type in AT_DATELINE)
        return [self.dateline] if told and self.dateline is not None else []

    def _suspect(
        self, finding: Finding, agents: Sequence[Actor], others: Sequence[Actor], place: where.Place | None
    ) -> None:
        """Note which guessed countries what is reported speaks against."""
        if finding.frame in JOURNEYS:
            abroad = place is not None and (not place.name or countries.is_capital(place.name))
            told = codes_of([each for each in others if self._guessed(each) is None])
            hosts = {place.country} if place and abroad else told
            for each in agents:
                self._rule_out(each, hosts)
            last = self.last_visit(codes_of(agents)) if codes_of(agents) else None
            host = place or (last and codes_of(agents) <= codes_of(last.source) and last.place) or None
            if host and host.country not in codes_of(agents):
                for each in others:
                    self._rule_in(each, host.country)
            return
        for each in others:
            same = codes_of(agents) & codes_of([each])
            elsewhere = place is not None and place.country not in same
            if same and (finding.frame == "phone" or elsewhere or "counterpart" in (each.role or "")):
                self._rule_out(each, same)
                if place is not None:
                    self._rule_in(each, place.country)

    def _guessed(self, actor: Actor) -> int | None:
        people = self.scene.cast.people
        return next((n for n, each in enumerate(people) if each.name == actor.name and each.candidates), None)

    def _rule_out(self, actor: Actor, codes: frozenset[str] | set[str]) -> None:
        number = self._guessed(actor)
        if number is not None and actor.country is not None and actor.country in codes:
            self.ruled_out.add((number, actor.country))

    def _rule_in(self, actor: Actor, code: str) -> None:
        number = self._guessed(actor)
        if number is not None and code in self.scene.cast.people[number].candidates:
            self.ruled_out |= {(number, each) for each in self.scene.cast.people[number].candidates if each != code}


#: Legs of one visit that a sentence tells lie no further apart than this: few state visits are longer.
LEG_DAYS = 7


def _together(first: tuple[Actor, ...], second: tuple[Actor, ...]) -> tuple[Actor, ...]:
    """Return the persons of two targets, each once."""
    return (*first, *(each for each in second if each.kind != "state" and each not in first))


def _is_same(left: Report, right: Report) -> bool:
    """Say whether two words of a sentence report one event: a sentence has one mention of each.

    Two are left where two speakers give it different statuses.
    """
    if (left.type, left.mode) != (right.type, right.mode) or codes_of(left.source) != codes_of(right.source):
        return False
    told_of_both = bool(left.target) and bool(right.target)
    if left.codes != right.codes and (told_of_both or left.type == "CONSULT"):
        return False
    if left.status != right.status and (not scenes.one_time(left, right) or left.attribution != right.attribution):
        return False
    if left.when is None or right.when is None or left.when[:2] == right.when[:2]:
        return True
    return left.mode == "visit" and scenes.days_apart(left.when, right.when) <= LEG_DAYS


def _joint(first: Report, second: Report) -> Report:
    """Return the first of two reports with what only the second tells."""
    persons = any(each.kind != "state" for each in first.target)
    place = second.place if second.place and second.place.name and not (first.place and first.place.name) else None
    accepted = first.status == "requested" and second.rule == "accept"
    return first._replace(
        status=second.status if accepted else first.status,
        target=_together(first.target, second.target) if persons else second.target or first.target,
        when=scenes.hull(first.when, second.when) if first.when and second.when else first.when or second.when,
        place=place or first.place or second.place,
        attribution=first.attribution or second.attribution,
    )
