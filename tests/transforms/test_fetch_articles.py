"""Fetching over real sockets and files: what comes back, what is forbidden, what is left for later."""

import gzip
import itertools
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from gathering import Newsdesk, Taken, outputs
from hypothesis import given
from hypothesis import strategies as st
from records import DAY, MONDAY, a_source, an_entry
from webserver import Answer, Route
from webserver import Web as Site

from schemas import Entry, Item, Poll, Source
from schemas.reject import REASONS
from transforms.fetch.urls import article_id, document_url, file_url
from transforms.fetch_articles import FetchArticles, plan_host
from transforms.store.lake import Lake

HOUR = DAY // 24

#: The deadline of tests in which somebody keeps silent: far more than an answer on loopback takes.
HASTY_S = 0.7
#: After which an article of a source that is polled once an hour is given up.
ATTEMPTS = 5
PAGE = Answer("<html><p>They met.</p></html>")
SILENT = Answer(delay_s=600)


@pytest.fixture(name="site")
def a_site() -> Iterator[Site]:
    with Site() as site:
        yield site


@pytest.fixture(name="lake")
def a_lake(tmp_path: Path) -> Lake:
    return Lake.open(str(tmp_path / "lake"))


def entry_of(url: str, number: int = 1, **changes: Any) -> Entry:
    return an_entry(number, url=url, article_id=article_id(url), delay_s=0.0)._replace(**changes)


def fetch(lake: Lake, *entries: Entry, **options: Any) -> Taken:
    found = outputs(FetchArticles(lake, **{"allow_private": True, **options}), entries, Entry)
    return Taken(list(entries), **found)


def fetch_all(lake: Lake, site: Site, routes: dict[str, Route], **options: Any) -> Taken:
    """Serve `routes` and fetch each; entries go by their paths."""
    site.routes |= routes
    return fetch(
        lake, *(entry_of(site.url(path), entry_id=path) for path in routes if path != "/robots.txt"), **options
    )


# --- what comes back ------------------------------------------------------------------------------------------------


def test_a_page_is_its_bytes_with_what_the_server_says_of_them(lake: Lake, site: Site) -> None:
    site.routes |= {
        "/a": Answer(status=302, headers={"Location": "/b?id=1"}),
        "/b?id=1": Answer("Порт".encode("koi8-r"), content_type="TEXT/HTML; charset=koi8-r", compress=True),
    }
    entry = entry_of(site.url("/a"))
    (page,) = fetch(lake, entry).pages
    assert (page.entry, page.final_url, page.content_type) == (entry, site.url("/b?id=1"), "text/html")
    assert (page.charset, page.body.decode("koi8-r")) == ("koi8-r", "Порт")


KINDS = {
    "text/html": "text/html",
    "application/xhtml+xml": "text/html",
    "text/plain; charset=utf-8": "text/plain",
    None: "text/html",
    "application/pdf": None,
    "image/png": None,
    "application/json": None,
    "application/octet-stream": None,
    "": "text/html",
    ";": "text/html",
}


def test_only_pages_of_text_are_taken_and_one_of_no_type_by_its_looks(lake: Lake, site: Site) -> None:
    routes: dict[str, Route] = {f"/{number}": Answer(PAGE.body, content_type=kind) for number, kind in enumerate(KINDS)}
    taken = fetch_all(lake, site, routes | {"/binary": Answer(b"\x89PNG", content_type=None)})
    found = {page.entry.entry_id: page.content_type for page in taken.pages}
    assert found == {f"/{number}": kind for number, kind in enumerate(KINDS.values()) if kind}
    assert set(taken.reasons().values()) == {"not_html"}
    assert len(taken.outcomes()) == len(KINDS) + 1


