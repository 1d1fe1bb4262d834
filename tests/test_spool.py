"""The catcher, through a real SMTP client: what was answered 250 is on disk, whatever it looks like."""

import asyncio
import hashlib
import json
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiosmtplib
import pytest

from dondoc import clock
from dondoc.messages.spool import SpoolReader, SpoolServer, read_spool
from dondoc.portal.caught import read_mail

MAIL = b"From: a@mau.example\r\nTo: b@mau.example\r\nSubject: %s\r\nMessage-ID: <%d@mau.example>\r\n\r\nXin chao\r\n"


@asynccontextmanager
async def catcher(folder: Path) -> AsyncIterator[SpoolServer]:
    """Run a catcher on a folder."""
    server = SpoolServer(folder)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def client(server: SpoolServer) -> AsyncIterator[aiosmtplib.SMTP]:
    """Connect to a catcher as any mail program does."""
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=server.port, start_tls=False, use_tls=False) as smtp:
        yield smtp


def names_in(folder: Path) -> set[str]:
    """Return the names of a folder's files."""
    return {path.name for path in folder.iterdir()}


async def test_what_was_answered_250_is_on_disk(tmp_path: Path) -> None:
    async with catcher(tmp_path) as server, client(server) as smtp:
        before = clock.now()
        content = MAIL % (b"=?utf-8?q?Th=C3=B4ng_b=C3=A1o?=", 1)
        await smtp.sendmail("a@mau.example", ["b@mau.example", "c@mau.example"], content)
        [mail] = read_spool(tmp_path)
        assert (tmp_path / "1.eml").read_bytes() == content
        assert (mail.n, mail.message_id, mail.subject) == (1, "<1@mau.example>", "Thông báo")
        assert (mail.mail_from, mail.rcpt_tos) == ("a@mau.example", ["b@mau.example", "c@mau.example"])
        assert (mail.sha256, mail.size) == (hashlib.sha256(content).hexdigest(), len(content))
        assert before <= datetime.fromisoformat(mail.received_at) <= clock.now()


async def test_many_connections_lose_nothing_and_a_second_start_counts_on(tmp_path: Path) -> None:
    async def send(server: SpoolServer, numbers: range) -> None:
        async with client(server) as smtp:
            for n in numbers:
                await smtp.sendmail("a@mau.example", ["b@mau.example"], MAIL % (b"x", n))

    async with catcher(tmp_path) as server:
        await asyncio.gather(*(send(server, range(k * 50, k * 50 + 50)) for k in range(4)))
    async with catcher(tmp_path) as server:
        await send(server, range(200, 201))
    mails = read_spool(tmp_path)
    assert [mail.n for mail in mails] == list(range(1, 202))
    assert {mail.message_id for mail in mails} == {f"<{n}@mau.example>" for n in range(201)}
    assert names_in(tmp_path) == {"spool.jsonl", *(f"{n}.eml" for n in range(1, 202))}


async def test_a_line_torn_by_a_kill_is_cut_off(tmp_path: Path) -> None:
    async with catcher(tmp_path) as server, client(server) as smtp:
        await smtp.sendmail("a@mau.example", ["b@mau.example"], MAIL % (b"one", 1))
    with (tmp_path / "spool.jsonl").open("a") as index:
        index.write('{"n": 2, "message_id": "<2@mau')
    (tmp_path / "2.eml").write_bytes(b"never answered")
    async with catcher(tmp_path) as server, client(server) as smtp:
        await smtp.sendmail("a@mau.example", ["b@mau.example"], MAIL % (b"two", 3))
    assert [(mail.n, mail.subject) for mail in read_spool(tmp_path)] == [(1, "one"), (2, "two")]
    assert (tmp_path / "2.eml").read_bytes() == MAIL % (b"two", 3)


async def test_a_reader_reads_on_from_where_it_was(tmp_path: Path) -> None:
    reader = SpoolReader(tmp_path)
    assert reader.mails() == []
    async with catcher(tmp_path) as server, client(server) as smtp:
        await smtp.sendmail("a@mau.example", ["b@mau.example"], MAIL % (b"one", 1))
        assert [mail.subject for mail in reader.mails()] == ["one"]
        line = (tmp_path / "spool.jsonl").read_bytes()
        with (tmp_path / "spool.jsonl").open("ab") as index:
            index.write(line[:20])
            index.flush()
            assert len(reader.mails()) == 1  # half a line is none
            index.write(line[20:])
        assert len(reader.mails()) == 2
        assert reader.content(1) == MAIL % (b"one", 1)
    (tmp_path / "spool.jsonl").unlink()
    assert reader.mails() == []


