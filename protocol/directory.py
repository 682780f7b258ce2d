"""Reference documents: the register of administrations and units, people's names, themes, templates.

They are small, belong to stream 0, and are the only things a desktop knows about people other than citizens.
"""

from datetime import date

from protocol.complaint import Document
from protocol.settings import Grant, Onboarding


class Administration(Document, frozen=True, kw_only=True):
    """A body that answers complaints. `code` is in every registration number.

    The rest heads its letters: the ministry above it ("" for a ministry), the town of its seat, the office in
    whose name letters are signed, and its own contact line when it gives one.
    """

    code: str
    name_fr: str
    name_ar: str
    short_fr: str = ""
    short_ar: str = ""
    sector: str = ""
    onboarding: str = Onboarding.PLANNED
    provisional: bool = True
    ministry_fr: str = ""
    ministry_ar: str = ""
    place_fr: str = ""
    place_ar: str = ""
    head_fr: str = ""
    head_ar: str = ""
    contact_fr: str = ""
    contact_ar: str = ""


class Unit(Document, frozen=True, kw_only=True):
    """A service inside an administration; `code` is unique in the whole register, `place` is its town."""

    code: str
    administration: str
    name_fr: str
    name_ar: str
    parent: str = ""
    regions: tuple[str, ...] = ()
    place_fr: str = ""
    place_ar: str = ""


class Colleague(Document, frozen=True, kw_only=True):
    """A person of the staff, as others see it: names in both scripts, grants, absence."""

    id: str
    name_fr: str
    name_ar: str
    grants: tuple[Grant, ...] = ()
    absent_from: date | None = None
    absent_until: date | None = None
    deputy: str = ""


class Theme(Document, frozen=True, kw_only=True):
    """A subject of complaints, inside a sector."""

    code: str
    name_fr: str
    name_ar: str
    sector: str = ""


class AnswerTemplate(Document, frozen=True, kw_only=True):
    """A canned text an agent may start an answer from."""

    id: str
    theme: str
    language: str
    title: str
    text: str


class Profile(Document, frozen=True, kw_only=True):
    """The signed-in user's own account, as sign-in gives it."""

    id: str
    login: str
    name_fr: str
    name_ar: str
    language: str
    grants: tuple[Grant, ...] = ()
    main_administration: str = ""
    main_unit: str = ""
