"""What once failed under the fuzzer holds, and so does what the fuzzer begins with."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

import fuzz


@pytest.mark.parametrize("target", fuzz.CHECKS)
def test_what_the_fuzzer_found_holds(target: str) -> None:
    for data in fuzz.seeds(target):
        fuzz.CHECKS[target](data)
