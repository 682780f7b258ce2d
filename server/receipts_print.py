"""A receipt as paper: the facts of the register, the names of the administration, what the operator set.

What sets the page is imported at the first receipt: half a second that starting the server need not wait for.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from protocol.settings import COORDINATION
from server import directory
from server.config import Config
from server.receipts import Receipt

if TYPE_CHECKING:
    from letters.receipt import ReceiptLetter

PDF = "application/pdf"


def letter_of(
    connection: Connection, given: Receipt, config: Config, *, renewed_at: datetime | None = None
) -> "ReceiptLetter":
    """What the page of this receipt says; `renewed_at` (aware UTC) is when its code replaced another."""
    from letters.receipt import ReceiptLetter

    named = {entry.code: entry for entry in directory.administrations(connection)}
    known = None if given.administration == COORDINATION else named.get(given.administration)
    return ReceiptLetter(
        number=given.number,
        code=given.code,
        at=given.at,
        administration=known.name_ar if known else "",
        administration_fr=known.name_fr if known else "",
        type=given.type,
        object=given.object,
        due=given.due,
        language=given.language,
        address=config.address.rstrip("/"),
        authorisation=config.notice_authorisation,
        contact=config.notice_contact,
        renewed_at=renewed_at,
    )


def printed(letter: "ReceiptLetter") -> bytes:
    """The PDF; drawn outside any transaction."""
    from letters.receipt import render

    return render(letter)


def file_name(given: Receipt) -> str:
    """Under which name a browser or a desk keeps it; the number is safe in a file name."""
    return f"recepisse-{given.number}.pdf"
