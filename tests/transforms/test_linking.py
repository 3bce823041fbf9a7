"""Which mentions are one event, and what they say together."""

import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reports import ADA, INES, JAPAN, NORWAY, OLA, PERU, at, attack, month, report

from schemas import Actor, Event, Mention
from transforms.link.linking import Committed, Links, Moment, complete_keys, key_of, link, moment_of
from transforms.link.spans import read

RUN = moment_of("20260302T060000Z-0123abcd")


def linked(*mentions: Mention, committed: tuple[Committed, ...] = (), run: Moment = RUN, **versions: int) -> Links:
    return link([read(each) for each in mentions], committed, versions, run)


def together(*mentions: Mention) -> list[list[int]]:
    """The numbers of the mentions of each event, for the mentions that meet under one key."""
    keys = {key_of(each) for each in mentions}
    links = [linked(*(each for each in mentions if key_of(each) == key)) for key in keys]
    events = {each.mention_id: each.event_id for part in links for each in part.mentions}
    groups: dict[str, list[int]] = {}
    for number, each in enumerate(mentions):
        groups.setdefault(events[each.mention_id], []).append(number)
    return sorted(groups.values())


def event(*mentions: Mention) -> Event:
    (only,) = linked(*mentions).events
    return only


def commit(links: Links) -> tuple[Committed, ...]:
    """What the next run finds in the lake."""
    readings = [read(each) for each in links.mentions]
    return tuple(Committed(each, [r for r in readings if r.mention.event_id == each.event_id]) for each in links.events)


# ---------------------------------------------------------------- one event or two

ONE = {
    "a month and days of it": (
        month("2026-01-10", "planned", "2026-03"),
        report("2026-03-01", "confirmed", "2026-03-10..2026-03-12"),
    ),
    "days and a leg": (
        report("2026-03-01", "planned", "2026-03-10..2026-03-12"),
        report("2026-03-11", "happened", "2026-03-11"),
    ),
    "two towns of one visit": (
        report("2026-03-01", "planned", "2026-03-10..2026-03-12", place="Lima"),
        report("2026-03-11", "happened", "2026-03-11", place="Cusco"),
    ),
    "the full name and the surname": (
        report("2026-03-01", "planned", "2026-03-10"),
        report("2026-03-02", "planned", "2026-03-10", source=[ADA._replace(name="Brandt")]),
    ),
    "a leader and the state": (
        report("2026-03-01", when="2026-03-10"),
        report("2026-03-02", when="2026-03-10", source=[NORWAY]),
    ),
    "the host's head and the host": (
        report("2026-03-01", when="2026-03-10"),
        report("2026-03-02", when="2026-03-10", target=[INES]),
    ),
    "a date and, soon after, none": (report("2026-03-01", when="2026-03-10"), report("2026-03-02", "denied")),
    "a host and none": (report("2026-03-01", when="2026-03-10"), report("2026-03-02", target=[], place_country=None)),
    "postponed, then a new date": (
        report("2026-03-01", "planned", "2026-03-10"),
        report("2026-03-05", "postponed"),
        report("2026-05-02", "confirmed", "2026-05-20"),
    ),
    "postponed to a date": (
        report("2026-03-01", "planned", "2026-03-10"),
        report("2026-03-05", "postponed", "2026-05-20"),
    ),
    "an accusation, and its denial in other words": (
        attack("Rebels said that the army had shelled the island.", "happened", trigger_start=10),
        attack("The ministry called that an invention.", "denied", trigger_start=90),
    ),
    "a call, told from either side": (
        report("2026-03-10", "happened", "2026-03-10", mode="phone", target=[INES]),
        report("2026-03-11", "happened", "2026-03-10", mode="phone", source=[INES], target=[ADA]),
    ),
}

