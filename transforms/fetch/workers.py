"""Many hosts at once: jobs that share a few threads, their results in one stream."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar, Union

Result = TypeVar("Result")

Job = Callable[[], Iterable[Result]]


class _Raised(NamedTuple):
    error: BaseException


class _Workers(Generic[Result]):
    """Threads that share a list of jobs. Daemons: a process that stops does not wait for a server."""

    def __init__(self, jobs: Sequence[Job[Result]], threads: int) -> None:
        self._jobs: queue.SimpleQueue[Job[Result]] = queue.SimpleQueue()
        for job in jobs:
            self._jobs.put(job)
        self._results: queue.Queue[Union[Result, _Raised, None]] = queue.Queue(maxsize=2 * threads)
        self._stopped = threading.Event()
        self._running = min(threads, len(jobs))
        for _ in range(self._running):
            threading.Thread(target=self._work, daemon=True, name="newsbeam-web").start()

    def results(self) -> Iterator[Result]:
        try:
            while self._running:
                result = self._results.get()
                if result is None:
                    self._running -= 1
                elif isinstance(result, _Raised):
                    raise result.error
                else:
                    yield result
        finally:
            self._stopped.set()

    def _work(self) -> None:
        try:
            while True:
                for result in self._jobs.get_nowait()():
                    if not self._put(result):
                        return
        except queue.Empty:
            self._put(None)
        except BaseException as error:  # handed to the thread that reads the results, which raises it
            self._put(_Raised(error))

    def _put(self, result: Union[Result, _Raised, None]) -> bool:
        """Hand a result over; return whether anybody reads any more."""
        while not self._stopped.is_set():
            try:
                self._results.put(result, timeout=0.5)
            except queue.Full:
                continue
            return True
        return False


def work_hosts(jobs: Sequence[Job[Result]], threads: int) -> Iterator[Result]:
    """Yield what the jobs yield, as it comes; at most `threads` of them run at once, each in one thread.

    Raises:
        whatever a job raises; the other jobs then end at their next result.
    """
    return _Workers(jobs, threads).results()
