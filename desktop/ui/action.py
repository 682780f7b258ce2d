"""One act a person may ask for from the complaint pane, in words. No Qt."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do: `code` names it, `key` is its shortcut, `why` greys it, `filled` is the next step."""

    code: str
    text: str
    key: str = ""
    why: str = ""
    filled: bool = False
    icon: str = ""
