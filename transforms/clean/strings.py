"""Words of a page, brought into one form."""

import re
from html import unescape


def one_line(text: object) -> str:
    """Return text of a page as one line, entities that were coded twice resolved; empty where it is no text."""
    return " ".join(unescape(text).split()) if isinstance(text, str) else ""


def folded(text: str) -> str:
    """Return the letters and digits alone, whatever their case, by which two texts are compared."""
    return re.sub(r"\W+", "", text.casefold())
