"""Filing on the portal: the form, its errors, the receipt, double sending, hostile input."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from protocol.complaint import Status
from server import blobs
from tests.portal_world import GOOD, PortalWorld, portal_world

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=y>{{7*7}}"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalWorld]:
    with portal_world(tmp_path_factory.mktemp("portal")) as world:
        yield world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[PortalWorld]:
    with portal_world(tmp_path) as world:
        yield world


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize("language", ["fr", "ar"])
@pytest.mark.parametrize("page", ["/", "/deposer", "/suivi", "/donnees-personnelles"])
def test_every_page_speaks_one_language_and_offers_the_other(
    shared: PortalWorld, language: str, page: str
) -> None:
    answer = shared.client.get(f"/{language}{page}")
    assert answer.status_code == 200
    direction = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in answer.text
    assert ("Français" if language == "ar" else "العربية") in answer.text
    assert "portal." not in re.sub(r"portal\.(css|test)", "", answer.text)


def test_pages_carry_strict_headers_and_no_inline_script_or_style(shared: PortalWorld) -> None:
    answer = shared.client.get("/fr/deposer")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "<script" not in answer.text and "style=" not in answer.text and "<style" not in answer.text


def test_the_stylesheet_uses_no_left_or_right_except_where_css_has_no_logical_word() -> None:
    sheet = (Path("server/portal/static/portal.css")).read_text("utf-8")
    physical = re.findall(r"(?:margin|padding|border|inset)-(?:left|right)|text-align: (?:left|right)", sheet)
    assert not physical


def test_fonts_and_stylesheet_come_from_this_server_and_are_cached(shared: PortalWorld) -> None:
    for path in ("/static/portal.css", "/static/fonts/plex-sans.ttf", "/static/fonts/plex-arabic-400.ttf"):
        answer = shared.client.get(path)
        assert answer.status_code == 200 and "max-age" in answer.headers["cache-control"]
    for path in ("/static/../routes.py", "/static/fonts/..%2f..%2frequest.py", "/static/zz.css"):
        assert shared.client.get(path).status_code == 404


def test_the_home_page_is_chosen_by_the_browsers_language(shared: PortalWorld) -> None:
    for asked, home in (("fr-FR,ar;q=0.5", "/fr/"), ("ar-MA", "/ar/"), ("en-US", "/ar/"), ("", "/ar/")):
        answer = shared.client.get("/", headers={"accept-language": asked}, follow_redirects=False)
        assert answer.headers["location"] == home


def test_a_request_filed_is_registered_relayed_and_receipted(world: PortalWorld) -> None:
    number, code = world.filed()
    document = world.document(number)
    assert number == "2026-EAU-000001"
    assert (document.administration, document.unit, document.status) == ("EAU", "EAU-1", Status.RECEIVED)
    assert document.person.identity_number == "BK123456" and document.person.phone == "+212661223344"
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code)
    page = world.client.get("/ar/recepisse").text
    for item in (number, code, "20 نونبر 2026", "مكتب EAU", GOOD["object"], "19 يناير 2027", "09.08", "وسيط"):
        assert item in page


def test_what_is_not_operational_or_not_understood_goes_to_national_coordination(world: PortalWorld) -> None:
    named, _ = world.filed(administration="PORTS")
    unclear, _ = world.filed(text="Un sujet que rien ne permet de rattacher à un service.")
    for number in (named, unclear):
        assert world.document(number).administration == "CN"
        assert number.startswith("2026-CN-")


def test_the_code_is_stored_nowhere(world: PortalWorld) -> None:
    _, code = world.filed()
    plain = code.replace("-", "")
    for path in Path(world.service.config.data).rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert code.encode() not in content and plain.encode() not in content


def test_pressing_the_button_twice_files_once_and_shows_the_same_receipt(world: PortalWorld) -> None:
    token = world.form(world.client.get("/fr/deposer").text)
    receipts = []
    for _ in range(2):
        assert world.send(token=token, **GOOD).status == 303
        receipts.append(world.client.get("/fr/recepisse").text)
    assert world.count() == 1 and receipts[0] == receipts[1]


def test_going_back_and_asking_something_else_is_another_request(world: PortalWorld) -> None:
    token = world.form(world.client.get("/fr/deposer").text)
    world.send(token=token, **GOOD)
    world.send(token=token, **(GOOD | {"object": "Une tout autre affaire d’eau"}))
    assert world.count() == 2


def test_a_receipt_disappears_after_half_an_hour_and_is_not_shown_to_another_browser(
    world: PortalWorld,
) -> None:
    _, code = world.filed()
    world.later(minutes=31)
    gone = world.client.get("/fr/recepisse")
    assert gone.status_code == 404 and code not in gone.text


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"type": ""}, "type"),
        ({"type": "petition"}, "type"),
        ({"object": "  "}, "object"),
        ({"object": "x" * 201}, "object"),
        ({"text": ""}, "text"),
        ({"text": "ا" * 100_000}, "text"),
        ({"name": "12 34"}, "name"),
        ({"identity_number": "123"}, "identity_number"),
        ({"identity_kind": "tooth"}, "identity_kind"),
        ({"identity_kind": "company", "identity_number": "12"}, "identity_number"),
        ({"phone": "0312345678"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"email": "a@b"}, "email"),
        ({"province": "99.999"}, "province"),
        ({"commune": "99.999.99.9"}, "commune"),
        ({"province": "04.421", "commune": "01.511.01.0"}, "commune"),
        ({"administration": "NASA"}, "administration"),
        ({"theme": "nothing"}, "theme"),
        ({"consent": ""}, "consent"),
    ],
)
def test_every_wrong_field_is_told_beside_it_and_everything_typed_is_kept(
    shared: PortalWorld, changed: dict[str, str], field: str
) -> None:
    before = shared.count()
    sent = shared.send("ar", **(GOOD | changed))
    assert sent.status == 422 and shared.count() == before
    assert f'id="problem-{field}"' in sent.html and f'href="#{field}"' in sent.html
    described = re.findall(r'aria-describedby="([^"]+)"', sent.html)
    assert any(f"problem-{field}" in ids.split() for ids in described) or field == "commune"
    for name, typed in (GOOD | changed).items():
        if name in ("name", "object", "text", "phone") and typed.strip():
            assert typed in sent.html


def test_no_control_character_or_bidi_override_reaches_the_register(world: PortalWorld) -> None:
    number, _ = world.filed(
        name="Zin\u202eeb\x00 El\x07 Fassi", object="Fuite\u2066 d’eau\r\nici", detail="\u202eHay Salam"
    )
    document = world.document(number)
    assert document.person.name == "Zineb El Fassi"
    assert document.object == "Fuite d’eau ici" and document.place.detail == "Hay Salam"


def test_html_in_every_field_comes_back_as_text(shared: PortalWorld) -> None:
    fields = dict.fromkeys(GOOD, HOSTILE) | {"detail": HOSTILE, "email": HOSTILE, "province": HOSTILE}
    sent = shared.send(**fields, files=[(HOSTILE, b"MZ")])
    assert sent.status == 422
    assert (
        "<script" not in sent.html
        and "<img" not in sent.html
        and "49" not in sent.html.split("<form")[1][:300]
    )


def test_html_in_a_filed_request_is_text_on_receipt_and_follow_up(world: PortalWorld) -> None:
    number, code = world.filed(object=HOSTILE, name=HOSTILE)
    assert "<script" not in world.client.get("/fr/recepisse").text
    assert world.follow(number, code).status == 303
    assert "<script" not in world.client.get("/fr/suivi/dossier").text


def test_communes_appear_for_the_chosen_province_and_the_commune_completes_the_place(
    world: PortalWorld,
) -> None:
    shown = world.send(**(GOOD | {"province": "01.511", "action": "communes"}))
    assert shown.status == 200 and 'value="01.511.01.0"' in shown.html and GOOD["text"] in shown.html
    number, _ = world.filed(commune="01.511.01.0")
    place = world.document(number).place
    assert (place.region, place.province, place.commune) == ("01", "01.511", "01.511.01.0")


def test_changing_the_language_keeps_what_was_typed(shared: PortalWorld) -> None:
    page = shared.client.get("/fr/deposer").text
    values = GOOD | {"form": shared.form(page), "action": "language"}
    answer = shared.client.post("/ar/deposer", data=values, files={"files": ("p.jpg", picture())})
    assert answer.status_code == 200 and 'lang="ar"' in answer.text
    assert GOOD["object"] in answer.text and "p.jpg" in answer.text


def test_files_survive_an_error_elsewhere_and_are_filed_clean(world: PortalWorld) -> None:
    sent = world.send(**(GOOD | {"consent": ""}), files=[("../pho\u202eto.png", picture())])
    assert sent.status == 422
    stubs = world.kept(sent.html)
    assert len(stubs) == 1
    number, _ = world.filed(kept=stubs)
    (attachment,) = world.document(number).attachments
    assert (attachment.mime, attachment.name) == ("image/jpeg", "photo.jpg")
    assert blobs.read(world.service.config, attachment.sha256).startswith(b"\xff\xd8")


def test_a_stub_of_another_browser_or_forged_is_told_and_nothing_is_filed(world: PortalWorld) -> None:
    sent = world.send(**GOOD, kept="eyJzaGEyNTYiOiIuLi8uLi9ldGMvcGFzc3dkIn0.AAAA")
    assert sent.status == 422 and world.count() == 0


def test_too_large_too_many_and_unknown_files_are_told_by_name(world: PortalWorld) -> None:
    large = world.send(**GOOD, files=[("grand.pdf", b"%PDF-" + b"0" * (10 * 1024 * 1024))])
    assert large.status == 422 and "grand.pdf" in large.html and GOOD["text"] in large.html
    unknown = world.send(**GOOD, files=[("x.pdf", b"<html>no pdf</html>")])
    assert unknown.status == 422 and "x.pdf" in unknown.html
    wavs = [(f"{n}.wav", b"RIFF\0\0\0\0WAVEfmt " + bytes([n])) for n in range(6)]
    assert world.send(**GOOD, files=wavs).status == 422
    assert world.count() == 0


def test_a_form_from_another_site_or_without_its_token_files_nothing(world: PortalWorld) -> None:
    page = world.client.get("/fr/deposer").text
    values = GOOD | {"form": world.form(page)}
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.test"}):
        answer = world.client.post("/fr/deposer", data=values, headers=headers)
        assert answer.status_code == 403
    for token in ("", "x", "a.b.c", world.form(page)[:-1] + "é"):
        sent = world.client.post("/fr/deposer", data=GOOD | {"form": token})
        assert sent.status_code == 422 and GOOD["text"] in sent.text
    world.client.cookies.clear()
    assert world.client.post("/fr/deposer", data=values).status_code == 422
    assert world.count() == 0


def test_a_form_left_open_for_a_day_keeps_its_words_and_asks_to_send_again(world: PortalWorld) -> None:
    token = world.form(world.client.get("/fr/deposer").text)
    world.later(hours=25)
    late = world.send(token=token, **GOOD)
    assert late.status == 422 and GOOD["text"] in late.html
    assert world.send(token=world.form(late.html), **GOOD).status == 303


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\nnot a part"),
        ("multipart/form-data; boundary=x", b"--x\r\ncontent-disposition: form-data; name=a\r\n\r\nb"),
        ("multipart/form-data", b"abc"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=" + "y" * 300, b"--"),
        ("application/json", b"{}"),
        ("", b"\xff\xfe"),
    ],
)
def test_a_damaged_body_gets_a_page_in_words(shared: PortalWorld, kind: str, body: bytes) -> None:
    answer = shared.client.post("/fr/deposer", content=body, headers={"content-type": kind})
    assert answer.status_code == 400 and "abîmé" in answer.text and "Traceback" not in answer.text


def test_an_endless_field_is_refused_in_words(shared: PortalWorld) -> None:
    body = b"text=" + b"a" * (4 * 1024 * 1024)
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = shared.client.post("/ar/deposer", content=body, headers=kind)
    assert answer.status_code == 413 and "حجم" in answer.text


def test_an_unknown_address_gets_a_page_in_its_language(shared: PortalWorld) -> None:
    answer = shared.client.get("/ar/zzz/yyy")
    assert answer.status_code == 404 and "الصفحة غير موجودة" in answer.text


def test_too_many_filings_from_one_address_wait_without_losing_a_word(tmp_path: Path) -> None:
    with portal_world(tmp_path, filing_burst=2) as world:
        for n in range(2):
            world.filed(object=f"Fuite numéro {n}")
        busy = world.send(**GOOD)
        assert busy.status == 422 and GOOD["text"] in busy.html and world.count() == 2
        world.later(minutes=1)
        assert world.send(token=world.form(busy.html), **GOOD).status == 303


ANYTHING = st.text(max_size=300) | st.sampled_from(
    ["", "\x00", "\u202e", "١٢٣", "cin", "complaint", "yes", "04.421"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fields=st.dictionaries(
        st.sampled_from([*GOOD, "province", "commune", "kept", "action", "form"]), ANYTHING
    )
)
def test_whatever_is_posted_gets_a_page_and_never_a_fault(
    shared: PortalWorld, fields: dict[str, str]
) -> None:
    clean = {name: value.encode("utf-8", "ignore").decode() for name, value in fields.items()}
    answer = shared.client.post("/fr/deposer", data=clean or {"x": ""}, follow_redirects=False)
    assert answer.status_code in (200, 303, 422)
    assert "Traceback" not in answer.text
