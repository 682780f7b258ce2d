"""Files that citizens and clerks send in: checked by their content, pictures written anew.

Images are decoded and drawn again, which removes positions, thumbnails and anything hidden behind the
picture; other files are kept byte for byte and are only ever served as attachments.
"""

import hashlib
import io
import threading
import warnings
from dataclasses import dataclass

from protocol.complaint import Attachment
from protocol.files import BadUpload, UploadProblem, examine, named
from protocol.wire import MAX_FILE

MAX_PIXELS = 40_000_000
# A picture of that size takes half a gigabyte while it is redrawn: two at a time, whoever sends.
_drawing = threading.BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class Upload:
    """A checked file: the metadata that goes into the document, and the bytes to keep."""

    attachment: Attachment
    data: bytes


def check(name: str, data: bytes) -> Upload:
    """Recognise, clean and describe one file; raises BadUpload."""
    mime, shown = examine(name, data)
    if mime.startswith("image/"):
        with _drawing:
            mime, data = _redraw(data, shown)
    attachment = Attachment(
        sha256=hashlib.sha256(data).hexdigest(), name=named(shown, mime), mime=mime, size=len(data)
    )
    return Upload(attachment, data)


def _redraw(data: bytes, name: str) -> tuple[str, bytes]:
    """Decode a picture and write it anew, upright and without metadata."""
    # Imported late: most requests bring no picture, and the server starts without waiting for it.
    from PIL import Image, ImageOps

    out = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture: Image.Image = Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP"))
        if picture.width * picture.height > MAX_PIXELS:
            raise BadUpload(UploadProblem.TOO_MANY_PIXELS, name)
        is_png = picture.format == "PNG"
        picture.load()
        upright = ImageOps.exif_transpose(picture)
        if is_png:
            bare = upright if upright.mode in {"1", "L", "LA", "RGB", "RGBA"} else upright.convert("RGBA")
            Image.frombytes(bare.mode, bare.size, bare.tobytes()).save(out, "PNG")
        else:
            upright.convert("RGB").save(out, "JPEG", quality=88, exif=b"", icc_profile=None, comment=b"")
    except Image.DecompressionBombError as error:
        raise BadUpload(UploadProblem.TOO_MANY_PIXELS, name) from error
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError) as error:
        if isinstance(error, BadUpload):
            raise
        raise BadUpload(UploadProblem.DAMAGED, name) from error
    if out.tell() > MAX_FILE:
        raise BadUpload(UploadProblem.TOO_BIG, name)
    return ("image/png" if is_png else "image/jpeg"), out.getvalue()
