"""Corpora of documents to run over: as many articles as wanted, made of our own sentences, the same every time."""

import json
import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from pipeline import config
from pipeline.config import Configuration

OUTLETS = ("Harbour Post", "Meridian Courier", "The Northern Record", "Canal Street Journal")
VISITORS = (
    ("Ingrid Sol", "Norwegian", "Norway"),
    ("Tomas Arvelo", "Chilean", "Chile"),
    ("Mina Okafor", "Nigerian", "Nigeria"),
    ("Pavel Dorn", "Czech", "the Czech Republic"),
    ("Laila Haddad", "Jordanian", "Jordan"),
    ("Kenji Murao", "Japanese", "Japan"),
)
HOSTS = (("Peru", "Lima"), ("Kenya", "Nairobi"), ("Vietnam", "Hanoi"), ("Portugal", "Lisbon"), ("Ghana", "Accra"))
REPORTS = (
    "{adjective} President {name} plans to visit {host} next week, an aide said on Monday.",
    "{host}'s Foreign Ministry confirmed that {adjective} President {name} will visit {capital} on Friday.",
    "{adjective} President {name} visited {capital} on Tuesday and met the president of {host}.",
    "{adjective} President {name} spoke by phone with the prime minister of {host} on Sunday.",
    "{country} and {host} signed a memorandum on fisheries in {capital} on Wednesday.",
    "A spokesman for {country} denied that {name} would travel to {host} in April.",
)
NOUNS = ("harbour", "orchard", "library", "tram line", "bakery", "reservoir", "school", "theatre", "bridge", "market")
VERBS = ("reopened", "was repainted", "closed early", "drew a crowd", "needs a new roof", "changed hands")
WHERE = ("by the river", "behind the station", "in the old town", "near the stadium", "on the hill", "at the crossing")


def document(number: int, days: Sequence[date]) -> dict[str, str]:
    """Return the document of a number; one in ten is a copy of the one before, a paragraph longer."""
    if number % 10 == 9:
        origin = document(number - 1, days)
        text = f"{origin['text']}\n\nResidents of district {number} said that they had expected nothing else."
        return origin | {
            "id": f"doc-{number}",
            "title": f"Copy {number}",
            "text": text,
            "publisher": OUTLETS[number % 3],
        }
    choose = random.Random(number)  # the same on every machine and at every call
    name, adjective, country = choose.choice(VISITORS)
    host, capital = choose.choice(HOSTS)
    report = choose.choice(REPORTS).format(name=name, adjective=adjective, country=country, host=host, capital=capital)
    chatter = [
        f"The {choose.choice(NOUNS)} {choose.choice(WHERE)} {choose.choice(VERBS)} in week {choose.randrange(2, 400)}."
        for _ in range(8)
    ]
    day = days[number % len(days)]
    return {
        "id": f"doc-{number}",
        "publisher": OUTLETS[number % len(OUTLETS)],
        "published": f"{day.isoformat()}T{number % 24:02d}:15:00+00:00",
        "title": f"{choose.choice(NOUNS).capitalize()} and other news {number}",
        "text": "\n\n".join([report, " ".join(chatter[:4]), " ".join(chatter[4:])]),
    }


def write_corpus(path: Path, numbers: Sequence[int], *, start: date = date(2026, 3, 2), days: int = 3) -> None:
    """Write the documents of `numbers`, in that order, one a line, spread over so many days."""
    dates = [start + timedelta(days=each) for each in range(days)]
    path.write_text("".join(json.dumps(document(number, dates)) + "\n" for number in numbers))


def configure(folder: Path, corpus: str = "corpus.jsonl") -> Configuration:
    """Return the configuration of one source of documents, written to `folder`."""
    sources = folder / "sources.toml"
    sources.write_text(f'[[source]]\nname = "corpus"\npath = "{corpus}"\n')
    return config.load(sources)
