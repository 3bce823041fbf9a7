"""A server of HTTP/2 over TLS on loopback, as little of one as tests need."""

import socket
import ssl
import threading
from typing import Any

import h2.connection
import h2.events
import h2.exceptions
from h2.config import H2Configuration

Headers = list[tuple[str, str]]


class Http2:
    """Answers by path: a body, or a frame by which a server ends a stream or a connection. Use as a context manager."""

    def __init__(self, tls: ssl.SSLContext, routes: dict[str, tuple[Headers, bytes] | str]) -> None:
        tls.set_alpn_protocols(["h2"])
        self.routes = routes
        self.paths: list[str] = []
        self.connections = 0
        self._tls = tls
        self._socket = socket.create_server(("127.0.0.1", 0))

    def url(self, path: str) -> str:
        return f"https://127.0.0.1:{self._socket.getsockname()[1]}{path}"

    def __enter__(self) -> "Http2":
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        try:
            with self._tls.wrap_socket(client, server_side=True) as stream:
                _Connection(stream, self).run()
        except (OSError, h2.exceptions.ProtocolError):
            return  # the client had enough, or said more after a goodbye


class _Connection:
    def __init__(self, stream: ssl.SSLSocket, server: Http2) -> None:
        self.stream = stream
        self.server = server
        self.left: dict[int, bytes] = {}  # of bodies, by stream
        self.http = h2.connection.H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))

    def run(self) -> None:
        self.http.initiate_connection()
        self.stream.sendall(self.http.data_to_send())
        while received := self.stream.recv(2**16):
            for event in self.http.receive_data(received):
                if isinstance(event, h2.events.RequestReceived):
                    self._answer(event.stream_id, dict(event.headers)[":path"])
            for number in list(self.left):
                self._send(number)
            self.stream.sendall(self.http.data_to_send())

    def _answer(self, number: int, path: Any) -> None:
        self.server.paths.append(path)
        route = self.server.routes[path]
        if route == "reset":
            self.http.reset_stream(number)
        elif route == "goodbye":
            self.http.close_connection()
        elif route != "silence":
            headers, self.left[number] = route
            self.http.send_headers(number, [(":status", "200"), *headers])

    def _send(self, number: int) -> None:
        """Send as much of a body as the client takes now."""
        while room := min(self.http.local_flow_control_window(number), self.http.max_outbound_frame_size):
            piece, self.left[number] = self.left[number][:room], self.left[number][room:]
            self.http.send_data(number, piece, end_stream=not self.left[number])
            if not self.left[number]:
                del self.left[number]
                return
