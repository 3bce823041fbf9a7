"""Polling over real sockets and files: what each answer makes of a source, and that no source stops another."""

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from gathering import Newsdesk
from hypothesis import given, settings
from hypothesis import strategies as st
from records import DAY, MONDAY, RUN_ID, a_poll, a_source, an_item
from webserver import Answer, Request
from webserver import Web as Site

from schemas import Entry, Item, Poll, Reject, Source
from schemas.reject import REASONS
from transforms.fetch.holds import Holds
from transforms.fetch.http import Options, Web
from transforms.fetch.patience import Pace
from transforms.fetch.turns import Times
from transforms.items import entry_item
from transforms.poll.feeds import read_feed
from transforms.poll.polls import Turn, hash_of
from transforms.poll.seen import Seen, Version, decide_all
from transforms.poll_sources import Memory, PollSources, poll_feed
from transforms.store.lake import Lake

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

from newsroom.serve import FEEDS, SITEMAPS, Newsroom, serving

NOTHING = Seen({}, {})
RSS = "application/rss+xml"


def rss(*numbers: int, title: str = "Talks") -> str:
    """Return a feed of entries with these numbers; their links lead to /<number>."""
    items = "".join(
        f"<item><guid isPermaLink='false'>guid-{n}</guid><link>/{n}</link><title>{title} {n}</title></item>"
        for n in numbers
    )
    return f'<rss version="2.0"><channel>{items}</channel></rss>'


@pytest.fixture(name="site")
def a_site() -> Iterator[Site]:
    with Site() as site:
        site.routes["/feed"] = Answer(rss(1, 2), content_type=RSS)
        yield site


class Look:
    """One look at a feed: its poll, and what else came of it."""

    def __init__(
        self,
        source: Source,
        *,
        seen: Seen = NOTHING,
        last: Poll | None = None,
        now: int = MONDAY,
        deadline_s: float = 60.0,
    ) -> None:
        with Web(Options(allow_private=True, deadline_s=deadline_s)) as web:
            found = list(poll_feed(Turn(RUN_ID, now, source, 0, 0), seen, last, web, Pace(0), Holds({}, now)))
        (self.poll,) = [each for each in found if isinstance(each, Poll)]
        self.entries = [each for each in found if isinstance(each, Entry)]
        self.items = [each for each in found if isinstance(each, Item)]
        self.rejects = [each for each in found if isinstance(each, Reject)]


def a_feed(site: Site, **changes: Any) -> Source:
    return a_source(location=site.url("/feed"), **changes)


# --- one feed -------------------------------------------------------------------------------------------------------


def test_a_feed_gives_its_entries_and_a_poll_that_remembers_the_answer(site: Site) -> None:
    headers = {"Last-Modified": "Mon, 02 Mar 2026 06:00:00 GMT", "Cache-Control": "max-age=7200"}
    site.routes["/feed"] = Answer(rss(1, 2), content_type=RSS, etag='"1"', headers=headers)
    look = Look(a_feed(site))
    assert [(entry.entry_id, entry.url) for entry in look.entries] == [
        ("guid-1", site.url("/1")),
        ("guid-2", site.url("/2")),
    ]
    assert look.rejects == []
    assert look.poll == a_poll(
        url=site.url("/feed"),
        entries=2,
        etag='"1"',
        last_modified="Mon, 02 Mar 2026 06:00:00 GMT",
        next_due=MONDAY + 7_200_000_000,
        not_before=MONDAY + 7_140_000_000,
        gap_s=3_600,
        sightings=0,
        body_hash=hash_of(rss(1, 2).encode()),
        body_bytes=len(rss(1, 2)),
    )


def test_a_feed_that_has_not_changed_lists_nothing_and_keeps_its_validators(site: Site) -> None:
    site.routes["/feed"] = Answer(rss(1), content_type=RSS, etag='"1"')
    first = Look(a_feed(site)).poll
    again = Look(a_feed(site), last=first)
    assert (again.poll.status, again.poll.http_status, again.poll.etag) == ("not_modified", 304, '"1"')
    assert (again.entries, again.items, again.rejects) == ([], [], [])


