"""The command line. Data goes to stdout, progress and messages to stderr.

Commands import what they need when they run, so that `newsbeam --help` answers at once.
"""

import contextlib
import os
import shlex
import shutil
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn, Optional

import typer

from pipeline import display
from pipeline.screen import Screen, counted, own_screen, say

HELP = """From news feeds to political events in Parquet.

\b
  newsbeam init sources.toml
  newsbeam run sources.toml --lake my-lake
  newsbeam query --lake my-lake "SELECT status, start_date, place FROM events"

\b
Exit codes:
  0  done
  1  done, with more rejects than the threshold
  2  usage or configuration; nothing was written
  3  nothing could be fetched
  4  another run holds the lake
  5  the lake cannot be written
  6  the receipt does not add up; nothing was committed
  70 a defect, or the system refused something; what was committed stands
  130, 143 stopped by SIGINT or SIGTERM
"""

#: Commands that Beam runs, as the first argument.
RUNNING = (["run"], ["stream"])

app = typer.Typer(
    name="newsbeam",
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

sources_app = typer.Typer(help="Sources from and for other programs.", no_args_is_help=True, rich_markup_mode=None)
rejects_app = typer.Typer(help="What was not published, and why.", no_args_is_help=True, rich_markup_mode=None)

LakeOption = Annotated[
    str, typer.Option("--lake", metavar="PLACE", help="The lake: a folder, s3://BUCKET/PREFIX or gs://BUCKET/PREFIX.")
]
SourcesArgument = Annotated[
    Path, typer.Argument(metavar="SOURCES.toml", help="What to read; `newsbeam init` writes one.")
]
NowOption = Annotated[
    Optional[str],
    typer.Option(
        metavar="TIME", help="Logical time of the run, as 2026-03-02T18:00Z. The same time gives the same run."
    ),
]
KeepOption = Annotated[
    int, typer.Option("--keep-days", metavar="DAYS", min=0, help="When compacting, remove what is older; 0 keeps it.")
]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show every log line and the whole traceback of an error.")]


class Stopped(BaseException):
    """A signal asked for the end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextlib.contextmanager
def command(debug: bool) -> Iterator[Screen]:
    """Give a command the screen, and end it with one sentence and the exit code whatever goes wrong."""
    with own_screen(debug) as screen:
        from schemas.reject import NewsbeamError  # imports Beam, which warns

        try:
            yield screen
            screen.out.file.flush()
        except Stopped as stopped:
            leave(stopped, screen.err.file.fileno())
        except BrokenPipeError:
            pass  # whoever reads has read enough
        except NewsbeamError as error:
            _show(error, str(error), screen, debug)
            raise typer.Exit(error.exit_code) from None
        except OSError as error:
            _show(error, f"The system refused: {error}.{resume()} --debug shows where.", screen, debug)
            raise typer.Exit(70) from None
        except Exception as error:
            sentence = f"A defect in newsbeam: {type(error).__name__}: {error}. --debug shows where."
            _show(error, sentence, screen, debug)
            raise typer.Exit(70) from None


def _show(error: Exception, sentence: str, screen: Screen, debug: bool) -> None:
    if debug:
        screen.err.file.write("".join(traceback.format_exception(error)))
    for line in sentence.splitlines():
        say(screen.err, line)


def stop(number: int, frame: Optional[FrameType]) -> NoReturn:
    """Take a signal; further ones change nothing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped(number)


def stop_gently(stopping: threading.Event, tell: Callable[[], None]) -> None:
    """From now on let the first signal set `stopping`, once that is told, and the next one stop."""
    asked = False

    def ask(number: int, frame: Optional[FrameType]) -> None:
        nonlocal asked
        if asked:
            stop(number, frame)
        asked = True
        tell()
        stopping.set()

    signal.signal(signal.SIGINT, ask)
    signal.signal(signal.SIGTERM, ask)


def leave(stopped: Stopped, err: int) -> NoReturn:
    """End the process and all below it at once, whatever Beam is at: a run can be killed at any moment."""
    name = signal.Signals(stopped.number).name
    for child in descendants(os.getpid()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    with contextlib.suppress(OSError):
        os.write(err, f"Stopped by {name}.{resume()}\n".encode())
    os._exit(128 + stopped.number)


def resume() -> str:
    """Return what to say of a run that did not come to its end, or could not tell of it; "" for other commands."""
    return " What was committed stands; the same command goes on from there." if sys.argv[1:2] in RUNNING else ""


def descendants(ancestor: int) -> list[int]:
    """Return the ids of the processes below one. Beam begins its workers through a shell, and they would outlive both.

    Where there is no /proc, none: a worker then ends with the bundle that it is at.
    """
    below = [ancestor]
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has just ended
            process, _, rest = stat.read_text(errors="replace").partition(" ")
            parents.setdefault(int(rest.rpartition(")")[2].split()[1]), []).append(int(process))
    for each in below:
        below += parents.get(each, [])
    return below[1:]


def show_version(wanted: bool) -> None:
    """Print the version and end, where `--version` is given."""
    if wanted:
        from transforms.versions import software_version

        typer.echo(f"newsbeam {software_version()}")
        raise typer.Exit


@app.callback()
def before_any_command(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""


@app.command()
def run(
    context: typer.Context,
    sources: SourcesArgument,
    lake: LakeOption,
    now: NowOption = None,
    runner: Annotated[
        str, typer.Option(metavar="NAME", help="Where the graph runs: local, prism, flink, spark or dataflow.")
    ] = "local",
    as_json: Annotated[bool, typer.Option("--json", help="Print the receipt as one JSON object.")] = False,
    metrics_file: Annotated[
        Optional[Path],
        typer.Option("--metrics", metavar="FILE", help="Write metrics there, for node_exporter."),
    ] = None,
    debug: DebugOption = False,
) -> None:
    """Read what is new once, and publish it.

    A run that was committed is not done again: its receipt is printed. A run that was killed is simply run again.
    Runs go forward in time: one that would be before the newest committed run is refused.

    \b
      newsbeam run sources.toml --lake my-lake
      newsbeam run sources.toml --lake my-lake --now 2026-03-02T18:00Z --json
      newsbeam run sources.toml --lake my-lake -- \\
          --direct_running_mode=multi_processing --direct_num_workers=2

    What stands behind -- goes to Apache Beam.
    """
    with command(debug) as screen:
        from pipeline import config, launch, metrics
        from pipeline import run as runs

        if metrics_file:
            metrics.check_place(metrics_file)
        configuration = config.load(sources)
        request = launch.Request(configuration, lake, runs.parse_now(now), runner, context.obj or ())
        account = launch.launch(request, screen.err)
        if account is None:
            say(screen.err, f"The graph is valid for {runner}. Nothing was run.")
            return
        code = account.exit_code(configuration.max_reject_share)
        if metrics_file:
            from transforms.store.lake import Lake

            metrics.write(metrics_file, Lake.open(lake), account)
        if as_json:
            display.show_json(screen.out, runs.as_json(account))
        else:
            display.show_receipt(screen.out, account)
        if words := launch.verdict(account, configuration.max_reject_share):
            say(screen.err, words)
        if account.rejected:
            say(screen.err, f"Why one was rejected: newsbeam explain --lake {shlex.quote(lake)} ID")
    raise typer.Exit(code)


@app.command()
def stream(
    context: typer.Context,
    sources: SourcesArgument,
    lake: LakeOption,
    heartbeat: Annotated[
        int, typer.Option(metavar="SECONDS", min=1, help="How often to see whether a source is due.")
    ] = 60,
    runner: Annotated[str, typer.Option(metavar="NAME", help="Where the graph runs: local, prism or flink.")] = "local",
    log: Annotated[
        str, typer.Option(metavar="FORM", help="How to tell what happens, on stderr: text or json.")
    ] = "text",
    metrics_port: Annotated[
        Optional[int], typer.Option(metavar="PORT", help="Serve metrics for Prometheus there; 0 takes a free port.")
    ] = None,
    metrics_host: Annotated[str, typer.Option(metavar="ADDRESS", help="The address to serve them on.")] = "127.0.0.1",
    keep_days: KeepOption = 0,
    debug: DebugOption = False,
) -> None:
    """Read what is new whenever a source is due, until it is stopped.

    SIGTERM or SIGINT finishes the run that is open; a second one stops at once. A stream that was stopped or killed is
    simply started again. sources.toml is read again for each run.

    \b
      newsbeam stream sources.toml --lake my-lake
      newsbeam stream sources.toml --lake my-lake --heartbeat 15 --log json --metrics-port 9464

    What stands behind -- goes to Apache Beam.
    """
    with command(debug) as screen:
        from pipeline import launch, logs
        from pipeline import stream as streams
        from schemas.reject import NewsbeamError

        code = 0
        tell = logs.journal(log, screen.err)
        stopping = threading.Event()
        stop_gently(stopping, lambda: tell(logs.STOPPING))
        request = streams.Request(
            sources, lake, heartbeat, runner, context.obj or (), metrics_host, metrics_port, keep_days
        )
        try:
            launch.interruptible(lambda: streams.stream(request, stopping, tell))
        except NewsbeamError as error:
            tell(logs.ended(error))
            code = error.exit_code
    raise typer.Exit(code)


@app.command()
def init(
    path: Annotated[Path, typer.Argument(metavar="SOURCES.toml", help="The file to write.")] = Path("sources.toml"),
    debug: DebugOption = False,
) -> None:
    """Write a commented example of a sources.toml.

    Put your own feeds in it. A file that is there is never overwritten.

    \b
      newsbeam init
      newsbeam init feeds/sources.toml
    """
    with command(debug) as screen:
        from schemas.reject import ConfigurationError

        example = Path(__file__).with_name("data") / "sources.toml"
        try:
            with example.open("rb") as source, path.open("xb") as target:
                shutil.copyfileobj(source, target)
        except FileExistsError:
            raise ConfigurationError(f"{path} is there already. Name another file, or move this one away.") from None
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be written: {error.strerror}. Name another file.") from None
        words = f"{path} is written. Put your feeds in it, then check it: newsbeam validate {path}"
        say(screen.err, words)


@app.command()
def validate(
    sources: SourcesArgument,
    live: Annotated[
        bool, typer.Option("--live", help="Ask each source once, and tell what a run would take up.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --live: print one JSON object.")] = False,
    debug: DebugOption = False,
) -> None:
    """Check a sources.toml, and print what it sets. Reads no source, unless --live is given.

    Each problem is told with its line and its fix, all at once; the exit code is then 2. With --live, each source is
    asked once, nothing is fetched or written, and what is found is told with its fix; the exit code is 3 where no
    source could be read.

    \b
      newsbeam validate sources.toml
      newsbeam validate sources.toml --live
    """
    with command(debug) as screen:
        from pipeline import config, launch

        configuration = config.load(sources)
        if not live:
            display.show_configuration(screen.out, configuration)
            return
        from pipeline import live as looking

        looks = launch.interruptible(lambda: looking.look_at_all(configuration))
        if as_json:
            display.show_json(screen.out, {"sources": [look._asdict() for look in looks]})
        else:
            display.show_looks(screen.out, looks)
        code = 3 if all(look.status in ("failed", "gone") for look in looks) else 0
    raise typer.Exit(code)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT, DESCRIBE, SHOW or SUMMARIZE.")],
    lake: LakeOption,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV; the default where stdout is no terminal.")] = False,
    run_id: Annotated[
        Optional[str], typer.Option("--as-of", metavar="RUN", help="Ask the lake as it was after that run.")
    ] = None,
    debug: DebugOption = False,
) -> None:
    """Ask a lake in SQL (DuckDB), read only. Its tables are articles, mentions, events, items, rejects, polls, merges.

    With --as-of, tables hold the rows that RUN and those before it committed. Of an event that a later run wrote again,
    event_id, type, mode, month, status_history, status and the columns derived from these are known as of RUN; its
    other columns are null. Its mentions are all there.

    \b
      newsbeam query --lake my-lake "DESCRIBE events"
      newsbeam query --lake my-lake "SELECT status, source[1].name AS who, start_date
                                     FROM events ORDER BY start_date"
      newsbeam query --lake my-lake "SELECT reason, count(*) FROM rejects GROUP BY ALL" --json
      newsbeam query --lake my-lake --as-of 20260302T180000Z-0123abcd "SELECT status FROM events"
    """
    with command(debug) as screen:
        from pipeline import launch, past
        from pipeline import query as queries
        from schemas.reject import ConfigurationError

        if as_json and as_csv:
            raise ConfigurationError("--json and --csv exclude each other. Leave one out.")
        opened = queries.open_lake(lake)
        then = past.as_of(opened, run_id) if run_id is not None else None
        result = launch.interruptible(lambda: queries.select(opened, sql, then))
        if as_json:
            queries.write_json(result, screen.out.file)
        elif as_csv or not screen.out.is_terminal:
            queries.write_csv(result, screen.out.file)
        else:
            display.show_rows(screen, result.column_names, queries.first_rows(result, display.MAX_ROWS), len(result))


@app.command()
def status(
    lake: LakeOption,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    debug: DebugOption = False,
) -> None:
    """Tell how a lake does: runs, sources, what waits, its size.

    Changes nothing. Whether a run is going on or was left half-way is told too.

    \b
      newsbeam status --lake my-lake
      newsbeam status --lake my-lake --json
    """
    with command(debug) as screen:
        from pipeline import launch, overview
        from pipeline.run import parse_now

        found = launch.interruptible(lambda: overview.overview(lake, parse_now(None)))
        if as_json:
            display.show_json(screen.out, overview.as_json(found))
        else:
            display.show_overview(screen.out, found)


@app.command()
def schema(
    table: Annotated[
        Optional[str], typer.Argument(metavar="TABLE", help="One table; all, where none is named.")
    ] = None,
    engine: Annotated[
        Optional[str],
        typer.Option(
            "--for", metavar="ENGINE", help="Print SQL for duckdb, trino, athena, bigquery, spark or clickhouse."
        ),
    ] = None,
    lake: Annotated[
        Optional[str],
        typer.Option("--lake", metavar="PLACE", help="Folder or address of the lake that the SQL names; not opened."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    debug: DebugOption = False,
) -> None:
    """Tell what the tables hold, or print SQL for them.

    With --for, the SQL makes the files of a lake the tables of a warehouse.

    \b
      newsbeam schema events
      newsbeam schema --for duckdb --lake my-lake | duckdb my.db
      newsbeam schema --for athena --lake s3://my-bucket/lake
    """
    with command(debug) as screen:
        from pipeline import ddl
        from schemas.reject import ConfigurationError
        from schemas.tables import TABLES

        tables = ddl.tables_called(table)
        if engine:
            statements = ddl.statements(engine, tables, lake)
            if as_json:
                display.show_json(screen.out, {"statements": statements})
            else:
                screen.out.file.write("\n\n".join(statements) + "\n")
        elif lake:
            raise ConfigurationError("--lake goes with --for: the tables are the same in every lake.")
        elif as_json:
            display.show_json(screen.out, ddl.as_json(tables))
        else:
            for each in tables:
                display.show_columns(screen.out, each, TABLES[each].row, ddl.columns(each))


@app.command()
def explain(
    identity: Annotated[
        Optional[str],
        typer.Argument(metavar="ID", help="An id, or its beginning; or a URL, a source's name, or a run."),
    ] = None,
    lake: Annotated[
        Optional[str],
        typer.Option("--lake", metavar="PLACE", help="The lake: a folder, s3://BUCKET/PREFIX or gs://BUCKET/PREFIX."),
    ] = None,
    text: Annotated[
        Optional[str], typer.Option(metavar="WORDS", help="Read these words, as if published today.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, with the rows that it is told from.")
    ] = False,
    debug: DebugOption = False,
) -> None:
    """Tell the life of one thing, or which rules read a sentence how.

    Of an article, event, reject or source: every run that met it, what was decided, and why. Of a run: its receipt, its
    sources and its files. With --text: the events in the words, the rule behind each, and why others did not count.

    \b
      newsbeam explain --lake my-lake 3f2a
      newsbeam explain --lake my-lake https://www.example.org/article.html
      newsbeam explain --lake my-lake example-feed --json
      newsbeam explain --lake my-lake 20260302T180000Z-0123abcd
      newsbeam explain --text "Norway expelled two Peruvian diplomats on Monday."
    """
    with command(debug) as screen:
        from pipeline import explain as lives
        from pipeline.query import open_lake
        from schemas.reject import ConfigurationError

        if text is not None and (identity or lake):
            raise ConfigurationError("--text stands alone. Leave out the id and --lake, or --text.")
        if text is None and not (identity and lake):
            raise ConfigurationError("Name what to explain: --lake PLACE ID, or --text WORDS.")
        if text is not None:
            from pipeline.reading import read_text

            life = read_text(text, date.today())
        else:
            life = lives.explain(open_lake(lake or ""), identity or "")
        if as_json:
            display.show_json(screen.out, lives.as_json(life))
        else:
            display.show_life(screen.out, life)


@sources_app.command("import")
def import_sources(
    feeds: Annotated[Path, typer.Argument(metavar="FEEDS.opml", help="What a feed reader exported.")],
    debug: DebugOption = False,
) -> None:
    """Print the feeds of an OPML file as blocks of a sources.toml. Its groups become tags.

    \b
      newsbeam sources import feeds.opml >> sources.toml
      newsbeam validate sources.toml
    """
    with command(debug) as screen:
        from pipeline import opml

        found = opml.read_file(feeds)
        screen.out.file.write(found.toml)
        for sentence in found.left_out:
            say(screen.err, f"Left out: {sentence}.")
        say(screen.err, f"{counted(found.sources, 'source')}; {len(found.left_out):,} left out.")


@sources_app.command("export")
def export_sources(sources: SourcesArgument, debug: DebugOption = False) -> None:
    """Print the feeds of a sources.toml as OPML, which feed readers import. The first tag of each becomes its group.

    \b
      newsbeam sources export sources.toml > feeds.opml
    """
    with command(debug) as screen:
        from pipeline import config, opml

        found = config.load(sources).sources
        screen.out.file.write(opml.write_opml(found))
        others = [each.name for each in found if not opml.is_feed(each)]
        if others:
            say(screen.err, f"Left out, since OPML lists feeds alone: {', '.join(others)}.")


@rejects_app.command("list")
def list_rejects(
    lake: LakeOption,
    source: Annotated[Optional[str], typer.Option(metavar="NAME", help="Only of that source.")] = None,
    reason: Annotated[Optional[str], typer.Option(metavar="CODE", help="Only for that reason.")] = None,
    run_id: Annotated[Optional[str], typer.Option("--run", metavar="RUN", help="Only of that run.")] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="At most so many, the newest.")] = display.MAX_ROWS,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    debug: DebugOption = False,
) -> None:
    """List what was not published, the newest first, each with its reason.

    Polls that failed are there too, and notes on what was published all the same.

    \b
      newsbeam rejects list --lake my-lake
      newsbeam rejects list --lake my-lake --reason too_short --limit 10
      newsbeam rejects list --lake my-lake --source example --json
    """
    with command(debug) as screen:
        from pipeline import launch, rejected
        from pipeline.query import open_lake, write_rows

        opened, wanted = open_lake(lake), rejected.Wanted(source, reason, run_id)
        found = launch.interruptible(lambda: rejected.rejects(opened, wanted, limit))
        if as_json:
            write_rows(found.rows, screen.out.file)
        else:
            display.show_rejects(screen.out, found.rows)
        shown = f", the {len(found.rows):,} newest shown; --limit gives more" if found.total > len(found.rows) else ""
        say(screen.err, f"{counted(found.total, 'reject')}{shown}")


app.add_typer(rejects_app, name="rejects")
app.add_typer(sources_app, name="sources")


@app.command()
def doctor(
    lake: LakeOption,
    deep: Annotated[bool, typer.Option("--deep", help="Compare every file's hash too: reads all of the lake.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    debug: DebugOption = False,
) -> None:
    """Examine a lake, and say what to do about each fault.

    Changes nothing. A line that begins with "mend" has to be mended, and makes the exit code 5; a "note" mends itself
    in the next run.

    \b
      newsbeam doctor --lake my-lake
      newsbeam doctor --lake my-lake --deep
      newsbeam doctor --lake my-lake --json
    """
    with command(debug) as screen:
        from pipeline import doctor as doctors
        from pipeline import launch
        from pipeline.run import parse_now
        from schemas.reject import LakeUnwritable
        from transforms.store.lake import Lake

        found = launch.interruptible(lambda: doctors.examine(Lake.open(lake), parse_now(None), deep=deep))
        if as_json:
            display.show_json(screen.out, doctors.as_json(found))
        else:
            for line in map(doctors.describe, found.findings):
                say(screen.out, line)
        say(screen.err, doctors.verdict(found))
    raise typer.Exit(0 if found.sound else LakeUnwritable.exit_code)


@app.command()
def compact(
    lake: LakeOption,
    older_than: Annotated[
        int, typer.Option(metavar="DAYS", min=1, help="Partitions so many days before the newest run.")
    ] = 2,
    more_than: Annotated[int, typer.Option(metavar="FILES", min=2, help="And any with more files than that.")] = 100,
    keep_days: KeepOption = 0,
    grace_hours: Annotated[
        float, typer.Option(metavar="HOURS", min=0, help="Keep replaced files so long, in _replaced.")
    ] = 24.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    debug: DebugOption = False,
) -> None:
    """Put few files in the place of many. No row changes.

    Runs leave a file each in every partition that they touch. It holds the lake like a run, and can be killed like one.
    With --keep-days, items, polls and rejects of days before that, counted back from the newest run, are removed, and
    one checkpoint takes the place of the manifests of their runs; 91 days and more are taken, since runs know by the
    items of 90 what they have seen.

    \b
      newsbeam compact --lake my-lake
      newsbeam compact --lake my-lake --more-than 20 --keep-days 400 --json
    """
    with command(debug) as screen:
        from pipeline import compact as compacting
        from pipeline import launch
        from pipeline.run import parse_now
        from transforms.store.compaction import Rule
        from transforms.store.lake import Lake

        rule = Rule(older_than, more_than, keep_days)
        done = launch.interruptible(
            lambda: compacting.compact_alone(Lake.open(lake), rule, parse_now(None), grace_hours)
        )
        if as_json:
            display.show_json(screen.out, {"tables": [each._asdict() for each in done]})
        else:
            for each in done:
                say(screen.out, compacting.describe_done(each))
        if not done:
            say(screen.err, "There is nothing to compact.")


def split_arguments(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return newsbeam's arguments and Beam's: those of `run` and `stream` behind `--`, which Beam would stumble over.

    >>> split_arguments(["run", "a.toml", "--", "--direct_num_workers=2"])
    (['run', 'a.toml'], ['--direct_num_workers=2'])
    """
    if list(arguments[:1]) not in RUNNING or "--" not in arguments:
        return list(arguments), []
    at = arguments.index("--")
    return list(arguments[:at]), list(arguments[at + 1 :])


def drop(_: threading.ExceptHookArgs) -> None:
    """Say nothing of an exception in a thread of Beam, which complains when its engine has gone."""


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    if "--debug" not in sys.argv:
        threading.excepthook = drop  # what matters reaches the main thread
    own, for_beam = split_arguments(sys.argv[1:])
    try:
        app(own, prog_name="newsbeam", obj=for_beam)
    except Stopped as stopped:
        leave(stopped, 2)


if __name__ == "__main__":
    main()
