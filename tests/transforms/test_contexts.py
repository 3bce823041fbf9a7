"""What an act is about, by words of its sentence."""

import pytest
from extraction import only

from transforms.extract.contexts import contexts


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("They signed a pact on drills of both navies.", ["military"]),
        ("They spoke of trade and of the price of oil.", ["economic", "resource"]),
        ("They spoke of nuclear power.", ["cbrn"]),
        ("They spoke of airports, armies of ants and sports.", []),
        ("They spoke.", []),
    ],
)
def test_words_tell_the_context(sentence: str, found: list[str]) -> None:
    assert contexts(sentence, 1) == found


def test_what_states_do_with_each_other_is_diplomatic() -> None:
    mention = only("Peruvian Foreign Minister Rosa Alarcon will visit Norway to speak about fisheries.")
    assert mention.contexts == ["diplomatic", "resource"]
