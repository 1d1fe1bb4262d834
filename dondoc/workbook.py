"""Whether an Excel workbook may be opened at all: how large it is, what it unpacks to, what it declares."""

import zipfile
from pathlib import Path
from typing import Final

UNREADABLE: Final = "cannot be read as a workbook; open it, save it as .xlsx again, or save it as 'CSV UTF-8'"
_MOST_PARTS = 10_000  # files inside a workbook
_HEAD = 65_536  # bytes of a part in which a document type, were there one, must stand
_SPECIAL = "is a password-protected workbook or one of before 2007; save it as .xlsx without a password"


def refusal(path: Path, most_bytes: int, most_unpacked: int) -> str | None:
    """Return why a file is not opened: too large, packed too well, no workbook, or with a document type in it."""
    try:
        if path.stat().st_size > most_bytes:
            return f"is larger than {most_bytes} bytes; split the file"
        with path.open("rb") as stream:
            if stream.read(4) == b"\xd0\xcf\x11\xe0":
                return _SPECIAL
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > most_unpacked:
                return f"unpacks to more than {most_unpacked} bytes; split the file or save it as 'CSV UTF-8'"
            for part in parts:
                with archive.open(part) as stream:
                    head = stream.read(_HEAD).replace(b"\0", b"")
                if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                    return "defines a document type, which no spreadsheet program does; save it as 'CSV UTF-8'"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError):
        return UNREADABLE
    return None
