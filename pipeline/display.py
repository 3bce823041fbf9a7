"""What a command prints: receipts, tables, lives."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from pipeline.progress import duration
from pipeline.screen import Screen, counted, plain, safe

if TYPE_CHECKING:  # these import Beam, which takes a second that --help does not have
    from pipeline.config import Configuration
    from pipeline.explain import Life
    from pipeline.live import Look
    from pipeline.overview import Overview, SourceState
    from pipeline.run import Account, Rejected
    from schemas import Receipt

#: Rows that a terminal shows of a query; the widest column, and the narrowest that can still be read.
MAX_ROWS = 100
MAX_COLUMN = 60
MIN_COLUMN = 12


def cell(value: object) -> str:
    """Return a value of a row in few characters: an actor as a name and a country, a history as its statuses."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, dict):
        return _struct(value)
    if isinstance(value, (list, tuple)):
        joint = " > " if value and isinstance(value[0], dict) and "status" in value[0] else ", "
        return joint.join(cell(item) for item in value)
    return plain(value)


def _struct(value: Mapping[str, object]) -> str:
    if "status" in value:
        return cell(value["status"])
    if "name" in value:
        country = value.get("country")
        return cell(value["name"]) + (f" ({plain(country)})" if country else "")
    return ", ".join(f"{plain(key)}: {cell(item)}" for key, item in value.items())


def rows_table(
    names: Sequence[str], rows: Sequence[Sequence[object]], width: int, *, whole: bool = False
) -> Table | Group:
    """Return rows as a table, or one block a row where `width` characters cannot hold the columns.

    Args:
        whole: fold long values, in place of cutting them.
    """
    if len(names) * MIN_COLUMN > width:
        return Group(*[_block(names, row, number) for number, row in enumerate(rows, start=1)])
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for index, name in enumerate(names):
        numeric = all(isinstance(row[index], (int, float, type(None))) for row in rows)
        table.add_column(
            safe(name),
            justify="right" if numeric and rows else "left",
            overflow="fold" if whole else "ellipsis",
            max_width=None if whole else MAX_COLUMN,
        )
    for row in rows:
        table.add_row(*[safe(cell(value)) for value in row])
    return table


def _block(names: Sequence[str], row: Sequence[object], number: int) -> Table:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column(f"row {number}", style="bold", no_wrap=True)
    table.add_column("", overflow="ellipsis")
    for name, value in zip(names, row, strict=True):
        text = cell(value)
        table.add_row(safe(name), safe(text if len(text) <= 300 else f"{text[:299]}…"))
    return table


def moment(time_us: int) -> str:
    """Return µs since 1970 as `2 March 2026, 18:00 UTC`."""
    when = datetime.fromtimestamp(time_us / 1_000_000, UTC)
    return f"{when.day} {when:%B %Y, %H:%M} UTC"


def show_rows(screen: Screen, names: Sequence[str], rows: Sequence[Sequence[object]], number: int) -> None:
    """Print the first rows of a result, and how many there are."""
    if rows:
        screen.out.print(rows_table(names, rows, screen.out.width))
    more = f", the first {len(rows)} shown; --csv or --json gives all" if number > len(rows) else ""
    screen.err.print(safe(f"{counted(number, 'row')}{more}", style="dim"))


def show_columns(out: Console, table: str, row: str, columns: Sequence[Sequence[str]]) -> None:
    """Print what a table holds: name, type and meaning of every column."""
    out.print(Text.assemble((table, "bold"), f": one row is {row}"))
    grid = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(style="dim", overflow="fold", max_width=28 if out.is_terminal else None)
    grid.add_column()
    for each in columns:
        grid.add_row(*each)
    out.print(grid)


def show_json(out: Console, value: Mapping[str, object]) -> None:
    """Print one JSON object on one line."""
    out.file.write(json.dumps(value, ensure_ascii=False) + "\n")


