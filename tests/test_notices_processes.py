"""Real server processes send notices: two at once, one killed in the middle, bad settings refused."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from server.notices.words import Means
from tests.notice_world import Mailbox, Post, by_mail, citizen, mail_server, states, wait_for
from tests.processes import ROOT
from tests.server_world import ServerProcess, World, build_world


@pytest.fixture
def world(tmp_path, register_url: str) -> Iterator[World]:
    built = build_world(tmp_path, register_url)
    yield built
    built.close()


def configure(world: World, port: int, **more: str | int) -> None:
    lines = {
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_security": "none",
        "mail_from": "plaintes@chekaya.gov.ma",
        "public_url": "http://127.0.0.1:8600",
        **more,
    }
    world.configure(**lines)


@pytest.mark.both_databases
def test_two_server_processes_at_once_send_each_notice_once(world):
    with mail_server(Mailbox()) as box:
        configure(world, box.port)
        first, second = ServerProcess(world.config.data), ServerProcess(world.config.data)
        try:
            now = datetime.now(UTC)
            for n in range(30):
                citizen(world, text=f"Fuite {n}", now=now)
            wait_for(lambda: states(world, "email") == [("sent", "")] * 30)
        finally:
            first.close()
            second.close()
        assert len(box.raw) == 30 and len({mail["Message-ID"] for mail in box.mails}) == 30


@pytest.mark.both_databases
def test_a_server_killed_while_its_mail_was_being_taken_never_sends_it_again(world):
    reached, go_on = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        reached.set()
        go_on.wait(30)

    with mail_server(Mailbox(after_data=hold)) as box:
        configure(world, box.port)
        server = ServerProcess(world.config.data)
        try:
            citizen(world, now=datetime.now(UTC))
            assert reached.wait(30)
            server.kill()
            assert states(world, "email") == [("sending", "")]
            box.after_data = None
            go_on.set()
            server.start()
            later = Post(world, by_mail(world, box.port), now=datetime.now(UTC) + timedelta(minutes=10))
            later.sender(Means.EMAIL).round()
            assert states(world, "email") == [("uncertain", "no_reply")]
        finally:
            server.close()
        assert len(box.raw) == 1


def test_a_mail_server_that_comes_back_gets_what_waited_without_anybody(world):
    with mail_server(Mailbox()) as box:
        port = box.port
    configure(world, port)
    server = ServerProcess(world.config.data)
    try:
        citizen(world, now=datetime.now(UTC))
        wait_for(lambda: states(world, "email") == [("queued", "smtp_unreachable")])
        wait_for(lambda: '"error":"smtp_unreachable"' in server.log.read_text("utf-8"))
    finally:
        server.close()
    server = ServerProcess(world.config.data)
    try:
        with mail_server(Mailbox(port=port)) as box:
            with world.register.transaction() as connection:
                connection.exec_driver_sql("UPDATE notice SET next_try = '2026-01-01 00:00:00.000000'")
            wait_for(lambda: states(world, "email") == [("sent", "")])
            assert len(box.raw) == 1
    finally:
        server.close()


def test_a_server_with_bad_settings_does_not_start_and_says_why_in_one_line(world):
    world.configure(smtp_host="mail.example.ma")
    done = subprocess.run(
        [sys.executable, "-m", "server", "serve", "--data", str(world.config.data), "--port", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.strip().splitlines() == [
        "chekaya-server: public_url must be set with smtp_host: notices tell citizens where to read"
    ]
