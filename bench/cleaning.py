"""Measure how fast pages become articles, beside trafilatura alone on the same pages, in turns, by CPU time.

python bench/cleaning.py [--json]

Prints pages a second a core of newsbeam's cleaning (decoding, metadata, captions, text, mending; the time of the
process that reads the pages counts) and of `trafilatura.bare_extraction(with_metadata=True, favor_precision=True)`,
and how many times as fast the first is.
"""

import argparse
import json
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import console  # noqa: F401 - silences what libraries say while they are imported
import trafilatura
from guarding import children, spent_s

from transforms.clean.decode import decode
from transforms.clean.metadata import day_in_url
from transforms.clean.plain import mend_markup, mend_paragraphs
from transforms.clean.text import read_page

PAGES = Path(__file__).parents[2] / "shared" / "data" / "pages"
SETS = ("scrapinghub", "fundus_dev")
LATEST = "2026-11-24"


def pages() -> list[bytes]:
    """Return the bodies of all real pages."""
    bodies = []
    for name in SETS:
        with tarfile.open(PAGES / f"{name}.tar.gz") as packed:
            files = (packed.extractfile(each) for each in packed if each.name.endswith(".html"))
            bodies += [file.read() for file in files if file]
    return bodies


def clean(body: bytes) -> None:
    url = "https://news.example/a"
    reading = read_page(mend_markup(decode(body, None) or ""), url, latest=LATEST)
    mend_paragraphs(reading.text)
    day_in_url(url)


def alone(body: bytes) -> None:
    trafilatura.bare_extraction(body, with_metadata=True, favor_precision=True, include_comments=False)


def seconds(work: Callable[[bytes], None], body: bytes) -> float:
    """Return the CPU time that `work` takes."""
    began = time.process_time()
    work(body)
    return time.process_time() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if not PAGES.exists():
        print("../shared/data/pages is not beside this checkout.", file=sys.stderr)
        return 2
    bodies = pages()
    clean(bodies[0])  # starts the process that reads pages
    (reader,) = children()
    before = spent_s(reader)
    spent = {"newsbeam": 0.0, "trafilatura": 0.0}
    for number, body in enumerate(bodies):
        order = (("newsbeam", clean), ("trafilatura", alone))
        for name, work in order if number % 2 else reversed(order):  # so that neither always finds warm caches
            spent[name] += seconds(work, body)
    spent["newsbeam"] += spent_s(reader) - before
    rates = {name: len(bodies) / each for name, each in spent.items()}
    found = {"pages": len(bodies), **rates, "times_as_fast": rates["newsbeam"] / rates["trafilatura"]}
    if options.json:
        print(json.dumps(found))
    else:
        print(f"{len(bodies)} pages; a second a core: newsbeam {rates['newsbeam']:.1f}, trafilatura alone "
              f"{rates['trafilatura']:.1f}; {found['times_as_fast']:.2f} times as fast")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
