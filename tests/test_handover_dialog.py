"""Several complaints given to others at once: choosing rows, preview, recording, one undo, refusals."""

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLabel, QWidget

from desktop.core.workload_records import Mark
from desktop.models.errors import StoreError
from desktop.ui.board_lines import HandoverOf
from desktop.ui.theme import theme
from protocol import acts
from tests.board_world import busy_desk
from tests.frame_world import Frame

CONTROL, SHIFT, NONE = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)
SPOKEN = Qt.ItemDataRole.AccessibleTextRole
LATIN_WORD = re.compile("[A-Za-zÀ-ÿ]{2,}")


@pytest.fixture(params=["fr"])
def frame(request, qtbot, tmp_path):
    opened = Frame(qtbot, tmp_path, desk=busy_desk(), queue="unit", language=request.param)
    opened.wait(lambda: opened.window.list.view.selectionMode() is several())
    yield opened
    opened.close()
    theme().choose("light")
    theme().set_scale(1)


def several() -> QAbstractItemView.SelectionMode:
    return QAbstractItemView.SelectionMode.ExtendedSelection


def click(frame: Frame, position: int, modifier=NONE) -> None:
    view = frame.window.list.view
    at = view.visualRect(frame.window.list.model.index(position)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, at)


def choose(frame: Frame, *positions: int) -> list[str]:
    """Click rows together; gives their complaints."""
    ids = frame.complaints()
    for n, position in enumerate(positions):
        click(frame, position, CONTROL if n else NONE)
        frame.qtbot.wait(60)
    return [ids[position] for position in positions]


def dialog_of(frame: Frame):
    frame.wait(lambda: frame.window._area._handover and frame.window._area.handover.current)
    dialog = frame.window._area.handover.current
    frame.wait(lambda: dialog.plan is not None)
    return dialog


def begin(frame: Frame, *positions: int):
    ids = choose(frame, *positions)
    QTest.mouseClick(frame.window.list.strip.button, Qt.MouseButton.LeftButton)
    return ids, dialog_of(frame)


def rows(dialog) -> dict[str, str]:
    return {line.code: line.cells[-1].text for line in dialog.lines.lines.grid.lines}


def row_of(dialog, name: str) -> int:
    said = [dialog.people.item(row).data(SPOKEN) for row in range(dialog.people.count())]
    return next(row for row, text in enumerate(said) if text.startswith(name))


def assignee(frame: Frame, complaint: str) -> str:
    return frame.desk.case(complaint).document.assignee


def undo(frame: Frame) -> None:
    """Ctrl+Z, once the window has the keyboard again."""
    frame.window.activateWindow()
    frame.wait(frame.window.isActiveWindow)
    QTest.keyClick(frame.window, Qt.Key.Key_Z, CONTROL)


# --- choosing rows


def test_one_row_opens_and_several_open_none_of_the_others(frame):
    first, *_ = choose(frame, 0, 2, 4)
    frame.wait(lambda: frame.window.case.complaint == first)
    frame.qtbot.wait(120)
    assert frame.window.case.complaint == first
    strip = frame.window.list.strip
    assert strip.isVisible() and strip.label.text() == "3 réclamations choisies"
    click(frame, 1)
    frame.wait(lambda: frame.window.case.complaint == frame.complaints()[1])
    assert not strip.isVisible()


def test_shift_and_control_a_choose_ranges(frame):
    click(frame, 0)
    click(frame, 3, SHIFT)
    assert frame.window.list.view.chosen_count() == 4
    QTest.keyClick(frame.window.list.view, Qt.Key.Key_A, CONTROL)
    count = frame.window.list.model.rowCount()
    assert frame.window.list.view.chosen_count() == count > 100
    assert frame.window.list.strip.label.text().startswith(str(count))


def test_escape_and_the_cross_choose_none_again_but_leave_the_opened_row(frame):
    first, *_ = choose(frame, 0, 2)
    QTest.keyClick(frame.window.list.view, Qt.Key.Key_Escape)
    assert frame.window.list.view.chosen_count() == 1 and frame.window.case.complaint == first
    choose(frame, 0, 1)
    QTest.mouseClick(frame.window.list.strip.close_button, Qt.MouseButton.LeftButton)
    assert frame.window.list.view.chosen_count() == 1 and not frame.window.list.strip.isVisible()


