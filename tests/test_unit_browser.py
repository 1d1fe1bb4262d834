"""An officer with a poor connection and a reviewer, in Debian's Chromium: from the mail's link to "đã chấp nhận"."""

import re
from pathlib import Path

from playwright.async_api import Browser, FilePayload, Locator, Page, Route
from sqlalchemy import select

from dondoc.store import tables as t
from dondoc.store.engine import mark_simulation
from dondoc.store.unit_links import link_of
from dondoc.store.unit_page import PageRow, page_row
from tasks.accounts import add_account
from tests.looks import looked_at, tab_to, typed_at
from tests.story import Story, story
from tests.test_accounts import GOOD
from tests.test_portal import browser, pages_of
from tests.test_unit_pages import OF_Y_TE, mail_to, unit_pages
from tests.test_unit_reports import arrived

TEXT = "Đã triển khai tới toàn ngành."
MORE = "Đã bổ sung số liệu của 10 trung tâm y tế."
SCAN = b"%PDF-1.7\n" + bytes(range(256)) * 2_500 + b"\n%%EOF\n"  # three pieces
LACKS = "Thiếu số liệu tuyến xã"


async def code_of(s: Story) -> str:
    """Return the digits from the mail with the code."""
    return str(re.findall(r"Mã xác nhận: (\d{6})", (await arrived(s, "Mã xác nhận"))[0])[0])


async def received(s: Story, page: Page) -> PageRow:
    """Return what is stored behind a unit's page."""
    stored = await link_of(s.world.database, int(re.findall(r"/r/(\d+)", page.url)[0]))
    assert stored is not None
    row = await page_row(s.world.database, stored.assignment_id)
    assert row is not None
    return row


def scan(name: str = "Báo cáo đã ký.pdf") -> FilePayload:
    """Return a file as an officer chooses it."""
    return {"name": name, "mimeType": "application/pdf", "buffer": SCAN}


