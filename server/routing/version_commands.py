"""`route list|shadow|promote|retire`: what a person does with the versions of the model.

A promotion names the person, who must belong to national coordination: routing rules are hers (DOMAIN §6).
She is shown both models side by side first.
"""

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from protocol.deadlines import civil_date
from protocol.settings import Role
from server import accounts
from server.commands import opened
from server.routing import shelf, versions
from server.routing.comparison import SideBySide, Tally, side_by_side
from server.routing.live import FOLDER
from server.routing.versions import InUse, NoSuchVersion, State, Version

if TYPE_CHECKING:
    from server.routing.wording import Wording


class Refused(Exception):
    """The command cannot be carried out; `code` is a key of the `route` catalogue."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def add_parsers(actions: Any) -> None:
    """Add the four actions."""
    listing = actions.add_parser("list", help="versions, states and figures")
    listing.set_defaults(act=run_list)
    beside = actions.add_parser("shadow", help="let a version route beside the current one, without effect")
    beside.add_argument("version", metavar="VERSION")
    beside.set_defaults(act=run_shadow)
    promotion = actions.add_parser("promote", help="see two versions side by side and let this one decide")
    promotion.add_argument("version", metavar="VERSION")
    promotion.add_argument("--by", metavar="LOGIN", help="who decides; without it nothing is changed")
    promotion.set_defaults(act=run_promote)
    retiring = actions.add_parser("retire", help="use a version no longer; its file and figures stay")
    retiring.add_argument("version", metavar="VERSION")
    retiring.set_defaults(act=run_retire)


def run_list(args: argparse.Namespace, wording: "Wording") -> int:
    """Two lines a version, the newest first."""
    with opened(args) as (_, register), register.reading() as connection:
        known = versions.every(connection)
        names = {account.id: account.login for account in accounts.every(connection)}
    if not known:
        print(wording("no_version"))
    for one in known:
        print(*described(one, wording, promoted_by=names.get(one.promoted_by, one.promoted_by)), sep="\n")
    return 0


def run_shadow(args: argparse.Namespace, wording: "Wording") -> int:
    """Put a version on trial; its file is checked first."""
    with opened(args) as (config, register):
        with register.reading() as connection:
            chosen = _named(connection, args.version)
        shelf.fetch(config.data / FOLDER, chosen.version, chosen.facts.sha256)
        with register.transaction() as connection:
            _refusing(versions.put_beside, connection, chosen.version)
    print(wording("now_shadow", version=chosen.version))
    return 0


def run_retire(args: argparse.Namespace, wording: "Wording") -> int:
    """Retire a version."""
    with opened(args) as (_, register), register.transaction() as connection:
        chosen = _named(connection, args.version)
        _refusing(versions.retire, connection, chosen.version)
    print(wording("now_retired", version=chosen.version))
    return 0


def run_promote(args: argparse.Namespace, wording: "Wording") -> int:
    """Show both; with `--by`, let the version decide from the next complaint on."""
    now = datetime.now(UTC)
    with opened(args) as (config, register):
        with register.reading() as connection:
            chosen = _named(connection, args.version)
            deciding = versions.current(connection)
            if chosen.state == State.CURRENT:
                raise Refused("refused.in_use", version=chosen.version)
            by = _person(connection, args.by, now) if args.by else ""
            seen = side_by_side(connection, deciding.version, chosen.version) if deciding else None
        shelf.fetch(config.data / FOLDER, chosen.version, chosen.facts.sha256)
        print(*compared(deciding, chosen, seen, wording), sep="\n")
        if not args.by:
            print(wording("not_promoted", version=chosen.version))
            return 0
        with register.transaction() as connection:
            versions.promote(connection, chosen.version, by=by, now=now)
    print(wording("now_current", version=chosen.version, login=args.by))
    return 0


def described(one: Version, wording: "Wording", *, promoted_by: str = "") -> list[str]:
    """A version in a few lines: state, what it learnt from, the figures of its rehearsal."""
    made = f"{one.made_at:%Y-%m-%d %H:%M} UTC"
    lines = [wording("version", version=one.version, state=wording(f"state.{one.state}"), made=made)]
    lines.append(
        "  " + wording("learnt", samples=one.samples, corrections=one.corrections, labels=one.facts.labels)
    )
    if one.promoted_at is not None:
        at = f"{one.promoted_at:%Y-%m-%d %H:%M} UTC"
        lines.append("  " + wording("promoted", at=at, by=promoted_by or one.promoted_by))
    figures = one.facts.figures
    if figures is None:
        lines.append("  " + wording("no_figures"))
    else:
        lines += ["  " + line for line in wording.figures(figures)]
    if one.facts.own_texts_only:
        lines.append("  " + wording("own_texts_only"))
    return lines


def compared(old: Version | None, new: Version, seen: SideBySide | None, wording: "Wording") -> list[str]:
    """The two side by side: on the texts of the rehearsal, then on the complaints that really arrived."""
    lines: list[str] = []
    for one in (old, new):
        lines += [] if one is None else described(one, wording)
    beside = new.facts.beside
    if beside is not None and old is not None and beside.version == old.version:
        lines.append(
            wording(
                "beside",
                texts=beside.texts,
                old=f"{beside.old_top1:.3f}",
                new=f"{beside.new_top1:.3f}",
                agreement=f"{beside.agreement:.1%}",
            )
        )
    if seen is None or not seen.trials:
        return [*lines, wording("no_trials")]
    agreement = f"{seen.agreed / seen.trials:.1%}"
    lines.append(wording("trials", trials=seen.trials, waiting=seen.waiting, agreement=agreement))
    lines += [_tallied("corrected", seen.corrected, wording), _tallied("confirmed", seen.confirmed, wording)]
    return lines


def _tallied(key: str, tally: Tally, wording: "Wording") -> str:
    return "  " + wording(
        key,
        n=tally.complaints,
        old=tally.old_right,
        new=tally.new_right,
        only_old=tally.only_old,
        only_new=tally.only_new,
        neither=tally.neither,
    )


def _named(connection: Connection, version: str) -> Version:
    try:
        return versions.get(connection, version)
    except NoSuchVersion as error:
        raise Refused("refused.no_such_version", version=version) from error


def _refusing(change: Any, connection: Connection, version: str) -> None:
    try:
        change(connection, version)
    except InUse as error:
        raise Refused("refused.in_use", version=version) from error


def _person(connection: Connection, login: str, now: datetime) -> str:
    """The id of somebody of national coordination; raises Refused."""
    try:
        account = accounts.by_login(connection, login)
    except accounts.NoSuchAccount as error:
        raise Refused("refused.no_such_person", login=login) from error
    today = civil_date(now)
    decides = any(
        grant.role == Role.COORDINATION
        and (grant.starts is None or grant.starts <= today)
        and (grant.ends is None or today <= grant.ends)
        for grant in account.grants
    )
    if account.state != accounts.State.ACTIVE or not decides:
        raise Refused("refused.not_yours", login=login)
    return account.id
