"""Where: cities and countries of a report, and what a scene shares."""

import pytest
from extraction import TODAY, only, told

from transforms.extract.countries import body_country, country_of, home_of, is_capital
from transforms.extract.where import ALONE, locate

ROSA = "Peruvian Foreign Minister Rosa Alarcon"
OLA = "Norwegian President Ola Brekke"


@pytest.mark.parametrize(
    ("sentence", "place", "country"),
    [
        (f"{ROSA} will visit Norway on Monday.", None, "NOR"),
        (f"{ROSA} will visit Oslo on Monday.", "Oslo", "NOR"),
        (f"{ROSA} will visit Bergen in Norway on Monday.", "Bergen", "NOR"),
        (f"{ROSA} and {OLA} met in Geneva on Monday.", "Geneva", "CHE"),
        (f"{ROSA} will visit the Norwegian capital on Monday.", "Oslo", "NOR"),
        ("Norway and Peru signed a treaty on fish in Oslo on Monday.", "Oslo", "NOR"),
        (f"{ROSA} phoned {OLA} on Monday.", None, None),
        ("Norway and Peru agreed to share data.", None, None),
    ],
)
def test_a_report_has_the_city_or_the_country_it_names(sentence: str, place: str | None, country: str | None) -> None:
    mention = only(sentence)
    assert (mention.place, mention.place_country) == (place, country)


def test_a_city_has_its_coordinates() -> None:
    mention = only(f"{ROSA} will visit Oslo on Monday.")
    assert mention.latitude == pytest.approx(59.9, abs=0.1)
    assert mention.longitude == pytest.approx(10.7, abs=0.1)
    assert mention.geonames_id == 3143244


def test_a_place_is_shared_by_the_scene() -> None:
    text = f"{ROSA} visited Oslo on Monday.\n\nNorway and Peru signed a treaty on fish."
    assert [each.place for each in told(text)] == ["Oslo", "Oslo"]


def test_a_place_is_not_shared_with_another_time() -> None:
    text = f"{ROSA} visited Oslo on Monday.\n\nNorway and Peru will sign a treaty on fish in May."
    assert [each.place for each in told(text)] == ["Oslo", None]


def test_a_visit_that_was_called_off_is_no_place_of_another_meeting() -> None:
    text = f"{ROSA} and {OLA} met on Monday.\n\nA visit by Alarcon to Oslo was cancelled."
    assert [(each.status, each.place) for each in told(text)] == [("happened", None), ("cancelled", "Oslo")]


def test_the_dateline_is_the_place_of_what_is_signed_in_its_sentence() -> None:
    mention = only("OSLO, March 5 (HPA) – Norway and Peru signed a treaty on fish on Thursday.")
    assert (mention.place, mention.start_date) == ("Oslo", TODAY)


def test_the_dateline_counts_for_the_whole_article() -> None:
    mention = only(f"OSLO – Snow fell on Sunday.\n\n{ROSA} and {OLA} met on Monday.")
    assert (mention.target[0].name, mention.place_country) == ("Ola Brekke", "NOR")


def test_the_dateline_tells_who_hosts() -> None:
    mention = only(f"OSLO – {ROSA} and {OLA} met on Monday.")
    assert (mention.source[0].name, mention.target[0].name, mention.place_country) == (
        "Rosa Alarcon",
        "Ola Brekke",
        "NOR",
    )


@pytest.mark.parametrize(
    ("name", "country", "found"),
    [("Oslo", None, "NOR"), ("Valencia", "ESP", "ESP"), ("Valencia", None, "VEN"), ("Alarcon", None, None)],
)
def test_the_largest_city_of_a_name_or_that_of_the_country(name: str, country: str | None, found: str | None) -> None:
    place = locate(name, country)
    assert (place.country if place else None) == found


def test_small_towns_need_a_country() -> None:
    assert ALONE > 20_000
    assert locate("Roskilde") is None
    assert locate("Roskilde", "DNK") is not None


@pytest.mark.parametrize("name", ["mid", "MID", "the", "Monday", ""])
def test_words_and_codes_of_airports_are_no_cities(name: str) -> None:
    assert locate(name) is None


def test_words_for_countries() -> None:
    assert [country_of(each) for each in ("Peru", "the Kremlin", "Peruvian", "Springfield")] == [
        "PER",
        "RUS",
        "PER",
        None,
    ]
    assert (is_capital("Lima"), is_capital("Arequipa"), body_country("Xinhua")) == (True, False, "CHN")


@pytest.mark.parametrize(
    ("publisher", "url", "home"),
    [
        ("Lima Courier", "", "PER"),
        ("Ministry of Foreign Affairs of Norway", "", "NOR"),
        ("The Courier", "https://news.courier.no/1", "NOR"),
        ("The Courier", "https://courier.io/1", None),
        ("The Courier", "https://courier.com/1", None),
        ("The Courier", "document:courier/1", None),
    ],
)
def test_an_outlet_is_at_home_where_its_name_or_domain_says(publisher: str, url: str, home: str | None) -> None:
    assert home_of(publisher, url) == home
