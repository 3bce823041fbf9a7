"""Who goes to whom: docs/events.md, "Actors", and the annotation rules on visits, meetings and summits."""

import pytest
from extraction import of, only, told

ROSA = "Peruvian Foreign Minister Rosa Alarcon"
OLA = "Norwegian President Ola Brekke"


@pytest.mark.parametrize(
    "sentence",
    [
        f"{ROSA} will visit Norway on Monday.",
        f"{ROSA} will travel to Oslo on Monday.",
        f"Norway will host {ROSA} on Monday.",
        f"Oslo will receive {ROSA} on Monday.",
        f"{ROSA} will be received in Oslo on Monday.",
        f"{ROSA} is due in Oslo on Monday.",
        f"A visit to Norway by {ROSA} is planned for Monday.",
        "Peru's foreign minister, Rosa Alarcon, will pay a visit to Norway on Monday.",
        "Rosa Alarcon, the foreign minister of Peru, will come to Norway on Monday.",
    ],
)
def test_the_visitor_is_the_source_in_whatever_order(sentence: str) -> None:
    mention = only(sentence)
    assert (mention.type, mention.mode, of(mention)) == ("CONSULT", "visit", (["PER"], ["NOR"]))
    assert mention.source[0].name == "Rosa Alarcon"


def test_the_head_of_the_host_country_is_the_target_where_named() -> None:
    mention = only(f"{OLA} received {ROSA} in Oslo on Monday.")
    assert ([each.name for each in mention.source], [each.name for each in mention.target]) == (
        ["Rosa Alarcon"],
        ["Ola Brekke"],
    )


@pytest.mark.parametrize(
    ("sentence", "sides"),
    [
        (f"{ROSA} and {OLA} met in Oslo on Monday.", (["PER"], ["NOR"])),
        (f"{OLA} and {ROSA} met in Oslo on Monday.", (["PER"], ["NOR"])),
        (f"{ROSA} and {OLA} met in Lima on Monday.", (["NOR"], ["PER"])),
        (f"{OLA} held talks with {ROSA} in Lima on Monday.", (["NOR"], ["PER"])),
    ],
)
def test_a_meeting_on_the_soil_of_one_side_is_a_visit_to_it(sentence: str, sides: tuple[list[str], list[str]]) -> None:
    mention = only(sentence)
    assert (mention.mode, of(mention)) == ("visit", sides)


@pytest.mark.parametrize(
    "sentence",
    [
        f"{ROSA} and {OLA} met in Geneva on Monday.",
        f"{ROSA} met {OLA} in Geneva on Monday.",
        f"{ROSA} and {OLA} held talks in Geneva on Monday.",
        f"Switzerland mediated between {ROSA} and {OLA} in Geneva on Monday.",
    ],
)
def test_on_third_ground_both_are_sources_and_the_host_is_a_place(sentence: str) -> None:
    mention = only(sentence)
    assert (mention.mode, of(mention), mention.place, mention.place_country) == (
        "third-party",
        (["PER", "NOR"], []),
        "Geneva",
        "CHE",
    )


@pytest.mark.parametrize(
    "sentence",
    [
        f"{ROSA} spoke by telephone with {OLA} on Monday.",
        f"{ROSA} phoned {OLA} on Monday.",
        f"{ROSA} spoke with {OLA} by video link on Monday.",
        f"{ROSA} had a telephone conversation with {OLA} on Monday.",
    ],
)
def test_a_call_is_mode_phone_and_has_no_place(sentence: str) -> None:
    mention = only(sentence)
    assert (mention.mode, of(mention), mention.place_country) == ("phone", (["PER"], ["NOR"]), None)


def test_a_summit_has_its_guests_as_sources_and_its_host_as_target() -> None:
    mention = only("The leaders of Peru, Chile and Norway will hold a summit in Oslo on Monday.")
    assert (mention.mode, of(mention), mention.place) == ("multilateral", (["PER", "CHL"], ["NOR"]), "Oslo")


def test_plural_subjects_give_an_actor_each() -> None:
    mention = only("The foreign ministers of Peru and Norway met in Geneva on Monday.")
    assert of(mention) == (["PER", "NOR"], [])
    assert {each.kind for each in mention.source} == {"group"}


def test_three_states_that_meet_are_three_actors() -> None:
    mention = only("Peru, Chile, and Norway met in Geneva on Monday.")
    assert (mention.mode, of(mention)) == ("multilateral", (["PER", "CHL", "NOR"], []))


