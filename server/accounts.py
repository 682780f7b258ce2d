"""Accounts of the staff: who they are, what they are granted, and their password's argon2id hash.

Whatever changes here is told to desktops through the register (colleagues) and to rules through settings
(staff).
"""

import functools
import threading
from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from secrets import token_bytes
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, select, update

from protocol.complaint import Language
from protocol.directory import Colleague, Profile
from protocol.settings import Actor, Grant
from server import directory, revocation, tables
from server.identifiers import uuid7

MIN_PASSWORD = 10


# Built once: these run at every request, and building a statement costs more than running it.
_ACCOUNT = select(tables.account).where(tables.account.c.id == bindparam("wanted"))
_GRANTS = select(tables.grant).where(tables.grant.c.account == bindparam("holder")).order_by(tables.grant.c.n)


class State(StrEnum):
    """A disabled account keeps its name in histories and can do nothing."""

    ACTIVE = "active"
    DISABLED = "disabled"


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed to open an account; `id` is made when left empty."""

    login: str
    name_fr: str
    name_ar: str
    grants: tuple[Grant, ...]
    language: str = Language.FRENCH
    main_administration: str = ""
    main_unit: str = ""
    id: str = ""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account as stored, without its password."""

    id: str
    login: str
    name_fr: str
    name_ar: str
    language: str
    state: str
    main_administration: str
    main_unit: str
    grants: tuple[Grant, ...]
    absent_from: date | None = None
    absent_until: date | None = None
    deputy: str = ""

    @property
    def actor(self) -> Actor:
        """The same person, as rules know them."""
        return Actor(id=self.id, grants=self.grants)

    @property
    def profile(self) -> Profile:
        """The same person, as their own desk knows them."""
        return Profile(
            id=self.id,
            login=self.login,
            name_fr=self.name_fr,
            name_ar=self.name_ar,
            language=self.language,
            grants=self.grants,
            main_administration=self.main_administration,
            main_unit=self.main_unit,
        )


class LoginTaken(ValueError):
    """Another account has this login."""


class NoSuchAccount(LookupError):
    """No account has this id or login."""


class TooBusy(Exception):
    """Too many passwords are being checked at this moment."""


class WeakPassword(ValueError):
    """Shorter than MIN_PASSWORD characters."""


def hash_password(password: str) -> str:
    """The argon2id hash to store (RFC 9106, low-memory parameters)."""
    return str(_hasher().hash(password))


def check_password(password: str) -> None:
    """Raises WeakPassword."""
    if len(password) < MIN_PASSWORD:
        raise WeakPassword(str(MIN_PASSWORD))


@functools.cache
def _hasher():  # type: ignore[no-untyped-def]
    from argon2 import PasswordHasher

    return PasswordHasher()


@functools.cache
def _nobody() -> str:
    """A hash that no password opens: checking it takes the time a real one takes."""
    return hash_password(token_bytes(32).hex())


# Each check takes 64 MiB and a core: two at a time, so that a flood of sign-ins cannot exhaust the machine.
_checks = threading.BoundedSemaphore(2)
# Who waits for his turn holds a thread: beyond this many, come back later, and desks go on syncing.
_waiting_room = threading.BoundedSemaphore(20)


def stored_hash(connection: Connection, login: str) -> str:
    """The password hash of an active account; that of nobody for any other login."""
    table = tables.account
    query = select(table.c.password_hash).where(
        table.c.login == _login(login), table.c.state == State.ACTIVE.value
    )
    return connection.execute(query).scalar_one_or_none() or _nobody()


def opens(password: str, stored: str) -> bool:
    """Whether `password` is the one of this hash; takes the same time for the hash of nobody.

    Raises TooBusy.
    """
    from argon2.exceptions import InvalidHashError, VerificationError

    if not _waiting_room.acquire(blocking=False):
        raise TooBusy
    try:
        with _checks:
            return bool(_hasher().verify(stored, password))
    except (VerificationError, InvalidHashError):
        return False
    finally:
        _waiting_room.release()


def add(
    connection: Connection,
    new: NewAccount,
    *,
    password_hash: str,
    now: datetime,
    entropy: Callable[[int], bytes] = token_bytes,
) -> Account:
    """Open an account; raises LoginTaken. `password_hash` comes from `hash_password`."""
    directory.write_alone(connection)
    table = tables.account
    login = _login(new.login)
    if connection.execute(select(table.c.id).where(table.c.login == login)).first() is not None:
        raise LoginTaken(login)
    account = new.id or uuid7(now, entropy)
    first = new.grants[0] if new.grants else None
    connection.execute(
        insert(table).values(
            id=account,
            login=login,
            name_fr=new.name_fr,
            name_ar=new.name_ar,
            language=new.language,
            password_hash=password_hash,
            state=State.ACTIVE.value,
            main_administration=new.main_administration or (first.administration if first else ""),
            main_unit=new.main_unit or (first.unit if first else ""),
            deputy="",
            created_at=now,
        )
    )
    _write_grants(connection, account, new.grants)
    _publish(connection, account, ())
    return get(connection, account)


