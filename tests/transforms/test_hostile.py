"""Servers that mean harm, or are broken: each alone has its reason, and nobody else waits for them.

Each case is a server of its own, since the sources of one host take turns. All are polled in one run together with a
sound feed; what a page or a robots.txt can do stands behind it.
"""

import contextlib
import gzip
import random
import resource
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import brotli
import pytest
import zstandard
from certificates import Certificate, make_certificate
from gathering import Newsdesk, Taken
from records import a_source
from webserver import Answer, Route
from webserver import Web as Site

from schemas import Entry
from transforms.scrub import is_clean

RSS = "application/rss+xml"
DEADLINE_S = 8.0
#: What a run over all of them may take beside what the process holds already.
MEMORY_KB = 400_000

ZEROS = bytes(30 * 2**20)
#: Begins a document whose title never seems to end, 100 MB of it, in 100 kB.
LONG_TITLE = (b'<rss version="2.0"><channel><item><title>', *[b"x" * 2**20] * 100)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"


def feed(inside: str, head: str = "") -> str:
    return f'{head}<rss version="2.0"><channel>{inside}</channel></rss>'


def item(inside: str = "", number: int = 1) -> str:
    return f"<item><guid isPermaLink='false'>g{number}</guid><link>/{number}</link>{inside}</item>"


def deflated(pieces: Iterable[bytes]) -> bytes:
    """Return pieces packed with gzip, without holding them all."""
    packer = zlib.compressobj(wbits=31)
    return b"".join([*map(packer.compress, pieces), packer.flush()])


def packed(body: bytes, coding: str) -> Answer:
    return Answer(body, content_type=RSS, headers={"Content-Encoding": coding})


def moved(where: str) -> Answer:
    return Answer(status=302, headers={"Location": where})


def xml(body: str | bytes) -> Answer:
    return Answer(body, content_type=RSS)


LAUGHS = (
    "<!DOCTYPE x [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)) + "]>"
)
SOUND = feed(item("<title>Talks</title>"))

