"""The models a register knows, and which one decides: current, shadow, ready or retired.

What a version is never changes; what it is used for does, and a promotion carries who decided it and when.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from server import tables
from server.routing.facts import Facts

TABLE = tables.routing_model


class State(StrEnum):
    """What a version is used for."""

    CURRENT = "current"
    SHADOW = "shadow"
    READY = "ready"
    RETIRED = "retired"


class NoSuchVersion(LookupError):
    """No model of the register has this version."""


class InUse(ValueError):
    """The current model can be neither put beside itself nor retired: promote another one first."""


@dataclass(frozen=True, slots=True)
class Version:
    """One model as the register knows it; times are aware UTC, `promoted_by` is a user id, "system" or ""."""

    version: str
    state: State
    samples: int
    corrections: int
    facts: Facts
    made_at: datetime
    promoted_at: datetime | None
    promoted_by: str


def every(connection: Connection) -> tuple[Version, ...]:
    """All versions, the newest first."""
    rows = connection.execute(select(TABLE).order_by(TABLE.c.made_at.desc(), TABLE.c.version))
    return tuple(_version(row) for row in rows)


def get(connection: Connection, version: str) -> Version:
    """One version, by its name or an unambiguous beginning of it; raises NoSuchVersion."""
    named = TABLE.c.version.startswith(version, autoescape=True)
    rows = connection.execute(select(TABLE).where(named).limit(2)).all()
    if not version or len(rows) != 1:
        raise NoSuchVersion(version)
    return _version(rows[0])


def current(connection: Connection) -> Version | None:
    """The one that decides, if any yet."""
    return _in_state(connection, State.CURRENT)


def shadow(connection: Connection) -> Version | None:
    """The one on trial beside it, if any."""
    return _in_state(connection, State.SHADOW)


def _in_state(connection: Connection, state: State) -> Version | None:
    row = connection.execute(select(TABLE).where(TABLE.c.state == state)).one_or_none()
    return None if row is None else _version(row)


def enter(connection: Connection, made: Version) -> bool:
    """Enter a new version; False, and nothing changes, when it is known already."""
    if connection.execute(select(TABLE.c.version).where(TABLE.c.version == made.version)).first():
        return False
    if made.state in (State.CURRENT, State.SHADOW):
        _vacate(connection, made.state)
    connection.execute(
        insert(TABLE).values(
            version=made.version,
            state=made.state,
            samples=made.samples,
            corrections=made.corrections,
            figures=msgspec.json.encode(made.facts),
            made_at=made.made_at,
            promoted_at=made.promoted_at,
            promoted_by=made.promoted_by,
        )
    )
    return True


def promote(connection: Connection, version: str, *, by: str, now: datetime) -> None:
    """From now on this one decides, and the former retires; raises NoSuchVersion, InUse."""
    chosen = get(connection, version)
    if chosen.state == State.CURRENT:
        raise InUse(version)
    _vacate(connection, State.CURRENT)
    _change(connection, chosen.version, state=State.CURRENT, promoted_at=now, promoted_by=by)


def put_beside(connection: Connection, version: str) -> None:
    """Let this one route beside the current one, alone there; raises NoSuchVersion, InUse."""
    chosen = get(connection, version)
    if chosen.state == State.CURRENT:
        raise InUse(version)
    _vacate(connection, State.SHADOW)
    _change(connection, chosen.version, state=State.SHADOW)


def retire(connection: Connection, version: str) -> None:
    """Use this one no longer; its file and figures stay. Raises NoSuchVersion, InUse."""
    chosen = get(connection, version)
    if chosen.state == State.CURRENT:
        raise InUse(version)
    _change(connection, chosen.version, state=State.RETIRED)


def _vacate(connection: Connection, state: State) -> None:
    """Nobody is in `state` any more: a former current one retires, a former shadow is ready again."""
    after = State.RETIRED if state == State.CURRENT else State.READY
    connection.execute(update(TABLE).where(TABLE.c.state == state).values(state=after))


def _change(connection: Connection, version: str, **values: object) -> None:
    connection.execute(update(TABLE).where(TABLE.c.version == version).values(**values))


def _version(row: Row[Any]) -> Version:
    return Version(
        version=row.version,
        state=State(row.state),
        samples=row.samples,
        corrections=row.corrections,
        facts=msgspec.json.decode(row.figures, type=Facts),
        made_at=row.made_at,
        promoted_at=row.promoted_at,
        promoted_by=row.promoted_by,
    )
