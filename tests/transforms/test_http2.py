"""HTTP/2 over real sockets and TLS: what a server may do in it, it may do no more than in HTTP/1.1."""

import gzip
from collections.abc import Iterator

import pytest
from certificates import Certificate
from http2 import Http2

from transforms.fetch.http import Failure, Options, Reply, Web

PAGE = [("content-type", "text/html; charset=utf-8"), ("etag", '"1"')]
PACKED = [("content-type", "text/html"), ("content-encoding", "gzip")]
DEADLINE_S = 5.0


@pytest.fixture(name="site")
def a_site(certificate: Certificate) -> Iterator[Http2]:
    routes: dict[str, tuple[list[tuple[str, str]], bytes] | str] = {
        "/": (PAGE, b"Talks"),
        "/large": (PAGE, b"x" * 200_000),
        "/bomb": (PACKED, gzip.compress(bytes(2**21))),
        "/cut": (PACKED, gzip.compress(b"Talks" * 99)[:-6]),
        "/headers": ([(f"x-{number}", "y" * 4_000) for number in range(30)], b"Talks"),
        **{f"/{each}": each for each in ("reset", "goodbye", "silence")},
    }
    with Http2(certificate.server(), routes) as site:
        yield site


@pytest.fixture(name="web")
def a_client(certificate: Certificate) -> Iterator[Web]:
    options = Options(allow_private=True, ca_file=certificate.file, max_bytes=2**20, deadline_s=DEADLINE_S)
    with Web(options) as web:
        yield web


def test_an_answer_is_read_and_one_connection_serves_for_all(site: Http2, web: Web) -> None:
    first, second = web.get(site.url("/")), web.get(site.url("/large"))
    assert isinstance(first, Reply)
    assert isinstance(second, Reply)
    assert (first.body, first.charset, first.etag, len(second.body)) == (b"Talks", "utf-8", '"1"', 200_000)
    assert (site.paths, site.connections) == (["/", "/large"], 1)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/bomb", "too_large"),
        ("/cut", "connection_failed"),
        ("/headers", "connection_failed"),
        ("/reset", "connection_failed"),
        ("/goodbye", "connection_failed"),
        ("/silence", "timeout"),
    ],
)
def test_what_fails_has_its_reason_and_the_next_answer_comes(path: str, reason: str, site: Http2, web: Web) -> None:
    answer = web.get(site.url(path))
    assert isinstance(answer, Failure), len(answer.body)
    assert answer.reason == reason
    again = web.get(site.url("/"))
    assert isinstance(again, Reply)
    assert again.body == b"Talks"


def test_a_certificate_that_nobody_vouches_for_is_refused(site: Http2) -> None:
    with Web(Options(allow_private=True)) as web:
        answer = web.get(site.url("/"))
    assert isinstance(answer, Failure)
    assert (answer.reason, site.paths) == ("bad_certificate", [])


def test_the_guard_of_addresses_stands_before_it(site: Http2, certificate: Certificate) -> None:
    with Web(Options(ca_file=certificate.file)) as web:
        answer = web.get(site.url("/"))
    assert isinstance(answer, Failure)
    assert (answer.reason, site.connections) == ("blocked_address", 0)
