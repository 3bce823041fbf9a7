"""Which mentions report one event: same type and mode, compatible actors, place and time.

Mentions meet under a key that every report of an event shares (`key_of`); under it they are taken in a fixed order and
each joins the event that fits best, or begins one (`link`). Ids and decisions depend on the mentions and the committed
events alone. An event's id is that of its first mention when first committed (schemas/ids.py) and stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, Optional

from schemas import Actor, Event, Mention, Merge
from schemas.ids import make_id, time_of
from transforms.extract.names import compatible, is_named, same_person, word_list, words
from transforms.link.chronicle import LEG_DAYS, Identity, core, schedule, slack, state
from transforms.link.spans import HORIZON_DAYS, Reading, Span

#: Types whose parties do it together, so that their order says nothing. Visits go one way.
MUTUAL = ("CONSULT", "AGREE", "SUPPORT", "COOPERATE")

#: Statuses that take back what was announced.
TURNS = ("postponed", "cancelled", "denied")

#: Days between two reports of which one tells no date, and between a report without a date and the act itself. The gold
#: development set holds one trip retold 34 days later and a cancelled one 33 days after its date; visits are announced
#: up to about half a year ahead; further apart, the same two parties have met again more often than not.
NEWS_DAYS = 60
AHEAD_DAYS = 180

#: A trip that was postponed takes place within a year, or is another trip. One that was called off comes back within
#: two weeks ("called off - no, it will be in autumn"); later it is a new invitation.
POSTPONED_DAYS = HORIZON_DAYS
CANCELLED_DAYS = 14

#: Share of the shorter sentence's words that two reports of one accord or act have in common: the same parties do
#: several in a day, and one article tells them apart in sentences of their own. Between articles a date in both reports
#: is evidence enough to ask for less; words are said more often than deeds are done. Measured on the gold development
#: set: within an article accords that are one share 0.40, others up to 0.38; between articles dates decide.
WORDS_WITHIN = 0.4
WORDS_DATED = 0.1
WORDS_UNDATED = 0.2
SAID = ("AGREE", "REQUEST", "REJECT", "ACCUSE", "THREATEN")


class Outline(NamedTuple):
    """As much of an event as its key needs."""

    type: str
    mode: Optional[str]
    source: Sequence[Actor]
    target: Sequence[Actor]
    place_country: Optional[str]


class Key(NamedTuple):
    """What all reports of one event share."""

    type: str
    mode: Optional[str]
    lead: tuple[str, ...]  # countries, else names: of the visitor, the doer, the host of many, or both parties


def is_mutual(type: str, mode: Optional[str]) -> bool:
    return type in MUTUAL and mode != "visit"


def key_of(report: Mention | Event | Outline) -> Key:
    """Return the key under which reports of one event meet.

    Not all actors, because a report may leave one out ("has yet to confirm Xi's visit"): a visit meets under the
    visitor, a gathering of many under its place, an act under whoever does it, a meeting under both parties.
    """
    if (report.type, report.mode) == ("CONSULT", "multilateral"):
        lead = _countries(report.target) or ((report.place_country,) if report.place_country else ())
        return Key(report.type, report.mode, lead or _leads([*report.source, *report.target]))
    if is_mutual(report.type, report.mode):
        return Key(report.type, report.mode, _leads([*report.source, *report.target]))
    return Key(report.type, report.mode, _countries(report.source) or _leads(report.target) or _names(report.source))


def _leads(actors: Sequence[Actor]) -> tuple[str, ...]:
    return _countries(actors) or _names(actors)


def _countries(actors: Sequence[Actor]) -> tuple[str, ...]:
    return tuple(sorted({each.country for each in actors if each.country}))


def _names(actors: Sequence[Actor]) -> tuple[str, ...]:
    return tuple(sorted({each.name.casefold() for each in actors}))


def complete_keys(mentions: Sequence[Mention]) -> list[Key]:
    """Return the key of each mention of one article; one that leaves a party out meets under its neighbour's.

    >>> complete_keys([])
    []
    """
    keys = [key_of(each) for each in mentions]
    return [_completed(at, mentions, keys) for at in range(len(mentions))]


def _completed(at: int, mentions: Sequence[Mention], keys: Sequence[Key]) -> Key:
    """The nearest key of the same type and mode that has all countries of this one and more; else its own."""
    mine = keys[at]
    if not is_mutual(mine.type, mine.mode) and mine.lead:
        return mine
    wider = [
        (abs(other.trigger_start - mentions[at].trigger_start), other.mention_id, key)
        for other, key in zip(mentions, keys, strict=True)
        if key[:2] == mine[:2] and set(key.lead) > set(mine.lead)
    ]
    return min(wider)[2] if wider else mine


# ---------------------------------------------------------------- threads


@dataclass(eq=False)
class Thread:
    """An event while its mentions are gathered."""

    event: Optional[Event]
    readings: list[Reading] = field(default_factory=list)
    absorbed: list[Event] = field(default_factory=list)  # committed ones that proved to be this one
    touched: bool = False
    span: Optional[Span] = None
    dated: list[Reading] = field(default_factory=list)
    articles: dict[str, list[int]] = field(default_factory=dict)  # places of the mentions in each article
    moved: Optional[int] = None  # until which day a new date moves the act, once it was put off, rather than be another

    def add(self, reading: Reading) -> None:
        """Take in a mention."""
        self.readings.append(reading)
        article, at = reading.where
        self.articles.setdefault(article, []).append(at)
        if reading.told is not None:
            self.dated = schedule([*self.dated, reading])
            self.span = core(self.dated)
        if reading.mention.status == "postponed":
            self.moved = max(self.moved or 0, reading.day + POSTPONED_DAYS)
        if reading.mention.status == "cancelled" and self.moved is None:  # what is retold later begins no new wait
            self.moved = reading.day + CANCELLED_DAYS

    def start_again(self) -> None:
        """Forget the mentions."""
        self.readings, self.dated, self.articles = [], [], {}
        self.span = self.moved = None

    @property
    def actors(self) -> tuple[Sequence[Actor], Sequence[Actor]]:
        """Every source and every target."""
        everyone: list[Mention | Event] = [each.mention for each in self.readings]
        everyone = everyone or ([self.event] if self.event else [])
        return [a for each in everyone for a in each.source], [a for each in everyone for a in each.target]


class Fit(NamedTuple):
    """How well a mention fits an event; the least is the best."""

    new_turn: bool  # an undated "called off" goes to what is known to be called off
    other_article: bool
    text_distance: int
    days: int
    unnamed: bool
    order: int


def fit(thread: Thread, reading: Reading, order: int) -> Optional[Fit]:
    """Return how well a mention fits, or None where it reports another event."""
    mention = reading.mention
    days = _when_fits(thread, reading)  # first: it costs least, and most events lie at another time
    if days is None or not _who_fits(thread, mention):
        return None
    if not _where_fits(thread, reading) or not _words_fit(thread, reading):
        return None
    places = thread.articles.get(mention.article_id)
    distance = min(abs(each - mention.trigger_start) for each in places) if places else 0
    undated = reading.told is None
    turn = (
        undated
        and mention.status in TURNS
        and not any(each.mention.status == mention.status for each in thread.readings)
    )
    return Fit(turn, places is None, distance if undated else 0, days, not _names_someone(thread, mention), order)


def _names_someone(thread: Thread, mention: Mention) -> bool:
    known = [each.name for each in thread.actors[0] if is_named(each)]
    return any(same_person(each.name, name) for each in mention.source if is_named(each) for name in known)


def _who_fits(thread: Thread, mention: Mention) -> bool:
    source, target = thread.actors
    if is_mutual(mention.type, mention.mode):
        if mention.mode == "multilateral":
            return True
        return compatible([*mention.source, *mention.target], [*source, *target])
    if not compatible(mention.source, source):
        return False
    if mention.mode == "visit":
        mine, theirs = _hosts(mention), set().union(*(_hosts(each.mention) for each in thread.readings))
        return not mine or not theirs or bool(mine & theirs)
    mine, theirs = set(_countries(mention.target)), set(_countries(target))
    return not mine or not theirs or (bool(mine & theirs) and compatible(mention.target, target))


def _hosts(mention: Mention) -> set[str]:
    return set(_countries(mention.target)) or ({mention.place_country} if mention.place_country else set())


def _where_fits(thread: Thread, reading: Reading) -> bool:
    """Several towns are one visit, unless neither report tells a date; any other act has one place."""
    mention = reading.mention
    visit = mention.mode == "visit"
    for each in thread.readings:
        other = each.mention
        if not visit and mention.place_country and other.place_country and mention.place_country != other.place_country:
            return False
        towns = mention.place and other.place and mention.place != other.place
        if towns and (not visit or (reading.told is None and thread.span is None)):
            return False
    return True


def _when_fits(thread: Thread, reading: Reading) -> Optional[int]:
    """Return the days between mention and event, 0 where they overlap, or None where they cannot be one."""
    same = reading.mention.article_id in thread.articles
    if thread.span is not None and reading.told is not None:
        return _both_dated(thread, thread.span, reading, reading.told)
    if thread.span is not None:
        if thread.span.distance(reading.implied) > 0:
            return None
        days = thread.span.distance(Span(reading.day, reading.day))
        limit = AHEAD_DAYS if thread.span.first > reading.day else NEWS_DAYS
        return days if same or days <= limit else None
    when = reading.told or reading.implied
    if any(each.implied.distance(when) > 0 for each in thread.readings):
        return None
    gap = min((abs(each.day - reading.day) for each in thread.readings), default=0)
    return gap if same or gap <= NEWS_DAYS else None


def _both_dated(thread: Thread, span: Span, reading: Reading, told: Span) -> Optional[int]:
    days = span.distance(told)
    exact = reading.precision == 0 and thread.dated[-1].precision == 0
    if days <= (slack(reading.mention) if exact else 0):
        return days
    if told.first <= span.first or days > POSTPONED_DAYS:
        return None
    moves = thread.moved is not None and min(told.first, reading.day) <= thread.moved
    return days if moves or reading.mention.status == "postponed" else None


def _words_fit(thread: Thread, reading: Reading) -> bool:
    """Accords and acts are told apart by their words: the same parties do several in a day. Meetings are not."""
    if reading.mention.type == "CONSULT":
        return True
    return any(_overlap(reading.mention, each.mention) >= _words_asked(reading, each) for each in thread.readings)


def _words_asked(one: Reading, other: Reading) -> float:
    if one.mention.article_id == other.mention.article_id:
        # A denial answers what the article has just told of the same parties, in words of its own.
        answers = (one.mention.status == "denied") != (other.mention.status == "denied")
        return 0.0 if answers else WORDS_WITHIN
    dated = one.told is not None and other.told is not None and one.mention.type not in SAID
    return WORDS_DATED if dated else WORDS_UNDATED


def _overlap(one: Mention, other: Mention) -> float:
    """Share of the shorter sentence's words in common, the names of the parties left out."""
    names = words(" ".join(each.name for m in (one, other) for each in (*m.source, *m.target))) | word_list("generic")
    a, b = words(one.sentence) - names, words(other.sentence) - names
    return len(a & b) / max(1, min(len(a), len(b)))


