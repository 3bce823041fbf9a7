"""One run as a person starts it: checked first, then with its progress on the screen, and open to a signal."""

import concurrent.futures
from collections.abc import Callable, Sequence
from typing import NamedTuple, Optional, TypeVar

from rich.console import Console

from pipeline import run as runs
from pipeline.config import Configuration
from pipeline.progress import progress
from pipeline.runners import is_dry, runner_options
from pipeline.submit import stop
from schemas import Tick
from transforms.poll.archives import count
from transforms.store.lake import Lake

Result = TypeVar("Result")


class Request(NamedTuple):
    """What to run."""

    configuration: Configuration
    lake: str  # a folder
    now: int  # logical time, µs
    runner: str
    beam_arguments: Sequence[str]


def launch(request: Request, err: Console) -> Optional[runs.Account]:
    """Do the run, with its progress on `err`; return its account, None where the graph was only to be validated.

    Raises:
        ConfigurationError: an option is wrong; nothing was written.
        NewsbeamError: as `pipeline.run.run` says.
    """
    options = runner_options(request.beam_arguments, request.runner)
    lake = Lake.open(request.lake)
    if is_dry(options):
        runs.validate(request.configuration, lake, request.now, options)
        return None
    began: list[str] = []
    with progress(err) as begin_part:

        def begin(tick: Tick, number: int, of: int) -> None:
            began.append(tick.run_id)
            begin_part(number, of)

        try:
            receipts = interruptible(
                lambda: runs.run(request.configuration, lake, request.now, options, count=count, began=begin)
            )
        except BaseException as stopped:
            if not isinstance(stopped, Exception):  # a signal
                stop()
            raise
    return runs.account(lake, receipts, stored=not began)


def interruptible(work: Callable[[], Result]) -> Result:
    """Do `work` in a thread of its own, so that a signal reaches the main one at once, wherever Beam or DuckDB is."""
    return concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="newsbeam-run").submit(work).result()


def verdict(account: runs.Account, max_reject_share: float) -> str:
    """Return why a finished run exits with another code than 0, in one sentence; "" where it does not."""
    match account.exit_code(max_reject_share):
        case 3:
            return "Nothing could be fetched: every source that was due failed."
        case 1:
            share = account.total("rejected") / account.total("fetched")
            return (
                f"{share:.0%} of what was fetched was rejected, more than the {max_reject_share:.0%} "
                "that [run] max_reject_share allows."
            )
    return ""
