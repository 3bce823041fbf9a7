"""The tables: one explicit Arrow schema each, with the meaning of every column as field metadata.

Columns are only ever added, nullable. Plain types alone (strings, int64, float64, bool, date32, timestamp[us, UTC],
lists and structs of these), no dictionaries, maps or unsigned integers, so that every reader opens them.
"""

import functools
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

import pyarrow as pa

#: Version of the lake's layout, written to `_lake.json`. A newer one is refused.
FORMAT_VERSION = 1

Record = TypeVar("Record")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

TEXT = pa.string()
INT = pa.int64()
REAL = pa.float64()
FLAG = pa.bool_()
DAY = pa.date32()
TIME = pa.timestamp("us", tz="UTC")


def column(name: str, kind: pa.DataType, meaning: str) -> pa.Field:
    return pa.field(name, kind, metadata={"description": meaning})


def list_of(kind: pa.DataType) -> pa.ListType:
    return pa.list_(pa.field("element", kind))


ACTOR = pa.struct([("name", TEXT), ("role", TEXT), ("country", TEXT), ("kind", TEXT)])
CLAIMS = list_of(list_of(TEXT))
REMOVED = pa.struct([("at", INT), ("text", TEXT), ("replacement", TEXT), ("reason", TEXT)])
STATUS_CHANGE = pa.struct(
    [("status", TEXT), ("reported", TIME), ("run_id", TEXT), ("mention_id", TEXT), ("attribution", CLAIMS)]
)

RUN_ID = column("run_id", TEXT, "Run that wrote the row")
DERIVED = [
    column("cameo", TEXT, "CAMEO code, derived from type, mode and status"),
    column("quad_class", INT, "1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict"),
    column("goldstein", REAL, "Goldstein value, -10 (conflict) to 10 (cooperation)"),
]
WHAT_AND_WHO = [
    column("type", TEXT, "PLOVER category: CONSULT, AGREE, SUPPORT, ..."),
    column("mode", TEXT, "PLOVER mode: visit, phone, multilateral, third-party, ..."),
    column(
        "status", TEXT, "possible, planned, confirmed, ongoing, happened, postponed, cancelled, denied or requested"
    ),
    column("source", list_of(ACTOR), "Who does it; of a visit the visitor"),
    column("target", list_of(ACTOR), "Who receives it; of a visit the host"),
    column("start_date", DAY, "First day"),
    column("end_date", DAY, "Last day, inclusive"),
    column("granularity", TEXT, "day, week, month, season, quarter, half, year or span"),
]
WHERE = [
    column("place", TEXT, "City where it takes place"),
    column("place_country", TEXT, "Country where it takes place, ISO 3166-1 alpha-3"),
    column("latitude", REAL, "Degrees, WGS 84"),
    column("longitude", REAL, "Degrees, WGS 84"),
    column("geonames_id", INT, "GeoNames id of the place"),
]

ARTICLES = pa.schema(
    [
        column("article_id", TEXT, "Id of the article, the same in every version"),
        column("version", INT, "1 for the first text, one more for each changed text; the newest counts"),
        RUN_ID,
        column("source", TEXT, "Name of the source in sources.toml"),
        column("entry_id", TEXT, "What the source calls it: guid, document id or path"),
        column("url", TEXT, "Best address there is: canonical, else final, else requested"),
        column("requested_url", TEXT, "Address that was asked for; of a file its file: URL"),
        column("final_url", TEXT, "Address after redirects"),
        column("canonical_url", TEXT, "Address that the page calls its own"),
        column("publisher", TEXT, "Outlet"),
        column("title", TEXT, "Headline"),
        column("text", TEXT, "Cleaned text, paragraphs joined by a blank line; offsets count code points of it"),
        column("authors", list_of(TEXT), "Authors as the page names them"),
        column("language", TEXT, "ISO 639-1"),
        column("published", TIME, "When it was published; the run's time where absent or absurd"),
        column("published_date", DAY, "Day of publication where the outlet is; anchors relative dates"),
        column("published_basis", TEXT, "How published was found: source, page, url or fetched"),
        column("fetched", TIME, "Logical time of the run that fetched it"),
        column("captions", list_of(TEXT), "Captions of pictures, which are no part of the text"),
        column("removed", list_of(REMOVED), "Edits of the source text; applied backwards they restore it"),
        column("words", INT, "Words in the text"),
        column("content_hash", TEXT, "Id of the text"),
        column("fingerprint", TEXT, "Id of what the source said of the entry"),
        column("cluster_id", TEXT, "Cluster of copies; resolve through merges"),
        column("relation", TEXT, "To related_id: canonical, exact, syndicated, excerpt, appended or updated"),
        column("related_id", TEXT, "Article that this one is a copy of"),
        column("similarity", REAL, "Share of word shingles in common with related_id (Jaccard), 0 to 1"),
        column("independent", FLAG, "Counts as a source of its own"),
        column("signature", list_of(INT), "Sampled shingle hashes, by which copies find each other"),
        column("software_version", TEXT, "newsbeam that wrote the row"),
        column("rules_version", TEXT, "Id of the rules and lexicons"),
        column("end_paragraphs", list_of(INT), "Hashes of the paragraphs at both ends, before boilerplate was cut"),
        column("end_lines", list_of(INT), "Hashes of those at the end that are no sentence"),
        column("modified", TIME, "When it was last changed, as the page says"),
        column("modified_basis", TEXT, "How modified was found: linked_data (JSON-LD), meta or element"),
        column("section", TEXT, "Section of the outlet, as the page says"),
        column("tags", list_of(TEXT), "What it is about, as the page says"),
        column("image_url", TEXT, "Address of the picture that it is shared with"),
        column("link_density", REAL, "Share of the characters of the page's prose that stand in links, 0 to 1"),
        column("boilerplate_share", REAL, "Share of the characters of the text that were cut as boilerplate, 0 to 1"),
        column("language_confidence", REAL, "Probability of language by the text alone, 0 to 1"),
    ]
)