async def test_a_report_is_sent_over_a_poor_connection_returned_corrected_and_accepted(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with (
        story(sqlite_url, tmp_path, since="2026-10-01", state="rehearsal") as s,
        unit_pages(s) as address,
        pages_of(s) as desk,
        browser() as chromium,
    ):
        await s.round_only("2026-10-01 08:00")
        await s.forward("2026-10-14 08:05")
        await mark_simulation(s.world.database, s.now)
        await add_account(
            s.world, "can.bo.mau", "Cán bộ mẫu", "receiver", GOOD, office=None, officer="Quản trị mẫu", as_of=s.now
        )
        [link] = re.findall(rf"{address}/l/[\w-]+", mail_to(s, OF_Y_TE)[1])
        await fills_and_loses_the_connection(chromium, link)
        first = await comes_back_and_sends(s, chromium, link)
        await reads_and_asks_for_more(chromium, desk, first)
        await s.forward("2026-10-14 08:15")
        [link] = re.findall(rf"{address}/l/[\w-]+", (await arrived(s, "bổ sung"))[0])
        await mark_simulation(s.world.database, s.now)
        page = await (await chromium.new_context()).new_page()
        await corrects(s, page, link, first)
        await hears_nothing_more(s, await received(s, page))
        await mark_simulation(s.world.database, s.now)
        await accepts(chromium, desk, (await received(s, page)).received[0].code)
        await page.goto(link)  # weeks later: its cookie's hours are over, its link is not
        assert await page.get_by_text("đã chấp nhận").count() == 1
        await looked_at(page, "accepted")


async def fills_and_loses_the_connection(chromium: Browser, link: str) -> None:
    """Open the link, write, lose the line while a draft is saved and while a file is brought, and go home."""
    at_work = await chromium.new_context()
    page = await at_work.new_page()
    answer = await page.goto(link)
    assert answer is not None
    assert len(await answer.body()) < 60_000
    await looked_at(page, "opened")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"

    await page.get_by_label("Kết quả thực hiện").fill("Đã triển khai.")
    await page.get_by_text("Đã tự lưu bản nháp lúc 08:05").wait_for()
    await at_work.set_offline(True)
    await page.get_by_label("Kết quả thực hiện").fill(TEXT)
    await page.get_by_text("Mất kết nối; bản nháp được lưu ngay khi có mạng lại.").wait_for()
    await at_work.set_offline(False)
    await page.get_by_text("Đã tự lưu bản nháp lúc 08:05").wait_for()

    pieces: list[str] = []

    async def cut_after_the_first(route: Route) -> None:
        pieces.append(route.request.url.partition("?at=")[2])
        await (route.continue_() if len(pieces) == 1 else route.abort("internetdisconnected"))

    await page.route("**/upload/*", cut_after_the_first)
    await page.get_by_label("Chọn tệp").set_input_files([scan()])
    await page.get_by_text("Mất kết nối khi tải Báo cáo đã ký.pdf").wait_for()
    assert pieces[0] == "0"
    await at_work.close()


async def comes_back_and_sends(s: Story, chromium: Browser, link: str) -> str:
    """Come back with another browser, bring the rest of the file, mend what is wrong, send; return the look-up code."""
    page = await (await chromium.new_context()).new_page()
    await page.goto(link)
    assert await page.get_by_label("Kết quả thực hiện").input_value() == (TEXT)
    pieces: list[str] = []
    page.on(
        "request",
        lambda request: pieces.append(request.url.partition("?at=")[2]) if "?at=" in request.url else None,
    )
    await page.get_by_label("Chọn tệp").set_input_files([scan()])
    await page.get_by_text("Đã nhận tệp Báo cáo đã ký.pdf.").wait_for()
    assert pieces == ["131072", "262144", "524288"]  # goes on where it stopped, in growing pieces
    await page.get_by_role("button", name="Bỏ tệp Báo cáo đã ký.pdf").wait_for()
    await page.get_by_label("Số, ký hiệu").fill("45/BC-SYT")
    await page.get_by_role("button", name="Gửi báo cáo: nhận mã xác nhận").click()
    await page.get_by_role("heading", name="Cần xem lại").wait_for()
    await page.get_by_role("link", name="Thiếu người ký văn bản").click()
    assert await page.evaluate("document.activeElement.id || location.hash") in ("signer", "#signer")
    await looked_at(page, "errors")
    await page.get_by_label("Ngày ký").fill("13/10/2026")
    await page.get_by_label("Người ký").fill("Nguyễn Văn Mẫu")
    await page.get_by_role("button", name="Gửi báo cáo: nhận mã xác nhận").click()
    code = await code_of(s)
    await page.get_by_label("Mã xác nhận").fill(f"{(int(code) + 1) % 1_000_000:06}")
    await page.get_by_role("button", name="Gửi báo cáo").click()
    await page.get_by_text("Mã chưa đúng; còn thử được 4 lần").first.wait_for()
    await looked_at(page, "code")
    await page.get_by_label("Mã xác nhận").fill(code)
    await page.get_by_role("button", name="Gửi báo cáo").click()
    await page.get_by_text("Đã gửi báo cáo.").wait_for()
    await looked_at(page, "received")
    [only] = (await received(s, page)).received
    assert await page.get_by_role("heading", name=f"Xác nhận tiếp nhận {only.code}").is_visible()
    assert [file.size for file in only.files] == [len(SCAN), len(f"Kết quả thực hiện\n\n{TEXT}".encode())]
    assert only.code in (await arrived(s, "Xác nhận tiếp nhận"))[0]
    await page.get_by_role("link", name="Không phải đơn vị của tôi").click()
    await looked_at(page, "not-mine")
    return only.code


async def signed_in(chromium: Browser, address: str) -> Page:
    """Ask for a page of the desk and come there through the form, by keyboard."""
    page = await (await chromium.new_context()).new_page()
    await page.goto(address)
    await looked_at(page, "sign-in")
    await typed_at(page, "Tên đăng nhập", "can.bo.mau")
    await typed_at(page, "Mật khẩu", GOOD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(address)
    return page


def decided(page: Page, what: str) -> Locator:
    """Return where a page says that an opinion was recorded."""
    return page.get_by_role("status").get_by_text(f"Đã ghi ý kiến: {what}")


async def reads_and_asks_for_more(chromium: Browser, desk: str, code: str) -> None:
    """Find the report among those that wait, save its file, and ask for a supplement by keyboard, wrongly at first."""
    page = await signed_in(chromium, f"{desk}/reports")
    await looked_at(page, "reports")
    await page.get_by_role("link", name="Sở Y tế").click()
    await page.get_by_role("heading", name=code).wait_for()
    await looked_at(page, "report-waiting")
    async with page.expect_download() as saving:
        await page.get_by_role("link", name="Báo cáo đã ký.pdf").click()
    saved = await saving.value
    assert (saved.suggested_filename, (await saved.path()).read_bytes()) == ("Báo cáo đã ký.pdf", SCAN)

    await tab_to(page, "Số liệu: Chưa có số liệu")
    await page.keyboard.press("Space")
    await typed_at(page, "Nêu cụ thể", LACKS)
    await typed_at(page, "Bổ sung đến hết ngày", "13/10/2026")
    await tab_to(page, "Đề nghị bổ sung")
    await page.keyboard.press("Enter")
    await page.get_by_role("alert").get_by_role("heading", name="Chưa thực hiện được").wait_for()
    await looked_at(page, "report-wrong")
    assert await page.get_by_role("checkbox", name="Số liệu: Chưa có số liệu").is_checked()
    await tab_to(page, "Bổ sung đến hết ngày: ghi")  # from the summary of errors straight to the field
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "by"
    await page.keyboard.press("Control+A")
    await page.keyboard.insert_text("23/10/2026")
    await tab_to(page, "Đề nghị bổ sung")
    await page.keyboard.press("Enter")
    await decided(page, "đề nghị bổ sung").wait_for()
    await looked_at(page, "report-returned")
    await page.goto(f"{desk}/reports?state=returned")
    await looked_at(page, "reports-returned")


async def corrects(s: Story, page: Page, link: str, first: str) -> None:
    """Open the link from the mail that asks for more, add to what was sent, and send it by keyboard."""
    await page.goto(link)
    await page.get_by_role("heading", name=f"Đề nghị bổ sung, hoàn thiện: {first}").wait_for()
    await page.get_by_text(LACKS).wait_for()
    await page.get_by_text("hết thứ Sáu, 23/10/2026 (còn 9 ngày)").wait_for()
    assert await page.get_by_label("Kết quả thực hiện").input_value() == TEXT
    await looked_at(page, "asked-for-more")
    await page.get_by_label("Chọn tệp").set_input_files([scan("Báo cáo bổ sung.pdf")])
    await page.get_by_role("button", name="Bỏ tệp Báo cáo bổ sung.pdf").wait_for()
    await page.goto(page.url)
    await typed_at(page, "Kết quả thực hiện", f"{TEXT} {MORE}")
    await tab_to(page, "Gửi báo cáo: nhận mã xác nhận")
    await page.keyboard.press("Enter")
    await page.get_by_label("Mã xác nhận").wait_for()
    await typed_at(page, "Mã xác nhận", await code_of(s))
    await page.keyboard.press("Enter")
    await page.get_by_text("Đã gửi báo cáo.").wait_for()
    latest, before = (await received(s, page)).received
    assert (before.code, before.version, latest.version) == (first, 1, 2)
    for code in (latest.code, first):
        assert await page.get_by_role("heading", name=f"Xác nhận tiếp nhận {code}").is_visible()
    assert latest.code in (await arrived(s, "Xác nhận tiếp nhận"))[0]
    await looked_at(page, "corrected")


async def hears_nothing_more(s: Story, row: PageRow) -> None:
    """Let every rung of the supplement's ladder and of the duty's pass: others are written to, this unit is not."""
    await s.forward("2026-11-16 13:00")
    await s.reconcile()
    await s.forward("2026-11-16 14:30")
    mails = s.new_mails()
    assert len([mail for mail in mails if "Chưa ghi nhận" in mail.subject]) > 50
    assert [mail.subject for mail in mails if mail.rcpt_tos == [OF_Y_TE]] == []
    n = t.notice.c
    async with s.world.database.read() as connection:
        told = await connection.execute(
            select(n.rung).where(n.assignment_id == row.assignment_id, n.state == "accepted").order_by(n.id)
        )
        rungs = [re.sub(r"-.*", "", rung) for rung in told.scalars()]
    assert rungs == ["T", "code", "ack", "supplement", "code", "ack"]


async def accepts(chromium: Browser, desk: str, code: str) -> None:
    """Accept the corrected report for both of its receivers by keyboard."""
    page = await signed_in(chromium, f"{desk}/reports/{code}")
    await looked_at(page, "report-corrected")
    for last in (False, True):
        await tab_to(page, "Chấp nhận")
        await page.keyboard.press("Enter")
        await decided(page, "chấp nhận").wait_for()
        await page.get_by_text("đã chấp nhận" if last else "chờ xem xét").first.wait_for()
    await looked_at(page, "report-accepted")
