"""The only file that opens a socket: who may be connected to, how long, how much, and through which redirects.

Nothing is read from the environment (`trust_env=False`): a proxy variable would carry requests past the address guard.
"""

import contextlib
import email.utils
import functools
import ipaddress
import math
import re
import socket
import ssl
import time
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Optional, Union
from urllib.parse import urlsplit

import httpcore
import httpx

from transforms.fetch.codings import ACCEPTED, TooLarge, Undecodable, bounded, decode
from transforms.fetch.masks import mask, mask_body
from transforms.fetch.turns import Times, turn
from transforms.fetch.urls import host_of, origin_of, parse, request_url
from transforms.poll.schedule import parse_max_age, parse_retry_after
from transforms.versions import software_version

#: What robots.txt files call this program (RFC 9309, 2.2.1).
ROBOT = "newsbeam"

MAX_BYTES = 10 * 2**20  # of an answer, decoded; also on the wire
MAX_REDIRECTS = 5
CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 15.0  # of silence
NEVER = float("inf")
DEADLINE_S = 60.0  # for one answer, redirects included: a server that drips a byte a second ends here

ACCEPT = "text/html,application/xhtml+xml,application/rss+xml,application/atom+xml,application/xml;q=0.9,*/*;q=0.5"
REDIRECTS = (301, 302, 303, 307, 308)
PERMANENT = (301, 308)

#: NAT64 (RFC 6052): an IPv6 address that leads to the IPv4 address in its last 32 bits.
NAT64 = ipaddress.ip_network("64:ff9b::/96")

#: Not of the public internet, though `is_global` says so: IPv4 in IPv6 (RFC 4291, 2.5.5.1), a network's own NAT64
#: (RFC 8215), and site-local addresses (RFC 3879).
NOT_PUBLIC = tuple(map(ipaddress.ip_network, ("::/96", "64:ff9b:1::/48", "fec0::/10")))

NO_HEADERS: Mapping[str, str] = MappingProxyType({})

#: Headers by which a publisher reserves something.
RIGHTS = ("x-robots-tag", "tdm-reservation")

IpAddress = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]


class Reply(NamedTuple):
    """An answer that can be used: any 2xx, or 304."""

    url: str  # after redirects
    status: int
    body: bytes
    content_type: str  # media type, lower case; "" where the server says none
    charset: Optional[str]
    etag: Optional[str]
    last_modified: Optional[str]
    max_age_s: Optional[int]
    moved: Optional[str]  # the new address, where every redirect that led there is permanent
    rights: Mapping[str, str] = NO_HEADERS  # headers by which the publisher reserves something, names in lower case

    @property
    def full_type(self) -> str:
        """The Content-Type with its charset, as a parser wants to be told."""
        return self.content_type + (f"; charset={self.charset}" if self.charset else "")


class Failure(NamedTuple):
    """Why there is no answer that can be used. `reason` is a key of REASONS."""

    reason: str
    detail: str
    status: Optional[int] = None  # of the server
    retry_after_s: Optional[int] = None

    @property
    def passing(self) -> bool:
        """Whether another attempt may fare better: also where the server says when to make it."""
        return (
            self.reason in ("timeout", "connection_failed", "bad_certificate")
            or self.retry_after_s is not None
            or (self.status is not None and (self.status in (408, 425, 429) or self.status >= 500))
        )


class Blocked(Exception):
    """A name leads to addresses that must not be connected to."""


class Options(NamedTuple):
    """How the web is asked."""

    allow_private: bool = False  # connect to loopback and private networks too
    contact: str = ""  # an address or page of the operator, sent in User-Agent
    deadline_s: float = DEADLINE_S  # for one answer, redirects included
    max_bytes: int = MAX_BYTES
    allow_hosts: Sequence[str] = ()  # hosts that may lie on private networks, by name
    proxy: str = ""  # http://host:port
    ca_file: str = ""  # certificates that are trusted beside the public ones


DEFAULTS = Options()

Guard = Callable[[str], Optional[Failure]]


def no_guard(url: str) -> Optional[Failure]:
    return None


