"""The client over real sockets: what it takes, what it refuses, and that nothing holds it for long."""

import contextlib
import gzip
import socket
import ssl
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from webserver import Answer, Request
from webserver import Web as Site

from transforms.fetch import http
from transforms.fetch.codings import TooLarge, Undecodable, bounded, decode, inflate
from transforms.fetch.http import Failure, Options, Reply, Web, is_public

#: Tests wait for no more than this. What is to be cut off would last for minutes.
DEADLINE_S = 0.7

CODINGS = {"gzip": 31, "zlib": 15, "raw": -15}


@pytest.fixture(name="site")
def a_site() -> Iterator[Site]:
    with Site() as site:
        yield site


@pytest.fixture(name="web")
def a_client() -> Iterator[Web]:
    with Web(Options(allow_private=True)) as web:
        yield web


@pytest.fixture(name="hasty")
def a_hasty_client() -> Iterator[Web]:
    with Web(Options(allow_private=True, deadline_s=DEADLINE_S)) as web:
        yield web


def reply_of(answer: Reply | Failure) -> Reply:
    assert isinstance(answer, Reply), answer
    return answer


def reason_of(answer: Reply | Failure) -> str:
    assert isinstance(answer, Failure), answer
    return answer.reason


# --- what an answer says --------------------------------------------------------------------------------------------


def test_an_answer_carries_what_its_headers_say(site: Site, web: Web) -> None:
    headers = {"Last-Modified": "Mon, 02 Mar 2026 06:00:00 GMT", "Cache-Control": "max-age=600"}
    site.routes["/"] = Answer("Talks", content_type="Text/HTML; Charset='utf-8'", headers=headers, etag='W/"1"')
    assert web.get(site.url()) == Reply(
        url=site.url(),
        status=200,
        body=b"Talks",
        content_type="text/html",
        charset="utf-8",
        etag='W/"1"',
        last_modified="Mon, 02 Mar 2026 06:00:00 GMT",
        max_age_s=600,
        moved=None,
    )


def test_an_answer_without_a_content_type_says_so(site: Site, web: Web) -> None:
    site.routes["/"] = Answer("Talks", content_type=None)
    assert (reply_of(web.get(site.url())).content_type, reply_of(web.get(site.url())).charset) == ("", None)


def test_a_known_copy_is_not_sent_again(site: Site, web: Web) -> None:
    site.routes["/"] = Answer("Talks", etag='"1"')
    etag = reply_of(web.get(site.url())).etag
    again = reply_of(web.get(site.url(), etag=etag, last_modified="Mon, 02 Mar 2026 06:00:00 GMT"))
    assert (again.status, again.body) == (304, b"")
    assert site.requests[-1].headers["If-Modified-Since"] == "Mon, 02 Mar 2026 06:00:00 GMT"


@pytest.mark.parametrize("etag", ['"Genève"', '"' + "x" * 2_000 + '"'])
def test_a_validator_that_cannot_be_sent_back_is_not_kept(etag: str, site: Site, web: Web) -> None:
    site.routes["/"] = Answer("Talks", etag=etag)
    assert reply_of(web.get(site.url())).etag is None


def test_servers_are_told_who_asks(site: Site) -> None:
    site.routes["/"] = Answer("Talks")
    with Web(Options(allow_private=True, contact="desk@harbour.example")) as web:
        web.get(site.url())
    agent = site.requests[0].headers["User-Agent"]
    assert agent.startswith("newsbeam/")
    assert agent.endswith(" (+desk@harbour.example)")


def test_one_connection_serves_many_requests(site: Site, web: Web) -> None:
    site.routes["/"] = Answer("Talks")
    for _ in range(3):
        web.get(site.url())
    assert len({request.port for request in site.requests}) == 1


def test_a_request_that_meets_a_closing_connection_goes_over_a_new_one(site: Site, web: Web) -> None:
    ports: list[int] = []

    def once_a_connection(request: Request) -> Answer:
        ports.append(request.port)
        return Answer("Talks") if ports.count(request.port) == 1 else Answer(raw=b"")

    site.routes["/"] = once_a_connection
    assert [reply_of(web.get(site.url())).body for _ in range(3)] == [b"Talks"] * 3
    assert len(ports) == 5


