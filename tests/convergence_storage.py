"""The two storages of a convergence world: the memory twin, and the real encrypted files."""

import os
import tempfile
from pathlib import Path
from typing import Protocol

from desktop.models import outbox
from desktop.models.queue_sql import LISTED, listed_row
from desktop.models.replica import StoreReplica
from desktop.models.store import Store
from protocol.acts import Act, Asked
from protocol.projection import Row
from protocol.settings import Actor, Grant, Role, Settings, Staff
from sync.replica import Replica
from tests.memory_replica import MemoryReplica, PowerCut

BOTH = tuple(
    Grant(role=role, administration=administration)
    for role in (Role.AGENT, Role.SUPERVISOR)
    for administration in ("AA", "BB")
)
ONE = tuple(grant for grant in BOTH if grant.administration == "AA")
USERS = {"u-one": Actor(id="u-one", grants=ONE), "u-two": Actor(id="u-two", grants=BOTH)}
SETTINGS = Settings(
    operational=frozenset({"AA", "BB"}),
    staff={id_: Staff(id=id_, grants=actor.grants) for id_, actor in USERS.items()},
)
KINDS = 7


class Storage(Protocol):
    """What a desk of this world can be asked, whatever it stores in."""

    replica: Replica

    def record(self, asked: Asked) -> Asked: ...
    def restart(self) -> None: ...
    def drop_cache(self) -> None: ...
    def arm(self, point: str) -> None: ...
    def bases(self) -> dict[str, bytes]: ...
    def rows(self) -> dict[str, Row]: ...
    def states(self) -> dict[str, tuple[str, int]]: ...
    def tray(self) -> dict[str, Act]: ...
    def close(self) -> None: ...


class MemoryStorage:
    """The twin."""

    twin = MemoryReplica

    def __init__(self, actor: Actor) -> None:
        self.replica = self.twin(actor, SETTINGS)
        self.record = self.replica.record
        self.restart = self.replica.restart
        self.drop_cache = self.replica.drop_cache

    def arm(self, point: str) -> None:
        self.replica.cut_at = point

    def bases(self) -> dict[str, bytes]:
        return {id_: base.raw for id_, base in self.replica.bases.items()}

    def rows(self) -> dict[str, Row]:
        return dict(self.replica.views)

    def states(self) -> dict[str, tuple[str, int]]:
        return {id_: (kept.state, kept.ver) for id_, kept in self.replica.outbox.items()}

    def tray(self) -> dict[str, Act]:
        return {id_: act for id_, (act, _) in self.replica.tray.items()}

    def close(self) -> None:
        """Nothing to close."""


class CutStore(Store):
    """The real store, whose power goes before its next write to the cache when `cut` is set."""

    cut = False

    def write_cache(self, job):  # type: ignore[no-untyped-def]
        if self.cut:
            self.cut = False
            raise PowerCut
        return super().write_cache(job)


class RealStorage:
    """The real files, in a folder of their own."""

    def __init__(self, actor: Actor) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._key = os.urandom(32)
        self._actor = actor
        self._open()

    def _open(self) -> None:
        self.store = CutStore.open(Path(self._folder.name), self._key, actor=self._actor)
        # The rule book comes with the reference stream; this world's server has none.
        self.store.directory._books.update({"AA": SETTINGS, "BB": SETTINGS})
        self.store.mend()
        self.replica = StoreReplica(self.store)

    def record(self, asked: Asked) -> Asked:
        return self.store.record(asked)

    def restart(self) -> None:
        self.store.close()
        self._open()

    def drop_cache(self) -> None:
        self.store.close()
        (Path(self._folder.name) / "cache.db").unlink()
        self._open()

    def arm(self, point: str) -> None:
        self.store.cut = bool(point)

    def bases(self) -> dict[str, bytes]:
        with self.store.cache.reading() as connection:
            rows = connection.exec_driver_sql(
                "select c.id, d.base from complaint c join document d using (n)"
            )
            return {row[0]: row[1] for row in rows}

    def rows(self) -> dict[str, Row]:
        with self.store.cache.reading() as connection:
            rows = connection.exec_driver_sql(f"select {LISTED} from complaint").all()
        return {row[1]: listed_row(tuple(row)).row for row in rows}

    def states(self) -> dict[str, tuple[str, int]]:
        with self.store.work.reading() as connection:
            rows = connection.exec_driver_sql("select id, coalesce(acked_ver, 0) from outbox")
            vers = {row[0]: row[1] for row in rows}
            return {id_: (state, vers[id_]) for id_, state in outbox.states(connection).items()}

    def tray(self) -> dict[str, Act]:
        return {act.id: act.act for act in self.store.returned()}

    def close(self) -> None:
        self.store.close()
        self._folder.cleanup()
