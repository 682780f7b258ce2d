"""Reads what a browser posts, within limits, without ever failing on what is typed or sent.

A file over the limit is read to its end and dropped, so that the rest of the form, and every word typed in
it, still arrives and can be shown again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request
from litestar.exceptions import ClientException, HTTPException
from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from protocol.wire import MAX_FILE

MAX_TYPED = 4 * 1024 * 1024
MAX_BODY = 128 * 1024 * 1024
MAX_PARTS = 80
MAX_HELD = 6


HttpRequest = Request[Any, Any, Any]


class Malformed(ClientException):
    """The body is not a form, or ends too early."""


class TooLarge(HTTPException):
    """The body is beyond anything a form of ours can hold."""

    status_code = 413


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it came; `data` is empty when `is_too_big`."""

    name: str
    data: bytes
    is_too_big: bool = False


@dataclass(frozen=True, slots=True)
class Posted:
    """The fields of a form, in order of arrival under each name, and its files."""

    fields: Mapping[str, tuple[str, ...]]
    files: tuple[Sent, ...] = ()

    def __getitem__(self, name: str) -> str:
        """The last value of a field; "" when it did not come."""
        return self.fields.get(name, ("",))[-1]


@dataclass(slots=True)
class _Part:
    name: str
    file: str | None
    data: bytearray = field(default_factory=bytearray)
    is_too_big: bool = False


@dataclass(slots=True)
class _Assembly:
    """What has arrived so far."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    files: list[Sent] = field(default_factory=list)
    typed: int = 0
    part: _Part | None = None

    def take(self, event: MultipartSegment | bytearray | None) -> None:
        if isinstance(event, MultipartSegment):
            self.part = _Part(event.name or "", event.filename)
        elif event is None:
            self._finish()
        elif self.part is not None:
            self._add(self.part, event)

    def _add(self, part: _Part, data: bytearray) -> None:
        if part.file is None:
            self.typed += len(data)
            if self.typed > MAX_TYPED:
                raise TooLarge
        elif part.is_too_big or len(part.data) + len(data) > MAX_FILE or len(self.files) >= MAX_HELD:
            part.is_too_big = True
            part.data.clear()
            return
        part.data += data

    def _finish(self) -> None:
        part, self.part = self.part, None
        if part is None:
            return
        if part.file is None:
            self.fields.setdefault(part.name, []).append(bytes(part.data).decode("utf-8", "replace"))
        elif part.file or part.data or part.is_too_big:
            self.files.append(Sent(part.file, bytes(part.data), part.is_too_big))

    def posted(self) -> Posted:
        return Posted({name: tuple(values) for name, values in self.fields.items()}, tuple(self.files))


async def read(request: HttpRequest) -> Posted:
    """The form in the body of `request`; raises Malformed or TooLarge."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    try:
        if kind == "multipart/form-data":
            return await _read_parts(request, options.get("boundary", ""))
        if kind == "application/x-www-form-urlencoded":
            return await _read_plain(request)
    except (MultipartError, ValueError) as error:
        raise Malformed(str(error)) from error
    raise Malformed(f"not a form: {kind[:40]}")


async def _read_parts(request: HttpRequest, boundary: str) -> Posted:
    if not 1 <= len(boundary) <= 200:
        raise Malformed("no boundary")
    assembly, size = _Assembly(), 0
    with PushMultipartParser(boundary, max_segment_count=MAX_PARTS) as parser:
        async for chunk in request.stream():
            size += len(chunk)
            if size > MAX_BODY:
                raise TooLarge
            for event in parser.parse(chunk):
                assembly.take(event)
        if not parser.closed:
            for event in parser.parse(b""):
                assembly.take(event)
    return assembly.posted()


async def _read_plain(request: HttpRequest) -> Posted:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_TYPED:
            raise TooLarge
    fields: dict[str, list[str]] = {}
    pairs = parse_qsl(body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=1000)
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return Posted({name: tuple(values) for name, values in fields.items()})
