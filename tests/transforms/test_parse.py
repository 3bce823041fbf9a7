"""Sentences with their offsets, datelines and headings; trees parsed once a wording."""

from collections.abc import Iterable, Iterator

import pytest
from extraction import tree
from hypothesis import given
from hypothesis import strategies as st

from transforms.extract.parse import MAX_TEXT, Parser, Token, Tree, load, split
from transforms.extract_events import MODEL


def bodies(text: str) -> list[str]:
    return [text[each.body : each.end] for each in split(text)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("She left. He stayed.", ["She left.", "He stayed."]),
        ("Mr. Brekke met Gen. Quispe. They spoke.", ["Mr. Brekke met Gen. Quispe.", "They spoke."]),
        ("The U.S. envoy left on Sept. 3. He was late.", ["The U.S. envoy left on Sept. 3.", "He was late."]),
        ("“Good,” she said. “We agree.”", ["“Good,” she said.", "“We agree.”"]),
        ("Fish prices fall\nNorway signs", ["Fish prices fall", "Norway signs"]),
        ("• First point.\n- Second point.", ["First point.", "Second point."]),
        ("", []),
        (" \n\n ", []),
    ],
)
def test_sentences_end_at_full_stops_and_lines(text: str, sentences: list[str]) -> None:
    assert bodies(text) == sentences


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("OSLO, March 5 (HPA) – Norway signed.", "OSLO"),
        ("BERGEN, Norway (HPA) – Norway signed.", "BERGEN"),
        ("OSLO – Norway signed.", "OSLO"),
        ("Oslo, March 5 (HPA) - Norway signed.", "Oslo"),
        ("Oslo – a quiet town – woke late.", ""),
        ("NATO – led forces left.", "NATO"),
    ],
)
def test_a_dateline_is_a_town_in_capitals_or_with_its_day(text: str, place: str) -> None:
    assert split(text)[0].dateline == place


def test_a_line_without_a_full_stop_is_a_heading() -> None:
    assert [each.heading for each in split("What was signed\nNorway signed.\n“We agree.”")] == [True, False, False]


@given(st.text(alphabet=st.sampled_from("Aab .?!\n“”\"'()–-•,;0"), max_size=200))
def test_sentences_cover_every_word_in_order(text: str) -> None:
    found, end = split(text), 0
    for each in found:
        assert end <= each.start <= each.body < each.end <= len(text)
        end = each.end
    covered = "".join(text[each.start : each.end] for each in found)
    assert [each for each in covered if each.isalnum()] == [each for each in text if each.isalnum()]


def test_texts_are_read_up_to_a_limit() -> None:
    assert split("Go. " * MAX_TEXT)[-1].end <= MAX_TEXT


def test_a_tree_knows_heads_conjuncts_and_offsets() -> None:
    parsed = tree("Norway and Peru signed a treaty.")
    signed = next(n for n in range(len(parsed)) if parsed[n].text == "signed")
    (first,) = parsed.children(signed, "nsubj")
    assert [parsed[each].text for each in parsed.conjuncts(first)] == ["Norway", "Peru"]
    assert parsed.words(parsed.below(first)) == "Norway and Peru"
    assert all(parsed.text[each.start : each.end] == each.text for each in parsed.tokens)


class Counting:
    """A reader that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts: Iterable[str]) -> Iterator[Tree]:
        for text in texts:
            self.asked.append(text)
            yield Tree(text, [Token(text, text.lower(), "NN", "ROOT", 0, 0, len(text))])


def test_each_wording_is_parsed_once() -> None:
    reader = Counting()
    parser = Parser(reader)
    assert [each.text for each in parser.parse(["a", "b", "a"])] == ["a", "b", "a"]
    assert [each.text for each in parser.parse(["b", "c"])] == ["b", "c"]
    assert reader.asked == ["a", "b", "c"]


def test_the_cache_is_bounded_and_forgets_the_oldest() -> None:
    reader = Counting()
    parser = Parser(reader, size=2)
    for text in ("a", "b", "c", "c", "a"):
        parser.parse([text])
    assert reader.asked == ["a", "b", "c", "a"]


def test_more_texts_than_the_cache_holds_are_all_answered() -> None:
    assert [each.text for each in Parser(Counting(), size=1).parse(["a", "b", "c"])] == ["a", "b", "c"]


def test_whoever_multiplies_the_matrices_the_trees_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = ["Norway and Peru signed a treaty in Lima on Monday.", "Police arrested two lawmakers who had fled."]
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", threads)
        found.append([each.tokens for each in load(MODEL)(sentences)])
    assert found[0] == found[1]
