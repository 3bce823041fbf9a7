"""How many times faster than one request after the other a run fetches, and that no host is asked twice at once.

    PYTHONPATH=. python bench/fetching.py --hosts 500 --pages 4 --latency 0.2

A server on loopback stands for all hosts: each is an address of 127.0.0.0/8, and each answer takes `latency` seconds.
The sequential rate is that of five requests, one after the other, at the same latency. Client and server share a
process.
"""

import argparse
import asyncio
import itertools
import resource
import threading
import time
from collections import Counter

from schemas import Entry, Page, Source
from transforms.fetch.holds import Holds
from transforms.fetch.http import Options, Web
from transforms.fetch.workers import work_hosts
from transforms.fetch_articles import Memory, _Host
from transforms.poll.listing import Listed
from transforms.poll.seen import Seen, decide

PAGE = b"<html><body><p>Talks</p></body></html>"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(PAGE)


class Server:
    """Answers every GET after a while; counts requests to one address that are open at once."""

    def __init__(self, latency_s: float) -> None:
        self.latency_s = latency_s
        self.open: Counter[str] = Counter()
        self.most = 0
        self.began: dict[str, list[float]] = {}
        self.port = 0
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True).start()
        ready.wait()

    async def _serve(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._answer, "0.0.0.0", 0, backlog=4_096)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
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
            self.began.setdefault(host, []).append(time.monotonic())
            await asyncio.sleep(self.latency_s)
            self.open[host] -= 1
            writer.write(HEAD + PAGE)
            await writer.drain()


def an_entry(url: str, delay_s: float) -> Entry:
    """Return an entry that is to be fetched from `url`."""
    source = Source("bench", "feed", "http://127.0.0.1/", None, None, None, 3600, delay_s, 900.0)
    found = decide(Listed(url, url, url), source, Seen({}, {}), run_id="bench", now=0)
    assert isinstance(found, Entry)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hosts", type=int, default=500)
    parser.add_argument("--pages", type=int, default=4, help="of each host")
    parser.add_argument("--latency", type=float, default=0.2, help="seconds")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds between two requests to one host")
    parser.add_argument("--threads", type=int, default=128)
    given = parser.parse_args()
    server = Server(given.latency)
    options = Options(allow_private=True)
    with Web(options) as web:
        start = time.monotonic()
        for number in range(5):
            web.get(f"http://127.9.9.9:{server.port}/{number}")
        sequential = 5 / (time.monotonic() - start)
    memory = Memory("", {}, Holds({}, 0))
    jobs = []
    for number in range(given.hosts):
        address = f"127.1.{number // 250}.{number % 250 + 1}:{server.port}"
        entries: list[Entry] = [an_entry(f"http://{address}/{page}", given.delay) for page in range(given.pages)]
        jobs.append(_Host(address, entries, memory, options, ()))
    server.began.clear()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, cpu = time.monotonic(), time.process_time()
    pages = sum(isinstance(found, Page) for found in work_hosts(jobs, given.threads))
    took = time.monotonic() - start
    requests = sum(map(len, server.began.values()))
    gaps = [later - earlier for times in server.began.values() for earlier, later in itertools.pairwise(times)]
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{pages} pages, {requests} requests of {given.hosts} hosts in {took:.1f} s, {given.threads} threads")
    rate = requests / took
    print(f"sequential {sequential:.1f} requests/s, here {rate:.1f}: {rate / sequential:.1f} times as many")
    print(f"CPU of both sides: {1_000 * (time.process_time() - cpu) / requests:.2f} ms a request")
    print(f"at most {server.most} at once to one host; shortest gap {min(gaps, default=0):.3f} s; {grown:.0f} MB more")


if __name__ == "__main__":
    main()
