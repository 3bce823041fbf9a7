"""What an event's mentions say together: its status and how it changed, its dates, its actors, its place, its numbers.

Everything is computed from the mentions of the newest version of each article, in the order (published, article, place
in the text), so that neither arrival nor runs matter; only `status_history` remembers what earlier runs said.
"""

import functools
import itertools
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Optional

from schemas import Event, Mention, StatusChange
from schemas.cameo import derive
from transforms.extract.names import longest
from transforms.link.spans import OPEN, Reading, Span, to_date, to_day
from transforms.versions import DATA

#: Two reports of contradicting statuses are a conflict while they are this near; further apart, things have changed.
CONFLICT_DAYS = 7

#: Legs of one visit may be told as single days with a day of travel between them.
LEG_DAYS = 2


class Claim(NamedTuple):
    """What one article says of an event."""

    status: str
    mention: Mention  # that says so first
    sources: frozenset[str]  # outlets or named speakers behind it


class Rules(NamedTuple):
    """data/linking.toml."""

    overturns: dict[str, frozenset[str]]
    contradicts: frozenset[tuple[str, str]]  # both ways
    family: dict[str, str]


@functools.cache
def rules() -> Rules:
    """Return what a status does to another."""
    data = tomllib.loads((DATA / "linking.toml").read_text())
    pairs = {(one, other) for one, others in data["contradicts"].items() for other in others}
    return Rules(
        {status: frozenset(others) for status, others in data["overturns"].items()},
        frozenset(pairs | {(other, one) for one, other in pairs}),
        data["family"],
    )


def in_order(readings: Iterable[Reading]) -> list[Reading]:
    """Return readings in the order in which they are judged."""
    return sorted(readings, key=lambda each: (each.mention.published, *each.where, each.mention.mention_id))


# ---------------------------------------------------------------- time


def slack(mention: Mention) -> int:
    """Return how many days apart two exact dates of one act may lie."""
    return LEG_DAYS if (mention.type, mention.mode) == ("CONSULT", "visit") else 0


def schedule(readings: Sequence[Reading]) -> list[Reading]:
    """Return the dated readings, in order, that tell when the act takes place as last known.

    One that lies apart from those before it begins anew: it moves the act (or it would be another event).
    """
    current: list[Reading] = []
    for each in readings:
        if each.told is None:
            continue
        span = core(current)
        if span is not None and span.distance(each.told) > slack(each.mention):
            current = []
        current.append(each)
    return current


def core(readings: Sequence[Reading]) -> Optional[Span]:
    """Return the days that the most exact of some dated readings span together; None where none is dated.

    Where all are open at one end, the last known beginning and the last known end bound each other.
    """
    finest = min((each.precision for each in readings if each.told), default=OPEN)
    best = [each for each in readings if each.told and each.precision == finest]
    if not best:
        return None
    span = functools.reduce(Span.hull, (each.told for each in best if each.told))
    if finest < OPEN:
        return span
    first, last = (days[-1] if days else None for days in (said(best, 0), said(best, 1)))
    ends = (span.first if first is None else first, span.last if last is None else last)
    return Span(min(ends), max(ends))


def said(readings: Sequence[Reading], side: int) -> list[int]:
    """Return the days that readings name as the first (side 0) or the last (side 1)."""
    dates = [each.mention.start_date if side == 0 else each.mention.end_date for each in readings]
    return [to_day(each) for each in dates if each]


# ---------------------------------------------------------------- status


def seen_whole(reading: Reading, span: Optional[Span]) -> str:
    """Return the status of the whole act where a mention tells of a part of it.

    A leg that has happened, or is still to come, while the whole is under way makes the whole ongoing.
    """
    status = reading.mention.status
    if span is None or reading.told is None or span.first == span.last:
        return status
    if status == "happened" and span.first <= reading.day < span.last:
        return "ongoing"
    if status in ("planned", "confirmed") and span.first < reading.day <= span.last and reading.told != span:
        return "ongoing"
    return status


def claims(readings: Sequence[Reading], span: Optional[Span]) -> list[Claim]:
    """Return what each article says, in order; copies say nothing where there is an independent article."""
    articles: dict[str, list[Reading]] = {}
    independent = any(each.mention.independent for each in readings)
    for each in readings:
        if each.mention.independent or not independent:
            articles.setdefault(each.mention.article_id, []).append(each)
    return [_claim(each, span) for each in articles.values()]


def _claim(readings: Sequence[Reading], span: Optional[Span]) -> Claim:
    """The family of statuses that most mentions of one article belong to, the first one where two are equal.

    Within it the surest: an article that says "confirmed" once and "will" thrice reports a confirmation, and one that
    says "is visiting" and "met yesterday" a visit under way.
    """
    told = [(seen_whole(each, span), each.mention) for each in readings]
    families = [rules().family[status] for status, _ in told]
    family = max(families, key=lambda each: (families.count(each), -families.index(each)))
    own = [(status, mention) for status, mention in told if rules().family[status] == family]
    sureness = list(rules().family)
    surest = max((status for status, _ in own), key=sureness.index)
    status, mention = next(each for each in own if each[0] == surest)
    return Claim(status, mention, _sources(mention))


def _sources(mention: Mention) -> frozenset[str]:
    return frozenset([mention.publisher, *(chain[0] for chain in mention.attribution if chain)])


