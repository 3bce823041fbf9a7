"""One exchange at a time with each host, among all threads of a process.

A host has a thread of its own, but the redirects of another host, its robots.txt and the step that polls meet it too.
"""

import contextlib
import threading
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