# --- failures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "reason", "passing"),
    [
        (400, "http_error", False),
        (401, "http_error", False),
        (403, "http_error", False),
        (404, "gone", False),
        (408, "http_error", True),
        (410, "gone", False),
        (425, "http_error", True),
        (429, "http_error", True),
        (500, "http_error", True),
        (503, "http_error", True),
    ],
)
def test_a_status_says_whether_to_ask_again(status: int, reason: str, passing: bool, site: Site, web: Web) -> None:
    site.routes["/"] = Answer("no", status=status)
    answer = web.get(site.url())
    assert isinstance(answer, Failure)
    assert (answer.reason, answer.status, answer.passing) == (reason, status, passing)
    assert answer.detail.startswith(f"HTTP {status}")


def test_retry_after_is_read_by_the_servers_clock(site: Site, web: Web) -> None:
    headers = {"Retry-After": "Thu, 01 Jan 1970 00:02:00 GMT", "Date": "Thu, 01 Jan 1970 00:01:00 GMT"}
    site.routes["/"] = Answer(raw=_head("503 Busy", headers))
    answer = web.get(site.url())
    assert isinstance(answer, Failure)
    assert answer.retry_after_s == 60


def _head(status: str, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items()), "Content-Length: 0"]
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(raw=b""),
        Answer(raw=b"not HTTP at all\r\n\r\n"),
        Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\n"),
        Answer(raw=b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000 + b"\r\n\r\n"),
        Answer(status=302, headers={"Location": "http://[::1"}),
        Answer("half of it", cut=4),
        Answer("Talks", headers={"Content-Encoding": "br"}),
        Answer("no gzip", headers={"Content-Encoding": "gzip"}),
        Answer(gzip.compress(b"Talks" * 100)[:20], headers={"Content-Encoding": "gzip"}),
    ],
    ids=["nothing", "no HTTP", "bad length", "endless header", "no location", "cut", "coding", "no gzip", "cut gzip"],
)
def test_an_answer_that_is_broken_is_a_failure_that_may_pass(answer: Answer, site: Site, web: Web) -> None:
    site.routes["/"] = answer
    found = web.get(site.url())
    assert reason_of(found) == "connection_failed"
    assert isinstance(found, Failure)
    assert found.passing


def test_a_port_where_nobody_listens_is_a_failure(web: Web) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert reason_of(web.get(f"http://127.0.0.1:{taken.getsockname()[1]}/")) == "connection_failed"


def test_a_name_that_does_not_exist_is_a_failure(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _unknown)
    assert reason_of(web.get("http://nowhere.invalid/")) == "connection_failed"


def _unknown(*args: object, **named: object) -> Any:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "ftp://news.example/", "//news.example", "http://", "http://a:99999/", "talks"]
)
def test_only_http_addresses_are_asked_for(url: str, web: Web) -> None:
    assert reason_of(web.get(url)) == "bad_url"


# --- time -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        Answer("Talks", delay_s=600),
        Answer("x" * 6_000, drip_s=0.1),
        Answer(raw=b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1_000, drip_s=0.1),
    ],
    ids=["silence", "dripping body", "dripping head"],
)
def test_a_slow_answer_is_cut_off(answer: Answer, site: Site, hasty: Web) -> None:
    site.routes["/"] = answer
    assert reason_of(hasty.get(site.url())) == "timeout"


def test_a_server_that_takes_a_connection_and_says_nothing_is_cut_off(hasty: Web) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        answer = hasty.get(f"http://127.0.0.1:{listening.getsockname()[1]}/")
    assert reason_of(answer) == "timeout"
    assert isinstance(answer, Failure)
    assert answer.passing