def test_where_something_is_to_be_tried_again_the_whole_feed_is_asked_for(site: Site) -> None:
    site.routes["/feed"] = Answer(rss(1), content_type=RSS, etag='"1"')
    due = an_item(9, outcome="rejected", attempts=1, retry_at=MONDAY)
    look = Look(a_feed(site), last=Look(a_feed(site)).poll, seen=Seen({"harbour": {"guid-9": due}}, {}))
    assert (look.poll.status, site.requests[-1].headers.get("If-None-Match")) == ("ok", None)
    assert [(entry.entry_id, entry.attempts) for entry in look.entries] == [("guid-1", 0), ("guid-9", 1)]


def test_a_feed_that_moved_for_good_says_where_to_and_is_read_there(site: Site) -> None:
    site.routes |= {
        "/feed": Answer(status=301, headers={"Location": "/new/feed"}),
        "/new/feed": Answer(rss(1).replace("<link>/1", "<link>1"), content_type=RSS),
    }
    look = Look(a_feed(site))
    assert (look.poll.redirect, look.poll.url) == (site.url("/new/feed"), site.url("/feed"))
    assert [entry.url for entry in look.entries] == [site.url("/new/1")]


FAILURES = {
    "HTML": (Answer("<!DOCTYPE html><html></html>"), "not_a_feed", 200),
    "empty": (Answer(""), "not_a_feed", 200),
    "gone": (Answer("no", status=410), "retired", 410),
    "missing": (Answer("no", status=404), "gone", 404),
    "forbidden": (Answer("no", status=403), "http_error", 403),
    "broken": (Answer("no", status=500), "http_error", 500),
    "busy": (Answer("no", status=429, headers={"Retry-After": "7200"}), "http_error", 429),
    "silent": (Answer(rss(1), delay_s=600), "timeout", None),
    "dripping": (Answer(rss(1), drip_s=0.2), "timeout", None),
    "cut off": (Answer(rss(1), cut=30), "connection_failed", None),
    "a loop": (Answer(status=302, headers={"Location": "/feed"}), "too_many_redirects", None),
    "a file": (Answer(status=302, headers={"Location": "file:///etc/hostname"}), "bad_url", 302),
    "a bomb": (Answer(gzip.compress(b"\0" * 2**24), headers={"Content-Encoding": "gzip"}), "too_large", None),
    "a bomb inside": (Answer(gzip.compress(b"\0" * 2**24), content_type=RSS), "too_large", 200),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_feed_that_cannot_be_read_is_a_failed_poll_and_a_reject_beside_the_sum(case: str, site: Site) -> None:
    site.routes["/feed"], reason, status = FAILURES[case]
    look = Look(a_feed(site), deadline_s=0.7 if reason == "timeout" else 60.0)
    assert (look.poll.status, look.poll.reason) == ("gone" if case == "gone" else "failed", reason)
    assert (look.poll.http_status, look.poll.failures, look.poll.entries) == (status, 1, 0)
    (reject,) = look.rejects
    assert (reject.reason, reject.counted, reject.entry_id, reject.source) == (reason, False, "", "harbour")
    assert reject.retry_at == look.poll.next_due > MONDAY
    assert reason in REASONS
    assert look.entries == []


def test_a_failure_keeps_the_validators_and_counts(site: Site) -> None:
    site.routes["/feed"] = Answer("no", status=500)
    last = a_poll(url=site.url("/feed"), etag='"1"', failures=2)
    look = Look(a_feed(site), last=last)
    assert (look.poll.etag, look.poll.failures) == ('"1"', 3)
    assert look.poll.next_due > Look(a_feed(site)).poll.next_due
    site.routes["/feed"] = Answer(rss(1), content_type=RSS)
    assert Look(a_feed(site), last=look.poll._replace(next_due=MONDAY)).poll.failures == 0


def test_a_feed_is_not_asked_before_the_server_wishes(site: Site) -> None:
    site.routes["/feed"] = Answer("no", status=503, headers={"Retry-After": "90000"})
    failed = Look(a_feed(site)).poll
    assert failed.next_due == MONDAY + 90_000_000_000
    early = Look(a_feed(site), last=failed, now=MONDAY + DAY)
    assert (early.poll.status, early.poll.next_due, early.poll.failures) == ("skipped", failed.next_due, 1)
    assert (early.entries, early.rejects, site.count("/feed")) == ([], [], 1)
    Look(a_feed(site), last=early.poll, now=MONDAY + 2 * DAY)
    assert site.count("/feed") == 2


def test_a_feed_that_is_gone_for_good_is_left_alone_until_it_is_revived(site: Site) -> None:
    site.routes["/feed"] = Answer("no", status=410)
    gone = Look(a_feed(site)).poll
    assert (gone.status, gone.reason) == ("gone", "retired")
    later = Look(a_feed(site), last=gone, now=MONDAY + 400 * DAY).poll
    assert (later.status, later.reason, site.count("/feed")) == ("skipped", "retired", 1)
    revived = a_feed(site, revived_at=MONDAY + 1)
    assert (
        Memory(RUN_ID, NOTHING, {"harbour": later._replace(polled_at=MONDAY)}, Holds({}, MONDAY), Times()).last_poll(
            revived
        )
        is None
    )


def test_the_same_answer_again_is_known_by_its_bytes_and_what_it_lists_is_accounted_for(site: Site) -> None:
    first = Look(a_feed(site)).poll
    again = Look(a_feed(site), last=first).poll
    assert (again.status, again.entries, again.body_hash) == ("ok", 2, first.body_hash)
    site.routes["/feed"] = Answer(rss(1, 2, 3), content_type=RSS)
    assert Look(a_feed(site), last=again).poll.body_hash != first.body_hash


def test_an_answer_that_was_not_sent_again_tells_what_it_saved(site: Site) -> None:
    site.routes["/feed"] = Answer(rss(1), content_type=RSS, etag='"1"')
    polls = [Look(a_feed(site)).poll]
    for _ in range(2):
        polls.append(Look(a_feed(site), last=polls[-1]).poll)
    assert [each.http_status for each in polls] == [200, 304, 304]
    assert {each.body_bytes for each in polls} == {len(rss(1))}


def test_a_move_for_good_is_believed_once_it_was_met_three_times(site: Site) -> None:
    site.routes |= {"/feed": Answer(status=301, headers={"Location": "/new"}), "/new": Answer(rss(1), content_type=RSS)}
    last: Poll | None = None
    for _ in range(5):
        last = Look(a_feed(site), last=last).poll
    assert (site.count("/feed"), site.count("/new")) == (3, 5)
    assert last is not None
    assert (last.redirect, last.url) == (site.url("/new"), site.url("/feed"))
    site.routes["/new"] = Answer(status=500)
    failed = Look(a_feed(site), last=last).poll
    Look(a_feed(site), last=failed, now=MONDAY + 9 * DAY)
    assert site.count("/feed") == 4


def test_a_page_is_asked_for_its_feed_once(site: Site) -> None:
    site.routes["/"] = Answer('<link rel="alternate" type="application/rss+xml" href="/feed">')
    last = Look(a_source(location=site.url("/"))).poll
    assert Look(a_source(location=site.url("/")), last=last).poll.status == "ok"
    assert (site.count("/"), site.count("/feed")) == (1, 2)


def test_what_a_feed_says_of_itself_is_heard(site: Site) -> None:
    hints = "<ttl>120</ttl><skipHours><hour>8</hour><hour>9</hour></skipHours>"
    site.routes["/feed"] = Answer(rss(1).replace("<channel>", f"<channel>{hints}"), content_type=RSS)
    poll = Look(a_feed(site)).poll  # at six: two hours later is eight, which it skips, as it does nine
    assert poll.next_due == MONDAY + 4 * 3_600_000_000
    early = Look(a_feed(site), last=poll, now=MONDAY + 3_600_000_000).poll
    assert (early.status, early.failures, site.count("/feed")) == ("skipped", 0, 1)


def test_the_queue_is_worked_whatever_the_feed_answers(site: Site) -> None:
    seen = Seen({"harbour": {"guid-9": an_item(9, outcome="deferred", retry_at=None)}}, {})
    site.routes["/feed"] = Answer("no", status=500)
    failed = Look(a_feed(site), seen=seen)
    skipped = Look(a_feed(site), seen=seen, last=failed.poll)
    assert [entry.entry_id for look in (failed, skipped) for entry in look.entries] == ["guid-9", "guid-9"]
    assert skipped.poll.status == "skipped"


def test_a_damaged_feed_gives_what_it_has_and_a_note(site: Site) -> None:
    site.routes["/feed"] = Answer(rss(1, 2).replace("Talks 2", "Talks & 2"), content_type=RSS)
    look = Look(a_feed(site))
    assert (look.poll.status, look.poll.entries, len(look.entries)) == ("ok", 2, 2)
    assert [(each.reason, each.counted) for each in look.rejects] == [("feed_damaged", False)]


def test_entries_that_name_no_page_are_rejects_that_count(site: Site) -> None:
    body = rss(1).replace("</channel>", "<item><guid isPermaLink='false'>x</guid></item></channel>")
    site.routes["/feed"] = Answer(body, content_type=RSS)
    (reject,) = Look(a_feed(site)).rejects
    assert (reject.reason, reject.counted, reject.entry_id) == ("entry_without_link", True, "x")


def test_the_encoding_of_the_header_is_heard(site: Site) -> None:
    site.routes["/feed"] = Answer(rss(1, title="Порт").encode("koi8-r"), content_type=f"{RSS}; charset=KOI8-R")
    assert [entry.title for entry in Look(a_feed(site)).entries] == ["Порт 1"]


def test_the_poll_of_another_address_says_nothing(site: Site) -> None:
    memory = Memory(
        RUN_ID, NOTHING, {"harbour": a_poll(status="gone", next_due=MONDAY + DAY)}, Holds({}, MONDAY), Times()
    )
    assert memory.last_poll(a_source()) is not None
    assert memory.last_poll(a_feed(site)) is None


# --- one sitemap ----------------------------------------------------------------------------------------------------


def urlset(*numbers: int) -> str:
    """Return a sitemap of these numbers; their addresses are /<number>."""
    return f"<urlset>{''.join(f'<url><loc>/{number}</loc></url>' for number in numbers)}</urlset>"


def a_sitemap(site: Site, **changes: Any) -> Source:
    return a_source(kind="sitemap", location=site.url("/sitemap.xml"), **changes)


def test_a_sitemap_gives_its_entries_and_a_poll_of_its_kind(site: Site) -> None:
    site.routes["/sitemap.xml"] = Answer(urlset(1, 2), etag='"1"')
    look = Look(a_sitemap(site))
    assert [entry.entry_id for entry in look.entries] == [site.url("/1"), site.url("/2")]
    assert look.rejects == []
    assert look.poll == a_poll(
        kind="sitemap",
        url=site.url("/sitemap.xml"),
        entries=2,
        etag='"1"',
        not_before=MONDAY,
        gap_s=3_600,
        sightings=0,
        body_hash=hash_of(urlset(1, 2).encode()),
        body_bytes=len(urlset(1, 2)),
    )
    again = Look(a_sitemap(site), last=look.poll)
    assert (again.poll.status, again.poll.etag, again.entries) == ("not_modified", '"1"', [])


def test_an_index_is_asked_for_whole_each_time_since_its_validators_say_nothing_of_its_sitemaps(site: Site) -> None:
    site.routes["/sitemap.xml"] = Answer(
        "<sitemapindex><sitemap><loc>/a.xml</loc></sitemap></sitemapindex>", etag='"1"'
    )
    site.routes["/a.xml"] = Answer(urlset(1), etag='"a"')
    first = Look(a_sitemap(site))
    site.routes["/a.xml"] = Answer(urlset(1, 2), etag='"b"')
    second = Look(a_sitemap(site), last=first.poll)
    assert [(look.poll.status, look.poll.etag, look.poll.entries) for look in (first, second)] == [
        ("ok", None, 1),
        ("ok", None, 2),
    ]


def test_a_sitemap_that_is_none_has_failed_and_waits(site: Site) -> None:
    site.routes["/sitemap.xml"] = Answer("<html></html>")
    look = Look(a_sitemap(site))
    assert (look.poll.kind, look.poll.status, look.poll.reason) == ("sitemap", "failed", "not_a_feed")
    early = Look(a_sitemap(site), last=look.poll)
    assert (early.poll.status, site.count("/sitemap.xml")) == ("skipped", 1)


def test_the_sitemaps_of_an_index_are_asked_for_a_delay_apart(site: Site) -> None:
    site.routes["/sitemap.xml"] = Answer("<sitemapindex><sitemap><loc>/a.xml</loc></sitemap></sitemapindex>")
    waits: list[str] = []

    class Counting(Pace):
        def wait(self) -> None:
            waits.append(" ".join(site.paths()))

    with Web(Options(allow_private=True)) as web:
        list(poll_feed(Turn(RUN_ID, MONDAY, a_sitemap(site), 0, 0), NOTHING, None, web, Counting(0), Holds({}, MONDAY)))
    assert waits == ["", "/sitemap.xml"]


def test_the_language_that_a_sitemap_tells_counts_where_none_is_configured(site: Site) -> None:
    told = "<news:news><news:language>pt</news:language></news:news>"
    site.routes["/sitemap.xml"] = Answer(f"<urlset><url><loc>/1</loc>{told}</url></urlset>")
    languages = [Look(a_sitemap(site, language=each)).entries[0].language for each in (None, "en")]
    assert languages == ["pt", "en"]


def test_a_day_in_a_sitemap_begins_where_the_outlet_is(site: Site) -> None:
    told = "<news:news><news:publication_date>2026-03-02</news:publication_date></news:news>"
    site.routes["/sitemap.xml"] = Answer(f"<urlset><url><loc>/1</loc>{told}</url></urlset>")
    (entry,) = Look(a_sitemap(site, timezone="Asia/Colombo")).entries
    assert (
        entry.published == MONDAY - 6 * 3_600_000_000 - 19_800_000_000
    )  # midnight, five and a half hours ahead of UTC


# --- any feed, run after run ----------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(st.data())
def test_every_listed_entry_is_found_again_once_whatever_became_of_it_before(
    site_of_all: Site, data: st.DataObject
) -> None:
    source = a_feed(site_of_all)
    numbers = data.draw(st.lists(st.integers(0, 8), unique=True))
    site_of_all.routes["/feed"] = Answer(rss(*numbers), content_type=RSS)
    fresh = Look(source)
    outcomes = st.sampled_from(["published", "rejected", "deferred", "unchanged"])
    times = st.sampled_from([None, MONDAY - DAY, MONDAY + DAY])
    items = {
        entry.entry_id: an_item(
            entry_id=entry.entry_id, fingerprint=entry.fingerprint, outcome=data.draw(outcomes)
        )._replace(retry_at=data.draw(times))
        for entry in fresh.entries
        if data.draw(st.booleans())
    }
    later = Look(source, seen=Seen({"harbour": items}, {}))
    found = [each.entry_id for each in (*later.entries, *later.items)]
    assert sorted(found) == sorted(f"guid-{number}" for number in numbers)
    assert later.poll.entries == len(numbers)
    shuffled = data.draw(st.permutations(numbers))
    site_of_all.routes["/feed"] = Answer(rss(*shuffled), content_type=RSS)
    again = Look(source, seen=Seen({"harbour": items}, {}))
    assert sorted(again.entries) == sorted(later.entries)
    assert sorted(again.items, key=repr) == sorted(later.items, key=repr)


@pytest.fixture(name="site_of_all", scope="module")
def one_site_for_many_examples() -> Iterator[Site]:
    with Site() as site:
        yield site


SHARED = Path(__file__).parents[3] / "shared/data/feeds/poll_replay.jsonl.gz"


@pytest.mark.skipif(not SHARED.exists(), reason="../shared is not here")
@pytest.mark.parametrize("outlet", ["adaderana", "newswire"])
def test_polls_of_a_real_feed_tell_new_updated_and_unchanged_apart(outlet: str) -> None:
    with gzip.open(SHARED) as lines:
        polls = [poll for poll in map(json.loads, lines) if poll["source"] == outlet and poll["ok"]]
    seen = Seen({"harbour": {}}, {})
    for now, poll in enumerate(polls):
        listed = read_feed(_as_rss(poll["items"]), "https://harbour.example/feed").entries
        found = list(decide_all(listed, a_source(), seen, run_id=RUN_ID, now=now, queue=True))
        entries = [each for each in found if isinstance(each, Entry)]
        new = sum(entry.version == 0 for entry in entries)
        counts = {"new": new, "updated": len(entries) - new, "unchanged": len(found) - len(entries)}
        assert counts == {name: poll["truth"][name] for name in counts}, poll["time"]
        for entry in entries:
            published = entry_item(entry, "published")._replace(version=entry.version + 1, content_hash="hash")
            seen.items["harbour"][entry.entry_id] = published
            seen.versions[entry.article_id] = Version(entry.version + 1, "hash")


def _as_rss(items: list[dict[str, str]]) -> bytes:
    inside = "".join(
        f"<item><guid isPermaLink='false'>{item['id']}</guid><link>{escape(item['url'])}</link>"
        f"<title>{escape(item['title'])}</title><description>{escape(item['summary'] or '')}</description>"
        f"<pubDate>{item['published']}</pubDate></item>"
        for item in items
    )
    return f'<rss version="2.0"><channel>{inside}</channel></rss>'.encode()


# --- the step -------------------------------------------------------------------------------------------------------


def test_a_source_that_fails_never_stops_the_others(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "doc", "title": "Talks", "text": "They met."}) + "\nno JSON\n")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/a.txt").write_text("They met.")
    site.routes |= {"/broken": Answer("no", status=500), "/html": Answer("<html></html>"), "/slow": Answer(delay_s=600)}
    sources = [
        a_source(name="a-broken", location=site.url("/broken")),
        a_source(name="b-html", location=site.url("/html")),
        a_source(name="c-slow", location=site.url("/slow")),
        a_source(name="d-defect", location=site.url("/defect")),
        a_source(name="e-good", location=site.url("/feed")),
        a_source(name="f-nobody", location="http://127.0.0.1:1/feed"),
        a_source(name="g-private", location="http://[fe80::1]:1/feed"),
        a_source(name="h-corpus", kind="documents", location=str(tmp_path / "a.jsonl")),
        a_source(name="i-folder", kind="folder", location=str(tmp_path / "pages")),
        a_source(name="j-missing", kind="folder", location=str(tmp_path / "nowhere")),
    ]
    monkeypatch.setattr("transforms.poll_sources.read_feed", _raising_for("/defect"))
    site.routes["/defect"] = site.routes["/feed"]
    taken = Newsdesk(tmp_path, deadline_s=2.0).take(*sources)
    assert sorted((entry.source, entry.entry_id) for entry in taken.entries) == [
        ("e-good", "guid-1"),
        ("e-good", "guid-2"),
        ("h-corpus", "doc"),
        ("i-folder", "a.txt"),
    ]
    polls = {
        poll.source: (poll.status, poll.reason) for poll in taken.polls if poll.kind in ("feed", "folder", "documents")
    }
    assert polls == {
        "a-broken": ("failed", "http_error"),
        "b-html": ("failed", "not_a_feed"),
        "c-slow": ("failed", "timeout"),
        "d-defect": ("failed", "stage_failed"),
        "e-good": ("ok", None),
        "f-nobody": ("failed", "connection_failed"),
        "g-private": ("failed", "connection_failed"),
        "h-corpus": ("ok", None),
        "i-folder": ("ok", None),
        "j-missing": ("failed", "missing_file"),
    }


