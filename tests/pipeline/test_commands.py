"""The command itself: what it prints where, how it ends, and what it leaves behind.

Runs, pipes and signals are tried on child processes; a child takes seconds to begin, so the rest is called in this one.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import pytest
import typer
from calling import Call, Ended, caller
from corpora import write_corpus
from story import EVENT, FIRST, SECOND
from webserver import Answer, Request, Web

from pipeline.__main__ import app, command, descendants, split_arguments
from pipeline.progress import STAGES
from schemas.reject import ReceiptMismatch
from transforms.store.lake import Lake

NOW = "2026-03-04T20:00Z"
COMMANDS = [each.callback.__name__ for each in app.registered_commands if each.callback]
GROUPS = {str(group.name): group.typer_instance for group in app.registered_groups}
GROUPED = [f"{name} {each.name}" for name, group in GROUPS.items() if group for each in group.registered_commands]
CORPUS = '[[source]]\nname = "corpus"\npath = "corpus.jsonl"\n'
RUN = ("run", "sources.toml", "--lake", "lake", "--now", NOW)
PROCESSES = ("--", "--direct_running_mode=multi_processing", "--direct_num_workers=2")

#: Every line that a run may write to stderr where it is no terminal.
SPOKEN = re.compile(
    rf"({'|'.join(stage.label for stage in STAGES.values())}): [\d,]+.*|Why one was rejected: newsbeam .*"
)


def begin(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "pipeline", *arguments]
    return subprocess.Popen(line, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def newsbeam(folder: Path, *arguments: str) -> Ended:
    with begin(folder, *arguments) as child:
        out, err = child.communicate(timeout=200)
    return Ended(child.returncode, out, err)


@pytest.fixture(name="call")
def in_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    """Call the command in `tmp_path`."""
    monkeypatch.chdir(tmp_path)
    return caller(capfd)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


# A run, and the same run again


class Built(NamedTuple):
    """A folder in which a run was done."""

    folder: Path
    ended: Ended


@pytest.fixture(name="built", scope="module")
def a_run(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("built")
    write_corpus(folder / "corpus.jsonl", range(12))
    (folder / "sources.toml").write_text(CORPUS)
    return Built(folder, newsbeam(folder, *RUN, "--json"))


def test_a_run_prints_its_receipt_as_one_json_object_and_nothing_else(built: Built) -> None:
    assert built.ended.code == 0
    (line,) = built.ended.out.splitlines()
    receipt = json.loads(line)
    counts = {"fetched", "published", "duplicates", "unchanged", "rejected", "deferred", "mentions", "events"}
    assert {"run_id", "runs", *counts} <= set(receipt)
    assert receipt["fetched"] == 12
    assert receipt["fetched"] == sum(receipt[name] for name in ("published", "duplicates", "unchanged", "rejected"))


def test_a_run_says_on_stderr_how_far_it_is_and_no_library_says_anything(built: Built) -> None:
    lines = built.ended.err.splitlines()
    assert [line for line in lines if not SPOKEN.fullmatch(line)] == []
    assert {line.partition(":")[0] for line in lines} >= {stage.label for stage in STAGES.values()}


def test_a_run_that_was_committed_prints_its_stored_receipt(built: Built) -> None:
    before = files(built.folder)
    with (built.folder / "corpus.jsonl").open("a") as corpus:
        corpus.write('{"id": "later", "text": "One line more."}\n')
    assert newsbeam(built.folder, *RUN, "--json") == Ended(0, built.ended.out, "")
    assert files(built.folder) == before


def test_a_reader_that_closes_the_pipe_is_no_error(built: Built) -> None:
    sql = "SELECT * FROM range(300000)"
    with begin(built.folder, "query", "--lake", "lake", sql, "--json") as child:
        assert child.stdout
        assert child.stderr
        assert child.stdout.readline() == '{"range": 0}\n'
        child.stdout.close()
        assert (child.stderr.read(), child.wait(200)) == ("", 0)


def test_a_receipt_that_nobody_reads_changes_no_exit_code(built: Built) -> None:
    for arguments in (RUN, (*RUN, "--json")):
        with begin(built.folder, *arguments) as child:
            assert child.stdout
            assert child.stderr
            child.stdout.close()
            assert (child.stderr.read(), child.wait(200)) == ("", 0)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_output_that_cannot_be_written_is_told(story: Lake) -> None:
    line = [sys.executable, "-m", "pipeline", "query", "--lake", story.root, "SELECT 1"]
    with open("/dev/full", "w") as full:
        ended = subprocess.run(line, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=200)
    told = "The system refused: [Errno 28] No space left on device. --debug shows where.\n"
    assert (ended.returncode, ended.stderr) == (70, told)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_receipt_that_cannot_be_written_says_that_what_was_committed_stands(built: Built) -> None:
    line = [sys.executable, "-m", "pipeline", *RUN, "--json"]
    with open("/dev/full", "w") as full:
        ended = subprocess.run(line, cwd=built.folder, stdout=full, stderr=subprocess.PIPE, text=True, timeout=200)
    assert ended.returncode == 70
    assert "No space left on device. What was committed stands; the same command goes on from there." in ended.stderr


# Exit codes


def test_1_more_rejects_than_the_threshold(call: Call, tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text('{"id": "a", "text": "Three short words."}\n')
    (tmp_path / "sources.toml").write_text(CORPUS + "[run]\nmax_reject_share = 0.9\n")
    ended = call(*RUN)
    assert ended.code == 1
    assert re.search(r"^1 \+ rejected", re.sub(" +", " ", ended.out), re.MULTILINE)
    assert "100% of what was fetched was rejected, more than the 90% that [run] max_reject_share allows." in ended.err


WRONG = """
[[source]]
name = "../../x"
url = "nowhere"
[clean_articles]
min_words = "many"
min_wrods = 3
"""


def test_2_every_problem_of_the_configuration_with_its_line_and_nothing_is_written(call: Call, tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text(WRONG)
    ended = call(*RUN)
    assert (ended.code, ended.out) == (2, "")
    assert [line.split(": ")[0] for line in ended.err.splitlines()] == [f"sources.toml:{at}" for at in (3, 4, 6, 7)]
    assert files(tmp_path) == ["sources.toml"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "gone.toml", "--lake", "lake"), "gone.toml: there is no such file. `newsbeam init gone.toml` writes"),
        ((*RUN, "--runner", "flink"), "--runner flink: no job server answers at localhost:8099"),
        ((*RUN, "--runner", "dask"), "--runner dask: it drops outputs silently"),
        ((*RUN[:-1], "soon"), "--now soon: this is no time."),
        ((*RUN[:-1], "2962-03-04T20:00Z"), "--now 2962-03-04T20:00:00Z is ahead of the clock, "),
        ((*RUN, "--", "--direct_num_wrkers=2"), "Did you mean --direct_num_workers?"),
        (("run", "sources.toml", "--lake", "hdfs://name/x"), "--lake hdfs://name/x: a lake is a folder, s3://BUCKET"),
        (("run", "sources.toml", "--lake", ""), "--lake is empty"),
        (("query", "--lake", "lake", "SELECT 1"), "lake is no lake yet"),
        (("explain", "--lake", "lake", "3f2a"), "lake is no lake yet"),
        (("status", "--lake", "lake"), "lake is no lake yet"),
        (("rejects", "list", "--lake", "lake"), "lake is no lake yet"),
        (("run", "sources.toml"), "Missing option '--lake'"),
        (("rnu",), "Did you mean 'run'?"),
    ],
)
def test_2_a_wrong_call_is_told_with_its_fix_and_writes_nothing(
    arguments: tuple[str, ...], told: str, call: Call, tmp_path: Path
) -> None:
    (tmp_path / "corpus.jsonl").touch()
    (tmp_path / "sources.toml").write_text(CORPUS)
    ended = call(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err
    assert "Traceback" not in ended.err
    assert files(tmp_path) == ["corpus.jsonl", "sources.toml"]


def feeds(web: Web, number: int = 1) -> str:
    sources = [f'[[source]]\nname = "feed-{at}"\nurl = "{web.url(f"/{at}.xml")}"\n' for at in range(number)]
    return "".join(sources) + "[poll_sources]\nallow_private = true\n[fetch_articles]\nallow_private = true\n"


def test_3_every_source_is_out_of_reach(call: Call, tmp_path: Path) -> None:
    with Web() as web:
        (tmp_path / "sources.toml").write_text(feeds(web, 2))
    ended = call(*RUN, "--json")  # the server is gone
    assert ended.code == 3
    receipt = json.loads(ended.out)
    assert receipt["failed_sources"] == {"feed-0": "connection_failed", "feed-1": "connection_failed"}
    assert receipt["fetched"] == 0
    assert "Nothing could be fetched: every source that was due failed.\n" in ended.err


def test_4_another_run_holds_the_lake(call: Call, tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").touch()
    (tmp_path / "sources.toml").write_text(CORPUS)
    with Lake.open(str(tmp_path / "lake")).lock():
        ended = call(*RUN)
    assert (ended.code, ended.out) == (4, "")
    assert re.fullmatch(rf"Another run \(process {os.getpid()}\) holds the lake .*/lake\. Wait for it, .*\n", ended.err)


def test_5_the_lake_cannot_be_written(call: Call, tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").touch()
    (tmp_path / "sources.toml").write_text(CORPUS)
    ended = call("run", "sources.toml", "--lake", "corpus.jsonl/lake")
    assert (ended.code, ended.out) == (5, "")
    assert re.fullmatch(
        r"The lake .*/corpus\.jsonl/lake cannot be written: .* A part of its path is no folder: name .*\n", ended.err
    )


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (ReceiptMismatch("1 was fetched and 2 came out."), 6, "1 was fetched and 2 came out.\n"),
        (KeyError("x"), 70, "A defect in newsbeam: KeyError: 'x'. --debug shows where.\n"),
    ],
)
def test_6_and_70_one_sentence_and_with_debug_the_traceback(
    error: Exception, code: int, told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    for debug in (False, True):
        with pytest.raises(typer.Exit) as caught, command(debug):
            raise error
        assert caught.value.exit_code == code
        out, err = capfd.readouterr()
        assert out == ""
        assert err.endswith(told)
        assert ("Traceback" in err) == debug


# Signals


class Waiting(NamedTuple):
    """A run in the middle: a server keeps it waiting for a feed."""

    child: subprocess.Popen[str]
    workers: list[int]


@contextlib.contextmanager
def a_run_in_the_middle(folder: Path, *more: str) -> Iterator[Waiting]:
    asked = threading.Event()

    def never(request: Request) -> Answer:
        asked.set()
        return Answer("late", delay_s=300)

    with Web({"/0.xml": never}) as web:
        (folder / "sources.toml").write_text(feeds(web))
        with begin(folder, *RUN, *more) as child:
            try:
                assert asked.wait(200)
                yield Waiting(child, descendants(child.pid))
            finally:
                child.kill()


def is_running(process: int) -> bool:
    """Say whether a process is there and is no zombie that nobody has waited for yet."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


