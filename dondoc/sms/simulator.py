"""A gateway that sends nothing: it speaks as eSMS does, keeps every message, reports back, and fails when told to.

Run by `dondoc up` beside the mail catcher, or by itself: `python -m dondoc.sms.simulator FOLDER PORT`.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from dondoc import clock
from dondoc.serving import local_server, serving
from dondoc.sms.segments import segmented

INDEX = "sms.jsonl"
PATH = "/MainService.svc/json/SendMultipleMessage_V4_post_json/"
STATUS_PATH = "/MainService.svc/json/GetSendStatus"
_LARGEST = 16 * 1024
_LOG_LEVEL = "critical"  # it is told to hang up in mid-answer; nobody needs to read of that
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
FAULTS = ("drop", "hang", "late", "refuse", "busy", "error", "undelivered", "silent", "pending", "number")


@dataclass(frozen=True, slots=True)
class KeptSms:
    """One message as the simulator took it; `received_at` is ISO 8601 in UTC."""

    n: int
    sms_id: str
    request_id: str
    phone: str
    brandname: str
    text: str
    encoding: str
    segments: int
    received_at: str


class Simulator:
    """Takes messages at eSMS's path and keeps each request once; `app` is what a web server runs.

    `POST /_faults` with `["drop", "hang", …]` gives what the next requests meet, one each: `drop` takes the message and
    answers nothing, `hang` takes it and is silent for long, `late` is silent and takes nothing, `refuse`, `number` (it
    is blocked), `busy` and `error` answer so, `undelivered` reports a failure, `silent` delivers and `pending` never
    does, both without a report. `clear` forgets what was planned. Who asks for a status hears what became of a message.
    """

    def __init__(self, folder: Path, *, now: Callable[[], datetime] = clock.now) -> None:
        self._folder = folder
        self._now = now
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._index = folder / INDEX
        self._known = {each.request_id: each for each in read_sms(folder) if each.request_id}
        self._count = len(read_sms(folder))
        self._fates = {each.sms_id: "" for each in read_sms(folder)}  # what became of each, by its fault
        self._faults: deque[str] = deque()
        self._reports: set[asyncio.Task[None]] = set()
        self.app = Starlette(
            routes=[
                Route(PATH, self._send, methods=["POST"]),
                Route(STATUS_PATH, self._status),
                Route("/_faults", self._plan, methods=["POST"]),
            ]
        )

    async def _plan(self, request: Request) -> Response:
        faults = json.loads(await request.body())
        if "clear" in faults:
            self._faults.clear()
        self._faults.extend(each for each in faults if each in FAULTS)
        return PlainTextResponse(str(len(self._faults)))

    async def _send(self, request: Request) -> Response:
        content = b""
        async for piece in request.stream():
            content += piece
            if len(content) > _LARGEST:
                return _answer("110", error="too large", status=413)
        try:
            asked = json.loads(content)
            phone, text, brandname, request_id, callback = (
                str(asked.get(name, "")) for name in ("Phone", "Content", "Brandname", "RequestId", "CallbackUrl")
            )
        except (ValueError, AttributeError):
            return _answer("110", error="no JSON object")
        if not (phone.isdigit() and text and brandname):
            return _answer("110", error="Phone, Content or Brandname is missing")
        fault = self._faults.popleft() if self._faults else ""
        early = await _refusal(fault)
        if early is not None:
            return early
        if request_id in self._known:
            return _answer("124", sms_id=self._known[request_id].sms_id)
        kept = self._keep(phone, text, brandname, request_id)
        self._fates[kept.sms_id] = fault
        if fault not in ("silent", "pending", "number"):
            self._report_later(kept, callback, failed=fault == "undelivered")
        if fault == "hang":
            await asyncio.sleep(30)
        if fault in ("drop", "hang"):
            return _Dropped()
        return _answer("100", sms_id=kept.sms_id)

    async def _status(self, request: Request) -> Response:
        sms_id = request.query_params.get("RefId", "")
        if sms_id not in self._fates:
            return JSONResponse({"CodeResponse": "105", "SMSID": sms_id})
        fate = self._fates[sms_id]
        failed, waits = fate == "undelivered", fate == "pending"
        values = {"SendStatus": 2 if waits else 5, "SendFailed": int(failed), "SendSuccess": int(not (failed or waits))}
        return JSONResponse({"CodeResponse": "100", "SMSID": sms_id, "TotalReceiver": 1, "TotalSent": 1, **values})

    def _keep(self, phone: str, text: str, brandname: str, request_id: str) -> KeptSms:
        self._count += 1
        carried = segmented(text)
        sms_id = hashlib.sha256(f"{self._count}:{request_id}".encode()).hexdigest()[:32]
        kept = KeptSms(
            self._count, sms_id, request_id, phone, brandname, text, carried.encoding, len(carried.segments),
            self._now().isoformat(),
        )  # fmt: skip
        with self._index.open("ab", buffering=0) as index:
            index.write(json.dumps(asdict(kept), ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        if request_id:
            self._known[request_id] = kept
        return kept

    def _report_later(self, kept: KeptSms, callback: str, *, failed: bool) -> None:
        if urlsplit(callback).hostname not in _LOOPBACK:
            return  # a simulator calls nobody outside this machine
        report = asyncio.create_task(_report(kept, callback, failed))
        self._reports.add(report)
        report.add_done_callback(self._reports.discard)


async def _refusal(fault: str) -> Response | None:
    if fault == "late":
        await asyncio.sleep(30)
        return _Dropped()
    if fault in ("refuse", "number"):
        return _answer("146" if fault == "refuse" else "99", error="refused")
    if fault == "busy":
        return _answer("103", error="balance")
    return PlainTextResponse("error", 502) if fault == "error" else None


async def _report(kept: KeptSms, callback: str, failed: bool) -> None:
    values = {
        "SMSID": kept.sms_id, "SendFailed": str(int(failed)), "SendStatus": "5", "SendSuccess": str(int(not failed)),
        "TotalReceiver": "1", "TotalSent": "1", "RequestId": kept.request_id, "TypeId": "2",
    }  # fmt: skip
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        for wait in (0.05, 0.5, 2):  # asked again, as the real one does
            await asyncio.sleep(wait)
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(callback, params=values)).is_success:
                    return


class _Dropped(Response):
    """Ends the connection in the middle of an answer."""

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
        raise ConnectionResetError("told to drop the connection")


def _answer(code: str, *, sms_id: str = "", error: str = "", status: int = 200) -> Response:
    return JSONResponse({"CodeResult": code, "SMSID": sms_id, "CountRegenerate": 0, "ErrorMessage": error}, status)


def read_sms(folder: Path) -> list[KeptSms]:
    """Return every message the simulator of this folder has taken, in order; a line half written is left out."""
    try:
        lines = (folder / INDEX).read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return []
    return [KeptSms(**json.loads(line)) for line in lines]


@contextlib.asynccontextmanager
async def simulated_gateway(folder: Path, port: int, now: Callable[[], datetime] = clock.now) -> AsyncIterator[None]:
    """Serve a simulator on 127.0.0.1 in this process."""
    async with serving(Simulator(folder, now=now).app, port, _LOG_LEVEL):
        yield


if __name__ == "__main__":
    os.umask(0o077)
    local_server(Simulator(Path(sys.argv[1])).app, int(sys.argv[2]), _LOG_LEVEL).run()
