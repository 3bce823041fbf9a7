"""What a Dataflow flex template starts: its parameters are made into one `newsbeam run --runner dataflow`."""

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pyarrow.fs


def command(arguments: Sequence[str], folder: str) -> list[str]:
    """Return the command of a run: sources.toml is fetched into `folder`, what newsbeam does not know goes to Beam."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--sources", required=True, help="sources.toml, such as gs://BUCKET/sources.toml")
    parser.add_argument("--lake", required=True, help="the lake, such as gs://BUCKET/lake")
    parser.add_argument("--now", help="logical time of the run, default: the clock")
    options, beam = parser.parse_known_args(list(arguments))
    now = ["--now", options.now] if options.now else []
    runner = [each for each in beam if not each.startswith("--runner")]
    sources = fetch(options.sources, folder)
    return ["newsbeam", "run", sources, "--lake", options.lake, *now, "--runner", "dataflow", "--", *runner]


def fetch(uri: str, folder: str) -> str:
    """Copy a file of an object store, or a local one, into `folder`; return its path."""
    filesystem, path = pyarrow.fs.FileSystem.from_uri(uri if "://" in uri else Path(uri).absolute().as_uri())
    here = Path(folder) / "sources.toml"
    with filesystem.open_input_stream(path) as stream:
        here.write_bytes(stream.read())
    return str(here)


def main(arguments: Sequence[str]) -> None:
    words = command(arguments, tempfile.mkdtemp(prefix="newsbeam-"))
    os.execvp(words[0], words)  # noqa: S606  # no shell is wanted


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
