"""Varied complaint documents, made fast, the same for the same seed: what benchmarks measure on.

Words and names are drawn from French and Arabic lists, so that indexes see a realistic spread of terms.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from protocol.complaint import Complaint, Event, EventKind, Person, Place, Status
from protocol.deadlines import civil_date, due_date

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ADMINISTRATION = "BENCH"
UNIT = "BENCH.RBT"
AGENT = "agent"

FRENCH = (
    "coupure eau potable quartier facture estimée compteur relevé agence réclamation guichet délai "
    "attente dossier  attestation refusée sans motif raccordement électricité poteau incliné "
    "éclairage public panne remboursement  caution résiliation contrat abonnement erreur nom adresse "
    "école inscription transfert élève hôpital rendez-vous  ambulance médicament route nid-de-poule "
    "transport autocar horaire retard permis immatriculation carte nationale  passeport acte "
    "naissance état civil pension retraite cotisation assurance remboursé dossier maladie titre "
    "foncier  morcellement conservation impôt taxe habitation pénalité majoration avis douane "
    "marchandise saisie pollution"
).split()
ARABIC = (
    "انقطاع الماء الصالح للشرب حي فاتورة تقديرية عداد قراءة وكالة شكاية شباك أجل انتظار ملف شهادة "
    "رفض بدون تعليل ربط  الكهرباء عمود مائل إنارة عمومية عطب استرجاع الضمانة فسخ عقد اشتراك خطأ "
    "الاسم العنوان مدرسة تسجيل انتقال تلميذ  مستشفى موعد سيارة إسعاف دواء طريق حفرة نقل حافلة توقيت "
    "تأخر رخصة السياقة البطاقة الوطنية جواز السفر عقد ازدياد  الحالة المدنية معاش تقاعد اشتراكات "
    "تأمين تعويض مرض رسم عقاري تجزئة محافظة ضريبة رسم السكن غرامة زيادة إشعار  جمارك بضاعة حجز تلوث"
).split()
FORMS_FR = tuple(
    f"{head}{word}{tail}" for tail in ("", "s", "ment") for head in ("", "re", "dé") for word in FRENCH
)
FORMS_AR = tuple(
    f"{head}{word}{tail}" for tail in ("", "ات", "ها") for head in ("", "ال", "بال", "و") for word in ARABIC
)
"""Words with their usual heads and tails, the frequent ones first, drawn ever more rarely."""
NAMES_FR = (
    "Youssef Fatima Khadija Omar Salma Hamid Nadia Karim Aicha Rachid Samira Driss Imane Mehdi Zineb".split()
)
FAMILIES_FR = (
    "Bennani El Idrissi Tazi Ouazzani Alaoui Chraibi Fassi Berrada Sqalli Lahlou Cherkaoui Naciri".split()
)
NAMES_AR = "فاطمة يوسف خديجة عمر سلمى حميد نادية كريم عائشة رشيد سميرة إدريس إيمان المهدي زينب".split()
FAMILIES_AR = (
    "الإدريسي بناني التازي الوزاني العلوي الشرايبي الفاسي برادة الصقلي لحلو الشرقاوي الناصري".split()
)
STATUSES = (
    Status.ASSIGNED,
    Status.IN_PROGRESS,
    Status.RECEIVED,
    Status.AWAITING_CITIZEN,
    Status.ANSWERED,
    Status.CLOSED,
)
COMMUNES = ("04.441.01.01.", "04.421.01.01.", "06.141.01.01.")


def _weights(lexicon: tuple[str, ...]) -> tuple[float, ...]:
    total, sums = 0.0, []
    for rank in range(len(lexicon)):
        total += 1 / (rank + 20)
        sums.append(total)
    return tuple(sums)


WEIGHTS = {True: _weights(FORMS_AR), False: _weights(FORMS_FR)}


def text(draw: random.Random, *, arabic: bool, length: int) -> str:
    """`length` words of one language."""
    lexicon = FORMS_AR if arabic else FORMS_FR
    return " ".join(draw.choices(lexicon, cum_weights=WEIGHTS[arabic], k=length))


def complaint(n: int, draw: random.Random) -> Complaint:
    """The n-th document of a store."""
    arabic = draw.random() < 0.6
    first, family = (NAMES_AR, FAMILIES_AR) if arabic else (NAMES_FR, FAMILIES_FR)
    received = NOW - timedelta(minutes=draw.randrange(1, 95 * 24 * 60))
    status = draw.choices(STATUSES, (20, 35, 10, 5, 15, 15))[0]
    mine = status is not Status.RECEIVED and draw.random() < 0.02
    events = (
        Event(n=1, act=f"r{n}", kind=EventKind.REGISTERED, at=received, by="citizen"),
        Event(
            n=2,
            act=f"a{n}",
            kind=EventKind.ASSIGNED,
            at=received + timedelta(hours=3),
            by="boss",
            assignee=AGENT,
        ),
        Event(
            n=3,
            act=f"n{n}",
            kind=EventKind.NOTED,
            at=received + timedelta(hours=7),
            by=AGENT,
            text=text(draw, arabic=arabic, length=12),
        ),
    )
    return Complaint(
        id=f"0198{n >> 16:04x}-{n & 0xFFFF:04x}-7000-8000-{draw.randrange(16**12):012x}",
        ver=3,
        type="complaint",
        status=status,
        channel="portal",
        language="ar" if arabic else "fr",
        received_at=received,
        received_on=civil_date(received),
        entered_at=received,
        due=due_date(received),
        administration=ADMINISTRATION,
        unit=UNIT,
        number=f"2026-BENCH-{n + 1:06d}",
        assignee="" if status is Status.RECEIVED else AGENT if mine else f"agent{draw.randrange(40)}",
        person=Person(name=f"{draw.choice(first)} {draw.choice(family)}", phone=f"+21260000{n % 10000:04d}"),
        place=Place(commune=draw.choice(COMMUNES), detail=text(draw, arabic=arabic, length=2)),
        theme=f"theme{draw.randrange(60)}",
        object=text(draw, arabic=arabic, length=5),
        text=text(draw, arabic=arabic, length=60),
        events=events,
    )


def complaints(count: int, seed: int) -> Iterator[Complaint]:
    """`count` documents, the same for the same seed."""
    draw = random.Random(seed)
    return (complaint(n, draw) for n in range(count))
