"""Two desks and a server agree whatever the wire does; planted broken builds do not get through."""

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from protocol.acts import Asked
from protocol.complaint import Complaint
from protocol.settings import Actor
from protocol.wire import EndLine, Envelope, Result, read_stream, write_stream
from sync.replica import Page
from tests.convergence_storage import BOTH, KINDS, MemoryStorage, RealStorage
from tests.convergence_world import World, wander
from tests.faulty_wire import FATES, FaultyWire
from tests.memory_replica import Base, MemoryReplica
from tests.model_server import ModelServer

DESK = st.integers(0, 1)
ANY = st.integers(0, 50)


class Agreement(RuleBasedStateMachine):
    """Everything that can happen in a World, in any order."""

    world_class = World

    def __init__(self) -> None:
        super().__init__()
        self.world = self.world_class()
        for administration in ("AA", "BB"):
            self.world.file(administration)
        for who in (0, 1):
            self.world.cycle(who, [], "")
        self.world.keep_backup()

    @rule(administration=st.sampled_from(("AA", "BB")))
    def a_citizen_files(self, administration):
        self.world.file(administration)

    @rule(which=ANY)
    def a_citizen_writes(self, which):
        self.world.citizen_writes(which)

    @rule(who=DESK, which=ANY, kind=st.integers(0, 3 * KINDS), cut=st.booleans())
    def somebody_types(self, who, which, kind, cut):
        self.world.type_act(who, which, kind, cut)

    @rule(
        who=DESK,
        fates=st.lists(st.sampled_from(FATES), max_size=4),
        cut=st.sampled_from(("", "settled", "page")),
    )
    def a_desk_exchanges(self, who, fates, cut):
        self.world.cycle(who, fates, cut)

    @rule()
    def the_server_is_backed_up(self):
        self.world.keep_backup()

    @rule()
    def the_server_is_restored(self):
        self.world.restore()

    @rule(who=DESK)
    def a_cache_is_lost(self, who):
        self.world.lose_cache(who)

    @rule(wide=st.booleans())
    def grants_change(self, wide):
        self.world.change_grants(wide)

    @invariant()
    def what_was_saved_is_kept_and_shown(self):
        self.world.check()

    def teardown(self):
        try:
            self.world.settle_down()
        finally:
            self.world.close()


class RealWorld(World):
    """The same over the encrypted files."""

    storage_class = RealStorage


class AgreementOfRealStores(Agreement):
    world_class = RealWorld


CALM = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)


def explore(machine, *, examples, steps):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=CALM,
        ),
    )


def test_two_desks_of_memory_agree_after_any_sequence_of_faults():
    explore(Agreement, examples=120, steps=25)


def test_two_desks_of_encrypted_files_agree_after_any_sequence_of_faults():
    explore(AgreementOfRealStores, examples=15, steps=20)


@pytest.mark.parametrize("seed", range(8))
def test_a_long_walk_over_the_encrypted_files_ends_in_agreement(seed):
    world = RealWorld()
    try:
        wander(world, seed, 30)
    finally:
        world.close()


def test_a_thousand_steps_in_memory_end_in_agreement():
    for seed in range(150):
        wander(World(), seed, 40)


# --- broken builds: each must be caught, and the unbroken control above must not


class WithoutKey(ModelServer):
    """No idempotency key: the same id again has its effect again."""

    def stored(self, act: str) -> Result | None:
        return None


class ForgetfulServer(ModelServer):
    """Ack before commit: now and then what was acknowledged is not there."""

    def execute(self, user: str, device: str, envelope: Envelope) -> Result:
        before = self.backup()
        result = super().execute(user, device, envelope)
        if result.status == "applied" and envelope.n % 4 == 0:
            self.state = before
        return result


class TwoTransactions(ModelServer):
    """The document in one transaction, its stream in another that sometimes never comes."""

    def _keep(self, before: Complaint | None, after: Complaint) -> None:
        lengths = {name: len(stream) for name, stream in self.state.streams.items()}
        super()._keep(before, after)
        if after.ver % 3 == 0:
            for name, stream in self.state.streams.items():
                del stream[lengths.get(name, 0) :]


