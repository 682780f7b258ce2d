"""The portal under attack: forms no browser sends, files that are bombs, floods, and what it says then."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from server.portal import pages
from tests.portal_world import GOOD, PortalWorld, portal_world
from tests.server_world import ServerProcess, World

PDF = b"%PDF-1.4 quittance\n%%EOF\n"
WRONG = "AAAA-AAAA-AAAA-AAAA"


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[PortalWorld]:
    with portal_world(tmp_path, file_burst=20, follow_burst=5) as world:
        yield world


def part(name: str, value: str = "x") -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


MULTIPART = "multipart/form-data; boundary=b"
PLAIN = "application/x-www-form-urlencoded"
ODD = {
    "no boundary": ("multipart/form-data", b"x"),
    "empty boundary": ("multipart/form-data; boundary=", b"x"),
    "endless boundary": ("multipart/form-data; boundary=" + "b" * 500, b"x"),
    "cut short": (MULTIPART, part("text")[:-20]),
    "ten thousand parts": (MULTIPART, b"".join(part(f"f{n}") for n in range(10_000)) + b"--b--"),
    "ten thousand fields": (PLAIN, "&".join(f"f{n}=1" for n in range(10_000)).encode()),
    "endless name": (MULTIPART, part("n" * 100_000) + b"--b--"),
    "not a form": ("application/json", b"{}"),
    "nothing": ("", b""),
}


@pytest.mark.parametrize("oddity", ODD)
def test_a_body_that_is_no_form_is_answered_by_a_page(portal: PortalWorld, oddity: str) -> None:
    kind, body = ODD[oddity]
    for path, title in (("/fr/deposer", "Envoi incomplet"), ("/ar/suivi", "إرسال غير مكتمل")):
        got = portal.client.post(path, content=body, headers={"Content-Type": kind})
        assert got.status_code == 400 and f"<h1>{title}</h1>" in got.text, got.text[:200]
    assert portal.count() == 0


def png(width: int, height: int, *more: bytes) -> bytes:
    """A picture that claims this size and holds almost nothing."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = (b"IHDR" + head, *more, b"IDAT" + zlib.compress(b"\0" * 1000), b"IEND")
    packed = (struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def docx(*entries: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (("[Content_Types].xml", b"x"), ("word/document.xml", b"x"), *entries):
            archive.writestr(name, data)
    return packed.getvalue()


BOMBS = {
    "immense.png": png(60_000, 60_000),
    "negatif.png": png(2**31 - 1, 2**31 - 1),
    "vide.png": png(0, 0),
    "texte.png": png(1, 1, b"zTXta\0\0" + zlib.compress(b"x" * 100_000_000)),
    "bombe.docx": docx(("w", b"0" * 150_000_000)),
    "sortie.docx": docx(("../../x", b"")),
    "mille.docx": docx(*((f"n{n}", b"") for n in range(3000))),
    "double.pdf": b"%PDF-1.4\n%%EOF\n" + docx(),
    "faux.docx": b"PK\x03\x04" + b"\xff" * 200,
    "page.mp3": b"ID3<html><script>alert(1)</script>",
    "tronque.jpg": b"\xff\xd8\xff\xe0" + b"\0" * 50,
    "rien.pdf": b"",
    "a\u202efdp.exe": b"MZ" + b"\0" * 100,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_file_that_is_a_trap_is_named_and_not_kept(portal: PortalWorld, name: str) -> None:
    sent = portal.send(**GOOD, files=[(name, BOMBS[name])])
    assert sent.status == 422 and GOOD["text"] in sent.html.replace("&#39;", "'")
    assert "\u202e" not in sent.html and portal.count() == 0
    assert not list(portal.service.config.blobs.iterdir())


def test_a_flood_of_files_is_slowed_and_what_was_typed_is_kept(portal: PortalWorld) -> None:
    files = [(f"piece{n}.pdf", PDF + str(n).encode() + b"\n%%EOF\n") for n in range(5)]
    for _ in range(4):
        assert "Trop d’envois" not in portal.send(**GOOD | {"action": "communes"}, files=files).html
    slowed = portal.send(**GOOD | {"action": "communes"}, files=files)
    assert "Trop d’envois depuis votre connexion" in slowed.html and GOOD["object"] in slowed.html
    portal.later(minutes=5)
    assert "Trop d’envois" not in portal.send(**GOOD | {"action": "communes"}, files=files).html


def test_forms_not_sent_never_fill_the_disk(tmp_path: Path) -> None:
    with portal_world(tmp_path, staging_megabytes=1) as portal:
        big = PDF + b" " * 1_000 + b"%%EOF"
        for n in range(3):
            data = b"%PDF-1.4 " + str(n).encode() + b"x" * 600_000 + b"\n%%EOF\n"
            portal.send(**GOOD | {"action": "communes"}, files=[("piece.pdf", data)])
        held = sum(path.stat().st_size for path in (portal.service.config.uploads / "portal").iterdir())
        assert held < 2 * 1024 * 1024
        full = portal.send(**GOOD, files=[("encore.pdf", big)])
        assert full.status == 422 and portal.count() == 0
        portal.later(hours=25)
        assert portal.send(**GOOD, files=[("encore.pdf", big)]).status == 303


def test_names_made_up_for_static_files_are_not_remembered(portal: PortalWorld) -> None:
    for n in range(200):
        assert portal.client.get(f"/static/{n}.css").status_code == 404
    for name in ("..%2fpages.py", "%2e%2e/pages.py", "portal.css%00", "fonts/..%2f..%2fpages.py"):
        assert portal.client.get(f"/static/{name}").status_code == 404
    assert pages._static.cache_info().currsize <= len(pages.STATIC) + len(pages.FONTS)
    assert portal.client.get("/static/portal.css").headers["content-type"] == "text/css; charset=utf-8"


def test_one_request_takes_only_so_many_messages_at_a_time(portal: PortalWorld) -> None:
    number, code = portal.filed()
    assert portal.follow(number, code).status == 303
    statuses = [portal.say("message", f"Encore une précision, la {n}e.").status for n in range(12)]
    assert statuses[:10] == [303] * 10 and 303 not in statuses[10:]
    assert len(portal.document(number).events) < 15
    portal.later(minutes=6)
    assert portal.follow(number, code).status == 303
    assert portal.say("message", "Une dernière précision.").status == 303


def test_many_wrong_codes_at_once_are_no_more_than_one_after_the_other(portal: PortalWorld) -> None:
    number, code = portal.filed()
    token = portal.form(portal.client.get("/fr/suivi").text)

    def attempt(n: int) -> int:
        values = {"form": token, "number": number, "code": WRONG}
        headers = {"X-Forwarded-For": f"10.1.1.{n}"}
        sent = portal.client.post("/fr/suivi", data=values, headers=headers, follow_redirects=False)
        return sent.status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(attempt, range(24)))
    assert statuses.count(422) == 5 and statuses.count(429) == 19
    assert portal.follow(number, code).status == 429
    portal.later(minutes=10)
    for _ in range(12):
        assert portal.follow(number, code).status == 303, "the right pair costs nothing"


def test_wrong_pairs_are_answered_alike(portal: PortalWorld) -> None:
    number, _ = portal.filed()
    said = set()
    for asked in (number, "2026-EAU-999999", "' OR 1=1 --", "<script>"):
        html = portal.follow(asked, WRONG).html
        html = re.sub(r'value="[^"]*"', "", html)
        said.add(html)
        portal.later(minutes=30)
    assert len(said) == 1


# The whole server --------------------------------------------------------------------------------------


def test_refusals_are_pages_in_the_readers_language_and_records_for_programs(
    world: World, server: ServerProcess
) -> None:
    def title(method: str, path: str, accepted: str = "") -> tuple[int, str]:
        headers = {"Accept-Language": accepted}
        got = requests.request(method, server.url + path, headers=headers, timeout=30)
        found = re.search(r'<html lang="(..)".*<h1>([^<]+)', got.text, re.DOTALL)
        return got.status_code, f"{found[1]} {found[2]}" if found else got.text

    assert title("GET", "/fr/x") == title("GET", "/x", "fr-FR,fr") == (404, "fr Page introuvable")
    assert title("GET", "/ar/x") == title("GET", "/x", "en") == (404, "ar الصفحة غير موجودة")
    assert title("PUT", "/fr/deposer")[0] == 405 and title("PUT", "/fr/deposer")[1].startswith("fr ")
    assert title("DELETE", "/ar/suivi")[0] == 405 and title("DELETE", "/ar/suivi")[1].startswith("ar ")
    assert title("GET", "/v1/x", "fr") == (404, '{"code":"not_found"}')
    assert title("PUT", "/v1/meta", "fr") == (405, '{"code":"not_found"}')


def test_two_hundred_megabytes_are_refused_by_a_page_and_not_held(
    world: World, server: ServerProcess
) -> None:
    def body() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n%PDF-1.4'
        for _ in range(200):
            yield b"x" * (1 << 20)

    got = requests.post(
        f"{server.url}/fr/deposer", data=body(), headers={"Content-Type": MULTIPART}, timeout=60
    )
    assert got.status_code == 413 and "Envoi trop volumineux" in got.text
    grown = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{server.process.pid}/status").read_text())
    assert grown is not None and int(grown[1]) < 400_000


def follow_from(url: str, address: str) -> int:
    browser = requests.Session()
    browser.trust_env = False
    token = re.search(r'name="form" value="([^"]+)"', browser.get(f"{url}/fr/suivi", timeout=30).text)
    assert token is not None
    values = {"form": token[1], "number": f"2026-EAU-{address}", "code": WRONG}
    headers = {"X-Forwarded-For": address}
    return browser.post(f"{url}/fr/suivi", data=values, headers=headers, timeout=30).status_code


def test_a_forwarded_address_is_believed_only_from_a_trusted_proxy(world: World) -> None:
    believed = {}
    for trusted in ("", "127.0.0.1"):
        settings = f'trusted_proxies = "{trusted}"\nfollow_burst = 3\n'
        (world.config.data / "chekaya.toml").write_text(settings)
        server = ServerProcess(world.config.data)
        believed[trusted] = [follow_from(server.url, f"10.0.0.{n}") for n in range(5)]
        server.close()
    assert believed == {"": [422, 422, 422, 429, 429], "127.0.0.1": [422] * 5}


def test_over_https_cookies_are_secure_and_browsers_are_told_to_stay(world: World) -> None:
    (world.config.data / "chekaya.toml").write_text('public_url = "https://chekaya.test"\n')
    server = ServerProcess(world.config.data)
    got = requests.get(f"{server.url}/fr/deposer", timeout=30)
    assert {"HttpOnly", "Secure", "SameSite=lax"} <= set(got.headers["Set-Cookie"].split("; "))
    assert got.headers["Strict-Transport-Security"] == "max-age=31536000"
    server.close()
