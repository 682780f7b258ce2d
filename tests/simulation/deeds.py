"""What people ask for: one sample of every kind of act that a desk may record without the network."""

from collections.abc import Callable
from datetime import timedelta

from protocol import acts, rules
from protocol.acts import Act
from protocol.complaint import Channel, Complaint, Inadmissibility, Nature, Reply
from protocol.deadlines import civil_date
from protocol.settings import Actor, Settings
from tests.simulation.people import ADMINISTRATIONS, USERS
from tests.simulation.scene import Scene

REPLY = Reply(nature=Nature.FAVOURABLE, text="تم إصلاح العطب", language="ar")
ADVERSE = Reply(
    nature=Nature.INADMISSIBLE,
    text="تعذر.",
    reasons_of_law="المادة 3",
    reasons_of_fact="حكم نهائي",
    language="ar",
)

Deed = Callable[[Scene], Act]


def _elsewhere(scene: Scene) -> str:
    others = [code for code in ADMINISTRATIONS if code != scene.view.administration]
    return others[scene.count % len(others)]


def _colleague(scene: Scene) -> str:
    return USERS[scene.count % len(USERS)]


def _ahead(scene: Scene, days: int = 10) -> acts.date:
    return civil_date(scene.at) + timedelta(days=days)


def _unit_elsewhere(scene: Scene) -> str:
    return "EAU-1" if scene.view.unit == "EAU-2" else "EAU-2"


DEEDS: tuple[Deed, ...] = (
    lambda s: acts.Note(text=f"ملاحظة {s.count}"),
    lambda s: acts.Assign(assignee=s.user, previous=s.view.assignee),
    lambda _: acts.Open(),
    lambda _: acts.Answer(reply=REPLY),
    lambda s: acts.Transfer(
        administration=_elsewhere(s),
        from_administration=s.view.administration,
        from_unit=s.view.unit,
        reason="hors compétence",
    ),
    lambda s: acts.Assign(assignee=_colleague(s), previous=s.view.assignee, note=f"à vous {s.count}"),
    lambda _: acts.Submit(reply=REPLY),
    lambda s: acts.Validate(comment=f"bon {s.count}"),
    lambda _: acts.Return(comment="à revoir"),
    lambda _: acts.Sign(),
    lambda _: acts.RefuseSignature(comment="à reprendre"),
    lambda _: acts.Decline(reason="absence"),
    lambda s: acts.AskComplement(items=("facture",), limit=_ahead(s), override="encore"),
    lambda s: acts.GiveComplement(text=f"voici {s.count}"),
    lambda s: acts.Write(text=f"le citoyen ajoute {s.count}"),
    lambda s: acts.RequestElements(unit=_unit_elsewhere(s), text="état du réseau", due=_ahead(s)),
    lambda s: acts.ReceiveElements(text=f"éléments {s.count}"),
    lambda s: acts.SendInterim(text="patience", expected=_ahead(s)),
    lambda s: acts.Dispatch(channel=Channel.REGISTERED_MAIL, on=civil_date(s.at), number=f"RR{s.count}MA"),
    lambda s: acts.ReportUndelivered(reason="parti", on=civil_date(s.at)),
    lambda _: acts.DeclareInadmissible(ground=Inadmissibility.COURT_DECISION, reply=ADVERSE),
    lambda s: acts.ProposeJoin(parent=s.other, reason="le même"),
    lambda s: acts.Join(parent=s.other, parent_number="2026-EAU-1"),
    lambda _: acts.Withdraw(reason="retiré"),
    lambda _: acts.Close(reason="satisfait"),
    lambda _: acts.Reopen(reason="récidive"),
    lambda s: acts.Flag(reason="presse", urgent=not s.view.urgent),
    lambda s: acts.Flag(reason="plainte contre un agent", confidential=True, named=_named(s)),
    lambda _: acts.Flag(reason="plus rien de secret", confidential=False),
    lambda s: acts.Correct(reason="erreur", theme=("leak", "")[s.view.theme == "leak"] or "bill"),
    lambda s: acts.Arbitrate(administration=_elsewhere(s), reason="tranché"),
    lambda s: acts.KeepCommitment(commitment="c1", on=civil_date(s.at)),
    lambda _: acts.TakeIntoAccount(text="merci"),
    lambda _: acts.File(reason="sans suite"),
    lambda s: acts.Answer(reply=REPLY, channel=Channel.REGISTERED_MAIL),
)
"""By number, as steps name them; the first dozen are what most days are made of."""

USUAL = 12


def _named(scene: Scene) -> tuple[str, ...]:
    return tuple(dict.fromkeys((scene.user, *filter(None, (scene.view.assignee,)))))


def act_of(kind: int, scene: Scene, actor: Actor, settings: Settings, *, sensible: bool) -> Act:
    """The act of that kind, or when `sensible` the next one that this person may ask for here and now."""
    for turn in range(len(DEEDS)) if sensible else ():
        act = DEEDS[(kind + turn) % len(DEEDS)](scene)
        if may(scene.view, act, actor, settings, scene):
            return act
    return DEEDS[kind % len(DEEDS)](scene)


def may(view: Complaint, act: Act, actor: Actor, settings: Settings, scene: Scene) -> bool:
    """Whether a desk would offer this act."""
    return rules.may(view, type(act), actor, settings, scene.at) is None