def test_the_day_behind_a_name_is_no_part_of_it() -> None:
    mention = only(f"{ROSA} met Norwegian President Ola Brekke Tuesday in Oslo.")
    assert (mention.target[0].name, mention.start_date) == ("Ola Brekke", "2026-03-03")


def test_a_tour_is_a_visit_a_country() -> None:
    mentions = told(f"{ROSA} will visit Norway, Sweden and Finland in May.")
    assert [of(each) for each in mentions] == [(["PER"], ["NOR"]), (["PER"], ["SWE"]), (["PER"], ["FIN"])]


def test_a_guest_who_goes_home_pays_no_visit() -> None:
    assert len(told(f"{ROSA} visited Norway on Monday. She went home on Tuesday.")) == 1


def test_a_journey_inside_the_own_country_is_none() -> None:
    assert told(f"{ROSA} visited Arequipa in Peru on Monday.") == []


@pytest.mark.parametrize(
    ("sentence", "sides"),
    [
        ("Norway and Peru signed a treaty in Oslo on Monday.", (["NOR", "PER"], [])),
        ("Norway signed a treaty with Peru in Oslo on Monday.", (["NOR"], ["PER"])),
        ("A treaty between Norway and Peru was signed in Oslo on Monday.", (["NOR", "PER"], [])),
        ("Norway and Peru agreed on Monday to share data on fish.", (["NOR", "PER"], [])),
        ("Norway and Peru reached a deal on fish on Monday.", (["NOR", "PER"], [])),
    ],
)
def test_joint_signers_are_all_sources(sentence: str, sides: tuple[list[str], list[str]]) -> None:
    assert of(only(sentence)) == sides


@pytest.mark.parametrize(
    ("sentence", "type"),
    [
        ("Norway and Peru signed a memorandum on fish.", "SUPPORT"),
        ("Norway backed Peru's bid for the council.", "SUPPORT"),
        ("Norway and Peru agreed to share data on fish.", "AGREE"),
        ("Norway and Peru reached an agreement on fish.", "AGREE"),
        ("Norway agreed to a meeting with Peru in Oslo.", "CONSULT"),
    ],
)
def test_a_signed_paper_supports_and_words_agree(sentence: str, type: str) -> None:
    assert only(sentence).type == type


# ---------------------------------------------------------------- names


def test_a_name_is_the_longest_of_the_article_and_the_role_that_it_gives() -> None:
    mention = only(f"{ROSA} spoke on fish. Alarcon will visit Norway on Monday.")
    (actor,) = mention.source
    assert actor == ("Rosa Alarcon", "foreign minister", "PER", "person")


@pytest.mark.parametrize("pronoun", ["She", "He"])
def test_a_pronoun_is_the_person_of_the_sentence_before(pronoun: str) -> None:
    mention = only(f"{ROSA} spoke to farmers. {pronoun} will visit Norway on Monday.")
    assert mention.source[0].name == "Rosa Alarcon"


def test_a_pronoun_is_not_who_stands_beside_it() -> None:
    mention = only(f"{OLA} and {ROSA} spoke to farmers in Chile. In Oslo she will meet Brekke on Monday.")
    assert ([each.name for each in mention.source], [each.name for each in mention.target]) == (
        ["Rosa Alarcon"],
        ["Ola Brekke"],
    )


@pytest.mark.parametrize(
    ("words", "country"),
    [
        ("The Kremlin", "RUS"),
        ("Beijing", "CHN"),
        ("The White House", "USA"),
        ("Downing Street", "GBR"),
        ("Lima", "PER"),
    ],
)
def test_seats_of_government_act_for_their_country(words: str, country: str) -> None:
    mention = only(f"{words} will host {OLA} on Monday.")
    assert (of(mention), mention.target[0].kind) == ((["NOR"], [country]), "state")


def test_the_two_sides_are_those_spoken_of_before() -> None:
    first, second = told(f"{ROSA} visited Norway on Monday. The two sides signed a treaty on fish.")
    assert (of(first), second.type) == ((["PER"], ["NOR"]), "SUPPORT")
    assert sorted(of(second)[0]) == ["NOR", "PER"]


