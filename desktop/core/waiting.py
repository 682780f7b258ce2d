"""What is waiting and why: every unsent act with its reason, files on their way, how the connection stands.

Read for the sync panel while it is open. Nothing here moves anything; `cancel` alone stops a download.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from desktop.core.records import Change, ConnectionStatus
from desktop.models import queued
from desktop.models.records import Queued
from desktop.models.store import Store
from protocol.refusals import Held
from sync.blobs import Transfer


class Why(StrEnum):
    """Why an act is still here, the first that holds; translated as `sync.why.<code>`."""

    RECALLABLE = "recallable"
    OTHER_ACCOUNT = "other_account"
    CONNECTION = "connection"
    FILE = "file"
    BEHIND = "behind"
    HELD = "held"
    HELD_FILE = "held_file"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True)
class WaitingAct:
    """An act that the server has not settled; `number`, `object` of its complaint, "" when it is not here.

    `until` goes with RECALLABLE. `file` is the first file it waits for, "" for none, whatever the reason;
    `share` how much of that file is on the server (0..1), None when not known.
    """

    id: str
    complaint: str
    number: str
    object: str
    kind: str
    at: datetime
    tries: int
    why: Why
    until: datetime | None = None
    file: str = ""
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Moving:
    """A file on its way now; `size` 0 while nobody has said it."""

    sha256: str
    name: str
    done: int
    size: int
    up: bool


@dataclass(frozen=True, slots=True)
class WaitingNow:
    """Everything the panel tells, of one moment."""

    status: ConnectionStatus
    acts: tuple[WaitingAct, ...] = ()
    moving: tuple[Moving, ...] = ()
    returned: int = 0


class WaitingList:
    """Gives a WaitingNow; hears the transfers. Thread-safe. `status` and `cancel` are the desk's."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], datetime],
        status: Callable[[], ConnectionStatus],
        cancel: Callable[[str], None],
        publish: Callable[[Change], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._status = status
        self.cancel = cancel
        self._publish = publish
        self._lock = threading.Lock()
        self._moving: dict[tuple[str, bool], Moving] = {}
        self._reached: dict[str, float] = {}
        self._names: dict[str, str] = {}

    def now(self) -> WaitingNow:
        """What waits at this moment; raises StoreError."""
        status, now, user = self._status(), self._clock(), self._store.actor.id
        with self._store.work.reading() as connection:
            acts = queued.every(connection, now)
            names = queued.file_names(connection)
            returned = queued.returned(connection)
        with self._store.cache.reading() as connection:
            titles = queued.titles(connection, {act.complaint for act in acts})
        with self._lock:
            moving, reached, known = tuple(self._moving.values()), dict(self._reached), dict(self._names)
        return WaitingNow(
            status=status,
            acts=reasons(acts, titles, status, user=user, reached=reached),
            moving=tuple(
                replace(one, name=names.get(one.sha256, "") or known.get(one.sha256, "")) for one in moving
            ),
            returned=returned,
        )

    def name(self, sha256: str, name: str) -> None:
        """What a file that a person asked for is called."""
        with self._lock:
            self._names[sha256] = name

    def moved(self, transfer: Transfer) -> None:
        """Hear how far a file is, from the thread that moves it."""
        key = (transfer.sha256, transfer.up)
        with self._lock:
            if transfer.ended:
                known = self._moving.pop(key, None) is not None
            else:
                known = True
                self._moving[key] = Moving(transfer.sha256, "", transfer.done, transfer.size, transfer.up)
                if transfer.up and transfer.size:
                    self._reached[transfer.sha256] = transfer.done / transfer.size
        if known:
            self._publish(Change(connection=True))


def reasons(
    acts: tuple[Queued, ...],
    titles: dict[str, tuple[str, str]],
    status: ConnectionStatus,
    *,
    user: str,
    reached: dict[str, float],
) -> tuple[WaitingAct, ...]:
    """Each act with the first reason that holds; `reached` says how much of a file is on the server."""
    found: list[WaitingAct] = []
    stopped: set[str] = set()
    for act in acts:
        why = _why(act, status, user=user, behind=act.complaint in stopped)
        if why not in (Why.LEAVING, Why.CONNECTION):
            stopped.add(act.complaint)
        number, object_ = titles.get(act.complaint, ("", ""))
        file = act.files[0] if act.files else None
        found.append(
            WaitingAct(
                id=act.id,
                complaint=act.complaint,
                number=number,
                object=object_,
                kind=act.kind,
                at=act.at,
                tries=act.tries,
                why=why,
                until=act.recallable_until,
                file=file.name if file else "",
                share=reached.get(file.sha256) if file else None,
            )
        )
    return tuple(found)


def _why(act: Queued, status: ConnectionStatus, *, user: str, behind: bool) -> Why:
    if act.user != user:
        return Why.OTHER_ACCOUNT
    if status.state not in ("online", "sending"):
        return Why.CONNECTION  # said first: nothing leaves "in a second" while the server is away
    if act.recallable_until is not None:
        return Why.RECALLABLE
    if act.files:
        return Why.FILE
    if behind:
        return Why.BEHIND
    if act.held:
        return Why.HELD_FILE if act.held == Held.BLOB_MISSING else Why.HELD
    return Why.LEAVING
