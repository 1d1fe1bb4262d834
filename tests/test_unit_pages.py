"""A unit's own page: opened by the link from the mail that was really sent, and by nothing else."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from dondoc import clock
from dondoc.logs import masked
from dondoc.messages.spool import read_spool
from dondoc.portal.units.app import UnitPages
from dondoc.serving import serving
from dondoc.store import tables as t
from dondoc.store.engine import mark_simulation
from dondoc.store.messages import list_messages
from dondoc.store.outbox import Content
from dondoc.store.unit_links import disowned_links
from tasks.compose import may_bear_link
from tasks.preview import preview, sent_again
from tasks.unit_links import links_for_desk, revoke_unit
from tests.story import KEY, Story, at, story
from tests.test_portal import free_port, pages_of

Y_TE, OF_Y_TE = "11-so-y-te", "chuyen-vien-mau-020@so-y-te.dien-bien.example"
NAME = "Sở Y tế"


@asynccontextmanager
async def unit_pages(s: Story) -> AsyncIterator[str]:
    """Serve the units' pages of a story; yields their address."""
    await mark_simulation(s.world.database, s.now)
    port = free_port()
    s.world.portal = dict.fromkeys(("rehearsal", "live"), f"http://127.0.0.1:{port}")
    async with serving(UnitPages(s.world, port=port, files=s.spool.with_name("files")).app, port):
        yield f"http://127.0.0.1:{port}"


def visitor(address: str) -> httpx.AsyncClient:
    """Return a browser of its own."""
    return httpx.AsyncClient(base_url=address, follow_redirects=True)


def mail_to(s: Story, address: str) -> tuple[int, str, str]:
    """Return number, text and HTML of the latest mail to an address."""
    mail = next(mail for mail in reversed(s.new_mails()) if mail.rcpt_tos == [address])
    read = BytesParser(policy=policy.default).parsebytes((s.spool / f"{mail.n}.eml").read_bytes())
    parts = [read.get_body((kind,)) for kind in ("plain", "html")]
    return mail.n, *(part.get_content() for part in parts if part is not None)


async def everything(s: Story) -> dict[str, list[Any]]:
    """Return every row of every table."""
    async with s.world.database.read() as connection:
        return {
            table.name: sorted(map(repr, await connection.execute(select(table)))) for table in t.metadata.sorted_tables
        }


def bodies(content: bytes) -> bytes:
    """Return everything a mail says, decoded."""
    read = BytesParser(policy=policy.default).parsebytes(content)
    return b"".join(part.get_payload(decode=True) for part in read.walk() if not part.is_multipart())  # type: ignore[misc]


