"""What the list pane is asked to show, and how the desk answers: a queue, a search, a figure of the board."""

from dataclasses import dataclass

from desktop.models.records import ListedRow, Listing
from desktop.ui.board_presenter import NamedMark

EMPTY_ICONS = {
    "today": "check",
    "due_soon": "clock",
    "overdue": "check",
    "waiting": "waiting",
    "returned": "check",
    "unassigned": "assign",
    "unit": "unit",
    "triage": "triage",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """`text` is a search, `everywhere` leaves the queue, `figure` is the list behind a count of the board."""

    queue: str = "mine"
    sort: str = "due"
    text: str = ""
    everywhere: bool = True
    figure: NamedMark | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A listing, and the row that was open if it is no longer in it."""

    wanted: Wanted
    listing: Listing
    left: ListedRow | None


def read(desk, wanted: Wanted, opened: int | None) -> Answer:
    """Ask the desk; `opened` is the number of the row that is open. Blocking: for the background."""
    if wanted.text:
        inside = "" if wanted.everywhere or wanted.figure is not None else wanted.queue
        listing = desk.search(wanted.text, inside)
    elif wanted.figure is not None:
        listing = desk.workload.listing(wanted.figure.mark, wanted.sort)
    else:
        listing = desk.listing(wanted.queue, wanted.sort)
    gone = opened is not None and opened not in listing.order
    lines = desk.rows([opened]) if gone else ()
    return Answer(wanted, listing, lines[0] if lines else None)
