"""Files over HTTP: announced, sent in parts, fetched whole or by range.

Only who sees a complaint that refers to a file may fetch it; it is served as an attachment that no browser
may interpret, and every fetch, a reading of personal data, is chained in the log of readings.
"""

import re
from collections.abc import Callable
from urllib.parse import quote

import msgspec
from litestar import Response, get, head, patch, post
from litestar.datastructures import State
from litestar.params import FromPath, RawBody
from sqlalchemy import Connection

from protocol.complaint import Attachment
from protocol.files import BadUpload, recognise
from protocol.wire import MAX_FILE
from server import audit, blobs, pages, uploads
from server.blobs import NoSuchFile, WrongContent, WrongOffset
from server.problems import Refusal
from server.service import SIGNED_IN, AnyRequest, Service, read_record, reply_json
from server.tokens import Visitor

_SHA256 = re.compile(r"[0-9a-f]{64}")
_RANGE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})")
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
    "Accept-Ranges": "bytes",
}


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of an announcement: where to send parts, and from which byte."""

    id: str
    offset: int


@post("/v1/blobs", sync_to_thread=True, status_code=200, opt=SIGNED_IN)
def offer(request: AnyRequest, state: State, body: RawBody) -> Response[bytes]:
    """Announce a file; 413 when it is too large."""
    service: Service = state.service
    visitor = service.admit(request)
    file = read_record(request, body, Attachment)
    if not _SHA256.fullmatch(file.sha256) or file.size < 1:
        raise Refusal(422, "malformed")
    if file.size > MAX_FILE:
        raise Refusal(413, "too_large")
    with service.database.transaction() as connection:
        # Knowing a name is not having the bytes: who neither sent nor sees the file sends it again.
        if _sees_file(connection, service, visitor, file.sha256):
            upload, offset = file.sha256, file.size
        else:
            upload, offset = blobs.offer(
                connection, file, visitor.account.id, service.clock(), entropy=service.entropy
            )
    return reply_json(request, Offered(id=upload, offset=offset))


@head("/v1/blobs/{name:str}", sync_to_thread=True, opt=SIGNED_IN)
def reached(request: AnyRequest, state: State, name: FromPath[str]) -> Response[None]:
    """How many bytes of an upload are here, in Upload-Offset."""
    service: Service = state.service
    with service.database.reading() as connection:
        visitor = service.enter(connection, request)
        upload = _upload(connection, name, visitor, blobs.find_upload)
    return Response(None, headers={"Upload-Offset": str(upload.offset)})


@patch("/v1/blobs/{name:str}", sync_to_thread=True, status_code=204, opt=SIGNED_IN)
def send_part(request: AnyRequest, state: State, name: FromPath[str], body: RawBody) -> Response[None]:
    """Add a part; 409 with the true Upload-Offset when it does not fit, 422 when the whole is refused."""
    service: Service = state.service
    visitor = service.admit(request)
    at = request.headers.get("upload-offset", "")
    if not at.isascii() or not at.isdigit() or len(at) > 12:
        raise Refusal(422, "malformed")
    with service.database.transaction() as connection:
        upload = _upload(connection, name, visitor, blobs.hold_upload)
        if upload.is_finished:
            raise Refusal(409, "wrong_offset", headers={"Upload-Offset": str(upload.offset)})
        try:
            offset = blobs.append(connection, service.config, upload, body, at=int(at))
        except WrongOffset as wrong:
            headers = {"Upload-Offset": str(wrong.offset)}
            raise Refusal(409, "wrong_offset", headers=headers) from wrong
        except WrongContent as wrong:
            raise Refusal(413, "too_large") from wrong
        problem = _finish(connection, service, upload) if offset == upload.file.size else ""
    if problem:
        raise Refusal(422, problem)
    return Response(None, status_code=204, headers={"Upload-Offset": str(offset)})


def _finish(connection: Connection, service: Service, upload: blobs.Upload) -> str:
    """Put the file in its place, or discard it and say why: a refused file must not stay half there."""

    def check(data: bytes) -> str:
        uploads.check(upload.file.name, data)
        return recognise(data, upload.file.name)

    try:
        blobs.finish(connection, service.config, upload, service.clock(), check)
    except WrongContent:
        blobs.discard(connection, service.config, upload)
        return "wrong_content"
    except BadUpload as bad:
        blobs.discard(connection, service.config, upload)
        return bad.problem.value
    return ""


@get("/v1/blobs/{name:str}", sync_to_thread=True, opt=SIGNED_IN)
def fetch(request: AnyRequest, state: State, name: FromPath[str]) -> Response[bytes]:
    """The bytes, or one range of them; 404 unless a complaint the reader sees refers to the file."""
    service: Service = state.service
    visitor = service.admit(request)
    with service.database.reading() as connection:
        complaint = _holder(connection, service, visitor, name)
        file = blobs.described(connection, name, complaint)
    _chain_reading(service, visitor, complaint, file)
    try:
        data = blobs.read(service.config, name)
    except NoSuchFile as error:
        raise Refusal(404, "not_found") from error
    current = request.headers.get("if-range", "").strip() in ("", f'"{file.sha256}"')
    return _served(file, data, request.headers.get("range", "") if current else "")


def _holder(connection: Connection, service: Service, visitor: Visitor, sha256: str) -> str:
    """A complaint that the visitor sees and that refers to the file; raises Refusal 404."""
    lines = pages.lines_of(connection, service.reader(visitor), blobs.holders(connection, sha256))
    if not lines:
        raise Refusal(404, "not_found")
    return lines[0].id


def _sees_file(connection: Connection, service: Service, visitor: Visitor, sha256: str) -> bool:
    return bool(pages.lines_of(connection, service.reader(visitor), blobs.holders(connection, sha256)))


def _chain_reading(service: Service, visitor: Visitor, complaint: str, file: Attachment) -> None:
    reading = audit.Reading(by=visitor.account.id, what=file.sha256)
    with service.database.transaction() as connection:
        administration = pages.holder(connection, complaint)
        link = audit.reading_link(administration, complaint, reading, "file_fetched", service.clock())
        audit.append(connection, audit.READINGS, [link], service.entropy)


def _served(file: Attachment, data: bytes, asked: str) -> Response[bytes]:
    headers = {
        **_SAFE,
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
        "ETag": f'"{file.sha256}"',
    }
    wanted = _RANGE.fullmatch(asked.strip()) if asked else None
    if wanted is None or wanted.group(1) == wanted.group(2) == "":
        return Response(data, media_type=file.mime, headers=headers)
    start, end = _bounds(wanted.group(1), wanted.group(2), len(data))
    if start >= end:
        raise Refusal(416, "bad_range", headers={"Content-Range": f"bytes */{len(data)}"})
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(data)}"
    return Response(data[start:end], status_code=206, media_type=file.mime, headers=headers)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Start and end (exclusive) of a range; "-n" asks for the last n bytes."""
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size


def _upload(
    connection: Connection, name: str, visitor: Visitor, find: Callable[[Connection, str, str], blobs.Upload]
) -> blobs.Upload:
    try:
        return find(connection, name, visitor.account.id)
    except NoSuchFile as error:
        raise Refusal(404, "not_found") from error


HANDLERS = [offer, reached, send_part, fetch]
