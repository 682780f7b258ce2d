"""Fills a register with demonstration data: staff, citizens, complaints of the last ninety days, histories.

Everything is invented, and the same for the same seed and moment (password hashes excepted). Requests pass
the real router and every act the real rules.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from protocol.complaint import Channel, Complaint, RequestType, Status
from protocol.deadlines import civil_date, due_date
from protocol.directory import AnswerTemplate, Unit
from protocol.settings import COORDINATION
from server import directory, receipts
from server.config import Config, secret
from server.database import Database
from server.demonstration import citizens, histories, people, writing
from server.demonstration.histories import Course, World
from server.demonstration.ledger import Ledger
from server.demonstration.people import Staff
from server.demonstration.writing import Situation
from server.identifiers import uuid7
from server.routing.live import installed
from server.routing.router import Router, region_of

TEMPLATES = Path(__file__).parents[1] / "resources" / "templates_answers.json"
DAYS = 90
SAMPLES = 3

_CHANNELS = (
    (0.66, Channel.PORTAL),
    (0.80, Channel.MOBILE),
    (0.87, Channel.WALK_IN),
    (0.92, Channel.EMAIL),
    (0.96, Channel.MAIL),
    (1.00, Channel.CALL_CENTRE),
)
_BUSY = {
    people.TEAM_ADMINISTRATION: 6.0,
    "ONEE-ELEC": 3.0,
    "CNSS": 2.5,
    "SANTE": 2.5,
    "DGCT": 2.5,
    "EDUCATION": 2.0,
}
_VAGUE, _MISNAMED, _NAMED = 0.02, 0.05, 0.25
_TEAM_SHARE = 0.6
_IN_PREPARATION = 0.08
"""Weight of an administration not yet operational, an ordinary one having 1."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Summary:
    """What was entered; `samples` are registration numbers with their tracking codes, for the follow-up."""

    administrations: int
    accounts: int
    complaints: int
    acts: int
    triage: int
    overdue: int
    samples: tuple[tuple[str, str], ...]


def load_templates(connection: Connection) -> int:
    """Enter the shipped canned answers; returns their number."""
    templates = msgspec.json.decode(TEMPLATES.read_bytes(), type=list[AnswerTemplate])
    for template in templates:
        directory.put_template(connection, template)
    return len(templates)


def populate(
    register: Database,
    config: Config,
    *,
    complaints: int,
    seed: int,
    now: datetime | None = None,
    progress: Progress = lambda done, total: None,
) -> Summary:
    """Enter accounts, answer templates and `complaints` requests received before `now` (aware UTC).

    The register must have its schema and administrations. `progress` is told how many are composed.
    """
    moment = (now or datetime.now(UTC)).replace(microsecond=0)
    rng = random.Random(seed)  # noqa: S311 (invented data must be reproducible)
    router = installed(register, config.data, moment)
    with register.transaction() as connection:
        staff = Staff(people.open_accounts(connection, moment, rng.randbytes))
        load_templates(connection)
        directory.announce(connection, config.address)
        maker = _Maker(connection, config, staff, router, rng, moment)
        return maker.make(complaints, progress)


