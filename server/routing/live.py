"""The router of a running server: the model that the register calls current, changed when a person promotes
another one.

A current model whose file was changed is never loaded: the one already in memory goes on, and a server that
has none yet sends what nobody named to national coordination, where people decide.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from protocol.complaint import Place, Routing
from protocol.settings import COORDINATION
from server import tables
from server.database import Database
from server.intake import Relay, Relayed
from server.logs import Journal
from server.routing.versions import State

if TYPE_CHECKING:
    from server.routing.router import Router

FOLDER = "routing"
"""Name, inside the data folder, of the folder of models and rules."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """A decision without a model: the body named, else people."""

    routing: Routing
    administration: str
    unit: str = ""


class TriageOnly:
    """What relays when no model may be used: nothing is guessed."""

    def route(
        self, *, text: str, object: str, theme: str, place: Place, named: str, operational: frozenset[str]
    ) -> Relayed:
        """The body named when it is operational, else national coordination."""
        to = named if named in operational else COORDINATION
        return ByHand(Routing(model="", confidence=0.0, administration=named or COORDINATION), to)


class LiveRouter:
    """A relay that follows the register; safe to share between threads.

    `load` and `renew` read the register and are called outside any transaction; `route` reads nothing.
    """

    def __init__(
        self,
        register: Database,
        data: Path,
        journal: Journal,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._register = register
        self._routing = data / FOLDER
        self._journal = journal
        self._clock = clock
        self._turn = threading.Lock()
        self._version = ""
        self._refused = ""
        self._relay: Relay = TriageOnly()

    @property
    def version(self) -> str:
        """The version that decides now; "" when people do."""
        return self._version

    def load(self) -> "LiveRouter":
        """Make the first model if there is none, then load the current one; returns itself."""
        from server.routing.making import first

        first(self._register, self._routing, self._clock())
        self.renew()
        return self

    def renew(self) -> None:
        """Take over the current model when another one was promoted: one look at a small table."""
        table = tables.routing_model
        with self._register.reading() as connection:
            named = select(table.c.version).where(table.c.state == State.CURRENT)
            current = connection.execute(named).scalar_one_or_none()
        if current is None or current in (self._version, self._refused):
            return
        # One thread loads; the others go on with the model they have.
        if not self._turn.acquire(blocking=not self._version):
            return
        try:
            if current != self._version:
                self._take_over(current)
        finally:
            self._turn.release()

    def _take_over(self, version: str) -> None:
        from server.routing.keywords import BadRules
        from server.routing.model import BadModel

        try:
            self._relay = router_of(self._register, self._routing, version)
            self._version, self._refused = version, ""
            self._journal.note("routing_model", version=version)
        except (BadModel, BadRules) as error:
            # Told once a version: the person who promoted it must act, not the citizens who file.
            self._refused = version
            self._journal.fault("routing_model", error)

    def route(
        self, *, text: str, object: str, theme: str, place: Place, named: str, operational: frozenset[str]
    ) -> Relayed:
        """As the model in use says."""
        return self._relay.route(
            text=text, object=object, theme=theme, place=place, named=named, operational=operational
        )


def router_of(register: Database, routing: Path, version: str) -> "Router":
    """The router of one version, with the rules of `routing`; raises NoSuchVersion, BadModel, BadRules."""
    from server.routing import shelf, versions
    from server.routing.router import Router

    with register.reading() as connection:
        known = versions.get(connection, version)
    return Router.over(shelf.fetch(routing, known.version, known.facts.sha256), routing)


def installed(register: Database, data: Path, now: datetime) -> "Router":
    """The current router of a data folder, its first model made if there is none; raises as `router_of`."""
    from server.routing.making import first

    routing = data / FOLDER
    return router_of(register, routing, first(register, routing, now).version)