MENTIONS = pa.schema(
    [
        column("mention_id", TEXT, "Id of the mention"),
        column("event_id", TEXT, "Event that it reports; resolve through merges"),
        RUN_ID,
        column("article_id", TEXT, "Article that it stands in"),
        column("version", INT, "Version of that article"),
        column("cluster_id", TEXT, "Cluster of that article"),
        column("publisher", TEXT, "Outlet of that article"),
        column("independent", FLAG, "The article counts as a source of its own"),
        column("published", TIME, "When the article was published"),
        column("published_date", DAY, "Day of publication where the outlet is"),
        *WHAT_AND_WHO,
        column("when_text", TEXT, "The words that tell the time"),
        column("when_basis", TEXT, "How they were resolved"),
        *WHERE,
        column(
            "attribution", CLAIMS, "Who says so: parallel claims, each outermost first; empty for the outlet itself"
        ),
        column("sentence_start", INT, "Offset of the sentence in the article's text"),
        column("sentence_end", INT, "Offset behind the sentence"),
        column("trigger_start", INT, "Offset of the words that name the event"),
        column("trigger_end", INT, "Offset behind them"),
        column("sentence", TEXT, "The sentence"),
        column("trigger", TEXT, "The words that name the event"),
        column("confidence", REAL, "0 to 1"),
        *DERIVED,
        column("contexts", list_of(TEXT), "PLOVER contexts"),
        column("rule", TEXT, "Rule that coded it"),
        column("software_version", TEXT, "newsbeam that wrote the row"),
        column("rules_version", TEXT, "Id of the rules and lexicons"),
    ]
)

EVENTS = pa.schema(
    [
        column("event_id", TEXT, "Id of the event, from first rumour to fact"),
        RUN_ID,
        *WHAT_AND_WHO,
        *WHERE,
        column("status_history", list_of(STATUS_CHANGE), "One entry per change, in the order of runs"),
        column("first_reported", TIME, "Earliest publication that mentions it"),
        column("last_reported", TIME, "Latest publication that mentions it"),
        column("mentions", INT, "Number of mentions"),
        column("articles", INT, "Number of articles"),
        column("independent_articles", INT, "Number of articles that are no copies"),
        column("publishers", INT, "Number of outlets"),
        column("conflict", FLAG, "Reports contradict each other"),
        *DERIVED,
        column("merged_into", TEXT, "Event that this one proved to be"),
    ]
)

ITEMS = pa.schema(
    [
        RUN_ID,
        column("source", TEXT, "Name of the source"),
        column("entry_id", TEXT, "What the source calls it"),
        column("url", TEXT, "Address that is asked for"),
        column("fingerprint", TEXT, "Id of what the source said of it"),
        column("outcome", TEXT, "published, duplicate, unchanged, rejected or deferred"),
        column("article_id", TEXT, "Article that it is, or would have been"),
        column("version", INT, "Version that was published, or stands"),
        column("content_hash", TEXT, "Id of that version's text"),
        column("reason", TEXT, "Why it was rejected or deferred"),
        column("attempts", INT, "Failed attempts in a row"),
        column("retry_at", TIME, "When it is tried again"),
        column("title", TEXT, "Title as the source says"),
        column("published", TIME, "Publication as the source says"),
        column("seen_at", TIME, "Logical time of the run"),
    ]
)

