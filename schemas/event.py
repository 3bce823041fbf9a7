"""Mentions and events, and what is derived from them: CAMEO code, quad class, Goldstein value.

What every field means stands in docs/events.md. Codebooks: PLOVER (types, modes, contexts), CAMEO 1.1b3
(codes), Goldstein 1992 in the scaling that CAMEO users share (values).
"""

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


#: CAMEO codes of what has come about or is under way, by type and mode; a type alone stands for its other modes.
_CAMEO_DONE: dict[tuple[str, Optional[str]], str] = {
    ("CONSULT", None): "040",
    ("CONSULT", "phone"): "041",
    ("CONSULT", "visit"): "042",  # 043 is the same act read from the host
    ("CONSULT", "third-party"): "044",
    ("CONSULT", "multilateral"): "046",
    ("AGREE", None): "030",
    ("SUPPORT", None): "057",
}
#: Goldstein values of the codes above, in the scaling published with GDELT.
_GOLDSTEIN = {
    "026": 4.0, "030": 4.0, "036": 4.0, "040": 1.0, "041": 1.0, "042": 1.9, "044": 2.5, "046": 7.0, "057": 8.0,
    "160": -4.0,
}  # fmt: skip


class Derived(NamedTuple):
    """What other event data call a mention. All None where they have no word for it."""

    cameo: Optional[str]  # CAMEO 1.1b3, three digits
    quad_class: Optional[int]  # 1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict
    goldstein: Optional[float]  # -10..10


def cameo_code(type: str, mode: Optional[str], status: str) -> Optional[str]:
    """Return the CAMEO code of an act: of the intent while it lies ahead, of the breach where it was called off.

    None for what is denied, and for types that are not coded yet.

    >>> [cameo_code("CONSULT", "visit", status) for status in ("planned", "requested", "happened", "cancelled")]
    ['036', '026', '042', '160']
    """
    done = _CAMEO_DONE.get((type, mode), _CAMEO_DONE.get((type, None)))
    if done is None or status == "denied":
        return None
    if status in ("postponed", "cancelled"):
        return "160"
    if type == "CONSULT" and status == "requested":
        return "026"
    if status in ("ongoing", "happened"):
        return done
    return "036" if type == "CONSULT" else "030"


def derive(type: str, mode: Optional[str], status: str) -> Derived:
    """Return CAMEO code, quad class and Goldstein value of an act.

    >>> derive("SUPPORT", None, "happened")
    Derived(cameo='057', quad_class=1, goldstein=8.0)
    """
    code = cameo_code(type, mode, status)
    if code is None:
        return Derived(None, None, None)
    root = int(code[:2])
    quad = 1 + sum(root > last for last in (5, 9, 13))  # roots 01-05, 06-09, 10-13, 14-20
    return Derived(code, quad, _GOLDSTEIN[code])
