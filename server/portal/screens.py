"""The portal's screens: what each template is given. No HTTP and no SQL here."""

from collections.abc import Iterable, Sequence
from functools import cache

from litestar.response import Response

from protocol.complaint import IdentityKind
from protocol.directory import Administration, Theme
from protocol.files import ACCEPTED
from protocol.settings import COORDINATION, Onboarding
from protocol.text import fold
from protocol.wire import MAX_FILE, MAX_FILES, MAX_OBJECT, MAX_TEXT
from resources import places, vocabulary
from resources.catalogue import Catalogue
from server import request
from server.portal import form_view
from server.portal.case import Case
from server.portal.counter import Choices
from server.portal.form_view import EnclosedFile, FormView, Group, Option
from server.portal.pages import Frame, Notice, render
from server.portal.saying import REASONS
from server.receipts import Receipt

Page = Response[bytes]

_LIMITS = {
    "object": MAX_OBJECT,
    "text_shown": form_view.figure(MAX_TEXT),
    "detail": request.MAX_DETAIL,
    "name": request.MAX_NAME,
    "identity": request.MAX_IDENTITY,
    "contact": request.MAX_PHONE,
    "email": request.MAX_EMAIL,
    "files": MAX_FILES,
    "megabytes": MAX_FILE // (1024 * 1024),
}


def home(language: str) -> Page:
    """What the platform is; file; follow."""
    return render("home.html", Frame(language=language, path="/"))


def notice(language: str, terms: Notice) -> Page:
    """The data-protection notice on its own."""
    frame = Frame(language=language, path="/donnees-personnelles")
    return render("notice.html", frame, authorisation=terms.authorisation, contact=terms.contact)


def form(language: str, shown: FormView, choices: Choices, terms: Notice) -> Page:
    """The request form, empty or with what was typed; its communes are those of the chosen province."""
    frame = Frame(language=language, path="/deposer", here="file")
    return render(
        "file.html",
        frame,
        status=422 if shown.problems else 200,
        form=shown,
        themes=_themes(choices.themes, language),
        provinces=_provinces(language),
        communes=_communes(shown["province"], language),
        administrations=_administrations(choices.administrations, language),
        identity_kinds=tuple(IdentityKind),
        limits=_LIMITS,
        accepted=ACCEPTED,
        authorisation=terms.authorisation,
        contact=terms.contact,
    )


def receipt(
    language: str, given: Receipt, names: dict[str, str], terms: Notice, *, is_renewed: bool = False
) -> Page:
    """The eight items of a receipt (DOMAIN §8); `is_renewed` when its code has replaced another."""
    triage = Catalogue(language)("portal.receipt.administration.triage")
    code = given.administration
    return render(
        "receipt.html",
        Frame(language=language, path="/recepisse", here="follow" if is_renewed else "file", public=False),
        receipt=given,
        renewed=is_renewed,
        administration=triage if code == COORDINATION else names.get(code, code),
        authorisation=terms.authorisation,
        contact=terms.contact,
    )


def follow(language: str, shown: FormView, *, refusal: str = "", status: int = 200) -> Page:
    """Number and code; `refusal` is a key of the catalogue."""
    return _asking("follow.html", "/suivi", language, shown, refusal=refusal, status=status)


def lost_code(language: str, shown: FormView, *, refusal: str = "", status: int = 200) -> Page:
    """Number and contact, for a one-time code."""
    return _asking("lost.html", "/suivi/code-perdu", language, shown, refusal=refusal, status=status)


def new_code(
    language: str, shown: FormView, *, is_asked: bool = False, refusal: str = "", status: int = 200
) -> Page:
    """Number and one-time code; `is_asked` right after one was asked for."""
    path = "/suivi/nouveau-code"
    return _asking("renew.html", path, language, shown, refusal=refusal, status=status, is_asked=is_asked)


