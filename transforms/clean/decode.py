"""Bytes to text: by proof where there is one, by what was declared, by likeness at last."""

import codecs
import re
from typing import Optional

import charset_normalizer

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: Labels that the web means in a wider sense (WHATWG Encoding Standard).
LABELS = {
    "iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252",
    "iso-8859-9": "cp1254", "iso-8859-11": "cp874", "tis-620": "cp874", "gb2312": "gb18030", "gbk": "gb18030",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949", "big5": "big5hkscs",
}  # fmt: skip
META = re.compile(
    rb"""<(?:meta[^>]{0,200}?charset\s*=|\?xml[^>]{0,100}?encoding\s*=)\s*["']?\s*([\w.:-]+)""", re.IGNORECASE
)
#: Bytes in which a declaration is looked for, and in which an encoding is guessed.
HEAD = 4_096
SAMPLE = 100_000
#: Encodings that undeclared pages are in; a guess among all that Python knows takes Windows Cyrillic for the Mac's.
LIKELY = [
    "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "koi8_r", "gb18030", "big5", "cp932",
    "euc_jp", "cp949", "utf_16_le", "utf_16_be",
]  # fmt: skip
#: Share of characters that may fail before the bytes count as no text.
MAX_LOST = 0.02


def decode(body: bytes, charset: Optional[str]) -> Optional[str]:
    """Return the text of `body`, None if the bytes are no text in any encoding that was tried.

    Args:
        charset: as the answer's header says.

    >>> decode("Genève".encode("latin-1"), "ISO-8859-1"), decode("Genève".encode(), "ISO-8859-1")
    ('Genève', 'Genève')
    """
    for mark, name in BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    declared = [_codec(charset), _codec(_declared(body))]
    if not any(name and name.startswith(("utf-16", "utf-32")) for name in declared[:1]):
        # Text in another encoding is hardly ever valid UTF-8, so that this is a proof, whatever was declared.
        declared.insert(0, "utf-8")
    for name in filter(None, declared):
        try:
            return body.decode(name)
        except UnicodeError:
            continue
    return _nearly(body, [name for name in declared if name]) or _guessed(body)


def _declared(body: bytes) -> Optional[str]:
    match = META.search(body[:HEAD])
    return match[1].decode("ascii", "ignore") if match else None


def _codec(label: Optional[str]) -> Optional[str]:
    """Return Python's name for a label, None for one that it does not know or that is no encoding of text."""
    if not label:
        return None
    name = LABELS.get(label.strip().lower(), label.strip().lower())
    try:
        b"a".decode(name, "replace")
        return codecs.lookup(name).name
    except (LookupError, ValueError, UnicodeError):
        return None


def _nearly(body: bytes, names: list[str]) -> Optional[str]:
    """Decode by the first encoding that loses next to nothing: a page cut in the middle of a letter, a stray byte."""
    for name in names:
        text = body.decode(name, "replace")
        if text.count("�") <= len(text) * MAX_LOST and not _is_binary(body):
            return text
    return None


def _guessed(body: bytes) -> Optional[str]:
    if _is_binary(body):
        return None
    best = charset_normalizer.from_bytes(body[:SAMPLE], cp_isolation=LIKELY).best()
    return body.decode(best.encoding, "replace") if best else None


def _is_binary(body: bytes) -> bool:
    """Say whether control characters that no text holds are common at the start."""
    head = body[:HEAD]
    return sum(byte < 9 or 13 < byte < 27 for byte in head) > len(head) * MAX_LOST
