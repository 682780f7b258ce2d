"""The shadow model's turn: every complaint that arrives is routed by it too, afterwards and without effect.

Registration leaves an empty trial (`server.consequences`); one thread fills them in. Whatever goes wrong
here is written in the journal and never reaches those who file.
"""

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import OperationalError

from protocol.complaint import Complaint
from protocol.settings import COORDINATION
from server import directory, tables
from server.routing import versions
from server.routing.live import FOLDER, router_of
from server.turns import Turns

if TYPE_CHECKING:
    from server.routing.router import Router
    from server.service import Service

EVERY_SECONDS = 2.0
AT_ONCE = 200
"""Trials filled in one transaction."""

_read = msgspec.json.Decoder(Complaint)
TRIAL = tables.routing_trial


class Trials(Turns):
    """One thread that fills in empty trials; `run_once` is all it does."""

    def __init__(self, service: "Service") -> None:
        super().__init__("routing trials", EVERY_SECONDS, self.run_once, self._on_fault)
        self._service = service
        self._router: Router | None = None
        self._version = ""
        self._refused = ""

    def _on_fault(self, error: Exception) -> None:
        """A bug of the shadow ends with the shadow; a register that is busy is asked again."""
        self._service.journal.fault("routing_trials", error)
        if not isinstance(error, OperationalError):
            self._refused = self._version

    def run_once(self) -> int:
        """Fill in what waits, AT_ONCE at most; how many were."""
        with self._service.database.reading() as connection:
            waiting = _waiting(connection)
        if not waiting or not self._is_ready(waiting[0].version):
            return 0
        router = self._router
        assert router is not None
        with self._service.database.reading() as connection:
            operational = directory.settings_for(connection, COORDINATION).operational
        said = [_said(router, one.document, operational) for one in waiting]
        with self._service.database.transaction() as connection:
            for one, (administration, confidence) in zip(waiting, said, strict=True):
                _fill(connection, one, administration, confidence, self._service.clock())
        return len(waiting)

    def _is_ready(self, version: str) -> bool:
        """Whether the shadow's router is loaded; a version whose file was changed is told once and left."""
        from server.routing.keywords import BadRules
        from server.routing.model import BadModel

        if version == self._refused:
            return False
        if version != self._version:
            try:
                folder = self._service.config.data / FOLDER
                self._router, self._version = router_of(self._service.database, folder, version), version
            except (BadModel, BadRules) as error:
                self._service.journal.fault("routing_trials", error)
                self._refused = version
                return False
        return True


class _Waiting(msgspec.Struct, frozen=True):
    """One complaint the shadow has not routed yet."""

    complaint: str
    version: str
    document: Complaint


def _waiting(connection: Connection) -> list[_Waiting]:
    """Empty trials of the model that is the shadow now, the oldest first."""
    model, complaint = versions.TABLE, tables.complaint
    rows = connection.execute(
        select(TRIAL.c.complaint, TRIAL.c.model, complaint.c.document)
        .join(model, model.c.version == TRIAL.c.model)
        .join(complaint, complaint.c.id == TRIAL.c.complaint)
        .where(model.c.state == versions.State.SHADOW, TRIAL.c.administration == "")
        .order_by(TRIAL.c.at, TRIAL.c.complaint)
        .limit(AT_ONCE)
    )
    return [_Waiting(row.complaint, row.model, _read.decode(row.document)) for row in rows]


def _said(router: "Router", document: Complaint, operational: frozenset[str]) -> tuple[str, float]:
    """Where its content alone would send it: what the citizen named is nobody's merit."""
    routed = router.route(
        text=document.text,
        object=document.object,
        theme=document.theme,
        place=document.place,
        operational=operational,
    )
    return routed.routing.administration, routed.routing.confidence


def _fill(
    connection: Connection, one: _Waiting, administration: str, confidence: float, now: datetime
) -> None:
    connection.execute(
        update(TRIAL)
        .where(TRIAL.c.complaint == one.complaint, TRIAL.c.model == one.version)
        .values(administration=administration, confidence=confidence, at=now)
    )
