"""The sync panel in words: how the connection stands, each waiting act with its reason, files on their way.

No Qt. What ages (a countdown, "in 12 seconds") is said anew from the same WaitingNow and a later `now`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from desktop.core.errors import PersonError
from desktop.core.records import ConnectionStatus
from desktop.core.translation import Translation
from desktop.core.waiting import Moving, WaitingAct, WaitingNow, Why
from desktop.ui import connection_presenter
from desktop.ui.palette import Tone
from resources.catalogue import isolated, ltr

Button = Literal["sync", "sign_in"]
_STOPPED = frozenset({"offline", "fault", "sign_in", "update"})


@dataclass(frozen=True, slots=True)
class StateWords:
    """The bar at the head: a title, what it means and what to do, in one tone and under one icon."""

    title: str
    text: str
    tone: Tone
    icon: str


@dataclass(frozen=True, slots=True)
class ActLine:
    """One waiting act: what it is, on what, since when, and why it is still here."""

    id: str
    complaint: str
    kind: str
    when: str
    subject: str
    why: str

    @property
    def spoken(self) -> str:
        """All of it for a screen reader."""
        return f"{self.kind}. {self.subject}. {self.when}. {self.why}"


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file on its way; `share` in percent, -1 while nobody has said its size."""

    sha256: str
    name: str
    text: str
    share: int
    cancel: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything the panel shows; a part that is empty is not shown."""

    state: StateWords
    facts: tuple[tuple[str, str], ...]
    button: str
    does: Button
    acts: tuple[ActLine, ...]
    files: tuple[FileLine, ...]
    returned: str


def put_in_words(waiting: WaitingNow, say: Translation, now: datetime) -> Panel:
    """The panel at `now` (aware UTC)."""
    status = waiting.status
    signs_in = status.state == "sign_in"
    tries = "sync.button.try" if status.state in _STOPPED else "sync.button.check"
    return Panel(
        state=_state(waiting, say, now),
        facts=facts(status, say, now),
        button=say("sync.button.sign_in" if signs_in else tries),
        does="sign_in" if signs_in else "sync",
        acts=tuple(_act(act, status, say, now) for act in waiting.acts),
        files=tuple(_file(one, say) for one in waiting.moving),
        returned=say.count("sync.returned", waiting.returned) if waiting.returned else "",
    )


def facts(status: ConnectionStatus, say: Translation, now: datetime) -> tuple[tuple[str, str], ...]:
    """Since when, the last success, the next try: label and value."""
    said: list[tuple[str, str]] = []
    if status.state in _STOPPED and status.since is not None:
        said.append((say("sync.fact.since"), say.moment(status.since, now)))
    last = say("sync.fact.never") if status.last_sync is None else say.moment(status.last_sync, now)
    said.append((say("sync.fact.last"), last))
    if status.state in _STOPPED and status.next_try is not None:
        seconds = round((status.next_try - now).total_seconds())
        wait = say("sync.fact.in", wait=say.duration(seconds)) if seconds > 0 else say("sync.fact.now")
        said.append((say("sync.fact.next"), wait))
    return tuple(said)


def _state(waiting: WaitingNow, say: Translation, now: datetime) -> StateWords:
    status = waiting.status
    pill = connection_presenter.pill(status, say, now)
    if status.state in _STOPPED:
        title, text = _problem(status, say, now)
    elif status.received:
        title = say.count("sync.state.receiving", status.received, figure=say.number(status.received))
        first = status.last_sync is None
        text = say("sync.state.receiving.first" if first else "sync.state.receiving.text")
    elif status.state == "online" and not waiting.acts and not waiting.moving:
        title, text = say("sync.state.all_well"), say("sync.state.all_well.text")
    else:
        title, text = say(f"sync.state.{status.state}"), say(f"sync.state.{status.state}.text")
    return StateWords(title, text, pill.tone, pill.icon)


def _problem(status: ConnectionStatus, say: Translation, now: datetime) -> tuple[str, str]:
    known = {"sign_in": "sign_in_needed", "update": "client_too_old", "offline": "offline"}
    told = say.error(PersonError(status.code or known.get(status.state, "fault")))
    title = told.title
    if status.code == "maintenance" and status.until is not None:
        title = say("sync.state.maintenance", moment=connection_presenter.short(status.until, say, now))
    return title, f"{told.text} {told.next}"


def _act(act: WaitingAct, status: ConnectionStatus, say: Translation, now: datetime) -> ActLine:
    key = f"case.kind.{act.kind}"
    kind = say(key) if say.catalogue.has(key) else say.label("act", act.kind)
    subject = f"{ltr(act.number)} · {isolated(act.object)}" if act.object else say("sync.gone")
    when = connection_presenter.short(act.at, say, now)
    if act.tries:
        when = f"{when} · {say.count('sync.tries', act.tries)}"
    return ActLine(act.id, act.complaint, kind, when, subject, why(act, status, say, now))


def why(act: WaitingAct, status: ConnectionStatus, say: Translation, now: datetime) -> str:
    """Why this act is still waiting, as a sentence (two when its file has to go first as well)."""
    if act.why is Why.RECALLABLE and act.until is not None:
        seconds = max(1, round((act.until - now).total_seconds()))
        return say("sync.why.recallable", wait=say.duration(seconds))
    if act.why is Why.FILE:
        return _with_file("sync.why.file", act, say)
    if act.why is not Why.CONNECTION:
        return say(f"sync.why.{act.why}")
    sentence = _for_connection(status, say, now)
    return f"{sentence} {_with_file('sync.why.with_file', act, say)}" if act.file else sentence


def _for_connection(status: ConnectionStatus, say: Translation, now: datetime) -> str:
    if status.state == "connecting":
        return say("sync.why.connecting")
    known = {"sign_in": "sign_in_needed", "update": "client_too_old", "offline": "offline"}
    key = f"sync.why.{status.code or known.get(status.state, 'connection')}"
    if not say.catalogue.has(key):
        return say("sync.why.connection")
    until = status.until or status.next_try
    if status.code in ("maintenance", "too_many"):
        if until is None:
            return say("sync.why.server_down")
        return say(key, moment=connection_presenter.short(until, say, now))
    return say(key)


def _with_file(key: str, act: WaitingAct, say: Translation) -> str:
    if act.share is None:
        return say(key, file=ltr(act.file))
    return say(f"{key}.share", file=ltr(act.file), share=say.percent(act.share))


def _file(one: Moving, say: Translation) -> FileLine:
    name = ltr(one.name) if one.name else say("sync.moving.unnamed")
    key = "sync.moving.up" if one.up else "sync.moving.down"
    done = say.size(one.done)
    if one.size:
        text = say(key, done=done, size=say.size(one.size))
    else:
        text = say("sync.moving.down.unknown", done=done)
    return FileLine(
        sha256=one.sha256,
        name=name,
        text=text,
        share=round(100 * one.done / one.size) if one.size else -1,
        cancel="" if one.up else say("sync.moving.cancel", file=name),
    )
