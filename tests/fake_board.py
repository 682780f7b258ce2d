"""An in-memory twin of `desktop.core.workload.Workload` over the FakeDesk: figures by plain predicates.

A figure and its list come from one filter, so that the identities of the board hold by construction here too.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from desktop.core import queues as rail
from desktop.core.errors import TooLate
from desktop.core.workload_records import (
    NO_UNIT,
    Board,
    Day,
    Figure,
    Hand,
    Handover,
    Line,
    Mark,
    SilentDesk,
    Undone,
)
from desktop.models.records import ListedRow, Listing
from desktop.ui.assign_dialog import is_absent
from protocol import deadlines, rules
from protocol.acts import Asked, Assign
from protocol.complaint import OPEN, Complaint
from protocol.refusals import Refused
from protocol.settings import Role

AGES = ("age_0_15", "age_16_30", "age_31_45", "age_46_60", "age_over_60")
MONDAY = ("arrived_since", "due_week", "expired_complements", "silent_elements")
COLUMNS = (
    "open", "new", "due_5", "due_15", "overdue", "waiting", "unassigned", "returned", "reopened",
    "transferred", "interim", "late_without_interim", "arrived", "answered",
)  # fmt: skip
SPAN = 14
_BANDS = {"age_0_15": (0, 15), "age_16_30": (16, 30), "age_31_45": (31, 45), "age_46_60": (46, 60)}
_NEW = frozenset({"received", "assigned", "reopened"})

Test = Callable[[ListedRow, Complaint], bool]


class FakeWorkload:
    """Boards of a FakeDesk; `desks_heard` and `fail` are for tests."""

    def __init__(self, desk) -> None:
        self._desk = desk
        self._batches: dict[str, tuple[str, ...]] = {}
        self.desks_heard: tuple[SilentDesk, ...] = ()
        self.desks_at: datetime | None = None
        self.fail: Exception | None = None
        self.reads = 0

    @property
    def may_see(self) -> bool:
        """Supervisors and validators have a board."""
        return self._holds({Role.SUPERVISOR, Role.VALIDATOR, Role.COORDINATION})

    @property
    def may_hand_over(self) -> bool:
        """Supervisors give work to others."""
        return self._holds({Role.SUPERVISOR})

    def board(self, unit: str = "") -> Board:
        """All figures of now."""
        if self.fail is not None:
            raise self.fail
        self.reads += 1
        desk, today = self._desk, self._desk.today
        lines = self._lines(unit)
        return Board(
            as_of=desk.now,
            synced_at=desk._status.last_sync,
            unit=unit,
            totals=self._figures(COLUMNS, unit, None, lines),
            ages=self._figures(AGES, unit, None, lines),
            days=tuple(self._day(today - timedelta(days=n), unit, lines) for n in reversed(range(SPAN))),
            units=self._units(unit, lines),
            agents=self._agents(unit, lines),
            monday=self._figures(MONDAY, unit, None, lines),
            arrived_since=self._since(),
            desks=self.desks_heard,
            desks_at=self.desks_at,
        )

    def listing(self, mark: Mark, sort: str = "due") -> Listing:
        """The rows that a figure counts."""
        lines = [line for line, document in self._lines(mark.unit) if self._counts(mark, line, document)]
        return Listing("board", sort, array("q", (line.n for line in rail.arrange(lines, sort))))

    def first(self, mark: Mark, count: int, sort: str = "due") -> tuple[int, ...]:
        """The first rows of that list."""
        return tuple(self.listing(mark, sort).order[:count])

    def complaints(self, listing: Listing) -> tuple[str, ...]:
        """Ids in the order of a listing."""
        return tuple(line.row.id for line in self._desk.rows(listing.order))

    def loads(self) -> dict[str, int]:
        """Open complaints of each agent."""
        return dict(Counter(line.row.assignee for line, _ in self._lines("") if line.row.status in OPEN))

    def plan(self, complaints: Sequence[str], to_agents: Sequence[str], *, balance: bool = True) -> Handover:
        """Who would get what, by the real rules."""
        known = {line.row.id: line.row for line, _ in self._lines("")}
        rows = sorted((known[id_] for id_ in complaints if id_ in known), key=lambda row: (row.due, row.id))
        before = Counter(self.loads())
        load, hands = Counter(before), []
        for turn, row in enumerate(rows):
            order = [*to_agents[turn % len(to_agents) :], *to_agents[: turn % len(to_agents)]]
            if balance:
                order.sort(key=lambda agent: load[agent])
            why = [(agent, self._refusal(row.id, row.assignee, agent)) for agent in order]
            to_agent, refusal = next((pair for pair in why if not pair[1]), why[0])
            hands.append(Hand(row.id, row.number, row.object, row.due, row.assignee, to_agent, refusal))
            if not refusal:
                load[to_agent] += 1
                load[row.assignee] -= 1
        concerned = {agent for hand in hands for agent in (hand.from_agent, *to_agents) if agent}
        return Handover(
            tuple(hands), {one: before[one] for one in concerned}, {one: load[one] for one in concerned}
        )

    def hand_over(self, handover: Handover, note: str = "") -> str:
        """Record every allowed line."""
        if self.fail is not None:
            raise self.fail
        acts = tuple(
            self._desk.ask(
                hand.complaint,
                Assign(assignee=hand.to_agent, previous=hand.from_agent, note=note),
                seen=self._desk._bases[hand.complaint].ver,
            )
            for hand in handover.moving
        )
        if not acts:
            return ""
        self._batches[acts[0]] = acts
        return acts[0]

    def undo(self, batch: str) -> Undone:
        """Take back what has not left."""
        recalled = left = 0
        for act in self._batches.pop(batch):
            try:
                self._desk.undo(act)
                recalled += 1
            except TooLate:
                left += 1
        return Undone(recalled, left)

    # --- inside

    def _holds(self, roles: set[Role]) -> bool:
        return any(grant.role in roles for grant in self._desk.profile.grants)

    def _lines(self, unit: str) -> list[tuple[ListedRow, Complaint]]:
        mine = self._desk.profile.main_administration
        wanted = "" if unit == NO_UNIT else unit
        return [
            (line, self._desk._view(line.row.id))
            for line in self._desk._lines()
            if line.row.administration == mine and (not unit or line.row.unit == wanted)
        ]

    def _since(self) -> date:
        today = self._desk.today
        return today - timedelta(days=today.weekday() + 3)

    def _counts(self, mark: Mark, line: ListedRow, document: Complaint) -> bool:
        agent = mark.agent is None or mark.agent == line.row.assignee
        return agent and self._measured(mark.measure, mark.day, line, document)

    def _measured(self, measure: str, day: date | None, line: ListedRow, document: Complaint, /) -> bool:
        row, today = line.row, self._desk.today
        arrived = deadlines.civil_date(document.entered_at)
        first = today - timedelta(days=SPAN - 1)
        if measure == "arrived":
            return arrived == day if day else first <= arrived <= today
        if measure == "arrived_since":
            return self._since() <= arrived <= today
        if measure == "answered":
            on = document.answered_on
            return on is not None and (on == day if day else first <= on <= today)
        if row.status not in OPEN:
            return False
        age, left = (today - row.received_on).days, (row.due - today).days
        if measure in _BANDS:
            low, high = _BANDS[measure]
            return low <= age <= high
        tests = {
            "open": True,
            "new": row.status in _NEW,
            "due_5": 0 <= left <= 5,
            "due_15": 0 <= left <= 15,
            "overdue": left < 0,
            "waiting": row.status in rail._WAITING,
            "unassigned": not row.assignee,
            "age_over_60": age > 60,
            "due_week": 0 <= left <= 6 - today.weekday(),
            "reopened": bool(document.reopenings),
            "transferred": bool(document.hops),
        }
        return tests.get(measure, False)

    def _figure(self, mark: Mark, lines: list[tuple[ListedRow, Complaint]]) -> Figure:
        found = [line.row.received_on for line, document in lines if self._counts(mark, line, document)]
        oldest = (self._desk.today - min(found)).days if found else None
        return Figure(mark, len(found), oldest)

    def _figures(
        self,
        measures: tuple[str, ...],
        unit: str,
        agent: str | None,
        lines: list[tuple[ListedRow, Complaint]],
    ) -> tuple[Figure, ...]:
        return tuple(self._figure(Mark(measure, unit, agent), lines) for measure in measures)

    def _day(self, day: date, unit: str, lines: list[tuple[ListedRow, Complaint]]) -> Day:
        arrived, answered = (
            self._figure(Mark(measure, unit, day=day), lines) for measure in ("arrived", "answered")
        )
        return Day(day, arrived, answered)

    def _units(self, unit: str, lines: list[tuple[ListedRow, Complaint]]) -> tuple[Line, ...]:
        known = {one.code: one for one in self._desk.units(self._desk.profile.main_administration)}
        codes = [unit] if unit else sorted({line.row.unit for line, _ in lines} | set(known))
        found = []
        for code in codes:
            own = [pair for pair in lines if pair[0].row.unit == code]
            names = (known[code].name_fr, known[code].name_ar) if code in known else ("", "")
            found.append(Line(code or NO_UNIT, *names, self._figures(COLUMNS, code or NO_UNIT, None, own)))
        return tuple(found)

    def _agents(self, unit: str, lines: list[tuple[ListedRow, Complaint]]) -> tuple[Line, ...]:
        people = {one.id: one for one in self._desk.colleagues(unit)}
        found = []
        for person in sorted(people.values(), key=lambda one: one.name_fr):
            own = [pair for pair in lines if pair[0].row.assignee == person.id]
            away = is_absent(person, self._desk.today)
            found.append(
                Line(
                    person.id,
                    person.name_fr,
                    person.name_ar,
                    self._figures(COLUMNS, unit, person.id, own),
                    absent=away,
                    absent_until=person.absent_until if away else None,
                    deputy=person.deputy,
                )
            )
        own = [pair for pair in lines if not pair[0].row.assignee]
        return (*found, Line("", "", "", self._figures(COLUMNS, unit, "", own)))

    def _refusal(self, complaint: str, holder: str, agent: str) -> str:
        if agent == holder:
            return "already_theirs"
        desk = self._desk
        document = desk._view(complaint)
        act = Assign(assignee=agent, previous=holder)
        asked = Asked(id="preview", complaint=complaint, seen=document.ver, at=desk.now, act=act)
        try:
            rules.apply(document, asked, desk.actor, desk.rule_book, desk.now)
        except Refused as refused:
            return str(refused.code)
        return ""
