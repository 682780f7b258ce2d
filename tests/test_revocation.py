"""A PC struck off: the server's signed word deletes its keys, and nothing else does (PROTOCOL §5, P17)."""

import base64
import json
from datetime import timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from desktop.core import wipe
from desktop.core.errors import FormerPasswordNeeded, LeaseExpired, OnlineSignInNeeded
from desktop.core.keys import FILE as KEY
from desktop.core.session import Session
from desktop.models.records import Draft
from protocol.identity_wire import Revocation, SignedRevocation
from sync.errors import DeviceRevoked
from tests import fake_complaints as told
from tests.desk_world import Office
from tests.test_session import LIGHT, PASSWORD, SERVER, session_of, sign_in, unlock
from tests.twin_connection import NOW, Clock, TwinConnection, TwinHouse


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def house(clock):
    made = TwinHouse(clock)
    made.admit(told.profile(), PASSWORD)
    made.admit(told.profile("u-senhaji"), "autre-mot")
    return made


@pytest.fixture
def session(tmp_path, house, clock):
    made = session_of(tmp_path, house, clock)
    yield made
    made.lock()


def hear(session: Session, word: SignedRevocation) -> None:
    session._on_revoked(word)


def names(folder) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_revoked_pc_has_no_usable_key_after_its_next_contact(session, house, tmp_path):
    account = sign_in(session)
    heard = []
    session.on_revoked(lambda: heard.append(session.is_revoked))
    house.strike(session.device())
    with pytest.raises(DeviceRevoked):
        account.connection.pull("", 10)
    assert heard == [True]
    assert KEY not in names(account.folder)
    session.lock()
    left = names(account.folder)
    assert "work.db" in left
    assert not any(name.startswith(("cache", "key", "wipe")) for name in left)
    with pytest.raises(OnlineSignInNeeded):
        unlock(session)


def test_what_was_typed_stays_as_ciphertext_and_no_new_key_is_put_over_it(session, house):
    account = sign_in(session)
    draft = Draft(complaint="c1", kind="answer", body="{}", cursor=0, seen=1, updated=NOW)
    account.store.drafts.save(draft)
    before = account.folder / "work.db"
    hear(session, house.strike(session.device()))
    session.lock()
    kept = before.read_bytes()
    house.struck.clear()
    with pytest.raises(FormerPasswordNeeded):
        sign_in(session)
    assert before.read_bytes() == kept and KEY not in names(account.folder)


def test_a_pc_that_is_locked_is_wiped_when_its_person_signs_in(session, house):
    folder = sign_in(session).folder
    session.lock()
    assert KEY in names(folder)
    house.strike(session.device())
    with pytest.raises(DeviceRevoked):
        sign_in(session)
    assert not any(name.startswith(("cache", "key", "wipe")) for name in names(folder))


def test_a_word_for_the_device_wipes_everybody_on_it_and_one_for_an_account_only_that(session, house):
    mine = sign_in(session).folder
    theirs = session.sign_in(SERVER, "senhaji", "autre-mot").folder
    word = house.word(Revocation(device=session.device(), user=told.profile().id, at=NOW))
    hear(session, word)
    assert KEY not in names(mine) and KEY in names(theirs)
    assert not session.is_revoked
    hear(session, house.strike(session.device()))
    assert KEY not in names(theirs) and session.is_revoked


def forged(house: TwinHouse, session: Session) -> dict[str, SignedRevocation]:
    device = session.device()
    sound = house.word(Revocation(device=device, at=NOW))
    stranger = TwinHouse(Clock())
    stranger.key = Ed25519PrivateKey.generate()
    other = base64.b64encode(json.dumps({"device": device, "at": NOW.isoformat(), "user": ""}).encode())
    lease = house.session("bennis", device).lease
    return {
        "another server's": stranger.word(Revocation(device=device, at=NOW)),
        "another server's, under our server's key": msgspec.structs.replace(
            stranger.word(Revocation(device=device, at=NOW)), key=sound.key
        ),
        "another PC's": house.word(Revocation(device="11111111-1111-4111-8111-111111111111", at=NOW)),
        "another account's": house.word(Revocation(device=device, user="somebody", at=NOW)),
        "one of before the last sign-in": house.word(
            Revocation(device=device, at=NOW - timedelta(minutes=6))
        ),
        "one whose words were changed": msgspec.structs.replace(sound, revocation=other.decode()),
        "a signature that is none": msgspec.structs.replace(sound, signature="AAAA"),
        "no base64": msgspec.structs.replace(sound, revocation="é"),
        "a lease shown as one": SignedRevocation(
            revocation=lease.lease, signature=lease.signature, key=lease.key
        ),
    }


