"""Replies in one piece: compressed as the reader offers (zstd first, else gzip), and written in one go.

uvicorn writes head and body apart, which costs a packet and often a wait; `OnePieceProtocol` joins them.
"""

import asyncio
import gzip
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backports import zstd
from litestar import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

SMALLEST = 400
ZSTD_LEVEL = 3
GZIP_LEVEL = 6
_ZSTD_LIMITS: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 23}
"""A stranger's frame may ask for a window of 8 MiB, not of gigabytes."""


class NotDecodable(ValueError):
    """The request's body is not what its Content-Encoding says, or grows beyond the limit."""


def reply(
    body: bytes, media_type: str, *, offered: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    """A reply with `body` compressed by the best coding in `offered` (the Accept-Encoding header)."""
    sent = {"Vary": "Accept-Encoding", "Cache-Control": "no-store", **(headers or {})}
    coding = _choose(offered) if len(body) >= SMALLEST else ""
    if coding == "zstd":
        body = zstd.compress(body, level=ZSTD_LEVEL)
    elif coding == "gzip":
        body = gzip.compress(body, compresslevel=GZIP_LEVEL, mtime=0)
    if coding:
        sent["Content-Encoding"] = coding
    return Response(body, status_code=status, media_type=media_type, headers=sent)


@dataclass(frozen=True, slots=True)
class Framed:
    """A body whose beginning is a zstd frame already, if there is one; `tail` follows it."""

    tail: bytes
    frame: bytes = b""


def reply_framed(body: Framed, media_type: str, *, offered: str) -> Response[bytes]:
    """The reply of the whole body; readers of zstd get the frame as it is, another behind it (RFC 8878)."""
    if body.frame and _choose(offered) == "zstd":
        coded = body.frame + zstd.compress(body.tail, level=ZSTD_LEVEL)
        headers = {"Vary": "Accept-Encoding", "Cache-Control": "no-store", "Content-Encoding": "zstd"}
        return Response(coded, status_code=200, media_type=media_type, headers=headers)
    whole = (zstd.decompress(body.frame) if body.frame else b"") + body.tail
    return reply(whole, media_type, offered=offered)


def _choose(offered: str) -> str:
    accepted: set[str] = set()
    for part in offered.lower().split(","):
        name, _, weight = part.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            accepted.add(name.strip())
    return next((coding for coding in ("zstd", "gzip") if coding in accepted), "")


def decode(body: bytes, coding: str, most: int) -> bytes:
    """The bytes of a request's body, never more than `most`; raises NotDecodable."""
    try:
        if coding == "zstd":
            decoded = zstd.ZstdDecompressor(options=_ZSTD_LIMITS).decompress(body, most + 1)
        elif coding == "gzip":
            decoded = zlib.decompressobj(wbits=31).decompress(body, most + 1)
        elif coding in ("", "identity"):
            decoded = body
        else:
            raise NotDecodable(coding)
    except (zstd.ZstdError, zlib.error) as error:
        raise NotDecodable(coding) from error
    if len(decoded) > most:
        raise NotDecodable("too large")
    return decoded


class _OnePiece:
    """A transport that joins what is written within one turn of the event loop."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def _flush(self) -> None:
        if self._parts:
            parts, self._parts = self._parts, []
            if not self._transport.is_closing():
                self._transport.write(b"".join(parts))

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class OnePieceProtocol(H11Protocol):
    """HTTP/1.1 whose replies leave in one write; asyncio sets TCP_NODELAY on every connection."""

    def connection_made(self, transport: Any) -> None:
        """Wrap the transport before uvicorn keeps it."""
        super().connection_made(_OnePiece(transport, asyncio.get_running_loop()))  # type: ignore[arg-type]
