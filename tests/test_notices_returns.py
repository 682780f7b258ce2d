"""What comes back: signed delivery reports, returned mail, and an answer that did not arrive waits again."""

import hashlib
import hmac
import json
from collections.abc import Iterator

import msgspec
import pytest
import requests
from litestar.testing import TestClient

from protocol import acts
from protocol.complaint import Attachment, Complaint
from protocol.settings import SYSTEM
from server import blobs, complaints
from server.app import create_app
from server.notices import returns
from server.notices.outbox import State
from server.notices.words import Means
from tests.notice_world import EMAIL, Mailbox, Post, by_mail, citizen, mail_server, notices, states
from tests.processes import command
from tests.server_world import NOW, ServerProcess, World, build_world
from tests.test_notices import answered, in_hand

pytestmark = pytest.mark.both_databases

SECRET = b"convenu"


@pytest.fixture
def world(tmp_path, register_url: str) -> Iterator[World]:
    built = build_world(tmp_path, register_url)
    yield built
    built.close()


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server(Mailbox()) as opened:
        yield opened


def sent(world: World, box: Mailbox) -> None:
    """Everything due leaves: by mail to the box, by SMS into the folder."""
    post = Post(world, by_mail(world, box.port))
    post.later(minutes=15)
    for means in Means:
        post.sender(means).round()


def report(world: World, **told: str) -> bool:
    with world.register.transaction() as connection:
        return returns.take(connection, msgspec.convert(told, returns.Report), NOW)


def sign(body: bytes, secret: bytes = SECRET) -> str:
    return "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()


def test_a_delivery_report_settles_an_sms_once(world, box):
    citizen(world, email="")
    sent(world, box)
    (sms,) = notices(world, channel="sms")
    assert report(world, id=sms.id, state="delivered")
    assert not report(world, id=sms.id, state="undelivered"), "what has arrived has arrived"
    assert states(world, "sms") == [("delivered", "")]


def test_a_report_about_nothing_of_ours_changes_nothing(world, box):
    citizen(world)
    (mail,) = notices(world, channel="email")
    sent(world, box)
    assert not report(world, id=mail.id, state="delivered"), "a mail has no delivery report"
    assert not report(world, id="x", state="delivered")
    (sms,) = notices(world, channel="sms")
    assert not report(world, id=sms.id, state="read")
    assert states(world, "email") == [("sent", "")] and states(world, "sms") == [("sent", "")]


def test_a_queued_notice_is_not_settled_by_a_report(world):
    citizen(world, email="")
    (sms,) = notices(world)
    assert not report(world, id=sms.id, state="delivered")


def test_only_the_gateway_that_knows_the_secret_may_report(world, box):
    citizen(world, email="")
    sent(world, box)
    (sms,) = notices(world)
    (world.config.secrets / "reports").write_bytes(SECRET + b"\n")
    world.configure(sms_reports_secret_file="reports")
    server = ServerProcess(world.config.data)
    try:
        address = f"{server.url}/v1/notices/sms-report"
        body = json.dumps({"id": sms.id, "state": "undelivered", "code": "absent\r\n<x>"}).encode()

        def post(body: bytes, signature: str) -> int:
            headers = {"X-Signature": signature}
            return requests.post(address, data=body, headers=headers, timeout=20).status_code

        assert post(body, "") == 403 and post(body, sign(body, b"autre")) == 403
        assert post(body, sign(body + b" ")) == 403 and post(b"{", sign(b"{")) == 422
        assert post(b" " * 5_000, sign(b" " * 5_000)) == 413
        unknown = b'{"id": "0192f0c1-0000-7000-8000-00000000000f", "state": "delivered"}'
        assert post(unknown, sign(unknown)) == 204
        assert states(world, "sms") == [("sent", "")]
        assert post(body, sign(body)) == 204
        assert states(world, "sms") == [("undelivered", "absentx")]
    finally:
        server.close()


def test_without_a_secret_there_is_no_such_address(world):
    with TestClient(create_app(world.config, clock=lambda: NOW)) as client:
        assert client.post("/v1/notices/sms-report", content=b"{}").status_code == 404


def test_an_answer_whose_mail_is_refused_waits_for_another_channel(world, box):
    complaint = answered(world, citizen(world), "email")
    assert complaint.status == "answered"
    box.answers["RCPT"] = "550 5.1.1 nobody"
    sent(world, box)
    after = world.load(complaint.id)
    assert after.status == "to_dispatch" and after.answered_on is None and after.due == complaint.due
    assert after.events[-1].kind == "undelivered" and after.events[-1].by == "system"
    assert "smtp_550" in after.events[-1].reason and "تعذر" in after.events[-1].reason


def test_the_announcement_of_an_answer_on_the_portal_may_fail_and_the_answer_stands(world, box):
    complaint = answered(world, citizen(world))
    box.answers["RCPT"] = "550 5.1.1 nobody"
    sent(world, box)
    assert world.load(complaint.id).status == "answered"


