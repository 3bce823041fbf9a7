"""First light: three evenings of the sample newsroom, through newsbeam's own command line. `make run` runs this.

python examples/first_light.py [--lake lake] [--port 8707]
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from newsroom.serve import PORT, Newsroom, serving
from rich.console import Console
from rich.table import Table
from rich.text import Text

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "examples" / "newsroom" / "sources.toml"
NEWSBEAM = Path(sys.executable).with_name("newsbeam")

#: Days that one call of this file does.
DAYS = 3

#: Seconds that a stopped run has for its own last words.
PATIENCE_S = 10

#: The events, each with its reports.
EVENTS = """
SELECT events.*, reports
FROM events LEFT JOIN (
    SELECT event_id, list({'mention_id': mention_id, 'publisher': publisher, 'sentence': sentence}) AS reports
    FROM mentions GROUP BY event_id
) USING (event_id)
WHERE merged_into IS NULL
ORDER BY first_reported, event_id
"""

Row = dict[str, Any]


class Stop(Exception):
    """The end, in one sentence."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


class Options(NamedTuple):
    """Where it all happens."""

    lake: Path
    port: int


# Days


def days_done(lake: Path, newsroom: Newsroom) -> int:
    """Return how many days of the newsroom a lake holds.

    Raises:
        Stop: it is no lake, or holds something else.
    """
    if not lake.exists():
        return 0
    if not lake.is_dir() or (any(lake.iterdir()) and not (lake / "_lock").exists()):
        raise Stop(f"{shown(lake)} is there already and is no lake: move it away, or name another with --lake.", 2)
    runs = sorted(path.stem.partition("-")[0] for path in lake.glob("_manifests/*.json"))
    first = datetime(newsroom.first.year, newsroom.first.month, newsroom.first.day, newsroom.evening.hour, tzinfo=UTC)
    ours = [f"{first + timedelta(days=number):%Y%m%dT%H%M%SZ}" for number in range(len(runs))]
    if runs != ours:
        raise Stop(
            f"{shown(lake)} holds other runs than the sample's: move it away, or name another with --lake.",
            2,
        )
    return len(runs)


