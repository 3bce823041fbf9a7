"""Calls of first_light.py, as a person makes them."""

import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from transforms.store.lake import Lake

EXAMPLES = Path(__file__).parents[2] / "examples"

#: Tables that an evening on which nothing is new leaves as they are.
NEWS = ("articles", "mentions", "events", "rejects", "merges")

Row = dict[str, Any]


class Ended(NamedTuple):
    """A call that has ended."""

    code: int
    out: str
    err: str


class Light(NamedTuple):
    """A lake of the sample's evenings, and the port of the newsroom."""

    folder: Path
    port: int

    def start(self) -> subprocess.Popen[str]:
        command = [sys.executable, EXAMPLES / "first_light.py", "--lake", self.folder, "--port", str(self.port)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def call(self) -> Ended:
        """Do the next evenings."""
        child = self.start()
        out, err = child.communicate(timeout=280)
        return Ended(child.returncode, out, err)

    def call_until(self, line: str) -> Ended:
        """Do the next evenings, and press Ctrl-C when a line appears."""
        child = self.start()
        assert child.stdout is not None
        seen = []
        for each in child.stdout:
            seen.append(each)
            if each.startswith(line):
                child.send_signal(signal.SIGINT)
                break
        out, err = child.communicate(timeout=60)
        return Ended(child.returncode, "".join(seen) + out, err)

    def rows(self, table: str) -> list[Row]:
        return Lake.open(str(self.folder)).read(table).to_pylist()

    def runs(self) -> list[str]:
        return Lake.open(str(self.folder)).runs()

    def news(self) -> dict[str, list[Row]]:
        return {table: self.rows(table) for table in NEWS}


class Evenings(NamedTuple):
    """Six evenings in three calls. Somebody stopped the first call on its second evening."""

    light: Light
    stopped: Ended
    first: list[str]  # runs that were committed then
    ended: Ended
    runs: list[str]  # of the three evenings
    news: dict[str, list[Row]]  # after them
    again: Ended


def six_evenings(folder: Path) -> Evenings:
    light = Light(folder / "lake", free_port())
    stopped = light.call_until("Day 2")
    first = light.runs()
    ended = light.call()
    assert ended.code == 0, ended.err
    return Evenings(light, stopped, first, ended, light.runs(), light.news(), light.call())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
