"""The command line. Data goes to stdout, progress and messages to stderr.

Commands import what they need when they run, so that `newsbeam --help` answers at once.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

if TYPE_CHECKING:
    pass

EXIT_CODES = """
Exit codes: 0 done · 1 done with more rejects than the threshold · 2 usage or configuration · 3 nothing could be fetched ·
4 another run holds the lake · 5 the lake cannot be written · 6 the receipt does not add up, nothing was committed ·
70 a defect · 130, 143 stopped, nothing was committed
"""

app = typer.Typer(
    name="newsbeam",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help=f"""From news feeds to political events in Parquet.

    newsbeam init sources.toml

    newsbeam run sources.toml --lake my-lake

    newsbeam query --lake my-lake "SELECT status, start_date, place FROM events"

    {EXIT_CODES}""",
)

LakeOption = Annotated[str, typer.Option("--lake", metavar="DIR", help="The lake: a folder, created by the first run.")]
SourcesArgument = Annotated[
    Path, typer.Argument(metavar="SOURCES.toml", help="What to read; `newsbeam init` writes one.")
]
NowOption = Annotated[
    Optional[str],
    typer.Option(
        metavar="TIME", help="Logical time of the run, as 2026-03-02T18:00Z. The same time gives the same run."
    ),
]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show every log line and the whole traceback of an error.")]


@app.command()
def run(
    ctx: typer.Context,
    sources: SourcesArgument,
    lake: LakeOption,
    now: NowOption = None,
    runner: Annotated[str, typer.Option(help="Where the graph runs: local.")] = "local",
    as_json: Annotated[bool, typer.Option("--json", help="Print the receipt as one JSON object.")] = False,
    debug: DebugOption = False,
) -> None:
    """Read what is new once, and publish it.

    A run that was committed is not done again: its receipt is printed. A run that was killed is simply run again.

    newsbeam run sources.toml --lake my-lake

    newsbeam run sources.toml --lake my-lake --now 2026-03-02T18:00Z --json

    newsbeam run sources.toml --lake my-lake -- --direct_running_mode=multi_processing --direct_num_workers=2

    What stands behind -- goes to Apache Beam.
    """
    with command(debug) as screen:
        from pipeline import config, display, launch
        from pipeline import run as runs

        if runner != "local":
            raise config.ConfigurationError(
                f"--runner {runner}: only the local runner is supported yet. Write --runner local."
            )
        configuration = config.load(sources)
        request = launch.Request(configuration, lake, runs.parse_now(now), tuple(ctx.obj or ()))
        account = launch.launch(request, screen)
        if as_json:
            launch.print_json(account, screen)
        else:
            display.show_receipt(screen.out, account)
            launch.print_next_steps(account, lake, screen)
        code = account.exit_code(configuration.max_reject_share)
    raise typer.Exit(code)
