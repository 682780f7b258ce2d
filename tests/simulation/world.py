"""A server, three desks and all that can happen to them, step by step; after each step, what must be true."""

import base64
import hashlib
import random
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from desktop.models import cache
from desktop.models.errors import StoreError, TooLateToRecall
from protocol.acts import Act, Asked, Note
from sync.errors import SyncError
from sync.outcome import Outcome
from tests.simulation.chance import Chance, identifier
from tests.simulation.deeds import act_of
from tests.simulation.desk import Desk
from tests.simulation.looking import DeskAudit, place_of
from tests.simulation.ministry import Ministry
from tests.simulation.network import Late
from tests.simulation.register import RegisterAudit, holds
from tests.simulation.scene import Scene
from tests.simulation.steps import DESKS, Step

ROUNDS = 30
"""Exchanges that a desk may need until it is in step, when nothing goes wrong (P9)."""

REQUESTS = 300
"""Requests that all desks may need for that."""

OF_A_DESK = frozenset(
    {"type", "burst", "attach", "sync", "recall", "draft", "restart", "lose", "future", "clock"}
)
"""Steps that can change the files of one desk; no other step can change any."""

CLOCKS: dict[str, datetime | timedelta] = {
    "1970": datetime(1970, 1, 2, tzinfo=UTC),
    "2100": datetime(2100, 1, 1, tzinfo=UTC),
    "day": timedelta(days=1),
    "-day": timedelta(days=-1),
    "minute": timedelta(minutes=-1),
    "true": timedelta(),
}


