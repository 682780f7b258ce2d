"""Handing several complaints to other agents at once: a preview, one recording, one undo.

The preview asks the same rules as the server will; the recording is one transaction on this PC, so that a
power cut leaves all of it or nothing. Each complaint then travels as an `Assign` of its own.
"""

import functools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from desktop.core.workload_records import Hand, Handover, Undone
from desktop.models.errors import NotHere
from desktop.models.store import Store
from protocol import rules
from protocol.acts import Act, Asked, Assign
from protocol.complaint import Complaint
from protocol.refusals import Refusal, Refused
from protocol.settings import Actor

ALREADY_THEIRS = "already_theirs"
"""Code of a line whose complaint is with the only person chosen: there is nothing to hand over."""

REMEMBERED = 20
"""Handovers of this session that an undo may still name."""


@dataclass(frozen=True, slots=True)
class Office:
    """What a handover needs of the desk: who acts, when, and the recording of many acts as one."""

    actor: Callable[[], Actor]
    clock: Callable[[], datetime]
    ask_all: Callable[[Sequence[tuple[str, Act]]], tuple[str, ...]]
    undo_all: Callable[[Sequence[str]], tuple[str, ...]]


class Handing:
    """Plans, records and takes back handovers of complaints of `store`."""

    def __init__(self, store: Store, office: Office) -> None:
        self._store = store
        self._office = office
        self._batches: dict[str, tuple[str, ...]] = {}

    def plan(
        self,
        complaints: Sequence[str],
        to_agents: Sequence[str],
        loads: Mapping[str, int],
        *,
        balance: bool = True,
    ) -> Handover:
        """Who would get what. `loads` are the open complaints each agent has now.

        With `balance` each complaint, the most urgent first, goes to whoever of `to_agents` has least by
        then; without, they take turns. Somebody the rules refuse for one complaint is passed over for it.
        """
        seen = [(id_, self._document(id_)) for id_ in dict.fromkeys(complaints)]
        here = sorted(
            ((id_, document) for id_, document in seen if document is not None),
            key=lambda pair: (pair[1].due, pair[0]),
        )
        load, hands = Counter(loads), []
        for turn, (id_, document) in enumerate(here):
            order = _turned(to_agents, turn)
            if balance:
                order.sort(key=lambda agent: load[agent])
            hand = self._hand(id_, document, order)
            hands.append(hand)
            if not hand.refusal:
                load[hand.to_agent] += 1
                load[hand.from_agent] -= 1
        concerned = {agent for agent in (*to_agents, *(hand.from_agent for hand in hands)) if agent}
        return Handover(
            hands=tuple(hands),
            before={agent: loads.get(agent, 0) for agent in sorted(concerned)},
            after={agent: load[agent] for agent in sorted(concerned)},
        )

    def hand_over(self, handover: Handover, note: str = "") -> str:
        """Record every allowed line with `note`, durable on return; gives the id that `undo` takes.

        "" when there was none. Raises rules.Refused when one of them is no longer as the preview showed it,
        NotHere, StoreError: then nothing was recorded.
        """
        wanted = [
            (hand.complaint, Assign(assignee=hand.to_agent, previous=hand.from_agent, note=note))
            for hand in handover.moving
        ]
        if not wanted:
            return ""
        acts = self._office.ask_all(wanted)
        self._batches[acts[0]] = acts
        while len(self._batches) > REMEMBERED:
            del self._batches[next(iter(self._batches))]
        return acts[0]

    def undo(self, batch: str) -> Undone:
        """Take back all that has not left yet, in one transaction; raises KeyError for an unknown batch."""
        acts = self._batches[batch]
        recalled = self._office.undo_all(acts)
        self._batches.pop(batch, None)  # not before: what the disk refused may be asked again
        return Undone(recalled=len(recalled), left=len(acts) - len(recalled))

    def _document(self, complaint: str) -> Complaint | None:
        try:
            return self._store.view(complaint)[0]
        except NotHere:
            return None  # it left this PC since the list was read: there is nobody to take it from

    def _hand(self, id_: str, document: Complaint, order: Sequence[str]) -> Hand:
        line = functools.partial(
            Hand,
            id_,
            document.number or document.provisional,
            document.object,
            document.due,
            document.assignee,
        )
        refusals: list[tuple[str, str]] = []
        for agent in order:
            refusal = self._refusal(document, agent)
            if not refusal:
                return line(agent)
            refusals.append((agent, refusal))
        # Of several reasons the one that says most: that somebody has it already says least.
        agent, refusal = min(
            refusals, key=lambda pair: pair[1] == ALREADY_THEIRS, default=("", Refusal.NAMES_MISSING)
        )
        return line(agent, str(refusal))

    def _refusal(self, document: Complaint, agent: str) -> str:
        if agent == document.assignee:
            return ALREADY_THEIRS
        now = self._office.clock()
        asked = Asked(
            id="preview",
            complaint=document.id,
            seen=document.ver,
            at=now,
            act=Assign(assignee=agent, previous=document.assignee),
        )
        settings = self._store.directory.settings(document.administration)
        try:
            rules.apply(document, asked, self._office.actor(), settings, now)
        except Refused as refused:
            return str(refused.code)
        return ""


def _turned(agents: Sequence[str], by: int) -> list[str]:
    if not agents:
        return []
    start = by % len(agents)
    return [*agents[start:], *agents[:start]]
