"""What the simulation itself knows of the server, read from its tables and judged without its code.

P1, P7, P10, P19, `prev` and the conflict rules are checked on every effect as it appears.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection

from protocol.complaint import Complaint, EventKind
from protocol.deadlines import civil_date
from protocol.projection import read_document
from protocol.scope import grants_scope
from protocol.settings import Actor
from protocol.wire import Envelope
from server import scope
from server.service import Service
from tests.simulation import people
from tests.simulation.ministry import Ministry

CITIZENS_WORDS = frozenset({EventKind.CITIZEN_WROTE, EventKind.COMPLEMENT_RECEIVED})
OFFICIAL_ANSWERS = frozenset({EventKind.ANSWERED, EventKind.SIGNED, EventKind.DECLARED_INADMISSIBLE})
MINDFUL = frozenset({"answer", "submit", "close", "declare_inadmissible"})
"""Kinds that are refused when the citizen spoke after what their author saw."""

_envelope = msgspec.json.Decoder(Envelope)


class Violated(AssertionError):
    """A property of PROTOCOL §7 does not hold; the text begins with its name."""


def holds(condition: object, name: str, told: object = "") -> None:
    """Raises Violated."""
    if not condition:
        raise Violated(f"{name}: {told}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A complaint as the register has it, and the last position of its changes in each stream."""

    raw: bytes
    document: Complaint
    archived: bool
    seqs: Mapping[str, int]