# ---------------------------------------------------------------- what must be known


class Reach(NamedTuple):
    """Where, in days, the committed events lie that some mentions can report; events outside all spans fit none."""

    reported: Span  # of the reports of an event
    dated: Span  # of its own dates
    put_off: Span  # of the dates of an event that was put off, called off or denied at some time


def reach(readings: Iterable[Reading]) -> Reach:
    """Return where the events lie that one of at least one readings can fit (`fit`)."""
    known = list(readings)
    first, last = min(each.day for each in known), max(each.day for each in known)
    told = [each.told for each in known if each.told] or [Span(first, last)]
    early = min(first - NEWS_DAYS, *(each.first - LEG_DAYS for each in told))
    late = max(last + AHEAD_DAYS, *(each.last + LEG_DAYS for each in told))
    before = early - POSTPONED_DAYS
    postpones = any(each.mention.status == "postponed" for each in known)
    return Reach(
        reported=Span(first - NEWS_DAYS, last + NEWS_DAYS),
        dated=Span(before if postpones else early, late),
        put_off=Span(before, late),
    )


# ---------------------------------------------------------------- linking


class Committed(NamedTuple):
    """What the lake knows of one event: its row, and its mentions of every version."""

    event: Event
    readings: Sequence[Reading]


class Moment(NamedTuple):
    """The run that decides."""

    run_id: str
    now: int  # µs


