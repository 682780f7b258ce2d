"""What citizens are told, when, and in which words: queued with the act, in their language."""

import json
import re
from datetime import date

import msgspec
import pytest
from sqlalchemy import insert, select

from protocol import acts
from protocol.complaint import Attachment, Complaint, Reply
from resources.catalogue import FOLDER, Catalogue
from server import blobs, complaints, database, demo, directory, migrations, tables
from server.commands.data import ensure_register
from server.config import Config, prepare_folders
from server.notices import occasions, outbox, words
from server.notices.setup import LONGEST_ADDRESS
from server.notices.words import PORTAL, Means
from tests.notice_world import EMAIL, PHONE, citizen, notices
from tests.server_world import NOW, World, build_world, later

pytestmark = pytest.mark.both_databases


@pytest.fixture
def world(tmp_path, register_url):
    built = build_world(tmp_path, register_url)
    yield built
    built.close()


def kinds(world: World, **wanted: str) -> list[tuple[str, str]]:
    return [(one.kind, one.channel) for one in notices(world, **wanted)]


def answered(world: World, complaint: Complaint, channel: str = "portal") -> Complaint:
    """Taken by Amina and answered, as far as the chosen channel goes."""
    taken = in_hand(world, complaint)
    reply = Reply(
        nature="favourable", text="La fuite est réparée.", language="fr", french_only_reason="demandé"
    )
    done = world.act("amina", taken, acts.Answer(reply=reply, channel=channel))
    assert done.status == "applied", done.code
    return world.load(complaint.id)


def in_hand(world: World, complaint: Complaint) -> Complaint:
    amina = world.staff["amina"].id
    assert world.act("salma", complaint, acts.Assign(assignee=amina)).status == "applied"
    assert world.act("amina", world.load(complaint.id), acts.Open()).status == "applied"
    return world.load(complaint.id)


def transfer(complaint: Complaint, to: str) -> acts.Transfer:
    return acts.Transfer(
        from_administration=complaint.administration,
        from_unit=complaint.unit,
        administration=to,
        reason="compétence",
    )


def test_a_registration_is_told_by_mail_and_by_sms_with_its_number_and_its_due_date(world):
    complaint = citizen(world)
    mail, sms = notices(world)
    assert (mail.kind, mail.channel, mail.address) == ("registered", "email", EMAIL)
    assert (sms.kind, sms.channel, sms.address) == ("registered", "sms", PHONE)
    assert complaint.number in mail.subject and complaint.number in mail.body and complaint.number in sms.body
    assert "19 janvier 2027" in mail.body and "19/01/2027" in sms.body
    assert f"{PORTAL}/fr/suivi" in mail.body and f"{PORTAL}/fr/suivi" in sms.body


def test_somebody_with_a_fixed_line_and_no_mail_is_told_nothing(world):
    citizen(world, phone="+212522334455", email="")
    citizen(world, phone="0522334455", email="")
    assert notices(world) == []


@pytest.mark.parametrize(
    ("phone", "may"),
    [("+212661223344", True), ("+212712345678", True), ("+212522334455", False), ("+212801234567", False),
     ("+33612345678", True), ("0661223344", False), ("+212661223344\r\n", False), ("", False)],
)  # fmt: skip
def test_an_sms_goes_to_what_may_be_a_mobile_telephone(phone, may):
    assert outbox.is_mobile(phone) is may


@pytest.mark.parametrize(
    "email",
    ["a@b.ma\r\nBcc: x@y.ma", "a@b.ma\nx", "<a@b.ma>", "زينب@example.ma", "a b@c.ma", "a@b.ma,c@d.ma"],
)
def test_an_address_that_is_not_in_its_stored_form_gets_nothing(email):
    assert outbox.ways("", email, is_pressing=True) == ()


def test_what_is_not_pressing_costs_no_sms_where_there_is_a_mail_address(world):
    with_mail, without = citizen(world), citizen(world, email="")
    for complaint in (with_mail, without):
        assert world.act("salma", complaint, transfer(complaint, "ELEC")).status == "applied"
    assert kinds(world, complaint=with_mail.id, kind="transferred") == [("transferred", "email")]
    assert kinds(world, complaint=without.id, kind="transferred") == [("transferred", "sms")]
    (mail,) = notices(world, complaint=with_mail.id, kind="transferred")
    assert "Office ELEC" in mail.body and "19 janvier 2027" in mail.body


def test_a_refused_act_tells_nothing_and_an_act_sent_twice_tells_once(world):
    complaint = citizen(world)
    refused = world.act("amina", complaint, transfer(complaint, "EAU"))
    assert refused.status == "rejected"
    asked = acts.Asked(
        id="0192f0c1-0000-7000-8000-000000000001",
        complaint=complaint.id,
        seen=1,
        at=NOW,
        act=transfer(complaint, "ELEC"),
    )
    for _ in range(2):
        with world.register.transaction() as connection:
            complaints.execute(connection, asked, world.staff["salma"].actor, "d", NOW)
    assert kinds(world, kind="transferred") == [("transferred", "email")]


