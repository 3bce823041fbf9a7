"""How many times faster than one request after the other a run fetches, and that no host is asked twice at once.

    PYTHONPATH=. python bench/fetching.py --hosts 500 --pages 4 --latency 0.2
    PYTHONPATH=. python bench/fetching.py --hosts 100 --pages 4 --latency 0.05 --delay 0.3
    PYTHONPATH=. python bench/fetching.py --hosts 500 --pages 10 100 --latency 0.01     # does memory grow?

A server on loopback stands for all hosts: each is an address of 127.0.0.0/8, and each answer takes `latency` seconds.
It is a process of its own. The sequential rate is that of five requests, one after the other, at the same latency.
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import resource
import threading
import time
from collections import Counter
from multiprocessing.connection import Connection
from typing import NamedTuple

import console  # noqa: F401 - silences what libraries say while they are imported

from schemas import Entry, Page, Source
from transforms.fetch import http
from transforms.fetch.holds import Holds
from transforms.fetch.http import Options, Web
from transforms.fetch.turns import Times
from transforms.fetch.workers import work_hosts
from transforms.fetch_articles import Memory, _Host
from transforms.poll import seen as index
from transforms.poll.listing import Listed

PAGE = b"<html><body><p>Talks</p></body></html>"
OPTIONS = Options(allow_private=True)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(PAGE)


class Seen(NamedTuple):
    """What the server saw since it was last asked."""

    requests: int
    most: int  # requests to one host that were open at once


class Server:
    """Answers every GET after a while; counts requests to one address that are open at once."""

    def __init__(self, latency_s: float) -> None:
        self.latency_s = latency_s
        self.open: Counter[str] = Counter()
        self.most = 0
        self.requests = 0

    def run(self, control: Connection) -> None:
        """Serve, tell the port, and answer each question with what was seen."""
        threading.Thread(target=lambda: asyncio.run(self._serve(control)), daemon=True).start()
        with contextlib.suppress(EOFError):
            while control.recv():
                control.send(Seen(self.requests, self.most))
                self.requests = self.most = 0

    async def _serve(self, control: Connection) -> None:
        server = await asyncio.start_server(self._answer, "0.0.0.0", 0, backlog=4_096)
        control.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    async def _request(self, reader: asyncio.StreamReader) -> bytes:
        """Return the head of a request, nothing once the client has gone."""
        try:
            return await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = writer.get_extra_info("sockname")[0]
        while await self._request(reader):
            self.open[host] += 1
            self.most = max(self.most, self.open[host])
            self.requests += 1
            await asyncio.sleep(self.latency_s)
            self.open[host] -= 1
            writer.write(HEAD + PAGE)
            await writer.drain()


class Gaps:
    """Measures where requests leave this process how far apart those to one host are: a server may read them late."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}  # when the last request had gone out, by host
        self.shortest_s = float("inf")
        self._write = http._Stream.write
        http._Stream.write = lambda stream, content, timeout=None: self._note(stream, content, timeout)

    def _note(self, stream: http._Stream, content: bytes, timeout: float | None) -> None:
        if not content.startswith(b"GET "):
            return self._write(stream, content, timeout)
        host, begins = stream.get_extra_info("server_addr")[0], time.monotonic()
        self.shortest_s = min(self.shortest_s, begins - self._last.get(host, float("-inf")))
        self._write(stream, content, timeout)
        self._last[host] = time.monotonic()

    def take(self) -> float:
        """Return the shortest gap, and begin anew."""
        shortest_s, self.shortest_s = self.shortest_s, float("inf")
        self._last.clear()
        return shortest_s


def an_entry(url: str, delay_s: float) -> Entry:
    """Return an entry that is to be fetched from `url`."""
    source = Source("bench", "feed", "http://127.0.0.1/", None, None, None, 3600, delay_s, 900.0)
    found = index.decide(Listed(url, url, url), source, index.Seen({}, {}), run_id="bench", now=0)
    assert isinstance(found, Entry)
    return found


def jobs_of(port: int, given: argparse.Namespace, pages: int) -> list[_Host]:
    """Return the work of a run: so many pages of each host, each host an address of its own."""
    memory = Memory("", {}, Holds({}, 0), Times())
    jobs = []
    for number in range(given.hosts):
        address = f"127.1.{number // 250}.{number % 250 + 1}:{port}"
        entries = [an_entry(f"http://{address}/{page}", given.delay) for page in range(pages)]
        jobs.append(_Host(address, entries, memory, OPTIONS, ()))
    return jobs


def sequential_rate(port: int) -> float:
    """Return the requests a second of one after the other."""
    with Web(OPTIONS) as web:
        start = time.monotonic()
        for number in range(5):
            web.get(f"http://127.9.9.9:{port}/{number}")
        return 5 / (time.monotonic() - start)


def measure(control: Connection, gaps: Gaps, jobs: list[_Host], given: argparse.Namespace, sequential: float) -> float:
    """Fetch, print what that took, and return the peak of memory in MB.

    Raises:
        AssertionError: a host was asked twice at once, or faster than its delay.
    """
    start, cpu = time.monotonic(), time.process_time()
    found = sum(isinstance(each, Page) for each in work_hosts(jobs, given.threads))
    took, cpu_s = time.monotonic() - start, time.process_time() - cpu
    control.send(True)
    seen: Seen = control.recv()
    shortest_s = gaps.take()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = seen.requests / took
    print(f"{found} pages, {seen.requests} requests of {given.hosts} hosts in {took:.1f} s, {given.threads} threads")
    print(f"  sequential {sequential:.1f} requests/s, here {rate:.1f}: {rate / sequential:.1f} times as many")
    print(f"  CPU: {1_000 * cpu_s / seen.requests:.2f} ms a request; peak of memory {peak:.0f} MB")
    print(f"  at most {seen.most} at once to one host; shortest gap {shortest_s:.3f} s, delay {given.delay:g} s")
    assert seen.most == 1, "a host was asked twice at once"
    assert shortest_s >= given.delay, "a host was asked faster than its delay"
    assert found == sum(len(job.entries) for job in jobs), "pages are missing"
    return peak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hosts", type=int, default=500)
    parser.add_argument("--pages", type=int, nargs="+", default=[4], help="of each host, once for each number")
    parser.add_argument("--latency", type=float, default=0.2, help="seconds")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds between two requests to one host")
    parser.add_argument("--threads", type=int, default=128)
    given = parser.parse_args()
    control, other = multiprocessing.Pipe()
    with contextlib.closing(control):
        multiprocessing.Process(target=Server(given.latency).run, args=(other,), daemon=True).start()
        port = control.recv()
        gaps, sequential = Gaps(), sequential_rate(port)
        gaps.take()
        control.send(True)
        control.recv()
        peaks = [measure(control, gaps, jobs_of(port, given, pages), given, sequential) for pages in given.pages]
    if len(peaks) > 1:
        more, pages = peaks[-1] - peaks[0], (given.pages[-1] - given.pages[0]) * given.hosts
        print(f"peak of memory: {peaks[-1] / peaks[0]:.2f} times as much; {1_024 * more / pages:.2f} kB a page more")


if __name__ == "__main__":
    main()
