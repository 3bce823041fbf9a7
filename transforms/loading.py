"""Loading what stays for good: models and tables of many small objects."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def for_good() -> Iterator[None]:
    """Keep the garbage collector away from what is loaded in this block, now and later.

    It is started by numbers of new objects and looks at all there are: it took half of the time in which the table of
    cities is made, and as long again wherever a worker makes many objects later.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