REFUSALS: dict[str, tuple[Route, str, bool]] = {
    "/gone": (Answer("no", status=410), "gone", False),
    "/missing": (Answer("no", status=404), "gone", False),
    "/forbidden": (Answer("no", status=403), "http_error", False),
    "/broken": (Answer("no", status=500), "http_error", True),
    "/cut": (Answer("half of it", cut=4), "connection_failed", True),
    "/loop": (Answer(status=302, headers={"Location": "/loop"}), "too_many_redirects", False),
    "/file": (Answer(status=302, headers={"Location": "file:///etc/hostname"}), "bad_url", False),
    "/large": (Answer(b" " * (10 * 2**20 + 1)), "too_large", False),
    "/bomb": (Answer(gzip.compress(b"\0" * 2**24), headers={"Content-Encoding": "gzip"}), "too_large", False),
    "/unchanged": (Answer(status=304), "http_error", False),
}


def test_each_refusal_has_its_reason_and_what_may_pass_is_tried_again(lake: Lake, site: Site) -> None:
    taken = fetch_all(lake, site, {path: answer for path, (answer, _, _) in REFUSALS.items()} | {"/page": PAGE})
    assert taken.reasons() == {path: reason for path, (_, reason, _) in REFUSALS.items()}
    assert {reject.entry_id for reject in taken.rejects if reject.retry_at} == {p for p in REFUSALS if REFUSALS[p][2]}
    assert all(reject.reason in REASONS and reject.detail and reject.attempts == 1 for reject in taken.rejects)
    assert [page.entry.entry_id for page in taken.pages] == ["/page"]


def test_pages_that_take_too_long_are_tried_again(lake: Lake, site: Site) -> None:
    taken = fetch_all(lake, site, {"/a": SILENT, "/b": Answer("x" * 100, drip_s=0.1)}, deadline_s=HASTY_S)
    assert taken.reasons() == {"/a": "timeout", "/b": "timeout"}
    assert all(reject.retry_at for reject in taken.rejects)


