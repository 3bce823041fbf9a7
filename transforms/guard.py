"""Calls in a process of their own, which is killed when one takes too long or too much memory.

Libraries that read what strangers wrote can be held up for minutes by a page of their making. A thread cannot be
stopped; a process can, and the worker goes on. The process is kept from call to call, so that a call costs no start.
"""

import importlib
import json
import os
import pickle
import queue
import resource
import selectors
import struct
import subprocess
import sys
import time
from typing import IO, Any, Optional, cast

#: How many times as long as its work a call may take by the clock: the machine may have other work.
PATIENCE = 10
#: Seconds in which a process must be ready.
START_S = 60.0
#: A process is replaced after so many calls: what a library leaks ends with it.
MAX_CALLS = 2_000
#: Of the length of a message.
LENGTH = struct.Struct("!Q")


class Stopped(Exception):
    """A call took more time or memory than it may; its process is gone."""


class GuardFailed(Exception):
    """A call raised, or the process could not be started."""


class Guards:
    """Processes that call the functions of one module, each begun when first needed; for any number of threads."""

    def __init__(self, module: str, *, memory_bytes: int, processes: int = os.cpu_count() or 1) -> None:
        self._module = module
        self._memory_bytes = memory_bytes
        self._seats: queue.LifoQueue[Optional[_Guard]] = queue.LifoQueue()
        for _ in range(processes):
            self._seats.put(None)

    def call(self, function: str, *arguments: object, timeout_s: float) -> Any:
        """Return what the function returns, as JSON has it: tuples are lists.

        Args:
            arguments: anything that can be pickled.
            timeout_s: of processor time; by the clock it may take PATIENCE times as long.

        Raises:
            Stopped: it took longer, or more memory.
            GuardFailed: it raised.
        """
        guard = self._seats.get()
        try:
            if guard is None or not guard.usable():
                guard = _Guard(self._module, self._memory_bytes)
            return guard.call(function, arguments, timeout_s)
        finally:
            self._seats.put(guard)


class _Guard:
    """One process. Its standard streams carry messages: a length, then so many bytes."""

    def __init__(self, module: str, memory_bytes: int) -> None:
        self._owner = os.getpid()
        self._calls = 0
        self._process = subprocess.Popen(  # noqa: S603 - this module, on our own interpreter
            [sys.executable, "-m", "transforms.guard", module, str(memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self._output = cast(IO[bytes], self._process.stdout).fileno()
        try:
            self._receive(time.monotonic() + START_S)
        except Stopped:
            raise GuardFailed(f"no process could be started that reads by {module}") from None

    def usable(self) -> bool:
        """Say whether it can take another call. One of the process that this one was forked from cannot."""
        if self._owner != os.getpid():
            return False
        if self._calls >= MAX_CALLS:
            self._end()
        return self._process.poll() is None

    def call(self, function: str, arguments: tuple[object, ...], timeout_s: float) -> Any:
        self._calls += 1
        try:
            _write(cast(IO[bytes], self._process.stdin), pickle.dumps((function, arguments, timeout_s)))
        except OSError:
            self._end()
            raise Stopped("the process ended before it was asked") from None
        result, error = self._receive(time.monotonic() + PATIENCE * timeout_s)
        if error:
            raise GuardFailed(error)
        return result

    def _receive(self, deadline: float) -> Any:
        """Return the next message; a process that sends none in time is killed."""
        message = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(self._output, selectors.EVENT_READ)
            while len(message) < LENGTH.size or len(message) < LENGTH.size + LENGTH.unpack_from(message)[0]:
                left = deadline - time.monotonic()
                piece = os.read(self._output, 2**20) if left > 0 and selector.select(left) else b""
                if not piece:
                    self._end()
                    raise Stopped("it took too long or too much memory")
                message += piece
        return json.loads(message[LENGTH.size :])

    def _end(self) -> None:
        self._process.kill()
        self._process.communicate()


def _write(stream: IO[bytes], content: bytes) -> None:
    stream.write(LENGTH.pack(len(content)) + content)
    stream.flush()


# --- in the process -------------------------------------------------------------------------------------------------


def _main(name: str, memory_bytes: int) -> None:
    """Answer calls until nobody asks any more. What is beyond its limits ends the process."""
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    module = importlib.import_module(name)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    _write(target, b"[null, null]")
    while len(head := source.read(LENGTH.size)) == LENGTH.size:
        function, arguments, timeout_s = pickle.loads(source.read(LENGTH.unpack(head)[0]))  # noqa: S301 - from ourselves
        _limit_time(timeout_s)
        try:
            answer = json.dumps([getattr(module, function)(*arguments), None])
        except MemoryError:
            return
        except Exception as error:
            answer = json.dumps([None, f"{type(error).__name__}: {error}"])
        _write(target, answer.encode())


def _limit_time(timeout_s: float) -> None:
    """Let the system end this process once it has worked for so long, in whole seconds, more than it has."""
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + timeout_s) + 1, most))


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
