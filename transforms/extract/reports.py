"""What an article reports, sentence by sentence: who, what, how far, when, where and who says so.

The article is read twice: what is reported of people whose country is not told may rule a country out ("President A B
will visit Xland" is not Xland's president), a meeting may be told before the visit that it is part of, and the second
reading knows both. Clauses and sentences of one scene share a time and a place; the rules stand in docs/events.md.
"""

import bisect
import datetime
from collections import Counter
from collections.abc import Sequence

from schemas import Article
from schemas.event import Actor
from transforms import lexicon
from transforms.extract import (
    acts,
    attribution,
    bystanders,
    census,
    chooser,
    countries,
    nouns,
    parse,
    scenes,
    what,
    where,
    who,
)
from transforms.extract.doers import act_sides, as_done_by
from transforms.extract.findings import Finding
from transforms.extract.grammar import led_by
from transforms.extract.parse import Parser, Sentence, Tree
from transforms.extract.reported import Report
from transforms.extract.sides import JOURNEYS, Sides, codes_of, country_place, sides, stops
from transforms.extract.timing import event_time
from transforms.extract.towards import PLACELESS, blamed, on_soil, soil, towards
from transforms.extract.when import When

#: How many paragraphs below its parties "the paper was signed" still means theirs.
PAIR_PARAGRAPHS = 3
#: Types of what takes place in the town of the dateline, where the sentence that it opens names no other.
AT_DATELINE = ("AGREE", "SUPPORT", "PROTEST", "ASSAULT", "COERCE")
#: So many of the countries that an article names say in which of them its towns lie.
MOST_NAMED = 3
#: Types of acts that last.
LASTING = ("MOBILIZE", "PROTEST", "COERCE")
#: Types that tell who holds somebody.
HOLDING = ("COERCE", "SANCTION", "RETREAT", "CONCEDE")