def test_what_a_server_sends_without_being_asked_for_fails_alone(
    lake: Lake, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.fetch_articles._sniffed", _raising)
    taken = fetch_all(lake, site, {"/a": PAGE, "/b": Answer("x", content_type=None), "/c": PAGE})
    assert taken.outcomes() == {"/a": "published", "/b": "rejected", "/c": "published"}
    assert taken.reasons() == {"/b": "stage_failed"}
    assert "a defect" in taken.rejects[0].detail


def _raising(*given: object) -> Any:
    raise RuntimeError("a defect")


def test_a_host_at_which_the_step_itself_fails_does_not_stop_the_others(
    lake: Lake, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.fetch.robots.Robots.delay_s", _raising_for(site.host))
    with Site({"/b": PAGE}) as other:
        taken = fetch(lake, entry_of(site.url("/a")), entry_of(other.url("/b"), 2))
    assert taken.outcomes() == {"guid-1": "rejected", "guid-2": "published"}


def _raising_for(host: str) -> Any:
    def delay_s(robots: object, url: str) -> float:
        return _raising() if host in url else 0.0

    return delay_s


def test_private_addresses_are_refused_also_behind_robots_txt(lake: Lake, site: Site) -> None:
    taken = fetch(lake, entry_of(site.url("/a")), allow_private=False)
    (reject,) = taken.rejects
    assert (reject.reason, reject.retry_at) == ("blocked_address", None)
    assert site.requests == []


# --- robots.txt -----------------------------------------------------------------------------------------------------


def rules(text: str) -> dict[str, Route]:
    return {"/robots.txt": Answer(text, content_type="text/plain"), "/a": PAGE, "/members/b": PAGE}


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_robots_txt_forbids_and_allows_by_path(mark: str, lake: Lake, site: Site) -> None:
    taken = fetch_all(lake, site, rules(f"{mark}User-agent: *\nDisallow: /members/\n"))
    assert taken.outcomes() == {"/a": "published", "/members/b": "rejected"}
    (reject,) = taken.rejects
    assert (reject.reason, reject.retry_at) == ("robots_denied", None)
    assert site.paths() == ["/robots.txt", "/a"]


def test_rules_for_this_robot_go_before_those_for_all(lake: Lake, site: Site) -> None:
    taken = fetch_all(lake, site, rules("User-agent: *\nAllow: /\n\nUser-agent: NewsBeam\nDisallow: /\n"))
    assert set(taken.reasons().values()) == {"robots_denied"}


@pytest.mark.parametrize(
    "answer",
    [
        Answer("no", status=404),
        Answer("no", status=403),
        Answer(""),
        Answer("<html>Not found</html>"),
        Answer(b"\xff\xfe\x00\x9b" * 100),
        Answer("\ufeffUser-agent: other\nDisallow: /"),
        Answer("Disallow: /" * 100_000),
        Answer(status=301, headers={"Location": "/rules.txt"}),
    ],
    ids=["404", "403", "empty", "HTML", "binary", "mark", "long", "moved to nothing"],
)
def test_where_there_are_no_rules_all_is_allowed(answer: Answer, lake: Lake, site: Site) -> None:
    taken = fetch_all(lake, site, {"/robots.txt": answer, "/a": PAGE})
    assert taken.outcomes() == {"/a": "published"}
    assert taken.poll("robots").status == "ok"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer("no", status=500), "http_error"),
        (Answer("no", status=429), "http_error"),
        (SILENT, "timeout"),
        (Answer("Disallow:", cut=3), "connection_failed"),
        (Answer(status=302, headers={"Location": "/robots.txt"}), "too_many_redirects"),
    ],
    ids=["500", "429", "silent", "cut", "loop"],
)
def test_where_the_rules_cannot_be_read_nothing_is_asked_for_until_they_can(
    answer: Answer, reason: str, lake: Lake, site: Site
) -> None:
    deadline_s = HASTY_S if answer is SILENT else 60.0
    taken = fetch_all(lake, site, {"/robots.txt": answer, "/a": PAGE}, deadline_s=deadline_s)
    (reject,) = taken.rejects
    poll = taken.poll("robots")
    assert (reject.reason, poll.status, poll.reason, site.count("/a")) == ("robots_unreadable", "failed", reason, 0)
    assert reject.retry_at is not None
    assert reject.retry_at >= poll.next_due - 1_000_000 > MONDAY


def test_robots_txt_is_asked_for_once_a_host_and_remembered_for_a_day(site: Site, tmp_path: Path) -> None:
    desk = Newsdesk(tmp_path)
    site.routes |= rules("User-agent: *\nDisallow: /members/\n") | {"/feed": _feed("/a", "/members/b")}
    feed = a_source(location=site.url("/feed"))
    desk.take(feed)
    site.routes["/feed"] = _feed("/a", "/c", "/members/d")
    assert desk.take(feed, after=HOUR).reasons() == {"/c": "gone", "/members/d": "robots_denied"}
    assert site.count("/robots.txt") == 1
    site.routes["/feed"] = _feed("/e")
    desk.take(feed, after=DAY)
    assert site.count("/robots.txt") == 2


def _feed(*paths: str) -> Answer:
    items = "".join(f"<item><guid isPermaLink='false'>{path}</guid><link>{path}</link></item>" for path in paths)
    return Answer(f'<rss version="2.0"><channel>{items}</channel></rss>', content_type="application/rss+xml")


def test_a_redirect_is_followed_only_where_the_rules_of_its_host_allow_it(lake: Lake, site: Site) -> None:
    with Site({"/robots.txt": Answer("User-agent: *\nDisallow: /b"), "/b": PAGE, "/c": PAGE}) as other:
        site.routes |= {
            f"/to{path}": Answer(status=302, headers={"Location": other.url(path, "localhost")})
            for path in ("/b", "/c")
        }
        taken = fetch(lake, *(entry_of(site.url(f"/to{path}"), entry_id=path) for path in ("/b", "/c")))
        assert other.paths() == ["/robots.txt", "/c"]
    assert taken.outcomes() == {"/b": "rejected", "/c": "published"}
    assert taken.reasons() == {"/b": "robots_denied"}


