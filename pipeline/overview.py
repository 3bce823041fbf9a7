"""status: how the last runs of a lake went, how its sources do, what waits, and how large it is. Only reads."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Optional

from pyarrow.fs import FileSelector

from pipeline.doctor import read_ledger
from pipeline.query import ask, open_lake, to_plain
from schemas.tables import TABLES
from transforms.fetch.urls import host_of
from transforms.poll.seen import INDEX_DAYS, POLL_DAYS
from transforms.store.lake import BEGUN, STAGING, Lake
from transforms.store.manifest import Manifest

#: A source is quiet once it has missed so many articles of its habit.
QUIET_ARTICLES = 10

#: Runs that are shown.
LAST = 5

#: How each source did when it was last asked, how long it is left alone, and when it last had something new. `skipped`
#: polls carry failures and next_due on.
SOURCES = """
    WITH looks AS (
        FROM polls WHERE kind NOT IN ('robots', 'host') AND date > (SELECT max(date) FROM polls) - $days::INTEGER
    ), last AS (
        SELECT DISTINCT ON (source) source, kind, url, reason, failures, next_due
        FROM looks ORDER BY source, polled_at DESC, run_id DESC
    ), asked AS (
        SELECT DISTINCT ON (source) source, polled_at, status
        FROM looks WHERE status <> 'skipped' ORDER BY source, polled_at DESC, run_id DESC
    ), answers AS (
        SELECT source, max(polled_at) FILTER (status IN ('ok', 'not_modified')) AS last_success,
            coalesce(sum(body_bytes) FILTER (http_status = 304), 0)::BIGINT AS saved_bytes
        FROM looks GROUP BY source
    ), told AS (
        SELECT source, max(fetched) AS last_article,
            count(*) FILTER (fetched > $now - to_days($days::INTEGER)) / greatest(1, date_diff(
                'day', greatest(min(fetched), $now - to_days($days::INTEGER)), $now::TIMESTAMPTZ)) AS articles_a_day
        FROM articles GROUP BY source
    ), barred AS (
        SELECT source, count(DISTINCT entry_id) AS barred FROM items
        WHERE reason IN ('robots_denied', 'robots_unreadable') AND seen_at > $now - to_days(7) GROUP BY source
    )
    SELECT source, kind, url, polled_at, status, reason, failures, next_due, last_article, last_success, saved_bytes,
        articles_a_day, coalesce(barred, 0) AS barred
    FROM last LEFT JOIN asked USING (source) LEFT JOIN answers USING (source) LEFT JOIN told USING (source)
        LEFT JOIN barred USING (source)
    ORDER BY source
"""

#: What `transforms.poll.seen.is_due` and `is_waiting` say of the last item of each entry, counted where the items are.
WAITING = """
    WITH last AS (
        FROM items WHERE date >= $since
        QUALIFY row_number() OVER (PARTITION BY source, entry_id ORDER BY seen_at DESC, run_id DESC) = 1
    )
    SELECT outcome, reason,
        count(*) FILTER (retry_at IS NULL OR retry_at <= $now) AS due,
        count(*) FILTER (retry_at > $now) AS later,
        min(retry_at) FILTER (retry_at > $now) AS next_at
    FROM last
    WHERE outcome = 'deferred' OR (outcome = 'rejected' AND retry_at IS NOT NULL)
    GROUP BY ALL ORDER BY outcome, reason
