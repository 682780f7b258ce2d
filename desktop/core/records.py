"""Frozen records that the desk gives to its windows."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from desktop.models.records import Draft, Waiting
from protocol.complaint import Complaint
from protocol.directory import Administration
from protocol.rules import Refusal


@dataclass(frozen=True, slots=True)
class QueueCount:
    """A queue of the rail: `code` is translated as "queue.<code>", `group` as "group.<group>"."""

    code: str
    group: Literal["mine", "unit", "coordination"]
    count: int


@dataclass(frozen=True, slots=True)
class Case:
    """An opened complaint: the folded document and what this person may do with it now.

    `may` maps an act's kind to None when it is allowed, else to the refusal that says why not.
    """

    document: Complaint
    confirmed_ver: int
    waiting: tuple[Waiting, ...]
    drafts: dict[str, Draft]
    may: dict[str, Refusal | None]
    today: date
    days_left: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An administration that may be competent, with the routing's confidence 0..1 and deciding words."""

    administration: Administration
    confidence: float
    words: tuple[str, ...] = ()


State = Literal["online", "offline", "connecting", "sending", "sign_in", "update", "fault"]


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """What the connection pill and the status line say; times are aware UTC.

    `code` names a fault for `errors.<code>`; `skew_ms` is this PC's clock minus the server's. `next_try` is
    when the desk tries again by itself, `until` the moment that the server asked us to wait for (maintenance,
    too many requests). `received` counts the documents of the exchange under way.
    """

    state: State
    waiting: int = 0
    sent: int = 0
    oldest_waiting: datetime | None = None
    last_sync: datetime | None = None
    since: datetime | None = None
    stored: int = 0
    skew_ms: int = 0
    code: str = ""
    next_try: datetime | None = None
    until: datetime | None = None
    received: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """What changed, told to listeners from any thread: open screens refresh what concerns them."""

    complaints: frozenset[str] = field(default_factory=frozenset)
    queues: bool = False
    reference: bool = False
    connection: bool = False
    returned: bool = False
