"""A stream of runs: its heartbeats, what it reads anew, what it tells. Whole processes: test_stream_process.py."""

import io
import itertools
import json
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.compute as pc
import pytest
from children import newsbeam
from hypothesis import given
from hypothesis import strategies as st

from pipeline import config, logs
from pipeline.__main__ import Stopped, stop_gently
from pipeline.heartbeat import Beat, Settings, beats
from pipeline.logs import EVENTS, Happening, as_json, as_text
from pipeline.metrics import StreamMeters, check_place, serve
from pipeline.run import parse_now, run
from pipeline.runners import runner_options
from pipeline.screen import console
from pipeline.stream import LONGEST_WAIT_S, PASSING, SILENT_S, LocalStream, check_clock, check_pulse
from pipeline.submit import RunFailed
from schemas.ids import time_of
from schemas.reject import ConfigurationError
from transforms.poll.archives import count
from transforms.store.lake import Lake

# ---------------------------------------------------------------- heartbeats


class Clock(threading.Event):
    """A clock that waiting moves on, and what takes time beside; it stops everything at `end`, in seconds."""

    def __init__(self, start: float, end: float) -> None:
        super().__init__()
        self.now, self.end = start, end

    def __call__(self) -> float:
        return self.now

    def wait(self, timeout: float | None = None) -> bool:
        self.pass_by(timeout or 0)
        return self.is_set()

    def pass_by(self, seconds: float) -> None:
        self.now += seconds
        if self.now >= self.end:
            self.set()


def attended(clock: Clock, heartbeat_s: int, took: Callable[[int], float]) -> Iterator[Beat]:
    """Yield the heartbeats of a stream whose n-th run takes so many seconds."""
    for number, beat in enumerate(beats(heartbeat_s, clock, clock)):
        yield beat
        clock.pass_by(took(number))


def test_a_heartbeat_comes_at_every_whole_multiple_of_its_length() -> None:
    told = list(attended(Clock(1_000.5, 1_030), 10, lambda _: 0))
    assert told == [Beat(second * 1_000_000, 0) for second in (1_000, 1_010, 1_020)]


def test_heartbeats_that_pass_while_a_run_is_open_are_counted() -> None:
    told = list(attended(Clock(1_000, 1_060), 10, lambda number: 35 if number == 1 else 0))
    assert told == [
        Beat(1_000_000_000, 0),
        Beat(1_010_000_000, 0),
        Beat(1_040_000_000, 2),  # 1,020 and 1,030: the run had ended at 1,045
        Beat(1_050_000_000, 0),
    ]


