"""What was read, printed or exported gets an id, by which the server counts it once, and a mark once told."""

import uuid
from typing import Any


def name_accesses(connection: Any) -> None:
    """Two columns and an index; accesses noted before get their ids now."""
    connection.execute("alter table access_log add column id text not null default ''")
    connection.execute("alter table access_log add column told integer not null default 0")
    for (n,) in connection.execute("select n from access_log").fetchall():
        connection.execute("update access_log set id = ? where n = ?", (str(uuid.uuid4()), n))
    connection.execute("create index access_log_untold on access_log (n) where told = 0")
