"""One officer's evening: link, page views, drafts, a file in pieces, the code, the report, the acknowledgement."""

import asyncio
import hashlib
import html
import json
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from dondoc import clock
from scripts.load.browser import Answer, Browser, Log
from scripts.load.fill import Invited
from scripts.load.mailbox import Mailboxes
from scripts.load.shape import Shape

_SIZE = re.compile(r"(?:const|let) (smallest|piece|largest) = (\d+) \* 1024;")  # of the page's script
_HIDDEN = re.compile(r'<input type="hidden" name="([\w-]+)" value="([^"]*)">')
_AREA = re.compile(r'<textarea [^>]*name="([\w-]+)"')
_CODE = re.compile(r"Xác nhận tiếp nhận (XN-\w{4}-\w{4})")
_NOTHING = {"names": "", "number": "", "date": "", "signer": ""}  # no document is named
_CODE_SECONDS, _TRIES = 120, 8
_WORDS = "Đã tổ chức quán triệt, phát động và tổng hợp kết quả thực hiện phong trào trong năm. "


@dataclass(frozen=True, slots=True)
class OwnFile:
    """An officer's own file, of which only the end is its own: thousands at once take no memory."""

    common: bytes
    end: bytes
    sha256: str

    def __len__(self) -> int:
        return len(self.common) + len(self.end)

    def piece(self, at: int, size: int) -> bytes:
        """Return `size` bytes from a place on, fewer at the end."""
        beyond = max(0, at - len(self.common))
        return self.common[at : at + size] + self.end[beyond : max(0, at + size - len(self.common))]


class Stock:
    """Files of one size that all differ: they share a beginning, whose hash is taken once."""

    def __init__(self, size: int) -> None:
        self._common = b"%PDF-1.7\n" + random.Random(1).randbytes(size - len(_end(0)) - len(b"%PDF-1.7\n"))
        self._begun = hashlib.sha256(self._common)

    def file(self, number: int) -> OwnFile:
        """Return an officer's own file."""
        digest = self._begun.copy()
        digest.update(_end(number))
        return OwnFile(self._common, _end(number), digest.hexdigest())


def _end(number: int) -> bytes:
    return f"\n% {number:040}\n%%EOF\n".encode()