TWO = {
    "October and March": (month("2026-03-01", "planned", "2026-10"), month("2026-03-02", "planned", "2026-03")),
    "two named persons": (
        report("2026-03-01", when="2026-03-10"),
        report("2026-03-01", when="2026-03-10", source=[OLA], number=2),
    ),
    "there and back": (
        report("2026-03-01", when="2026-03-10"),
        report("2026-03-01", when="2026-03-10", source=[INES], target=[NORWAY], place_country="NOR"),
    ),
    "two hosts": (
        report("2026-03-01", when="2026-03-10"),
        report("2026-03-01", when="2026-03-10", target=[JAPAN], place_country="JPN"),
    ),
    "a visit and the signing during it": (
        report("2026-03-11", "happened", "2026-03-11"),
        report("2026-03-11", "happened", "2026-03-11", type="SUPPORT", mode=None, source=[ADA, INES], target=[]),
    ),
    "a past visit and a plan, both without a date": (report("2026-03-01", "happened"), report("2026-03-02", "planned")),
    "cancelled, and months later another": (
        report("2026-03-01", "cancelled", "2026-03-10"),
        report("2026-09-01", "planned", "2026-09-20"),
    ),
    "no date, half a year apart": (report("2026-03-01", "planned"), report("2026-09-01", "planned")),
    "two attacks that one article tells apart": (
        attack("Shells fell on the northern harbour at dawn.", "happened", trigger_start=10),
        attack("Days before, rockets had destroyed a bridge in the hills.", "happened", trigger_start=90),
    ),
    "two accords of one day": (
        report(
            "2026-03-11",
            "happened",
            "2026-03-11",
            type="SUPPORT",
            mode=None,
            source=[NORWAY, PERU],
            target=[],
            sentence="They signed a pact on fisheries.",
        ),
        report(
            "2026-03-11",
            "happened",
            "2026-03-11",
            type="SUPPORT",
            mode=None,
            source=[NORWAY, PERU],
            target=[],
            sentence="A memorandum covers satellites and space.",
            trigger_start=90,
        ),
    ),
}


@pytest.mark.parametrize("mentions", ONE.values(), ids=ONE)
def test_reports_of_one_event_share_its_id(mentions: tuple[Mention, ...]) -> None:
    assert together(*mentions) == [list(range(len(mentions)))]


@pytest.mark.parametrize("mentions", TWO.values(), ids=TWO)
def test_other_events_have_other_ids(mentions: tuple[Mention, ...]) -> None:
    assert together(*mentions) == [[each] for each in range(len(mentions))]


def test_a_cancellation_that_is_told_again_begins_no_new_wait() -> None:
    off = report("2026-03-01", "cancelled", "2026-03-10")
    again = report("2026-03-30", "cancelled", "2026-03-10", number=2)
    another = report("2026-04-02", "planned", "2026-04-20")
    assert together(off, again, another) == [[0, 1], [2]]


def test_an_undated_trip_goes_to_the_trip_that_was_told_just_before() -> None:
    one = {"article_id": "a", "trigger_start": 10}
    spring = report("2026-02-01", "planned", "2026-03-10", **one)
    autumn = report("2026-02-01", "planned", "2026-10-10", **{**one, "trigger_start": 500})
    trip = report("2026-02-01", "planned", **{**one, "trigger_start": 530})
    assert together(spring, autumn, trip) == [[0], [1, 2]]


def test_a_mention_that_leaves_a_party_out_meets_under_its_neighbours_key() -> None:
    full = report("2026-03-01", mode="third-party", source=[ADA, INES], target=[])
    half = report("2026-03-01", mode="third-party", source=[ADA], target=[], trigger_start=60)
    assert complete_keys([full, half])[1] == key_of(full)


# ---------------------------------------------------------------- status

STATUSES = {
    "planned, then confirmed": (["planned", "confirmed"], "confirmed"),
    "confirmed, and a late copy of the plan": (["confirmed", "planned"], "confirmed"),
    "a rumour, then a plan": (["possible", "planned"], "planned"),
    "done, and a late report of the plan": (["planned", "happened", "planned"], "happened"),
    "called off": (["confirmed", "cancelled"], "cancelled"),
    "called off and on again": (["planned", "cancelled", "confirmed"], "confirmed"),
    "put off": (["planned", "postponed"], "postponed"),
    "asked for, and accepted": (["requested", "planned"], "planned"),
    "denied": (["planned", "denied"], "denied"),
}


