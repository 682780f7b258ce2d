"""The ministry in the story: letter of record, board, handover, routing that learns, notices, verdict.

The letter shown at the desk, the bytes in the register and the file the citizen downloads must be the same.
"""

import email
import email.policy
import html
from hashlib import sha256
from pathlib import Path

import pypdfium2
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from protocol.history import recorded_letter
from tests.citizen import Citizen, Page
from tests.pilot import Pilot, wait_until
from tests.processes import ServerProcess, command
from tests.tour.album import Album
from tests.tour.scenes import shot

SAMIRA = {
    "name": "Samira El Fassi",
    "phone": "0611000007",
    "email": "samira.elfassi@courriel.test",
    "identity_number": "K558812",
    "object": "Coupure d’eau depuis quatre jours, sans préavis",
    "text": (
        "Depuis quatre jours il n’y a plus une goutte d’eau au robinet dans notre immeuble du quartier "
        "Tabriquet à Salé. Le numéro d’urgence ne répond pas et aucun préavis n’a été affiché. Je demande le "
        "rétablissement et une réduction de facture."
    ),
}
WINDOW = (940, 840)
"""Of a document, where the screen of a test would make it small."""
TERRITORIAL = "DGCT"
REASON = "La distribution de ce quartier relève de la collectivité territoriale, pas de notre branche."
STILL_DRY = "الماء ما زال ينقطع كل ليلة، ولم يتصل بي أي فريق تقني."


def samira_files(album: Album, server: ServerProcess, province: str) -> None:
    """Somebody files in French and leaves an e-mail address: she is told by e-mail and by SMS."""
    citizen = Citizen(server.url)
    receipt = citizen.file("fr", province=province, **SAMIRA)
    album.page("portal-receipt-fr", receipt, height=1100)
    paper(album, "receipt-fr", citizen, receipt)
    citizen.close()


def paper(album: Album, name: str, citizen: Citizen, page: Page) -> None:
    """The receipt as PDF, from the page where the citizen found it."""
    language = "fr" if "/fr/" in page.url else "ar"
    album.document(name, citizen.download(f"/{language}/recepisse.pdf"))


def attached(pilot: Pilot, folder: Path) -> None:
    """A file goes with the answer, chosen while the network is cut."""
    file = folder / "calendrier des travaux.pdf"
    page = pypdfium2.PdfDocument.new()
    page.new_page(595, 842)
    page.save(file)
    page.close()
    files = pilot.window.case.editors.answer.files
    files.add([file])
    wait_until("the file to be kept", lambda: files.files and not files.is_busy)


def preview(album: Album, pilot: Pilot, language: str) -> None:
    """The letter of the answer being written, provisional as long as no number is given."""
    case = pilot.window.case
    case.editors.answer.preview.click()
    wait_until(
        "the preview", lambda: case.letters._preview is not None and case.letters._preview.viewer.content
    )
    case.letters._preview.viewer.resize(*WINDOW)
    QTest.qWait(400)
    shot(album, f"letter-preview-{language}", pilot)
    case.letters._preview.viewer.close()


def letter(album: Album, pilot: Pilot, language: str) -> bytes:
    """The file of record, at the desk."""
    wait_until("the letter of record", lambda: recorded_letter(pilot.shown()) is not None, seconds=30)
    pilot.act("letter")
    letters = pilot.window.case.letters
    wait_until("the letter's window", lambda: letters.viewer is not None and letters.viewer.content)
    letters.viewer.resize(*WINDOW)
    QTest.qWait(400)
    shot(album, f"letter-of-record-{language}", pilot)
    content = letters.viewer.content
    file = recorded_letter(pilot.shown())
    assert sha256(content).hexdigest() == file.sha256
    letters.viewer.close()
    album.facts["letter"] = {"name": file.name, "sha256": file.sha256, "size": file.size}
    return content


def board(album: Album, pilot: Pilot, language: str, *, also_monday: bool = True) -> None:
    """All a supervisor sees at once, the list behind a figure, and Monday's view."""
    window = pilot.window
    QTest.mouseClick(window.rail.item("board"), Qt.MouseButton.LeftButton)
    wait_until("the board", lambda: window._area.board.is_ready)
    QTest.qWait(300)
    shot(album, f"board-{language}", pilot)
    if also_monday:
        window._area.board.tabs.setCurrentIndex(1)
        QTest.qWait(300)
        shot(album, f"board-monday-{language}", pilot)
        window._area.board.tabs.setCurrentIndex(0)


def handed_over(album: Album, pilot: Pilot) -> None:
    """Several rows chosen together, a balanced proposal, one recording, one undo."""
    pilot.queue("unassigned")
    view, model = pilot.window.list.view, pilot.window.list.model
    # How many nobody has depends on the hour at which the demonstration's data were made.
    wait_until("rows to choose", lambda: len(pilot.listed()) >= 2)
    for position in range(min(3, len(pilot.listed()))):
        keys = Qt.KeyboardModifier.ControlModifier if position else Qt.KeyboardModifier.NoModifier
        at = view.visualRect(model.index(position)).center()
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, keys, at)
        QTest.qWait(80)
    pilot.window.list.strip.button.click()
    conductor = pilot.window._area.handover
    wait_until("the proposal", lambda: conductor.current is not None and conductor.current.plan is not None)
    dialog = conductor.current
    dialog.resize(1000, 680)  # the screen of a test is smaller than any office's
    dialog.note.control.insertPlainText("Répartition du lundi, merci de lire les pièces jointes.")
    shot(album, "handover-fr", pilot)
    wait_until("the button", dialog.confirm_button.isEnabled)
    dialog.confirm()
    bar = pilot.window.case.undo_bar
    wait_until("the undo of all", lambda: bar.can_undo)
    QTest.qWait(300)
    wait_until("the next complaint", lambda: pilot.shown() is not None)
    album.facts["handed_over"] = len(dialog.plan.moving)
    shot(album, "handover-undo-fr", pilot)
    bar.undo()
    wait_until("nothing to be left waiting", lambda: pilot.waiting() == 0)


