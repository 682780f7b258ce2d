"""Signing in on line, unlocking within the lease, wrong passwords, locking, several people on one PC."""

from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from desktop.core.errors import (
    AccountChanged,
    ClockWrong,
    FormerPasswordNeeded,
    LeaseExpired,
    Locked,
    OnlineSignInNeeded,
    ServerChanged,
    WaitBeforeRetry,
    WrongPassword,
)
from desktop.core.keys import DELAYS, LAST_TRY, Strength
from desktop.core.session import Session
from desktop.models.errors import ProfileInUse
from desktop.models.records import Draft
from sync.errors import ServerDown, WrongCredentials
from tests import fake_complaints as told
from tests.twin_connection import NOW, Clock, TwinConnection, TwinHouse

SERVER = "https://chekaya.test"
PASSWORD = "Bab-el-Had 1912"
LIGHT = Strength(passes=1, memory_kib=64, lanes=1)


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


def session_of(root: Path, house: TwinHouse, clock: Clock) -> Session:
    return Session(
        root,
        clock=clock,
        connect=lambda _, device, renewed: TwinConnection(house, device, renewed),
        strength=LIGHT,
    )


def sign_in(session: Session, password: str = PASSWORD, **more: str):
    return session.sign_in(SERVER, "bennis", password, **more)


def unlock(session: Session, password: str = PASSWORD):
    return session.unlock(SERVER, "bennis", password)


def fail(session: Session, clock: Clock, times: int) -> None:
    for _ in range(times):
        clock.pass_(hours=1)
        with pytest.raises(WrongPassword):
            unlock(session, "faux")


def test_who_signed_in_on_line_can_work_without_the_server(session, house):
    sign_in(session)
    session.lock()
    house.cut()
    account = unlock(session)
    assert account.profile == told.profile()
    assert not account.online


def test_unlocking_goes_on_with_the_kept_session_when_the_server_is_back(session, house):
    sign_in(session)
    session.lock()
    account = unlock(session)
    assert account.connection.refresh().access.startswith("access-")
    assert session.account.online


def test_a_renewed_refresh_token_replaces_the_kept_one(session, house):
    first = sign_in(session)
    first.connection.refresh()
    first.connection.refresh()
    kept = first.connection.tokens.refresh
    session.lock()
    assert unlock(session).connection.tokens.refresh == kept


def test_new_grants_that_come_with_a_renewal_are_told_and_kept(session, house):
    account = sign_in(session)
    heard = []
    session.on_renewal(heard.append)
    promoted = msgspec.structs.replace(told.profile(), name_fr="Leïla Bennis-Alami")
    house.profiles["bennis"] = promoted
    account.connection.refresh()
    session.lock()
    assert heard == [promoted]
    assert unlock(session).profile == promoted


def test_a_wrong_password_on_line_says_nothing_more(session):
    with pytest.raises(WrongCredentials):
        sign_in(session, "faux")


def test_a_server_that_is_down_leaves_the_session_closed(session, house):
    house.cut()
    with pytest.raises(ServerDown):
        sign_in(session)
    with pytest.raises(Locked):
        _ = session.account


def test_nobody_unlocks_an_account_that_never_signed_in_here(session):
    with pytest.raises(OnlineSignInNeeded):
        unlock(session)


def test_a_wrong_password_off_line_is_refused(session):
    sign_in(session)
    session.lock()
    with pytest.raises(WrongPassword):
        unlock(session, "faux")
    assert unlock(session).profile.id == told.ME


def test_the_fifth_wrong_password_begins_a_growing_delay_that_a_restart_does_not_end(
    session, clock, house, tmp_path
):
    sign_in(session)
    session.lock()
    fail(session, clock, 5)
    waits = []
    for _ in range(3):
        again = session_of(tmp_path, house, clock)
        with pytest.raises(WaitBeforeRetry) as refused:
            unlock(again)
        waits.append(refused.value.seconds)
        clock.pass_(seconds=refused.value.seconds)
        with pytest.raises(WrongPassword):
            unlock(again, "faux")
    assert waits == list(DELAYS[:3])


def test_a_clock_set_back_does_not_shorten_the_delay(session, clock):
    sign_in(session)
    session.lock()
    fail(session, clock, 5)
    clock.pass_(days=-2)
    with pytest.raises(WaitBeforeRetry) as refused:
        unlock(session)
    assert refused.value.seconds == DELAYS[0]


def test_after_ten_wrong_passwords_only_the_server_decides(session, clock):
    sign_in(session)
    session.lock()
    fail(session, clock, LAST_TRY)
    clock.pass_(days=1)
    with pytest.raises(OnlineSignInNeeded):
        unlock(session)
    sign_in(session)
    session.lock()
    assert unlock(session).profile.id == told.ME


def test_the_right_password_resets_the_count(session, clock):
    sign_in(session)
    session.lock()
    for _ in range(3):
        fail(session, clock, 4)
        unlock(session)
        session.lock()


def test_the_lease_ends_and_the_files_stay(session, clock, house):
    sign_in(session)
    session.lock()
    clock.pass_(days=house.lease_days, seconds=1)
    with pytest.raises(LeaseExpired):
        unlock(session)
    assert sign_in(session).profile.id == told.ME


def test_the_last_moment_of_the_lease_still_counts(session, clock, house):
    sign_in(session)
    session.lock()
    clock.pass_(days=house.lease_days)
    assert unlock(session).profile.id == told.ME


