"""What letters are made from, for the in-memory desk: its documents and register, files kept once they came.

The letters themselves are made by the product's own code over this port. `lay_down` plays the server that
renders the file of record.
"""

from collections import Counter
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from letters.composition import compose, letterhead_of
from letters.letter import Mark, render
from protocol import acts
from protocol.complaint import Attachment, Complaint
from protocol.deadlines import civil_date
from protocol.directory import Administration, Colleague, Unit
from protocol.settings import Settings
from sync.errors import Offline
from tests import fake_complaints as told
from tests.fake_history import content_of

if TYPE_CHECKING:
    from tests.fake_desk import FakeDesk

NUMBER = "118/2026"


class FakePapers:
    """Implements desktop.core.correspondence.Papers over a FakeDesk."""

    def __init__(self, desk: "FakeDesk") -> None:
        self._desk = desk
        self.log: Counter[tuple[str, str]] = Counter()
        self.server_files: dict[str, bytes] = {}
        self.kept: dict[str, bytes] = {}
        self.receipts: dict[str, bytes] = {}

    def document(self, complaint: str) -> Complaint:
        return self._desk.case(complaint).document

    def administrations(self) -> tuple[Administration, ...]:
        return told.ADMINISTRATIONS

    def units(self) -> tuple[Unit, ...]:
        return told.UNITS

    def colleagues(self) -> tuple[Colleague, ...]:
        return told.COLLEAGUES

    def settings(self, administration: str) -> Settings:
        del administration
        return self._desk.rule_book

    def attach(self, name: str, mime: str, content: bytes) -> Attachment:
        digest = sha256(content).hexdigest()
        self.kept[digest] = content
        return Attachment(sha256=digest, name=name, mime=mime, size=len(content))

    def bring(self, sha256_: str) -> bytes:
        if sha256_ not in self.kept:
            if not self._desk.online:
                raise Offline()
            files = self.server_files
            self.kept[sha256_] = files[sha256_] if sha256_ in files else content_of(sha256_)
        return self.kept[sha256_]

    def receipt(self, complaint: str) -> bytes:
        if not self._desk.online:
            raise Offline()
        return self.receipts[complaint]

    def log_access(self, complaint: str, what: str, now: datetime) -> None:
        del now
        self.log[complaint, what] += 1

    def accesses(self, complaint: str, what: str) -> int:
        return self.log[complaint, what]

    # --- the server's part

    def lay_down(self, complaint: str, number: str = NUMBER) -> Attachment:
        """The server gives the newest answer its number, renders its letter and records the file."""
        desk = self._desk
        ready = desk.number_letter(complaint, number)
        document = self.document(complaint)
        body = next(one for one in told.ADMINISTRATIONS if one.code == document.administration)
        unit = next((one for one in told.UNITS if one.code == document.unit), None)
        who = next(one for one in told.COLLEAGUES if one.id == ready.by)
        on = civil_date(ready.at)
        head = letterhead_of(body, unit, who, desk.rule_book, on=on)
        content = render(compose(document, ready.reply, head, mark=Mark.NONE, number=number, on=on))
        digest = sha256(content).hexdigest()
        self.server_files[digest] = content
        file = Attachment(
            sha256=digest, name="lettre-118-2026.pdf", mime="application/pdf", size=len(content)
        )
        desk.arrive(complaint, acts.RecordLetter(act=ready.act, number=number, file=file), "system")
        return file
