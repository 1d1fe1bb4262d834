"""What a file is by its content, whatever it is called, and under which name it may be kept."""

import re
import struct
import unicodedata
import zipfile
import zlib
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
    "bad-path", "locked", "archive-inside", "program-inside",
)  # fmt: skip
_ARCHIVES: Final = (".zip", ".rar", ".7z", ".gz", ".tgz", ".bz2", ".xz", ".tar", ".iso", ".cab")
_PROGRAMS: Final = (
    ".exe", ".com", ".scr", ".bat", ".cmd", ".ps1", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".hta", ".lnk", ".msi",
    ".dll", ".jar", ".reg", ".html", ".htm", ".svg",
)  # fmt: skip
_WITH_MACROS: Final = (".docm", ".dotm", ".xlsm", ".xltm", ".xlam", ".pptm")
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)  # Windows opens these, with any ending
_MOST_TYPES: Final = 1_000_000  # bytes of [Content_Types].xml that are read


class StrangeFile(Exception):
    """A file that is not taken: `why` is a word of `WHY`, `kind` what it really is where its name says otherwise."""

    def __init__(self, why: str, kind: str = "") -> None:
        super().__init__(f"file: {why} {kind}".strip())
        self.why, self.kind = why, kind


def kind_of(file: BinaryIO, name: str) -> str:
    """Return what a file is by its content: pdf, docx, xlsx, p7m, jpeg, png, tiff or zip.

    At most the list of types is unpacked. Errors: `StrangeFile` for anything else, for a name that promises something
    else, and for what is two things at once, is locked, holds programs, or would fill a disk when unpacked.
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
        archive = zipfile.ZipFile(file)
        inside = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, struct.error):
        raise StrangeFile("broken") from None
    names = [each.orig_filename for each in inside]  # `filename` ends at a NUL byte
    if len(set(names)) < len(names):
        raise StrangeFile("broken")  # one name twice: two programs would show two reports
    if min((each.header_offset for each in inside), default=0) > 0:
        raise StrangeFile("two-in-one")  # another archive, or a program, lies before this one
    _refuse_bomb(inside, file.seek(0, 2))
    if any(each.flag_bits & 1 for each in inside):
        raise StrangeFile("locked")
    for name in names:
        _refuse_path(name)
    if "[Content_Types].xml" not in names:
        _refuse_inside(names)
        return "zip"
    if _has_macros(archive, names):
        raise StrangeFile("macros")
    kind = "docx" if "word/document.xml" in names else "xlsx" if "xl/workbook.xml" in names else None
    if kind is None:
        raise StrangeFile("unknown")
    return kind


def _refuse_bomb(inside: list[zipfile.ZipInfo], size: int) -> None:
    """Refuse what would fill a disk; entries that lie over one another are measured against the file itself."""
    unpacked, packed = sum(each.file_size for each in inside), min(size, sum(each.compress_size for each in inside))
    if unpacked > _MOST_UNPACKED or (unpacked > 10_000_000 and unpacked > _MOST_PACKED * max(packed, 1)):
        raise StrangeFile("too-large-inside")


def _refuse_path(given: str) -> None:
    """Refuse an entry that would leave its folder, open a device, or show another name than it has."""
    parts = given.replace("\\", "/").rstrip("/").split("/")
    strange = not parts[0] or ".." in parts or ":" in given or len(given) > 1_000 or not given.isprintable()
    if strange or any(_DEVICE.fullmatch(part.split(".")[0].strip()) for part in parts):
        raise StrangeFile("bad-path")


def _refuse_inside(names: list[str]) -> None:
    """Refuse an archive that holds what is not looked into, or what runs when it is opened."""
    for why, endings in (("macros", _WITH_MACROS), ("archive-inside", _ARCHIVES), ("program-inside", _PROGRAMS)):
        if any(name.lower().rstrip(". ").endswith(endings) for name in names):
            raise StrangeFile(why)


def _has_macros(archive: zipfile.ZipFile, names: list[str]) -> bool:
    """Return whether a Word or Excel file holds a program, under whatever name it lies."""
    if any(name.lower().endswith("vbaproject.bin") or "macrosheets/" in name.lower() for name in names):
        return True
    try:
        with archive.open("[Content_Types].xml") as types:
            said = types.read(_MOST_TYPES + 1)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, RuntimeError, zlib.error, EOFError):
        raise StrangeFile("broken") from None
    if len(said) > _MOST_TYPES:
        raise StrangeFile("too-large-inside")
    lower = said.replace(b"\0", b"").lower()  # UTF-16 too
    return b"macroenabled" in lower or b"vbaproject" in lower


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
    if _DEVICE.fullmatch(text.split(".")[0].strip()):
        stem = f"_{stem}"
    stem, ending = stem[: _LONGEST_NAME - 12].strip() or "tep", f".{ending}" if ending else ""
    known, number, name = {each.casefold() for each in taken}, 1, f"{stem}{ending}"
    while name.casefold() in known:
        number += 1
        name = f"{stem} ({number}){ending}"
    return name
