"""The documents name what is there."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("deploy/*.md"), *ROOT.glob("examples/**/*.md")]
)
TOP_LEVEL = r"(?:pipeline|transforms|schemas|tests|deploy|examples|docs|bench)/"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_in_code_quotes_exists(document: Path) -> None:
    paths = re.findall(rf"`({TOP_LEVEL}[\w./-]+)`", document.read_text())
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_target_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^    )make ([a-z]+)", document.read_text(), re.MULTILINE))
    assert named <= targets


def test_the_lock_pins_every_package_by_hash_and_names_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    packages = re.findall(r"^[a-z0-9][^=\s]*==\S+.*?(?=^[a-z0-9]|\Z)", lock, re.MULTILINE | re.DOTALL)
    assert len(packages) > 50
    assert [package.split()[0] for package in packages if "--hash=sha256:" not in package] == []
    assert re.search(r"https?://|--index|--find-links", lock) is None


def test_the_lock_holds_every_direct_dependency_and_the_build_backend() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + project["project"]["optional-dependencies"]["dev"]
    wanted += project["build-system"]["requires"]
    locked = set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert {re.split(r"[<>=]", each)[0] for each in wanted} <= locked


def test_the_timer_is_sound() -> None:
    """systemd's own checker, where it is installed; it cannot know where newsbeam will be installed."""
    try:
        checked = subprocess.run(
            ["systemd-analyze", "verify", "deploy/newsbeam-run.service", "deploy/newsbeam-run.timer"],
            cwd=ROOT, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("systemd-analyze is not installed")
    complaints = [line for line in checked.stderr.splitlines() if "is not executable" not in line]
    assert complaints == []
