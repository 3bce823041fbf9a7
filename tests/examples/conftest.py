"""Its place puts this folder on the path; the examples are put there too."""

import sys

import pytest
from evenings import EXAMPLES, Evenings, Light, six_evenings

sys.path.insert(0, str(EXAMPLES))


@pytest.fixture(name="evenings", scope="session")
def the_evenings_of_the_sample(tmp_path_factory: pytest.TempPathFactory) -> Evenings:
    return six_evenings(tmp_path_factory.mktemp("light"))


@pytest.fixture(name="light")
def their_lake(evenings: Evenings) -> Light:
    return evenings.light
