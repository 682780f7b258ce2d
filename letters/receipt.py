"""The receipt of a request on one bilingual page: Arabic at the right, French at the left, the eight items
of DOMAIN §8, and how to follow the request.

`render` is deterministic, and the page is always one: what is long is set smaller, never cut.
"""

import datetime
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from urllib.parse import urlsplit

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from letters.paragraph import Paragraph, Style
from protocol.deadlines import CASABLANCA
from protocol.text import direction
from resources import vocabulary
from resources.catalogue import Catalogue, isolated, ltr

MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
GUTTER = 16.0
QR = 25 * mm
QUIET_MODULES = 1

GREEN = (0.043, 0.42, 0.31)
TINT = (0.93, 0.965, 0.945)
LINE = (0.82, 0.84, 0.83)

ARABIC = Style(size=11.5, leading=17.5, space_after=0)
FRENCH = Style(size=10.5, leading=15, rtl=False, space_after=0)
QUIET = 0.33


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLetter:
    """Everything a receipt says; `at` and `renewed_at` are aware UTC, `due` a civil date in Casablanca.

    `due` is None where no answer is owed; `administration` and `administration_fr` are "" at national
    coordination; `address` is the portal's, without the language; `renewed_at` is None for the first receipt.
    """

    number: str
    code: str
    at: datetime.datetime
    administration: str
    administration_fr: str
    type: str
    object: str
    due: datetime.date | None
    language: str
    address: str
    authorisation: str = ""
    contact: str = ""
    renewed_at: datetime.datetime | None = None


class TooLong(ValueError):
    """What must be printed does not fit one page even in the smallest legible size."""


def render(receipt: ReceiptLetter) -> bytes:
    """The PDF, one A4 page; raises TooLong for texts that no citizen and no setting of ours can make."""
    for scale in (1.0, 0.95, 0.9, 0.85, 0.8, 0.75):
        blocks = tuple(_blocks(receipt, scale))
        heights = [block.wrap(WIDTH, A4[1])[1] for block in blocks]
        if sum(heights) <= A4[1] - 2 * MARGIN:
            return _drawn(receipt, blocks, heights)
    raise TooLong(receipt.number)


def _drawn(receipt: ReceiptLetter, blocks: Sequence[Flowable], heights: Sequence[float]) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=1, lang="ar")
    canvas.setTitle(receipt.number)
    top = A4[1] - MARGIN
    for block, height in zip(blocks, heights, strict=True):
        top -= height
        block.drawOn(canvas, MARGIN, top)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


# What is said -------------------------------------------------------------------------------------------


def _blocks(receipt: ReceiptLetter, scale: float) -> Iterator[Flowable]:
    """The page from top to bottom."""
    page = _Page(receipt, scale)
    yield page.pair("receipt.state", weight="Bold", align="centre")
    yield page.pair("receipt.portal", align="centre", grey=QUIET)
    yield Rule(10, GREEN, 1.2)
    title = "receipt.title.renewed" if receipt.renewed_at else "receipt.title"
    yield page.centred("ar", title, 22, 32)
    yield page.centred("fr", title, 14, 20)
    yield Gap(10)
    yield page.keys()
    yield Gap(6)
    yield page.facts()
    yield Gap(10)
    yield page.follow()
    yield Gap(10)
    for key, parts in _SMALL_PRINT:
        yield page.pair(key, weight="Bold", factor=0.9)
        for part in parts:
            yield page.small(part)
        yield Gap(7)


