"""What the register says of its own state when a supervision asks: one short reading, nothing personal.

Every query is a count over an index or a small table; labels are administrations, statuses and channels.
"""

import shutil
from datetime import datetime

from sqlalchemy import Connection, Table, func, select, text

from protocol.complaint import OPEN
from protocol.deadlines import civil_date
from server import VERSION, changes, migrations, tables
from server.config import Config
from server.metrics import Family, Sample, gauge

BACKUP_AT = "backup_at"
"""Key, in `meta`, of the moment the last backup was whole (ISO 8601, UTC)."""


def read(connection: Connection, config: Config, now: datetime) -> list[Family]:
    """Every gauge, of one snapshot of the register."""
    return [
        *_register(connection, now),
        *_queues(connection, now),
        *_storage(connection, config),
        *_backup(connection),
        _build(connection),
    ]


def _register(connection: Connection, now: datetime) -> list[Family]:
    table = tables.complaint
    heads = sorted(changes.heads(connection).items())
    overdue = (
        select(func.count())
        .select_from(table)
        .where(table.c.status.in_(sorted(OPEN)), table.c.due < civil_date(now))
    )
    return [
        Family(
            "chekaya_stream_head",
            "gauge",
            "Position of each administration's stream.",
            tuple(Sample(seq, (("administration", name),)) for name, seq in heads),
        ),
        _grouped(connection, table, "chekaya_complaints", "Complaints by status.", "status"),
        gauge("chekaya_complaints_overdue", "Open ones past their day.", _one(connection, overdue)),
    ]


def _queues(connection: Connection, now: datetime) -> list[Family]:
    letter, notice, standing = tables.letter, tables.notice, tables.standing
    oldest_letter = select(func.min(letter.c.at)).where(letter.c.state == "waiting")
    oldest_notice = select(func.min(notice.c.at)).where(notice.c.state == "queued")
    return [
        _grouped(connection, letter, "chekaya_letters", "Official letters by state.", "state"),
        _age("chekaya_letter_oldest_waiting_seconds", "Oldest not rendered.", connection, oldest_letter, now),
        _grouped(connection, notice, "chekaya_notices", "Notices by state.", "state", "channel"),
        _age("chekaya_notice_oldest_queued_seconds", "Oldest not sent.", connection, oldest_notice, now),
        gauge(
            "chekaya_desk_unsent_acts",
            "Acts that desks say they have not sent.",
            _one(connection, select(func.sum(standing.c.unsent))),
        ),
    ]


def _storage(connection: Connection, config: Config) -> list[Family]:
    blob = tables.blob
    is_sqlite = connection.dialect.name == "sqlite"
    size = (
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        if is_sqlite
        else "SELECT pg_database_size(current_database())"
    )
    return [
        gauge("chekaya_database_bytes", "Size of the register.", _one(connection, text(size))),
        gauge("chekaya_blobs", "Files kept.", _one(connection, select(func.count()).select_from(blob))),
        gauge(
            "chekaya_blobs_bytes", "Size of all files kept.", _one(connection, select(func.sum(blob.c.size)))
        ),
        gauge("chekaya_data_free_bytes", "Room left beside the data.", shutil.disk_usage(config.data).free),
    ]


def _backup(connection: Connection) -> list[Family]:
    query = select(tables.meta.c.value).where(tables.meta.c.key == BACKUP_AT)
    at = connection.execute(query).scalar_one_or_none()
    if at is None:
        return []
    stamp = datetime.fromisoformat(at).timestamp()
    return [gauge("chekaya_backup_last_success_seconds", "When the last backup was whole.", stamp)]


def _build(connection: Connection) -> Family:
    table = tables.routing_model
    promoted = select(table.c.version).where(table.c.promoted_at.is_not(None))
    model = connection.execute(promoted.order_by(table.c.promoted_at.desc()).limit(1)).scalar_one_or_none()
    labels = (("version", VERSION), ("schema", migrations.HEAD), ("routing_model", model or ""))
    return Family("chekaya_build_info", "gauge", "What runs: always 1.", (Sample(1, labels),))


def _grouped(connection: Connection, table: Table, name: str, explanation: str, *columns: str) -> Family:
    keys = [table.c[column] for column in columns]
    rows = connection.execute(select(*keys, func.count()).group_by(*keys).order_by(*keys)).all()
    samples = tuple(Sample(row[-1], tuple(zip(columns, map(str, row[:-1]), strict=True))) for row in rows)
    return Family(name, "gauge", explanation, samples)


def _age(name: str, explanation: str, connection: Connection, query: object, now: datetime) -> Family:
    at = connection.execute(query).scalar_one_or_none()  # type: ignore[call-overload]
    return gauge(name, explanation, (now - at).total_seconds() if at is not None else 0)


def _one(connection: Connection, query: object) -> float:
    return float(connection.execute(query).scalar() or 0)  # type: ignore[call-overload]