def test_a_crawl_delay_cuts_what_a_run_takes_up_and_robots_txt_counts(lake: Lake, site: Site) -> None:
    entries = [entry_of(site.url(f"/{n}"), n, budget_s=1.5, published=MONDAY + n) for n in range(4)]
    site.routes |= {"/robots.txt": Answer("User-agent: *\nCrawl-delay: 0.5\n")} | {f"/{n}": PAGE for n in range(4)}
    taken = fetch(lake, *entries)
    assert taken.outcomes() == {f"guid-{n}": "published" if n > 1 else "deferred" for n in range(4)}
    first, second = [request.at for request in site.requests if request.path != "/robots.txt"]
    assert second - first > 0.25


def test_redirects_of_other_hosts_keep_the_delay_of_the_host_that_they_lead_to(lake: Lake, site: Site) -> None:
    site.routes |= {"/robots.txt": Answer("User-agent: *\nCrawl-delay: 0.5\n")} | {f"/{n}": PAGE for n in range(4)}
    with Site() as other:
        other.routes |= {f"/{n}": Answer(status=302, headers={"Location": site.url(f"/{n}")}) for n in range(2)}
        urls = [other.url("/0"), other.url("/1"), site.url("/2"), site.url("/3")]
        taken = fetch(lake, *(entry_of(url, n) for n, url in enumerate(urls)), shards=1)
    assert set(taken.outcomes().values()) == {"published"}
    pages = [request.at for request in site.requests if request.path != "/robots.txt"]
    assert len(pages) == 4
    assert min(later - earlier for earlier, later in itertools.pairwise(pages)) > 0.25


def test_a_delay_longer_than_a_hosts_share_is_kept_across_runs(site: Site, tmp_path: Path) -> None:
    site.routes |= {"/robots.txt": Answer("User-agent: *\nCrawl-delay: 7200\n"), "/a": PAGE, "/b": PAGE}
    site.routes["/feed"] = _feed("/a", "/b")
    desk, feed = Newsdesk(tmp_path), a_source(location=site.url("/feed"))
    runs = [desk.take(feed, after=HOUR).outcomes() for _ in range(5)]
    assert [list(run.values()).count("published") for run in runs] == [0, 1, 0, 1, 0]
    assert [site.count(path) for path in ("/robots.txt", "/a", "/b")] == [1, 1, 1]


# --- what is taken up -----------------------------------------------------------------------------------------------


def test_a_budget_takes_the_newest_first_and_defers_the_rest() -> None:
    times = {"a": 1, "b": 3, "c": None, "d": 2, "e": 3}
    entries = [
        entry_of(f"https://harbour.example/{name}", entry_id=name, published=at, budget_s=3.0)
        for name, at in times.items()
    ]
    plan = plan_host(entries, delay_s=1.0)
    assert [entry.entry_id for entry in plan.fetch] == ["b", "e", "d"]
    assert [(item.entry_id, item.outcome, item.reason) for item in plan.items] == [
        ("a", "deferred", "over_budget"),
        ("c", "deferred", "over_budget"),
    ]


def test_an_article_that_two_sources_list_is_fetched_once() -> None:
    entries = [
        entry_of("https://harbour.example/a?utm_source=rss", source="meridian"),
        entry_of("https://harbour.example/a", source="harbour"),
    ]
    plan = plan_host(entries, delay_s=0.0)
    assert [entry.source for entry in plan.fetch] == ["harbour"]
    assert [(item.source, item.outcome) for item in plan.items] == [("meridian", "duplicate")]


