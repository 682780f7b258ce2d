"""Takes files from the disk into the encrypted store; a slow disk or a large picture delays no draft."""

from collections.abc import Callable
from pathlib import Path

from desktop.core.background import Background
from desktop.core.errors import PersonError, UnreadableFile
from desktop.ui import pictures
from protocol.complaint import Attachment
from protocol.files import UploadProblem
from protocol.wire import MAX_FILE


class Encloser:
    """Reads, checks, draws anew if it is a picture, and keeps: what `desk.attach` gives comes back."""

    def __init__(self, desk: object, background: Background) -> None:
        self._desk, self._background = desk, background

    def take(
        self,
        file: Path,
        then: Callable[[Attachment], None],
        failed: Callable[[PersonError], None],
    ) -> None:
        """Take one file from the disk."""
        self._background.fetch(lambda: self._kept(file.name, _read(file)), then, failed)

    def take_picture(
        self,
        name: str,
        content: bytes,
        then: Callable[[Attachment], None],
        failed: Callable[[PersonError], None],
    ) -> None:
        """Take a picture that was pasted."""
        self._background.fetch(lambda: self._kept(name, content), then, failed)

    def _kept(self, name: str, content: bytes) -> Attachment:
        if pictures.is_picture(content):
            content = pictures.redrawn(name, content)
        return self._desk.attach(name, content)


def _read(file: Path) -> bytes:
    """The file's bytes, one more than may be sent at most: a huge one is not read whole to be refused."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_FILE * 4 + 1)
    except OSError as error:
        raise UnreadableFile(name=file.name) from error
    if len(content) > MAX_FILE and not pictures.is_picture(content):
        raise PersonError(UploadProblem.TOO_BIG, name=file.name)
    return content
