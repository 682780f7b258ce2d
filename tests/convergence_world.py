"""Two desks, one server and a bad connection: what can happen, and what must be true after every step.

The same world runs over the memory twin and over the real stores; P-numbers are PROTOCOL §7's.
"""

import contextlib
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from protocol import acts, rules
from protocol.acts import Act, Asked
from protocol.complaint import Complaint, EventKind, Nature, Reply
from protocol.projection import columns, fold, read_document
from protocol.scope import grants_scope
from protocol.settings import Actor
from sync.engine import Engine
from sync.errors import SyncError
from sync.replica import Replica
from tests.convergence_storage import BOTH, KINDS, ONE, SETTINGS, USERS, MemoryStorage, Storage
from tests.faulty_wire import FaultyWire
from tests.memory_replica import PowerCut
from tests.model_server import ModelServer


class Desk:
    """A person at a desk: storage, connection, and what was typed."""

    def __init__(self, world: "World", user: str, storage: Storage) -> None:
        self.user = user
        self.storage = storage
        self.wire = world.wire_class(world.server, user, f"pc-{user}", world.fate)
        self.typed: dict[str, Asked] = {}
        self.requeued_from = ""

    @property
    def replica(self) -> Replica:
        return self.storage.replica


class World:
    """What can happen. Subclass attributes plant broken builds."""

    storage_class: type = MemoryStorage
    server_class: type[ModelServer] = ModelServer
    wire_class: type[FaultyWire] = FaultyWire
    engine_class: type[Engine] = Engine

    def __init__(self) -> None:
        self.server = self.server_class(SETTINGS, dict(USERS))
        self.fates: list[str] = []
        self.desks = [Desk(self, user, self.storage_class(actor)) for user, actor in USERS.items()]
        self.backup = self.server.backup()
        self.count = 0
        self.resent: set[str] = set()

    def close(self) -> None:
        for desk in self.desks:
            desk.storage.close()

    def fate(self) -> str:
        """The next fate of a request; fine when none is left."""
        return self.fates.pop(0) if self.fates else "fine"

    # --- what can happen

    def file(self, administration: str) -> None:
        self.count += 1
        self.server.register(f"c{self.count:03}", administration)

    def citizen_writes(self, which: int) -> None:
        if self.server.state.documents:
            ids = sorted(self.server.state.documents)
            self.server.citizen_writes(ids[which % len(ids)], "أريد جوابا")

    def type_act(self, who: int, which: int, kind: int, cut: bool) -> None:
        desk = self.desks[who]
        bases = desk.storage.bases()
        if not bases:
            return
        id_ = sorted(bases)[which % len(bases)]
        base = read_document(bases[id_])
        self.count += 1
        asked = Asked(
            id=f"a{self.count:04}-{desk.user}",
            complaint=id_,
            seen=base.ver,
            at=self.server.now + timedelta(minutes=self.count),
            act=self._sensible(kind, self.view(desk, id_), desk.user),
        )
        desk.storage.arm("recorded" if cut else "")
        with self._power(desk):
            desk.storage.record(asked)
        desk.typed[asked.id] = asked

    def _sensible(self, kind: int, view: Complaint, user: str) -> Act:
        """The act of that kind, or for most kinds the next one that this person may ask for now."""
        wanted = [act_of(kind + turn, view, user, self.count) for turn in range(KINDS)]
        if kind >= KINDS:
            may = (
                act
                for act in wanted
                if rules.may(view, type(act), USERS[user], SETTINGS, self.server.now) is None
            )
            return next(may, wanted[0])
        return wanted[0]

    def cycle(self, who: int, fates: list[str], cut: str) -> None:
        desk = self.desks[who]
        self.fates = list(fates)
        desk.storage.arm(cut)
        engine = self.engine_class(desk.replica, desk.wire, clock=lambda: self.server.now)
        with self._power(desk), contextlib.suppress(SyncError):
            engine.cycle()
        self.fates = []

    def keep_backup(self) -> None:
        self.backup = self.server.backup()

    def restore(self) -> None:
        """Acts settled before a restore may come again after later ones: P10 is about the others."""
        self.resent |= self.server.state.log.keys()
        self.server.restore(self.backup)

    def lose_cache(self, who: int) -> None:
        self.desks[who].storage.drop_cache()

    def change_grants(self, wide: bool) -> None:
        actor = Actor(id="u-two", grants=BOTH if wide else ONE)
        self.server.users["u-two"] = actor

    @contextlib.contextmanager
    def _power(self, desk: Desk):  # type: ignore[no-untyped-def]
        try:
            yield
        except PowerCut:
            desk.storage.restart()
        finally:
            desk.storage.arm("")

    # --- what must be true

    def pending(self, desk: Desk, id_: str, base: Complaint) -> list[Asked]:
        """Unsettled acts, from what was typed and what became of it."""
        states = desk.storage.states()
        return [
            asked
            for asked in desk.typed.values()
            if asked.complaint == id_
            and (
                states[asked.id][0] == "queued"
                or (states[asked.id][0] == "acked" and states[asked.id][1] > base.ver)
            )
        ]

    def view(self, desk: Desk, id_: str) -> Complaint:
        base = read_document(desk.storage.bases()[id_])
        return fold(base, self.pending(desk, id_, base), USERS[desk.user], SETTINGS)

    def check(self) -> None:
        """P1, P2, P4, P7, P10, P19 and the conflict rules, after any step."""
        for desk in self.desks:
            self._check_saved(desk)
            self._check_views(desk)
        self._check_effects()
        for stream in self.server.state.streams.values():
            assert [change.seq for change in stream] == list(range(1, len(stream) + 1)), "P7"

    def _check_saved(self, desk: Desk) -> None:
        states, tray = desk.storage.states(), desk.storage.tray()
        assert set(states) == set(desk.typed), "P2: a saved act is nowhere"
        for id_, (state, _) in states.items():
            assert state in ("queued", "acked", "rejected"), "P2"
            assert (state == "rejected") == (id_ in tray), "P2: the tray"
            if state == "rejected":
                assert tray[id_] == desk.typed[id_].act, "P2: the text"

    def _check_views(self, desk: Desk) -> None:
        """P4; an acked act whose document has not come is still in the view (no flash back)."""
        rows = desk.storage.rows()
        assert rows.keys() == desk.storage.bases().keys()
        for id_, row in rows.items():
            assert row == columns(self.view(desk, id_)), f"P4: {id_}"

    def _check_effects(self) -> None:
        seen: set[tuple[str, str]] = set()
        order: dict[tuple[str, str, str], int] = {}
        numbers = {id_: int(id_[1:5]) for desk in self.desks for id_ in desk.typed}
        applied = {effect.asked.id for effect in self.server.ledger}
        for effect in self.server.ledger:
            key = (effect.epoch, effect.asked.id)
            assert key not in seen, f"P1: {effect.asked.id} twice"
            seen.add(key)
            place = (effect.epoch, effect.device, effect.asked.complaint)
            if effect.asked.id not in self.resent:
                assert order.get(place, 0) < numbers[effect.asked.id], "P10"
                order[place] = numbers[effect.asked.id]
            self._check_conflict(effect.asked, effect.before, effect.actor)
            if effect.asked.prev is not None and self.server.epoch == "epoch-1":
                log = self.server.state.log.get(effect.asked.prev)
                assert log is None or log.status == "applied", "prev was refused"
                assert effect.asked.prev in applied or log is not None, "prev never came"
        for raw in self.server.state.documents.values():
            ids = [event.act for event in read_document(raw).events]
            assert len(ids) == len(set(ids)), "P1: an act twice in a history"

    def _check_conflict(self, asked: Asked, before: Complaint, actor: Actor) -> None:
        assert grants_scope(before, actor, self.server.now.date()), "P19: out of scope"
        if isinstance(asked.act, acts.Answer | acts.Close):
            late = [e for e in before.events if e.n > asked.seen and e.kind == EventKind.CITIZEN_WROTE]
            assert not late, "an answer over an unseen message"

    def settle_down(self) -> None:
        """A fault-free exchange of both desks, then P3, P5, P6, P8, P9, P13."""
        for late in self.server.late:
            late()
        self.server.late = []
        for _ in range(2):
            for desk in self.desks:
                before = desk.wire.requests
                for _ in range(30):
                    outcome = self.engine_class(
                        desk.replica, desk.wire, clock=lambda: self.server.now
                    ).cycle()
                    if not outcome.more and not outcome.held:
                        break
                assert desk.wire.requests - before < 200, "P9"
                self.check()
        for desk in self.desks:
            self._check_converged(desk)

    def _check_converged(self, desk: Desk) -> None:
        visible = self.server.visible(desk.user)
        assert desk.storage.bases() == visible, "P5 / P6 / P8"
        for id_, (state, _) in desk.storage.states().items():
            assert state != "queued", "P5: still queued"
            if state == "acked":
                assert id_ in self.server.state.log, "P3: acked and unknown to the server"
                assert self.server.state.log[id_].status == "applied", "P3"
        for id_, raw in visible.items():
            assert grants_scope(read_document(raw), self.server.users[desk.user], self.server.now.date())
            assert desk.storage.rows()[id_] == columns(read_document(raw)), "P4 at rest"


