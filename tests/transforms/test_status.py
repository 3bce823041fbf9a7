"""How far an event has come, as its sentence says. One line of docs/events.md or of the annotation rules a case."""

import pytest
from extraction import only, told

WHO = "Peruvian Foreign Minister Rosa Alarcon"


@pytest.mark.parametrize(
    ("sentence", "status"),
    [
        (f"{WHO} may visit Norway in May.", "possible"),
        (f"{WHO} could travel to Norway in May, two diplomats said.", "possible"),
        (f"{WHO} is considering a visit to Norway.", "possible"),
        (f"The port was painted ahead of a visit by {WHO} to Norway.", "planned"),
        (f"{WHO} hopes to visit Norway in May.", "possible"),
        (f"{WHO} will visit Norway in May.", "planned"),
        (f"{WHO} plans to visit Norway in May.", "planned"),
        (f"{WHO} is to visit Norway in May.", "planned"),
        (f"{WHO} is due to visit Norway in May.", "planned"),
        (f"{WHO} is expected to visit Norway in May.", "planned"),
        (f"{WHO} has agreed to visit Norway in May.", "planned"),
        (f"A visit by {WHO} to Norway is scheduled for May.", "planned"),
        (f"Fish will be on the table in a planned visit by {WHO} to Norway.", "planned"),
        (f"{WHO} visited Norway on Monday.", "happened"),
        (f"{WHO} has visited Norway twice.", "happened"),
        (f"{WHO} paid a visit to Norway on Monday.", "happened"),
        (f"{WHO} is on a four-day visit to Norway.", "ongoing"),
        (f"{WHO} arrived in Norway on Wednesday for a three-day visit.", "ongoing"),
        (f"{WHO} has postponed a visit to Norway.", "postponed"),
        (f"A visit to Norway by {WHO} has been put off until May.", "postponed"),
        (f"{WHO} has cancelled a visit to Norway.", "cancelled"),
        (f"Norway called off a visit by {WHO}.", "cancelled"),
        (f"Norway's government denied that {WHO} had visited Norway.", "denied"),
        (f"Norway's government denied that {WHO} would visit Norway in May.", "denied"),
        (f"Norway invited {WHO} to visit Oslo in May.", "requested"),
        (f"Norway proposed a meeting with {WHO}.", "requested"),
    ],
)
def test_words_and_tense_tell_the_status(sentence: str, status: str) -> None:
    assert only(sentence, type="CONSULT").status == status


@pytest.mark.parametrize(
    ("sentence", "status"),
    [
        (f"Peru's Foreign Ministry said that {WHO} will visit Norway in May.", "confirmed"),
        (f"Norway's Foreign Ministry confirmed that {WHO} would visit Oslo in May.", "confirmed"),
        (f"The visit of {WHO} to Norway was announced by the government in Oslo.", "confirmed"),
        (f"Peru's Foreign Ministry said that {WHO} plans to visit Norway in May.", "planned"),
        (f"A ministry source said that {WHO} will visit Norway in May.", "planned"),
        (f"An aide said that {WHO} will visit Norway in May.", "planned"),
        (f"Norway has yet to confirm a visit by {WHO}.", "planned"),
    ],
)
def test_only_an_official_body_that_settles_it_confirms(sentence: str, status: str) -> None:
    assert only(sentence).status == status


def test_the_outlet_that_is_a_party_confirms_in_its_own_voice() -> None:
    text = f"{WHO} will visit Norway in May."
    assert only(text, publisher="Press Service of the Ministry of Foreign Affairs of Peru").status == "confirmed"
    assert only(text, publisher="The Harbour Post").status == "planned"


@pytest.mark.parametrize(
    ("sentence", "status"),
    [
        (f"Norway's ministry denied that a visit by {WHO} had been cancelled.", "planned"),
        (f"Norway's ministry denied that {WHO} had postponed a visit to Oslo.", "planned"),
        (f"A visit to Norway by {WHO} has not been cancelled.", "planned"),
        (f"A visit to Norway by {WHO} could be postponed.", "possible"),
        (f"{WHO} did not rule out a visit to Norway.", "possible"),
        (f"{WHO} ruled out a visit to Norway.", "denied"),
        (f"No visit by {WHO} to Norway is planned.", "denied"),
    ],
)
def test_the_outermost_word_wins_and_denials_nest(sentence: str, status: str) -> None:
    assert only(sentence).status == status


@pytest.mark.parametrize(
    "sentence",
    [
        f"Will {WHO} visit Norway in May?",
        f"If {WHO} visits Norway in May, the strait will be on the table.",
        f"Unless {WHO} visits Norway, nothing will change.",
        f"{WHO} said on Monday that the strait belonged to nobody.",
        f"{WHO} spoke of warm ties with Norway.",
        f"{WHO} thinks that Norway is right.",
        f"{WHO} advised farmers to go to Norway.",
        f"Imagine {WHO} travelling to Norway.",
        "Travel to Norway while it is cold.",
        f"Norway welcomed the words of {WHO}.",
        f"{WHO} told a news conference that Norway was a friend.",
        "Peruvian midfielder Ada Quill will travel to Norway with the squad.",
        "The chief executive of Fjord Fisheries, Ola Brekke, will visit Peru in May.",
    ],
)
def test_no_event_from_questions_conditions_opinions_and_words_alone(sentence: str) -> None:
    assert told(sentence) == []


def test_two_speakers_give_one_visit_two_statuses() -> None:
    text = f"Peru's Foreign Ministry said that {WHO} will visit Norway in May. Norway's ministry denied the visit."
    assert [each.status for each in told(text)] == ["confirmed", "denied"]


def test_who_accepts_an_invitation_will_come() -> None:
    text = f"Norway invited {WHO} to Oslo in May, and Alarcon accepted."
    assert only(text, type="CONSULT").status == "planned"


def test_it_was_called_off_means_the_visit_told_before() -> None:
    text = f"{WHO} planned to visit Norway in May. It was called off on Monday."
    first, second = told(text)
    assert (second.status, second.mode, second.source, second.place_country) == (
        "cancelled",
        "visit",
        first.source,
        "NOR",
    )
