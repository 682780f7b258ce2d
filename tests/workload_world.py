"""Boards over a cache in memory: random complaints of a small administration, and what each measure means in
plain Python, written apart from the SQL it is held against.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

import msgspec
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool
from sqlcipher3 import dbapi2

from desktop.core.handover import Office
from desktop.core.workload import Workload
from desktop.models import cache
from desktop.models.directory import Directory
from protocol.complaint import OPEN, Complaint, Event, EventKind, Status
from protocol.deadlines import civil_date
from protocol.directory import Colleague, Profile, Unit
from protocol.settings import Actor, Grant, Role
from protocol.wire import ReferenceLine
from tests.profiles import document, line

ADMINISTRATION = "ONEE"
NOW = datetime(2026, 6, 9, 23, 30, tzinfo=UTC)
TODAY = date(2026, 6, 10)  # half past midnight in Casablanca: a Wednesday
SINCE = date(2026, 6, 5)
UNITS = ("ONEE-RAB", "ONEE-SAL", "")
AGENTS = ("u-a", "u-b", "u-gone", "")
STATUSES = tuple(status for status in Status if status != Status.DRAFT)
SUPERVISOR = Profile(
    id="u-me",
    login="me",
    name_fr="Salma",
    name_ar="سلمى",
    language="fr",
    grants=(Grant(role=Role.SUPERVISOR, administration=ADMINISTRATION),),
    main_administration=ADMINISTRATION,
)


class MemoryFile:
    """A file of the desk in memory, without a key and without threads."""

    def __init__(self) -> None:
        self._engine = create_engine(
            "sqlite://", module=dbapi2, creator=lambda: dbapi2.connect(":memory:"), poolclass=StaticPool
        )
        with self._engine.begin() as connection:
            cache.create(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            yield connection

    def write(self, job: Callable[[Connection], object]) -> object:
        with self._engine.begin() as connection:
            return job(connection)

    def close(self) -> None:
        self._engine.dispose()


class MemoryStore:
    """The part of a store that boards are read from."""

    def __init__(self) -> None:
        self.cache = MemoryFile()
        self.directory = Directory(self.cache)
        self.write_cache = self.cache.write

    def fill(self, documents: list[Complaint]) -> None:
        """These documents and no others."""

        def replace(connection: Connection) -> None:
            for table in ("complaint", "document", "to_index"):
                connection.exec_driver_sql(f"delete from {table}")
            cache.store(connection, [line(one) for one in documents])

        self.cache.write(replace)

    def refer(self, *entries: Unit | Colleague) -> None:
        """These reference documents too."""
        lines = [
            ReferenceLine(
                kind="unit" if isinstance(one, Unit) else "colleague",
                id=one.code if isinstance(one, Unit) else one.id,
                ver=1,
                doc=msgspec.Raw(msgspec.json.encode(one)),
            )
            for one in entries
        ]
        self.cache.write(lambda connection: cache.refer(connection, lines))
        self.directory.forget()


def workload(store: MemoryStore, profile: Profile = SUPERVISOR, now: datetime = NOW) -> Workload:
    """The board of `profile`; nothing can be asked for."""
    office = Office(lambda: Actor(id=profile.id), lambda: now, lambda _: (), lambda _: ())
    return Workload(store, lambda: profile, lambda: now, synced=lambda: None, office=office)


def agent(id_: str, unit: str = "", **absence: object) -> Colleague:
    """Somebody who works here."""
    grant = Grant(role=Role.AGENT, administration=ADMINISTRATION, unit=unit)
    return Colleague(id=id_, name_fr=f"Nom {id_}", name_ar=f"اسم {id_}", grants=(grant,), **absence)


def various(count: int, seed: int) -> list[Complaint]:
    """Complaints of every kind, dates crowded around the borders of each measure."""
    draw = random.Random(seed)
    return [_one(f"c{n:04}", draw) for n in range(count)]


def _one(id_: str, draw: random.Random) -> Complaint:
    def near(*borders: int) -> date:
        return TODAY + timedelta(days=draw.choice(borders) + draw.choice((-1, 0, 0, 1)))

    hour = time(draw.choice((0, 11, 22, 23)), tzinfo=UTC)
    entered = datetime.combine(near(-1, -4, -5, -13, -14), hour)
    events = [Event(n=1, act=f"r{id_}", kind=EventKind.REGISTERED, at=entered, by="citizen")]
    if draw.random() < 0.3:
        events.append(_moved(id_, entered, draw))
    return document(
        id_,
        ver=len(events),
        status=draw.choice(STATUSES),
        administration=draw.choice((ADMINISTRATION,) * 6 + ("CNSS",)),
        unit=draw.choice(UNITS),
        unit_since=events[-1].at,
        assignee=draw.choice(AGENTS),
        received_on=near(-1, -13, -15, -30, -45, -60, -90),
        entered_at=entered,
        due=near(-1, 0, 4, 5, 15, 30),
        answered_on=near(-1, -13, -14, -30) if draw.random() < 0.4 else None,
        complement_limit=near(-3, 9) if draw.random() < 0.4 else None,
        elements_due=near(-3, 9) if draw.random() < 0.4 else None,
        hops=len(events) // 2 * draw.randrange(4),
        returns=draw.choice((0, 0, 2)),
        reopenings=draw.choice((0, 0, 1)),
        interim_sent=draw.random() < 0.3,
        events=events,
    )


def _moved(id_: str, entered: datetime, draw: random.Random) -> Event:
    return Event(
        n=2,
        act=f"t{id_}",
        kind=draw.choice((EventKind.TRANSFERRED, EventKind.ARBITRATED)),
        at=entered + timedelta(days=draw.choice((0, 2, 4)), hours=1),
        by="u-x",
        from_administration=draw.choice(("CN", ADMINISTRATION)),
        administration=ADMINISTRATION,
    )


def arrived(one: Complaint) -> date:
    """The day it came to this administration, as a clerk would say it."""
    for event in reversed(one.events):
        if event.kind in ("transferred", "arbitrated") and event.from_administration != one.administration:
            return civil_date(event.at)
    return civil_date(one.entered_at)


def age(one: Complaint) -> int:
    """Days since it was received."""
    return (TODAY - one.received_on).days


def left(one: Complaint) -> int:
    """Days until it is due."""
    return (one.due - TODAY).days


def over(limit: date | None) -> bool:
    """Whether there is a limit and it is behind us."""
    return limit is not None and limit < TODAY


_ELSEWHERE = {"awaiting_citizen", "awaiting_elements", "to_validate", "to_sign", "arbitration"}

OF_OPEN: dict[str, Callable[[Complaint], bool]] = {
    "open": lambda one: True,
    "new": lambda one: one.status in ("received", "assigned", "reopened"),
    "due_5": lambda one: 0 <= left(one) <= 5,
    "due_15": lambda one: 0 <= left(one) <= 15,
    "due_later": lambda one: left(one) > 15,
    "due_week": lambda one: 0 <= left(one) <= 4,  # until Sunday the 14th
    "overdue": lambda one: left(one) < 0,
    "waiting": lambda one: one.status in _ELSEWHERE,
    "unassigned": lambda one: not one.assignee,
    "returned": lambda one: one.returns > 0,
    "reopened": lambda one: one.reopenings > 0,
    "transferred": lambda one: one.hops > 0,
    "interim": lambda one: one.interim_sent,
    "late_without_interim": lambda one: left(one) < 0 and not one.interim_sent,
    "age_0_15": lambda one: age(one) <= 15,
    "age_16_30": lambda one: 16 <= age(one) <= 30,
    "age_31_45": lambda one: 31 <= age(one) <= 45,
    "age_46_60": lambda one: 46 <= age(one) <= 60,
    "age_over_60": lambda one: age(one) > 60,
    "expired_complements": lambda one: one.status == "awaiting_citizen" and over(one.complement_limit),
    "silent_elements": lambda one: one.status == "awaiting_elements" and over(one.elements_due),
}
OF_ALL: dict[str, Callable[[Complaint], bool]] = {
    "arrived": lambda one: 0 <= (TODAY - arrived(one)).days <= 13,
    "arrived_since": lambda one: SINCE <= arrived(one) <= TODAY,
    "answered": lambda one: one.answered_on is not None and 0 <= (TODAY - one.answered_on).days <= 13,
}


def meant(measure: str, documents: list[Complaint]) -> list[Complaint]:
    """The complaints that a measure names, by its meaning."""
    here = [one for one in documents if one.administration == ADMINISTRATION]
    if measure in OF_ALL:
        return [one for one in here if OF_ALL[measure](one)]
    return [one for one in here if one.status in OPEN and OF_OPEN[measure](one)]


def giveable(desk, count: int) -> list[str]:
    """Complaints of the desk's unit that may be given to somebody."""
    taken = {Status.RECEIVED, Status.ASSIGNED, Status.IN_PROGRESS}
    rows = [line.row for line in desk.rows(desk.listing("unit").order)]
    chosen = [row.id for row in rows if row.status in taken and row.unit == desk.profile.main_unit]
    assert len(chosen) >= count
    return chosen[:count]
