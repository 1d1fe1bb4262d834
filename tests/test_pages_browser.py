"""Every page of an office and of a unit, in Debian's Chromium: on a phone and at a desk, with axe."""

from pathlib import Path

from playwright.async_api import Browser, Page

from deadlines.report_form import form_of
from dondoc.store.briefs import briefs_on_desk
from dondoc.store.campaigns import campaign
from dondoc.store.engine import mark_simulation
from dondoc.store.reported import Reported, Value
from tasks.close_books import answer_contest, close_books
from tasks.record_submission import record_submission
from tasks.unit_links import links_for_desk
from tests.looks import looked_at
from tests.story import KEY, Story, at, story
from tests.test_desk_pages import officer
from tests.test_portal import browser, pages_of
from tests.test_unit_pages import Y_TE, unit_pages

ANNUAL = ("annual-report", "2026")
BOARD = f"/board/{KEY}"
REPORT = f"{BOARD}/annual-report/2026"
HOME, JUSTICE = "11-so-noi-vu", "11-so-tu-phap"


async def a_week_in_november(s: Story) -> str:
    """Let the due date pass with one report in, the books closed, a brief on the desk; return its look-up code."""
    await s.round_only("2026-11-12 09:00")
    plan = s.world.plan_of(await campaign(s.world.database, KEY))
    figures = form_of(plan, plan.duty(ANNUAL[0]), "department", ANNUAL[1]).figures
    values = tuple(Value(each.slug, each.measure, 81.5, True, at("2026-10-31").date()) for each in figures[:2])
    receipt = await record_submission(
        s.world, KEY, *ANNUAL, Y_TE, as_of=s.now, reported=Reported(values, (("results", "Đã làm.\n" * 3),))
    )
    await s.forward("2026-11-18 13:00")
    await s.reconcile()
    await s.forward("2026-11-18 14:30")
    await close_books(s.world, KEY, *ANNUAL, by="Chuyên viên mẫu", as_of=s.now, days=3)
    await mark_simulation(s.world.database, s.now)
    return receipt.code


async def test_every_page_fits_a_phone_and_a_desk(sqlite_url: str, tmp_path: Path) -> None:
    async with (
        story(sqlite_url, tmp_path, since="2026-11-10", state="rehearsal") as s,
        unit_pages(s) as address,
        pages_of(s) as desk,
        browser() as chromium,
    ):
        code = await a_week_in_november(s)
        page = await chromium.new_page()
        for name, path in (("mails", "/mails"), ("mail", "/mails/1"), ("sms", "/sms")):
            await seen(page, name, desk + path)
        await the_desk_looks(s, chromium, desk, code)
        await a_unit_looks(s, chromium, address)


async def seen(page: Page, name: str, url: str, status: int = 200) -> None:
    """Open an address and look at the page."""
    answer = await page.goto(url)
    assert answer is not None
    assert (name, answer.status) == (name, status)
    assert len(await answer.body()) < 60_000
    await looked_at(page, name)


async def the_desk_looks(s: Story, chromium: Browser, desk: str, code: str) -> None:
    """Look at every page of an office."""
    context = await chromium.new_context()
    await context.add_cookies([{"name": "dondoc_desk", "value": await officer(s, "desk"), "url": desk}])
    page = await context.new_page()
    [brief] = await briefs_on_desk(s.world.database)
    for name, path in (
        ("overview", "/"), ("board", BOARD), ("units", REPORT), ("coverage", f"/coverage/{KEY}/annual-report/2026"),
        ("paper", f"{REPORT}/{Y_TE}"),
        ("reports-none", "/reports?state=accepted"), ("report-of-the-desk", f"/reports/{code}"),
        ("release", f"/briefs/{brief.code}/release"),
        ("reconciliation", "/reconciliation"), ("intake", "/intake"), ("account", "/account"),
    ):  # fmt: skip
        await seen(page, name, desk + path)
    answer = await page.goto(f"{desk}/briefs/{brief.code}")
    assert answer is not None
    shown = (await answer.body()).decode()
    await page.goto("about:blank")  # axe is a script: no page of ours lets one run beside a brief
    await page.set_content(shown)
    await looked_at(page, "brief")
    for name, path in (("no-campaign", "/board/x"), ("no-report", "/reports/x"), ("no-page", "/x")):
        await seen(page, name, desk + path, 404)


async def a_unit_looks(s: Story, chromium: Browser, address: str) -> None:
    """Look at the pages of units: closed books, contests, the secret route, links that open nothing."""
    page = await (await chromium.new_context()).new_page()
    for name, path, status in (("no-link", f"/l/{'A' * 32}", 404), ("no-session", "/r/1", 403), ("nothing", "/", 404)):
        await seen(page, name, address + path, status)
    await page.goto(await link_of_report(s, HOME))
    await looked_at(page, "closed")
    where = f"{page.url}/record"
    await seen(page, "record", where)
    await page.get_by_label("Nội dung đề nghị xem lại").fill(" ")
    await page.get_by_role("button", name="Gửi đề nghị").click()
    await page.get_by_role("heading", name="Cần xem lại").wait_for()
    await looked_at(page, "record-wrong")
    await page.get_by_label("Nội dung đề nghị xem lại").fill("Đã gửi văn bản 45/BC-SNV ngày 13/11/2026")
    await page.get_by_role("button", name="Gửi đề nghị").click()
    heading = page.get_by_role("heading", name="Đề nghị xem lại")
    contest = (await heading.inner_text()).rpartition(" ")[2]
    await looked_at(page, "record-contested")
    await answer_contest(
        s.world, contest, "dismissed", "Không có tài liệu mới", by="Chuyên viên mẫu", as_of=s.world.database.now()
    )
    await seen(page, "record-answered", where)

    await page.goto(await link_of_report(s, JUSTICE))
    await seen(page, "secret", f"{page.url}/secret")
    await page.get_by_label("Số, ký hiệu").fill("01/BC-MAU")
    await page.get_by_role("button", name="Báo đã gửi").click()
    await page.get_by_role("heading", name="Cần xem lại").wait_for()
    await looked_at(page, "secret-wrong")
    await page.get_by_label("Số, ký hiệu").fill("")
    await page.get_by_role("button", name="Báo đã gửi").click()
    await page.get_by_text("Chờ bộ phận tiếp nhận xác nhận.").wait_for()
    await looked_at(page, "secret-said")
    await page.get_by_role("link", name="Không phải đơn vị của tôi").click()
    await page.get_by_role("button", name="Báo cơ quan theo dõi").click()
    await page.get_by_role("heading", name="Đã báo cơ quan theo dõi").wait_for()
    await looked_at(page, "disowned")


async def link_of_report(s: Story, unit: str) -> str:
    """Return the link to a unit's yearly report."""
    _, given = await links_for_desk(s.world, unit, s.now)
    return next(each.url for each in given if (each.period, each.due_on) == ("2026", at("2026-11-14").date()))