def act_of(kind: int, view: Complaint, user: str, count: int) -> Act:
    """An act somebody would ask for looking at this view."""
    other = "BB" if view.administration == "AA" else "AA"
    reply = Reply(nature=Nature.FAVOURABLE, text="تم إصلاح العطب", language="ar")
    return (
        lambda: acts.Note(text=f"ملاحظة {count}"),
        lambda: acts.Assign(assignee=user, previous=view.assignee),
        lambda: acts.Open(),
        lambda: acts.Transfer(
            administration=other,
            from_administration=view.administration,
            from_unit=view.unit,
            reason="hors compétence",
        ),
        lambda: acts.Answer(reply=reply),
        lambda: acts.Close(reason="satisfait"),
        lambda: acts.Decline(reason="absence"),
    )[kind % KINDS]()


def wander(world: World, seed: int, steps: int) -> None:
    """A seeded walk through everything that can happen, checked after every step; then peace."""
    from tests.faulty_wire import FATES

    rng = random.Random(seed)
    cuts = ("", "", "", "settled", "page")
    moves: tuple[tuple[int, Callable[[], None]], ...] = (
        (3, lambda: world.file(rng.choice(("AA", "BB")))),
        (1, lambda: world.citizen_writes(rng.randrange(50))),
        (
            8,
            lambda: world.type_act(
                rng.randrange(2), rng.randrange(50), rng.randrange(3 * KINDS), rng.random() < 0.15
            ),
        ),
        (
            8,
            lambda: world.cycle(
                rng.randrange(2), [rng.choice(("fine", *FATES)) for _ in range(4)], rng.choice(cuts)
            ),
        ),
        (1, world.keep_backup),
        (1, lambda: world.lose_cache(rng.randrange(2))),
        (1, lambda: world.change_grants(rng.random() < 0.6)),
    )
    weights = [weight for weight, _ in moves]
    restored = rng.random() < 0.3
    for administration in ("AA", "AA", "BB"):
        world.file(administration)
    for who in (0, 1):
        world.cycle(who, [], "")
    world.keep_backup()
    for step in range(steps):
        if restored and step == steps * 2 // 3:
            world.restore()
        rng.choices([move for _, move in moves], weights)[0]()
        world.check()
    world.settle_down()


def utc(*parts: int) -> datetime:
    """An aware UTC time."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]
