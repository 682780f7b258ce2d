"""Dates, times, sizes and delays in words for a person: the only place where UTC becomes local time.

Local means the office's civil time, Africa/Casablanca from the pinned tzdata, whatever the PC's own zone says.
Arabic is ar_MA: Moroccan month names and Western digits.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, QLocale

from protocol.deadlines import CASABLANCA
from resources.catalogue import Catalogue, ltr

_LOCALES = {"fr": "fr_MA", "ar": "ar_MA"}
_THIN = "\u202f"
_SHORT_MONTHS_FR = (
    "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
)  # fmt: skip


def locale(language: str) -> QLocale:
    """The QLocale of an interface language (plain `ar` would give Arabic-Indic digits)."""
    return QLocale(_LOCALES[language])


class Formatting:
    """Words for figures in the language of `texts`; days are civil dates, instants are aware UTC."""

    def __init__(self, texts: Catalogue, zone: ZoneInfo = CASABLANCA) -> None:
        self.texts = texts
        self.language = texts.language
        self._zone = zone
        self._locale = locale(texts.language)

    def local(self, at: datetime) -> datetime:
        """The instant `at` on the office's clock."""
        return at.astimezone(self._zone)

    def number(self, n: int) -> str:
        """An integer with thin spaces between thousands, as both languages read it here."""
        return f"{n:,}".replace(",", _THIN)

    def percent(self, share: float) -> str:
        """A share 0..1 as a whole percentage."""
        return self.texts("frame.percent", n=round(share * 100))

    def date(self, day: date) -> str:
        """2 décembre 2026 · 2 دجنبر 2026."""
        first = "1er" if self.language == "fr" and day.day == 1 else str(day.day)
        return f"{first} {self._month(day)} {day.year}"

    def short_date(self, day: date, today: date | None = None) -> str:
        """3 oct. 2026; without the year when it is that of `today`."""
        month = _SHORT_MONTHS_FR[day.month - 1] if self.language == "fr" else self._month(day)
        first = "1er" if self.language == "fr" and day.day == 1 else str(day.day)
        return f"{first} {month}" if today and today.year == day.year else f"{first} {month} {day.year}"

    def time(self, at: datetime) -> str:
        """09:42 on the office's clock."""
        return f"{self.local(at):%H:%M}"

    def date_time(self, at: datetime) -> str:
        """3 oct. 2026, 09:42."""
        return self.texts("frame.date.time", date=self.short_date(self.local(at).date()), time=self.time(at))

    def moment(self, at: datetime, now: datetime) -> str:
        """The time alone when `at` is today on the office's clock, else the short date with the time."""
        here, today = self.local(at).date(), self.local(now).date()
        if here == today:
            return self.time(at)
        return self.texts("frame.date.time", date=self.short_date(here, today), time=self.time(at))

    def ago(self, at: datetime, now: datetime) -> str:
        """How long since `at`, in one unit: minutes, hours, then days."""
        passed = max(now - at, timedelta())
        minutes = int(passed.total_seconds() // 60)
        if minutes < 1:
            return self.texts("frame.ago.now")
        if minutes < 60:
            return self.texts.count("frame.ago.minutes", minutes)
        if minutes < 24 * 60:
            return self.texts.count("frame.ago.hours", minutes // 60)
        return self.texts.count("frame.ago.days", minutes // (24 * 60))

    def due(self, days_left: int) -> str:
        """The badge of a due date: J-8, Aujourd'hui, En retard de 2 j."""
        return self._due("frame.due", days_left, "")

    def due_long(self, days_left: int) -> str:
        """The same in full words, for tool tips and screen readers."""
        return self._due("frame.due", days_left, ".long")

    def size(self, size: int) -> str:
        """A file's size from its bytes: 214 ko, 1,2 Mo."""
        if size < 1000:
            return self.texts.count("frame.size.bytes", size)
        if size < 1_000_000:
            return self.texts("frame.size.kilobytes", n=round(size / 1000))
        return self.texts("frame.size.megabytes", n=ltr(f"{size / 1_000_000:.1f}".replace(".", ",")))

    def _due(self, key: str, days_left: int, form: str) -> str:
        if days_left == 0:
            return self.texts(f"{key}.today{form}")
        kind = "days" if days_left > 0 else "overdue"
        return self.texts.count(f"{key}.{kind}{form}", abs(days_left))

    def _month(self, day: date) -> str:
        return self._locale.toString(QDate(day.year, day.month, day.day), "MMMM")
