"""A stand-in for Google Cloud Storage on loopback: what obstore asks of its XML interface and pyarrow of its JSON one.

It decides writes by generation, as the service is documented to do (`x-goog-if-generation-match`, 0 where there must be
none). The emulator in the registries, fake-gcs-server 1.56, refuses what obstore uploads ("invalid uploadType"). So
this proves what our clients ask for, and nothing of the service itself.
"""

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class Stored(NamedTuple):
    content: bytes
    generation: int
    at: float  # Unix seconds


class Store(ThreadingHTTPServer):
    """Objects by bucket and name."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, Stored] = {}
        self.turn = threading.Lock()
        self.generations = 0

    def handle_error(self, *_: object) -> None:
        """A client that has read enough hangs up."""

    def put(self, name: str, content: bytes, generation: int | None) -> Stored | None:
        """Store an object over the one of a generation, 0 for none; None where there is another."""
        with self.turn:
            there = self.objects[name].generation if name in self.objects else 0
            if generation not in (None, there):
                return None
            self.generations += 1
            self.objects[name] = Stored(content, self.generations, time.time())
            return self.objects[name]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Store

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if source := self.headers.get("x-goog-copy-source"):
            found = self.server.objects.get(unquote(source))
            if found is None:
                return self.answer(404)
            content = found.content
        match = self.headers.get("x-goog-if-generation-match")
        stored = self.server.put(self.name, content, None if match is None else int(match))
        body = b"<CopyObjectResult></CopyObjectResult>" if source else b""
        return self.answer(200, body, stored) if stored else self.answer(412)

    def do_DELETE(self) -> None:
        self.answer(204 if self.server.objects.pop(self.name, None) else 404)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {key: value[0] for key, value in parse_qs(parts.query, keep_blank_values=True).items()}
        if parts.path.startswith(("/storage/v1/b/", "/download/storage/v1/b/")):
            bucket, _, name = parts.path.partition("/b/")[2].partition("/o")
            return self.as_json(bucket, unquote(name.lstrip("/")), asked)
        if "list-type" in asked:
            return self.as_list(parts.path.strip("/"), asked.get("prefix", ""), asked.get("delimiter", ""))
        found = self.server.objects.get(self.name)
        return self.answer(200, found.content, found) if found else self.answer(404)

    def as_json(self, bucket: str, name: str, asked: dict[str, str]) -> None:
        if name:
            found = self.server.objects.get(f"{bucket}/{name}")
            if not found:
                return self.answer(404, b'{"error": {"code": 404, "message": "Not Found"}}')
            if asked.get("alt") == "media":
                return self.answer(200, found.content, found)
            return self.answer(200, json.dumps(described(bucket, name, found)).encode())
        prefix = asked.get("prefix", "")
        items = [described(bucket, each, found) for each, found in self.below(bucket, prefix)]
        return self.answer(200, json.dumps({"kind": "storage#objects", "items": items}).encode())

    def as_list(self, bucket: str, prefix: str, delimiter: str) -> None:
        contents, folders = [], set()
        for name, found in self.below(bucket, prefix):
            head, cut, _ = name[len(prefix) :].partition(delimiter) if delimiter else (name, "", "")
            if cut:
                folders.add(f"{prefix}{head}{cut}")
            else:
                at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(found.at))
                contents.append(
                    f"<Contents><Key>{escape(name)}</Key><LastModified>{at}</LastModified>"
                    f"<ETag>{found.generation}</ETag><Size>{len(found.content)}</Size></Contents>"
                )
        prefixes = [f"<CommonPrefixes><Prefix>{escape(each)}</Prefix></CommonPrefixes>" for each in sorted(folders)]
        told = "".join([*contents, *prefixes])
        self.answer(200, f"<ListBucketResult><IsTruncated>false</IsTruncated>{told}</ListBucketResult>".encode())

    def below(self, bucket: str, prefix: str) -> list[tuple[str, Stored]]:
        start = f"{bucket}/"
        objects = sorted(self.server.objects.items())
        return [(name[len(start) :], found) for name, found in objects if name.startswith(f"{start}{prefix}")]

    @property
    def name(self) -> str:
        """Bucket and name of the object that is asked for."""
        return unquote(urlsplit(self.path).path.lstrip("/"))

    def answer(self, status: int, content: bytes = b"", stored: Stored | None = None) -> None:
        part = self.headers.get("Range", "").removeprefix("bytes=").partition("-")
        size = len(content)
        if part[0] and stored and status == 200:
            first, last = int(part[0]), int(part[2] or size - 1)
            status, content = 206, content[first : last + 1]
        self.send_response(status)
        if status == 206:
            self.send_header("Content-Range", f"bytes {part[0]}-{int(part[0]) + len(content) - 1}/{size}")
        self.send_header("Content-Length", str(len(content)))
        if stored:
            self.send_header("ETag", f'"{stored.generation}"')
            self.send_header("x-goog-generation", str(stored.generation))
            self.send_header("Last-Modified", formatdate(stored.at, usegmt=True))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None: ...


def described(bucket: str, name: str, found: Stored) -> dict[str, str]:
    """Return what the JSON interface says of an object."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(found.at))
    return {
        "kind": "storage#object", "bucket": bucket, "name": name, "generation": str(found.generation),
        "metageneration": "1", "size": str(len(found.content)), "timeCreated": at, "updated": at,
    }  # fmt: skip


@contextlib.contextmanager
def google() -> Iterator[str]:
    """Serve a store until the block ends; give its address, for STORAGE_EMULATOR_HOST.

    In a process of its own: pyarrow holds Python's lock while it waits for the first bytes of a file.
    """
    line = [sys.executable, "-P", __file__]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.communicate()  # closes its stdin, and waits


if __name__ == "__main__":
    with Store() as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        print(f"http://127.0.0.1:{served.server_port}", flush=True)
        sys.stdin.read()
        served.shutdown()
