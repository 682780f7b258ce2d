"""The one style sheet, written from palette tokens; it names no font, no -left and no -right: it mirrors.

Widgets ask for a look with dynamic properties: `kind` (what it is), `tone` (what it means), `ink` (how loud).
"""

# ruff: noqa: E501 (one rule of style a line)

from pathlib import Path
from string import Template

import resources
from desktop.ui.palette import Palette, Tone

_CONTROLS = Path(resources.__file__).parent / "icons" / "controls"

_SHEET = Template("""
QWidget { color: $ink; }
QMainWindow, QDialog, QWidget[kind="canvas"], QStackedWidget[kind="canvas"] { background: $canvas; }
QWidget[kind="surface"], QFrame[kind="surface"] { background: $surface; }
QFrame[kind="top"] { background: $surface; border: none; border-bottom: 1px solid $line; }
QFrame[kind="foot"] { background: $surface; border: none; border-top: 1px solid $line; }
QFrame[kind="head"] { background: $surface; border: none; border-bottom: 1px solid $line; }
QWidget[kind="rule"] { background: $line; }
QFrame[kind="line"] { background: $line; border: none; max-height: 1px; min-height: 1px; }
QFrame[kind="card"] { background: $surface; border: 1px solid $line; border-radius: 8px; }
QFrame[kind="note"] { background: $warn_soft; border: 1px solid $note_line; border-radius: 8px; }
QFrame[kind="draft"] { background: $surface; border: 1px solid $accent; border-radius: 8px; }
QFrame[kind="alert"] { background: $danger_soft; border: 1px solid $danger; border-radius: 8px; }
QFrame[kind="panel"] { background: $surface; border: 1px solid $line_strong; border-radius: 10px; }
QFrame[kind="well"] { background: $sunken; border: 1px solid $line; border-radius: 6px; }

QLabel { background: transparent; }
QLabel[ink="ink2"] { color: $ink2; }
QLabel[ink="ink3"] { color: $ink3; }
QLabel[ink="accent"] { color: $accent; }
QLabel[kind="key"] { color: $ink3; border: 1px solid $line; border-radius: 4px; padding: 0px 5px; background: $surface; }
QLabel[kind="badge"] { border-radius: 4px; padding: 1px 7px; }

QPushButton, QToolButton[kind="button"] {
  background: $surface; color: $ink; border: 1px solid $line_strong; border-radius: 6px; padding: 6px 12px;
}
QPushButton:hover, QToolButton[kind="button"]:hover { background: $hover; border-color: $accent; }
QPushButton:pressed, QToolButton[kind="button"]:pressed { background: $selection; }
QPushButton:focus, QToolButton[kind="button"]:focus { border: 2px solid $accent; padding: 5px 11px; }
QPushButton:disabled, QToolButton[kind="button"]:disabled { color: $ink3; background: $sunken; border: 1px dashed $line; }
QPushButton[kind="primary"] { background: $accent; color: $accent_ink; border: 1px solid $accent; }
QPushButton[kind="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[kind="primary"]:focus { border: 2px solid $ink; padding: 5px 11px; }
QPushButton[kind="primary"]:disabled { color: $ink3; background: $sunken; border: 1px dashed $line_strong; }
QPushButton[kind="danger"] { color: $danger; border-color: $danger; }
QPushButton[kind="quiet"] { background: transparent; border: 1px solid transparent; color: $accent; }
QPushButton[kind="quiet"]:hover { background: $hover; border-color: $line; }
QPushButton[kind="quiet"]:focus { border: 2px solid $accent; }
QPushButton[kind="quiet"]:disabled { color: $ink3; background: transparent; }
QPushButton[kind="flat"] { background: transparent; border: 2px solid transparent; padding: 4px 8px; color: $ink2; }
QPushButton[kind="flat"]:hover { background: $hover; color: $ink; }
QPushButton[kind="flat"]:focus { border-color: $accent; }
QPushButton[kind="entry"] { background: transparent; border: 2px solid transparent; padding: 0px; }
QPushButton[kind="entry"]:hover { background: $hover; }
QPushButton[kind="entry"]:pressed { background: $selection; }
QPushButton[kind="entry"]:focus { border: 2px solid $accent; padding: 0px; }
QToolButton { background: transparent; border: 2px solid transparent; border-radius: 6px; padding: 4px; color: $ink2; }
QToolButton:hover { background: $hover; color: $ink; }
QToolButton:pressed, QToolButton:checked { background: $selection; color: $ink; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $ink3; }
QToolButton::menu-indicator, QPushButton::menu-indicator { image: none; width: 0px; }
QToolButton[kind="chip"], QPushButton[kind="chip"] {
  background: $surface; color: $ink2; border: 1px solid $line_strong; border-radius: 13px; padding: 3px 11px;
}
QToolButton[kind="chip"]:hover, QPushButton[kind="chip"]:hover { background: $hover; color: $ink; border-color: $accent; }
QToolButton[kind="chip"]:focus, QPushButton[kind="chip"]:focus { border: 2px solid $accent; padding: 2px 10px; }
QPushButton[kind="chip"]:checked { background: $selection; color: $ink; border-color: $accent; }
QToolButton[kind="avatar"] {
  background: $accent_soft; color: $accent; border: 1px solid $avatar_line; border-radius: 15px; padding: 0px;
}
QToolButton[kind="avatar"]:hover { background: $selection; }
QToolButton[kind="avatar"]:focus { border: 2px solid $accent; }

QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QDateEdit, QSpinBox {
  background: $surface; color: $ink; border: 1px solid $line_strong; border-radius: 6px; padding: 6px 9px;
  selection-background-color: $accent; selection-color: $accent_ink; placeholder-text-color: $ink3;
}
QPlainTextEdit, QTextEdit { padding: 4px 5px; }
QLineEdit:focus, QComboBox:focus, QDateEdit:focus, QSpinBox:focus { border: 2px solid $accent; padding: 5px 8px; }
QPlainTextEdit:focus, QTextEdit:focus { border: 2px solid $accent; padding: 3px 4px; }
QLineEdit:disabled, QComboBox:disabled, QPlainTextEdit:disabled, QTextEdit:disabled { background: $sunken; color: $ink3; }
QLineEdit[wrong="true"], QPlainTextEdit[wrong="true"], QTextEdit[wrong="true"], QComboBox[wrong="true"] {
  border: 2px solid $danger; padding: 5px 8px;
}
QPlainTextEdit[kind="bare"], QTextEdit[kind="bare"], QTextBrowser[kind="bare"], QLineEdit[kind="bare"] {
  background: transparent; border: none; padding: 0px;
}
QLineEdit[kind="search"] { background: $canvas; padding: 0px; }
QLineEdit[kind="search"]:hover { background: $surface; border-color: $accent; }
QLineEdit[kind="search"]:focus { background: $surface; border: 2px solid $accent; padding: 0px; }
QComboBox::drop-down { border: none; width: 26px; }
QComboBox::down-arrow { image: url("$controls/chevron_down.svg"); width: 16px; height: 16px; }
QComboBox QAbstractItemView {
  background: $surface; border: 1px solid $line_strong; selection-background-color: $selection; selection-color: $ink;
  outline: none; padding: 4px;
}
QDateEdit::drop-down { border: none; width: 26px; }
QDateEdit::down-arrow { image: url("$controls/chevron_down.svg"); width: 16px; height: 16px; }

QMenu { background: $surface; border: 1px solid $line_strong; padding: 6px; }
QMenu::item { padding: 7px 28px; border-radius: 5px; color: $ink; }
QMenu::item:selected { background: $selection; color: $ink; }
QMenu::item:disabled { color: $ink3; }
QMenu::separator { height: 1px; background: $line; margin: 6px 4px; }
QToolTip { background: $ink; color: $surface; border: 1px solid $ink; padding: 4px 8px; }

QListView, QTreeView, QTableView { background: $surface; border: none; outline: none; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget[kind="canvas"] { background: $canvas; }
QSplitter::handle { background: $line; }
QSplitter::handle:hover { background: $accent; }
QScrollBar:vertical { background: transparent; width: 8px; margin: 0px; }
QScrollBar:horizontal { background: transparent; height: 8px; margin: 0px; }
QScrollBar::handle { background: $scroll; border-radius: 2px; margin: 2px; }
QScrollBar::handle:hover { background: $line_strong; }
QScrollBar::handle:vertical { min-height: 36px; }
QScrollBar::handle:horizontal { min-width: 36px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0px; height: 0px; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QProgressBar { background: $sunken; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
QCheckBox, QRadioButton { background: transparent; }
QCheckBox::indicator, QRadioButton::indicator {
  width: 16px; height: 16px; border: 1px solid $line_strong; background: $surface;
}
QCheckBox::indicator { border-radius: 4px; }
QRadioButton::indicator { border-radius: 9px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $accent; background: $hover; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url("$controls/$check.svg"); }
QRadioButton::indicator:checked { width: 8px; height: 8px; border: 5px solid $accent; background: $accent_ink; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border-color: $ink; }
QCheckBox:focus, QRadioButton:focus { color: $accent; }
QTabBar::tab { background: transparent; color: $ink2; padding: 6px 12px; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $ink; border-bottom: 2px solid $accent; }
QTabBar::tab:hover { color: $ink; background: $hover; }
QTabWidget::pane { border: none; border-top: 1px solid $line; }
""")

