"""What a ministry may decide: everything DOMAIN marks [ours], as one typed document with its default.

The server builds a `Settings` per administration from its register; desktops receive the same through the
reference stream, so that prediction and decision read the same book.
"""

from datetime import date
from enum import StrEnum

import msgspec


class Chain(StrEnum):
    """Who an answer passes before it leaves (DOMAIN §3, last paragraph of the moves)."""

    DIRECT = "direct"
    VALIDATE = "validate"
    VALIDATE_AND_SIGN = "validate_and_sign"


class Role(StrEnum):
    """Roles of DOMAIN §6, and the two actors that are nobody's account."""

    REGISTRY_CLERK = "registry_clerk"
    AGENT = "agent"
    VALIDATOR = "validator"
    SUPERVISOR = "supervisor"
    SIGNATORY = "signatory"
    OMBUDSMAN_LIAISON = "ombudsman_liaison"
    COORDINATION = "coordination"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    CITIZEN = "citizen"
    SYSTEM = "system"


class Onboarding(StrEnum):
    """How far an administration is on the platform (DOMAIN §1)."""

    PLANNED = "planned"
    IN_PREPARATION = "in_preparation"
    OPERATIONAL = "operational"
    SUSPENDED = "suspended"


class Grant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A role in one administration; `unit` "" means all its units; dates are inclusive."""

    role: str
    administration: str
    unit: str = ""
    starts: date | None = None
    ends: date | None = None


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks: a user id with its grants, or "citizen", or "system"."""

    id: str
    grants: tuple[Grant, ...] = ()


SYSTEM = Actor(id="system", grants=(Grant(role=Role.SYSTEM, administration=""),))
CITIZEN = Actor(id="citizen", grants=(Grant(role=Role.CITIZEN, administration=""),))

COORDINATION = "CN"
"""Code of national coordination: where unrouted requests are triaged and transfers arbitrated."""


class Staff(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person work can be given to, as rules need to know it."""

    id: str
    grants: tuple[Grant, ...] = ()
    absent_from: date | None = None
    absent_until: date | None = None


class Settings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The rule book's variables for one administration, and the directory rules must consult.

    `follow_up_url` is where citizens follow, rate and reopen: what letters and receipts print.
    """

    chain: str = Chain.DIRECT
    answer_days: int = 60
    hop_limit: int = 3
    reopening_days: int = 30
    reopening_limit: int = 2
    complement_days: int = 15
    drafter_may_validate: bool = False
    anonymous_allowed: bool = True
    private_dispute_inadmissible: bool = True
    follow_up_url: str = ""
    operational: frozenset[str] = frozenset()
    units: dict[str, str] = msgspec.field(default_factory=dict)
    staff: dict[str, Staff] = msgspec.field(default_factory=dict)
