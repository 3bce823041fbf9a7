import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from transforms.clean.plain import clean_plain, mend
from transforms.edits import restore

#: Whatever UTF-8 can hold, and the pieces that the rules look for.
ANY_TEXT = st.text(st.characters(codec="utf-8"))
PIECES = st.lists(
    st.sampled_from(
        ["# Heading", "\n", "\n\n", "\r\n", "\r", " ", "\x00", "\x1b[31m", "March 3, 2026", "(2nd L) stands.",
         "Original url:\n\n<https://a.example/b>", "the minister of finance said on Monday,", "and left.",
         "Photo: Agency", "â€™s", "- item", "Ünïcode"]
    )
).map("".join)  # fmt: skip


@given(st.one_of(ANY_TEXT, PIECES))
@example(
    "# A\r\n\r\nMarch 3, 2026\r\n\r\nText of it\r\n\r\nand more.\r\n\r\nOriginal url:\r\n\r\n<https://a.example/>\r\n"
)
def test_the_source_of_any_text_can_be_restored(source: str) -> None:
    plain = clean_plain(source)
    assert restore(plain.text, plain.removed) == source


@given(PIECES)
def test_no_paragraph_is_empty_or_padded(source: str) -> None:
    text = clean_plain(source).text
    assert not text or all(each and each == each.strip("\n") for each in text.split("\n\n"))


def reasons(source: str) -> list[str]:
    return [edit.reason for edit in clean_plain(source).removed]


def test_a_paragraph_that_breaks_inside_a_sentence_is_joined() -> None:
    plain = clean_plain("The prime minister said on Monday that\n\nhe would travel.\n\nHe did not say when.")
    assert plain.text == "The prime minister said on Monday that he would travel.\n\nHe did not say when."
    assert plain.removed[0].reason == "broken_paragraph"


@pytest.mark.parametrize(
    "source",
    [
        "The two ministers met on Monday.\n\nhttps is how the second paragraph begins.",  # a sentence ended
        "The two ministers met on Monday\n\nThe second begins like a sentence.",  # no lower case
        "Phones and tablets\n\niPhone sales fell in the spring.",  # a short heading
        "- a first point of a list in the text\n\n- another point",
    ],
)
def test_paragraphs_that_are_whole_stay_apart(source: str) -> None:
    assert clean_plain(source).text == source


def test_hand_wrapped_lines_are_joined() -> None:
    lines = (
        "The foreign minister of the island republic arrived on Tuesday for\n"
        "Talks on fishing rights, his second visit in a month, and was met by\n"
        "the mayor of the port."
    )
    assert clean_plain(lines).text == lines.replace("\n", " ")


def test_lines_that_are_paragraphs_become_paragraphs() -> None:
    assert clean_plain("One sentence stands here.\nAnother stands here.").text == (
        "One sentence stands here.\n\nAnother stands here."
    )


def test_a_heading_gives_the_title_and_stays_as_a_sentence() -> None:
    plain = clean_plain("# Ministers to meet\n\nThe ministers will meet on Friday.")
    assert (plain.title, plain.text) == ("Ministers to meet", "Ministers to meet\n\nThe ministers will meet on Friday.")


@pytest.mark.parametrize(
    "line", ["March 3, 2026", "3 March 2026", "Tuesday, March 3, 2026", "2026-03-03", "Mar. 3, 2026"]
)
def test_a_line_that_is_a_date_gives_the_day_and_goes(line: str) -> None:
    plain = clean_plain(f"# Ministers to meet\n\n{line}\n\nThe ministers will meet on Friday.")
    assert plain.day == "2026-03-03"
    assert line not in plain.text


def test_a_date_that_no_calendar_holds_stays() -> None:
    assert clean_plain("February 31, 2026\n\nThe ministers met.").day is None


def test_the_address_that_a_text_was_taken_from_goes() -> None:
    assert clean_plain("The ministers met.\n\nOriginal url:\n\n<https://a.example/b>").text == "The ministers met."


@pytest.mark.parametrize(
    "caption",
    [
        "President Ana Keller (2nd R) greets the crew at the harbour of Lome on March 3, 2026.",
        "Foreign Minister Ana Keller (left) with the mayor of the port",
        "Ana Keller and Boris LundPhoto: not provided / Harbour News",
    ],
)
def test_the_words_under_a_picture_are_a_caption(caption: str) -> None:
    plain = clean_plain(f"{caption}\n\nThe two presidents met on Tuesday.\n\nThey will meet again.")
    assert plain.captions == [caption]
    assert plain.text == "The two presidents met on Tuesday.\n\nThey will meet again."


def test_a_party_in_brackets_makes_no_caption() -> None:
    source = "Senator Ana Keller (R) voted against the treaty.\n\nSenator Boris Lund (D) was absent."
    assert clean_plain(source).text == source


def test_control_characters_go_and_are_recorded() -> None:
    plain = clean_plain("The minister\x00 left\x1b[31m early.")
    assert plain.text == "The minister left early."
    assert {edit.reason for edit in plain.removed} == {"control_character"}


def test_mojibake_is_mended_before_its_halves_are_taken_for_control_characters() -> None:
    assert clean_plain("Президент".encode().decode("latin-1") + " spoke.").text == "Президент spoke."


@pytest.mark.parametrize(
    "line", ["Curaçao, Åland and São Tomé", "“quotes” – and dashes…", "¿Qué? ¡Ñandú!", "1 × 2 ± 3"]
)
def test_text_that_is_right_is_not_mended(line: str) -> None:
    assert mend(line) == line


def test_nothing_is_changed_in_a_text_that_is_clean() -> None:
    assert reasons("The ministers met.\n\nThey will meet again.") == []