def test_a_clock_far_behind_the_server_is_called_wrong(session, clock):
    sign_in(session)
    session.lock()
    clock.pass_(days=-3)
    with pytest.raises(ClockWrong):
        unlock(session)


def test_setting_the_clock_back_after_working_later_is_noticed(session, clock):
    sign_in(session)
    session.lock()
    clock.pass_(days=13)
    unlock(session)
    session.lock()
    clock.pass_(days=-12)
    with pytest.raises(ClockWrong):
        unlock(session)


def test_another_signing_key_than_the_pinned_one_is_refused(session, house):
    sign_in(session)
    house.key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    with pytest.raises(ServerChanged):
        sign_in(session)
    with pytest.raises(Locked):
        _ = session.account


def test_a_renewed_lease_of_another_key_changes_nothing_but_the_token(session, house):
    account = sign_in(session)
    before = session.account.lease
    house.key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    account.connection.refresh()
    assert session.account.lease == before


def test_a_lease_for_somebody_else_is_refused(session, house):
    honest = house.session

    def mixed_up(login, device):
        stolen = honest("senhaji", device)
        return msgspec.structs.replace(honest(login, device), lease=stolen.lease)

    house.session = mixed_up
    with pytest.raises(ServerChanged):
        sign_in(session)


def test_a_password_changed_elsewhere_asks_for_the_former_one(session, house):
    sign_in(session)
    session.account.store.drafts.save(_draft())
    house.passwords["bennis"] = "tout-neuf"
    with pytest.raises(FormerPasswordNeeded):
        sign_in(session, "tout-neuf")
    account = sign_in(session, "tout-neuf", former=PASSWORD)
    assert account.store.drafts.complaints() == {"c1"}
    session.lock()
    assert unlock(session, "tout-neuf").profile.id == told.ME


def test_files_whose_password_is_forgotten_are_set_aside_whole(session, house, tmp_path):
    before = sign_in(session).folder
    size = (before / "key.json").read_bytes()
    session.lock()
    house.passwords["bennis"] = "tout-neuf"
    kept = session.set_aside(SERVER, "bennis")
    assert (kept / "key.json").read_bytes() == size
    assert sign_in(session, "tout-neuf").folder == before
    session.lock()
    assert session.set_aside(SERVER, "bennis") != kept


def test_files_of_another_account_under_the_same_login_are_not_used(session, house):
    sign_in(session)
    house.admit(msgspec.structs.replace(told.profile(), id="u-autre"), PASSWORD)
    with pytest.raises(AccountChanged):
        sign_in(session)


def test_two_people_on_one_pc_have_separate_folders_and_keys(session):
    mine = sign_in(session)
    mine.store.drafts.save(_draft())
    theirs = session.sign_in(SERVER, "senhaji", "autre-mot")
    assert theirs.folder != mine.folder
    assert theirs.store.drafts.complaints() == frozenset()
    session.lock()
    with pytest.raises(WrongPassword):
        session.unlock(SERVER, "senhaji", PASSWORD)


def test_the_same_person_is_known_whatever_the_case_and_spaces(session):
    sign_in(session)
    assert session.knows("https://CHEKAYA.test/", " Bennis ")
    assert not session.knows("https://chekaya.test", "senhaji")


def test_locking_closes_the_files_and_lets_the_profile_go(session, house, clock, tmp_path):
    sign_in(session)
    second = session_of(tmp_path, house, clock)
    with pytest.raises(ProfileInUse):
        unlock(second)
    session.lock()
    unlock(second)
    second.lock()
    with pytest.raises(Locked):
        _ = session.account


def test_signing_out_ends_the_session_on_the_server_too(session, house):
    sign_in(session)
    session.sign_out()
    assert not house.refresh_tokens


def test_signing_out_works_without_the_server(session, house):
    sign_in(session)
    house.cut()
    session.sign_out()
    with pytest.raises(Locked):
        _ = session.account


def test_no_file_of_the_profile_says_who_works_there(session, house, tmp_path):
    account = sign_in(session)
    account.connection.refresh()
    secrets = ("bennis", "Bennis", "ليلى", PASSWORD, "chekaya.test", account.connection.tokens.refresh)
    session.lock()
    seen = 0
    for path in tmp_path.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        seen += len(content)
        for secret in secrets:
            assert secret.encode() not in content, path
            assert secret not in str(path.relative_to(tmp_path))
    assert seen > 10_000


def test_a_damaged_key_file_asks_for_the_server_and_is_never_overwritten(session):
    folder = sign_in(session).folder
    session.lock()
    (folder / "key.json").write_bytes(b"\x00 not json")
    with pytest.raises(OnlineSignInNeeded):
        unlock(session)
    with pytest.raises(FormerPasswordNeeded):
        sign_in(session)
    assert (folder / "key.json").read_bytes() == b"\x00 not json"


def test_the_pc_keeps_its_id(tmp_path, house, clock):
    first = session_of(tmp_path, house, clock).device()
    assert session_of(tmp_path, house, clock).device() == first


def test_a_profile_that_cannot_be_written_says_so(tmp_path, house, clock):
    place = tmp_path / "a-file"
    place.write_text("in the way", encoding="utf-8")  # root writes everywhere else
    with pytest.raises(OSError):
        session_of(place, house, clock).device()


def _draft() -> Draft:
    return Draft(complaint="c1", kind="answer", body="{}", cursor=0, seen=1, updated=NOW)
