"""The API's own description (OpenAPI 3.1): made from the very records that handlers read and write.

A route is described here or a test fails; schemathesis asks every one of them whether it keeps to it. What
the records mean is in docs/PROTOCOL.md.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import msgspec
from litestar import Response, get

from protocol import wire
from protocol.access_wire import Accesses, AccessesKept
from protocol.complaint import Attachment
from protocol.identity_wire import Escrowed
from server import VERSION, auth_api, blobs_api
from server.notices import returns
from server.problems import JSON
from server.service import PUBLIC, AnyRequest, reply
from server.sync_api import NDJSON

Schema = dict[str, Any]
_PDF, _BYTES, _TEXT = (
    "application/pdf",
    "application/octet-stream",
    "text/plain; version=0.0.4; charset=utf-8",
)
_REF = "#/components/schemas/{name}"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value in the address or in a header."""

    name: str
    says: str
    where: Literal["query", "header", "path"] = "query"
    schema: Schema = field(default_factory=lambda: {"type": "string"})
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path: what it takes, what it may answer.

    `body` and the values of `answers` are a record, a media type of bytes, or None for nothing at all.
    """

    says: str
    answers: dict[int, type[msgspec.Struct] | str | None]
    body: type[msgspec.Struct] | str | None = None
    takes: tuple[Parameter, ...] = ()
    signed_in: bool = True
    streams: bool = False
    """Whether it may answer with a stream as well."""


_UUID: Schema = {"type": "string", "format": "uuid"}
_SHA256: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_DEVICE = (
    Parameter("X-Protocol", "the version spoken", "header", {"type": "string", "enum": ["1"]}, True),
    Parameter("X-Device", "the enrolled device", "header", _UUID, True),
)
_CURSOR = Parameter("cursor", "where the desk stands, as the server wrote it", required=True)
_LIMIT = Parameter("limit", "most documents of a page", schema={"type": "integer", "minimum": 1})
_UNSENT = Parameter(wire.UNSENT_HEADER, "acts that wait on this desk: n, or n;oldest", "header")
_UPLOAD = Parameter("name", "the upload's id", "path", _UUID, True)
_OFFSET = Parameter("Upload-Offset", "where the part begins", "header", {"type": "string"}, True)
_BUCKETS = Parameter("buckets", "numbers from 0 to 255 with commas between; none for all")
_FILE = Parameter("name", "the file's SHA-256", "path", _SHA256, True)
_COMPLAINT = Parameter("complaint", "the complaint's id", "path", _UUID, True)
_AFTER = Parameter("after", "the page's `after`; none for the first")
_RANGE = Parameter("Range", "bytes=first-last", "header")
_SIGNED = Parameter(returns.SIGNATURE, "sha256= and the HMAC of the body", "header")
_SECONDS = Parameter("t", "seconds to wait at most", schema={"type": "integer", "minimum": 0})

OPERATIONS: dict[tuple[str, str], Operation] = {
    ("GET", "/healthz"): Operation(
        says="Whether the register answers.", answers={200: JSON, 503: JSON}, signed_in=False
    ),
    ("GET", "/metrics"): Operation(
        says="Figures for supervision.", answers={200: _TEXT, 404: wire.Problem}, signed_in=False
    ),
    ("GET", "/v1/openapi.json"): Operation(says="This description.", answers={200: JSON}, signed_in=False),
    ("GET", "/v1/meta"): Operation(
        says="What this server speaks.", answers={200: wire.Meta}, signed_in=False
    ),
    ("POST", "/v1/auth/login"): Operation(
        says="Open a session with a password; enrols the device.",
        body=wire.Login,
        answers={200: wire.Session, 401: wire.Problem, 429: wire.Problem},
        signed_in=False,
    ),
    ("POST", "/v1/auth/refresh"): Operation(
        says="Renew a session; the token is spent.",
        body=wire.Refresh,
        answers={200: wire.Session, 401: wire.Problem},
        signed_in=False,
    ),
    ("POST", "/v1/auth/logout"): Operation(says="End this session.", answers={204: None}),
    ("POST", "/v1/devices/enrol"): Operation(
        says="Name the device of this session.", body=auth_api.Enrol, answers={200: auth_api.Enrolled}
    ),
    ("POST", "/v1/devices/escrow"): Operation(
        says="Leave this desk's key, wrapped to the organisation.", body=Escrowed, answers={204: None}
    ),
    ("POST", "/v1/sync/push"): Operation(
        says="Acts in outbox order; one result each, and with a cursor what changed since, as a stream.",
        body=wire.Push,
        takes=(_UNSENT,),
        answers={200: wire.Pushed},
        streams=True,
    ),
    ("GET", "/v1/sync/pull"): Operation(
        says="What changed after the cursor.", takes=(_CURSOR, _LIMIT, _UNSENT), answers={200: NDJSON}
    ),
    ("GET", "/v1/sync/snapshot"): Operation(
        says="A page of everything in scope.", takes=(_AFTER, _LIMIT), answers={200: NDJSON}
    ),
    ("GET", "/v1/sync/manifest"): Operation(
        says="Versions and marks of everything in scope.", takes=(_BUCKETS,), answers={200: NDJSON}
    ),
    ("POST", "/v1/sync/fetch"): Operation(says="Chosen documents.", body=wire.Wanted, answers={200: NDJSON}),
    ("GET", "/v1/sync/check"): Operation(
        says="Sums over everything in scope.", takes=(_CURSOR,), answers={200: wire.Check}
    ),
    ("GET", "/v1/sync/wait"): Operation(
        says="Answers when a pull is worth while, or nothing after a while.",
        takes=(_CURSOR, _SECONDS),
        answers={200: wire.Poke, 204: None},
    ),
    ("POST", "/v1/blobs"): Operation(
        says="Announce a file.", body=Attachment, answers={200: blobs_api.Offered}
    ),
    ("HEAD", "/v1/blobs/{name}"): Operation(
        says="How much of an upload is here, in Upload-Offset.",
        takes=(_UPLOAD,),
        answers={200: None, 404: None},
    ),
    ("PATCH", "/v1/blobs/{name}"): Operation(
        says="Add a part.",
        takes=(_UPLOAD, _OFFSET),
        body=_BYTES,
        answers={204: None, 404: wire.Problem, 409: wire.Problem},
    ),
    ("GET", "/v1/blobs/{name}"): Operation(
        says="The bytes of a file, or a range of them.",
        takes=(_FILE, _RANGE),
        answers={200: _BYTES, 206: _BYTES, 404: wire.Problem, 416: wire.Problem},
    ),
    ("POST", "/v1/access"): Operation(
        says="What was read, printed and exported on a desk, for the chained log.",
        body=Accesses,
        answers={200: AccessesKept},
    ),
    ("GET", "/v1/statistics/desks"): Operation(
        says="What colleagues' desks have not sent.", answers={200: wire.DesksHeard}
    ),
    ("POST", "/v1/complaints/{complaint}/receipt"): Operation(
        says="A receipt with a new tracking code; the old code stops.",
        takes=(_COMPLAINT,),
        answers={200: _PDF, 404: wire.Problem},
    ),
    ("POST", "/v1/notices/sms-report"): Operation(
        says="What became of a message; signed by the provider.",
        takes=(_SIGNED,),
        body=returns.Report,
        answers={204: None, 403: wire.Problem, 404: wire.Problem},
        signed_in=False,
    ),
}


@get("/v1/openapi.json", sync_to_thread=False, opt=PUBLIC)
def openapi(request: AnyRequest) -> Response[bytes]:
    """The description, for people who write another client."""
    return reply(request, description())


@cache
def description() -> bytes:
    """The OpenAPI document as JSON."""
    shapes: list[Any] = [wire.Problem, wire.Line]
    for one in OPERATIONS.values():
        shapes += [shape for shape in (one.body, *one.answers.values()) if isinstance(shape, type)]
    _, components = msgspec.json.schema_components(shapes, ref_template=_REF)
    paths: dict[str, Schema] = {}
    for (method, path), one in OPERATIONS.items():
        paths.setdefault(path, {})[method.lower()] = _operation(method, path, one)
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Chekaya",
            "version": VERSION,
            "description": "What travels between desks and the central server; docs/PROTOCOL.md says what it "
            f"means. A stream ({NDJSON}) is lines of hdr, res, doc, ref, gone and has, then end or reset.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"session": {"type": "http", "scheme": "bearer"}},
        },
    }
    return msgspec.json.encode(document)


def _operation(method: str, path: str, one: Operation) -> Schema:
    answers = dict(one.answers)
    problem = None if method == "HEAD" else wire.Problem
    if one.signed_in:
        answers |= dict.fromkeys((401, 403, 426), problem)
    if one.body is not None:
        answers |= dict.fromkeys((413, 422), problem)
    elif one.takes:
        answers[422] = problem
    return {
        "operationId": f"{method.lower()}{path.replace('/', '_').replace('{', '').replace('}', '')}",
        "summary": one.says,
        "parameters": [_parameter(each) for each in (*(_DEVICE if one.signed_in else ()), *one.takes)],
        **({"security": [{"session": []}]} if one.signed_in else {}),
        **({} if one.body is None else {"requestBody": {"required": True, "content": _content(one.body)}}),
        "responses": {
            str(status): _answer(status, shape, streams=one.streams and status == 200)
            for status, shape in sorted(answers.items())
        },
    }


def _parameter(one: Parameter) -> Schema:
    return {
        "name": one.name,
        "in": one.where,
        "description": one.says,
        "required": one.required,
        "schema": one.schema,
    }


def _answer(status: int, shape: type[msgspec.Struct] | str | None, *, streams: bool) -> Schema:
    said = "done" if status < 300 else "refused" if status < 500 else "out of order"
    if shape is None:
        return {"description": said}
    return {"description": said, "content": _content(shape) | (_content(NDJSON) if streams else {})}


def _content(shape: type[msgspec.Struct] | str) -> Schema:
    if not isinstance(shape, str):
        return {JSON: {"schema": {"$ref": _REF.format(name=shape.__name__)}}}
    if shape == JSON:
        return {JSON: {"schema": {"type": "object"}}}
    return {shape: {"schema": {"type": "string"} if shape in (NDJSON, _TEXT) else {}}}


HANDLERS = [openapi]
