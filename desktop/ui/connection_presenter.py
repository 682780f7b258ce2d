"""What the connection pill and the status line say of a ConnectionStatus, in words and tones; no widget here.

Red is kept for what a person must do; everything the program repairs by itself is amber or blue. What keeps
the desk from the server has its own name each: no network, server down, maintenance until a moment, a proxy…
"""

from dataclasses import dataclass
from datetime import datetime

from desktop.core.errors import PersonError
from desktop.core.records import ConnectionStatus
from desktop.core.translation import Translation
from desktop.ui.palette import Tone
from protocol.deadlines import MAX_SKEW

_PERSON = frozenset({"sign_in", "update", "fault"})
_NETWORK = frozenset({"", "offline", "no_network"})
"""Codes after which the network's return is what is waited for, and not the server's."""


@dataclass(frozen=True, slots=True)
class Pill:
    """The pill's text, meaning, icon, and a longer sentence for its tool tip."""

    text: str
    tone: Tone
    icon: str
    hint: str


def pill(status: ConnectionStatus, say: Translation, now: datetime) -> Pill:
    """The pill of a status at `now` (aware UTC)."""
    if status.state == "online" and not status.waiting:
        return Pill(say("frame.pill.online"), Tone.OK, "online", _hint("frame.pill.online.hint", say))
    if status.state in ("online", "sending"):
        total = status.waiting + status.sent if status.state == "sending" else status.waiting
        at = min(total, status.sent + 1)
        text = say("frame.pill.sending", at=at, total=total) if total else say("frame.pill.connecting")
        return Pill(text, Tone.INFO, "sync", _hint("frame.pill.sending.hint", say))
    if status.state == "connecting":
        hint = _hint("frame.pill.connecting.hint", say)
        return Pill(say("frame.pill.connecting"), Tone.INFO, "sync", hint)
    told = say.error(PersonError(status.code)) if status.code else None
    if status.state in _PERSON:
        sentence = f"{told.title}. {told.next}" if told else say(f"frame.pill.{status.state}.hint")
        return Pill(problem(status, say), Tone.DANGER, "overdue", f"{sentence} {say('sync.pill.hint')}")
    sentence = f"{told.text} {told.next}" if told else say("frame.pill.offline.hint")
    return Pill(_offline(status, say, now), Tone.WARN, "offline", f"{sentence} {say('sync.pill.hint')}")


def problem(status: ConnectionStatus, say: Translation) -> str:
    """What keeps this desk from the server, in two or three words."""
    key = f"sync.problem.{status.code}"
    if status.state in ("offline", "fault") and say.catalogue.has(key):
        return say(key)
    return say(f"frame.pill.{status.state}")


def sentences(status: ConnectionStatus, say: Translation, now: datetime) -> tuple[str, ...]:
    """The status line from its near edge: what works, what waits, last synchronisation, what is kept here."""
    said = [_what_works(status, say, now)]
    if status.waiting:
        leaves_later = status.state == "offline" and status.code in _NETWORK
        key = "frame.status.waiting" if leaves_later else "frame.row.waiting"
        said.append(say.count(key, status.waiting))
    elif status.state == "online":
        said.append(say("frame.status.nothing_waits"))
    if status.last_sync is not None:
        said.append(say("frame.status.last_sync", moment=short(status.last_sync, say, now)))
    else:
        said.append(say("frame.status.never_synced"))
    said.append(say.count("frame.status.stored", status.stored, figure=say.number(status.stored)))
    skew = abs(status.skew_ms) // 1000
    if skew > MAX_SKEW.total_seconds():
        said.append(say("frame.status.skew", gap=say.duration(skew)))
    return tuple(said)


def short(at: datetime, say: Translation, now: datetime) -> str:
    """The time alone when it is of these hours, before or after; else the day with it."""
    return say.time(at) if abs((now - at).total_seconds()) < 12 * 3600 else say.moment(at, now)


def _offline(status: ConnectionStatus, say: Translation, now: datetime) -> str:
    named = problem(status, say)
    if status.waiting:
        return say.count("sync.pill.waiting", status.waiting, problem=named)
    if status.code == "maintenance" and status.until is not None:
        return say("sync.pill.until", problem=named, moment=short(status.until, say, now))
    return named


def _what_works(status: ConnectionStatus, say: Translation, now: datetime) -> str:
    named = problem(status, say)
    if status.state == "offline" and status.until is not None:
        return say("sync.status.until", problem=named, moment=short(status.until, say, now))
    if status.state == "offline" and status.since is not None:
        return say("sync.status.since", problem=named, moment=short(status.since, say, now))
    if status.state == "fault" and say.catalogue.has(f"sync.problem.{status.code}"):
        return say("sync.status.stopped", problem=named)
    return say(f"frame.status.{'offline_short' if status.state == 'offline' else status.state}")


def _hint(key: str, say: Translation) -> str:
    return f"{say(key)} {say('sync.pill.hint')}"
