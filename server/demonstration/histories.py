"""What becomes of an invented complaint: acts of real staff, judged by the real rules, at past moments.

A course is a plan with delays; it simply stops where it reaches the present, so that every state occurs
naturally: unread, waiting, overdue, answered, reopened.
"""

import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from protocol import acts, rules
from protocol.acts import Act, Asked
from protocol.complaint import (
    SENT_BY_SYSTEM,
    Channel,
    Commitment,
    Complaint,
    Inadmissibility,
    Language,
    Nature,
    Point,
    Reply,
    RequestType,
    Status,
)
from protocol.deadlines import civil_date
from protocol.settings import CITIZEN, COORDINATION, SYSTEM, Actor, Role, Settings
from server.accounts import Account
from server.demonstration.people import Staff
from server.demonstration.writing import fragments, phrase

NATURES = (
    (0.62, Nature.FAVOURABLE),
    (0.76, Nature.PARTLY_FAVOURABLE),
    (0.90, Nature.UNFAVOURABLE),
    (1.00, Nature.ORIENTATION),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One accepted act: the document before (None: registration) and after."""

    at: datetime
    before: Complaint | None
    after: Complaint
    act: str


@dataclass(frozen=True, slots=True)
class World:
    """What every course needs: staff, rule books, the present, and the units of administrations by region."""

    staff: Staff
    books: Mapping[str, Settings]
    now: datetime
    unit_of: Callable[[str, str], str]


class _Over(Exception):
    """The course has reached the present, or nobody can go on."""


@dataclass(slots=True)
class Course:
    """The life of one complaint so far; `belongs` is the administration its content concerns."""

    world: World
    rng: random.Random
    document: Complaint
    belongs: str
    steps: list[Step] = field(default_factory=list)
    at: datetime = field(init=False)
    pace: float = field(init=False)

    def __post_init__(self) -> None:
        self.at = self.document.received_at
        self.pace = self.rng.lognormvariate(0, 0.6)

    # The means -----------------------------------------------------------------------------------------

    def wait(self, days: float) -> None:
        """Let about `days` pass, to a working hour; the course is over when that is still to come."""
        later = self.at + timedelta(days=self.rng.expovariate(1 / max(days * self.pace, 0.01)), minutes=3)
        if later.weekday() >= 5:
            later += timedelta(days=7 - later.weekday())
        if not 8 <= later.hour <= 15:
            later = later.replace(hour=self.rng.randrange(8, 16), minute=self.rng.randrange(60))
        if later <= self.at:
            later += timedelta(days=1)
        self._reach(later)

    def _reach(self, at: datetime) -> None:
        if at >= self.world.now:
            raise _Over
        self.at = at

    def do(self, actor: Actor, act: Act) -> None:
        """Do it now; the rules must agree."""
        before = self.document
        moment = self.at
        asked = Asked(
            id=str(uuid.UUID(int=self.rng.getrandbits(128), version=4)),
            complaint=before.id,
            seen=before.ver,
            at=moment,
            act=act,
        )
        settings = self.world.books[before.administration]
        self.document = rules.apply(before, asked, actor, settings, moment)
        if self.document is not before:
            self.steps.append(Step(moment, before, self.document, asked.id))

    def one(self, role: Role) -> Account:
        """Somebody with this role over the complaint as it stands, or the course is over."""
        found = self._able(role)
        if not found:
            raise _Over
        return self.rng.choice(found)

    def _able(self, role: Role) -> Sequence[Account]:
        here = self.document
        able = self.world.staff.of(role, here.administration, here.unit)
        return [one for one in able if rules.grants_scope(here, one.actor, civil_date(self.at))]

    def handler(self) -> Account:
        """Who has the complaint."""
        return next(one for one in self.world.staff.people if one.id == self.document.assignee)

    def say(self, kind: str, *, to_citizen: bool = False) -> str:
        """A phrase of this kind, in the citizen's language or in that of the service (mostly Arabic)."""
        language = self.document.language
        if not to_citizen and self.rng.random() < 0.3:
            language = Language.FRENCH if language == Language.ARABIC else Language.ARABIC
        return phrase(self.rng, kind, language)

    def happens(self, chance: float) -> bool:
        """With this probability."""
        return self.rng.random() < chance

    # The course ----------------------------------------------------------------------------------------

    def live(self) -> None:
        """Let everything happen that happened before the present."""
        try:
            self._live()
        except _Over:
            return

    def _live(self) -> None:
        if self.document.administration == COORDINATION:
            self._triage()
        elif self.belongs != self.document.administration:
            self.wait(3)
            self._transfer(self.one(Role.SUPERVISOR))
            if self.belongs == COORDINATION:
                self._triage()
        self._assign(days=2.5)
        if self.happens(0.04):
            self.do(self.one(Role.SUPERVISOR).actor, acts.Flag(urgent=True, reason=self.say("flag")))
        if self.happens(0.05):
            raise _Over
        self.wait(1.5)
        self.do(self.handler().actor, acts.Open())
        if self.document.type == RequestType.COMPLAINT:
            self._work()
        else:
            self._settle_remark()

    def _triage(self) -> None:
        """National coordination reads, and relays what has an operational body."""
        self.wait(2)
        coordinator = self.one(Role.COORDINATION)
        if self.happens(0.3):
            self.do(coordinator.actor, acts.Note(text=self.say("note")))
        if self.belongs == COORDINATION:
            raise _Over
        self._transfer(coordinator)

    def _transfer(self, actor: Account) -> None:
        here = self.document
        self.do(
            actor.actor,
            acts.Transfer(
                administration=self.belongs,
                unit=self.world.unit_of(self.belongs, here.place.region),
                from_administration=here.administration,
                from_unit=here.unit,
                reason=self.say("transfer"),
            ),
        )

    def _assign(self, *, days: float, but: str = "") -> None:
        self.wait(days)
        supervisor = self.one(Role.SUPERVISOR)
        able = [one for one in self._able(Role.AGENT) if one.id != but]
        if not able:
            raise _Over
        chosen = able[0] if self.happens(0.35) else self.rng.choice(able)
        self.do(
            supervisor.actor,
            acts.Assign(assignee=chosen.id, previous=self.document.assignee, note=self.say("assign")),
        )

    def _work(self) -> None:
        agent = self.handler().actor
        if self.happens(0.3):
            self.wait(1)
            self.do(agent, acts.Note(text=self.say("note")))
        if self.happens(0.012):
            self._class_confidential()
        if self.happens(0.015):
            self.wait(6)
            return self.do(CITIZEN, acts.Withdraw(reason=self.say("withdraw", to_citizen=True)))
        if self.happens(0.012):
            return self._declare_inadmissible()
        if self.happens(0.18):
            self._ask_complement()
        if self.happens(0.14):
            self._ask_elements()
        if self.happens(0.08):
            self.wait(8)
            self.do(CITIZEN, acts.Write(text=self.say("write", to_citizen=True)))
        if self.happens(0.14):
            return self._neglect()
        self.wait(9)
        self._answer()
        return self._afterwards()

    def _class_confidential(self) -> None:
        """By a supervisor of the whole administration, for himself and whoever has it."""
        whole = [
            one
            for one in self._able(Role.SUPERVISOR)
            if any(g.role == Role.SUPERVISOR and not g.unit for g in one.grants)
        ]
        if whole:
            named = tuple(dict.fromkeys((whole[0].id, self.document.assignee)))
            flag = acts.Flag(confidential=True, named=named, reason=self.say("confidential"))
            self.do(whole[0].actor, flag)

    def _ask_complement(self) -> None:
        self.wait(2)
        items = tuple(
            dict.fromkeys(self.say("items", to_citizen=True) for _ in range(self.rng.randint(1, 3)))
        )
        limit = civil_date(self.at) + timedelta(days=15)
        self.do(self.handler().actor, acts.AskComplement(items=items, limit=limit))
        if self.happens(0.75):
            reached = self.at + timedelta(days=self.rng.uniform(0.3, 13))
            self._reach(reached)
            self.do(CITIZEN, acts.GiveComplement(text=self.say("complement", to_citizen=True)))
        else:
            self._reach(self.at + timedelta(days=16, hours=2))
            self.do(SYSTEM, acts.ExpireComplement())

    def _ask_elements(self) -> None:
        here = self.document
        units = [
            code
            for code, administration in self.world.books[here.administration].units.items()
            if administration == here.administration and code != here.unit
        ]
        if not units:
            return
        self.wait(2)
        due = civil_date(self.at) + timedelta(days=10)
        asked = acts.RequestElements(unit=self.rng.choice(units), text=self.say("elements"), due=due)
        self.do(self.handler().actor, asked)
        self.wait(9)
        self.do(self.handler().actor, acts.ReceiveElements(text=self.say("elements_back")))

    def _neglect(self) -> None:
        """Left lying; perhaps the citizen asks, perhaps an interim reply goes out near the due date."""
        if self.happens(0.4):
            self.wait(18)
            self.do(CITIZEN, acts.Write(text=self.say("write", to_citizen=True)))
        if self.happens(0.5):
            eve = self.document.received_at + timedelta(days=self.rng.randrange(54, 64), hours=1)
            self._reach(max(eve, self.at + timedelta(hours=5)))
            expected = civil_date(self.at) + timedelta(days=20)
            interim = acts.SendInterim(text=self.say("interim", to_citizen=True), expected=expected)
            self.do(self.handler().actor, interim)

    def _reply(self) -> Reply:
        chance = self.rng.random()
        nature = next(nature for limit, nature in NATURES if chance <= limit)
        unfavourable = nature == Nature.UNFAVOURABLE
        promises: tuple[Commitment, ...] = ()
        if nature == Nature.PARTLY_FAVOURABLE or self.happens(0.06):
            due = civil_date(self.at) + timedelta(days=self.rng.randrange(10, 60))
            mark = f"{self.rng.getrandbits(32):08x}"
            promises = (Commitment(id=mark, text=self.say("commitment", to_citizen=True), due=due),)
        text = self.say(nature.value, to_citizen=True)
        is_french = self.document.language == Language.FRENCH
        return Reply(
            nature=nature,
            text=text,
            language=self.document.language,
            french_only_reason="Langue choisie par l’usager" if is_french else "",
            reasons_of_law=self.say("law", to_citizen=True) if unfavourable else "",
            reasons_of_fact=self.say("fact", to_citizen=True) if unfavourable else "",
            points=(Point(text=self.document.object, answer=text),),
            commitments=promises,
        )

    def _answer(self) -> None:
        channel = self._outgoing()
        self.do(self.handler().actor, acts.Answer(reply=self._reply(), channel=channel))
        self._dispatch(channel)

    def _outgoing(self) -> Channel:
        """The way the citizen came, when answers leave by it; the portal or the post otherwise."""
        came = Channel(self.document.channel)
        if came == Channel.EMAIL and self.document.person.email:
            return came
        if came in (Channel.WALK_IN, Channel.MAIL) and self._able(Role.REGISTRY_CLERK):
            return Channel.MAIL
        return Channel.PORTAL

    def _dispatch(self, channel: Channel) -> None:
        if channel in SENT_BY_SYSTEM:
            return self.do(SYSTEM, acts.Dispatch(channel=channel, on=civil_date(self.at)))
        self.wait(1.2)
        return self.do(
            self.one(Role.REGISTRY_CLERK).actor, acts.Dispatch(channel=channel, on=civil_date(self.at))
        )

    def _declare_inadmissible(self) -> None:
        supervisor = self.one(Role.SUPERVISOR)
        reply = Reply(
            nature=Nature.INADMISSIBLE,
            text=self.say("inadmissible", to_citizen=True),
            language=self.document.language,
            reasons_of_law=self.say("inadmissible_law", to_citizen=True),
            reasons_of_fact=self.say("inadmissible_fact", to_citizen=True),
        )
        self.do(supervisor.actor, acts.DeclareInadmissible(ground=Inadmissibility.BEFORE_COURT, reply=reply))
        self._dispatch(Channel.PORTAL)

    def _afterwards(self) -> None:
        """Satisfaction, reopening, closing."""
        answered = self.at
        rated = self.happens(0.42)
        satisfied = rated and self.happens(0.68)
        if rated:
            self._reach(self.at + timedelta(days=self.rng.uniform(0.2, 9)))
            mood = self.say("happy" if satisfied else "unhappy", to_citizen=True)
            reason = "" if satisfied else mood
            self.do(CITIZEN, acts.Rate(satisfied=satisfied, reason=reason, comment=mood if satisfied else ""))
        if not satisfied and self.happens(0.12):
            return self._reopen()
        if satisfied and self.happens(0.5):
            self.wait(2)
            return self.do(self.handler().actor, acts.Close(reason=self._closing(1)))
        self._reach(answered + timedelta(days=32))
        return self.do(SYSTEM, acts.Close(reason=self._closing(0)))

    def _closing(self, which: int) -> str:
        return str(fragments()["work"][self.document.language]["close"][which])

    def _reopen(self) -> None:
        self._reach(self.at + timedelta(days=self.rng.uniform(0.5, 12)))
        self.do(CITIZEN, acts.Reopen(reason=self.say("reopen", to_citizen=True)))
        self._assign(days=1, but=self.document.first_author)
        self.wait(1)
        self.do(self.handler().actor, acts.Open())
        self.wait(8)
        self._answer()

    def _settle_remark(self) -> None:
        self.wait(6)
        agent = self.handler().actor
        if self.happens(0.6):
            self.do(agent, acts.TakeIntoAccount(text=self.say("take", to_citizen=True)))
        else:
            self.do(agent, acts.File(reason=self.say("file")))


def join(course: Course, parent: Complaint) -> None:
    """Join a complaint still in hand to `parent`, of the same matter; nothing when it cannot be."""
    try:
        course.wait(1)
        if course.document.status not in (Status.RECEIVED, Status.ASSIGNED, Status.IN_PROGRESS):
            return
        supervisor = course.one(Role.SUPERVISOR)
        course.do(supervisor.actor, acts.Join(parent=parent.id, parent_number=parent.number))
    except _Over:
        return
