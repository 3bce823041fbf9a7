"""Run the command as a child process, with less than the rights that the tests have."""

import ctypes
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Optional

#: Of Linux: the call that takes a right from what a process will execute, and root's rights to pass over permissions.
PR_CAPBSET_DROP = 24
DAC_RIGHTS = (1, 2)

LIBC = ctypes.CDLL(None, use_errno=True)


def without_rights_of_root() -> None:
    """Let permissions count for root too."""
    for right in DAC_RIGHTS if os.geteuid() == 0 else ():
        if LIBC.prctl(PR_CAPBSET_DROP, right, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "rights cannot be given up")


def without_space() -> None:
    """Let no file grow beyond 1 kB, which fails as a full disk does."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))


def begin(*arguments: object, before: Optional[Callable[[], None]] = None, folder: Path) -> subprocess.Popen[str]:
    """Start `newsbeam` in a folder.

    Args:
        before: what the child does first.
    """
    line = [sys.executable, "-m", "pipeline", *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(line, cwd=folder, text=True, preexec_fn=before, **pipes)


def newsbeam(
    *arguments: object, before: Optional[Callable[[], None]] = None, folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run `newsbeam` to its end."""
    with begin(*arguments, before=before, folder=folder) as child:
        out, err = child.communicate(timeout=120)
    return subprocess.CompletedProcess(child.args, child.returncode, out, err)
