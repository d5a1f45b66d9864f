"""Manifests and files of models: what fetch_models and add_model share. Standard library only."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MANIFESTS = ROOT / "Models"


def manifest_paths() -> list[Path]:
    """The catalogued models' manifests."""
    return sorted(path for path in MANIFESTS.glob("*.json") if path.name != "schema.json")


class SetupError(Exception):
    """Something the user has to know; the message is one sentence, or a few."""


def read_json(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SetupError(f"{path} cannot be read: {error}.") from error


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def is_intact(path: Path, file: dict) -> bool:
    """Whether `path` holds exactly the file that a manifest entry describes."""
    try:
        return path.stat().st_size == file["bytes"] and sha256_of(path) == file["sha256"]
    except OSError:
        return False


def write_atomically(path: Path, data: bytes) -> None:
    """Writes beside the target and renames, so that nobody ever sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