def _raising_for(path: str) -> Any:
    def read(body: bytes, url: str, content_type: str = "") -> Any:
        if url.endswith(path):
            raise RuntimeError("a defect")
        return read_feed(body, url, content_type)

    return read


def test_private_addresses_are_refused_unless_they_are_allowed(site: Site, tmp_path: Path) -> None:
    taken = Newsdesk(tmp_path, allow_private=False).take(a_feed(site))
    assert taken.poll().reason == "blocked_address"
    assert site.requests == []


def test_the_sources_of_a_host_take_turns_a_delay_apart_and_hosts_go_at_once(tmp_path: Path) -> None:
    """Two hosts whose first answers each wait for the other's request: one after the other they would never come."""
    with Site() as one, Site() as other:
        met: list[str] = []

        def meeting(request: Request) -> Answer:
            met.append(request.path)
            while len(met) < 2 and not one.closing.wait(0.01):
                pass
            return Answer(rss(), content_type=RSS)

        for site in (one, other):
            site.routes |= {"/0": meeting, "/1": Answer(rss(), content_type=RSS)}
        sources = [
            a_source(name=f"{name}-{n}", location=site.url(f"/{n}"), delay_s=0.2)
            for name, site in {"one": one, "other": other}.items()
            for n in (0, 1)
        ]
        taken = Newsdesk(tmp_path, shards=1).take(*sources)
    assert {poll.status for poll in taken.polls} == {"ok"}
    assert [one.paths(), other.paths()] == [["/0", "/1"]] * 2


