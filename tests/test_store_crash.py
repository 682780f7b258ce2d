"""What is there after a crash: views mended at the start, and every act that was said to be saved."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from desktop.models import outbox
from desktop.models.replica import StoreReplica
from desktop.models.store import Store
from protocol.acts import Assign
from protocol.wire import Result
from tests.profiles import KEY, ME, NOW, asked, document, page
from tests.test_store import row, states


def test_acts_settled_long_ago_are_forgotten_and_nothing_else(tmp_path):
    store = Store.open(tmp_path, KEY, actor=ME)
    replica = StoreReplica(store)
    replica.apply(page(document("c1"), document("c2")))
    for n in range(1, 7):
        store.record(asked(f"a{n}", f"c{1 + n % 2}"))
    long_ago, lately = NOW - timedelta(days=60), NOW - timedelta(days=20)
    refused = [Result(id=f"a{n}", status="rejected", code="stale_thread") for n in (1, 2)]
    replica.settle([Result(id="a3", status="applied", ver=2), *refused], "e1", long_ago)
    replica.settle([Result(id="a4", status="applied", ver=9)], "e1", long_ago)
    replica.settle([Result(id="a5", status="applied", ver=3)], "e1", lately)
    replica.apply(page(document("c1", 3), document("c2", 3)))
    replica.take(NOW, 1)  # notes which acts their documents hold by now
    store.discard("a2")
    for clock in (NOW, NOW + timedelta(days=30_000)):
        replica.checked("e1", clock)
        with store.work.reading() as connection:
            assert set(outbox.states(connection)) == {"a1", "a4", "a5", "a6"}
    assert [act.id for act in store.returned()] == ["a1"]
    store.close()


def test_a_view_left_behind_by_a_crash_is_mended_at_the_next_start(tmp_path):
    """The refused answer must not stay on screen: the row was dirty, its act is settled (PROTOCOL §3)."""
    store = Store.open(tmp_path, KEY, actor=ME)
    replica = StoreReplica(store)
    replica.apply(page(document("c1"), document("c2")))
    store.record(asked("a1", "c1", Assign(assignee="u-me")))
    saved = store.record
    refused = Result(id="a1", status="rejected", code="assignee_changed")
    store.write_cache = lambda job: None
    replica.settle([refused], "e1", NOW)
    saved(asked("a2", "c2", Assign(assignee="u-me")))
    assert row(store, "c1").row.assignee == "u-me" and row(store, "c2").row.assignee == ""
    store.close()
    again = Store.open(tmp_path, KEY)
    assert row(again, "c1").row.assignee == "" and row(again, "c2").row.assignee == "u-me"
    again.close()


CHILD = """
import sys
from datetime import timedelta
from pathlib import Path
from desktop.models.store import Store
from tests.profiles import KEY, ME, asked
store = Store.open(Path(sys.argv[1]), KEY, actor=ME)
for n in range(100000):
    store.record(asked(f"a{n}", f"c{n % 3 + 1}"))
    print(f"a{n}", flush=True)
"""


def test_whatever_was_said_to_be_saved_is_there_after_kill_9(tmp_path):
    store = Store.open(tmp_path, KEY, actor=ME)
    replica = StoreReplica(store)
    replica.apply(page(document("c1"), document("c2"), document("c3")))
    store.close()
    root = str(Path(__file__).parents[1])
    for _ in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
            env={**os.environ, "PYTHONPATH": root},
        )
        said = [child.stdout.readline().strip() for _ in range(15)]
        child.send_signal(signal.SIGKILL)
        said += child.stdout.read().split("\n")[:-1]
        child.wait()
        child.stdout.close()
        again = Store.open(tmp_path, KEY)
        kept = states(again)
        assert len(said) >= 15 and set(filter(None, said)) <= kept.keys()
        assert row(again, "c1").waiting == len([act for act in again.waiting() if act.complaint == "c1"])
        again.close()
