"""How people and bodies are known: the written form of each identity number, telephone and e-mail address."""

import re
import unicodedata

from protocol.complaint import IdentityKind

_PATTERNS = {
    IdentityKind.CIN: re.compile(r"[A-Z]{1,2}[0-9]{2,7}"),
    IdentityKind.RESIDENCE_CARD: re.compile(r"[A-Z]{1,2}[0-9]{3,8}[A-Z]{0,2}"),
    IdentityKind.PASSPORT: re.compile(r"(?=.*[0-9])[A-Z0-9]{5,12}"),
    IdentityKind.COMPANY: re.compile(r"[0-9]{15}"),
    IdentityKind.ASSOCIATION: re.compile(r"(?=.*[0-9])[A-Z0-9][A-Z0-9/-]{0,39}"),
}
_NATIONAL = re.compile(r"0[5-8][0-9]{8}")
_INTERNATIONAL = re.compile(r"\+[1-9][0-9]{6,14}")
_EMAIL = re.compile(r"[^@\s<>\"',;:\\()\[\]]{1,64}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}")


def western(text: str) -> str:
    """`text` with every decimal digit (Arabic-Indic, full width…) written 0 to 9."""
    return "".join(c if (digit := unicodedata.decimal(c, None)) is None else str(digit) for c in text)


def compact(text: str) -> str:
    """Upper case without spaces or invisible marks, digits written 0 to 9."""
    kept = (
        c for c in western(text).upper() if not c.isspace() and unicodedata.category(c) not in ("Cc", "Cf")
    )
    return "".join(kept)


def read_number(kind: str, typed: str) -> str:
    """An identity number as stored; dots and dashes are dropped where the number has none."""
    number = compact(typed)
    return number if kind == IdentityKind.ASSOCIATION else re.sub(r"[-./]", "", number)


def is_number(kind: str, number: str) -> bool:
    """Whether a number read by `read_number` has the form of its kind."""
    return _PATTERNS[IdentityKind(kind)].fullmatch(number) is not None


def read_phone(typed: str) -> str:
    """A telephone number in international form (+212612345678), or "" when it cannot be one."""
    digits = re.sub(r"[-.()/]", "", compact(typed))
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if digits.startswith("+2120"):
        digits = "+212" + digits[5:]
    if _NATIONAL.fullmatch(digits):
        return "+212" + digits[1:]
    if digits.startswith("+212"):
        return digits if re.fullmatch(r"\+212[5-8][0-9]{8}", digits) else ""
    return digits if _INTERNATIONAL.fullmatch(digits) else ""


def read_email(typed: str) -> str:
    """An e-mail address in lower case, or "" when it cannot be one."""
    address = "".join(c for c in typed.strip().lower() if unicodedata.category(c) not in ("Cc", "Cf"))
    return address if len(address) <= 254 and _EMAIL.fullmatch(address) else ""
