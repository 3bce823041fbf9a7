"""Words of time, resolved alone, and put into reports that the product takes up.

The product publishes the times of events, not of all words. The judged sentences are short requests ("I'll go back
tomorrow"), in which no event stands. So each expression is told of a visit by one country's president to another, in
the tense of its latest reading; the visit's days are its value.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import cycle, permutations
from typing import Any

from transforms.extract.readings import Open
from transforms.extract.when import When, find, resolve

Row = Mapping[str, Any]

COUNTRIES = (
    "Austria", "Brazil", "Canada", "Chile", "Denmark", "Ecuador", "Egypt", "Finland", "Ghana", "Greece", "India",
    "Japan", "Kenya", "Latvia", "Mexico", "Morocco", "Nepal", "Norway", "Peru", "Poland", "Portugal", "Senegal",
    "Sweden", "Vietnam",
)  # fmt: skip

#: Words in front of an expression that belong to it although the judges left them out.
BEFORE = re.compile(r"\b(?:on|in|at|during|over|from|between)\s+\Z", re.IGNORECASE)


def resolved(sentences: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Yield the days of the words of time in each sentence: every one that is found, in no tense.

    What is open at one side ("since May") has the days of the time that it names, as the judges have it.
    """
    for sentence in sentences:
        day = sentence["reference"]
        today = When(day, day, "day", "", "")
        timexes = []
        for words in find(sentence["text"]):
            named = words._replace(reading=words.reading.of) if isinstance(words.reading, Open) else words
            when = resolve(named, anchor=date.fromisoformat(day), status="", context=today)
            if when and when.start and when.end:
                timexes.append({"start": words.start, "end": words.end, "from": when.start, "to": when.end})
        yield {"id": sentence["id"], "timexes": timexes}


Place = tuple[str, int]  # id of a judged sentence, and which of its expressions


def expressions(sentences: Iterable[Row]) -> Iterator[tuple[Place, Row, Row]]:
    """Yield each expression that has a value, with its place and its sentence."""
    for sentence in sentences:
        for number, expression in enumerate(sentence["timexes"]):
            if expression["values"]:
                yield (sentence["id"], number), sentence, expression


def document_id(place: Place) -> str:
    return f"{place[0]}/{place[1]}"


def reports(sentences: Iterable[Row]) -> Iterator[dict[str, str]]:
    """Yield a document for each expression that has a value. Of 552 in a row no two tell of one visitor and host."""
    pairs = cycle(permutations(COUNTRIES, 2))
    for (place, sentence, expression), (visitor, host) in zip(expressions(sentences), pairs, strict=False):
        before = BEFORE.search(sentence["text"], 0, expression["start"])
        words = (before[0] if before else "") + expression["text"]
        verb = "will visit" if lies_ahead(expression["values"][-1], sentence["reference"]) else "visited"
        yield {
            "id": document_id(place),
            "published": f"{sentence['reference']}T12:00:00Z",
            "title": f"{visitor} and {host}",
            "text": f"The president of {visitor} {verb} {host} {words}, the two governments said.",
        }


def lies_ahead(value: str, reference: str) -> bool:
    """Say whether a TIMEX value ends behind the day of reference.

    >>> lies_ahead("2016-W45", "2016-11-07"), lies_ahead("2016-W44", "2016-11-07"), lies_ahead("2017", "2016-11-07")
    (True, False, True)
    """
    week = re.match(r"(\d{4})-W(\d\d)", value)
    day = date.fromisocalendar(int(week[1]), int(week[2]), 7).isoformat() if week else value
    return day > reference


def times(sentences: Iterable[Row], mentions: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Yield the value of each expression: the days of the visit in its report.

    Args:
        mentions: with the id of their document as `entry_id`.
    """
    visits: dict[str, Row] = {}
    for mention in mentions:
        if mention["start_date"] and mention["end_date"]:
            visits.setdefault(mention["entry_id"], mention)
    found: dict[str, list[dict[str, Any]]] = {}
    for place, _, expression in expressions(sentences):
        visit = visits.get(document_id(place))
        if visit:
            span = {"start": expression["start"], "end": expression["end"]}
            found.setdefault(place[0], []).append({**span, "from": visit["start_date"], "to": visit["end_date"]})
    for sentence_id, timexes in found.items():
        yield {"id": sentence_id, "timexes": timexes}