REJECTS = pa.schema(
    [
        RUN_ID,
        column("stage", TEXT, "Stage that rejected it"),
        column("reason", TEXT, "Reason code"),
        column("detail", TEXT, "What was found, in a sentence"),
        column("source", TEXT, "Name of the source"),
        column("url", TEXT, "Address"),
        column("rejected_at", TIME, "Logical time of the run"),
        column("counted", FLAG, "Part of the receipt's sum; false for polls and after publication"),
        column("entry_id", TEXT, "What the source calls it"),
        column("fingerprint", TEXT, "Id of what the source said of it"),
        column("article_id", TEXT, "Article that it is, or would have been"),
        column("attempts", INT, "Failed attempts in a row, this one included"),
        column("retry_at", TIME, "When it is tried again"),
        column("title", TEXT, "Title as the source says"),
        column("published", TIME, "Publication as the source says"),
        column("replay", TEXT, "The record that failed, as JSON without its body"),
    ]
)

POLLS = pa.schema(
    [
        RUN_ID,
        column("kind", TEXT, "feed, sitemap, urls, folder, documents, robots or host"),
        column("source", TEXT, "Name of the source; of robots and host the host"),
        column("url", TEXT, "Address"),
        column("polled_at", TIME, "Logical time of the run"),
        column("status", TEXT, "ok, not_modified, failed, gone or skipped (its time has not come)"),
        column("http_status", INT, "HTTP status code"),
        column("reason", TEXT, "Reason of a failure"),
        column("entries", INT, "Entries that the answer listed"),
        column("etag", TEXT, "ETag of the answer"),
        column("last_modified", TEXT, "Last-Modified of the answer"),
        column("failures", INT, "Failures in a row"),
        column("next_due", TIME, "When to ask again"),
        column("rules", TEXT, "robots.txt as served"),
        column("redirect", TEXT, "New permanent address, or the feed that a page names"),
        column("not_before", TIME, "Earliest time at which it may be asked again"),
        column("gap_s", INT, "Seconds between two looks, by how often there was something new"),
        column("sightings", INT, "How often in a row that redirect was seen"),
        column("body_hash", TEXT, "Hash of the last answer that was read in full"),
        column("body_bytes", INT, "Bytes of that answer; of a 304 the bytes that it saved"),
    ]
)

MERGES = pa.schema(
    [
        RUN_ID,
        column("kind", TEXT, "cluster or event"),
        column("from_id", TEXT, "Id that is no longer used"),
        column("into_id", TEXT, "Id that stands for it"),
        column("reason", TEXT, "Why the two are one"),
        column("merged_at", TIME, "Logical time of the run"),
    ]
)


#: Readers hold one row group in memory.
GROUP_BYTES = 64 * 2**20


class Table(NamedTuple):
    """How one table is laid out."""

    schema: pa.Schema
    partition: str  # name of the hive partition column: date or month
    sort: Sequence[str]  # columns that rows are sorted by inside a file
    bloom: Sequence[str]  # columns with a bloom filter
    row: str  # what one row is
    group_bytes: int = GROUP_BYTES  # of a row group, uncompressed, at most


#: In the order in which a run's files appear to readers.
TABLES: dict[str, Table] = {
    "articles": Table(
        schema=ARTICLES,
        partition="date",
        sort=("published", "article_id", "version"),
        bloom=("article_id", "cluster_id"),
        row="one version of one article",
        group_bytes=4 * 2**20,  # deduplication reads single texts, and finds their groups by the time of publication
    ),
    "mentions": Table(
        schema=MENTIONS,
        partition="date",
        sort=("published", "mention_id"),
        bloom=("mention_id", "event_id", "article_id"),
        row="one report of an event in an article",
    ),
    "rejects": Table(
        schema=REJECTS,
        partition="date",
        sort=("source", "entry_id", "url", "stage", "reason", "detail"),
        bloom=("article_id",),
        row="one thing that was not published, and why",
    ),
    "items": Table(
        schema=ITEMS,
        partition="date",
        sort=("source", "entry_id", "url"),
        bloom=("article_id",),
        row="one thing that a run took up, and what became of it",
    ),
    "polls": Table(
        schema=POLLS,
        partition="date",
        sort=("kind", "source", "url"),
        bloom=(),
        row="one look at a source or a robots.txt",
    ),
    "merges": Table(
        schema=MERGES,
        partition="date",
        sort=("kind", "from_id", "into_id"),
        bloom=("from_id",),
        row="one id that turned out to be another",
    ),
    "events": Table(
        schema=EVENTS,
        partition="month",
        sort=("first_reported", "event_id"),
        bloom=("event_id",),
        row="one event as it stands now",
    ),
}


