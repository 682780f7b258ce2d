"""The tray of acts that came back: nothing in it is lost, each leaves it only by a person's decision.

A discarded act waits in the undo bar before it is really taken out.
"""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from desktop.core.background import Background
from desktop.core.errors import PersonError
from desktop.core.printing import Access
from desktop.core.records import Change
from desktop.core.translation import Translation
from desktop.models.records import ReturnedAct
from desktop.ui import direction
from desktop.ui.attachments_opener import AttachmentsOpener
from desktop.ui.draft_keeper import Clock, DraftKeeper, UnsavedDrafts, utc_now
from desktop.ui.empty_state import EmptyState
from desktop.ui.fonts import Role
from desktop.ui.labels import NearLabel
from desktop.ui.letter_opener import LetterOpener
from desktop.ui.returned_card import ReturnedCard
from desktop.ui.returned_presenter import Returned, put_in_words
from desktop.ui.theme import dress, theme
from desktop.ui.undo_bar import Hold, UndoBar
from protocol.acts import Act

HOLD_SECONDS = 8
COLUMN = 920


class ReturnedView(QWidget):
    """Cards, newest first. `acted(complaint)` after a resend, `navigate(complaint)` to open one."""

    acted = Signal(str)
    navigate = Signal(str)
    _told = Signal(object)

    def __init__(
        self, desk: object, background: Background, translation: Translation, *, clock: Clock = utc_now
    ) -> None:
        super().__init__()
        self._desk, self._background, self._words, self._clock = desk, background, translation, clock
        self._leaving = ""
        self.drafts = UnsavedDrafts(desk, background)
        self.cards: dict[str, ReturnedCard] = {}
        self.files = AttachmentsOpener(desk, background, translation, self)
        self.papers = LetterOpener(desk, background, translation, self)
        self.empty = EmptyState()
        self.undo_bar = UndoBar(translation)
        self.title = NearLabel(role=Role.HEADING)
        self.lead = NearLabel(role=Role.QUIET, ink="ink3")
        self._lay_out()
        self.files.opened.connect(lambda viewer, file, id_: self.papers.watch(viewer, id_, file))
        self.files.saved.connect(lambda file, id_: self.papers.note(id_, Access.EXPORTED, file))
        self.files.told.connect(lambda text, tone: self.undo_bar.notice(text, tone=tone))
        self._told.connect(self._on_told, Qt.ConnectionType.QueuedConnection)
        stop = desk.listen(self._told.emit)
        self.destroyed.connect(lambda: stop())
        self.retranslate()

    def reload(self) -> None:
        """Read the tray again; cards being edited stay as they are."""
        language = self._words.language

        def work() -> tuple[tuple[ReturnedAct, ...], dict[str, str]]:
            found = self._desk.returned()
            users = {act.theirs.assignee for act in found if act.theirs is not None}
            return found, {user: self._desk.name_of(user, language) for user in users if user}

        self._background.read(work, self._on_read, key=f"returned{id(self)}")

    def retranslate(self) -> None:
        """Every word in the language now; edits begun come back from the store."""
        words = self._words
        self.flush_drafts()
        self.setLayoutDirection(direction.layout_direction(words.language))
        self.setAccessibleName(words("case.returned.title"))
        self.title.setText(words("case.returned.title"))
        self.lead.setText(words("case.returned.lead"))
        self.empty.say("returned", words("case.returned.empty_title"), words("case.returned.empty"))
        self.undo_bar.retranslate()
        for card in list(self.cards.values()):
            self._remove(card)
        self.reload()

    def flush(self) -> None:
        """Before closing: edits into the store, a held discard done, no file left on the screen."""
        self.flush_drafts()
        self.undo_bar.flush()
        self.papers.close_windows()

    def flush_drafts(self) -> None:
        """Put what is being edited into the store now."""
        for card in self.cards.values():
            card.keeper.flush()

    def _lay_out(self) -> None:
        column = QWidget()
        column.setMaximumWidth(theme().px(COLUMN))
        self._column = QVBoxLayout(column)
        self._column.setContentsMargins(24, 20, 24, 32)
        self._column.setSpacing(14)
        self._column.addWidget(self.title)
        self._column.addWidget(self.lead)
        self._column.addStretch(1)
        page = QWidget()
        dress(page, kind="canvas")
        # Across: a column's height for its width counts its greatest width only in a row.
        across = QHBoxLayout(page)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(column, 100)
        across.addStretch(1)
        self.scroll = QScrollArea()
        self.scroll.setWidgetResizable(True)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.scroll)
        outer.addLayout(self._stack, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(24, 0, 24, 0)
        foot.addWidget(self.undo_bar)
        outer.addLayout(foot)

    def _on_told(self, change: Change) -> None:
        if change.returned:
            self.reload()

    def _on_read(self, read: tuple[tuple[ReturnedAct, ...], dict[str, str]]) -> None:
        found, names = read
        shown = [act for act in found if act.id != self._leaving]
        wanted = {act.id for act in shown}
        for known in list(self.cards):
            if known not in wanted:
                self._remove(self.cards[known])
        for place, act in enumerate(shown):
            if act.id not in self.cards:
                self._add(put_in_words(act, names, self._words), place)
        self._stack.setCurrentWidget(self.scroll if shown else self.empty)

    def _add(self, returned: Returned, place: int) -> None:
        act = returned.act
        keeper = DraftKeeper(self.drafts, act.complaint, f"returned-{act.id}", self._clock)
        card = ReturnedCard(returned, self._words, keeper)
        keeper.setParent(card)
        card.resend_asked.connect(lambda again: self._resend(card, again))
        card.copy_asked.connect(self._copy)
        card.discard_asked.connect(lambda: self._discard(card))
        card.open_asked.connect(lambda: self.navigate.emit(act.complaint))
        card.file_asked.connect(lambda file, how: self.files.open_file(file, how, act.complaint))
        self.cards[act.id] = card
        self._column.insertWidget(2 + place, card)
        self._restore(card)

    def _restore(self, card: ReturnedCard) -> None:
        act = card.returned.act
        if act.theirs is None:
            return

        def then(case: object) -> None:
            kept = {**case.drafts, **self.drafts.of(act.complaint)}
            draft = kept.get(f"returned-{act.id}")
            if draft is not None and self.cards.get(act.id) is card:
                card.edit(draft)

        self._background.read(lambda: self._desk.case(act.complaint), then, lambda _: None)

    def _remove(self, card: ReturnedCard) -> None:
        self.cards.pop(card.returned.act.id, None)
        card.keeper.stop()
        self._column.removeWidget(card)
        card.hide()
        card.deleteLater()

    def _resend(self, card: ReturnedCard, act: Act) -> None:
        returned = card.returned.act

        def then(_: str) -> None:
            card.keeper.drop()
            self.undo_bar.notice(lambda: self._words("case.undo.resent"))
            self.acted.emit(returned.complaint)
            self.reload()

        def failed(error: PersonError) -> None:
            if self.cards.get(returned.id) is card:
                card.wait(False)
                card.refuse(error)

        card.keeper.flush()
        card.wait(True)
        self._background.change(lambda: self._desk.resend(returned.id, act), then, failed)

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.undo_bar.notice(lambda: self._words("case.returned.copied"))

    def _discard(self, card: ReturnedCard) -> None:
        returned = card.returned.act
        self.undo_bar.flush()
        self._leaving = returned.id
        card.keeper.flush()
        self._remove(card)

        def back() -> None:
            self._leaving = ""
            self.reload()

        def commit() -> None:
            self._leaving = ""
            self._background.change(
                lambda: self._desk.discard(returned.id), lambda _: self.reload(), lambda _: self.reload()
            )

        self._stack.setCurrentWidget(self.scroll if self.cards else self.empty)
        self.undo_bar.hold(Hold(lambda: self._words("case.undo.discarded"), commit, back), HOLD_SECONDS)
        self.undo_bar.now_button.hide()