class Reading:
    """Reads one article from its first sentence to its last, and remembers what it has told."""

    def __init__(
        self,
        article: Article,
        sentences: Sequence[Sentence],
        people: census.Cast,
        home: str | None,
        dateline: where.Place | None,
        foreseen: Sequence[Report] = (),
    ) -> None:
        self.article = article
        self.anchor = datetime.date.fromisoformat(article.published_date)
        self.headings = [each.start for each in sentences if each.heading]
        self.scene = who.Scene(people, [each.body for each in sentences])
        self.dateline = dateline
        self.foreseen = foreseen  # what a first reading found in the whole article
        self.reports: list[Report] = []
        self.speaker: tuple[str, ...] = ()
        self.publisher_home = home
        self.named = Counter(str(each.value) for each in people.states)
        self.party = _is_press_office(article.publisher)
        self.ruled_out: set[tuple[int, str]] = set()
        self.scope = (0, 0)  # offsets of the sentence that is read
        self.paragraph = 0  # that it stands in
        if self.party and home is not None:
            self.scene.ours = (Actor(countries.name_of(home), None, home, "state"),)

    # ------------------------------------------------------------ what sides.py asks

    @property
    def pair(self) -> Sequence[Actor]:
        """The two parties spoken of last, if that was not far above or under a heading."""
        last = self.reports[-1].sentence if self.reports else None
        near = last is not None and (self.paragraph - last.paragraph <= PAIR_PARAGRAPHS or last.heading)
        return self.scene.pair if near else ()

    def last_consult(self, codes: frozenset[str], *, asked: bool = False) -> Sides | None:
        """Return the visit, meeting or call told last in which some countries have part; one that was asked for."""
        for each in reversed(self.reports):
            if each.type == "CONSULT" and codes <= each.codes and (each.status == "requested" or not asked):
                return Sides(each.source, each.target, each.mode, each.place)
        return None

    def only_other(self, codes: frozenset[str]) -> str | None:
        """Return the country that the sentence names beside some others, if it is one."""
        others = self.scene.countries_in(*self.scope) - codes
        return next(iter(others)) if len(others) == 1 else None

    def visit_between(self, codes: frozenset[str]) -> Sides | None:
        """Return the visit between some countries told last, or else told first further on."""
        for each in (*reversed(self.reports), *self.foreseen):
            off = each.status in ("cancelled", "denied", "postponed")
            if each.mode == "visit" and not off and each.place is not None and each.codes == codes:
                return Sides(each.source, each.target, each.mode, each.place)
        return None

    def last_visit(self, codes: frozenset[str]) -> Sides | None:
        """Return the visit told last in which some countries have part; any visit where none are given."""
        for each in reversed(self.reports):
            journey = each.type == "CONSULT" and each.mode in ("visit", "multilateral") and each.place is not None
            if journey and codes <= each.codes:
                return Sides(each.source, each.target, each.mode, each.place)
        return None

    # ------------------------------------------------------------ a sentence

    def read(self, sentence: Sentence, tree: Tree) -> None:
        """Add what a sentence reports."""
        heads = attribution.speaker_of(tree)
        speaking = tuple(a for each in heads for a in self.scene.actors(tree, sentence.body, each))
        self.scene.speaker = speaking or self.scene.speaker
        before = len(self.reports)
        for finding in (*what.find(tree), *self._acts(tree)):
            for report in self._read_finding(sentence, tree, finding):
                same = next((n for n in range(before, len(self.reports)) if _is_same(report, self.reports[n])), None)
                if same is None:
                    self.reports.append(report)
                else:
                    self.reports[same] = _joint(self.reports[same], report)
        heading = self.headings[max(bisect.bisect_left(self.headings, sentence.start) - 1, 0)] if self.headings else -1
        self.reports[before:] = scenes.inherit(self.reports[before:], tree, self.reports[:before], heading)
        self.speaker = tuple(self._name(tree, sentence.body, each) for each in heads)
        self.scene.speaker = speaking

    def _acts(self, tree: Tree) -> list[Finding]:
        return [] if what.holds_nothing(tree) else acts.find_acts(tree)

    def _read_finding(self, sentence: Sentence, tree: Tree, finding: Finding) -> list[Report]:
        """Return what a trigger reports: nothing where no political actor is in it, a report a country of a tour."""
        base = sentence.body
        self.scope = (base, base + len(tree.text))
        self.paragraph = sentence.paragraph
        places = self._places(tree, base, finding.places) or self._here(sentence, tree, finding)
        place = next((each for each in places if each.name), next(iter(places), None))
        if finding.rule is not None:
            return self._read_act(sentence, tree, finding, place)
        agents = self._actors(tree, base, finding.agents)
        self.scene.here = place.country if place and finding.frame != "phone" else None
        others = self._actors(tree, base, finding.others)
        self.scene.here = None
        self._suspect(finding, agents, others, place)
        parties = sides(finding, agents, others, place, self)
        if parties is None:
            return []
        chains = attribution.chains(tree, finding.core, lambda head: self._name(tree, base, head))
        chains = self._heard(sentence, chains)
        status = self._status(finding, chains, codes_of([*parties.source, *parties.target]))
        if status is None:
            return []
        if status == "present" and finding.frame == "visit-noun" and nouns.is_under_way(tree, finding.core):
            status = "ongoing"
        time = event_time(tree, finding, status=status, anchor=self.anchor, context=self._last_time())
        status = self._settled(status, tree, finding, time)
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

    def _read_act(self, sentence: Sentence, tree: Tree, finding: Finding, place: where.Place | None) -> list[Report]:
        """Return what a rule of data/events reports."""
        base = sentence.body
        self.scene.here = place.country if place else self.home
        agents = [a for each in finding.agents for a in bystanders.doers(self.scene, tree, base, each, finding)]
        others = [a for each in finding.others for a in bystanders.receivers(self.scene, tree, base, each, finding)]
        self.scene.here = None
        finding = as_done_by(finding, agents)
        others = others or blamed(tree, finding, self.reports, agents)
        parties = act_sides(finding, list(dict.fromkeys(agents)), list(dict.fromkeys(others)), place, self)
        if parties is None:
            return []
        parties = towards(finding, parties, place, self)
        place = parties.place or soil(finding.type, parties, self._unlisted(tree, base, finding.places))
        parties = parties._replace(place=None if (finding.type, parties.mode) in PLACELESS else place)
        chains = attribution.chains(tree, finding.core, lambda head: self._name(tree, base, head))
        chains = self._heard(sentence, chains)
        status = self._act_status(finding, chains)
        if status is None:
            return []
        time = event_time(tree, finding, status=status, anchor=self.anchor, context=self._last_time())
        status = self._settled(status, tree, finding, time)
        status, time = self._under_way(tree, finding, status, time)
        if finding.rule is not None and finding.rule.agentless == "host" and finding.places:
            time, parties = None, parties._replace(place=None)  # those of the meeting
        self.scene.remember(parties)
        trigger = (base + tree[finding.trigger[0]].start, base + tree[finding.trigger[1]].end)
        return [
            Report(
                finding.type, parties.mode, status, parties.source, parties.target, time, parties.place, chains,
                sentence, trigger, finding.frame, finding.core, int(not agents) + int(not finding.others),
            )
        ]  # fmt: skip

    def _under_way(self, tree: Tree, finding: Finding, status: str, time: When | None) -> tuple[str, When | None]:
        """Return status and time of what lasts: "has been cut since Monday", "began a strike on Monday"."""
        if status != "happened" or time is None or time.start is None:
            return status, time
        begun = finding.type in LASTING and lexicon.verb(tree[finding.core].lower) in (
            "begin",
            "start",
            "launch",
            "kick",
        )
        days = (self.anchor - datetime.date.fromisoformat(time.start)).days
        if begun and 0 <= days < 7:
            return "ongoing", time._replace(end=None)
        return ("ongoing" if time.end is None and finding.type in LASTING else status), time

    def _act_status(self, finding: Finding, chains: attribution.Chains) -> str | None:
        """Return the status of an act; None where it did not take place and nobody says so."""
        if finding.verdict.status in ("refused", "denied"):
            return "denied" if chains else None
        status = self._status(finding, chains, frozenset())
        if finding.rule is not None and finding.rule.status and status in ("happened", "present"):
            return finding.rule.status
        return None if status == "requested" else status

    @property
    def home(self) -> str | None:
        """The country that the article is about: its dateline's if it speaks of that, else the one named most."""
        most = next((code for code, _ in self.named.most_common(1)), None)
        here = self.dateline.country if self.dateline is not None else None
        if here is not None and (most is None or 2 * self.named[here] >= self.named[most]):
            return here
        return most or self.publisher_home

    def about(self, own: frozenset[str]) -> str | None:
        """Return the country that the article names most beside some."""
        return next((code for code, _ in self.named.most_common() if code not in own), None)

    def holder(self, people: Sequence[Actor]) -> str | None:
        """Return the country that arrested, tried, pardoned or freed somebody before."""
        names = {each.name for each in people if each.kind == "person"}
        for each in (*reversed(self.reports), *self.foreseen):
            if each.type in HOLDING and names & {actor.name for actor in each.target} and codes_of(each.source):
                return min(codes_of(each.source))
        return None

    def doers_of(self, finding: Finding) -> Sequence[Actor]:
        """Return who did the act of a type and mode that the article has told last."""
        if not finding.points_back:
            return ()
        kind = (finding.type, finding.mode)
        return next((each.source for each in reversed(self.reports) if (each.type, each.mode) == kind), ())

    def other_party(self, actors: Sequence[Actor]) -> Actor | None:
        """Return the other country of what was reported last of some actors' country, else the one spoken of last."""
        own = codes_of(actors)
        for report in reversed(self.reports):
            others = report.codes - own
            if own and own & report.codes and len(others) == 1:
                return who.state_actor(min(others))
        spots = self.scene.states.inside(0, self.scope[1])
        code = next((str(each.value) for each in reversed(spots) if each.value not in own), None)
        return None if code is None else who.state_actor(code)

    def _doubts(self, finding: Finding, parties: Sides, places: Sequence[where.Place]) -> int:
        """Return how much of a report was guessed."""
        guessed = any(self._guessed(each) is not None for each in (*parties.source, *parties.target))
        pointing = "back-reference" in finding.flags or finding.frame in ("off", "accept")
        unplaced = finding.type == "CONSULT" and parties.mode != "phone" and not places
        return sum((guessed, pointing, unplaced, finding.verdict.status is None))

    def _last_time(self) -> When | None:
        return next((each.when for each in reversed(self.reports) if each.when), None)

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

    def _unlisted(self, tree: Tree, base: int, heads: Sequence[int]) -> str:
        """Return the name of a place that no list has, "" where there is none: a village, an island, a river."""
        for each in (inner for head in heads for inner in (head, *led_by(tree, head, "of"))):
            token, offset = tree[each], base + tree[each].start
            named = token.tag in ("NNP", "NNPS") and self.scene.person_at(offset) is None
            spoken_for = self.scene.state_at(offset) or self.scene.body_at(offset)
            if named and not spoken_for and token.lower not in lexicon.words("roles", "no_names", "times"):
                return who.plain(tree, each)
        return ""

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

    # ------------------------------------------------------------ status and speakers

    def _was_planned(self, codes: frozenset[str]) -> bool:
        """Say whether the article has told a journey of some countries as settled."""
        settled = ("planned", "confirmed", "cancelled", "postponed")
        return any(each.status in settled and each.mode == "visit" and codes == each.codes for each in self.reports)

    def _status(self, finding: Finding, chains: attribution.Chains, codes: frozenset[str]) -> str | None:
        verdict = finding.verdict
        speak = {each.name for each in self.scene.cast.people if "spokes" in (each.role or "")}
        official = attribution.is_official(chains, speak)
        if verdict.status == "refused":
            return None if not chains else "cancelled" if self._was_planned(codes) else "denied"
        if verdict.status is None:
            return "happened" if finding.frame != "visit-noun" else "planned"
        if verdict.status == "planned" and verdict.settled and (official or self.party):
            return "confirmed"
        return verdict.status

    def _settled(self, status: str, tree: Tree, finding: Finding, time: When | None) -> str:
        """Return the status that the time decides: a present that lies ahead, an arrival that is still a stay."""
        today = self.anchor.isoformat()
        if status == "present":
            return "planned" if time is not None and (time.start or "") > today else "happened"
        if status == "happened" and lexicon.verb(tree[finding.core].lower) in ("arrive", "land") and time is not None:
            yesterday = (self.anchor - datetime.timedelta(1)).isoformat()
            return "ongoing" if time.start in (yesterday, today) and (time.end or today) >= today else status
        return status

    def _name(self, tree: Tree, base: int, head: int) -> str:
        """Return a speaker as worded, persons in their longest form."""
        person = self.scene.person_in(tree, base, head)
        if person is not None:
            return person.name
        if tree[head].tag.startswith("PRP"):
            if tree[head].lower == "it" and self.speaker:
                return self.speaker[0]
            found = self.scene.actors(tree, base, head)
            return found[0].name if found else ""
        known = {each.name for each in self.scene.cast.people}
        meant = [each.name for each in self.scene.actors(tree, base, head) if each.name in known]
        return meant[0] if meant else who.plain(tree, head)

    def _heard(self, sentence: Sentence, chains: attribution.Chains) -> attribution.Chains:
        """Return the chains without the outlet itself; a quotation that goes on has the speaker of the one before."""
        own = f" {self.article.publisher}"
        kept = [tuple(each for each in chain if not own.endswith(f" {each}")) for chain in chains]
        found = tuple(chain for chain in kept if chain)
        goes_on = self.article.text[sentence.start] in '"“'
        return (self.speaker,) if not found and goes_on and self.speaker else found


