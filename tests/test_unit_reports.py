"""Sending a report from a unit's own page: a draft, files, a code by mail, one submission, its acknowledgement."""

import asyncio
import io
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, literal, select

from dondoc.messages.spool import read_spool
from dondoc.portal.units.door import MOST_BYTES
from dondoc.store import tables as t
from dondoc.store.engine import mark_simulation
from dondoc.store.messages import list_messages
from dondoc.store.types import Instant
from dondoc.store.unit_links import link_of
from dondoc.store.unit_page import PageRow, page_row
from tasks.file_kinds import StrangeFile, kind_of, safe_name
from tasks.preview import sent_again
from tasks.receipts import Document
from tasks.report_form import Report, read_report, typed
from tasks.send_messages import send_messages
from tasks.unit_links import links_for_desk
from tests.story import Story, story
from tests.test_unit_pages import OF_Y_TE, Y_TE, mail_to, unit_pages, visitor

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def zipped(entries: dict[str, bytes]) -> bytes:
    """Return an archive with these entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


TYPES = {"[Content_Types].xml": b"<Types/>"}
DOCX = zipped({**TYPES, "word/document.xml": b"<w:document/>"})
ZIP = zipped({"a.txt": b"x"})


class Officer:
    """An officer in front of a unit's page: fills the form in, presses its buttons, reads the mail."""

    def __init__(self, s: Story, browser: httpx.AsyncClient, address: str) -> None:
        self.s, self.browser, self.address, self.page = s, browser, address, ""

    async def open(self, link: str) -> None:
        """Open the link from the mail."""
        answer = await self.browser.get(link)
        self.page, self.here = answer.text, answer.url.path

    def hidden(self) -> dict[str, str]:
        """Return the hidden fields of the page."""
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', self.page))

    async def press(self, path: str, files: list[tuple[str, bytes]] | None = None, **fields: str) -> int:
        """Post a form of the page; return the status of the page it leads to."""
        sent = [("files", (name, content, "application/octet-stream")) for name, content in files or []]
        answer = await self.browser.post(
            self.here + path, data={**self.hidden(), **fields}, files=sent or [("files", ("", b""))],
            headers={"origin": self.address},
        )  # fmt: skip
        self.page = answer.text
        return answer.status_code

    async def code(self) -> str:
        """Wait for the mail with the code and return its digits."""
        return str(re.findall(r"Mã xác nhận: (\d{6})", (await arrived(self.s, "Mã xác nhận"))[0])[-1])


async def arrived(s: Story, subject: str, address: str = OF_Y_TE) -> tuple[str, str]:
    """Wait for the next mail with a subject to an address; return text and HTML."""
    async with asyncio.timeout(10):
        while True:
            fresh = read_spool(s.spool)[s._read :]
            if any(subject in mail.subject and mail.rcpt_tos == [address] for mail in fresh):
                return mail_to(s, address)[1:]
            await asyncio.sleep(0.05)


async def page_of(s: Story, here: str) -> PageRow:
    """Return what is stored behind a page."""
    link = await link_of(s.world.database, int(here.rpartition("/")[2]))
    assert link is not None
    row = await page_row(s.world.database, link.assignment_id)
    assert row is not None
    return row


