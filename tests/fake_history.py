"""Builds a complaint from its story: registered by hand, then carried on by acts under the real rules."""

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from protocol import acts, deadlines, rules, text
from protocol.acts import Act, Asked
from protocol.complaint import Attachment, Complaint, Event, EventKind, Person, Place, Reply, Routing
from protocol.settings import CITIZEN, SYSTEM, Actor, Settings
from resources import places
from tests import fake_complaints as told
from tests.fake_complaints import ME, ONEE, SALE, Story

_NOBODY = {"citizen": CITIZEN, "system": SYSTEM}


def content_of(digest: str) -> bytes:
    """The bytes behind an attachment of a story: a small text file that names it."""
    for story in told.STORIES:
        for name in story.files:
            if sha256(name.encode()).hexdigest() == digest:
                return name.encode()
    raise KeyError(digest)


def build(story: Story, n: int, now: datetime, settings: Settings) -> Complaint:
    """The document a story tells, its history made of real acts under the real rules."""
    due = deadlines.civil_date(now) + timedelta(days=story.left)
    received = datetime.combine(due - timedelta(days=60), datetime.min.time(), tzinfo=UTC)
    received += timedelta(hours=8, minutes=7 * n % 60)
    document = _registered(story, n, received, due)
    for k, (act, by) in enumerate(_history(story, document, now), start=1):
        at = min(received + timedelta(days=k, hours=k), now - timedelta(hours=1))
        document = happened(
            document, act, by=by, at=at, settings=settings, act_id=f"019aa{n:03x}-0000-7000-8000-{k:012x}"
        )
    return document


def _registered(story: Story, n: int, received: datetime, due: date) -> Complaint:
    language = "ar" if text.direction(story.text) == "rtl" else "fr"
    files = tuple(
        Attachment(
            sha256=sha256(name.encode()).hexdigest(),
            name=name,
            mime="application/pdf" if name.endswith(".pdf") else "image/jpeg",
            size=214_000 + 1_000 * n,
        )
        for name in story.files
    )
    number = f"2026-{story.administration}-{15_000 + 71 * n:06d}"
    registered = Event(
        n=1, act=f"019a9{n:03x}-0000-7000-8000-000000000001", kind=EventKind.REGISTERED, at=received,
        by="citizen", administration=story.administration, unit=story.unit, number=number,
    )  # fmt: skip
    return Complaint(
        id=f"019a9{n:03x}-0000-7000-8000-0000000000c1",
        ver=1,
        type=story.type,
        status="received",
        channel=story.channel,
        language=language,
        received_at=received,
        received_on=deadlines.civil_date(received),
        entered_at=received,
        due=due,
        administration=story.administration,
        unit=story.unit,
        unit_since=received,
        number=number,
        person=Person(
            name=story.citizen, identity_number=f"AB{100_000 + n}", phone=f"06 61 00 {n:02d} {n:02d}"
        ),
        place=_place(story.place),
        theme=story.theme,
        object=story.object,
        text=story.text,
        urgent=story.urgent,
        attachments=files,
        routing=_routing(story),
        events=(registered,),
    )


def _place(name: str) -> Place:
    """The commune of that name, in either language."""
    found = next(one for one in places.communes() if name in (one.name_fr, one.name_ar))
    return Place(region=found.region, province=found.province, commune=found.code)


def _routing(story: Story) -> Routing:
    words = tuple(word for word in story.text.split() if len(word) > 5)[:3]
    if story.stage != "triage":
        ranked = ((ONEE, 0.94), ("CNSS", 0.02), ("DGI", 0.01))
        return Routing(model="test", confidence=0.94, administration=ONEE, words=words, ranked=ranked)
    best = {"social_security": "CNSS", "land_registry": "ANCFCC"}.get(story.theme, "SANTE")
    ranked = ((best, 0.41), ("DGI", 0.18), ("AREF-RSK", 0.12), (ONEE, 0.04))
    return Routing(model="test", confidence=0.41, administration=best, words=words, ranked=ranked)


def _history(story: Story, document: Complaint, now: datetime) -> list[tuple[Act, str]]:
    if story.stage in ("triage", "unassigned"):
        return []
    owner = "u-alaoui" if story.stage == "colleague" else ME
    steps: list[tuple[Act, str]] = [(acts.Assign(assignee=owner), ME)]
    if story.stage == "assigned":
        return steps
    steps.append((acts.Open(), owner))
    return steps + _after_opening(story, document, now)


def _after_opening(story: Story, document: Complaint, now: datetime) -> list[tuple[Act, str]]:
    today = deadlines.civil_date(now)
    match story.stage:
        case "noted":
            note = (
                "Travaux de renforcement du réseau prévus semaine 47, confirmés par la direction régionale."
            )
            return [(acts.Note(text=note), "u-senhaji")]
        case "complement":
            items = ("عنوان الدوار بالضبط", "رقم العداد أو نسخة من فاتورة حديثة")
            return [(acts.AskComplement(items=items, limit=today + timedelta(days=9)), ME)]
        case "elements":
            asked = "Merci d'indiquer la date d'intervention prévue et la cause de la panne."
            return [(acts.RequestElements(unit=SALE, text=asked, due=today + timedelta(days=6)), ME)]
        case "answered":
            return [(acts.Answer(reply=_reply(document)), ME)]
    return []


def _reply(document: Complaint) -> Reply:
    return Reply(
        nature="favourable",
        language="ar",
        text="سيدتي، سيدي،\nجوابا عن شكايتكم، أخبركم أنه تم التدخل بعين المكان وتسوية الوضعية نهائيا.",
        translation=""
        if document.language == "ar"
        else "Madame, Monsieur,\nEn réponse à votre réclamation, la situation a été régularisée.",
    )


def happened(
    document: Complaint, act: Act, *, by: str, at: datetime, settings: Settings, act_id: str
) -> Complaint:
    """The document after an act of `by` ("citizen", "system" or a colleague); raises rules.Refused."""
    actor = _NOBODY.get(by) or Actor(id=by, grants=told.profile(by).grants)
    asked = Asked(id=act_id, complaint=document.id, seen=document.ver, at=at, act=act)
    return rules.apply(document, asked, actor, settings, at)