def set_grants(connection: Connection, account: str, grants: tuple[Grant, ...]) -> None:
    """Replace what an account may do; raises NoSuchAccount."""
    _hold(connection, account)
    before = get(connection, account).grants
    connection.execute(delete(tables.grant).where(tables.grant.c.account == account))
    _write_grants(connection, account, grants)
    _publish(connection, account, before)


def set_password(connection: Connection, account: str, password_hash: str) -> None:
    """Change the password and end every session of the account."""
    table = tables.account
    connection.execute(update(table).where(table.c.id == account).values(password_hash=password_hash))
    connection.execute(delete(tables.token).where(tables.token.c.account == account))


def set_absence(
    connection: Connection, account: str, *, starts: date | None, ends: date | None, deputy: str = ""
) -> None:
    """Record an absence (civil dates, both ends included) and who stands in; None ends it."""
    table = tables.account
    values = {"absent_from": starts, "absent_until": ends, "deputy": deputy}
    connection.execute(update(table).where(table.c.id == account).values(**values))
    _publish(connection, account, ())


def disable(connection: Connection, account: str) -> None:
    """Close an account at once, and its files on every PC at their next contact; its name stays in histories.

    Its tokens are kept, and refused: by them the server knows which PC to tell.
    """
    _hold(connection, account)
    before = get(connection, account)
    table = tables.account
    connection.execute(update(table).where(table.c.id == account).values(state=State.DISABLED.value))
    revocation.stamp(connection)
    _publish(connection, account, before.grants)


def get(connection: Connection, account: str) -> Account:
    """The account with this id; raises NoSuchAccount."""
    return _one(connection, _ACCOUNT, account)


def get_held(connection: Connection, account: str) -> Account:
    """`get`, and nobody changes what the account may do before this transaction ends (PROTOCOL P19)."""
    return _one(connection, _ACCOUNT.with_for_update(read=True), account)


def _one(connection: Connection, query: Select[Any], account: str) -> Account:
    row = connection.execute(query, {"wanted": account}).one_or_none()
    if row is None:
        raise NoSuchAccount(account)
    return _account(row, _grants(connection, account))


def _hold(connection: Connection, account: str) -> None:
    """Wait for the acts being accepted on the word of this account, and let no other begin."""
    table = tables.account
    connection.execute(select(table.c.id).where(table.c.id == account).with_for_update())
    directory.write_alone(connection)


def by_login(connection: Connection, login: str) -> Account:
    """The account with this login, whatever its case; raises NoSuchAccount."""
    query = select(tables.account).where(tables.account.c.login == _login(login))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NoSuchAccount(login)
    return _account(row, _grants(connection, row.id))


def every(connection: Connection) -> tuple[Account, ...]:
    """All accounts, by login."""
    rows = connection.execute(select(tables.account).order_by(tables.account.c.login)).all()
    return tuple(_account(row, _grants(connection, row.id)) for row in rows)


def _login(login: str) -> str:
    return login.strip().casefold()[:100]


def _grants(connection: Connection, account: str) -> tuple[Grant, ...]:
    rows = connection.execute(_GRANTS, {"holder": account})
    return tuple(
        Grant(
            role=row.role,
            administration=row.administration,
            unit=row.unit,
            starts=row.starts,
            ends=row.ends,
        )
        for row in rows
    )


def _write_grants(connection: Connection, account: str, grants: tuple[Grant, ...]) -> None:
    rows = [{"account": account, "n": n, **msgspec.structs.asdict(g)} for n, g in enumerate(grants)]
    if rows:
        connection.execute(insert(tables.grant), rows)


def _account(row: Row[Any], grants: tuple[Grant, ...]) -> Account:
    return Account(
        id=row.id,
        login=row.login,
        name_fr=row.name_fr,
        name_ar=row.name_ar,
        language=row.language,
        state=row.state,
        main_administration=row.main_administration,
        main_unit=row.main_unit,
        grants=grants,
        absent_from=row.absent_from,
        absent_until=row.absent_until,
        deputy=row.deputy,
    )


def _publish(connection: Connection, account: str, before: tuple[Grant, ...]) -> None:
    """Tell desktops and rule books about the person, in every administration concerned."""
    one = get(connection, account)
    colleague = Colleague(
        id=one.id,
        name_fr=one.name_fr,
        name_ar=one.name_ar,
        grants=one.grants,
        absent_from=one.absent_from,
        absent_until=one.absent_until,
        deputy=one.deputy,
    )
    directory.put_colleague(connection, colleague)
    concerned = {grant.administration for grant in (*one.grants, *before) if grant.administration}
    directory.refresh_settings(connection, sorted(concerned))
