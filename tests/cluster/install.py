"""The engines that these tests run on, each by the ordinary client of its registry, and kept for the next time.

python tests/cluster/install.py            # all that are missing
python tests/cluster/install.py prism      # one of them
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.runners import ENGINES, PRISM

HERE = Path(__file__).parent

#: Kept out of the repository; the variable NEWSBEAM_ENGINES lets several checkouts share one.
FOLDER = Path(ENGINES) if Path(ENGINES).is_absolute() else HERE.parents[1] / ENGINES

FLINK = "1.19.3"

#: What each engine is found by, below FOLDER.
PLACES = {
    "flink": f"flink-{FLINK}/pyflink/lib",
    "flink-job-server": "flink-job-server",
    "spark-job-server": "spark-job-server",
    "prism": "bin/prism",
}


def place(name: str) -> Path:
    """Return where an engine lies; without it the test is skipped."""
    path = FOLDER / PLACES[name]
    if not path.exists():
        pytest.skip(f"{name} is not installed: make cluster-test")
    return path


def commands(name: str, target: Path) -> tuple[list[str], dict[str, str]]:
    """Return the command that installs an engine into an empty folder, and what it needs of the environment."""
    match name:
        case "flink":
            # From Java's point of view a folder of jars; Python's packages are the registry that has it whole.
            package = f"apache-flink-libraries=={FLINK}"
            return [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(target), package], {}
        case "flink-job-server" | "spark-job-server":
            goal = ["dependency:copy-dependencies", f"-DoutputDirectory={target}"]
            return ["mvn", "--quiet", "--batch-mode", "--file", str(HERE / f"{name.partition('-')[0]}.xml"), *goal], {}
        case "prism":
            return ["go", "install", PRISM], {"GOBIN": str(target)}
    raise SystemExit(f"{name}: there is no such engine. Name one of {', '.join(PLACES)}.")


def install(name: str) -> None:
    """Install an engine if it is missing. One whose installing was stopped half-way is not taken for whole.

    Raises:
        CalledProcessError, FileNotFoundError: the client failed, or is not there.
    """
    if (FOLDER / PLACES[name]).exists():
        return
    print(f"Installing {name} into {FOLDER} ...", file=sys.stderr, flush=True)
    part, whole = FOLDER / f"{name}.part", FOLDER / Path(PLACES[name]).parts[0]
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    command, environment = commands(name, part.absolute())
    subprocess.run(command, check=True, env=os.environ | environment)
    if whole.is_dir():  # the folder of programs, which holds more than one
        for each in part.iterdir():
            each.replace(whole / each.name)
        part.rmdir()
    else:
        part.replace(whole)


if __name__ == "__main__":
    for each in sys.argv[1:] or PLACES:
        install(each)
