"""Records a second at which the index of a WARC archive is made, filtered by type, on one core.

    PYTHONPATH=. python bench/warc.py

Of the archive, which is made here and compressed record by record, every second record is the answer of a server with a
page of 20 kB; the others tell of the crawl.
"""

import argparse
import gzip
import random
import tempfile
import time
from pathlib import Path

import console  # noqa: F401 - silences what libraries say while they are imported

from transforms.poll import warcs


def record(kind: str, number: int, content: bytes) -> bytes:
    """Return one record of an archive, packed."""
    head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: https://news.example/{number}\r\n"
    head += f"WARC-Record-ID: <urn:uuid:{number:032x}>\r\nContent-Type: application/http\r\n"
    return gzip.compress(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content + b"\r\n\r\n", 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=20_000)
    given = parser.parse_args()
    words = [f"word{number}" for number in range(5_000)]
    page = " ".join(random.Random(7).choices(words, k=2_500)).encode()
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>" + page
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "crawl.warc.gz"
        with path.open("wb") as file:
            for number in range(given.records):
                file.write(record("response", number, answer) if number % 2 else record("request", number, b"GET /"))
        start = time.process_time()
        pages = warcs.count(str(path))
        took = time.process_time() - start
        print(
            f"{given.records} records, {pages} pages of {len(page)} bytes, {path.stat().st_size / 2**20:.0f} MB packed"
        )
        print(f"{given.records / took:,.0f} records a second of CPU")


if __name__ == "__main__":
    main()
