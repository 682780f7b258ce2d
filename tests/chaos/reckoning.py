"""Holds a desk's files against its journal: nothing saved is missing, nothing is half, views are folds."""

from sqlalchemy import Connection

from desktop.models import outbox
from desktop.models.queue_sql import LISTED, listed_row
from desktop.models.store import Store
from desktop.models.tables import outbox as outbox_table
from desktop.models.tables import returned as returned_table
from protocol.projection import columns, read_document
from tests.chaos.findings import Findings
from tests.chaos.journal import Said


def reckon(store: Store, said: Said) -> Findings:
    """Everything that can be told without the server."""
    found = Findings()
    _acts(store, said, found)
    _views(store, found)
    return found


def _acts(store: Store, said: Said, found: Findings) -> None:
    with store.work.reading() as connection:
        kept = {row.id: row for row in connection.execute(outbox_table.select())}
        tray = {row.id: row.body for row in connection.execute(returned_table.select())}
    for act, meant in said.acts.items():
        row = kept.get(act)
        if row is None:
            found.lost.append(f"act {meant.mark} is in no outbox")
        elif bytes(row.body).decode() != meant.body:
            found.lost.append(f"act {meant.mark} has another text")
        elif row.state == "rejected" and bytes(tray.get(act, b"")).decode() != meant.body:
            found.lost.append(f"refused act {meant.mark} is not in the tray as typed")
        elif row.state != "rejected" and act in tray:
            found.doubled.append(f"act {meant.mark} is {row.state} and in the tray")
        elif (row.state == "recalled") != (act in said.undone) and act not in said.undoing - said.undone:
            found.halves.append(f"act {meant.mark} is {row.state}, undone: {act in said.undone}")
    marks = [mark for mark in (_mark(bytes(row.body), said) for row in kept.values()) if mark]
    found.doubled += [f"act {mark} is twice in the outbox" for mark in set(marks) if marks.count(mark) > 1]
    _drafts(store, said, frozenset(marks), found)


def _mark(body: bytes, said: Said) -> str:
    """The mark of an act's text; "" for one without."""
    start = body.find(b"#")
    mark = body[start + 1 : body.find(b"#", start + 1)].decode(errors="replace") if start >= 0 else ""
    return mark if mark in said.meant else ""


def _drafts(store: Store, said: Said, marks: frozenset[str], found: Findings) -> None:
    """Each draft has its last text; an act called for it is there if, and only if, the draft is gone."""
    kept = {(draft.complaint, draft.kind): draft.body for draft in store.drafts.every()}
    for place, outcomes in said.drafts.items():
        text = kept.get(place)
        fitting = [acts for body, acts in outcomes if body == text]
        if not fitting:
            found.lost.append(f"draft {place} is {text!r:.60}, none of {len(outcomes)} texts")
        elif not any(all((mark in marks) == there for mark, there in acts) for acts in fitting):
            (found.lost if text is None else found.halves).append(f"draft and act of {place} do not agree")


def _views(store: Store, found: Findings) -> None:
    """P4: what is listed is the fold of what is confirmed and what waits."""
    with store.work.reading() as connection:
        pending = outbox.pending(connection)
    with store.cache.reading() as connection:
        listed = connection.exec_driver_sql(f"select {LISTED} from complaint").all()
        bases = _bases(connection)
    rows = {row[1]: listed_row(tuple(row)).row for row in listed}
    if rows.keys() != bases.keys():
        found.halves.append(f"{len(rows.keys() ^ bases.keys())} rows without a document, or the reverse")
    for complaint in rows.keys() & bases.keys():
        base = read_document(bases[complaint])
        over = [one for one in pending.get(complaint, ()) if one.over(base.ver)]
        if rows[complaint] != columns(store.fold(base, over)):
            found.halves.append(f"the row of {complaint} is not its fold ({len(over)} acts)")


def _bases(connection: Connection) -> dict[str, bytes]:
    found = connection.exec_driver_sql("select c.id, d.base from complaint c join document d on d.n = c.n")
    return {row[0]: bytes(row[1]) for row in found}


def bases(store: Store) -> dict[str, bytes]:
    """The confirmed documents of this desk, by complaint."""
    with store.cache.reading() as connection:
        return _bases(connection)
