"""When notices leave, by whom, and what is kept: time, order, several senders, files, journal, forgetting."""

import stat
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from server.notices import keeping, outbox
from server.notices.outbox import State
from server.notices.sender import LONGEST_PAUSE, pause_after
from server.notices.words import Means
from tests.notice_world import (
    EMAIL,
    PHONE,
    Gateway,
    Mailbox,
    Post,
    by_mail,
    by_sms,
    citizen,
    closed_port,
    journal,
    mail_server,
    notices,
    sms_gateway,
    states,
)
from tests.server_world import NOW, World, build_world

pytestmark = pytest.mark.both_databases


@pytest.fixture
def world(tmp_path, register_url: str) -> Iterator[World]:
    built = build_world(tmp_path, register_url)
    yield built
    built.close()


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server(Mailbox()) as opened:
        yield opened


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with sms_gateway(Gateway()) as opened:
        yield opened


def mails(world: World) -> list[tuple[str, str]]:
    return states(world, "email")


def texts(world: World) -> list[tuple[str, str]]:
    return states(world, "sms")


def test_pauses_double_up_to_six_hours_with_some_chance():
    assert [pause_after(n, 0.5).total_seconds() for n in (1, 2, 3)] == [60, 120, 240]
    assert pause_after(50, 0.5).total_seconds() == LONGEST_PAUSE
    assert pause_after(1, 0.0).total_seconds() == 48 and pause_after(1, 1.0).total_seconds() == 72


def test_after_three_days_a_notice_is_given_up(world):
    citizen(world, email="")
    post = Post(world, by_sms(world, closed_port()))
    sender = post.sender(Means.SMS)
    tries = 0
    for _ in range(200):
        tries += sender.round()
        post.later(minutes=30)
    assert texts(world) == [("failed", "given_up sms_unreachable")]
    assert 10 < tries < 30


def test_what_was_old_before_anybody_could_send_it_is_not_sent(world, box):
    citizen(world)
    post = Post(world, by_mail(world, box.port))
    post.later(days=4)
    post.sender(Means.EMAIL).round()
    assert mails(world) == [("not_sent", "too_old")] and box.raw == []


def test_a_one_time_code_never_leaves_late_and_is_forgotten_once_it_has_left(world, gateway):
    complaint = citizen(world, phone="")
    post = Post(world, by_sms(world, gateway.port))
    sender = post.sender(Means.SMS)

    def ask(code: str) -> None:
        with world.register.transaction() as connection:
            outbox.queue_one_time_code(
                connection, complaint=complaint.id, channel="sms", address=PHONE, language="fr",
                code=code, minutes=10, now=post.now,
            )  # fmt: skip

    ask("11112222")
    sender.round()
    assert "11112222" in next(iter(gateway.messages.values()))["text"]
    gateway.status = 503
    ask("33334444")
    sender.round()
    gateway.status = 200
    post.later(minutes=11)
    sender.round()
    assert len(gateway.messages) == 1
    assert sorted((one.state, one.body) for one in notices(world, kind="one_time_code")) == [
        ("failed", ""),
        ("sent", ""),
    ]


def test_two_senders_at_once_send_each_notice_once(world, box):
    for n in range(12):
        citizen(world, text=f"Fuite {n}")
    config = by_mail(world, box.port)
    senders = [Post(world, config).sender(Means.EMAIL) for _ in range(2)]
    threads = [threading.Thread(target=sender.round) for sender in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(box.raw) == 12 and len({mail["Message-ID"] for mail in box.mails}) == 12
    assert mails(world) == [("sent", "")] * 12


def test_a_notice_left_by_a_dead_sender_is_doubtful_by_mail_and_asked_again_by_sms(world, box, gateway):
    citizen(world)
    with world.register.transaction() as connection:
        for means in Means:
            assert outbox.claim(connection, means, NOW, until=NOW.replace(minute=1)) is not None
    for means, config in ((Means.EMAIL, by_mail(world, box.port)), (Means.SMS, by_sms(world, gateway.port))):
        post = Post(world, config)
        assert post.sender(means).round() == 0, "its sender may still be alive"
        post.later(minutes=2)
        post.sender(means).round()
    assert mails(world) == [("uncertain", "no_reply")] and box.raw == []
    assert texts(world) == [("sent", "")] and len(gateway.messages) == 1


def test_a_sender_slower_than_its_time_still_says_what_it_knows(world):
    citizen(world)
    with world.register.transaction() as connection:
        notice = outbox.claim(connection, "email", NOW, until=NOW)
        assert notice is not None
        (left,) = outbox.abandoned(connection, "email", NOW)
        assert outbox.settle(connection, left, State.UNCERTAIN, NOW, error="no_reply")
        assert outbox.settle(connection, notice, State.SENT, NOW, reference="x")
    assert mails(world) == [("sent", "")]


def test_without_settings_both_are_files_closed_to_others(world):
    complaint = citizen(world, language="ar")
    post = Post(world, world.config)
    for means in Means:
        post.sender(means).round()
    files = {path.suffix: path for path in world.config.outgoing.iterdir()}
    assert set(files) == {".eml", ".txt"}
    for means, path in zip(("email", "sms"), (files[".eml"], files[".txt"]), strict=True):
        (notice,) = notices(world, channel=means)
        assert path.name == f"20261120T100000-{notice.id}{path.suffix}" and notice.reference == path.name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    said = files[".txt"].read_text("utf-8")
    assert said.startswith(f"To: {PHONE}\n") and complaint.number in said
    assert f"{world.config.address}/ar/suivi" in said


def test_the_journal_tells_states_and_nobody(world, box, gateway):
    lines = journal()
    complaint = citizen(world)
    Post(world, by_mail(world, box.port), lines.journal).sender(Means.EMAIL).round()
    gateway.status = 503
    Post(world, by_sms(world, gateway.port), lines.journal).sender(Means.SMS).round()
    told = lines.text()
    assert '"state":"sent"' in told and '"error":"http_503"' in told
    for private in (EMAIL, PHONE, "661223344", "Zineb", complaint.number, complaint.id, "Fuite", "jeton"):
        assert private not in told


def test_texts_and_addresses_are_forgotten_after_their_days_and_the_fact_is_kept(world, box):
    citizen(world)
    Post(world, by_mail(world, box.port)).sender(Means.EMAIL).round()
    with world.register.transaction() as connection:
        assert keeping.purge(connection, NOW + timedelta(days=89), timedelta(days=90)) == 0
        assert keeping.purge(connection, NOW + timedelta(days=91), timedelta(days=90)) == 1
    mail, sms = notices(world)
    assert (mail.body, mail.subject, mail.address, mail.state, mail.sent_at) == ("", "", "", "sent", NOW)
    assert sms.body and sms.address == PHONE, "what has not left yet is still to be said"


def test_counts_are_by_state_and_way_out(world, box):
    citizen(world)
    citizen(world)
    Post(world, by_mail(world, box.port)).sender(Means.EMAIL).round()
    with world.register.reading() as connection:
        assert outbox.counts(connection) == {("sent", "email"): 2, ("queued", "sms"): 2}
        assert outbox.waiting_since(connection) == NOW
