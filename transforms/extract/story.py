"""What an article has told so far, and what later sentences are read by: parties, visits, places, speakers, times.

sides.py, doers.py and towards.py ask it whom a sentence leaves out.
"""

import datetime
from collections import Counter
from collections.abc import Sequence

from schemas import Article
from schemas.event import Actor
from transforms import lexicon
from transforms.extract import attribution, census, where, who
from transforms.extract.findings import Finding
from transforms.extract.parse import Sentence, Tree
from transforms.extract.reported import Report
from transforms.extract.sides import Sides, codes_of, state_actor
from transforms.extract.when import When

#: How many paragraphs below its parties "the paper was signed" still means theirs.
PAIR_PARAGRAPHS = 3
#: Types that tell who holds somebody.
HOLDING = ("COERCE", "SANCTION", "RETREAT", "CONCEDE")


class Story:
    """Remembers what has been reported of one article, and in which sentence reading stands."""

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
        self.headings = [each.start for each in sentences if each.heading]  # where they begin
        self.anchor = datetime.date.fromisoformat(article.published_date)
        self.scene = who.Scene(people, [each.body for each in sentences])
        self.dateline = dateline
        self.foreseen = foreseen  # what a first reading found in the whole article
        self.reports: list[Report] = []
        self.ruled_out: set[tuple[int, str]] = set()  # people, by number, and countries that they do not act for
        self.speaker: tuple[str, ...] = ()
        self.publisher_home = home
        self.named = Counter(str(each.value) for each in people.states)
        self.party = _is_press_office(article.publisher)
        self.scope = (0, 0)  # offsets of the sentence that is read
        self.paragraph = 0  # that it stands in
        if self.party and home is not None:
            self.scene.ours = (state_actor(home),)

    # ------------------------------------------------------------ what sides.py, doers.py and towards.py ask

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

    @property
    def home(self) -> str | None:
        """The country that the article is about: its dateline's if it speaks of that, else the one named most; its
        outlet's where no other stands out, since a paper seldom names its own."""
        most = next((code for code, _ in self.named.most_common(1)), None)
        here = self.dateline.country if self.dateline is not None else None
        if here is not None and (most is None or 2 * self.named[here] >= self.named[most]):
            return here
        own = self.publisher_home
        if most is None or own is None:
            return most or own
        alone = self.named[own] > 0 or 2 * self.named[most] > self.named.total()
        return most if alone and self.named[most] > self.named[own] else own

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
                return state_actor(min(others))
            if own and report.target and report.codes == own:
                return None  # it goes on at home
        spots = self.scene.states.inside(0, self.scope[1])
        code = next((str(each.value) for each in reversed(spots) if each.value not in own), None)
        return None if code is None else state_actor(code)

    @property
    def last_time(self) -> When | None:
        """The time told last."""
        return next((each.when for each in reversed(self.reports) if each.when), None)

    # ------------------------------------------------------------ status and speakers

    def _was_planned(self, codes: frozenset[str]) -> bool:
        """Say whether the article has told a journey of some countries as settled."""
        settled = ("planned", "confirmed", "cancelled", "postponed")
        return any(each.status in settled and each.mode == "visit" and codes == each.codes for each in self.reports)

    def status(self, finding: Finding, chains: attribution.Chains, codes: frozenset[str]) -> str | None:
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

    def settled(self, status: str, tree: Tree, finding: Finding, time: When | None) -> str:
        """Return the status that the time decides: a present that lies ahead, an arrival that is still a stay."""
        today = self.anchor.isoformat()
        if status == "present":
            return "planned" if time is not None and (time.start or "") > today else "happened"
        if status == "happened" and lexicon.verb(tree[finding.core].lower) in ("arrive", "land") and time is not None:
            yesterday = (self.anchor - datetime.timedelta(1)).isoformat()
            return "ongoing" if time.start in (yesterday, today) and (time.end or today) >= today else status
        return status

    def name(self, tree: Tree, base: int, head: int) -> str:
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

    def chains(self, sentence: Sentence, tree: Tree, finding: Finding) -> attribution.Chains:
        """Return who says so."""
        told = attribution.chains(tree, finding.core, lambda head: self.name(tree, sentence.body, head))
        return self._heard(sentence, told)

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
