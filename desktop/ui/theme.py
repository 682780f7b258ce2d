"""The look of the running program: Fusion, QPalette and style sheet from one set of tokens; the type scale.

By default it follows the system's light, dark or high-contrast choice; `theme()` gives the one there is.
"""

from enum import StrEnum

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from desktop.ui import fonts, icons
from desktop.ui.palette import DARK, HIGH_CONTRAST, HIGH_CONTRAST_DARK, LIGHT, Palette
from desktop.ui.style_sheet import style_sheet

SCALES = (1.0, 1.1, 1.25, 1.5, 2.0)


class Choice(StrEnum):
    """What a person may choose in the account menu."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    HIGH_CONTRAST = "contrast"


class Theme(QObject):
    """Palette and type of the application; `changed` tells those who paint by hand."""

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self.choice = Choice.SYSTEM
        self.scale = 1.0
        self.palette: Palette = LIGHT
        fonts.load()
        # without it a font set after the style sheet first saw a widget is lost at its next polish
        QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_UseStyleSheetPropagationInWidgetStyles)
        application.setStyle(QStyleFactory.create("Fusion"))
        # Kept: with the wrapper of the hints goes that of their accessibility.
        self._hints = hints = application.styleHints()
        hints.colorSchemeChanged.connect(self._on_system_changed)
        self._accessibility = hints.accessibility() if hasattr(hints, "accessibility") else None
        if self._accessibility is not None:
            self._accessibility.contrastPreferenceChanged.connect(self._on_system_changed)
        self._put_on()

    def choose(self, choice: Choice | str) -> None:
        """Follow the system, or keep to one look."""
        self.choice = Choice(choice)
        if self._chosen() is not self.palette:
            self._put_on()

    def set_scale(self, scale: float) -> None:
        """Size of every text, 1.0 to 2.0."""
        before, self.scale = self.scale, min(2.0, max(1.0, scale))
        if self.scale != before:
            self._put_on()

    def font(self, role: fonts.Role | str = fonts.Role.BODY, *, arabic_first: bool = False) -> QFont:
        """The font of a role at the present scale."""
        return fonts.font(role, self.scale, arabic_first=arabic_first)

    def line_height(self, role: fonts.Role | str, *, arabic: bool = False) -> int:
        """Pixels from baseline to baseline of a role at the present scale."""
        return fonts.line_height(role, self.scale, arabic=arabic)

    def px(self, length: float) -> int:
        """A length that must grow with the text (row heights, widths of columns of words)."""
        return round(length * self.scale)

    def wear(self, widget: QWidget, role: fonts.Role | str) -> None:
        """Give `widget` the font of a role now and at every change of scale."""
        widget.setProperty("role", str(role))
        widget.setFont(self.font(role))

    def icon(self, name: str, colour: str = "ink2") -> QIcon:
        """An icon in the colour of the palette token `colour`, for a button; ask again on `changed`."""
        return icons.icon(name, str(getattr(self.palette, colour)), disabled=self.palette.line_strong)

    def _on_system_changed(self) -> None:
        if self.choice is Choice.SYSTEM and self._chosen() is not self.palette:
            self._put_on()

    def _chosen(self) -> Palette:
        hints = self._application.styleHints()
        dark = hints.colorScheme() is Qt.ColorScheme.Dark
        if self.choice is Choice.LIGHT:
            return LIGHT
        if self.choice is Choice.DARK:
            return DARK
        if self.choice is Choice.HIGH_CONTRAST or self._system_wants_contrast():
            return HIGH_CONTRAST_DARK if dark else HIGH_CONTRAST
        return DARK if dark else LIGHT

    def _system_wants_contrast(self) -> bool:
        if self._accessibility is None:
            return False
        return self._accessibility.contrastPreference() is Qt.ContrastPreference.HighContrast

    def _put_on(self) -> None:
        self.palette = self._chosen()
        self._application.setPalette(qt_palette(self.palette))
        self._application.setFont(self.font())
        self._application.setStyleSheet(style_sheet(self.palette))
        for widget in self._application.allWidgets():
            role = widget.property("role")
            if role:
                self.wear(widget, role)
        self.changed.emit()


def qt_palette(tokens: Palette) -> QPalette:
    """The QPalette of a set of tokens, for what the style sheet leaves to Fusion."""
    made = QPalette()
    roles = QPalette.ColorRole
    pairs = {
        roles.Window: tokens.canvas, roles.WindowText: tokens.ink, roles.Base: tokens.surface,
        roles.AlternateBase: tokens.canvas, roles.Text: tokens.ink, roles.Button: tokens.surface,
        roles.ButtonText: tokens.ink, roles.BrightText: tokens.accent_ink, roles.Highlight: tokens.accent,
        roles.HighlightedText: tokens.accent_ink, roles.Link: tokens.accent, roles.LinkVisited: tokens.violet,
        roles.ToolTipBase: tokens.ink, roles.ToolTipText: tokens.surface, roles.PlaceholderText: tokens.ink3,
        roles.Light: tokens.surface, roles.Midlight: tokens.line, roles.Mid: tokens.line,
        roles.Dark: tokens.line_strong, roles.Shadow: tokens.line_strong, roles.Accent: tokens.accent,
    }  # fmt: skip
    for role, colour in pairs.items():
        made.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.ink3))
    return made


def dress(widget: QWidget, *, kind: str = "", tone: str = "", ink: str = "") -> None:
    """Set the dynamic properties the style sheet reads, and apply them at once."""
    for name, value in (("kind", kind), ("tone", tone), ("ink", ink)):
        if value and widget.property(name) != value:
            widget.setProperty(name, value)
    restyle(widget)


def restyle(widget: QWidget) -> None:
    """Apply the style sheet again after a property changed."""
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)


def theme() -> Theme:
    """The Theme of the running QApplication, made at first use."""
    application = QApplication.instance()
    assert isinstance(application, QApplication), "windows need a QApplication"
    found = application.property("chekaya_theme")
    if found is None:
        found = Theme(application)
        application.setProperty("chekaya_theme", found)
    return found