@pytest.mark.parametrize("which", range(9))
def test_a_forged_foreign_or_old_word_wipes_nothing(session, house, which):
    folder = sign_in(session).folder
    name, word = list(forged(house, session).items())[which]
    hear(session, word)
    assert KEY in names(folder) and not session.is_revoked, name
    session.lock()
    unlock(session)


def test_an_unsigned_refusal_wipes_nothing(session, house):
    folder = sign_in(session).folder
    session.lock()

    class Bare(TwinConnection):
        def login(self, *_):
            raise DeviceRevoked()

    bare = Session(
        folder.parent,
        clock=house.clock,
        connect=lambda _, device, renewed: Bare(house, device, renewed),
        strength=LIGHT,
    )
    with pytest.raises(DeviceRevoked):
        sign_in(bare)
    assert KEY in names(folder)


@pytest.mark.parametrize("at", range(1, 12))
def test_a_wipe_broken_off_anywhere_is_finished_at_the_next_start(session, house, monkeypatch, at):
    folder = sign_in(session).folder
    session.lock()
    word = house.strike(session.device())
    steps = iter(range(1, 1_000))

    class Died(BaseException):
        """The power went."""

    def counted(real):
        def step(*args, **kwargs):
            if next(steps) == at:
                raise Died()
            return real(*args, **kwargs)

        return step

    with monkeypatch.context() as broken:
        for name in ("write_atomically", "_delete_key", "_settle"):
            broken.setattr(wipe, name, counted(getattr(wipe, name)))
        broken.setattr("pathlib.Path.unlink", counted(type(folder).unlink))
        try:
            hear(session, word)
            session.lock()
        except Died:
            pass
    begun = at > 1
    session_of(folder.parent, house, house.clock)
    left = names(folder)
    assert "work.db" in left
    if begun:
        assert not any(name.startswith(("cache", "key", "wipe")) for name in left)


def test_a_cache_too_full_a_disk_to_note_the_wipe_loses_its_key_all_the_same(session, house, monkeypatch):
    folder = sign_in(session).folder

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(wipe, "write_atomically", full)
    hear(session, house.strike(session.device()))
    assert KEY not in names(folder)


def test_a_pc_admitted_again_is_not_wiped_by_the_old_word(session, house, clock):
    sign_in(session)
    old = house.strike(session.device())
    hear(session, old)
    session.lock()
    house.struck.clear()
    clock.pass_(hours=1)
    session.set_aside(SERVER, "bennis")
    account = sign_in(session)
    hear(session, old)
    assert KEY in names(account.folder) and not session.is_revoked


def test_files_put_aside_are_wiped_with_the_rest(session, house):
    sign_in(session)
    session.lock()
    aside = session.set_aside(SERVER, "bennis")
    sign_in(session)
    hear(session, house.strike(session.device()))
    session.lock()
    assert KEY not in names(aside) and not (aside / "cache.db").exists()


def test_hours_worked_use_the_lease_up_whatever_the_clock_says(tmp_path, house, clock):
    seconds = [0.0]
    session = Session(
        tmp_path,
        clock=clock,
        connect=lambda _, device, renewed: TwinConnection(house, device, renewed),
        strength=LIGHT,
        monotonic=lambda: seconds[0],
    )
    sign_in(session)
    session.lock()
    for _ in range(28):
        clock.now = max(NOW, NOW + timedelta(seconds=seconds[0]) - timedelta(hours=23))
        unlock(session)
        seconds[0] += 12 * 3600 + 1
        session.lock()
    clock.now = NOW + timedelta(days=13, hours=2)
    with pytest.raises(LeaseExpired):
        unlock(session)


def test_a_lease_written_longer_than_fourteen_days_ends_after_fourteen(session, clock, house):
    house.lease_days = 400
    sign_in(session)
    session.lock()
    clock.pass_(days=14)
    unlock(session)
    session.lock()
    clock.pass_(seconds=1)
    with pytest.raises(LeaseExpired):
        unlock(session)


def test_a_desk_at_work_hears_of_it_while_it_waits_and_keeps_its_words(tmp_path):
    office = Office(tmp_path)
    heard = []
    desk = office.open()
    office.session.on_revoked(lambda: heard.append(True))
    folder = office.session.account.folder
    office.house.strike(office.session.device())
    desk.sync_now()
    office.until(lambda: desk.status().code == "device_revoked")
    assert heard and KEY not in names(folder)
    assert desk.status().state == "fault"
    office.close()
    assert not any(name.startswith(("cache", "key", "wipe")) for name in names(folder))