class Web:
    """A client for one thread: one connection at a time to each host, closed by `close`."""

    def __init__(self, options: Options = DEFAULTS, times: Optional[Times] = None, delay_s: float = 0.0) -> None:
        """
        Args:
            times: shared with the other threads of a run.
            delay_s: between two requests to a host, by whichever of them; for some hosts `times` knows a longer one.
        """
        self.options = options
        self.times = times or Times()
        self.delay_s = delay_s
        self._network = _Network(options)
        self._client = httpx.Client(
            transport=_Transport(self._network, options),
            headers={"User-Agent": user_agent(options.contact), "Accept": ACCEPT, "Accept-Encoding": ACCEPTED},
            timeout=httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            follow_redirects=False,
            trust_env=False,
        )

    def get(
        self,
        url: str,
        *,
        etag: Optional[str] = None,
        last_modified: Optional[str] = None,
        headers: Mapping[str, str] = NO_HEADERS,
        guard: Guard = no_guard,
    ) -> Reply | Failure:
        """Return the answer for `url`, redirects followed.

        Args:
            etag, last_modified: of the copy that is known; the answer is 304 where it still stands.
            headers: credentials. They are sent to the scheme, host and port of `url` alone, and stand in no answer.
            guard: asked before each redirect is followed; what it returns is the answer. It may call `get` itself.
        """
        outer = self._network.deadline
        self._network.deadline = min(outer, time.monotonic() + self.options.deadline_s)
        if outer == NEVER:
            self._client.cookies.clear()  # they last for one chain of redirects, so that no answer depends on another
        try:
            return _masked(self._answer(url, etag, last_modified, headers, guard), headers)
        except Exception as error:
            if not headers:
                raise
            raise RuntimeError(mask(f"{type(error).__name__}: {error}", headers)) from None  # it may quote a header
        finally:
            self._network.deadline = outer

    def _answer(
        self, url: str, etag: Optional[str], last_modified: Optional[str], own: Mapping[str, str], guard: Guard
    ) -> Reply | Failure:
        known = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in known.items() if value}
        try:
            return self._follow(url, headers, own, guard)
        except Blocked as error:
            return Failure("blocked_address", str(error))
        except TooLarge:
            return Failure("too_large", f"The answer is larger than {self.options.max_bytes} bytes.")
        except (httpx.TimeoutException, TimeoutError) as error:
            return Failure("timeout", f"{type(error).__name__} at {url}: {error}.")
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
            return Failure("bad_url", f"{url}: {error}.")
        except (httpx.HTTPError, OSError, Undecodable) as error:
            if isinstance(_first_cause(error), ssl.SSLCertVerificationError):
                return Failure("bad_certificate", f"{origin_of(url)}: {_first_cause(error)}.")
            return Failure("connection_failed", f"{type(error).__name__}: {error}.")

    @property
    def sent(self) -> float:
        """When the last request went out, by the monotonic clock: a connection may have taken its time before."""
        return self._network.sent

    def pause(self, wait: Callable[[], None]) -> None:
        """Wait, also while an answer is under way: that is no fault of the server, whose deadline moves."""
        began = time.monotonic()
        wait()
        self._network.deadline += time.monotonic() - began

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> "Web":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _follow(self, url: str, headers: dict[str, str], own: Mapping[str, str], guard: Guard) -> Reply | Failure:
        home = origin_of(url)
        moved: Optional[str] = None
        permanent = True
        for _ in range(MAX_REDIRECTS + 1):
            address = parse(url)
            if address is None:
                return Failure("bad_url", f"{url[:200]} is not an http or https URL.")
            if self.options.proxy:
                self._network.check(address.host)
            answer, target = self._ask(url, headers | dict(own) if origin_of(url) == home else headers, moved)
            if target is None:
                return answer
            permanent = permanent and isinstance(answer, Failure) and answer.status in PERMANENT
            moved = target if permanent else None
            refusal = guard(target)
            if refusal is not None:
                return refusal
            url = target
        return Failure("too_many_redirects", f"More than {MAX_REDIRECTS} redirects.")

    def _ask(self, url: str, headers: dict[str, str], moved: Optional[str]) -> tuple[Reply | Failure, Optional[str]]:
        """Return the answer of one request, and where it redirects to. The host has no other one meanwhile."""
        host = host_of(url)
        if refusal := self._rest(host):
            return refusal, None
        with turn(host, self._network.left(None)), contextlib.closing(self._send(url, headers)) as response:
            self.times.note(host, self.sent)
            location = response.headers.get("location")
            if response.status_code in REDIRECTS and location:
                target = request_url(location, url)
                answer = Failure("bad_url", f"It redirects to {location[:200]!r}.", response.status_code)
                return answer, target
            unchanged = response.status_code == 304 and _is_conditional(headers)  # unasked for, it says nothing
            if not unchanged and not response.is_success:
                return _refusal(response), None
            body = b"" if unchanged else self._body(response)
            return _reply(url, response, body, moved), None

    def _rest(self, host: str) -> Optional[Failure]:
        """Wait for the end of a host's delay, which others may have begun; say so where that takes too long."""
        most_s = max(self.options.deadline_s, self.delay_s)
        self.times.keep(host, self.delay_s)
        rest_s = self.times.take(host, most_s)
        if rest_s > most_s:
            again = math.ceil(rest_s)
            return Failure("host_busy", f"{host} was asked by others; its delay ends in {again} s.", None, again)
        self.pause(lambda: time.sleep(rest_s))
        return None

    def _send(self, url: str, headers: dict[str, str]) -> httpx.Response:
        """Return the answer of one request, its body unread.

        A server may close a connection that was kept open just as the next request is sent over it. That says nothing
        of the request, which goes over a new connection then (RFC 9112, 9.3.1).
        """
        request = self._client.build_request("GET", url, headers=headers)
        before = self._network.connections
        try:
            return self._client.send(request, stream=True)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            if self._network.connections != before:
                raise
            return self._client.send(request, stream=True)

    def _body(self, response: httpx.Response) -> bytes:
        chunks = bounded(response.iter_raw(), self.options.max_bytes)
        coding = response.headers.get("content-encoding", "").strip().lower()
        if coding in ("", "identity"):
            return b"".join(chunks)
        return b"".join(bounded(decode(chunks, coding), self.options.max_bytes))


