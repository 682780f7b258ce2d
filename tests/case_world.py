"""What tests of the complaint pane share: the desk's twin, work done at once, and ways to find things."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop.core.errors import person_facing
from desktop.core.translation import Translation
from desktop.ui.case_view import CaseView
from desktop.ui.theme import theme
from protocol.refusals import Refused
from tests.fake_desk import NOW, FakeDesk


class AtOnce:
    """Twin of `Background` that works in the caller's thread; refusals go to `failed`, bugs are raised."""

    def read(self, work: Callable[[], Any], then: Any = None, failed: Any = None, *, key: str = "") -> None:
        del key
        self.change(work, then, failed)

    def fetch(self, work: Callable[[], Any], then: Any = None, failed: Any = None, *, key: str = "") -> None:
        self.read(work, then, failed, key=key)

    def change(self, work: Callable[[], Any], then: Any = None, failed: Any = None) -> None:
        try:
            result = work()
        except (Refused, KeyError, OSError, RuntimeError) as error:
            self._fail(error, failed)
        except Exception as error:
            if not hasattr(error, "code"):
                raise
            self._fail(error, failed)
        else:
            if then is not None:
                then(result)

    def _fail(self, error: BaseException, failed: Any) -> None:
        if failed is None:
            raise error
        failed(person_facing(error))


WATER = "انقطاعات متكررة"
BILL = "Facture estimée"
UNASSIGNED = "Double prélèvement"
METER = "Compteur en panne"


def complaint(desk: FakeDesk, words: str) -> str:
    """Id of the complaint whose object holds `words`."""
    return next(base.id for base in desk._bases.values() if words in base.object)


def pane(
    qtbot: Any, desk: FakeDesk | None = None, language: str = "fr", *, width: int = 1300, settings: Any = None
) -> tuple[FakeDesk, CaseView]:
    """A pane shown in a window of `width`."""
    theme()
    desk = desk or FakeDesk()
    view = CaseView(desk, AtOnce(), Translation(language), settings, clock=lambda: NOW)
    qtbot.addWidget(view)
    view.resize(width, 900)
    view.show()
    return desk, view


def focusable(widget: QWidget) -> list[QWidget]:
    """Visible descendants that the keyboard can reach."""
    return [
        child
        for child in widget.findChildren(QWidget)
        if child.isVisible() and child.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
