"""Keys of actions: single letters also under their place on the Arabic keyboard; no layout is shut out.

A text field takes letters before any shortcut does, so that one-letter shortcuts never eat what is typed.
"""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

_ARABIC = dict(zip("QWERTYUIOPASDFGHJKLZXCVNM/?", "ضصثقفغعهخحشسيبلاتنمئءؤرىةظ؟", strict=True))
"""Letters that stand on the same key of the Arabic (101) layout used in Morocco; B is a ligature there."""


def keys(*latin: str) -> list[QKeySequence]:
    """The sequences of some keys ("J", "Ctrl+K", "G, M"), one-letter ones with their Arabic twin."""
    made = [QKeySequence(key) for key in latin]
    made += [QKeySequence(_ARABIC[key]) for key in latin if key in _ARABIC]
    return made


def action(owner: QWidget, text_key: str, *latin: str) -> QAction:
    """An action of `owner` and its children, named in the catalogue by `text_key`, with its keys.

    `retranslate` gives it its text; the shortcut sheet and the palette find it by that key.
    """
    made = QAction(owner)
    made.setProperty("text_key", text_key)
    made.setShortcuts(keys(*latin))
    made.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
    owner.addAction(made)
    return made


def shown(made: QAction) -> str:
    """The first shortcut as people read it ("Ctrl+K"), "" without one."""
    return made.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