def show_configuration(out: Console, configuration: "Configuration") -> None:
    """Print the sources and every option that is set."""
    names = ("source", "kind", "publisher", "language", "timezone", "interval", "from")
    rows = []
    for each in configuration.sources:
        # Local files are listed in every run: they have no interval.
        interval = duration(each.interval_s) if "://" in each.location else "-"
        told = (each.name, each.kind, each.publisher, each.language, each.timezone, interval, each.location)
        rows.append([value or "-" for value in told])
    out.print(rows_table(names, rows, out.width, whole=True))
    for step, options in configuration.options.items():
        for name, value in options.items():
            out.print(safe(f"[{step}] {name} = {json.dumps(value, ensure_ascii=False)}"))
    out.print(safe(f"[run] max_reject_share = {configuration.max_reject_share}"))


def show_receipt(out: Console, run: "Account") -> None:
    """Print a receipt as a sum, why things were rejected, and which sources failed."""
    when = moment(run.receipts[0].now)
    parts = f", in {len(run.receipts)} parts" if len(run.receipts) > 1 else ""
    out.print(safe(f"Receipt of run {run.run_id} ({when}{parts})", style="bold"))
    if run.stored:
        out.print(safe("This run was committed before; nothing was done again."))
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right")
    table.add_column()
    table.add_column(style="dim")
    for sign, name, meaning in SUM:
        table.add_row(f"{run.total(name):,}", Text(f"{sign} {name}", "bold" if sign == "=" else ""), meaning)
    out.print(table)
    show_reasons(out, "Rejected", run.rejected)
    show_reasons(out, "Published all the same, with a note", run.noted)
    for poll in run.failed_polls:
        times = f", {poll.failures} times in a row" if poll.failures > 1 else ""
        out.print(safe(f"Source {poll.source} failed{times}: {poll.reason}. {poll.meaning} {poll.url}", style="yellow"))


#: The receipt's sum, and what stands beside it.
SUM = (
    (" ", "published", "new articles and new versions"),
    ("+", "duplicates", "copies of articles"),
    ("+", "unchanged", "seen before, and the same"),
    ("+", "rejected", "not published, each with its reason"),
    ("=", "fetched", "taken up in this run"),
    (" ", "deferred", "left for the next run"),
    (" ", "mentions", "reports of events, in what was published"),
    (" ", "events", "new or changed"),
    (" ", "merges", "ids that proved to be another"),
)


def show_reasons(out: Console, title: str, reasons: Sequence["Rejected"]) -> None:
    """Print why things were rejected, most frequent first."""
    if not reasons:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in (title, "count", "why", "for example"):
        table.add_column(name, justify="right" if name == "count" else "left")
    for each in reasons:
        table.add_row(safe(each.reason), f"{each.number:,}", safe(each.meaning), safe(each.example, "dim"))
    out.print(table)


def show_overview(out: Console, lake: "Overview") -> None:
    """Print how a lake does, part by part; a part that has nothing to say is left out."""
    held = "nobody holds it" if lake.holder is None else f"{lake.holder} holds it"
    out.print(safe(f"{lake.lake}: runs committed: {lake.committed:,}; {held}", style="bold"), soft_wrap=True)
    for each in lake.unfinished:
        out.print(safe(f"Run {each.run_id}: {UNFINISHED[each.state]}", style="yellow"))
    runs: list[list[object]] = [[run.run_id, in_short(run.receipt), f"{run.seconds:,.1f}"] for run in lake.last]
    sources: list[list[object]] = [
        [
            each.source,
            each.polled_at,
            _answer(each),
            each.next_due or "every run",
            "-" if each.silent_s is None else f"{each.silent_s / 86_400:,.1f} days",
            "-" if each.articles_a_day is None else f"{each.articles_a_day:,.1f}",
        ]
        for each in lake.sources
    ]
    waiting: list[list[object]] = [
        [each.reason or each.outcome, each.due, each.later, each.next_at] for each in lake.waiting
    ]
    parts: dict[tuple[str, ...], list[list[object]]] = {
        ("last runs", "receipt", "seconds"): runs,
        ("source", "last asked", "answer", "due again", "silent for", "a day"): sources,
        ("waits for", "due", "later", "the first at"): waiting,
        ("table", "files", "rows", "bytes"): [[*each] for each in lake.tables],
    }
    for names, rows in parts.items():
        if rows:
            out.print()
            out.print(rows_table(names, rows, out.width, whole=True))
    for alert in alerts(lake):
        out.print(safe(alert, style="yellow"), soft_wrap=True)