class Links(NamedTuple):
    """What linking decided under one key."""

    mentions: list[Mention]  # the new ones, with event_id
    events: list[Event]  # new or changed, those merged away included
    merges: list[Merge]


def moment_of(run_id: str) -> Moment:
    """Return the run that decides, with its logical time."""
    return Moment(run_id, time_of(run_id))


def link(new: Iterable[Reading], committed: Iterable[Committed], versions: Mapping[str, int], moment: Moment) -> Links:
    """Return the new mentions with their events. The order of either input does not matter.

    Args:
        versions: the newest version of each article that has several; mentions of an older one help to find the event
            but count no longer.
    """
    threads = [_thread(each) for each in sorted(committed, key=_age)]
    merges: list[Merge] = []
    for reading in sorted(new, key=_turn):
        fits = sorted(found for order, thread in enumerate(threads) if (found := fit(thread, reading, order)))
        if not fits:
            threads.append(Thread(None))
        chosen = threads[fits[0].order if fits else -1]
        twins = [threads[each.order] for each in fits[1:] if _proves_one(chosen, threads[each.order], reading)]
        chosen.add(reading)
        chosen.touched = True
        if twins:
            merges.extend(_join([chosen, *twins], threads, moment))
    return _finish(threads, versions, merges, moment)


def _age(each: Committed) -> tuple[str, tuple[int, str, bool, int, str], str]:
    """Earlier committed first, then as their first mentions were taken: `link` merges into the earlier.

    So events of an earlier run stand as they would if their mentions had come in this one.
    """
    runs = [change.run_id for change in each.event.status_history]
    first = min(map(_turn, each.readings), default=(each.event.first_reported, "", False, 0, ""))
    return min(runs, default=each.event.run_id), first, each.event.event_id


