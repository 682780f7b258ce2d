"""The window's board over the real desk and its encrypted cache: the same figures, lists and handover."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.ui.theme import theme
from tests import desk_world
from tests.frame_world import Frame


@pytest.fixture
def frame(qtbot, tmp_path):
    office = desk_world.Office(tmp_path / "office")
    desk = office.open(grace=60)
    office.until(lambda: desk.listing("unit").total > 0)
    opened = Frame(qtbot, tmp_path, desk=desk, queue="unit")
    yield opened
    opened.close()
    office.close()
    theme().set_scale(1)


def test_figures_lists_and_a_handover_agree_with_the_store(frame):
    desk = frame.desk
    frame.wait(lambda: frame.window.rail.offers_board)
    frame.window.open_board()
    board = frame.window._area.board
    frame.wait(lambda: board.is_ready and board.day.figures.isVisible())
    # A card that was never laid out has no place to be clicked at.
    frame.wait(lambda: all(card.rect().contains(card.rect().center()) for card in board.day.figures.cards))
    for card in board.day.figures.cards:
        assert desk.workload.listing(card.target.mark).total == int(card.figure)
    stock = next(card for card in board.day.figures.cards if card.target.mark.measure == "open")
    assert sum(mark.data.count for mark in board.day.ages.marks) == int(stock.figure) > 10
    QTest.mouseClick(stock, Qt.MouseButton.LeftButton)
    frame.wait(
        lambda: (
            frame.window.list.figure
            and frame.settled()
            and frame.window.list.model.rowCount() == int(stock.figure)
        )
    )
    before = desk.workload.loads()
    QTest.keyClick(frame.window.list.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    frame.window.list.hand_over()
    dialog = frame.window._area.handover.current
    frame.wait(lambda: dialog.plan is not None and dialog.confirm_button.isEnabled())
    after = {agent: count for agent, count in dialog.plan.after.items() if count}
    dialog.confirm()
    frame.wait(lambda: frame.window._area.handover.current is None)
    held = desk.workload.loads()
    assert {agent: held[agent] for agent in after} == after
    bar = frame.window.case.undo_bar
    frame.wait(lambda: bar.can_undo)
    bar.undo()
    frame.wait(lambda: "annulées" in bar.label.text())
    assert desk.workload.loads() == before
