"""Trees that the model draws wrongly where a clause stands between subject and verb."""

from extraction import of, only, tree

from transforms.extract.mending import mended

SENTENCE = "Two Chilean fishermen whom the Peruvian coast guard seized in November were freed on Thursday."


def test_whom_a_clause_between_speaks_of_is_who_suffers_both_verbs() -> None:
    assert of(only(SENTENCE, type="COERCE")) == (["PER"], ["CHL"])
    assert of(only(SENTENCE, type="RETREAT"))[1] == ["CHL"]


def test_words_and_offsets_stay_and_a_mended_tree_has_nothing_to_mend() -> None:
    drawn = tree(SENTENCE)
    once = mended(drawn)
    assert [(each.text, each.start) for each in once.tokens] == [(each.text, each.start) for each in drawn.tokens]
    assert once.tokens != drawn.tokens
    assert mended(once).tokens == once.tokens


def test_a_sound_tree_is_left_alone() -> None:
    sound = tree("The men whom Peru freed on Monday came home.")
    assert mended(sound) is sound
