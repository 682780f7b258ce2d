"""Give several complaints to others at once: who receives, the preview of every line, a note, one button.

It stays open until everything is recorded, so that a refusal finds what was chosen still there.
"""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.core.errors import PersonError
from desktop.core.translation import Translation
from desktop.core.workload_records import Handover
from desktop.ui import handover_presenter as presenter
from desktop.ui.board_table import BoardTable
from desktop.ui.case_dialog import CaseDialog
from desktop.ui.field import Field
from desktop.ui.fonts import Role
from desktop.ui.handover_people import HandoverPeople
from desktop.ui.handover_presenter import Staffing
from desktop.ui.labels import NearLabel
from desktop.ui.prose import Composer
from desktop.ui.theme import dress, theme

_SETTLE_MS = 60


class HandoverDialog(CaseDialog):
    """`plan_wanted(people, balanced)` when a preview is due, `asked(Handover, note)` when it is confirmed."""

    WIDE, HIGH = 1000, 680

    plan_wanted = Signal(object, bool)
    asked = Signal(object, str)

    def __init__(self, words: Translation, parent: QWidget | None = None) -> None:
        super().__init__(words, words("handover.title"), words("handover.confirm"), parent)
        self._staffing: Staffing | None = None
        self.plan: Handover | None = None
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self._want_plan)
        self.share, self.single = (
            QRadioButton(words("handover.share")),
            QRadioButton(words("handover.single")),
        )
        self.people = HandoverPeople()
        self.people.setAccessibleName(words("handover.people"))
        self.sum = NearLabel("", Role.STRONG)
        self.lines = BoardTable(sorts=False)
        self.lines.setAccessibleName(words("handover.preview"))
        self.note = Field(Composer(least=1, most=3))
        self.note.say(words("handover.note"))
        self.note.control.set_language(words.language)
        self.progress = QProgressBar(textVisible=False, minimum=0, maximum=0)
        self.progress.hide()
        self._arrange()
        self.confirm_button.setEnabled(False)
        self.share.setChecked(True)
        modes = QButtonGroup(self)
        modes.addButton(self.share)
        modes.addButton(self.single)
        self.single.toggled.connect(self._on_mode)
        self.people.changed.connect(self._on_people)
        self.tell(words("handover.loading"))
        self.resize(self.sizeHint())  # left alone, a dialog takes two thirds of a small screen at most

    # --- what the conductor calls

    def show_staffing(self, staffing: Staffing) -> None:
        """The people; a balanced proposal among those who are there is asked for at once."""
        self._staffing = staffing
        count = len(staffing.complaints)
        self.tell(self.words.count("frame.list.count", count, figure=self.words.number(count)))
        self._show_people(staffing.proposed())
        if not staffing.able():
            self.sum.setText(self.words("handover.nobody"))
        self.people.setFocus(Qt.FocusReason.OtherFocusReason)
        self._want_plan()

    def show_plan(self, plan: Handover) -> None:
        """Loads after it, and every line."""
        assert self._staffing is not None
        self.plan = plan
        self._show_people(frozenset(self.people.ticked))
        self.lines.show_grid(presenter.preview(plan, self._staffing, self.words))
        self.sum.setText(presenter.total(plan, self.words))
        count, words = len(plan.moving), self.words
        self.confirm_button.say(
            words.count("handover.confirm_many", count, figure=words.number(count)), "Ctrl+↵"
        )
        self.confirm_button.setAccessibleName(self.confirm_button.text())
        self.confirm_button.setEnabled(bool(count) and not self.progress.isVisible())

    def confirm(self) -> None:
        """Do it, once."""
        if self.confirm_button.isEnabled() and self.plan is not None and not self._settle.isActive():
            self.problem.hide()
            self._wait(True)
            self.asked.emit(self.plan, self.note.control.text().strip())

    def refuse(self, error: PersonError) -> None:
        """Nothing was recorded: why, and a fresh preview."""
        super().refuse(error)
        self._wait(False)
        self._want_plan()

    def tell_failed(self, error: PersonError) -> None:
        """No preview could be made."""
        super().refuse(error)
        self.confirm_button.setEnabled(False)

    def done_waiting(self) -> None:
        """Recorded."""
        self._wait(False)
        self.accept()

    # --- inside

    def _arrange(self) -> None:
        modes = QHBoxLayout()
        modes.setSpacing(20)
        modes.addWidget(self.share)
        modes.addWidget(self.single)
        modes.addStretch(1)
        people = _card(self.people)
        people.setMinimumWidth(theme().px(240))
        scroll = QScrollArea(widgetResizable=True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        holder = QWidget()
        dress(holder, kind="surface")
        inside = QVBoxLayout(holder)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.lines)
        inside.addStretch(1)
        scroll.setWidget(holder)
        preview = QVBoxLayout()
        preview.setSpacing(6)
        preview.addWidget(self.sum)
        preview.addWidget(_card(scroll), 1)
        beside = QHBoxLayout()
        beside.setSpacing(16)
        beside.addWidget(people, 2)
        beside.addLayout(preview, 5)
        self.body.addLayout(modes)
        self.body.addLayout(beside, 1)
        self.body.addWidget(self.note)
        self.body.addWidget(self.progress)

    def _show_people(self, ticked: frozenset[str]) -> None:
        staffing = self._staffing
        assert staffing is not None
        choices = [presenter.choice(one, staffing, self.plan, self.words) for one in staffing.able()]
        self.people.show_people(choices, ticked)

    def _on_mode(self, one: bool) -> None:
        self.people.choose_one(one)
        if not one and self._staffing is not None:
            self.people.tick(self._staffing.proposed())
        self._on_people()

    def _on_people(self) -> None:
        self.confirm_button.setEnabled(False)
        self._settle.start()

    def _want_plan(self) -> None:
        if self._staffing is None:
            return
        people = self.people.ticked
        if people:
            self.plan_wanted.emit(people, not self.single.isChecked())
        else:
            self.show_plan(Handover(()))
            if self._staffing.able():
                self.sum.setText(self.words("handover.tick"))

    def _wait(self, waiting: bool) -> None:
        self.progress.setVisible(waiting)
        for part in (self.people, self.share, self.single, self.note, self.confirm_button):
            part.setEnabled(not waiting)


def _card(content: QWidget) -> QFrame:
    frame = QFrame()
    dress(frame, kind="card")
    inside = QVBoxLayout(frame)
    inside.setContentsMargins(3, 3, 3, 3)
    inside.addWidget(content)
    return frame
