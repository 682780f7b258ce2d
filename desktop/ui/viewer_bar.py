"""The bar of a viewer: what is shown, page, zoom and words to find; save and print at the far end."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.core.translation import Translation
from desktop.ui.actions_bar import ActionButton
from desktop.ui.fonts import Role
from desktop.ui.labels import IconButton, NearLabel
from desktop.ui.theme import dress, theme
from desktop.ui.viewer_find import FindBox
from desktop.ui.viewer_pages import Pages, PdfPages, TextPages
from resources.catalogue import ltr


class ViewerBar(QFrame):
    """`zoom_asked("larger" | "smaller" | "whole" | "fit")`, `page_asked(by)`, and what its buttons say."""

    save_asked = Signal()
    print_asked = Signal()
    cancel_asked = Signal()
    zoom_asked = Signal(str)
    page_asked = Signal(int)

    def __init__(self, words: Translation) -> None:
        super().__init__()
        self._words = words
        self._running = False
        dress(self, kind="head")
        self.title = NearLabel(role=Role.TITLE)
        self.name = NearLabel(role=Role.QUIET, ink="ink3")
        self.save_button = ActionButton("")
        self.save_button.clicked.connect(self.save_asked)
        self.print_button = ActionButton("")
        self.print_button.fill(True)
        self.print_button.clicked.connect(
            lambda: (self.cancel_asked if self._running else self.print_asked).emit()
        )
        self.find = FindBox(words)
        self._make_tools()
        self._head = QHBoxLayout()
        self._lay_out()

    def entitle(self, title: str, name: str) -> None:
        """The document's title and file name."""
        self.title.setText(title)
        self.name.setText(name)

    def offer(self, *, save: bool, paper: bool) -> None:
        """Whether there is something to save, and something to print."""
        self.save_button.setEnabled(save)
        self.print_button.setEnabled(paper)

    def print_runs(self, running: bool) -> None:
        """While pages go to the printer the button stops them."""
        self._running = running
        self.retranslate()

    def add_button(self, button: QWidget) -> None:
        """One more button before save and print."""
        self._head.insertWidget(1, button, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_state(self, pages: Pages | None) -> None:
        """The page and the zoom on show."""
        words = self._words
        several = pages is not None and pages.count() > 1
        zoomed = pages is not None and not isinstance(pages, TextPages)
        for widget in (self.before, self.after, self.page):
            widget.setVisible(isinstance(pages, PdfPages))
        for widget in (self.smaller, self.larger, self.zoom, self.fit):
            widget.setVisible(zoomed)
        self._tools.setVisible(zoomed)
        if pages is None:
            return
        self.page.setText(words("viewer.page", page=ltr(str(pages.page() + 1)), of=ltr(str(pages.count()))))
        self.before.setEnabled(several and pages.page() > 0)
        self.after.setEnabled(several and pages.page() < pages.count() - 1)
        self.zoom.setText(words.percent(pages.zoom()))
        self.fit.setChecked(pages.is_fitted)

    def retranslate(self) -> None:
        """Every word in the language now."""
        words = self._words
        self.save_button.say(words("viewer.save"), "Ctrl+S")
        if self._running:
            self.print_button.say(words("viewer.cancel"))
        else:
            self.print_button.say(words("viewer.print"), "Ctrl+P")
        for button, key in (
            (self.before, "before"),
            (self.after, "after"),
            (self.smaller, "smaller"),
            (self.larger, "larger"),
        ):
            button.say(words(f"viewer.{key}"))
        self.zoom.setToolTip(words("viewer.whole"))
        self.zoom.setAccessibleName(words("viewer.whole"))
        self.fit.setText(words("viewer.fit"))
        self.find.retranslate()

    def _make_tools(self) -> None:
        self.before, self.after = IconButton("chevron_start"), IconButton("chevron_end")
        self.smaller, self.larger = IconButton("minus"), IconButton("plus")
        self.page = QLabel()
        theme().wear(self.page, Role.QUIET)
        dress(self.page, ink="ink2")
        self.zoom, self.fit = QPushButton(), QPushButton()
        for button in (self.zoom, self.fit):
            dress(button, kind="flat")
            button.setAutoDefault(False)
            theme().wear(button, Role.QUIET)
        self.zoom.setMinimumWidth(theme().px(64))
        self.fit.setCheckable(True)
        self.before.clicked.connect(lambda: self.page_asked.emit(-1))
        self.after.clicked.connect(lambda: self.page_asked.emit(1))
        self.smaller.clicked.connect(lambda: self.zoom_asked.emit("smaller"))
        self.larger.clicked.connect(lambda: self.zoom_asked.emit("larger"))
        self.zoom.clicked.connect(lambda: self.zoom_asked.emit("whole"))
        self.fit.clicked.connect(lambda: self.zoom_asked.emit("fit"))

    def _lay_out(self) -> None:
        lines = QVBoxLayout(self)
        lines.setContentsMargins(16, 10, 16, 8)
        lines.setSpacing(6)
        named = QVBoxLayout()
        named.setSpacing(0)
        named.addWidget(self.title)
        named.addWidget(self.name)
        self._head.setSpacing(8)
        self._head.addLayout(named, 1)
        for button in (self.save_button, self.print_button):
            button.setAutoDefault(False)
            self._head.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        lines.addLayout(self._head)
        self._tools = QWidget()
        row = QHBoxLayout(self._tools)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for widget in (self.before, self.page, self.after):
            row.addWidget(widget)
        row.addSpacing(12)
        for widget in (self.smaller, self.zoom, self.larger):
            row.addWidget(widget)
        row.addSpacing(4)
        row.addWidget(self.fit)
        row.addStretch(1)
        row.addWidget(self.find)
        lines.addWidget(self._tools)
