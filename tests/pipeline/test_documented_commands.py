"""Every command that the documents tell a user to type works as it stands."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from corpora import write_corpus

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands() -> list[str]:
    """Return the lines of indented code that call newsbeam, without comments and files to write to, each once.

    Those on another runner than the local one need its engine, and those that open a lake in a bucket need the bucket:
    tests/cluster has these.
    """
    found: dict[str, None] = {}
    for document in DOCUMENTS:
        call = r"^    (?:\.venv/bin/)?(newsbeam .+?)(?:  +#.*| >>? [\w.]+)?$"
        for line in re.findall(call, document.read_text(), re.MULTILINE):
            if "--runner" not in line and not re.match(r"newsbeam (run|query) .*(s3|gs)://", line):
                found[line] = None
    return list(found)


@pytest.fixture(name="home", scope="module")
def a_place_to_work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a sources.toml of two local sources and their lake, under both names that documents use."""
    home = tmp_path_factory.mktemp("documented")
    write_corpus(home / "corpus.jsonl", range(20))
    (home / "sources.toml").write_text('[[source]]\nname = "example"\npath = "corpus.jsonl"\n')
    (home / "feeds.opml").write_text('<opml><body><outline xmlUrl="https://a.example/feed"/></body></opml>')
    done = newsbeam(home, "newsbeam run sources.toml --lake my-lake --now 2026-03-05T18:00Z")
    assert done.returncode == 0, done.stderr
    shutil.copytree(home / "my-lake", home / "lake")
    return home


def newsbeam(home: Path, command: str) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-m", "pipeline", *shlex.split(command)[1:]]
    if " stream " in command:
        return until_it_runs(home, arguments)
    return subprocess.run(arguments, cwd=home, capture_output=True, text=True, timeout=120)


def until_it_runs(home: Path, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Start what has no end, and stop it when it has begun."""
    with subprocess.Popen(arguments, cwd=home, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr
        told = next((line for line in child.stderr if "Streaming" in line), "")
        child.terminate()
        return subprocess.CompletedProcess(arguments, child.wait(120), "", told)


def test_the_documents_hold_commands() -> None:
    assert len(commands()) > 10


@pytest.mark.parametrize("command", commands())
def test_a_documented_command_works(command: str, home: Path) -> None:
    if "newsbeam init" in command:
        (home / "sources.toml").rename(home / "kept.toml")
    done = newsbeam(home, command)
    if "newsbeam init" in command:
        (home / "kept.toml").replace(home / "sources.toml")
    assert (done.returncode, done.stderr if done.returncode else "") == (0, "")