"""


class Unfinished(NamedTuple):
    """A run that has begun and is not done."""

    run_id: str
    state: str  # at work | left half-way: the next run drops it | committed: its files are moved, or the next run does


class SourceState(NamedTuple):
    """How one source does."""

    source: str
    kind: str
    url: str
    polled_at: Optional[datetime]  # the last time that it was asked
    status: Optional[str]  # of that time: ok, not_modified, failed or gone
    reason: Optional[str]  # of a failure
    failures: int  # in a row
    next_due: Optional[datetime]  # None for local sources: they are listed in every run
    last_article: Optional[datetime]  # logical time of the last run that took an article from it
    silent_s: Optional[int]  # since then
    last_success: Optional[datetime]  # the last time that it could be read, in POLL_DAYS
    saved_bytes: int  # that answers of 304 saved in POLL_DAYS
    articles_a_day: Optional[float]  # its habit, over POLL_DAYS or since its first article
    barred: int  # entries of the last week that its robots.txt forbids, or that wait for it
    quiet: bool  # it has been silent for far longer than its habit


class Waiting(NamedTuple):
    """What is to be taken up again, for one reason."""

    outcome: str  # deferred, or rejected for now
    reason: Optional[str]
    due: int  # the next run takes them up
    later: int  # their time has not come
    next_at: Optional[datetime]  # of these the first


class Size(NamedTuple):
    """One table, as its runs committed it."""

    table: str
    files: int
    rows: int
    bytes: int


class Overview(NamedTuple):
    """What `status` tells of a lake."""

    lake: str
    now: datetime
    committed: int  # runs
    last: Sequence[Manifest]  # the newest runs, newest first
    holder: Optional[str]  # who holds the lake, as `process 123`; None for nobody
    unfinished: Sequence[Unfinished]
    sources: Sequence[SourceState]
    waiting: Sequence[Waiting]
    tables: Sequence[Size]


def overview(place: str, now: int) -> Overview:
    """Return the state of a lake.

    Args:
        now: the machine's time, µs.

    Raises:
        ConfigurationError: there is no lake.
        LakeUnwritable: the manifest of one of the last runs is damaged.
    """
    lake, moment = Lake.open(place), datetime.fromtimestamp(now // 1_000_000, UTC)
    held = lake.storage.holder()
    begun = list(unfinished(lake, held))
    if not begun:
        open_lake(place)  # says where there is none
    runs, checkpoint = lake.runs(), lake.checkpoint()
    return Overview(
        lake=lake.place,
        now=moment,
        committed=len(runs) + (checkpoint.runs if checkpoint else 0),
        last=[found for run_id in reversed(runs[-LAST:]) if (found := lake.manifest(run_id))],
        holder=held,
        unfinished=begun,
        sources=[_source(row, moment) for row in ask(lake, SOURCES, {"days": POLL_DAYS, "now": moment})],
        waiting=waiting(lake, moment),
        tables=sizes(lake),
    )


def unfinished(lake: Lake, held: Optional[str]) -> Iterator[Unfinished]:
    """Yield the runs whose staging area is there."""
    selector = FileSelector(lake.path(STAGING), allow_not_found=True, recursive=True)
    begun = {info.path.split("/")[-2] for info in lake.filesystem.get_file_info(selector) if info.base_name == BEGUN}
    for run_id in sorted(begun):
        if run_id in lake.runs():
            yield Unfinished(run_id, "committed")
        else:
            yield Unfinished(run_id, "left half-way" if held is None else "at work")


def _source(row: Mapping[str, Any], now: datetime) -> SourceState:
    due = None if not host_of(row["url"]) else row["next_due"]
    silent = int((now - row["last_article"]).total_seconds()) if row["last_article"] else None
    quiet = is_quiet(silent, row["articles_a_day"]) and due is not None
    return SourceState(**{**row, "next_due": due, "silent_s": silent, "quiet": quiet})


def is_quiet(silent_s: Optional[int], articles_a_day: Optional[float]) -> bool:
    """Say whether a source has been silent for longer than ten of its articles usually take, and than a day.

    >>> is_quiet(90_000, 20.0), is_quiet(90_000, 1.0), is_quiet(3_600, 100.0)
    (True, False, False)
    """
    if silent_s is None or not articles_a_day:
        return False
    return silent_s > max(QUIET_ARTICLES * 86_400 / articles_a_day, 86_400)


def waiting(lake: Lake, now: datetime) -> list[Waiting]:
    """Return what later runs take up again, by outcome and reason."""
    since = (now - timedelta(days=INDEX_DAYS)).date()
    return [Waiting(**row) for row in ask(lake, WAITING, {"now": now, "since": since})]


def sizes(lake: Lake) -> list[Size]:
    """Return the size of every table, by what the manifests say of its files."""
    files = [each.file for each in read_ledger(lake).expected.values()]
    return [
        Size(
            table,
            sum(file.table == table for file in files),
            sum(file.rows for file in files if file.table == table),
            sum(file.bytes for file in files if file.table == table),
        )
        for table in TABLES
    ]


def as_json(found: Overview) -> dict[str, object]:
    """Return an overview as `status --json` prints it."""
    last = [{**each.receipt._asdict(), "now": _time(each.now), "seconds": each.seconds} for each in found.last]
    parts = ("unfinished", "sources", "waiting", "tables")
    rows = {part: [to_plain(row._asdict()) for row in getattr(found, part)] for part in parts}
    return {**found._asdict(), "now": to_plain(found.now), "last": last, **rows}


def _time(time_us: int) -> object:
    return to_plain(datetime.fromtimestamp(time_us / 1_000_000, UTC))
