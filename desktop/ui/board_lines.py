"""The tables of the board as grids: units, agents, absences, what is urgent, desks with unsent acts."""

from dataclasses import dataclass
from datetime import datetime

from desktop.core.translation import Translation
from desktop.core.workload_records import NO_UNIT, Board, Figure, Line, Mark
from desktop.models.records import ListedRow
from desktop.ui import board_presenter as presenter
from desktop.ui.board_grid import Cell, Grid, GridColumn, GridLine, Part
from desktop.ui.board_presenter import Directory, NamedMark
from desktop.ui.palette import Tone, due_tone
from protocol.text import fold
from resources.catalogue import isolated, ltr

BAR = (("overdue", "danger"), ("due_5", "warn"))
"""Parts of a painted bar that are told apart; the rest is within its delay."""
AGENT_MEASURES = ("open", "new", "due_5", "overdue", "waiting", "answered")
UNIT_MEASURES = ("open", "overdue")
_SPARE = {"new": 3, "answered": 2, "waiting": 1}
"""Columns that a narrow table leaves out, the highest first."""


@dataclass(frozen=True, slots=True)
class HandoverOf:
    """Asks to give away everything open that an agent (or nobody) has."""

    mark: NamedMark


@dataclass(frozen=True, slots=True)
class ComplaintOf:
    """Asks to open one complaint inside the list of a figure."""

    complaint: str
    figure: NamedMark


def agents(board: Board, known: Directory, words: Translation, *, gives: bool = True) -> Grid:
    """One line a person, the unassigned last; with `gives` the last column gives theirs to others."""
    measures = _measures(board.agents, AGENT_MEASURES)
    columns = (
        GridColumn("name", words("board.column.agent"), kind="name", width=140, weight=3),
        GridColumn("load", words("board.column.load"), words("board.column.load.hint"), "bar", 72, 1),
        *(_figure_column(code, words) for code in measures),
    )
    largest = max((presenter.load(line) for line in board.agents), default=0)
    lines = [_measured_line(line, measures, largest, known, words) for line in board.agents]
    if gives:
        columns = (*columns, GridColumn("hand_over", "", words("handover.of"), "icon", 36))
        lines = [_giving(line, plain, known, words) for line, plain in zip(board.agents, lines, strict=True)]
    return Grid(columns, tuple(lines)).arranged(0, falling=False)


def units(board: Board, known: Directory, words: Translation) -> Grid:
    """One line a unit."""
    measures = _measures(board.units, UNIT_MEASURES)
    columns = (
        GridColumn("name", words("board.column.unit"), kind="name", width=96, weight=4),
        GridColumn("load", words("board.column.load"), words("board.column.load.hint"), "bar", 48, 1, 1),
        *(_figure_column(code, words) for code in measures),
    )
    largest = max((presenter.load(line) for line in board.units), default=0)
    lines = [_measured_line(line, measures, largest, known, words) for line in board.units]
    return Grid(columns, tuple(lines)).arranged(0, falling=False)


def absences(board: Board, people: dict[str, presenter.Names], known: Directory, words: Translation) -> Grid:
    """Who is away, until when, who stands in, and how many complaints wait for them."""
    columns = (
        GridColumn("name", words("board.column.agent"), kind="name", width=110, weight=2),
        GridColumn("until", words("board.column.until"), kind="text", width=90, weight=1),
        GridColumn("deputy", words("board.column.deputy"), kind="text", width=100, weight=2),
        _figure_column("open", words),
    )
    lines = []
    for line in board.agents:
        if not (line.absent or line.absent_from):
            continue
        until, deputy = line.absent_until, people.get(line.deputy, ("", ""))[words.language == "ar"]
        said = words.short_date(until) if until else words("board.no_end")
        if line.absent_from and not line.absent:
            said = words("board.from_day", date=words.short_date(line.absent_from))
        name = presenter.name(line, words)
        cells = (
            Cell(isolated(name), name, fold(name)),
            Cell(said, key=until.isoformat() if until else "9"),
            Cell(
                isolated(deputy) if deputy else words("board.no_deputy"), key=fold(deputy), quiet=not deputy
            ),
            _figure_cell(presenter.figure_of(line, "open"), known, words),
        )
        lines.append(GridLine(line.code, cells))
    return Grid(columns, tuple(lines)).arranged(0, falling=False)


def complaints(
    rows: tuple[ListedRow, ...],
    today,
    people: dict[str, presenter.Names],
    figure: NamedMark,
    words: Translation,
) -> Grid:
    """Some rows of a list: object, number, who has it, when it is due; each opens its complaint."""
    columns = (
        GridColumn("object", words("board.column.object"), kind="name", width=120, weight=3),
        GridColumn("agent", words("board.column.agent"), kind="text", width=84, weight=2, spare=1),
        GridColumn("due", words("board.column.due"), kind="figure", width=136),
    )
    lines = []
    for row in (listed.row for listed in rows):
        target = ComplaintOf(row.id, figure)
        left = (row.due - today).days
        name = people.get(row.assignee, ("", ""))[words.language == "ar"]
        who = isolated(name) if name else words("board.nobody_one")
        due = words.due(left, row.type)
        spoken = words(
            "board.row.spoken", number=ltr(row.number), object=isolated(row.object), agent=who, due=due
        )
        lines.append(
            GridLine(
                row.id,
                (
                    Cell(isolated(row.object), spoken, target=target),
                    Cell(who, spoken, quiet=True, target=target),
                    Cell(due, spoken, tone=due_tone(left), quiet=left > 15, target=target),
                ),
            )
        )
    return Grid(columns, tuple(lines))


