"""The story the tour tells, chapter by chapter, through the program's real widgets and the real server.

A citizen files in Arabic; her request is relayed by its content; a desk handles it while the network is cut,
and meanwhile she writes again; the network returns, the answer that had not read her comes back, is edited
and sent again; she reads it.
"""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtTest import QTest

from server.demonstration.people import PASSWORD
from tests.citizen import Citizen
from tests.pilot import Pilot, wait_until
from tests.processes import ServerProcess
from tests.tour import ministry
from tests.tour.album import Album
from tests.tour.scenes import dialogs, shot, sync_panel

DESK = "superviseur.onee@demo.test"
SALE = "04.441"
OBJECT = "انقطاعات متكررة للماء منذ ثلاثة أسابيع"
TEXT = (
    "أعاني منذ ثلاثة أسابيع من انقطاع الماء الصالح للشرب كل يوم من الساعة 8 صباحا إلى 6 مساء بحي السلام، "
    "زنقة 12. اتصلت بالوكالة مرتين (المرجع B-4471) دون أي جواب. لدي طفلان صغيران وأطلب إصلاح الوضع "
    "وتعويضي عن فاتورة شهر شتنبر."
)
ANSWER = (
    "سيدتي،\n\nجوابا عن شكايتكم، يشرفني أن أخبركم أن أشغال تقوية شبكة الماء بحيكم ستنتهي يوم 28 نونبر 2026، "
    "وأن تخفيضا استثنائيا سيطبق على فاتورتكم المقبلة.\n\nوتقبلوا فائق عبارات التقدير."
)
MESSAGE = "السلام عليكم، أود أن أضيف أن الماء انقطع كليا منذ البارحة وأن الجيران يعانون من نفس المشكل."
ANSWER_AGAIN = ANSWER.replace(
    "\n\nوتقبلوا", "\n\nأما الانقطاع الكلي الذي أشرتم إليه، فقد أُرسل فريق تقني إلى حي السلام.\n\nوتقبلوا"
)
EMAIL = "fatima@courriel.test"
NOTE = "Travaux de renforcement du réseau prévus semaine 48, confirmés par la direction régionale."


