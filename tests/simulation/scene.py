"""What somebody has before their eyes when they ask for an act."""

from dataclasses import dataclass
from datetime import datetime

from protocol.complaint import Complaint


@dataclass(frozen=True, slots=True)
class Scene:
    """A complaint as `user` sees it at `at`; `other` is the id of another one, `count` makes texts differ."""

    view: Complaint
    user: str
    other: str
    at: datetime
    count: int
