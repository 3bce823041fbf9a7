"""Processes of a cluster on loopback: each begun with a log of its own, waited for, and ended by its id."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from children import LIBC

#: Of Linux: the signal that a process gets when the one that began it has died.
PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Have this process killed when the tests are, which end everything themselves when they can."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass
class Process:
    """A program that was begun, with what it has begun itself: they are one session, and end together."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    popen: Optional[subprocess.Popen[bytes]] = None

    def begin(self) -> "Process":
        """Start the program, a second time too; what it says is added to its log."""
        with self.log.open("ab") as out:
            self.popen = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=os.environ | dict(self.environment),
                cwd=self.log.parent,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )
        return self

    @property
    def alive(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def children(self, name: str = "") -> list[int]:
        """Return the ids of the processes that it has begun itself and that run, of those of a name if one is given."""
        tasks = Path(f"/proc/{self.popen.pid}/task").glob("*/children") if self.popen else ()
        begun = [int(each) for task in tasks for each in task.read_text().split()]
        return [each for each in begun if runs(each, name)]

    def kill(self) -> None:
        """End it as `kill -9` does."""
        if self.popen is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()

    def until(self, ready: Callable[[], bool], seconds: float = 120) -> None:
        """Wait until it is ready.

        Raises:
            AssertionError: it ended, or the time was over; with the end of its log.
        """
        end = time.monotonic() + seconds
        while not ready():
            if not self.alive or time.monotonic() > end:
                tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])
                raise AssertionError(f"{self.name} {'is not ready' if self.alive else 'has ended'}:\n{tail}")
            time.sleep(0.1)

    def until_said(self, words: str, seconds: float = 120) -> None:
        """Wait until its log holds some words."""
        self.until(lambda: words in self.log.read_text(errors="replace"), seconds)


def runs(process: int, name: str = "") -> bool:
    """Say whether a process is there, under a name, and more than what its parent has not yet asked for."""
    with contextlib.suppress(OSError):
        called, _, rest = Path(f"/proc/{process}/stat").read_text().partition("(")[2].rpartition(")")
        return name in ("", called) and rest.split()[0] != "Z"
    return False


def until(ready: Callable[[], bool], seconds: float = 120) -> None:
    """Wait until something is so.

    Raises:
        AssertionError: the time was over.
    """
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.05)


@contextlib.contextmanager
def ended(processes: Sequence[Process]) -> Iterator[None]:
    """End all that are alive when the block is over, the last begun first."""
    try:
        yield
    finally:
        for process in reversed(processes):
            process.kill()


def free_ports(number: int) -> list[int]:
    """Return ports of the loopback on which nothing listens."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def listens(port: int) -> bool:
    """Say whether somebody listens on a port of the loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
