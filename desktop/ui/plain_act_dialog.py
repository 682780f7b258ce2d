"""Acts that need a sentence, a list or a date and no editor of their own: one dialog for all."""

from datetime import date, timedelta

from PySide6.QtCore import QDate, QSize, Signal
from PySide6.QtWidgets import QDateEdit, QWidget

from desktop.core.translation import Translation
from desktop.ui import formatting
from desktop.ui.case_dialog import CaseDialog
from desktop.ui.field import Field
from desktop.ui.plain_acts import RECIPES
from desktop.ui.prose import Composer
from desktop.ui.theme import theme


class PlainActDialog(CaseDialog):
    """`asked(act)` when the text is there."""

    asked = Signal(object)

    WIDE, HIGH = 520, 320

    def __init__(self, kind: str, words: Translation, today: date, parent: QWidget | None = None) -> None:
        super().__init__(words, words(f"case.act.{kind}"), words("case.plain.confirm"), parent)
        self._recipe, self._today = RECIPES[kind], today
        self.text = Field(Composer(least=4, most=10))
        self.text.say(words(self._recipe.text))
        self.text.control.set_language(words.language)
        self.text.edited.connect(lambda: self.text.refuse(""))
        self.body.addWidget(self.text)
        self.day = Field(QDateEdit())
        picker = self.day.control
        picker.setLocale(formatting.locale(words.language))
        picker.setDisplayFormat("d MMMM yyyy")
        picker.setDate(_qt(today + timedelta(days=self._recipe.days_ahead)))
        if self._recipe.day:
            self.day.say(words(self._recipe.day))
            self.body.addWidget(self.day)
        self.body.addStretch(1)
        self.text.control.setFocus()

    def sizeHint(self) -> QSize:
        """As tall as its fields."""
        return QSize(theme().px(self.WIDE), super().minimumSizeHint().height())

    def confirm(self) -> None:
        """Make the act, or mark what is missing."""
        self.problem.hide()
        text = self.text.control.text().strip()
        day = self.day.control.date().toPython()
        need = "items" if self._recipe.text == "case.plain.items" else "reason"
        if self._recipe.required and not text:
            self.text.refuse(self.words(f"case.need.{need}"))
        elif self._recipe.day and day <= self._today:
            self.day.refuse(self.words("case.need.limit"))
        else:
            self.asked.emit(self._recipe.make(text, day))


def _qt(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)
