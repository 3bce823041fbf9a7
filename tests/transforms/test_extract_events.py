"""ExtractEvents on articles: evidence, determinism, what each reader should find, and the step itself."""

import json
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to
from extraction import only, parser, told
from hypothesis import given, settings
from hypothesis import strategies as st
from records import an_article

from schemas import Mention
from schemas.cameo import derive
from schemas.event import GRANULARITIES, STATUSES
from transforms.extract_events import ExtractEvents, extract

GOLDEN = Path(__file__).parents[1] / "golden" / "events"

SENTENCES = [
    "Peruvian Foreign Minister Rosa Alarcon will visit Norway on Monday.",
    "She met Norwegian President Ola Brekke in Oslo and signed a treaty on fish.",
    "“We agreed to go to Peru in May,” Brekke said. “It will be a long trip.”",
    "The visit was called off, the ministry in Lima said on Wednesday.",
    "OSLO, March 5 (HPA) – Norway and Peru held talks in Geneva under Swiss mediation.",
    "Norway’s government – café, naïve, 北京 – denied that Alarcon would come.",
    "• Peru, Chile and Norway will hold a summit in Lima next week",
    "Will she come? If she comes, Norway will host her.",
    "Their visit, trip, talks, meeting. He. It was put off. They signed it there.",
    "Xi Jinping’s visit to Moscow; 'Brekke' \"Alarcon\" phoned (twice) … and left",
]


def evidence(mention: Mention) -> dict[str, Any]:
    """Return a mention as a person writes it down, without ids, versions and what is derived."""
    return {
        "sentence": mention.sentence,
        "trigger": mention.trigger,
        "type": mention.type,
        "mode": mention.mode,
        "status": mention.status,
        "source": [f"{each.name} ({each.country})" for each in mention.source],
        "target": [f"{each.name} ({each.country})" for each in mention.target],
        "when": [mention.start_date, mention.end_date, mention.granularity],
        "place": [mention.place, mention.place_country],
        "attribution": [list(each) for each in mention.attribution],
    }


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_a_golden_article_tells_what_a_person_reads_in_it(path: Path) -> None:
    golden = json.loads(path.read_text(encoding="utf-8"))
    found = told("\n\n".join(golden["paragraphs"]), golden["published"], publisher=golden["publisher"])
    assert [evidence(each) for each in found] == golden["mentions"]


def test_each_country_of_a_tour_has_a_mention_with_an_id_of_its_own() -> None:
    tour = told("Peruvian Foreign Minister Rosa Alarcon visited Norway and Kenya on Monday.", "2026-03-03")
    assert sorted(each.country or "" for mention in tour for each in mention.target) == ["KEN", "NOR"]
    assert len({each.mention_id for each in tour}) == 2


def test_there_are_golden_articles() -> None:
    assert len(list(GOLDEN.glob("*.json"))) >= 3


@settings(max_examples=40)
@given(st.lists(st.sampled_from(SENTENCES), max_size=7), st.sampled_from([" ", "\n\n"]))
def test_the_words_of_any_article_stand_where_its_mentions_say(sentences: list[str], gap: str) -> None:
    text = gap.join(sentences)
    for each in told(text):
        assert text[each.sentence_start : each.sentence_end] == each.sentence
        assert text[each.trigger_start : each.trigger_end] == each.trigger
        assert each.sentence_start <= each.trigger_start < each.trigger_end <= each.sentence_end
        assert each.status in STATUSES
        assert each.granularity in (None, *GRANULARITIES)
        assert (each.granularity is None) == (each.start_date is None and each.end_date is None)
        assert 0 < each.confidence < 1
        assert any(actor.country for actor in (*each.source, *each.target)) or each.place_country
        assert (each.cameo, each.quad_class, each.goldstein) == derive(each.type, each.mode, each.status)


@settings(max_examples=20)
@given(st.lists(st.sampled_from(SENTENCES), max_size=5).map(" ".join))
def test_mentions_are_a_function_of_the_article(text: str) -> None:
    assert told(text) == told(text)


def test_what_was_read_before_does_not_show() -> None:
    text = SENTENCES[0]
    before = told(text)
    told("Chile's president, Ines Soto, visited Kenya. They signed a treaty.")
    assert told(text) == before


def test_ids_differ_by_article_version_and_mention() -> None:
    text = "Peruvian Foreign Minister Rosa Alarcon visited Norway on Monday. She will visit Chile in May."
    ids = [each.mention_id for version in (1, 2) for each in told(text, version=version)]
    assert len(set(ids)) == len(ids) == 4


def test_a_sentence_has_one_mention_of_an_event() -> None:
    mention = only(
        "Peruvian Foreign Minister Rosa Alarcon arrived in Oslo on Wednesday for a three-day official visit."
    )
    assert (mention.status, mention.start_date, mention.end_date) == ("ongoing", "2026-03-04", "2026-03-06")


def test_articles_in_other_languages_give_nothing() -> None:
    assert told(SENTENCES[0], language="no") == []
    assert len(told(SENTENCES[0], language=None)) == 1


def test_guesses_lower_the_confidence() -> None:
    named = only("Peruvian Foreign Minister Rosa Alarcon will visit Norway on Monday.")
    guessed = only("Foreign Minister Rosa Alarcon will visit Norway on Monday. Peru exports fish.")
    assert guessed.confidence < named.confidence


def test_a_long_article_is_read_to_its_limit() -> None:
    mentions = told(f"{SENTENCES[0]}\n\n" + "Fish is dear. " * 20_000 + SENTENCES[0])
    assert len(mentions) == 1


# ---------------------------------------------------------------- the step


def test_the_step_gives_the_mentions_of_every_article() -> None:
    articles = [an_article(number, text=text) for number, text in enumerate(SENTENCES, 1)]
    expected = [each for article in articles for each in extract(article, parser())]
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        found = pipeline | "Make articles" >> beam.Create(articles) | "Extract events" >> ExtractEvents()
        assert_that(found.mentions, equal_to(expected), label="Mentions")
        assert_that(found.rejects, equal_to([]), label="Rejects")


def test_an_article_that_breaks_the_step_is_a_reject_and_the_others_go_through() -> None:
    broken = an_article(2, published_date="the day before", text=SENTENCES[0])
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        articles = pipeline | "Make articles" >> beam.Create([an_article(1, text=SENTENCES[0]), broken])
        found = articles | "Extract events" >> ExtractEvents()
        ids = found.mentions | "Take article ids" >> beam.Map(lambda each: each.article_id)
        reasons = found.rejects | "Take reasons" >> beam.Map(lambda each: (each.article_id, each.reason, each.counted))
        assert_that(ids, equal_to([an_article(1).article_id]), label="Mentions")
        assert_that(reasons, equal_to([(broken.article_id, "stage_failed", False)]), label="Rejects")


def test_a_second_run_in_one_process_does_not_load_the_model_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def run() -> None:
        with beam.Pipeline(runner=FnApiRunner()) as pipeline:
            _ = pipeline | beam.Create([an_article(text=SENTENCES[0])]) | ExtractEvents()

    run()
    monkeypatch.setattr("transforms.extract.parse.load", lambda model: pytest.fail(f"{model} is loaded again"))
    run()
