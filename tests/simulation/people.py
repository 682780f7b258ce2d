"""The small ministry of a simulation: three bodies, and three people whose grants come and go."""

import uuid

from protocol.settings import Grant, Role

ADMINISTRATIONS = ("EAU", "ELEC", "CN")
USERS = tuple(str(uuid.UUID(int=0xA0 + n)) for n in range(3))
LOGINS = ("amina", "badr", "salma")
OFFICIAL = str(uuid.UUID(int=0xB0))
"""A colleague who works on the server's side of the wire: whatever he does is a surprise to the desks."""

ALL_HANDS = (
    Role.AGENT, Role.SUPERVISOR, Role.VALIDATOR, Role.SIGNATORY, Role.REGISTRY_CLERK,
)  # fmt: skip


def _hands(administration: str, unit: str = "", roles: tuple[Role, ...] = ALL_HANDS) -> tuple[Grant, ...]:
    return tuple(Grant(role=role, administration=administration, unit=unit) for role in roles)


COORDINATION = (Grant(role=Role.COORDINATION, administration="CN"), *_hands("CN", roles=(Role.SUPERVISOR,)))
GRANTS: tuple[tuple[Grant, ...], ...] = (
    _hands("EAU"),
    (*_hands("EAU"), *_hands("ELEC")),
    (*_hands("EAU"), *_hands("ELEC"), *COORDINATION),
    _hands("EAU", "EAU-1", (Role.AGENT, Role.SUPERVISOR)),
    _hands("ELEC"),
    _hands("EAU", roles=(Role.AGENT,)),
    (*COORDINATION, *_hands("EAU", "EAU-2", (Role.AGENT,))),
    (),
)
"""Sets of grants that a person may be given, by number, as steps name them."""

FIRST = (0, 1, 2)
"""What each of the three begins with."""

PASSWORD = "correct horse battery"
