"""Files made to do harm: each is refused with its reason, or kept and handed out so that no browser runs it."""

import io
import struct
import zipfile
from email.message import Message
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dondoc.portal.attachment import attachment
from dondoc.portal.units import words
from tasks.file_kinds import WHY, StrangeFile, kind_of, safe_name
from tests.test_unit_reports import DOCX, PDF, TYPES, ZIP, zipped

MACRO_TYPES = b'<Types><Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>'
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 99


def locked() -> bytes:
    """Return an archive whose entry says that it is encrypted."""
    archive = bytearray(ZIP)
    archive[6] |= 1
    archive[archive.index(b"PK\x01\x02") + 8] |= 1
    return bytes(archive)


def named_twice() -> bytes:
    """Return an archive with two reports under one name."""
    return zipped({"a.txt": b"1", "b.txt": b"2"}).replace(b"b.txt", b"a.txt")


def overlapping() -> bytes:
    """Return an archive whose 300 entries are all the same megabyte of packed bytes."""
    with zipfile.ZipFile(io.BytesIO(one := zipped({"a.bin": b"0" * 1_000_000}))) as archive:
        [entry] = archive.infolist()
    start = one.index(b"PK\x01\x02")
    record, body = one[start : one.index(b"PK\x05\x06")], one[:start]
    directory = b"".join(record.replace(b"a.bin", f"{n:05}".encode()) for n in range(300))
    assert entry.compress_size < 2_000
    return body + directory + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 300, 300, len(directory), len(body), 0)


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.zip", zipped({"x/con.txt": b""}), "bad-path"),  # Windows opens a device
        ("a.zip", zipped({"bao-cao\u202excod.exe": b""}), "bad-path"),  # reads as …exe.docx
        ("a.zip", zipped({"a\nb": b""}), "bad-path"),
        ("a.zip", zipped({"/etc/a": b""}), "bad-path"),
        ("a.zip", zipped({"..\\a": b""}), "bad-path"),
        ("a.zip", zipped({"a.txt:x": b""}), "bad-path"),  # a stream of NTFS
        ("a.zip", zipped({"a.txt0../b": b""}).replace(b"a.txt0", b"a.txt\0"), "bad-path"),  # ends early, or not
        ("a.zip", zipped({"x" * 1_001: b""}), "bad-path"),
        ("a.zip", zipped({"trong/b.ZIP": ZIP}), "archive-inside"),
        ("a.zip", zipped({"a.exe. ": b"MZ"}), "program-inside"),  # Windows drops the end
        ("a.zip", zipped({"a.html": b"<script>"}), "program-inside"),
        ("a.zip", zipped({"a.xlsm": b""}), "macros"),
        ("a.zip", zipped({"phu-luc/b.docx": DOCX, "c.pdf": PDF}), "zip"),
        ("a.docx", zipped({"[Content_Types].xml": MACRO_TYPES, "word/document.xml": b""}), "macros"),
        ("a.docx", zipped({"[Content_Types].xml": MACRO_TYPES.decode().encode("utf-16"), "word/document.xml": b""}),
         "macros"),
        ("a.xlsx", zipped({**TYPES, "xl/workbook.xml": b"", "xl/macrosheets/sheet1.xml": b""}), "macros"),
        ("a.docx", zipped({"[Content_Types].xml": b" " * 1_000_001, "word/document.xml": b""}), "too-large-inside"),
        ("a.zip", locked(), "locked"),
        ("a.zip", named_twice(), "broken"),
        ("a.zip", ZIP + DOCX, "two-in-one"),
        ("a.zip", overlapping(), "too-large-inside"),
        ("a.png", PNG + ZIP, "two-in-one"),
        ("a.pdf", ZIP + PDF, "other-name"),
        ("a.gif", b"GIF89a/*" + b"x" * 50 + b"*/=1;alert(1)", "unknown"),
        ("a.jpg", b"\xff\xd8\xff\xe0<html><script>alert(1)</script>", "jpeg"),  # kept; no browser is shown it
        ("a.pdf", b"<html>" + PDF, "unknown"),
    ],
)  # fmt: skip
def test_a_file_made_to_do_harm_is_told_by_its_reason(name: str, content: bytes, found: str) -> None:
    try:
        kind = kind_of(io.BytesIO(content), name)
    except StrangeFile as error:
        kind = error.why
    assert kind == found


@given(st.binary(max_size=200), st.integers(0, 4), st.sampled_from([DOCX, ZIP, PDF]), st.integers(0, 400))
def test_no_damage_breaks_the_door(noise: bytes, way: int, sound: bytes, place: int) -> None:
    at = place % len(sound)
    content = [
        noise,
        sound[:at] + noise + sound[at:],
        sound[:at] + noise + sound[at + len(noise) :],
        sound[:at],
        b"PK\x03\x04" + noise,
    ][way]
    try:
        found = kind_of(io.BytesIO(content), "a.docx")
    except StrangeFile as error:
        found = error.why
    assert found in ("docx", *WHY)


def test_every_reason_has_its_words() -> None:
    assert [why for why in WHY if why in words.file("a.zip", why, "pdf")] == []


@given(st.text(max_size=200))
def test_no_name_breaks_a_header(given_name: str) -> None:
    headers = attachment(given_name)
    said = headers["content-disposition"]
    assert said.isascii()
    assert not {"\r", "\n", "\0"} & set(said)
    message = Message()
    message["content-disposition"] = said.split("; filename*")[0]
    plain = message.get_filename()
    assert plain
    assert not {"/", "\\", '"', ";"} & set(plain)
    assert unquote(said.partition("filename*=UTF-8''")[2]) == safe_name(given_name)
    assert headers["x-content-type-options"] == "nosniff"


def test_a_name_stays_readable_and_opens_no_device() -> None:
    assert attachment("Báo cáo Đợt 1.docx")["content-disposition"].startswith(
        "attachment; filename=\"Bao_cao_Dot_1.docx\"; filename*=UTF-8''B%C3%A1o"
    )
    assert [safe_name(each) for each in ("con.pdf", "LPT1", "conan.pdf", "a\u202efdp.exe")] == [
        "_con.pdf", "_LPT1", "conan.pdf", "afdp.exe",
    ]  # fmt: skip
