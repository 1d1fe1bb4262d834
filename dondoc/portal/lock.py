"""One `dondoc up` per state folder: a lock the kernel lets go of when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.errors import Refused


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the state folder; a second holder is refused by name. A killed holder leaves nothing behind."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = home / "up.lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "?"
            raise Refused(
                f"{home}: another 'dondoc up' runs here (process {holder}); stop it, or set DONDOC_HOME"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