@pytest.mark.parametrize(
    ("number", "code", "more"),
    [(signal.SIGINT, 130, ()), (signal.SIGTERM, 143, PROCESSES)],
    ids=["SIGINT, threads", "SIGTERM, worker processes"],
)
def test_a_signal_ends_a_run_with_one_sentence_its_workers_with_it_and_nothing_is_committed(
    number: int, code: int, more: tuple[str, ...], tmp_path: Path
) -> None:
    with a_run_in_the_middle(tmp_path, *more) as (child, workers):
        child.send_signal(number)
        out, err = child.communicate(timeout=100)
    assert (child.returncode, out) == (code, "")
    assert re.fullmatch(rf"Stopped by {signal.Signals(number).name}\. .*", err.splitlines()[-1])
    assert [line for line in err.splitlines()[:-1] if not SPOKEN.fullmatch(line)] == []
    assert bool(workers) == bool(more)
    assert [process for process in workers if is_running(process)] == []
    assert Lake.open(str(tmp_path / "lake")).runs() == []


# The other commands


@pytest.mark.parametrize("name", [*COMMANDS, *GROUPED])
def test_help_teaches_by_example(name: str, call: Call) -> None:
    ended = call(*name.split(), "--help")
    assert ended.code == 0
    assert f"\n    newsbeam {name}" in ended.out


