"""Filing without HTTP: relay, numbers of identity and telephone, idempotence, receipts and their codes."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.complaint import EventKind
from server import complaints, identity, intake, receipts
from server.intake import Intake, Invalid, Seed
from server.portal.tickets import Filed, Followed, Tickets
from server.rate_limit import Allowance, RateLimit
from server.request import Request, check, tidy
from tests.portal_world import NOW, OneWordRelay
from tests.server_world import World, build_world

pytestmark = pytest.mark.both_databases

SECRET = bytes(range(32))
SEED = Seed("nonce", NOW)

GOOD = Request(
    type="complaint",
    language="ar",
    name="فاطمة الزهراء",
    identity_number="AB123456",
    phone="0612345678",
    object="انقطاع الماء منذ أسابيع",
    text="أعاني منذ ثلاثة أسابيع من انقطاع الماء كل يوم.",
    consent=True,
)


@pytest.fixture
def world(tmp_path: Path, register_url: str) -> Iterator[World]:
    world = build_world(tmp_path, register_url)
    yield world
    world.close()


@dataclass(frozen=True)
class _Counter:
    world: World

    def file(self, request: Request = GOOD, *, seed: Seed = SEED, now: datetime = NOW) -> receipts.Receipt:
        relay = Intake(OneWordRelay(), SECRET)
        file = partial(intake.file, request=request, now=now, seed=seed, intake=relay)
        return self.world.register.attempt(file)


def test_a_request_is_relayed_by_its_content_and_its_history_says_so(world: World) -> None:
    receipt = _Counter(world).file()
    document = world.load(receipt.complaint)
    assert (document.administration, document.unit) == ("EAU", "EAU-1")
    assert [event.kind for event in document.events] == [EventKind.REGISTERED, EventKind.ROUTED]
    assert document.routing and document.routing.words == ("eau",)


def test_the_receipt_carries_number_time_administration_object_due_date_and_code(world: World) -> None:
    receipt = _Counter(world).file()
    assert receipt.number == "2026-EAU-000001" and receipt.at == NOW and receipt.administration == "EAU"
    assert receipt.object == GOOD.object and receipt.due == date(2027, 1, 19)
    assert len(receipts.read_code(receipt.code)) == 16


def test_only_a_complaint_is_owed_an_answer_by_a_date(world: World) -> None:
    assert _Counter(world).file(msgspec.structs.replace(GOOD, type="suggestion")).due is None


def test_the_same_form_twice_is_one_complaint_even_at_the_same_moment(world: World) -> None:
    given_back: list[receipts.Receipt] = []
    threads = [threading.Thread(target=lambda: given_back.append(_Counter(world).file())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given_back) == 4 and len(set(given_back)) == 1


def test_an_invalid_request_takes_no_number(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        _Counter(world).file(Request())
    fields = [problem.field for problem in refused.value.problems]
    assert fields == ["type", "object", "text", "name", "identity_number", "phone", "consent"]
    assert _Counter(world).file().number.endswith("000001")


def test_only_the_hash_of_a_code_is_kept_and_only_its_own_pair_opens(world: World) -> None:
    first, second = _Counter(world).file(), _Counter(world).file(seed=Seed("other", NOW))
    with world.register.reading() as connection:
        tracked = complaints.find(connection, first.number)
    assert tracked is not None
    assert tracked.tracking_hash == receipts.hash_code(SECRET, first.complaint, first.code.lower())
    assert tracked.tracking_hash != receipts.hash_code(SECRET, first.complaint, second.code)
    assert first.code not in tracked.tracking_hash


def test_a_person_without_identity_needs_neither_name_nor_contact(world: World) -> None:
    nobody = msgspec.structs.replace(GOOD, identity_kind="anonymous", name="", phone="", identity_number="")
    with world.register.reading() as connection:
        assert check(connection, tidy(nobody)) == ()


@pytest.mark.parametrize(
    ("kind", "typed", "stored"),
    [
        ("cin", "ab 123-456", "AB123456"),
        ("cin", "k٤٥٦٧٨", "K45678"),
        ("residence_card", "A123456B", "A123456B"),
        ("passport", "xy1234567", "XY1234567"),
        ("company", "001 525 411 000 063", "001525411000063"),
        ("association", "123/2019", "123/2019"),
    ],
)
def test_identity_numbers_are_read_generously_and_stored_one_way(kind: str, typed: str, stored: str) -> None:
    assert identity.read_number(kind, typed) == stored and identity.is_number(kind, stored)


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("cin", "123456"),
        ("cin", "ABC123"),
        ("company", "12345"),
        ("passport", "ABCDEF"),
        ("association", "!!"),
    ],
)
def test_numbers_of_another_form_are_refused(kind: str, number: str) -> None:
    assert not identity.is_number(kind, identity.read_number(kind, number))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("06 12 34 56 78", "+212612345678"),
        ("٠٦١٢٣٤٥٦٧٨", "+212612345678"),
        ("00212 5 37 00 00 00", "+212537000000"),
        ("+212 (0)6-12-34-56-78", "+212612345678"),
        ("+33 6 12 34 56 78", "+33612345678"),
        ("0312345678", ""),
        ("612", ""),
        ("+212", ""),
        ("appelez-moi", ""),
    ],
)
def test_telephones_are_stored_in_international_form(typed: str, stored: str) -> None:
    assert identity.read_phone(typed) == stored


@pytest.mark.parametrize(
    "typed", ["a@b", "a b@c.ma", "@c.ma", "a@c..ma", "a@-c.ma", "a@c.ma\nBcc: x@y.z", "<a@c.ma>"]
)
def test_addresses_that_could_not_be_written_to_are_refused(typed: str) -> None:
    assert identity.read_email(typed) == ""


@given(st.text(max_size=60))
def test_no_text_makes_the_readers_fall_over(typed: str) -> None:
    identity.read_phone(typed)
    identity.read_email(typed)
    assert receipts.read_code(typed) == "" or len(receipts.read_code(typed)) == 16
    receipts.read_number(typed)
    for kind in ("cin", "residence_card", "passport", "company", "association"):
        identity.is_number(kind, identity.read_number(kind, typed))


@given(st.text(min_size=1, max_size=40))
def test_a_code_survives_being_read_aloud(seed: str) -> None:
    code = receipts.new_code(SECRET, seed)
    spoken = code.replace("-", " ").lower().replace("0", "o").replace("1", "l")
    assert receipts.read_code(spoken) == code.replace("-", "")


def test_codes_do_not_repeat() -> None:
    assert len({receipts.new_code(SECRET, str(n)) for n in range(5_000)}) == 5_000


def test_buckets_refill_with_time_and_forget_the_oldest_key() -> None:
    limit = RateLimit(Allowance(2, 30), most=2)
    assert [limit.take("a", NOW) for _ in range(3)] == [0, 0, 30]
    assert limit.take("a", NOW + timedelta(seconds=31)) == 0
    assert limit.wait("a", NOW - timedelta(days=1)) > 0
    limit.spend("b", NOW)
    limit.spend("c", NOW)
    assert limit.wait("a", NOW) == 0


def test_tickets_open_only_for_their_browser_their_kind_and_their_time() -> None:
    tickets = Tickets(SECRET)
    token = tickets.issue("browser", bytes(16), NOW)
    assert tickets.read_form("browser", token, NOW + timedelta(hours=23)) is not None
    assert tickets.read_form("browser", token, NOW + timedelta(hours=25)) is None
    assert tickets.read_form("another", token, NOW) is None
    assert tickets.read_form("", token, NOW) is None
    sealed = tickets.seal(Followed(complaint="c", key="k"), NOW)
    assert tickets.unseal(Followed, sealed, NOW) == Followed(complaint="c", key="k")
    assert tickets.unseal(Filed, sealed, NOW) is None
    assert Tickets(bytes(32)).unseal(Followed, sealed, NOW) is None
    assert tickets.unseal(Followed, sealed, NOW + timedelta(minutes=31)) is None


@given(st.text(max_size=200))
def test_no_cookie_or_token_makes_the_counter_fall_over(text: str) -> None:
    tickets = Tickets(SECRET)
    assert tickets.read_form("b", text, datetime(2026, 1, 1, tzinfo=UTC)) is None
    assert tickets.read_stub("b", text) is None
    assert tickets.unseal(Followed, text, NOW) is None