ENTRIES = st.lists(
    st.builds(
        lambda source, entry_id, page, at: entry_of(
            f"https://harbour.example/{page}", source=source, entry_id=entry_id, published=at, budget_s=4.0
        ),
        st.sampled_from("ab"),
        st.sampled_from("vwxyz"),
        st.integers(0, 3),
        st.sampled_from([None, 1, 2]),
    ),
    unique_by=lambda entry: (entry.source, entry.entry_id),
)


@given(ENTRIES, st.sampled_from([0.0, 1.0, 3.0, 100.0]), st.randoms())
def test_a_plan_holds_every_entry_once_in_any_order(
    entries: list[Entry], delay_s: float, chance: random.Random
) -> None:
    plan = plan_host(entries, delay_s)
    found = [(each.source, each.entry_id) for each in (*plan.fetch, *plan.items)]
    assert sorted(found) == sorted((each.source, each.entry_id) for each in entries)
    assert plan == plan_host(chance.sample(entries, len(entries)), delay_s)
    assert delay_s == 0.0 or len(plan.fetch) <= max(1, 4 / delay_s)


def test_the_order_of_entries_changes_nothing(lake: Lake, site: Site) -> None:
    with Site({"/a": PAGE, "/b": Answer("no", status=500)}) as other:
        site.routes |= {"/c": PAGE, "/d": Answer("no", status=404)}
        urls = [other.url("/a"), other.url("/b"), site.url("/c"), site.url("/d"), site.url("/c?utm_source=x")]
        entries = [entry_of(url, number) for number, url in enumerate(urls)]
        found = [fetch(lake, *order) for order in (entries, entries[::-1])]
    assert found[0]._replace(entries=[]) == found[1]._replace(entries=[])
    assert sorted(found[0].outcomes().values()) == ["duplicate", "published", "published", "rejected", "rejected"]


# --- hosts that are left alone --------------------------------------------------------------------------------------


def items_of(taken: Taken) -> dict[str, tuple[str | None, int, int | None]]:
    """Return reason, attempts and time to try again of what is deferred, by entry id."""
    found = [item for item in taken.items if item.outcome == "deferred"]
    return {item.entry_id: (item.reason, item.attempts, item.retry_at) for item in found}


def ordered(site: Site, *paths: str, **changes: Any) -> Sequence[Entry]:
    """Return entries that are fetched in this order."""
    return [
        entry_of(site.url(path), entry_id=path, published=MONDAY - number, **changes)
        for number, path in enumerate(paths)
    ]


def test_a_host_that_falls_silent_is_left_alone_after_three_timeouts(lake: Lake, site: Site) -> None:
    site.routes |= {"/a": PAGE} | dict.fromkeys(("/b", "/c", "/d", "/e"), SILENT)
    taken = fetch(lake, *ordered(site, "/a", "/b", "/c", "/d", "/e"), deadline_s=HASTY_S)
    assert taken.outcomes() == {"/a": "published", **dict.fromkeys(("/b", "/c", "/d"), "rejected"), "/e": "deferred"}
    ((reason, attempts, retry_at),) = items_of(taken).values()
    assert (reason, attempts) == ("host_silent", 1)
    assert retry_at is not None
    assert retry_at > MONDAY
    assert site.count("/e") == 0
    assert (taken.poll("host").status, taken.poll("host").reason) == ("failed", "host_silent")


def test_a_host_that_says_when_is_left_alone_until_then(site: Site, tmp_path: Path) -> None:
    busy = Answer("no", status=429, headers={"Retry-After": "7200"})
    site.routes |= {"/a": busy, "/b": PAGE, "/c": PAGE, "/feed": _feed("/a", "/b")}
    desk, feed = Newsdesk(tmp_path), a_source(location=site.url("/feed"))
    first = desk.take(feed)
    assert (first.outcomes(), site.count("/b")) == ({"/a": "rejected", "/b": "deferred"}, 0)
    assert first.poll("host").next_due == MONDAY + 2 * HOUR
    site.routes |= {"/a": PAGE, "/feed": _feed("/a", "/b", "/c")}
    asked = len(site.requests)
    early = desk.take(feed, after=HOUR)
    assert (early.poll().status, early.poll().next_due) == ("skipped", MONDAY + 2 * HOUR)
    assert len(site.requests) == asked
    late = desk.take(feed, after=2 * HOUR)
    assert late.outcomes() == dict.fromkeys(("/a", "/b", "/c"), "published")
    assert (late.poll("host").status, late.poll("host").failures) == ("ok", 0)


