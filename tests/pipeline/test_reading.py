"""`newsbeam explain --text`: which rule read a sentence how, and why another did not."""

from datetime import date

import pytest

from pipeline.reading import read_text
from schemas.reject import ConfigurationError

#: A Thursday.
TODAY = date(2026, 3, 5)


def lines(text: str) -> list[str]:
    return [line for chapter in read_text(text, TODAY).chapters for line in chapter.lines]


def test_a_mention_is_told_with_its_words_its_rule_and_what_that_means() -> None:
    told = lines("Norway expelled two Peruvian diplomats on Monday.")
    assert told[0] == "SANCTION/expel, happened, by “expelled”"
    assert told[1].startswith("  rule     sanction/expel: A state expels")
    assert told[2] == "  who      Norway (NOR) -> two Peruvian diplomats (PER)"
    assert told[3] == "  when     2026-03-02..2026-03-02 by “Monday”"


def test_a_rule_that_did_not_count_says_what_it_lacks() -> None:
    assert "not mobilize/alert at “put”: nothing fitting as on|to|object" in lines("Norway put milk on the table.")


def test_a_question_holds_nothing() -> None:
    assert lines("Will Norway attack Peru?")[0] == "A question, or about sport: it holds no event."


def test_each_sentence_has_a_chapter_of_its_own() -> None:
    life = read_text("Norway expelled a Peruvian diplomat. Snow fell.", TODAY)
    assert [each.heading for each in life.chapters] == ["Norway expelled a Peruvian diplomat.", "Snow fell."]
    assert life.chapters[1].lines == ("No word of it holds an event.",)
    assert [row["type"] for row in life.rows["mentions"]] == ["SANCTION"]


def test_no_text_is_told_with_its_fix() -> None:
    with pytest.raises(ConfigurationError, match="Give one"):
        read_text(" ", TODAY)
