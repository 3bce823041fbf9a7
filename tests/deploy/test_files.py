"""What deploy/ starts is a command that newsbeam has, of the versions that the lock names."""

import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from pipeline.__main__ import app
from pipeline.runners import runner_options

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", lock.read_text(), re.MULTILINE))


def test_the_image_holds_the_locked_dependencies_and_no_tool_of_a_developer() -> None:
    image, everything = pins(DEPLOY / "requirements.lock"), pins(ROOT / "requirements.lock")
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert {re.split(r"[<>=\[]", each)[0] for each in wanted} <= set(image)
    assert image.items() <= everything.items()
    assert not {"pytest", "mypy", "ruff", "hypothesis"} & set(image)


def test_the_workers_have_the_beam_of_the_launcher() -> None:
    beam = pins(ROOT / "requirements.lock")["apache-beam"]
    assert f"\nARG BEAM={beam}\n" in (DEPLOY / "Dockerfile").read_text()
    for name in ("compose.yaml", "kubernetes/flink.yaml"):
        assert f"_job_server:{beam}\n" in (DEPLOY / name).read_text(), name


def test_what_the_image_is_made_of_is_not_kept_from_it() -> None:
    allowed = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] == "!"}
    copied = re.findall(r"^COPY (?!--from)(?:--\S+ )?(.+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    assert {path for each in copied for path in each.split()} == allowed


@pytest.mark.parametrize(
    ("arguments", "started"),
    [
        ([], "newsbeam"),
        (["--version"], "newsbeam --version"),
        (["run", "sources.toml", "--lake", "lake"], "newsbeam run sources.toml --lake lake"),
        (["--worker_pool"], "boot --worker_pool"),
        (["--id=1", "--control_endpoint=localhost:1"], "boot --id=1 --control_endpoint=localhost:1"),
    ],
)
def test_one_image_is_launcher_and_worker(arguments: list[str], started: str, tmp_path: Path) -> None:
    for name in ("newsbeam", "boot"):
        program = tmp_path / name
        program.write_text('#!/bin/sh\necho "$(basename "$0")" "$@"\n')
        program.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "NEWSBEAM_BOOT": str(tmp_path / "boot")}
    ran = subprocess.run(
        [str(DEPLOY / "entrypoint"), *arguments], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == started


def commands() -> Iterator[tuple[str, list[str]]]:
    """Yield each command of newsbeam that a file of deploy/ starts, and the file."""
    for path in sorted(DEPLOY.rglob("*")):
        if path.suffix in {".service", ".md"}:
            for line in path.read_text().replace("\\\n", " ").splitlines():
                if found := re.search(r"(?:^ {4,}|/|=)newsbeam ((?:run|stream|compact) .*)$", line):
                    yield path.name, shlex.split(found[1])
        if path.suffix == ".yaml":
            text = path.read_text()
            for found in re.findall(r"args: \[((?:run|stream|compact), [^\]]*)\]", text):
                yield path.name, [each.strip(' "') for each in re.split(r",\s+", found)]
            for found in re.findall(r"command:\n((?: +- .*\n)+)", text):
                words = re.findall(r"- (\S+)\n", found)
                if words[0] in ("run", "stream", "compact"):
                    yield path.name, words


@pytest.mark.parametrize(("name", "words"), commands(), ids=lambda each: each if isinstance(each, str) else each[0])
def test_what_is_started_is_a_command_that_newsbeam_has(name: str, words: list[str]) -> None:
    own, beam = (words[: words.index("--")], words[words.index("--") + 1 :]) if "--" in words else (words, [])
    command = typer.main.get_command(app).commands[own[0]]  # type: ignore[attr-defined]
    command.make_context(own[0], own[1:])
    if not any(each.startswith("--job_endpoint") for each in beam):  # else a job server would be asked for its options
        runner_options(beam)


def test_the_parameters_of_the_flex_template_become_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(DEPLOY / "dataflow")
    from launch import command

    (tmp_path / "mine.toml").write_text('[[source]]\nname = "a"\n')
    given = [
        f"--sources={tmp_path}/mine.toml",
        "--lake=gs://b/lake",
        "--runner=DataflowRunner",
        "--region=europe-west1",
    ]
    assert command(given, str(tmp_path)) == [
        "newsbeam", "run", f"{tmp_path}/sources.toml", "--lake", "gs://b/lake",
        "--runner", "dataflow", "--", "--region=europe-west1",
    ]  # fmt: skip
    assert (tmp_path / "sources.toml").read_text() == '[[source]]\nname = "a"\n'
