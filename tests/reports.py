"""Reports of one invented visit, sound in every field: President Ada Brandt of Norway goes to Peru."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from records import a_mention

from schemas import Actor, Mention
from schemas.ids import make_id

ADA = Actor("Ada Brandt", "President", "NOR", "person")
OLA = Actor("Ola Nygaard", "Foreign Minister", "NOR", "person")
NORWAY = Actor("Norway", None, "NOR", "state")
PERU = Actor("Peru", None, "PER", "state")
INES = Actor("Ines Quispe", "President", "PER", "person")
JAPAN = Actor("Japan", None, "JPN", "state")


def at(day: str) -> int:
    """Noon of a day, µs."""
    return int(datetime.combine(date.fromisoformat(day), time(12), ZoneInfo("UTC")).timestamp()) * 1_000_000


def report(published: str, status: str = "planned", when: str | None = None, **changes: Any) -> Mention:
    """A report of Ada Brandt's visit to Peru; `when` as `2026-03-10` or `2026-03-10..2026-03-12`."""
    first, _, last = (when or "").partition("..")
    number = changes.pop("number", 1)
    outlet = changes.get("publisher", "The Harbour Post")
    article = changes.pop("article_id", make_id("article", published, outlet, number))
    base: dict[str, Any] = {
        "event_id": "",
        "article_id": article,
        "published": at(published),
        "published_date": published,
        "status": status,
        "source": [ADA],
        "target": [PERU],
        "place_country": "PER",
        "start_date": first or None,
        "end_date": (last or first) or None,
        "granularity": ("span" if last else "day") if first else None,
        "attribution": [],
    }
    mention = a_mention(1, **{**base, **changes})
    return mention._replace(mention_id=make_id("mention", *mention))


def attack(sentence: str, status: str, **changes: Any) -> Mention:
    """A report in one article of the shelling of an island."""
    army, rebels = Actor("army", None, "PER", "group"), Actor("Island Front", None, "PER", "group")
    what: dict[str, Any] = {"type": "ASSAULT", "mode": "heavy-weapons", "source": [army], "target": [rebels]}
    return report("2026-03-10", status, **what, sentence=sentence, **changes)


def month(published: str, status: str, of: str, **changes: Any) -> Mention:
    days = {"03": 31, "04": 30, "09": 30, "10": 31}[of[5:]]
    return report(published, status, f"{of}-01..{of}-{days}", **{"granularity": "month", **changes})