def test_a_complement_request_that_reached_nobody_is_reported_and_one_that_reached_somebody_is_not(
    world, box
):
    def asked(complaint: Complaint) -> Complaint:
        taken = in_hand(world, complaint)
        ask = acts.AskComplement(items=("Facture",), limit=NOW.date().replace(day=30))
        assert world.act("amina", taken, ask).status == "applied"
        return world.load(complaint.id)

    both, only_mail = asked(citizen(world)), asked(citizen(world, phone=""))
    box.answers["RCPT"] = "550 5.1.1 nobody"
    sent(world, box)
    assert world.load(both.id).events[-1].kind == "complement_asked"
    assert world.load(only_mail.id).events[-1].kind == "undelivered"


def returned(message_id: str) -> bytes:
    """A report as mail servers write it (RFC 3464)."""
    return (
        "From: MAILER-DAEMON@example.ma\nTo: plaintes@chekaya.gov.ma\nMessage-ID: <abc@example.ma>\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\nMIME-Version: 1.0\n\n'
        "--B\nContent-Type: text/plain\n\nNobody here.\n\n"
        "--B\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; example.ma\n\n"
        "Final-Recipient: rfc822; zineb@example.ma\nAction: failed\nStatus: 5.1.1\n\n"
        "--B\nContent-Type: text/rfc822-headers\n\nFrom: plaintes@chekaya.gov.ma\n"
        f"Message-ID: {message_id}\n\n--B--\n"
    ).encode()


def test_a_returned_mail_names_its_notice():
    id = "0192f0c1-0000-7000-8000-00000000000f"
    assert returns.returned_notice(returned(f"<{id}@chekaya.gov.ma>")) == id
    whole = returned("<x@y>").replace(b"text/rfc822-headers", b"message/rfc822")
    whole = whole.replace(b"Message-ID: <x@y>", f"Message-ID: <{id}@chekaya.gov.ma>\n\nbody".encode())
    assert returns.returned_notice(whole) == id
    for foreign in (returned("<x@y>"), b"", b"\xff\x00", returned("<'; DROP TABLE notice@x>")):
        assert returns.returned_notice(foreign) == ""


def test_a_mail_piped_to_the_command_reports_the_answer_undelivered(world, box, tmp_path):
    complaint = answered(world, citizen(world), "email")
    sent(world, box)
    (mail,) = notices(world, kind="answered", channel="email")
    data = str(world.config.data)
    file = tmp_path / "returned.eml"
    file.write_bytes(returned(f"<{mail.id}@chekaya.gov.ma>"))
    for _ in range(2):
        told = command("notices", "bounced", "--mail", str(file), "--data", data)
        assert told == f"{mail.id}\tundelivered\n"
    assert world.load(complaint.id).status == "to_dispatch"
    assert notices(world, kind="answered", channel="email")[0].state == State.UNDELIVERED


def test_the_commands_list_show_and_put_back_without_telling_who_or_what(world, box):
    complaint = citizen(world)
    box.answers["RCPT"] = "550 5.1.1 nobody"
    sent(world, box)
    data = str(world.config.data)
    assert "failed\temail\t1\n" in command("notices", "counts", "--data", data)
    listed = command("notices", "list", "--state", "failed", "--data", data)
    assert complaint.number in listed and "smtp_550" in listed and "z•••@example.ma" in listed
    id = listed.split("\t")[0]
    shown = command("notices", "show", id, "--data", data)
    for private in (EMAIL, "Fuite", "661223344"):
        assert private not in listed + shown
    assert command("notices", "retry", "--lost", "--data", data) == "1 notices put back\n"
    assert states(world, "email") == [("queued", "smtp_550")]


def test_an_answer_by_mail_carries_its_letter_once_it_is_recorded(world, box):
    complaint = answered(world, citizen(world), "email")
    (mail,) = notices(world, kind="answered", channel="email")
    ready = next(event for event in complaint.events if event.kind == "answered")
    with world.register.transaction() as connection:
        sha256 = blobs.keep(connection, world.config, b"%PDF-1.7 lettre", "application/pdf", NOW)
        file = Attachment(sha256=sha256, name="réponse.pdf", mime="application/pdf", size=15)
        record = acts.RecordLetter(act=ready.act, number=ready.number, file=file)
        asked = acts.Asked(id=mail.id, complaint=complaint.id, seen=complaint.ver, at=NOW, act=record)
        assert complaints.execute(connection, asked, SYSTEM, "", NOW).status == "applied"
    assert notices(world, kind="answered", channel="email")[0].next_try == NOW
    Post(world, by_mail(world, box.port)).sender(Means.EMAIL).round()
    told = next(one for one in box.mails if "réponse disponible" in one["Subject"])
    (letter,) = told.iter_attachments()
    assert letter.get_content() == b"%PDF-1.7 lettre" and letter.get_filename() == "réponse.pdf"
    assert "jointe à ce message" in told.get_body(("plain",)).get_content()
    assert "\ue001" not in told.get_body(("plain",)).get_content()


def test_an_answer_by_mail_whose_letter_never_comes_leaves_with_the_address(world, box):
    answered(world, citizen(world), "email")
    sent(world, box)
    told = next(one for one in box.mails if "réponse disponible" in one["Subject"])
    said = told.get_body(("plain",)).get_content()
    assert list(told.iter_attachments()) == [] and "jointe" not in said and "/fr/suivi" in said
    assert "\ue001" not in said and "\ue000" not in said
