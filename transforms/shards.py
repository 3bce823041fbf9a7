"""Elements that what a run gathers is spread over: each costs a look into the lake, and workers share them."""

from schemas.ids import make_id

SHARDS = 16


def shard_of(text: str) -> int:
    """Return 0..SHARDS-1, the same on every worker."""
    return int(make_id("shard", text), 16) % SHARDS
