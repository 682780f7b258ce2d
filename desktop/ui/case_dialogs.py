"""Opens the dialogs of the complaint pane, feeds them in the background, keeps what is typed in them."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.core.background import Background
from desktop.core.translation import Translation
from desktop.ui.assign_dialog import AssignDialog, gather_team
from desktop.ui.case_dialog import CaseDialog
from desktop.ui.case_presenter import OpenedCase
from desktop.ui.draft_keeper import DraftKeeper, UnsavedDrafts
from desktop.ui.plain_act_dialog import PlainActDialog
from desktop.ui.plain_acts import RECIPES
from desktop.ui.template_dialog import TemplateDialog
from desktop.ui.transfer_dialog import TransferDialog, gather_targets

TRANSFER = "transfer"


class CaseDialogs(QObject):
    """One dialog at a time; `asked(act)` when it is complete, `settle()` once the act is recorded."""

    asked = Signal(object)

    def __init__(
        self,
        desk: object,
        background: Background,
        words: Translation,
        drafts: UnsavedDrafts,
        owner: QWidget,
    ) -> None:
        super().__init__(owner)
        self._drafts = drafts
        self._desk, self._background, self._words, self._owner = desk, background, words, owner
        self._keeper: DraftKeeper | None = None
        self.current: CaseDialog | None = None

    def show_dialog(self, code: str, opened: OpenedCase) -> None:
        """The dialog of an act: assign, transfer, or one of the plain acts."""
        if code in ("assign", "assign_other"):
            self._assign(opened)
        elif code == TRANSFER:
            self._transfer(opened)
        elif code in RECIPES:
            self._present(PlainActDialog(code, self._words, opened.case.today, self._owner))

    def show_templates(
        self, theme: str, language: str, values: Mapping[str, str], insert: Callable[[str], None]
    ) -> None:
        """The canned answers of a theme, in the language of the answer."""

        def then(templates: tuple[object, ...]) -> None:
            dialog = TemplateDialog(templates, values, self._words, self._owner)
            dialog.picked.connect(insert)
            self._present(dialog)

        self._background.read(lambda: self._desk.templates(theme, language), then)

    def flush(self) -> None:
        """Put what is typed in a dialog into the store."""
        if self._keeper is not None:
            self._keeper.flush()

    def settle(self, dialog: CaseDialog) -> None:
        """The act of this dialog is recorded: forget the draft and close, unless it is closed by now."""
        if self.current is not dialog:
            return
        if self._keeper is not None:
            self._keeper.drop()
            self._keeper = None
        dialog.done_waiting()

    def _assign(self, opened: OpenedCase) -> None:
        dialog = AssignDialog(opened, self._words, self._owner)
        self._present(dialog)
        document = opened.document
        self._background.read(
            lambda: gather_team(self._desk, document), self._alive(dialog, dialog.show_team)
        )

    def _transfer(self, opened: OpenedCase) -> None:
        dialog = TransferDialog(opened, self._words, self._owner)
        complaint = opened.document.id
        draft = opened.case.drafts.get(TRANSFER)
        if draft is not None:
            dialog.show_reason(draft.body, draft.cursor)
        keeper = DraftKeeper(self._drafts, complaint, TRANSFER)
        keeper.setParent(dialog)
        self._keeper = keeper
        reason = dialog.reason.control
        dialog.edited.connect(
            lambda: keeper.touch(lambda: (reason.text(), reason.caret(), opened.case.confirmed_ver))
        )
        dialog.units_asked.connect(
            lambda code: self._background.read(
                lambda: self._desk.units(code),
                self._alive(dialog, lambda units: dialog.show_units(code, units)),
                key=f"units{id(dialog)}",
            )
        )
        self._present(dialog)
        self._background.read(
            lambda: gather_targets(self._desk, complaint), self._alive(dialog, dialog.show_targets)
        )

    def _present(self, dialog: CaseDialog) -> None:
        if self.current is not None:
            self.current.reject()
        self.current = dialog
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if hasattr(dialog, "asked"):
            dialog.asked.connect(self.asked)
        dialog.finished.connect(lambda _: self._on_finished(dialog))
        dialog.open()

    def _on_finished(self, dialog: CaseDialog) -> None:
        if self.current is dialog:
            self.flush()
            self.current, self._keeper = None, None

    def _alive(self, dialog: CaseDialog, receive: Callable[..., None]) -> Callable[..., None]:
        """`receive`, unless the dialog was closed while the desk was reading."""

        def then(value: object) -> None:
            if self.current is dialog:
                receive(value)

        return then
