"""How sure a mention is: a table of log odds, made into a share."""

import pytest
from extraction import told

from transforms.extract.confidence import confidence, weights


def test_it_is_a_share() -> None:
    assert 0 < confidence(["no time", "several guesses"]) < confidence([]) < 1


def test_what_the_table_does_not_know_counts_for_nothing() -> None:
    assert confidence(["rule of thumb"]) == confidence([])


def test_the_order_of_features_does_not_matter() -> None:
    names = sorted(weights())
    assert confidence(names) == confidence(names[::-1])


@pytest.mark.parametrize("name", ["no time", "several guesses"])
def test_what_is_missing_or_guessed_lowers_it(name: str) -> None:
    assert weights()[name] < 0


def test_mentions_differ_in_it() -> None:
    sentences = [
        "Norway's president visited Peru on Monday.",
        "Norway's president may visit Peru.",
        "The president said on Tuesday that she would visit Peru in May.",
        "Norway and Peru signed a treaty.",
        "The foreign ministers of Norway and Peru spoke by phone, the ministry said.",
    ]
    assert len({each.confidence for sentence in sentences for each in told(sentence)}) >= 4
