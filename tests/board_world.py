"""A busy office for the board: the FakeDesk's complaints again, spread over people, ages and days."""

from datetime import UTC, datetime, timedelta

import msgspec

from desktop.core.workload_records import SilentDesk
from protocol.complaint import Status
from protocol.deadlines import civil_date
from protocol.directory import Colleague
from protocol.settings import Grant, Role
from tests import fake_complaints as told
from tests.fake_desk import NOW, ONEE, RABAT, SALE, FakeDesk

_NAMES = (
    ("Latifa Bakkali", "لطيفة البقالي"), ("Siham Amrani", "سهام العمراني"), ("Hicham Lahlou", "هشام لحلو"),
    ("Nabil Fassi Fihri", "نبيل الفاسي الفهري"), ("Ghita Benkirane", "غيثة بنكيران"),
    ("Anas Cherkaoui", "أنس الشرقاوي"),
    ("Zineb Ouali", "زينب الوالي"), ("Rachid Tazi", "رشيد التازي"),
)  # fmt: skip


_OMAR, _MEHDI = ("Omar Senhaji", "عمر الصنهاجي"), ("Mehdi Tahiri", "المهدي الطاهري")


class BusyDesk(FakeDesk):
    """More colleagues than the stories know; two of them away."""

    def __init__(self, agents: int = 8) -> None:
        self.staff: tuple[Colleague, ...] = told.COLLEAGUES
        super().__init__()
        self.staff = (*told.COLLEAGUES, *(_colleague(n) for n in range(agents)))

    def colleagues(self, unit: str = "") -> tuple[Colleague, ...]:
        """Of my administration, or of one of its units."""
        return tuple(
            person
            for person in self.staff
            if any(
                grant.administration == ONEE and grant.role != Role.SIGNATORY and unit in ("", grant.unit)
                for grant in person.grants
            )
        )

    def name_of(self, user_id: str, language: str) -> str:
        """A name in that script."""
        person = next((one for one in self.staff if one.id == user_id), None)
        return "" if person is None else person.name_ar if language == "ar" else person.name_fr


def busy_desk(agents: int = 8, copies: int = 6) -> BusyDesk:
    """A desk with some 180 complaints, most of them with somebody."""
    desk = BusyDesk(agents)
    originals = [document for document in desk._bases.values() if document.administration == ONEE]
    people = [person.id for person in desk.staff if person.id.startswith("u-a")] + [
        "u-senhaji",
        "u-tahiri",
        "",
    ]
    for copy in range(copies):
        for n, document in enumerate(originals):
            _add(desk, document, copy, n, people)
    desk.workload.desks_heard = (
        SilentDesk("u-senhaji", *_OMAR, 4, NOW - timedelta(hours=19), NOW - timedelta(hours=18)),
        SilentDesk("u-tahiri", *_MEHDI, 0, None, NOW - timedelta(days=5)),
    )
    desk.workload.desks_at = NOW - timedelta(minutes=7)
    return desk


def _colleague(n: int) -> Colleague:
    french, arabic = _NAMES[n % len(_NAMES)]
    today = civil_date(NOW)
    turn = f" {n // len(_NAMES) + 1}" if n >= len(_NAMES) else ""
    return Colleague(
        id=f"u-a{n}",
        name_fr=french + turn,
        name_ar=arabic + turn,
        grants=(Grant(role=Role.AGENT, administration=ONEE, unit=RABAT if n % 3 else SALE),),
        absent_from=today - timedelta(days=2) if n in (1, 4) else None,
        absent_until=today + timedelta(days=4) if n == 1 else None,
        deputy="u-senhaji" if n == 1 else "",
    )


def _add(desk: FakeDesk, document, copy: int, n: int, people: list[str]) -> None:
    shift = (copy * 7 + n * 3) % 23 - 6
    number = 40_000 + copy * 100 + n
    assignee = people[(copy * 5 + n * 7 + n * n) % len(people)]
    status = document.status
    if status in (Status.RECEIVED, Status.ASSIGNED, Status.IN_PROGRESS):
        status = Status.ASSIGNED if assignee else Status.RECEIVED
    if (copy * 31 + n) % 6 == 0:
        status = Status.ANSWERED
    entered = NOW - timedelta(days=(copy * 5 + n * 2) % 21, hours=3)
    answered = civil_date(NOW) - timedelta(days=(copy * 3 + n) % 13) if status == Status.ANSWERED else None
    received = min(document.received_on + timedelta(days=shift), civil_date(NOW))
    desk._hold(
        msgspec.structs.replace(
            document,
            id=f"{document.id[:-4]}{copy:02d}{n:02d}",
            number=f"2026-ONEE-{number:06d}",
            assignee=assignee,
            status=status,
            entered_at=datetime.combine(entered.date(), entered.timetz(), tzinfo=UTC),
            due=received + timedelta(days=60),
            received_on=received,
            answered_on=answered,
        )
    )