@given(st.integers(1, 20), st.lists(st.floats(0, 100), min_size=1, max_size=20))
def test_every_heartbeat_is_attended_to_or_counted(heartbeat_s: int, took: list[float]) -> None:
    told = list(attended(Clock(1_000, 1_500), heartbeat_s, lambda number: took[number % len(took)]))
    times = [beat.now // 1_000_000 for beat in told]
    assert all(second % heartbeat_s == 0 for second in times)
    for before, after in itertools.pairwise(told):
        assert after.now - before.now == (after.skipped + 1) * heartbeat_s * 1_000_000


def test_no_heartbeat_comes_again_when_the_clock_goes_back() -> None:
    clock = Clock(1_000, 1_030)
    told = [beat.now // 1_000_000 for beat in attended(clock, 10, lambda number: -15 if number == 1 else 0)]
    assert told == [1_000, 1_010, 1_020]


# ---------------------------------------------------------------- in one process


class Once(threading.Event):
    """Stops a stream that has done a run, or would have to wait: it attends to one heartbeat."""

    def hear(self, happening: Happening) -> None:
        if happening.event in ("run_committed", "run_failed"):
            self.set()

    def wait(self, timeout: float | None = None) -> bool:
        self.set()
        return True


class Newsroom:
    """A folder of texts that is streamed, a heartbeat at a time, and what was told of it."""

    def __init__(self, folder: Path) -> None:
        self.texts = folder / "texts"
        self.texts.mkdir()
        self.sources = folder / "sources.toml"
        self.write_sources('[[source]]\nname = "texts"\npath = "texts"\nlanguage = "pt"\n')
        self.settings = Settings(config.load(self.sources))
        self.lake = Lake.open(str(folder / "lake"))
        self.told: list[Happening] = []

    def write_sources(self, text: str) -> None:
        self.sources.write_text(text)

    def publish(self, name: str) -> None:
        words = " ".join(f"O barco {name} chegou ao porto no dia {day} de março com peixe." for day in range(1, 12))
        (self.texts / f"{name}.txt").write_text(f"Notícias do barco {name}\n\n{words}\n")

    def beat(self) -> list[str]:
        """Start a stream, let it attend to one heartbeat, and return the events that it told of on the way.

        Not within the second of the last run, in which a heartbeat would be that run's own.
        """
        while parse_now(None) == time_of(max(self.lake.runs(), default="")):
            time.sleep(0.05)
        self.told.clear()
        self.stream().run()
        return [each.event for each in self.told[1:-1]]

    def stream(self, heartbeat_s: int = 1) -> LocalStream:
        once = Once()
        tell = logs.both(once.hear, self.told.append)
        return LocalStream(self.settings, self.lake, runner_options([]), heartbeat_s, once, tell)

    def entries(self) -> list[str]:
        return sorted(self.lake.read("articles", ["entry_id"])["entry_id"].to_pylist())


@pytest.fixture(name="newsroom")
def a_newsroom(tmp_path: Path) -> Newsroom:
    return Newsroom(tmp_path)


@pytest.mark.parametrize(("last", "heartbeat_s"), [(0.0, 5), (1.0, 5), (1.0, 60)])
def test_an_engine_through_which_heartbeats_come_or_that_is_elsewhere_is_left_alone(
    last: float, heartbeat_s: int
) -> None:
    check_pulse(last, last + max(SILENT_S, 10 * heartbeat_s) if last else 9e9, heartbeat_s)


def test_an_engine_that_stands_still_is_begun_anew() -> None:
    with pytest.raises(RunFailed, match=r"No heartbeat has come through the engine for 301 s: it stands still\."):
        check_pulse(1.0, 302.0, 5)
    assert RunFailed in PASSING


def test_a_stream_runs_when_a_source_is_due_and_goes_on_from_the_lake_alone(newsroom: Newsroom) -> None:
    newsroom.publish("one")
    assert newsroom.beat() == ["run_begun", "run_committed"]
    assert newsroom.entries() == ["one.txt"]
    assert newsroom.told[2].counts["published"] == 1
    newsroom.publish("two")
    assert newsroom.beat()[-1] == "run_committed"
    assert newsroom.entries() == ["one.txt", "two.txt"]


def test_a_broken_file_is_told_once_and_the_last_good_one_stands(newsroom: Newsroom) -> None:
    newsroom.publish("one")
    newsroom.write_sources("[[source]]\nname = \n")
    assert newsroom.beat() == ["configuration_refused", "run_begun", "run_committed"]
    assert "sources.toml:2: this is not TOML" in newsroom.told[1].words
    newsroom.publish("two")
    assert newsroom.beat() == ["run_begun", "run_committed"]
    newsroom.write_sources('[[source]]\nname = "papers"\npath = "texts"\nlanguage = "pt"\n')
    assert newsroom.beat() == ["configuration_taken", "run_begun", "run_committed"]
    assert set(newsroom.lake.read("items", ["source"])["source"].to_pylist()) == {"texts", "papers"}


def test_a_lake_that_vanishes_fails_the_run_and_not_the_stream(newsroom: Newsroom) -> None:
    newsroom.publish("one")
    stream = newsroom.stream()
    with newsroom.lake.lock():
        Path(newsroom.lake.path("_lake.json")).rename(newsroom.sources.with_name("elsewhere"))
        stream.work()
        (failed,) = [each for each in newsroom.told if each.event == "run_failed"]
        assert (failed.error, failed.counts["failures"]) == ("LakeUnwritable", 1)
        newsroom.sources.with_name("elsewhere").rename(newsroom.lake.path("_lake.json"))
        stream.stop.clear()
        stream.work()
    assert newsroom.entries() == ["one.txt"]
    assert stream.failures == 0


def test_an_idle_stream_compacts_what_old_runs_left(newsroom: Newsroom) -> None:
    long_ago = parse_now("2026-01-01T06:00Z")
    for name, now in (("one", long_ago), ("two", long_ago + 1_000_000)):
        newsroom.publish(name)
        run(newsroom.settings.read(), newsroom.lake, now, runner_options([]), count=count)
    assert newsroom.beat() == ["run_begun", "run_committed"]  # written since that time
    assert {*newsroom.beat()} == {"lake_compacted"}
    items = newsroom.lake.read("items", ["run_id", "date"]).filter(pc.field("date") == "2026-01-01")
    assert items.num_rows == 3
    assert len(list(Path(newsroom.lake.path("items", "date=2026-01-01")).iterdir())) == 1


def test_runs_that_fail_are_left_alone_for_longer_and_longer_up_to_a_bound(newsroom: Newsroom) -> None:
    stream = newsroom.stream(60)
    waits = [stream.tell_failed(OSError("No.")) for _ in range(12)]
    assert 60 <= waits[0] < waits[1] < waits[2]
    assert waits[-1] == max(waits) == LONGEST_WAIT_S


def test_a_lake_that_is_ahead_of_the_clock_is_refused(newsroom: Newsroom) -> None:
    newsroom.beat()
    check_clock(newsroom.lake, 2e9)
    with pytest.raises(ConfigurationError, match="lies ahead of the clock"):
        check_clock(newsroom.lake, 1e9)


# ---------------------------------------------------------------- what is told

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_line_of_the_log_is_one_json_object_whatever_it_tells_of() -> None:
    happening = logs.refused('sources.toml:1: "\n\x1b[31m\ud800"')
    line = as_json(happening, NOON)
    told = json.loads(line)
    assert line.isascii()
    assert "\n" not in line
    assert (told["time"], told["level"], told["event"]) == ("2026-03-02T12:00:00Z", "error", "configuration_refused")
    assert told["message"].startswith('sources.toml:1: " ')


def test_people_are_told_the_time_and_what_is_wrong() -> None:
    assert as_text(logs.skipped(2), NOON) == "2026-03-02 12:00:00Z warning: 2 heartbeats were skipped: a run was open"
    assert as_text(logs.begun("R", 1), NOON) == "2026-03-02 12:00:00Z Run R begins: 1 source due"


def test_every_event_has_a_level_and_nothing_is_told_of_others() -> None:
    source = Path(logs.__file__).read_text()
    assert {event for event in EVENTS if f'Happening("{event}"' not in source} == set()
    assert set(EVENTS.values()) <= {"info", "warning", "error"}


def test_another_form_of_the_log_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="--log xml: there is no such form"):
        logs.journal("xml", console(io.StringIO()))


def samples(place: str) -> dict[str, float]:
    """Return the samples that are served at an address, by name and labels."""
    with urllib.request.urlopen(place) as answer:
        lines = answer.read().decode().splitlines()
    told = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in told}