def test_a_chain_of_slow_redirects_has_one_deadline(site: Site, hasty: Web) -> None:
    for number in range(6):
        site.routes[f"/{number}"] = _to(f"/{number + 1}", delay_s=DEADLINE_S / 2)
    assert reason_of(hasty.get(site.url("/0"))) == "timeout"
    assert len(site.requests) <= 2


def test_what_a_guard_asks_for_counts_into_the_deadline(site: Site, hasty: Web) -> None:
    site.routes |= {"/": _to("/b"), "/robots.txt": Answer(delay_s=600), "/b": Answer("Talks")}
    rules: list[Reply | Failure] = []

    def guard(url: str) -> None:
        rules.append(hasty.get(site.url("/robots.txt")))

    assert reason_of(hasty.get(site.url(), guard=guard)) == "timeout"
    assert [reason_of(each) for each in rules] == ["timeout"]
    site.routes["/"] = Answer("Talks")
    assert reply_of(hasty.get(site.url())).body == b"Talks"


# --- size -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compress", [False, True])
def test_an_answer_larger_than_the_cap_is_refused(compress: bool, site: Site) -> None:
    site.routes |= {"/fits": Answer(b"x" * 1_000, compress=compress), "/not": Answer(b"x" * 1_001, compress=compress)}
    with Web(Options(allow_private=True, max_bytes=1_000)) as web:
        assert len(reply_of(web.get(site.url("/fits"))).body) == 1_000
        assert reason_of(web.get(site.url("/not"))) == "too_large"


def test_the_cap_is_ten_mebibytes(site: Site, web: Web) -> None:
    site.routes["/"] = Answer(b"x" * (10 * 2**20 + 1))
    assert reason_of(web.get(site.url())) == "too_large"


def test_a_gzip_bomb_meets_the_cap_before_the_memorys_end(site: Site, web: Web) -> None:
    bomb = gzip.compress(b"\0" * 2**26)
    assert len(bomb) < 100_000
    pieces = bounded(inflate([bomb], "gzip"), 2**20)
    sizes = []
    with pytest.raises(TooLarge):
        sizes += [len(piece) for piece in pieces]
    site.routes["/"] = Answer(bomb, headers={"Content-Encoding": "gzip"})
    assert reason_of(web.get(site.url())) == "too_large"


@given(st.binary(max_size=3_000), st.sampled_from(sorted(CODINGS)), st.integers(1, 50), st.integers(1, 300))
def test_what_was_deflated_is_inflated_in_any_pieces(content: bytes, coding: str, cut: int, piece: int) -> None:
    packed = _deflated(content, CODINGS[coding])
    chunks = [packed[at : at + cut] for at in range(0, len(packed), cut)]
    pieces = list(inflate(chunks, "gzip" if coding == "gzip" else "deflate", piece))
    assert b"".join(pieces) == content
    assert all(len(each) <= max(piece, 258) for each in pieces)


def test_the_end_of_a_copied_run_is_not_lost() -> None:
    for size in range(1_000, 1_300):  # a run has at most 258 bytes, and here ends past the first piece
        assert b"".join(inflate([_deflated(b"a" * size, -15)], "deflate", 1_000)) == b"a" * size


@pytest.mark.parametrize("cut", [1, 2, 22, 1_000])
def test_members_of_gzip_are_read_one_after_the_other_and_padding_ignored(cut: int) -> None:
    packed = gzip.compress(b"Ta") + gzip.compress(b"lks") + b"\0\0\0"
    assert b"".join(inflate([packed[at : at + cut] for at in range(0, len(packed), cut)], "gzip")) == b"Talks"


@given(st.integers(1, 60))
def test_gzip_that_ends_too_early_is_an_error(cut: int) -> None:
    packed = gzip.compress(bytes(range(100)))
    with pytest.raises(zlib.error):
        list(inflate([packed[: len(packed) - cut]], "gzip"))


