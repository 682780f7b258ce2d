"""The window that shows a letter, a receipt or an attached file: pages, zoom, words found, save, print.

Its bytes live in memory only. Whoever opens it hears `printed` and `saved`, and keeps the log of both.
"""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFrame,
    QLabel,
    QProgressBar,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from desktop.core.settings import write_atomically
from desktop.core.translation import Translation
from desktop.ui import direction
from desktop.ui.attachments_view import safe_name
from desktop.ui.empty_state import EmptyState
from desktop.ui.palette import Tone
from desktop.ui.theme import dress, theme
from desktop.ui.viewer_bar import ViewerBar
from desktop.ui.viewer_pages import Pages, PdfPages, Unshowable, pages_for
from desktop.ui.viewer_printing import PrintRun, as_file, fit_paper
from resources.catalogue import ltr

Words = str | Callable[[], str]
"""What is said; a function says it again in another language."""

WIDE, HIGH = 920, 1000
"""Of the window at 100 % text, where the screen has the room."""

_ENDINGS = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg", "text/plain": ".txt"}


class Viewer(QDialog):
    """One document; no `data` yet shows that it is being made.

    `copy_mark` stamps DUPLICATA / نسخة on what is printed from here (DOMAIN §5).
    """

    printed = Signal()
    saved = Signal(str)

    def __init__(
        self,
        words: Translation,
        title: Words,
        data: bytes,
        mime: str,
        name: str,
        *,
        parent: QWidget | None = None,
        copy_mark: bool = False,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._words, self._name, self._data, self._mime = words, safe_name(name), b"", mime
        self._copies = copy_mark
        self._title: Words = title
        self._notice: Words = ""
        self._problem: Callable[[], None] = lambda: None
        self._run: PrintRun | None = None
        self.pages: Pages | None = None
        self.printer: QPrinter | None = None
        self.ask_where: Callable[[str], str] = self._ask_where
        self._make()
        self._connect()
        self._stop_listening = words.listen(self.retranslate)
        self.retranslate()
        if data:
            self.show_content(data, mime)
        else:
            self.show_problem("clock", lambda: words("viewer.waiting"), "")

    # --- what its owner calls

    def entitle(self, title: Words, name: str) -> None:
        """Say what it is, at the top and in the list of windows; `name` is proposed when it is saved."""
        self._title, self._name = title, safe_name(name)
        self._say_title()

    def show_content(self, data: bytes, mime: str) -> None:
        """Show another content, as near as can be to where the former one stood."""
        former, place = self.pages, self.pages.place() if self.pages else (0, 0)
        self._data, self._mime = data, mime
        try:
            pages = pages_for(data, mime)
        except Unshowable as error:
            self._damaged(error.reason)
            return
        self._take(pages)
        if former is not None:
            if not former.is_fitted:
                pages.set_zoom(former.zoom())
            pages.put(place)

    def show_problem(self, icon: str, title: Words, text: Words) -> None:
        """A sentence in place of the pages; nothing to save or print until there are some again."""
        self._take(None)
        self._problem = lambda: self.trouble.say(icon, _said(title), _said(text))
        self._problem()
        self._stack.setCurrentWidget(self.trouble)
        self.bar.offer(save=False, paper=False)

    def say(self, text: Words, tone: Tone | str = Tone.INFO) -> None:
        """A line under the bar; "" takes it away."""
        self._notice = text
        dress(self.notice, tone=str(tone))
        self._say_notice()

    def wait(self, waiting: bool) -> None:
        """Show that something is being made; what is on show stays readable."""
        self.progress.setRange(0, 0 if waiting else 1)
        self.progress.setVisible(waiting)

    def stamp_copies(self) -> None:
        """From now on what is printed here is a copy."""
        self._copies = True

    @property
    def stamps_copies(self) -> bool:
        """Whether paper from here bears DUPLICATA / نسخة."""
        return self._copies

    @property
    def content(self) -> bytes:
        """The bytes on show."""
        return self._data

    # --- save and print

    def save(self) -> None:
        """Ask where, and write the bytes there whole or not at all."""
        target = self.ask_where(self._suggested())
        if not target:
            return
        path = Path(target)
        try:
            write_atomically(path, self._data)
        except OSError:
            self.say(lambda: self._words("viewer.save_failed"), Tone.DANGER)
            return
        self.say(lambda: self._words("viewer.saved", name=ltr(path.name)), Tone.OK)
        self.saved.emit(path.name)

    def print(self) -> None:
        """The system's print dialog, then paper."""
        if self.pages is None or self._run is not None:
            return
        sheets = self.pages.sheets()
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName(self._name)
        fit_paper(printer, sheets)
        dialog = QPrintDialog(printer, self)
        dialog.setOption(QPrintDialog.PrintDialogOption.PrintPageRange, sheets.count() > 1)
        dialog.setMinMax(1, sheets.count())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        accepted = QDialog.DialogCode.Accepted
        dialog.finished.connect(lambda said: self.print_on(printer) if said == accepted else None)
        # QPrintDialog hides open() behind one of its own that wants a slot by name, and accepted likewise.
        QDialog.open(dialog)

    def print_on(self, printer: QPrinter) -> None:
        """Every page asked for, drawn as it is on the screen; `printed` once all of them left."""
        if self.pages is None or self._run is not None:
            return
        sheets = self.pages.sheets()
        self.printer = printer
        try:
            written = as_file(printer, sheets, stamped=self._copies)
        except OSError:
            self._on_printed(False)
            return
        if written:
            self._on_printed(True)
            return
        self._run = run = PrintRun(printer, sheets, stamped=self._copies, parent=self)
        run.moved.connect(self._on_page_printed)
        run.ended.connect(self._on_printed)
        self.bar.print_runs(True)
        run.start()

    # --- inside

    def retranslate(self) -> None:
        """Its own words in the language now."""
        self.setLayoutDirection(direction.layout_direction(self._words.language))
        self.bar.retranslate()
        if self.pages is not None:
            self.pages.area.setAccessibleName(self._words("viewer.pages_name"))
        self._problem()
        self._say_title()
        self._say_notice()
        self._tell()

    def sizeHint(self) -> QSize:
        """Large enough for a page, smaller than the screen."""
        screen = self.screen().availableGeometry().size()
        return QSize(min(theme().px(WIDE), screen.width() - 64), min(theme().px(HIGH), screen.height() - 64))

    def done(self, result: int) -> None:
        """Closing: printing stops, the language is no longer listened to."""
        if self._run is not None:
            self._run.cancel()
        self._stop_listening()
        self._stop_listening = lambda: None
        super().done(result)

    def _say_title(self) -> None:
        title = _said(self._title)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.bar.entitle(title, ltr(self._name))

    def _say_notice(self) -> None:
        text = _said(self._notice)
        self.notice.setText(text)
        self.notice.setVisible(bool(text))
        self.notice.setAccessibleName(text)

    def _make(self) -> None:
        self.bar = ViewerBar(self._words)
        self.notice = QLabel()
        self.notice.setWordWrap(True)
        self.notice.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        dress(self.notice, kind="bar", tone="info")
        self.notice.hide()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.hide()
        self.trouble = EmptyState()
        self._holder = QFrame()
        self._stack = QStackedLayout(self._holder)
        self._stack.addWidget(self.trouble)
        around = QVBoxLayout()
        around.setContentsMargins(16, 10, 16, 0)
        around.addWidget(self.notice)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self.bar)
        lines.addWidget(self.progress)
        lines.addLayout(around)
        lines.addWidget(self._holder, 1)

    def _connect(self) -> None:
        bar = self.bar
        bar.save_asked.connect(self.save)
        bar.print_asked.connect(self.print)
        bar.cancel_asked.connect(lambda: self._run.cancel() if self._run else None)
        bar.zoom_asked.connect(self._zoom)
        bar.page_asked.connect(lambda by: self.pages and self.pages.go(self.pages.page() + by))
        self.trouble.acted.connect(self.save)
        keys: tuple[tuple[tuple[str, ...], Callable[[], None]], ...] = (
            (("Ctrl++", "Ctrl+="), lambda: self._zoom("larger")),
            (("Ctrl+-",), lambda: self._zoom("smaller")),
            (("Ctrl+0",), lambda: self._zoom("whole")),
            (("Ctrl+2",), lambda: self._zoom("fit")),
            (("Ctrl+P",), self.print),
            (("Ctrl+S",), self.save),
            (("Ctrl+F", "/"), self.bar.find.begin),
            (("F3",), lambda: self.bar.find.go(1)),
            (("Shift+F3",), lambda: self.bar.find.go(-1)),
            (("Ctrl+Home",), lambda: self.pages and self.pages.go(0)),
            (("Ctrl+End",), lambda: self.pages and self.pages.go(self.pages.count() - 1)),
        )
        for sequences, slot in keys:
            for sequence in sequences:
                QShortcut(QKeySequence(sequence), self).activated.connect(slot)

    def _take(self, pages: Pages | None) -> None:
        former, self.pages = self.pages, pages
        self.bar.find.attach(pages if isinstance(pages, PdfPages) else None)
        if pages is not None:
            pages.moved.connect(self._tell)
            pages.area.setAccessibleName(self._words("viewer.pages_name"))
            self._stack.addWidget(pages)
            self._stack.setCurrentWidget(pages)
            pages.setFocus()
            self.bar.offer(save=True, paper=True)
        if former is not None:
            self._stack.removeWidget(former)
            former.hide()
            former.deleteLater()
        self._tell()

    def _damaged(self, reason: str) -> None:
        words, data = self._words, self._data
        self._take(None)
        self._problem = lambda: self.trouble.say(
            "file",
            words("viewer.damaged_title"),
            words(f"viewer.{reason}"),
            words("viewer.save") if data else "",
        )
        self._problem()
        self._stack.setCurrentWidget(self.trouble)
        self.bar.offer(save=bool(self._data), paper=False)

    def _zoom(self, how: str) -> None:
        if self.pages is None:
            return
        match how:
            case "larger":
                self.pages.step(1)
            case "smaller":
                self.pages.step(-1)
            case "whole":
                self.pages.set_zoom(1.0)
            case _:
                self.pages.fit()
        self._tell()

    def _tell(self) -> None:
        self.bar.show_state(self.pages)

    def _on_page_printed(self, page: int, of: int) -> None:
        self.progress.setRange(0, of)
        self.progress.setValue(page)
        self.progress.show()
        self.say(self._words("viewer.printing", page=page, of=of), Tone.INFO)

    def _on_printed(self, whole: bool) -> None:
        self.wait(False)
        self.bar.print_runs(False)
        if self._run is not None:
            self._run.deleteLater()
            self._run = None
        if not whole:
            self.say(lambda: self._words("viewer.print_failed"), Tone.DANGER)
            return
        where = self.printer.outputFileName() if self.printer is not None else ""
        key = "viewer.printed_file" if where else "viewer.printed"
        name = ltr(Path(where).name) if where else ltr(self.printer.printerName() if self.printer else "")
        self.say(lambda: self._words(key, name=name), Tone.OK)
        self.printed.emit()

    def _suggested(self) -> str:
        ending = _ENDINGS.get(self._mime, "")
        known = Path(self._name).suffix.lower()
        if not ending or known == ending or (ending == ".jpg" and known == ".jpeg"):
            return self._name
        return f"{self._name}{ending}"

    def _ask_where(self, name: str) -> str:
        return QFileDialog.getSaveFileName(self, self._words("viewer.save"), name)[0]


def _said(words: Words) -> str:
    return words if isinstance(words, str) else words()
