"""Rows of the list: their words, their places, and that painting asks the model for records only."""

import itertools
from array import array
from dataclasses import replace as with_fields
from datetime import date, timedelta

import msgspec
import pytest
from PySide6.QtCore import Qt

from desktop.core.translation import Translation
from desktop.models.records import ListedRow, Listing
from desktop.ui import row_presenter
from desktop.ui.complaints_model import SLICE
from desktop.ui.palette import Tone
from desktop.ui.row_presenter import Widths, boxes, short_name, words
from tests.fake_desk import ME, FakeDesk
from tests.frame_world import Frame

TODAY = date(2026, 11, 24)
FRENCH, ARABIC = Translation("fr"), Translation("ar")


def a_line(**columns: object) -> ListedRow:
    desk = FakeDesk()
    line = desk.rows(desk.listing("mine").order[:1])[0]
    return with_fields(line, row=msgspec.structs.replace(line.row, **columns))


def said(line: ListedRow, translation: Translation = FRENCH, name=lambda user: "Karima Alaoui"):
    return row_presenter.words(line, translation, TODAY, ME, name)


def test_a_late_complaint_says_by_how_much_in_red():
    late = said(a_line(due=TODAY - timedelta(days=2)))
    assert (late.due, late.due_tone) == ("En retard de 2 j", Tone.DANGER)
    assert said(a_line(due=TODAY - timedelta(days=2)), ARABIC).due == "متأخرة بيومين"


def test_an_answered_complaint_shows_a_date_and_no_deadline():
    answered = said(a_line(status="answered", due=TODAY - timedelta(days=2)))
    assert answered.due_tone is Tone.NEUTRAL
    assert "retard" not in answered.due


def test_an_observation_has_no_duty_to_answer_hence_no_deadline():
    assert said(a_line(type="observation", due=TODAY - timedelta(days=2))).due_tone is Tone.NEUTRAL


def test_the_number_is_isolated_at_the_near_edge():
    assert said(a_line(number="2026-ONEE-018342"), ARABIC).origin.startswith(
        "\u20662026-ONEE-018342\u2069 · "
    )


def test_the_assignee_shows_only_when_it_is_somebody_else():
    assert said(a_line(assignee=ME)).assignee == ""
    assert said(a_line(assignee="")).assignee == ""
    assert said(a_line(assignee="u-other")).assignee == "K. Alaoui"
    assert said(a_line(assignee="u-other"), name=lambda user: "").assignee == ""
    assert short_name("كريمة العلوي") == "ك. العلوي"


def test_what_waits_what_is_drafted_and_what_is_urgent_leave_marks():
    line = with_fields(a_line(urgent=True, confidential=True), waiting=1, draft=True)
    assert said(line).marks == ("waiting", "pen", "lock", "flag")
    spoken = row_presenter.spoken(line, FRENCH, TODAY)
    assert "1 opération à envoyer" in spoken and "brouillon" in spoken and "Urgente" in spoken


@pytest.mark.parametrize("width", [320, 424, 700])
@pytest.mark.parametrize("scale", [1.0, 1.25, 2.0])
def test_no_part_of_a_row_covers_another_and_mirroring_keeps_widths(width: int, scale: float):
    placed = boxes(width * scale, Widths(due=90, badge=70, assignee=80, number=120, scale=scale), marks=2)
    first = sorted((placed.object, placed.due), key=lambda box: box.x)
    second = [placed.origin, *placed.marks, placed.badge] + ([placed.assignee] if placed.assignee else [])
    second.sort(key=lambda box: box.x)
    for line in (first, second):
        for left, right in itertools.pairwise(line):
            assert left.x + left.width <= right.x + 0.01
    mirrored = placed.mirrored(width * scale)
    for box, other in ((placed.object, mirrored.object), (placed.badge, mirrored.badge)):
        assert other.x == width * scale - box.x - box.width
        assert (other.y, other.width, other.height) == (box.y, box.width, box.height)


class ManyRows(FakeDesk):
    """Twenty thousand complaints in every queue; counts what is asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []
        self._pattern = super().rows(super().listing("mine").order)

    def listing(self, queue: str, sort: str = "due") -> Listing:
        return Listing(queue, sort, array("q", range(20_000)))

    def rows(self, ns):
        self.asked.append(len(ns))
        return tuple(with_fields(self._pattern[n % len(self._pattern)], n=n) for n in ns)


def test_twenty_thousand_rows_are_painted_from_a_few_slices_without_asking_data(qtbot, tmp_path):
    frame = Frame(qtbot, tmp_path, desk=ManyRows())
    view, model = frame.window.list.view, frame.window.list.model
    roles: list[int] = []
    plain = type(model).data
    try:
        type(model).data = lambda self, index, role=0: roles.append(role) or plain(self, index, role)
        for share in (0.25, 0.5, 1.0):
            view.verticalScrollBar().setValue(int(view.verticalScrollBar().maximum() * share))
            view.viewport().repaint()
            last = view.indexAt(view.viewport().rect().center()).row()
            frame.wait(lambda last=last: model.line(last) is not None)
            view.viewport().repaint()
    finally:
        type(model).data = plain
    assert Qt.ItemDataRole.DisplayRole not in roles
    assert max(frame.desk.asked) <= SLICE
    assert sum(frame.desk.asked) < 20 * SLICE
    frame.close()


def test_the_words_of_a_row_are_in_the_language_of_the_interface():
    line = a_line(status="in_progress")
    assert words(line, FRENCH, TODAY, ME, str).badge == "En cours"
    assert words(line, ARABIC, TODAY, ME, str).badge == "في طور المعالجة"


@pytest.mark.parametrize(
    ("room", "says"), [(40, "Fatima Idrissi · Salé"), (32, "Fati… · Salé"), (24, "Fatima…")]
)
def test_in_a_tight_row_the_person_gives_way_first_then_the_place_and_the_number_never(room: int, says: str):
    def bare(text: str) -> str:
        return "".join(letter for letter in text if letter not in "\u2066\u2068\u2069")

    line = said(a_line(number="2026-ONEE-0001", citizen="Fatima Idrissi", place="04.441"))
    fitted = row_presenter.fitted_origin(
        line, room, lambda text: len(bare(text)), lambda text, width: text[: int(width) - 1] + "…"
    )
    if room < len(bare(line.origin)):
        assert bare(fitted).startswith("2026-ONEE-0001 · Fati") and len(bare(fitted)) <= room
        assert ("Salé" in fitted) == ("Salé" in says)


def test_rows_that_could_not_be_read_say_so_and_come_when_asked_again(qtbot, tmp_path):
    frame = Frame(qtbot, tmp_path)
    try:
        rows, frame.desk.rows = frame.desk.rows, lambda ns: (_ for _ in ()).throw(OSError("the disk"))
        frame.window.open_queue("unit")
        shown = frame.window.list
        frame.wait(lambda: shown._fault is not None and shown._stack.currentIndex() == 1)
        frame.desk.rows = rows
        shown.empty.acted.emit()
        frame.wait(lambda: shown._fault is None and frame.settled())
        assert frame.complaints()
    finally:
        frame.close()
