"""Short messages leave through a real gateway: asked again under one key, refused, told to wait, silent."""

import threading
from collections.abc import Iterator

import pytest

from server.notices.words import Means
from tests.notice_world import PHONE, PUBLIC, Gateway, Post, by_sms, citizen, notices, sms_gateway, states
from tests.server_world import World, build_world


@pytest.fixture
def world(tmp_path) -> Iterator[World]:
    built = build_world(tmp_path)
    yield built
    built.close()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with sms_gateway(Gateway()) as opened:
        yield opened


def texts(world: World) -> list[tuple[str, str]]:
    return states(world, "sms")


def test_an_sms_carries_its_text_its_alphabet_and_its_key(world, gateway):
    complaint = citizen(world, email="")
    citizen(world, email="", language="ar")
    Post(world, by_sms(world, gateway.port)).sender(Means.SMS).round()
    french, arabic = sorted(gateway.messages.values(), key=lambda message: message["encoding"])
    assert french["to"] == PHONE and french["sender"] == "Chekaya" and french["encoding"] == "gsm7"
    assert complaint.number in french["text"] and french["text"].endswith(f"\n{PUBLIC}/fr/suivi")
    assert arabic["encoding"] == "ucs2" and "تم تسجيل" in arabic["text"]
    assert sorted(gateway.asked) == sorted(one.id for one in notices(world, channel="sms"))
    assert {one.reference for one in notices(world)} == {"op-77"}


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_message_the_gateway_will_never_take_fails(world, gateway, status):
    citizen(world, email="")
    gateway.status = status
    Post(world, by_sms(world, gateway.port)).sender(Means.SMS).round()
    assert texts(world) == [("failed", f"http_{status}")]


@pytest.mark.parametrize("status", [302, 401, 402, 403, 404, 408, 409, 429, 500, 503])
def test_a_gateway_that_cannot_or_will_not_now_is_asked_again(world, gateway, status):
    citizen(world, email="")
    gateway.status = status
    post = Post(world, by_sms(world, gateway.port))
    sender = post.sender(Means.SMS)
    sender.round()
    assert texts(world) == [("queued", f"http_{status}")]
    gateway.status = 200
    post.later(minutes=2)
    sender.round()
    assert texts(world) == [("sent", "")] and len(gateway.messages) == 1


def test_the_pause_a_gateway_asks_for_is_kept(world, gateway):
    citizen(world, email="")
    gateway.status, gateway.headers = 429, {"Retry-After": "3600"}
    post = Post(world, by_sms(world, gateway.port))
    sender = post.sender(Means.SMS)
    sender.round()
    post.later(minutes=59)
    assert sender.round() == 0
    post.later(minutes=2)
    gateway.status = 200
    assert sender.round() == 1 and len(gateway.asked) == 2


def test_a_lost_reply_is_asked_for_again_under_the_same_key(world, gateway):
    citizen(world, email="")
    gateway.before_reply = lambda: None
    post = Post(world, by_sms(world, gateway.port))
    sender = post.sender(Means.SMS)
    sender.round()
    assert texts(world)[0][0] == "queued"
    gateway.before_reply = None
    post.later(minutes=2)
    sender.round()
    assert texts(world) == [("sent", "")]
    assert len(gateway.asked) == 2 and len(gateway.messages) == 1


def test_a_gateway_that_says_nothing_is_left_after_its_time(world, gateway):
    citizen(world, email="")
    waiting = threading.Event()
    gateway.before_reply = lambda: waiting.wait(20) and None
    sender = Post(world, by_sms(world, gateway.port, notices_timeout_seconds=1)).sender(Means.SMS)
    sender.round()
    waiting.set()
    assert texts(world) == [("queued", "sms_timeout")]


def test_a_reply_nobody_can_read_is_still_a_yes(world, gateway):
    citizen(world, email="")
    gateway.reply = b"\xff<html>"
    Post(world, by_sms(world, gateway.port)).sender(Means.SMS).round()
    assert [(one.state, one.reference) for one in notices(world)] == [("sent", "")]


def test_the_token_of_another_opens_nothing(world, gateway):
    citizen(world, email="")
    gateway.token = "un-autre"
    Post(world, by_sms(world, gateway.port)).sender(Means.SMS).round()
    assert texts(world) == [("queued", "http_401")] and gateway.messages == {}
