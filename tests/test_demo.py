"""Demonstration data: real rules, dense streams, a chain that verifies, the same for the same seed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select

from protocol import history
from protocol.complaint import OPEN, Complaint, EventKind, RequestType, Status
from protocol.deadlines import civil_date
from protocol.scope import grants_scope
from protocol.settings import Role
from server import (
    accounts,
    complaints,
    database,
    demo,
    directory,
    migrations,
    numbering,
    receipts,
    tables,
    verification,
)
from server.config import Config, prepare_folders, secret
from server.database import Database
from server.demonstration import people
from server.demonstration.ledger import Ledger

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
COUNT = 400


@dataclass(frozen=True)
class Filled:
    register: Database
    config: Config
    summary: demo.Summary
    documents: tuple[Complaint, ...]


def filled(folder: Path, count: int = COUNT, seed: int = 7) -> Filled:
    config = Config(data=folder)
    prepare_folders(config)
    register = database.connect(config)
    migrations.migrate(register, NOW)
    with register.transaction() as connection:
        directory.load_register(connection, directory.read_register())
    summary = demo.populate(register, config, complaints=count, seed=seed, now=NOW)
    with register.reading() as connection:
        found = connection.execute(select(tables.complaint.c.document).order_by(tables.complaint.c.id))
        documents = tuple(msgspec.json.decode(raw, type=Complaint) for raw in found.scalars())
    return Filled(register, config, summary, documents)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    one = filled(tmp_path_factory.mktemp("demo"))
    yield one
    one.register.close()


def test_the_history_verifies_without_a_fault(world: Filled):
    with world.register.reading() as connection:
        report = verification.verify(connection, world.config.anchors)
    assert report.findings == ()
    assert report.links == sum(len(one.events) for one in world.documents)


def test_numbers_are_continuous_and_follow_reception(world: Filled):
    by_body: dict[str, list[str]] = {}
    for one in sorted(world.documents, key=lambda one: (one.received_at, one.id)):
        by_body.setdefault(one.number.rsplit("-", 1)[0], []).append(one.number)
    for prefix, numbers in by_body.items():
        assert sorted(numbers) == [f"{prefix}-{n:06d}" for n in range(1, len(numbers) + 1)]
    with world.register.reading() as connection:
        given = select(tables.number).where(tables.number.c.kind == numbering.REGISTRATION)
        last = {row.administration: row.last for row in connection.execute(given)}
    assert last == {prefix.split("-", 1)[1]: len(numbers) for prefix, numbers in by_body.items()}


def test_every_answer_has_an_outgoing_number_in_the_order_of_time_and_one_letter_that_waits(world: Filled):
    ready = sorted(
        (event.at, event.number, event.act)
        for one in world.documents
        for event in one.events
        if event.kind in history.MADE_READY and event.number
    )
    answered = [one for one in world.documents if history.sent_reply(one) is not None]
    assert answered and all(history.outgoing_number(one) for one in answered)
    by_body: dict[str, list[str]] = {}
    for _, number, _ in ready:
        by_body.setdefault(number.rsplit("-", 1)[0], []).append(number)
    for prefix, numbers in by_body.items():
        assert numbers == [f"{prefix}-{n:06d}" for n in range(1, len(numbers) + 1)]
    with world.register.reading() as connection:
        rows = connection.execute(select(tables.letter)).all()
    assert sorted((row.at, row.number, row.act) for row in rows) == ready
    assert {row.state for row in rows} == {"waiting"}


def test_streams_are_dense_and_in_the_order_of_time(world: Filled):
    table = tables.change
    with world.register.reading() as connection:
        heads = {row.administration: row.seq for row in connection.execute(select(tables.stream))}
        rows = connection.execute(select(table).order_by(table.c.administration, table.c.seq)).all()
    by_body: dict[str, list[datetime]] = {}
    for row in rows:
        by_body.setdefault(row.administration, []).append(row.at)
        assert row.seq == len(by_body[row.administration])
    assert all(times == sorted(times) for times in by_body.values())
    assert {name: len(times) for name, times in by_body.items()} == {
        name: seq for name, seq in heads.items() if name != tables.REFERENCE_STREAM
    }


def test_versions_count_accepted_acts_and_nothing_lies_in_the_future(world: Filled):
    for one in world.documents:
        assert {event.n for event in one.events} == set(range(1, one.ver + 1))
        times = [event.at for event in one.events]
        assert times == sorted(times)
        assert one.received_at == times[0] and times[-1] < NOW
        assert NOW - one.received_at <= timedelta(days=demo.DAYS, minutes=1)


def test_every_common_state_and_flag_occurs(world: Filled):
    states = Counter(one.status for one in world.documents)
    assert states.keys() >= {
        Status.RECEIVED, Status.ASSIGNED, Status.IN_PROGRESS, Status.AWAITING_CITIZEN, Status.ANSWERED,
        Status.CLOSED, Status.NOTED,
    }  # fmt: skip
    kinds = Counter(event.kind for one in world.documents for event in one.events)
    assert kinds.keys() >= {
        EventKind.TRANSFERRED, EventKind.COMPLEMENT_ASKED, EventKind.NOTED, EventKind.RATED,
        EventKind.REOPENED, EventKind.CITIZEN_WROTE, EventKind.ELEMENTS_REQUESTED,
    }  # fmt: skip
    today = civil_date(NOW)
    late = [one for one in world.documents if one.status in OPEN and one.due < today]
    soon = [one for one in world.documents if one.status in OPEN and 0 <= (one.due - today).days <= 5]
    assert late and soon
    assert world.summary.overdue == len(late)
    assert world.summary.triage > 0
    assert sum(one.urgent for one in world.documents) > 0


def test_about_one_in_ten_is_an_observation_or_a_suggestion(world: Filled):
    kinds = Counter(one.type for one in world.documents)
    assert 0.05 < 1 - kinds[RequestType.COMPLAINT] / COUNT < 0.16
    assert kinds[RequestType.OBSERVATION] and kinds[RequestType.SUGGESTION]


def test_texts_hardly_repeat_and_come_in_both_languages(world: Filled):
    assert len({one.text for one in world.documents}) > 0.97 * COUNT
    assert Counter(one.language for one in world.documents).keys() == {"ar", "fr"}
    assert not [one for one in world.documents if "{" in one.text or not one.object.strip()]


def test_citizens_are_plainly_invented(world: Filled):
    for one in world.documents:
        assert one.person.phone == "" or one.person.phone.startswith("+2126000")
        assert one.person.email == "" or one.person.email.endswith("@exemple.test")
        assert one.place.commune


def test_accounts_of_every_role_open_with_the_published_password(world: Filled):
    with world.register.reading() as connection:
        every = accounts.every(connection)
        stored = accounts.stored_hash(connection, "agent.onee@demo.test")
    assert accounts.opens(people.PASSWORD, stored)
    assert 40 <= len(every) <= 55
    held = {grant.role for one in every for grant in one.grants}
    assert held == set(Role) - {Role.CITIZEN, Role.SYSTEM}
    team = {
        grant.role
        for one in every
        for grant in one.grants
        if grant.administration == people.TEAM_ADMINISTRATION and grant.unit in ("", people.TEAM_UNIT)
    }
    assert team >= {
        Role.AGENT, Role.SUPERVISOR, Role.VALIDATOR, Role.SIGNATORY, Role.REGISTRY_CLERK,
        Role.OMBUDSMAN_LIAISON,
    }  # fmt: skip


def test_the_first_agent_finds_work_of_their_own(world: Filled):
    with world.register.reading() as connection:
        agent = accounts.by_login(connection, "agent.onee@demo.test")
    seen = [one for one in world.documents if grants_scope(one, agent.actor, civil_date(NOW))]
    assert [one for one in seen if one.assignee == agent.id and one.status in OPEN]
    assert [one for one in seen if not one.assignee and one.status == Status.RECEIVED]


def test_a_sample_pair_opens_the_follow_up(world: Filled):
    number, code = world.summary.samples[0]
    with world.register.reading() as connection:
        tracked = complaints.find(connection, number)
    assert tracked is not None
    assert tracked.tracking_hash == receipts.hash_code(secret(world.config, "portal"), tracked.id, code)


def test_the_same_seed_and_moment_give_the_same_complaints(tmp_path: Path, world: Filled):
    one, two = filled(tmp_path / "a", 30), filled(tmp_path / "b", 30)
    one.register.close()
    two.register.close()
    assert one.documents == two.documents
    assert not {each.id for each in one.documents} & {each.id for each in world.documents}


def test_a_filled_register_takes_registrations_and_more_data(tmp_path: Path):
    one = filled(tmp_path, 30)
    draft = msgspec.structs.replace(
        one.documents[0],
        id="018f0000-0000-7000-8000-000000000001",
        number="",
        events=(),
        ver=1,
        status=Status.RECEIVED,
        assignee="",
        unit_since=None,
    )
    with one.register.transaction() as connection:
        step = Ledger(connection, lambda size: bytes(size)).register(draft)
        stored = complaints.register(connection, draft, by="citizen", now=draft.received_at)
    assert step.after == stored
    again = demo.populate(one.register, one.config, complaints=30, seed=2, now=NOW + timedelta(days=1))
    with one.register.reading() as connection:
        report = verification.verify(connection, one.config.anchors)
        count = connection.execute(select(func.count()).select_from(tables.complaint)).scalar_one()
    one.register.close()
    assert (count, report.findings, again.accounts) == (61, (), one.summary.accounts)
