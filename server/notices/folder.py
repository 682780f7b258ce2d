"""Writes notices into a folder where nothing was set up to send them: what the demonstration shows."""

import os
from pathlib import Path

from server.notices import mail
from server.notices.carriers import Delayed, Outgoing, Rejected
from server.notices.words import Means


class FolderCarrier:
    """One file a notice, `.eml` or `.txt`, named by the time it was queued and its id, closed to others."""

    repeats_safely = True

    def __init__(self, folder: Path, means: Means, sender: str) -> None:
        self._folder = folder
        self._means = means
        self._sender = sender

    def hand_over(self, out: Outgoing) -> str:
        """Write the file; a second time replaces it. Returns its name."""
        try:
            data = self._letter(out)
        except ValueError as error:
            raise Rejected("unusable_address") from error
        suffix = "eml" if self._means == Means.EMAIL else "txt"
        name = f"{out.queued_at:%Y%m%dT%H%M%S}-{out.id}.{suffix}"
        part = self._folder / f".{name}.{os.getpid()}.part"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._folder / name)
        except OSError as error:
            raise Delayed("folder") from error
        return name

    def close(self) -> None:
        """Nothing is kept open."""

    def _letter(self, out: Outgoing) -> bytes:
        if self._means == Means.EMAIL:
            return mail.build(out, self._sender).as_bytes()
        return f"To: {out.address}\nFrom: {self._sender}\n\n{out.text}\n".encode()