def desks(board: Board, known: Directory, words: Translation, now: datetime) -> Grid:
    """PCs that hold unsent acts or are silent: whose, how many, since when, last heard."""
    columns = (
        GridColumn("name", words("board.column.agent"), kind="name", width=140, weight=3),
        GridColumn("unsent", words("board.column.unsent"), words("board.column.unsent.hint"), "figure", 110),
        GridColumn("since", words("board.column.since"), kind="text", width=130, weight=2),
        GridColumn("heard", words("board.column.heard"), kind="text", width=130, weight=2),
    )
    lines = []
    for desk in board.desks:
        name = (desk.name_ar if words.language == "ar" else desk.name_fr) or words("board.desk.unknown")
        mark = NamedMark(Mark("open", board.unit, desk.account), agent=(desk.name_fr, desk.name_ar))
        since = words.ago(desk.oldest, now) if desk.oldest else words("board.none")
        heard = words.ago(desk.heard, now)
        unsent = words.number(desk.unsent)
        spoken = words("board.desk.spoken", name=isolated(name), unsent=unsent, since=since, heard=heard)
        cells = (
            Cell(isolated(name), spoken, fold(name), target=mark),
            Cell(unsent, spoken, desk.unsent, Tone.WARN if desk.unsent else Tone.NEUTRAL, target=mark),
            Cell(since, spoken, desk.oldest.isoformat() if desk.oldest else "", quiet=desk.oldest is None),
            Cell(heard, spoken, desk.heard.isoformat()),
        )
        lines.append(GridLine(desk.account, cells))
    return Grid(columns, tuple(lines)).arranged(0, falling=False)


def bar(line: Line, largest: int) -> tuple[Part, ...]:
    """The line's load as shares of the largest one: overdue, due within five days, the rest."""
    whole = presenter.load(line)
    if not largest or not whole:
        return ()
    counts = []
    for code, token in BAR:
        found = presenter.figure_of(line, code)
        counts.append((found.count if found else 0, token))
    rest = max(0, whole - sum(count for count, _ in counts))
    return tuple(Part(count / largest, token) for count, token in ((rest, "accent"), *counts[::-1]) if count)


def _measures(lines: tuple[Line, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the measures that the lines have."""
    known = {figure.mark.measure for figure in lines[0].figures} if lines else set()
    return tuple(code for code in wanted if code in known)


def _figure_column(code: str, words: Translation) -> GridColumn:
    title, hint = presenter.short(code, words), presenter.measure(code, words)
    return GridColumn(code, title, hint, spare=_SPARE.get(code, 0))


def _giving(line: Line, plain: GridLine, known: Directory, words: Translation) -> GridLine:
    """The line with a cell more, which gives what it has to others."""
    found = presenter.figure_of(line, "open")
    if found is None or not found.count:
        return GridLine(plain.code, (*plain.cells, Cell()), plain.last)
    name = isolated(presenter.name(line, words))
    said = words.count("handover.of_agent", found.count, figure=words.number(found.count), name=name)
    give = Cell("", said, found.count, icon="balance", target=HandoverOf(known.named(found.mark)))
    return GridLine(plain.code, (*plain.cells, give), plain.last)


def _measured_line(
    line: Line, measures: tuple[str, ...], largest: int, known: Directory, words: Translation
) -> GridLine:
    name = presenter.name(line, words)
    whole = presenter.figure_of(line, "open")
    target = known.named(whole.mark) if whole else None
    away = presenter.absence(line, words, known.agents)
    said = presenter.spoken(whole, target, words) if whole and target else name
    cells = [
        Cell(
            isolated(name),
            f"{said} · {away}" if away else said,
            fold(name),
            aside=words("board.away") if line.absent else "",
            target=target,
        ),
        Cell(
            "", _bar_spoken(line, said, words), presenter.load(line), parts=bar(line, largest), target=target
        ),
    ]
    cells += [_figure_cell(presenter.figure_of(line, code), known, words) for code in measures]
    return GridLine(line.code, tuple(cells), last=line.code in ("", NO_UNIT))


def _bar_spoken(line: Line, said: str, words: Translation) -> str:
    parts = [said]
    for code, _ in BAR:
        found = presenter.figure_of(line, code)
        if found and found.count:
            parts.append(f"{presenter.measure(code, words)} : {words.number(found.count)}")
    return " · ".join(parts)


def _figure_cell(figure: Figure | None, known: Directory, words: Translation) -> Cell:
    if figure is None:
        return Cell(key=0)
    named = known.named(figure.mark)
    return Cell(
        words.number(figure.count),
        presenter.spoken(figure, named, words),
        figure.count,
        tone=presenter.tone(figure),
        quiet=not figure.count,
        target=named,
    )
