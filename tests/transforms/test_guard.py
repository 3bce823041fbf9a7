"""The guard over real processes: what holds a worker up is killed, and the next call finds a new process."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from transforms import guard
from transforms.guard import GuardFailed, Guards, Stopped

MEMORY_BYTES = 500_000_000


# --- what the processes call ----------------------------------------------------------------------------------------


def size(content: bytes, *more: str) -> list[object]:
    return [len(content), *more]


def process() -> int:
    return os.getpid()


def work_without_end() -> None:
    while True:
        pass


def wait_without_end() -> None:
    threading.Event().wait()


def take_all_memory() -> int:
    return len(bytearray(2 * MEMORY_BYTES))


def die() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def fail() -> None:
    raise ValueError("no such thing")


def talk() -> str:
    print("not an answer", flush=True)
    return "an answer \ud800"


# --- the tests ------------------------------------------------------------------------------------------------------


@pytest.fixture(name="guards", scope="module")
def guards_of_this_module() -> Guards:
    return Guards(__name__, memory_bytes=MEMORY_BYTES, processes=1)


def test_a_call_gives_what_the_function_returns_and_the_process_is_kept(guards: Guards) -> None:
    assert guards.call("size", b"\0\xff" * 10**6, "é\ud800", timeout_s=9.0) == [2 * 10**6, "é\ud800"]
    assert guards.call("talk", timeout_s=9.0) == "an answer \ud800"
    assert guards.call("process", timeout_s=9.0) == guards.call("process", timeout_s=9.0) != os.getpid()


@pytest.mark.parametrize("what", ["work_without_end", "take_all_memory", "die"])
def test_what_takes_too_long_or_too_much_ends_its_process_and_nothing_else(what: str, guards: Guards) -> None:
    before = guards.call("process", timeout_s=9.0)
    with pytest.raises(Stopped):
        guards.call(what, timeout_s=0.1)
    with pytest.raises(ProcessLookupError):
        os.kill(before, 0)
    assert guards.call("process", timeout_s=9.0) != before


def test_what_waits_for_something_is_stopped_by_the_clock(guards: Guards) -> None:
    with pytest.raises(Stopped):
        guards.call("wait_without_end", timeout_s=0.01)


def test_a_process_that_was_killed_between_two_calls_is_replaced(guards: Guards) -> None:
    before = guards.call("process", timeout_s=9.0)
    os.kill(before, signal.SIGKILL)
    os.waitid(os.P_PID, before, os.WEXITED | os.WNOWAIT)
    assert guards.call("process", timeout_s=9.0) != before


def test_what_raises_says_so_and_the_process_goes_on(guards: Guards) -> None:
    before = guards.call("process", timeout_s=9.0)
    with pytest.raises(GuardFailed, match="ValueError: no such thing"):
        guards.call("fail", timeout_s=9.0)
    assert guards.call("process", timeout_s=9.0) == before


def test_a_process_is_replaced_before_leaks_can_grow(guards: Guards, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MAX_CALLS", 0)
    assert guards.call("process", timeout_s=9.0) != guards.call("process", timeout_s=9.0)


def test_a_process_that_cannot_be_started_is_no_fault_of_what_is_read() -> None:
    with pytest.raises(GuardFailed, match="no_such_module"):
        Guards("no_such_module", memory_bytes=MEMORY_BYTES).call("read", timeout_s=1.0)


def test_threads_share_the_processes_and_each_gets_its_own_answer(guards: Guards) -> None:
    with ThreadPoolExecutor(8) as threads:
        sizes = list(threads.map(lambda size: guards.call("size", bytes(size), timeout_s=9.0), range(100)))
    assert sizes == [[size] for size in range(100)]