@pytest.mark.parametrize(("coding", "pack"), [("br", brotli.compress), ("zstd", zstandard.compress)])
def test_newer_codings_are_unpacked_in_bounded_pieces(coding: str, pack: Callable[[bytes], bytes]) -> None:
    packed = pack(b"Talks" * 10**6)
    pieces = list(decode([packed[at : at + 100] for at in range(0, len(packed), 100)], coding))
    assert b"".join(pieces) == b"Talks" * 10**6
    assert max(map(len, pieces)) <= 2**19


@pytest.mark.parametrize(("coding", "pack"), [("br", brotli.compress), ("zstd", zstandard.compress)])
def test_an_answer_in_a_newer_coding_is_read(coding: str, pack: Callable[[bytes], bytes], site: Site, web: Web) -> None:
    site.routes["/"] = Answer(pack(b"Talks"), headers={"Content-Encoding": coding})
    assert reply_of(web.get(site.url())).body == b"Talks"
    assert {"br", "zstd"} <= set(site.requests[0].headers["Accept-Encoding"].split(", "))


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
    "zstd with a checksum": zstandard.ZstdCompressor(write_checksum=True).compress,
}


@given(st.sampled_from(sorted(PACKERS)), st.binary(min_size=1, max_size=3_000), st.data())
def test_an_answer_that_is_cut_anywhere_is_an_error_in_every_coding(coding: str, content: bytes, data: Any) -> None:
    packed, name = PACKERS[coding](content), coding.partition(" ")[0]
    assert b"".join(decode([packed], name)) == content
    with pytest.raises(Undecodable):
        list(decode([packed[: data.draw(st.integers(1, len(packed) - 1))]], name))


def test_frames_of_zstd_are_read_one_after_the_other_and_what_is_to_be_skipped_skipped() -> None:
    skipped = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc"
    packed = zstandard.compress(b"Ta") + skipped + zstandard.compress(b"lks")
    assert b"".join(decode([packed], "zstd")) == b"Talks"


@given(st.sampled_from(["gzip", "deflate", "br", "zstd"]), st.binary(max_size=200))
def test_bytes_that_are_in_no_coding_are_an_error_or_something(coding: str, content: bytes) -> None:
    with contextlib.suppress(Undecodable):
        assert all(isinstance(piece, bytes) for piece in decode([content], coding))


def _deflated(content: bytes, bits: int) -> bytes:
    coder = zlib.compressobj(9, zlib.DEFLATED, bits)
    return coder.compress(content) + coder.flush()


# --- redirects ------------------------------------------------------------------------------------------------------


def _to(location: str, status: int = 302, **more: Any) -> Answer:
    return Answer("", status=status, headers={"Location": location}, **more)


def test_a_redirect_is_followed_to_another_host(site: Site, web: Web) -> None:
    with Site({"/there": Answer("Talks")}) as other:
        site.routes["/"] = _to(other.url("/there", "localhost"))
        answer = reply_of(web.get(site.url()))
    assert (answer.body, answer.url, answer.moved) == (b"Talks", other.url("/there", "localhost"), None)


@pytest.mark.parametrize(("first", "second", "moved"), [(301, 308, True), (301, 307, False), (302, 301, False)])
def test_an_address_has_moved_where_every_redirect_is_permanent(
    first: int, second: int, moved: bool, site: Site, web: Web
) -> None:
    site.routes |= {"/": _to("/a", first), "/a": _to("b", second), "/b": Answer("Talks")}
    assert reply_of(web.get(site.url())).moved == (site.url("/b") if moved else None)


def test_a_loop_of_redirects_ends(site: Site, web: Web) -> None:
    site.routes |= {"/": _to("/a"), "/a": _to("/")}
    assert reason_of(web.get(site.url())) == "too_many_redirects"
    assert len(site.requests) == 6


@pytest.mark.parametrize("location", ["file:///etc/hostname", "ftp://a.example/", "javascript:alert(1)"])
def test_a_redirect_leaves_http_for_nothing(location: str, site: Site, web: Web) -> None:
    site.routes["/"] = _to(location)
    assert reason_of(web.get(site.url())) == "bad_url"