class RegisterAudit:
    """Looks at the register after every commit."""

    def __init__(self, ministry: Ministry) -> None:
        self.ministry = ministry
        self.resent: set[str] = set()
        self.known: set[str] = set()
        self.effects = 0
        self._last = 0
        self._read: dict[bytes, Complaint] = {}
        self._image: dict[str, Kept] | None = None
        self._order: dict[tuple[str, str], int] = {}
        self._revoked: set[str] = set()

    def opened(self, service: Service) -> None:
        """Another process serves from now on."""
        service.database.after_commit.append(self.wrote)

    def wrote(self) -> None:
        """Something was committed."""
        self._image = None

    def went_back(self) -> None:
        """The register was put back from a copy: acts settled since come again, in an order of their own."""
        self.resent |= self.known
        self.wrote()
        with self.ministry.service.database.reading() as connection:
            rows = connection.exec_driver_sql("select id from act_log")
            self.known = {row[0] for row in rows}
            self._last = connection.exec_driver_sql(
                "select coalesce(max(rowid), 0) from act_log"
            ).scalar_one()
            rows = connection.exec_driver_sql("select id from device where state = 'revoked'")
            self._revoked = {row[0] for row in rows}

    def revoked(self, device: str) -> None:
        """From now on nothing may come from there; a register put back from before has forgotten it."""
        with self.ministry.service.database.reading() as connection:
            found = connection.exec_driver_sql("select state from device where id = ?", (device,)).scalar()
        if found == "revoked":
            self._revoked.add(device)

    # --- what is there

    def image(self) -> dict[str, Kept]:
        """Every complaint."""
        if self._image is None:
            with self.ministry.service.database.reading() as connection:
                self._image = self._look(connection)
        return self._image

    def _look(self, connection: Connection) -> dict[str, Kept]:
        seqs: dict[str, dict[str, int]] = {}
        for complaint, administration, seq in connection.exec_driver_sql(
            "select complaint, administration, max(seq) from change group by complaint, administration"
        ):
            seqs.setdefault(complaint, {})[administration] = seq
        rows = connection.exec_driver_sql("select id, document, archived from complaint order by id")
        return {
            row[0]: Kept(bytes(row[1]), self.read(bytes(row[1])), bool(row[2]), seqs.get(row[0], {}))
            for row in rows
        }

    def read(self, raw: bytes) -> Complaint:
        """A document, decoded once."""
        known = self._read.get(raw)
        if known is None:
            known = self._read[raw] = read_document(raw)
        return known

    def visible(self, user: str) -> dict[str, bytes]:
        """What this person may see at this moment."""
        actor = Actor(id=user, grants=self.ministry.grants[user])
        return {
            id_: kept.raw
            for id_, kept in self.image().items()
            if not kept.archived and grants_scope(kept.document, actor, self.today)
        }

    @property
    def today(self) -> date:
        """The civil date in Casablanca."""
        return civil_date(self.ministry.now)

    def scope_hash(self, user: str) -> str:
        """As the server would write it in a cursor now."""
        return scope.scope_hash(Actor(id=user, grants=self.ministry.grants[user]), self.today)

    # --- what must be true

    def check(self) -> None:
        """P7, and every effect not seen before."""
        with self.ministry.service.database.reading() as connection:
            self._check_streams(connection)
            rows = connection.exec_driver_sql(
                "select id, user, device, complaint, kind, status, body, rowid from act_log"
                " where rowid > ? order by rowid",
                (self._last,),
            ).all()
            for row in rows:
                self.known.add(row[0])
                self._last = row[-1]
                if row[1] in people.USERS:
                    self._check_effect(connection, row)
        holds(not self.ministry.journal.bugs, "S1 a bug of the server", self.ministry.journal.bugs)

    def _check_streams(self, connection: Connection) -> None:
        rows = connection.exec_driver_sql(
            "select s.administration, s.seq, count(c.seq), coalesce(max(c.seq), 0) from stream s"
            " left join change c using (administration) where s.administration <> '0' group by 1, 2"
        ).all()
        for administration, seq, count, last in rows:
            holds(seq == count == last, "P7 streams are dense", (administration, seq, count, last))

    def _check_effect(self, connection: Connection, row: Any) -> None:
        act, user, device, complaint, kind, status, body, _ = row
        asked = _envelope.decode(body)
        holds(device not in self._revoked, "P17 a revoked device is heard", act)
        self._check_prev(connection, asked, status)
        changes = connection.exec_driver_sql(
            "select ver, scope_before from change where act = ? and complaint = ?", (act, complaint)
        ).all()
        holds(status == "applied" or not changes, "P1 a refused act has an effect", act)
        document = self.image()[complaint].document if complaint in self.image() else None
        ids = [event.act for event in document.events if event.n > 1] if document else []
        holds(len(ids) == len(set(ids)), "P1 an act twice in a history", ids)
        if status != "applied":
            return
        holds(document is not None, "P1 an act on nothing", act)
        self.effects += 1
        for _, before in changes:
            actor = Actor(id=user, grants=self.ministry.grants[user])
            seen = scope.sees(scope.read(before), actor, self.today)
            holds(seen, "P19 an effect without the grant", (act, kind))
        if act not in self.resent:
            place = (device, complaint)
            holds(self._order.get(place, 0) < asked.n, "P10 effects in outbox order", (act, asked.n))
            self._order[place] = asked.n
        if document is not None and changes:
            self._check_conflict(asked, document)

    def _check_prev(self, connection: Connection, asked: Envelope, status: str) -> None:
        if asked.prev is None or status != "applied":
            return
        found = connection.exec_driver_sql("select status from act_log where id = ?", (asked.prev,)).scalar()
        holds(found == "applied", "P10 an act before the one it leans on", (asked.id, asked.prev, found))

    @staticmethod
    def _check_conflict(asked: Envelope, document: Complaint) -> None:
        """The conflict rules of PROTOCOL §2, told again without the rules' own code."""
        mine = next((event for event in document.events if event.act == asked.id), None)
        if mine is None:
            return
        between = [e for e in document.events if asked.seen < e.n < mine.n and e.by != mine.by]
        if asked.kind in MINDFUL:
            spoken = [e.n for e in between if e.kind in CITIZENS_WORDS]
            holds(not spoken, "C1 over words its author had not read", (asked.id, spoken))
        if asked.kind in ("answer", "submit"):
            answered = [e.n for e in between if e.kind in OFFICIAL_ANSWERS]
            holds(not answered, "C2 a second official answer", (asked.id, answered))
        if asked.kind == "assign" and mine.kind == EventKind.ASSIGNED:
            previous = msgspec.json.decode(asked.args).get("previous", "")
            holds(mine.previous == previous, "C3 taken from somebody unseen", asked.id)
        if asked.kind == "transfer" and mine.kind == EventKind.TRANSFERRED:
            seen = msgspec.json.decode(asked.args).get("from_administration", "")
            holds(mine.from_administration == seen, "C4 moved from where it was not", asked.id)

    def check_files(self) -> None:
        """P16: every file is whole, and every attachment of a history has its file."""
        names = set()
        for path in self.ministry.service.config.blobs.iterdir():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            holds(digest == path.name, "P16 a file that is not its name", path.name)
            names.add(path.name)
        for id_, kept in self.image().items():
            for event in kept.document.events:
                for file in event.attachments:
                    holds(file.sha256 in names, "P16 an attachment without its file", (id_, file.sha256))
