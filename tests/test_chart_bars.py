"""The painted charts: round scales, columns that mirror, one stop of the Tab key, bars that open lists."""

from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.core.translation import Translation
from desktop.core.workload_records import Mark
from desktop.ui.board_presenter import NamedMark
from desktop.ui.chart_bars import BarChart, ColumnData
from desktop.ui.chart_mark import MarkData
from desktop.ui.chart_scale import label_every, ticks
from desktop.ui.theme import theme

COUNTS = (34, 38, 0, 32, 9)


def column(place: int, *counts: int) -> ColumnData:
    marks = tuple(
        MarkData(NamedMark(Mark(f"m{place}.{n}")), count, str(count), f"{place}.{n} : {count}")
        for n, count in enumerate(counts)
    )
    return ColumnData(str(place), marks)


@pytest.fixture(params=[Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft], ids=["fr", "ar"])
def chart(request, qtbot):
    made = BarChart(Translation("fr"))
    qtbot.addWidget(made)
    made.setLayoutDirection(request.param)
    made.show_columns(tuple(column(place, count) for place, count in enumerate(COUNTS)))
    made.show_limit("60 jours", after=3)
    made.resize(500, 260)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.mark.parametrize(
    ("largest", "expected"),
    [(0, (0, 1)), (1, (0, 1)), (3, (0, 1, 2, 3)), (9, (0, 5, 10)), (38, (0, 10, 20, 30, 40))],
)  # fmt: skip
def test_a_scale_is_round_whole_and_holds_the_largest(largest, expected):
    assert ticks(largest) == expected


@pytest.mark.parametrize("largest", (*range(30), 99, 100, 101, 2_001, 200_000))
def test_a_scale_has_few_equal_steps_and_no_fraction(largest):
    scale = ticks(largest)
    steps = {b - a for a, b in pairwise(scale)}
    assert scale[0] == 0 and scale[-1] >= largest and len(scale) <= 5 and len(steps) == 1


def test_labels_that_do_not_fit_are_thinned():
    assert label_every(14, 600, 16) == 1
    assert label_every(14, 200, 40) > 2
    assert label_every(0, 100, 10) == 1


def test_a_bar_is_as_high_as_its_share_of_the_scale(chart):
    plot = chart.plot()
    for mark, count in zip(chart.marks, COUNTS, strict=True):
        expected = plot.height() * count / chart.scale[-1]
        assert mark.bar().height() == pytest.approx(expected, abs=1.5)


def test_columns_begin_at_the_near_edge_and_mirror(qtbot):
    places = {}
    for towards in (Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft):
        made = BarChart(Translation("fr"))
        qtbot.addWidget(made)
        made.setLayoutDirection(towards)
        made.show_columns(tuple(column(place, count) for place, count in enumerate(COUNTS)))
        made.show_limit("60 jours", after=3)
        made.resize(502, 260)
        made.show()
        QApplication.processEvents()
        places[towards] = [(one.x(), one.width()) for one in made.columns], made.limit_x()
    (left, limit), (right, mirrored) = places.values()
    for (x, width), (there, wide) in zip(left, right, strict=True):
        assert abs(there - (502 - x - width)) <= 1 and abs(wide - width) <= 1
    assert left[0][0] < left[-1][0] and right[0][0] > right[-1][0]
    assert mirrored == pytest.approx(502 - limit, abs=1.5)


def test_the_limit_stands_between_its_two_columns(chart):
    centres = sorted(chart.columns[place].geometry().center().x() for place in (3, 4))
    assert centres[0] < chart.limit_x() < centres[1]


def test_a_chart_is_one_stop_of_the_tab_key_and_arrows_walk_it_as_it_is_read(chart, qtbot):
    stops = [mark for mark in chart.marks if mark.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert stops == [chart.marks[0]]
    chart.activateWindow()
    chart.marks[0].setFocus()
    onward = (
        Qt.Key.Key_Right if chart.layoutDirection() is Qt.LayoutDirection.LeftToRight else Qt.Key.Key_Left
    )
    QTest.keyClick(chart.marks[0], onward)
    qtbot.waitUntil(lambda: chart.focusWidget() is chart.marks[1])
    QTest.keyClick(chart.marks[1], Qt.Key.Key_End)
    assert chart.focusWidget() is chart.marks[-1]
    assert [mark for mark in chart.marks if mark.focusPolicy() & Qt.FocusPolicy.TabFocus] == [chart.marks[-1]]


@pytest.mark.parametrize("way", ["mouse", "enter", "space"])
def test_every_bar_opens_its_own_list_also_an_empty_one(chart, way):
    opened = []
    chart.opened.connect(opened.append)
    for mark in chart.marks:
        if way == "mouse":
            QTest.mouseClick(mark, Qt.MouseButton.LeftButton)
        else:
            QTest.keyClick(mark, Qt.Key.Key_Return if way == "enter" else Qt.Key.Key_Space)
    assert opened == [mark.data.target for mark in chart.marks]


def test_every_bar_says_its_count(chart):
    for mark, count in zip(chart.marks, COUNTS, strict=True):
        assert str(count) in mark.accessibleName() and mark.toolTip() == mark.accessibleName()


def test_new_counts_are_drawn_in_the_same_bars(chart):
    before = chart.marks
    chart.show_columns(tuple(column(place, count * 3) for place, count in enumerate(COUNTS)))
    assert chart.marks == before and chart.scale[-1] >= 114
    chart.show_columns(tuple(column(place, 1) for place in range(2)))
    assert len(chart.marks) == 2


def test_a_chart_grows_with_the_text(chart):
    before = chart.sizeHint().height()
    theme().set_scale(2)
    try:
        assert chart.sizeHint().height() >= 1.9 * before
    finally:
        theme().set_scale(1)