@pytest.mark.parametrize(("statuses", "stands"), STATUSES.values(), ids=STATUSES)
def test_the_later_report_wins_unless_it_says_less(statuses: list[str], stands: str) -> None:
    mentions = [report(f"2026-03-0{day}", each, "2026-03-05", number=day) for day, each in enumerate(statuses, start=1)]
    assert event(*mentions).status == stands


def test_one_denial_does_not_outweigh_two_outlets_that_saw_it() -> None:
    seen = [report("2026-03-10", "happened", "2026-03-10", publisher=name) for name in ("The Ledger", "Wire")]
    denied = report("2026-03-11", "denied", "2026-03-10", publisher="Meridian")
    assert event(*seen, denied).status == "happened"
    assert event(*seen, denied).conflict


def test_a_leg_that_has_happened_makes_a_visit_ongoing() -> None:
    whole = report("2026-03-01", "confirmed", "2026-03-10..2026-03-13")
    leg = report("2026-03-11", "happened", "2026-03-10", place="Lima")
    assert event(whole, leg).status == "ongoing"
    assert (event(whole, leg).start_date, event(whole, leg).end_date) == ("2026-03-10", "2026-03-13")


def test_a_leg_that_is_still_to_come_leaves_a_visit_ongoing() -> None:
    begun = report("2026-03-10", "ongoing", "2026-03-10..2026-03-13")
    leg = report("2026-03-11", "planned", "2026-03-12", place="Cusco", number=2)
    assert (
        event(begun, leg).status == event(leg, report("2026-03-01", when="2026-03-10..2026-03-13")).status == "ongoing"
    )


def test_legs_widen_the_dates() -> None:
    legs = [report("2026-03-20", "happened", f"2026-03-{day}", place="Lima") for day in (10, 11, 12)]
    assert (event(*legs).start_date, event(*legs).end_date, event(*legs).granularity) == (
        "2026-03-10",
        "2026-03-12",
        "span",
    )


def test_days_are_better_than_a_month() -> None:
    one = event(month("2026-01-10", "planned", "2026-03"), report("2026-03-01", "planned", "2026-03-10..2026-03-12"))
    assert (one.start_date, one.end_date, one.granularity) == ("2026-03-10", "2026-03-12", "span")


def test_a_beginning_and_an_end_told_apart_bound_each_other() -> None:
    since = report("2026-03-11", "ongoing", start_date="2026-03-10", end_date=None, granularity="span")
    until = report("2026-03-11", "ongoing", start_date=None, end_date="2026-03-14", granularity="span", number=2)
    assert (event(since).start_date, event(since).end_date) == ("2026-03-10", None)
    assert (event(since, until).start_date, event(since, until).end_date) == ("2026-03-10", "2026-03-14")


def test_a_change_of_plan_is_no_conflict_and_two_outlets_that_disagree_are() -> None:
    plan = report("2026-03-01", "planned", "2026-03-10")
    assert not event(plan, report("2026-03-03", "postponed", publisher="Wire")).conflict
    done = report("2026-03-11", "happened", "2026-03-10")
    assert event(plan, done, report("2026-03-12", "cancelled", "2026-03-10", publisher="Wire")).conflict


def test_copies_count_as_articles_and_not_as_independent_ones() -> None:
    first = report("2026-03-01", "planned", "2026-03-10")
    copy = report("2026-03-02", "planned", "2026-03-10", publisher="Wire", independent=False)
    one = event(first, copy)
    assert (one.mentions, one.articles, one.independent_articles, one.publishers) == (2, 2, 1, 2)


def test_a_copy_does_not_speak_against_an_article_of_its_own() -> None:
    off = report("2026-03-02", "cancelled", "2026-03-10")
    late_copy = report("2026-03-03", "confirmed", "2026-03-10", publisher="Wire", independent=False)
    assert event(off, late_copy).status == "cancelled"
    assert event(late_copy).status == "confirmed", "it is heard where nothing else is"


# ---------------------------------------------------------------- runs


def later(day: int) -> Moment:
    return moment_of(f"202604{day:02d}T060000Z-0123abcd")


