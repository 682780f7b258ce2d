"""Signing in: errors beside their field, what was typed kept, opening off line what the PC holds."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.core.background import Background
from desktop.core.errors import FormerPasswordNeeded, PersonError, WrongPassword
from desktop.core.translation import Translation
from desktop.ui.sign_in_view import SignInView
from tests.frame_world import Deliverer


class Door:
    """A session that answers as told; remembers who asked for what."""

    def __init__(self, known: frozenset[str] = frozenset()) -> None:
        self.known = known
        self.asked: list[tuple[str, ...]] = []
        self.answer: Callable[[], str] = lambda: "account"

    def knows(self, server: str, login: str) -> bool:
        return login in self.known

    def sign_in(self, server: str, login: str, password: str, *, former: str = "") -> str:
        self.asked.append(("sign_in", server, login, password, former))
        return self.answer()

    def unlock(self, server: str, login: str, password: str) -> str:
        self.asked.append(("unlock", server, login, password))
        return "account"

    def set_aside(self, server: str, login: str) -> None:
        self.asked.append(("set_aside", server, login))


def refused(error: PersonError) -> Callable[[], str]:
    def answer() -> str:
        raise error

    return answer


@pytest.fixture
def opened(qtbot):
    door, deliverer = Door(frozenset({"bennis"})), Deliverer()
    background = Background(deliverer.came.emit)
    view = SignInView(door, background, Translation("fr"), server="https://desk.example", login="bennis")
    view.door, view.deliverer = door, deliverer
    qtbot.addWidget(view)
    view.show()
    view.password.edit.setText("secret")
    yield view
    background.close()


def enter(qtbot, view: SignInView) -> None:
    before = len(view.door.asked)
    QTest.keyClick(view.password.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(view.door.asked) > before and not view._busy)


def test_signing_in_tells_the_account_and_forgets_the_password(qtbot, opened):
    with qtbot.waitSignal(opened.signed_in) as told:
        opened.enter.click()
    assert told.args == ["account"]
    assert opened.door.asked == [("sign_in", "https://desk.example", "bennis", "secret", "")]
    assert opened.password.edit.text() == ""


def test_a_wrong_password_is_said_beside_it_and_nothing_typed_is_lost(qtbot, opened):
    opened.door.answer = refused(WrongPassword())
    enter(qtbot, opened)
    assert "incorrect" in opened.password.error.text()
    assert opened.password.edit.property("wrong") == "true"
    assert not opened.notice.isVisible()
    assert (opened.login.edit.text(), opened.password.edit.text()) == ("bennis", "secret")
    QTest.keyClicks(opened.password.edit, "x")
    assert opened.password.error.text() == ""


def test_a_wrong_address_is_said_beside_the_address(qtbot, opened):
    opened.door.answer = refused(PersonError("bad_address"))
    enter(qtbot, opened)
    assert opened.server.error.isVisible() and not opened.password.error.isVisible()


def test_without_the_server_enter_opens_off_line_what_this_pc_holds(qtbot, opened):
    opened.door.answer = refused(PersonError("offline"))
    enter(qtbot, opened)
    assert "hors ligne" in opened.notice.text()
    assert (opened.offline.property("kind"), opened.enter.property("kind")) == ("primary", "plain")
    with qtbot.waitSignal(opened.signed_in):
        QTest.keyClick(opened.password.edit, Qt.Key.Key_Return)
    assert opened.door.asked[-1][0] == "unlock"


def test_somebody_new_to_this_pc_is_not_offered_to_open_it_off_line(opened):
    opened.login.edit.setText("someone")
    opened._on_edited()
    assert not opened.offline.isVisible()


def test_a_changed_password_asks_for_the_former_one_or_sets_the_files_aside(qtbot, opened):
    opened.door.answer = refused(FormerPasswordNeeded())
    enter(qtbot, opened)
    assert opened.former.isVisible() and opened.aside.isVisible()
    opened.door.answer = lambda: "account"
    opened.former.edit.setText("older")
    with qtbot.waitSignal(opened.signed_in):
        opened.enter.click()
    assert opened.door.asked[-1][-1] == "older"


def test_an_empty_field_is_said_before_anything_is_asked(opened):
    opened.login.edit.clear()
    opened.enter.click()
    assert opened.login.error.text() == "À remplir"
    assert opened.door.asked == []


def test_caps_lock_is_told_and_the_password_can_be_shown(opened):
    QTest.keyEvent(QTest.KeyAction.Click, opened.password.edit, "A", Qt.KeyboardModifier.NoModifier)
    assert opened.password.hint.isVisible()
    QTest.keyEvent(QTest.KeyAction.Click, opened.password.edit, "a", Qt.KeyboardModifier.NoModifier)
    assert not opened.password.hint.isVisible()
    opened.password._show.trigger()
    assert opened.password.edit.echoMode() is opened.password.edit.EchoMode.Normal
    assert opened.password._show.text() == "Masquer le mot de passe"


def test_addresses_stay_left_to_right_in_arabic(qtbot, opened):
    opened._translation.change("ar")
    opened.retranslate()
    assert opened.server.edit.layoutDirection() is Qt.LayoutDirection.LeftToRight
    assert opened.enter.text() == "تسجيل الدخول"


@pytest.mark.parametrize("code", ["wrong_key", "damaged_file"])
def test_files_that_do_not_open_can_be_set_aside(qtbot, opened, code):
    opened.door.answer = refused(PersonError(code))
    enter(qtbot, opened)
    assert opened.aside.isVisible() and not opened.former.isVisible()
    assert opened._translation("frame.sign_in.unopened") in opened.notice.text()
    opened.door.answer = lambda: "account"
    with qtbot.waitSignal(opened.signed_in):
        opened.aside.click()
    assert [asked[0] for asked in opened.door.asked] == ["sign_in", "set_aside", "sign_in"]