def _is_press_office(publisher: str) -> bool:
    words = publisher.lower()
    return any(each in words for each in lexicon.words("speech", "words", "press_office"))


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
    if left.codes != right.codes:
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


# ---------------------------------------------------------------- an article


def read_article(article: Article, parser: Parser) -> list[Report]:
    """Return what an article reports, in the order of its words.

    Only sentences with a word that can hold an event are parsed, and the speakers of quotations that go on.
    """
    sentences = [each for each in parse.split(article.text) if each.end - each.body <= parse.MAX_SENTENCE]
    chosen = [sentences[each] for each in _chosen(article.text, sentences)]
    trees = parser.parse([article.text[each.body : each.end] for each in chosen])
    home = countries.home_of(article.publisher, article.final_url)
    datelines = [where.locate(each.dateline.title()) for each in sentences if each.dateline]
    dateline = next((each for each in datelines if each is not None), None)
    hints = [each for each in (home, dateline and dateline.country) if each]
    people = census.cast(article.text[: parse.MAX_TEXT], hints)
    first = Reading(article, sentences, people, home, dateline)
    for sentence, tree in zip(chosen, trees, strict=True):
        first.read(sentence, tree)
    second = Reading(article, sentences, people.corrected(first.ruled_out), home, dateline, first.reports)
    for sentence, tree in zip(chosen, trees, strict=True):
        second.read(sentence, tree)
    return [on_soil(each) for each in scenes.share_places(second.reports)]


def _chosen(text: str, sentences: Sequence[Sentence]) -> list[int]:
    chosen = set()
    for number, each in enumerate(sentences):
        if chooser.can_hold_an_event(text[each.body : each.end]):
            chosen.add(number)
            if number and text[each.body] in '"“':
                chosen.add(number - 1)
    return sorted(chosen)