def test_the_id_stays_and_the_history_grows_from_run_to_run() -> None:
    run = later(2)
    first = linked(month("2026-02-28", "planned", "2026-03"))
    second = linked(
        report("2026-03-02", "confirmed", "2026-03-10", run_id=run.run_id), committed=commit(first), run=run
    )
    (before,), (after,) = first.events, second.events
    assert after.event_id == before.event_id
    assert after.month == before.month == "2026-02"
    assert [(each.status, each.run_id) for each in after.status_history] == [
        ("planned", RUN.run_id),
        ("confirmed", run.run_id),
    ]
    assert after.mentions == 2
    assert [each.event_id for each in second.mentions] == [before.event_id]


def test_an_earlier_report_that_arrives_later_does_not_rewrite_history() -> None:
    run = later(2)
    first = linked(report("2026-03-11", "happened", "2026-03-10"))
    second = linked(report("2026-03-01", "planned", "2026-03-10", run_id=run.run_id), committed=commit(first), run=run)
    (after,) = second.events
    assert [each.status for each in after.status_history] == ["happened"]
    assert after.first_reported == at("2026-03-01")
    assert after.event_id == first.events[0].event_id


def test_only_the_newest_version_of_an_article_counts() -> None:
    run = later(2)
    first = linked(report("2026-03-01", "planned", "2026-03-10", article_id="a"))
    new = report("2026-03-01", "cancelled", "2026-03-10", article_id="a", version=2, run_id=run.run_id)
    (after,) = linked(new, committed=commit(first), run=run, a=2).events
    assert (after.mentions, after.articles, after.status) == (1, 1, "cancelled")


def test_an_event_that_no_newest_version_mentions_any_more_is_kept_with_no_mentions() -> None:
    first = linked(report("2026-03-01", "planned", "2026-03-10", article_id="a"))
    (after,) = linked(committed=commit(first), run=later(2), a=2).events
    assert (after.event_id, after.status, after.mentions, after.articles) == (first.events[0].event_id, "planned", 0, 0)


@pytest.mark.parametrize("listed", [1, -1], ids=["the earlier listed first", "the later listed first"])
def test_a_report_that_spans_two_events_merges_the_later_into_the_earlier(listed: int) -> None:
    one, two = (
        linked(report("2026-03-01", "planned", "2026-03-10")),
        linked(report("2026-03-02", "planned", "2026-03-16", number=2)),
    )
    run = later(2)
    whole = report("2026-03-03", "confirmed", "2026-03-09..2026-03-17", run_id=run.run_id)
    links = linked(whole, committed=(commit(one) + commit(two))[::listed], run=run)
    (merge,) = links.merges
    assert (merge.from_id, merge.into_id, merge.kind) == (two.events[0].event_id, one.events[0].event_id, "event")
    rows = {each.event_id: each for each in links.events}
    assert rows[merge.from_id].merged_into == merge.into_id
    assert rows[merge.into_id].mentions == 3
    assert [each.mention_id for each in links.mentions] == [whole.mention_id], "published rows are never rewritten"


@st.composite
def reports(draw: st.DrawFn) -> Mention:
    day = draw(st.integers(1, 28))
    first = draw(st.none() | st.integers(1, 26))
    when = None if first is None else f"2026-03-{first:02d}..2026-03-{first + draw(st.integers(0, 2)):02d}"
    return report(
        f"2026-03-{day:02d}",
        draw(st.sampled_from(["possible", "planned", "confirmed", "happened", "postponed", "cancelled", "denied"])),
        when,
        number=draw(st.integers(1, 3)),
        publisher=draw(st.sampled_from(["Wire", "The Ledger"])),
        source=[draw(st.sampled_from([ADA, OLA, NORWAY]))],
        trigger_start=draw(st.integers(0, 400)),
    )


@given(st.lists(reports(), min_size=2, max_size=8, unique_by=lambda each: each.mention_id), st.randoms())
@settings(max_examples=150)
def test_arrival_does_not_matter(mentions: list[Mention], chance: Any) -> None:
    shuffled = list(mentions)
    chance.shuffle(shuffled)
    assert linked(*mentions) == linked(*shuffled)