def test_the_guest_is_the_visitor() -> None:
    _, second = told(f"{ROSA} will visit Norway on Monday. The guest will be received by {OLA}.")
    assert (second.source[0].name, second.target[0].name) == ("Rosa Alarcon", "Ola Brekke")


def test_a_counterpart_is_of_the_other_country() -> None:
    mention = only(f"In Oslo, {ROSA} met her counterpart, Ola Brekke, on Monday.")
    assert of(mention) == (["PER"], ["NOR"])


@pytest.mark.parametrize(
    ("words", "name", "role"),
    [
        ("Peruvian Minister of Trade and Fisheries Rosa Alarcon", "Rosa Alarcon", "minister"),
        ("The Secretary of State of Peru, Rosa Alarcon,", "Rosa Alarcon", "secretary state"),
        ("Peru's foreign minister, Dr. Rosa M. Alarcon,", "Rosa M. Alarcon", "foreign minister"),
        ("Peru President Rosa Alarcon", "Rosa Alarcon", "president"),
        ("The Foreign Minister of Peru Rosa Alarcon", "Rosa Alarcon", "foreign minister"),
        ("The Peruvian commander, General Rosa Alarcon,", "Rosa Alarcon", "general"),
    ],
)
def test_titles_of_many_words_and_initials(words: str, name: str, role: str) -> None:
    (actor,) = only(f"{words} will visit Norway on Monday.").source
    assert (actor.name, actor.country) == (name, "PER")
    assert (actor.role or "").startswith(role)


def test_the_first_word_of_a_sentence_is_no_part_of_a_name() -> None:
    text = f"{ROSA} was ill on Sunday. But Alarcon will visit Norway on Monday."
    assert only(text).source[0].name == "Rosa Alarcon"


def test_who_hosts_a_meeting_may_be_told_after_it() -> None:
    text = f"{OLA} met {ROSA} on Monday.\n\nAlarcon is on a two-day visit to Norway."
    assert [of(each) for each in told(text)] == [(["PER"], ["NOR"]), (["PER"], ["NOR"])]


# ---------------------------------------------------------------- offices without a country


def test_an_office_without_a_country_is_of_the_outlets_country() -> None:
    text = "Foreign Minister Rosa Alarcon will visit Norway on Monday. Chile and Peru export fish. Chile exports salt."
    assert of(only(text)) == (["CHL"], ["NOR"])
    assert of(only(text, publisher="Lima Courier")) == (["PER"], ["NOR"])
    assert of(only(text, final_url="https://courier.pe/1")) == (["PER"], ["NOR"])


def test_an_outlets_country_counts_only_where_the_article_names_it() -> None:
    text = "Foreign Minister Rosa Alarcon will visit Norway on Monday. Peru exports fish."
    assert of(only(text, publisher="Nairobi Courier")) == (["PER"], ["NOR"])


def test_who_visits_a_country_does_not_act_for_it() -> None:
    text = "Norway is cold. Norway is rich. Foreign Minister Rosa Alarcon will visit Oslo on Monday. Peru exports fish."
    assert of(only(text)) == (["PER"], ["NOR"])


def test_who_receives_a_guest_acts_for_the_place() -> None:
    text = f"{ROSA} was received by President Ola Brekke in Oslo on Monday."
    assert of(only(text)) == (["PER"], ["NOR"])


def test_the_spokesman_of_somebody_acts_for_the_same_country() -> None:
    text = f"{ROSA} stayed at home. Alarcon's deputy, Ines Quispe, visited Norway on Monday."
    assert of(only(text)) == (["PER"], ["NOR"])


def test_at_the_invitation_of_somebody_tells_the_host() -> None:
    text = (
        "At the invitation of the President of Norway, Ola Brekke, the Foreign Minister of Peru, Rosa Alarcon, "
        "will pay a visit to Oslo on Monday."
    )
    mention = only(text)
    assert (mention.source[0].name, of(mention)) == ("Rosa Alarcon", (["PER"], ["NOR"]))


@pytest.mark.parametrize(
    "sentence",
    [
        "Norwegian troops landed in Peru on Monday.",
        "The chief executive of Fjord Fisheries, Ola Brekke, will visit Peru.",
        "The farmers of Norway met the demand for fish.",
        "Norway sees Peru as a friend.",
        "Officials come to Norway every week.",
        "There was a series of phone calls between Peru and Norway.",
    ],
)
def test_no_event_without_political_actors(sentence: str) -> None:
    assert told(sentence) == []
