"""Mentions and events. What every field means stands in docs/events.md; cameo.py derives the codes of other data."""

from collections.abc import Sequence
from typing import NamedTuple, Optional

TYPES = (
    "CONSULT", "AGREE", "SUPPORT", "COOPERATE", "AID", "REQUEST", "REJECT", "ACCUSE", "THREATEN", "SANCTION",
    "PROTEST", "MOBILIZE", "COERCE", "ASSAULT", "RETREAT", "CONCEDE",
)  # fmt: skip

STATUSES = (
    "possible", "planned", "confirmed", "ongoing", "happened", "postponed", "cancelled", "denied", "requested",
)  # fmt: skip

GRANULARITIES = ("day", "week", "month", "season", "quarter", "half", "year", "span")


class Actor(NamedTuple):
    """Who acts or is acted on."""

    name: str  # the longest form in the article
    role: Optional[str]  # as the article says: president, foreign minister
    country: Optional[str]  # ISO 3166-1 alpha-3 of the state it acts for
    kind: str  # person | state | organisation | group


class Mention(NamedTuple):
    """One report of an event in one article, with its evidence: half-open offsets into the article's `text`."""

    run_id: str
    mention_id: str
    event_id: str  # "" until linked
    article_id: str
    version: int
    cluster_id: str  # of the article
    publisher: str  # of the article
    independent: bool  # the article counts as a source of its own
    published: int  # of the article, µs
    published_date: str  # the outlet's day
    type: str
    mode: Optional[str]
    status: str
    source: Sequence[Actor]
    target: Sequence[Actor]
    start_date: Optional[str]
    end_date: Optional[str]  # inclusive
    granularity: Optional[str]
    when_text: Optional[str]  # the words
    when_basis: Optional[str]  # how they were resolved
    place: Optional[str]  # city
    place_country: Optional[str]  # alpha-3
    latitude: Optional[float]  # degrees, WGS 84
    longitude: Optional[float]
    geonames_id: Optional[int]
    attribution: Sequence[Sequence[str]]  # parallel claims, each outermost first
    sentence_start: int
    sentence_end: int
    trigger_start: int
    trigger_end: int
    sentence: str  # text[sentence_start:sentence_end]
    trigger: str  # text[trigger_start:trigger_end]
    confidence: float  # 0..1
    cameo: Optional[str]  # derived
    quad_class: Optional[int]  # derived: 1 verbal cooperation .. 4 material conflict
    goldstein: Optional[float]  # derived: -10..10
    contexts: Sequence[str]
    rule: str  # which rule coded it
    software_version: str
    rules_version: str


class StatusChange(NamedTuple):
    """One step of an event from rumour to fact."""

    status: str
    reported: int  # µs
    run_id: str
    mention_id: str
    attribution: Sequence[Sequence[str]]


class Event(NamedTuple):
    """The current state of one event in the world."""

    run_id: str  # that wrote this state
    event_id: str
    month: str  # of the first committed mention, YYYY-MM: the partition, never changed
    type: str
    mode: Optional[str]
    status: str
    source: Sequence[Actor]
    target: Sequence[Actor]
    start_date: Optional[str]
    end_date: Optional[str]
    granularity: Optional[str]
    place: Optional[str]
    place_country: Optional[str]
    latitude: Optional[float]
    longitude: Optional[float]
    geonames_id: Optional[int]
    status_history: Sequence[StatusChange]  # in run order
    first_reported: int  # µs
    last_reported: int  # µs
    mentions: int
    articles: int
    independent_articles: int
    publishers: int
    conflict: bool  # reports contradict each other
    cameo: Optional[str]
    quad_class: Optional[int]
    goldstein: Optional[float]
    merged_into: Optional[str]  # event_id that this one proved to be