class _Maker:
    """One filling of the register, from first to last complaint."""

    def __init__(  # noqa: PLR0917
        self,
        connection: Connection,
        config: Config,
        staff: Staff,
        router: Router,
        rng: random.Random,
        now: datetime,
    ) -> None:
        self.connection, self.staff, self.router, self.rng, self.now = connection, staff, router, rng, now
        self.secret = secret(config, "portal")
        self.ledger = Ledger(connection, rng.randbytes)
        codes = [one.code for one in directory.administrations(connection)]
        self.books = {code: directory.settings_for(connection, code) for code in codes}
        self.operational = self.books[COORDINATION].operational
        self.units: dict[str, list[Unit]] = {}
        for unit in directory.units(connection):
            self.units.setdefault(unit.administration, []).append(unit)
        self.themes = {one.code: (one.name_fr, one.name_ar) for one in directory.themes(connection)}
        told = [code for code in writing.situations() if code in self.books]
        self.told = told
        self.weights = [_BUSY.get(c, 1.0 if c in self.operational else _IN_PREPARATION) for c in told]
        self.world = World(staff, self.books, now, self._unit_of)
        self.territories = router.keywords.file.territories
        self.home = {one.to: one.region for one in self.territories}
        self.parents: dict[tuple[str, str, str], Complaint] = {}

    def _unit_of(self, administration: str, region: str) -> str:
        units = self.units.get(administration, [])
        covering = [unit for unit in units if region in unit.regions]
        chosen = covering or [unit for unit in units if not unit.regions] or units
        return chosen[0].code if chosen else ""

    def make(self, count: int, progress: Progress) -> Summary:
        """Compose, live, enter; oldest first, so that numbers follow reception."""
        triage = overdue = 0
        samples: list[tuple[str, str]] = []
        today = civil_date(self.now)
        for done, received in enumerate(self._receptions(count), start=1):
            course = self._course(received)
            document = course.document
            code = receipts.new_code(self.secret, document.id)
            self.ledger.enter(course.steps, receipts.hash_code(self.secret, document.id, code))
            triage += document.administration == COORDINATION and document.status == Status.RECEIVED
            overdue += document.status in _OPEN and document.due < today
            if document.status == Status.ANSWERED and len(samples) < SAMPLES:
                samples.append((document.number, code))
            if done % 500 == 0 or done == count:
                progress(done, count)
        acts = self.ledger.close()
        return Summary(
            administrations=len(self.books) - 1,
            accounts=len(self.staff.people),
            complaints=count,
            acts=acts,
            triage=triage,
            overdue=overdue,
            samples=tuple(samples),
        )

    def _receptions(self, count: int) -> list[datetime]:
        """Moments of the last DAYS days: fewer at week-ends and at night, a little more lately."""
        moments: list[datetime] = []
        while len(moments) < count:
            ago = DAYS * self.rng.random() ** 1.15
            at = self.now - timedelta(days=ago, seconds=self.rng.randrange(60))
            dull = 0.35 if at.weekday() >= 5 else 1.0
            if self.rng.random() < dull * (0.25 if not 7 <= at.hour <= 21 else 1.0) and at < self.now:
                moments.append(at)
        return sorted(moments)

    def _course(self, received: datetime) -> Course:
        situation, belongs = self._situation()
        draft = self._draft(received, situation, belongs)
        belongs = self._answering(belongs, region_of(draft.place))
        registered = self.ledger.register(draft)
        course = Course(self.world, self.rng, registered.after, belongs)
        course.steps.append(registered)
        key = (draft.administration, draft.unit, draft.theme)
        parent = self.parents.get(key)
        if parent is not None and draft.type == RequestType.COMPLAINT and self.rng.random() < 0.015:
            histories.join(course, parent)
        else:
            course.live()
        if draft.type == RequestType.COMPLAINT:
            self.parents[key] = course.document
        return course

    def _region(self, belongs: str) -> str:
        """Where such a complaint comes from: a company's own region, often that of the team shown."""
        if belongs == people.TEAM_ADMINISTRATION and self.rng.random() < _TEAM_SHARE:
            return citizens.TEAM_REGION
        return self.home.get(belongs, "")

    def _answering(self, administration: str, region: str) -> str:
        """Who really answers there: the body of the territory, and coordination for those not operational."""
        for one in self.territories:
            if one.region == region and administration in one.instead_of and one.to in self.operational:
                return one.to
        return administration if administration in self.operational else COORDINATION

    def _situation(self) -> tuple[Situation, str]:
        """What happened, and the administration it concerns."""
        belongs = self.rng.choices(self.told, self.weights)[0]
        situation = self.rng.choice(writing.situations()[belongs])
        if self.rng.random() < _VAGUE:
            return writing.vague(self.rng, situation.language), belongs
        return situation, belongs

    def _draft(self, received: datetime, situation: Situation, belongs: str) -> Complaint:
        rng = self.rng
        kind = RequestType.COMPLAINT if rng.random() < 0.9 else rng.choice(_REMARKS)
        if kind != RequestType.COMPLAINT:
            situation = writing.remark(rng, kind, situation)
        channel = _channel(rng)
        commune = citizens.choose_commune(rng, self._region(belongs))
        on = civil_date(received)
        written = writing.compose(rng, situation, commune, on, theme_names=self.themes, type=kind)
        place = citizens.place_of(commune, written.detail)
        is_vague = not situation.administration
        theme = situation.theme if not is_vague and rng.random() < 0.85 else ""
        routed = self.router.route(
            text=written.text,
            object=written.object,
            theme=theme,
            place=place,
            named=self._named(belongs, is_vague),
            operational=self.operational,
        )
        return Complaint(
            id=uuid7(received, rng.randbytes),
            ver=1,
            type=kind,
            status=Status.RECEIVED,
            channel=channel,
            language=situation.language,
            received_at=received,
            received_on=on,
            entered_at=received,
            due=due_date(received, self.books[routed.administration].answer_days),
            administration=routed.administration,
            unit=routed.unit,
            person=citizens.invent(rng, situation.language, channel),
            place=place,
            theme=theme,
            object=written.object,
            text=written.text,
            routing=routed.routing,
        )

    def _named(self, belongs: str, is_vague: bool) -> str:
        """The administration the citizen names: mostly none, sometimes the wrong one."""
        chance = self.rng.random()
        if chance < _MISNAMED and not is_vague:
            return self.rng.choice(sorted(self.operational - {COORDINATION, belongs}))
        return belongs if chance < _NAMED and belongs in self.operational and not is_vague else ""


def _channel(rng: random.Random) -> Channel:
    chance = rng.random()
    return next(channel for limit, channel in _CHANNELS if chance <= limit)


_REMARKS = (RequestType.OBSERVATION, RequestType.SUGGESTION)
_OPEN = frozenset(
    {
        Status.RECEIVED, Status.ASSIGNED, Status.IN_PROGRESS, Status.AWAITING_CITIZEN,
        Status.AWAITING_ELEMENTS, Status.TO_DISPATCH, Status.REOPENED,
    }
)  # fmt: skip
