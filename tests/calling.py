"""Call the command line in this process, as a child process would be called."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from pipeline.__main__ import app, split_arguments


class Ended(NamedTuple):
    """A command that has ended."""

    code: int
    out: str
    err: str


Call = Callable[..., Ended]


def caller(capfd: pytest.CaptureFixture[str]) -> Call:
    """Return what calls a command; its output is caught at the descriptors."""

    def call(*arguments: str) -> Ended:
        own, for_beam = split_arguments(arguments)
        with pytest.raises(SystemExit) as caught:
            app(own, prog_name="newsbeam", obj=for_beam)
        return Ended(int(caught.value.code or 0), *capfd.readouterr())

    return call
