"""What wrote a row: the software's version and that of its rules and lexicons."""

import functools
import hashlib
from importlib import metadata
from pathlib import Path

DATA = Path(__file__).parent / "data"


@functools.cache
def software_version() -> str:
    """Return the version of the installed distribution."""
    return metadata.version("newsbeam")


@functools.cache
def rules_version() -> str:
    """Return 8 hexadecimal digits over every file of transforms/data."""
    digest = hashlib.sha256()
    for path in sorted(DATA.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(DATA).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:8]
