"""Send a complaint to the competent administration: suggestions by content first, then the whole register.

An administration that does not work on the platform yet is greyed and says so. The reason is required: the
citizen and the receiving administration read it (DOMAIN §3, move 10).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.core.records import Suggestion
from desktop.core.translation import Translation
from desktop.ui.case_dialog import CaseDialog
from desktop.ui.case_presenter import OpenedCase, confidence_words, list_of, named, short_name, sureness
from desktop.ui.choice_list import Choice, ChoiceList
from desktop.ui.field import Field, box, fill_box
from desktop.ui.palette import Tone
from desktop.ui.prose import Composer
from protocol.acts import Transfer
from protocol.directory import Administration, Unit
from protocol.settings import Onboarding
from resources.catalogue import isolated

HOPS_BEFORE_ARBITRATION = 3
WORTH_SAYING = 0.05
"""Confidence under which a suggestion would only be noise."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Where a complaint may go."""

    suggested: tuple[Suggestion, ...]
    administrations: tuple[Administration, ...]


def gather_targets(desk: object, complaint: str) -> Targets:
    """Suggestions and the register. Blocking: for the background."""
    return Targets(desk.suggestions(complaint), desk.administrations())


def why_not(body: Administration, current: str, words: Translation) -> str:
    """Why a complaint cannot go there, "" when it can."""
    if body.code == current:
        return words("case.transfer.current")
    if body.onboarding == Onboarding.OPERATIONAL:
        return ""
    key = f"case.transfer.{body.onboarding}"
    return words(key if words.catalogue.has(key) else "case.transfer.planned")


def choices(targets: Targets, current: str, words: Translation) -> tuple[Choice, ...]:
    """Suggested ones with confidence and deciding words, then all of them by name."""
    language = words.language
    worth = [s for s in targets.suggested if s.confidence >= WORTH_SAYING]
    suggested = {s.administration.code: s for s in worth}
    rows: list[Choice] = []
    if suggested:
        rows.append(Choice("", words("case.transfer.suggested"), heading=True))
    for suggestion in worth:
        body = suggestion.administration
        level = confidence_words(suggestion.confidence, words)
        rows.append(
            Choice(
                body.code,
                named(body, language),
                hint=_deciding(suggestion, words),
                end=f"{sureness(suggestion.confidence, words)} · {level}",
                why=why_not(body, current, words),
                tone=Tone.OK if suggestion.confidence >= 0.8 else Tone.NEUTRAL,
                searched=_also(body, language),
            )
        )
    rows.append(Choice("", words("case.transfer.all"), heading=True))
    rest = [body for body in targets.administrations if body.code not in suggested]
    for body in sorted(rest, key=lambda b: (bool(why_not(b, current, words)), named(b, language))):
        rows.append(
            Choice(
                body.code,
                named(body, language),
                end=_short(body, language),
                why=why_not(body, current, words),
                searched=_also(body, language),
            )
        )
    return tuple(rows)


def _short(body: Administration, language: str) -> str:
    short = short_name(body, language)
    return "" if short == named(body, language) else short


def _also(body: Administration, language: str) -> str:
    other = "fr" if language == "ar" else "ar"
    return f"{body.code} {body.short_fr} {body.short_ar} {named(body, other)}"


def _deciding(suggestion: Suggestion, words: Translation) -> str:
    if not suggestion.words:
        return ""
    listed = list_of(tuple(isolated(word) for word in suggestion.words), words.language)
    return words("case.fact.words", words=listed)


class TransferDialog(CaseDialog):
    """`asked(Transfer)` when complete; `units_asked(code)` when an administration is chosen."""

    asked = Signal(object)
    units_asked = Signal(str)
    edited = Signal()

    HIGH = 680
    WIDE = 620

    def __init__(self, opened: OpenedCase, words: Translation, parent: QWidget | None = None) -> None:
        super().__init__(words, words("case.transfer.title"), words("case.transfer.confirm"), parent)
        document = opened.document
        self._document = document
        self._chosen = ""
        here = opened.administrations.get(document.administration, document.administration)
        self.tell("\n".join((words("case.transfer.from", **{"from": isolated(here)}), *self._hops())))
        self.list = ChoiceList()
        self.list.speak(
            search=words("case.transfer.search"),
            name=words("case.transfer.all"),
            empty=words("case.transfer.nothing"),
        )
        self.list.chosen.connect(self._on_chosen)
        self.list.accepted.connect(lambda _: self.reason.control.setFocus())
        self.unit = Field(box())
        self.unit.say(words("case.transfer.unit"))
        self.show_units("", ())
        self.reason = Field(Composer(least=2, most=4))
        self.reason.say(words("case.transfer.reason"), words("case.transfer.reason_hint"))
        self.reason.control.set_language(words.language)
        self.reason.edited.connect(self._on_reason_edited)
        self.target = Field(self.list)
        self.target.say("")
        self.body.addWidget(self.target, 1)
        self.body.addWidget(self.unit)
        self.body.addWidget(self.reason)
        self.list.search.setFocus()

    def show_targets(self, targets: Targets) -> None:
        """The lists; the first suggestion that can be chosen is not chosen for the person."""
        self.list.show_choices(choices(targets, self._document.administration, self.words))

    def show_units(self, administration: str, units: Sequence[Unit]) -> None:
        """Units of the chosen administration, its registry first."""
        if administration not in ("", self._chosen):
            return
        rows = tuple((unit.code, named(unit, self.words.language)) for unit in units)
        fill_box(self.unit.control, (("", self.words("case.transfer.no_unit")), *rows), "")
        self.unit.control.setEnabled(bool(rows))

    def show_reason(self, text: str, caret: int = -1) -> None:
        """A reason typed before: a draft, or an act that came back."""
        self.reason.control.set_text(text, caret)

    def confirm(self) -> None:
        """Check what the rules would ask anyway, beside each field."""
        self.problem.hide()
        reason = self.reason.control.text().strip()
        self.target.refuse("" if self._chosen else self.words("case.need.administration"))
        self.reason.refuse("" if reason else self.words("case.need.reason"))
        if not self._chosen:
            self.list.search.setFocus()
        elif not reason:
            self.reason.control.setFocus()
        else:
            self.asked.emit(
                Transfer(
                    administration=self._chosen,
                    unit=str(self.unit.control.currentData() or ""),
                    from_administration=self._document.administration,
                    from_unit=self._document.unit,
                    reason=reason,
                )
            )

    def _hops(self) -> list[str]:
        hops = self._document.hops
        found = [self.words.count("case.transfer.hops", hops)] if hops else []
        if hops >= HOPS_BEFORE_ARBITRATION:
            found.append(self.words("case.transfer.last_hop"))
        return [*found, self.words("case.transfer.citizen_told")]

    def _on_chosen(self, key: str) -> None:
        if key == self._chosen:
            return
        self._chosen = key
        self.target.refuse("")
        self.show_units("", ())
        if key:
            self.units_asked.emit(key)

    def _on_reason_edited(self) -> None:
        self.reason.refuse("")
        self.edited.emit()