_TONED = Template("""
QLabel[tone="$tone"] { color: $colour; }
QLabel[kind="badge"][tone="$tone"] { color: $colour; background: $soft; border: 1px solid $edge; }
QLabel[kind="bar"][tone="$tone"] { color: $colour; background: $soft; border-radius: 6px; padding: 8px 12px; border: 1px solid $edge; }
QFrame[kind="bar"][tone="$tone"] { background: $soft; border-radius: 6px; border: 1px solid $edge; }
QPushButton[kind="pill"][tone="$tone"] {
  color: $colour; background: $soft; border: 1px solid $edge; border-radius: 14px; padding: 3px 12px;
}
QPushButton[kind="pill"][tone="$tone"]:hover { border: 1px solid $colour; }
QPushButton[kind="pill"][tone="$tone"]:focus { border: 2px solid $colour; padding: 2px 11px; }
""")


def style_sheet(palette: Palette) -> str:
    """The whole style sheet for one palette."""
    colours = palette.colours()
    sheet = _SHEET.substitute(
        colours,
        controls=_CONTROLS.as_posix(),
        check="check_dark" if palette.dark else "check_light",
        scroll=palette.line if palette.tints else palette.line_strong,
        note_line=palette.warn_soft if palette.tints else palette.warn,
        avatar_line=palette.accent_soft if palette.tints else palette.accent,
    )
    return sheet + "".join(_toned(palette, tone) for tone in Tone)


def _toned(palette: Palette, tone: Tone) -> str:
    colour, soft = palette.tone(tone), palette.soft(tone)
    return _TONED.substitute(tone=tone, colour=colour, soft=soft, edge=soft if palette.tints else colour)
