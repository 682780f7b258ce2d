"""Composition root of the desk: one QApplication, the sign-in window, then the main window of who signed in.

Everything that needs the stores (SQLAlchemy) or the network (requests) is imported off this thread, while the
sign-in window is already there.
"""

import gc
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLocale, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QWindow
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

import resources
from desktop.core import journal
from desktop.core.background import Background
from desktop.core.connection import APP_VERSION
from desktop.core.errors import PersonError, Revoked, person_facing
from desktop.core.session import Session, SignedIn
from desktop.core.settings import Settings
from desktop.core.site import site_file, site_server
from desktop.core.translation import Translation
from desktop.ui import direction
from desktop.ui.rubbish import Rubbish
from desktop.ui.sign_in_view import SignInView
from desktop.ui.theme import theme

if TYPE_CHECKING:
    from desktop.core.desk import Desk
    from desktop.ui.main_window import MainWindow

_INPUT = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
    }
)
_IDLE_CHECK_MS = 15_000
DRAWING = Path(resources.__file__).parent / "icons" / "application" / "chekaya-desk.svg"
SWITCH_S = 0.0002
"""A thread that computes gives way to the windows after so long. Painting takes Python's lock back a hundred
times: at 1 ms each, beside two busy threads, a beat of 5 ms had a p99 of 25 to 35 (now 18 to 22)."""


def utc_now() -> datetime:
    """This PC's clock."""
    return datetime.now(UTC)


class Bridge(QObject):
    """Brings functions from any thread into the window's thread, in order."""

    _came = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._came.connect(self._on_came, Qt.ConnectionType.QueuedConnection)

    def deliver(self, call: Callable[[], None]) -> None:
        """Run `call` in the window's thread, soon."""
        self._came.emit(call)

    def _on_came(self, call: Callable[[], None]) -> None:
        call()


