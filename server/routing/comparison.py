"""Two models side by side on complaints that really arrived: how often they agree, and who was right.

The truth is what people decided: where a complaint was moved, or the administration that answered it without
moving it. The second flatters the model that decided, so the two are counted apart.
"""

from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, select

from protocol.complaint import Complaint, Routing, Status
from protocol.settings import COORDINATION
from server import tables
from server.routing.corrections import latest_moves

ANSWERED = frozenset({Status.ANSWERED, Status.CLOSED})

_read = msgspec.json.Decoder(Complaint)


@dataclass(frozen=True, slots=True)
class Tally:
    """Complaints whose right administration people settled, and how many each model had right."""

    complaints: int = 0
    both: int = 0
    only_old: int = 0
    only_new: int = 0
    neither: int = 0

    @property
    def old_right(self) -> int:
        """How many the deciding model had right."""
        return self.both + self.only_old

    @property
    def new_right(self) -> int:
        """How many the model on trial had right."""
        return self.both + self.only_new


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The trials of `new` on complaints routed by `old`; `waiting` ones it has not routed yet."""

    old: str
    new: str
    trials: int
    waiting: int
    agreed: int
    corrected: Tally
    confirmed: Tally


def side_by_side(connection: Connection, old: str, new: str) -> SideBySide:
    """Compare the two on every complaint that `old` routed while `new` was on trial."""
    trial, complaint = tables.routing_trial, tables.complaint
    moves = latest_moves(connection)
    trials = waiting = agreed = 0
    corrected: list[tuple[bool, bool]] = []
    confirmed: list[tuple[bool, bool]] = []
    rows = connection.execution_options(yield_per=500).execute(
        select(trial.c.complaint, trial.c.administration, complaint.c.document)
        .join(complaint, complaint.c.id == trial.c.complaint)
        .where(trial.c.model == new)
    )
    for row in rows:
        document = _read.decode(row.document)
        if document.routing is None or document.routing.model != old:
            continue
        if not row.administration:
            waiting += 1
            continue
        trials += 1
        said = _content_said(document.routing)
        agreed += said == row.administration
        moved = moves.get(row.complaint)
        if moved is not None and moved != COORDINATION:
            corrected.append((said == moved, row.administration == moved))
        elif moved is None and document.status in ANSWERED and document.administration != COORDINATION:
            truth = document.administration
            confirmed.append((said == truth, row.administration == truth))
    return SideBySide(old, new, trials, waiting, agreed, _tally(corrected), _tally(confirmed))


def _content_said(routing: Routing) -> str:
    """The deciding model's own first choice, whatever the citizen named."""
    return routing.ranked[0][0] if routing.ranked else routing.administration


def _tally(pairs: list[tuple[bool, bool]]) -> Tally:
    return Tally(
        complaints=len(pairs),
        both=pairs.count((True, True)),
        only_old=pairs.count((True, False)),
        only_new=pairs.count((False, True)),
        neither=pairs.count((False, False)),
    )