async def test_a_report_is_sent_from_the_page_and_the_ladder_is_silent(database_url: str, tmp_path: Path) -> None:
    async with (
        story(database_url, tmp_path, since="2026-10-01") as s,
        unit_pages(s) as address,
        visitor(address) as browser,
        visitor(address) as another,
    ):
        await s.round_only("2026-10-01 08:00")
        _, [link] = await links_for_desk(s.world, Y_TE, s.now)
        officer = Officer(s, browser, address)
        await officer.open(link.url)
        text = "Kết quả <b>thực hiện</b> & kiến nghị\nDòng hai"
        assert (
            await officer.press("/draft", [("../../Báo cáo.docx", DOCX)], act="save", text=text, number="45/BC") == 200
        )
        assert "Đã lưu bản nháp" in officer.page
        await officer.open(link.url)
        later = Officer(s, another, address)  # days later, on another machine: it is all there
        await later.open(link.url)
        assert "Kết quả &lt;b&gt;thực hiện&lt;/b&gt; &amp; kiến nghị\nDòng hai</textarea>" in later.page
        assert "Báo cáo.docx (" in later.page
        assert 'value="45/BC"' in later.page
        assert await later.press("/draft", act="send", text=text, number="45/BC", date="31/2/2026") == 422
        assert later.page.count("Thiếu người ký văn bản") == 2  # in the summary, and at the field
        assert "Ngày ký chưa đúng" in later.page
        assert await officer.press("/draft", act="save", text="cũ") == 409  # nobody's draft is overwritten unseen
        assert "Bản nháp đã được lưu hoặc gửi từ nơi khác" in officer.page
        fields = {"text": text, "number": "45/BC-SYT", "date": "28/9/2026", "signer": "Nguyễn Văn Mẫu"}
        assert await later.press("/draft", [("phụ lục.pdf", PDF)], act="send", **fields) == 200
        assert "ch***@so-y-te.dien-bien.example" in later.page
        assert OF_Y_TE not in later.page
        code = await later.code()
        wrong = f"{(int(code) + 1) % 1_000_000:06}"
        assert await later.press("/send", code=wrong) == 422
        assert "Mã chưa đúng; còn thử được 4 lần" in later.page
        assert code not in str(await list_messages(s.world.database))
        await s.forward("2026-10-01 08:00")
        double = await asyncio.gather(*(later.press("/send", code=f" {code[:3]} {code[3:]}") for _ in range(3)))
        assert double == [200, 200, 200]
        assert "Đã gửi báo cáo" in later.page
        row = await page_of(s, later.here)
        [received] = row.received
        assert (row.state, row.judged, received.fact, received.channel) == ("submitted", "on-time", "data", "portal")
        assert (received.document_number, received.document_date) == ("45/BC-SYT", date(2026, 9, 28))
        assert [file.name for file in received.files] == ["Báo cáo.docx", "noi-dung-bao-cao.txt", "phụ lục.pdf"]
        kept = s.spool.with_name("files")
        assert sorted(file.name for file in kept.iterdir()) == sorted(file.sha256 for file in received.files)
        assert (kept / received.files[1].sha256).read_text("utf-8") == text
        assert await later.press("/send", code=code) in (200, 403)  # the page behind has no such form any more
        acknowledged, _ = await arrived(s, "Xác nhận tiếp nhận")
        assert received.code in acknowledged
        assert received.files[0].sha256 in acknowledged
        assert "giờ hệ thống nhận đủ dữ liệu" in acknowledged
        for message in await list_messages(s.world.database, address=OF_Y_TE):
            await sent_again(s.world, message.id)  # byte for byte, the code's too
        await officer.open(link.url)
        assert received.code in officer.page
        assert "Gửi bổ sung" in officer.page
        await s.forward("2026-10-14 08:05")
        assert [mail for mail in s.new_mails() if mail.rcpt_tos == [OF_Y_TE]] == []


async def test_hostile_hands_and_wrong_codes_change_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with (
        story(sqlite_url, tmp_path, since="2026-10-01") as s,
        unit_pages(s) as address,
        visitor(address) as browser,
        visitor(address) as stranger,
    ):
        await s.round_only("2026-10-01 08:00")
        _, [link] = await links_for_desk(s.world, Y_TE, s.now)
        officer = Officer(s, browser, address)
        await officer.open(link.url)
        await hostile_requests(officer, stranger)
        await officer.open(link.url)
        await wrong_codes(officer)
        assert (await page_of(s, officer.here)).received == ()


