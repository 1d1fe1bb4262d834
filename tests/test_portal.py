"""The read-only pages and the catcher, through a real web server and a real browser."""

import asyncio
import html
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import aiosmtplib
import httpx
from playwright.async_api import Browser, Error, async_playwright
from sqlalchemy.ext.asyncio import create_async_engine

from dondoc import clock
from dondoc.messages.model import ITEM_KINDS
from dondoc.messages.render import render
from dondoc.messages.smtp import Route
from dondoc.portal import words
from dondoc.portal.alarm import Alarm
from dondoc.portal.pages import Pages
from dondoc.portal.up import web
from dondoc.prefect_face.face import PrefectFace
from dondoc.store.briefs import briefs_on_desk
from dondoc.store.engine import mark_simulation
from dondoc.store.letters import waiting_messages
from tasks.send_messages import give_back
from tasks.show_runs import DatabaseShelf
from tests.story import Story, at, story
from tests.test_messages import a_digest, a_supplement_request, an_acknowledgement, an_item

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
<html><head><base href="http://127.0.0.1:9/">\r
<meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/refresh">\r
<link rel="stylesheet" href="http://127.0.0.1:9/sheet.css"><link rel="prefetch" href="http://127.0.0.1:9/fetch">\r
<link rel="icon" href="http://127.0.0.1:9/icon"><link rel="preconnect" href="http://127.0.0.1:9/">\r
<style>@import "http://127.0.0.1:9/more.css"; body { background: url(http://127.0.0.1:9/back.png) }</style></head>\r
<body onload="document.getElementById('p').textContent='ran'"><p id="p">before</p>\r
<script>document.getElementById('p').textContent='ran'</script><script src="x.js"></script>\r
<img src="http://127.0.0.1:9/tracker.png" onerror="document.getElementById('p').textContent='ran'">\r
<iframe srcdoc='&lt;link rel="preconnect" href="http://127.0.0.1:9/"&gt;'></iframe>\r
<object data="http://127.0.0.1:9/object"></object><iframe src="http://127.0.0.1:9/frame"></iframe>\r
<video src="http://127.0.0.1:9/video" autoplay></video><svg><image href="http://127.0.0.1:9/image"/></svg>\r
<form action="http://127.0.0.1:9/form" method="post"><input name="q"></form>\r
<a id="top" target="_top" href="http://127.0.0.1:9/top">x</a><a id="here" href="http://127.0.0.1:9/here">x</a>\r
</body></html>\r
"""


def free_port() -> int:
    """Return a port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def pages_of(s: Story, command: str = "dondoc") -> AsyncIterator[str]:
    """Serve the pages of a story; yields their address."""
    await mark_simulation(s.world.database, s.now)  # the pages read the database's own clock
    port = free_port()
    pages = Pages(s.world, spool=s.spool, prefect_url="http://127.0.0.1:4291", port=port, command=command)
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
            assert "1 trong thời hạn, 79 chưa ghi nhận" in board
            assert "0/45" in board
            assert "46/126" not in board  # mandated and invited are never added
            units = (await client.get("/board/dien-bien/annual-report/2026")).text
            assert "Sở Nội vụ" in units
            assert "đã ghi nhận, trong thời hạn" in units
            assert units.index("Sở Nội vụ") < units.index("Mặt trận") < units.index("Công ty")  # protocol order
            second = (await client.get("/board/dien-bien/annual-report/2026?page=2")).text
            assert units.count("<tr>") + second.count("<tr>") == 126 + 2
            assert "chưa nộp" not in overview + board + units + second
            for path in (
                "/nowhere",
                "/board/nowhere",
                "/board/dien-bien/annual-report/1999",
                "/mails/9999",
                "/briefs/PT-X",
            ):
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
        assert answer.headers["referrer-policy"] == "same-origin"
        assert len(answer.content) < 60_000
        assert (await client.get("/healthz")).text == "ok"


async def test_a_hostile_mail_is_shown_and_does_nothing(sqlite_url: str, tmp_path: Path) -> None:
    reached: list[str] = []  # even a connection that asks for nothing would tell a stranger who has looked
    asked: list[bytes] = []

    async def tracker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.append("a connection")
        asked.append(await reader.readline())
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
        await page.goto(f"{address}/mails/1/html")  # opened by itself, without the frame around it
        assert await page.locator("#p").text_content() == "before"
        await page.wait_for_timeout(500)
        assert (reached, page.url) == ([], f"{address}/mails/1/html")
        await page.goto(f"{address}/mails/1")
        assert await page.title() == '<script>document.title="x"</script> – Đôn đốc'
        frame = page.frames[1]
        assert await frame.locator("#p").text_content() == "before"
        await frame.locator("form").evaluate("form => form.submit()")
        await page.wait_for_timeout(300)
        assert reached == []
        for link in ("#top", "#here"):  # followed on purpose: a browser may call, but neither ask nor leave our page
            await frame.locator(link).evaluate("link => link.click()")
            await page.wait_for_timeout(300)
            assert (link, [line for line in asked if line], page.url) == (link, [], f"{address}/mails/1")
        async with httpx.AsyncClient(base_url=address) as client:
            raw = await client.get("/mails/1/raw")
            assert raw.headers["content-disposition"] == 'attachment; filename="1.eml"'
            assert raw.headers["content-security-policy"].startswith("sandbox;")
        with suppress(Error):  # it answers nothing
            await page.goto(f"http://127.0.0.1:{port}/")  # the tracker does listen: this test can fail
        assert asked[-1] == b"GET / HTTP/1.1\r\n"


async def test_a_brief_names_the_command_that_releases_it(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-01-01", state="rehearsal") as s:
        await s.forward("2026-11-18 13:00")
        await s.reconcile()
        await s.forward("2026-11-18 14:05")
        [brief] = await briefs_on_desk(s.world.database)
        async with pages_of(s, "DONDOC_HOME=/x dondoc") as address, httpx.AsyncClient(base_url=address) as client:
            overview = html.unescape((await client.get("/")).text)
            assert f'DONDOC_HOME=/x dondoc release {brief.code} --document "số; ngày; người ký"' in overview
            page = await client.get(f"/briefs/{brief.code}")
            assert page.headers["content-security-policy"].startswith("sandbox;")
            assert "PHIẾU TRÌNH" in page.text
            assert brief.code in page.text


async def test_outside_working_hours_the_page_says_from_when_mail_leaves(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-01-01", state="rehearsal") as s:
        for now, said in (
            ("2026-11-15 10:00", "Hôm nay là ngày nghỉ (Chủ nhật): thư nhắc gửi từ 08:00 thứ Hai, 16/11/2026."),
            ("2026-11-16 19:00", "Đang ngoài giờ làm việc: thư nhắc gửi từ 08:00 thứ Ba, 17/11/2026."),
            ("2026-11-16 10:00", None),
        ):
            assert (now, words.at_rest(at(now), s.world.calendar)) == (now, said)
        s.now = at("2026-11-15 10:00")
        async with pages_of(s) as address, httpx.AsyncClient(base_url=address) as client:
            assert "thư nhắc gửi từ 08:00 thứ Hai, 16/11/2026" in (await client.get("/")).text


async def test_a_thousand_mails_come_in_pages_newest_first(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-01-01", state="rehearsal") as s:
        await s.forward("2026-10-14 08:00")
        index = s.spool / "spool.jsonl"
        line = json.loads(index.read_text("utf-8").splitlines()[-1])
        many = (line | {"n": n, "subject": f"thư số {n}."} for n in range(line["n"] + 1, 1101))
        index.write_text(index.read_text("utf-8") + "".join(json.dumps(each) + "\n" for each in many), "utf-8")
        async with pages_of(s) as address, httpx.AsyncClient(base_url=address) as client:
            first, last = [(await client.get(f"/mails?page={page}")).text for page in (1, 11)]
            assert first.index("thư số 1100.") < first.index("thư số 1001.")
            assert "thư số 1000." not in first
            assert 'href="?page=2"' in first
            assert '"/mails/1"' in last
            assert "chuyen-vien-mau" in last
            for page in ("0", "99", "x", "-1"):
                assert ((await client.get(f"/mails?page={page}")).status_code, page) == (200, page)
            assert "Thông báo thời hạn" in (await client.get("/mails/1")).text


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
                await page.goto("about:blank")  # away from the rules our pages give a browser
                await page.set_viewport_size({"width": 320 if width < 1000 else width, "height": 900})
                for kind, html in mails_with_long_names():
                    await page.set_content(html)
                    widest = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                    assert (kind, widest) == (kind, 0)


def mails_with_long_names() -> Iterator[tuple[str, str]]:
    """Yield a mail of every kind as HTML, its unit and its file named by words that have no end."""
    name = f"Ủy ban nhân dân xã {'Mường' * 40}"
    for kind in ITEM_KINDS:
        yield kind, render(a_digest(an_item(kind, unit_name=name, document=f"1/{'A' * 90} ngày 20/11/2026"))).html
    yield (
        "acknowledgement",
        render(an_acknowledgement(unit_name=name, files=((f"{'b' * 150}.pdf", "9f" * 32, 1),))).html,
    )
    yield "supplement-request", render(a_supplement_request(unit_name=name)).html


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


async def test_the_alarm_is_set_to_what_falls_due_next(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-01-01", now="2026-10-14 07:59") as s:
        alarm = Alarm(s.world, PrefectFace(None, None, DatabaseShelf(s.world.database)), every_seconds=3600)
        alarm.start()
        await alarm.ring()
        assert s.new_mails() == []
        wait = at("2026-10-14 08:00") - s.world.database.now()
        assert alarm.wakes_at is not None
        assert abs(alarm.wakes_at - clock.now() - wait) < timedelta(seconds=1)
        await mark_simulation(s.world.database, at("2026-10-14 08:00") - timedelta(seconds=2))
        await alarm.ring()
        async with asyncio.timeout(20):
            while not s.server.count:  # noqa: ASYNC110 (nobody rings but the wake-up: the interval is an hour)
                await asyncio.sleep(0.05)
        await alarm.stop()


async def test_a_silent_server_does_not_keep_the_alarm_from_stopping(sqlite_url: str, tmp_path: Path) -> None:
    called = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.set()
        await reader.read()  # takes the call and never says a word, until the caller hangs up
        writer.close()

    async with (
        await asyncio.start_server(silent, "127.0.0.1", 0) as server,
        story(sqlite_url, tmp_path, since="2026-01-01", now="2026-10-14 08:00") as s,
    ):
        s.world.routes["live"] = Route("127.0.0.1", server.sockets[0].getsockname()[1], 2)
        alarm = Alarm(s.world, PrefectFace(None, None, DatabaseShelf(s.world.database)), every_seconds=3600)
        ringing = asyncio.create_task(alarm.ring())
        async with asyncio.timeout(20):
            await called.wait()
        assert "claimed" in {row.state for row in await waiting_messages(s.world.database)}
        began = clock.monotonic()
        await alarm.stop()
        await give_back(s.world, s.now)
        assert clock.monotonic() - began < 5
        # What was held is deferred: it may have been begun, so nothing more is put into those envelopes.
        assert {row.state for row in await waiting_messages(s.world.database)} == {"deferred", "queued"}
        await asyncio.gather(ringing, return_exceptions=True)
