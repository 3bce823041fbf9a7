"""The formula of every id.

An id is a function of the data alone: the first 16 hexadecimal digits of SHA-256 over its parts, each
preceded by its length so that no two lists of parts collide. 64 bits: among a hundred million ids a
collision has a chance of 3 in 10,000.

    article_id  = id("article", normalised requested URL)
    cluster_id  = id("cluster", article_id of the canonical article when the cluster was first published)
    mention_id  = id("mention", article_id, version, type, mode, status, trigger_start, trigger_end),
                  and behind it 1, 2, ... for the others of several that these tell alike ("visited X and Y")
    event_id    = id("event", mention_id of the first mention, in (published, mention_id) order, when first committed)
    run_id      = logical time as YYYYMMDDTHHMMSSZ, "-", first 8 digits of id("run", resolved sources),
                  and "-0001" and on where a large input is cut into chunks
    fingerprint = id("entry", what the source says of the entry)
    content_hash= id("content", text)
"""

import hashlib
from datetime import UTC, datetime


def make_id(kind: str, *parts: object) -> str:
    """Return 16 hexadecimal digits that depend on `kind` and `parts` alone.

    Raises:
        UnicodeEncodeError: a part holds a lone surrogate; scrub text where it enters.

    >>> make_id("cluster", "ab", "c") == make_id("cluster", "a", "bc")
    False
    """
    digest = hashlib.sha256()
    for part in (kind, *parts):
        encoded = str(part).encode()
        digest.update(b"%d:" % len(encoded))
        digest.update(encoded)
    return digest.hexdigest()[:16]


def stamp(micros: int) -> str:
    """Return a moment, µs, as ids of runs begin with it.

    >>> stamp(86_400_000_000)
    '19700102T000000Z'
    """
    return f"{datetime.fromtimestamp(micros // 1_000_000, UTC):%Y%m%dT%H%M%SZ}"


def time_of(run_id: str) -> int:
    """Return the logical time that a run's id begins with, µs; 0 where it names none.

    >>> time_of("19700102T000000Z-0123abcd"), time_of("unknown")
    (86400000000, 0)
    """
    try:
        moment = datetime.strptime(run_id[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return 0
    return int(moment.timestamp()) * 1_000_000