@pytest.mark.parametrize(
    ("subject", "read"),
    [
        (b"=?x-nobody-knows?q?a?=", "=?x-nobody-knows?q?a?="),
        (b"=?utf-8?b?%%%?=", ""),
        (b"=?utf-8?q?C=C3=B2n_7?=\r\n =?utf-8?q?_ng=C3=A0y?=", "Còn 7 ngày"),
        (b"plain,\r\n\tfolded", "plain,\tfolded"),
        ("Báo cáo".encode(), "Báo cáo"),
        (unicodedata.normalize("NFD", "Báo cáo").encode(), "Báo cáo"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"", ""),
    ],
)
async def test_no_header_is_too_strange_to_keep(tmp_path: Path, subject: bytes, read: str) -> None:
    content = MAIL.replace(b"%s", subject).replace(b"%d", b"1")
    async with catcher(tmp_path) as server, client(server) as smtp:
        await smtp.sendmail("a@mau.example", ["b@mau.example"], content)
    assert [mail.subject for mail in read_spool(tmp_path)] == [read]
    assert (tmp_path / "1.eml").read_bytes() == content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n",
        b"no header at all\r\n",
        b"Content-Type: text/plain; charset=x-nobody\r\n\r\nxin ch\xc3\xa0o\r\n",
        b"Content-Type: text/html; charset=utf-7\r\n\r\n+2AA-\r\n",
        b"Content-Type: multipart/alternative\r\n\r\n--x\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n--x--\r\n",
        b"From: =?utf-8?q?=?= <@@\r\nTo: ,,;:<>\r\nDate: never\r\nContent-Transfer-Encoding: base64\r\n\r\n\xff!\r\n",
        b"Content-Disposition: x; =\r\nContent-Type: ;;;=\r\nSubject: \x00\x01\r\n\r\n\x00\r\n",
    ],
)
def test_no_mail_is_too_strange_to_show(content: bytes) -> None:
    mail = read_mail(content)
    for text in (mail.text, mail.html or "", *(value for _, value in mail.labelled + mail.raw_headers)):
        assert isinstance(text.encode("utf-8"), bytes)


def test_an_endless_mail_is_cut_for_the_page() -> None:
    mail = read_mail(b"To: " + b"&" * 5000 + b"\r\n" + b"X-A: 1\r\n" * 500 + b"\r\n" + b"&" * 200_000)
    assert mail.text_is_cut
    assert len(mail.text) * len("&amp;") <= 40_000
    assert len(mail.raw_headers) == 30
    assert max(len(value) for _, value in mail.labelled + mail.raw_headers) <= 300


async def test_it_offers_what_mail_needs_and_takes_no_passwords(tmp_path: Path) -> None:
    async with catcher(tmp_path) as server, client(server) as smtp:
        await smtp.ehlo()
        assert smtp.supports_extension("8bitmime")
        assert smtp.supports_extension("smtputf8")
        assert smtp.esmtp_extensions["size"] == str(30 * 1024 * 1024)
        assert not smtp.supports_extension("auth")
        with pytest.raises(aiosmtplib.SMTPSenderRefused) as refused:
            await smtp.mail("a@mau.example", options=[f"SIZE={31 * 1024 * 1024}"])
        assert refused.value.code == 552


async def test_it_listens_on_loopback_only(tmp_path: Path) -> None:
    async with catcher(tmp_path) as server:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.2", server.port)
        _reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.close()


async def test_a_mail_that_broke_off_is_not_kept_and_stopping_hangs_up(tmp_path: Path) -> None:
    server = SpoolServer(tmp_path)
    await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"EHLO x\r\nMAIL FROM:<a@mau.example>\r\nRCPT TO:<b@mau.example>\r\nDATA\r\nSubject: half\r\n")
    await reader.readuntil(b"354 ")
    await server.stop()
    async with asyncio.timeout(5):
        assert b"250" not in await reader.read()
    writer.close()
    assert read_spool(tmp_path) == []


async def test_a_simulation_stamps_its_own_time(tmp_path: Path) -> None:
    at = datetime(2029, 11, 14, 1, 0, tzinfo=UTC)
    server = SpoolServer(tmp_path, clock=lambda: at)
    await server.start()
    async with client(server) as smtp:
        await smtp.sendmail("a@mau.example", ["b@mau.example"], MAIL % (b"x", 1))
    await server.stop()
    assert json.loads((tmp_path / "spool.jsonl").read_text())["received_at"] == "2029-11-14T01:00:00+00:00"