def _answer(source: "SourceState") -> str:
    """Return how a source answered last."""
    reason = f" ({source.reason})" if source.reason else ""
    times = f", {source.failures:,} in a row" if source.failures else ""
    return f"{source.status or '-'}{reason}{times}"


def alerts(lake: "Overview") -> Iterator[str]:
    """Yield what an operator should look at, a sentence each."""
    for each in lake.sources:
        if each.quiet and each.silent_s and each.articles_a_day:
            habit = f"{each.articles_a_day:,.1f} articles a day are its habit"
            yield f"{each.source} has brought nothing new for {each.silent_s / 86_400:,.1f} days; {habit}."
        if each.reason == "retired":
            yield f"{each.source} is retired: its server says that it is gone for good. Take it out, or revive it."
        if each.barred:
            yield f"{each.source}: entries of the last week that robots.txt barred: {each.barred:,}."
    saved = sum(each.saved_bytes for each in lake.sources)
    if saved:
        yield f"Answers that nothing has changed saved {saved:,} bytes."


#: What becomes of a run that is not done.
UNFINISHED = {
    "at work": "at work",
    "left half-way": "left half-way; the next run drops it and takes all up again",
    "committed": "committed, its files not all in place; a run moves them, this one or the next",
}


#: Counts of a receipt that are told behind its sum.
BESIDE = ("deferred", "events", "failed_polls")


def in_short(receipt: "Receipt") -> str:
    """Return a receipt on one line, without what is nought."""
    counts = receipt._asdict()
    parts = {name: f"{counts[name]:,} {name}" for name in ("published", "unchanged", "rejected")}
    parts["duplicates"] = counted(counts["duplicates"], "duplicate")
    told = ", ".join(parts[name] for name in ("published", "duplicates", "unchanged", "rejected") if counts[name])
    beside = [f"{name.replace('_', ' ')}: {counts[name]:,}" for name in BESIDE if counts[name]]
    return "; ".join([f"{receipt.fetched:,} fetched" + (f": {told}" if told else ""), *beside])


def show_looks(out: Console, looks: Sequence["Look"]) -> None:
    """Print what each source would give, and below it every problem with its fix."""
    names = ("source", "kind", "answer", "http", "would take up", "the first of them")
    rows = [[each.source, each.kind, each.status, each.http_status, each.entries, each.first or "-"] for each in looks]
    out.print(rows_table(names, rows, out.width))
    for look in looks:
        for problem in look.problems:
            out.print(safe(f"{look.source}: {problem}"), soft_wrap=True)


def show_rejects(out: Console, rejects: Sequence[Mapping[str, object]]) -> None:
    """Print rejects as a table, one a line where it is no terminal: what `explain` takes stands in the last column."""
    if rejects:
        names = ("rejected at", "source", "reason", "what was found", "tried again", "id or address")
        columns = ("rejected_at", "source", "reason", "detail", "retry_at")
        rows = [[*(each[name] for name in columns), each["article_id"] or each["url"]] for each in rejects]
        out.print(rows_table(names, rows, out.width, whole=not out.is_terminal))


def show_life(out: Console, life: "Life") -> None:
    """Print the life of one thing, chapter by chapter."""
    out.print(safe(f"{life.kind} {life.id}: {life.title}", style="bold"), soft_wrap=True)
    for chapter in life.chapters:
        out.print(safe(chapter.heading, style="bold cyan"))
        for line in chapter.lines:
            indent = "  " + " " * (len(line) - len(line.lstrip()))
            out.print(Text(indent).append_text(safe(line)), soft_wrap=True)
