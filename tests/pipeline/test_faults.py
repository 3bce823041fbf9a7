"""What a disk can do to a lake: one sentence that says what to do, the right exit code, and nothing lost.

Each fault strikes the second of two runs. When it is mended, that run is done again, and the tables hold what they hold
where nothing struck.
"""

import itertools
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from children import newsbeam, without_rights_of_root, without_space
from corpora import configure, write_corpus
from failing import broken, failing, full, read_only
from killing import files, killing_lake
from records import DAY
from story import FIRST, SECOND, TUESDAY, a_receipt, commit, second_run
from webserver import Answer, Request, Web

from pipeline.config import load
from pipeline.doctor import examine
from pipeline.query import ask, open_lake, select
from pipeline.run import AHEAD, check_ahead, check_clock, parse_now, run
from pipeline.runners import runner_options
from schemas.reject import ConfigurationError, LakeUnwritable
from transforms.poll.archives import count
from transforms.store.lake import Lake

THIRD = "20260304T060000Z-0123abcd"

MONDAY, TUESDAY_EVENING = "2026-03-02T20:00Z", "2026-03-03T20:00Z"


class Two(NamedTuple):
    """A folder with a source, the lake of one run over it, and that of two runs that nothing struck."""

    folder: Path
    one: Path
    both: Path


def do_run(sources: Path, root: Path, now: str) -> None:
    run(load(sources), Lake.open(str(root)), parse_now(now), runner_options([]), count=count)


@pytest.fixture(name="two", scope="module")
def a_lake_before_and_after_its_second_run(tmp_path_factory: pytest.TempPathFactory) -> Two:
    folder = tmp_path_factory.mktemp("two")
    two = Two(folder, folder / "one", folder / "both")
    write_corpus(folder / "corpus.jsonl", range(4))
    sources = configure(folder).path
    do_run(sources, two.one, MONDAY)
    write_corpus(folder / "corpus.jsonl", range(8))
    shutil.copytree(two.one, two.both)
    do_run(sources, two.both, TUESDAY_EVENING)
    return two


@pytest.fixture(name="root")
def a_lake_of_one_run(two: Two, tmp_path: Path) -> Path:
    root = tmp_path / "lake"
    shutil.copytree(two.one, root)
    return root


def committed(root: Path) -> dict[str, bytes]:
    """Return everything that a run has published, and what it said of itself."""
    return {path: Path(root, path).read_bytes() for path in files(root)} | {
        path.name: path.read_bytes() for path in (root / "_manifests").iterdir()
    }


class Fault(NamedTuple):
    """What strikes, what is said of it, and what mends it."""

    strike: Callable[[Path], object]
    mend: Callable[[Path, Path], object]  # the lake, and a backup of it
    told: str
    code: int = 5
    now: str = TUESDAY_EVENING
    before: Callable[[], None] | None = None  # what the process of the run does first


def nothing(*_: Path) -> None: ...


def first_file(root: Path, table: str) -> Path:
    return min((root / table).glob("*/*.parquet"))


def first_manifest(root: Path) -> Path:
    return min((root / "_manifests").iterdir())


def forbid(root: Path) -> None:
    for path in (root, *root.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)