_SMALL_PRINT = (
    ("receipt.ombudsman", ("receipt.ombudsman.text",)),
    (
        "receipt.notice",
        (
            "receipt.notice.purpose",
            "receipt.notice.recipients",
            "receipt.notice.authorisation",
            "receipt.notice.rights",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class _Page:
    """One receipt in both languages, all sizes multiplied by `scale`."""

    receipt: ReceiptLetter
    scale: float

    def style(self, language: str, factor: float = 1.0, **changes: object) -> Style:
        own = ARABIC if language == "ar" else FRENCH
        factor *= self.scale
        sized = replace(own, size=round(own.size * factor, 2), leading=round(own.leading * factor, 2))
        return replace(sized, **changes)  # type: ignore[arg-type]

    def centred(self, language: str, key: str, size: float, leading: float) -> Flowable:
        size, leading = size * self.scale, leading * self.scale
        style = self.style(language, weight="Bold", align="centre", size=size, leading=leading)
        return Paragraph(Catalogue(language)(key), style)

    def pair(self, key: str, *, factor: float = 1.0, **changes: object) -> "Sides":
        right = Paragraph(Catalogue("ar")(key), self.style("ar", factor, **changes))
        left = Paragraph(Catalogue("fr")(key), self.style("fr", factor, **changes))
        return Sides([left], [right])

    def small(self, key: str) -> "Sides":
        """One line of the small print, with what the controller has to fill in."""
        sides = {}
        for language in ("ar", "fr"):
            texts = Catalogue(language)
            number = self.receipt.authorisation or f"[{texts('receipt.notice.authorisation.missing')}]"
            contact = self.receipt.contact or f"[{texts('receipt.notice.contact.missing')}]"
            words = texts(key, number=isolated(number), contact=isolated(contact))
            sides[language] = [Paragraph(words, self.style(language, 0.78))]
        return Sides(sides["fr"], sides["ar"])

    def keys(self) -> Flowable:
        """Number and code, large and from left to right in both languages."""
        cells = [
            self._key("receipt.number", self.receipt.number),
            self._key("receipt.code", self.receipt.code),
        ]
        notes = [self._note("ar"), self._note("fr")]
        return Panel([Sides(*cells), Rule(12, LINE, 0.6), *notes])

    def _key(self, key: str, value: str) -> list[Flowable]:
        large = Style(size=18, leading=27, weight="Bold", rtl=False, align="centre", space_after=0)
        caption = replace(self.style("ar", 0.92), align="centre", grey=QUIET)
        words = f"{Catalogue('ar')(key)} · {isolated(Catalogue('fr')(key))}"
        return [Paragraph(words, caption), Paragraph(value, large)]

    def _note(self, language: str) -> Flowable:
        texts = Catalogue(language)
        words = texts("receipt.keep")
        if self.receipt.renewed_at:
            words = f"{texts('receipt.renewed', moment=_moment(self.receipt.renewed_at, texts))} {words}"
        return Paragraph(words, self.style(language, 0.9, align="centre"))

    def facts(self) -> Flowable:
        """Date and time, administration, kind, object, due date: a line each, both languages."""
        rows: list[Flowable] = []
        for key in ("at", "administration", "type", "object", "due"):
            rows += [self._row(key), Rule(8, LINE, 0.6)]
        return Stack(rows[:-1])

    def _row(self, key: str) -> Flowable:
        label = self.pair(f"receipt.{key}", factor=0.86, grey=QUIET)
        if key == "object":
            # The citizen's own words, once, in their own direction.
            side = "ar" if direction(self.receipt.object) == "rtl" else "fr"
            return Stack([label, Paragraph(self.receipt.object, self.style(side, 1.05))])
        values = {language: self._value(key, Catalogue(language)) for language in ("ar", "fr")}
        left, right = (
            Paragraph(values[language], self.style(language, 1.05, weight="Bold"))
            for language in ("fr", "ar")
        )
        return Stack([label, Sides([left], [right])])

    def _value(self, key: str, texts: Catalogue) -> str:
        receipt = self.receipt
        if key == "at":
            return _moment(receipt.at, texts)
        if key == "type":
            return vocabulary.label("type", receipt.type, texts.language)
        if key == "due":
            return _day(receipt.due, texts) if receipt.due else texts("receipt.due.none")
        named = receipt.administration if texts.language == "ar" else receipt.administration_fr
        return named or texts("receipt.administration.triage")

    def follow(self) -> Flowable:
        """The address for people and for telephones; the secret code is never part of it."""
        sides = {}
        for language in ("ar", "fr"):
            texts = Catalogue(language)
            shown = ltr(_shown(f"{self.receipt.address}/{language}/suivi"))
            title = Paragraph(texts("receipt.follow"), self.style(language, 0.95, weight="Bold"))
            words = Paragraph(texts("receipt.follow.text", address=shown), self.style(language, 0.82))
            sides[language] = [title, words]
        mark = Mark(f"{self.receipt.address}/{self.receipt.language}/suivi")
        return Panel([Sides(sides["fr"], sides["ar"], mark)])


def _day(day: datetime.date, texts: Catalogue) -> str:
    month = texts("portal.months").split(",")[day.month - 1]
    key = "portal.day.first" if day.day == 1 else "portal.day"
    return texts(key, day=day.day, month=month, year=day.year)


def _moment(at: datetime.datetime, texts: Catalogue) -> str:
    local = at.astimezone(CASABLANCA)
    return texts("portal.moment", day=_day(local.date(), texts), hour=ltr(f"{local:%H:%M}"))


def _shown(address: str) -> str:
    """An address as people copy it: without its scheme."""
    parts = urlsplit(address)
    return f"{parts.netloc}{parts.path}"


# How it is set ------------------------------------------------------------------------------------------


class Gap(Flowable):  # type: ignore[misc]
    """Empty height, in points."""

    def __init__(self, height: float) -> None:
        super().__init__()
        self._height = height

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """The width given, and its own height."""
        self.width, self.height = width, self._height
        return self.width, self.height

    def draw(self) -> None:
        """Nothing."""


class Rule(Gap):
    """A line in the middle of an empty height."""

    def __init__(self, height: float, colour: tuple[float, float, float], thickness: float) -> None:
        super().__init__(height)
        self._colour, self._thickness = colour, thickness

    def draw(self) -> None:
        """Across the whole width."""
        self.canv.setStrokeColorRGB(*self._colour)
        self.canv.setLineWidth(self._thickness)
        self.canv.line(0, self.height / 2, self.width, self.height / 2)


class Mark(Gap):
    """The square that a telephone reads; holds an address and no secret."""

    def __init__(self, address: str) -> None:
        super().__init__(QR)
        self._rows = _modules(address)

    def draw(self) -> None:
        """Dark modules on the panel's own tint, with the quiet border that readers need."""
        side = QR / (len(self._rows) + 2 * QUIET_MODULES)
        left, top = (self.width - QR) / 2 + QUIET_MODULES * side, QR - QUIET_MODULES * side
        self.canv.setFillGray(0)
        for number, row in enumerate(self._rows, 1):
            for start, length in _runs(row):
                self.canv.rect(
                    left + start * side, top - number * side, length * side, side, stroke=0, fill=1
                )


@cache
def _modules(address: str) -> tuple[tuple[bool, ...], ...]:
    """The modules of an address's mark, dark ones True; a server prints very few addresses."""
    widget = QrCodeWidget(address, barLevel="M")
    widget.qr.make()
    size = widget.qr.getModuleCount()
    return tuple(tuple(bool(widget.qr.isDark(row, n)) for n in range(size)) for row in range(size))


def _runs(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Start and length of each run of dark modules."""
    start = 0
    for is_dark, run in groupby(row):
        length = len(tuple(run))
        if is_dark:
            yield start, length
        start += length


class Stack(Flowable):  # type: ignore[misc]
    """Blocks one under the other."""

    def __init__(self, parts: Sequence[Flowable]) -> None:
        super().__init__()
        self._parts = tuple(parts)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """The width given, and the sum of heights."""
        self._heights = [part.wrap(width, height)[1] for part in self._parts]
        self.width, self.height = width, sum(self._heights)
        return self.width, self.height

    def draw(self) -> None:
        """From the top."""
        top = self.height
        for part, height in zip(self._parts, self._heights, strict=True):
            top -= height
            part.drawOn(self.canv, 0, top)


class Sides(Flowable):  # type: ignore[misc]
    """French at the left, Arabic at the right, and perhaps something between them."""

    def __init__(
        self, left: Sequence[Flowable], right: Sequence[Flowable], middle: Flowable | None = None
    ) -> None:
        super().__init__()
        self._left, self._right, self._middle = Stack(left), Stack(right), middle

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """The width given, and the height of the highest."""
        between = GUTTER if self._middle is None else QR + 2 * GUTTER
        self._side = (width - between) / 2
        self.width = width
        self.height = max(part.wrap(self._side, height)[1] for part in (self._left, self._right))
        if self._middle is not None:
            self.height = max(self.height, self._middle.wrap(between, height)[1])
        return self.width, self.height

    def draw(self) -> None:
        """Each from the top; what is between them in the middle."""
        self._left.drawOn(self.canv, 0, self.height - self._left.height)
        self._right.drawOn(self.canv, self.width - self._side, self.height - self._right.height)
        if self._middle is not None:
            self._middle.drawOn(self.canv, self._side, (self.height - self._middle.height) / 2)


class Panel(Flowable):  # type: ignore[misc]
    """Blocks on a pale ground that a printer without colours leaves legible."""

    PAD = 10.0

    def __init__(self, parts: Sequence[Flowable]) -> None:
        super().__init__()
        self._inside = Stack(parts)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """The width given, and the height of its blocks with their margin."""
        inner = self._inside.wrap(width - 2 * self.PAD, height)[1]
        self.width, self.height = width, inner + 2 * self.PAD
        return self.width, self.height

    def draw(self) -> None:
        """Ground, border, blocks."""
        self.canv.saveState()
        self.canv.setFillColorRGB(*TINT)
        self.canv.setStrokeColorRGB(*GREEN)
        self.canv.setLineWidth(0.6)
        self.canv.roundRect(0, 0, self.width, self.height, 5, stroke=1, fill=1)
        self.canv.restoreState()
        self._inside.drawOn(self.canv, self.PAD, self.PAD)
