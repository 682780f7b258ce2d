"""The register of administrations, units, people and themes, and each administration's rule book.

Everything here is a small reference document of stream 0; `settings_for` gives rules the very bytes that
desktops receive, so that prediction and decision read the same book.
"""

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from protocol.complaint import Document
from protocol.directory import Administration, AnswerTemplate, Colleague, Theme, Unit
from protocol.settings import Onboarding, Settings, Staff
from server import streams, tables
from server.database import insert_if_absent
from server.tables import REFERENCE_STREAM

ADMINISTRATION = "administration"
UNIT = "unit"
COLLEAGUE = "colleague"
THEME = "theme"
SETTINGS = "settings"
TEMPLATE = "template"

FOLLOW_UP = "follow_up"
"""Key, in `meta`, of the address citizens are given."""

_SHAPES: dict[str, type[Administration] | type[Unit] | type[Colleague]] = {
    ADMINISTRATION: Administration,
    UNIT: Unit,
    COLLEAGUE: Colleague,
}

REGISTER = Path(__file__).parent.parent / "resources" / "register.json"

Shape = TypeVar("Shape", bound=msgspec.Struct)

# Built once: rules read their book at every act.
_STORED = select(tables.reference.c.doc).where(
    tables.reference.c.kind == bindparam("of"), tables.reference.c.id == bindparam("wanted")
)


class NoSuchEntry(LookupError):
    """The register has no entry of this kind with this code."""


class Register(msgspec.Struct, frozen=True, kw_only=True):
    """The shape of resources/register.json; entries it does not know are ignored."""

    administrations: tuple[Administration, ...]
    units: tuple[Unit, ...]
    themes: tuple[Theme, ...] = ()


def read_register(path: Path = REGISTER) -> Register:
    """The provisional register shipped with the program, or another file of the same shape."""
    return msgspec.json.decode(path.read_bytes(), type=Register)


def load_register(connection: Connection, register: Register) -> None:
    """Enter or update administrations, units and themes; what is already the same is left alone.

    The onboarding state of an administration already known is kept: it is changed by `set_state` only.
    """
    write_alone(connection)
    known = {entry.code: entry for entry in administrations(connection)}
    for entry in register.administrations:
        if entry.code in known:
            entry = msgspec.structs.replace(entry, onboarding=known[entry.code].onboarding)
        _put(connection, ADMINISTRATION, entry.code, entry)
    for unit in register.units:
        _put(connection, UNIT, unit.code, unit)
    for theme in register.themes:
        _put(connection, THEME, theme.code, theme)
    refresh_settings(connection, [entry.code for entry in administrations(connection)])


def set_state(connection: Connection, code: str, state: Onboarding) -> None:
    """Change how far an administration is on the platform; raises NoSuchEntry."""
    write_alone(connection)
    entry = administration(connection, code)
    _put(connection, ADMINISTRATION, code, msgspec.structs.replace(entry, onboarding=state))
    refresh_settings(connection, [other.code for other in administrations(connection)])


def write_alone(connection: Connection) -> None:
    """Wait for whoever else changes the register, before reading what is to be changed."""
    streams.hold(connection, REFERENCE_STREAM)


def administration(connection: Connection, code: str) -> Administration:
    """One administration; raises NoSuchEntry."""
    return _get(connection, ADMINISTRATION, code, Administration)


def entry(connection: Connection, kind: str, code: str) -> Administration | Unit | Colleague:
    """One administration, unit or colleague; raises NoSuchEntry."""
    return _get(connection, kind, code, _SHAPES[kind])


def announce(connection: Connection, address: str) -> None:
    """Tell every rule book where citizens follow their complaints, as letters and receipts print it."""
    row = {"key": FOLLOW_UP, "value": address}
    if _follow_up(connection) == address:
        return
    write_alone(connection)
    if not insert_if_absent(connection, tables.meta, row):
        connection.execute(update(tables.meta).where(tables.meta.c.key == FOLLOW_UP).values(value=address))
    refresh_settings(connection, [entry.code for entry in administrations(connection)])


def _follow_up(connection: Connection) -> str:
    query = select(tables.meta.c.value).where(tables.meta.c.key == FOLLOW_UP)
    return connection.execute(query).scalar_one_or_none() or ""


def administrations(connection: Connection) -> tuple[Administration, ...]:
    """All administrations, by code."""
    return _all(connection, ADMINISTRATION, Administration)


