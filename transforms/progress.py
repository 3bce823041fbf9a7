"""How a step says how far it is: Beam counters for every runner, and log records that the launcher draws from.

The log is the one channel that reaches the launcher from a worker of any runner, thread or process.
"""

import logging
import time

from apache_beam.metrics import Metrics

LOGGER = logging.getLogger("newsbeam.progress")

#: Seconds between two records of one step in one worker.
INTERVAL_S = 0.25


class Progress:
    """Counts what one step of one worker did. `flush` in `finish_bundle`.

    A record's message is `<step> <outcome> <count since the last record>`.
    """

    def __init__(self, step: str) -> None:
        self.step = step
        self._pending: dict[str, int] = {}
        self._due = 0.0

    def count(self, outcome: str, number: int = 1) -> None:
        """Add `number` things that ended as `outcome`, such as `articles` or `rejects`."""
        Metrics.counter("newsbeam", f"{self.step}.{outcome}").inc(number)
        self._pending[outcome] = self._pending.get(outcome, 0) + number
        if time.monotonic() >= self._due:
            self.flush()

    def flush(self) -> None:
        """Send what has not been sent."""
        for outcome, number in self._pending.items():
            LOGGER.info("%s %s %d", self.step, outcome, number)
        self._pending.clear()
        self._due = time.monotonic() + INTERVAL_S
