"""A forgotten password, a wiped PC: two holders of the organisation's key give back what was never sent."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import select

from desktop.core.errors import FormerPasswordNeeded, WrongPassword
from desktop.core.escrow import FILE
from desktop.core.session import Session
from desktop.models.errors import WrongKey
from desktop.models.records import Draft
from protocol.identity_wire import Escrowed
from protocol.wire import Lease
from server import escrow, sealing, tables, tokens, verification
from server.admin import main
from server.escrow import NotOpened
from sync.errors import Offline
from tests import fake_complaints as told
from tests.server_world import DEVICE, Client, ServerProcess, World
from tests.test_session import LIGHT, SERVER
from tests.test_session import PASSWORD as FORGOTTEN
from tests.twin_connection import NOW, Clock, TwinConnection, TwinHouse

FIRST, SECOND = "le premier détenteur".encode(), "الحامل الثاني".encode()
NEW = "Bab-Doukkala 1961"
TEXT = "نص لم يُرسل قط"


class Desk:
    """A person's PC, the server's twin, and the organisation's key pair."""

    def __init__(self, root: Path, organisation: bytes) -> None:
        self.root, self.house = root, TwinHouse(Clock())
        self.house.escrow = base64.b64encode(organisation).decode()
        self.house.admit(told.profile(), FORGOTTEN)
        self.session = self.start()

    def start(self, recovery: Path | None = None) -> Session:
        return Session(
            self.root,
            clock=self.house.clock,
            connect=lambda _, device, renewed: TwinConnection(self.house, device, renewed),
            strength=LIGHT,
            recovery=recovery,
        )

    def sign_in(self, password: str = FORGOTTEN, former: str = ""):
        return self.session.sign_in(SERVER, "bennis", password, former=former)

    def type(self) -> Path:
        """Sign in, leave a draft, lock; gives the folder."""
        account = self.sign_in()
        draft = Draft(
            complaint="c1",
            kind="answer",
            body=json.dumps({"text": TEXT}, ensure_ascii=False),
            cursor=0,
            seen=1,
            updated=NOW,
        )
        account.store.drafts.save(draft)
        self.session.lock()
        return account.folder


@pytest.fixture
def holders(world: World, tmp_path: Path) -> list[str]:
    """`escrow init` was run; the options that name both passphrases."""
    options = ["--data", str(world.config.data)]
    for name, passphrase in (("first", FIRST), ("second", SECOND)):
        (tmp_path / name).write_bytes(passphrase + b"\n")
        options += ["--passphrase-file", str(tmp_path / name)]
    assert main(["escrow", "init", *options]) == 0
    return options


@pytest.fixture
def desk(world: World, holders: list[str], tmp_path: Path):
    kept = escrow.kept(world.config)
    assert kept is not None
    made = Desk(tmp_path / "pc", kept.public)
    yield made
    made.session.lock()


def bring(world: World, desk: Desk) -> None:
    """What the twin was left, as the real register keeps it for amina."""
    with world.register.transaction() as connection:
        for _, device, left in desk.house.deposits:
            escrow.deposit(connection, device, world.staff["amina"].id, left, datetime.now(UTC))


def recover(desk: Desk, holders: list[str], out: Path, *more: str) -> int:
    of = ["--device", desk.session.device(), "--account", "amina", "--out", str(out)]
    return main(["escrow", "recover", *holders, *of, *more])


def test_a_forgotten_password_is_replaced_and_nothing_typed_is_lost(
    world: World, desk: Desk, holders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = desk.type(), tmp_path / "out"
    bring(world, desk)
    assert recover(desk, holders, out, "--work", str(folder / "work.db")) == 0
    code = next(line for line in capsys.readouterr().out.splitlines() if line.count("-") == 7)
    (text,) = json.loads((out / "unsent.json").read_bytes())
    assert (text["where"], text["complaint"], text["content"]) == ("draft", "c1", {"text": TEXT})
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o600}

    desk.house.passwords["bennis"] = NEW
    with pytest.raises(FormerPasswordNeeded):
        desk.sign_in(NEW)
    desk.session = desk.start(recovery=out / "recovery-key.json")
    with pytest.raises(WrongPassword):
        desk.sign_in(NEW, "not the code")
    account = desk.sign_in(NEW, code)
    assert TEXT in account.store.drafts.of("c1")["answer"].body
    assert not (out / "recovery-key.json").exists()
    desk.session.lock()
    assert desk.session.unlock(SERVER, "bennis", NEW).profile.login == "bennis"


