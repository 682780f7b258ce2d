"""Files by their content: what is recognised, cleaned, refused, and how names are made safe."""

import hashlib
import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from protocol.files import SUFFIXES, BadUpload, UploadProblem, clean_name
from server.uploads import check

DOCX = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>"}


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **saving: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **saving)
    return out.getvalue()


def archive(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return out.getvalue()


def problem_of(name: str, data: bytes) -> UploadProblem:
    with pytest.raises(BadUpload) as refused:
        check(name, data)
    return refused.value.problem


@pytest.mark.parametrize(
    ("data", "mime", "name"),
    [
        (b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n", "application/pdf", "piece.pdf"),
        (picture("JPEG"), "image/jpeg", "piece.jpg"),
        (picture("PNG"), "image/png", "piece.png"),
        (picture("WEBP"), "image/jpeg", "piece.jpg"),
        (b"OggS\x00" + bytes(60), "audio/ogg", "piece.ogg"),
        (b"RIFF\x24\0\0\0WAVEfmt " + bytes(40), "audio/wav", "piece.wav"),
        (b"ID3\x04" + bytes(60), "audio/mpeg", "piece.mp3"),
        (b"\xff\xfb\x90\x64" + bytes(60), "audio/mpeg", "piece.mp3"),
        (b"\0\0\0\x20ftypM4A " + bytes(40), "audio/mp4", "piece.m4a"),
        (b"\0\0\0\x20ftypisom" + bytes(40), "video/mp4", "piece.mp4"),
        (b"#!AMR\n" + bytes(40), "audio/amr", "piece.amr"),
        (
            archive(DOCX),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "piece.docx",
        ),
    ],
)
def test_a_file_is_what_its_content_says_whatever_its_name(data: bytes, mime: str, name: str) -> None:
    upload = check("piece.exe", data)
    assert (upload.attachment.mime, upload.attachment.name) == (mime, name)
    assert upload.attachment.sha256 == hashlib.sha256(upload.data).hexdigest()
    assert upload.attachment.size == len(upload.data)


@pytest.mark.parametrize(
    "data",
    [
        b"MZ\x90\0" + bytes(200),
        b"<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + bytes(40),
        b"#!/bin/sh\n",
        b"\x7fELF" + bytes(60),
        b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
        b"RIFF\0\0\0\0AVI LIST",
        archive({"a.txt": b"plain zip"}),
        b"PK\x03\x04 torn",
        b"\xff\xff\xff\xff" + bytes(60),
        b"ID3<html><script>",
        b"a",
    ],
)
def test_anything_else_is_refused_even_with_an_honest_ending(data: bytes) -> None:
    assert problem_of("facture.pdf", data) == UploadProblem.UNKNOWN_TYPE


def test_pictures_lose_position_thumbnail_and_what_hides_behind_them() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRETMAKER"
    exif.get_ifd(0x8825)[1] = "N"
    data = picture("JPEG", exif=exif, comment=b"SECRETNOTE") + b"PK\x03\x04 SECRETZIP <script>"
    kept = check("photo.jpg", data).data
    assert b"SECRET" not in kept and b"<script" not in kept
    assert not Image.open(io.BytesIO(kept)).getexif()


def test_a_portrait_photograph_stands_upright_after_its_metadata_is_gone() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    kept = check("photo.jpg", picture("JPEG", (60, 40), exif=exif)).data
    assert Image.open(io.BytesIO(kept)).size == (40, 60)


def test_png_text_chunks_disappear() -> None:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Author", "SECRET")
    assert b"SECRET" not in check("a.png", picture("PNG", pnginfo=info)).data


@pytest.mark.parametrize("side", [7_000, 12_000, 60_000])
def test_a_picture_that_would_unfold_beyond_the_limit_is_refused_unopened(side: int) -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )
    assert problem_of("bomb.png", bomb) == UploadProblem.TOO_MANY_PIXELS


def test_torn_files_are_told_as_damaged() -> None:
    assert problem_of("a.jpg", picture("JPEG")[:200]) == UploadProblem.DAMAGED
    assert problem_of("a.png", picture("PNG")[:60]) == UploadProblem.DAMAGED
    assert problem_of("a.pdf", b"%PDF-1.7 torn") == UploadProblem.DAMAGED


def test_a_second_file_behind_a_pdf_is_refused() -> None:
    polyglot = b"%PDF-1.7\n%%EOF\n" + archive({"a.html": b"<script>"})
    assert problem_of("a.pdf", polyglot) == UploadProblem.UNSAFE


@pytest.mark.parametrize(
    "entries",
    [
        {"word/vbaProject.bin": b"macro"},
        {"../../etc/passwd": b"x"},
        {"word/media/a.exe": b"MZ"},
        {"word/bomb.xml": bytes(101 * 1024 * 1024)},
    ],
)
def test_documents_with_macros_climbing_names_or_bombs_are_refused(entries: dict[str, bytes]) -> None:
    assert problem_of("a.docx", archive(DOCX | entries)) == UploadProblem.UNSAFE


def test_empty_and_oversized_files_are_told_apart() -> None:
    assert problem_of("a.pdf", b"") == UploadProblem.EMPTY
    assert problem_of("a.pdf", b"%PDF-" + bytes(10 * 1024 * 1024)) == UploadProblem.TOO_BIG


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("facture.pdf", "facture.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\scan.pdf", "scan.pdf"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("a\x00b\r\nc.pdf", "abc.pdf"),
        ("CON.txt", "_CON.txt"),
        ("lpt1", "_lpt1"),
        ("=cmd|calc.pdf", "cmd_calc.pdf"),
        ("...", "document"),
        ("", "document"),
        ("فاتورة الماء.pdf", "فاتورة الماء.pdf"),
        ('a<b>:"|?*.pdf', "a_b______.pdf"),
    ],
)
def test_names_are_made_safe(typed: str, clean: str) -> None:
    assert clean_name(typed) == clean


def test_a_double_ending_tells_the_truth_once() -> None:
    assert check("facture.pdf.exe", picture()).attachment.name == "facture.jpg"


@given(st.text(max_size=400))
def test_no_name_is_ever_empty_long_or_able_to_leave_its_folder(typed: str) -> None:
    name = clean_name(typed)
    assert 0 < len(name) <= 110 and not set(name) & set('/\\\0<>:"|?*\n\r\u202e')
    assert not name.startswith((".", "=", "+", "-", "@")) and name not in (".", "..")


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"%PDF-", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04"]),
)
def test_no_bytes_make_the_check_fall_over(data: bytes, start: bytes) -> None:
    try:
        upload = check("x", start + data)
    except BadUpload:
        return
    assert upload.attachment.mime in SUFFIXES


def test_a_film_of_a_brand_nobody_knows_is_no_film():
    with pytest.raises(BadUpload) as refused:
        check("film.mp4", b"\x00\x00\x00\x18ftypZZZZ\x00\x00\x02\x00" + b"\x00" * 40)
    assert refused.value.problem == UploadProblem.UNKNOWN_TYPE
