"""A language model that embeds each distinct word once gives what it gave before, to the last bit."""

import importlib

import pytest
from spacy.language import Language
from thinc.api import Model, use_ops

from transforms.extract.embedding import embed_once
from transforms.extract_events import MODEL

SENTENCES = [
    "The king met the queen, and the queen left.",
    "Peru and Norway signed a treaty in Lima.",
    "The the 3 $",
    "",
]


def model() -> Language:
    with use_ops("numpy"):
        return importlib.import_module(MODEL).load(exclude=["ner", "lemmatizer", "attribute_ruler"])


def embed_of(language: Language) -> Model:
    return language.get_pipe("tok2vec").model.get_ref("embed")


@pytest.fixture(scope="module")
def both() -> tuple[Language, Language]:
    plain, changed = model(), model()
    embed_once(embed_of(changed))
    return plain, changed


def test_what_it_gives_is_the_same_to_the_last_bit(both: tuple[Language, Language]) -> None:
    docs = [both[0].make_doc(each) for each in SENTENCES]
    plain, changed = (embed_of(each).predict(docs) for each in both)
    assert [each.tobytes() for each in plain] == [each.tobytes() for each in changed]


def test_each_distinct_row_is_looked_up_once(both: tuple[Language, Language]) -> None:
    once = embed_of(both[1]).layers[2]
    seen = []
    mixing = once.layers[1]
    once.layers[1] = Model(
        "counting", lambda _, rows, is_train: (seen.append(len(rows.data)), mixing(rows, is_train))[1]
    )
    try:
        embed_of(both[1]).predict([both[1].make_doc(" ".join(["king"] * 50))])
    finally:
        once.layers[1] = mixing
    assert seen == [2]  # one is followed by no space


def test_a_model_that_embeds_words_in_another_way_stays_as_it_is() -> None:
    other = Model("other", lambda *_: None, layers=[Model("only", lambda *_: None)])
    embed_once(other)
    assert [each.name for each in other.layers] == ["only"]