def test_metrics_tell_what_was_committed_skipped_and_refused(newsroom: Newsroom) -> None:
    newsroom.publish("one")
    meters = StreamMeters(newsroom.lake)
    place = serve(meters, "127.0.0.1", 0)
    assert samples(place)["newsbeam_runs_total"] == 0
    newsroom.beat()
    for happening in (*newsroom.told, logs.skipped(3), logs.refused("Wrong."), logs.failed(OSError("No."), 1, 60)):
        meters.hear(happening)
    found = samples(place)
    assert found["newsbeam_runs_total"] == 1
    assert found['newsbeam_items_total{outcome="published"}'] == 1
    assert found["newsbeam_heartbeats_skipped_total"] == 3
    assert found["newsbeam_configuration_valid"] == 0
    assert found['newsbeam_run_failures_total{error="OSError"}'] == 1
    assert found["newsbeam_lake_write_failures_total"] == 0
    assert 0 <= found["newsbeam_lag_seconds"] < 600
    assert 0 <= found['newsbeam_source_silence_seconds{source="texts"}'] < 600
    assert found['newsbeam_source_failures{source="texts"}'] == 0


def test_what_a_lake_holds_is_known_when_a_stream_begins_again(newsroom: Newsroom) -> None:
    newsroom.publish("one")
    newsroom.beat()
    (run_id,) = newsroom.lake.runs()
    receipt = newsroom.lake.receipt(run_id)
    meters = StreamMeters(newsroom.lake)
    assert receipt
    assert samples(serve(meters, "127.0.0.1", 0))["newsbeam_last_run_time_seconds"] == receipt.now / 1_000_000


def test_a_port_that_is_taken_is_refused(newsroom: Newsroom) -> None:
    meters = StreamMeters(newsroom.lake)
    port = int(serve(meters, "127.0.0.1", 0).rsplit(":", 1)[1].partition("/")[0])
    with pytest.raises(ConfigurationError, match=f"--metrics-port {port}: "):
        serve(meters, "127.0.0.1", port)


def test_a_run_leaves_a_file_of_metrics_for_node_exporter(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.publish("one")
    file = tmp_path / "newsbeam.prom"
    lake = ["--lake", newsroom.lake.root]
    ended = newsbeam("run", newsroom.sources, *lake, "--metrics", file, folder=tmp_path)
    assert ended.returncode == 0
    assert 'newsbeam_run_items{outcome="published"} 1.0' in file.read_text()
    with pytest.raises(ConfigurationError, match=r"--metrics .*: no file can be written there"):
        check_place(tmp_path / "no" / "file")


@pytest.fixture(name="signals")
def handlers_that_are_put_back() -> Iterator[None]:
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals")
def test_that_it_stops_is_told_before_it_does() -> None:
    stopping, stopped_when_told = threading.Event(), []
    stop_gently(stopping, lambda: stopped_when_told.append(stopping.is_set()))
    signal.raise_signal(signal.SIGTERM)
    assert stopped_when_told == [False]
    assert stopping.is_set()


@pytest.mark.usefixtures("signals")
def test_a_second_signal_stops_at_once_even_while_the_first_is_told_of() -> None:
    stop_gently(threading.Event(), lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(Stopped):
        signal.raise_signal(signal.SIGTERM)
