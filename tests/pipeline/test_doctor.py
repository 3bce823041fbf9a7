"""doctor: each fault of a lake is found, named with its place, and gone when what it says has been done."""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from children import newsbeam, without_rights_of_root
from failing import Crashed, failing
from killing import killing_lake
from records import DAY
from story import FIRST, SECOND, TUESDAY, a_receipt, commit, first_run

from pipeline.doctor import Finding, describe, examine
from schemas.ids import time_of
from schemas.reject import ConfigurationError
from transforms.store.lake import Lake

NOW = TUESDAY + DAY
THIRD = "20260304T060000Z-0123abcd"


@pytest.fixture(name="root")
def a_lake_of_one_s_own(story: Lake, tmp_path: Path) -> Path:
    root = tmp_path / "lake"
    shutil.copytree(story.root, root)
    lake = Lake.open(str(root))
    with lake.lock():
        lake.recover()
    return root


def findings(root: Path, *, now: int = NOW, deep: bool = False) -> list[Finding]:
    return list(examine(Lake.open(str(root)), now, deep=deep).findings)


def articles(root: Path, run_id: str = FIRST) -> Path:
    (path,) = root.glob(f"articles/*/{run_id}-*.parquet")
    return path


def cut(path: Path) -> None:
    os.truncate(path, 1_000)


def change(path: Path) -> None:
    """Change one byte of a page; size and footer stay."""
    content = bytearray(path.read_bytes())
    content[100] ^= 0xFF
    path.write_bytes(content)


def write_other_rows(path: Path) -> None:
    """Put a sound Parquet file of the same size in a file's place."""
    size = path.stat().st_size
    pq.write_table(pa.table({"url": ["x"] * 3}), path)
    content = path.read_bytes()
    path.write_bytes(b"PAR1" + bytes(size - len(content)) + content[4:])


Damage = Callable[[Path], None]

#: What is done to a lake, and what is said of it: where, what, fix.
FAULTS: dict[str, tuple[Damage, str, str, str]] = {
    "a newer format": (
        lambda root: (root / "_lake.json").write_text('{"format": 2}'),
        "_lake.json", "has format 2, and this newsbeam knows 1", "Upgrade newsbeam",
    ),
    "a damaged format": (
        lambda root: (root / "_lake.json").write_text("{"),
        "_lake.json", "is damaged", r'should read \{"format": 1\}',
    ),
    "no format": (
        lambda root: (root / "_lake.json").unlink(),
        "_lake.json", "is missing", r'should read \{"format": 1\}',
    ),
    "a damaged manifest": (
        lambda root: cut(root / f"_manifests/{FIRST}.json"),
        f"_manifests/{FIRST}.json", "cannot be read", "Restore it from a backup",
    ),
    "the damaged manifest of a run that replaced files": (
        lambda root: (root / f"_manifests/{SECOND}.json").write_text("[]"),
        f"_manifests/{SECOND}.json", "cannot be read", "Restore it from a backup",
    ),
    "a manifest under another's name": (
        lambda root: shutil.copy(root / f"_manifests/{FIRST}.json", root / f"_manifests/{SECOND}.json"),
        f"_manifests/{SECOND}.json", "is not the manifest of that run", "Restore it from a backup",
    ),
    "a missing file": (
        lambda root: articles(root).unlink(),
        "articles/date=2026-03-02/.*", f"is missing; run {FIRST} committed it", "2 rows are lost",
    ),
    "a truncated file": (
        lambda root: cut(articles(root)),
        "articles/date=2026-03-02/.*", "has 1,000 bytes, and run .* committed", "move it out of the lake",
    ),
    "a file whose footer is gone": (
        lambda root: articles(root).write_bytes(bytes(articles(root).stat().st_size)),
        "articles/date=2026-03-02/.*", "cannot be read as Parquet", "move it out of the lake",
    ),
    "a file of other rows": (
        lambda root: write_other_rows(articles(root)),
        "articles/date=2026-03-02/.*", "has 3 rows, and run .* committed 2", "move it out of the lake",
    ),
    "an older file of events": (
        lambda root: cut(root / "events/month=2026-03/events-00.parquet"),
        "events/month=2026-03/events-00.parquet", f"run {SECOND} committed", "move it out of the lake",
    ),
    "a file that no run committed": (
        lambda root: shutil.copy(articles(root), root / "articles/date=2026-03-02/mine.parquet"),
        "articles/date=2026-03-02/mine.parquet", "no run has committed it", "Move it out of the table",
    ),
}  # fmt: skip


