"""Letters for tests: a complaint to the water company, its letterhead, what is read back from a PDF."""

import subprocess
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from letters.composition import Letterhead, compose, letterhead_of
from letters.letter import Letter, Mark
from protocol.complaint import Channel, Complaint, Nature, Person, Reply, RequestType, Status
from protocol.directory import Administration, Colleague, Unit
from protocol.settings import Grant, Role, Settings
from resources import places

ON = date(2026, 11, 24)
NUMBER = "ONEE-EAU/2026/000042"
PORTAL = "https://chekaya.example.ma"
SETTINGS = Settings(follow_up_url=PORTAL)
REGISTER = Path(places.__file__).with_name("register.json")


class _Register(msgspec.Struct):
    administrations: tuple[Administration, ...]
    units: tuple[Unit, ...]


@cache
def register() -> _Register:
    """The register shipped with the program."""
    return msgspec.json.decode(REGISTER.read_bytes(), type=_Register)


def body(code: str) -> Administration:
    return next(one for one in register().administrations if one.code == code)


def service(code: str) -> Unit:
    return next(one for one in register().units if one.code == code)


def signer(role: Role = Role.AGENT, administration: str = "ONEE-EAU", unit: str = "") -> Colleague:
    grant = Grant(role=role, administration=administration, unit=unit)
    return Colleague(id="s", name_fr="Omar Senhaji", name_ar="عمر السنهاجي", grants=(grant,))


def head(role: Role = Role.AGENT) -> Letterhead:
    return letterhead_of(body("ONEE-EAU"), service("ONEE-EAU-RSK"), signer(role), SETTINGS, on=ON)


def complaint(**changes: Any) -> Complaint:
    plain = Complaint(
        id="c1",
        ver=1,
        type=RequestType.COMPLAINT,
        status=Status.IN_PROGRESS,
        channel=Channel.PORTAL,
        language="ar",
        received_at=datetime(2026, 10, 3, 9, 0, tzinfo=UTC),
        received_on=date(2026, 10, 3),
        entered_at=datetime(2026, 10, 3, 9, 0, tzinfo=UTC),
        due=date(2026, 12, 2),
        administration="ONEE-EAU",
        unit="ONEE-EAU-RSK",
        number="2026-ONEE-EAU-D-000118",
        person=Person(name="فاطمة الزهراء العلوي", address="حي السلام، زنقة 12 رقم 7، سلا"),
        object="انقطاع الماء الصالح للشرب",
        text="انقطع الماء منذ أسبوع",
    )
    return msgspec.structs.replace(plain, **changes)


def reply(**changes: Any) -> Reply:
    plain = Reply(
        nature=Nature.FAVOURABLE,
        text="تمت أشغال تقوية الشبكة، وعاد التوزيع إلى حالته العادية.",
        translation="Les travaux sont achevés et la distribution est redevenue normale.",
    )
    return msgspec.structs.replace(plain, **changes)


def letter(document: Complaint | None = None, said: Reply | None = None, **changes: Any) -> Letter:
    """An original of this answer, numbered, dated 24 November 2026."""
    given = {"mark": Mark.NONE, "number": NUMBER, "on": ON, **changes}
    return compose(document or complaint(), said or reply(), given.pop("head", head()), **given)


def pages(pdf: bytes) -> list[str]:
    """The text of each page as `pdftotext` reads it, isolates and double spaces taken out."""
    read = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout
    texts = read.decode().split("\f")[:-1]
    return [
        " ".join(
            "".join(
                c for c in text if c not in "\u2066\u2067\u2068\u2069\u200e\u200f\u202a\u202b\u202c"
            ).split()
        )
        for text in texts
    ]


def printed(pdf: bytes) -> str:
    """The text of all pages."""
    return " ".join(pages(pdf))