def test_several_chosen_rows_stay_chosen_when_the_list_is_read_again(frame):
    choose(frame, 0, 2, 4)
    before = frame.window.list.view.chosen()
    outside = frame.complaints()[1]
    frame.desk.arrive(outside, acts.Note(text="vu"), "u-senhaji")
    taken = frame.complaints()[6]
    seen = frame.desk.case(taken).confirmed_ver
    frame.desk.ask(taken, acts.Note(text="vu"), seen=seen)
    frame.window.list.reload()
    frame.qtbot.wait(200)
    assert frame.window.list.view.chosen() == before


def test_who_may_not_give_work_chooses_one_row_only(qtbot, tmp_path):
    frame = Frame(qtbot, tmp_path, user="u-senhaji", queue="unit")
    click(frame, 0)
    click(frame, 2, CONTROL)
    assert frame.window.list.view.chosen_count() <= 1 and not frame.window.list.strip.isVisible()
    assert not frame.window.actions_by_key["hand_over"].isEnabled()
    frame.close()


# --- the preview


def test_a_balanced_proposal_is_there_at_once_and_nothing_is_recorded(frame):
    ids, dialog = begin(frame, 0, 1, 2, 3)
    assert set(rows(dialog)) == set(ids)
    assert len(dialog.people.ticked) > 1 and frame.window.list.strip.isVisible()
    assert not frame.desk._pending
    assert dialog.confirm_button.text() == f"Réaffecter {len(dialog.plan.moving)} réclamations"


def test_the_absent_are_greyed_with_the_reason_and_cannot_be_ticked(frame):
    _, dialog = begin(frame, 0, 1)
    people = dialog.people
    away = people.item(row_of(dialog, "Siham Amrani"))
    said = away.data(SPOKEN)
    assert "absence jusqu’au 28 nov." in said and "Omar Senhaji" in said
    before = people.ticked
    people._turn(away)
    assert people.ticked == before


def test_one_person_gets_everything_and_the_loads_say_so(frame):
    ids, dialog = begin(frame, 0, 1, 2)
    dialog.single.click()
    people = dialog.people
    position = row_of(dialog, "Omar")
    people.setCurrentRow(position)
    people.setFocus()
    QTest.keyClick(people, Qt.Key.Key_Space)
    frame.wait(lambda: dialog.plan.moving and {hand.to_agent for hand in dialog.plan.moving} == {"u-senhaji"})
    assert people.ticked == ("u-senhaji",)
    before = frame.desk.workload.loads()["u-senhaji"]
    moved = len(dialog.plan.moving)
    assert f"{before} → {before + moved}" in people.item(position).data(SPOKEN)
    assert moved <= len(ids)


def test_a_line_that_stays_says_why(frame):
    mine = next(n for n, one in enumerate(frame.complaints()) if assignee(frame, one) == "u-senhaji")
    ids, dialog = begin(frame, mine, mine + 1)
    dialog.single.click()
    dialog.people.tick(frozenset({"u-senhaji"}))
    dialog._on_people()
    frame.wait(lambda: rows(dialog).get(ids[0]) == "Déjà à sa charge")
    assert "reste en place" in dialog.sum.text()


def test_without_anybody_ticked_nothing_can_be_done(frame):
    _, dialog = begin(frame, 0, 1)
    dialog.people.tick(frozenset())
    dialog._on_people()
    frame.wait(lambda: not dialog._settle.isActive() and not dialog.plan.hands)
    assert not dialog.confirm_button.isEnabled() and "Cochez" in dialog.sum.text()


# --- doing it, and undoing it


def test_everything_changes_hands_with_the_note_and_one_undo_takes_all_back(frame):
    ids, dialog = begin(frame, 0, 1, 2, 3)
    before = {one: assignee(frame, one) for one in ids}
    wanted = {hand.complaint: hand.to_agent for hand in dialog.plan.moving}
    dialog.note.control.setPlainText("Urgent avant vendredi")
    QTest.keyClick(dialog, Qt.Key.Key_Return, CONTROL)
    bar = frame.window.case.undo_bar
    frame.wait(bar.isVisible)
    assert {one: assignee(frame, one) for one in wanted} == wanted
    assert all(asked.act.note == "Urgent avant vendredi" for asked in frame.desk._pending)
    assert bar.label.text() == f"{len(wanted)} réclamations réaffectées"
    assert not frame.window.list.strip.isVisible()
    undo(frame)
    frame.wait(lambda: {one: assignee(frame, one) for one in ids} == before)
    frame.wait(lambda: "annulées" in bar.label.text())


