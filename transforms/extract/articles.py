"""What articles report: their sentences are chosen, parsed in one batch and read twice.

The first reading of an article finds what may rule a country out ("President A B will visit Xland" is not Xland's
president) and what is told before the visit that it is part of; the second knows both. An article whose sentences hold
no finding costs the choice and the parse alone.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from schemas import Article
from transforms.extract import census, chooser, countries, parse, scenes, where
from transforms.extract.parse import Parser, Sentence, Tree
from transforms.extract.reported import Report
from transforms.extract.reports import Passage, Reading, passage
from transforms.extract.towards import on_soil


class _Draft(NamedTuple):
    """An article before it is parsed."""

    article: Article
    sentences: list[Sentence]
    chosen: list[int]  # which of them are parsed

    def texts(self) -> list[str]:
        chosen = (self.sentences[each] for each in self.chosen)
        return [self.article.text[each.body : each.end] for each in chosen]


def read_articles(articles: Iterable[Article], parser: Parser) -> list[list[Report]]:
    """Return what each of some articles reports, in the order of its words. What stands beside it does not matter.

    Only sentences with a word that can hold an event are parsed, and those that tell who speaks in one; those of all
    articles together, since many sentences at once cost less than a few at a time.
    """
    drafts = [_draft(each) for each in articles]
    trees = iter(parser.parse([text for each in drafts for text in each.texts()]))
    return [_read(each, list(islice(trees, len(each.chosen)))) for each in drafts]


def _draft(article: Article) -> _Draft:
    sentences = [each for each in parse.split(article.text) if each.end - each.body <= parse.MAX_SENTENCE]
    return _Draft(article, sentences, chosen(article.text, sentences))


def chosen(text: str, sentences: Sequence[Sentence]) -> list[int]:
    """Return which sentences of a text are parsed, in their order."""
    found = set()
    for number, each in enumerate(sentences):
        words = text[each.body : each.end]
        if chooser.can_hold_an_event(words):
            found.add(number)
            before = sentences[number - 1] if number else None
            if before and chooser.asks_who_spoke(words) and chooser.may_tell_who(text[before.body : before.end]):
                found.add(number - 1)
    return sorted(found)


def _read(draft: _Draft, trees: Sequence[Tree]) -> list[Report]:
    article, sentences, numbers = draft
    passages = [
        passage(sentences[number], tree, number - 1 in numbers) for number, tree in zip(numbers, trees, strict=True)
    ]
    if not any(each.findings for each in passages):
        return []
    home = countries.home_of(article.publisher, article.final_url)
    datelines = [where.locate(each.dateline.title()) for each in sentences if each.dateline]
    dateline = next((each for each in datelines if each is not None), None)
    hints = [each for each in (home, dateline and dateline.country) if each]
    people = census.cast(article.text[: parse.MAX_TEXT], hints)
    first = _through(Reading(article, sentences, people, home, dateline), passages)
    if not first.reports and not first.ruled_out:
        return []  # a second reading would know no more
    people = people.corrected(first.ruled_out)
    second = _through(Reading(article, sentences, people, home, dateline, first.reports), passages)
    return [on_soil(each) for each in scenes.share_places(second.reports)]


def _through(reading: Reading, passages: Iterable[Passage]) -> Reading:
    for each in passages:
        reading.read(each)
    return reading