def test_what_one_run_commits_the_next_one_knows(site: Site, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        site.routes[f"/{number}"] = Answer("<p>They met.")
    desk, feed = Newsdesk(tmp_path), a_feed(site)
    assert desk.take(feed).outcomes() == {"guid-1": "published", "guid-2": "published"}
    assert desk.take(feed).outcomes() == {"guid-1": "unchanged", "guid-2": "unchanged"}
    site.routes["/feed"] = Answer(rss(2, 3).replace("Talks 2", "More talks"), content_type=RSS, etag='"2"')
    third = desk.take(feed)
    assert third.outcomes() == {"guid-2": "published", "guid-3": "published"}
    assert {entry.entry_id: entry.version for entry in third.entries} == {"guid-2": 1, "guid-3": 0}
    fourth = desk.take(feed)
    assert (fourth.poll().status, fourth.outcomes()) == ("not_modified", {})
    assert [site.count(f"/{number}") for number in (1, 2, 3)] == [1, 2, 1]


def test_a_newsroom_in_which_nothing_is_new_is_unchanged_to_the_last_item(tmp_path: Path) -> None:
    room, desk = Newsroom(day=1), Newsdesk(tmp_path)
    with serving(room, port=0) as site:
        sources = [
            a_source(name=publisher, kind=kind, location=site + path)
            for kind, paths in {"feed": FEEDS, "sitemap": SITEMAPS}.items()
            for path, publisher in paths.items()
        ]
        days = []
        for room.day in range(1, 7):
            days.append(desk.take(*sources))
    assert [len(day.entries) > 0 for day in days] == [True, True, True, False, False, False]
    last = days[2].outcomes()
    assert len(last) == 40
    for day in days[3:]:
        assert day.outcomes() == dict.fromkeys(last, "unchanged")
        assert {poll.status for poll in day.polls if poll.kind in ("feed", "sitemap")} == {"ok"}


@pytest.mark.parametrize(("option", "value"), [("shards", 0), ("threads", -1), ("deadline_s", 0)])
def test_an_option_that_cannot_work_is_refused_before_the_run(option: str, value: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=option):
        PollSources(Lake.open(str(tmp_path)), **{option: value})


def test_no_ticks_give_nothing(tmp_path: Path) -> None:
    taken = Newsdesk(tmp_path).take()
    assert (taken.entries, taken.polls, taken.rejects) == ([], [], [])
