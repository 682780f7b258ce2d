"""Two thousand random clicks, keys and choices: nothing is thrown, Qt says nothing, and the counts agree."""

import random

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QDialog, QFileDialog, QMenu, QTextEdit

from desktop.ui.pages import RETURNED
from desktop.ui.viewer import Viewer
from tests.fake_desk import FakeDesk
from tests.frame_world import Frame

EVENTS = 2_000
TYPED = ("a", "٣", "سلام", "é'\"*()", "\u202eabc", "🙂", "\x00", " ")
KEYS = tuple(
    Qt.Key[f"Key_{name}"]
    for name in ("Escape", "Return", "Tab", "Backtab", "Up", "Down", "Home", "End", "Space", "PageDown", "F6")
)
LETTERS = tuple(Qt.Key[f"Key_{letter}"] for letter in "RNTAOKFZ")


class Monkey:
    """Does one random thing after the other to the window, or to the dialog over it."""

    def __init__(self, frame: Frame, seed: int) -> None:
        self.frame, self.random = frame, random.Random(seed)
        self.doings = (
            *[self.click_row] * 2, self.queue, *[self.press_button] * 4, *[self.type] * 3, self.key,
            self.letter, self.search, self.language, self.wheel, self.choose, self.choose, self.server,
        )  # fmt: skip

    def step(self) -> None:
        """One thing."""
        for popup in QApplication.topLevelWidgets():
            if isinstance(popup, QMenu) and popup.isVisible():
                popup.close()
        if QApplication.activeWindow() is None:
            self.frame.window.activateWindow()
        self.random.choice(self.doings)()
        if self.random.random() < 0.3:
            QTest.qWait(self.random.randrange(12))

    @property
    def root(self):
        """What can be reached now."""
        modal = QApplication.activeModalWidget()
        return modal if isinstance(modal, QDialog) else self.frame.window

    def click_row(self) -> None:
        view = self.frame.window.list.view
        if self.root is self.frame.window and view.isVisible():
            height = max(1, view.viewport().height())
            at = QPoint(view.viewport().width() // 2, self.random.randrange(height))
            QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
            if self.random.random() < 0.5:
                QTest.qWait(170)

    def queue(self) -> None:
        if self.root is self.frame.window and self.random.random() < 0.4:
            code = self.random.choice([*self.frame.window.rail.codes])
            QTest.mouseClick(self.frame.window.rail.item(code), Qt.MouseButton.LeftButton)

    def press_button(self) -> None:
        root = self.root
        if root is self.frame.window and self.random.random() < 0.8:
            root = self.random.choice((root.case, root.case, root.case, root.returned))
        buttons = [
            button
            for button in root.findChildren(QAbstractButton)
            if button.isVisible() and button.isEnabled() and not getattr(button, "menu", lambda: None)()
            and button is not self.frame.window.top.account
        ]  # fmt: skip
        if buttons:
            QTest.mouseClick(self.random.choice(buttons), Qt.MouseButton.LeftButton)

    def key(self) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.root, self.random.choice(KEYS))

    def letter(self) -> None:
        if self.root is self.frame.window:
            QTest.keyClick(self.frame.window, self.random.choice(LETTERS))

    def type(self) -> None:
        editors = [one for one in self.root.findChildren(QTextEdit) if one.isVisible() and one.isEnabled()]
        if editors:
            self.random.choice(editors).insertPlainText(self.random.choice(TYPED))
            if self.random.random() < 0.3:
                key = QTest.keyClick
                key(editors[0], Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    def search(self) -> None:
        if self.root is self.frame.window:
            box = self.frame.window.top.search
            box.setText(self.random.choice(("", *TYPED, "كهرباء", "compteur", "2026-ONEE")))
            box.textEdited.emit(box.text())

    def language(self) -> None:
        if self.random.random() < 0.15:
            self.frame.window.turn_language()

    def wheel(self) -> None:
        view = self.frame.window.list.view.viewport()
        at, way = QPointF(20, 20), QPoint(0, self.random.choice((-240, 240)))
        none = Qt.KeyboardModifier.NoModifier
        turned = QWheelEvent(
            at, view.mapToGlobal(at), QPoint(), way, Qt.MouseButton.NoButton, none,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(view, turned)

    def choose(self) -> None:
        boxes = [box for box in self.root.findChildren(QComboBox) if box.isVisible() and box.count()]
        if boxes:
            box = self.random.choice(boxes)
            box.setCurrentIndex(self.random.randrange(box.count()))

    def server(self) -> None:
        """The other side: what waits is settled or refused, or the network comes and goes."""
        desk = self.frame.desk
        with desk._lock:
            waiting = [asked.id for asked in desk._pending if asked.id not in desk._sent]
        match self.random.randrange(4):
            case 0:
                desk.settle()
            case 1 if waiting:
                desk.refuse(self.random.choice(waiting), "already_answered")
            case _:
                desk.online = not desk.online


# Said by the screenless platform itself of menus and windows brought to the front, and of nothing else.
@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing|propagateSizeHints)")
@pytest.mark.parametrize("seed", [2026])
def test_a_monkey_at_the_desk_breaks_nothing(qtbot, tmp_path, seed, caplog, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: ("", ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_, **__: ([], ""))
    # Its file button waits inside Qt for a person, where no event of ours comes.
    monkeypatch.setattr(Viewer, "print", lambda _: None)
    frame = Frame(qtbot, tmp_path, desk=FakeDesk(), queue="mine", hold_seconds=1)
    monkey = Monkey(frame, seed)
    for _ in range(EVENTS):
        monkey.step()
    assert frame.desk._act and frame.desk._drafts  # it did get somewhere
    while (box := QApplication.activeModalWidget()) is not None:
        box.close()
        QTest.qWait(5)
    frame.window.top.search.put("")
    frame.queue("mine")
    frame.background.settle(5)
    for count in frame.desk.queues():
        if count.code == RETURNED:
            continue
        frame.queue(count.code)
        frame.wait(lambda c=count: len(frame.complaints()) == c.count)
        assert frame.window.rail.count(count.code) == count.count
    assert not [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")]
    frame.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
