"""Pages to measure on: as many as wanted, framed as a news site frames them, the same every time."""

import html
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

WORDS = (
    "harbour orchard library tramway bakery reservoir school theatre bridge market quarry lighthouse garden station "
    "council clerk teacher pilot baker nurse driver farmer gardener painter singer mason porter printer sailor tailor"
)
VERBS = "reopened closed moved burned grew waited counted painted promised refused measured carried repaired visited"
PLACES = "by the river,behind the station,in the old town,near the stadium,on the hill,at the crossing,under the arches"
REPORTS = (
    "{name} will travel to {host} next week for talks with its president, the ministry said on Monday.",
    "{name} met the prime minister of {host} in {capital} on Tuesday and signed an agreement on fisheries.",
    "A spokesman denied that {name} would visit {capital} in April.",
    "{name} spoke by phone with the president of {host} on Sunday, officials in {capital} said.",
)
NAMES = (
    "Norwegian Foreign Minister Ingrid Sol",
    "Chilean President Tomas Arvelo",
    "Czech Prime Minister Pavel Dorn",
    "Jordanian Foreign Minister Laila Haddad",
)
HOSTS = (("Peru", "Lima"), ("Kenya", "Nairobi"), ("Vietnam", "Hanoi"), ("Portugal", "Lisbon"), ("Ghana", "Accra"))

#: Of real pages, most bytes are none of the article: scripts, styles, menus, lists of other stories.
SCRIPT_BYTES = 40_000
MENU = 60
DAILY = 500  # documents of one day
RELATED = 40


def sentence(choose: random.Random) -> str:
    """Return a sentence without news, unlike any other."""
    first, second = choose.sample(WORDS.split(), 2)
    verb, place = choose.choice(VERBS.split()), choose.choice(PLACES.split(","))
    return (
        f"The {first} {place} was {verb} in week {choose.randrange(2, 4000)}, as the {second} of district "
        f"{choose.randrange(2, 4000)} remembers."
    )


def paragraphs(number: int, length: int = 12) -> list[str]:
    """Return the paragraphs of an article: one report of an event in every third of them."""
    choose = random.Random(number)
    found = []
    for at in range(length):
        host, capital = choose.choice(HOSTS)
        report = choose.choice(REPORTS).format(name=choose.choice(NAMES), host=host, capital=capital)
        found.append(" ".join([*([report] if at % 3 == 0 else []), *(sentence(choose) for _ in range(3))]))
    return found


def page(number: int) -> str:
    """Return an article as a page of about 60 kB."""
    choose = random.Random(-number)
    body = "".join(f"<p>{html.escape(each)}</p>" for each in paragraphs(number))
    menu = "".join(f'<li><a href="/{each}">{each.title()}</a></li>' for each in (WORDS.split() * 3)[:MENU])
    related = "".join(f'<li><a href="/{at}"><h3>{sentence(choose)}</h3></a></li>' for at in range(RELATED))
    script = "var state = " + json.dumps([choose.randrange(10**9) for _ in range(SCRIPT_BYTES // 11)])
    return (
        f'<!doctype html><html lang="en"><head><title>Story {number} of the day</title>'
        f'<meta property="article:published_time" content="2026-03-0{1 + number % 3}T{number % 24:02d}:15:00Z">'
        f"<script>{script}</script></head><body><nav><ul>{menu}</ul></nav>"
        f"<article><h1>Story {number} of the day</h1>{body}</article>"
        f"<aside><ul>{related}</ul></aside><footer>All rights kept.</footer></body></html>"
    )


def write_pages(folder: Path, count: int) -> None:
    """Write the first `count` pages to a folder, one file each."""
    folder.mkdir(parents=True)
    for number in range(count):
        (folder / f"{number:05}.html").write_text(page(number))


def write_documents(path: Path, count: int) -> None:
    """Write the first `count` articles as one file of documents: an archive of short ones, one in ten with an event."""
    with path.open("w") as lines:
        for number in range(count):
            published = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=number // DAILY, minutes=number % DAILY)
            choose = random.Random(number)
            text = paragraphs(number, length=1)[0] if number % 10 == 0 else " ".join(sentence(choose) for _ in range(6))
            document = {"id": f"{number}", "title": f"Story {number}", "text": text}
            lines.write(json.dumps(document | {"published": published.isoformat()}) + "\n")
