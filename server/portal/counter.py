"""The portal's counter: what a citizen may do, without pages or HTTP: file, follow, add, reopen, rate.

Every method is one short transaction and takes `now` (aware UTC); whatever is refused comes back with what
was typed, never as a traceback.
"""

import hashlib
import hmac
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from protocol.acts import Asked
from protocol.complaint import Attachment, Complaint
from protocol.directory import Administration, Theme
from protocol.files import BadUpload, UploadProblem, clean_name
from protocol.settings import CITIZEN
from server import audit, blobs, complaints, directory, intake, joined, receipts, receipts_print, uploads
from server.config import Config
from server.database import Database
from server.identifiers import uuid7
from server.intake import Intake, Seed
from server.portal import case, saying, second_proof
from server.portal.forms import Posted
from server.portal.saying import Said
from server.portal.staging import Staging
from server.portal.tickets import Filed, Followed, Tickets
from server.rate_limit import Allowance, RateLimit
from server.receipts import Receipt
from server.recovery import Recovery
from server.request import FieldProblem, Request, check, nameable, tidy

FILE_LOST = "file_lost"
BUSY = "busy"
_NOBODY = str(uuid.UUID(int=0))


class Refusal(StrEnum):
    """Why a follow-up page is not opened, or a message not taken; each is a text of the catalogue."""

    WRONG = "portal.follow.wrong"
    WAIT = "portal.follow.wait"
    CHANGED = "portal.error.refused"
    EXPIRED = "portal.error.expired"
    PROOF = "portal.error.proof"
    PROOFS = "portal.error.proofs"


