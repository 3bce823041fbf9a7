"""Characters that no text may hold: they fail in the coder, in Parquet readers or on a terminal."""

import re

#: Lone surrogates (UTF-8 has no form for them), C0 controls but tab and newline (NUL, ESC), DEL and C1 controls, the
#: escape sequences of terminals whole (OSC, DCS, SOS, PM and APC with all that they carry: titles, links, clipboards),
#: and the bidirectional overrides by which one text can show as another. The one-byte forms of the sequences lose that
#: byte alone: in text of a wrong encoding they are the halves of quotation marks.
FORBIDDEN = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]"
)


def scrub(text: str) -> str:
    """Return `text` without forbidden characters, lines ended by a newline alone.

    >>> scrub("Minister \\x1b[31mresigns\\x1b[0m\\r\\n")
    'Minister resigns\\n'
    """
    return FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def is_clean(text: str) -> bool:
    """Say whether `scrub` would leave `text` as it is."""
    return "\r" not in text and FORBIDDEN.search(text) is None
