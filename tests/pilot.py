"""Drives the real desk through its real widgets, as a person would: click, type, wait for what shows.

Waiting turns the event loop until something is true, for a bounded time; nothing is ever called behind the
windows' backs except to read what they show.
"""

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop.app import Shell
from desktop.ui.main_window import MainWindow
from protocol.complaint import Complaint

PATIENCE_S = 30.0


class NeverHappened(AssertionError):
    """What was waited for did not show in time."""


def wait_until(what: str, happened: Callable[[], object], seconds: float = PATIENCE_S) -> float:
    """Turn the event loop until `happened()` is true; gives how long it took, in seconds."""
    started = time.monotonic()
    while not happened():
        if time.monotonic() - started > seconds:
            raise NeverHappened(what)
        QTest.qWait(10)
    return time.monotonic() - started


class Pilot:
    """One run of the desk, from sign-in to the window's closing; a new Pilot is a new run of the program."""

    def __init__(self, server: str, profile: Path, *, language: str = "fr") -> None:
        self.application = QApplication.instance() or QApplication([])
        self.application.setQuitOnLastWindowClosed(False)
        self.shell = Shell(server=server, profile=profile, language=language)
        self.shell.show_sign_in()

    @property
    def window(self) -> MainWindow:
        """The main window."""
        assert self.shell.window is not None
        return self.shell.window

    # --- sign-in

    def sign_in(self, login: str, password: str, *, offline: bool = False) -> None:
        """Type into the sign-in window and press its button."""
        view = self.shell.view
        assert view is not None
        self.write(view.login.edit, login)
        self.write(view.password.edit, password)
        button = view.offline if offline else view.enter
        wait_until("the sign-in button", button.isEnabled)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        wait_until("the main window", lambda: self.shell.window is not None and self.shell.window.isVisible())

    def close(self) -> None:
        """Close the window as its user would; the program ends its work."""
        left: list[bool] = []
        self.shell.signed_out.connect(lambda: left.append(True))
        self.window.close()
        wait_until("the desk to close", lambda: left)
        QTest.qWait(50)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    # --- reading the screen

    def state(self) -> str:
        """The state of the connection, as the pill has it."""
        assert self.shell.desk is not None
        return self.shell.desk.status().state

    def waiting(self) -> int:
        """How many acts of mine wait to be sent."""
        assert self.shell.desk is not None
        return self.shell.desk.status().waiting

    def listed(self) -> list[str]:
        """Ids of the complaints of the list, as far as they are fetched."""
        model = self.window.list.model
        lines = [model.line(position) for position in range(model.rowCount())]
        return [line.row.id for line in lines if line is not None]

    def shown(self) -> Complaint | None:
        """The complaint in the third pane."""
        opened = self.window.case._opened
        return None if opened is None else opened.case.document

    def status(self) -> str:
        """The status of the complaint in the third pane, "" when there is none."""
        shown = self.shown()
        return "" if shown is None else shown.status

    def assignee(self) -> str:
        """Who has the complaint in the third pane."""
        shown = self.shown()
        return "" if shown is None else shown.assignee

    # --- doing

    def queue(self, code: str) -> None:
        """Click a queue of the rail."""
        wait_until(f"the queue {code}", lambda: code in self.window.rail.codes)
        QTest.mouseClick(self.window.rail.item(code), Qt.MouseButton.LeftButton)
        if code == "returned":
            return
        wait_until(
            f"the list of {code}",
            lambda: (
                (shown := self.window.list._shown) is not None and (shown.queue, shown.text) == (code, "")
            ),
        )

    def open(self, complaint: str) -> Complaint:
        """Click a complaint of the list once it is there."""
        wait_until(f"{complaint} in the list", lambda: complaint in self.listed())
        QTest.qWait(150)
        view, model = self.window.list.view, self.window.list.model
        wait_until("its place", lambda: model.position_of_complaint(complaint) is not None)
        position = model.position_of_complaint(complaint)
        index = model.index(position, 0)
        view.scrollTo(index)
        at = view.visualRect(index).center()
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
        wait_until("the complaint", lambda: (shown := self.shown()) is not None and shown.id == complaint)
        shown = self.shown()
        assert shown is not None
        return shown

    def search(self, text: str) -> None:
        """Type into the search box."""
        box = self.window.top.search
        box.setFocus()
        self.write(box, text)
        shown = self.window.list
        wait_until("the search", lambda: shown._shown is not None and shown._shown.text == text.strip())

    def act(self, code: str) -> None:
        """Press a button of the bar of acts ("answer", "note", "assign"…)."""
        wait_until(f"the act {code}", lambda: self._offered(code))
        assert self.window.case.do(code)

    def answer(self, text: str, *, nature: str, send: bool = True, **fields: str) -> None:
        """Write an answer in the editor and let it leave at once."""
        case = self.window.case
        wait_until("the answer editor", lambda: case.editors.answer is not None)
        editor = case.editors.answer
        assert editor is not None
        box = editor.field("nature").control
        box.setCurrentIndex(box.findData(nature))
        self.write(editor.text_field, text)
        for name, value in fields.items():
            self.write(editor.field(name).control, value)
        if send:
            QTest.mouseClick(editor.send_button, Qt.MouseButton.LeftButton)
            wait_until("the undo bar", lambda: case.undo_bar.is_holding)
            QTest.mouseClick(case.undo_bar.now_button, Qt.MouseButton.LeftButton)

    def note(self, text: str) -> None:
        """Write an internal note."""
        self.act("note")
        case = self.window.case
        wait_until("the note editor", lambda: case.editors.note is not None)
        editor = case.editors.note
        assert editor is not None
        self.write(editor.composer, text)
        QTest.mouseClick(editor.send_button, Qt.MouseButton.LeftButton)
        wait_until("the note to be kept", lambda: case.editors.note is None)

    def assign(self, person: str) -> None:
        """Choose a colleague in the dialog and confirm."""
        shown = self.shown()
        self.act("assign" if shown is not None and shown.assignee else "assign_other")
        dialog = self.dialog()
        wait_until("the colleagues", lambda: dialog.list.list.count() > 0)
        dialog.list.select(person)
        QTest.mouseClick(dialog.confirm_button, Qt.MouseButton.LeftButton)
        wait_until("the dialog to close", lambda: self.window.case.dialogs.current is None)

    def dialog(self):
        """The dialog that is open over the complaint."""
        dialogs = self.window.case.dialogs
        wait_until("the dialog", lambda: dialogs.current is not None)
        return dialogs.current

    def _offered(self, code: str) -> bool:
        action = self.window.case.bar.action(code)
        return action is not None and not action.why

    def write(self, field: QWidget, text: str) -> None:
        """Type text into a field (pasted: a test keyboard has no Arabic layout)."""
        field.setFocus()
        if hasattr(field, "setPlainText"):
            field.setPlainText("")
            field.insertPlainText(text)
        else:
            field.setText("")
            field.insert(text)

    def picture(self, path: Path) -> None:
        """Save what is on screen."""
        QTest.qWait(120)
        window = self.shell.window or self.shell.view
        assert window is not None
        window.grab().save(str(path))
