"""A register on the desk's pages, in Debian's Chromium: read, answered, confirmed and taken back, by keyboard too."""

import re
from pathlib import Path

from playwright.async_api import FilePayload, Page
from sqlalchemy import select

from dondoc.store import tables as t
from dondoc.store.engine import mark_simulation
from dondoc.store.status import waiting_steps
from tasks.trail import newest
from tests.looks import looked_at
from tests.story import Story, story
from tests.test_desk_pages import officer
from tests.test_intake import REPORT, csv_file, row
from tests.test_portal import browser, pages_of


async def names_of(s: Story, most: int) -> list[str]:
    """Return the names in letters of units that owe the yearly report."""
    a, d, u = t.assignment.c, t.duty_period.c, t.unit.c
    async with s.world.database.read() as connection:
        found = await connection.execute(
            select(u.office_name)
            .join(t.assignment, a.unit_id == u.id)
            .join(t.duty_period, d.id == a.duty_period_id)
            .where(d.duty == REPORT[0], d.period == REPORT[1], u.code != "11-so-khcn")
            .order_by(u.protocol_order)
            .limit(most)
        )
        return list(found.scalars())


async def choose(page: Page, name: str, content: bytes) -> None:
    """Choose a file on the page of registers and send it."""
    file: FilePayload = {"name": name, "mimeType": "text/csv", "buffer": content}
    await page.get_by_label("Tệp sổ văn bản đến").set_input_files([file])
    await page.get_by_role("button", name="Đọc tệp").press("Enter")


async def test_seventy_lines_are_reconciled_confirmed_and_taken_back(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-11-01", now="2026-11-05") as s, browser() as chromium:
        await s.forward("2026-11-16 15:00")
        assert len(await waiting_steps(s.world.database)) == 1
        s.new_mails()
        names = await names_of(s, 67)
        rows = [row(n, name) for n, name in enumerate(names, 1)]
        rows += [
            row(80, names[3], abstract="Báo cáo công tác thi đua, khen thưởng năm 2026"),
            row(81, "Văn phòng Lạ", abstract="Báo cáo phong trào thi đua chuyển đổi số năm 2026"),
            row(82, names[4], abstract="Giấy mời họp tổng kết năm"),
        ]
        path = csv_file(tmp_path, rows)
        content = path.read_bytes()
        strange = content.replace("Cơ quan gửi".encode(), "Bên phát hành".encode())
        async with pages_of(s) as address:
            token = await officer(s, "receiver")
            context = await chromium.new_context(java_script_enabled=False)
            await context.add_cookies([{"name": "dondoc_desk", "value": token, "url": address}])
            page = await context.new_page()
            page.set_default_timeout(6_000)
            scripted = await chromium.new_context()  # axe is a script; the officer's browser runs none
            await scripted.add_cookies([{"name": "dondoc_desk", "value": token, "url": address}])
            seen = await scripted.new_page()
            await page.goto(f"{address}/reconciliation")
            await page.get_by_role("link", name=re.compile("Đối chiếu từ tệp")).click()
            await choose(page, "la.csv", strange)
            await page.get_by_role("alert").get_by_text("Cơ quan gửi: chưa chọn cột.").wait_for()
            await page.get_by_label("Cơ quan gửi").select_option("Bên phát hành")
            await page.get_by_role("button", name="Đọc tệp").click()
            await page.get_by_text("Có thể (1)").wait_for()
            await page.get_by_role("button", name="Bỏ đợt này").click()
            await choose(page, "la.csv", strange)  # the second time nothing is asked: the office has said it
            await page.get_by_text("Chắc chắn (67)").wait_for()
            code = page.url.rpartition("/")[2].partition("?")[0]

            await page.get_by_role("link", name="Chưa khớp (2)").click()
            await page.get_by_label("Báo cáo của đơn vị").fill(names[5])
            await page.get_by_role("button", name="Lưu trang này").click()
            await page.get_by_text("Đã lưu các lựa chọn của trang.").wait_for()
            options = page.get_by_label(re.compile(r"Dòng này là \(72\)"))
            await options.select_option(index=0)
            await page.get_by_label(re.compile(r"Dòng này là \(73\)")).select_option("none")
            await page.get_by_role("button", name="Lưu trang này").click()
            await page.get_by_role("link", name="Tất cả (70)").click()
            for n in (1, 2):
                answer = await page.goto(f"{address}/intake/{code}?show=all&page={n}")
                assert answer is not None
                assert len(await answer.body()) < 60_000
            await seen.goto(page.url)
            await looked_at(seen, "lines")
            await page.goto(f"{address}/intake/{code}?show=probable")
            await page.get_by_role("button", name="Lưu và xác nhận cả đợt").press("Enter")
            await page.get_by_text("đã xác nhận").first.wait_for()
            assert "68/70 dòng" in await page.content()
            await seen.goto(page.url)
            await looked_at(seen, "confirmed")
            assert [entry.act for entry in await newest(s.world, 1)] == ["intake"]

            await page.get_by_label("Tôi muốn thu lại cả đợt này.").check()
            await page.get_by_role("button", name="Thu lại cả đợt").click()
            await page.get_by_text("đã thu lại").first.wait_for()
            assert all(unit.state == "open" for unit in await s.units(*REPORT))
            await s.forward("2026-11-16 15:30")
            assert list(s.new_mails()) == []  # taken back with its reconciliation: overdue notices wait again

            await mark_simulation(s.world.database, s.now)
            await page.goto(f"{address}/intake")
            await choose(page, path.name, content)
            await page.get_by_role("button", name="Lưu và xác nhận cả đợt").click()
            await page.get_by_text("đã xác nhận").first.wait_for()
            await page.goto(f"{address}/intake")
            await seen.goto(page.url)
            await looked_at(seen, "batches")
        await s.forward("2026-11-16 17:00")
        mails = s.new_mails()
        assert sum("Xác nhận tiếp nhận" in mail.subject for mail in mails) > 60
        assert await waiting_steps(s.world.database) == []
