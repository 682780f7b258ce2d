"""Tallies put together into the board's figures and lines; the same few sums everywhere, so they agree.

Units and agents come in the order of their French names, nobody and no service last: there is no ranking.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from desktop.core.workload_records import NO_UNIT, Day, Figure, Line, Mark, SilentDesk
from desktop.models.board_reading import Counted
from desktop.models.board_sql import SPAN_DAYS, Sight, Tally
from protocol.deadlines import WEEKENDS_ONLY, Calendar
from protocol.directory import Colleague, Profile, Unit
from protocol.scope import WORKING, in_force
from protocol.wire import DesksHeard

SOON_AWAY = timedelta(days=14)
"""Absences to come that a board already tells."""


def watched(profile: Profile, roles: Collection[str], today: date) -> tuple[str, tuple[str, ...]] | None:
    """The administration that this person answers for in one of `roles`, and the units (none: all).

    The administration of daily work first; None when there is none.
    """
    held = [grant for grant in profile.grants if grant.role in roles and in_force(grant, today)]
    if not held:
        return None
    places = {grant.administration for grant in held}
    main = profile.main_administration
    administration = main if main in places else min(places)
    units = {grant.unit for grant in held if grant.administration == administration}
    return administration, () if "" in units else tuple(sorted(units))


def worked_day_before_this_week(today: date, calendar: Calendar = WEEKENDS_ONLY) -> date:
    """The last day worked before this week's Monday: a Friday as a rule, earlier before a holiday."""
    monday = today - timedelta(days=today.weekday())
    for back in range(1, 15):
        day = monday - timedelta(days=back)
        if calendar.is_working(day):
            return day
    return monday - timedelta(days=3)


def people(colleagues: Iterable[Colleague], me: Profile, sight: Sight) -> dict[str, Colleague]:
    """Those who may be given work in sight of this board, by id; the signed-in person among them if so."""
    known = {one.id: one for one in colleagues}
    known.setdefault(me.id, Colleague(id=me.id, name_fr=me.name_fr, name_ar=me.name_ar, grants=me.grants))
    return {one.id: one for one in known.values() if _works_here(one, sight)}


def desks(heard: DesksHeard, known: dict[str, Colleague]) -> tuple[SilentDesk, ...]:
    """The server's word on colleagues' desks, with names; longest unsent first, then longest unheard."""
    told = []
    for desk in heard.desks:
        one = known.get(desk.account)
        names = (one.name_fr, one.name_ar) if one else ("", "")
        told.append(SilentDesk(desk.account, *names, desk.unsent, desk.oldest, desk.heard))
    return tuple(sorted(told, key=lambda desk: (desk.unsent == 0, desk.oldest or desk.heard, desk.account)))


@dataclass(slots=True)
class _Sum:
    counts: Counter[str] = field(default_factory=Counter)
    oldest: dict[str, str] = field(default_factory=dict)

    def add(self, tally: Tally) -> None:
        self.counts.update(tally.counts)
        for measure, day in tally.oldest.items():
            self.oldest[measure] = min(day, self.oldest.get(measure, day))


class Sheet:
    """The tallies of one board summed once: over everything, by unit, by agent."""

    def __init__(self, sight: Sight, counted: Counted, unit: str) -> None:
        self._sight = sight
        self._unit = unit
        self._days = counted.days
        self._whole = _Sum()
        self._units: defaultdict[str, _Sum] = defaultdict(_Sum)
        self._agents: defaultdict[str, _Sum] = defaultdict(_Sum)
        for tally in counted.tallies:
            for added in (self._whole, self._units[tally.unit], self._agents[tally.assignee]):
                added.add(tally)

    def figures(self, measures: Sequence[str]) -> tuple[Figure, ...]:
        """The totals of these measures."""
        return self._figures(Mark("", self._unit), self._whole, measures)

    def days(self) -> tuple[Day, ...]:
        """Arrivals and answers of each day of the board, the earliest first."""
        first = self._sight.today - timedelta(days=SPAN_DAYS - 1)
        days = (first + timedelta(days=n) for n in range(SPAN_DAYS))
        return tuple(Day(day, self._of_day("arrived", day), self._of_day("answered", day)) for day in days)

    def units(self, register: Iterable[Unit], measures: Sequence[str]) -> tuple[Line, ...]:
        """One line a service in sight, and one for what no service has, if there is any."""
        inside = [one for one in register if one.administration == self._sight.administration]
        names = {one.code: (one.name_fr, one.name_ar) for one in inside}
        codes = (set(self._sight.units) or set(names)) | self._units.keys()

        def place(code: str) -> tuple[bool, str, str]:
            return code == "", names.get(code, (code,))[0].casefold(), code

        return tuple(
            self._unit_line(code, names.get(code, (code, code)), measures)
            for code in sorted(codes, key=place)
        )

    def agents(self, known: dict[str, Colleague], measures: Sequence[str]) -> tuple[Line, ...]:
        """One line a person who works or has something here, and one for what nobody has."""

        def place(id_: str) -> tuple[bool, str, str]:
            return id_ == "", known[id_].name_fr.casefold() if id_ in known else id_, id_

        ids = sorted({*known, *self._agents, ""}, key=place)
        return tuple(self._agent_line(id_, known.get(id_), measures) for id_ in ids)

    def _of_day(self, measure: str, day: date) -> Figure:
        return Figure(Mark(measure, self._unit, None, day), self._days.get((measure, day.isoformat()), 0))

    def _figures(self, like: Mark, summed: _Sum, measures: Sequence[str]) -> tuple[Figure, ...]:
        """The figures of a total or a line, each marked like `like`."""
        today = self._sight.today
        figures = []
        for measure in measures:
            oldest = summed.oldest.get(measure)
            age = (today - date.fromisoformat(oldest)).days if oldest else None
            figures.append(Figure(Mark(measure, like.unit, like.agent), summed.counts[measure], age))
        return tuple(figures)

    def _unit_line(self, code: str, names: tuple[str, str], measures: Sequence[str]) -> Line:
        unit = code or NO_UNIT
        figures = self._figures(Mark("", unit), self._units.get(code, _Sum()), measures)
        return Line(unit, *(names if code else ("", "")), figures)

    def _agent_line(self, id_: str, one: Colleague | None, measures: Sequence[str]) -> Line:
        figures = self._figures(Mark("", self._unit, id_), self._agents.get(id_, _Sum()), measures)
        if one is None:
            return Line(id_, id_, id_, figures)
        today, leaving = self._sight.today, one.absent_from
        away = is_absent(one, today)
        coming = leaving is not None and today < leaving <= today + SOON_AWAY
        return Line(
            code=id_,
            name_fr=one.name_fr,
            name_ar=one.name_ar,
            figures=figures,
            absent=away,
            absent_until=one.absent_until if away or coming else None,
            deputy=one.deputy if away or coming else "",
            absent_from=leaving if coming else None,
        )


def is_absent(one: Colleague, today: date) -> bool:
    """Whether this person is away on the civil date `today`; without an end, until further notice."""
    left, back = one.absent_from, one.absent_until
    return left is not None and left <= today and (back is None or today <= back)


def _works_here(one: Colleague, sight: Sight) -> bool:
    return any(
        grant.administration == sight.administration
        and grant.role in WORKING
        and in_force(grant, sight.today)
        and (not sight.units or grant.unit == "" or grant.unit in sight.units)
        for grant in one.grants
    )