def _turn(reading: Reading) -> tuple[int, str, bool, int, str]:
    """In order of publication; within an article what tells a date first, so that "the trip" finds it."""
    mention = reading.mention
    return mention.published, mention.article_id, reading.told is None, mention.trigger_start, mention.mention_id


def _thread(known: Committed) -> Thread:
    thread = Thread(known.event)
    for each in sorted(known.readings, key=_turn):
        thread.add(each)
    return thread


def _proves_one(one: Thread, other: Thread, reading: Reading) -> bool:
    """Say whether a mention shows two meetings to be one: its dates hold those of both, for people that both name."""
    if reading.mention.type != "CONSULT" or reading.told is None or reading.precision > 0:
        return False
    spans = (one.span, other.span)
    if any(span is None or thread.dated[-1].precision > 0 for span, thread in zip(spans, (one, other), strict=True)):
        return False
    within = all(span and reading.told.first <= span.first and span.last <= reading.told.last for span in spans)
    return within and (_same_people(one, other) or _names_both(one, other, reading.mention))


def _same_people(one: Thread, other: Thread) -> bool:
    return compatible(one.actors[0], other.actors[0])


def _names_both(one: Thread, other: Thread, mention: Mention) -> bool:
    return _names_someone(one, mention) and _names_someone(other, mention)


def _join(group: Sequence[Thread], threads: list[Thread], moment: Moment) -> list[Merge]:
    """Gather threads that are one in the earliest of them; those that were committed leave a merge."""
    group = sorted(group, key=threads.index)
    into, merges = group[0], []
    into.touched = True
    everyone = sorted((reading for each in group for reading in each.readings), key=_turn)
    into.start_again()
    for reading in everyone:
        into.add(reading)
    for each in group[1:]:
        into.absorbed.extend(each.absorbed)
        if each.event is not None and into.event is not None:
            into.absorbed.append(each.event)
            why = "one report spans or names the parties of both"
            merges.append(Merge(moment.run_id, "event", each.event.event_id, into.event.event_id, why, moment.now))
        threads.remove(each)
    return merges


def _finish(threads: Sequence[Thread], versions: Mapping[str, int], merges: list[Merge], moment: Moment) -> Links:
    """Return what became of the threads that anything happened to."""
    links = Links([], [], merges)
    for thread in threads:
        counts = [each for each in thread.readings if _is_newest(each.mention, versions)]
        if not thread.touched and len(counts) == len(thread.readings):
            continue
        identity = _identity(thread)
        links.events.append(_state(identity, counts, moment))
        links.events.extend(
            each._replace(run_id=moment.run_id, merged_into=identity.event_id) for each in thread.absorbed
        )
        fresh = [each.mention for each in thread.readings if not each.mention.event_id]
        links.mentions.extend(each._replace(event_id=identity.event_id) for each in fresh)
    return links


def _is_newest(mention: Mention, versions: Mapping[str, int]) -> bool:
    return mention.version >= versions.get(mention.article_id, 0)


def _state(identity: Identity, counts: Sequence[Reading], moment: Moment) -> Event:
    """The state by the mentions that count; the last known one, reported by nobody, where none is left."""
    if counts or identity.before is None:
        return state(identity, counts, moment.run_id)
    return identity.before._replace(
        run_id=moment.run_id, mentions=0, articles=0, independent_articles=0, publishers=0, conflict=False
    )


def _identity(thread: Thread) -> Identity:
    if thread.event is not None:
        event = thread.event
        return Identity(event.event_id, event.month, event.type, event.mode, event)
    first = min(thread.readings, key=_turn).mention
    month = datetime.fromtimestamp(first.published // 1_000_000, UTC).strftime("%Y-%m")
    return Identity(make_id("event", first.mention_id), month, first.type, first.mode, None)
