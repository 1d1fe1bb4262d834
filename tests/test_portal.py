"""The read-only pages and the catcher, through a real web server and a real browser."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiosmtplib
import httpx
from playwright.async_api import Browser, Error, async_playwright
from sqlalchemy.ext.asyncio import create_async_engine

from dondoc.portal.alarm import Alarm
from dondoc.portal.pages import Pages
from dondoc.portal.up import web
from dondoc.prefect_face.face import PrefectFace
from dondoc.store.engine import mark_simulation
from tasks.show_runs import DatabaseShelf
from tests.story import Story, story

CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
HOSTILE = b"""From: a@mau.example\r
To: b@mau.example\r
Subject: =?utf-8?q?<script>document.title=3D"x"</script>?=\r
Message-ID: <hostile@mau.example>\r
MIME-Version: 1.0\r
Content-Type: text/html; charset=utf-8\r
\r
<html><body><p id="p">before</p><script>document.getElementById('p').textContent='ran'</script>\r
<img src="http://127.0.0.1:9/tracker.png"><form action="http://127.0.0.1:9/form" method="post"><input name="q"></form>\r
</body></html>\r
"""


def free_port() -> int:
    """Return a port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def pages_of(s: Story) -> AsyncIterator[str]:
    """Serve the pages of a story; yields their address."""
    await mark_simulation(s.world.database, s.now)  # the pages read the database's own clock
    port = free_port()
    pages = Pages(s.world, spool=s.spool, prefect_url="http://127.0.0.1:4291", port=port)
    async with web(pages, port):
        yield f"http://127.0.0.1:{port}"


async def catch(s: Story, content: bytes) -> None:
    """Send one mail to the catcher as any program could."""
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=s.server.port, start_tls=False, use_tls=False) as client:
        await client.sendmail("a@mau.example", ["b@mau.example"], content)


async def test_the_pages_say_what_waits_and_who_has_reported(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01", state="rehearsal") as s:
        await s.forward("2026-10-14 08:00")
        await s.submit("11-so-noi-vu", "annual-report", "2026")
        await s.forward("2026-11-16 14:05")
        async with pages_of(s) as address, httpx.AsyncClient(base_url=address) as client:
            overview = (await client.get("/")).text
            assert "chạy thử" in overview
            assert "chờ xác nhận đối chiếu sổ văn bản đến" in overview
            assert "dondoc reconcile-intake --confirm" in overview
            board = (await client.get("/board/dien-bien")).text
            assert "1/80" in board
            assert "0/45" in board
            assert "46/126" not in board  # mandated and invited are never added
            units = (await client.get("/board/dien-bien/annual-report/2026")).text
            assert "Sở Nội vụ" in units
            assert "đã ghi nhận, trong thời hạn" in units
            for path in ("/board/nowhere", "/board/dien-bien/annual-report/1999", "/mails/9999", "/briefs/PT-X"):
                assert ((await client.get(path)).status_code, path) == (404, path)


async def test_other_hosts_and_other_methods_are_refused(database_url: str, tmp_path: Path) -> None:
    async with (
        story(database_url, tmp_path, since="2026-01-01", state="rehearsal") as s,
        pages_of(s) as address,
        httpx.AsyncClient(base_url=address) as client,
    ):
        assert (await client.get("/", headers={"host": "evil.example"})).status_code == 421
        assert (await client.post("/")).status_code == 405
        answer = await client.get("/")
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert len(answer.content) < 60_000
        assert (await client.get("/healthz")).text == "ok"


async def test_a_hostile_mail_is_shown_and_does_nothing(sqlite_url: str, tmp_path: Path) -> None:
    reached: list[bytes] = []

    async def tracker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.append(await reader.readline())
        writer.close()

    async with (
        await asyncio.start_server(tracker, "127.0.0.1", 0) as server,
        story(sqlite_url, tmp_path, since="2026-01-01", state="rehearsal") as s,
        pages_of(s) as address,
        browser() as chromium,
    ):
        port = server.sockets[0].getsockname()[1]
        await catch(s, HOSTILE.replace(b"127.0.0.1:9/", f"127.0.0.1:{port}/".encode()))
        page = await chromium.new_page()
        await page.goto(f"{address}/mails/1")
        assert await page.title() == '<script>document.title="x"</script> – Đôn đốc'
        frame = page.frames[1]
        assert await frame.locator("#p").text_content() == "before"
        await frame.locator("form").evaluate("form => form.submit()")
        await page.wait_for_timeout(500)
        assert reached == []
        with suppress(Error):  # it answers nothing
            await page.goto(f"http://127.0.0.1:{port}/")  # the tracker does listen: this test can fail
        assert reached


async def test_the_pages_fit_a_phone_and_a_desk(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-01-01", state="rehearsal") as s:
        await s.forward("2026-10-14 08:00")
        async with pages_of(s) as address, browser() as chromium:
            for width in (390, 1280):
                page = await chromium.new_page(viewport={"width": width, "height": 900})
                for path in ("/", "/board/dien-bien", "/board/dien-bien/annual-report/2026", "/mails", "/mails/1"):
                    answer = await page.goto(f"{address}{path}")
                    assert answer is not None
                    assert answer.status == 200
                    assert len(await answer.body()) < 60_000
                    widest = await page.evaluate("document.documentElement.scrollWidth")
                    assert (path, widest) == (path, width)
                    await page.screenshot(path=tmp_path / f"{width}{path.replace('/', '-')}.png")
                await page.goto(f"{address}/")
                await page.keyboard.press("Tab")
                assert await page.evaluate("document.activeElement.className") == "skip"


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Start Debian's Chromium."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        try:
            yield chromium
        finally:
            await chromium.close()


async def test_the_alarm_goes_on_after_a_broken_round(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-01-01", now="2026-10-14 07:59") as s:
        alarm = Alarm(s.world, PrefectFace(None, None, DatabaseShelf(s.world.database)), every_seconds=1)
        whole = s.world.database.engine
        s.world.database.engine = create_async_engine("sqlite+aiosqlite:////nowhere/at/all.sqlite")  # the disk is gone
        await alarm.ring()
        assert (alarm.rounds, alarm.failures) == (0, 1)
        s.world.database.engine = whole  # and comes back
        alarm.start()
        async with asyncio.timeout(20):
            while not alarm.rounds:  # noqa: ASYNC110 (the alarm rings by itself)
                await asyncio.sleep(0.05)
        await alarm.stop()
        assert alarm.failures == 1