def test_an_undo_that_comes_late_says_how_many_had_left(frame):
    _, dialog = begin(frame, 0, 1, 2)
    moved = len(dialog.plan.moving)
    dialog.confirm()
    bar = frame.window.case.undo_bar
    frame.wait(lambda: bar.can_undo)
    frame.desk._sent.add(frame.desk._pending[0].id)
    bar.undo()
    frame.wait(lambda: "déjà partie" in bar.label.text())
    assert bar.label.text().startswith(str(moved - 1))


def test_a_failure_keeps_the_dialog_and_what_was_chosen(frame):
    _, dialog = begin(frame, 0, 1)
    dialog.note.control.setPlainText("à garder")
    frame.desk.workload.fail = StoreError()
    dialog.confirm()
    frame.wait(dialog.problem.isVisible)
    assert not frame.desk._pending and dialog.note.control.text() == "à garder"
    frame.desk.workload.fail = None
    frame.wait(lambda: dialog.confirm_button.isEnabled())
    dialog.confirm()
    frame.wait(lambda: frame.desk._pending)


def test_it_is_done_once_however_often_it_is_confirmed(frame):
    _, dialog = begin(frame, 0, 1)
    moved = len(dialog.plan.moving)
    for _ in range(3):
        dialog.confirm()
    frame.wait(lambda: frame.window._area.handover.current is None)
    assert len(frame.desk._pending) == moved


def test_an_agents_whole_list_is_shared_from_the_board_and_undone_there(frame):
    frame.window.open_board()
    board = frame.window._area.board
    frame.wait(lambda: board.is_ready)
    table = board.day.agents
    codes = [line.code for line in table.lines.grid.lines]
    target = table.lines.grid.lines[codes.index("u-a0")].cells[-1].target
    assert isinstance(target, HandoverOf)
    column = len(table.lines.grid.columns) - 1
    table.setCurrentIndex(table.lines.index(codes.index("u-a0"), column))
    QTest.keyClick(table, Qt.Key.Key_Return)
    dialog = dialog_of(frame)
    workload = frame.desk.workload
    count = workload.listing(Mark("open", agent="u-a0")).total
    assert len(dialog.plan.hands) == count and "u-a0" not in dialog.people.ticked
    dialog.confirm()
    frame.wait(lambda: workload.listing(Mark("open", agent="u-a0")).total < count)
    frame.wait(board.undo_bar.isVisible)
    undo(frame)
    frame.wait(lambda: workload.listing(Mark("open", agent="u-a0")).total == count)


@pytest.mark.parametrize("frame", ["ar"], indirect=True)
def test_the_dialog_speaks_arabic_and_runs_from_the_right(frame):
    _, dialog = begin(frame, 0, 1)
    dialog.resize(1000, 660)
    frame.qtbot.wait(50)
    assert dialog.people.mapTo(dialog, dialog.people.rect().topLeft()).x() > dialog.width() / 2
    for widget in dialog.findChildren(QWidget):
        if isinstance(widget, QLabel | QAbstractButton) and widget.isVisible():
            assert not LATIN_WORD.search(widget.text()), widget.text()
    loads = [dialog.people.item(row).data(SPOKEN) for row in range(dialog.people.count())]
    assert not any("→" in said for said in loads)


def test_keys_alone_lead_from_the_list_to_the_recording(frame):
    frame.complaints()
    frame.window.list.focus_list()
    selection = frame.window.list.view.selectionModel()
    assert selection.hasSelection()
    for _ in range(2):
        QTest.keyClick(frame.window.list.view, Qt.Key.Key_Down, SHIFT)
    assert frame.window.list.view.chosen_count() == 3
    QTest.keyClick(frame.window, Qt.Key.Key_A, CONTROL | SHIFT)
    dialog = dialog_of(frame)
    QTest.keyClick(dialog.people, Qt.Key.Key_Return, CONTROL)
    frame.wait(lambda: frame.desk._pending)
