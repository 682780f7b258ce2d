"""Choose a canned answer: a list, and the text as it will be inserted, its unknown variables still named."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from desktop.core.translation import Translation
from desktop.ui.answer_presenter import fill, variables
from desktop.ui.case_dialog import CaseDialog
from desktop.ui.choice_list import Choice, ChoiceList
from desktop.ui.prose import Prose
from desktop.ui.theme import dress
from protocol.directory import AnswerTemplate
from resources.catalogue import isolated


class TemplateDialog(CaseDialog):
    """`picked(text)` with every known variable already in its place."""

    picked = Signal(str)

    def __init__(
        self,
        templates: tuple[AnswerTemplate, ...],
        values: Mapping[str, str],
        words: Translation,
        parent: QWidget | None = None,
    ) -> None:
        title = words("case.answer.templates")
        super().__init__(words, title, words("case.answer.template_insert"), parent)
        self._texts = {template.id: fill(template.text, values) for template in templates}
        self.list = ChoiceList()
        self.list.speak(
            search=words("case.answer.template_search"),
            name=title,
            empty=words("case.answer.templates_none"),
        )
        self.preview = Prose("")
        page = QFrame()
        dress(page, kind="well")
        inside = QVBoxLayout(page)
        inside.addWidget(self.preview)
        inside.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(page)
        area.setAccessibleName(words("case.answer.template_preview"))
        self.body.addWidget(self.list, 3)
        self.body.addWidget(area, 2)
        self.list.chosen.connect(self._on_chosen)
        self.list.accepted.connect(lambda _: self.confirm())
        self.list.show_choices([Choice(t.id, isolated(t.title), searched=t.text) for t in templates])
        self.list.select(templates[0].id if templates else "")
        self.confirm_button.setEnabled(bool(templates))
        self.list.search.setFocus()

    def confirm(self) -> None:
        """Insert the chosen text."""
        text = self._texts.get(self.list.current())
        if text is not None:
            self.picked.emit(text)
            self.accept()

    def _on_chosen(self, key: str) -> None:
        text = self._texts.get(key, "")
        self.preview.show_text(text)
        self.confirm_button.setEnabled(bool(text))
        left = variables(text)
        listed = ", ".join(isolated(name) for name in left)
        self.tell(self.words("case.answer.unresolved", names=listed) if left else "")
