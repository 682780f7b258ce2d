"""What an exchange did: told step by step while it runs, and summed up at its end."""

import msgspec


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing done, told at once: complaints whose view changed, acts settled, reference data touched."""

    changed: frozenset[str] = frozenset()
    settled: frozenset[str] = frozenset()
    rejected: int = 0
    documents: int = 0
    reference: bool = False


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a whole cycle did; `more` asks for another one at once, `too_large` counts acts nobody can send.

    `repaired` counts documents that a comparison with the server brought or took away.
    """

    sent: int = 0
    applied: int = 0
    rejected: int = 0
    held: int = 0
    documents: int = 0
    requeued: int = 0
    too_large: int = 0
    repaired: int = 0
    more: bool = False
    changed: frozenset[str] = frozenset()

    def __add__(self, other: "Outcome") -> "Outcome":
        """Both, one after the other."""
        return Outcome(
            sent=self.sent + other.sent,
            applied=self.applied + other.applied,
            rejected=self.rejected + other.rejected,
            held=self.held + other.held,
            documents=self.documents + other.documents,
            requeued=self.requeued + other.requeued,
            too_large=self.too_large + other.too_large,
            repaired=self.repaired + other.repaired,
            more=self.more or other.more,
            changed=self.changed | other.changed,
        )


def unheard(step: Step) -> None:
    """Nobody listens."""
