"""The key from which codes and Message-IDs are made: from the environment, or a file only its owner can read."""

import contextlib
import os
import secrets
from pathlib import Path

from config.errors import Refused
from config.settings import Settings


class UnsafeSecret(Refused):
    """The secret file can be read by others, or cannot be read at all."""


def secret_key(settings: Settings) -> bytes:
    """Return the installation's key, making one on first use. Errors: `UnsafeSecret`."""
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    return read_or_make(settings.home / "secret")


def read_or_make(path: Path) -> bytes:
    """Return the content of a secret file, created with mode 0600 if it does not exist yet."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise UnsafeSecret(f"{path}: others can read it; run 'chmod 600 {path}'")
    key = path.read_bytes().strip()
    if not key:  # codes made from no key at all can be guessed by anybody
        raise UnsafeSecret(f"{path}: is empty; restore it, or remove it if nothing was sent yet")
    return key


def _make(path: Path) -> None:
    """Write a new key beside its place and link it there: two processes that start at once get the same one."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_urlsafe(32).encode())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
