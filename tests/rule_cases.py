"""A small administration with its people, and complaints at every stage, for the tests of rules."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from protocol import acts
from protocol.acts import Act, Asked
from protocol.complaint import Channel, Complaint, Nature, Person, Reply, RequestType, Status
from protocol.rules import Refusal, Refused, apply
from protocol.settings import CITIZEN, SYSTEM, Actor, Chain, Grant, Role, Settings, Staff

NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
TODAY = date(2026, 3, 10)

A, B, CN = "MEE", "ONEE", "CN"
"""Two administrations, and national coordination."""


def person(user: str, *roles: str, administration: str = A, unit: str = "U1") -> Actor:
    return Actor(
        id=user, grants=tuple(Grant(role=role, administration=administration, unit=unit) for role in roles)
    )


AMINA = person("amina", Role.AGENT)
BILAL = person("bilal", Role.AGENT)
SALMA = person("salma", Role.SUPERVISOR)
VERA = person("vera", Role.VALIDATOR)
SINA = person("sina", Role.SIGNATORY, unit="")
CLARA = person("clara", Role.REGISTRY_CLERK, unit="")
LIAM = person("liam", Role.OMBUDSMAN_LIAISON, unit="")
DIRECTOR = person("director", Role.SUPERVISOR, unit="")
OTHER_UNIT = person("omar", Role.AGENT, unit="U2")
FOREIGNER = person("farid", Role.AGENT, administration=B, unit="V1")
FOREIGN_HEAD = person("fatima", Role.SUPERVISOR, administration=B, unit="")
COORDINATOR = person("cora", Role.COORDINATION, administration=CN, unit="")
ADMIN = person("adam", Role.ADMINISTRATOR, unit="")
AUDITOR = person("aude", Role.AUDITOR, unit="")

PEOPLE = (
    AMINA, BILAL, SALMA, VERA, SINA, CLARA, LIAM, DIRECTOR, OTHER_UNIT, FOREIGNER, FOREIGN_HEAD,
    COORDINATOR, ADMIN, AUDITOR,
)  # fmt: skip

SETTINGS = Settings(
    operational=frozenset({A, B}),
    units={"U1": A, "U2": A, "V1": B, "C1": CN},
    staff={actor.id: Staff(id=actor.id, grants=actor.grants) for actor in PEOPLE},
)
VALIDATED = msgspec.structs.replace(SETTINGS, chain=Chain.VALIDATE)
SIGNED = msgspec.structs.replace(SETTINGS, chain=Chain.VALIDATE_AND_SIGN)

REPLY = Reply(nature=Nature.FAVOURABLE, text="تمت الاستجابة لطلبكم.")
REASONED = Reply(
    nature=Nature.UNFAVOURABLE, text="تعذر.", reasons_of_law="المادة 3", reasons_of_fact="عدم وجود عقد"
)
ADVERSE = msgspec.structs.replace(REASONED, nature=Nature.INADMISSIBLE)


def complaint(**changes: Any) -> Complaint:
    """Received on 5 March 2026 on the portal, in unit U1 of A, nobody's yet."""
    plain = Complaint(
        id="c1",
        ver=1,
        type=RequestType.COMPLAINT,
        status=Status.RECEIVED,
        channel=Channel.PORTAL,
        language="ar",
        received_at=datetime(2026, 3, 5, 9, 0, tzinfo=UTC),
        received_on=date(2026, 3, 5),
        entered_at=datetime(2026, 3, 5, 9, 0, tzinfo=UTC),
        due=date(2026, 5, 4),
        administration=A,
        unit="U1",
        number="2026-MEE-000001",
        person=Person(name="Fatima Zahra", email="fz@example.ma", phone="0600000000"),
        object="انقطاع الماء",
        text="انقطع الماء منذ أسبوع",
    )
    return msgspec.structs.replace(plain, **changes)


def assigned(**changes: Any) -> Complaint:
    """Assigned to Amina."""
    return complaint(**{"status": Status.ASSIGNED, "assignee": "amina", **changes})


def in_progress(**changes: Any) -> Complaint:
    """Amina is working on it."""
    return complaint(**{"status": Status.IN_PROGRESS, "assignee": "amina", **changes})


@dataclass
class Story:
    """A complaint whose acts are told one after the other; the clock moves by an hour each time."""

    document: Complaint
    settings: Settings = SETTINGS
    now: datetime = NOW
    count: int = 0

    def does(self, actor: Actor, act: Act, *, seen: int | None = None) -> Complaint:
        self.now += timedelta(hours=1)
        self.count += 1
        self.document = done(
            self.document, actor, act, self.settings, seen=seen, now=self.now, id=f"a{self.count}"
        )
        return self.document

    def refuses(self, actor: Actor, act: Act, *, seen: int | None = None) -> Refusal:
        return refused(self.document, actor, act, self.settings, seen=seen, now=self.now)

    def waits(self, days: int) -> "Story":
        self.now += timedelta(days=days)
        return self


def asked(
    document: Complaint, act: Act, *, seen: int | None = None, now: datetime = NOW, id: str = "a"
) -> Asked:
    return Asked(id=id, complaint=document.id, seen=document.ver if seen is None else seen, at=now, act=act)


def done(
    document: Complaint, actor: Actor, act: Act, settings: Settings = SETTINGS, **envelope: Any
) -> Complaint:
    return apply(document, asked(document, act, **envelope), actor, settings, envelope.get("now", NOW))


def refused(
    document: Complaint, actor: Actor, act: Act, settings: Settings = SETTINGS, **envelope: Any
) -> Refusal:
    try:
        done(document, actor, act, settings, **envelope)
    except Refused as refusal:
        return refusal.code
    raise AssertionError(f"{act.kind} was not refused")


def answered(reply: Reply = REPLY) -> Story:
    """Answered by Amina and sent by the portal on 10 March 2026."""
    story = Story(in_progress())
    story.does(AMINA, acts.Answer(reply=reply))
    story.does(SYSTEM, acts.Dispatch(channel=Channel.PORTAL, on=TODAY))
    return story


def reopened() -> Story:
    """Answered by Amina, reopened by the citizen."""
    story = answered()
    story.does(CITIZEN, acts.Reopen(reason="لم يتم الإصلاح"))
    return story


def transfer(**changes: Any) -> acts.Transfer:
    """From U1 of A to B."""
    fields = {"administration": B, "from_administration": A, "from_unit": "U1", "reason": "من اختصاصكم"}
    return acts.Transfer(**{**fields, **changes})