def _masked(answer: Reply | Failure, own: Mapping[str, str]) -> Reply | Failure:
    """Return an answer that does not repeat the credentials that it was sent."""
    if not own:
        return answer
    if isinstance(answer, Failure):
        return answer._replace(detail=mask(answer.detail, own))
    return answer._replace(
        url=mask(answer.url, own),
        body=mask_body(answer.body, own),
        etag=_unless_masked(answer.etag, own),
        last_modified=_unless_masked(answer.last_modified, own),
        moved=_unless_masked(answer.moved, own),
    )


def _unless_masked(value: Optional[str], own: Mapping[str, str]) -> Optional[str]:
    """Return what names something as it stands, None where it holds a credential."""
    return value if value is None or mask_body(value.encode(), own) == value.encode() else None


def _first_cause(error: BaseException) -> BaseException:
    """Return the error that others were raised from."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return error


def _is_conditional(headers: Mapping[str, str]) -> bool:
    return "If-None-Match" in headers or "If-Modified-Since" in headers


def user_agent(contact: str) -> str:
    """Return what servers see.

    >>> user_agent("ops@news.example").partition("/")[2].partition(" ")[2]
    '(+ops@news.example)'
    """
    name = f"{ROBOT}/{software_version()}"
    return f"{name} (+{contact})" if contact else name


def _reply(url: str, response: httpx.Response, body: bytes, moved: Optional[str]) -> Reply:
    media, _, parameters = response.headers.get("content-type", "").partition(";")
    charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", parameters, re.IGNORECASE)
    return Reply(
        url=url,
        status=response.status_code,
        body=body,
        content_type=media.strip().lower(),
        charset=charset[1] if charset else None,
        etag=_validator(response.headers.get("etag"), 1_000),
        last_modified=_validator(response.headers.get("last-modified"), 100),
        max_age_s=parse_max_age(response.headers.get("cache-control")),
        moved=moved,
        rights={name: response.headers[name] for name in RIGHTS if name in response.headers},
    )


def _validator(value: Optional[str], longest: int) -> Optional[str]:
    """Return a validator that can be sent back as it came, None for one that cannot: cut or mended it names nothing."""
    return value if value and len(value) <= longest and value.isascii() and value.isprintable() else None


def _refusal(response: httpx.Response) -> Failure:
    status = response.status_code
    clock = email.utils.parsedate_tz(response.headers.get("date", ""))
    now = email.utils.mktime_tz(clock) if clock else time.time()
    return Failure(
        reason="gone" if status in (404, 410) else "http_error",
        detail=f"HTTP {status} {response.reason_phrase}".strip() + ".",
        status=status,
        retry_after_s=parse_retry_after(response.headers.get("retry-after"), clock_s=int(now)),
    )


# --- who may be connected to ----------------------------------------------------------------------------------------


def is_public(address: str) -> bool:
    """Say whether an IP address lies on the public internet, also the IPv4 address that an IPv6 one stands for.

    >>> is_public("93.184.215.14"), is_public("::ffff:10.0.0.1"), is_public("169.254.169.254")
    (True, False, False)
    """
    found: IpAddress = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and found in NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        found = inner or found
    return found.is_global and not found.is_multicast and not any(found in network for network in NOT_PUBLIC)


@functools.cache
def _tls(ca_file: str) -> ssl.SSLContext:
    """The context costs 20 ms to make, and is the same for all.

    Raises:
        OSError: the file cannot be read, or holds no certificate.
    """
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


class _Network(httpcore.NetworkBackend):
    """Looks a name up, refuses private addresses, and connects to the address that was checked: no second look-up."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.proxy = urlsplit(options.proxy).hostname if options.proxy else None
        self.connections = 0  # made so far
        self.deadline = NEVER  # by the monotonic clock, for the answer under way
        self.sent = 0.0  # the last bytes, by the same
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: Optional[float] = None,
        local_address: Optional[str] = None,
        socket_options: Optional[Iterable[typing.Any]] = None,
    ) -> httpcore.NetworkStream:
        try:
            allowed = self._allowed(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} is not known: {error}") from error
        return self._connect(allowed, port, timeout, socket_options)

    def check(self, host: str) -> None:
        """Refuse a host that a proxy would connect to. A name that is known to the proxy alone passes.

        Raises:
            Blocked: it leads to a private or reserved network.
        """
        with contextlib.suppress(OSError, UnicodeError):
            self._allowed(host, None)

    def _allowed(self, host: str, port: Optional[int]) -> list[str]:
        """Return the addresses of a host that may be connected to, of one look-up: there is no second one."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        if self.options.allow_private or host.lower() in self.options.allow_hosts or host == self.proxy:
            return addresses
        allowed = [each for each in addresses if is_public(each)]
        if not allowed:
            raise Blocked(f"{host} leads to {', '.join(addresses)}, which is private or reserved.")
        return allowed

    def _connect(
        self, addresses: Sequence[str], port: int, timeout: Optional[float], options: Optional[Iterable[typing.Any]]
    ) -> httpcore.NetworkStream:
        for number, address in enumerate(addresses, start=1):
            try:
                left = self.left(timeout)
                stream = _Stream(self._sockets.connect_tcp(address, port, left, None, options), self)
                self.connections += 1
                return stream
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(addresses):
                    raise
        raise httpcore.ConnectError("no address")

    def left(self, timeout: Optional[float]) -> float:
        """Return the seconds that the next operation may take.

        Raises:
            TimeoutError: there are none left for this answer.
        """
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        return left if timeout is None else min(left, timeout)


class _Stream(httpcore.NetworkStream):
    """A connection that keeps to the deadline of the answer under way."""

    def __init__(self, inner: httpcore.NetworkStream, network: _Network) -> None:
        self._inner = inner
        self._network = network

    def read(self, max_bytes: int, timeout: Optional[float] = None) -> bytes:
        return self._inner.read(max_bytes, self._network.left(timeout))

    def write(self, buffer: bytes, timeout: Optional[float] = None) -> None:
        self._inner.write(buffer, self._network.left(timeout))
        self._network.sent = time.monotonic()

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: Optional[str] = None, timeout: Optional[float] = None
    ) -> httpcore.NetworkStream:
        secured = self._inner.start_tls(ssl_context, server_hostname, self._network.left(timeout))
        return _Stream(secured, self._network)

    def get_extra_info(self, info: str) -> typing.Any:
        return self._inner.get_extra_info(info)


class _Transport(httpx.HTTPTransport):
    """httpx's own transport, whose sockets come from `_Network`: httpx has no argument for it, httpcore has."""

    def __init__(self, network: _Network, options: Options) -> None:
        context = _tls(options.ca_file)
        super().__init__(verify=context, trust_env=False)
        settings: dict[str, typing.Any] = {
            "ssl_context": context,
            "max_connections": 2,
            "keepalive_expiry": 30.0,
            "http2": True,
            "network_backend": network,
        }
        self._pool = (
            httpcore.HTTPProxy(options.proxy, **settings) if options.proxy else httpcore.ConnectionPool(**settings)
        )
