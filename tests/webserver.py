"""A small web on loopback, for tests of what happens over a real socket."""

import gzip
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
    drip_s: float = 0.0  # between two bytes of the body
    compress: bool = False
    cut: int | None = None  # close the connection after so many bytes of the body


class Request(NamedTuple):
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    at: float  # monotonic seconds
    port: int  # of the client: one connection, one port


Route = Answer | Callable[[Request], Answer]


class Web:
    """A server of `routes` (path with query -> answer) that remembers every request. Use as a context manager."""

    def __init__(self, routes: dict[str, Route] | None = None) -> None:
        self.routes: dict[str, Route] = dict(routes or {})
        self.requests: list[Request] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def count(self, path: str) -> int:
        return sum(request.path == path for request in self.requests)

    def __enter__(self) -> "Web":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(web: Web) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            request = Request(self.path, dict(self.headers), time.monotonic(), self.client_address[1])
            web.requests.append(request)
            route = web.routes.get(self.path, Answer("not here", status=404))
            self._send(request, route if isinstance(route, Answer) else route(request))

        def _send(self, request: Request, answer: Answer) -> None:
            time.sleep(answer.delay_s)
            fresh = answer.etag is not None and request.headers.get("If-None-Match") == answer.etag
            body = answer.body.encode() if isinstance(answer.body, str) else answer.body
            body = b"" if fresh else gzip.compress(body) if answer.compress else body
            self.send_response(304 if fresh else answer.status)
            headers = {"Content-Type": answer.content_type, "ETag": answer.etag, "Content-Length": str(len(body))}
            headers |= {"Content-Encoding": "gzip"} if answer.compress else {}
            for name, value in {**headers, **answer.headers}.items():
                if value is not None:
                    self.send_header(name, value)
            self.end_headers()
            try:
                self._write(body, answer)
            except OSError:  # the client had enough
                self.close_connection = True

        def _write(self, body: bytes, answer: Answer) -> None:
            if answer.drip_s:
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    time.sleep(answer.drip_s)
            elif answer.cut is not None:
                self.wfile.write(body[: answer.cut])
                self.close_connection = True
            else:
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