def changes(told: Sequence[Claim]) -> list[Claim]:
    """Return the claims that changed the status, in order; the last one is the status that stands."""
    steps: list[Claim] = []
    for at, claim in enumerate(told):
        if not steps or _replaces(claim, steps[-1], told[: at + 1]):
            steps.append(claim)
    return steps


def _replaces(claim: Claim, standing: Claim, so_far: Sequence[Claim]) -> bool:
    if standing.status not in rules().overturns[claim.status]:
        return False
    if (claim.status, standing.status) not in rules().contradicts or _days_between(claim, standing) > CONFLICT_DAYS:
        return True
    return _support(claim.status, so_far) >= _support(standing.status, so_far)


def _support(status: str, told: Sequence[Claim]) -> int:
    """How many outlets and speakers stand behind a status."""
    return len(frozenset[str]().union(*(each.sources for each in told if each.status == status)))


def _days_between(one: Claim, other: Claim) -> float:
    return abs(one.mention.published - other.mention.published) / 86_400_000_000


def contested(readings: Sequence[Reading], span: Optional[Span]) -> bool:
    """Say whether near reports contradict each other: by two outlets, or a claim and its denial by two speakers."""
    told = [(seen_whole(each, span), each) for each in readings]
    kinds = {status for status, _ in told}
    if not any(pair[0] in kinds and pair[1] in kinds for pair in rules().contradicts):
        return False
    return any(
        (one, other) in rules().contradicts and abs(a.day - b.day) <= CONFLICT_DAYS and _apart(a.mention, b.mention)
        for at, (one, a) in enumerate(told)
        for other, b in told[at + 1 :]
    )


def _apart(one: Mention, other: Mention) -> bool:
    if one.publisher != other.publisher:
        return True
    return "denied" in (one.status, other.status) and _plain(one.attribution) != _plain(other.attribution)


def _plain(chains: Sequence[Sequence[str]]) -> list[list[str]]:
    return [list(chain) for chain in chains]


def history(before: Sequence[StatusChange], steps: Sequence[Claim], run_id: str) -> list[StatusChange]:
    """Return the history with what this run adds: the changes behind all that earlier runs saw, the last is the status.

    What this run alone learnt of the time before that says nothing new: a late copy of the plan of what has happened.
    """
    latest = itertools.takewhile(lambda step: not before or step.mention.run_id == run_id, reversed(steps))
    added = [_change(step, run_id) for step in latest][::-1] or [_change(step, run_id) for step in steps[-1:]]
    out = list(before)
    for each in added:
        if not out or out[-1].status != each.status:
            out.append(each)
    return out


def _change(step: Claim, run_id: str) -> StatusChange:
    mention = step.mention
    return StatusChange(step.status, mention.published, run_id, mention.mention_id, _plain(mention.attribution))


# ---------------------------------------------------------------- the event


class Identity(NamedTuple):
    """What never changes about an event, and what earlier runs wrote of it."""

    event_id: str
    month: str
    type: str
    mode: Optional[str]
    before: Optional[Event]


def state(identity: Identity, readings: Sequence[Reading], run_id: str) -> Event:
    """Return the state of an event with at least one mention."""
    ordered = in_order(readings)
    mentions = [each.mention for each in ordered]
    dated = schedule(ordered)
    span = core(dated)
    steps = changes(claims(ordered, span))
    status = steps[-1].status
    place = _place(mentions)
    derived = derive(identity.type, identity.mode, status)
    before = identity.before.status_history if identity.before else ()
    return Event(
        run_id=run_id,
        event_id=identity.event_id,
        month=identity.month,
        type=identity.type,
        mode=identity.mode,
        status=status,
        source=longest(actor for each in mentions for actor in each.source),
        target=longest(actor for each in mentions for actor in each.target),
        start_date=_date(dated, span, 0),
        end_date=_date(dated, span, 1),
        granularity=_granularity(dated, span),
        place=place.place if place else None,
        place_country=place.place_country if place else None,
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        geonames_id=place.geonames_id if place else None,
        status_history=history(before, steps, run_id),
        first_reported=min(each.published for each in mentions),
        last_reported=max(each.published for each in mentions),
        mentions=len(mentions),
        articles=len({each.article_id for each in mentions}),
        independent_articles=len({each.article_id for each in mentions if each.independent}),
        publishers=len({each.publisher for each in mentions}),
        conflict=contested(ordered, span),
        cameo=derived.cameo,
        quad_class=derived.quad_class,
        goldstein=derived.goldstein,
        merged_into=None,
    )


def _date(dated: Sequence[Reading], span: Optional[Span], side: int) -> Optional[str]:
    """Return the first or last day; None where no mention says."""
    return to_date(span[side]) if span is not None and said(dated, side) else None


def _granularity(dated: Sequence[Reading], span: Optional[Span]) -> Optional[str]:
    if span is None:
        return None
    finest = min(each.precision for each in dated)
    if finest == 0:
        return "day" if span.first == span.last else "span"
    return next(each.mention.granularity for each in dated if each.precision == finest)


def _place(mentions: Sequence[Mention]) -> Optional[Mention]:
    """The mention whose place is told most often; a city before a country, the first where two are equal."""
    counts = Counter(
        (each.place or "", each.place_country or "") for each in mentions if each.place_country or each.place
    )
    if not counts:
        return None
    best = max(counts, key=lambda each: (bool(each[0]), counts[each]))
    return next(each for each in mentions if (each.place or "", each.place_country or "") == best)
