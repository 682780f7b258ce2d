"""Which letter belongs to which complaint: the server's file of record, or a marked rendering made here.

Letters are filled and rendered by the same code as on the server (`letters.composition`). Everything blocks;
`record` and `letter` need the network until their file has come once, `receipt` always does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from desktop.core.errors import PersonError
from desktop.core.printing import PROVISIONAL_PAPER, AccessLog, Prints, letter_paper
from protocol import history
from protocol.blanks import unfilled
from protocol.complaint import Attachment, Complaint, Event, Reply, Status
from protocol.deadlines import civil_date
from protocol.directory import Administration, Colleague, Profile, Unit
from protocol.settings import Settings
from sync.errors import SyncError

if TYPE_CHECKING:
    from desktop.models.store import Store
    from sync.blobs import Files

BEFORE_SIGNATURE = frozenset({Status.TO_VALIDATE, Status.TO_SIGN})
"""States in which the answer that waits is still a draft (PROJET / مشروع)."""


class LetterIncomplete(PersonError):
    """The letter cannot be made: `missing` names empty fields, `unfilled` the template's left in words."""

    code = "letter_incomplete"

    def __init__(self, missing: tuple[str, ...], unfilled: tuple[str, ...]) -> None:
        super().__init__()
        self.missing, self.unfilled = missing, unfilled


class NoLetter(PersonError):
    """Nobody has answered this complaint yet."""

    code = "no_letter"


@dataclass(frozen=True, slots=True)
class LetterState:
    """The letter a complaint has now. `event` made it ready, None for a draft that waits for a signature.

    `number` is its outgoing number, "" before it has one; `file` the record, None before it came.
    """

    reply: Reply
    event: Event | None = None
    number: str = ""
    file: Attachment | None = None

    @property
    def is_signed(self) -> bool:
        """Whether somebody has answered for it."""
        return self.event is not None


@dataclass(frozen=True, slots=True)
class ShownLetter:
    """A letter as it can be shown now. `paper` names it in the log of prints; `is_copy`: printed before.

    When it is not the record, `why` says so: "draft" (not signed), "not_yet" (no file yet), "not_here" (its
    file is on the server, out of reach now).
    """

    content: bytes
    number: str
    paper: str
    why: str = ""
    is_copy: bool = False

    @property
    def is_record(self) -> bool:
        """Whether these are the server's own bytes."""
        return not self.why


class Papers(AccessLog, Protocol):
    """What letters are made from, and where their files are."""

    def document(self, complaint: str) -> Complaint:
        """With my acts folded over it; raises NotHere."""
        ...

    def administrations(self) -> tuple[Administration, ...]:
        """The register."""
        ...

    def units(self) -> tuple[Unit, ...]:
        """Their services."""
        ...

    def colleagues(self) -> tuple[Colleague, ...]:
        """People by whom letters are signed."""
        ...

    def settings(self, administration: str) -> Settings:
        """The rule book of an administration."""
        ...

    def bring(self, sha256: str) -> bytes:
        """A file, kept once it came; raises SyncError."""
        ...

    def receipt(self, complaint: str) -> bytes:
        """A receipt with a fresh code, from the server; raises SyncError."""
        ...


