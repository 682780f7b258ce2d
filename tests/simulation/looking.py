"""What the simulation itself knows of a desk, read from its files: P2, P4, P8, P11, P13, P14 and P16."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec

from desktop.models.queue_sql import LISTED, listed_row
from protocol.acts import Asked, read_act
from protocol.complaint import Complaint
from protocol.projection import Row, columns, fold
from sync.replica import Position
from tests.simulation.desk import Desk
from tests.simulation.register import RegisterAudit, holds


class Place(msgspec.Struct):
    """The cursor, which is opaque to the desk and not to us."""

    e: str = ""
    s: str = ""
    q: dict[str, int] = msgspec.field(default_factory=dict)


def place_of(cursor: str) -> Place:
    """What a cursor says; nothing for one that is not the server's."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return msgspec.json.decode(base64.urlsafe_b64decode(padded), type=Place)
    except (ValueError, msgspec.MsgspecError):
        return Place()


@dataclass(frozen=True, slots=True)
class Seen:
    """A desk's files at one moment."""

    states: dict[str, tuple[str, int]]
    bodies: dict[str, bytes]
    tray: dict[str, tuple[str, int, bytes]]
    bases: dict[str, tuple[int, bytes]]
    rows: dict[str, tuple[Any, ...]]
    position: Position


def look(desk: Desk) -> Seen:
    """The desk's files now."""
    with desk.store.work.reading() as connection:
        outbox = connection.exec_driver_sql("select id, state, acked_ver, body from outbox").all()
        tray = connection.exec_driver_sql("select id, kind, kv, body from returned").all()
    with desk.store.cache.reading() as connection:
        rows = connection.exec_driver_sql(
            f"select {LISTED}, base_ver, base from complaint join document using (n)"
        ).all()
        place = connection.exec_driver_sql("select cursor, epoch, snap_after, snap_done from sync").one()
    return Seen(
        states={row[0]: (row[1], row[2] or 0) for row in outbox},
        bodies={row[0]: bytes(row[3]) for row in outbox},
        tray={row[0]: (row[1], row[2], bytes(row[3])) for row in tray},
        bases={row[1]: (row[-2], bytes(row[-1])) for row in rows},
        rows={row[1]: tuple(row[:-2]) for row in rows},
        position=Position(cursor=place[0], epoch=place[1], snap_after=place[2], snap_done=bool(place[3])),
    )


