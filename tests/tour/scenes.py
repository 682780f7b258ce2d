"""Scenes that chapters share: the window with its dialog over it, and the two choosing dialogs."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog

from tests.pilot import Pilot, wait_until
from tests.tour.album import Album

SHADOW = 18


def shot(album: Album, name: str, pilot: Pilot) -> None:
    """A picture of the window once it is still, its open dialog over it as on a screen."""
    QTest.qWait(300)
    window = pilot.shell.window or pilot.shell.view
    assert window is not None
    picture = window.grab()
    found = window.findChildren(QDialog, options=Qt.FindChildOption.FindChildrenRecursively)
    for dialog in found:
        if dialog.isVisible():
            _lay_over(picture, dialog)
    album.desk(name, picture)


def dialogs(album: Album, pilot: Pilot, language: str) -> None:
    """Assigning and transferring the request that is open, both looked at and left."""
    pilot.act("assign_other")
    dialog = pilot.dialog()
    wait_until("the colleagues", lambda: dialog.list.list.count() > 1)
    shot(album, f"assign-dialog-{language}", pilot)
    dialog.reject()
    pilot.act("transfer")
    dialog = pilot.dialog()
    wait_until("the administrations", lambda: dialog.list.list.count() > 1)
    shot(album, f"transfer-dialog-{language}", pilot)
    dialog.reject()


def sync_panel(album: Album, pilot: Pilot, name: str) -> None:
    """What waits and why, looked at and put away."""
    opener = pilot.window.sync_panel
    opener.toggle()
    wait_until("the sync panel", lambda: opener.is_open)
    shot(album, name, pilot)
    opener.toggle()


def _lay_over(picture: QPixmap, dialog: QDialog) -> None:
    """Off screen there is no window manager: its dimming, shadow and one line of border are drawn here."""
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(picture.rect(), QColor(0, 0, 0, 60))
    at = picture.rect().center() - dialog.rect().center()
    area = QRectF(dialog.rect().translated(at))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 5))
    for spread in range(SHADOW, 0, -1):
        painter.drawRoundedRect(area.adjusted(-spread, 4 - spread, spread, 4 + spread), spread, spread)
    painter.drawPixmap(at, dialog.grab())
    painter.setPen(QPen(dialog.palette().mid().color(), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(area.adjusted(-0.5, -0.5, 0.5, 0.5))
    painter.end()