async def wrong_codes(officer: Officer) -> None:
    """Try a code six times, let one grow old, ask for too many; then the address has refused for good."""
    s = officer.s
    assert await officer.press("/draft", act="send") == 422  # nothing to send
    assert await officer.press("/draft", act="send", text="x") == 200
    code = await officer.code()
    confirm = officer.page
    for _left in (4, 3, 2, 1, 0):
        assert await officer.press("/send", code="mã số") == 422
        officer.page = confirm
    assert await officer.press("/send", code=code) == 422  # five were wrong
    assert "Mã không còn dùng được" in officer.page
    officer.page = confirm
    assert await officer.press("/code") == 200
    second = await officer.code()
    s.now += timedelta(minutes=16)
    await mark_simulation(s.world.database, s.now)
    officer.page = confirm
    assert await officer.press("/send", code=second) == 422  # too late
    for _ in range(3):
        officer.page = confirm
        assert await officer.press("/code") == 200
    officer.page = confirm
    assert await officer.press("/code") == 429
    assert "Đã gửi mã nhiều lần" in officer.page
    s.now += timedelta(minutes=16)
    await mark_simulation(s.world.database, s.now)
    async with s.world.database.write() as connection:
        of_y_te = select(t.person.c.id, literal("550 no such user"), literal(s.now, Instant()))
        await connection.execute(
            insert(t.suppression).from_select(
                ["person_id", "reason", "since"], of_y_te.where(t.person.c.address == OF_Y_TE)
            )
        )
    officer.page = confirm
    assert await officer.press("/code") == 200
    await no_relay_for_a_while(officer, confirm)


async def no_relay_for_a_while(officer: Officer, confirm: str) -> None:
    """Ask for a code while no mail leaves: it goes to the next contact, and not when its time is over."""
    s = officer.s
    office = OF_Y_TE.replace("chuyen-vien", "van-thu")
    assert "Mã xác nhận: " in (await arrived(s, "Mã xác nhận", office))[0]
    routes, s.world.routes = s.world.routes, {}
    officer.page = confirm
    assert await officer.press("/code") == 200
    s.world.routes = routes
    sent = await send_messages(s.world, s.now + timedelta(minutes=16))
    assert (sent.outcomes, len(read_spool(s.spool))) == ({}, s._read)
    [late] = [row for row in await list_messages(s.world.database, address=office) if row.state != "accepted"]
    assert (late.state, late.last_error) == ("failed", "the code's time is over")


async def announced(address: str, here: str, length: int) -> bytes:
    """Return how a request is answered that only announces its body."""
    host = address.removeprefix("http://")
    reader, writer = await asyncio.open_connection("127.0.0.1", int(host.rpartition(":")[2]))
    writer.write(f"POST {here}/draft HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n".encode())
    answer = await reader.read(12)
    writer.close()
    return answer


