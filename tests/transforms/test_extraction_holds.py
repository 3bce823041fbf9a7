"""What holds for every article: order, batches and neighbours do not matter, and other languages give nothing."""

import gzip
import json
from pathlib import Path

import pytest
from extraction import TODAY, parser, told
from hypothesis import given, settings
from hypothesis import strategies as st
from records import an_article

from schemas import Mention
from transforms.extract import articles
from transforms.extract.parse import Parser
from transforms.extract_events import extract, extract_all

CORPUS = Path(__file__).parents[3] / "shared" / "data" / "corpus" / "lk_news_dev.jsonl.gz"

PARAGRAPHS = (
    "Norway's president will visit Lima on Saturday, the Peruvian government said.",
    "Kenya expelled two Ethiopian diplomats on Monday. Ethiopia condemned the step.",
    "Soldiers opened fire on a crowd in Jakarta on Tuesday, Indonesian police said.",
)
#: Of nobody and nothing that the others speak of.
UNRELATED = "Rain is likely in the hills, and the ferries will be late."


def plain(mentions: list[Mention]) -> list[tuple[object, ...]]:
    """Return what mentions say, without where they stand."""
    return [(m.type, m.mode, m.status, m.source, m.target, m.start_date, m.place_country, m.sentence) for m in mentions]


@given(st.permutations(PARAGRAPHS), st.integers(0, 3))
@settings(max_examples=24)
def test_an_unrelated_paragraph_changes_no_other_event(paragraphs: list[str], where: int) -> None:
    more = [*paragraphs[:where], UNRELATED, *paragraphs[where:]]
    assert plain(told("\n\n".join(more))) == plain(told("\n\n".join(paragraphs)))


@given(st.permutations(PARAGRAPHS))
@settings(max_examples=6)
def test_offsets_hold_and_the_order_of_articles_does_not_matter(paragraphs: list[str]) -> None:
    news = [an_article(n, text=text, published_date=TODAY) for n, text in enumerate(paragraphs)]
    shared = {each.article_id: extract(each, parser()) for each in news}
    for each in reversed(news):
        alone = extract(each, Parser(parser()._read, size=1))
        assert alone == shared[each.article_id]
        for mention in alone:
            assert each.text[mention.sentence_start : mention.sentence_end] == mention.sentence
            assert each.text[mention.trigger_start : mention.trigger_end] == mention.trigger


@given(st.permutations([*PARAGRAPHS, UNRELATED]), st.integers(1, 4))
@settings(max_examples=6)
def test_articles_read_together_say_what_each_says_alone(paragraphs: list[str], size: int) -> None:
    news = [an_article(n, text=text, published_date=TODAY) for n, text in enumerate(paragraphs)]
    batches = [news[first : first + size] for first in range(0, len(news), size)]
    together = [mentions for batch in batches for mentions in extract_all(batch, Parser(parser()._read))]
    assert together == [extract(each, parser()) for each in news]


#: Some hold an event, some tell who speaks in the next one, some neither.
SENTENCES = (
    "Norway's president, Ola Brekke, visited Lima on Monday.",
    "“We will go to Peru in May,” Brekke said.",
    "“It will be a long trip.",
    "“We agreed to lift the ban,” she added.",
    "Rosa Alarcon, the Peruvian foreign minister, spoke first.",
    "It said we demanded an apology from Chile.",
    "Strikers blocked roads in Cusco.",
    "The visit was called off.",
    "Rain is likely in March.",
)


@given(st.lists(st.sampled_from(SENTENCES), max_size=6), st.sampled_from([" ", "\n\n"]))
@settings(max_examples=30)
def test_parsing_every_sentence_would_say_the_same(sentences: list[str], gap: str) -> None:
    text = gap.join(sentences)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(articles, "chosen", lambda _, sentences: list(range(len(sentences))))
        everything = told(text)
    assert told(text) == everything


@pytest.mark.parametrize(
    "text",
    [
        "O presidente do Peru visitou Oslo na segunda-feira e assinou um acordo com a Noruega.",
        "Der Präsident von Peru besuchte am Montag Oslo und unterzeichnete ein Abkommen mit Norwegen.",
        "Президент Перу посетил Осло в понедельник.",
        "秘鲁总统周一访问了奥斯陆。",
        "زار رئيس بيرو أوسلو يوم الاثنين.",
    ],
)
def test_other_languages_give_no_events_and_no_error(text: str) -> None:
    assert told(text) == []


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not beside this checkout")
def test_real_articles_are_read_without_an_error() -> None:
    with gzip.open(CORPUS, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file][::150]
    for row in rows:
        for mention in told(row["text"], row["published"][:10]):
            assert row["text"][mention.trigger_start : mention.trigger_end] == mention.trigger
