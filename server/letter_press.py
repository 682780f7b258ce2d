"""Makes the files of record: renders frozen letters outside any transaction, then records each by an act.

Stopped anywhere and begun again it ends the same: the bytes follow from the frozen words, the file from its
bytes, and the act's id from the act that made the answer ready.
"""

import threading
import time
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from letters.letter import Incomplete, render
from protocol.acts import Asked, RecordLetter
from protocol.complaint import Attachment
from protocol.settings import SYSTEM
from server import act_log, blobs, complaints, letters
from server.letters import Frozen

if TYPE_CHECKING:
    from server.service import Service

BATCH = 8
"""Letters taken up before the newest are looked for again."""

FRESH = timedelta(minutes=30)
REST = 4.0
"""Nobody waits for an old letter: after a batch of them the press rests this many times its working time."""

LOOK_SECONDS = 5.0
"""How often another process's letters are looked for; this process's own wake the press at once."""

PDF = "application/pdf"

FAULT = "fault"
"""Reason of a letter that this build cannot draw; the log tells where it failed."""
_ACTS = uuid.UUID("6c1f3a52-6f0c-5d3e-9f2a-9d1f5b2f8a11")


class LetterPress:
    """One thread; `press` is all it does."""

    def __init__(self, service: "Service") -> None:
        self._service = service
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="letters", daemon=True)

    def start(self) -> None:
        """Begin, and look again after every commit of this process."""
        self._service.database.after_commit.append(self._wake.set)
        self._thread.start()

    def close(self) -> None:
        """Stop after the letter under way."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            began = time.monotonic()
            try:
                done = press(self._service, self._stop)
            # The loop's edge: whatever went wrong, the letters of tomorrow still have to be made.
            except Exception as error:
                self._service.journal.fault("letters", error)
                done = ()
            if not done:
                self._wake.wait(LOOK_SECONDS)
            elif self._service.clock() - done[0].at > FRESH:
                self._stop.wait((time.monotonic() - began) * REST)


def press(service: "Service", stop: threading.Event | None = None) -> tuple[Frozen, ...]:
    """Make the files of the newest waiting letters; gives those it has dealt with, none when none waits."""
    with service.database.reading() as connection:
        found = letters.waiting(connection, BATCH)
    for done, frozen in enumerate(found):
        if stop is not None and stop.is_set():
            return found[:done]
        file, now = _printed(service, frozen), service.clock()
        # One letter a transaction: it holds one complaint and one stream, in nobody's way.
        with service.database.transaction() as connection:
            if letters.still_waits(connection, frozen):
                _settle(service, connection, frozen, file, now)
    return found


def _printed(service: "Service", frozen: Frozen) -> Attachment | Incomplete:
    """The letter's file, in its place on the disk; or what keeps it from being made."""
    try:
        data = render(frozen.letter)
    except Incomplete as incomplete:
        return incomplete
    # What cannot be drawn would be tried for ever, before all that is older: it is put aside and named.
    except Exception as error:
        service.journal.fault("letter", error)
        return Incomplete((FAULT,))
    sha256 = blobs.lay_down(service.config, data)
    return Attachment(sha256=sha256, name=f"{frozen.number}.pdf", mime=PDF, size=len(data))


def _settle(
    service: "Service", connection: Connection, frozen: Frozen, file: Attachment | Incomplete, now: datetime
) -> None:
    if isinstance(file, Incomplete):
        letters.refuse(connection, frozen.act, " ".join(file.names))
        service.journal.note("letter_refused", act=frozen.act, fields=" ".join(file.names))
        return
    blobs.enter(connection, file.sha256, file.size, file.mime, now)
    asked = Asked(
        id=str(uuid.uuid5(_ACTS, frozen.act)),
        complaint=frozen.complaint,
        seen=0,
        at=now,
        act=RecordLetter(act=frozen.act, number=frozen.number, file=file),
    )
    result = complaints.execute(connection, asked, SYSTEM, "", now, entropy=service.entropy)
    if result.status == act_log.APPLIED:
        letters.settle(connection, frozen.act, file.sha256, now)
    else:
        letters.refuse(connection, frozen.act, result.code)
