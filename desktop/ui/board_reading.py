"""What the board needs of the desk, read at once in the background: counts, names, the first urgent rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from desktop.core.workload_records import Board, Figure, Mark
from desktop.models.records import ListedRow
from protocol.directory import Unit

URGENT = 8
"""How many rows of what is most urgent the board shows."""
PREVIEW = 5
"""How many rows of each figure the Monday view shows."""


@dataclass(frozen=True, slots=True)
class BoardReading:
    """A board with the units one may switch to, the most urgent rows, and the first rows of Monday's figures.

    `previews` follows the order of `board.monday`; `people` are names by user, French and Arabic;
    `gives` says whether the person on whose board it is gives work to others.
    """

    board: Board
    today: date
    units: tuple[Unit, ...]
    urgent: tuple[ListedRow, ...]
    previews: tuple[tuple[ListedRow, ...], ...]
    people: dict[str, tuple[str, str]]
    gives: bool


def read(desk, unit: str) -> BoardReading:
    """Read the board of `unit` ("" for the whole administration). Blocking: for the background."""
    board = desk.workload.board(unit)
    urgent = _urgent(desk, board)
    previews = tuple(_first(desk, figure, PREVIEW) for figure in board.monday)
    rows = (*urgent, *(row for preview in previews for row in preview))
    users = {row.row.assignee for row in rows} | {line.deputy for line in board.agents}
    return BoardReading(
        board=board,
        today=desk.today,
        units=tuple(desk.units(desk.profile.main_administration)),
        urgent=urgent,
        previews=previews,
        people=_names(desk, users),
        gives=desk.workload.may_hand_over,
    )


def _urgent(desk, board: Board) -> tuple[ListedRow, ...]:
    """What is overdue, then what is due next, nearest first."""
    found: list[ListedRow] = []
    for measure in ("overdue", "due_5", "due_15"):
        room = URGENT - len(found)
        figure = next((one for one in board.totals if one.mark.measure == measure), None)
        if room > 0 and figure is not None:
            known = {row.n for row in found}
            # what is due within 5 days is also due within 15: those already here are read once more
            rows = _first(desk, figure, room + len(found))
            found += [row for row in rows if row.n not in known][:room]
    return tuple(found)


def _first(desk, figure: Figure, count: int) -> tuple[ListedRow, ...]:
    if not figure.count:
        return ()
    mark: Mark = figure.mark
    return tuple(desk.rows(desk.workload.first(mark, count)))


def _names(desk, users: Iterable[str]) -> dict[str, tuple[str, str]]:
    return {user: (desk.name_of(user, "fr"), desk.name_of(user, "ar")) for user in users if user}