async def test_the_link_in_the_mail_opens_the_units_page(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-10-01") as s, unit_pages(s) as address:
        await s.round_only("2026-10-01 08:00")
        shown = await preview(s.world, KEY, "annual-report", "2026", Y_TE, None, s.now)
        await s.forward("2026-10-14 08:05")
        _, text, html = mail_to(s, OF_Y_TE)
        [link] = re.findall(rf"{address}/l/[\w-]{{32}}", text)
        assert f'href="{link}"' in html
        assert link.encode() in bodies(shown.content)  # what a preview shows is what leaves
        token = link.rpartition("/")[2]
        assert token not in str(await everything(s))  # neither the row of the link nor what is kept of the mail
        said = [bodies((s.spool / f"{mail.n}.eml").read_bytes()) for mail in read_spool(s.spool)]
        links = [each for mail in said for each in set(re.findall(rb"/l/[\w-]{32}", mail))]
        assert (len(said), len(links), len(set(links))) == (124, 126, 126)  # some hear of two units: each its own link
        several = next(row for row in await list_messages(s.world.database, limit=200) if row.units > 1)
        for row in (several, *await list_messages(s.world.database, address=OF_Y_TE)):
            _evidence, content = await sent_again(s.world, row.id)  # byte for byte
            assert len(set(re.findall(rb"/l/[\w-]{32}", bodies(content)))) == row.units
        await mark_simulation(s.world.database, s.now)
        async with visitor(address) as browser:
            first = await browser.get(link, follow_redirects=False)
            assert (first.status_code, first.headers["referrer-policy"]) == (303, "no-referrer")
            assert "HttpOnly" in first.headers["set-cookie"]
            assert token not in first.headers["location"] + first.headers["set-cookie"]
            page = await browser.get(link)
            assert page.status_code == 200
            assert f"Trang của <strong>{NAME}" in page.text
            assert "trước ngày 15/11/2026 (hết thứ Bảy, 14/11/2026)" in page.text
            assert "còn 31 ngày (22 ngày làm việc)" in page.text
            assert "mục V.8" in page.text
            assert "Chưa ghi nhận báo cáo nào" in page.text
            assert len(page.content) < 60_000
            await s.submit(Y_TE, "annual-report", "2026")
            later = (await browser.get(str(page.url))).text
            assert "đã ghi nhận" in later
            assert "Xác nhận tiếp nhận XN-" in later
            assert "trong thời hạn" in later
            await tells_the_desk(s, browser, address, link)
            await finds_nothing_of_the_desk(browser)
        await stands_behind_a_proxy(s)


async def tells_the_desk(s: Story, browser: httpx.AsyncClient, address: str, link: str) -> None:
    """Say that it is not one's unit: the desk sees it until it hands over another link."""
    where = str((await browser.get(link)).url) + "/not-mine"
    token = re.findall(r'name="token" value="([^"]+)"', (await browser.get(where)).text)[0]
    for wrong, origin in (({}, address), ({"token": "x"}, address), ({"token": token}, "http://evil.example"),
                          ({"token": token}, "null")):  # fmt: skip
        assert (await browser.post(where, data=wrong, headers={"origin": origin})).status_code == 403
    assert await disowned_links(s.world.database, s.now.date()) == []
    done = await browser.post(where, data={"token": token}, headers={"origin": address})
    assert "Đã báo cơ quan theo dõi" in done.text
    assert (await browser.get(link)).status_code == 404
    [told] = await disowned_links(s.world.database, s.now.date())
    assert (told.unit_code, told.address) == (Y_TE, OF_Y_TE)
    async with pages_of(s) as desk, httpx.AsyncClient(base_url=desk) as client:
        assert f"{OF_Y_TE} báo không phải đơn vị mình" in (await client.get("/")).text
    await links_for_desk(s.world, Y_TE, s.now)  # the desk has asked, and hands over another
    assert await disowned_links(s.world.database, s.now.date()) == []


async def finds_nothing_of_the_desk(browser: httpx.AsyncClient) -> None:
    """Ask the units' port for the desk's pages."""
    for path in ("/", "/board/dien-bien", "/mails", "/metrics", "/sms", "/r/999999", "/nowhere"):
        answer = await browser.get(path)
        assert (path, answer.status_code) == (path, 403 if path.startswith("/r/") else 404)
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert 'lang="vi"' in answer.text
    assert (await browser.get("/", headers={"host": "evil.example"})).status_code == 421
    assert (await browser.post("/l/x")).status_code == 405


async def stands_behind_a_proxy(s: Story) -> None:
    """Serve the pages under the address that is set: only there the cookie wants TLS."""
    s.world.portal = {"live": "https://nop.tinh.example"}
    _, [link] = await links_for_desk(s.world, Y_TE, s.now)
    transport = httpx.ASGITransport(UnitPages(s.world, port=1, files=s.spool).app)
    async with httpx.AsyncClient(transport=transport) as client:
        opened = await client.get(link.url)
        assert (link.url[:27], opened.status_code) == ("https://nop.tinh.example/l/", 303)
        assert "Secure" in opened.headers["set-cookie"]


async def test_a_link_that_does_not_open_shows_nothing_of_the_unit(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-10-01") as s, unit_pages(s) as address:
        await s.round_only("2026-10-01 08:00")
        unit, [link] = await links_for_desk(s.world, Y_TE, s.now)
        assert (unit.code, link.expires_at) == (Y_TE, clock.end_of(at("2026-12-14").date()))  # thirty days after
        _, [other] = await links_for_desk(s.world, "11-so-noi-vu", s.now)
        await follow_every_link(s, address, [link.url, other.url])
        last = "A" if link.url[-1] != "A" else "B"
        async with visitor(address) as browser, visitor(address) as stranger:
            for wrong in (link.url[:-1] + last, link.url[:-1], link.url + "x", f"{address}/l/{'A' * 32}", "/l/%00"):
                refused = await browser.get(wrong)
                assert (wrong, refused.status_code, NAME in refused.text) == (wrong, 404, False)
                assert "Đề nghị mở liên kết trong thư" in refused.text
            mine = (await browser.get(link.url)).url
            theirs = (await stranger.get(other.url)).url
            for no_cookie in (await stranger.get(mine), await browser.get(theirs)):  # another unit's page by its number
                assert (no_cookie.status_code, "Sở" in no_cookie.text) == (403, False)
            cookie = browser.cookies["dondoc_unit"]
            for forged in (cookie[:-1] + last, cookie.replace(".1.", ".2."), "x", ""):
                async with httpx.AsyncClient(cookies={"dondoc_unit": forged}) as forger:
                    assert (forged, (await forger.get(mine)).status_code) == (forged, 403)
            assert (await browser.get(mine)).status_code == 200
            assert (await revoke_unit(s.world, Y_TE, "Chuyên viên mẫu", s.now))[1] == 1
            for gone in (link.url, mine):
                refused = await browser.get(gone)
                assert (refused.status_code, NAME in refused.text) == (404, False)
            _, [renewed] = await links_for_desk(s.world, Y_TE, s.now)
            assert renewed.url != link.url
            assert (await browser.get(renewed.url)).status_code == 200
            await mark_simulation(s.world.database, renewed.expires_at)
            assert (await browser.get(renewed.url)).status_code == 404
            assert (await browser.get(mine)).status_code == 403  # and the cookie's twelve hours are over


async def follow_every_link(s: Story, address: str, links: list[str]) -> None:
    """Do as a mail scanner does, and compare the whole database."""
    before = await everything(s)
    async with visitor(address) as scanner:
        for link in links:
            page = await scanner.get(link)
            assert (page.status_code, "Trang của" in page.text) == (200, True)
            for path in re.findall(r'(?:href|src|action)="(/[^"]+)"', page.text):
                assert (await scanner.get(path)).status_code in (200, 405)
            assert (await scanner.head(link)).status_code == 200
    assert await everything(s) == before


@pytest.mark.parametrize(
    ("changes", "bears"),
    [
        ({}, True),
        ({"recipient": "office"}, True),
        ({"recipient": "head"}, False),  # a superior never gets the link by which a unit submits
        ({"recipient": "role:standing-agency"}, False),
        ({"unit_kind": "province"}, False),
        ({"tone": "waived"}, False),  # nothing is asked for
        ({"tone": "extended"}, True),
        ({"step_kind": "overdue", "tone": "overdue"}, True),
    ],
)
def test_only_the_unit_itself_gets_its_link(changes: dict[str, Any], bears: bool) -> None:
    content = Content(
        message_id=1, notice_id=1, assignment_id=1, rung="T-30", step_kind="remind", tone="informs",
        modality="mandated", unit_id=1, unit_name="A", unit_kind="department", duty="annual-report",
        duty_kind="annual-report", title="A", period="2026", due_on=None, awaited_on=None, target_on=None,
        confirmed=True, facts={}, milestones=None, reconciled_at=None, ruling_document=None, ruling=None,
        recipient="officer",
    )  # fmt: skip
    assert may_bear_link(replace(content, **changes)) is bears


def test_no_log_holds_a_link() -> None:
    assert masked("GET http://127.0.0.1:8027/l/abcdefghijklmnopqrstuvwxyzabcdef 303") == (
        "GET http://127.0.0.1:8027/l/*** 303"
    )