class World:
    """`template` holds a register and a profile to be copied; `folder` is this world's own."""

    def __init__(
        self,
        template: Path,
        folder: Path,
        *,
        desk_class: type[Desk] = Desk,
        ministry_class: type[Ministry] = Ministry,
    ) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(template / "register", folder / "register")
        self.folder = folder
        self.late = Late()
        self.trace: list[str] = []
        self.acts = 0
        self.ministry = ministry_class(folder / "register", Chance("server"))
        self.register = RegisterAudit(self.ministry)
        self.ministry.opened = self.register.opened
        self.register.opened(self.ministry.service)
        self.desks: list[Desk] = []
        for number in range(DESKS):
            shutil.copytree(template / "desk", folder / f"desk{number}")
            self.desks.append(desk_class(number, folder / f"desk{number}", self.ministry))
        self.audits = [DeskAudit(desk, self.register) for desk in self.desks]
        for desk, audit in zip(self.desks, self.audits, strict=True):
            desk.line.late = self.late
            desk.line.heard_badly = audit.heard_badly
            desk.line.asked = self.register.check

    def close(self) -> None:
        """Remove everything."""
        for desk in self.desks:
            desk.close()
        self.ministry.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def faults(self) -> Counter[str]:
        """What happened, by kind."""
        met = sum((desk.line.met for desk in self.desks), Counter())
        met.pop("fine", None)
        return met + sum((desk.struck for desk in self.desks), Counter())

    # --- steps

    def run(self, steps: Sequence[Step]) -> None:
        """All steps, then peace; raises Violated."""
        for step in steps:
            self.take(step)
        self.settle_down()

    def take(self, step: Step) -> None:
        """One step, and what must be true after it."""
        self.ministry.tick()
        self.late.age()
        told = getattr(self, f"_{step.what}")(step)
        touched = [step.number(0) % DESKS] if step.what in OF_A_DESK else range(0)
        self._check(step, told, touched)

    def _check(self, step: Step | str, told: object, touched: Iterable[int]) -> None:
        self.register.check()
        for number in touched:
            self.audits[number].check()
        states = "/".join(
            ",".join(f"{id_[:8]}{state[:2]}{ver}" for id_, (state, ver) in sorted(audit.seen.states.items()))
            + "|"
            + ",".join(f"{id_[:8]}{ver}" for id_, (ver, _) in sorted(audit.seen.bases.items()))
            for audit in self.audits
        )
        self.trace.append(f"{step} -> {told} {states}")

    def digest(self) -> str:
        """The same for the same steps, whatever else differs between two runs."""
        kept = sorted(self.register.image().items())
        whole = "\n".join((*self.trace, *(f"{id_} {one.raw!r}" for id_, one in kept)))
        return hashlib.sha256(whole.encode()).hexdigest()

    def _desk(self, step: Step) -> Desk:
        return self.desks[step.number(0) % DESKS]

    def _file(self, step: Step) -> None:
        self.ministry.file(step.n, step.number(0))

    def _citizen(self, step: Step) -> None:
        self.ministry.citizen_writes(step.n, step.number(0))

    def _official(self, step: Step) -> None:
        self.ministry.official_acts(step.n, step.number(0), step.number(1))

    # --- a person types

    def _type(self, step: Step) -> str:
        desk, how = self._desk(step), step.text(3)
        later = desk.now() + timedelta(seconds=10) if how == "later" else None
        asked = self._asked(desk, step, kind=step.number(2), sensible=how != "force")
        with desk.trouble(*step.trouble(4)):
            return desk.record(asked, later) if asked else "nothing to do"
        return "cut"

    def _burst(self, step: Step) -> str:
        """Several acts in a row; the last one may be held back to be thought over."""
        desk, told, many = self._desk(step), [], step.number(3, 2)
        for more in range(many):
            asked = self._asked(desk, step, kind=step.number(2) + more, sensible=True, more=more)
            later = step.text(4) and more == many - 1
            if asked is not None:
                told.append(desk.record(asked, desk.now() + timedelta(seconds=10) if later else None))
        return "+".join(told)

    def _attach(self, step: Step) -> str:
        desk = self._desk(step)
        content = b"%PDF-1.4\n" + random.Random(step.n).randbytes(step.number(2, 60)) + b"\n%%EOF"
        with desk.trouble(*step.trouble(3)):
            try:
                file = desk.attach(content)
            except StoreError as error:
                return error.code
            asked = self._asked(desk, step, act=Note(text=f"plan {step.n}", attachments=(file,)))
            if asked is None:
                return "nothing to do"
            told = desk.record(asked)
            return f"{told} {self._told(self._exchange(desk, step.fates(4)))}" if step.text(4) else told
        return "cut"

    def _asked(
        self,
        desk: Desk,
        step: Step,
        *,
        kind: int = 0,
        sensible: bool = True,
        more: int = 0,
        act: Act | None = None,
    ) -> Asked | None:
        audit = self.audits[desk.number]
        seen = audit.look()
        ids = sorted(seen.bases)
        if not ids:
            return None
        id_ = ids[step.number(1) % len(ids)]
        if act is None:
            view = audit.view(seen, id_)
            scene = Scene(view, desk.user, ids[step.n % len(ids)], self.ministry.now, step.n)
            book = desk.store.directory.settings(view.administration)
            act = act_of(kind, scene, desk.store.actor, book, sensible=sensible)
        self.acts += 1
        name = identifier("act", step.n, more)
        return Asked(id=name, complaint=id_, seen=seen.bases[id_][0], at=desk.now(), act=act)

    def _recall(self, step: Step) -> str:
        desk = self._desk(step)
        queued = [
            id_ for id_, (state, _) in self.audits[desk.number].seen.states.items() if state == "queued"
        ]
        if not queued:
            return ""
        act = sorted(queued)[step.number(1) % len(queued)]
        try:
            desk.store.recall(act)
        except TooLateToRecall:
            return "too late"
        desk.recalled.add(act)
        return "recalled"

    def _draft(self, step: Step) -> None:
        desk = self._desk(step)
        ids = sorted(self.audits[desk.number].seen.bases)
        if ids:
            desk.write_draft(ids[step.number(1) % len(ids)], f"مسودة {step.n}")

    # --- machines

    def _sync(self, step: Step) -> str:
        desk = self._desk(step)
        told = "cut"
        with desk.trouble(*step.trouble(2)):
            told = self._told(self._exchange(desk, step.fates(1)))
        self.audits[desk.number].forget_bad()
        return told

    def _exchange(self, desk: Desk, fates: list[str]) -> Outcome | SyncError | StoreError:
        came = desk.exchange(fates)
        self.audits[desk.number].exchanged()
        return came

    @staticmethod
    def _told(came: Outcome | Exception) -> str:
        if isinstance(came, Exception):
            return type(came).__name__
        return f"{came.sent}s{came.applied}a{came.rejected}r{came.documents}d{came.requeued}q{came.more:d}"

    def _restart(self, step: Step) -> None:
        self._desk(step).restart()

    def _lose(self, step: Step) -> None:
        self._desk(step).lose_cache()

    def _clock(self, step: Step) -> None:
        to = CLOCKS[step.text(1)]
        self._desk(step).skew = to if isinstance(to, timedelta) else to - self.ministry.now

    def _future(self, step: Step) -> None:
        """The desk's cursor is of a time the server has not seen."""
        store = self._desk(step).store
        with store.cache.reading() as connection:
            position = cache.position(connection)
        place = place_of(position.cursor)
        ahead = msgspec.structs.replace(place, q={name: seq + 1_000 for name, seq in place.q.items()})
        cursor = base64.urlsafe_b64encode(msgspec.json.encode(ahead)).decode().rstrip("=")
        there = msgspec.structs.replace(position, cursor=cursor)
        if place.e and position.snap_done:
            store.cache.write(lambda connection: cache.move(connection, there))
            self.audits[step.number(0) % DESKS].lie = cursor

    def _revoke(self, step: Step) -> None:
        device = self._desk(step).device
        self.ministry.revoke(device)
        self.register.revoked(device)

    def _backup(self, _: Step) -> None:
        self.ministry.keep_backup()

    def _restore(self, _: Step) -> None:
        self.ministry.put_back()
        self.register.went_back()

    def _empty(self, _: Step) -> None:
        self.ministry.put_back(self.ministry.first_folder)
        self.register.went_back()

    def _bounce(self, _: Step) -> None:
        self.ministry.bounce()

    def _grants(self, step: Step) -> None:
        self.ministry.set_grants(step.number(0), step.number(1))

    def _chain(self, step: Step) -> None:
        self.ministry.set_chain(step.number(0), step.number(1))

    def _archive(self, _: Step) -> None:
        self.ministry.archive()

    def _pass(self, step: Step) -> None:
        self.ministry.tick(step.number(0))

    def _deliver(self, _: Step) -> None:
        self.late.deliver()

    # --- peace

    def settle_down(self) -> None:
        """A fault-free exchange of all desks, then P3, P5, P6, P9 and P16."""
        self.late.deliver()
        before = sum(desk.line.requests for desk in self.desks)
        for _ in range(2):
            for desk in self.desks:
                self.ministry.tick(61)
                self._in_step(desk)
            self._check("peace", "", range(DESKS))
        spent = sum(desk.line.requests for desk in self.desks) - before
        holds(spent < REQUESTS, "P9 bounded", spent)
        for audit in self.audits:
            audit.check_converged()
        self.register.check_files()

    def _in_step(self, desk: Desk) -> None:
        for _ in range(ROUNDS):
            came = desk.exchange([])
            if isinstance(came, Outcome) and not came.more and not came.held:
                return
        holds(isinstance(came, Outcome) and not came.more, "P9 no end", (desk.number, came))
