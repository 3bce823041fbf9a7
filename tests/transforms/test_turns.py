"""Turns: no host has two requests at once from one process, nor within its delay, whoever sends them."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from webserver import Answer, Request
from webserver import Web as Site

from transforms.fetch.http import Failure, Options, Reply, Web
from transforms.fetch.turns import Times, turn
from transforms.fetch.urls import host_of

#: How long a host under test waits for a second request, which must not come.
WATCH_S = 0.5


class Counting:
    """A route that counts how many requests are under way at once."""

    def __init__(self, redirected: threading.Event) -> None:
        self.most = 0
        self.entered = threading.Event()
        self._redirected = redirected
        self._second = threading.Event()
        self._active = 0
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Answer:
        with self._lock:
            self._active += 1
            self.most = max(self.most, self._active)
            if self._active > 1:
                self._second.set()
        self.entered.set()
        self._redirected.wait(10)
        self._second.wait(WATCH_S)
        with self._lock:
            self._active -= 1
        return Answer("They met.")


def ask(url: str) -> Reply | Failure:
    with Web(Options(allow_private=True)) as web:
        return web.get(url)


def test_a_redirect_onto_a_host_that_is_being_asked_waits_for_its_turn() -> None:
    redirected = threading.Event()
    counting = Counting(redirected)
    with Site({"/own": counting, "/other": counting}) as target, Site() as source, ThreadPoolExecutor(2) as threads:

        def leave(request: Request) -> Answer:
            redirected.set()
            return Answer(status=302, headers={"Location": target.url("/other")})

        source.routes["/"] = leave
        own = threads.submit(ask, target.url("/own"))
        assert counting.entered.wait(10)
        other = threads.submit(ask, source.url("/"))
        answers = [own.result(), other.result()]
    assert [isinstance(each, Reply) for each in answers] == [True, True]
    assert counting.most == 1


def test_two_hosts_that_redirect_to_each_other_do_not_wait_for_ever() -> None:
    with Site() as one, Site() as two, ThreadPoolExecutor(2) as threads:
        meeting = threading.Barrier(2, timeout=10)

        def across(site: Site) -> Answer:
            meeting.wait()
            return Answer(status=302, headers={"Location": site.url("/end")})

        one.routes |= {"/": lambda request: across(two), "/end": Answer("They met.")}
        two.routes |= {"/": lambda request: across(one), "/end": Answer("They met.")}
        answers = list(threads.map(ask, [one.url("/"), two.url("/")]))
    assert [isinstance(each, Reply) for each in answers] == [True, True]


def test_a_host_that_others_ask_for_too_long_is_not_waited_for() -> None:
    late = pytest.raises(TimeoutError, match=r"others were asking harbour\.example")
    with turn("harbour.example", 1.0), late, turn("harbour.example", 0.01):
        pass


def test_a_turn_that_failed_is_given_back() -> None:
    with pytest.raises(OSError, match="cut"), turn("harbour.example", 1.0):
        raise OSError("cut")
    with turn("harbour.example", 0.01):
        pass


# --- delays ---------------------------------------------------------------------------------------------------------


def test_each_request_to_a_host_waits_for_the_one_before_it_whoever_sent_that() -> None:
    times = Times()
    times.keep("harbour.example", 100.0)
    times.keep("harbour.example", 10.0)
    waits = [times.take(host, 500.0) for host in ("harbour.example", "meridian.example") * 2]
    assert [round(wait, -2) for wait in waits] == [0.0, 0.0, 100.0, 0.0]
    assert round(times.take("harbour.example", 500.0), -2) == 200.0


def test_a_host_that_rests_for_too_long_is_not_taken() -> None:
    times = Times()
    times.keep("harbour.example", 100.0)
    waits = [times.take("harbour.example", 50.0) for _ in range(3)]
    assert [round(wait, -2) for wait in waits] == [0.0, 100.0, 100.0]


def test_a_redirect_onto_a_host_that_rests_for_long_is_left_for_later() -> None:
    with Site({"/": Answer("They met.")}) as target, Site() as source, Web(Options(allow_private=True)) as web:
        source.routes["/"] = Answer(status=302, headers={"Location": target.url("/")})
        assert isinstance(web.get(source.url("/")), Reply)
        web.times.keep(host_of(target.url("/")), 7_200.0)
        answer = web.get(source.url("/"))
        assert isinstance(answer, Failure)
        assert (answer.reason, answer.passing, target.count("/")) == ("host_busy", True, 1)
