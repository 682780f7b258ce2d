"""Every word the windows show: texts, labels of codes, dates, delays and errors, in the language now.

The language can change while windows are open: they listen, and ask again. Dates are civil dates in
Africa/Casablanca; figures are those of Morocco (0-9 in both languages).
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from desktop.core.errors import PersonError
from protocol.complaint import RequestType
from protocol.deadlines import CASABLANCA, civil_date
from resources import vocabulary
from resources.catalogue import LANGUAGES, Catalogue, ltr

NARROW_SPACE = "\u202f"
GENERAL = "errors.fault"
"""Words for a code that this build does not know: a newer server may refuse for newer reasons."""


@dataclass(frozen=True, slots=True)
class ErrorWords:
    """An error for a person: what happened, why, and what to do next."""

    title: str
    text: str
    next: str

    @property
    def summary(self) -> str:
        """What happened and why, on one line."""
        return f"{self.title}. {self.text}"


class Translation:
    """Catalogue, vocabulary and calendar in one language at a time; raises KeyError for a missing key."""

    def __init__(self, language: str) -> None:
        self._catalogue = Catalogue(language)
        self._listeners: list[Callable[[], None]] = []

    @property
    def language(self) -> str:
        """ "fr" or "ar"."""
        return self._catalogue.language

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue of the language now; do not keep it over a change of language."""
        return self._catalogue

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """Where the interface begins to read."""
        return "rtl" if self.language == "ar" else "ltr"

    def change(self, language: str) -> None:
        """Speak another language from now on and tell the listeners; raises KeyError for an unknown one."""
        if language == self.language:
            return
        self._catalogue = Catalogue(language)
        for listener in tuple(self._listeners):
            listener()

    def other(self) -> str:
        """The language that `change` could switch to."""
        return next(language for language in LANGUAGES if language != self.language)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Be told after the language changed; gives the function that stops it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # --- texts and labels

    def __call__(self, key: str, **values: object) -> str:
        """The text of `key`, placeholders filled."""
        return self._catalogue(key, **values)

    def count(self, key: str, n: int, **values: object) -> str:
        """The form of a counted text for `n`."""
        return self._catalogue.count(key, n, **values)

    def label(self, group: str, code: str, variant: str = "") -> str:
        """The label of a stored code; an unknown code shows as itself."""
        return vocabulary.label(group, code, self.language, variant)

    def status(self, status: str, request_type: str = RequestType.COMPLAINT, variant: str = "") -> str:
        """The label of a state, which in Arabic agrees with the type (اقتراح is masculine)."""
        masculine = self.language == "ar" and request_type == RequestType.SUGGESTION
        return self.label("status", status, "masculine" if masculine else variant)

    def error(self, error: PersonError) -> ErrorWords:
        """The three sentences of an error, the general ones for a code unknown to this build."""
        key = f"errors.{error.code}"
        if not self._catalogue.has(f"{key}.title"):
            key = GENERAL
        values = {"seconds": "", "file": "", **error.values}
        if isinstance(values["seconds"], int):
            values["wait"] = self.duration(values["seconds"])
        try:
            return ErrorWords(*(self(f"{key}.{part}", **values) for part in ("title", "text", "next")))
        except (KeyError, IndexError):
            return ErrorWords(*(self(f"{GENERAL}.{part}") for part in ("title", "text", "next")))

    def refusal(self, code: str) -> ErrorWords:
        """Why an act is refused; same words as the error of that code."""
        return self.error(PersonError(code))

    # --- dates and delays

    def date(self, day: datetime.date) -> str:
        """ "3 octobre 2026", "فاتح أكتوبر 2026"."""
        key = "dates.first_day" if day.day == 1 else "dates.day"
        return self(key, day=day.day, month=self(f"dates.month.{day.month}"), year=day.year)

    def weekday_date(self, day: datetime.date) -> str:
        """ "samedi 3 octobre 2026"."""
        return self(
            "dates.weekday_day", weekday=self(f"dates.weekday.{day.isoweekday()}"), date=self.date(day)
        )

    def short_date(self, day: datetime.date, today: datetime.date | None = None) -> str:
        """ "3 oct. 2026"; without the year when it is the year of `today`."""
        key = "dates.short_day_this_year" if today and today.year == day.year else "dates.short_day"
        return self(key, day=day.day, month=self(f"dates.short_month.{day.month}"), year=day.year)

    def time(self, at: datetime.datetime) -> str:
        """ "09:42", the clock of Casablanca, isolated so that it reads the same inside Arabic."""
        return ltr(at.astimezone(CASABLANCA).strftime("%H:%M"))

    def moment(self, at: datetime.datetime, now: datetime.datetime | None = None) -> str:
        """ "3 oct. 2026, 09:42"; "aujourd'hui, 09:42" or "hier, 09:42" when `now` is given and close."""
        day, time = civil_date(at), self.time(at)
        today = civil_date(now) if now else None
        if today == day:
            return self("dates.today_at", time=time)
        if today and today - day == datetime.timedelta(days=1):
            return self("dates.yesterday_at", time=time)
        return self("dates.moment", date=self.short_date(day, today), time=time)

    def ago(self, at: datetime.datetime, now: datetime.datetime) -> str:
        """ "à l'instant", "il y a 5 min", "il y a 3 h", "il y a 2 jours"; never a time to come."""
        minutes = max(0, int((now - at).total_seconds() // 60))
        if minutes < 1:
            return self("dates.now")
        if minutes < 60:
            return self.count("dates.minutes_ago", minutes)
        if minutes < 24 * 60:
            return self.count("dates.hours_ago", minutes // 60)
        return self.count("dates.days_ago", minutes // (24 * 60))

    def duration(self, seconds: int) -> str:
        """ "40 secondes", "2 minutes" (rounded up)."""
        if seconds < 60:
            return self.count("dates.seconds", seconds)
        return self.count("dates.minutes", -(-seconds // 60))

    def due(self, days_left: int, request_type: str = RequestType.COMPLAINT) -> str:
        """Short, for lists: "J-8", "Aujourd'hui", "En retard de 2 j"; متبقٍّ 8 أيام, متأخرة بيومين."""
        suffix = "_masculine" if request_type == RequestType.SUGGESTION else ""
        if days_left == 0:
            return self(f"due.today{suffix}")
        return self.count(f"due.left{suffix}" if days_left > 0 else f"due.late{suffix}", abs(days_left))

    def due_sentence(self, days_left: int) -> str:
        """Long, for tool tips and screen readers: "Il reste 8 jours"."""
        if days_left == 0:
            return self("due.today_long")
        return self.count("due.left_long" if days_left > 0 else "due.late_long", abs(days_left))

    # --- figures

    def number(self, value: int) -> str:
        """ "1 284" in French (narrow space), "1.284" in Arabic as Morocco writes it."""
        return f"{value:,}".replace(",", "." if self.language == "ar" else NARROW_SPACE)

    def percent(self, share: float) -> str:
        """A share 0..1 as "94 %" or "94%"."""
        figure = round(share * 100)
        return ltr(f"{figure}%") if self.language == "ar" else f"{figure}{NARROW_SPACE}%"

    def size(self, size: int) -> str:
        """A file's size in bytes as "214 ko" or "1,2 Mo"."""
        if size < 1_000:
            return self.count("size.bytes", size)
        if size < 1_000_000:
            return self("size.kilobytes", amount=round(size / 1_000))
        return self("size.megabytes", amount=f"{size / 1_000_000:.1f}".replace(".", ","))