def transferred(album: Album, pilot: Pilot) -> None:
    """A person says that a request belongs elsewhere: routing keeps it as a correction."""
    pilot.queue("unassigned")
    wait_until("requests nobody has", pilot.listed)
    moved = pilot.open(pilot.listed()[0])
    pilot.act("transfer")
    dialog = pilot.dialog()
    wait_until("the administrations", lambda: dialog.list.list.count() > 1)
    dialog.list.select(TERRITORIAL)
    dialog.reason.control.insertPlainText(REASON)
    shot(album, "transfer-for-training-fr", pilot)
    dialog.confirm()
    wait_until("the transfer to be recorded", lambda: pilot.waiting() >= 1)
    wait_until("the transfer to be settled", lambda: pilot.waiting() == 0, seconds=30)
    album.facts["corrected"] = {"from": moved.administration, "to": TERRITORIAL, "number": moved.number}


def learnt(album: Album, server: ServerProcess) -> None:
    """A new model learns from that transfer, runs beside the old one, and is promoted by a person."""
    data = ("--data", str(server.data))
    told = command("route", "train", "--with-corrections", "--as", "shadow", *data)
    listed = command("route", "list", *data)
    version = next(line.split()[0] for line in listed.splitlines() if "à l’essai" in line)
    compared = command("route", "promote", version, "--by", "coordination@demo.test", *data)
    after = command("route", "list", *data)
    album.facts["learnt"] = {"version": version, "train": told.splitlines(), "list": after.splitlines()}
    page = (told, compared, after)
    album.text("routing-learns", "\n\n".join(text.strip() for text in page))


def verdict(album: Album, citizen: Citizen, page: Page, record: bytes) -> Page:
    """She opens the letter with a second proof, is not satisfied, and has her request reopened."""
    form = next(form for form in page.forms if "proof" in form.names)
    same = citizen.fetch(page, form, {"proof": "0000"})
    assert same == record, "desk and citizen have different letters"
    album.facts["one_letter_for_all"] = True
    rate = next(form for form in page.forms if "satisfied" in form.names)
    rated = citizen.send(page, rate, {"satisfied": "no", "reason": "unsolved"})
    assert rated.status == 200, rated.text
    again = next(form for form in rated.forms if form.values.get("kind") == "reopen")
    reopened = citizen.send(rated, again, {"text": STILL_DRY})
    assert reopened.status == 200, reopened.text
    album.page("portal-reopened-ar", reopened, height=1300)
    return reopened


def notices(album: Album, server: ServerProcess, number: str) -> None:
    """Every message that left, in its language: the last SMS and the last e-mail of each as they are read."""
    folder = server.data / "outgoing"
    wait_until(
        "the notices", lambda: len(list(folder.glob("*.txt"))) >= 3 and list(folder.glob("*.eml")), seconds=30
    )
    texts = [path.read_text("utf-8").partition("\n\n") for path in sorted(folder.glob("*.txt"))]
    mine = [body.strip() for _, _, body in texts if number in body]
    others = [body.strip() for _, _, body in texts if number not in body]
    album.facts["sms"] = {"sent": len(texts), "to_her": mine}
    album.html("notice-sms", phone(mine[-4:], "rtl") + phone(others[-2:], "ltr"))
    mails = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in mails_in(folder)
    ]
    album.facts["emails"] = [str(mail["Subject"]) for mail in mails]
    ours = [mail for mail in mails if number in str(mail["Subject"])]
    hers = [mail for mail in mails if number not in str(mail["Subject"])]
    album.html("notice-email", "".join(letter_box(mail) for mail in (ours[-1], hers[-1])))


def mails_in(folder: Path) -> list[Path]:
    """E-mails in the order they left."""
    return sorted(folder.glob("*.eml"))


def phone(texts: list[str], direction: str) -> str:
    """Messages as a telephone shows them."""
    bubbles = "".join(
        f'<p dir="{direction}" style="background:#e9e9eb;border-radius:18px;padding:12px 16px;margin:10px 0">'
        f"{html.escape(text).replace(chr(10), '<br>')}</p>"
        for text in texts
    )
    frame = "width:420px;padding:28px;margin:24px;background:#fff;border:10px solid #222;border-radius:40px"
    style = f"{frame};display:inline-block;vertical-align:top;font:19px/1.5 sans-serif"
    return f'<div style="{style}">{bubbles}</div>'


def letter_box(mail: email.message.EmailMessage) -> str:
    """An e-mail as a reader shows it."""
    body = mail.get_body(("html", "plain"))
    assert body is not None
    head = "".join(
        f"<div><b>{name}</b> {html.escape(str(mail[name]))}</div>" for name in ("From", "To", "Subject")
    )
    size = "width:620px;margin:16px;padding:24px;display:inline-block;vertical-align:top"
    frame = f"{size};background:#fff;border:1px solid #ccc;border-radius:10px"
    read = body.get_content()
    side = "rtl" if 'dir="rtl"' in read else "ltr"
    inside = read.partition("<body")[2].partition(">")[2].partition("</body>")[0] or read
    return f'<div dir="{side}" style="{frame};font:16px/1.6 sans-serif">{head}<hr>{inside}</div>'
