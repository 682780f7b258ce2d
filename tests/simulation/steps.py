"""What can happen, written as words: a seed becomes a list of steps, and a list of steps can be pasted back.

A step is `n:what:arg,arg…`; `n` names what it makes, so that a step makes the same thing when others are left
out. Faults of the wire and of the disk belong to the step they strike.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.simulation import people
from tests.simulation.deeds import DEEDS, USUAL
from tests.simulation.network import FATES

DESKS = 3
DISK = ("before", "after", "full", "aged")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens."""

    n: int
    what: str
    args: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.n}:{self.what}:{','.join(self.args)}"

    def number(self, place: int, default: int = 0) -> int:
        """An argument as a number."""
        return int(self.args[place]) if place < len(self.args) else default

    def text(self, place: int) -> str:
        """An argument as text."""
        return self.args[place] if place < len(self.args) else ""

    def fates(self, place: int) -> list[str]:
        """An argument as what happens to each request."""
        return [fate for fate in self.text(place).split(".") if fate]

    def trouble(self, place: int) -> tuple[str, int, str]:
        """An argument as trouble with the disk: kind, after how many writes, of which file."""
        kind, _, rest = self.text(place).partition("@")
        at, _, file = rest.partition("/")
        return kind, int(at or 0), file


def parse(text: str) -> tuple[Step, ...]:
    """Steps pasted back."""
    found = []
    for word in text.split():
        n, what, args = word.split(":", 2)
        found.append(Step(int(n), what, tuple(args.split(",")) if args else ()))
    return tuple(found)


def write(steps: Sequence[Step]) -> str:
    """Steps to be pasted."""
    return " ".join(str(step) for step in steps)


UPLOADS = (
    "",
    "fine.mangled",
    "fine.reply_lost",
    "fine.fine.cut",
    "fine.died",
    "fine.fine.flipped",
    "flipped",
)
"""What may happen to the exchange that follows a file: it is announced, sent, then its act."""

_WEIGHTS: dict[str, int] = {
    "type": 26,
    "sync": 30,
    "official": 6,
    "citizen": 4,
    "file": 5,
    "burst": 4,
    "attach": 3,
    "recall": 3,
    "draft": 2,
    "restart": 2,
    "lose": 2,
    "backup": 3,
    "restore": 3,
    "bounce": 1,
    "grants": 3,
    "chain": 1,
    "clock": 3,
    "pass": 3,
    "future": 1,
    "archive": 1,
    "revoke": 1,
    "deliver": 1,
    "empty": 1,
}
RARE = (
    "restore",
    "empty",
    "archive",
    "revoke",
    "grants",
    "lose",
    "clock",
    "attach",
    "pass",
    "future",
    "chain",
)
"""Each seed leaves some of these out, so that the others run longer undisturbed."""


def steps_of(seed: int) -> tuple[Step, ...]:
    """The steps of a seed: some complaints and a first sync, then anything."""
    rng = random.Random(seed)
    calm = rng.random() < 0.2
    out = {what for what in RARE if rng.random() < 0.5}
    names = [name for name in _WEIGHTS if name not in out]
    weights = [_WEIGHTS[name] for name in names]
    steps = [Step(n, "file", (str(rng.randrange(3)),)) for n in range(1, 1 + rng.randrange(2, 5))]
    steps += [Step(10 + desk, "sync", (str(desk),)) for desk in range(DESKS)]
    for n in range(20, 20 + rng.randrange(12, 45)):
        what = rng.choices(names, weights)[0]
        steps.append(Step(n, what, _args(what, rng, calm=calm)))
    return tuple(steps)


def _args(what: str, rng: random.Random, *, calm: bool) -> tuple[str, ...]:
    desk = str(rng.randrange(DESKS))
    match what:
        case "file":
            return (str(rng.randrange(4)),)
        case "citizen":
            return (_any(rng),)
        case "official":
            return (_any(rng), _kind(rng))
        case "type":
            how = rng.choice(("next", "next", "next", "force", "later"))
            return (desk, _any(rng), _kind(rng), how, _trouble(rng, calm=calm, share=0.12, most=2))
        case "burst":
            return (desk, _any(rng), _kind(rng), str(rng.randrange(2, 4)), rng.choice(("", "later")))
        case "attach":
            size = str(rng.choice((60, 900, 900, 1_500_000)))
            trouble = _trouble(rng, calm=calm, share=0.2, most=3)
            return (desk, _any(rng), size, trouble, "" if calm else rng.choice(UPLOADS))
        case "sync":
            return (desk, _fates(rng, calm=calm), _trouble(rng, calm=calm, share=0.25, most=5))
        case "recall" | "draft":
            return (desk, _any(rng))
        case "grants":
            return (desk, str(rng.randrange(len(people.GRANTS))))
        case "chain":
            return (str(rng.randrange(3)), str(rng.randrange(3)))
        case "clock":
            return (desk, rng.choice(("1970", "2100", "2100", "day", "-day", "true", "minute")))
        case "pass":
            return (rng.choice(("60", "960", "50000", "86400", "90000")),)
        case "restart" | "lose" | "future" | "revoke":
            return (desk,)
        case _:
            return ()


def _any(rng: random.Random) -> str:
    return str(rng.choice((0, 0, 0, 1, 1, 2, 3, rng.randrange(40))))


def _kind(rng: random.Random) -> str:
    return str(rng.randrange(USUAL) if rng.random() < 0.6 else rng.randrange(len(DEEDS)))


def _fates(rng: random.Random, *, calm: bool) -> str:
    if calm or rng.random() < 0.3:
        return ""
    fates = ["fine"] * rng.randrange(5) + [rng.choice(FATES)]
    return ".".join(rng.choice(FATES) if rng.random() < 0.12 else fate for fate in fates)


def _trouble(rng: random.Random, *, calm: bool, share: float, most: int) -> str:
    if calm or rng.random() > share:
        return ""
    file = rng.choice(("", "", "work", "cache"))
    return f"{rng.choice(DISK)}@{rng.randrange(most)}" + (f"/{file}" if file else "")
