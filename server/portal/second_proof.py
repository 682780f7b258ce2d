"""The second proof before a letter is given: the last four digits of a telephone or identity number.

Number and code open what carries no personal data; a letter names its addressee, so that who found a receipt
on the floor must also know who lost it (DOMAIN §8).
"""

import hmac
from enum import StrEnum

from protocol.complaint import Complaint, Person
from server.identity import western

LENGTH = 4


class Known(StrEnum):
    """What the register can ask for; each is a text `portal.letter.proof.<code>`."""

    PHONE = "phone"
    IDENTITY = "identity"
    EITHER = "either"
    NOTHING = "nothing"


def known(document: Complaint) -> Known:
    """Which proofs this person gave when filing."""
    phone, identity = _ending(document.person.phone), _ending(document.person.identity_number)
    if phone and identity:
        return Known.EITHER
    return Known.PHONE if phone else Known.IDENTITY if identity else Known.NOTHING


def is_proof(person: Person, typed: str) -> bool:
    """Whether `typed` ends one of the person's numbers; takes the same time whatever is right in it."""
    given = _digits(typed[:40])
    is_right = [
        hmac.compare_digest(given.encode(), (ending or "none").encode())
        for ending in (_ending(person.phone), _ending(person.identity_number))
    ]
    return any(is_right)


def _ending(number: str) -> str:
    """The last four digits, "" for a number that has fewer."""
    digits = _digits(number)
    return digits[-LENGTH:] if len(digits) >= LENGTH else ""


def _digits(text: str) -> str:
    return "".join(c for c in western(text) if c.isascii() and c.isdigit())
