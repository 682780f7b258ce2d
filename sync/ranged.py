"""A file's bytes from some offset on: how they are asked for over HTTP, and what of the reply is believed.

A server that gives another range than was asked, or more bytes than it announced, is not believed; one that
gives the whole file instead of a range is: then the file simply begins again.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from sync.errors import Garbled
from sync.wire import Piece

_CONTENT_RANGE = re.compile(r"bytes (\d{1,12})-(\d{1,12})/(\d{1,12})")


def headers(sha256: str, offset: int) -> dict[str, str]:
    """What to send for the bytes from `offset`; they travel as they are, a range of packed bytes is none."""
    plain = {"Accept-Encoding": "identity"}
    if not offset:
        return plain
    return {**plain, "Range": f"bytes={offset}-", "If-Range": f'"{sha256}"'}


def give_out(
    status: int, said: Mapping[str, str], arriving: Iterable[bytes], take: Callable[[Piece], None]
) -> None:
    """Hand each arriving piece to `take` with its place in the file; raises Garbled when the reply lies."""
    at, total = _where(status, said)
    for content in arriving:
        if total and at + len(content) > total:
            raise Garbled("more bytes than announced")
        take(Piece(at, content, total))
        at += len(content)
    if at < total:
        raise Garbled("cut before its end")


def _where(status: int, said: Mapping[str, str]) -> tuple[int, int]:
    """The first byte that comes and the file's size, 0 when it is not said; raises Garbled."""
    if status == 200:
        length = said.get("Content-Length", "")
        return 0, int(length) if length.isascii() and length.isdigit() else 0
    found = _CONTENT_RANGE.fullmatch(said.get("Content-Range", "").strip())
    if found is None:
        raise Garbled("a range without its place")
    return int(found[1]), int(found[3])