class WithoutPrev(ModelServer):
    """`prev` ignored: what hung on a refused act goes through."""

    def prev_status(self, envelope: Envelope) -> str:
        return "applied"


class LastWriteWins(ModelServer):
    """Judges every act as if its author had seen everything."""

    def seen_by(self, asked: Asked, document: Complaint) -> Asked:
        return msgspec.structs.replace(asked, seen=document.ver)


class WithoutScope(ModelServer):
    """Pushes are executed with all grants, whoever sends them."""

    def grants_of(self, user: str) -> Actor:
        return Actor(id=user, grants=BOTH)


class CursorFirst(MemoryReplica):
    """The cursor saved before the page."""

    def apply(self, page: Page) -> frozenset[str]:
        if self.place.snap_done:
            self.place = page.position
        return super().apply(page)


class SentIsGone(MemoryReplica):
    """The outbox row deleted before it was answered."""

    def take(self, now, limit, after=0):
        acts = super().take(now, limit, after)
        for act in acts:
            del self.outbox[act.id]
        return acts


class EpochIgnored(MemoryReplica):
    """Acked acts are not sent again to a restored server."""

    def requeue(self, epoch, since):
        return 0


class OverlayDropped(MemoryReplica):
    """An acked act leaves the view before its document has come."""

    def overlay(self, complaint: str, base: Base) -> list[Asked]:
        return [kept.asked for kept in self._acts_on(complaint) if kept.state == "queued"]


class Believing(FaultyWire):
    """Truncation accepted: a cut stream is taken for a whole one."""

    def cut(self, body: bytes) -> bytes:
        try:
            *lines, end = read_stream(body)
        except ValueError:
            return body  # no stream: results, or sums
        if not isinstance(end, EndLine):
            return body
        half = lines[: max(1, len(lines) // 2)]
        return write_stream(half, cursor=end.cursor, more=end.more, after=end.after, done=end.done)


def broken_world(server=ModelServer, replica=MemoryReplica, wire=FaultyWire):
    storage = type("BrokenStorage", (MemoryStorage,), {"twin": replica})
    return type(
        "BrokenWorld", (World,), {"server_class": server, "storage_class": storage, "wire_class": wire}
    )


BROKEN = {
    "no idempotency key": broken_world(server=WithoutKey),
    "cursor saved before the page": broken_world(replica=CursorFirst),
    "ack before commit": broken_world(server=ForgetfulServer),
    "outbox row deleted before sending": broken_world(replica=SentIsGone),
    "two transactions instead of one": broken_world(server=TwoTransactions),
    "no scope check on push": broken_world(server=WithoutScope),
    "prev ignored": broken_world(server=WithoutPrev),
    "epoch ignored": broken_world(replica=EpochIgnored),
    "acked overlay dropped early": broken_world(replica=OverlayDropped),
    "truncation accepted": broken_world(wire=Believing),
    "last write wins": broken_world(server=LastWriteWins),
}


def caught_by(world_class, seeds):
    for seed in seeds:
        try:
            wander(world_class(), seed, 40)
        except (AssertionError, KeyError):
            return seed
    return None


@pytest.mark.parametrize("defect", BROKEN)
def test_a_broken_build_is_caught(defect):
    assert caught_by(BROKEN[defect], range(150)) is not None


def test_the_unbroken_control_gets_through_the_same_walks():
    assert caught_by(broken_world(), range(150)) is None


@pytest.mark.parametrize("defect", list(BROKEN)[:2])
def test_the_state_machine_catches_it_too(defect):
    machine = type("BrokenAgreement", (Agreement,), {"world_class": BROKEN[defect]})
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=3000,
                stateful_step_count=40,
                deadline=None,
                derandomize=True,
                database=None,
                phases=(Phase.generate,),
                suppress_health_check=CALM,
            ),
        )
