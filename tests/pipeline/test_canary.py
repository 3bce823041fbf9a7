"""A credential in the environment is sent to its own host, and stands in nothing that a run leaves or says."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
from webserver import Answer, Request, Web

CANARY = "canary-5b1d9e77"
#: A defect of a step at one source, whose message quotes what the source was sent; the run is else the command itself.
CHILD = """
import os
import transforms.poll_sources as step
read = step.read_feed
def fail(body, url, kind):
    if "/broken" in url:
        raise RuntimeError(f"a defect at {body!r} of {url}")
    return read(body, url, kind)
step.read_feed = fail
from pipeline.__main__ import main
main()
"""
SOURCES = """
[[source]]
name = "{name}"
url = "{url}"
headers = {{ Authorization = "WIRE_TOKEN" }}
"""


def echoing(request: Request) -> Answer:
    """Answer with what was sent: in the feed's words, in its link, in its validators."""
    sent = request.headers.get("Authorization", "")
    items = f"<item><title>You sent {sent}</title><link>/story?token={sent.partition(' ')[2]}</link></item>"
    feed = f'<rss version="2.0"><channel>{items}</channel></rss>'
    return Answer(feed, content_type="application/rss+xml", etag=f'"{sent}"')


def refusing(request: Request) -> Answer:
    sent = request.headers["Authorization"]
    return Answer(raw=f"HTTP/1.1 403 No {sent}\r\nContent-Length: 0\r\n\r\n".encode())


def moving(request: Request) -> Answer:
    return Answer(status=301, headers={"Location": f"file:///{request.headers['Authorization']}"})


def everything_of(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield every file below a folder as it lies, and each table also decoded."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield path, path.read_bytes()
        if path.suffix == ".parquet":
            yield path, repr(pq.read_table(path).to_pylist()).encode()


def test_a_canary_is_sent_and_found_nowhere(tmp_path: Path) -> None:
    routes = {"/feed": echoing, "/broken": echoing, "/refused": refusing, "/moved": moving}
    with Web(routes) as web:
        sources = [SOURCES.format(name=path[1:], url=web.url(path)) for path in routes]
        options = "".join(f'[{step}]\nallow_hosts = ["127.0.0.1"]\n' for step in ("poll_sources", "fetch_articles"))
        (tmp_path / "sources.toml").write_text("".join(sources) + options)
        secrets = {"WIRE_TOKEN": f"Bearer {CANARY}", "HTTPS_PROXY": f"http://user:{CANARY}@127.0.0.1:9"}
        line = ["run", "sources.toml", "--lake", "lake", "--json", "--metrics", "metrics.prom"]
        done = subprocess.run(
            [sys.executable, "-c", CHILD, *line],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **secrets},
            capture_output=True,
            timeout=120,
        )
        sent = {request.path: request.headers.get("Authorization") for request in web.requests}
    assert all(sent[path] == f"Bearer {CANARY}" for path in routes)
    receipt = json.loads(done.stdout)
    assert receipt["fetched"] == 1
    tables = [path for path, _ in everything_of(tmp_path) if path.suffix == ".parquet"]
    assert {"polls", "rejects", "items"} <= {path.parts[-3] for path in tables}
    left = [*everything_of(tmp_path), (Path("stdout"), done.stdout), (Path("stderr"), done.stderr)]
    assert [str(path) for path, content in left if CANARY.encode() in content] == []
    reasons = b"".join(content for path, content in left if path.parts[-3:-2] == ("rejects",))
    assert b"a defect at" in reasons
    assert b"http_error" in reasons