#: What a server answers at /feed, and the reason of the failed poll; None where the feed is read.
HOSTILE: dict[str, tuple[Route, str | None]] = {
    "slow head": (Answer(raw=OK + b"X: y\r\n" * 9_999, drip_s=0.1), "timeout"),
    "slow body": (Answer("x" * 9_999, drip_s=0.1), "timeout"),
    "silence": (Answer(delay_s=600), "timeout"),
    "endless body": (Answer(b"x" * 2**16, raw=OK + b"\r\n", endless=True), "too_large"),
    "endless head": (Answer(b"X: " + b"y" * 2**12 + b"\r\n", raw=OK, endless=True), "connection_failed"),
    "gzip bomb": (packed(gzip.compress(ZEROS), "gzip"), "too_large"),
    "br bomb": (packed(brotli.compress(ZEROS, quality=5), "br"), "too_large"),
    "zstd bomb": (packed(zstandard.compress(ZEROS), "zstd"), "too_large"),
    "zstd window of 2 GB": (packed(b"\x28\xb5\x2f\xfd\x00\xa8" + b"\x00" * 20, "zstd"), "connection_failed"),
    "gzip that is cut": (packed(gzip.compress(SOUND.encode())[:-9], "gzip"), "connection_failed"),
    "br that is cut": (packed(brotli.compress(SOUND.encode())[:-9], "br"), "connection_failed"),
    "zstd that is cut": (packed(zstandard.compress(SOUND.encode())[:-9], "zstd"), "connection_failed"),
    "a coding that is none": (packed(b"abc", "gzip"), "connection_failed"),
    "a coding nobody asked for": (packed(b"abc", "compress"), "connection_failed"),
    "redirect to itself": (moved("/feed"), "too_many_redirects"),
    "redirects without end": (lambda request: moved(f"{request.path}/x"), "too_many_redirects"),
    "redirect to the cloud's metadata": (moved("http://169.254.169.254/latest/meta-data/"), "blocked_address"),
    "redirect to loopback in IPv6": (moved("http://[::1]/feed"), "blocked_address"),
    "redirect to NAT64 of loopback": (moved("http://[64:ff9b::7f00:1]/feed"), "blocked_address"),
    "redirect to a file": (moved("file:///etc/passwd"), "bad_url"),
    "a length that is too long": (
        Answer(raw=OK + b"Content-Length: 9999\r\n\r\n" + SOUND.encode()),
        "connection_failed",
    ),
    "a length that is no number": (Answer(raw=OK + b"Content-Length: many\r\n\r\n"), "connection_failed"),
    "a type that is wrong": (Answer(SOUND, content_type="image/png"), None),
    "a charset that is wrong": (Answer(SOUND, content_type="application/rss+xml; charset=utf-32"), None),
    "a page for a feed": (Answer("<html><body>Subscribe</body></html>", content_type=RSS), "not_a_feed"),
    "a chunk that is cut": (
        Answer(raw=OK + b"Transfer-Encoding: chunked\r\n\r\n40\r\n<rss>"),
        "connection_failed",
    ),
    "no HTTP": (Answer(raw=b"SSH-2.0-OpenSSH_9.6\r\n"), "connection_failed"),
    "too many requests, in seconds": (Answer(status=429, headers={"Retry-After": "7200"}), "http_error"),
    "too many requests, by date": (
        Answer(
            raw=b"HTTP/1.1 429 Too Many\r\nDate: Mon, 02 Mar 2026 06:00:00 GMT\r\n"
            b"Retry-After: Mon, 02 Mar 2026 09:00:00 GMT\r\nContent-Length: 0\r\n\r\n"
        ),
        "http_error",
    ),
    "service unavailable": (Answer(status=503), "http_error"),
    "not found": (Answer(status=404), "gone"),
    "gone": (Answer(status=410), "retired"),
    "a DTD that is a trap": (xml(feed(item(), '<!DOCTYPE rss SYSTEM "/trap.dtd">')), None),
    "an entity that is a file": (
        xml(feed(item("<title>a&x;b</title>"), '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>')),
        None,
    ),
    "a billion laughs": (xml(feed(item("<title>&a11;</title>"), LAUGHS)), None),
    "XML 200,000 deep": (xml("<rss version='2.0'><channel>" + "<a>" * 200_000), "not_a_feed"),
    "an author without end": (xml(feed(item(f"<author>{'a@' * 100_000}</author>"))), None),
    "a title of 100 MB": (packed(deflated(LONG_TITLE), "gzip"), "too_large"),
    "a title of 9 MB": (xml(feed(item(f"<title>{'x' * 9_000_000}</title>"))), None),
    "NUL bytes": (xml(feed(item("<title>a\0b</title>"))), None),
    "lone surrogates": (xml(feed(item("<title>a&#xD800;b</title>"))), None),
    "a link to a file": (xml(feed("<item><guid>f</guid><link>file:///etc/passwd</link></item>")), None),
    "dates of no calendar": (
        xml(feed(item("<pubDate>Mon, 01 Jan 0001 00:00:00 GMT</pubDate>") + item("<pubDate>99999-01-01</pubDate>", 2))),
        None,
    ),
    "a guid that climbs and paints": (
        xml(feed("<item><guid isPermaLink='false'>../../\x1b[31m\x1b]0;owned\x07etc</guid><link>/1</link></item>")),
        None,
    ),
}


