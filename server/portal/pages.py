"""Turns answers into pages: templates, dates in words, compressed static files, security headers.

Everything that came from a person is escaped by the template engine; no page holds a script or inline style.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from litestar.response import Response

from protocol.deadlines import CASABLANCA
from protocol.text import direction
from resources import vocabulary
from resources.catalogue import LANGUAGES, Catalogue

FOLDER = Path(__file__).parent
HTML = "text/html"

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""On every answer of the portal."""

FONTS = {
    "plex-sans.ttf": ("fontpkg_ibm_plex_sans", "IBMPlexSans[wdth,wght].ttf"),
    "plex-arabic-400.ttf": ("fontpkg_ibm_plex_sans_arabic", "IBMPlexSansArabic-Regular.ttf"),
    "plex-arabic-600.ttf": ("fontpkg_ibm_plex_sans_arabic", "IBMPlexSansArabic-SemiBold.ttf"),
}
STATIC = {"portal.css": "text/css", "mark.svg": "image/svg+xml"}
STATIC |= {"chevron.svg": "image/svg+xml", "chevron-dark.svg": "image/svg+xml"}

_templates = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=select_autoescape(("html",), default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the data controller fills in (law 09-08); "" shows as still to be filled."""

    authorisation: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Around a page: its language, its address without the language, its entry in the navigation."""

    language: str
    path: str
    here: str = ""
    public: bool = True


@dataclass(frozen=True, slots=True)
class Resource:
    """A static file, as it is and compressed."""

    data: bytes
    compressed: bytes
    mime: str


def day(value: date, language: str) -> str:
    """A civil date in words, as Moroccan administrations write it."""
    texts = Catalogue(language)
    month = texts("portal.months").split(",")[value.month - 1]
    key = "portal.day.first" if value.day == 1 else "portal.day"
    return texts(key, day=value.day, month=month, year=value.year)


def moment(value: datetime, language: str) -> str:
    """An aware time as date and hour in Casablanca."""
    local = value.astimezone(CASABLANCA)
    return Catalogue(language)("portal.moment", day=day(local.date(), language), hour=f"{local:%H:%M}")


def render(template: str, frame: Frame, *, status: int = 200, **values: object) -> Response[bytes]:
    """A page of the portal; never cached, because what it shows is a citizen's own."""
    language = frame.language
    texts = Catalogue(language)
    html = _templates.get_template(template).render(
        values,
        lang=language,
        other=LANGUAGES[1 - LANGUAGES.index(language)],
        path=frame.path,
        here=frame.here,
        public=frame.public,
        t=texts,
        label=lambda group, code, variant="": vocabulary.label(group, code, language, variant),
        day=lambda value: day(value, language),
        moment=lambda value: moment(value, language),
        direction=direction,
        failed=status >= 400,
        version=version(),
    )
    return Response(html.encode(), media_type=HTML, status_code=status, headers=private_headers())


def private_headers() -> Mapping[str, str]:
    """Headers of a page: secure, and kept by no cache."""
    return SECURITY | {"Cache-Control": "no-store"}


@cache
def version() -> str:
    """Changes whenever the stylesheet does."""
    return hashlib.sha256((FOLDER / "static" / "portal.css").read_bytes()).hexdigest()[:10]


def static(name: str) -> Resource | None:
    """A file of the stylesheet's folder or a font of the packages; None for any other name."""
    # Asked before the cache, which would otherwise remember every name that strangers make up.
    return _static(name) if name in STATIC or name in FONTS else None


@cache
def _static(name: str) -> Resource:
    if name in STATIC:
        data, mime = (FOLDER / "static" / name).read_bytes(), STATIC[name]
    else:
        package, file = FONTS[name]
        data, mime = (files(package) / "files" / file).read_bytes(), "font/ttf"
    return Resource(data, gzip.compress(data, 6, mtime=0), mime)
