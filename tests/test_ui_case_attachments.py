"""Attached files: shown inside, saved under a harmless name, never run."""

import pytest

from desktop.core.translation import Translation
from desktop.ui import attachments_opener
from desktop.ui.attachments_opener import AttachmentsOpener
from desktop.ui.attachments_view import AttachmentsView, safe_name, save_to
from desktop.ui.theme import theme
from desktop.ui.viewer import Viewer
from desktop.ui.viewer_pages import TextPages
from protocol.complaint import Attachment
from sync.errors import Offline
from tests.case_world import METER, WATER, AtOnce, complaint, pane

PROGRAM = Attachment(sha256="0" * 64, name="facture\u202efdp.exe", mime="application/x-dosexec", size=10)
PLAIN = Attachment(sha256="1" * 64, name="lettre.txt", mime="text/plain", size=12_400)


class Store:
    """Files of a desk, which may be off line."""

    def __init__(self, content: bytes | None) -> None:
        self.content, self.asked = content, 0

    def attachment(self, sha256: str, name: str = "") -> bytes:
        self.asked += 1
        if self.content is None:
            raise Offline()
        return self.content


class Late(AtOnce):
    """What is fetched waits in a list until a test calls it."""

    def __init__(self, late: list) -> None:
        self.late = late

    def fetch(self, work, then=None, failed=None, *, key=""):
        del failed, key
        self.late.append(lambda: then(work()))


def opener(qtbot, store):
    from PySide6.QtWidgets import QWidget

    theme()
    owner = QWidget()
    qtbot.addWidget(owner)
    return AttachmentsOpener(store, AtOnce(), Translation("fr"), owner)


@pytest.mark.parametrize(
    ("name", "harmless"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\CON.txt", "CON.txt"),
        ("facture\u202efdp.exe", "facturefdp.exe"),
        ("a\x00b.pdf", "a b.pdf"),
        ("...", "_"),
        ("محضر-معاينة.pdf", "محضر-معاينة.pdf"),
    ],
)
def test_names_are_made_harmless(name, harmless):
    assert safe_name(name) == harmless


def test_a_very_long_name_keeps_its_ending():
    assert len(safe_name("x" * 400 + ".pdf")) == 120 and safe_name("x" * 400 + ".pdf").endswith(".pdf")


def test_chips_say_name_and_size_and_are_named(qtbot):
    theme()
    view = AttachmentsView((PLAIN,), Translation("fr"))
    qtbot.addWidget(view)
    chip = view.layout().itemAt(0).widget()
    assert "lettre.txt" in chip.text() and "12 ko" in chip.text() and chip.accessibleName()
    with qtbot.waitSignal(view.asked) as caught:
        chip.click()
    assert caught.args == [PLAIN, "open"]


def test_a_program_is_warned_about_and_not_even_fetched(qtbot):
    store = Store(b"MZ")
    files = opener(qtbot, store)
    files.open_file(PROGRAM, "open")
    assert store.asked == 0 and "programme" in files.dialog.informativeText()
    files.dialog.reject()


def test_a_text_is_shown_inside(qtbot):
    files = opener(qtbot, Store("سلام".encode()))
    files.open_file(PLAIN, "open")
    assert isinstance(files.dialog, Viewer) and isinstance(files.dialog.pages, TextPages)
    files.dialog.reject()


def test_off_line_says_when_the_file_will_come(qtbot):
    files = opener(qtbot, Store(None))
    with qtbot.waitSignal(files.told) as caught:
        files.open_file(PLAIN, "open")
    assert "au retour du réseau" in caught.args[0]


@pytest.mark.parametrize("mime", ["image/png", "application/pdf"])
def test_a_broken_picture_or_pdf_is_said_and_can_be_saved(qtbot, mime):
    files = opener(qtbot, Store(b"abc"))
    files.open_file(Attachment(sha256="2" * 64, name="x", mime=mime, size=3), "open")
    assert files.dialog.trouble.isVisible() and files.dialog.trouble.button.isVisible()
    files.dialog.reject()


def test_what_is_opened_is_named_for_the_log_by_its_content(qtbot):
    files = opener(qtbot, Store(b"abc"))
    with qtbot.waitSignal(files.opened) as caught:
        files.open_file(PLAIN, "open")
    assert caught.args[1] == f"file {PLAIN.sha256}"
    caught.args[0].reject()


def test_saving_writes_the_bytes_where_the_person_says(tmp_path):
    target = tmp_path / "copie.txt"
    assert save_to(PLAIN, b"abc", lambda name: str(target)) == target
    assert target.read_bytes() == b"abc"
    assert save_to(PLAIN, b"abc", lambda name: "") is None


def test_a_file_that_comes_late_is_in_the_log_of_the_complaint_it_was_asked_on(qtbot):
    desk, view = pane(qtbot)
    desk.papers.server_files[PLAIN.sha256] = "سلام".encode()
    first, second = complaint(desk, WATER), complaint(desk, METER)
    view.open(first)
    late = []
    view.files._background = Late(late)
    view._on_file_asked(PLAIN, "open")
    view.open(second)
    late[0]()
    view.files.dialog.reject()
    assert desk.papers.log[first, f"read file {PLAIN.sha256}"] == 1
    assert not desk.papers.log[second, f"read file {PLAIN.sha256}"]


def test_a_file_saved_from_its_chip_is_in_the_log(qtbot, tmp_path, monkeypatch):
    desk, view = pane(qtbot)
    desk.papers.server_files[PLAIN.sha256] = b"abc"
    target = tmp_path / "copie.txt"
    monkeypatch.setattr(attachments_opener, "ask_where", lambda *_: lambda _: str(target))
    view.open(complaint(desk, WATER))
    view._on_file_asked(PLAIN, "save")
    assert target.read_bytes() == b"abc"
    assert desk.papers.log[view.complaint, f"exported file {PLAIN.sha256}"] == 1


def test_the_window_of_a_file_turns_its_title_with_the_language(qtbot):
    files = opener(qtbot, Store(b"abc"))
    files.open_file(PLAIN, "open")
    before = files.dialog.windowTitle()
    files._words.change("ar")
    assert files.dialog.windowTitle() != before
    files.dialog.reject()


def test_a_save_that_fails_leaves_nothing_beside(tmp_path):
    target = tmp_path / "lettre.pdf"
    target.mkdir()
    with pytest.raises(OSError):
        save_to(PLAIN, b"abc", lambda _: str(target))
    assert [one.name for one in tmp_path.iterdir()] == ["lettre.pdf"]
