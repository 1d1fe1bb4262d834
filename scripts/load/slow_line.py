"""The same journey over a poor line: 150 kbit/s, 800 ms, in Debian's Chromium; the line breaks in the midst of a file.

`python -m scripts.load.slow_line`: what each step takes, how many requests and bytes; exit code 1 if the file is begun
again from its start, a page is larger than 60 kB, or the report does not come in.
"""

import asyncio
import re
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import BrowserContext, CDPSession, FilePayload, Page

from dondoc import clock
from scripts.bench.places import Places
from scripts.bench.sink import free_port
from scripts.load.evening import child
from scripts.load.fill import Invited, fill
from scripts.load.mailbox import Mailboxes
from tests.test_portal import browser

_BITS, _MILLISECONDS, _PAGE = 150_000, 800, 60_000
_SCAN = b"%PDF-1.7\n" + bytes(range(256)) * 2_000 + b"\n%%EOF\n"


@dataclass(slots=True)
class Line:
    """A browser's line: how poor it is, and what went over it."""

    wire: CDPSession
    requests: int = 0
    bytes: int = 0
    pieces: list[int] = field(default_factory=list)  # where in the file each piece began that was sent
    steps: list[str] = field(default_factory=list)
    largest: int = 0  # bytes of one step that looked at a page

    async def cut(self, *, off: bool) -> None:
        """Break the line, or let it carry what a poor one carries."""
        await self.wire.send(
            "Network.emulateNetworkConditions",
            {"offline": off, "latency": _MILLISECONDS, "downloadThroughput": _BITS / 8, "uploadThroughput": _BITS / 8},
        )

    @asynccontextmanager
    async def step(self, what: str, *, page: bool = False) -> AsyncIterator[None]:
        """Measure what one step takes."""
        began, requests, count = clock.monotonic(), self.requests, self.bytes
        yield
        came = self.bytes - count
        if page:
            self.largest = max(self.largest, came)
        self.steps.append(
            f"  {what:40}{clock.monotonic() - began:8.1f} s{self.requests - requests:5} requests{came:10,} bytes down"
        )


async def poor_line(context: BrowserContext, page: Page) -> Line:
    """Return a page's line, made poor and watched."""
    line = Line(await context.new_cdp_session(page))
    await line.wire.send("Network.enable")

    def asked(event: dict[str, dict[str, str]]) -> None:
        line.requests += 1
        if at := re.search(r"/upload/\d+\?at=(\d+)", event["request"]["url"]):
            line.pieces.append(int(at[1]))

    def came(event: dict[str, float]) -> None:
        line.bytes += int(event["encodedDataLength"])

    line.wire.on("Network.requestWillBeSent", asked)
    line.wire.on("Network.loadingFinished", came)
    await line.cut(off=False)
    return line


async def journey(page: Page, line: Line, address: str, officer: Invited, mail: Mailboxes) -> str:
    """Go from the link to the acknowledgement; return its look-up code."""
    async with line.step("link and first page", page=True):
        await page.goto(f"{address}/l/{officer.token}")
    async with line.step("page again", page=True):
        await page.reload()
    async with line.step("draft saved while writing"):
        await page.get_by_label("Kết quả thực hiện").fill("Đã triển khai tới toàn ngành.")
        await page.get_by_text("Đã tự lưu bản nháp").wait_for()
    async with line.step(f"file of {len(_SCAN):,} bytes, line cut for 5 s"):
        scan: FilePayload = {"name": "Báo cáo đã ký.pdf", "mimeType": "application/pdf", "buffer": _SCAN}
        await page.get_by_label("Chọn tệp").set_input_files([scan])
        while not [at for at in line.pieces if at]:  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.1)
        await asyncio.sleep(2)  # in the midst of a piece
        await line.cut(off=True)
        await page.get_by_text("Mất kết nối khi tải").wait_for()
        await asyncio.sleep(5)
        await line.cut(off=False)
        await page.get_by_text("Đã nhận tệp Báo cáo đã ký.pdf.").wait_for(timeout=180_000)
        await page.get_by_role("button", name="Bỏ tệp Báo cáo đã ký.pdf").wait_for()
    async with line.step("form sent, code asked for", page=True):
        await page.get_by_role("button", name="Gửi báo cáo: nhận mã xác nhận").click()
        await page.get_by_label("Mã xác nhận").wait_for()
    code = await mail.code_after(officer.address, 0, 20)
    async with line.step("report sent, acknowledged", page=True):
        await page.get_by_label("Mã xác nhận").fill(code or "")
        await page.get_by_role("button", name="Gửi báo cáo").click()
        await page.get_by_role("heading", name="Xác nhận tiếp nhận XN").wait_for()
    found = re.search(r"Xác nhận tiếp nhận (XN-\w{4}-\w{4})", await page.content())
    return found[1] if found else ""


async def run(folder: Path) -> bool:
    """Play the journey and print it; return whether all held."""
    url = Places("sqlite", folder, "").migrated("slow")
    [officer] = await fill(url, 1, 1)
    mail, port = Mailboxes(), free_port()
    with child("pages", url, folder, port, await mail.open()):
        async with browser() as chromium:
            context = await chromium.new_context()
            context.set_default_timeout(60_000)
            page = await context.new_page()
            line = await poor_line(context, page)
            code = await journey(page, line, f"http://127.0.0.1:{port}", officer, mail)
    mail.close()
    ordered = line.pieces == sorted(line.pieces) and line.pieces.count(0) == 1
    print(f"{_BITS // 1000} kbit/s, {_MILLISECONDS} ms: acknowledged as {code}", *line.steps, sep="\n")
    print(f"  pieces began at {line.pieces}: {'went on' if ordered else 'BEGAN AGAIN'}")
    print(f"  most for one page: {line.largest:,} bytes")
    return bool(code) and ordered and line.largest <= _PAGE


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="dondoc-slow-") as made:
        sys.exit(0 if asyncio.run(run(Path(made))) else 1)