@dataclass(frozen=True, slots=True)
class Pieces:
    """How large a piece of a file is: the first, and the bounds within which it follows the line."""

    first: int
    smallest: int
    largest: int

    def after(self, piece: int, seconds: float) -> int:
        """Return how large the next piece is when one took so long; as the page's script does it."""
        if seconds < 3:
            return min(2 * piece, self.largest)
        return max(piece // 2, self.smallest) if seconds > 10 else piece


def pieces_of(script: str) -> Pieces:
    """Return in what pieces the page's script sends a file."""
    found = {name: int(size) * 1024 for name, size in _SIZE.findall(script)}
    if len(found) != 3:
        raise RuntimeError("report.js: the sizes of a piece are not where they were")
    return Pieces(found["piece"], found["smallest"], found["largest"])


@dataclass(slots=True)
class Evening:
    """What became of one officer: the look-up code of the acknowledgement, and the file's hash as it was sent."""

    invited: Invited
    sha256: str = ""
    code: str = ""
    gave_up: str = ""


class GaveUp(Exception):
    """An officer who has tried often enough."""


class Officer:
    """Goes through the pages as their script and a person would."""

    def __init__(self, number: int, evening: Evening, port: int, mail: Mailboxes, shape: Shape, log: Log) -> None:
        self._number, self._evening, self._mail, self._shape, self._log = number, evening, mail, shape, log
        self._browser = Browser(port, log)
        self._here = ""
        self._hidden: dict[str, str] = {}
        self._areas: list[str] = []  # the report's parts that are written in words

    async def report(self, stock: Stock, pieces: Pieces) -> None:
        """Send the report in; what became of it stands in the evening."""
        try:
            await self._arrive()
            await self._save("Kết quả thực hiện.")
            await self._look(2)
            await self._upload(stock, pieces)
            await self._save(_WORDS * 20)
            await self._look(2)
            await self._ask_for_code()
            await self._send()
        except GaveUp as error:
            self._evening.gave_up = str(error)
        finally:
            self._browser.close()

    async def _until(self, kind: str, ask: Callable[[], Awaitable[Answer | None]]) -> Answer:
        for times in range(_TRIES):
            if (answer := await ask()) is not None:
                return answer
            await asyncio.sleep(times + 1)
        raise GaveUp(kind)

    async def _view(self, path: str = "") -> str:
        for times in range(_TRIES):
            if (text := await self._browser.see("page view", f"{self._here}{path}")) is not None:
                self._hidden = {name: html.unescape(value) for name, value in _HIDDEN.findall(text)}
                self._areas = [name for name in _AREA.findall(text) if name != "names"]
                return text
            await asyncio.sleep(times + 1)
        raise GaveUp("page view")

    async def _look(self, times: int) -> None:
        for _ in range(times):
            await asyncio.sleep(self._shape.pause)
            await self._view()

    async def _arrive(self) -> None:
        path = f"/l/{self._evening.invited.token}"
        answer = await self._until("link", lambda: self._browser.ask("link", path, good=(303,)))
        self._here = answer.headers["location"]
        await self._view()
        await asyncio.sleep(self._shape.pause)

    async def _save(self, words: str) -> None:
        fields = urlencode({**self._hidden, **dict.fromkeys(self._areas, words), **_NOTHING})
        answer = await self._script("draft save", "/autosave", fields.encode(), "application/x-www-form-urlencoded")
        self._hidden["version"] = str(json.loads(answer.body)["version"])

    async def _script(self, kind: str, path: str, content: bytes, of: str) -> Answer:
        headers = {"content-type": of, "x-form-token": self._hidden["token"]}
        return await self._until(kind, lambda: self._browser.ask(kind, self._here + path, content, headers))

    async def _upload(self, stock: Stock, pieces: Pieces) -> None:
        content = stock.file(self._number)
        self._evening.sha256 = content.sha256
        name = f"Báo cáo {self._number}.pdf"
        about = urlencode({"name": name, "size": len(content)}).encode()
        begun = await self._script("upload begun", "/upload", about, "application/x-www-form-urlencoded")
        said = json.loads(begun.body)
        path, began, piece = f"/upload/{said['number']}", clock.monotonic(), pieces.first
        while not said["done"]:
            at, asked = said["received"], clock.monotonic()
            part = content.piece(at, piece)
            answer = await self._script("piece", f"{path}?at={at}", part, "application/octet-stream")
            said, piece = json.loads(answer.body), pieces.after(piece, clock.monotonic() - asked)
        self._log.note("whole file", clock.monotonic() - began)
        await self._view()  # the script renews the list of files

    async def _ask_for_code(self) -> None:
        border = "----------------------------load"
        fields = {**self._hidden, **dict.fromkeys(self._areas, _WORDS * 20), **_NOTHING, "act": "send"}
        parts = [
            f'--{border}\r\ncontent-disposition: form-data; name="{quote(name)}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        parts.append(f'--{border}\r\ncontent-disposition: form-data; name="files"; filename=""\r\n'
                     f"content-type: application/octet-stream\r\n\r\n\r\n--{border}--\r\n")  # fmt: skip
        headers = {"content-type": f"multipart/form-data; boundary={border}"}
        path, content = f"{self._here}/draft", "".join(parts).encode()
        had, began = len(self._mail.codes.get(self._evening.invited.address, ())), clock.monotonic()
        await self._until(
            "form", lambda: self._browser.ask("form, code asked for", path, content, headers, good=(303,))
        )
        await self._view("/send")
        code = await self._mail.code_after(self._evening.invited.address, had, _CODE_SECONDS)
        if code is None:
            self._log.wrong("code in the mailbox", "none")
            raise GaveUp("code")
        self._log.note("code in the mailbox", clock.monotonic() - began)
        self._hidden["code"] = code
        await asyncio.sleep(self._shape.pause)

    async def _send(self) -> None:
        content = urlencode(self._hidden).encode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = await self._until(
            "submit", lambda: self._browser.ask("submit", f"{self._here}/send", content, headers, good=(303,))
        )
        self._here = answer.headers["location"].partition("#")[0]
        found = _CODE.search(await self._view())
        if found is None:
            self._log.wrong("submit", "no acknowledgement on the page")
            raise GaveUp("acknowledgement")
        self._evening.code = found[1]
