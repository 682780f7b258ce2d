"""The board in the window over the in-memory desk: figures are their lists, the way back, both directions."""

import re
from datetime import timedelta

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from desktop.core.records import Change
from desktop.core.workload_records import Mark
from desktop.models.errors import StoreError
from desktop.ui.board_presenter import FIGURES
from desktop.ui.theme import theme
from protocol import acts
from tests.board_world import busy_desk
from tests.frame_world import Frame

LATIN_WORD = re.compile("[A-Za-zÀ-ÿ]{2,}")


@pytest.fixture
def frame(qtbot, tmp_path):
    opened = Frame(qtbot, tmp_path, desk=busy_desk())
    yield opened
    opened.close()
    theme().choose("light")
    theme().set_scale(1)


def board_of(frame: Frame):
    frame.wait(lambda: frame.window.rail.offers_board)
    QTest.keyClick(frame.window, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    board = frame.window._area.board
    frame.wait(lambda: board.is_ready and board.isVisible())
    QApplication.processEvents()  # sizes settle
    return board


def card(board, measure: str):
    return next(one for one in board.day.figures.cards if one.target.mark.measure == measure)


def cell(table, column: str, code: str):
    grid = table.lines.grid
    row = [line.code for line in grid.lines].index(code)
    return table.lines.index(row, [one.code for one in grid.columns].index(column))


def opened_list(frame: Frame) -> list[str]:
    frame.wait(lambda: frame.window.list.isVisible() and frame.settled())
    return frame.complaints()


def test_only_those_who_answer_for_others_have_a_board(qtbot, tmp_path):
    frame = Frame(qtbot, tmp_path, user="u-senhaji")
    frame.window.open_board()
    assert not frame.window.rail.offers_board and frame.window._area._board is None
    assert not frame.window.actions_by_key["board"].isEnabled()
    frame.close()


def test_a_board_that_is_no_longer_given_makes_way_for_a_queue(frame):
    board_of(frame)
    frame.desk.profile = msgspec.structs.replace(frame.desk.profile, grants=())
    frame.window._take(Change(reference=True))
    frame.wait(lambda: not frame.window.rail.offers_board)
    assert frame.window.list.isVisible() and not frame.window._area.board.isVisible()
    assert frame.window._area.code in frame.window.rail.codes


def test_the_list_behind_a_figure_makes_way_too(frame):
    board = board_of(frame)
    card(board, "open").click()
    opened_list(frame)
    frame.desk.profile = msgspec.structs.replace(frame.desk.profile, grants=())
    frame.window._take(Change(reference=True))
    frame.wait(lambda: not frame.window.rail.offers_board)
    assert frame.window.list.figure is None


def test_the_board_is_made_only_when_it_is_first_wanted(frame):
    assert frame.window._area._board is None
    board_of(frame)
    assert frame.window.rail.item("board").isChecked()


def test_every_figure_is_the_number_of_rows_behind_it(frame):
    board, workload = board_of(frame), frame.desk.workload
    tables = (board.day.agents, board.day.units, board.day.absences, board.monday.desks)
    targets = [one.target for one in (*board.day.figures.cards, *board.monday.figures.cards)]
    counts = {one.target: int(one.figure) for one in (*board.day.figures.cards, *board.monday.figures.cards)}
    for chart in (board.day.ages, board.day.days):
        counts |= {mark.data.target: mark.data.count for mark in chart.marks}
    for table in tables:
        for line in table.lines.grid.lines:
            for column, one in zip(table.lines.grid.columns, line.cells, strict=True):
                if column.kind == "figure" and column.code != "unsent" and one.target is not None:
                    counts[one.target] = int(one.text)
    assert len(counts) > 100 and set(targets) <= set(counts)
    for target, count in counts.items():
        assert workload.listing(target.mark).total == count, target


def test_ages_and_agents_add_up_to_the_open_stock(frame):
    board = board_of(frame)
    stock = int(card(board, "open").figure)
    assert sum(mark.data.count for mark in board.day.ages.marks) == stock
    codes = [line.code for line in board.day.agents.lines.grid.lines]
    lines = [int(cell(board.day.agents, "open", code).data()) for code in codes]
    assert sum(lines) == stock and codes[-1] == ""


def test_a_figure_opens_its_list_and_escape_leads_back_to_the_same_place(frame):
    board = board_of(frame)
    board.scroll.verticalScrollBar().setValue(40)
    figure = card(board, "overdue")
    figure.setFocus()
    QTest.keyClick(figure, Qt.Key.Key_Return)
    shown = opened_list(frame)
    assert len(shown) == int(figure.figure)
    assert frame.window.list.head.title.text() == "En retard"
    assert frame.window.rail.item("board").isChecked()
    QTest.keyClick(frame.window.list.view, Qt.Key.Key_Escape)
    frame.wait(board.isVisible)
    assert board.scroll.verticalScrollBar().value() == 40
    assert board.focusWidget() is figure


def test_the_back_button_of_a_list_leads_to_the_board_and_a_queue_ends_the_list(frame):
    board = board_of(frame)
    QTest.mouseClick(card(board, "waiting"), Qt.MouseButton.LeftButton)
    opened_list(frame)
    assert frame.window.list.head.end.text().strip() == "Revenir au tableau de bord"
    QTest.mouseClick(frame.window.list.head.end, Qt.MouseButton.LeftButton)
    frame.wait(board.isVisible)
    frame.queue("mine")
    assert frame.window.list.figure is None and frame.window.rail.item("mine").isChecked()
    assert not frame.window.list.head.end.isVisible()


def test_a_search_inside_a_figure_ends_where_it_began(frame):
    board = board_of(frame)
    QTest.mouseClick(card(board, "open"), Qt.MouseButton.LeftButton)
    before = opened_list(frame)
    frame.window.focus_search()
    QTest.keyClicks(frame.window.top.search, "facture")
    frame.wait(lambda: frame.window.list.head.title.text() == "Recherche" and frame.settled())
    QTest.keyClick(frame.window.top.search, Qt.Key.Key_Escape)
    frame.wait(lambda: frame.settled() and frame.complaints() == before)
    assert frame.window.list.head.title.text() == "Ouvertes"


def test_the_list_of_one_agent_names_the_agent(frame):
    board = board_of(frame)
    index = cell(board.day.agents, "overdue", "u-a0")
    board.day.agents.setCurrentIndex(index)
    QTest.keyClick(board.day.agents, Qt.Key.Key_Return)
    assert len(opened_list(frame)) == int(index.data())
    assert "Latifa Bakkali" in frame.window.list.head.title.text()


def test_an_urgent_line_opens_its_complaint_inside_its_list(frame):
    board = board_of(frame)
    urgent = board.day.urgent
    code = urgent.lines.grid.lines[0].code
    at = urgent.visualRect(urgent.lines.index(0, 0)).center()
    QTest.mouseClick(urgent.viewport(), Qt.MouseButton.LeftButton, pos=at)
    frame.wait(lambda: frame.window.case.complaint == code)
    assert frame.window.list.figure.mark.measure == "overdue"


def test_agents_are_in_the_order_of_their_names_until_a_person_asks_otherwise(frame):
    table = board_of(frame).day.agents
    names = [line.cells[0].key for line in table.lines.grid.lines[:-1]]
    assert names == sorted(names)
    head = table.horizontalHeader()
    column = [one.code for one in table.lines.grid.columns].index("open")
    at = QPoint(head.sectionViewportPosition(column) + head.sectionSize(column) // 2, head.height() // 2)
    QTest.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=at)
    opens = [int(line.cells[column].text) for line in table.lines.grid.lines[:-1]]
    assert opens == sorted(opens, reverse=True)
    assert table.lines.grid.lines[-1].code == ""


def test_a_unit_narrows_every_figure(frame):
    board, workload = board_of(frame), frame.desk.workload
    assert board.units._group.actions()[0].data() == ""
    unit = board.units._group.actions()[-1]
    unit.trigger()
    frame.wait(lambda: board._content.board.unit == unit.data())
    assert int(card(board, "open").figure) == workload.listing(Mark("open", unit.data())).total
    assert len(board.units._group.actions()) == 3  # one may always go back to the whole


def test_of_when_it_is_always_stands_beside_the_views(frame):
    board = board_of(frame)
    assert board.moment.isVisible()
    assert "09:42" in board.moment.text() and "synchronisation" in board.moment.text()
    board.tabs.setCurrentIndex(1)
    assert "09:35" in board.monday.desks_card.lead.text()


def test_an_act_changes_the_counts_in_place_a_moment_later(frame):
    board = board_of(frame)
    figure, before = card(board, "unassigned"), int(card(board, "unassigned").figure)
    nobody = frame.desk.rows(frame.desk.workload.listing(Mark("unassigned")).order)[0].row.id
    seen = frame.desk.case(nobody).confirmed_ver
    frame.desk.ask(nobody, acts.Assign(assignee="u-senhaji", previous=""), seen=seen)
    frame.wait(lambda: int(figure.figure) == before - 1)
    assert card(board, "unassigned") is figure


def test_many_changes_are_one_reading(frame):
    board_of(frame)
    frame.qtbot.wait(500)
    before = frame.desk.workload.reads
    for _ in range(30):
        frame.desk.settle()
    frame.qtbot.wait(900)
    assert frame.desk.workload.reads - before <= 3


def test_a_board_that_is_not_shown_is_not_read(frame):
    board_of(frame)
    frame.queue("mine")
    frame.qtbot.wait(450)
    before = frame.desk.workload.reads
    frame.desk.settle()
    frame.qtbot.wait(600)
    assert frame.desk.workload.reads == before


def test_lines_keep_their_places_under_the_pointer(frame, monkeypatch):
    table = board_of(frame).day.agents
    grid = table.lines.grid
    codes = [line.code for line in grid.lines]
    monkeypatch.setattr(table.viewport(), "underMouse", lambda: True)
    fewer = type(grid)(grid.columns, grid.lines[1:])
    table.show_grid(fewer)
    assert [line.code for line in table.lines.grid.lines] == codes
    monkeypatch.setattr(table.viewport(), "underMouse", lambda: False)
    table._catch_up()
    assert [line.code for line in table.lines.grid.lines] == codes[1:]


def test_a_failure_says_so_and_offers_to_try_again(frame):
    frame.desk.workload.fail = StoreError()
    frame.wait(lambda: frame.window.rail.offers_board)
    frame.window.open_board()
    board = frame.window._area.board
    frame.wait(board.failed.isVisible)
    frame.desk.workload.fail = None
    QTest.mouseClick(board.failed.button, Qt.MouseButton.LeftButton)
    frame.wait(board.scroll.isVisible)


def test_an_empty_list_behind_a_figure_leads_back(frame):
    board = board_of(frame)
    board.tabs.setCurrentIndex(1)
    silent = next(one for one in board.monday.figures.cards if one.target.mark.measure == "silent_elements")
    QTest.mouseClick(silent, Qt.MouseButton.LeftButton)
    frame.wait(frame.window.list.empty.isVisible)
    QTest.mouseClick(frame.window.list.empty.button, Qt.MouseButton.LeftButton)
    frame.wait(board.isVisible)
    assert board.monday.isVisible()


def test_the_board_mirrors_exactly_and_no_french_is_left(frame):
    board = board_of(frame)
    parts = (board.title, board.tabs, board.units, *board.day.figures.cards, *board.day.cards.values())
    before = [(one.mapTo(frame.window, QPoint()).x(), one.width()) for one in parts if one is not board.title]
    frame.window.turn_language()
    frame.wait(lambda: frame.settings.preferences.language == "ar")
    QApplication.processEvents()
    width = frame.window.width()
    after = [(one.mapTo(frame.window, QPoint()).x(), one.width()) for one in parts if one is not board.title]
    for (x, wide), (there, now), one in list(zip(before, after, parts[1:], strict=True))[2:]:
        assert abs(there - (width - x - wide)) <= 1 and now == wide, one
    for widget in board.findChildren(QWidget):
        if isinstance(widget, QLabel | QAbstractButton) and widget.isVisible():
            for said in (widget.text(), widget.accessibleName()):
                assert not LATIN_WORD.search(said), said


@pytest.mark.parametrize("language", ["fr", "ar"])
@pytest.mark.parametrize(("size", "text"), [((1024, 640), 100), ((1366, 768), 125), ((1440, 900), 200)])
def test_the_page_fits_its_width_and_scrolls(qtbot, tmp_path, language, size, text):
    frame = Frame(qtbot, tmp_path, desk=busy_desk(), language=language, text_size=text)
    frame.window.resize(*size)
    board = board_of(frame)
    QApplication.processEvents()
    room = board.scroll.viewport().width()
    assert board.scroll.widget().width() <= room
    for one in (*board.day.figures.cards, board.day.ages, board.day.days, board.day.agents, board.day.urgent):
        at = one.mapTo(board.scroll.widget(), QPoint()).x()
        assert at >= 0 and at + one.width() <= room, one
    for table in (board.day.agents, board.day.urgent, board.day.units):
        assert table.horizontalHeader().length() <= table.viewport().width() + 1
    frame.close()
    theme().set_scale(1)


def test_everything_that_takes_the_keyboard_has_a_name(frame):
    board = board_of(frame)
    for place in (0, 1):
        board.tabs.setCurrentIndex(place)
        for widget in board.findChildren(QWidget):
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible():
                text = getattr(widget, "text", str)()
                assert widget.accessibleName() or text.strip(), type(widget).__name__


def test_monday_names_the_day_before_and_the_desks_with_unsent_acts(frame):
    board = board_of(frame)
    board.tabs.setCurrentIndex(1)
    assert "vendredi 20 nov" in board.monday.figures.cards[0].text()
    lines = {line.code: line.cells for line in board.monday.desks.lines.grid.lines}
    assert lines["u-senhaji"][1].text == "4" and lines["u-tahiri"][3].text == "il y a 5 jours"
    assert frame.desk.workload.board().arrived_since == frame.desk.today - timedelta(days=4)


def test_the_figures_across_the_top_are_in_their_order(frame):
    assert tuple(one.target.mark.measure for one in board_of(frame).day.figures.cards) == FIGURES
