"""The main job, whole: filed in Arabic, relayed by its content, handled off line, answered, read.

A real server process, the portal over HTTP, the desk's real windows; "network cut" is a killed server.
"""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from protocol.deadlines import civil_date
from tests.citizen import Citizen
from tests.pilot import Pilot, wait_until
from tests.processes import PASSWORD, ROOT, ServerProcess, command, open_account

WATER, UNIT, SALE = "ONEE-EAU", "ONEE-EAU-RSK", "04.441"

TEXT = (
    "السلام عليكم، منذ أكثر من أسبوعين والصنبور لا تنزل منه قطرة واحدة في الطابق الثالث من عمارتنا، "
    "والصهريج المشترك فارغ، ونضطر إلى جلب الماء الشروب بالقنينات من حي مجاور. نطلب إرجاع التزويد بالماء."
)
"""Written for this test: it is in no training file."""

ANSWER = (
    "سيدتي، جوابا عن شكايتكم، يشرفني أن أخبركم أن إصلاح القناة سينتهي يوم الجمعة وأن التزويد سيعود كاملا."
)


SECOND = (
    "Facture d'eau du mois d'octobre calculée sur une estimation alors que le compteur a été relevé chez moi."
)


@pytest.fixture
def server(tmp_path: Path):
    data = tmp_path / "server"
    command("init", "--data", str(data))
    open_account(
        data, "salma", f"agent:{WATER}:{UNIT}", f"supervisor:{WATER}:{UNIT}", french="Salma", arabic="سلمى"
    )
    open_account(data, "omar", f"agent:{WATER}:{UNIT}", french="Omar Senhaji", arabic="عمر السنهاجي")
    running = ServerProcess(data)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def citizen(server: ServerProcess):
    browser = Citizen(server.url)
    yield browser
    browser.close()


class LaterRun:
    """The desk started again by its user, as a process of its own."""

    def __init__(self, url: str, profile: Path, complaint: str) -> None:
        words = ("salma", complaint, "انقطاع الماء")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.second_run", url, str(profile), *words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        )

    def heard(self) -> dict[str, object]:
        """What it says next that is not a message of Qt's."""
        assert self._process.stdout is not None
        return json.loads(next(line for line in self._process.stdout if line.startswith("{")))

    def go_on(self) -> None:
        """Tell it that the network is back."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def end(self) -> None:
        """Wait for its end."""
        self._process.communicate(timeout=60)
        assert self._process.returncode == 0


def account_ids(data: Path) -> dict[str, str]:
    """Ids of the accounts by login, as the register has them."""
    from server.accounts import every
    from server.config import load
    from server.database import connect

    register = connect(load(data))
    try:
        with register.reading() as connection:
            return {account.login: account.id for account in every(connection)}
    finally:
        register.close()


def test_a_complaint_filed_in_arabic_is_answered_off_line_and_read_by_the_citizen(
    qtbot, server, citizen, tmp_path, record_property
):
    profile = tmp_path / "profile"
    pilot = Pilot(server.url, profile)
    pilot.sign_in("salma", PASSWORD)
    wait_until("the first synchronisation", lambda: pilot.state() == "online")

    # The citizen files in Arabic and names nobody; the content decides.
    receipt = citizen.file("ar", object="انقطاع الماء عن العمارة", text=TEXT, province=SALE)
    number, code = receipt.marked("number"), receipt.marked("code")
    assert number.startswith(f"{civil_date(datetime.now(UTC)).year}-{WATER}-")
    pilot.queue("unassigned")
    took = wait_until("the complaint in the queue", pilot.listed)
    # The issue asks for two seconds; a figure for the report, since a shared machine may stall.
    record_property("seconds_to_the_queue", round(took, 3))
    print(f"in the queue after {took:.2f} s")
    (water,) = pilot.listed()

    second = citizen.file("fr", object="Facture estimée", text=SECOND, province=SALE, administration=WATER)
    wait_until("the second complaint", lambda: len(pilot.listed()) == 2)
    bill = next(one for one in pilot.listed() if one != water)

    # The network is cut.
    server.kill()
    wait_until("the desk to notice", lambda: pilot.state() == "offline")

    pilot.open(water)
    pilot.act("assign")
    wait_until("the complaint to be mine", lambda: pilot.assignee())
    assert pilot.shown().id == water
    pilot.act("answer")
    pilot.answer(ANSWER, nature="favourable")
    wait_until("the answer to be kept", lambda: pilot.status() == "to_dispatch")
    pilot.queue("unassigned")
    pilot.open(bill)
    pilot.assign(account_ids(server.data)["omar"])
    omar = account_ids(server.data)["omar"]
    # Asked of the desk: the pane moves on when its last complaint leaves the queue.
    wait_until("the bill to be Omar's", lambda: pilot.shell.desk.case(bill).document.assignee == omar)
    waiting = pilot.waiting()
    assert waiting >= 3
    pilot.close()

    # A new process, still without a network: all there.
    later = LaterRun(server.url, profile, water)
    seen = later.heard()
    assert (seen["waiting"], seen["status"], seen["answers"]) == (waiting, "to_dispatch", [ANSWER])

    # The network is back.
    server.start()
    later.go_on()
    seen = later.heard()
    assert (seen["status"], seen["answers"], seen["returned"]) == ("answered", [ANSWER], 0)
    later.end()

    page = citizen.follow("ar", number, code)
    assert ANSWER in page.text
    assert citizen.follow("fr", second.marked("number"), second.marked("code")).status == 200
    command("verify", "--data", str(server.data))