class Refused(Exception):
    """The citizen cannot do this now; `reason` says why."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.name)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser: its session cookie, its network address, the language of the page it reads."""

    session: str
    address: str
    language: str


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A posted form, read: the request as typed, its files kept, the problems of those files."""

    request: Request
    problems: tuple[FieldProblem, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the lists of the form offer."""

    administrations: tuple[Administration, ...]
    themes: tuple[Theme, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """A file for the citizen: its name, its type, its bytes."""

    name: str
    mime: str
    data: bytes


class Counter:
    """Opened once by the server, used from any thread."""

    def __init__(self, database: Database, config: Config, taking: Intake) -> None:
        self.database = database
        self.config = config
        self.intake = taking
        self.tickets = Tickets(taking.secret)
        self._staging = Staging(config)
        self._filing = RateLimit(Allowance(config.filing_burst, config.filing_refill_seconds))
        self._following = RateLimit(Allowance(config.follow_burst, config.follow_refill_seconds))
        self._speaking = RateLimit(Allowance(config.message_burst, config.message_refill_seconds))
        self._receiving = RateLimit(Allowance(config.file_burst, config.file_refill_seconds))
        self._proving = RateLimit(Allowance(config.proof_burst, config.proof_refill_seconds))
        asking = Allowance(config.recovery_burst, config.recovery_refill_seconds)
        self.recovery = Recovery(database, taking.secret, taking.entropy, asking)

    # Filing --------------------------------------------------------------------------------------------

    def choices(self) -> Choices:
        """Administrations that may be named, and themes."""
        with self.database.reading() as connection:
            return Choices(nameable(connection), directory.themes(connection))

    def review(self, posted: Posted, visitor: Visitor, now: datetime) -> Reviewed:
        """Read a posted form; its files are checked and kept, so that they need not be sent again."""
        problems: list[FieldProblem] = []
        attachments: dict[str, Attachment] = {}
        for stub in posted.fields.get("kept", ()):
            attachment = self.tickets.read_stub(visitor.session, stub)
            if attachment is None or not self._staging.has(attachment):
                problems.append(FieldProblem("files", FILE_LOST))
            else:
                attachments[attachment.sha256] = attachment
        for sent in posted.files:
            try:
                if sent.is_too_big:
                    raise BadUpload(UploadProblem.TOO_BIG, clean_name(sent.name))
                if self._receiving.take(visitor.address, now) or self._staging.is_full(now):
                    problems.append(FieldProblem("files", BUSY))
                    continue
                upload = uploads.check(sent.name, sent.data)
            except BadUpload as error:
                problems.append(FieldProblem("files", error.problem, name=error.name))
            else:
                self._staging.keep(upload, now)
                attachments.setdefault(upload.attachment.sha256, upload.attachment)
        request = _read_request(posted, visitor.language, tuple(attachments.values()))
        return Reviewed(request, tuple(problems))

    def may_file(self, visitor: Visitor, now: datetime) -> bool:
        """Spend one filing of this address; False when it must wait."""
        return self._filing.take(visitor.address, now) == 0

    def file(self, reviewed: Reviewed, seed: Seed, now: datetime) -> Receipt:
        """Register a reviewed request; raises intake.Invalid with the problems of fields and files."""

        def enter(connection: Connection) -> Receipt:
            if reviewed.problems:
                found = check(connection, tidy(reviewed.request))
                raise intake.Invalid(found + reviewed.problems)
            for attachment in reviewed.request.attachments:
                if not self._staging.deliver(connection, attachment, now):
                    raise intake.Invalid((FieldProblem("files", FILE_LOST),))
            return intake.file(connection, reviewed.request, now, seed=seed, intake=self.intake)

        # The button pressed twice reaches two processes at once: the second finds the request registered.
        return self.database.attempt(enter)

    def receipt(self, filed: Filed) -> Receipt | None:
        """The receipt of what this browser has filed; None when another code has replaced that one."""
        with self.database.reading() as connection:
            return self._receipt(connection, filed)

    def _receipt(self, connection: Connection, filed: Filed) -> Receipt | None:
        known = receipts.stored_hash(connection, filed.complaint)
        if not receipts.is_same(known, receipts.hash_code(self.intake.secret, filed.complaint, filed.code)):
            return None
        return intake.receipt(complaints.load(connection, filed.complaint), filed.code)

    def receipt_paper(self, filed: Filed, visitor: Visitor, now: datetime) -> Paper | None:
        """The same receipt as PDF; None as above, or when this address has had very many."""
        with self.database.reading() as connection:
            given = self._receipt(connection, filed)
            if given is None or self._receiving.take(visitor.address, now):
                return None
            letter = receipts_print.letter_of(connection, given, self.config, renewed_at=filed.renewed_at)
        return Paper(receipts_print.file_name(given), receipts_print.PDF, receipts_print.printed(letter))

    def names(self, language: str) -> dict[str, str]:
        """How administrations are called, by code."""
        with self.database.reading() as connection:
            return _names(connection, language)

    # Following -----------------------------------------------------------------------------------------

    def open_case(self, number: str, code: str, visitor: Visitor, now: datetime) -> Followed:
        """Check a pair; raises Refused, in the same words and after the same work whatever is wrong in it."""
        number = receipts.read_number(number)
        keys = (f"address {visitor.address}", f"number {number}")
        # Counted before it is judged: many tries at once are not more than one after the other.
        taken = [key for key in keys if not self._following.take(key, now)]
        must_wait = len(taken) < len(keys)
        with self.database.reading() as connection:
            tracked = complaints.find(connection, number)
        secret = self.intake.secret
        known = tracked.tracking_hash if tracked else receipts.hash_code(secret, _NOBODY, "")
        given = receipts.hash_code(secret, tracked.id if tracked else _NOBODY, code)
        is_right = receipts.is_same(known, given) and bool(receipts.read_code(code))
        if must_wait or is_right:
            for key in taken:
                self._following.give_back(key, now)
        if must_wait:
            raise Refused(Refusal.WAIT)
        if tracked is None or not is_right:
            raise Refused(Refusal.WRONG)
        return Followed(complaint=tracked.id, key=_key(tracked.tracking_hash))

    def _opened(self, connection: Connection, followed: Followed) -> Complaint | None:
        """The request, while the code that opened it is still its code."""
        if not receipts.is_same(_key(receipts.stored_hash(connection, followed.complaint)), followed.key):
            return None
        return complaints.load(connection, followed.complaint)

    def read_case(self, followed: Followed, language: str, now: datetime) -> case.Case | None:
        """What the citizen may read of his request; None when its code is no longer the one given."""
        with self.database.reading() as connection:
            document = self._opened(connection, followed)
            if document is None:
                return None
            settings = directory.settings_for(connection, document.administration)
            reader = case.Reader(language, now, settings, _names(connection, language))
            return case.describe(document, reader, joined.answering_for(connection, document))

    def say(
        self, followed: Followed, said: Said, seed: Seed, *, language: str, now: datetime
    ) -> tuple[FieldProblem, ...]:
        """Execute the citizen's own act, once per form.

        Gives the problems of what was said, if any; raises Refused when the request no longer allows the
        act, its code has been replaced, or it has had too many messages in a short time.
        """
        said = saying.tidy(said)
        problems = saying.check(said)
        if problems:
            return problems
        if self._speaking.take(followed.complaint, now):
            raise Refused(Refusal.WAIT)
        with self.database.transaction() as connection:
            document = self._opened(connection, followed)
            if document is None or saying.is_outdated(said, document, seed.issued_at):
                raise Refused(Refusal.CHANGED)
            asked = Asked(
                id=self._act_id(followed, said, seed),
                complaint=document.id,
                seen=document.ver,
                at=now,
                act=saying.act_of(said, language),
            )
            result = complaints.execute(connection, asked, CITIZEN, "", now)
        if result.status != "applied":
            raise Refused(Refusal.CHANGED)
        return ()

    def _act_id(self, followed: Followed, said: Said, seed: Seed) -> str:
        told = (seed.secret, followed.complaint, said.kind, said.satisfied, said.reason, said.text)
        digest = hmac.new(self.intake.secret, "\0".join(told).encode(), hashlib.sha256).digest()
        return uuid7(seed.issued_at, lambda size: digest[:size])

    # The letter, and the answer's files ----------------------------------------------------------------

    def paper(
        self, followed: Followed, proof: str, visitor: Visitor, now: datetime, *, sha256: str = ""
    ) -> Paper:
        """The letter of the answer that was sent, or its file `sha256`, for who gives the second proof.

        The reading is chained. Raises Refused: PROOF in the same words whatever is wrong, PROOFS after too
        many tries, CHANGED when that answer has no such paper or the code was replaced.
        """
        keys = (f"address {visitor.address}", f"complaint {followed.complaint}")
        taken = [key for key in keys if not self._proving.take(key, now)]
        with self.database.transaction() as connection:
            document = self._opened(connection, followed)
            file = case.sent_paper(document, sha256) if document else None
            if document is None or file is None:
                raise Refused(Refusal.CHANGED)
            is_right = second_proof.is_proof(document.person, proof)
            if len(taken) < len(keys) or is_right:
                for key in taken:
                    self._proving.give_back(key, now)
            if len(taken) < len(keys):
                raise Refused(Refusal.PROOFS)
            if not is_right:
                raise Refused(Refusal.PROOF)
            try:
                data = blobs.read(self.config, file.sha256)
            except blobs.NoSuchFile as lost:
                raise Refused(Refusal.CHANGED) from lost
            reading = audit.Reading(by=CITIZEN.id, what=file.sha256)
            kind = "file_fetched" if sha256 else "letter_read"
            link = audit.reading_link(document.administration, document.id, reading, kind, now)
            audit.append(connection, audit.READINGS, [link], self.intake.entropy)
        return Paper(file.name, file.mime, data)


def _key(tracking_hash: str) -> str:
    """What an opened page keeps of the code that opened it: a new code closes what the old one opened."""
    return hashlib.sha256(tracking_hash.encode()).hexdigest()[:32] if tracking_hash else ""


def _names(connection: Connection, language: str) -> dict[str, str]:
    return {
        entry.code: entry.name_ar if language == "ar" else entry.name_fr
        for entry in directory.administrations(connection)
    }


def _read_request(posted: Posted, language: str, attachments: Sequence[Attachment]) -> Request:
    """The form's fields as typed; a province changed after its communes were shown drops the commune."""
    return tidy(
        Request(
            type=posted["type"],
            language=language,
            identity_kind=posted["identity_kind"],
            identity_number=posted["identity_number"],
            name=posted["name"],
            phone=posted["phone"],
            email=posted["email"],
            region=posted["region"],
            province=posted["province"],
            commune=posted["commune"],
            detail=posted["detail"],
            administration=posted["administration"],
            theme=posted["theme"],
            object=posted["object"],
            text=posted["text"],
            attachments=tuple(attachments),
            consent=posted["consent"] == "yes",
        )
    )
