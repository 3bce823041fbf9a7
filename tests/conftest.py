"""Its place puts this folder on the path: tests import `records`, `killing` and the like by their bare names."""

import sys
from pathlib import Path

# The folders tests/schemas and tests/transforms would else hide the installed packages of these names.
sys.path.insert(0, str(Path(__file__).parents[1]))
