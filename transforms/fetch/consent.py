"""What publishers reserve beside robots.txt: X-Robots-Tag, robots metas, and the TDM Reservation Protocol."""

import re
from collections.abc import Collection, Mapping
from typing import Optional

from transforms.fetch.http import ROBOT, Failure

#: What can be heeded, and the reason of a page for which it is said.
RESERVATIONS = {"noindex": "noindex", "noai": "noai", "tdm": "tdm_reserved"}

#: Directives by which each is said. `none` is noindex and nofollow.
DIRECTIVES = {"noindex": "noindex", "none": "noindex", "noai": "noai", "noml": "noai"}

#: Bytes of a page in which its metas are looked for.
MAX_HEAD = 200_000

META = re.compile(rb"<meta\s[^>]{1,2000}>", re.IGNORECASE)
ATTRIBUTE = re.compile(rb"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")


def reserved(headers: Mapping[str, str], body: bytes, heeded: Collection[str]) -> Optional[Failure]:
    """Return what a publisher reserves that is to be heeded, None where nothing is.

    Args:
        headers: of the answer, names in lower case.
        heeded: some of RESERVATIONS.
    """
    said = dict.fromkeys(_directives(headers.get("x-robots-tag", "")), "X-Robots-Tag")
    if headers.get("tdm-reservation", "").strip() == "1":
        said.setdefault("tdm", "TDM-Reservation")
    for name, content in _metas(body[:MAX_HEAD]):
        if name in ("robots", ROBOT):
            said |= dict.fromkeys(_directives(content), f"the meta {name}")
        elif name == "tdm-reservation" and content.strip() == "1":
            said.setdefault("tdm", "the meta tdm-reservation")
    for kind, reason in RESERVATIONS.items():
        if kind in heeded and kind in said:
            return Failure(reason, f"{said[kind]} says so.")
    return None


def _directives(value: str) -> list[str]:
    """Return which reservations a list of directives makes; those for another robot do not count.

    >>> _directives("otherbot: noindex, newsbeam: noai"), _directives("NOINDEX, nofollow")
    (['noai'], ['noindex'])
    """
    found: list[str] = []
    robot = ""
    for part in value.lower().split(","):
        name, colon, directive = part.strip().partition(":")
        if colon and name.strip() not in ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"):
            robot = name.strip()
        word = (directive if colon else name).strip()
        if robot in ("", ROBOT, "*") and word in DIRECTIVES:
            found.append(DIRECTIVES[word])
    return found


def _metas(head: bytes) -> list[tuple[str, str]]:
    """Return name and content of the metas of a page, in lower case."""
    metas = []
    for meta in META.findall(head):
        given = {name.lower(): b"".join(values) for name, *values in ATTRIBUTE.findall(meta)}
        name, content = given.get(b"name", b""), given.get(b"content", b"")
        metas.append((name.decode("latin-1").strip().lower(), content.decode("latin-1").lower()))
    return metas
