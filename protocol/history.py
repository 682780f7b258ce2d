"""Questions to a complaint's events: what was asked, sent, said, and since when."""

from collections.abc import Iterator

from protocol.complaint import (
    SENT_BY_SYSTEM,
    Attachment,
    Channel,
    Complaint,
    Event,
    EventKind,
    Reply,
    Status,
)
from protocol.settings import CITIZEN

CITIZEN_WORDS = frozenset({EventKind.CITIZEN_WROTE, EventKind.COMPLEMENT_RECEIVED})
"""Messages of the citizen, whoever typed them in."""

SIGNED = frozenset({EventKind.ANSWERED, EventKind.SIGNED, EventKind.DISPATCHED})
"""Facts that commit the administration."""

DRAFTED = frozenset({EventKind.SUBMITTED, EventKind.DECLARED_INADMISSIBLE})
"""Facts that put a text before validator or signatory."""

OFFICIAL_ANSWERS = SIGNED | {EventKind.DECLARED_INADMISSIBLE}
"""Facts after which another answer would be the second one."""

MADE_READY = (EventKind.SIGNED, EventKind.VALIDATED, EventKind.ANSWERED, EventKind.DECLARED_INADMISSIBLE)
"""Facts after which a letter may leave."""

OUTGOING = frozenset(
    {Channel.PORTAL, Channel.EMAIL, Channel.MAIL, Channel.REGISTERED_MAIL, Channel.BY_HAND, Channel.SMS}
)
"""Ways in which an answer may leave (DOMAIN §5)."""


def since(document: Complaint, n: int) -> Iterator[Event]:
    """Events newer than version `n`, newest first."""
    for event in reversed(document.events):
        if event.n <= n:
            return
        yield event


def last(document: Complaint, *kinds: EventKind) -> Event | None:
    """The newest event of one of `kinds`."""
    return next((event for event in reversed(document.events) if event.kind in kinds), None)


def citizen_spoke(document: Complaint, seen: int) -> bool:
    """Whether the citizen said something after version `seen`: a message, a complement, a reopening."""
    return any(
        event.kind in CITIZEN_WORDS or (event.kind == EventKind.REOPENED and event.by == CITIZEN.id)
        for event in since(document, seen)
    )


def officially_answered(document: Complaint, seen: int) -> bool:
    """Whether an official answer was made after version `seen`."""
    return any(event.kind in OFFICIAL_ANSWERS for event in since(document, seen))


def signed(document: Complaint, seen: int) -> bool:
    """Whether an answer was signed or sent after version `seen`."""
    return any(event.kind in SIGNED for event in since(document, seen))


def redrafted(document: Complaint, seen: int, actor: str) -> bool:
    """Whether somebody else drafted after version `seen`: what `actor` read is not what waits."""
    return any(event.kind in DRAFTED and event.by != actor for event in since(document, seen))


def complement_was_asked(document: Complaint) -> bool:
    """Whether a complement was ever asked; the second time needs a supervisor (DOMAIN §2)."""
    return last(document, EventKind.COMPLEMENT_ASKED) is not None


def complement_reached(document: Complaint) -> bool:
    """Whether the last complement request was answered, or expired without coming back (J6, J7)."""
    kinds: set[str] = set()
    for event in reversed(document.events):
        if event.kind == EventKind.COMPLEMENT_ASKED:
            break
        if event.kind == EventKind.DISPATCHED:
            kinds.clear()
        kinds.add(event.kind)
    if EventKind.COMPLEMENT_RECEIVED in kinds:
        return True
    return EventKind.COMPLEMENT_EXPIRED in kinds and EventKind.UNDELIVERED not in kinds


def came_back(document: Complaint) -> bool:
    """Whether the last letter sent was returned undelivered."""
    event = last(document, EventKind.DISPATCHED, EventKind.UNDELIVERED)
    return event is not None and event.kind == EventKind.UNDELIVERED


