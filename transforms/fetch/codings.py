"""What a server packed for the way (gzip, deflate, br, zstd), unpacked in bounded pieces."""

import zlib
from collections.abc import Callable, Iterable, Iterator

import brotli
import zstandard

#: What may be asked for.
ACCEPTED = "gzip, deflate, br, zstd"

#: Most memory that a server may make the decoder of zstd set aside, as RFC 9659 has it for the web.
MAX_WINDOW_BYTES = 8 * 2**20


#: How a frame of zstd that holds no content begins, behind its first byte.
SKIPPABLE = b"\x2a\x4d\x18"


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
    packed = b"".join(chunks)
    decoder = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES)
    with decoder.stream_reader(packed, read_across_frames=True) as reader:
        while unpacked := reader.read(piece):
            yield unpacked
    if not _is_whole(packed):
        raise EOFError("it ends too early")


def _is_whole(packed: bytes) -> bool:
    """Say whether the last frame of zstd ends where the bytes do (RFC 8878, 3.1): the decoder stops without a word.

    Raises:
        zstandard.ZstdError: a frame has no head.
    """
    at = 0
    while at < len(packed):
        if packed[at + 1 : at + 4] == SKIPPABLE:
            at += 8 + int.from_bytes(packed[at + 4 : at + 8], "little")
            continue
        head = packed[at : at + 18]
        checksum, last = 4 * zstandard.get_frame_parameters(head).has_checksum, False
        at += zstandard.frame_header_size(head)
        while not last and at < len(packed):
            block = int.from_bytes(packed[at : at + 3], "little")
            last = bool(block & 1)
            at += 3 + (1 if block >> 1 & 3 == 1 else block >> 3)  # one byte that is repeated, or so many
        at += checksum
        if not last:
            return False
    return at == len(packed)


DECODERS: dict[str, Callable[[Iterable[bytes], int], Iterator[bytes]]] = {
    "gzip": lambda chunks, piece: inflate(chunks, "gzip", piece),
    "x-gzip": lambda chunks, piece: inflate(chunks, "gzip", piece),
    "deflate": lambda chunks, piece: inflate(chunks, "deflate", piece),
    "br": _brotli,
    "zstd": _zstd,
}
