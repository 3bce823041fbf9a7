"""What a stream looks at, at each heartbeat: the clock, and sources.toml."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from pipeline import config
from pipeline.config import Configuration
from schemas import Source
from schemas.reject import ConfigurationError


class Settings:
    """sources.toml, read again for each run; while it is broken, what it said last stands. Pickles."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.problem = ""

    def read(self) -> Configuration:
        """Return what the file says, or said last."""
        try:
            self.configuration = config.load(self.configuration.path)
            self.problem = ""
        except ConfigurationError as error:
            self.problem = str(error)
        return self.configuration

    def __call__(self) -> Sequence[Source]:
        return self.read().sources


class Beat(NamedTuple):
    """One heartbeat."""

    now: int  # logical time, µs
    skipped: int  # heartbeats since the last one that nobody attended to


def beats(heartbeat_s: int, stop: threading.Event, clock: Callable[[], float] = time.time) -> Iterator[Beat]:
    """Yield heartbeats, whole multiples of `heartbeat_s`, as they come, until `stop` is set."""
    last = 0
    while not stop.is_set():
        now = int(clock()) // heartbeat_s * heartbeat_s
        if now > last:
            yield Beat(now * 1_000_000, (now - last) // heartbeat_s - 1 if last else 0)
            last = now
        else:
            stop.wait(min(max(last + heartbeat_s - clock(), 0.001), heartbeat_s))
