"""Nothing is tuned to the sample: another newsroom of other people, countries, cities and days has the same events."""

import io
import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from evenings import Light, Row
from first_light import run_day, sources
from newsroom.serve import Newsroom, serving
from newsroom.stories import NAMES
from rich.console import Console

from transforms.extract.countries import country_of

RENAMED = Path(__file__).with_name("renamed.toml")

#: What is neither a name nor a day, and must be the same.
SAME = ("type", "mode", "status", "granularity", "mentions", "articles", "independent_articles", "publishers",
        "conflict", "cameo", "quad_class", "goldstein")  # fmt: skip


@pytest.fixture(name="renamed", scope="module")
def the_renamed_newsroom_on_three_evenings(tmp_path_factory: pytest.TempPathFactory) -> Light:
    lake = tmp_path_factory.mktemp("renamed") / "lake"
    newsroom = Newsroom(RENAMED)
    with serving(newsroom, port=0) as site, sources(site) as file:
        for newsroom.day in (1, 2, 3):
            run_day(newsroom, file, lake, Console(file=io.StringIO()))
    return Light(lake, 0)


class Renaming:
    """From the names and days of the sample to those of the other table."""

    def __init__(self) -> None:
        ours, theirs = (tomllib.loads(path.read_text(encoding="utf-8")) for path in (NAMES, RENAMED))
        self.shift: timedelta = theirs.pop("start") - ours.pop("start")
        self.names = {ours[key][part]: theirs[key][part] for key in ours for part in ours[key]}
        self.countries = {country_of(ours[key]["name"]): country_of(theirs[key]["name"]) for key in ours}
        self.countries[None] = None

    def name(self, name: str | None) -> str | None:
        return self.names.get(name, name) if name else None

    def day(self, day: date | None, granularity: str | None) -> date | None:
        """Return the other day; of a month's first or last day that of the other month."""
        if day is None:
            return None
        if granularity != "month":
            return day + self.shift
        first = (day.replace(day=1) + self.shift).replace(day=1)
        return first if day.day == 1 else (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)

    def actor(self, actor: Row) -> tuple[object, ...]:
        return self.name(actor["name"]), actor["role"], self.countries[actor["country"]], actor["kind"]


class Unchanged(Renaming):
    """The same, for the table that is renamed already."""

    def __init__(self) -> None:
        super().__init__()
        self.shift = timedelta()
        self.names = {}
        self.countries = {code: code for code in [*self.countries, *self.countries.values()]}


def outline(event: Row, to: Renaming) -> tuple[object, ...]:
    """Return what an event says, renamed."""
    return (
        *(event[key] for key in SAME),
        tuple(sorted(map(to.actor, event["source"]), key=repr)),
        tuple(sorted(map(to.actor, event["target"]), key=repr)),
        to.day(event["start_date"], event["granularity"]),
        to.day(event["end_date"], event["granularity"]),
        to.name(event["place"]),
        to.countries[event["place_country"]],
        tuple((change["status"], change["reported"] + to.shift) for change in event["status_history"]),
    )


def outlines(light: Light, to: Renaming) -> list[tuple[object, ...]]:
    return sorted((outline(event, to) for event in light.rows("events")), key=repr)


def readings(light: Light) -> list[tuple[object, ...]]:
    """Return how each mention was read, without its names and days."""
    keys = ("type", "mode", "status", "trigger", "when_basis", "granularity", "rule", "confidence")
    return sorted((tuple(mention[key] for key in keys) for mention in light.rows("mentions")), key=repr)


def test_the_other_table_renames_every_actor_country_city_and_day() -> None:
    to = Renaming()
    assert to.shift.days % 7
    assert len(to.names) == 11 * 5
    assert not set(to.names) & set(to.names.values())
    assert None not in set(to.countries) - {None}
    assert not (set(to.countries) & set(to.countries.values())) - {None}


def test_the_same_events_are_found_under_other_names(light: Light, renamed: Light) -> None:
    assert outlines(renamed, Unchanged()) == outlines(light, Renaming())


def test_the_same_words_are_read_by_the_same_rules(light: Light, renamed: Light) -> None:
    assert readings(renamed) == readings(light)
