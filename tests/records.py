"""Records as a run makes them, sound in every field; a test names what it is about."""

from typing import Any

from schemas import (
    Actor,
    Article,
    Entry,
    Event,
    Item,
    Mention,
    Merge,
    Poll,
    Reject,
    Removed,
    Source,
    StatusChange,
    Tick,
)
from schemas.ids import make_id

#: 2026-03-02T06:00Z and the day after, µs.
MONDAY = 1_772_431_200_000_000
DAY = 86_400_000_000

RUN_ID = "20260302T060000Z-0123abcd"


def a_tick(**changes: Any) -> Tick:
    return Tick(RUN_ID, MONDAY, [], [])._replace(**changes)


def a_source(**changes: Any) -> Source:
    return Source(
        name="harbour",
        kind="feed",
        location="https://harbour.example/feed.xml",
        publisher="The Harbour Post",
        language="en",
        timezone=None,
        interval_s=3_600,
        delay_s=0.0,
        budget_s=900.0,
        tags=[],
        headers=[],
    )._replace(**changes)


def an_entry(number: int = 1, **changes: Any) -> Entry:
    return Entry(
        run_id=RUN_ID,
        now=MONDAY,
        source="harbour",
        publisher="The Harbour Post",
        language="en",
        timezone="Europe/Lisbon",
        entry_id=f"guid-{number}",
        url=f"https://harbour.example/{number}",
        title=f"Minister Ferro visits port {number}",
        summary=None,
        authors=[],
        published=MONDAY,
        published_offset_s=0,
        text=None,
        fingerprint=make_id("entry", number),
        article_id=make_id("article", number),
        version=0,
        content_hash="",
        attempts=0,
        delay_s=1.0,
        budget_s=900.0,
        headers=[],
        fixed_language=None,
    )._replace(**changes)


def an_article(number: int = 1, **changes: Any) -> Article:
    text = f"Minister Ferro visited port {number} on Monday.\n\nHe met the harbour master."
    return Article(
        run_id=RUN_ID,
        article_id=make_id("article", number),
        version=1,
        source="harbour",
        entry_id=f"guid-{number}",
        url=f"https://harbour.example/{number}",
        requested_url=f"https://harbour.example/{number}",
        final_url=f"https://harbour.example/{number}",
        canonical_url=None,
        publisher="The Harbour Post",
        title=f"Minister Ferro visits port {number}",
        text=text,
        authors=["Ada Quill"],
        language="en",
        published=MONDAY - number * 3_600_000_000,
        published_date="2026-03-01",
        published_basis="source",
        fetched=MONDAY,
        captions=["The port at dawn"],
        removed=[Removed(0, "Menu", "", "boilerplate")],
        words=len(text.split()),
        content_hash=make_id("content", text),
        fingerprint=make_id("entry", number),
        attempts=0,
        cluster_id=make_id("cluster", number),
        relation="canonical",
        related_id=None,
        similarity=None,
        independent=True,
        signature=[number, 2, 3],
        software_version="0.1.0",
        rules_version="0000abcd",
        end_paragraphs=[number, 5],
        end_lines=[],
        modified=MONDAY - number * 1_800_000_000,
        modified_basis="meta",
        section="World",
        tags=["Ports", "Visits"],
        image_url=f"https://harbour.example/{number}.jpg",
        link_density=0.125,
        boilerplate_share=0.0,
        language_confidence=0.75,
    )._replace(**changes)


def a_mention(number: int = 1, **changes: Any) -> Mention:
    return Mention(
        run_id=RUN_ID,
        mention_id=make_id("mention", number),
        event_id=make_id("event", number),
        article_id=make_id("article", number),
        version=1,
        cluster_id=make_id("cluster", number),
        publisher="The Harbour Post",
        independent=True,
        published=MONDAY - number * 3_600_000_000,
        published_date="2026-03-01",
        type="CONSULT",
        mode="visit",
        status="happened",
        source=[Actor("Rui Ferro", "minister", "PRT", "person")],
        target=[],
        start_date="2026-03-02",
        end_date="2026-03-02",
        granularity="day",
        when_text="on Monday",
        when_basis="weekday",
        place=None,
        place_country=None,
        latitude=None,
        longitude=None,
        geonames_id=None,
        attribution=[["Lusa Wire", "a harbour clerk"]],
        sentence_start=0,
        sentence_end=40,
        trigger_start=15,
        trigger_end=22,
        sentence=f"Minister Ferro visited port {number} on Monday.",
        trigger="visited",
        confidence=0.8,
        cameo="042",
        quad_class=1,
        goldstein=1.9,
        contexts=["diplomatic"],
        rule="visit",
        software_version="0.1.0",
        rules_version="0000abcd",
    )._replace(**changes)


def an_event(number: int = 1, **changes: Any) -> Event:
    return Event(
        run_id=RUN_ID,
        event_id=make_id("event", number),
        month="2026-03",
        type="CONSULT",
        mode="visit",
        status="happened",
        source=[Actor("Rui Ferro", "minister", "PRT", "person")],
        target=[],
        start_date="2026-03-02",
        end_date="2026-03-02",
        granularity="day",
        place=None,
        place_country=None,
        latitude=None,
        longitude=None,
        geonames_id=None,
        status_history=[StatusChange("happened", MONDAY, RUN_ID, make_id("mention", number), [["Lusa Wire"]])],
        first_reported=MONDAY,
        last_reported=MONDAY,
        mentions=1,
        articles=1,
        independent_articles=1,
        publishers=1,
        conflict=False,
        cameo="042",
        quad_class=1,
        goldstein=1.9,
        merged_into=None,
    )._replace(**changes)


def an_item(number: int = 1, **changes: Any) -> Item:
    return Item(
        run_id=RUN_ID,
        source="harbour",
        entry_id=f"guid-{number}",
        url=f"https://harbour.example/{number}",
        fingerprint=make_id("entry", number),
        outcome="unchanged",
        article_id=make_id("article", number),
        version=1,
        content_hash=make_id("content", number),
        reason=None,
        attempts=0,
        retry_at=None,
        title=f"Minister Ferro visits port {number}",
        published=MONDAY,
        seen_at=MONDAY,
    )._replace(**changes)


def a_poll(**changes: Any) -> Poll:
    return Poll(
        run_id=RUN_ID,
        kind="feed",
        source="harbour",
        url="https://harbour.example/feed.xml",
        polled_at=MONDAY,
        status="ok",
        http_status=200,
        reason=None,
        entries=3,
        etag='"1"',
        last_modified=None,
        failures=0,
        next_due=MONDAY + 3_600_000_000,
        rules=None,
        redirect=None,
    )._replace(**changes)


def a_merge(**changes: Any) -> Merge:
    return Merge(
        run_id=RUN_ID,
        kind="event",
        from_id=make_id("event", 8),
        into_id=make_id("event", 9),
        reason="same visit",
        merged_at=MONDAY,
    )._replace(**changes)


def a_reject(number: int = 1, **changes: Any) -> Reject:
    return Reject(
        run_id=RUN_ID,
        stage="clean_articles",
        reason="too_short",
        detail="Two words.",
        source="harbour",
        url=f"https://harbour.example/{number}",
        rejected_at=MONDAY,
        counted=True,
        entry_id=f"guid-{number}",
        fingerprint=make_id("entry", number),
        article_id=make_id("article", number),
        attempts=1,
        retry_at=None,
        title=None,
        published=None,
        replay=None,
    )._replace(**changes)