class Correspondence:
    """Letters and receipts of one desk. `profile` gives the signed-in person, `clock` aware UTC."""

    def __init__(
        self, papers: Papers, *, profile: Callable[[], Profile], clock: Callable[[], datetime]
    ) -> None:
        self._papers, self._profile, self._clock = papers, profile, clock
        self.prints = Prints(papers, clock)

    def preview(self, complaint: str, reply: Reply, *, ground: str = "") -> bytes:
        """The letter of an answer being written, marked PROJET / مشروع, without a number.

        `ground` is the code of an inadmissibility. Raises LetterIncomplete, NotHere.
        """
        return self._rendered(self._papers.document(complaint), LetterState(reply), ground=ground)

    def record(self, complaint: str, act: str = "") -> bytes | None:
        """The file of record of the letter made ready by `act` (the newest when ""), None before it exists.

        Raises Offline and other SyncError while the file has not come to this PC, and NotHere.
        """
        file = history.recorded_letter(self._papers.document(complaint), act)
        return None if file is None else self._papers.bring(file.sha256)

    def letter(self, complaint: str, act: str = "") -> ShownLetter:
        """The record, or where it cannot be had the same letter marked PROVISOIRE / مؤقت (PROJET unsigned).

        Raises NoLetter, LetterIncomplete, NotHere.
        """
        document = self._papers.document(complaint)
        state = state_of(document, act)
        if state is None:
            raise NoLetter()
        why = "not_yet" if state.is_signed else "draft"
        if state.file is not None:
            try:
                return self._record(complaint, state, state.file)
            except SyncError:
                why = "not_here"
        return ShownLetter(self._rendered(document, state), state.number, PROVISIONAL_PAPER, why)

    def receipt(self, complaint: str) -> bytes:
        """A receipt with a fresh tracking code, which ends the former one; raises Offline, NotAllowed…"""
        return self._papers.receipt(complaint)

    def _record(self, complaint: str, state: LetterState, file: Attachment) -> ShownLetter:
        content, paper = self._papers.bring(file.sha256), letter_paper(file.sha256)
        return ShownLetter(content, state.number, paper, is_copy=self.prints.is_copy(complaint, paper))

    def _rendered(self, document: Complaint, state: LetterState, *, ground: str = "") -> bytes:
        # Not before somebody wants a letter: the program would start a twentieth of a second later.
        from letters.composition import compose, letterhead_of
        from letters.letter import Incomplete, Mark, missing, render

        on = civil_date(state.event.at if state.event is not None else self._clock())
        signatory = self._person(state.event.by) if state.event is not None else None
        register = {body.code: body for body in self._papers.administrations()}
        body = register.get(document.administration)
        if body is None:
            raise LetterIncomplete(("ministry",), ())
        unit = next((one for one in self._papers.units() if one.code == document.unit), None)
        head = letterhead_of(body, unit, signatory, self._papers.settings(body.code), on=on)
        mark = Mark.PROVISIONAL if state.is_signed else Mark.PROJECT
        letter = compose(document, state.reply, head, mark=mark, number=state.number, on=on, ground=ground)
        left = unfilled(state.reply)
        if left:
            raise LetterIncomplete(missing(letter), left)
        try:
            return render(letter)
        except Incomplete as error:
            raise LetterIncomplete(error.names, ()) from error

    def _person(self, user: str) -> Colleague | None:
        me = self._profile()
        if user == me.id:
            return Colleague(id=me.id, name_fr=me.name_fr, name_ar=me.name_ar, grants=me.grants)
        return next((one for one in self._papers.colleagues() if one.id == user), None)


def state_of(document: Complaint, act: str = "") -> LetterState | None:
    """The letter made ready by `act`, or by "" the one that matters now; None when there is none."""
    if not act and document.status in BEFORE_SIGNATURE and document.pending is not None:
        return LetterState(document.pending)
    event = history.made_ready(document, act)
    newest = history.last(document, *history.MADE_READY)
    if not act and newest is not None and (event is None or document.status == Status.TO_DISPATCH):
        event = newest
    reply = history.reply_of(document, event) if event is not None else None
    if event is None or reply is None:
        return None
    file = history.recorded_letter(document, event.act) if event.act else None
    return LetterState(reply, event, event.number, file)


class StorePapers:
    """Implements Papers over an open store and its connection."""

    def __init__(self, store: "Store", files: "Files", fetch_receipt: Callable[[str], bytes]) -> None:
        self._store, self._files, self._fetch_receipt = store, files, fetch_receipt

    def document(self, complaint: str) -> Complaint:
        """As the pane shows it."""
        return self._store.view(complaint)[0]

    def administrations(self) -> tuple[Administration, ...]:
        """The register."""
        return self._store.directory.administrations()

    def units(self) -> tuple[Unit, ...]:
        """Services in sight."""
        return self._store.directory.units()

    def colleagues(self) -> tuple[Colleague, ...]:
        """People in sight."""
        return self._store.directory.colleagues()

    def settings(self, administration: str) -> Settings:
        """The rule book."""
        return self._store.directory.settings(administration)

    def bring(self, sha256: str) -> bytes:
        """From this PC, or from the server and kept."""
        return self._files.bring(sha256)

    def receipt(self, complaint: str) -> bytes:
        """From the server."""
        return self._fetch_receipt(complaint)

    def log_access(self, complaint: str, what: str, now: datetime) -> None:
        """In work.db."""
        self._store.log_access(complaint, what, now)

    def accesses(self, complaint: str, what: str) -> int:
        """From work.db."""
        return self._store.accesses(complaint, what)
