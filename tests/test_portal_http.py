"""The portal as an operator runs it: a server process, real sockets, a plain browser, the real relay."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server import database, directory, migrations
from server.config import Config, prepare_folders
from tests.citizen import Citizen
from tests.portal_world import pair_on
from tests.server_world import NOW, ServerProcess

WATER = "أعاني منذ ثلاثة أسابيع من انقطاع الماء الصالح للشرب كل يوم بحي السلام، دون أي جواب من الوكالة."
PERSON = {
    "name": "مريم المرجعية",
    "identity_number": "QX987654",
    "phone": "0677889900",
    "email": "m.marker@exemple.ma",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("portal_http")
    config = Config(data=folder)
    prepare_folders(config)
    register = database.connect(config)
    migrations.migrate(register, NOW)
    with register.transaction() as connection:
        directory.load_register(connection, directory.read_register())
    register.close()
    process = ServerProcess(folder)
    yield process
    process.close()


@pytest.fixture
def citizen(server: ServerProcess) -> Iterator[Citizen]:
    citizen = Citizen(server.url)
    yield citizen
    citizen.close()


def test_a_citizen_files_in_arabic_and_follows_and_the_log_knows_nothing_of_it(
    server: ServerProcess, citizen: Citizen
) -> None:
    page = citizen.open("/ar/deposer")
    filled = PERSON | {"type": "complaint", "object": "انقطاع الماء", "text": WATER, "consent": "yes"}
    receipt = citizen.send(page, page.forms[0], filled)
    assert receipt.status == 200 and receipt.url.endswith("/ar/recepisse")
    number, code = pair_on(receipt.html)
    assert "ONEE" in number or "CN" in number
    asked = citizen.open("/ar/suivi")
    case = citizen.send(asked, asked.forms[0], {"number": number, "code": code})
    assert case.status == 200 and number in case.text and "تم التوصل بها" in case.text
    log = server.log.read_text("utf-8")
    assert "/ar/deposer" in log
    for secret in (*PERSON.values(), number, code, code.replace("-", ""), "السلام"):
        assert secret not in log


def test_a_file_over_the_limit_is_told_by_name_and_no_word_is_lost(citizen: Citizen) -> None:
    page = citizen.open("/fr/deposer")
    huge = ("files", ("releve.pdf", b"%PDF-1.7" + bytes(12 * 1024 * 1024), "application/pdf"))
    told = citizen.send(page, page.forms[0], PERSON | {"text": WATER}, [huge])
    assert told.status == 422 and "releve.pdf" in told.text and WATER in told.html


def test_a_body_beyond_all_limits_is_refused_and_the_server_lives_on(
    citizen: Citizen, tmp_path: Path
) -> None:
    page = citizen.open("/fr/deposer")
    flood = [("files", (f"{n}.bin", bytes(1), "x/y")) for n in range(200)]
    told = citizen.send(page, page.forms[0], {"text": WATER}, flood)
    assert told.status in (400, 413) and "Traceback" not in told.html
    assert citizen.open("/fr/").status == 200
