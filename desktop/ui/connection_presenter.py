"""What the connection pill and the status line say of a ConnectionStatus, in words and tones; no widget here.

Red is kept for what a person must do; everything the program repairs by itself is amber or blue.
"""

from dataclasses import dataclass
from datetime import datetime

from desktop.core.errors import PersonError
from desktop.core.records import ConnectionStatus
from desktop.core.translation import Translation
from desktop.ui.palette import Tone
from protocol.deadlines import MAX_SKEW

_PERSON = frozenset({"sign_in", "update", "fault"})


@dataclass(frozen=True, slots=True)
class Pill:
    """The pill's text, meaning, icon, and a longer sentence for its tool tip."""

    text: str
    tone: Tone
    icon: str
    hint: str


def pill(status: ConnectionStatus, say: Translation) -> Pill:
    """The pill of a status."""
    if status.state == "online" and not status.waiting:
        return Pill(say("frame.pill.online"), Tone.OK, "online", say("frame.pill.online.hint"))
    if status.state in ("online", "sending"):
        total = status.waiting + status.sent if status.state == "sending" else status.waiting
        at = min(total, status.sent + 1)
        text = say("frame.pill.sending", at=at, total=total) if total else say("frame.pill.connecting")
        return Pill(text, Tone.INFO, "sync", say("frame.pill.sending.hint"))
    if status.state == "connecting":
        return Pill(say("frame.pill.connecting"), Tone.INFO, "sync", say("frame.pill.connecting.hint"))
    if status.state in _PERSON:
        hint = say.error(PersonError(status.code)) if status.code else None
        sentence = f"{hint.title} {hint.next}" if hint else say(f"frame.pill.{status.state}.hint")
        return Pill(say(f"frame.pill.{status.state}"), Tone.DANGER, "overdue", sentence)
    if status.waiting:
        text = say.count("frame.pill.offline.waiting", status.waiting)
        return Pill(text, Tone.WARN, "offline", say("frame.pill.offline.hint"))
    return Pill(say("frame.pill.offline"), Tone.WARN, "offline", say("frame.pill.offline.hint"))


def sentences(status: ConnectionStatus, say: Translation, now: datetime) -> tuple[str, ...]:
    """The status line from its near edge: what works, what waits, last synchronisation, what is kept here."""
    said = [_what_works(status, say, now)]
    if status.waiting:
        leaves_later = status.state == "offline"
        key = "frame.status.waiting" if leaves_later else "frame.row.waiting"
        said.append(say.count(key, status.waiting))
    elif status.state == "online":
        said.append(say("frame.status.nothing_waits"))
    if status.last_sync is not None:
        said.append(say("frame.status.last_sync", moment=_short(status.last_sync, say, now)))
    else:
        said.append(say("frame.status.never_synced"))
    said.append(say.count("frame.status.stored", status.stored, figure=say.number(status.stored)))
    skew = abs(status.skew_ms) // 1000
    if skew > MAX_SKEW.total_seconds():
        said.append(say("frame.status.skew", gap=say.duration(skew)))
    return tuple(said)


def _what_works(status: ConnectionStatus, say: Translation, now: datetime) -> str:
    if status.state == "offline" and status.since is not None:
        return say("frame.status.offline", moment=_short(status.since, say, now))
    return say(f"frame.status.{'offline_short' if status.state == 'offline' else status.state}")


def _short(at: datetime, say: Translation, now: datetime) -> str:
    return say.time(at) if (now - at).total_seconds() < 12 * 3600 else say.moment(at, now)
