"""All that can be done in the window, from its QActions: what the palette searches and the sheet lists.

An action is known in both languages by its `text_key`; one without a key (an act of the open complaint, a
menu entry) is known by its text.
"""

from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from protocol.text import fold
from resources.catalogue import LANGUAGES, Catalogue


@dataclass(frozen=True, slots=True)
class Command:
    """An action with its words: in the interface's language, in the other one, and its keys."""

    action: QAction
    text: str
    twin: str
    key: str

    def matches(self, words: list[str]) -> bool:
        """Whether every folded word is found in one of its texts."""
        known = fold(f"{self.text} {self.twin}")
        return all(word in known for word in words)


def commands(window: QWidget, language: str, *, enabled: bool = True) -> tuple[Command, ...]:
    """The commands of a window, without doubles; only those possible now when `enabled`."""
    found: dict[str, Command] = {}
    for action in window.findChildren(QAction):
        text = _plain(action.text())
        if not text or action.isSeparator() or action.menu() is not None:
            continue
        if enabled and not action.isEnabled():
            continue
        full = _under_menu(action, text)
        command = Command(action, full, _twin(action, language), _keys(action))
        if full not in found or (command.key and not found[full].key):
            found[full] = command
    return tuple(found.values())


def _under_menu(action: QAction, text: str) -> str:
    for owner in action.associatedObjects():
        if isinstance(owner, QMenu) and owner.title() and action.isCheckable():
            return f"{_plain(owner.title())} : {text}"
    return text


def _twin(action: QAction, language: str) -> str:
    key = action.property("text_key")
    if not key:
        return ""
    other = next(known for known in LANGUAGES if known != language)
    texts = Catalogue(other)
    return texts(key) if texts.has(key) else ""


def _keys(action: QAction) -> str:
    native = QKeySequence.SequenceFormat.NativeText
    shown = [keys.toString(native) for keys in action.shortcuts()]
    return " · ".join(text for text in shown if text.isascii())


def _plain(text: str) -> str:
    return text.replace("&", "")
