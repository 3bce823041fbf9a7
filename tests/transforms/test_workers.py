"""Jobs that share threads: all of their results, and no thread left behind."""

import threading
from collections.abc import Iterator

import pytest

from transforms.fetch.workers import work_hosts


def test_jobs_run_at_once_and_each_gives_all_it_has() -> None:
    meeting = threading.Barrier(4, timeout=10)

    def job(number: int) -> Iterator[int]:
        meeting.wait()
        yield from (number, number + 100)

    jobs = [lambda number=number: job(number) for number in range(4)]
    assert sorted(work_hosts(jobs, threads=4)) == [0, 1, 2, 3, 100, 101, 102, 103]


def test_there_are_never_more_threads_than_asked_for() -> None:
    names: set[int] = set()

    def job() -> Iterator[int]:
        names.add(threading.get_ident())
        yield 1

    assert sum(work_hosts([job] * 30, threads=3)) == 30
    assert len(names) <= 3


def test_no_jobs_give_nothing() -> None:
    assert list(work_hosts([], threads=3)) == []


def test_what_a_job_raises_is_raised() -> None:
    def job() -> Iterator[int]:
        yield 1
        raise LookupError("a defect")

    with pytest.raises(LookupError, match="a defect"):
        list(work_hosts([job], threads=2))


def test_a_reader_that_stops_ends_the_threads() -> None:
    def endless() -> Iterator[int]:
        while True:
            yield 1

    results = work_hosts([endless] * 3, threads=3)
    assert next(results) == 1
    results.close()
    mine = [thread for thread in threading.enumerate() if thread.name == "newsbeam-web"]
    for thread in mine:
        thread.join(timeout=10)
    assert not any(thread.is_alive() for thread in mine)
