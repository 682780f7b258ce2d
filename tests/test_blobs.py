"""Files go up in resumable parts, come down whole, and hash to their name or are absent."""

import pytest

from protocol.complaint import Attachment
from sync.blobs import PART, Files
from sync.errors import DamagedFile, Garbled


class Shelf:
    """Files of a desk, and the same class as a server that takes parts."""

    def __init__(self, *contents: bytes):
        self.waiting = {f"{n}": content for n, content in enumerate(contents)}
        self.files: dict[str, bytes] = {}
        self.served: dict[str, bytes] = {}
        self.arrived: dict[str, bytearray] = {}
        self.step = PART
        self.stuck = False

    def outgoing(self):
        return [
            Attachment(sha256=name, name="a.pdf", mime="application/pdf", size=len(content))
            for name, content in self.waiting.items()
        ]

    def part(self, sha256, offset, size):
        return self.waiting[sha256][offset : offset + size]

    def sent(self, sha256):
        del self.waiting[sha256]

    def kept(self, sha256):
        return self.files.get(sha256)

    def keep(self, sha256, content):
        self.files[sha256] = content

    def offer(self, file):
        return file.sha256, len(self.arrived.setdefault(file.sha256, bytearray()))

    def send_part(self, upload, offset, part):
        if not self.stuck:
            self.arrived[upload][offset:] = part[: self.step]
        return len(self.arrived[upload])

    def fetch(self, sha256):
        return self.served[sha256]


def test_a_file_goes_up_in_parts_from_where_the_server_has_it():
    shelf = Shelf(b"x" * (2 * PART + 5), b"")
    shelf.arrived["0"] = bytearray(b"x" * 10)
    assert Files(shelf, shelf).send() == 2
    assert shelf.arrived["0"] == b"x" * (2 * PART + 5) and not shelf.waiting


def test_an_upload_that_does_not_advance_is_given_up():
    shelf = Shelf(b"abc")
    shelf.stuck = True
    with pytest.raises(Garbled):
        Files(shelf, shelf).send()
    assert shelf.waiting


def test_a_file_of_this_pc_is_not_fetched_again():
    shelf = Shelf()
    shelf.files["h"] = b"here"
    assert Files(shelf, shelf).bring("h") == b"here"


def test_a_file_that_does_not_hash_to_its_name_is_thrown_away():
    shelf = Shelf()
    good = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    shelf.served = {good: b"abc", "other": b"abc"}
    assert Files(shelf, shelf).bring(good) == b"abc" and shelf.files[good] == b"abc"
    with pytest.raises(DamagedFile):
        Files(shelf, shelf).bring("other")
    assert "other" not in shelf.files
