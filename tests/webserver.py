"""A small web on loopback, for tests of what happens over a real socket."""

import gzip
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


@dataclass
class Answer:
    """What a route answers. With `etag`, a request that knows it gets 304."""

    body: bytes | str = b""
    status: int = 200
    content_type: str | None = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str | None = None
    delay_s: float = 0.0  # before the first byte
    drip_s: float = 0.0  # between two bytes of the body, or of `raw`
    compress: bool = False
    cut: int | None = None  # close the connection after so many bytes of the body
    raw: bytes | None = None  # sent in place of an answer, and the connection closed
    endless: bool = False  # `raw`, then `body` again and again for as long as anybody reads

    def content(self) -> bytes:
        body = self.body.encode() if isinstance(self.body, str) else self.body
        return gzip.compress(body) if self.compress else body

    def head(self, length: int) -> dict[str, str]:
        named = {"Content-Type": self.content_type, "ETag": self.etag, "Content-Length": str(length)}
        coded = {"Content-Encoding": "gzip"} if self.compress else {}
        return {name: value for name, value in {**named, **coded, **self.headers}.items() if value is not None}


class Request(NamedTuple):
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    at: float  # monotonic seconds
    port: int  # of the client: one connection, one port


Route = Answer | Callable[[Request], Answer]


class Web:
    """A server of `routes` (path with query -> answer) that remembers every request. Use as a context manager."""

    def __init__(self, routes: dict[str, Route] | None = None, *, tls: ssl.SSLContext | None = None) -> None:
        self.routes: dict[str, Route] = dict(routes or {})
        self.requests: list[Request] = []
        self.closing = threading.Event()  # ends what waits or drips
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.web = self
        self.scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def count(self, path: str) -> int:
        return sum(request.path == path for request in self.requests)

    def paths(self) -> list[str]:
        """Return the paths that were asked for, in order."""
        return [request.path for request in self.requests]

    def __enter__(self) -> "Web":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    web: Web

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that had enough is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        web = self.server.web
        request = Request(self.path, dict(self.headers), time.monotonic(), self.client_address[1])
        web.requests.append(request)
        route = web.routes.get(self.path, Answer("not here", status=404))
        answer = route if isinstance(route, Answer) else route(request)
        web.closing.wait(answer.delay_s)
        if answer.raw is not None:
            self.close_connection = True
            self._write(answer.raw, answer.drip_s)
            while answer.endless and not web.closing.is_set():
                self._write(answer.content(), 0.0)
        else:
            self._send(answer, known=answer.etag is not None and request.headers.get("If-None-Match") == answer.etag)

    def _send(self, answer: Answer, *, known: bool) -> None:
        body = b"" if known else answer.content()
        self.send_response(304 if known else answer.status)
        for name, value in answer.head(len(body)).items():
            self.send_header(name, value)
        self.end_headers()
        if answer.cut is not None:
            self.close_connection = True
        self._write(body[: answer.cut], answer.drip_s)

    def _write(self, content: bytes, drip_s: float) -> None:
        step = 1 if drip_s else max(len(content), 1)
        for at in range(0, len(content), step):
            self.wfile.write(content[at : at + step])
            if self.server.web.closing.wait(drip_s):
                return

    def log_message(self, format: str, *args: object) -> None:
        """Requests are in `Web.requests`."""
