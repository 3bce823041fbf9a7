"""Retry-After counts for the whole of a registrable domain: for its pages and feeds, now and in later runs."""

from pathlib import Path

import pytest
from gathering import Newsdesk
from records import DAY, MONDAY, RUN_ID, a_source
from webserver import Answer
from webserver import Web as Site

from transforms.fetch import holds as module
from transforms.fetch.holds import Holds
from transforms.fetch.http import Failure, Reply
from transforms.fetch.patience import Stop, host_poll

HOUR = DAY // 24
BUSY = Failure("http_error", "HTTP 503.", 503, 7_200)
PAGE = Reply("https://harbour.example/", 200, b"", "text/html", None, None, None, None, None)
WWW, FEEDS, OTHER = "https://www.harbour.example/1", "https://feeds.harbour.example/rss", "https://meridian.example/1"


def test_what_one_host_asks_for_counts_for_its_domain_and_for_no_other() -> None:
    holds = Holds({}, MONDAY)
    holds.hear(WWW, BUSY)
    assert [holds.stop(url) for url in (WWW, FEEDS, OTHER)] == [Stop("host_busy", BUSY)] * 2 + [None]
    assert [holds.busy_until(url) for url in (WWW, FEEDS, OTHER)] == [MONDAY + 2 * HOUR] * 2 + [None]
    assert [holds.asked_by(url) for url in (WWW, FEEDS)] == [Stop("host_busy", BUSY), None]


@pytest.mark.parametrize("answer", [PAGE, Failure("http_error", "HTTP 429.", 429), Failure("timeout", "None.")])
def test_who_does_not_say_how_long_speaks_for_nobody_else(answer: Reply | Failure) -> None:
    holds = Holds({}, MONDAY)
    holds.hear(WWW, answer)
    assert holds.stop(FEEDS) is None


def test_later_runs_keep_to_it_until_the_time_has_come() -> None:
    poll = host_poll(WWW, Stop("host_busy", BUSY), None, run_id=RUN_ID, now=MONDAY, interval_s=3_600)
    early, late = Holds({poll.source: poll}, MONDAY + HOUR), Holds({poll.source: poll}, MONDAY + 2 * HOUR)
    assert [early.poll(url) for url in (WWW, FEEDS, OTHER)] == [poll, poll, None]
    assert [early.busy_until(url) for url in (WWW, FEEDS, OTHER)] == [MONDAY + 2 * HOUR] * 2 + [None]
    assert late.poll(FEEDS) is late.busy_until(FEEDS) is None


def test_a_host_that_only_fell_silent_speaks_for_nobody_else() -> None:
    poll = host_poll(
        WWW, Stop("host_silent", Failure("timeout", "None.")), None, run_id=RUN_ID, now=MONDAY, interval_s=3_600
    )
    holds = Holds({poll.source: poll}, MONDAY)
    assert (holds.poll(WWW), holds.poll(FEEDS), holds.busy_until(WWW)) == (poll, None, None)


def feed_of(*urls: str) -> Answer:
    items = "".join(f"<item><guid isPermaLink='false'>{url}</guid><link>{url}</link></item>" for url in urls)
    return Answer(f'<rss version="2.0"><channel>{items}</channel></rss>', content_type="application/rss+xml")


def test_a_feed_that_asks_for_it_spares_the_pages_of_its_domain_in_the_same_run_and_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "registrable_domain", lambda url: "harbour.example")  # both servers are one outlet's
    busy = Answer(status=503, headers={"Retry-After": "7200"})
    with Site() as feeds, Site({"/1": Answer(status=500)}) as pages:
        desk, source, url = Newsdesk(tmp_path), a_source(location=feeds.url("/feed")), pages.url("/1")
        feeds.routes["/feed"] = feed_of(url)
        assert desk.take(source).outcomes() == {url: "rejected"}
        feeds.routes["/feed"], pages.routes["/1"] = busy, Answer("<p>They met.</p>")
        (waits,) = desk.take(source, after=HOUR).items
        assert (waits.outcome, waits.reason, waits.retry_at) == ("deferred", "host_busy", MONDAY + 3 * HOUR)
        assert desk.take(source, after=HOUR).poll().status == "skipped"
        assert (pages.count("/1"), feeds.count("/feed")) == (1, 2)
        feeds.routes["/feed"] = feed_of(url)
        assert desk.take(source, after=HOUR).outcomes() == {url: "published"}
