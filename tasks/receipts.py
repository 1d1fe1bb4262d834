"""What a receipt is made of: the official document, the files kept by hash, and what the desk learns."""

import hashlib
import os
import re
import stat
import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

from config.errors import Refused
from config.plan import Count, Plan
from dondoc.registry.text import clean_text, strange_character
from dondoc.store.registry import UnitRef

MOST_BYTES = 50 * 1024 * 1024  # of one file
_PIECE = 1024 * 1024
_MAX_NUMBER, _MAX_SIGNER = 80, 200  # what dondoc/store/tables.py keeps
MOST_NAMES, LONGEST_NAME = 50, 200


class RefusedReceipt(Refused):
    """A receipt that cannot be recorded as told: names what is wrong and the way out."""


@dataclass(frozen=True, slots=True)
class Document:
    """The official document of a report: số/ký hiệu, ngày ký, người ký."""

    number: str
    date: date
    signer: str


@dataclass(frozen=True, slots=True)
class Served:
    """A duty of another campaign that the same report serves: judged there by its own date, or why not recorded."""

    campaign: str
    duty: str
    period: str | None
    code: str | None = None
    judged: str | None = None
    days_late: int = 0
    modality: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the desk learns when it has recorded a report.

    `names` are those who stand registered by it now; `standing` says whether the plan asks for more or fewer.
    """

    code: str
    unit: UnitRef
    duty: str
    period: str
    fact: str
    version: int
    received_at: datetime
    judged: str | None
    days_late: int
    acknowledged: bool
    modality: str
    names: tuple[str, ...] = ()
    standing: str | None = None
    count: Count | None = None
    served: tuple[Served, ...] = ()
    figures: int = 0  # how many figures of the plan's targets it gives


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file kept under its SHA-256: `name` as given (NFC, one path part), size in bytes."""

    name: str
    sha256: str
    size: int


def parse_document(text: str) -> Document:
    """Read "số; ngày; người ký", for instance "45/BC-UBND; 12/11/2026; Nguyễn Văn Mẫu".

    Errors: `RefusedReceipt`.
    """
    parts = [unicodedata.normalize("NFC", part.strip()) for part in text.split(";")]
    if len(parts) != 3 or not all(parts):
        raise RefusedReceipt(f"--document '{text}': write 'số; ngày; người ký', e.g. '45/BC-UBND; 12/11/2026; Tên'")
    matched = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})|(\d{4})-(\d{2})-(\d{2})", parts[1])
    try:
        d, m, y, y2, m2, d2 = matched.groups() if matched else (None,) * 6
        signed_on = date(int(y or y2 or 0), int(m or m2 or 0), int(d or d2 or 0))
    except ValueError:
        raise RefusedReceipt(f"--document date '{parts[1]}': write dd/mm/yyyy") from None
    for what, part, longest in (("số", parts[0], _MAX_NUMBER), ("người ký", parts[2], _MAX_SIGNER)):
        if len(part) > longest:  # cut short it would be another document's
            raise RefusedReceipt(f"--document {what} '{part[:40]}…': {len(part)} characters; at most {longest}")
    return Document(parts[0], signed_on, parts[2])


def receivers_of(plan: Plan, duty: str) -> list[str]:
    """Return the roles that may receive a duty's report: those it goes through, else those it goes to."""
    found = plan.duty(duty)
    through = [a.via for a in found.addressees if a.via]
    return list(dict.fromkeys(through or [a.to for a in found.addressees])) or ["standing-agency"]


def names_of(given: Sequence[str], count: Count | None, duty: str) -> tuple[str, ...]:
    """Return the names a report registers, each clean and on one line. Errors: `RefusedReceipt`."""
    names = tuple(clean_text(name) for name in given)
    if names and count is None:
        raise RefusedReceipt(f"--names: {duty} registers no names in this plan; leave them out")
    if len(names) > MOST_NAMES:
        raise RefusedReceipt(f"--names: {len(names)} names; at most {MOST_NAMES} in one report")
    seen: set[str] = set()
    for name in names:
        _refuse_name(name)
        if name.casefold() in seen:
            raise RefusedReceipt(f"--names '{name[:60]}': named twice; write each one once")
        seen.add(name.casefold())
    return names


def _refuse_name(name: str) -> None:
    if not name:
        raise RefusedReceipt("--names: one name is empty; write them as 'A; B'")
    if strange := strange_character(name):
        raise RefusedReceipt(f"--names: a name holds {strange}; write it on one line of plain text")
    if len(name) > LONGEST_NAME:
        raise RefusedReceipt(f"--names '{name[:40]}…': {len(name)} characters; at most {LONGEST_NAME}")


def keep_files(paths: Sequence[Path], store: Path) -> tuple[StoredFile, ...]:
    """Copy the files of one report under their hashes. Errors: `RefusedReceipt`, before any of them is copied."""
    names = [_name_of(path) for path in paths]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise RefusedReceipt(f"file {twice}: given twice; a report holds each name once, rename one of them")
    for path in paths:
        _refuse_unusable(path)
    return tuple(keep_file(path, store) for path in paths)


def keep_file(path: Path, store: Path) -> StoredFile:
    """Copy a file under its hash, flushed to disk before anything refers to it.

    Errors: `RefusedReceipt` for what cannot be read or is too large.
    """
    name = _name_of(path)
    _refuse_unusable(path)
    try:
        content = path.open("rb")
    except OSError as error:
        raise RefusedReceipt(f"file {path}: {error.strerror or error}") from None
    with content:
        return keep_stream(name, content, store)


def keep_stream(name: str, content: BinaryIO, store: Path) -> StoredFile:
    """Keep what can be read from the beginning of `content` under its hash, a piece at a time.

    It lies whole or not at all, and is flushed to disk before anything refers to it. Errors: `RefusedReceipt` for what
    is too large; OSError when the disk is full, and then nothing of it stays.
    """
    store.mkdir(parents=True, exist_ok=True, mode=0o700)
    content.seek(0)
    digest, size = hashlib.sha256(), 0
    descriptor, partial = tempfile.mkstemp(suffix=".part", dir=store)
    try:
        with os.fdopen(descriptor, "wb") as file:
            while piece := content.read(_PIECE):
                size += len(piece)
                if size > MOST_BYTES:
                    raise RefusedReceipt(f"file {name}: more than {MOST_BYTES} bytes")
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        Path(partial).replace(store / digest.hexdigest())  # the same bytes, if it is there already
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    return StoredFile(name, digest.hexdigest(), size)


def _name_of(path: Path) -> str:
    """Return a file's name as the ledger and the acknowledgement show it: NFC, one path part."""
    name = unicodedata.normalize("NFC", path.name)
    if strange := strange_character(name):  # also a name that is not UTF-8
        raise RefusedReceipt(f"file {path}: its name holds {strange}; rename it")
    return name


def _refuse_unusable(path: Path) -> None:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise RefusedReceipt(f"file {path}: not a regular file")
        if not os.access(path, os.R_OK):
            raise RefusedReceipt(f"file {path}: may not be read")
    except (OSError, ValueError) as error:
        raise RefusedReceipt(f"file {path}: {getattr(error, 'strerror', None) or error}") from None
    if found.st_size > MOST_BYTES:
        raise RefusedReceipt(f"file {path}: {found.st_size} bytes; at most {MOST_BYTES}")
