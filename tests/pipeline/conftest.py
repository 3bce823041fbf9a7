"""What the tests of the command line share."""

import pytest
from story import build

from transforms.store.lake import Lake


@pytest.fixture(name="story", scope="session")
def a_story(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The lake of tests/story.py. No test changes it."""
    return build(tmp_path_factory.mktemp("story") / "lake")
