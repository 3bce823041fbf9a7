"""What makes two articles the same piece of news, and what the copy is then called."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import MONDAY

from transforms.deduplicate.shingles import hashed_words, shingles, signature_of, words
from transforms.deduplicate.similarity import (
    HOUR_US,
    Groups,
    Known,
    Text,
    compare,
    is_same_news,
    read_text,
    relation_of,
)

VOCABULARY = [
    f"{first}{second}"
    for first in ("har", "lib", "tram", "bak", "coun", "riv")
    for second in ("bour", "ster", "ket", "ern", "ley")
]

#: Forty sentences without a run of words in common.
SENTENCES = [" ".join(random.Random(number).sample(VOCABULARY, 14)).capitalize() + "." for number in range(40)]


def story(first: int, last: int, *, lead: str = "") -> str:
    """Return the sentences from `first` to `last` as paragraphs, under a lead."""
    return "\n\n".join(filter(None, [lead, *SENTENCES[first:last]]))


def edited(text: str) -> str:
    """Return a text with every fourth sentence written anew."""
    parts = text.split("\n\n")
    return "\n\n".join(
        f"In edition {at} of the paper somebody wrote this sentence anew and nobody noticed." if at % 4 == 3 else part
        for at, part in enumerate(parts)
    )


def a_text(
    text: str, *, number: int = 1, hours: float = 0, publisher: str = "Ledger", title: str = "One title"
) -> Text:
    published = MONDAY + int(hours * HOUR_US)
    return read_text(Known(f"{number:016x}", 1, publisher, published, title, text, "", ""))


def named(text: str, canonical: str, **changes: Any) -> str:
    """Return the name of a relation, having checked that the two are the same news."""
    copy, original = a_text(text, number=2, **changes), a_text(canonical)
    assert is_same_news(copy, original)
    return relation_of(copy, original)


def test_the_same_words_are_exact_whatever_their_case_and_spaces() -> None:
    text = story(0, 8)
    assert named(text.upper().replace("\n\n", " "), text, publisher="Post") == "exact"


def test_light_edits_by_another_outlet_are_syndicated() -> None:
    text = story(0, 8)
    assert named(edited(text), text, publisher="Post", title="Another") == "syndicated"


def test_half_of_another_outlets_text_is_an_excerpt() -> None:
    assert named(story(0, 4), story(0, 8), publisher="Post") == "excerpt"


def test_the_outlets_own_text_and_more_is_appended() -> None:
    assert named(story(0, 12), story(0, 8), hours=2) == "appended"


def test_a_shorter_text_that_comes_later_is_an_excerpt() -> None:
    assert named(story(0, 6), story(0, 12), hours=2) == "excerpt"


def test_the_outlets_own_text_edited_is_updated() -> None:
    text = story(0, 8)
    assert named(edited(text), text, hours=2) == "updated"


TEMPLATE = story(0, 6)


@pytest.mark.parametrize(
    ("what", "changes"),
    {
        "a notice of the next day in the same words": {"hours": 24, "title": "Roads on Tuesday"},
        "a notice of the next week under the same title": {"hours": 168},
    }.items(),
)
def test_a_template_is_not_the_same_news(what: str, changes: dict[str, Any]) -> None:
    leads = [
        f"{day} brings {sky} to the coast and {road} inland, {who} said."
        for day, sky, road, who in (
            ("Monday", "rain", "snow", "the weather office"),
            ("Tuesday", "sun", "fog", "a forecaster of the service"),
        )
    ]
    first, second = (story(0, 6, lead=f"{lead} {lead}") for lead in leads)
    assert compare(a_text(first), a_text(second)).jaccard > 0.5
    assert not is_same_news(a_text(first), a_text(second, number=2, **changes)), what


def test_a_new_development_before_old_background_is_not_the_same_news() -> None:
    lead = " ".join(f"Word{number} stands for something that nobody had heard of before." for number in range(6))
    old, new = a_text(story(0, 8)), a_text(story(0, 8, lead=lead), number=2, hours=3, title="Quite different now")
    assert compare(old, new).containment == 1
    assert not is_same_news(old, new)


def test_another_outlets_text_of_next_week_must_be_closer() -> None:
    first, half = story(0, 8), story(3, 11)
    assert is_same_news(a_text(first), a_text(half, number=2, publisher="Post", hours=20))
    assert not is_same_news(a_text(first), a_text(half, number=2, publisher="Post", hours=200))


def test_scripts_without_spaces_are_compared_by_letter() -> None:
    text = "首相は四月に東京を訪れると外務省が発表した。訪問は三日間の予定である。"
    assert len(shingles(text)) > 20
    assert compare(a_text(text), a_text(text[:24])).containment == 1


@given(st.lists(st.text("aB é_9京สß,.\n\U00020000", max_size=4), max_size=8).map(" ".join) | st.text())
def test_a_text_is_hashed_word_by_word(text: str) -> None:
    found = list(words(text))
    hashed = hashed_words(text.casefold()).tolist()
    assert len(hashed) == len(found)
    assert len(set(hashed)) == len(set(found)) == len(set(zip(found, hashed, strict=True)))


def test_the_order_of_words_and_where_they_end_count() -> None:
    texts = ["ab c", "a bc", "abc", "c ab", "ba c", "cb a", "ab  C"]
    assert len({tuple(shingles(text).tolist()) for text in texts}) == len(texts) - 1


def test_a_part_of_a_text_has_a_part_of_its_signature() -> None:
    whole, part = signature_of(story(0, 40)), signature_of(story(0, 20))
    reach = min(whole[-1], part[-1])
    shared = set(whole) & set(part)
    assert len(shared) >= 0.95 * sum(each <= reach for each in part)


@given(st.permutations([("a", "b"), ("c", "d"), ("b", "e"), ("f", "d"), ("g", "g")]))
def test_groups_do_not_depend_on_the_order_in_which_they_grow(pairs: list[tuple[str, str]]) -> None:
    groups = Groups(pairs)
    assert [groups.find(each) for each in "abcdefg"] == ["a", "a", "c", "c", "a", "c", "g"]