async def hostile_requests(officer: Officer, stranger: httpx.AsyncClient) -> None:
    """Send what no form of ours sends, and files that are not what they are called."""
    s, browser, address = officer.s, officer.browser, officer.address
    filled = officer.page
    fields = {f"f{n}": "x" for n in range(10_000)}
    assert (await browser.post(f"{officer.here}/draft", data=officer.hidden() | fields)).status_code == 400
    many = [("files", (f"{n}.pdf", PDF)) for n in range(30)]
    assert (await browser.post(f"{officer.here}/draft", data=officer.hidden(), files=many)).status_code == 400

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(MOST_BYTES // 1_000_000 + 2):
            yield bytes(1_000_000)

    kind = {"content-type": "multipart/form-data; boundary=x"}
    assert await announced(address, officer.here, MOST_BYTES + 1) == b"HTTP/1.1 413"
    try:
        unsaid = (await browser.post(f"{officer.here}/draft", content=endless(), headers=kind)).status_code
    except httpx.HTTPError:  # the server has hung up on it
        unsaid = 413
    assert unsaid in (400, 413)
    for path in ("/draft", "/send", "/code"):
        assert (await browser.post(officer.here + path, data={"token": "x"})).status_code == 403
        assert (await stranger.post(officer.here + path)).status_code == 403
    wrong = [("virus.pdf", b"MZ\x90"), ("rong.pdf", b""), ("a.docx", PDF), ("cu.doc", b"\xd0\xcf\x11\xe0xxxx")]
    assert await officer.press("/draft", wrong, act="save", text="vẫn lưu") == 422
    for said_of in ("virus.pdf: không phải loại tệp", "rong.pdf: tệp rỗng", "a.docx: nội dung là pdf", "kiểu cũ"):
        assert said_of in officer.page
    assert "vẫn lưu</textarea>" in officer.page
    assert not s.spool.with_name("files").exists()
    s.spool.with_name("files").write_text("no folder")  # nothing can be kept there, as on a full disk
    officer.page = filled.replace('name="version" value="0"', 'name="version" value="1"')
    assert await officer.press("/draft", [("a.pdf", PDF)], act="save", text="y") == 503
    assert "bản nháp đã lưu trước đó vẫn còn" in officer.page
    await officer.open(officer.here)
    assert "vẫn lưu</textarea>" in officer.page


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.pdf", PDF, "pdf"),
        ("a.PDF", PDF, "pdf"),
        ("a.docx", DOCX, "docx"),
        ("a.xlsx", zipped({**TYPES, "xl/workbook.xml": b""}), "xlsx"),
        ("a.zip", ZIP, "zip"),
        ("a.jpeg", b"\xff\xd8\xff\xe0" + b"x" * 99, "jpeg"),
        ("a.p7m", bytes.fromhex("3082010006092a864886f70d010702") + b"x", "p7m"),
        ("a.zip", DOCX, "other-name"),  # what it is called is what the desk opens it with
        ("a.pdf", PDF[:20], "cut-short"),
        ("a.pdf", PDF + ZIP + b"%%EOF", "two-in-one"),
        ("a.zip", ZIP[:-10], "cut-short"),
        ("a.zip", zipped({"a": b"0" * 30_000_000}), "too-large-inside"),
        ("a.zip", zipped({f"f{n}": b"" for n in range(5_001)}), "too-large-inside"),
        ("a.zip", zipped({"../../a": b"x"}), "bad-path"),
        ("a.zip", zipped({"C:/a": b"x"}), "bad-path"),
        ("a.zip", ZIP.replace(b"PK\x01\x02", b"PK\x09\x09"), "broken"),
        ("a.docx", zipped({**TYPES, "word/document.xml": b"", "word/vbaProject.bin": b""}), "macros"),
        ("a.pptx", zipped({**TYPES, "ppt/presentation.xml": b""}), "unknown"),
        ("a.doc", b"\xd0\xcf\x11\xe0" + b"x" * 99, "old-office"),
        ("a.exe", b"MZ", "unknown"),
        ("a.svg", b"<svg onload=alert(1)>", "unknown"),
        ("a.pdf", b"", "empty"),
    ],
)
def test_a_file_is_what_it_holds(name: str, content: bytes, found: str) -> None:
    try:
        kind = kind_of(io.BytesIO(content), name)
    except StrangeFile as error:
        kind = error.why
    assert kind == found


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=3))
def test_a_name_is_one_harmless_part_of_a_path(given_name: str, others: list[str]) -> None:
    taken: list[str] = []
    for each in [*others, given_name, given_name]:
        name = safe_name(each, taken)
        assert name
        assert name.isprintable()
        assert not {"/", "\\", ":"} & set(name)
        assert not name.startswith(".")
        assert len(name) <= 140
        assert name.casefold() not in {one.casefold() for one in taken}
        taken.append(name)
    assert safe_name("../../etc/Báo cáo?.docx") == "Báo cáo_.docx"


def test_a_form_names_everything_that_is_wrong_at_once() -> None:
    def read(files: int = 0, **said: str) -> Report:
        return read_report(typed(said), files=files, takes_names=True, today=date(2026, 11, 14))

    assert read().errors == {"text": "nothing"}
    assert read(files=1).errors == {}
    assert read(number="1").errors == {"date": "date-missing", "signer": "signer-missing"}
    assert read(number="1", date="15.11.2026", signer="A").errors == {"date": "date-future"}
    assert read(names="A\nB\na").errors == {"names": "names-twice"}
    assert read(names="x" * 201).errors == {"names": "names"}
    whole = read(text=" a\r\nb\x00 ", names="A \n\nB", number="1/BC", date="14/11/2026", signer="A\u200b B")
    assert (whole.text, whole.names, whole.announced) == (
        "a\nb",
        ("A", "B"),
        Document("1/BC", date(2026, 11, 14), "A B"),
    )