def test_a_sound_lake_has_no_findings(root: Path) -> None:
    found = examine(Lake.open(str(root)), NOW, deep=True)
    assert found.findings == []
    assert found.sound
    assert found.runs == 2
    assert found.files == len(list(root.rglob("*.parquet")))


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_alone_and_says_what_to_do(name: str, root: Path) -> None:
    damage, where, what, fix = FAULTS[name]
    damage(root)
    (found,) = findings(root)
    assert found.severity == "mend"
    assert re.fullmatch(where, found.where)
    assert re.search(what, found.what)
    assert re.search(fix, found.fix)
    assert "\n" not in describe(found)


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_restored_or_moved_away_as_told_is_found_no_more(name: str, root: Path, story: Lake) -> None:
    FAULTS[name][0](root)
    for found in findings(root):
        backup = Path(story.root, found.where)
        if backup.exists():
            shutil.copy(backup, root / found.where)
        else:
            (root / found.where).unlink()
    assert findings(root) == []


def test_other_bytes_under_a_sound_footer_are_found_by_their_hash(root: Path) -> None:
    change(articles(root))
    assert findings(root) == []
    (found,) = findings(root, deep=True)
    assert found.where == str(articles(root).relative_to(root))
    assert found.what == f"has other content than run {FIRST} committed."


def test_a_name_that_readers_pass_over_is_a_note(root: Path) -> None:
    (root / "articles" / ".DS_Store").write_text("")
    assert [(each.severity, each.where) for each in findings(root)] == [("note", "articles/.DS_Store")]


def test_a_clock_behind_the_newest_run_is_found(root: Path) -> None:
    (found,) = findings(root, now=time_of(SECOND) - 1)
    assert (found.severity, found.where) == ("mend", f"_manifests/{SECOND}.json")
    assert "Set the clock right" in found.fix
    assert findings(root, now=time_of(SECOND)) == []


def test_less_space_than_a_run_took_is_found(root: Path) -> None:
    path = root / f"_manifests/{FIRST}.json"
    stored = json.loads(path.read_text())
    stored["files"][0]["bytes"] = 2**62
    path.write_text(json.dumps(stored))
    assert "Free some space" in [each.fix.removesuffix(" before the next run.") for each in findings(root)]


def test_a_folder_that_cannot_be_written_is_found(root: Path) -> None:
    """Root may write everywhere, so the command runs without that right."""
    (root / "events").chmod(0o555)
    ended = newsbeam("doctor", "--lake", root, "--json", before=without_rights_of_root, folder=root)
    found = json.loads(ended.stdout)["findings"]
    assert ("events", "cannot be written by this user.") in [(each["where"], each["what"]) for each in found]
    assert ended.returncode == 5


@pytest.mark.parametrize(
    ("behind", "what", "next_run"),
    [
        (20, "was begun and is not committed.", "drops it"),
        (55, "was committed, and some of its files are still to be moved into place.", "finishes it"),
    ],
    ids=["before the manifest", "behind it"],
)
def test_a_run_that_was_cut_off_is_a_note_until_the_next_one(root: Path, behind: int, what: str, next_run: str) -> None:
    lake = killing_lake(root)
    records = {table: [each._replace(run_id=THIRD) for each in rows] for table, rows in first_run().items()}
    with pytest.raises(Crashed), failing(Crashed(), behind=behind), lake.lock():
        commit(lake, a_receipt(THIRD, TUESDAY + DAY), records)
    assert list((root / "_staging" / THIRD).glob("*.parquet"))
    (found,) = findings(root, deep=True)
    assert (found.severity, found.where, found.what) == ("note", f"_staging/{THIRD}", what)
    assert next_run in found.fix
    with lake.lock():
        lake.recover()
    assert findings(root, deep=True) == []


def test_a_run_at_work_is_named(root: Path) -> None:
    with Lake.open(str(root)).lock():
        (found,) = findings(root)
    assert (found.severity, found.where) == ("note", ".")
    assert f"process {os.getpid()}" in found.what


def test_a_look_leaves_the_lake_as_it_is_and_free(root: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    findings(root, deep=True)
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before
    with (root / "_lock").open() as handle:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_where_there_is_no_lake_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"There is no lake in .* check that its volume is mounted"):
        findings(tmp_path / "gone")


# ---------------------------------------------------------------- the command


def test_the_command_says_one_line_a_finding_and_ends_with_5(root: Path) -> None:
    cut(articles(root))
    (root / "articles" / ".DS_Store").write_text("")
    ended = newsbeam("doctor", "--lake", root, folder=root)
    first, second = ended.stdout.splitlines()
    assert first.startswith("mend  articles/date=2026-03-02/")
    assert second.startswith("note  articles/.DS_Store ")
    assert ended.stderr.startswith("1 to mend; runs looked at: 2, ")
    assert ended.returncode == 5


def test_the_command_ends_with_0_where_nothing_has_to_be_mended(root: Path) -> None:
    ended = newsbeam("doctor", "--lake", root, "--deep", "--json", folder=root)
    assert json.loads(ended.stdout) == {
        "sound": True,
        "runs": 2,
        "files": len(list(root.rglob("*.parquet"))),
        "bytes": sum(path.stat().st_size for path in root.rglob("*.parquet")),
        "deep": True,
        "findings": [],
    }
    assert ended.stderr.startswith("Sound; ")
    assert ended.returncode == 0
