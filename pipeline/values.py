"""What single values of sources.toml may be, from durations to headers, and what is wrong with others."""

import os
import re
import typing
import urllib.parse
import zoneinfo
from datetime import date
from pathlib import Path
from typing import Optional

#: Kinds of sources, and those that are read from a path. A list of addresses (`urls`) may be either.
KINDS = ("feed", "sitemap", "urls", "folder", "warc", "documents")
LOCAL = ("folder", "warc", "documents")

#: Also what a source's name may look like: it stands in ids, tables and addresses (`document:<source>/<id>`).
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

#: Headers that may be set, and those that are ours.
HEADER = re.compile(r"[A-Za-z0-9-]{1,100}")
OURS = ("host", "user-agent", "accept-encoding", "connection", "content-length", "transfer-encoding", "if-none-match")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
DURATIONS = {"interval": 3600.0, "max_interval": 21600.0, "delay": 1.0, "budget": 900.0}

#: What was found, and the fix; None where nothing is wrong.
Problem = Optional[tuple[str, str]]


def check(key: str, value: object) -> Problem:
    """Return what is wrong with a value of [defaults] or [[source]], and the fix; None if nothing is."""
    if key in TABLES_AND_LISTS:
        return TABLES_AND_LISTS[key](value)
    if not isinstance(value, str):
        example = '"15m"' if key in DURATIONS else '"..."'
        return f"{key} is {kind_of(value)}: {value!r}", f"It must be text in quotes: {key} = {example}"
    if key in CHECKS and not CHECKS[key](value):
        found, fix = EXPLANATIONS["duration" if key in DURATIONS else key]
        return f"{found}: {without_password(value)!r}", fix
    return None


def parse_duration(text: str) -> Optional[float]:
    """Return seconds, None if the text is no duration.

    >>> parse_duration("15m"), parse_duration("1.5h"), parse_duration("soon")
    (900.0, 5400.0, None)
    """
    match = DURATION.fullmatch(text.strip())
    return float(match[1]) * SECONDS[match[2]] if match else None


def without_password(text: str) -> str:
    """Return an address without what stands before its @.

    >>> without_password("https://me:secret@a.example/feed")
    'https://***@a.example/feed'
    """
    return re.sub(r"//[^/@]*@", "//***@", text)


def is_timezone(name: str) -> bool:
    """Say whether `name` is an IANA time zone."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def is_day(text: str) -> bool:
    """Say whether `text` is an ISO date."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_url(url: str) -> bool:
    """Say whether `url` is an absolute http or https address without white space or user name."""
    try:
        parts = urllib.parse.urlsplit(url)
        parts.port  # noqa: B018 - raises for a port that is no number
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and "@" not in parts.netloc
        and not re.search(r"\s", url)
    )


def infer_kind(path: Path) -> str:
    """Return the kind of a local source from its name."""
    name = path.name.lower()
    if name.endswith((".jsonl", ".jsonl.gz", ".parquet")):
        return "documents"
    return "warc" if name.endswith((".warc", ".warc.gz")) else "folder"


def infer_web_kind(url: str) -> str:
    """Return the kind of a source on the web from its address.

    >>> infer_web_kind("https://a.example/news-sitemap.xml.gz?page=1"), infer_web_kind("https://a.example/feed.xml")
    ('sitemap', 'feed')
    """
    name = urllib.parse.urlsplit(url).path.lower().rpartition("/")[2]
    return "sitemap" if "sitemap" in name and name.endswith((".xml", ".xml.gz")) else "feed"


def _check_tags(value: object) -> Problem:
    if isinstance(value, list) and all(isinstance(each, str) and each.strip() for each in value):
        return None
    return f"tags is {kind_of(value)}: {value!r}", 'It must be a list of texts: tags = ["world", "wire"]'


def _check_headers(value: object) -> Problem:
    """Values are never repeated: a password written where the name of its variable belongs must not get into a log."""
    fix = 'Write headers = { Authorization = "MY_TOKEN" }: the name of an environment variable that holds the value.'
    if not isinstance(value, dict):
        return f"headers is {kind_of(value)}", fix
    for name, variable in value.items():
        if not HEADER.fullmatch(name) or name.lower() in OURS:
            return f"the header {name!r} cannot be set", "Name another: letters, digits and dashes, none that we send."
        if not isinstance(variable, str) or not VARIABLE.fullmatch(variable):
            return f"the header {name} names no environment variable", fix
        if not os.environ.get(variable):
            return f"the header {name} names an environment variable that is not set", fix
    return None


TABLES_AND_LISTS: dict[str, typing.Callable[[object], Problem]] = {"tags": _check_tags, "headers": _check_headers}

CHECKS: dict[str, typing.Callable[[str], object]] = {
    "name": NAME.fullmatch,
    "kind": KINDS.__contains__,
    "url": is_url,
    "content": ("page", "feed").__contains__,
    "language": re.compile("[a-z]{2}").fullmatch,
    "timezone": is_timezone,
    "interval": parse_duration,
    "max_interval": parse_duration,
    "revived": is_day,
    "delay": lambda text: parse_duration(text) is not None,
    "budget": parse_duration,
}

EXPLANATIONS = {
    "name": (
        "unsafe name",
        "A name starts with a letter or digit and holds letters, digits, dot, dash and underscore.",
    ),
    "kind": ("unknown kind", f"Kinds that work: {', '.join(KINDS)}."),
    "url": (
        "bad url",
        'An address looks like "https://example.org/feed.xml", its port at most 65535, with no user name in it.',
    ),
    "content": ("unknown content", 'It must be "page", or "feed" to take the text that the feed carries.'),
    "language": ("bad language", 'It must be an ISO 639-1 code of two small letters, such as "en".'),
    "revived": ("bad day", 'It must be the day on which the source was found alive again, such as "2026-03-02".'),
    "timezone": ("bad timezone", 'It must be an IANA name, such as "Asia/Colombo" or "UTC".'),
    "duration": ("bad duration", 'It must be a number with ms, s, m, h or d, such as "15m".'),
}


def kind_of(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "a section"}
    return names.get(type(value), "a date")
