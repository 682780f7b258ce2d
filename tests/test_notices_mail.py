"""Mail leaves through a real server that is down, refuses or dies midway: delayed, failed or doubtful."""

from collections.abc import Iterator
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.notices.carriers import Outgoing
from server.notices.mail import build
from server.notices.outbox import State
from server.notices.smtp import _stuffed
from server.notices.words import Means
from tests.notice_world import (
    EMAIL,
    PUBLIC,
    HangUp,
    Mailbox,
    Post,
    by_mail,
    citizen,
    closed_port,
    mail_server,
    notices,
    states,
)
from tests.server_world import NOW, World, build_world


@pytest.fixture
def world(tmp_path) -> Iterator[World]:
    built = build_world(tmp_path)
    yield built
    built.close()


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server(Mailbox()) as opened:
        yield opened


def mails(world: World) -> list[tuple[str, str]]:
    return states(world, "email")


def test_a_mail_says_who_sends_it_and_that_nobody_wrote_it(world, box):
    complaint = citizen(world)
    Post(world, by_mail(world, box.port)).sender(Means.EMAIL).round()
    (mail,) = box.mails
    (notice,) = notices(world, channel="email")
    assert mail["To"] == EMAIL and mail["From"] == "Chekaya <plaintes@chekaya.gov.ma>"
    assert complaint.number in mail["Subject"] and mail["Content-Language"] == "fr"
    assert mail["Message-ID"] == f"<{notice.id}@chekaya.gov.ma>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert not [name for name in mail if name.lower().startswith("list-")]
    assert f"{PUBLIC}/fr/suivi" in mail.get_body(("plain",)).get_content()
    assert (notice.state, notice.reference, notice.sent_at) == (State.SENT, "2.0.0 Ok: queued as 4Zx", NOW)


def test_an_arabic_mail_is_read_as_it_was_written_from_right_to_left(world, box):
    citizen(world, language="ar", object="تسرب الماء")
    Post(world, by_mail(world, box.port)).sender(Means.EMAIL).round()
    (mail,) = box.mails
    assert all(byte < 128 for byte in box.raw[0])
    assert "تم التسجيل" in mail["Subject"] and mail["From"].addresses[0].display_name == "شكاية"
    assert "تسرب الماء" in mail.get_body(("plain",)).get_content()
    page = mail.get_body(("html",)).get_content()
    assert '<html lang="ar" dir="rtl">' in page and "تسرب الماء" in page


def test_what_citizens_wrote_is_escaped_in_the_page(world, box):
    citizen(world, object="<script>alert(1)</script> & fuite")
    Post(world, by_mail(world, box.port)).sender(Means.EMAIL).round()
    page = box.mails[0].get_body(("html",)).get_content()
    assert "<script>" not in page and "&lt;script&gt;" in page and "&amp; fuite" in page


def test_a_line_that_begins_with_a_dot_arrives_whole():
    assert _stuffed(b"a\n.b\r\n..c\n") == b"a\r\n..b\r\n...c\r\n.\r\n"


def test_a_mail_server_that_is_down_delays_and_shows_it_then_everything_leaves_in_order(world):
    port = closed_port()
    numbers = [citizen(world, text=f"Fuite {n}").number for n in range(3)]
    post = Post(world, by_mail(world, port))
    sender = post.sender(Means.EMAIL)
    assert sender.round() == 1, "one refused connection is enough to know"
    assert sorted(mails(world)) == [("queued", ""), ("queued", ""), ("queued", "smtp_unreachable")]
    assert sender.round() == 0, "and the way out rests"
    with mail_server(Mailbox(port=port)) as box:
        post.later(minutes=2)
        assert sender.round() == 3
        assert mails(world) == [("sent", "")] * 3
        assert sorted(str(mail["Subject"]).split()[1] for mail in box.mails) == numbers


def test_a_refused_address_fails_alone_and_a_full_one_waits_alone(world, box):
    post = Post(world, by_mail(world, box.port))
    sender = post.sender(Means.EMAIL)
    box.answers["RCPT"] = "550 5.1.1 nobody here by that name"
    citizen(world)
    sender.round()
    assert mails(world) == [("failed", "smtp_550")]
    box.answers["RCPT"] = "452 4.2.2 full"
    citizen(world, email="pleine@example.ma")
    sender.round()
    box.answers.clear()
    citizen(world, email="bonne@example.ma")
    assert sender.round() == 1
    assert sorted(mails(world)) == [("failed", "smtp_550"), ("queued", "smtp_452"), ("sent", "")]
    post.later(minutes=2)
    sender.round()
    assert sorted(mails(world)) == [("failed", "smtp_550"), ("sent", ""), ("sent", "")]


