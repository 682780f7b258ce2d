"""Give a complaint to somebody of the unit, or take it oneself; who cannot have it is greyed and says why."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.core.translation import Translation
from desktop.ui.actions_bar import ActionButton
from desktop.ui.case_dialog import CaseDialog
from desktop.ui.case_presenter import OpenedCase, named
from desktop.ui.choice_list import Choice, ChoiceList
from desktop.ui.field import Field
from desktop.ui.prose import Composer
from protocol.acts import Assign
from protocol.complaint import Complaint
from protocol.directory import Colleague
from protocol.settings import Role
from resources.catalogue import isolated

HANDLERS = frozenset({Role.AGENT, Role.SUPERVISOR, Role.VALIDATOR, Role.REGISTRY_CLERK})
_MOST_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Team:
    """The people a complaint of this unit may go to, and how many open ones each has here."""

    people: tuple[Colleague, ...]
    loads: Mapping[str, int]


def gather_team(desk: object, document: Complaint) -> Team:
    """Colleagues of the complaint's unit and their load. Blocking: for the background."""
    people = desk.colleagues(document.unit)
    listing = desk.listing("unit")
    rows = desk.rows(listing.order[:_MOST_ROWS])
    loads = Counter(line.row.assignee for line in rows if line.row.unit == document.unit)
    return Team(people, loads)


def is_absent(person: Colleague, today: date) -> bool:
    """Whether the civil date `today` lies in the person's absence, both ends included."""
    begins, ends = person.absent_from, person.absent_until
    if begins is None and ends is None:
        return False
    return (begins is None or begins <= today) and (ends is None or today <= ends)


def colleague_choice(
    person: Colleague, opened: OpenedCase, load: int, words: Translation, others: Mapping[str, str]
) -> Choice:
    """A row of the list, greyed with its reason when this person cannot have the complaint."""
    document, language = opened.document, words.language
    why = ""
    if person.id == document.assignee:
        why = words("case.assign.current")
    elif person.id == document.against:
        why = words("case.assign.against")
    elif is_absent(person, opened.case.today):
        until = person.absent_until
        why = (
            words("case.assign.absent_until", date=words.date(until))
            if until
            else words("case.assign.absent")
        )
        deputy = others.get(person.deputy, "")
        if deputy:
            why = f"{why} · {words('case.assign.deputy', name=isolated(deputy))}"
    elif person.id == document.first_author and document.reopenings:
        why = words("case.assign.first_author")
    other = named(person, "fr" if language == "ar" else "ar")
    return Choice(
        person.id, named(person, language), end=words.count("case.assign.load", load), why=why, searched=other
    )


class AssignDialog(CaseDialog):
    """`asked(Assign)` when a person is chosen; the pane closes it once the act is recorded."""

    asked = Signal(object)

    def __init__(
        self, opened: OpenedCase, words: Translation, parent: QWidget | None = None, *, may_take: bool = True
    ) -> None:
        super().__init__(words, words("case.assign.title"), words("case.assign.confirm"), parent)
        self._opened = opened
        self.tell(isolated(opened.document.object))
        self.take_button = ActionButton(words("case.assign.take"))
        self.take_button.setAccessibleName(words("case.assign.take"))
        self.take_button.clicked.connect(lambda: self._ask(opened.me))
        self.take_button.setVisible(may_take and opened.document.assignee != opened.me)
        self.list = ChoiceList()
        self.list.speak(
            search=words("case.assign.search"),
            name=words("case.assign.people"),
            empty=words("case.assign.nobody"),
        )
        self.list.chosen.connect(lambda key: self.confirm_button.setEnabled(bool(key)))
        self.list.accepted.connect(self._ask)
        self.note = Field(Composer(least=1, most=3))
        self.note.say(words("case.assign.note"))
        self.note.control.set_language(words.language)
        self.body.addWidget(self.take_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self.list, 1)
        self.body.addWidget(self.note)
        self.confirm_button.setEnabled(False)
        self.list.search.setFocus()

    def show_team(self, team: Team) -> None:
        """The people, free hands first, those who cannot at the end."""
        names = {person.id: named(person, self.words.language) for person in team.people}
        able = [p for p in team.people if any(grant.role in HANDLERS for grant in p.grants)]
        choices = [
            colleague_choice(person, self._opened, team.loads.get(person.id, 0), self.words, names)
            for person in able
            if person.id != self._opened.me or self._opened.document.assignee == self._opened.me
        ]
        order = sorted(choices, key=lambda c: (bool(c.why), team.loads.get(c.key, 0), c.title))
        self.list.show_choices(order)

    def confirm(self) -> None:
        """Give it to the chosen person."""
        if self.list.current():
            self._ask(self.list.current())

    def _ask(self, person: str) -> None:
        self.problem.hide()
        text = self.note.control.text().strip()
        self.asked.emit(Assign(assignee=person, previous=self._opened.document.assignee, note=text))
