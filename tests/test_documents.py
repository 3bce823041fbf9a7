"""The documents name what is there."""

import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.__main__ import app
from pipeline.logs import EVENTS
from pipeline.metrics import StreamMeters
from schemas.event import STATUSES
from schemas.tables import TABLES
from transforms.store.lake import Lake

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
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^    )make ([a-z-]+)", document.read_text(), re.MULTILINE))
    assert named <= targets


def test_the_way_of_an_article_names_every_module() -> None:
    way = (ROOT / "docs" / "architecture.md").read_text()
    modules = [
        path.relative_to(ROOT)
        for each in ("pipeline", "transforms", "schemas")
        for path in ROOT.glob(f"{each}/**/*.py")
    ]
    assert [str(path) for path in modules if not path.name.startswith("__") and f"`{path}`" not in way] == []


def first_cells(document: str, heading: str) -> list[str]:
    """Return the first column of the table under a header row that begins with `heading`, without its code quotes."""
    text = (ROOT / document).read_text()
    (table,) = re.findall(rf"^\| {heading} \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    return re.findall(r"^\| `?(.+?)`? \|", table, re.MULTILINE)


def test_the_readme_tells_what_a_row_of_every_table_is() -> None:
    assert sorted(first_cells("README.md", "table")) == sorted(TABLES)


def test_the_readme_names_every_status() -> None:
    (listed,) = re.findall(r"status of an event is a column\*\*: ([\w\s,]+)", (ROOT / "README.md").read_text())
    assert sorted(re.split(r",\s+", listed.strip())) == sorted(STATUSES)


def test_the_meaning_of_every_status_is_written_down() -> None:
    assert sorted(first_cells("docs/events.md", "status")) == sorted(STATUSES)


def test_operators_find_every_exit_code_that_the_help_names() -> None:
    _, _, codes = CliRunner().invoke(app, ["--help"]).output.partition("Exit codes:")
    named = re.findall(r"^ +(\d+(?:, \d+)*)\s", codes, re.MULTILINE)
    assert len(named) >= 8
    assert first_cells("docs/operators.md", "code") == named


def test_operators_find_every_event_of_a_stream() -> None:
    assert sorted(first_cells("docs/operators.md", "event")) == sorted(EVENTS)


def test_operators_find_every_metric(tmp_path: Path) -> None:
    registered = StreamMeters(Lake.open(str(tmp_path))).registry.collect()
    names = [f"{each.name}_total" if each.type == "counter" else each.name for each in registered]
    assert first_cells("docs/operators.md", "metric") == names


def test_every_dependency_under_other_than_permissive_terms_is_listed() -> None:
    """Of the packages of the lock that are installed, those whose own metadata speak of GPL, LGPL, MPL or the like."""
    listed = set(re.split(r", ", ", ".join(first_cells("docs/licences.md", "package"))))
    lock = (ROOT / "requirements.lock").read_text()
    locked = set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", lock, re.MULTILINE))
    found = {each.name.lower() for each in metadata.distributions() if REACHING.search(terms(each))}
    assert found & locked == listed


#: Licences that ask something of those who pass a program on.
REACHING = re.compile(r"GPL|MPL|Mozilla|EUPL|CDDL|EPL|GNU")


def terms(package: metadata.Distribution) -> str:
    """Return what a package says of its licence."""
    about = package.metadata
    classifiers = [line for line in about.get_all("Classifier") or [] if line.startswith("License")]
    return " ".join([about.get("License-Expression") or "", (about.get("License") or "")[:200], *classifiers])


@pytest.mark.parametrize(
    ("name", "least"),
    [("requirements.lock", 51), ("requirements-readers.lock", 5), ("requirements-dataflow.lock", 100)],
)
def test_a_lock_pins_every_package_by_hash_and_names_no_index(name: str, least: int) -> None:
    lock = (ROOT / name).read_text()
    packages = re.findall(r"^[a-z0-9][^=\s]*==\S+.*?(?=^[a-z0-9]|\Z)", lock, re.MULTILINE | re.DOTALL)
    assert len(packages) >= least
    assert [package.split()[0] for package in packages if "--hash=sha256:" not in package] == []
    assert re.search(r"https?://|--index|--find-links", lock) is None


def test_the_lock_holds_every_direct_dependency_and_the_build_backend() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + project["project"]["optional-dependencies"]["dev"]
    wanted += project["build-system"]["requires"]
    locked = set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert {re.split(r"[<>=[]", each)[0] for each in wanted} <= locked


def test_the_lock_of_the_readers_holds_them_and_agrees_with_the_other() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pins = [
        dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.lock", "requirements-readers.lock")
    ]
    assert {re.split(r"[<>=]", each)[0] for each in project["dependency-groups"]["readers"]} <= set(pins[1])
    assert {name: pins[1][name] for name in set(pins[0]) & set(pins[1])}.items() <= pins[0].items()


def test_the_services_and_the_timer_are_sound() -> None:
    """systemd's own checker, where it is installed; it cannot know where newsbeam will be installed."""
    try:
        checked = subprocess.run(
            ["systemd-analyze", "verify", *sorted(map(str, ROOT.glob("deploy/systemd/*")))],
            cwd=ROOT, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("systemd-analyze is not installed")
    complaints = [line for line in checked.stderr.splitlines() if "is not executable" not in line]
    assert complaints == []
