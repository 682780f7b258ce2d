"""The running program: signing in, locking, signing out, closing; errors are told, never thrown."""

import logging
import subprocess
import sys
import threading

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLabel, QMessageBox

from desktop import app
from desktop.app import Shell
from desktop.core import journal
from desktop.core.errors import PersonError
from desktop.core.keys import Strength
from desktop.core.session import Session
from desktop.core.translation import Translation
from desktop.ui.encloser import Encloser
from desktop.ui.enclosures_bar import EnclosuresBar
from desktop.ui.viewer import Viewer
from tests import fake_complaints as told
from tests.desk_world import PASSWORD, SERVER
from tests.fake_history import build
from tests.twin_connection import NOW, Clock, TwinConnection, TwinHouse

LONG_MS = 20_000


@pytest.fixture
def house():
    clock = Clock()
    made = TwinHouse(clock)
    made.admit(told.profile(), PASSWORD)
    for n, story in enumerate(told.STORIES, start=1):
        document = build(story, n, NOW, made.settings)
        made.model._keep(None, document)
    return made


@pytest.fixture
def shell(qapp, qtbot, tmp_path, house):
    made: list[Shell] = []

    def open_shell(**more) -> Shell:
        session = Session(
            tmp_path,
            clock=house.clock,
            connect=lambda _, device, renewed: TwinConnection(house, device, renewed),
            strength=Strength(passes=1, memory_kib=64, lanes=1),
        )
        shell = Shell(server=SERVER, profile=tmp_path, session=session, clock=house.clock, **more)
        shell.ended.connect(lambda: made.remove(shell))
        made.append(shell)
        return shell

    yield open_shell
    for one in tuple(made):
        with qtbot.wait_signal(one.ended, timeout=LONG_MS):
            one.quit()


def sign_in(shell: Shell, qtbot, password: str = PASSWORD) -> None:
    view = shell.view
    view.login.edit.setText("bennis")
    view.password.edit.setText(password)
    with qtbot.wait_signal(shell.signed_in, timeout=LONG_MS):
        view.enter.click()
    qtbot.wait_until(lambda: shell.window.list.model.rowCount() > 0, timeout=LONG_MS)


def leave(shell: Shell, qtbot, do) -> None:
    with qtbot.wait_signal(shell.signed_out, timeout=LONG_MS):
        do()


def test_signing_in_opens_the_queues(shell, qtbot):
    running = shell(language="fr")
    running.show_sign_in()
    sign_in(running, qtbot)
    assert running.view is None
    assert running.window.isVisible()
    assert running.settings.preferences.server == SERVER


def test_a_wrong_password_stays_on_the_sign_in_window(shell, qtbot):
    running = shell(language="fr")
    running.show_sign_in()
    running.view.login.edit.setText("bennis")
    running.view.password.edit.setText("faux")
    running.view.enter.click()
    words = running.translation.error(PersonError("wrong_credentials"))
    qtbot.wait_until(lambda: words.title in _texts(running.view), timeout=LONG_MS)
    assert running.window is None


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_pc_struck_off_closes_its_windows_and_says_why(shell, qtbot, house, language):
    running = shell(language=language)
    running.show_sign_in()
    sign_in(running, qtbot)
    folder = running.session.account.folder
    house.strike(running.session.device())
    leave(running, qtbot, running.desk.sync_now)
    words = running.translation.error(PersonError("device_revoked"))
    assert running.window is None and running.desk is None
    said = _texts(running.view)
    assert words.title in said and words.next in said
    left = {path.name for path in folder.iterdir()}
    assert "work.db" in left and not left & {"key.json", "cache.db", "cache.db-wal", "wipe.json"}
    assert not running.view.offline.isVisible()


def test_locking_drops_the_keys_and_unlocking_works_without_the_server(shell, qtbot, house):
    running = shell(language="fr")
    running.show_sign_in()
    sign_in(running, qtbot)
    house.cut()
    leave(running, qtbot, running.lock)
    assert running.desk is None and running.window is None
    assert running.view.login.edit.text() == "bennis"
    assert running.view.password.edit.text() == ""
    running.view.password.edit.setText(PASSWORD)
    with qtbot.wait_signal(running.signed_in, timeout=LONG_MS):
        running.view.offline.click()
    qtbot.wait_until(lambda: running.window.list.model.rowCount() == 17, timeout=LONG_MS)


def test_locking_takes_every_dialog_off_the_screen_before_the_desk_is_closed(shell, qtbot):
    running = shell(language="fr")
    running.show_sign_in()
    sign_in(running, qtbot)
    window = running.window
    box = QMessageBox(QMessageBox.Icon.Question, "", "Faut-il ?", parent=window.case)
    for _ in range(2):  # of two answers none is the one that Esc means
        box.addButton("Oui", QMessageBox.ButtonRole.AcceptRole)
    box.open()
    window.show_shortcuts()
    viewer = Viewer(running.translation, "lettre", b"abc", "text/plain", "a.txt", parent=window.case)
    viewer.show()
    running.lock()
    left = [one for one in window.findChildren(QDialog) if one.isVisible()]
    qtbot.wait_until(lambda: running.view is not None, timeout=LONG_MS)
    assert not left


