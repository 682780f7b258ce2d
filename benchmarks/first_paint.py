"""The measured child of `startup`: the desk's own start, from imports to the painted queue, then it ends.

The composition is that of desktop.app without its sign-in window: the key is given, the network is refused.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path


def main() -> None:
    """Open the profile, show the window, say when its queue was painted."""
    from PySide6.QtWidgets import QApplication

    application = QApplication([])
    from benchmarks.opened import desk_of
    from desktop.app import Bridge
    from desktop.core.background import Background
    from desktop.core.settings import Settings
    from desktop.core.translation import Translation
    from desktop.ui.main_window import MainWindow

    folder = Path(sys.argv[1])
    desk = desk_of(folder)
    bridge = Bridge()
    window = MainWindow(desk, Background(bridge.deliver, _unexpected), Settings(folder), Translation("fr"))
    window.resize(1440, 900)
    window.show()
    window.open_queue("unit")
    model = window.list.model
    while model.rowCount() == 0 or model.line(0) is None:
        application.processEvents()
    window.list.view.viewport().repaint()
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([time.time(), megabytes]), flush=True)
    os._exit(0)


def _unexpected(error: BaseException) -> None:
    raise error


if __name__ == "__main__":
    main()