def test_the_version_is_that_of_the_distribution(call: Call) -> None:
    assert call("--version") == Ended(0, f"newsbeam {metadata.version('newsbeam')}\n", "")


def test_the_help_of_newsbeam_names_every_command_and_exit_code(call: Call) -> None:
    told = call("--help").out
    assert re.findall(r"^  (\w+)  ", told.partition("Commands:")[2], re.MULTILINE) == [*COMMANDS, *GROUPS]
    assert {"run", "init", "validate", "query", "explain", "status"} <= set(COMMANDS)
    assert re.findall(r"^    ([\d, ]+?)  ?\D", told, re.MULTILINE) == [
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "70",
        "130, 143",
    ]


def test_init_writes_a_file_that_validate_accepts_and_never_writes_over_one(call: Call, tmp_path: Path) -> None:
    assert call("init").code == 0
    before = (tmp_path / "sources.toml").read_bytes()
    assert call("init", "sources.toml") == Ended(
        2, "", "sources.toml is there already. Name another file, or move this one away.\n"
    )
    assert (tmp_path / "sources.toml").read_bytes() == before
    checked = call("validate", "sources.toml")
    assert (checked.code, checked.err) == (0, "")
    assert [" ".join(line.split()) for line in checked.out.splitlines()] == [
        "source kind publisher language timezone interval from",
        "example feed The Example en UTC 1:00:00 https://www.example.org/feed.xml",
        "[run] max_reject_share = 0.5",
    ]