def next_days(done: int) -> range:
    """Return the days to do: three, or what an earlier call left of its three.

    >>> next_days(0), next_days(2), next_days(3)
    (range(1, 4), range(3, 4), range(4, 7))
    """
    return range(done + 1, DAYS * (done // DAYS + 1) + 1)


@contextmanager
def sources(site: str) -> Iterator[Path]:
    """Yield the sample's sources.toml, or a copy for a newsroom that is served elsewhere than the file says."""
    written, usual = SOURCES.read_text(), f"http://127.0.0.1:{PORT}"
    if site == usual:
        yield SOURCES
        return
    with tempfile.TemporaryDirectory() as folder:
        changed = Path(folder, SOURCES.name)
        changed.write_text(written.replace(f"{usual}/", f"{site}/"))
        yield changed


# The command line


def newsbeam(*arguments: object) -> list[str]:
    return [str(NEWSBEAM), *map(str, arguments)]


def run_day(newsroom: Newsroom, file: Path, lake: Path, out: Console) -> None:
    """Run newsbeam on the evening of the newsroom's day. Its progress and its receipt go where ours go.

    Raises:
        Stop: it ended with an error, which it has explained.
    """
    evening = f"{newsroom.evening:%Y-%m-%dT%H:%MZ}"
    out.print(Text(f"\nDay {newsroom.day}, {newsroom.evening.day} {newsroom.evening:%B %Y}, 20:00", style="bold"))
    show_command(f"$ newsbeam run {shown(file)} --lake {shown(lake)} --now {evening}", out)
    code, _ = ended(started(newsbeam("run", file, "--lake", lake, "--now", evening)))
    if code:
        raise Stop(f"The run of day {newsroom.day} ended with exit code {code}.", code if code > 0 else 128 - code)


def select(lake: Path, sql: str) -> list[Row]:
    """Return the rows of a query.

    Raises:
        Stop: it ended with an error, which it has explained.
    """
    code, answer = ended(started(newsbeam("query", "--lake", lake, sql, "--json"), stdout=subprocess.PIPE))
    if code:
        raise Stop(f"The query ended with exit code {code}.", code)
    return [json.loads(line) for line in answer.splitlines()]


def started(command: Sequence[str], stdout: int | None = None) -> subprocess.Popen[bytes]:
    """Start a command. A signal that comes meanwhile waits until there is a child that can be ended with us."""
    came: list[int] = []
    ours = {
        each: signal.signal(each, lambda number, _: came.append(number)) for each in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        child = subprocess.Popen(command, stdout=stdout)
    finally:
        for number, handler in ours.items():
            signal.signal(number, handler)
    if came:
        child.kill()
        child.wait()
        raise KeyboardInterrupt
    return child


def ended(child: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    """Wait for a command; return its exit code and what it wrote, if that was asked for. It never outlives us."""
    try:
        answer, _ = child.communicate()
    except BaseException:
        child.terminate()
        try:
            child.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            child.kill()
        raise
    return child.returncode, answer or b""


# What is seen


def shown(path: Path) -> str:
    """Return a path as a person would write it from here."""
    relative = os.path.relpath(path)
    return relative if not relative.startswith("..") else str(path)


def show_command(line: str, out: Console) -> None:
    """Print a command on one line, however long, so that it can be copied."""
    out.print(Text(line, style="dim"), soft_wrap=True)


def event_table(events: Sequence[Row]) -> Table:
    """Return the events as a table of 80 columns."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 1, 0))
    table.add_column("event", no_wrap=True)
    table.add_column("who, > whom, what", max_width=29)
    table.add_column("when, where", no_wrap=True)
    table.add_column("status", no_wrap=True)
    table.add_column("sources", justify="right")
    for event in events:
        statuses = [change["status"] for change in event["status_history"]]
        style = "bold green" if len(statuses) > 2 else ""
        table.add_row(
            Text(event["event_id"], style=style),
            Text("\n".join(sides(event))),
            Text("\n".join((days(event), event["place"] or event["place_country"] or ""))),
            Text("\n> ".join(statuses), style=style),
            Text(f"{event['independent_articles']}" + ("\nconflict" if event["conflict"] else "")),
        )
    return table


def sides(event: Row) -> list[str]:
    """Return who, whom and what, a line each."""
    who = [actor_shown(actor) for actor in event["source"]]
    whom = [f"> {actor_shown(actor)}" for actor in event["target"]]
    return [*who, *whom, "/".join(part for part in (event["type"], event["mode"]) if part)]


def actor_shown(actor: Row) -> str:
    """Return a name, with the country that a person or body acts for.

    >>> actor_shown({"name": "Ann Lee", "kind": "person", "country": "NOR"})
    'Ann Lee (NOR)'
    """
    return f"{actor['name']} ({actor['country']})" if actor["country"] and actor["kind"] != "state" else actor["name"]


def days(event: Row) -> str:
    """Return the days of an event.

    >>> days({"start_date": "2026-03-04", "end_date": "2026-03-04"})
    '2026-03-04'
    """
    start, end = event["start_date"], event["end_date"]
    return start if start == end and start else f"{start or '?'}\n- {end or '?'}" if start or end else "?"


def story(event: Row) -> Table:
    """Return how an event went from status to status, by whose report."""
    reports = {report["mention_id"]: f"{report['publisher']}: {report['sentence']}" for report in event["reports"]}
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for change in event["status_history"]:
        table.add_row(
            change["reported"][:10],
            Text(change["status"], style="bold green"),
            Text(reports.get(change["mention_id"], "")),
        )
    return table


def show_events(lake: Path, out: Console) -> None:
    """Print the events, and the one whose status changed most often in full."""
    events = select(lake, EVENTS)
    out.print(Text(f"\n{len(events)} events", style="bold"))
    out.print(event_table(events))
    followed = max(events, key=lambda event: len(event["status_history"]), default=None)
    if followed:
        out.print(Text(f"\nOne id from plan to fact: {followed['event_id']}", style="bold"))
        out.print(story(followed))
    show_next(lake, followed, out)


def show_next(lake: Path, followed: Row | None, out: Console) -> None:
    """Print what to do next, each step a line that can be copied."""
    binary, folder = shown(NEWSBEAM), shown(lake)
    steps = [
        ("SQL on these tables", f'{binary} query --lake {folder} "SELECT status, start_date, place FROM events"'),
        ("Three more evenings, on which nothing is new", "make run"),
        ("Your own feeds: this writes an example, put yours in it", f"{binary} init sources.toml"),
        ("... and read them", f"{binary} run sources.toml --lake my-lake"),
    ]
    if followed:
        steps.insert(0, ("The whole life of that event", f"{binary} explain --lake {folder} {followed['event_id']}"))
    out.print(Text("\nNext", style="bold"))
    for what, command in steps:
        out.print(Text(what))
        show_command(f"    {command}", out)


# All of it


def first_light(options: Options, out: Console) -> None:
    """Serve the newsroom and run its next days.

    Raises:
        Stop: the port is taken, the lake is another's, or a run failed.
    """
    newsroom = Newsroom()
    done = days_done(options.lake, newsroom)
    with ExitStack() as stack:
        try:
            site = stack.enter_context(serving(newsroom, options.port))
        except OSError as error:
            another = ".venv/bin/python examples/first_light.py --port NUMBER"
            raise Stop(f"Port {options.port}: {error.strerror}. Name another: {another}", 2) from None
        file = stack.enter_context(sources(site))
        out.print(Text(f"Serving four invented newspapers at {site} (this machine only)."))
        for newsroom.day in next_days(done):
            run_day(newsroom, file, options.lake, out)
    show_events(options.lake, out)


def main() -> int:
    parser = argparse.ArgumentParser(description="Three evenings of the sample newsroom through newsbeam.")
    parser.add_argument("--lake", type=Path, default=ROOT / "lake", help="where the tables go (default: lake)")
    parser.add_argument("--port", type=int, default=PORT, help=f"of the newsroom, on this machine (default {PORT})")
    options = Options(**vars(parser.parse_args()))
    out = Console(highlight=False, markup=False, emoji=False)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        first_light(options, out)
    except Stop as stop:
        print(stop, file=sys.stderr)
        return stop.exit_code
    except KeyboardInterrupt:
        print("\nStopped, and the newsroom with it. Run it again to go on.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
