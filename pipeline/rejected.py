"""rejects list: what was not published, and why, the newest first."""

import difflib
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Optional

from pipeline.past import runs_called
from pipeline.query import ask
from schemas.reject import REASONS, ConfigurationError
from transforms.store.lake import Lake


class Wanted(NamedTuple):
    """Which rejects; None for all."""

    source: Optional[str]
    reason: Optional[str]
    run_id: Optional[str]


class Listing(NamedTuple):
    """The newest of them."""

    rows: Sequence[Mapping[str, object]]  # of the table rejects
    total: int  # how many there are


WHERE = """
    FROM rejects
    WHERE ($source IS NULL OR source = $source)
      AND ($reason IS NULL OR reason = $reason)
      AND ($runs IS NULL OR list_contains($runs, run_id))
"""
COUNT = f"SELECT count(*) AS total {WHERE}"
NEWEST = f"""
    SELECT * EXCLUDE date {WHERE}
    ORDER BY rejected_at DESC, run_id DESC, source, entry_id, url, stage, reason, detail
    LIMIT $limit
"""
SOURCES = "SELECT source FROM polls WHERE kind NOT IN ('robots', 'host') UNION SELECT source FROM rejects ORDER BY ALL"


def rejects(lake: Lake, wanted: Wanted, limit: int) -> Listing:
    """Return at most `limit` rejects.

    Raises:
        ConfigurationError: there is no such reason, source or run.
    """
    if wanted.reason is not None:
        _check("--reason", wanted.reason, list(REASONS))
    if wanted.source is not None:
        _check("--source", wanted.source, [row["source"] for row in ask(lake, SOURCES)])
    runs = None if wanted.run_id is None else runs_called(lake, wanted.run_id, "--run")
    which = {"source": wanted.source, "reason": wanted.reason, "runs": runs}
    total = ask(lake, COUNT, which)[0]["total"]
    return Listing(ask(lake, NEWEST, {**which, "limit": limit}), total)


def _check(option: str, name: str, known: Sequence[str]) -> None:
    """Refuse a name that nothing has: a slip of the finger would read as "nothing was rejected"."""
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(known)}."
        raise ConfigurationError(f"{option} {name}: nothing in this lake is called so. {hint}")
