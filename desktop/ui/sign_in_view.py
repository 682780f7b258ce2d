"""Signing in: server, account, password; opening off line what this PC holds; errors beside their field.

What was typed is never cleared by a failure, except a password by a success. All work runs in the background.
"""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.core.background import Background
from desktop.core.errors import NO_SERVER, PersonError
from desktop.core.session import Session, SignedIn
from desktop.core.translation import ErrorWords, Translation
from desktop.ui.fonts import Role
from desktop.ui.form_field import FormField, PasswordField
from desktop.ui.icons import beside_icon, extent
from desktop.ui.theme import dress, theme

_SERVER_CODES = frozenset(
    {"bad_address", "not_our_server", "certificate_refused", "server_changed", "client_too_old"}
)
_UNREACHED = NO_SERVER | {"proxy_refused", "server_fault", "garbled", "too_many"}
_UNOPENED = frozenset({"wrong_key", "damaged_file"})
"""This PC's files do not open, whatever the password: all that is left is to put them aside, intact."""

_PASSWORD_CODES = frozenset({"wrong_credentials", "wrong_password", "wait_before_retry"})


class SignInView(QWidget):
    """`signed_in(SignedIn)` once an account is open; `language_wanted()` for the other language."""

    signed_in = Signal(object)
    language_wanted = Signal()

    def __init__(
        self,
        session: Session,
        background: Background,
        translation: Translation,
        *,
        server: str = "",
        login: str = "",
    ) -> None:
        super().__init__()
        self._session, self._background, self._translation = session, background, translation
        self._error: PersonError | None = None
        self._busy = False
        dress(self, kind="canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.server = FormField(ltr=True)
        self.login = FormField(ltr=True)
        self.password = PasswordField(translation)
        self.former = PasswordField(translation)
        self.server.edit.setText(server)
        self.login.edit.setText(login)
        self._build()
        self._connect()
        self.retranslate()
        (self.password if server and login else self.login if server else self.server).edit.setFocus()

    def retranslate(self) -> None:
        """All texts again."""
        say = self._translation
        self._name.setText(say("frame.name"))
        self._title.setText(say("frame.sign_in.title"))
        self._lead.setText(say("frame.sign_in.lead"))
        for key, field in (
            ("server", self.server),
            ("login", self.login),
            ("password", self.password),
            ("former", self.former),
        ):
            field.name(say(f"frame.sign_in.{key}"), say(f"frame.sign_in.{key}.hint"))
        self.password.retranslate()
        self.former.retranslate()
        self._language.setText(beside_icon(say("frame.language.other")))
        self._language.setAccessibleName(say("frame.language.hint"))
        self.aside.setText(say("frame.sign_in.aside"))
        self.aside.setToolTip(say("frame.sign_in.aside.hint"))
        self._say()

    def show_error(self, error: PersonError) -> None:
        """Put a failure where it belongs: beside a field, or above the buttons."""
        self._busy, self._error = False, error
        if error.code == "former_password_needed":
            self.former.show()
            self.former.edit.setFocus()
        self.aside.setVisible(error.code in _UNOPENED or not self.former.isHidden())
        self._say()
        if error.code in _PASSWORD_CODES:
            self.password.edit.setFocus()
            self.password.edit.selectAll()

    # --- building

    def _build(self) -> None:
        self._name, self._title, self._lead = QLabel(), QLabel(), QLabel(wordWrap=True)
        self.notice = QLabel(wordWrap=True)
        for label, role in (
            (self._name, Role.HEADING),
            (self._title, Role.TITLE),
            (self._lead, Role.QUIET),
            (self.notice, Role.QUIET),
        ):
            theme().wear(label, role)
        dress(self._name, ink="accent")
        dress(self._lead, ink="ink3")
        self.enter, self.offline, self.aside = QPushButton(), QPushButton(), QPushButton()
        theme().wear(self.enter, Role.STRONG)
        theme().wear(self.offline, Role.STRONG)
        dress(self.enter, kind="primary")
        dress(self.aside, kind="quiet")
        self._language = QPushButton()
        dress(self._language, kind="flat")
        self._language.setIconSize(extent(16))
        self.former.hide()
        self.aside.hide()
        self.card = self._made_card()
        top = QHBoxLayout()
        top.addWidget(self._name)
        top.addStretch(1)
        top.addWidget(self._language)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self.card)
        middle.addStretch(1)
        page = QVBoxLayout(self)
        page.setContentsMargins(24, 16, 24, 24)
        page.addLayout(top)
        page.addStretch(2)
        page.addLayout(middle)
        page.addStretch(3)

    def _made_card(self) -> QFrame:
        card = QFrame()
        dress(card, kind="card")
        column = QVBoxLayout(card)
        column.setContentsMargins(32, 28, 32, 28)
        column.setSpacing(4)
        column.addWidget(self._title)
        column.addWidget(self._lead)
        column.addSpacing(12)
        for field in (self.server, self.login, self.password, self.former):
            column.addWidget(field)
        column.addWidget(self.aside, alignment=Qt.AlignmentFlag.AlignLeading)
        column.addWidget(self.notice)
        column.addSpacing(8)
        column.addWidget(self.enter)
        column.addSpacing(4)
        column.addWidget(self.offline)
        return card

    def _connect(self) -> None:
        self.enter.clicked.connect(self._on_enter)
        self.offline.clicked.connect(self._on_offline)
        self.aside.clicked.connect(self._on_aside)
        self._language.clicked.connect(self.language_wanted)
        for field in (self.server, self.login, self.password, self.former):
            field.edit.returnPressed.connect(self._on_enter)
            field.edit.textEdited.connect(self._on_edited)
        theme().changed.connect(self._fit)
        self._fit()

    # --- events

    def _on_enter(self) -> None:
        if self._error is not None and self._error.code in _UNREACHED and self._known():
            self._on_offline()
            return
        server, login, password = self._typed()
        former = self.former.edit.text() if self.former.isVisibleTo(self) else ""
        self._run(lambda: self._session.sign_in(server, login, password, former=former))

    def _on_offline(self) -> None:
        server, login, password = self._typed()
        self._run(lambda: self._session.unlock(server, login, password))

    def _on_aside(self) -> None:
        server, login, password = self._typed()

        def work() -> SignedIn:
            self._session.set_aside(server, login)
            return self._session.sign_in(server, login, password)

        self._run(work)

    def _on_edited(self) -> None:
        if self._error is not None:
            self._error = None
        self._say()

    def _run(self, work: Callable[[], SignedIn]) -> None:
        empty = [field for field in (self.server, self.login, self.password) if not field.edit.text().strip()]
        for field in (self.server, self.login, self.password):
            field.complain(self._translation("frame.sign_in.missing") if field in empty else "")
        if empty:
            empty[0].edit.setFocus()
            return
        if not self._busy:
            self._busy, self._error = True, None
            self._say()
            self._background.change(work, self._on_signed_in, self.show_error)

    def _on_signed_in(self, account: SignedIn) -> None:
        self._busy = False
        self.password.edit.clear()
        self.former.edit.clear()
        self._say()
        self.signed_in.emit(account)

    # --- words

    def _typed(self) -> tuple[str, str, str]:
        return self.server.edit.text().strip(), self.login.edit.text().strip(), self.password.edit.text()

    def _known(self) -> bool:
        server, login, _ = self._typed()
        try:
            return bool(server and login) and self._session.knows(server, login)
        except PersonError:
            return False

    def _say(self) -> None:
        say, error, known = self._translation, self._error, self._known()
        told = say.error(error) if error is not None else None
        sentence = f"{told.title}. {told.next}" if told else ""
        code = error.code if error is not None else ""
        self.server.complain(sentence if code in _SERVER_CODES else "")
        self.password.complain(sentence if code in _PASSWORD_CODES else "")
        beside = code in _SERVER_CODES or code in _PASSWORD_CODES
        unreached = code in _UNREACHED
        self.notice.setText("" if told is None or beside else self._noticed(told, code, known))
        self.notice.setVisible(bool(self.notice.text()))
        dress(
            self.notice,
            kind="bar",
            tone="warn" if unreached or code == "former_password_needed" else "danger",
        )
        self.enter.setText(say("frame.sign_in.busy" if self._busy else "frame.sign_in.enter"))
        self.offline.setText(say("frame.sign_in.offline"))
        self.offline.setToolTip(say("frame.sign_in.offline.hint"))
        self.offline.setVisible(known)
        dress(self.enter, kind="plain" if unreached and known else "primary")
        dress(self.offline, kind="primary" if unreached and known else "plain")
        for widget in (
            self.server,
            self.login,
            self.password,
            self.former,
            self.enter,
            self.offline,
            self.aside,
        ):
            widget.setEnabled(not self._busy)

    def _noticed(self, told: ErrorWords, code: str, known: bool) -> str:
        if code in _UNOPENED:
            return f"{told.title}. {self._translation('frame.sign_in.unopened')}"
        if code not in _UNREACHED:
            return f"{told.title}. {told.text} {told.next}"
        way_out = self._translation(
            "frame.sign_in.unreached.known" if known else "frame.sign_in.unreached.new"
        )
        return f"{told.title}. {way_out}"

    def _fit(self) -> None:
        self.card.setFixedWidth(theme().px(420))
        self._language.setIcon(theme().icon("language"))
