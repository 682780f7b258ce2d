"""The answer being written, in line at the end of the timeline, with the green edge of one's own draft.

The form is complete before it may leave: every missing or refused field is marked beside itself, and nothing
typed is ever lost to an error, a change of language or a change of complaint.
"""

from collections.abc import Mapping
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.core.errors import PersonError
from desktop.core.translation import Translation
from desktop.ui import answer_presenter as presenter
from desktop.ui.actions_bar import ActionButton
from desktop.ui.answer_presenter import AnswerForm
from desktop.ui.encloser import Encloser
from desktop.ui.enclosures_bar import EnclosuresBar
from desktop.ui.field import Field, box, fill_box
from desktop.ui.flow_layout import FlowLayout
from desktop.ui.fonts import Role
from desktop.ui.labels import IconButton, NearLabel
from desktop.ui.points_editor import PointsEditor
from desktop.ui.prose import Composer
from desktop.ui.theme import dress, theme
from protocol.acts import DeclareInadmissible, Submit
from protocol.complaint import Inadmissibility, Language, Nature
from resources.catalogue import isolated

_BOXES = ("nature", "language", "channel", "ground")
_TEXTS = ("text", "reasons_of_law", "reasons_of_fact", "french_only_reason")


class AnswerEditor(QFrame):
    """An `AnswerForm` on the screen; `send_asked(form, kind)` when it is complete and a person sends it."""

    edited = Signal()
    send_asked = Signal(object, str)
    closed = Signal()
    discarded = Signal()
    templates_asked = Signal(str)
    preview_asked = Signal(object)

    def __init__(self, words: Translation, encloser: Encloser | None = None) -> None:
        super().__init__()
        self._words = words
        self.files = EnclosuresBar(words, encloser)
        self.files.changed.connect(self._on_edited)
        self._may: Mapping[str, object] = {}
        self._saved_at: datetime | None = None
        self._tried = False
        dress(self, kind="draft")
        self._fields: dict[str, Field] = {}
        self._make_fields()
        self.files.watch(self, *(self._composer(name) for name in _TEXTS))
        self._lay_out()
        for keys, slot in (
            ("Ctrl+Return", self.send),
            ("Ctrl+Enter", self.send),
            ("Ctrl+M", self._on_templates),
            ("Ctrl+P", self._on_preview),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.closed)
        self.retranslate()

    # --- the form

    def form(self) -> AnswerForm:
        """What is on the screen now."""
        chosen = {name: str(self._box(name).currentData() or "") for name in _BOXES}
        texts = {name: self._composer(name).text() for name in _TEXTS}
        points, attachments = self.points.points(), self.files.files
        return AnswerForm(**chosen, **texts, points=points, attachments=attachments)

    def show_form(self, form: AnswerForm, caret: int = -1) -> None:
        """Put a form on the screen, the caret where it was; announces no edit."""
        self._fill_boxes(form)
        for name in _TEXTS:
            self._composer(name).set_text(getattr(form, name), caret if name == "text" else -1)
        self.points.show_points(form.points)
        self.files.show_files(form.attachments)
        self._tried = False
        self._refresh()

    def allow(self, may: Mapping[str, object]) -> None:
        """Which acts the rules allow now: a refusal or None by kind."""
        self._may = may
        self._refresh()

    def insert_template(self, text: str) -> None:
        """Put a template where the caret is, or in place of a blank text."""
        composer = self.text_field
        if composer.text().strip():
            composer.insert(text)
        else:
            composer.set_text(text)
            self._on_edited()
        composer.setFocus()

    @property
    def text_field(self) -> Composer:
        """The answer's text."""
        return self._composer("text")

    def field(self, name: str) -> Field:
        """A field of the form by its name in AnswerForm."""
        return self._fields[name]

    # --- sending

    def kind(self) -> str:
        """Which act would be sent."""
        return presenter.kind_of(self.form(), self._may)

    def send(self) -> None:
        """Ask to send when nothing is missing; else mark what is, and go to the first."""
        if self.files.is_busy:
            return
        self._tried = True
        found = self._mark(focus=True)
        if not found:
            self.send_asked.emit(self.form(), self.kind())

    def refuse(self, error: PersonError) -> None:
        """The rules said no: mark the field concerned, or say it above the text."""
        why = self._words.error(error)
        name = presenter.field_of(error.code)
        if name == "points":
            self.points.refuse(why.text)
        elif name:
            self._fields[name].refuse(why.text)
            self._fields[name].control.setFocus()
        else:
            self.tell(f"{why.title}. {why.text}", "danger")

    def tell(self, text: str, tone: str = "warn") -> None:
        """A sentence about the whole answer, above its text; "" takes it away."""
        self.notice.setText(text)
        self.notice.setVisible(bool(text))
        dress(self.notice, tone=tone)

    # --- the draft's state

    def show_saved(self, at: datetime) -> None:
        """The draft is in the store since `at`."""
        self._saved_at = at
        dress(self.saved, ink="ink3")
        self.saved.setText(self._words("case.answer.saved", time=self._words.time(at)))

    def show_not_saved(self, error: PersonError) -> None:
        """The store refused: said aloud, the text stays here."""
        self.tell(self._words("case.answer.not_saved", why=self._words.error(error).text), "danger")

    def retranslate(self) -> None:
        """Every word again in the language now; the form, the caret and the focus stay."""
        words = self._words
        form = self.form()
        self.setAccessibleName(words("case.answer.title"))
        for name, field in self._fields.items():
            hint = f"case.answer.{name}_hint"
            label = "" if name == "text" else words(f"case.answer.{name}")
            field.say(label, words(hint) if words.catalogue.has(hint) else words(f"case.answer.{name}"))
        self.text_field.setAccessibleName(words("case.answer.text"))
        self.why.setText(words("case.answer.reasons_why"))
        self.templates.say(words("case.answer.templates"), "Ctrl+M")
        self.add_point.say(words("case.answer.add_point"))
        self.preview.say(words("case.answer.preview"), "Ctrl+P")
        self.discard.say(words("case.answer.discard"))
        self.close_button.say(words("case.answer.close"))
        self.points.retranslate(words)
        self.files.retranslate()
        self._fill_boxes(form)
        if self._saved_at is not None:
            self.show_saved(self._saved_at)
        self._refresh()

    # --- inside

    def _make_fields(self) -> None:
        for name in _BOXES:
            self._fields[name] = Field(box())
        self._fields["text"] = Field(Composer(least=6, most=18, role=Role.READING))
        self._fields["reasons_of_law"] = Field(Composer(least=2, most=8))
        self._fields["reasons_of_fact"] = Field(Composer(least=2, most=8))
        self._fields["french_only_reason"] = Field(Composer(least=1, most=3))
        for field in self._fields.values():
            field.edited.connect(self._on_edited)
        self.points = PointsEditor()
        self.points.edited.connect(self._on_edited)
        self.title = NearLabel(role=Role.STRONG)
        self.close_button = IconButton("close")
        self.close_button.clicked.connect(self.closed)
        self.saved = QLabel()
        theme().wear(self.saved, Role.QUIET)
        dress(self.saved, ink="ink3")
        self.notice = QLabel()
        self.notice.setWordWrap(True)
        dress(self.notice, kind="bar", tone="warn")
        self.notice.hide()
        self.why = QLabel()
        self.why.setWordWrap(True)
        theme().wear(self.why, Role.QUIET)
        dress(self.why, ink="ink3")

    def _lay_out(self) -> None:
        lines = QVBoxLayout(self)
        lines.setContentsMargins(1, 12, 1, 1)
        lines.setSpacing(10)
        body = QVBoxLayout()
        body.setContentsMargins(15, 0, 15, 4)
        body.setSpacing(10)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.saved)
        head.addWidget(self.close_button)
        body.addLayout(head)
        choices = QWidget()
        flow = FlowLayout(choices, gap=10)
        for name in ("nature", "language", "channel"):
            flow.addWidget(self._fields[name])
        body.addWidget(choices)
        for widget in (
            self._fields["ground"],
            self._fields["french_only_reason"],
            self.notice,
            self._fields["text"],
            self.points,
            self.why,
            self._fields["reasons_of_law"],
            self._fields["reasons_of_fact"],
            self.files,
        ):
            body.addWidget(widget)
        lines.addLayout(body)
        lines.addWidget(self._foot())

    def _foot(self) -> QWidget:
        foot = QFrame()
        foot.setObjectName("answer_foot")
        self.templates = ActionButton("", role=Role.QUIET)
        self.templates.clicked.connect(self._on_templates)
        self.add_point = ActionButton("", role=Role.QUIET)
        self.add_point.clicked.connect(self._on_add_point)
        self.preview = ActionButton("", role=Role.QUIET)
        self.preview.clicked.connect(self._on_preview)
        self.discard = IconButton("trash")
        self.discard.clicked.connect(self.discarded)
        self.send_button = ActionButton("")
        self.send_button.fill(True)
        self.send_button.clicked.connect(self.send)
        row = QHBoxLayout(foot)
        row.setContentsMargins(13, 0, 13, 11)
        row.setSpacing(8)
        near = QWidget()
        flow = FlowLayout(near, gap=6)
        for button in (self.templates, self.add_point, self.files.button, self.preview, self.discard):
            flow.addWidget(button)
        row.addWidget(near, 1)
        row.addWidget(self.send_button, 0, Qt.AlignmentFlag.AlignBottom)
        return foot

    def _box(self, name: str) -> object:
        return self._fields[name].control

    def _composer(self, name: str) -> Composer:
        control = self._fields[name].control
        assert isinstance(control, Composer)
        return control

    def _fill_boxes(self, form: AnswerForm) -> None:
        words = self._words
        natures = (("", words("case.answer.nature_choose")), *self._labels("nature", tuple(Nature)))
        grounds = (("", words("case.answer.ground_choose")), *self._labels("ground", tuple(Inadmissibility)))
        fill_box(self._box("nature"), natures, form.nature)
        fill_box(self._box("ground"), grounds, form.ground)
        fill_box(self._box("language"), self._labels("language", tuple(Language)), form.language)
        fill_box(self._box("channel"), self._labels("channel", presenter.OUTGOING), form.channel)

    def _labels(self, group: str, codes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        return tuple((str(code), self._words.label(group, code)) for code in codes)

    def _on_edited(self) -> None:
        self._refresh()
        if self._tried:
            self._mark(focus=False)
        self.edited.emit()

    def _refresh(self) -> None:
        form, words = self.form(), self._words
        reasoned = form.nature in presenter.REASONED
        for name in ("reasons_of_law", "reasons_of_fact"):
            self._fields[name].setVisible(reasoned)
        self.why.setVisible(reasoned)
        self._fields["ground"].setVisible(form.nature == Nature.INADMISSIBLE)
        self._fields["french_only_reason"].setVisible(form.language == Language.FRENCH)
        kind = presenter.kind_of(form, self._may)
        self._fields["channel"].setVisible(kind not in (Submit.kind, DeclareInadmissible.kind))
        for name in _TEXTS:
            self._composer(name).set_language(form.language if name != "french_only_reason" else "fr")
        self.points.set_language(form.language)
        verb = {Submit.kind: "submit", DeclareInadmissible.kind: "declare"}.get(kind, "send")
        self.send_button.say(words(f"case.answer.{verb}"), "Ctrl+↵")
        self.send_button.setAccessibleName(
            words("case.act.shortcut", action=words(f"case.answer.{verb}"), letter="Ctrl+Enter")
        )
        self.title.setText(words("case.answer.title"))
        self._tell_variables(form)

    def _tell_variables(self, form: AnswerForm) -> None:
        names = presenter.variables(form.text)
        problem = ""
        if names:
            listed = (" ، " if self._words.language == "ar" else ", ").join(isolated(n) for n in names)
            problem = self._words("case.answer.unresolved", names=listed)
        if names or not self._tried:
            self._fields["text"].refuse(problem)

    def _mark(self, *, focus: bool) -> tuple[presenter.Problem, ...]:
        found = presenter.problems(self.form())
        by_field = {problem.field: presenter.need_text(problem, self._words) for problem in reversed(found)}
        for name, field in self._fields.items():
            field.refuse(by_field.get(name, ""))
        self.points.refuse(by_field.get("points", ""))
        if focus and found:
            first = found[0].field
            (self.points if first == "points" else self._fields[first].control).setFocus()
        return found

    def _on_templates(self) -> None:
        self.templates_asked.emit(self.form().language)

    def _on_preview(self) -> None:
        self.preview_asked.emit(self.form())

    def _on_add_point(self) -> None:
        self.points.add()