def test_what_fails_again_and_again_is_given_up_whether_asked_for_or_left_alone(site: Site, tmp_path: Path) -> None:
    busy = Answer("no", status=429)
    site.routes |= {"/a": busy, "/b": busy, "/feed": _feed("/a", "/b")}
    desk, feed = Newsdesk(tmp_path), a_source(location=site.url("/feed"))
    runs = [desk.take(feed) for _ in range(ATTEMPTS + 1)]
    assert [run.outcomes()["/b"] for run in runs] == ["deferred"] * (ATTEMPTS - 1) + ["rejected", "unchanged"]
    assert [run.outcomes()["/a"] for run in runs] == ["rejected"] * ATTEMPTS + ["unchanged"]
    assert {reject.retry_at for reject in runs[ATTEMPTS - 1].counted()} == {None}


def test_what_failed_for_now_is_fetched_when_its_time_has_come(site: Site, tmp_path: Path) -> None:
    site.routes |= {"/a": Answer("no", status=500), "/b": Answer("no", status=404), "/feed": _feed("/a", "/b")}
    desk, feed = Newsdesk(tmp_path), a_source(location=site.url("/feed"))
    assert desk.take(feed).outcomes() == {"/a": "rejected", "/b": "rejected"}
    site.routes |= {"/a": PAGE, "/b": PAGE}
    assert desk.take(feed, after=HOUR // 12).outcomes() == {"/a": "deferred", "/b": "unchanged"}
    site.routes["/feed"] = _feed()
    last = desk.take(feed)
    assert last.outcomes() == {"/a": "published"}
    assert last.entries[0].attempts == 1


def test_what_a_run_leaves_over_the_next_one_takes_up(site: Site, tmp_path: Path) -> None:
    paths = [f"/{number}" for number in range(5)]
    site.routes |= dict.fromkeys(paths, PAGE) | {"/feed": _feed(*paths)}
    desk = Newsdesk(tmp_path)
    feed = a_source(location=site.url("/feed"), delay_s=0.02, budget_s=0.06)
    runs = [desk.take(feed).outcomes() for _ in range(4)]
    assert [list(run.values()).count("published") for run in runs] == [2, 2, 1, 0]
    assert [list(run.values()).count("deferred") for run in runs] == [3, 1, 0, 0]
    assert runs[3] == dict.fromkeys(paths, "unchanged")


def test_every_entry_of_every_run_is_found_again_whatever_its_pages_answer(site: Site, tmp_path: Path) -> None:
    """Listed entries and the queue together are what becomes of them, over runs in which feed and pages change."""
    chance = random.Random(7)
    answers = [PAGE, PAGE, Answer("no", status=404), Answer("no", status=500), Answer(b"x", content_type="image/png")]
    desk, feed = Newsdesk(tmp_path), a_source(location=site.url("/feed"), delay_s=0.001, budget_s=0.012)
    waiting: set[str] = set()
    seen: set[str] = set()
    for _ in range(4):
        paths = [f"/{number}" for number in chance.sample(range(40), 20)]
        site.routes = {path: chance.choice(answers) for path in map("/{}".format, range(40))} | {"/feed": _feed(*paths)}
        outcomes = desk.take(feed, after=HOUR).outcomes()
        assert set(paths) <= set(outcomes) <= set(paths) | waiting
        waiting = {path for path, outcome in outcomes.items() if outcome in ("deferred", "rejected")} | waiting
        seen |= set(outcomes.values())
    assert seen == {"published", "rejected", "unchanged", "deferred"}


# --- files and documents --------------------------------------------------------------------------------------------


def test_files_are_pages_of_the_type_that_their_names_say(lake: Lake, tmp_path: Path) -> None:
    types = {"a.html": "text/html", "b.TXT": "text/plain", "c.md": "text/markdown", "d\udcff.htm": "text/html"}
    for name in types:
        (tmp_path / name).write_bytes(b"They met.\xff")
    taken = fetch(lake, *(entry_of(file_url(str(tmp_path / name)), entry_id=str(n)) for n, name in enumerate(types)))
    assert [(page.content_type, page.charset, page.body) for page in taken.pages] == [
        (kind, None, b"They met.\xff") for kind in types.values()
    ]


def test_files_that_went_since_they_were_listed_are_named(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "folder.html").mkdir()
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate(10 * 2**20 + 1)
    names = ["gone.txt", "folder.html", "large.txt"]
    taken = fetch(lake, *(entry_of(file_url(str(tmp_path / name)), entry_id=name) for name in names))
    assert taken.reasons() == dict(zip(names, ["missing_file", "unreadable_file", "too_large"], strict=True))


def test_a_document_is_its_text_and_needs_no_network_whatever_its_address(lake: Lake) -> None:
    urls = [document_url("corpus", "1"), "https://harbour.example/never-asked-for"]
    taken = fetch(lake, *(entry_of(url, number, text="Порт") for number, url in enumerate(urls)))
    assert [(page.final_url, page.content_type, page.body.decode(), page.entry.text) for page in taken.pages] == [
        (url, "text/plain", "Порт", None) for url in urls
    ]
    assert taken.polls == []


def test_documents_of_one_address_are_one_article(lake: Lake) -> None:
    url = "https://harbour.example/talks"
    taken = fetch(lake, *(entry_of(f"{url}?utm_source={n}", n, text="They met.") for n in range(3)))
    assert taken.outcomes() == {"guid-0": "published", "guid-1": "duplicate", "guid-2": "duplicate"}


def test_a_folder_and_a_corpus_are_accounted_for_run_after_run(tmp_path: Path) -> None:
    folder, corpus = tmp_path / "pages", tmp_path / "a.jsonl"
    folder.mkdir()
    (folder / "a.txt").write_text("They met.")
    (folder / "b.html").symlink_to("nowhere")
    corpus.write_text('{"id": "one", "text": "They met."}\nno JSON\n')
    sources = [_local("pages", "folder", folder), _local("corpus", "documents", corpus)]
    desk = Newsdesk(tmp_path)
    first = desk.take(*sources)
    assert sorted(first.outcomes().values()) == ["published", "published", "rejected", "rejected"]
    assert {poll.entries for poll in first.polls} == {2}
    assert set(desk.take(*sources).outcomes().values()) == {"unchanged"}
    (folder / "a.txt").write_text("They met again.")
    corpus.write_text('{"id": "one", "text": "They met again."}\n')
    third = desk.take(*sources)
    assert third.outcomes() == {"a.txt": "published", "one": "published", "b.html": "unchanged"}
    assert {entry.version for entry in third.entries} == {1}


def _local(name: str, kind: str, path: Path) -> Source:
    return a_source(name=name, kind=kind, location=str(path))


@pytest.mark.parametrize(("option", "value"), [("shards", 0), ("threads", -1), ("deadline_s", 0)])
def test_an_option_that_cannot_work_is_refused_before_the_run(option: str, value: int, lake: Lake) -> None:
    with pytest.raises(ValueError, match=option):
        FetchArticles(lake, **{option: value})


def test_what_flows_out_is_records(lake: Lake, site: Site) -> None:
    site.routes["/a"] = PAGE
    taken = fetch(lake, *ordered(site, "/a", "/b"))
    assert [type(each) for each in taken.polls] == [Poll]
    assert all(isinstance(item, Item) for item in taken.items)
