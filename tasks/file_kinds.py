"""What a file is by its content, whatever it is called, and under which name it may be kept."""

import re
import struct
import unicodedata
import zipfile
from collections.abc import Collection
from typing import BinaryIO, Final

_MOST_ENTRIES, _MOST_DIRECTORY = 5_000, 2_000_000
_MOST_UNPACKED: Final = 1_000_000_000  # bytes, whatever they are packed into
_MOST_PACKED: Final = 200  # times smaller: text packs ten times, a bomb a thousand
_LONGEST_NAME: Final = 120
_TAIL: Final = 65_557  # the end record of an archive with the longest comment (APPNOTE 4.3.16)
_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")  # RFC 5652: OID of SignedData
_ENDINGS: Final = {
    "pdf": (".pdf",), "docx": (".docx",), "xlsx": (".xlsx",), "p7m": (".p7m", ".p7s"), "jpeg": (".jpg", ".jpeg"),
    "png": (".png",), "tiff": (".tif", ".tiff"), "zip": (".zip",),
}  # fmt: skip
ACCEPTED: Final = tuple(ending for endings in _ENDINGS.values() for ending in endings)
_RESERVED: Final = re.compile(r'[<>:"|?*\\/]')


WHY: Final = (
    "empty", "other-name", "cut-short", "old-office", "unknown", "two-in-one", "too-large-inside", "broken", "macros",
    "bad-path",
)  # fmt: skip


class StrangeFile(Exception):
    """A file that is not taken: `why` is a word of `WHY`, `kind` what it really is where its name says otherwise."""

    def __init__(self, why: str, kind: str = "") -> None:
        super().__init__(f"file: {why} {kind}".strip())
        self.why, self.kind = why, kind


def kind_of(file: BinaryIO, name: str) -> str:
    """Return what a file is by its content: pdf, docx, xlsx, p7m, jpeg, png, tiff or zip. Nothing is unpacked.

    Errors: `StrangeFile` for anything else, for a name that promises something else, and for what is two things at
    once, holds macros, or would fill a disk when unpacked.
    """
    file.seek(0)
    head = file.read(64)
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    if not size:
        raise StrangeFile("empty")
    kind = _zipped(file, tail) if head.startswith(b"PK\x03\x04") else _plain(head, tail)
    if not name.lower().endswith(_ENDINGS[kind]):
        raise StrangeFile("other-name", kind)
    return kind


def _plain(head: bytes, tail: bytes) -> str:
    if head.startswith(b"%PDF-"):
        if b"%%EOF" not in tail[-4096:]:
            raise StrangeFile("cut-short")
        kind = "pdf"
    elif head.startswith(b"\xff\xd8\xff"):
        kind = "jpeg"
    elif head.startswith(b"\x89PNG\r\n\x1a\n"):
        kind = "png"
    elif head[:4] in (b"II*\0", b"MM\0*"):
        kind = "tiff"
    elif (head[:1] == b"\x30" and _SIGNED_DATA in head) or head.startswith((b"-----BEGIN PKCS7", b"-----BEGIN CMS")):
        return "p7m"
    elif head.startswith(b"\xd0\xcf\x11\xe0"):
        raise StrangeFile("old-office")
    else:
        raise StrangeFile("unknown")
    if _end_record(tail) is not None:
        raise StrangeFile("two-in-one")
    return kind


def _zipped(file: BinaryIO, tail: bytes) -> str:
    """Return what an archive is; its directory is measured before it is read."""
    end = _end_record(tail)
    if end is None:
        raise StrangeFile("cut-short")
    entries, directory = end
    if entries > _MOST_ENTRIES or directory > _MOST_DIRECTORY:
        raise StrangeFile("too-large-inside")
    try:
        inside = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, struct.error):
        raise StrangeFile("broken") from None
    _refuse_bomb(inside)
    names = {each.filename for each in inside}
    if "[Content_Types].xml" not in names:
        return "zip"
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise StrangeFile("macros")
    kind = "docx" if "word/document.xml" in names else "xlsx" if "xl/workbook.xml" in names else None
    if kind is None:
        raise StrangeFile("unknown")
    return kind


def _refuse_bomb(inside: list[zipfile.ZipInfo]) -> None:
    unpacked, packed = sum(each.file_size for each in inside), sum(each.compress_size for each in inside)
    if unpacked > _MOST_UNPACKED or (unpacked > 10_000_000 and unpacked > _MOST_PACKED * max(packed, 1)):
        raise StrangeFile("too-large-inside")
    for each in inside:
        name = each.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or ":" in name.split("/")[0]:
            raise StrangeFile("bad-path")


def _end_record(tail: bytes) -> tuple[int, int] | None:
    """Return how many entries an archive says it has and how large its directory is, if these bytes end one."""
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        return None
    entries, directory = struct.unpack_from("<HI", tail, at + 10)
    return int(entries), int(directory)


def safe_name(given: str, taken: Collection[str] = ()) -> str:
    """Return a name for a file: one part of a path, NFC, nothing invisible, not one of `taken`."""
    text = unicodedata.normalize("NFC", given.encode("utf-8", "replace").decode())
    text = re.split(r"[\\/]", text)[-1]
    text = "".join(c for c in _RESERVED.sub("_", text) if c.isprintable()).strip(". ")
    stem, dot, ending = text.rpartition(".")
    if not dot or len(ending) > 10:
        stem, ending = text, ""
    stem, ending = stem[: _LONGEST_NAME - 12].strip() or "tep", f".{ending}" if ending else ""
    known, number, name = {each.casefold() for each in taken}, 1, f"{stem}{ending}"
    while name.casefold() in known:
        number += 1
        name = f"{stem} ({number}){ending}"
    return name