def allow(root: Path, backup: Path) -> None:
    for path in (root, *root.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def restore(root: Path, backup: Path) -> None:
    for path in root.rglob("*"):
        before = backup / path.relative_to(root)
        if path.is_file() and before.is_file() and path.name != "_lock":
            shutil.copy(before, path)


FAULTS = {
    "no space": Fault(
        nothing, nothing, "There is no space left: free some, then run again; what was committed stands.",
        before=without_space,
    ),
    "read only": Fault(
        forbid, allow, "It is read-only for this user: mend the permissions or name another lake, then run again.",
        before=without_rights_of_root,
    ),
    "a truncated data file": Fault(
        lambda root: os.truncate(first_file(root, "items"), 2_000), restore,
        "Restore it from a backup, or move it out of the lake and go on without its rows.",
    ),
    "a manifest that is no JSON": Fault(
        lambda root: os.truncate(first_manifest(root), 100), restore, "Restore it from a backup", now=MONDAY,
    ),
    "a newer format": Fault(
        lambda root: (root / "_lake.json").write_text('{"format": 2}'), restore,
        "has format 2, and this newsbeam knows 1. Upgrade newsbeam.",
    ),
    "no format": Fault(
        lambda root: (root / "_lake.json").unlink(),
        lambda root, backup: shutil.copy(backup / "_lake.json", root),
        '_lake.json is missing. It should read {"format": 1}.',
    ),
    "a clock that went back": Fault(
        nothing, nothing, "Runs go forward: give a time from 2026-03-02T20:00:00Z on, or leave --now out and see that "
        "this machine's clock is right.", code=2, now="2026-03-02T19:00Z",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_and_when_it_is_mended_the_rows_are_those_of_an_undisturbed_run(
    name: str, two: Two, root: Path
) -> None:
    fault = FAULTS[name]
    fault.strike(root)
    before = committed(root)
    sources = two.folder / "sources.toml"
    ended = newsbeam("run", sources, "--lake", root, "--now", fault.now, before=fault.before, folder=two.folder)
    assert ended.returncode == fault.code
    assert ended.stdout == ""
    assert fault.told in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr
    assert committed(root) == before
    fault.mend(root, two.one)
    do_run(sources, root, TUESDAY_EVENING)
    assert files(root) == files(two.both)
    assert examine(Lake.open(str(root)), parse_now(TUESDAY_EVENING), deep=True).findings == []


FEED = """<rss version="2.0"><channel><title>Harbour Post</title><item><guid>1</guid><link>{url}</link>
<title>Ferro visits the port</title></item></channel></rss>"""
PAGE = f"<html><body><article><h1>Ferro visits the port</h1><p>{'Minister Ferro visited the port today. ' * 20}</p>"


def test_a_lake_that_vanishes_under_a_run_is_told_and_never_made_anew(tmp_path: Path) -> None:
    """The server takes it away while the run waits for a page; the volume is mounted again afterwards."""
    root, away, expected = tmp_path / "lake", tmp_path / "away", tmp_path / "expected"

    def vanish(request: Request) -> Answer:
        if root.exists() and not away.exists():
            root.rename(away)
        return Answer(PAGE)

    with Web() as web:
        web.routes |= {"/feed.xml": Answer(FEED.format(url=web.url("/1"))), "/1": vanish}
        sources = tmp_path / "sources.toml"
        private = "[poll_sources]\nallow_private = true\n[fetch_articles]\nallow_private = true\n"
        sources.write_text(f'[[source]]\nname = "harbour"\nurl = "{web.url("/feed.xml")}"\n{private}')
        ended = newsbeam("run", sources, "--lake", root, "--now", MONDAY, folder=tmp_path)
        assert ended.returncode == 5
        assert "Something vanished under the run: check that the volume is mounted" in ended.stderr.splitlines()[-1]
        assert not root.exists()
        away.rename(root)
        away.mkdir()  # from now on it stays
        for lake in (root, expected):
            do_run(sources, lake, MONDAY)
    assert files(root) == files(expected)
    assert Lake.open(str(root)).read("articles").num_rows == 1


def test_no_part_of_a_run_is_begun_in_a_lake_that_has_vanished(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path / "lake"))
    with lake.lock():
        shutil.rmtree(lake.root)
        with pytest.raises(LakeUnwritable, match="Something vanished under the run"):
            lake.begin(FIRST)
    assert not Path(lake.root).exists()


def test_without_a_backup_a_damaged_file_is_moved_away_and_nothing_is_published_twice(two: Two, root: Path) -> None:
    first_file(root, "items").unlink()
    do_run(two.folder / "sources.toml", root, TUESDAY_EVENING)
    articles = Lake.open(str(root)).read("articles", ["article_id", "version"])
    assert articles.num_rows == 8
    assert articles.group_by(["article_id", "version"]).aggregate([]).num_rows == 8


def test_a_damaged_page_is_an_error_that_names_its_file_and_never_other_rows(root: Path) -> None:
    path = first_file(root, "articles")
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(LakeUnwritable, match=rf"{path.name} cannot be read .*newsbeam doctor --deep"):
        Lake.open(str(root)).read("articles")


def test_a_query_over_a_damaged_file_names_it(root: Path) -> None:
    path = first_file(root, "items")
    os.truncate(path, 2_000)
    lake = open_lake(str(root))
    assert select(lake, "SELECT count(title) FROM articles").to_pylist() == [{"count(title)": 4}]
    for read in (select, ask):
        with pytest.raises(LakeUnwritable, match=f"{path.name} cannot be read .*newsbeam doctor --deep"):
            read(lake, "SELECT max(title) FROM items")


def test_a_lake_of_a_newer_format_is_not_queried(root: Path) -> None:
    (root / "_lake.json").write_text('{"format": 2}')
    with pytest.raises(LakeUnwritable, match="Upgrade newsbeam"):
        open_lake(str(root))


def test_a_run_that_is_committed_in_part_goes_on_though_a_later_one_is_committed() -> None:
    """A backfill that was stopped resumes under its own time; others go forward."""
    check_clock([f"{FIRST}-0001", SECOND], FIRST)
    check_clock([FIRST, SECOND], SECOND)
    with pytest.raises(ConfigurationError, match=f"before the newest run of this lake, {SECOND}"):
        check_clock([SECOND], FIRST)


def test_a_run_is_at_most_a_day_ahead_of_the_clock_or_of_a_lake_that_is_ahead_itself() -> None:
    check_ahead([], TUESDAY, TUESDAY - AHEAD)
    check_ahead([SECOND], TUESDAY + AHEAD, 0)
    for committed, clock in (([], TUESDAY - AHEAD), ([FIRST], 0)):
        with pytest.raises(ConfigurationError, match=r"is ahead of the clock, .* Give a time up to \d{4}-"):
            check_ahead(committed, TUESDAY + 1, clock)


def test_a_committed_run_that_is_ahead_of_the_clock_is_no_new_one() -> None:
    for run_id in (SECOND, f"{SECOND}-0001"):
        check_ahead([run_id], TUESDAY, 0)


# ---------------------------------------------------------------- each change, of a run without Beam

ERRORS = {
    full: "There is no space left",
    read_only: "It is read-only for this user",
    broken: "Mend that, then run again",
}


def publish(root: Path) -> None:
    """Do a third run, or what is left of it."""
    lake = killing_lake(root)
    with lake.lock():
        lake.recover()
        if lake.receipt(THIRD) is None:
            records = {table: [each._replace(run_id=THIRD) for each in rows] for table, rows in second_run().items()}
            commit(lake, a_receipt(THIRD, TUESDAY + DAY), records)


def failure(root: Path) -> str:
    """Return what is said of a run that fails; "" where none does."""
    try:
        publish(root)
    except LakeUnwritable as error:
        return str(error)
    return ""


def test_an_error_at_any_change_is_told_and_nothing_is_lost(story: Lake, tmp_path: Path) -> None:
    expected, root = tmp_path / "expected", tmp_path / "lake"
    shutil.copytree(story.root, expected)
    publish(expected)
    for behind, (error, remedy) in zip(itertools.count(1), itertools.cycle(ERRORS.items()), strict=False):
        shutil.copytree(story.root, root)
        with failing(error(), behind=behind):
            sentence = failure(root)
        if not sentence:
            break
        assert remedy in sentence
        assert [each for each in examine(Lake.open(str(root)), TUESDAY + DAY).findings if each.severity == "mend"] == []
        publish(root)
        assert files(root) == files(expected), f"an error behind change {behind}"
        shutil.rmtree(root)
    assert behind > 50