def rating(document: Complaint) -> Event | None:
    """The citizen's rating of the answer last sent, if there is one."""
    event = last(document, EventKind.RATED, EventKind.DISPATCHED)
    return event if event is not None and event.kind == EventKind.RATED else None


def validator(document: Complaint) -> str:
    """Who validated the draft that waits for signature; "" when nobody had to."""
    event = last(document, EventKind.VALIDATED, EventKind.SUBMITTED, EventKind.DECLARED_INADMISSIBLE)
    return event.by if event is not None and event.kind == EventKind.VALIDATED else ""


def sent_reply(document: Complaint) -> Reply | None:
    """The answer last sent to the citizen, None while none has left: what portal and letters show."""
    sent = last(document, EventKind.DISPATCHED)
    if sent is None:
        return None
    return next((e.reply for e in reversed(document.events) if e.n < sent.n and e.reply is not None), None)


def made_ready(document: Complaint, act: str = "") -> Event | None:
    """The fact that made an answer ready to leave and bears its outgoing number: of `act`, or the newest."""
    return next(
        (e for e in reversed(document.events) if e.kind in MADE_READY and e.number and act in ("", e.act)),
        None,
    )


def outgoing_number(document: Complaint, act: str = "") -> str:
    """The outgoing number of the letter made ready by `act` (the newest when ""), "" while it has none."""
    event = made_ready(document, act)
    return event.number if event is not None else ""


def reply_of(document: Complaint, ready: Event) -> Reply | None:
    """The answer that left by this fact: its own, or the draft that was validated or signed by it."""
    return next((e.reply for e in reversed(document.events) if e.n <= ready.n and e.reply is not None), None)


def recorded_letter(document: Complaint, act: str = "") -> Attachment | None:
    """The server's file of the letter made ready by `act`: the record that desk, printer and citizen show.

    The newest letter when `act` is "": None while its file is not there yet, even if an older one has one.
    """
    wanted = act or (ready.act if (ready := made_ready(document)) is not None else "")
    for event in reversed(document.events):
        if event.kind == EventKind.LETTER_RECORDED and event.other == wanted and event.attachments:
            return event.attachments[0]
    return None


def dispatch_channel(document: Complaint) -> str:
    """The channel on which the server itself sends a signed answer at once, "" when a clerk must.

    The author of a direct answer chose it; otherwise the answer goes back the way the request came.
    """
    if document.status != Status.TO_DISPATCH:
        return ""
    event = last(document, EventKind.ANSWERED, *DRAFTED, EventKind.UNDELIVERED)
    if event is None or event.kind == EventKind.UNDELIVERED:
        return ""
    if event.channel:
        return event.channel if event.channel in SENT_BY_SYSTEM else ""
    if document.channel in (Channel.PORTAL, Channel.MOBILE):
        return Channel.PORTAL
    return Channel.EMAIL if document.channel == Channel.EMAIL and document.person.email else ""


def taken_away(document: Complaint, seen: int, user: str) -> bool:
    """Whether somebody else took the complaint out of `user`'s hands after version `seen`."""
    return any(event.previous == user != event.by for event in since(document, seen))


def others_did(document: Complaint, seen: int, actor: str, *kinds: EventKind) -> Iterator[Event]:
    """Events of these kinds that somebody other than `actor` left after version `seen`."""
    return (event for event in since(document, seen) if event.kind in kinds and event.by != actor)


def reported_back(document: Complaint) -> bool:
    """Whether the letter that last left, answer, decision or complement request, is known to be back."""
    event = last(document, EventKind.DISPATCHED, EventKind.COMPLEMENT_ASKED, EventKind.UNDELIVERED)
    return event is not None and event.kind == EventKind.UNDELIVERED


def moved_away(document: Complaint, seen: int, administration: str, unit: str | None) -> bool:
    """Whether it left this administration (and unit, unless None) after version `seen`."""
    return any(
        event.kind in (EventKind.TRANSFERRED, EventKind.ARBITRATED)
        and event.from_administration == administration
        and unit in (None, event.from_unit)
        for event in since(document, seen)
    )
