"""The supervisor's view of the load, from the local cache alone: the board, the list behind each figure, and
the handing over of several complaints at once.

What my own unsettled acts changed is counted, for the cache's columns are the projection. Confidential
complaints that do not name me are not on this PC, and so in no figure. Every method blocks.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from desktop.core import board_lines as lines
from desktop.core.errors import PersonError
from desktop.core.handover import Handing, Office
from desktop.core.workload_records import (
    NO_UNIT,
    Board,
    Handover,
    Mark,
    Undone,
)
from desktop.models.board_reading import BoardReading
from desktop.models.board_sql import AGES, COLUMNS, MONDAY, Sight
from desktop.models.records import Listing
from desktop.models.store import Store
from protocol.deadlines import civil_date
from protocol.directory import Profile
from protocol.settings import Role
from protocol.wire import DesksHeard

SEEING_BOARDS = frozenset({Role.SUPERVISOR, Role.VALIDATOR, Role.COORDINATION})
"""Roles that answer for the work of others."""

QUEUE = "board"
"""Name of the listings behind figures."""


class BoardNotGiven(PersonError):
    """The signed-in person answers for nobody's work but their own."""

    code = "not_allowed"


class Workload:
    """Boards for the signed-in person. `synced` gives the moment of the last exchange, if there was one."""

    def __init__(
        self,
        store: Store,
        profile: Callable[[], Profile],
        clock: Callable[[], datetime],
        *,
        synced: Callable[[], datetime | None],
        office: Office,
    ) -> None:
        self._store = store
        self._reading = BoardReading(store)
        self._profile = profile
        self._clock = clock
        self._synced = synced
        self._handing = Handing(store, office)

    @property
    def may_see(self) -> bool:
        """Whether the signed-in person has a board."""
        return bool(lines.watched(self._profile(), SEEING_BOARDS, civil_date(self._clock())))

    @property
    def may_hand_over(self) -> bool:
        """Whether the signed-in person gives work to others."""
        return self.leads

    @property
    def leads(self) -> bool:
        """Whether the signed-in person is a supervisor: gives work, and is told of colleagues' desks."""
        return bool(lines.watched(self._profile(), {Role.SUPERVISOR}, civil_date(self._clock())))

    def prepare(self) -> None:
        """Make what boards are read through ahead of the first, once a first sync is complete."""
        self._reading.prepare()

    def keep_desks(self, heard: DesksHeard, at: datetime) -> None:
        """Keep what the server told of colleagues' desks at `at` (aware UTC)."""
        self._reading.keep_desks(self._sight("").administration, heard, at)

    def board(self, unit: str = "") -> Board:
        """The figures of now, of one unit or of all that this person answers for; raises BoardNotGiven."""
        self._reading.prepare()
        now = self._clock()
        sight = self._sight(unit)
        counted = self._reading.count(sight)
        sheet = lines.Sheet(sight, counted, unit)
        kept = self._reading.desks(sight.administration)
        directory, profile = self._store.directory, self._profile()
        people = lines.people(directory.colleagues(), profile, sight)
        return Board(
            as_of=now,
            synced_at=self._synced() or (kept[1] if kept else None),
            unit=unit,
            totals=sheet.figures(COLUMNS),
            ages=sheet.figures(AGES),
            days=sheet.days(),
            units=sheet.units(directory.units(), COLUMNS),
            agents=sheet.agents(people, COLUMNS),
            monday=sheet.figures(MONDAY),
            arrived_since=sight.since,
            desks=lines.desks(kept[0], people) if kept else (),
            desks_at=kept[1] if kept else None,
        )

    def listing(self, mark: Mark, sort: str = "due") -> Listing:
        """The complaints that a figure counts, in order; raises KeyError for an unknown measure or sort."""
        order = self._reading.order(
            self._sight(mark.unit), mark.measure, sort, agent=mark.agent, day=mark.day
        )
        return Listing(QUEUE, sort, order)

    def first(self, mark: Mark, count: int, sort: str = "due") -> tuple[int, ...]:
        """The first `count` row numbers of `listing(mark, sort)`, without reading the rest."""
        sight = self._sight(mark.unit)
        order = self._reading.order(
            sight, mark.measure, sort, agent=mark.agent, day=mark.day, most=max(1, count)
        )
        return tuple(order)

    # --- several at once

    def plan(self, complaints: Sequence[str], to_agents: Sequence[str], *, balance: bool = True) -> Handover:
        """Preview of handing these complaints (ids) to these agents (ids); nothing is recorded.

        With `balance`, the most urgent first, each goes to whoever has least open by then; without, the
        agents take turns. Lines that the rules refuse say why; a complaint no longer on this PC is left out.
        """
        return self._handing.plan(complaints, to_agents, self.loads(), balance=balance)

    def hand_over(self, handover: Handover, note: str = "") -> str:
        """Record the allowed lines of a preview in one transaction; gives the batch that `undo` takes.

        "" when no line was allowed. Raises rules.Refused when a complaint is no longer as the preview showed
        it, NotHere, StoreError: then nothing was recorded and a new preview is due.
        """
        return self._handing.hand_over(handover, note)

    def undo(self, batch: str) -> Undone:
        """Take a handover back: all of it within its grace; after that says how many had left already."""
        return self._handing.undo(batch)

    def loads(self) -> dict[str, int]:
        """Open complaints of each agent (ids) in sight of this person."""
        loads: dict[str, int] = {}
        for tally in self._reading.count(self._sight("")).tallies:
            loads[tally.assignee] = loads.get(tally.assignee, 0) + tally.counts.get("open", 0)
        return loads

    def complaints(self, listing: Listing) -> tuple[str, ...]:
        """The ids of all complaints of a listing, in its order: what a handover is planned for."""
        return self._reading.ids(listing.order)

    def _sight(self, unit: str) -> Sight:
        today = civil_date(self._clock())
        found = lines.watched(self._profile(), SEEING_BOARDS, today)
        if not found:
            raise BoardNotGiven
        administration, units = found
        if unit:
            wanted = "" if unit == NO_UNIT else unit
            if units and wanted not in units:
                raise BoardNotGiven
            units = (wanted,)
        return Sight(administration, units, today, lines.worked_day_before_this_week(today))
