"""Asked before a window closes on texts that could not be saved: stay with them, or close without them."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from desktop.core.translation import Translation


class UnsavedBox(QMessageBox):
    """`accepted` when the person gives the texts up; staying is what Enter and Escape do."""

    def __init__(self, words: Translation, parent: QWidget) -> None:
        super().__init__(parent)
        self.setIcon(QMessageBox.Icon.Warning)
        self.setWindowTitle(words("frame.title"))
        self.setText(words("frame.unsaved.title"))
        self.setInformativeText(words("frame.unsaved.text"))
        self.stay = self.addButton(words("frame.unsaved.stay"), QMessageBox.ButtonRole.RejectRole)
        self.leave = self.addButton(words("frame.unsaved.leave"), QMessageBox.ButtonRole.AcceptRole)
        self.setDefaultButton(self.stay)
        self.setEscapeButton(self.stay)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