@pytest.mark.parametrize(
    ("command", "reply", "error"),
    [
        ("GREETING", "554 go away", "smtp_554"),
        ("MAIL", "553 not you", "smtp_553"),
        ("DATA", "451 later", "smtp_451"),
        ("END", "451 4.3.0 later", "smtp_451"),
        ("RCPT", "421 closing", "smtp_421"),
    ],
)
def test_what_is_not_the_citizens_fault_waits(world, box, command, reply, error):
    citizen(world)
    box.answers[command] = reply
    post = Post(world, by_mail(world, box.port))
    sender = post.sender(Means.EMAIL)
    sender.round()
    assert mails(world) == [("queued", error)]
    box.answers.clear()
    post.later(minutes=2)
    sender.round()
    assert mails(world) == [("sent", "")]


def test_a_message_refused_after_its_text_fails(world, box):
    citizen(world)
    box.answers["END"] = "554 5.7.1 looks like spam"
    Post(world, by_mail(world, box.port)).sender(Means.EMAIL).round()
    assert mails(world) == [("failed", "smtp_554")]


def test_a_server_that_dies_before_it_answers_leaves_it_uncertain_and_it_is_never_sent_twice(world, box):
    citizen(world)

    def die(_: object) -> None:
        raise HangUp

    box.after_data = die
    post = Post(world, by_mail(world, box.port))
    sender = post.sender(Means.EMAIL)
    sender.round()
    assert mails(world) == [("uncertain", "smtp_no_reply")]
    box.after_data = None
    for _ in range(5):
        post.later(hours=20)
        sender.round()
    assert len(box.raw) == 1 and mails(world) == [("uncertain", "smtp_no_reply")]


def test_a_wrong_password_waits_and_is_shown(world, box):
    (world.config.secrets / "mail.password").write_text("faux\n", "utf-8")
    citizen(world)
    config = by_mail(world, box.port, smtp_user="chekaya", smtp_password_file="mail.password")
    sender = Post(world, config).sender(Means.EMAIL)
    sender.round()
    assert mails(world) == [("queued", "smtp_login")]


def test_an_address_made_to_carry_headers_reaches_nobody_else(world, box):
    citizen(world, email="x@example.ma\r\nBcc: tous@example.ma")
    citizen(world)
    with world.register.transaction() as connection:
        connection.exec_driver_sql(
            "UPDATE notice SET address = ?, subject = ? WHERE channel = 'email'",
            ("x@example.ma\r\nRCPT TO:<tous@example.ma>", "Sujet\r\nBcc: tous@example.ma"),
        )
    Post(world, by_mail(world, box.port)).sender(Means.EMAIL).round()
    assert mails(world) == [("failed", "unusable_address")]
    assert box.raw == [] and not any("tous" in said for said in box.commands)


def test_a_subject_stays_one_line(world, box):
    citizen(world)
    with world.register.transaction() as connection:
        connection.exec_driver_sql("UPDATE notice SET subject = ?", ("Sujet\r\nBcc: tous@example.ma",))
    Post(world, by_mail(world, box.port)).sender(Means.EMAIL).round()
    assert box.mails[0]["Bcc"] is None and box.mails[0]["Subject"] == "Sujet  Bcc: tous@example.ma"


@given(
    words=st.lists(st.sampled_from(("الطلب", "رقم", "‎2026-EAU-000139:", "تم", "été", "A", ":")), min_size=1)
)
def test_no_space_of_a_subject_is_lost_on_the_way(words):
    subject = " ".join(words)
    out = Outgoing(
        id="n1", address="x@example.ma", language="ar", subject=subject, text="نص", queued_at=NOW, now=NOW
    )
    read = message_from_bytes(build(out, "chekaya@example.ma").as_bytes(), policy=policy.default)
    assert str(read["Subject"]) == subject[:200].rstrip()
