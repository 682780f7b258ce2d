"""The sync panel in the window: opened from the pill, true while it is open, never in the way."""

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from desktop.core.waiting import Moving
from desktop.ui.commands import commands
from protocol import acts
from protocol.complaint import Attachment
from tests.fake_desk import NOW
from tests.frame_world import Frame

FILE = Attachment(sha256="a" * 64, name="plan.pdf", mime="application/pdf", size=3_400_000)


@pytest.fixture
def frame(qtbot, tmp_path):
    made = Frame(qtbot, tmp_path)
    yield made
    made.close()


def off_line(frame: Frame, count: int = 2) -> None:
    rows = [line.row for line in frame.desk.rows(frame.desk.listing("mine").order)][:count]
    for row in rows:
        frame.desk.ask(row.id, acts.Note(text="x", attachments=(FILE,)), seen=row.ver)
    frame.desk.waiting.unsent = (FILE,)
    frame.desk.online = False
    status = replace(frame.desk._status, state="offline", code="no_network", since=NOW)
    frame.desk.set_status(replace(status, next_try=NOW + timedelta(seconds=12)))


def opened(frame: Frame):
    QTest.mouseClick(frame.window.top.pill, Qt.MouseButton.LeftButton)
    frame.wait(lambda: frame.window.sync_panel.is_open)
    return frame.window.sync_panel.panel


def test_the_pill_opens_it_and_escape_gives_the_keyboard_back(frame):
    frame.window.list.focus_list()
    frame.window.sync_panel.toggle()
    frame.wait(lambda: frame.window.sync_panel.is_open)
    panel = frame.window.sync_panel.panel
    assert panel.button.hasFocus() and not isinstance(panel, QDialog)
    QTest.keyClick(panel.button, Qt.Key.Key_Escape)
    assert not frame.window.sync_panel.is_open
    assert frame.window.list.isAncestorOf(frame.window.focusWidget())
    assert opened(frame) is panel
    QTest.mouseClick(frame.window.top.pill, Qt.MouseButton.LeftButton)
    assert not frame.window.sync_panel.is_open


def test_it_has_a_key_and_stands_in_the_palette_in_both_languages(frame):
    found = [one for one in commands(frame.window, "fr") if one.text == "État de la synchronisation"]
    assert [one.key for one in found] == ["F8"] and found[0].twin == "حالة المزامنة"
    QTest.keyClick(frame.window, Qt.Key.Key_F8)
    frame.wait(lambda: frame.window.sync_panel.is_open)


def test_when_all_is_well_it_says_so_and_when_that_was(frame):
    panel = opened(frame)
    assert panel.state.title.text() == "Tout est enregistré sur le serveur"
    assert "09:" in panel._fact_labels[0][1].text() or "10:" in panel._fact_labels[0][1].text()
    assert not panel.acts and not panel.files and not panel._returned_line.isVisible()


def test_off_line_every_act_says_why_it_waits_and_the_next_try_counts_down(frame):
    off_line(frame)
    panel = opened(frame)
    assert panel.state.title.text() == "Pas de réseau"
    assert len(panel.acts) == 2
    for row in panel.acts.values():
        assert "retour du réseau" in row.accessibleName() and "plan.pdf" in row.accessibleName()
    assert panel._fact_labels[2][1].text() == "dans 12 secondes"


def test_it_follows_what_happens_while_it_is_open_and_keeps_the_keyboard(frame):
    off_line(frame)
    panel = opened(frame)
    second = list(panel.acts.values())[1]
    second.setFocus()
    refused = next(iter(panel.acts))
    frame.desk.refuse(refused, "stale_thread")
    frame.wait(lambda: len(panel.acts) == 1)
    assert frame.window.focusWidget() is second
    assert panel._returned_line.isVisible()
    assert not QApplication.activeModalWidget()
    panel.returned_button.click()
    assert not frame.window.sync_panel.is_open
    frame.wait(lambda: frame.window._area.code == "returned")


def test_try_now_goes_at_once(frame):
    off_line(frame)
    panel = opened(frame)
    frame.desk.online = True
    panel.button.click()
    frame.wait(lambda: not panel.acts)


def test_pressing_an_act_opens_its_complaint(frame):
    off_line(frame)
    row = list(opened(frame).acts.values())[1]
    QTest.keyClick(row, Qt.Key.Key_Space)
    frame.wait(lambda: frame.window.case.complaint == row.line.complaint)
    assert not frame.window.sync_panel.is_open


def test_a_file_shows_how_far_it_is_and_what_comes_can_be_stopped(frame):
    coming = Moving("b" * 64, "photo.jpg", 600_000, 1_200_000, False)
    frame.desk.waiting.moving = (Moving(FILE.sha256, FILE.name, 1, 0, True), coming)
    panel = opened(frame)
    leaving, arriving = panel.files.values()
    assert leaving.cancel.isHidden() and leaving.bar.maximum() == 0
    assert (arriving.bar.value(), arriving.bar.maximum()) == (50, 100)
    assert "photo.jpg" in arriving.cancel.accessibleName()
    arriving.cancel.click()
    frame.wait(lambda: list(panel.files) == [FILE.sha256])
    assert frame.desk.waiting.cancelled == ["b" * 64]


def test_when_the_session_is_over_the_button_leads_to_signing_in(frame, qtbot):
    frame.desk.set_status(replace(frame.desk._status, state="sign_in", code="sign_in_needed"))
    panel = opened(frame)
    assert panel.button.text() == "S’identifier"
    with qtbot.waitSignal(frame.window.lock_wanted):
        panel.button.click()


@pytest.mark.parametrize("size", [(1440, 900), (1024, 640)])
def test_it_stays_within_the_window_under_the_pill_and_mirrors(frame, size):
    off_line(frame, count=4)
    frame.window.resize(*size)
    panel = opened(frame)
    for _ in range(2):
        frame.wait(lambda: panel.parentWidget().rect().contains(panel.geometry()))
        frame.wait(lambda: _hangs(panel, frame.window.top.pill))
        frame.window.turn_language()


def _hangs(panel, pill) -> bool:
    at = pill.mapTo(panel.parentWidget(), QPoint(0, 0))
    if panel.y() <= at.y() + pill.height():
        return False
    if panel.layoutDirection() is Qt.LayoutDirection.RightToLeft:
        return panel.x() == at.x()
    return panel.geometry().right() == at.x() + pill.width() - 1


def test_everything_in_it_that_takes_the_keyboard_has_a_name(frame):
    off_line(frame)
    frame.desk.waiting.moving = (Moving("b" * 64, "photo.jpg", 1, 2, False),)
    panel = opened(frame)
    reachable = [
        one
        for one in panel.findChildren(QWidget)
        if one.isVisible() and one.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert len(reachable) >= 5
    assert all(one.accessibleName() or getattr(one, "text", str)() for one in reachable)