def test_query_gives_csv_where_no_terminal_is_and_json_where_asked(call: Call, story: Lake) -> None:
    sql = "SELECT event_id, mentions FROM events"
    assert call("query", "--lake", story.root, sql) == Ended(0, f"event_id,mentions\n{EVENT},2\n", "")
    told = call("query", "--lake", story.root, sql, "--json").out
    assert json.loads(told) == {"event_id": EVENT, "mentions": 2}


def test_query_as_of_a_run_asks_the_lake_as_it_was_then(call: Call, story: Lake) -> None:
    sql = "SELECT status, mentions FROM events"
    assert call("query", "--lake", story.root, sql, "--as-of", FIRST) == Ended(0, "status,mentions\nplanned,\n", "")
    unknown = call("query", "--lake", story.root, sql, "--as-of", "soon")
    assert (unknown.code, unknown.out, unknown.err.count("\n")) == (2, "", 1)


def test_explain_goes_to_stdout(call: Call, story: Lake) -> None:
    ended = call("explain", "--lake", story.root, EVENT)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"event {EVENT}: ")
    told = json.loads(call("explain", "--lake", story.root, EVENT, "--json").out)
    assert (told["kind"], told["id"]) == ("event", EVENT)


def test_status_tells_how_a_lake_does(call: Call, story: Lake) -> None:
    ended = call("status", "--lake", story.root)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"{story.root}: runs committed: 2; nobody holds it\n")
    told = json.loads(call("status", "--lake", story.root, "--json").out)
    assert [run["run_id"] for run in told["last"]] == [SECOND, FIRST]


def test_rejects_list_says_on_stderr_how_many_there_are(call: Call, story: Lake) -> None:
    ended = call("rejects", "list", "--lake", story.root, "--limit", "1", "--json")
    assert (ended.code, ended.err) == (0, "2 rejects, the 1 newest shown; --limit gives more\n")
    assert json.loads(ended.out)["reason"] == "too_short"
    wrong = call("rejects", "list", "--lake", story.root, "--reason", "to_short")
    assert (wrong.code, wrong.out) == (2, "")


def test_only_run_hands_arguments_to_beam() -> None:
    assert split_arguments(["run", "a", "--", "--x=1", "--"]) == (["run", "a"], ["--x=1", "--"])
    assert split_arguments(["query", "--", "-- comment"]) == (["query", "--", "-- comment"], [])