@pytest.fixture(name="run", scope="module")
def one_run_over_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Taken, dict[str, Site], int]]:
    """Return what one run took, the servers, and by how many kB the peak of memory rose."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with contextlib.ExitStack() as stack:
        sites = {name: stack.enter_context(Site()) for name in ("sound", *HOSTILE)}
        sites["sound"].routes["/feed"] = xml(SOUND)
        for name, (route, _) in HOSTILE.items():
            sites[name].routes["/feed"] = route
            if name == "redirects without end":
                sites[name].routes |= {f"/feed{'/x' * n}": route for n in range(60)}
        sources = [a_source(name=name, location=site.url("/feed")) for name, site in sites.items()]
        options = {"allow_private": False, "allow_hosts": ("127.0.0.1",), "deadline_s": DEADLINE_S}
        taken = Newsdesk(tmp_path_factory.mktemp("hostile"), **options).take(*sources)
        yield taken, sites, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


Run = tuple[Taken, dict[str, Site], int]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_server_has_its_reason(name: str, run: Run) -> None:
    (poll,) = [each for each in run[0].polls if each.source == name and each.kind == "feed"]
    expected = HOSTILE[name][1]
    assert (poll.status, poll.reason) == (("ok", None) if expected is None else (poll.status, expected))
    if poll.reason:
        (told,) = [each for each in run[0].rejects if each.source == name and not each.counted]
        assert (told.reason, bool(told.detail)) == (poll.reason, True)


def test_the_others_finish(run: Run) -> None:
    assert [each.entry_id for each in run[0].entries if each.source == "sound"] == ["g1"]


def test_memory_stays_within_its_bound(run: Run) -> None:
    assert run[2] < MEMORY_KB


def test_whatever_they_list_can_stand_in_a_row(run: Run) -> None:
    for entry in run[0].entries:
        assert is_clean(entry.entry_id + (entry.title or "") + entry.url)
        assert len(entry.title or "") <= 1_000


def entry_of(run: Run, name: str) -> Entry:
    return next(each for each in run[0].entries if each.source == name)


def test_nothing_outside_a_feed_is_fetched_or_opened(run: Run) -> None:
    assert run[1]["a DTD that is a trap"].count("/trap.dtd") == 0
    assert "root:" not in repr(run[0])
    assert entry_of(run, "an entity that is a file").title == "a&x;b"
    (told,) = [each for each in run[0].counted() if each.source == "a link to a file"]
    assert told.reason == "bad_url"


def test_a_guid_that_climbs_and_paints_is_a_plain_name(run: Run) -> None:
    assert entry_of(run, "a guid that climbs and paints").entry_id == "../../etc"


def test_dates_of_no_calendar_are_noted_or_left_to_the_page(run: Run) -> None:
    dated = [each.published for each in run[0].entries if each.source == "dates of no calendar"]
    assert len(dated) == 2


@pytest.mark.parametrize("name", ["too many requests, in seconds", "too many requests, by date"])
def test_a_server_that_says_when_is_left_alone_until_then(name: str, run: Run) -> None:
    (poll,) = [each for each in run[0].polls if each.source == name]
    wait_s = (poll.next_due - poll.polled_at) / 1_000_000
    assert wait_s >= (7_200 if "seconds" in name else 10_800)


# --- pages and robots.txt --------------------------------------------------------------------------------------------


def pages(folder: Path, routes: dict[str, Route]) -> Taken:
    with Site({"/feed": xml(SOUND), **routes}) as site:
        return Newsdesk(folder, deadline_s=DEADLINE_S).take(a_source(location=site.url("/feed")))


def test_a_robots_txt_without_end_is_not_read_and_forbids_for_now(tmp_path: Path) -> None:
    rules = Answer(b"User-agent: *\nAllow: /\n" * 10_000, raw=OK.replace(b"rss+xml", b"x") + b"\r\n", endless=True)
    assert pages(tmp_path, {"/robots.txt": rules, "/1": Answer("<p>Talks</p>")}).reasons() == {
        "g1": "robots_unreadable"
    }


def test_a_robots_txt_of_50_mb_forbids_for_now_and_is_not_asked_for_again_at_once(tmp_path: Path) -> None:
    rules = deflated([b"User-agent: *\nAllow: /\n" * 2**15] * 70)
    robots = Answer(rules, content_type="text/plain", headers={"Content-Encoding": "gzip"})
    with Site({"/feed": xml(SOUND), "/robots.txt": robots, "/1": Answer("<p>Talks</p>")}) as site:
        desk = Newsdesk(tmp_path)
        first, second = (
            desk.take(a_source(location=site.url("/feed"))),
            desk.take(a_source(location=site.url("/feed")), after=60_000_000),
        )
        assert (first.reasons(), second.outcomes()) == ({"g1": "robots_unreadable"}, {"g1": "deferred"})
        assert site.count("/robots.txt") == 1


def test_19_mb_of_equal_paragraphs_are_not_read_to_their_end(tmp_path: Path) -> None:
    page = deflated([b"<p>hello there</p>" * 2**10] * 1_031)
    routes: dict[str, Route] = {"/1": Answer(page, headers={"Content-Encoding": "gzip"})}
    assert pages(tmp_path, routes).reasons() == {"g1": "too_large"}


def test_a_feed_that_is_not_found_and_comes_back_is_read(tmp_path: Path) -> None:
    with Site() as site:
        desk, source = Newsdesk(tmp_path), a_source(location=site.url("/feed"))
        assert desk.take(source).poll().reason == "gone"
        site.routes |= {"/feed": xml(SOUND), "/1": Answer("<p>Talks</p>")}
        assert desk.take(source, after=60_000_000).poll().status == "skipped"
        assert desk.take(source).outcomes() == {"g1": "published"}


def test_a_robots_txt_that_fails_forbids_for_now(tmp_path: Path) -> None:
    assert pages(tmp_path, {"/robots.txt": Answer(status=500)}).reasons() == {"g1": "robots_unreadable"}


def test_a_page_that_comes_back_is_taken(tmp_path: Path) -> None:
    with Site({"/feed": xml(SOUND), "/1": Answer(status=503)}) as site:
        desk = Newsdesk(tmp_path)
        assert desk.take(a_source(location=site.url("/feed"))).reasons() == {"g1": "http_error"}
        site.routes["/1"] = Answer("<p>Talks</p>")
        assert desk.take(a_source(location=site.url("/feed"))).outcomes() == {"g1": "published"}


def test_random_bytes_in_place_of_any_answer_fail_alone(tmp_path: Path) -> None:
    noise = random.Random(7).randbytes(2_000)
    with Site({"/feed": Answer(raw=noise)}) as site:
        assert Newsdesk(tmp_path).take(a_source(location=site.url("/feed"))).poll().reason == "connection_failed"


# --- certificates ----------------------------------------------------------------------------------------------------


def test_a_certificate_that_nobody_vouches_for_is_refused_and_never_passed_over(
    certificate: Certificate, tmp_path: Path
) -> None:
    with Site({"/feed": xml(SOUND)}, tls=certificate.server()) as site:
        taken = Newsdesk(tmp_path).take(a_source(location=site.url("/feed")))
        assert taken.poll().reason == "bad_certificate"
        assert site.requests == []


def test_a_certificate_of_another_host_is_refused_though_it_is_trusted(tmp_path: Path) -> None:
    foreign = make_certificate(tmp_path, address="127.0.0.9")
    with Site({"/feed": xml(SOUND)}, tls=foreign.server()) as site:
        taken = Newsdesk(tmp_path, ca_file=foreign.file).take(a_source(location=site.url("/feed")))
        assert (taken.poll().reason, site.requests) == ("bad_certificate", [])


def test_a_certificate_is_trusted_where_the_operator_says_so(certificate: Certificate, tmp_path: Path) -> None:
    with Site({"/feed": xml(SOUND), "/1": Answer("<p>Talks</p>")}, tls=certificate.server()) as site:
        taken = Newsdesk(tmp_path, ca_file=certificate.file).take(a_source(location=site.url("/feed")))
        assert taken.outcomes() == {"g1": "published"}