#: Other names in another alphabetical order.
OTHER_NAMES = {"Ada Brandt": "Zita Moe", "Ola Nygaard": "Bo Lund", "Norway": "Atlantis", "Peru": "Zembla"}
OTHER_COUNTRIES = {"NOR": "ZZA", "PER": "AAB"}


def renamed(mention: Mention) -> Mention:
    def other(actors: Sequence[Actor]) -> list[Actor]:
        return [
            each._replace(name=OTHER_NAMES[each.name], country=OTHER_COUNTRIES[each.country or ""]) for each in actors
        ]

    place = OTHER_COUNTRIES[mention.place_country or ""]
    return mention._replace(source=other(mention.source), target=other(mention.target), place_country=place)


@given(st.lists(reports(), min_size=2, max_size=8, unique_by=lambda each: each.mention_id))
@settings(max_examples=100)
def test_names_do_not_matter(mentions: list[Mention]) -> None:
    ids = {each.mention_id: each.event_id for each in linked(*mentions).mentions}
    assert {each.mention_id: each.event_id for each in linked(*map(renamed, mentions)).mentions} == ids


@given(st.lists(reports(), min_size=1, max_size=8, unique_by=lambda each: each.mention_id))
@settings(max_examples=100)
def test_every_mention_has_one_event_that_is_written(mentions: list[Mention]) -> None:
    links = linked(*mentions)
    assert sorted(each.mention_id for each in links.mentions) == sorted(each.mention_id for each in mentions)
    assert {each.event_id for each in links.mentions} == {each.event_id for each in links.events}
    assert sum(each.mentions for each in links.events) == len(mentions)


@given(st.lists(reports(), min_size=2, max_size=8, unique_by=lambda each: each.mention_id))
@settings(max_examples=100)
def test_no_committed_id_is_lost_in_the_next_run(mentions: list[Mention]) -> None:
    half = len(mentions) // 2
    run = later(2)
    first = linked(*mentions[:half])
    second = linked(*(each._replace(run_id=run.run_id) for each in mentions[half:]), committed=commit(first), run=run)
    written = {each.event_id: each for each in itertools.chain(first.events, second.events)}
    assert {each.event_id for each in first.events} <= set(written)
    for merge in second.merges:
        assert written[merge.from_id].merged_into == merge.into_id


def run_by_run(parts: Sequence[Sequence[Mention]]) -> dict[str, str]:
    """Return the event of each mention, merges resolved, where each part is linked in a run of its own."""
    events: dict[str, Event] = {}
    mentions: list[Mention] = []
    into: dict[str, str] = {}
    for number, part in enumerate(parts, start=1):
        run = later(number)
        known = [
            Committed(each, [read(m) for m in mentions if resolved(m.event_id, into) == event_id])
            for event_id, each in events.items()
            if each.merged_into is None
        ]
        links = linked(*(each._replace(run_id=run.run_id) for each in part), committed=tuple(known), run=run)
        events |= {each.event_id: each for each in links.events}
        into |= {each.from_id: each.into_id for each in links.merges}
        mentions += links.mentions
    return {each.mention_id: resolved(each.event_id, into) for each in mentions}


def resolved(event_id: str, into: dict[str, str]) -> str:
    while event_id in into:
        event_id = into[event_id]
    return event_id


@given(st.lists(reports(), min_size=2, max_size=10, unique_by=lambda each: each.mention_id), st.sets(st.integers(1, 9)))
@settings(max_examples=300)
def test_a_story_split_into_runs_has_the_ids_of_one_run(mentions: list[Mention], cuts: set[int]) -> None:
    articles: dict[tuple[int, str], list[Mention]] = {}
    for each in mentions:
        articles.setdefault((each.published, each.article_id), []).append(each)
    told = [articles[each] for each in sorted(articles)]
    edges = sorted({0, len(told), *(cut for cut in cuts if cut < len(told))})
    parts = [list(itertools.chain(*told[first:last])) for first, last in itertools.pairwise(edges)]
    assert run_by_run(parts) == run_by_run([mentions])
