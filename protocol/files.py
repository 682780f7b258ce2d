"""Files that travel with a complaint: recognised by their content, never by what their name claims.

The same questions are asked on the desk, before a file is attached, and on the server, before it is kept.
"""

import io
import re
import unicodedata
import zipfile
from enum import StrEnum

from protocol.wire import MAX_FILE

MAX_NAME = 96
MAX_UNZIPPED = 100 * 1024 * 1024
MAX_ENTRIES = 2_000

SUFFIXES = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/mp4": ".m4a",
    "audio/wav": ".wav",
    "audio/amr": ".amr",
    "video/mp4": ".mp4",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
"""Types that are taken, and the ending their names get."""

ACCEPTED = ".pdf,.jpg,.jpeg,.png,.webp,.docx,.mp3,.ogg,.opus,.m4a,.wav,.amr,.mp4"
"""For the `accept` attribute of a file field: a convenience, never the check."""


class UploadProblem(StrEnum):
    """Why a file is not taken; each code has a text in the catalogues of portal and desk."""

    EMPTY = "file_empty"
    TOO_BIG = "file_too_big"
    UNKNOWN_TYPE = "file_type"
    DAMAGED = "file_damaged"
    TOO_MANY_PIXELS = "file_pixels"
    UNSAFE = "file_unsafe"


class BadUpload(ValueError):
    """The file is refused; `name` is already clean and may be shown."""

    def __init__(self, problem: UploadProblem, name: str) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.name = name


def examine(name: str, data: bytes) -> tuple[str, str]:
    """The type that these bytes are, and the clean name that says so; raises BadUpload."""
    shown = clean_name(name)
    if not data:
        raise BadUpload(UploadProblem.EMPTY, shown)
    if len(data) > MAX_FILE:
        raise BadUpload(UploadProblem.TOO_BIG, shown)
    mime = recognise(data, shown)
    if mime == "application/pdf":
        _check_pdf(data, shown)
    elif mime.endswith("wordprocessingml.document"):
        _check_docx(data, shown)
    return mime, named(shown, mime)


# Names -------------------------------------------------------------------------------------------------

_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_ENDINGS = re.compile(r"(\.[A-Za-z0-9]{1,5})+$")


def clean_name(name: str) -> str:
    """A file name safe to show, to store and to save on any system; never empty.

    Directories, control and format characters (NUL, U+202E…), device names and leading signs that a
    spreadsheet would take for a formula are removed.
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
    name = _FORBIDDEN.sub("_", name)
    name = " ".join(name.split()).strip(". ").lstrip("=+-@~")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    stem = stem[:MAX_NAME].strip(". ") or "document"
    if _RESERVED.match(stem.split(".")[0]):
        stem = "_" + stem
    return f"{stem}.{ending[:8]}" if ending else stem


def named(name: str, mime: str) -> str:
    """`name` with the one ending that tells the truth about its content."""
    stem = _ENDINGS.sub("", name) or "document"
    return stem + SUFFIXES[mime]


# Contents ----------------------------------------------------------------------------------------------

_MP4_AUDIO = {b"M4A ", b"M4B "}
_MP4_VIDEO = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"MSNV", b"M4V "}
_MP4_VIDEO |= {b"3gp4", b"3gp5", b"3gp6", b"qt  ", b"dash"}


def recognise(data: bytes, name: str) -> str:
    """The type of these bytes by what they begin with; raises BadUpload."""
    head = data[:16]
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"RIFF"):
        return _recognise_riff(head, name)
    if head.startswith(b"PK\x03\x04"):
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return _recognise_sound(data, name)


def _recognise_riff(head: bytes, name: str) -> str:
    if head[8:12] == b"WAVE":
        return "audio/wav"
    if head[8:12] == b"WEBP":
        return "image/webp"
    raise BadUpload(UploadProblem.UNKNOWN_TYPE, name)


def _recognise_sound(data: bytes, name: str) -> str:
    start = data[:1024].lower()
    if b"<html" in start or b"<script" in start or b"<svg" in start:
        raise BadUpload(UploadProblem.UNKNOWN_TYPE, name)
    if data.startswith(b"OggS\x00"):
        return "audio/ogg"
    if data.startswith(b"#!AMR"):
        return "audio/amr"
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        if brand in _MP4_AUDIO:
            return "audio/mp4"
        if brand in _MP4_VIDEO:
            return "video/mp4"
    if data.startswith(b"ID3") or _is_mpeg_frame(data[:4]):
        return "audio/mpeg"
    raise BadUpload(UploadProblem.UNKNOWN_TYPE, name)


def _is_mpeg_frame(head: bytes) -> bool:
    """Whether these four bytes are the header of an MPEG audio frame, layer III."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bitrate, rate = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and bitrate not in {0, 15} and rate != 3


def _check_pdf(data: bytes, name: str) -> None:
    end = data.rfind(b"%%EOF")
    if end < 0:
        raise BadUpload(UploadProblem.DAMAGED, name)
    # Something long after the end mark is a second file hidden behind the first.
    if len(data) - end > 2048 or b"PK\x05\x06" in data[end:]:
        raise BadUpload(UploadProblem.UNSAFE, name)


def _check_docx(data: bytes, name: str) -> None:
    """A text document without macros; looked at through its directory only, never unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise BadUpload(UploadProblem.UNKNOWN_TYPE, name) from error
    names = {entry.filename for entry in entries}
    if not {"[Content_Types].xml", "word/document.xml"} <= names:
        raise BadUpload(UploadProblem.UNKNOWN_TYPE, name)
    size = sum(entry.file_size for entry in entries)
    has_macros = any(n.lower().endswith(("vbaproject.bin", ".exe", ".js", ".vbs")) for n in names)
    climbs = any(n.startswith(("/", "\\")) or ".." in n.replace("\\", "/").split("/") for n in names)
    if has_macros or climbs or len(entries) > MAX_ENTRIES or size > MAX_UNZIPPED:
        raise BadUpload(UploadProblem.UNSAFE, name)
