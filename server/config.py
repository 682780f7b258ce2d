"""What an operator may set: one TOML file, the data folder, and the secrets kept in files inside it."""

import os
import secrets
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path


class BadConfiguration(ValueError):
    """The configuration file cannot be read, or names an unknown setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Settings of one server process; each duration is in the unit its name says.

    `database` is an SQLAlchemy address; "" means the embedded SQLite file inside `data`.
    `notice_authorisation` (number of the CNDP’s authorisation) and `notice_contact` are the controller’s
    to fill in (law 09-08). `trusted_proxies` are the addresses, separated by commas, of the reverse proxies
    whose X-Forwarded-For is believed; "" believes nobody's, and everybody is who is connected.
    Names of `…_file` are of the secrets folder unless absolute; `witness` is a folder, best on another disk.
    Every setting is explained, with its default, in `installer/chekaya.toml`.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = 8600
    database: str = ""
    public_url: str = ""
    trusted_proxies: str = ""
    app_min: str = "0.1.0"
    access_minutes: int = 15
    refresh_hours: int = 12
    lease_days: int = 14
    lost_reply_seconds: int = 60
    archive_days: int = 90
    wait_seconds: int = 50
    poll_milliseconds: int = 150
    threads: int = 40
    push_batch: int = 50
    login_burst: int = 10
    login_refill_seconds: int = 30
    notice_authorisation: str = ""
    notice_contact: str = ""
    filing_burst: int = 30
    filing_refill_seconds: int = 20
    follow_burst: int = 10
    follow_refill_seconds: int = 60
    message_burst: int = 10
    message_refill_seconds: int = 300
    file_burst: int = 60
    file_refill_seconds: int = 20
    proof_burst: int = 5
    proof_refill_seconds: int = 1800
    recovery_burst: int = 10
    recovery_refill_seconds: int = 300
    staging_megabytes: int = 4096
    metrics_token_file: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    smtp_user: str = ""
    smtp_password_file: str = ""
    mail_from: str = ""
    sms_url: str = ""
    sms_token_file: str = ""
    sms_sender: str = "Chekaya"
    sms_reports_secret_file: str = ""
    notices_ca_file: str = ""
    notices_timeout_seconds: int = 20
    notices_keep_days: int = 90
    witness: str = ""

    @property
    def database_url(self) -> str:
        """Where the register is."""
        return self.database or f"sqlite:///{self.data / 'chekaya.db'}"

    @property
    def blobs(self) -> Path:
        """Folder of finished files, named by their SHA-256."""
        return self.data / "blobs"

    @property
    def uploads(self) -> Path:
        """Folder of files still arriving."""
        return self.data / "uploads"

    @property
    def anchors(self) -> Path:
        """Folder of the history's anchors, outside the database on purpose."""
        return self.data / "anchors"

    @property
    def outgoing(self) -> Path:
        """Folder of the notices that nothing was set up to send."""
        return self.data / "outgoing"

    @property
    def secrets(self) -> Path:
        """Folder of the secret keys, readable by the service's account only."""
        return self.data / "secrets"

    @property
    def witness_folder(self) -> Path:
        """Folder of what must outlive the register; best on another disk."""
        return self.data / (self.witness or "witness")

    @property
    def address(self) -> str:
        """The address people are given."""
        return self.public_url or f"http://{self.host}:{self.port}"


_MAY_BE_ZERO = ("port", "lost_reply_seconds", "wait_seconds")
_LARGEST = 100_000_000


def load(data: Path, file: Path | None = None, **overrides: object) -> Config:
    """Configuration of the folder `data`: defaults, then the TOML file, then the command line's words.

    Without `file`, `chekaya.toml` inside `data` is read when it is there. Raises BadConfiguration.
    """
    source = file or data / "chekaya.toml"
    known = {field.name for field in fields(Config)} - {"data"}
    chosen: dict[str, object] = {}
    if file is not None or source.is_file():
        try:
            chosen = tomllib.loads(source.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BadConfiguration(f"{source}: {error}") from error
    chosen |= {name: value for name, value in overrides.items() if value is not None}
    defaults = Config(data=data.absolute())
    for name, value in chosen.items():
        if name not in known:
            raise BadConfiguration(f"{source}: unknown setting {name!r}")
        if type(value) is not type(getattr(defaults, name)):
            raise BadConfiguration(f"{source}: {name} is not of the expected kind")
        if isinstance(value, int) and not (0 if name in _MAY_BE_ZERO else 1) <= value <= _LARGEST:
            raise BadConfiguration(f"{source}: {name} = {value} is out of range")
    return replace(defaults, **chosen)  # type: ignore[arg-type]


def prepare_folders(config: Config) -> None:
    """Create the data folder and its parts, closed to other accounts of the machine."""
    parts = (config.blobs, config.uploads, config.anchors, config.secrets, config.witness_folder)
    for folder in (config.data, *parts):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def secret(config: Config, name: str, size: int = 32) -> bytes:
    """The key `name` of this installation, made of `size` random bytes the first time, mode 0600."""
    path = config.secrets / f"{name}.key"
    config.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.is_file():
        fresh = path.with_name(f"{name}.{secrets.token_hex(4)}.new")
        descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(size))
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link never replaces: of two processes starting at once, both then read the same key.
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_bytes()
