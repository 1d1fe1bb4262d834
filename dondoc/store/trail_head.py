"""How far the trail has come, remembered in a file outside the database: an older copy put back is behind it."""

import fcntl
import json
import os
from pathlib import Path

from config.errors import Refused
from deadlines.trail import Head


class HeadUnusable(Refused):
    """The file cannot be read or written: says where, why and what to do."""


class HeadFile:
    """The head of one database's trail on this host, beside its journal; mode 0600."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "trail-head.json"

    def read(self) -> Head | None:
        """Return what is remembered, null if nothing is. Errors: `HeadUnusable`."""
        try:
            values = json.loads(self.path.read_text("utf-8"))
            return Head(int(values["serial"]), str(values["hash"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HeadUnusable(f"{self.path}: cannot be read ({error}); see 'dondoc audit accept --help'") from error

    def remember(self, head: Head, *, even_back: bool = False) -> None:
        """Write a head down, durably; an older one never replaces a newer one unless `even_back`."""
        try:
            with (self.path.with_suffix(".lock")).open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not even_back and (known := self.read()) is not None and known.serial >= head.serial:
                    return
                self._replace(json.dumps({"serial": head.serial, "hash": head.hash}))
        except OSError as error:
            raise HeadUnusable(f"{self.path}: cannot be written ({error.strerror or error})") from error

    def _replace(self, text: str) -> None:
        draft = self.path.with_suffix(".new")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
