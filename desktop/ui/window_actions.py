"""The window's own actions and their keys, in the order in which the shortcut sheet lists them."""

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction

from desktop.ui.shortcuts import action

if TYPE_CHECKING:
    from desktop.ui.main_window import MainWindow

QUEUES = ("mine", "today", "due_soon", "overdue", "waiting", "returned", "unassigned", "unit", "triage")


def build(window: "MainWindow") -> dict[str, QAction]:
    """Make them; the window's `retranslate` gives them their words."""
    table = (
        ("search", window.focus_search, ("Ctrl+K", "/")),
        ("palette", window.show_palette, ("Ctrl+Shift+P",)),
        ("next", lambda: window.list.step(1), ("J",)),
        ("previous", lambda: window.list.step(-1), ("K",)),
        ("list", window.list.focus_list, ("L",)),
        ("pane", window.next_pane, ("F6",)),
        ("sort", window.list.show_sorts, ("S",)),
        ("board", window.open_board, ("Ctrl+0", "Ctrl+D")),
        ("hand_over", window.list.hand_over, ("Ctrl+Shift+A",)),
        ("sync", window.sync_now, ("F5",)),
        ("sync_panel", window.sync_panel.toggle, ("F8",)),
        ("language", window.turn_language, ("Ctrl+Shift+L",)),
        ("larger", lambda: window.scale_text(1), ("Ctrl++", "Ctrl+=")),
        ("smaller", lambda: window.scale_text(-1), ("Ctrl+-",)),
        ("rail", window.fold_rail, ("Ctrl+B",)),
        ("shortcuts", window.show_shortcuts, ("F1", "?")),
        ("lock", window.lock_wanted.emit, ("Ctrl+Shift+X",)),
    )
    made: dict[str, QAction] = {}
    for code, run, keys in table:
        made[code] = action(window, f"frame.action.{code}", *keys)
        made[code].triggered.connect(lambda _=False, run=run: run())
    for place, code in enumerate(QUEUES, start=1):
        made[f"queue.{code}"] = action(window, f"frame.action.queue.{code}", f"Ctrl+{place}")
        made[f"queue.{code}"].triggered.connect(lambda _=False, code=code: _open(window, code))
    return made


def _open(window: "MainWindow", queue: str) -> None:
    if queue in window.rail.codes:
        window.open_queue(queue)
