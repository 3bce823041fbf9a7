"""Which sentences are parsed: every one that can hold an event, told by its words."""

import pytest
from extraction import told
from hypothesis import given
from hypothesis import strategies as st

from transforms.extract.chooser import can_hold_an_event, lemmas, needs
from transforms.extract.rules import Rule, rules


@pytest.mark.parametrize(
    "sentence",
    [
        "The king of Norway visited Lima on Monday.",
        "She will be in Oslo on Friday.",
        "Peru and Norway signed a treaty.",
        "Soldiers opened fire on the crowd.",
        "He accepted the invitation.",
        "Police have arrested two lawmakers.",
        "It was called off.",
        "The trip was short, and this was put off.",
        "She is due in Oslo.",
        "He will go on Monday.",
        "Peru and Norway struck a deal.",
        "They spoke in a phone call.",
        "The minister will see the king.",
        "Gunmen attack a village in Peru.",
        "The crowd demand talks.",
        "A shell hit a school.",
    ],
)
def test_what_can_hold_an_event_is_chosen(sentence: str) -> None:
    assert can_hold_an_event(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Rain is likely, and cold winds too.",
        "Will the king visit Lima?",
        "Norway met Peru in the football final.",
        "The ministry has a new roof.",
        "It was hard to put up a tent.",
        "The match was in May, and late due to rain.",
        "He knew how to deal with them.",
        "It is seen as a wonder.",
        "They received a prize.",
        "Prices went down.",
        "Low foreign exchange worries people.",
    ],
)
def test_what_cannot_is_not(sentence: str) -> None:
    assert not can_hold_an_event(sentence)
    assert told(sentence) == []


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.name)
def test_every_trigger_of_every_rule_is_chosen_beside_what_it_needs(rule: Rule) -> None:
    asked = [sorted(each.words)[0] if each.words else " ".join(sorted(each.phrases[0])) for each in needs(rule)]
    for trigger in (*rule.verbs, *rule.nouns):
        assert can_hold_an_event(" ".join(["Norway", trigger, *asked])), trigger


@pytest.mark.parametrize("relation", ["subject", "object", "clause", "content", "owner", "near", "clause-subject"])
def test_a_relation_that_is_no_preposition_asks_for_no_word_of_its_name(relation: str) -> None:
    rule = rules()[0]._replace(name=f"asks by {relation}", needs=((relation, frozenset({"*"})),), negated=False)
    assert needs(rule) == ()


@given(st.text(max_size=200), st.text(max_size=50))
def test_more_words_have_more_lemmas(text: str, more: str) -> None:
    assert lemmas(text) <= lemmas(f"{text} {more}")
