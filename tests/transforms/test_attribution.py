"""Who says so, outermost first: docs/events.md, "Attribution", and annotation rule 20."""

import pytest
from extraction import only, told

VISIT = "Peruvian Foreign Minister Rosa Alarcon will visit Norway on Monday"


@pytest.mark.parametrize(
    ("sentence", "chains"),
    [
        (f"{VISIT}.", []),
        (f"{VISIT}, her ministry said.", [["ministry"]]),
        (f"The ministry in Lima said that {VISIT}.", [["ministry"]]),
        (f"According to the ministry, {VISIT}.", [["ministry"]]),
        (f"{VISIT}, according to two diplomats.", [["two diplomats"]]),
        (f"{VISIT}, Radio Sur reported, citing a source in Lima.", [["Radio Sur", "source"]]),
        (f"{VISIT}, Radio Sur reported.", [["Radio Sur"]]),
        (f"{VISIT}, a diplomat told Radio Sur.", [["Radio Sur", "diplomat"]]),
        (f"{VISIT}, a diplomat told reporters.", [["diplomat"]]),
        (f"Radio Sur reported that a diplomat had said that {VISIT}.", [["Radio Sur", "diplomat"]]),
        (f"The ministry and the palace announced that {VISIT}.", [["ministry"], ["palace"]]),
    ],
)
def test_chains_of_speakers(sentence: str, chains: list[list[str]]) -> None:
    assert only(sentence).attribution == chains


def test_a_denial_is_the_words_of_whoever_denies() -> None:
    mention = only("Norway's Foreign Ministry denied that Peruvian Foreign Minister Rosa Alarcon would visit Oslo.")
    assert mention.attribution == [["Norway's Foreign Ministry"]]


def test_the_outlet_itself_is_no_speaker() -> None:
    assert only(f"{VISIT}, a diplomat told The Harbour Post.").attribution == [["diplomat"]]


def test_persons_are_named_in_full() -> None:
    text = f"Norwegian President Ola Brekke spoke on Sunday. {VISIT}, Brekke said."
    assert only(text).attribution == [["Ola Brekke"]]


def test_it_said_means_the_body_that_spoke_before() -> None:
    text = f"{VISIT}, the ministry said. She will meet Norwegian President Ola Brekke, it said."
    assert [each.attribution for each in told(text)] == [[["ministry"]], [["ministry"]]]


def test_a_quotation_that_goes_on_has_the_speaker_of_the_one_before() -> None:
    text = f"“{VISIT},” Norwegian President Ola Brekke said. “Peru and Norway will sign a treaty on fish.”"
    assert [each.attribution for each in told(text)] == [[["Ola Brekke"]], [["Ola Brekke"]]]


def test_a_clause_that_only_locates_is_not_said_by_the_speaker_above() -> None:
    text = "Fish prices rose, traders said, after Norway and Peru signed a treaty on Monday."
    assert only(text).attribution == []
