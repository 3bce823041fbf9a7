"""What it costs that feeds and pages are read in a process that can be killed: processor time, as a ratio.

    PYTHONPATH=. python bench/guarding.py

Reads the feeds and pages of ../shared here and behind the guard, by turns, and counts the time of both processes. The
start of a guard, which a worker pays once, stands beside it.
"""

import argparse
import gzip
import itertools
import os
import tarfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import console  # noqa: F401 - silences what libraries say while they are imported

from transforms.clean import text
from transforms.poll import syndication

SHARED = Path(__file__).parents[2] / "shared/data"
URL = "https://news.example/feed"
LATEST = "2026-12-31"


def feeds() -> list[bytes]:
    """Return the feed documents, unpacked."""
    bodies = [path.read_bytes() for path in sorted((SHARED / "feeds/docs").iterdir())]
    return [gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body for body in bodies]


def pages(most: int) -> list[str]:
    """Return pages that need no guard for their size."""
    with tarfile.open(SHARED / "pages/fundus_dev.tar.gz") as archive:
        files = [archive.extractfile(member) for member in archive.getmembers() if member.isfile()]
        return [file.read().decode(errors="replace") for file in itertools.islice(filter(None, files), most)]


def spent_s(process: int) -> float:
    """Return the seconds of processor time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def compare(name: str, here: Callable[[], object], guarded: Callable[[], object], child: int, rounds: int) -> None:
    """Print the best of some rounds each way, by turns: other work of the machine only adds."""
    alone, both = [], []
    for _ in range(rounds):
        start = time.process_time()
        here()
        alone.append(time.process_time() - start)
        start, before = time.process_time(), spent_s(child)
        guarded()
        both.append(time.process_time() - start + spent_s(child) - before)
    print(f"{name}: {min(alone):.2f} s here, {min(both):.2f} s guarded, {min(both) / min(alone):.3f} times as much")


def started(call: Callable[[], object], name: str) -> int:
    """Return the process behind a guard, begun by a call."""
    others = set(children())
    call()
    (child,) = set(children()) - others or others
    print(f"{name}: the guard starts with {spent_s(child):.2f} s")
    return child


def children() -> Sequence[int]:
    return [int(child) for child in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pages", type=int, default=60)
    given = parser.parse_args()
    bodies, htmls = feeds(), pages(given.pages)
    child = started(lambda: syndication.parse(b"<rss/>", URL, "text/xml"), "feeds")
    compare(
        f"{len(bodies)} feeds",
        lambda: [syndication.read(body, URL, "text/xml") for body in bodies],
        lambda: [syndication.parse(body, URL, "text/xml") for body in bodies],
        child,
        given.rounds,
    )
    child = started(lambda: text.read_page("<p>Talks</p>", URL, latest=LATEST), "pages")
    compare(
        f"{len(htmls)} pages",
        lambda: [text.read(html, URL, LATEST) for html in htmls],
        lambda: [text.read_page(html, URL, latest=LATEST) for html in htmls],
        child,
        given.rounds,
    )


if __name__ == "__main__":
    main()