class Shell(QObject):
    """The running program: which window is on screen, and how one follows the other.

    `view` is the sign-in window or None, `window` the main window or None, `desk` what it works on.
    """

    signed_in = Signal()
    signed_out = Signal()
    ended = Signal()

    def __init__(
        self,
        *,
        server: str,
        profile: Path,
        language: str = "",
        clock: Callable[[], datetime] = utc_now,
        session: Session | None = None,
        recovery: Path | None = None,
    ) -> None:
        super().__init__()
        self._clock = clock
        self.settings = Settings(profile)
        kept = self.settings.preferences
        self.translation = Translation(language or kept.language or system_language())
        self._bridge = Bridge()
        self.background = Background(self._bridge.deliver, self.show_error)
        self.session = session or Session(profile, clock=clock, recovery=recovery)
        self.session.on_revoked(lambda: self._bridge.deliver(self._on_revoked))
        self._server = server or kept.server or site_server(site_file())
        self._login = ""
        self.view: SignInView | None = None
        self.window: MainWindow | None = None
        self.desk: Desk | None = None
        self._work: Background | None = None
        self._telling: set[str] = set()
        self._last_input = clock()
        self._idle_minutes = 0
        self._rubbish = Rubbish(self)
        self._idle = QTimer(self, interval=_IDLE_CHECK_MS)
        self._idle.timeout.connect(self._on_idle_check)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusWindowChanged.connect(self._on_focus)
        self.translation.listen(self._on_language)
        theme().choose(kept.theme)
        theme().set_scale(kept.text_size / 100)
        direction.turn_application(self.translation.language)

    # --- windows

    def show_sign_in(self) -> None:
        """Put the sign-in window on screen, what is already known filled in."""
        view = SignInView(
            self.session, self.background, self.translation, server=self._server, login=self._login
        )
        view.setWindowTitle(self.translation("frame.title"))
        view.resize(960, 680)
        view.signed_in.connect(self._on_signed_in)
        view.language_wanted.connect(lambda: self.translation.change(self.translation.other()))
        view.installEventFilter(self)
        self.view = view
        view.show()
        self.background.read(_warm_up)

    def show_error(self, error: PersonError) -> None:
        """A dialog with what happened, why, and what to do next."""
        words = self.translation.error(error)
        if error.code in self._telling:
            return
        self._telling.add(error.code)
        box = QMessageBox(self._on_screen())
        box.finished.connect(lambda _: self._telling.discard(error.code))
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.translation("frame.title"))
        box.setText(words.title)
        box.setInformativeText(f"{words.text}\n\n{words.next}")
        box.setStandardButtons(QMessageBox.StandardButton.Ok)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def lock(self) -> None:
        """Close the desk, drop the keys, and ask for the password again."""
        self._leave(self.show_sign_in)

    def sign_out(self) -> None:
        """The same, and end the session on the server."""
        self._login = ""
        self._leave(self.show_sign_in, sign_out=True)

    def quit(self) -> None:
        """Close the desk and end the program."""
        self._leave(self._end)

    # --- one after the other

    def _on_signed_in(self, account: SignedIn) -> None:
        if self.view is not None:
            self._server, self._login = self.view.server.edit.text(), self.view.login.edit.text()
        self.background.change(lambda: self.settings.change(server=account.server))
        self.background.change(self._open_desk, self._on_desk_opened)

    def _open_desk(self) -> "Desk":
        from desktop.core.desk import Desk

        return Desk(self.session, clock=self._clock)

    def _on_desk_opened(self, desk: "Desk") -> None:
        from desktop.ui.main_window import MainWindow

        own = Settings(self.session.account.folder)
        if not own.preferences.language:
            own.change(language=self.translation.language)
        self.translation.change(own.preferences.language)
        self.desk = desk
        self._work = Background(self._bridge.deliver, self.show_error)
        window = MainWindow(desk, self._work, own, self.translation, clock=self._clock)
        window.lock_wanted.connect(self.lock)
        window.sign_out_wanted.connect(self.sign_out)
        window.installEventFilter(self)
        self.window = window
        window.show()
        view, self.view = self.view, None
        if view is not None:
            view.close()
            view.deleteLater()
        self._watch(own.preferences.idle_lock_minutes)
        self.signed_in.emit()
        if self.session.is_revoked:
            self._on_revoked()

    def _on_revoked(self) -> None:
        """The server struck this PC off: its files are closed at once, and the sign-in window says why."""
        if self.window is not None:
            self._leave(self._say_revoked)

    def _say_revoked(self) -> None:
        self.show_sign_in()
        assert self.view is not None
        self.view.show_error(Revoked())

    def _leave(self, then: Callable[[], None], *, sign_out: bool = False) -> None:
        """Close the main window, let its last changes end, close the desk, then go on."""
        window, self.window = self.window, None
        if window is not None and not window.close():
            self.window = window  # a text could not be saved: who typed it decides
            return
        work, desk = self._work, self.desk
        self._work = self.desk = None
        self._watch(0)
        if desk is None or window is None or work is None:
            then()
            return

        def leave() -> None:
            work.close()
            if sign_out:
                desk.close(sign_out=True)
            else:
                desk.close()

        def left(_: None) -> None:
            window.deleteLater()
            then()
            self.signed_out.emit()

        def failed(error: PersonError) -> None:
            left(None)
            self.show_error(error)

        self.background.change(leave, left, failed)

    def _end(self) -> None:
        if self.view is not None:
            self.view.hide()
        self.background.close()
        self.session.lock()
        self.ended.emit()

    # --- events of the whole program

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Closing a window ends the program; anything typed or moved puts the idle lock off."""
        if event.type() in _INPUT:
            self._last_input = self._clock()
        elif event.type() is QEvent.Type.Close and watched in (self.window, self.view):
            QTimer.singleShot(0, self._on_closed)
        return False

    def _on_closed(self) -> None:
        shown = self._on_screen()
        if shown is None or not shown.isVisible():
            self.quit()

    def _watch(self, minutes: int) -> None:
        """Lock after so many minutes without input; 0 stops watching."""
        self._idle_minutes = minutes
        self._last_input = self._clock()
        if minutes:
            self._idle.start()
        else:
            self._idle.stop()

    def _on_focus(self, window: QWindow | None) -> None:
        """Input is heard by native windows, dialogs included: an application-wide filter would cost more."""
        self._last_input = self._clock()
        if window is not None:
            window.installEventFilter(self)

    def _on_idle_check(self) -> None:
        idle = (self._clock() - self._last_input).total_seconds()
        if self.window is not None and idle >= self._idle_minutes * 60:
            self.lock()

    def _on_language(self) -> None:
        direction.turn_application(self.translation.language)
        if self.view is not None:
            self.view.setWindowTitle(self.translation("frame.title"))
            self.view.retranslate()
        language = self.translation.language
        self.background.change(lambda: self.settings.change(language=language))

    def _on_screen(self) -> QWidget | None:
        return self.window or self.view


def system_language() -> str:
    """Arabic where the system speaks it, else French."""
    return "ar" if QLocale.system().language() == QLocale.Language.Arabic else "fr"


def run(*, server: str, profile: Path, language: str, recovery: Path | None = None) -> int:
    """Run the desk until it is closed; gives the exit status. Whatever fails is told to the person."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("chekaya-desk")
    application.setDesktopFileName("chekaya-desk")
    application.setWindowIcon(QIcon(str(DRAWING)))
    application.setQuitOnLastWindowClosed(False)
    sys.setswitchinterval(SWITCH_S)
    try:
        journal.open_journal(profile, APP_VERSION)
        shell = Shell(server=server, profile=profile, language=language, recovery=recovery)
    except OSError as error:
        _say_and_stop(PersonError("profile_unusable"), error, language)
        return 1
    sys.excepthook = _Top(shell)
    shell.ended.connect(application.quit)
    shell.show_sign_in()
    return application.exec()


class _Top:
    """What no other edge caught: logged without personal data, told once, never shown as a traceback."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._telling = False

    def __call__(self, _: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
        journal.note(error)
        if isinstance(error, KeyboardInterrupt):
            self._shell.quit()
        elif not self._telling:
            self._telling = True
            self._shell.show_error(person_facing(error))
            QTimer.singleShot(2_000, self._again)

    def _again(self) -> None:
        self._telling = False


def _say_and_stop(told: PersonError, error: OSError, language: str) -> None:
    """The profile itself cannot be used: a dialog is all there is."""
    journal.note(error)
    translation = Translation(language or system_language())
    direction.turn_application(translation.language)
    words = translation.error(told)
    box = QMessageBox(QMessageBox.Icon.Critical, translation("frame.title"), words.title)
    box.setInformativeText(f"{words.text}\n\n{words.next}")
    box.exec()


def _warm_up() -> None:
    """Import what signing in will need, while the password is being typed."""
    try:
        import desktop.core.desk  # noqa: F401
        import desktop.models.store  # noqa: F401
        import desktop.ui.main_window  # noqa: F401
    finally:
        gc.freeze()  # what was imported stays: no collection looks at it again