class DeskAudit:
    """Looks at one desk after every step that touched it."""

    def __init__(self, desk: Desk, register: RegisterAudit) -> None:
        self.desk = desk
        self.register = register
        self._shown: dict[str, tuple[object, Row]] = {}
        self._before_bad: Seen | None = None
        self.lie = ""
        self.seen = look(desk)

    def heard_badly(self) -> None:
        """A reply that must change nothing is on its way."""
        self._before_bad = look(self.desk)

    def forget_bad(self) -> None:
        """The power went meanwhile: there is nothing to compare."""
        self._before_bad = None

    def exchanged(self) -> None:
        """The exchange is over: after a bad reply it ended at once, and nothing of it was stored (P11)."""
        before, self._before_bad = self._before_bad, None
        if before is not None:
            now = look(self.desk)
            same = (now.bases, now.position, now.states) == (before.bases, before.position, before.states)
            holds(same, "P11 a bad reply changed something", self.desk.number)

    def look(self) -> Seen:
        """The desk now."""
        self.seen = look(self.desk)
        return self.seen

    def check(self) -> Seen:
        """Everything that must be true at any moment."""
        seen = self.look()
        self._check_saved(seen)
        self._check_shown(seen)
        self._check_cursor(seen)
        self._check_drafts()
        return seen

    def _check_saved(self, seen: Seen) -> None:
        typed = self.desk.typed
        holds(set(typed) <= set(seen.states), "P2 a saved act is nowhere", set(typed) - set(seen.states))
        holds(
            set(seen.states) <= set(typed), "P14 an act refused aloud is there", set(seen.states) - set(typed)
        )
        for id_, (state, _) in seen.states.items():
            holds(state in ("queued", "acked", "rejected", "recalled"), "P2 a state", state)
            act = typed[id_].act
            holds(read_act(act.kind, act.kv, seen.bodies[id_]) == act, "P2 the text in the outbox", id_)
            holds((state == "rejected") == (id_ in seen.tray), "P2 rejected and the tray", (id_, state))
            holds((state == "recalled") == (id_ in self.desk.recalled), "P2 recalled", (id_, state))
            if id_ in seen.tray:
                holds(read_act(*seen.tray[id_]) == act, "P2 the text in the tray", id_)

    def pending(self, seen: Seen, complaint: str) -> list[Asked]:
        """Acts not in the base yet, from what was typed and what became of it."""
        ver = seen.bases[complaint][0]
        mine = [asked for asked in self.desk.typed.values() if asked.complaint == complaint]
        return [
            asked
            for asked in mine
            if seen.states[asked.id][0] == "queued"
            or (seen.states[asked.id][0] == "acked" and seen.states[asked.id][1] > ver)
        ]

    def view(self, seen: Seen, complaint: str) -> Complaint:
        """fold(base, unsettled acts)."""
        base = self.register.read(seen.bases[complaint][1])
        book = self.desk.store.directory.settings(base.administration)
        return fold(base, self.pending(seen, complaint), self.desk.store.actor, book)

    def _check_shown(self, seen: Seen) -> None:
        """P4; an acked act whose document has not come is still in the view (no flash back)."""
        for id_, row in seen.rows.items():
            over = self.pending(seen, id_)
            if not over:
                shown = columns(self.register.read(seen.bases[id_][1]))
            else:
                shown = columns(self.view(seen, id_))
            holds(listed_row(row).row == shown, "P4 the view", (self.desk.number, id_, len(over)))

    def _check_cursor(self, seen: Seen) -> None:
        """P8: what the cursor says to have, is here."""
        place = place_of(seen.position.cursor)
        user = self.desk.user
        if (
            not seen.position.snap_done
            or seen.position.cursor == self.lie
            or place.e != self.register.ministry.epoch
            or place.s != self.register.scope_hash(user)
        ):
            return
        visible = self.register.visible(user)
        for id_, kept in self.register.image().items():
            told = all(seq <= place.q.get(where, seq) for where, seq in kept.seqs.items())
            if told and id_ in visible:
                held = seen.bases.get(id_, (0, b""))[0]
                holds(held >= kept.document.ver, "P8 the cursor is ahead", (self.desk.number, id_, held))

    def _check_drafts(self) -> None:
        for (complaint, kind), text in self.desk.drafts.items():
            kept = self.desk.store.drafts.of(complaint).get(kind)
            holds(kept is not None and kept.body == text, "P13 a draft is lost", complaint)

    def check_converged(self) -> None:
        """P3, P5, P6 and P16, after a fault-free exchange."""
        seen, desk = self.check(), self.desk
        visible = self.register.visible(desk.user)
        holds(
            not seen.bases.keys() - visible.keys(),
            "P6 outside the grants",
            seen.bases.keys() - visible.keys(),
        )
        bases = {id_: raw for id_, (_, raw) in seen.bases.items()}
        differing = [id_ for id_ in visible if bases.get(id_) != visible[id_]]
        holds(not differing, "P5 not the server's documents", (desk.number, differing))
        queued = [id_ for id_, (state, _) in seen.states.items() if state == "queued"]
        holds(not queued, "P5 still queued", (desk.number, queued))
        acked = [id_ for id_, (state, _) in seen.states.items() if state == "acked"]
        with self.register.ministry.service.database.reading() as connection:
            rows = connection.exec_driver_sql("select id, status from act_log")
            known = {row[0]: row[1] for row in rows}
        for id_ in acked:
            holds(known.get(id_) == "applied", "P3 acked and unknown to the server", (desk.number, id_))
        for sha256 in desk.files:
            content = desk.store.files.kept(sha256)
            whole = content is None or hashlib.sha256(content).hexdigest() == sha256
            holds(whole, "P16 a file of the desk", sha256)