def day_of(micros: int) -> str:
    """Return the partition of a moment.

    >>> day_of(0)
    'date=1970-01-01'
    """
    return f"date={(EPOCH + timedelta(microseconds=micros)).date().isoformat()}"


def to_arrow(name: str, records: Iterable[Any]) -> pa.Table:
    """Return `records` as the table `name`, sorted; fields that are no columns are left out.

    Ties are broken by all other columns: the same records in another order give the same table.
    """
    table = TABLES[name]
    rows = sorted((_plain(record) for record in records), key=repr)  # nested columns too; the sort below is stable
    columns = [pa.array([_cell(row.get(field.name), field.type) for row in rows], field.type) for field in table.schema]
    return in_order(name, pa.Table.from_arrays(columns, schema=table.schema))


def in_order(name: str, rows: pa.Table) -> pa.Table:
    """Return rows of the table `name` sorted, ties broken by all other flat columns."""
    table = TABLES[name]
    flat = [field.name for field in table.schema if not pa.types.is_nested(field.type)]
    order = [*table.sort, *(column for column in flat if column not in table.sort)]
    return rows.sort_by([(key, "ascending") for key in order])


def from_arrow(kind: type[Record], rows: pa.Table, **more: Any) -> list[Record]:
    """Return `rows` as records of `kind`, the inverse of `to_arrow`.

    Args:
        more: values of fields that are no columns. Optional fields and lists of columns that are not there are empty.

    Raises:
        TypeError: a field of `kind` that must have a value is neither a column nor in `more`.
    """
    shapes = get_type_hints(kind)
    known = {name: [value] * rows.num_rows for name, value in more.items()}
    missing = [name for name in shapes if name not in rows.column_names and name not in known]
    needed = [name for name in missing if not _may_lack(shapes[name])]
    if needed:
        raise TypeError(f"{kind.__name__} needs {', '.join(needed)}: read the column, or pass a value.")
    known |= {name: [None] * rows.num_rows for name in missing}
    known |= {name: rows[name].to_pylist() for name in shapes if name not in known}
    columns = [map(_reader(shape), known[name]) for name, shape in shapes.items()]
    return [kind(*values) for values in zip(*columns, strict=True)]


def check_times(name: str, record: Any) -> None:
    """Check that the days and times of a record are some that the table `name` can hold.

    Raises:
        ValueError: a day is no ISO date.
        OverflowError: a time lies outside the years 1 to 9999.
    """
    for field in TABLES[name].schema:
        value = getattr(record, field.name, None)
        if value is not None and field.type == DAY:
            date.fromisoformat(value)
        if value is not None and field.type == TIME:
            EPOCH + timedelta(microseconds=value)


def _plain(value: Any) -> Any:
    """NamedTuples to dicts, all the way down."""
    if hasattr(value, "_asdict"):
        return {key: _plain(item) for key, item in value._asdict().items()}
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _may_lack(shape: Any) -> bool:
    return get_origin(shape) is Sequence or type(None) in get_args(shape)


@functools.cache
def _reader(shape: Any) -> Callable[[Any], Any]:
    """Return what turns a value of Arrow into one of `shape`: structs into the NamedTuple that it names, all down."""
    if get_origin(shape) is Sequence:
        inner = _reader(get_args(shape)[0])
        return lambda value: [inner(item) for item in value or ()]  # null in files older than the column
    if hasattr(shape, "_fields"):
        fields = [(name, _reader(hint)) for name, hint in get_type_hints(shape).items()]
        return lambda value: shape(*(read(value.get(name)) for name, read in fields))
    return _plain_value


def _plain_value(value: Any) -> Any:
    """Dates to ISO days, timestamps to µs; all else as it is."""
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(microseconds=1)
    return value.isoformat() if isinstance(value, date) else value


def _cell(value: Any, kind: pa.DataType) -> Any:
    """ISO days to dates; all else as it is."""
    return date.fromisoformat(value) if value is not None and kind == DAY else value
