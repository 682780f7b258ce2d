"""What happens between "give these to others" and the desk: who may, the preview, the recording, one undo."""

from array import array
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.core.background import Background
from desktop.core.errors import PersonError
from desktop.core.translation import Translation
from desktop.core.workload_records import Handover, Undone
from desktop.models.records import Listing
from desktop.ui.board_presenter import NamedMark
from desktop.ui.handover_dialog import HandoverDialog
from desktop.ui.handover_presenter import Staffing
from desktop.ui.palette import Tone
from desktop.ui.undo_bar import UndoBar

_ROWS_READ = 2_000
"""Rows whose units and holders are looked at to know who may receive."""


class HandoverConductor(QObject):
    """One dialog at a time; `bar` gives the undo bar of the page on show, `done()` follows a recording."""

    done = Signal()

    def __init__(
        self,
        desk,
        background: Background,
        words: Translation,
        owner: QWidget,
        *,
        bar: Callable[[], UndoBar],
    ) -> None:
        super().__init__(owner)
        self._desk, self._background, self._words = desk, background, words
        self._owner, self._bar = owner, bar
        self.current: HandoverDialog | None = None

    def begin(self, numbers: tuple[int, ...]) -> None:
        """Give away the rows with these numbers."""
        if numbers:
            self._begin(lambda: Listing("", "", array("q", numbers)))

    def begin_with_list(self, figure: NamedMark) -> None:
        """Give away the whole list behind a figure."""
        self._begin(lambda: self._desk.workload.listing(figure.mark, "due"))

    # --- inside

    def _begin(self, listing: Callable[[], Listing]) -> None:
        if self.current is not None:
            self.current.reject()
        dialog = HandoverDialog(self._words, self._owner)
        self.current = dialog
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.plan_wanted.connect(lambda people, balanced: self._plan(dialog, people, balanced))
        dialog.asked.connect(lambda plan, note: self._hand_over(dialog, plan, note))
        dialog.finished.connect(lambda _: self._on_finished(dialog))
        dialog.open()
        failed = self._alive(dialog, dialog.refuse)
        self._staffing: Staffing | None = None
        self._background.read(
            lambda: staffing_of(self._desk, listing()), self._alive(dialog, self._on_staffing), failed
        )

    def _on_staffing(self, staffing: Staffing) -> None:
        assert self.current is not None
        self._staffing = staffing
        self.current.show_staffing(staffing)

    def _plan(self, dialog: HandoverDialog, people: tuple[str, ...], balanced: bool) -> None:
        staffing, workload = self._staffing, self._desk.workload
        if staffing is None:
            return
        self._background.read(
            lambda: workload.plan(staffing.complaints, people, balance=balanced),
            self._alive(dialog, dialog.show_plan),
            self._alive(dialog, dialog.tell_failed),
            key=f"handover{id(self)}",
        )

    def _hand_over(self, dialog: HandoverDialog, plan: Handover, note: str) -> None:
        workload = self._desk.workload

        def then(batch: str) -> None:
            if self.current is dialog:
                dialog.done_waiting()
            count = len(plan.moving)
            words = self._words

            def said() -> str:
                return words.count("handover.done", count, figure=words.number(count))

            self._bar().notice(said, lambda: self._undo(batch))
            self.done.emit()

        def failed(error: PersonError) -> None:
            (dialog.refuse if self.current is dialog else self._say_failed)(error)

        self._background.change(lambda: workload.hand_over(plan, note), then, failed)

    def _undo(self, batch: str) -> None:
        def then(undone: Undone) -> None:
            words = self._words
            recalled = words.number(undone.recalled)
            if not undone.left:
                self._bar().notice(lambda: words.count("handover.undone", undone.recalled, figure=recalled))
                return
            left = words.number(undone.left)
            self._bar().notice(
                lambda: words.count("handover.undone_partly", undone.left, figure=left, recalled=recalled),
                tone=Tone.WARN,
            )

        def failed(error: PersonError) -> None:
            def text() -> str:
                return self._words.error(error).summary

            self._bar().notice(text, lambda: self._undo(batch), tone=Tone.DANGER)

        self._background.change(lambda: self._desk.workload.undo(batch), then, failed)

    def _say_failed(self, error: PersonError) -> None:
        self._bar().notice(lambda: self._words.error(error).summary, tone=Tone.DANGER)

    def _on_finished(self, dialog: HandoverDialog) -> None:
        if self.current is dialog:
            self.current = None

    def _alive(self, dialog: HandoverDialog, receive: Callable[..., None]) -> Callable[..., None]:
        """`receive`, unless the dialog was closed while the desk was reading."""

        def then(value: object) -> None:
            if self.current is dialog:
                receive(value)

        return then


def staffing_of(desk, listing: Listing) -> Staffing:
    """Who may receive these complaints. Blocking: for the background."""
    rows = desk.rows(listing.order[:_ROWS_READ])
    units = sorted({line.row.unit for line in rows})
    people = {person.id: person for unit in units for person in desk.colleagues(unit)}
    holders = frozenset(line.row.assignee for line in rows)
    users = {*people, *holders, *(person.deputy for person in people.values())}
    return Staffing(
        complaints=desk.workload.complaints(listing),
        people=tuple(people.values()),
        loads=desk.workload.loads(),
        names={user: (desk.name_of(user, "fr"), desk.name_of(user, "ar")) for user in users if user},
        holders=holders,
        today=desk.today,
        me=desk.profile.id,
    )