def test_a_wiped_pc_admitted_again_takes_its_work_up_with_the_recovered_key(
    world: World, desk: Desk, holders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = desk.type(), tmp_path / "out"
    bring(world, desk)
    desk.sign_in()
    desk.session._on_revoked(desk.house.strike(desk.session.device()))
    desk.session.lock()
    assert {"work.db", FILE} <= {path.name for path in folder.iterdir()}
    desk.house.struck.clear()
    assert recover(desk, holders, out) == 0
    code = capsys.readouterr().out.strip().splitlines()[-1]
    desk.session = desk.start(recovery=out / "recovery-key.json")
    account = desk.sign_in(former=code)
    assert TEXT in account.store.drafts.of("c1")["answer"].body


def test_a_recovered_key_of_another_pc_never_takes_the_place_of_this_one_s(
    world: World, desk: Desk, tmp_path: Path
) -> None:
    folder = desk.type()
    file = tmp_path / "other.json"
    file.write_bytes(msgspec.json.encode(escrow.seal_for_desk(b"k" * 32, "code")))
    before = (folder / "key.json").read_bytes()
    desk.house.passwords["bennis"] = NEW
    desk.session = desk.start(recovery=file)
    with pytest.raises(WrongKey):
        desk.sign_in(NEW, "code")
    assert (folder / "key.json").read_bytes() == before and file.exists()
    file.write_bytes(b"no key")
    with pytest.raises(WrongPassword):
        desk.sign_in(NEW, "code")
    assert desk.sign_in(NEW, FORGOTTEN).folder == folder


def test_a_recovery_is_chained_before_anything_is_handed_out(
    world: World, desk: Desk, holders: list[str], tmp_path: Path
) -> None:
    desk.type()
    bring(world, desk)
    assert recover(desk, holders, tmp_path / "out") == 0
    with world.register.reading() as connection:
        row = connection.execute(select(tables.access_log)).one()
        report = verification.verify(connection, world.config.anchors)
    assert (row.administration, row.kind) == ("EAU", escrow.RECOVERED)
    assert desk.session.device() in row.body.decode() and report.findings == ()


@pytest.mark.parametrize("swap", ["first", "second"])
def test_one_holder_alone_opens_nothing_and_nothing_is_logged_or_written(
    world: World, desk: Desk, holders: list[str], tmp_path: Path, swap: str
) -> None:
    desk.type()
    bring(world, desk)
    (tmp_path / swap).write_bytes(b"a guess of somebody")
    assert recover(desk, holders, tmp_path / "out") == 2
    assert not (tmp_path / "out").exists()
    with world.register.reading() as connection:
        assert connection.execute(select(tables.access_log)).first() is None


def test_no_secret_of_the_organisation_is_on_the_disk_in_clear(world: World, holders: list[str]) -> None:
    kept = escrow.kept(world.config)
    assert kept is not None
    private = escrow.private_half(kept, (FIRST, SECOND))
    path = world.config.secrets / escrow.FILE
    assert path.stat().st_mode & 0o777 == 0o600
    written = path.read_bytes()
    for secret in (private.private_bytes_raw(), FIRST, SECOND):
        assert secret not in written and base64.b64encode(secret) not in written
    with pytest.raises(sealing.WrongPassphrase):
        escrow.private_half(kept, (FIRST, FIRST))


def test_the_key_is_made_once_and_for_two(
    world: World, holders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["escrow", "init", *holders]) == 2
    assert "already there" in capsys.readouterr().err
    (world.config.secrets / escrow.FILE).unlink()
    (tmp_path / "second").write_bytes(FIRST)
    assert main(["escrow", "init", *holders]) == 2
    assert "different" in capsys.readouterr().err
    (tmp_path / "second").write_bytes(b"short")
    assert main(["escrow", "init", *holders]) == 2
    assert main(["escrow", "init", *holders[:4]]) == 2


def test_what_was_not_left_or_is_of_another_device_is_not_opened(
    world: World, desk: Desk, holders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = desk.type()
    assert recover(desk, holders, tmp_path / "out") == 2
    assert "left no key" in capsys.readouterr().err
    left = desk.house.deposits[0][2]
    kept = escrow.kept(world.config)
    assert kept is not None
    private = escrow.private_half(kept, (FIRST, SECOND))
    assert len(escrow.unwrap(private, left, desk.session.device())) == 32
    with pytest.raises(NotOpened):
        escrow.unwrap(private, left, "another device")
    with pytest.raises(NotOpened):
        escrow.unwrap(X25519PrivateKey.generate(), left, desk.session.device())
    assert (folder / FILE).exists()


def test_the_key_is_left_once_and_again_when_the_server_did_not_hear(
    world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deaf(*_: object) -> None:
        raise Offline()

    with monkeypatch.context() as cut:
        cut.setattr(TwinConnection, "deposit", deaf)
        folder = desk.type()
    first = (folder / FILE).read_bytes()
    for _ in range(2):
        desk.sign_in()
        desk.session.lock()
    (deposit,) = desk.house.deposits
    assert base64.b64encode(deposit[2].wrapped) in first


def test_another_organisation_s_key_that_comes_later_is_not_believed(world: World, desk: Desk) -> None:
    folder = desk.type()
    before = (folder / FILE).read_bytes()
    stranger = X25519PrivateKey.generate().public_key().public_bytes_raw()
    desk.house.escrow = base64.b64encode(stranger).decode()
    desk.sign_in()
    assert (folder / FILE).read_bytes() == before and len(desk.house.deposits) == 1


def test_a_lease_carries_the_key_and_a_desk_leaves_its_own_over_the_wire(
    world: World, holders: list[str]
) -> None:
    kept = escrow.kept(world.config)
    assert kept is not None
    server = ServerProcess(world.config.data)
    try:
        client: Client = server.client("amina")
        assert client.session is not None
        lease = msgspec.json.decode(base64.b64decode(client.session.lease.lease), type=Lease)
        assert base64.b64decode(lease.escrow) == kept.public
        left = Escrowed(key=kept.public, ephemeral=b"e" * 32, nonce=b"n" * 12, wrapped=b"w" * 48)
        for _ in range(2):
            assert client.post("/v1/devices/escrow", left).status_code == 204
        short = msgspec.structs.replace(left, wrapped=b"w")
        assert client.post("/v1/devices/escrow", short).status_code == 422
    finally:
        server.close()
    with world.register.reading() as connection:
        assert escrow.deposits(connection, DEVICE, world.staff["amina"].id) == (left,)
    assert tokens.keys(world.config).escrow == lease.escrow