def test_locking_while_files_are_being_chosen_ends_the_choice(shell, qtbot):
    running = shell(language="fr")
    running.show_sign_in()
    sign_in(running, qtbot)
    bar = EnclosuresBar(running.translation, Encloser(running.desk, running._work))
    running.window.case.add_editors(bar)
    seen = []

    def lock() -> None:
        seen.extend(running.window.findChildren(QFileDialog))
        running.lock()

    QTimer.singleShot(100, lock)
    bar.choose()
    assert seen and bar.files == ()
    qtbot.wait_until(lambda: running.view is not None, timeout=LONG_MS)


def test_an_idle_desk_locks_itself(shell, qtbot, house):
    running = shell(language="fr")
    running.show_sign_in()
    sign_in(running, qtbot)
    house.clock.pass_(minutes=14)
    running._on_idle_check()
    assert running.window is not None
    house.clock.pass_(minutes=1)
    leave(running, qtbot, running._on_idle_check)
    assert running.view is not None


def test_typing_puts_the_idle_lock_off(shell, qtbot, house):
    running = shell(language="fr")
    running.show_sign_in()
    sign_in(running, qtbot)
    house.clock.pass_(minutes=14)
    running._on_focus(running.window.windowHandle())
    house.clock.pass_(minutes=14)
    running._on_idle_check()
    assert running.window is not None


def test_signing_out_ends_the_session_and_forgets_the_login(shell, qtbot, house):
    running = shell(language="fr")
    running.show_sign_in()
    sign_in(running, qtbot)
    leave(running, qtbot, running.sign_out)
    assert running.view.login.edit.text() == ""
    assert not house.refresh_tokens


def test_closing_the_window_closes_the_files(shell, qtbot):
    running = shell(language="fr")
    running.show_sign_in()
    sign_in(running, qtbot)
    with qtbot.wait_signal(running.ended, timeout=LONG_MS):
        running.window.close()
    with pytest.raises(PersonError):
        _ = running.session.account


def test_closing_the_sign_in_window_ends_the_program(shell, qtbot):
    running = shell(language="fr")
    running.show_sign_in()
    with qtbot.wait_signal(running.ended, timeout=LONG_MS):
        running.view.close()


def test_the_language_turns_before_signing_in_and_is_kept(shell, qtbot, qapp):
    running = shell(language="fr")
    running.show_sign_in()
    running.view.language_wanted.emit()
    assert running.translation.language == "ar"
    assert qapp.isRightToLeft()
    sign_in(running, qtbot)
    assert running.translation.language == "ar"
    assert running.settings.preferences.language == "ar"
    running.window.turn_language()
    assert not qapp.isRightToLeft()


def test_an_unforeseen_failure_is_told_in_words_and_logged_without_its_message(shell, qtbot, tmp_path):
    running = shell(language="fr")
    running.show_sign_in()
    handlers, hook = list(logging.getLogger().handlers), threading.excepthook
    journal.open_journal(tmp_path, "0")
    top = app._Top(running)
    try:
        raise ValueError("AB123456 فاطمة")
    except ValueError as error:
        top(type(error), error, error.__traceback__)
        top(type(error), error, error.__traceback__)
    for handler in set(logging.getLogger().handlers) - set(handlers):
        handler.close()
        logging.getLogger().removeHandler(handler)
    threading.excepthook = hook
    boxes = running.view.findChildren(QMessageBox)
    assert [box.text() for box in boxes] == [running.translation.error(PersonError("fault")).title]
    logged = (tmp_path / journal.FILE).read_text(encoding="utf-8")
    assert "builtins.ValueError" in logged and "test_app.py" in logged
    assert "AB123456" not in logged and "فاطمة" not in logged
    boxes[0].close()


def test_a_profile_that_cannot_be_used_is_told_in_the_asked_language(qtbot, tmp_path):
    (tmp_path / "profile").write_text("a file, not a folder")
    said: list[str] = []

    def answer() -> None:
        for box in QApplication.topLevelWidgets():
            if isinstance(box, QMessageBox) and box.isVisible():
                said.append(box.text())
                box.accept()

    timer = QTimer(interval=20)
    timer.timeout.connect(answer)
    timer.start()
    assert app.run(server=SERVER, profile=tmp_path / "profile", language="ar") == 1
    timer.stop()
    assert said == [Translation("ar").error(PersonError("profile_unusable")).title]


def test_the_command_line_reads_its_arguments_before_importing_qt():
    code = (
        "import sys, desktop.__main__ as m\n"
        "try: m.main(['--version'])\n"
        "except SystemExit: pass\n"
        "print([n for n in sys.modules if n.startswith(('PySide6', 'sqlalchemy', 'requests'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def _texts(view) -> str:
    return " ".join(label.text() for label in view.findChildren(QLabel))
