"""What goes over an officer's line: few journeys, small pages, and a file of which nothing is sent twice."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

from dondoc.messages.spool import read_spool
from dondoc.store.drafts import DraftFile, files_of
from tasks.unit_links import links_for_desk
from tests.story import story
from tests.test_unit_pages import Y_TE, unit_pages, visitor
from tests.test_unit_reports import Officer, page_of

SCAN = b"%PDF-1.7\n" + bytes(range(256)) * 2_000 + b"\n%%EOF\n"
ABOUT = {"name": "Báo cáo.pdf", "size": str(len(SCAN))}


async def asked(
    officer: Officer, path: str, content: bytes | None = None, fields: dict[str, str] | None = None
) -> tuple[int, Any]:
    """Send what the page's script sends; return status and answer."""
    headers = {"x-form-token": officer.hidden()["token"], "origin": officer.address}
    answer = await officer.browser.post(officer.here + path, data=fields, content=content, headers=headers)
    return answer.status_code, answer.json()


async def cut_off(officer: Officer, path: str, content: bytes, whole: int) -> None:
    """Begin to send a piece of `whole` bytes; after `content` the line breaks."""
    host = officer.address.removeprefix("http://")
    _reader, writer = await asyncio.open_connection("127.0.0.1", int(host.rpartition(":")[2]))
    head = [
        f"POST {officer.here}{path} HTTP/1.1", f"host: {host}", f"content-length: {whole}",
        f"x-form-token: {officer.hidden()['token']}", f"origin: {officer.address}",
        "cookie: " + "; ".join(f"{name}={value}" for name, value in officer.browser.cookies.items()),
    ]  # fmt: skip
    writer.write("\r\n".join([*head, "", ""]).encode() + content)
    await writer.drain()
    await asyncio.sleep(0.2)
    writer.close()
    await writer.wait_closed()


async def received(officer: Officer, wanted: int) -> int:
    """Return how many bytes of the file are there, as soon as they are as many as wanted."""
    for _ in range(50):
        _, said = await asked(officer, "/upload", fields=ABOUT)
        if said["received"] == wanted:
            break
        await asyncio.sleep(0.05)
    return int(said["received"])


async def test_a_line_that_breaks_within_a_piece_loses_nothing_that_came(database_url: str, tmp_path: Path) -> None:
    async with (
        story(database_url, tmp_path, since="2026-10-01") as s,
        unit_pages(s) as address,
        visitor(address) as browser,
        visitor(address) as stranger,
    ):
        await s.round_only("2026-10-01 08:00")
        _, [link] = await links_for_desk(s.world, Y_TE, s.now)
        officer = Officer(s, browser, address)
        await officer.open(link.url)
        _, begun = await asked(officer, "/upload", fields=ABOUT)
        place = f"/upload/{begun['number']}"
        await cut_off(officer, f"{place}?at=0", SCAN[:70_000], whole=131_072)
        assert await received(officer, 70_000) == 70_000
        assert await asked(officer, f"{place}?at=0", SCAN[:131_072]) == (
            200, {"received": 70_000, "done": False, "said": ""},
        )  # fmt: skip
        assert (await stranger.post(f"{officer.here}{place}?at=70000", content=b"x")).status_code == 403
        assert (await browser.post(f"{officer.here}{place}?at=70000", content=b"x")).status_code == 403  # no token
        assert (await asked(officer, f"{place}9?at=70000", b"x"))[0] == 404
        assert (await asked(officer, f"{place}?at=70000", bytes(1_000_001)))[0] == 413
        assert await asked(officer, f"{place}?at=70000", SCAN[70_000:]) == (
            200, {"received": len(SCAN), "done": True, "said": "Đã nhận tệp Báo cáo.pdf."},
        )  # fmt: skip
        [file] = await files_of(s.world.database, (await page_of(s, officer.here)).assignment_id)
        digest = hashlib.sha256(SCAN).hexdigest()
        assert file == DraftFile(begun["number"], "Báo cáo.pdf", len(SCAN), digest, "pdf")
        assert (s.spool.with_name("files") / digest).read_bytes() == SCAN
        assert list(s.spool.with_name("files-coming").iterdir()) == []


async def test_pages_are_small_and_style_and_script_come_once(sqlite_url: str, tmp_path: Path) -> None:
    async with (
        story(sqlite_url, tmp_path, since="2026-10-01") as s,
        unit_pages(s) as address,
        visitor(address) as browser,
    ):
        await s.round_only("2026-10-01 08:00")
        _, [link] = await links_for_desk(s.world, Y_TE, s.now)
        page = await browser.get(link.url, headers={"accept-encoding": "gzip"})
        kept = [each for each in page.text.replace("'", '"').split('"') if each.startswith(("/style", "/report"))]
        came = [page, *[await browser.get(each, headers={"accept-encoding": "gzip"}) for each in kept]]
        assert [each.headers["content-encoding"] for each in came] == ["gzip"] * 3
        assert [each.headers["cache-control"] for each in came] == [
            "no-store", *["public, max-age=31536000, immutable"] * 2,
        ]  # fmt: skip
        assert sum(each.num_bytes_downloaded for each in came) < 10_000  # half a second of 150 kbit/s


async def test_codes_asked_for_at_once_leave_together(sqlite_url: str, tmp_path: Path) -> None:
    async with (
        story(sqlite_url, tmp_path, since="2026-10-01") as s,
        unit_pages(s) as address,
        visitor(address) as browser,
    ):
        await s.round_only("2026-10-01 08:00")
        _, [link] = await links_for_desk(s.world, Y_TE, s.now)
        officer = Officer(s, browser, address)
        await officer.open(link.url)
        assert await officer.press("/draft", act="send", text="x") == 200
        again = await asyncio.gather(*(browser.post(f"{officer.here}/code", data=officer.hidden()) for _ in range(2)))
        assert [each.status_code for each in again] == [200, 200]
        async with asyncio.timeout(10):
            while sum("Mã xác nhận" in m.subject for m in read_spool(s.spool)) < 3:  # noqa: ASYNC110 (a file)
                await asyncio.sleep(0.05)
