"""`make eval` scores what the product publishes, where there is something to score it on."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"


@pytest.fixture(name="checkout")
def a_checkout(tmp_path: Path) -> Path:
    """Return a folder that holds bench/ alone, so that nobody's eval-out is touched."""
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT / "bench", checkout / "bench", ignore=shutil.ignore_patterns("__pycache__"))
    return checkout


def evaluate(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "bench/evaluate.py", *arguments]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=280, check=False)


def test_without_the_data_it_says_so_and_leaves_nothing(checkout: Path) -> None:
    done = evaluate(checkout)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("There is nothing to score: ../shared/eval/gold_events_dev.jsonl, ")
    assert not (checkout / "eval-out").exists()


@pytest.mark.skipif(not SHARED.exists(), reason="../shared is not here")
def test_every_gold_document_is_published_and_scored(checkout: Path) -> None:
    (checkout.parent / "shared").symlink_to(SHARED)
    done = evaluate(checkout, "events", "--json")
    assert done.returncode == 0, done.stderr
    scored = json.loads(done.stdout)["events"]
    receipt, scores = scored["receipt"], scored["scores"]["gold events"]
    assert receipt["fetched"] == receipt["published"] + receipt["duplicates"] == scores["documents"] == 51
    assert scores["documents_without_predictions"] == 0
    assert scores["predicted"] == receipt["mentions"] > scores["matched"] > 0