def _asking(
    template: str, path: str, language: str, shown: FormView, *, refusal: str, status: int, **values: object
) -> Page:
    frame = Frame(language=language, path=path, here="follow")
    words = Catalogue(language)(refusal) if refusal else ""
    return render(template, frame, status=status, form=shown, refusal=words, **values)


def case(
    language: str,
    shown: FormView,
    described: Case,
    *,
    kind: str = "",
    sent: str = "",
    refusal: str = "",
    status: int = 0,
) -> Page:
    """One request as its author may read it; `kind` is the form to show again with `shown`.

    `sent` is the kind of message just taken; `status` 0 follows from what went wrong.
    """
    return render(
        "case.html",
        Frame(language=language, path="/suivi/dossier", here="follow", public=False),
        status=status or (409 if refusal else 422 if shown.problems else 200),
        form=shown,
        blank=FormView(shown.token),
        kind=kind,
        case=described,
        files=_enclosed(described, Catalogue(language)),
        reasons=REASONS,
        sent=_taken(sent, Catalogue(language)),
        refusal=Catalogue(language)(refusal) if refusal else "",
    )


def _enclosed(described: Case, texts: Catalogue) -> tuple[EnclosedFile, ...]:
    """The files joined to the answer that was sent, each once."""
    files = described.answer.reply.attachments if described.answer else ()
    return tuple(form_view.enclosed_file(file, texts) for file in {one.sha256: one for one in files}.values())


def _taken(kind: str, texts: Catalogue) -> str:
    """What the page says after a message of this kind; "" when there was none."""
    if not kind:
        return ""
    key = f"portal.case.sent.{kind}"
    return texts(key if texts.has(key) else "portal.case.sent")


def message(language: str, name: str, *, status: int, target: str = "", here: str = "") -> Page:
    """A short page: `name` is `problem.404`, `receipt.gone`…; its button leads to `target`."""
    texts = Catalogue(language)
    return render(
        "message.html",
        Frame(language=language, path="/" + target, here=here),
        status=status,
        title=texts(f"portal.{name}"),
        text=texts(f"portal.{name}.text", minutes=30),
        target=target,
        action=texts("portal.follow.title" if target == "suivi" else "portal.problem.home"),
    )


# Lists -------------------------------------------------------------------------------------------------


def _themes(themes: Sequence[Theme], language: str) -> tuple[Group, ...]:
    by_sector: dict[str, list[Option]] = {}
    for theme in themes:
        option = Option(theme.code, theme.name_ar if language == "ar" else theme.name_fr)
        by_sector.setdefault(theme.sector, []).append(option)
    return tuple(
        Group(vocabulary.label("sector", sector, language) if sector else "", tuple(options))
        for sector, options in sorted(by_sector.items())
    )


@cache
def _provinces(language: str) -> tuple[Group, ...]:
    return tuple(
        Group(
            places.region_label(region.code, language),
            _sorted(
                Option(province.code, places.province_label(province.code, language))
                for province in places.provinces(region.code)
            ),
        )
        for region in places.regions()
    )


def _communes(province: str, language: str) -> tuple[Group, ...]:
    found = places.communes(province) if province else ()
    if not found:
        return ()
    labelled = (Option(commune.code, places.commune_label(commune.code, language)) for commune in found)
    return (Group("", _sorted(labelled)),)


def _administrations(every: Sequence[Administration], language: str) -> tuple[Group, ...]:
    texts = Catalogue(language)
    groups = []
    for state in (Onboarding.OPERATIONAL, Onboarding.IN_PREPARATION):
        labelled = (
            Option(entry.code, entry.name_ar if language == "ar" else entry.name_fr)
            for entry in every
            if entry.onboarding == state
        )
        groups.append(Group(texts(f"portal.field.administration.{state}"), _sorted(labelled)))
    return tuple(groups)


def _sorted(options: Iterable[Option]) -> tuple[Option, ...]:
    """In the order of the alphabet that is read, accents and hamza aside."""
    return tuple(sorted(options, key=lambda option: fold(option.label)))
