"""One exchange at a time with each host, among all threads of a process, and in a run its delay between two of them.

A host has a thread of its own, but the redirects of another host, its robots.txt and the step that polls meet it too.
"""

import contextlib
import threading
import time
import weakref
from collections.abc import Iterator

#: By host and port, for as long as somebody asks or waits: hosts that nobody asks any more take no room.
_TURNS: weakref.WeakValueDictionary[str, threading.Lock] = weakref.WeakValueDictionary()
_LOCK = threading.Lock()


@contextlib.contextmanager
def turn(host: str, most_s: float) -> Iterator[None]:
    """Hold the turn of a host. Who holds one must not wait for another: that could last until `most_s`.

    Args:
        host: and port.
        most_s: to wait for the turn; it counts like a wait for the host, so that a slow one holds nobody for longer.

    Raises:
        TimeoutError: others asked for so long.
    """
    with _LOCK:
        own = _TURNS.setdefault(host, threading.Lock())
    if not own.acquire(timeout=most_s):
        raise TimeoutError(f"others were asking {host}")
    try:
        yield
    finally:
        own.release()


class Times:
    """When hosts were last asked in a run, and the delay of each; the threads of a worker share it.

    Hosts go by name and port, times by the monotonic clock, delays in seconds.
    """

    def __init__(self) -> None:
        self._asked: dict[str, float] = {}
        self._delays: dict[str, float] = {}
        self._lock = threading.Lock()

    def keep(self, host: str, delay_s: float) -> None:
        """Keep at least this delay to a host from now on: of those that are told, the longest counts."""
        with self._lock:
            self._delays[host] = max(delay_s, self._delays.get(host, 0.0))

    def take(self, host: str, most_s: float) -> float:
        """Return the seconds after which a host may be asked. It counts as asked then, unless they are over `most_s`.

        Nobody waits here, so that who has to wait for long holds up nobody else.
        """
        with self._lock:
            now = time.monotonic()
            asked = self._asked.get(host)
            rest_s = 0.0 if asked is None else max(0.0, asked + self._delays.get(host, 0.0) - now)
            if rest_s <= most_s:
                self._asked[host] = now + rest_s
            return rest_s

    def note(self, host: str, sent: float) -> None:
        """Take note of when a request went out, which is later than it was to be where the connection took its time."""
        with self._lock:
            self._asked[host] = max(sent, self._asked.get(host, sent))