def test_a_guard_forbids_where_a_redirect_leads(site: Site, web: Web) -> None:
    site.routes |= {"/": _to("/members"), "/members": Answer("Talks")}
    refusal = Failure("robots_denied", "No.")
    assert web.get(site.url(), guard=lambda url: refusal if url.endswith("/members") else None) == refusal
    assert site.paths() == ["/"]


def test_cookies_last_for_one_chain_of_redirects(site: Site, web: Web) -> None:
    def gate(request: Request) -> Answer:
        return Answer("Talks") if "seen=1" in request.headers.get("Cookie", "") else Answer("no", status=403)

    site.routes |= {
        "/": Answer(status=302, headers={"Location": "/in", "Set-Cookie": "seen=1"}),
        "/in": gate,
        "/robots.txt": Answer(""),
    }
    assert reply_of(web.get(site.url(), guard=lambda url: web.get(site.url("/robots.txt")) and None)).body == b"Talks"
    assert reason_of(web.get(site.url("/in"))) == "http_error"


# --- who may be connected to ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433"])
def test_loopback_is_refused_however_it_is_written(host: str, site: Site) -> None:
    with Web() as web:
        assert reason_of(web.get(site.url("/", host))) == "blocked_address"
    assert site.requests == []


def test_a_host_that_is_allowed_by_name_is_asked_and_no_other(site: Site) -> None:
    site.routes |= {"/": Answer("Talks"), "/away": _to(site.url("/", host="localhost"))}
    with Web(Options(allow_hosts=("127.0.0.1",))) as web:
        assert reply_of(web.get(site.url())).body == b"Talks"
        assert reason_of(web.get(site.url("/away"))) == "blocked_address"


def test_a_proxy_is_asked_only_for_what_may_be_connected_to(site: Site) -> None:
    with Web(Options(proxy=site.url())) as web:
        assert reason_of(web.get("http://169.254.169.254/latest")) == "blocked_address"
        assert reason_of(web.get("http://[::1]/")) == "blocked_address"
        assert reason_of(web.get("http://nowhere.invalid/a")) == "gone"
    assert site.paths() == ["http://nowhere.invalid/a"]


def test_a_redirect_to_a_private_address_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.routes["/"] = _to("http://169.254.169.254/latest/")
    monkeypatch.setattr(http, "is_public", lambda address: address == "127.0.0.1")
    with Web() as web:
        assert reason_of(web.get(site.url())) == "blocked_address"


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that gives a public address first and loopback at the second question finds no second question."""
    answers = iter(["192.0.2.1", "127.0.0.1"])
    asked: list[str] = []

    def rebinding(host: str, port: int, **named: object) -> Sequence[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(http, "is_public", lambda address: address == "192.0.2.1")
    connected: list[str] = []
    monkeypatch.setattr(http.httpcore.SyncBackend, "connect_tcp", lambda self, host, *rest: _note(connected, host))
    with Web() as web:
        assert reason_of(web.get(site.url("/", "news.example"))) == "connection_failed"
    assert (asked, connected) == (["news.example"], ["192.0.2.1"])


def _note(connected: list[str], host: str) -> Any:
    connected.append(host)
    raise http.httpcore.ConnectError("refused")


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "127.0.0.1", "0.0.0.0", "169.254.169.254", "224.0.0.1",
        "255.255.255.255", "198.18.0.1", "::1", "::", "::10.0.0.1", "::ffff:127.0.0.1", "fe80::1%eth0", "fc00::1",
        "fec0::1", "ff02::1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_off_the_public_internet_are_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f::1", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e"])
def test_addresses_on_the_public_internet_are_known(address: str) -> None:
    assert is_public(address)


def test_certificates_are_checked() -> None:
    context = http._tls("")
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_proxies_of_the_environment_are_not_used(site: Site, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    with Site() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url())
        monkeypatch.setenv("http_proxy", proxy.url())
        site.routes["/"] = Answer("Talks")
        with Web(Options(allow_private=True)) as fresh:
            assert reply_of(fresh.get(site.url())).body == b"Talks"
        assert proxy.requests == []