def test_a_transaction_that_fails_tells_nothing(world):
    complaint = citizen(world)
    with pytest.raises(RuntimeError), world.register.transaction() as connection:
        asked = acts.Asked(
            id="0192f0c1-0000-7000-8000-000000000002",
            complaint=complaint.id,
            seen=1,
            at=NOW,
            act=transfer(complaint, "ELEC"),
        )
        complaints.execute(connection, asked, world.staff["salma"].actor, "d", NOW)
        raise RuntimeError
    assert kinds(world, kind="transferred") == []


def test_a_complement_request_lists_what_is_missing_and_until_when(world):
    complaint = in_hand(world, citizen(world))
    ask = acts.AskComplement(items=("Copie de la facture", "Numéro du compteur"), limit=date(2026, 12, 5))
    assert world.act("amina", complaint, ask).status == "applied"
    mail, sms = notices(world, kind="complement_asked")
    assert "• \u2068Copie de la facture\u2069\n• \u2068Numéro du compteur\u2069" in mail.body
    assert "5 décembre 2026" in mail.body and "05/12/2026" in sms.body and "facture" not in sms.body


def test_an_answer_on_the_portal_is_announced_and_not_copied(world):
    complaint = answered(world, citizen(world))
    mail, sms = notices(world, kind="answered")
    for notice in (mail, sms):
        assert "réparée" not in notice.body and complaint.number in notice.body
    assert "20 décembre 2026" in mail.body and "20/12/2026" in sms.body
    assert mail.next_try == NOW


def test_an_answer_by_mail_waits_a_while_for_its_letter_and_its_sms_does_not(world):
    answered(world, citizen(world), "email")
    mail, sms = notices(world, kind="answered")
    assert mail.next_try == NOW + occasions.LETTER_PATIENCE and sms.next_try == NOW


def test_every_citizen_joined_to_a_complaint_is_told_of_its_answer_without_its_author(world):
    parent = citizen(world)
    child = citizen(world, language="ar", email="hassan@example.ma")
    join = acts.Join(parent=parent.id, parent_number=parent.number)
    assert world.act("salma", child, join).status == "applied"
    (told,) = notices(world, kind="joined")
    assert parent.number in told.body
    answered(world, parent)
    (mail,) = notices(world, kind="parent_answered")
    assert (mail.complaint, mail.language, mail.address) == (child.id, "ar", "hassan@example.ma")
    assert parent.number in mail.body and "Zineb" not in mail.body and EMAIL not in mail.body


def test_a_confidential_complaint_is_named_by_its_date_only(world):
    amina = world.staff["amina"].id
    complaint = citizen(world, confidential=True, named=(amina, world.staff["salma"].id))
    in_hand(world, complaint)
    ask = acts.AskComplement(items=("Le nom du fonctionnaire",), limit=date(2026, 12, 5))
    assert world.act("amina", world.load(complaint.id), ask).status == "applied"
    for notice in notices(world):
        said = notice.subject + notice.body
        assert complaint.number not in said and "EAU" not in said and "Fuite" not in said, notice.kind
        assert "fonctionnaire" not in said and "20/11/2026" in said, notice.kind
    assert any("5 décembre 2026" in one.body for one in notices(world, kind="complement_asked"))


def test_an_arabic_speaker_is_told_in_arabic(world):
    complaint = citizen(world, language="ar", object="تسرب الماء")
    mail, sms = notices(world)
    assert "تسرب الماء" in mail.body and "19 يناير 2027" in mail.body and "مكتب EAU" in mail.body
    assert f"\u2066{complaint.number}\u2069" in mail.body and f"\u200e{complaint.number}" in sms.body
    assert not re.search("[a-zé]{3,}", re.sub(r"\ue000\S+", "", mail.body + mail.subject + sms.body))


def test_the_platform_carries_no_strangers_links(world):
    citizen(world, object="Gagnez https://pirate.example/x ou pirate.com, écrivez à x@y.zz")
    assert "pirate" not in notices(world, channel="email")[0].body
    assert "Gagnez … ou … écrivez à …" in notices(world, channel="email")[0].body


def test_the_tracking_code_is_in_no_notice(world):
    complaint = citizen(world)
    with world.register.reading() as connection:
        kept = connection.execute(
            select(tables.complaint.c.tracking_hash).where(tables.complaint.c.id == complaint.id)
        ).scalar()
    assert all((kept or "hash") not in one.body for one in notices(world))
    assert not any(
        "{code}" in str(v) for k, v in entries("fr").items() if "one_time" not in k and "un" not in k
    )


def entries(language: str) -> dict[str, object]:
    return json.loads((FOLDER / f"notices.{language}.json").read_text("utf-8"))


