"""A real Prefect server shows our runs; killed, frozen or strange, it holds up nothing and loses nothing."""

import asyncio
import logging
import os
import re
import signal
import socket
import sys
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from dondoc import clock
from dondoc.prefect_face.cards import LinkArtifact, RunCard, RunStep, TableArtifact
from dondoc.prefect_face.face import CIRCUIT_SECONDS, PrefectFace
from dondoc.prefect_face.private import without_addresses
from dondoc.prefect_face.server import PrefectServer, ServerError, auth_string
from dondoc.prefect_face.tables import (
    CalendarLine,
    MissingUnit,
    SentCount,
    artifact_key,
    campaign_calendar,
    what_went_out,
    who_is_missing,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class MemoryShelf:
    """The shelf's promise kept in two dictionaries; the store keeps the same one in a table."""

    def __init__(self) -> None:
        self.cards: dict[str, RunCard] = {}
        self.ids: dict[str, str] = {}

    async def put(self, card: RunCard) -> None:
        if self.cards.get(card.key) != card:
            self.cards[card.key] = card
            self.ids.pop(card.key, None)

    async def missed(self, limit: int) -> list[RunCard]:
        return [card for key, card in self.cards.items() if key not in self.ids][:limit]

    async def posted(self, key: str, prefect_id: str) -> None:
        self.ids[key] = prefect_id


class Window:
    """What Prefect's API tells anyone with the password."""

    def __init__(self, server: PrefectServer) -> None:
        self.client = httpx.AsyncClient(
            base_url=server.api_url, auth=httpx.BasicAuth(*server.auth.split(":", 1)), trust_env=False, timeout=20
        )

    async def ask(self, path: str, body: Any) -> Any:
        token = (await self.client.get("/csrf-token", params={"client": "window"})).json()["token"]
        headers = {"Prefect-Csrf-Client": "window", "Prefect-Csrf-Token": token}
        answer = await self.client.post(path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    async def runs(self, name: str) -> list[dict[str, Any]]:
        return list(await self.ask("/flow_runs/filter", {"flow_runs": {"name": {"any_": [name]}}}))

    async def artifacts(self, run_id: str) -> list[dict[str, Any]]:
        return list(await self.ask("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run_id]}}}))

    async def steps(self, run_id: str, count: int) -> list[dict[str, Any]]:
        """Prefect files task runs a moment after it accepted their events."""
        found: list[dict[str, Any]] = []
        for _ in range(100):
            found = await self.ask("/task_runs/filter", {"flow_runs": {"id": {"any_": [run_id]}}})
            if len(found) == count:
                break
            await asyncio.sleep(0.1)
        return sorted(found, key=lambda step: str(step["start_time"]))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PrefectServer]:
    server = PrefectServer(tmp_path_factory.mktemp("home"), free_port())
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def window(server: PrefectServer) -> AsyncIterator[Window]:
    window = Window(server)
    yield window
    await window.client.aclose()


class Seconds:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def new_face(server: PrefectServer, seconds: Seconds | None = None) -> PrefectFace:
    return PrefectFace(server.api_url, server.auth, MemoryShelf(), seconds or Seconds())


async def shown(server: PrefectServer, card: RunCard) -> bool:
    """Show the card to a server known to live; a busy test host may miss the one second of the first check."""
    seconds = Seconds()
    face = new_face(server, seconds)
    if await face.show(card):
        return True
    seconds.now += CIRCUIT_SECONDS
    return await face.show_missed() == 1


def new_card(rung: str = "T-7", **changes: Any) -> RunCard:
    """A card as a stage flow makes it; each call a new run."""
    began = clock.now() - timedelta(seconds=5)
    mark = uuid.uuid4().hex[:8]
    units = [
        MissingUnit("Sở Mẫu", "department", "mandated", date(2026, 11, 14), datetime(2026, 11, 6, 1, tzinfo=UTC)),
        MissingUnit("Phường Mẫu", "commune", "invited", date(2026, 11, 14), None),
    ]
    lines = [CalendarLine("Báo cáo hằng năm", "2026", "V.8", date(2026, 11, 14), date(2026, 11, 13))]
    card = RunCard(
        key=f"dien-bien/annual-report/2026/{mark}",
        flow="annual-report",
        name=f"dien-bien · annual-report 2026 · {rung} · {mark}",
        tags=("campaign:dien-bien", "stage:annual-report", "year:2026"),
        started_at=began,
        ended_at=began + timedelta(seconds=3),
        state="completed",
        message="Đã lập 33 thông báo.",
        artifacts=(
            *who_is_missing(f"dien-bien-{mark}", "báo cáo năm 2026", units, {"mandated": 1, "invited": 1}),
            what_went_out(f"dien-bien-{mark}", [SentCount(rung, "annual-report", "accepted", 33)]),
            campaign_calendar(f"dien-bien-{mark}", "phong trào thi đua Điện Biên", lines),
        ),
        steps=(
            RunStep("find-due-steps", began, began + timedelta(seconds=1)),
            RunStep("queue-notices", began + timedelta(seconds=1), began + timedelta(seconds=3)),
        ),
    )
    return replace(card, **changes)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def timed(work: Any) -> tuple[Any, float]:
    began = clock.monotonic()
    return await work, clock.monotonic() - began


# --- the card itself: no server needed -------------------------------------------------------------------------------


async def test_a_card_survives_the_shelf() -> None:
    card = new_card(state="waiting")
    card = replace(card, artifacts=(*card.artifacts, LinkArtifact("board", "Bảng", "http://127.0.0.1:8025/", "Mở")))
    assert RunCard.from_json(card.to_json()) == card


async def test_a_card_of_unknown_outcome_is_refused() -> None:
    with pytest.raises(ValueError, match="not 'done'"):
        RunCard.from_json(new_card().to_json() | {"state": "done"})


async def test_only_those_who_owe_stand_among_the_missing() -> None:
    owed, asked = new_card().artifacts[:2]
    assert isinstance(owed, TableArtifact)
    assert isinstance(asked, TableArtifact)
    assert owed.rows == (
        {
            "Đơn vị": "Sở Mẫu",
            "Loại": "sở, ban, ngành",
            "Tính chất": "được giao",
            "Hạn cuối": "14/11/2026",
            "Nhắc gần nhất": "08:00 06/11/2026",
        },
    )
    assert [row["Đơn vị"] for row in asked.rows] == ["Phường Mẫu"]
    assert (
        asked.description
        == "Được đề nghị hoặc được mời gửi báo cáo năm 2026, chưa trả lời (không tính là thiếu): 1 đơn vị."
    )


async def test_a_table_of_the_missing_says_when_it_names_only_the_first() -> None:
    units = [MissingUnit("Sở Mẫu", "department", "mandated", None, None)]
    tables = who_is_missing("k", "báo cáo năm 2026", units, {"mandated": 75_000, "invited": 6_000})
    assert [(len(table.rows), table.description) for table in tables] == [
        (1, "Chưa ghi nhận báo cáo năm 2026: 75000 đơn vị được giao; liệt kê 1, đủ cả trong dondoc status."),
        (0, "Được đề nghị hoặc được mời gửi báo cáo năm 2026, chưa trả lời (không tính là thiếu): 6000 đơn vị; "
            "liệt kê 0, đủ cả trong dondoc status."),
    ]  # fmt: skip


async def test_the_calendar_says_what_has_no_date() -> None:
    line = CalendarLine("Báo cáo sơ kết", "once", "V.8", None, None, date(2025, 12, 31), False, "theo yêu cầu | UBND")
    assert campaign_calendar("k", "X", [line]).markdown.splitlines()[-1] == (
        "| Báo cáo sơ kết | once | chưa ấn định thời hạn, không quá 31/12/2025 |  | V.8 "
        "| chưa được xác nhận; theo yêu cầu \\| UBND |"
    )


@pytest.mark.parametrize(
    ("parts", "key"),
    [
        (("dien-bien", "annual-report", "2026", "missing"), "dien-bien-annual-report-2026-missing"),
        (("Điện Biên", "2026-Q4"), "dien-bien-2026-q4"),
        (("Sơ kết / T-7 ",), "so-ket-t-7"),
    ],
)
async def test_artifact_keys_are_lower_case_with_dashes(parts: tuple[str, ...], key: str) -> None:
    assert artifact_key(*parts) == key


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Thư tới van.thu@so-mau.example bị trả lại.", "Thư tới (địa chỉ thư) bị trả lại."),
        ("Gọi 0912 345 678 hoặc +84912345678.", "Gọi (số điện thoại) hoặc (số điện thoại)."),
        ("Hạn 14/11/2026, 2158/KH-UBND, mã 03127, 08:00", "Hạn 14/11/2026, 2158/KH-UBND, mã 03127, 08:00"),
    ],
)
async def test_no_address_or_telephone_leaves(text: str, left: str) -> None:
    table = TableArtifact("sent", text, ({"Ghi chú": text, "Số lượng": 912345678},))
    blotted = without_addresses(new_card(message=text, artifacts=(table,)))
    assert blotted.message == left
    assert blotted.artifacts == (TableArtifact("sent", left, ({"Ghi chú": left, "Số lượng": 912345678},)),)


async def test_showing_needs_no_prefect_in_our_process() -> None:
    code = "import sys, dondoc.prefect_face.face, dondoc.prefect_face.server; sys.exit('prefect' in sys.modules)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    assert await process.wait() == 0


# --- shown on a real server ------------------------------------------------------------------------------------------


async def test_a_card_becomes_a_run_with_its_times_and_tables(server: PrefectServer, window: Window) -> None:
    card = new_card()
    assert await shown(server, card)
    (run,) = await window.runs(card.name)
    assert set(run["tags"]) == {"campaign:dien-bien", "stage:annual-report", "year:2026"}
    assert (run["state_type"], run["state_name"]) == ("COMPLETED", "Completed")
    assert instant(run["expected_start_time"]) == card.started_at
    assert run["state"]["message"].startswith("Đã lập 33 thông báo. (Chạy từ ")
    artifacts = {artifact["key"]: artifact for artifact in await window.artifacts(run["id"])}
    assert set(artifacts) == {artifact.key for artifact in card.artifacts}
    owed = artifacts[card.artifacts[0].key]
    assert (owed["type"], owed["description"]) == ("table", "Chưa ghi nhận báo cáo năm 2026: 1 đơn vị được giao.")
    steps = await window.steps(run["id"], 2)
    assert [(s["name"], s["state_type"], instant(s["start_time"]), instant(s["end_time"])) for s in steps] == [
        (step.name, "COMPLETED", step.started_at, step.ended_at) for step in card.steps
    ]
    logs = await window.ask("/logs/filter", {"logs": {"flow_run_id": {"any_": [run["id"]]}}, "sort": "TIMESTAMP_ASC"})
    assert [instant(line["timestamp"]) for line in logs] == [
        card.started_at,
        *(step.ended_at for step in card.steps),
        card.ended_at,
    ]


async def test_the_same_card_twice_is_one_run(server: PrefectServer, window: Window) -> None:
    card = new_card()
    assert [await shown(server, card), await shown(server, card)] == [True, True]
    (run,) = await window.runs(card.name)
    assert len(await window.artifacts(run["id"])) == len(card.artifacts)
    assert len(await window.steps(run["id"], 2)) == 2


async def test_a_posting_that_broke_off_is_taken_up_again(server: PrefectServer, window: Window) -> None:
    card = new_card()
    flow = await window.ask("/flows/", {"name": card.flow})
    half = {"flow_id": flow["id"], "name": card.name, "idempotency_key": card.key, "state": {"type": "SCHEDULED"}}
    begun = await window.ask("/flow_runs/", half)
    first = card.artifacts[0]
    await window.ask("/artifacts/", {"key": first.key, "type": "table", "data": "[]", "flow_run_id": begun["id"]})
    assert await shown(server, card)
    (run,) = await window.runs(card.name)
    assert (run["id"], run["state_type"]) == (begun["id"], "COMPLETED")
    under = [artifact["key"] for artifact in await window.artifacts(run["id"])]
    assert sorted(under) == sorted(artifact.key for artifact in card.artifacts)


async def test_what_waits_for_an_officer_is_the_same_run_when_released(server: PrefectServer, window: Window) -> None:
    card = new_card("brief-1", state="waiting", message="Chờ duyệt phiếu trình.")
    assert await shown(server, card)
    (waiting,) = await window.runs(card.name)
    assert (waiting["state_type"], waiting["state_name"]) == ("COMPLETED", "Chờ duyệt")
    assert await shown(server, replace(card, state="completed", message="Đã duyệt."))
    (released,) = await window.runs(card.name)
    assert (released["id"], released["state_name"]) == (waiting["id"], "Completed")


async def test_where_something_is_wrong_the_run_failed(server: PrefectServer, window: Window) -> None:
    card = new_card("overdue-1", state="failed", message="Chưa đối soát.")
    assert await shown(server, card)
    assert [run["state_type"] for run in await window.runs(card.name)] == ["FAILED"]


async def test_a_card_prefect_will_never_take_blocks_no_other(
    server: PrefectServer, window: Window, caplog: pytest.LogCaptureFixture
) -> None:
    shelf = MemoryShelf()
    face = PrefectFace(server.api_url, server.auth, shelf, Seconds())
    bad, good = new_card(artifacts=(TableArtifact("BAD KEY", "", ()),)), new_card()
    await shelf.put(bad)
    await shelf.put(good)
    assert await face.show_missed() == 1
    assert shelf.ids[bad.key] == "refused"
    assert len(await window.runs(good.name)) == 1
    assert [record.message.split(":")[0] for record in caplog.records if record.levelno == logging.ERROR] == [
        f"Prefect will not take the run {bad.name!r} ({bad.key})"
    ]


async def test_the_api_is_closed_to_whoever_lacks_the_password(
    server: PrefectServer, caplog: pytest.LogCaptureFixture
) -> None:
    assert (server.home / "prefect-auth").stat().st_mode & 0o777 == 0o600
    async with httpx.AsyncClient(trust_env=False) as stranger:
        assert (await stranger.get(f"{server.api_url}/flows/count")).status_code == 401
        friend = httpx.BasicAuth(*server.auth.split(":", 1))
        # The right password, but from a page that could not fetch the cross-site token.
        assert (await stranger.post(f"{server.api_url}/flow_runs/filter", json={}, auth=friend)).status_code == 403
    shelf = MemoryShelf()
    assert not await PrefectFace(server.api_url, "dondoc:wrong", shelf, Seconds()).show(new_card())
    assert len(await shelf.missed(5)) == 1
    (line,) = [record.message for record in caplog.records if record.name == "dondoc.prefect_face.face"]
    assert "the auth string is not the one" in line


async def test_a_plain_function_dressed_as_a_flow_runs_as_one(
    server: PrefectServer, window: Window, tmp_path: Path
) -> None:
    code = (
        "import asyncio\n"
        "from dondoc.prefect_face.dress import dress\n"
        "async def round_here(as_of: str) -> str: return as_of[::-1]\n"
        "print(asyncio.run(dress(round_here, 'dressed-round')('8002')))\n"
    )
    settings = {
        "PREFECT_API_URL": server.api_url,
        "PREFECT_API_AUTH_STRING": server.auth,
        "PREFECT_HOME": str(tmp_path),
        "DO_NOT_TRACK": "1",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        env=os.environ | settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    printed, _ = await process.communicate()
    assert printed == b"2008\n"
    runs = await window.ask("/flow_runs/filter", {"flows": {"name": {"any_": ["dressed-round"]}}})
    assert [run["state_type"] for run in runs] == ["COMPLETED"]


async def test_an_operator_sees_campaign_stage_and_year_in_the_browser(server: PrefectServer) -> None:
    from playwright.async_api import async_playwright

    card, foreign = new_card(), []
    assert await shown(server, card)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        page = await browser.new_page(viewport={"width": 1400, "height": 1000}, timezone_id="Asia/Ho_Chi_Minh")
        page.on("request", lambda request: foreign.append(request.url) if server.ui_url not in request.url else None)
        await page.goto(f"{server.ui_url}/runs")
        await page.get_by_placeholder("admin:pass").fill(server.auth)
        await page.keyboard.press("Enter")
        await page.get_by_text(card.name).wait_for()
        for tag in card.tags:
            await page.get_by_text(tag, exact=True).first.wait_for()
        await page.get_by_text(card.name).click()
        await page.get_by_text("Đã lập 33 thông báo.").first.wait_for()
        await page.get_by_text("Artifacts", exact=True).last.click()
        await page.get_by_text(card.artifacts[0].key).first.click()
        await page.get_by_text("Sở Mẫu", exact=True).wait_for()
        await page.get_by_text("Chưa ghi nhận báo cáo năm 2026: 1 đơn vị được giao.").first.wait_for()
        await browser.close()
    assert foreign == []  # no analytics, no fonts, nothing beyond this host


# --- a server that is dead, frozen, or no server of Prefect's --------------------------------------------------------


async def test_a_frozen_server_holds_nothing_up(server: PrefectServer, window: Window) -> None:
    shelf, seconds, card = MemoryShelf(), Seconds(), new_card()
    face = PrefectFace(server.api_url, server.auth, shelf, seconds)
    assert server.pid is not None
    os.kill(server.pid, signal.SIGSTOP)
    try:
        shown, took = await timed(face.show(card))
    finally:
        os.kill(server.pid, signal.SIGCONT)
    assert (shown, await shelf.missed(5)) == (False, [card])
    assert took < 2
    # The circuit is open: nobody looks again, though the server answers by now.
    assert (await face.show_missed(), face.checks) == (0, 1)
    seconds.now += CIRCUIT_SECONDS
    assert (await face.show_missed(), face.checks) == (1, 2)
    assert [run["id"] for run in await window.runs(card.name)] == [shelf.ids[card.key]]


async def test_a_killed_server_holds_nothing_up_and_is_told_later(server: PrefectServer, window: Window) -> None:
    shelf, seconds = MemoryShelf(), Seconds()
    face = PrefectFace(server.api_url, server.auth, shelf, seconds)
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    hours_ago = timedelta(hours=3)
    first = new_card()
    first = replace(first, started_at=first.started_at - hours_ago, ended_at=first.ended_at - hours_ago)
    second = new_card("T-1")
    (shown, took), (again, took_again) = await timed(face.show(first)), await timed(face.show(second))
    assert (shown, again) == (False, False)
    assert took < 2
    assert took_again < 0.1
    assert (face.checks, await shelf.missed(5)) == (1, [first, second])
    await server.stop()  # what is left of it
    await server.start()
    seconds.now += CIRCUIT_SECONDS
    assert await face.show_missed() == 2
    (late,) = await window.runs(first.name)
    assert instant(late["expected_start_time"]) == first.started_at
    assert "shown:late" in late["tags"]
    assert [set(run["tags"]) for run in await window.runs(second.name)] == [set(second.tags)]


async def serve(answer: bytes, then_hang: bool) -> tuple[asyncio.Server, str]:
    """A stranger on a port: one answer per connection, then silence or the end."""

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
        asked_health = then_hang and meeting.pop()
        if not then_hang or asked_health:
            writer.write(head + b"Content-Length: %d\r\n\r\n%s" % (len(answer), answer))
            await writer.drain()
        else:
            await reader.read()  # until the other side gives up
        writer.close()

    meeting = [False, True]
    listener = await asyncio.start_server(meet, "127.0.0.1", 0)
    return listener, f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/api"


async def test_a_server_that_freezes_after_the_check_is_given_up_in_time() -> None:
    listener, url = await serve(b"true", then_hang=True)
    shelf = MemoryShelf()
    shown, took = await timed(PrefectFace(url, None, shelf, Seconds()).show(new_card()))
    listener.close()
    assert (shown, len(await shelf.missed(5))) == (False, 1)
    assert 4 < took < 6


async def test_a_stranger_on_the_port_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    listener, url = await serve(b"<html>printer</html>", then_hang=False)
    shelf = MemoryShelf()
    assert not await PrefectFace(url, None, shelf, Seconds()).show(new_card())
    listener.close()
    assert len(await shelf.missed(5)) == 1
    assert [record.levelno for record in caplog.records if record.name.startswith("dondoc")] == [logging.WARNING]


async def test_without_a_server_cards_wait() -> None:
    shelf = MemoryShelf()
    face = PrefectFace(None, None, shelf)
    assert (await face.show(new_card()), await face.show_missed(), len(await shelf.missed(5))) == (False, 0, 1)


# --- starting and stopping it ----------------------------------------------------------------------------------------


async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(ServerError, match=rf"^port {port} on 127.0.0.1 cannot be used .* DONDOC_PREFECT_PORT"):
            await PrefectServer(tmp_path, port).start()


async def test_a_server_left_behind_is_named_with_the_way_out(server: PrefectServer) -> None:
    sentence = rf"earlier run still holds port {server.port} \(process {server.pid}\); end it with `kill {server.pid}`"
    with pytest.raises(ServerError, match=sentence):
        await PrefectServer(server.home, free_port()).start()


async def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "prefect").mkdir()
    (tmp_path / "prefect" / "prefect.db").write_text("no database")
    server = PrefectServer(tmp_path, free_port())
    with pytest.raises(ServerError, match=re.escape(str(server.log))):
        await server.start()
    assert server.pid is None


async def test_the_password_is_made_once(tmp_path: Path) -> None:
    first = auth_string(tmp_path / "home")
    assert first == auth_string(tmp_path / "home")
    assert re.fullmatch(r"dondoc:[\w-]{32}", first)
    (tmp_path / "home" / "prefect-auth").write_text("")
    with pytest.raises(ServerError, match="delete the file and start again"):
        auth_string(tmp_path / "home")
