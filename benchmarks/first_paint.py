"""The measured child of `startup`: the desk's own start, from imports to what a person first sees.

`queue FOLDER`: the main window of a profile whose key is given, its network refused, until its queue is
painted. `sign_in FOLDER`: the program as it begins, until the sign-in window is painted.
"""

import gc
import json
import os
import sys
import time
from pathlib import Path


def main() -> None:
    """Start as desktop/__main__.py does; print the moments and the megabytes."""
    gc.disable()
    what, folder = sys.argv[1], Path(sys.argv[2])
    moments = queue(folder) if what == "queue" else sign_in(folder)
    print(json.dumps({**moments, "painted": time.time(), "cpu": time.process_time(), "rss": _megabytes()}))
    sys.stdout.flush()
    os._exit(0)


def queue(folder: Path) -> dict[str, float]:
    """The main window with the lines of the unit's queue."""
    import desktop.ui  # noqa: F401, I001 (first: it keeps None alive, see desktop/ui/immortals.py)
    from PySide6.QtWidgets import QApplication

    application = QApplication([])
    from benchmarks.opened import desk_of
    from benchmarks.window import raised, until
    from desktop.app import SWITCH_S, Bridge
    from desktop.core.background import Background
    from desktop.core.settings import Settings
    from desktop.core.translation import Translation
    from desktop.ui.main_window import MainWindow

    sys.setswitchinterval(SWITCH_S)
    imported = time.time()
    settings = Settings(folder)
    settings.change(queue="unit")
    desk = desk_of(folder)
    opened = time.time()
    bridge = Bridge()
    window = MainWindow(desk, Background(bridge.deliver, raised), settings, Translation("fr"))
    window.show()
    model = window.list.model
    until(application, lambda: model.line(0) is not None)
    window.list.view.viewport().repaint()
    return {"imported": imported, "opened": opened}


def sign_in(folder: Path) -> dict[str, float]:
    """The sign-in window; nothing is imported beside it meanwhile."""
    import desktop.ui  # noqa: F401, I001 (as above)
    from PySide6.QtWidgets import QApplication

    application = QApplication([])
    from desktop.app import Shell

    shell = Shell(server="https://chekaya.invalid", profile=folder, language="fr")
    shell.background.close()
    shell.show_sign_in()
    application.processEvents()
    shell.view.repaint()
    return {}


def _megabytes() -> float:
    """Resident memory now, in MB (Linux; elsewhere the peak)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


if __name__ == "__main__":
    main()
