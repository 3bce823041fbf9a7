"""Addresses: the form in which two of them are compared, and what stands behind the names `file:` and `document:`."""

import functools
import os
import re
from typing import NamedTuple, Optional
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit

import idna
from publicsuffixlist import PublicSuffixList

from schemas.ids import make_id

DEFAULT_PORTS = {"http": 80, "https": 443}

#: Parameters that say where a reader came from, never which page is meant: those that the ClearURLs and Firefox lists
#: agree on for every host. A name that some site uses for content (`ref`, `id`, `source`) is not among them.
TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|mc_cid|mc_eid|_hsenc|_hsmi"
    r"|mkt_tok|oly_anon_id|oly_enc_id|vero_id|wickedid|at_medium|at_campaign|wt_mc|wt_zmc|s_cid",
    re.IGNORECASE,
)

#: Characters that stay as they are; `%` because what is encoded already stays encoded.
PATH_SAFE = "/:@!$&'()*+,;=-._~%"
QUERY_SAFE = PATH_SAFE + "?"
UNRESERVED = re.compile(rb"[A-Za-z0-9\-._~]")

#: Longest address that is asked for, in characters: servers refuse more, and a lake's column need not hold a data: URL.
MAX_URL = 4_000


class Address(NamedTuple):
    """The parts of an http or https URL that count."""

    scheme: str
    host: str  # lower case, as in DNS
    port: Optional[int]  # None: the scheme's own
    path: str
    query: str

    @property
    def netloc(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}{self.path}" + (f"?{self.query}" if self.query else "")


def parse(url: str) -> Optional[Address]:
    """Return the parts of an http or https URL in normal form, without fragment and user name; None for all else."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    name = _host(host or "")
    if scheme not in DEFAULT_PORTS or not name or len(url) > MAX_URL:
        return None
    path = _without_dots(_encoded(parts.path, PATH_SAFE)) or "/"
    own_port = None if port in (None, DEFAULT_PORTS[scheme]) else port
    address = Address(scheme, name, own_port, path, _encoded(parts.query, QUERY_SAFE))
    return address if len(str(address)) <= MAX_URL else None  # encoded, it may be several times as long


def request_url(url: str, base: str = "") -> Optional[str]:
    """Return the address to ask for, absolute, in normal form and with its parameters; None if it is not http(s).

    >>> request_url("../b?utm_source=feed#top", "https://News.example/a/index.html")
    'https://news.example/b?utm_source=feed'
    """
    try:
        address = parse(urljoin(base, url.strip()))
    except ValueError:
        return None
    return None if address is None else str(address)


def normalise(url: str) -> str:
    """Return the form in which two addresses of one page are equal; of what is not http(s), the address itself.

    >>> normalise("HTTPS://News.example:443/%7Ea/?id=1&utm_medium=rss#part")
    'https://news.example/~a/?id=1'
    """
    address = parse(url)
    if address is None:
        return url
    kept = [part for part in address.query.split("&") if part and not TRACKING.fullmatch(part.partition("=")[0])]
    return str(address._replace(query="&".join(kept)))


def article_id(url: str) -> str:
    """Return the id of the article at `url` (formula in schemas/ids.py)."""
    return make_id("article", normalise(url))


def host_of(url: str) -> str:
    """Return host and port of an http(s) URL, to which politeness is owed; "" for all else.

    >>> host_of("http://127.0.0.1:8000/a"), host_of("file:///a")
    ('127.0.0.1:8000', '')
    """
    address = parse(url)
    return "" if address is None else address.netloc


def origin_of(url: str) -> str:
    """Return scheme, host and port of an http(s) URL, to which credentials are bound; "" for all else.

    >>> origin_of("https://News.example:443/a?b"), origin_of("/a")
    ('https://news.example', '')
    """
    address = parse(url)
    return "" if address is None else f"{address.scheme}://{address.netloc}"


def registrable_domain(url: str) -> str:
    """Return what one owner registered, by the public suffix list: a blog below a host of blogs is its own.

    Of an IP address or a bare name it is the host with its port.

    >>> [registrable_domain(f"https://{host}/") for host in ("m.news.co.uk", "a.github.io", "127.0.0.1:80", "local")]
    ['news.co.uk', 'a.github.io', '127.0.0.1:80', 'local']
    """
    address = parse(url)
    if address is None:
        return ""
    if ":" in address.host or not address.host.rpartition(".")[2].isalpha():
        return address.netloc
    return _suffixes().privatesuffix(address.host) or address.netloc


@functools.cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def file_url(path: str) -> str:
    """Return the `file:` URL of an absolute path, also of one whose bytes are no text."""
    return "file://" + quote(os.fsencode(path))


def path_of(url: str) -> str:
    """Return the path of a `file:` URL, the inverse of `file_url`."""
    return os.fsdecode(unquote_to_bytes(url.removeprefix("file://")))


def document_url(source: str, entry_id: str) -> str:
    """Return the address of a document that has none."""
    return f"document:{source}/{quote(entry_id, safe=PATH_SAFE.replace('%', ''))}"


def _host(name: str) -> str:
    """Return a host as DNS knows it, "" for none."""
    name = name.rstrip(".").lower()
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode().rstrip(".")  # letters that IDNA drops may have hidden a dot
        except idna.IDNAError:
            return ""
    return name if re.fullmatch(r"[a-z0-9._:-]+", name) else ""


def _encoded(text: str, safe: str) -> str:
    """Return percent-encoding in normal form: upper case, what needs none decoded, everything else encoded once."""
    quoted = quote(re.sub(r"[\t\r\n]", "", text), safe=safe, errors="replace")
    return re.sub(r"%([0-9A-Fa-f]{2})|%", _normal_escape, quoted)


def _normal_escape(match: re.Match[str]) -> str:
    if match[1] is None:  # a percent sign that begins no escape
        return "%25"
    byte = bytes.fromhex(match[1])
    return byte.decode() if UNRESERVED.match(byte) else match[0].upper()


def _without_dots(path: str) -> str:
    """Return `path` without `.` and `..` (RFC 3986, 5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    ends_open = segments[-1] in (".", "..")
    return "/" + "/".join(kept) + ("/" if ends_open and kept else "")
