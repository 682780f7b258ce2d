"""Receipts and tracking codes: what a citizen gets at once, and the secret with which he follows his request.

A code is 80 bits written in sixteen characters that cannot be mistaken for one another; the register keeps
only its keyed hash. A code is drawn from the form's own secret, so that a form sent twice gives one receipt.
"""

import hashlib
import hmac
import unicodedata
from datetime import date, datetime

import msgspec
from sqlalchemy import Connection, select, update

from server import tables

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's thirty-two characters: no I, L, O or U."""

LENGTH = 16
_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1"})


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of DOMAIN §8; the notice and the recourse are texts of the page that shows them.

    `at` is aware UTC, `due` a civil date in Africa/Casablanca or None where no answer is owed;
    `code` is shown once and stored nowhere.
    """

    complaint: str
    number: str
    at: datetime
    administration: str
    object: str
    due: date | None
    code: str
    type: str
    language: str


def derive(secret: bytes, label: str) -> bytes:
    """A key of 32 bytes for one purpose only, from the server's secret."""
    return hmac.new(secret, b"chekaya portal " + label.encode(), hashlib.sha256).digest()


def new_code(secret: bytes, seed: str) -> str:
    """The tracking code of the form whose own secret is `seed`: four groups of four characters."""
    digest = hmac.new(derive(secret, "tracking code"), seed.encode(), hashlib.sha256).digest()
    number = int.from_bytes(digest[:10], "big")
    letters = "".join(ALPHABET[number >> 5 * i & 31] for i in range(LENGTH))
    return grouped(letters)


def grouped(letters: str) -> str:
    """The code as people read it aloud: K7QM-2XHD-9TRA-WZ4N."""
    return "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))


def read_code(typed: str) -> str:
    """What a person typed as sixteen plain characters; "" when it cannot be a code.

    Case, spaces, dashes, invisible marks, Arabic-Indic digits and O for 0 are forgiven.
    """
    letters = []
    for c in unicodedata.normalize("NFKC", typed[:100]).upper():
        digit = unicodedata.digit(c, None)
        if digit is not None:
            letters.append(str(digit))
        elif c.isalnum():
            letters.append(c.translate(_MEANT))
    code = "".join(letters)
    return code if len(code) == LENGTH and all(c in ALPHABET for c in code) else ""


def read_number(typed: str) -> str:
    """A registration number as stored, whatever its case, spaces, dashes or digits."""
    letters = []
    for c in unicodedata.normalize("NFKC", typed[:100]).upper():
        digit = unicodedata.digit(c, None)
        if digit is not None:
            letters.append(str(digit))
        elif c.isalnum():
            letters.append(c)
        elif unicodedata.category(c) == "Pd" or c in "/_":
            letters.append("-")
    return "".join(letters).strip("-")


def hash_code(secret: bytes, complaint: str, code: str) -> str:
    """The keyed hash, in hexadecimal, that the register keeps of the code of the complaint with this id."""
    message = f"{complaint}\0{read_code(code)}".encode()
    return hmac.new(derive(secret, "tracking hash"), message, hashlib.sha256).hexdigest()


def is_same(one: str, other: str) -> bool:
    """Whether two hashes are equal, in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def stored_hash(connection: Connection, complaint: str) -> str:
    """The hash kept of the present code of the complaint with this id; "" when it has none."""
    query = select(tables.complaint.c.tracking_hash).where(tables.complaint.c.id == complaint)
    return connection.execute(query).scalar_one_or_none() or ""


def renew(connection: Connection, secret: bytes, complaint: str, code: str) -> None:
    """From now on `code` is the tracking code of this complaint; the one before opens nothing any more."""
    table = tables.complaint
    values = {"tracking_hash": hash_code(secret, complaint, code)}
    connection.execute(update(table).where(table.c.id == complaint).values(**values))
