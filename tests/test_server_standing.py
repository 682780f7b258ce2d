"""Desks that tell their unsent acts while they pull, and the supervisors who are told of them."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import func, insert, select, update

from protocol.deadlines import civil_date
from protocol.settings import Actor, Grant, Role
from protocol.wire import UNSENT_HEADER, DesksHeard
from server import accounts, revocation, standing, tables
from server.problems import Refusal
from server.standing import REWRITTEN_AFTER, Standing, Standings, read_header
from tests.server_world import NOW, Client, ServerProcess, World, new_id

pytestmark = pytest.mark.both_databases

OLDEST = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


def tell(client: Client, header: str) -> None:
    """An ordinary pull that says so much."""
    got = client.http.get(f"{client.url}/v1/sync/pull", headers={UNSENT_HEADER: header}, timeout=30)
    assert got.status_code == 200


def asked(client: Client) -> DesksHeard:
    got = client.get("/v1/statistics/desks")
    assert got.status_code == 200, got.text
    return msgspec.json.decode(got.content, type=DesksHeard)


def until(holds: Callable[[], bool]) -> None:
    """What a desk told is written after its reply: look again until it holds."""
    for _ in range(600):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")


def told(world: World, supervisor: Actor, now: datetime = NOW) -> list[str]:
    """Whose desks this supervisor is told of, by login."""
    logins = {account.id: login for login, account in world.staff.items()}
    with world.register.reading() as connection:
        heard = standing.of_colleagues(connection, supervisor, civil_date(now))
    return [logins[desk.account] for desk in heard.desks]


def enrol(world: World, login: str, device: str) -> None:
    with world.register.transaction() as connection:
        account = world.staff[login].id
        values = {"id": device, "account": account, "name": "", "state": "enrolled", "enrolled_at": NOW}
        connection.execute(insert(tables.device).values(**values))
    standing.note(world.register, device, account, Standing(1, OLDEST), NOW)


def test_a_desk_tells_and_its_supervisor_is_told(world: World, server: ServerProcess) -> None:
    amina, salma = server.client("amina"), server.client("salma", device=new_id())
    tell(amina, f"3;{OLDEST.isoformat()}")
    tell(salma, "0")
    until(lambda: len(asked(salma).desks) == 1)
    (desk,) = asked(salma).desks
    assert (desk.account, desk.unsent, desk.oldest) == (world.staff["amina"].id, 3, OLDEST)
    tell(amina, "0")
    until(lambda: (asked(salma).desks[0].unsent, asked(salma).desks[0].oldest) == (0, None))


def test_only_supervisors_are_told(world: World, server: ServerProcess) -> None:
    assert server.client("amina").get("/v1/statistics/desks").status_code == 403
    assert server.client().get("/v1/statistics/desks").status_code == 401


def test_what_is_no_standing_is_ignored_and_the_pull_goes_on(world: World, server: ServerProcess) -> None:
    amina = server.client("amina")
    for damage in (
        "",
        "-1",
        "x",
        "3;yesterday",
        "3;2026-11-20T08:30:00",
        "9999999999",
        "1;" + "9" * 400,
    ):
        tell(amina, damage)
    with world.register.reading() as connection:
        assert connection.execute(select(func.count()).select_from(tables.standing)).scalar_one() == 0


@pytest.mark.parametrize(
    ("header", "read"),
    [
        ("0", Standing(0)),
        ("12", Standing(12)),
        (f"2;{OLDEST.isoformat()}", Standing(2, OLDEST)),
        ("2;2026-11-20T09:30:00+01:00", Standing(2, OLDEST)),
        ("1;0001-01-01T00:00:00+14:00", None),
        ("1000001", None),
        ("\N{ARABIC-INDIC DIGIT THREE}", None),
        ("", None),
    ],
)
def test_the_header_is_a_count_and_perhaps_a_moment(header: str, read: Standing | None) -> None:
    assert read_header(header) == read


def test_the_same_standing_is_no_news_for_a_while() -> None:
    known, at = Standings(), NOW
    assert known.is_news("d1", "u1", Standing(0), at)
    assert not known.is_news("d1", "u1", Standing(0), at + timedelta(seconds=1))
    assert known.is_news("d1", "u2", Standing(0), at)
    assert known.is_news("d1", "u1", Standing(1, OLDEST), at + timedelta(seconds=2))
    assert not known.is_news("d1", "u1", Standing(1, OLDEST), at + REWRITTEN_AFTER)
    assert known.is_news("d1", "u1", Standing(1, OLDEST), at + REWRITTEN_AFTER + timedelta(seconds=2))


def test_memory_of_desks_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "REMEMBERED", 3)
    known = Standings()
    for n in range(10):
        assert known.is_news(f"d{n}", "u", Standing(0), NOW)
    assert not known.is_news("d9", "u", Standing(0), NOW)


def test_an_idle_desk_is_written_once(world: World, server: ServerProcess) -> None:
    amina = server.client("amina")
    salma = server.client("salma", device=new_id())
    tell(amina, "0")
    until(lambda: len(asked(salma).desks) == 1)
    (first,) = asked(salma).desks
    for _ in range(20):
        tell(amina, "0")
    assert asked(salma).desks == (first,)


def test_a_supervisor_is_told_of_their_own_people_only(world: World) -> None:
    with world.register.transaction() as connection:
        places = {"amina": ("EAU", "EAU-1"), "badr": ("EAU", "EAU-2"), "chadia": ("ELEC", "ELEC-1")}
        names = dict(zip(sorted(world.staff)[:3], places.values(), strict=True))
        for login, (administration, unit) in names.items():
            grant = Grant(role=Role.AGENT, administration=administration, unit=unit)
            accounts.set_grants(connection, world.staff[login].id, (grant,))
    first, second, third = names
    for login in names:
        enrol(world, login, new_id())

    def supervisor(*grants: Grant) -> Actor:
        return Actor(id="boss", grants=grants)

    def over(administration: str, unit: str = "", **dates: object) -> Grant:
        return Grant(role=Role.SUPERVISOR, administration=administration, unit=unit, **dates)

    assert set(told(world, supervisor(over("EAU")))) == {first, second}
    assert told(world, supervisor(over("EAU", "EAU-2"))) == [second]
    assert told(world, supervisor(over("EAU", "EAU-2"), over("ELEC"))) in ([second, third], [third, second])
    assert told(world, Actor(id=world.staff[first].id, grants=(over("EAU"),))) == [second]
    ended = over("EAU", ends=civil_date(NOW) - timedelta(days=1))
    for nobody in (supervisor(), supervisor(ended), supervisor(Grant(role=Role.AGENT, administration="EAU"))):
        with pytest.raises(Refusal):
            told(world, nobody)


def test_revoked_devices_and_closed_accounts_are_left_out(world: World) -> None:
    login = sorted(world.staff)[0]
    account = world.staff[login]
    boss = Actor(id="boss", grants=(Grant(role=Role.SUPERVISOR, administration="EAU"),))
    with world.register.transaction() as connection:
        accounts.set_grants(connection, account.id, (Grant(role=Role.AGENT, administration="EAU"),))
    lost, kept = new_id(), new_id()
    enrol(world, login, lost)
    enrol(world, login, kept)
    assert told(world, boss) == [login, login]
    with world.register.transaction() as connection:
        revocation.revoke(connection, lost, NOW)
    assert told(world, boss) == [login]
    with world.register.transaction() as connection:
        connection.execute(
            update(tables.account).where(tables.account.c.id == account.id).values(state="disabled")
        )
    assert told(world, boss) == []
