"""Who sees a complaint, and in which roles: a pure function of the document and of current grants."""

from datetime import date

from protocol.complaint import Complaint
from protocol.settings import CITIZEN, SYSTEM, Actor, Grant, Role, Settings, Staff

SEEING = frozenset(
    {
        Role.REGISTRY_CLERK,
        Role.AGENT,
        Role.VALIDATOR,
        Role.SUPERVISOR,
        Role.SIGNATORY,
        Role.OMBUDSMAN_LIAISON,
        Role.COORDINATION,
    }
)
"""Roles that read complaints; administrators and auditors work on the server, without their content."""

WORKING = frozenset({Role.AGENT, Role.VALIDATOR, Role.SUPERVISOR})
"""Roles that work may be given to."""


def in_force(grant: Grant, today: date) -> bool:
    """Whether `grant` holds on the civil date `today`; both ends included."""
    return (grant.starts is None or grant.starts <= today) and (grant.ends is None or today <= grant.ends)


def covers(grant: Grant, document: Complaint) -> bool:
    """Whether `grant` is about this complaint's administration and unit ("" in the grant: all units)."""
    return grant.administration == document.administration and grant.unit in ("", document.unit)


ISSUING = frozenset({Role.REGISTRY_CLERK, Role.AGENT, Role.SUPERVISOR})
"""Who meets citizens, and so may give a receipt with a fresh code: bureau d'ordre, agent, supervisor."""


def roles_over(document: Complaint, actor: Actor, today: date) -> frozenset[Role]:
    """The roles in which `actor` meets this complaint today, confidentiality not yet considered."""
    if actor in (SYSTEM, CITIZEN):
        return frozenset({Role(actor.id)})
    held = {g.role for g in actor.grants if g.role in SEEING and in_force(g, today) and covers(g, document)}
    if not document.ombudsman:
        held.discard(Role.OMBUDSMAN_LIAISON)
    return frozenset(Role(role) for role in held)


def grants_scope(document: Complaint, actor: Actor, today: date) -> bool:
    """May this actor see the complaint at all? Decides sync, search, lists, files and every act.

    Nobody sees a complaint aimed at themselves. A confidential one is for the persons named in it, and while
    nobody is named yet (it has just come in) for supervisors of the whole administration.
    """
    if actor in (SYSTEM, CITIZEN):
        return True
    if document.against == actor.id or not roles_over(document, actor, today):
        return False
    if not document.confidential:
        return True
    if document.named:
        return actor.id in document.named
    return any(
        grant.role == Role.SUPERVISOR
        and not grant.unit
        and in_force(grant, today)
        and covers(grant, document)
        for grant in actor.grants
    )


def sees(document: Complaint, person: Staff, today: date) -> bool:
    """`grants_scope` for a member of the staff who is not the one asking."""
    return grants_scope(document, Actor(id=person.id, grants=person.grants), today)


def works_in(document: Complaint, person: Staff, today: date) -> frozenset[str]:
    """Units of the complaint's administration in which `person` may be given work ("" for all of them)."""
    return frozenset(
        grant.unit
        for grant in person.grants
        if grant.administration == document.administration
        and grant.role in WORKING
        and in_force(grant, today)
    )


def unit_with(document: Complaint, person: Staff, today: date) -> str:
    """The complaint's unit once `person` has it: one of no unit yet joins the only unit the person has."""
    units = works_in(document, person, today)
    return next(iter(units)) if not document.unit and len(units) == 1 else document.unit


def known_person(user: str, actor: Actor, settings: Settings) -> Staff | None:
    """The member of the staff called `user`; the one who asks is known even before the register came."""
    known = settings.staff.get(user)
    return Staff(id=user, grants=actor.grants) if known is None and user == actor.id else known
