"""Credentials taken out of what servers send back: many echo what they were sent, some in the links of their feeds."""

from collections.abc import Mapping

#: What stands for a value in anything that is written.
MASK = "***"

#: In characters: what is shorter is no credential, and may be any word of a page.
MIN_SECRET = 8


def mask(text: str, headers: Mapping[str, str]) -> str:
    """Return `text` without the values of headers.

    >>> mask("no such token: s3cret", {"Authorization": "Bearer s3cret"})
    'no such token: ***'
    """
    for word in _words(headers):
        text = text.replace(word, MASK)
    return text


def mask_body(body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return the body of an answer without those values of headers that can be credentials.

    >>> mask_body(b"/1?token=s3cret-42, en", {"Authorization": "Bearer s3cret-42", "Accept-Language": "en"})
    b'/1?token=***, en'
    """
    for word in _words(headers):
        if len(word) >= MIN_SECRET:
            body = body.replace(word.encode(), MASK.encode())
    return body


def _words(headers: Mapping[str, str]) -> list[str]:
    """Return the values, and what stands behind the name of a scheme in them, the longest first."""
    words = {part for value in headers.values() for part in (value, value.rpartition(" ")[2]) if part}
    return sorted(words, key=lambda word: (-len(word), word))
