"""Which time is an event's: docs/events.md, "Time", and annotation rules 15 to 18. Today is Thursday, 5 March 2026."""

import pytest
from extraction import only, told

from schemas import Mention

ROSA = "Peruvian Foreign Minister Rosa Alarcon"
OLA = "Norwegian President Ola Brekke"


def days(mention: Mention) -> str:
    """Return the time as first..last, one day as itself, `-` for none."""
    first, last = mention.start_date, mention.end_date
    if first is None and last is None:
        return "-"
    return str(first) if first == last else f"{first or ''}..{last or ''}"


@pytest.mark.parametrize(
    ("sentence", "time"),
    [
        (f"{ROSA} will visit Norway on Monday.", "2026-03-09"),
        (f"{ROSA} visited Norway on Monday.", "2026-03-02"),
        (f"On Monday {ROSA} visited Norway.", "2026-03-02"),
        (f"{ROSA} will visit Norway on Monday morning.", "2026-03-09"),
        (f"{ROSA} will visit Norway on March 20-22.", "2026-03-20..2026-03-22"),
        (f"{ROSA} will visit Norway in October.", "2026-10-01..2026-10-31"),
        (f"{ROSA} visited Norway in October.", "2025-10-01..2025-10-31"),
        (f"{ROSA} will visit Norway next week.", "2026-03-09..2026-03-15"),
        (f"{ROSA} will visit Norway before the end of the month.", "..2026-03-31"),
        (f"{ROSA} will pay a four-day visit to Norway from Monday.", "2026-03-09..2026-03-12"),
        (f"{ROSA} will begin a two-day visit to Norway on Monday.", "2026-03-09..2026-03-10"),
        (f"{ROSA} is on a visit to Norway that began on Tuesday.", "2026-03-03.."),
        (f"A visit to Norway by {ROSA} is planned for May 3.", "2026-05-03"),
        (f"{ROSA} has a visit to Norway planned for May 3.", "2026-05-03"),
        (f"{ROSA} will visit Norway when the fair opens on May 3.", "2026-05-03"),
        (f"{ROSA} plans to visit Norway.", "-"),
        (f"{ROSA} will visit Norway soon.", "-"),
    ],
)
def test_the_words_at_the_event_are_its_time(sentence: str, time: str) -> None:
    assert days(only(sentence)) == time


@pytest.mark.parametrize(
    "sentence",
    [
        f"{ROSA} will visit Norway, her ministry said on Wednesday.",
        f"On Wednesday the ministry in Lima said that {ROSA} will visit Norway.",
        f"{ROSA}, who was born on May 3, will visit Norway.",
        f"{ROSA} will visit Norway to speak about Monday's storm.",
        f"{ROSA} decided on Monday to visit Norway.",
        f"{ROSA} will make her first visit to Norway in three years.",
    ],
)
def test_the_time_of_other_things_is_not_its_time(sentence: str) -> None:
    assert days(only(sentence)) == "-"


@pytest.mark.parametrize(
    ("sentence", "time"),
    [
        (f"{ROSA} has postponed next week's visit to Norway.", "-"),
        (f"{ROSA} has postponed a visit to Norway that was planned for Monday.", "-"),
        (f"{ROSA} has postponed a visit to Norway to May 3.", "2026-05-03"),
        (f"{ROSA} has put off a visit to Norway until May 3.", "2026-05-03"),
        (f"On Wednesday {ROSA} postponed a visit to Norway.", "-"),
        (f"{ROSA} has cancelled next week's visit to Norway.", "2026-03-09..2026-03-15"),
        (f"On Wednesday {ROSA} cancelled a visit to Norway that was planned for May 3.", "2026-05-03"),
        (f"Norway's ministry denied on Wednesday that {ROSA} would visit Oslo in May.", "2026-05-01..2026-05-31"),
    ],
)
def test_put_off_has_the_new_date_and_called_off_the_old_one(sentence: str, time: str) -> None:
    assert days(only(sentence)) == time


@pytest.mark.parametrize(
    ("text", "times"),
    [
        (f"{ROSA} and {OLA} met in Oslo on Monday and signed a treaty.", ["2026-03-02", "2026-03-02"]),
        (f"{ROSA} visited Oslo on Monday, where she signed a treaty with Norway.", ["2026-03-02", "2026-03-02"]),
        (f"{ROSA} will visit Norway on Monday. She will meet {OLA}.", ["2026-03-09", "2026-03-09"]),
        (f"{ROSA} visited Norway on Monday. She will visit Chile.", ["2026-03-02", "-"]),
        (f"{ROSA} visited Norway on Monday. She will receive {OLA} in Lima.", ["2026-03-02", "-"]),
        (f"{ROSA} will visit Norway on Monday.\n\nShe will meet {OLA}.", ["2026-03-09", "-"]),
    ],
)
def test_one_scene_shares_its_time_inside_a_paragraph(text: str, times: list[str]) -> None:
    assert [days(each) for each in told(text)] == times


def test_lines_under_a_heading_have_its_time() -> None:
    text = "Norway and Peru signed papers in May\n\nNorway and Peru signed a protocol on fish.\n\nNorway left early."
    assert [days(each) for each in told(text)] == ["2025-05-01..2025-05-31"] * 2


def test_the_next_heading_ends_the_time_of_the_one_before() -> None:
    text = "Norway and Peru signed papers in May\n\nWhat is left\n\nNorway and Peru signed a protocol on fish."
    assert [days(each) for each in told(text)] == ["2025-05-01..2025-05-31", "-"]


def test_a_day_after_counts_from_the_clause_before() -> None:
    text = f"The ministry in Lima opened an inquiry on Wednesday, two days after {ROSA} met {OLA} in Oslo."
    assert days(only(text, type="CONSULT")) == "2026-03-02"


def test_the_anchor_is_the_day_of_the_outlet() -> None:
    text = f"{ROSA} will visit Norway tomorrow."
    assert (days(only(text, "2026-03-05")), days(only(text, "2026-12-31"))) == ("2026-03-06", "2027-01-01")


def test_words_and_basis_are_kept() -> None:
    mention = only(f"{ROSA} will visit Norway on Monday.")
    assert (mention.when_text, mention.when_basis, mention.granularity) == ("Monday", "next after publication", "day")
