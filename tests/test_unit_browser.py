"""An officer with a poor connection, in Debian's Chromium: from the link in the mail to the acknowledgement."""

import re
from pathlib import Path

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import FilePayload, Page, Route

from dondoc.store.engine import mark_simulation
from dondoc.store.unit_links import link_of
from dondoc.store.unit_page import page_row
from tests.story import story
from tests.test_portal import browser
from tests.test_unit_pages import OF_Y_TE, mail_to, unit_pages
from tests.test_unit_reports import arrived

TEXT = "Đã triển khai tới toàn ngành."
SCAN = b"%PDF-1.7\n" + bytes(range(256)) * 2_500 + b"\n%%EOF\n"  # three pieces


async def looked_at(page: Page, folder: Path, name: str) -> None:
    """Look at a page on a phone and at a desk: nothing is wider than the screen, and axe finds nothing."""
    for width in (360, 1280):
        await page.set_viewport_size({"width": width, "height": 800})
        assert (name, await page.evaluate("document.documentElement.scrollWidth")) == (name, width)
        await page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)
    found = (await Axe().run(page)).response["violations"]
    assert (name, [(each["id"], each["nodes"][0]["target"]) for each in found]) == (name, [])


async def test_an_officer_sends_a_report_over_a_poor_connection(sqlite_url: str, tmp_path: Path) -> None:
    async with (
        story(sqlite_url, tmp_path, since="2026-10-01", state="rehearsal") as s,
        unit_pages(s) as address,
        browser() as chromium,
    ):
        await s.round_only("2026-10-01 08:00")
        await s.forward("2026-10-14 08:05")
        await mark_simulation(s.world.database, s.now)
        [link] = re.findall(rf"{address}/l/[\w-]+", mail_to(s, OF_Y_TE)[1])
        at_work = await chromium.new_context()
        page = await at_work.new_page()
        answer = await page.goto(link)
        assert answer is not None
        assert len(await answer.body()) < 60_000
        await looked_at(page, tmp_path, "opened")
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
        scan: FilePayload = {"name": "Báo cáo đã ký.pdf", "mimeType": "application/pdf", "buffer": SCAN}
        await page.get_by_label("Chọn tệp").set_input_files([scan])
        await page.get_by_text("Mất kết nối khi tải Báo cáo đã ký.pdf").wait_for()
        await at_work.close()

        page = await (await chromium.new_context()).new_page()  # comes back on another day, with another browser
        await page.goto(link)
        assert await page.get_by_label("Kết quả thực hiện").input_value() == (TEXT)
        page.on(
            "request",
            lambda request: pieces.append(request.url.partition("?at=")[2]) if "?at=" in request.url else None,
        )
        await page.get_by_label("Chọn tệp").set_input_files([scan])
        await page.get_by_text("Đã nhận tệp Báo cáo đã ký.pdf.").wait_for()
        assert pieces[0] == "0"
        assert pieces[-3:] == ["131072", "262144", "524288"]  # goes on where it stopped, in growing pieces
        await page.get_by_role("button", name="Bỏ tệp Báo cáo đã ký.pdf").wait_for()
        await page.get_by_label("Số, ký hiệu").fill("45/BC-SYT")
        await page.get_by_role("button", name="Gửi báo cáo: nhận mã xác nhận").click()
        await page.get_by_role("heading", name="Cần xem lại").wait_for()
        await page.get_by_role("link", name="Thiếu người ký văn bản").click()
        assert await page.evaluate("document.activeElement.id || location.hash") in ("signer", "#signer")
        await looked_at(page, tmp_path, "errors")
        await page.get_by_label("Ngày ký").fill("13/10/2026")
        await page.get_by_label("Người ký").fill("Nguyễn Văn Mẫu")
        await page.get_by_role("button", name="Gửi báo cáo: nhận mã xác nhận").click()
        code = re.findall(r"Mã xác nhận: (\d{6})", (await arrived(s, "Mã xác nhận"))[0])[0]
        await page.get_by_label("Mã xác nhận").fill(f"{(int(code) + 1) % 1_000_000:06}")
        await page.get_by_role("button", name="Gửi báo cáo").click()
        await page.get_by_text("Mã chưa đúng; còn thử được 4 lần").first.wait_for()
        await looked_at(page, tmp_path, "code")
        await page.get_by_label("Mã xác nhận").fill(code)
        await page.get_by_role("button", name="Gửi báo cáo").click()
        await page.get_by_text("Đã gửi báo cáo.").wait_for()
        await looked_at(page, tmp_path, "received")
        stored = await link_of(s.world.database, int(re.findall(r"/r/(\d+)", page.url)[0]))
        assert stored is not None
        row = await page_row(s.world.database, stored.assignment_id)
        assert row is not None
        [received] = row.received
        assert await page.get_by_role("heading", name=f"Xác nhận tiếp nhận {received.code}").is_visible()
        assert [file.size for file in received.files] == [len(SCAN), len(f"Kết quả thực hiện\n\n{TEXT}".encode())]
        assert received.code in (await arrived(s, "Xác nhận tiếp nhận"))[0]
        await page.get_by_role("link", name="Không phải đơn vị của tôi").click()
        await looked_at(page, tmp_path, "not-mine")
