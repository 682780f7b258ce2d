"""A register worked on, its backups and its restores, for the tests of both."""

from collections.abc import Iterator
from pathlib import Path

from protocol.acts import Assign
from server import backup, blobs, restore
from server.backup import Watch, Wish
from server.restore import Floor
from tests.server_world import NOW, World, build_world, later

AS_IT_IS, UNWATCHED = Wish(), Watch()


def worked_on(folder: Path) -> Iterator[World]:
    """A register with one complaint worked on, a file, and secret keys."""
    made = build_world(folder / "data")
    complaint = made.file()
    made.act("amina", complaint, Assign(assignee=made.staff["amina"].id))
    with made.register.transaction() as connection:
        blobs.keep(connection, made.config, b"%PDF-1.7 une piece", "application/pdf", NOW)
    (made.config.secrets / "portal.key").write_bytes(bytes(range(32)))
    yield made
    made.close()


def saved(world, folder: Path, *, wish: Wish = AS_IT_IS, watch: Watch = UNWATCHED) -> backup.Made:
    """A backup of the world as it is."""
    return backup.make(world.register, world.config, folder, NOW, wish=wish, watch=watch)


def put_back(made: backup.Made, data: Path, **wishes: object):
    """A restore next to the world."""
    wish = restore.Wish(**{"floor": Floor(margin=10), **wishes})
    return restore.put_back(made.path, data, later(hours=1), wish=wish, watch=Watch())
