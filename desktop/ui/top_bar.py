"""The bar at the top: name, search, connection, language, account menu with theme and text size."""

from datetime import UTC, datetime

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QSizePolicy, QToolButton

from desktop.core.records import ConnectionStatus
from desktop.core.settings import Settings
from desktop.core.translation import Translation
from desktop.ui import connection_presenter
from desktop.ui.fonts import Role
from desktop.ui.icons import beside_icon, extent
from desktop.ui.search_box import SearchBox
from desktop.ui.theme import SCALES, Choice, dress, theme
from protocol.directory import Profile

HEIGHT = 52
_THEME_ICONS = {"system": "system", "light": "light", "dark": "dark", "contrast": "contrast"}
_DENSITIES = ("compact", "comfortable")


class TopBar(QFrame):
    """Tells what a person asks for; `preferred(name, value)` is a choice to remember."""

    language_wanted = Signal()
    sync_panel_wanted = Signal()
    shortcuts_wanted = Signal()
    lock_wanted = Signal()
    sign_out_wanted = Signal()
    preferred = Signal(str, object)

    def __init__(self, profile: Profile, settings: Settings, translation: Translation) -> None:
        super().__init__()
        self._profile, self._settings, self._translation = profile, settings, translation
        self._status = ConnectionStatus(state="connecting")
        self._now = datetime.now(UTC)
        self._entries: dict[str, QAction | QMenu] = {}
        dress(self, kind="top")
        self.name = QLabel()
        theme().wear(self.name, Role.TITLE)
        dress(self.name, ink="accent")
        self.search = SearchBox(translation)
        self.pill, self.language, self.account = QPushButton(), QPushButton(), QToolButton()
        self._dress_buttons()
        self._lay_out()
        self._build_menu()
        theme().changed.connect(self._fit)
        self.retranslate()
        self._fit()

    def show_status(self, status: ConnectionStatus, now: datetime) -> None:
        """The connection pill; `now` aware UTC."""
        self._status, self._now = status, now
        says = connection_presenter.pill(status, self._translation, now)
        self.pill.setText(beside_icon(says.text))
        self.pill.setIcon(theme().icon(says.icon, str(says.tone)))
        self.pill.setToolTip(says.hint)
        self.pill.setAccessibleName(f"{says.text}. {says.hint}")
        dress(self.pill, tone=str(says.tone))

    def show_profile(self, profile: Profile) -> None:
        """Whose desk it is."""
        self._profile = profile
        self.retranslate()

    def align_search(self, start: int, width: int) -> None:
        """Put the search box over the list: `start` pixels from the near edge, `width` wide."""
        self.name.setFixedWidth(max(start - 16, theme().px(40)))
        self.search.setMaximumWidth(width)

    def retranslate(self) -> None:
        """All texts again."""
        say = self._translation
        arabic = say.language == "ar"
        name = self._profile.name_ar if arabic else self._profile.name_fr
        self.name.setText(say("frame.name"))
        self.search.retranslate()
        self.language.setText(beside_icon(say("frame.language.other")))
        self.language.setToolTip(say("frame.language.hint"))
        self.language.setAccessibleName(say("frame.language.hint"))
        self.account.setText(_initials(name))
        self.account.setToolTip(name)
        self.account.setAccessibleName(say("frame.account.name", name=name))
        for key, entry in self._entries.items():
            said = name if key == "person" else say(f"frame.account.{key}")
            entry.setTitle(said) if isinstance(entry, QMenu) else entry.setText(said)
        for action in self._scales.actions():
            action.setText(say.percent(float(action.data())))
        self.show_status(self._status, self._now)

    def changeEvent(self, event: QEvent) -> None:
        """Icons that point somewhere turn with the direction."""
        if event.type() is QEvent.Type.LayoutDirectionChange:
            self._fit()
        super().changeEvent(event)

    # --- building

    def _dress_buttons(self) -> None:
        dress(self.pill, kind="pill", tone="info")
        dress(self.language, kind="flat")
        dress(self.account, kind="avatar")
        for button, role in ((self.pill, Role.QUIET), (self.language, Role.BODY), (self.account, Role.SMALL)):
            theme().wear(button, role)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for button in (self.pill, self.language):
            button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            button.setIconSize(extent(16))
        self.pill.clicked.connect(self.sync_panel_wanted)
        self.language.clicked.connect(self.language_wanted)
        self.account.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def _lay_out(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 0, 16, 0)
        line.setSpacing(12)
        self.search.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        line.setSpacing(0)
        line.addWidget(self.name)
        line.addWidget(self.search, 3)
        line.addSpacing(16)
        line.addStretch(1)
        line.addWidget(self.pill)
        line.addSpacing(12)
        line.addWidget(self.language)
        line.addSpacing(12)
        line.addWidget(self.account)

    def _build_menu(self) -> None:
        menu = QMenu(self.account)
        person = menu.addAction("")
        person.setEnabled(False)
        menu.addSeparator()
        self._entries["person"] = person
        self._add_choices(menu, "theme", tuple(Choice), self._settings.preferences.theme, self._on_theme)
        self._scales = self._add_scales(menu)
        self._add_choices(menu, "density", _DENSITIES, self._settings.preferences.density, self._on_density)
        menu.addSeparator()
        for key, signal in (
            ("shortcuts", self.shortcuts_wanted),
            ("lock", self.lock_wanted),
            ("sign_out", self.sign_out_wanted),
        ):
            self._entries[key] = menu.addAction("")
            self._entries[key].triggered.connect(signal)
        self.account.setMenu(menu)

    def _add_choices(self, menu: QMenu, key: str, codes: tuple[str, ...], now: str, chosen) -> None:
        inner = menu.addMenu("")
        self._entries[key] = inner
        group = QActionGroup(inner)
        for code in codes:
            action = inner.addAction("")
            action.setCheckable(True)
            action.setChecked(code == now)
            action.setData(str(code))
            group.addAction(action)
            self._entries[f"{key}.{code}"] = action
        group.triggered.connect(lambda action: chosen(action.data()))

    def _add_scales(self, menu: QMenu) -> QActionGroup:
        inner = menu.addMenu("")
        self._entries["text_size"] = inner
        group = QActionGroup(inner)
        for scale in SCALES:
            action = inner.addAction("")
            action.setCheckable(True)
            action.setChecked(round(scale * 100) == self._settings.preferences.text_size)
            action.setData(scale)
            group.addAction(action)
        group.triggered.connect(lambda action: self._on_scale(float(action.data())))
        return group

    # --- choices

    def _on_theme(self, choice: str) -> None:
        self.preferred.emit("theme", choice)
        theme().choose(choice)

    def _on_scale(self, scale: float) -> None:
        self.preferred.emit("text_size", round(scale * 100))
        theme().set_scale(scale)

    def _on_density(self, density: str) -> None:
        self.preferred.emit("density", density)

    def _fit(self) -> None:
        look = theme()
        self.setFixedHeight(look.px(HEIGHT))
        self.account.setFixedSize(look.px(30), look.px(30))
        self.pill.setFixedHeight(look.px(30))
        self.language.setIcon(look.icon("language"))
        for key, name in (("shortcuts", "keyboard"), ("lock", "lock"), ("sign_out", "sign_out")):
            self._entries[key].setIcon(look.icon(name))
        for key, name in (("theme", "light"), ("text_size", "text_size"), ("density", "sort")):
            self._entries[key].setIcon(look.icon(name))
        self.show_status(self._status, self._now)


def _initials(name: str) -> str:
    """The letters in the disc: of the first and of the last name; one in Arabic, where two would join."""
    parts = [part for part in name.split() if part[:1].isalpha()]
    if not parts:
        return "?"
    if parts[0][0] > "\u0590":
        return parts[0][0]
    return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else "")).upper()
