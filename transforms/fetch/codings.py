"""What a server packed for the way (gzip, deflate, br, zstd), unpacked in bounded pieces."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import IO, cast

import brotli
import zstandard

#: What may be asked for.
ACCEPTED = "gzip, deflate, br, zstd"

#: Most memory that a server may make the decoder of zstd set aside, as RFC 9659 has it for the web.
MAX_WINDOW_BYTES = 8 * 2**20


class TooLarge(Exception):
    """The answer passes the cap."""


class Undecodable(Exception):
    """The answer is not what its coding says."""


def decode(chunks: Iterable[bytes], coding: str, piece: int = 2**18) -> Iterator[bytes]:
    """Yield what `chunks` hold, never more than `piece` bytes at once: a bomb meets its cap before the memory's end.

    Raises:
        Undecodable: they are not in that coding, or end too early, or nobody asked for that coding.
    """
    decoder = DECODERS.get(coding)
    if decoder is None:
        raise Undecodable(f"content-encoding {coding[:50]!r} was not asked for")
    try:
        yield from decoder(chunks, piece)
    except (zlib.error, brotli.error, zstandard.ZstdError, EOFError) as error:
        raise Undecodable(f"it is no {coding}: {error}") from error


def bounded(chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Yield `chunks`.

    Raises:
        TooLarge: they are more than `most` bytes together.
    """
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise TooLarge
        yield chunk


def inflate(chunks: Iterable[bytes], coding: str, piece: int = 2**18) -> Iterator[bytes]:
    """Yield what `chunks` hold, never more than `piece` bytes at once: a bomb meets its cap before the memory's end.

    Raises:
        zlib.error: they are neither gzip nor deflate, or they end too early.
    """
    decoder = None
    for chunk in _from_two_bytes(chunks):
        while chunk:
            if decoder is not None and decoder.eof:  # gzip may hold several members; what follows the last is padding
                chunk = chunk.lstrip(b"\0")
                if coding == "deflate" or not chunk.startswith(b"\x1f"):
                    break
                decoder = None
            decoder = decoder or zlib.decompressobj(_window(chunk, coding))
            yield decoder.decompress(chunk, piece)
            chunk = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
    if decoder is not None and not decoder.eof:
        yield decoder.flush()  # at most the end of one copied run: all input has gone in
        if not decoder.eof:
            raise zlib.error("the compressed answer ends too early")


def _from_two_bytes(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield `chunks`, of which the first holds two bytes: they tell the kinds of deflate apart."""
    others = iter(chunks)
    head = b""
    for chunk in others:
        head += chunk
        if len(head) > 1:
            break
    yield head
    yield from others


def _window(chunk: bytes, coding: str) -> int:
    """zlib's wbits: gzip, zlib, or raw deflate, which some servers send under the name of deflate."""
    if coding != "deflate":
        return 31
    return 15 if chunk[0] & 0x0F == 8 and int.from_bytes(chunk[:2].ljust(2, b"\0"), "big") % 31 == 0 else -15


def _brotli(chunks: Iterable[bytes], piece: int) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    empty = True
    for chunk in chunks:
        empty = empty and not chunk
        while unpacked := decoder.process(chunk, output_buffer_limit=piece):  # up to twice as much, by its blocks
            yield unpacked
            chunk = b""
    if not empty and not decoder.is_finished():
        raise EOFError("it ends too early")


def _zstd(chunks: Iterable[bytes], piece: int) -> Iterator[bytes]:
    decoder = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES)
    source = cast(IO[bytes], _Pieces(chunks))
    with decoder.stream_reader(source, read_across_frames=True) as reader:
        while unpacked := reader.read(piece):
            yield unpacked


class _Pieces:
    """Chunks as something that can be read from, which zstandard wants."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._left = b""

    def read(self, size: int) -> bytes:
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            self._left = chunk
        taken, self._left = self._left[:size], self._left[size:]
        return taken


DECODERS: dict[str, Callable[[Iterable[bytes], int], Iterator[bytes]]] = {
    "gzip": lambda chunks, piece: inflate(chunks, "gzip", piece),
    "x-gzip": lambda chunks, piece: inflate(chunks, "gzip", piece),
    "deflate": lambda chunks, piece: inflate(chunks, "deflate", piece),
    "br": _brotli,
    "zstd": _zstd,
}
