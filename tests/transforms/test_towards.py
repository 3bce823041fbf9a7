"""Whom an act is towards, and where it takes place, where its own clause does not say."""

import pytest
from extraction import of, told

from schemas import Mention


def one(text: str, type: str, mode: str | None = None) -> Mention:
    """Return the last mention of a type."""
    return [each for each in told(text) if each.type == type and mode in (None, each.mode)][-1]


def test_who_condemns_an_attack_blames_whoever_attacked() -> None:
    text = "Peru's army shelled a Chilean town on Monday. Norway's government condemned the attack."
    assert of(one(text, "ACCUSE")) == (["NOR"], ["PER"])


def test_who_condemns_a_step_blames_whoever_took_it() -> None:
    text = "Norway expelled three Peruvian diplomats on Monday. Peru condemned the step."
    assert of(one(text, "ACCUSE")) == (["PER"], ["NOR"])


def test_an_ambassador_who_is_called_home_is_not_whom_it_is_done_to() -> None:
    text = "Peru expelled Norway's ambassador on Monday. On Tuesday Norway recalled its ambassador to Peru."
    assert of(one(text, "SANCTION", "withdraw")) == (["NOR"], ["PER"])


def test_help_goes_to_the_country_that_the_article_is_about() -> None:
    text = "Floods in Kenya have killed 40 people, Kenya said. Norway will send food and tents as aid on Monday."
    assert of(one(text, "AID")) == (["NOR"], ["KEN"])


@pytest.mark.parametrize(
    ("text", "type", "place"),
    [
        ("Ethiopia moved two brigades to the border town of Dolmaro on Thursday.", "MOBILIZE", ("Dolmaro", "ETH")),
        ("Peruvian police arrested three opposition leaders on Monday.", "COERCE", (None, "PER")),
        ("Norway expelled three Peruvian diplomats from Oslo on Monday.", "SANCTION", (None, None)),
    ],
)
def test_where_an_act_takes_place(text: str, type: str, place: tuple[str | None, str | None]) -> None:
    found = one(text, type)
    assert (found.place, found.place_country) == place


def test_a_foreign_dateline_does_not_make_the_article_that_country_s() -> None:
    text = "DOHA – Chad and the rebels of Chad's Lake Front met on Monday. Chad's army attacked them. The police fled."
    assert {each.country for mention in told(text) for each in mention.source} <= {"TCD", None}


def test_both_governments_are_those_of_two_states() -> None:
    text = "Norway and Peru met in Oslo on Monday. Police dispersed a crowd. Kenya urged both governments to talk."
    assert {each.country for each in one(text, "REQUEST").target} == {"NOR", "PER"}


@pytest.mark.parametrize(
    ("text", "type", "sides"),
    [
        ("Norwegian jets struck depots near Lima on Monday.", "ASSAULT", (["NOR"], ["PER"])),
        ("Norway put its army on alert on Monday after Peru had closed the border.", "MOBILIZE", (["NOR"], ["PER"])),
        ("Norway's premier visited Peru on Monday and promised to train pilots.", "AGREE", (["NOR"], ["PER"])),
        ("Thousands of Norwegians marched near the Peruvian embassy.", "PROTEST", (["NOR"], ["PER"])),
        ("Norway threatened sanctions unless Peru opens the border.", "THREATEN", (["NOR"], ["PER"])),
    ],
)
def test_whom_an_act_is_towards_by_the_rest_of_its_sentence(
    text: str, type: str, sides: tuple[list[str], list[str]]
) -> None:
    assert of(one(text, type)) == sides


def test_a_paper_called_after_a_great_city_is_at_home_where_no_country_stands_out() -> None:
    text = "The junta declared a curfew. Villagers fled to Thailand, and China shut a crossing."
    (curfew,) = [each for each in told(text, publisher="Yangon Observer") if each.mode == "curfew"]
    assert of(curfew)[0] == ["MMR"]