def units(connection: Connection, of: str = "") -> tuple[Unit, ...]:
    """All units by code, or those of one administration."""
    return tuple(u for u in _all(connection, UNIT, Unit) if not of or u.administration == of)


def themes(connection: Connection) -> tuple[Theme, ...]:
    """All themes, by code."""
    return _all(connection, THEME, Theme)


def colleagues(connection: Connection) -> tuple[Colleague, ...]:
    """Everybody on the staff, as others see them."""
    return _all(connection, COLLEAGUE, Colleague)


def put_template(connection: Connection, template: AnswerTemplate) -> None:
    """Enter or change a canned text."""
    write_alone(connection)
    _put(connection, TEMPLATE, template.id, template)


def put_colleague(connection: Connection, colleague: Colleague) -> None:
    """Enter or change what others see of a person; settings follow by `refresh_settings`."""
    write_alone(connection)
    _put(connection, COLLEAGUE, colleague.id, colleague)


def settings_for(connection: Connection, code: str) -> Settings:
    """The rule book of an administration; defaults when it has none yet."""
    stored = _stored(connection, SETTINGS, code)
    return Settings() if stored is None else _decoded_settings(stored)


def put_settings(connection: Connection, code: str, settings: Settings) -> None:
    """Change what an administration decides for itself (chain, windows, limits…)."""
    write_alone(connection)
    _put(connection, SETTINGS, code, settings)
    refresh_settings(connection, [code])


@functools.lru_cache(maxsize=512)
def _decoded_settings(stored: bytes) -> Settings:
    """Rules read settings at every act; the same bytes are the same settings."""
    return msgspec.json.decode(stored, type=Settings)


def refresh_settings(connection: Connection, codes: Iterable[str]) -> None:
    """Bring the directory part of these rule books up to date: operational bodies, units, staff."""
    write_alone(connection)
    operational = frozenset(
        entry.code for entry in administrations(connection) if entry.onboarding == Onboarding.OPERATIONAL
    )
    every_unit = {unit.code: unit.administration for unit in units(connection)}
    active, follow_up = _active_staff(connection), _follow_up(connection)
    for code in codes:
        staff = {one.id: one for one in active if any(g.administration == code for g in one.grants)}
        book = msgspec.structs.replace(
            settings_for(connection, code),
            operational=operational,
            units=every_unit,
            staff=staff,
            follow_up_url=follow_up,
        )
        _put(connection, SETTINGS, code, book)


def _active_staff(connection: Connection) -> tuple[Staff, ...]:
    """Everybody work can be given to: colleagues whose account is not disabled."""
    table = tables.account
    active = set(connection.execute(select(table.c.id).where(table.c.state == "active")).scalars())
    return tuple(
        Staff(id=one.id, grants=one.grants, absent_from=one.absent_from, absent_until=one.absent_until)
        for one in colleagues(connection)
        if one.id in active
    )


def _put(connection: Connection, kind: str, code: str, entry: Document | Settings) -> None:
    table = tables.reference
    key = (table.c.kind == kind) & (table.c.id == code)
    doc = msgspec.json.encode(entry, order="sorted")
    known = connection.execute(select(table.c.ver, table.c.doc).where(key)).one_or_none()
    if known is not None and known.doc == doc:
        return
    seq = streams.advance(connection, REFERENCE_STREAM)
    if known is None:
        connection.execute(insert(table).values(kind=kind, id=code, ver=1, doc=doc, seq=seq))
    else:
        connection.execute(update(table).where(key).values(ver=known.ver + 1, doc=doc, seq=seq))


def _stored(connection: Connection, kind: str, code: str) -> bytes | None:
    return connection.execute(_STORED, {"of": kind, "wanted": code}).scalar_one_or_none()


def _get(connection: Connection, kind: str, code: str, shape: type[Shape]) -> Shape:
    stored = _stored(connection, kind, code)
    if stored is None:
        raise NoSuchEntry(f"{kind} {code}")
    return msgspec.json.decode(stored, type=shape)


def _all(connection: Connection, kind: str, shape: type[Shape]) -> tuple[Shape, ...]:
    table = tables.reference
    rows = connection.execute(select(table.c.doc).where(table.c.kind == kind).order_by(table.c.id))
    return tuple(msgspec.json.decode(doc, type=shape) for doc in rows.scalars())
