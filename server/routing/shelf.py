"""The files of models: each version in a folder of its own, written once, read only if nothing changed in it.

`models/<version>/model.npz` is plain arrays; the SHA-256 that the register recorded decides whether it may be
read at all.
"""

import hashlib
import os
import shutil
from pathlib import Path

import msgspec

from server.routing.facts import Facts
from server.routing.model import FILE, BadModel, Model, read

MODELS = "models"
ABOUT = "about.json"


def folder_of(routing: Path, version: str) -> Path:
    """Where a version is kept below the `routing` folder of a data folder."""
    return routing / MODELS / version


def keep(routing: Path, model: Model) -> str:
    """Write `model` in its own folder and give the SHA-256 of its file; one kept already is left as it is.

    Raises BadModel when the folder holds something else under that version.
    """
    home = folder_of(routing, model.version)
    if home.is_dir():
        content = _bytes(home / FILE)
        if read(content, str(home / FILE)).version != model.version:
            raise BadModel("changed_file", file=str(home / FILE))
        return hashlib.sha256(content).hexdigest()
    fresh = home.with_name(f".{model.version}.{os.getpid()}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    path = model.save(fresh)
    path.chmod(0o444)
    _flush(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    try:
        fresh.rename(home)
    except OSError:
        # Another process made the same version at the same time: its folder is as good, and must be sound.
        shutil.rmtree(fresh, ignore_errors=True)
        if not home.is_dir():
            raise
        return keep(routing, model)
    return digest


def describe(routing: Path, version: str, facts: Facts) -> None:
    """Write what is known of a version beside its file, for people who look into the folder; once."""
    path = folder_of(routing, version) / ABOUT
    if not path.exists():
        path.write_bytes(msgspec.json.format(msgspec.json.encode(facts)) + b"\n")
        path.chmod(0o444)


def fetch(routing: Path, version: str, sha256: str) -> Model:
    """The model of a version; raises BadModel when its file is missing or not the one that was recorded.

    The bytes that were checked are the very ones that are read.
    """
    path = folder_of(routing, version) / FILE
    content = _bytes(path)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BadModel("changed_file", file=str(path))
    model = read(content, str(path))
    if model.version != version:
        raise BadModel("changed_file", file=str(path))
    return model


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadModel("missing_file", file=str(path)) from error


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
