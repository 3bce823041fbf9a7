"""The options by which the web is asked: the same for polling and for fetching."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from transforms.fetch.http import DEADLINE_S, Options


@dataclass(kw_only=True)
class Manners:
    """Fields that steps which ask servers have in common."""

    shards: int = 2  # workers that ask at once; each asks all its hosts at once
    threads: int = 64  # hosts that a worker asks at once
    allow_private: bool = False  # also connect to loopback and private networks
    allow_hosts: tuple[str, ...] = ()  # hosts that may lie there, by name
    contact: str = ""  # who runs this: an address or page, sent to servers
    deadline_s: float = DEADLINE_S  # for one answer, redirects included
    proxy: str = ""  # http://host:port; proxy variables of the environment are never read
    ca_file: str = ""  # certificates in PEM that are trusted beside the public ones

    def __post_init__(self) -> None:
        for name in ("shards", "threads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        if self.deadline_s <= 0:
            raise ValueError(f"deadline_s is {self.deadline_s}; it must be more than 0")
        if not self.contact.isascii() or not self.contact.isprintable():
            raise ValueError("contact holds characters that no header can hold; write an e-mail address or a page")
        check_proxy(self.proxy)

    def web_options(self) -> Options:
        return Options(
            allow_private=self.allow_private,
            contact=self.contact,
            deadline_s=self.deadline_s,
            allow_hosts=tuple(host.lower() for host in self.allow_hosts),
            proxy=self.proxy,
            ca_file=self.ca_file,
        )


def check_proxy(proxy: str) -> None:
    """Check the address of a proxy. What may be a password is not repeated.

    Raises:
        ValueError: it is none that can be used.
    """
    if not proxy:
        return
    parts = urlsplit(proxy)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError('proxy is no address like "http://proxy.example:3128" without a user name')