SHORT = sorted(key for key in entries("fr") if key.endswith(".sms"))


@pytest.mark.parametrize("language", ["fr", "ar"])
@pytest.mark.parametrize("key", SHORT)
def test_every_sms_fits_in_two_segments_and_french_keeps_its_accents(key, language):
    address = "https://" + "x" * (LONGEST_ADDRESS - 8)
    number = words.number_in(Catalogue(language), Means.SMS, "2026-" + "X" * 12 + "-123456")
    texts = Catalogue(language)
    request = texts("notices.request", number=number)
    if "one_time_code" in key:
        body = words.one_time_code(language, Means.SMS, "12345678", 15).body
    else:
        day = dict.fromkeys(("due", "limit", "expected", "until", "on"), "25/12/2026")
        body = words.sms(texts, key.split(".")[1], request=request, **day).body.replace(PORTAL, address)
    assert words.segments(body) <= 2, (words.segments(body), len(body), body)
    assert language == "ar" or words.is_gsm(body), [c for c in body if not words.is_gsm(c)]


def test_segments_are_counted_as_networks_count_them():
    assert [words.segments("a" * n) for n in (160, 161, 306, 307)] == [1, 2, 2, 3]
    assert [words.segments("م" * n) for n in (70, 71, 134, 135)] == [1, 2, 2, 3]
    assert words.segments("€" * 80) == 1 and words.segments("€" * 81) == 2
    assert not words.is_gsm("ê") and words.is_gsm("é à è ù")


def test_every_administration_of_the_register_fits(world):
    longest = max(len(one.code) for one in directory.read_register().administrations)
    assert longest <= 12


def test_a_one_time_code_is_in_its_message_and_dies_with_its_minutes(world):
    complaint = citizen(world, email="")
    with world.register.transaction() as connection:
        for _ in range(2):
            outbox.queue_one_time_code(
                connection,
                complaint=complaint.id,
                channel="sms",
                address=PHONE,
                language="ar",
                code="48151623",
                minutes=10,
                now=NOW,
            )
    first, _ = notices(world, kind="one_time_code")
    assert "48151623" in first.body and "10 دقائق" in first.body and first.expires_at == later(minutes=10)


def test_demonstration_data_tells_nobody(tmp_path):
    config = Config(data=tmp_path)
    prepare_folders(config)
    register = database.connect(config)
    try:
        migrations.migrate(register, NOW)
        ensure_register(register)
        demo.populate(register, config, complaints=60, seed=3, now=NOW)
        with register.reading() as connection:
            assert outbox.counts(connection) == {}
            assert len(connection.execute(select(tables.complaint.c.id)).all()) == 60
    finally:
        register.close()


def test_the_letter_is_enclosed_by_mail_only_and_never_for_a_confidential_complaint(world):
    complaint = answered(world, citizen(world), "email")
    dispatched = next(event for event in complaint.events if event.kind == "dispatched")
    ready = next(event for event in complaint.events if event.kind == "answered")
    letter = Attachment(sha256="00", name="lettre.pdf", mime="application/pdf", size=9)
    recorded = msgspec.structs.replace(
        dispatched,
        kind="letter_recorded",
        act="r",
        other=ready.act,
        attachments=(letter,),
        n=dispatched.n + 1,
    )
    document = msgspec.structs.replace(complaint, events=(*complaint.events, recorded))
    assert occasions.enclosed(complaint, dispatched.act) is None
    assert occasions.enclosed(document, dispatched.act) == letter
    assert occasions.enclosed(msgspec.structs.replace(document, confidential=True), dispatched.act) is None
    by_post = tuple(
        msgspec.structs.replace(e, channel="mail") if e is dispatched else e for e in document.events
    )
    assert occasions.enclosed(msgspec.structs.replace(document, events=by_post), dispatched.act) is None


def test_a_notice_says_that_files_go_with_the_answer_and_carries_none(world):
    complaint = citizen(world)
    taken = in_hand(world, complaint)
    with world.register.transaction() as connection:
        data = b"%PDF-1.7 plan"
        sha256 = blobs.keep(connection, world.config, data, "application/pdf", NOW)
        connection.execute(
            insert(tables.attachment).values(
                complaint=complaint.id, sha256=sha256, name="plan.pdf", mime="application/pdf", size=len(data)
            )
        )
    plan = Attachment(sha256=sha256, name="plan-de-zineb.pdf", mime="application/pdf", size=len(data))
    reply = Reply(
        nature="favourable", text="Plan ci-joint.", language="fr", french_only_reason="demandé",
        attachments=(plan,),
    )  # fmt: skip
    done = world.act("amina", taken, acts.Answer(reply=reply, channel="email"))
    assert done.status == "applied", done.code
    (mail,) = notices(world, kind="answered", channel="email")
    assert "page de suivi. Un fichier est joint à la réponse" in mail.body and "zineb" not in mail.body
