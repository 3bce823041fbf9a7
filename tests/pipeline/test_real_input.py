"""Real pages, and the five seeds of the project, through the product. They lie beside a checkout, or are not there."""

import json
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from schemas.reject import REASONS
from transforms.store.lake import Lake

SHARED = Path(__file__).parents[3] / "shared"

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="../shared is not here")

NOW = "2026-11-22T06:00Z"


def newsbeam_run(folder: Path, sources: str) -> tuple[Lake, dict[str, Any]]:
    """Run the command over `sources`; return the lake and the receipt."""
    (folder / "sources.toml").write_text(sources)
    command = [sys.executable, "-m", "pipeline", "run", "sources.toml", "--lake", "lake", "--now", NOW, "--json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Lake.open(str(folder / "lake")), json.loads(done.stdout)


@pytest.fixture(name="pages", scope="module")
def all_real_pages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, dict[str, Any], int]:
    folder = tmp_path_factory.mktemp("pages")
    for archive in sorted((SHARED / "data/pages").glob("*.tar.gz")):
        with tarfile.open(archive) as packed:
            packed.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.4 and newer know it
            packed.extractall(folder / "pages" / archive.name.partition(".")[0])
    number = len(list((folder / "pages").rglob("*.html")))
    lake, receipt = newsbeam_run(folder, '[[source]]\nname = "pages"\npath = "pages"\n')
    return lake, receipt, number


def test_every_real_page_ends_as_an_article_a_duplicate_or_a_reject(pages: tuple[Lake, dict[str, Any], int]) -> None:
    lake, receipt, number = pages
    assert number == 310
    assert receipt["fetched"] == number
    parts = ("published", "duplicates", "unchanged", "rejected")
    assert sum(receipt[part] for part in parts) == number
    outcomes = lake.read("items", ["entry_id", "outcome"]).to_pylist()
    assert len({each["entry_id"] for each in outcomes}) == number
    assert {each["outcome"] for each in outcomes} <= {"published", "duplicate", "rejected"}
    assert receipt["rejected"] <= 6


def test_no_real_page_makes_a_stage_raise(pages: tuple[Lake, dict[str, Any], int]) -> None:
    reasons = pages[0].read("rejects", ["reason"])["reason"].to_pylist()
    assert "stage_failed" not in reasons
    assert set(reasons) <= set(REASONS)


def test_every_offset_into_a_real_text_holds(pages: tuple[Lake, dict[str, Any], int]) -> None:
    articles = pages[0].read("articles", ["article_id", "text"]).to_pylist()
    texts = {each["article_id"]: each["text"] for each in articles}
    mentions = pages[0].read("mentions").to_pylist()
    assert len(mentions) > 20
    for each in mentions:
        text = texts[each["article_id"]]
        assert text[each["sentence_start"] : each["sentence_end"]] == each["sentence"]
        assert text[each["trigger_start"] : each["trigger_end"]] == each["trigger"]


class Seeds:
    """The five seeds as documents, run once."""

    def __init__(self, folder: Path) -> None:
        with (SHARED / "eval/gold_events_dev.jsonl").open() as gold:
            documents = [json.loads(next(gold)) for _ in range(5)]
        keys = ("id", "url", "publisher", "published", "title", "text")
        lines = [json.dumps({key: each[key] for key in keys}) for each in documents]
        (folder / "seeds.jsonl").write_text("\n".join(lines) + "\n")
        self.lake, self.receipt = newsbeam_run(folder, '[[source]]\nname = "seeds"\npath = "seeds.jsonl"\n')
        self.ids = [each["id"] for each in documents]
        self.articles = {each["entry_id"]: each for each in self.lake.read("articles").to_pylist()}
        self.events = self.lake.read("events").to_pylist()
        self.mentions = self.lake.read("mentions").to_pylist()

    def visits(self, month: str) -> list[dict[str, Any]]:
        """Return the events that are a visit of Xi or Putin's in a month, such as 2023-10."""
        return [
            each
            for each in self.events
            if (each["type"], each["mode"]) == ("CONSULT", "visit")
            and each["start_date"] is not None
            and each["start_date"].isoformat().startswith(month)
        ]

    def told_by(self, event_id: str) -> set[str]:
        """Return the seeds that mention an event, by number."""
        articles = {each["article_id"] for each in self.mentions if each["event_id"] == event_id}
        return {f"{n:03d}" for n, name in enumerate(self.ids) if self.articles[name]["article_id"] in articles}


@pytest.fixture(name="seeds", scope="module")
def the_seeds(tmp_path_factory: pytest.TempPathFactory) -> Seeds:
    return Seeds(tmp_path_factory.mktemp("seeds"))


def test_the_first_two_seeds_are_one_cluster(seeds: Seeds) -> None:
    clusters = [seeds.articles[name]["cluster_id"] for name in seeds.ids]
    assert clusters[0] == clusters[1]
    assert len(set(clusters)) == 4


def test_the_visit_of_october_2023_is_one_event_and_planned(seeds: Seeds) -> None:
    (visit,) = seeds.visits("2023-10")
    assert visit["status"] == "planned"
    assert {"002", "004"} <= seeds.told_by(visit["event_id"])


def test_the_visit_of_march_2023_is_one_event_of_three_days(seeds: Seeds) -> None:
    (visit,) = seeds.visits("2023-03")
    assert (visit["start_date"].isoformat(), visit["end_date"].isoformat()) == ("2023-03-20", "2023-03-22")


def test_the_visit_of_september_2015_is_never_said_to_have_happened(seeds: Seeds) -> None:
    visits = seeds.visits("2015-09")
    assert visits
    assert all(change["status"] != "happened" for each in visits for change in each["status_history"])
