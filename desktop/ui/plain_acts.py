"""Acts that need a sentence, a list or a date and no editor of their own, as one table. No Qt."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from protocol import acts
from protocol.acts import Act


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an act is made from a text and perhaps a date; `text` and `day` name the fields' labels."""

    make: Callable[[str, date], Act]
    text: str = "case.plain.reason"
    day: str = ""
    days_ahead: int = 15
    required: bool = True


def _items(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


RECIPES: dict[str, Recipe] = {
    "decline": Recipe(lambda text, _: acts.Decline(reason=text)),
    "ask_complement": Recipe(
        lambda text, day: acts.AskComplement(items=_items(text), limit=day),
        text="case.plain.items",
        day="case.plain.limit",
    ),
    "receive_elements": Recipe(lambda text, _: acts.ReceiveElements(text=text), text="case.plain.text"),
    "send_interim": Recipe(
        lambda text, day: acts.SendInterim(text=text, expected=day),
        text="case.plain.text",
        day="case.plain.expected",
    ),
    "validate": Recipe(
        lambda text, _: acts.Validate(comment=text), text="case.plain.comment", required=False
    ),
    "return": Recipe(lambda text, _: acts.Return(comment=text), text="case.plain.comment"),
    "withdraw": Recipe(lambda text, _: acts.Withdraw(reason=text)),
    "close": Recipe(lambda text, _: acts.Close(reason=text)),
    "reopen": Recipe(lambda text, _: acts.Reopen(reason=text)),
    "take_into_account": Recipe(lambda text, _: acts.TakeIntoAccount(text=text), text="case.plain.text"),
    "file": Recipe(lambda text, _: acts.File(reason=text)),
}
"""In the order of the menu."""