@dataclass
class Tour:
    """What the chapters share."""

    server: ServerProcess
    profile: Path
    album: Album

    def run(self) -> None:
        """All chapters in order."""
        number, code = self.citizen_files()
        ministry.samira_files(self.album, self.server, SALE)
        pilot = self.desk_receives(number)
        self.network_is_cut(pilot)
        self.arabic_and_dark(pilot)
        self.citizen_writes_again(number, code)
        self.network_returns(pilot)
        self.answer_goes_again(pilot)
        self.answered(pilot)
        record = self.letter_is_printed(pilot)
        self.supervisor_looks(pilot)
        ministry.handed_over(self.album, pilot)
        ministry.transferred(self.album, pilot)
        ministry.learnt(self.album, self.server)
        self.citizen_reads(number, code, record)
        self.reopened(pilot, number)
        pilot.close()
        ministry.notices(self.album, self.server, number)
        self.album.finish()

    def citizen_files(self) -> tuple[str, str]:
        """On the portal, in Arabic, leaving the administration to the content."""
        citizen = Citizen(self.server.url)
        self.album.page("portal-home-ar", citizen.open("/ar/"))
        self.album.page("portal-form-fr", citizen.open("/fr/deposer"), height=1500)
        refused = citizen.file("ar", object="", text=TEXT, province=SALE)
        self.album.page("portal-form-refused-ar", refused, height=1500)
        receipt = citizen.file("ar", object=OBJECT, text=TEXT, province=SALE, email=EMAIL)
        self.album.page("portal-receipt-ar", receipt, height=1100)
        number, code = receipt.marked("number"), receipt.marked("code")
        ministry.paper(self.album, "receipt-ar", citizen, receipt)
        self.album.facts["filed"] = {"number": number, "object": OBJECT, "language": "ar"}
        citizen.close()
        return number, code

    def desk_receives(self, number: str) -> Pilot:
        """The agent signs in, finds the request in the queue, reads it."""
        pilot = Pilot(self.server.url, self.profile, language="fr")
        assert pilot.shell.view is not None
        pilot.shell.view.resize(1440, 900)
        pilot.write(pilot.shell.view.login.edit, DESK)
        self.shot("sign-in-fr", pilot)
        pilot.sign_in(DESK, PASSWORD)
        pilot.window.resize(1440, 900)
        wait_until("the first synchronisation", lambda: pilot.state() == "online")
        pilot.queue("unit")
        wait_until("the unit's list", pilot.listed)
        pilot.open(pilot.listed()[0])
        self.shot("unit-queue-fr", pilot)
        pilot.search(number)
        wait_until("the request found by its number", lambda: len(pilot.listed()) == 1)
        complaint = pilot.open(pilot.listed()[0])
        self.shot("complaint-fr", pilot)
        routing = complaint.routing
        assert routing is not None
        self.album.facts["routed"] = {
            "administration": complaint.administration,
            "unit": complaint.unit,
            "confidence": round(routing.confidence, 3),
            "words": list(routing.words),
            "model": routing.model,
        }
        pilot.act("assign")
        wait_until("the request to be mine", pilot.assignee)
        return pilot

    def network_is_cut(self, pilot: Pilot) -> None:
        """The server dies; the desk goes on: a note, an answer, a reassignment."""
        wait_until("the taking to be settled", lambda: pilot.waiting() == 0)
        self.server.kill()
        wait_until("the desk to notice", lambda: pilot.state() == "offline")
        pilot.act("note")
        wait_until("the note editor", lambda: pilot.window.case.editors.note is not None)
        pilot.write(pilot.window.case.editors.note.composer, NOTE)
        self.shot("offline-note-fr", pilot)
        pilot.window.case.editors.note.send_button.click()
        wait_until("the note to be kept", lambda: pilot.window.case.editors.note is None)
        pilot.act("answer")
        pilot.answer(ANSWER, nature="partly_favourable", send=False)
        ministry.attached(pilot, self.profile.parent)
        QTest.qWait(1500)
        self.shot("offline-writing-answer-fr", pilot)
        ministry.preview(self.album, pilot, "fr")
        pilot.answer(ANSWER, nature="partly_favourable")
        wait_until("the answer to be kept", lambda: pilot.waiting() >= 2)
        self.album.facts["acts_made_offline"] = pilot.waiting()
        self.shot("offline-answer-kept-fr", pilot)
        sync_panel(self.album, pilot, "sync-panel-offline-fr")
        pilot.queue("unassigned")
        wait_until("requests nobody has", pilot.listed)
        pilot.open(pilot.listed()[0])
        dialogs(self.album, pilot, "fr")

    def arabic_and_dark(self, pilot: Pilot) -> None:
        """French by night; then Arabic, switched while the window is open, by day, by night, in contrast."""
        from desktop.ui.theme import theme

        pilot.queue("mine")
        wait_until("my list", pilot.listed)
        pilot.open(pilot.listed()[1])
        theme().choose("dark")
        self.shot("mine-fr-dark", pilot)
        theme().choose("light")
        pilot.window.turn_language()
        pilot.queue("mine")
        wait_until("my list", pilot.listed)
        pilot.search("الماء")
        wait_until("something found", pilot.listed)
        pilot.open(pilot.listed()[0])
        self.shot("search-offline-ar", pilot)
        pilot.window.top.search.put("")
        pilot.queue("unit")
        wait_until("the unit's list", pilot.listed)
        pilot.open(pilot.listed()[2])
        theme().choose("dark")
        self.shot("unit-queue-ar-dark", pilot)
        sync_panel(self.album, pilot, "sync-panel-offline-ar-dark")
        theme().choose("contrast")
        self.shot("unit-queue-ar-contrast", pilot)
        theme().choose("light")
        pilot.queue("unassigned")
        wait_until("requests nobody has", pilot.listed)
        pilot.open(pilot.listed()[0])
        dialogs(self.album, pilot, "ar")
        pilot.window.turn_language()

    def citizen_writes_again(self, number: str, code: str) -> None:
        """While the desk is cut off, she adds a message: the same register, served at another address."""
        elsewhere = ServerProcess(self.server.data)
        elsewhere.start()
        citizen = Citizen(elsewhere.url)
        page = citizen.follow("ar", number, code)
        form = next(form for form in page.forms if form.values.get("kind") == "message")
        sent = citizen.send(page, form, {"text": MESSAGE})
        assert sent.status == 200, sent.text
        citizen.close()
        elsewhere.stop()

    def network_returns(self, pilot: Pilot) -> None:
        """The server is back: what still holds is applied once; the answer that missed her comes back."""
        self.server.start()
        pilot.window.sync_now()
        wait_until("every act to be settled", lambda: pilot.waiting() == 0)
        wait_until("the answer to come back", lambda: pilot.window.rail.count("returned") == 1)
        self.album.facts["returned"] = pilot.window.rail.count("returned")
        pilot.queue("returned")
        wait_until("its card", lambda: pilot.window.returned.cards)
        self.shot("returned-tray-fr", pilot)
        pilot.window.turn_language()
        wait_until("its card in Arabic", lambda: pilot.window.returned.cards)
        self.shot("returned-tray-ar", pilot)
        pilot.window.turn_language()
        wait_until("its card in French", lambda: pilot.window.returned.cards)

    def answer_goes_again(self, pilot: Pilot) -> None:
        """The agent reads what she added, edits the answer in the tray and sends it again."""
        (card,) = pilot.window.returned.cards.values()
        self.album.facts["returned_for"] = card.returned.act.code
        card.edit_button.click()
        wait_until("the answer's editor", lambda: card.editor is not None)
        pilot.write(card.editor.text_field, ANSWER_AGAIN)
        self.shot("returned-edited-fr", pilot)
        card.editor.send_button.click()
        wait_until("the tray to be empty", lambda: pilot.window.rail.count("returned") == 0)
        wait_until("every act to be settled", lambda: pilot.waiting() == 0)
        self.album.facts["resent"] = 1

    def answered(self, pilot: Pilot) -> None:
        """The whole thread, confirmed, in Arabic."""
        pilot.window.turn_language()
        wait_until("the pill to be green", lambda: pilot.state() == "online")
        pilot.queue("mine")
        pilot.search(str(self.album.facts["filed"]["number"]))
        wait_until("the request", lambda: len(pilot.listed()) == 1)
        pilot.open(pilot.listed()[0])
        wait_until("the confirmed answer", lambda: pilot.status() == "answered")
        shown = pilot.shown()
        assert shown is not None
        self.shot("answered-online-ar", pilot)
        mine = [event.kind for event in shown.events if event.by not in ("citizen", "system")]
        self.album.facts["acts_applied"] = mine
        self.album.facts["numbers"] = {"registration": shown.number, "due": shown.due.isoformat()}

    def letter_is_printed(self, pilot: Pilot) -> bytes:
        """The file of record at the desk, in both languages of the window."""
        ministry.letter(self.album, pilot, "ar")
        pilot.window.turn_language()
        record = ministry.letter(self.album, pilot, "fr")
        self.album.document("letter", record)
        return record

    def supervisor_looks(self, pilot: Pilot) -> None:
        """The board by day in French, by night in Arabic."""
        from desktop.ui.theme import theme

        ministry.board(self.album, pilot, "fr")
        pilot.window.turn_language()
        theme().choose("dark")
        ministry.board(self.album, pilot, "ar-dark")
        theme().choose("light")
        pilot.window.turn_language()

    def citizen_reads(self, number: str, code: str, record: bytes) -> None:
        """She follows her request by its number and code, in both languages; she is not satisfied."""
        citizen = Citizen(self.server.url)
        page = citizen.follow("ar", number, code)
        assert "تقوية شبكة الماء" in page.text, page.text
        self.album.page("portal-answer-ar", page, height=1300)
        self.album.page("portal-answer-fr", citizen.open("/fr/suivi/dossier"), height=1300)
        self.album.facts["answer_read"] = True
        ministry.verdict(self.album, citizen, citizen.open("/ar/suivi/dossier"), record)
        citizen.close()

    def reopened(self, pilot: Pilot, number: str) -> None:
        """Her request is back at the desk, before another handler."""
        pilot.window.sync_now()
        pilot.queue("unit")
        pilot.search(number)
        wait_until("the request", lambda: len(pilot.listed()) == 1)
        pilot.open(pilot.listed()[0])
        wait_until("the reopening", lambda: pilot.status() == "reopened", seconds=30)
        self.shot("reopened-fr", pilot)

    def shot(self, name: str, pilot: Pilot) -> None:
        """A picture of the window once it is still."""
        shot(self.album, name, pilot)
