"""A campaign that also sends SMS: a real gateway simulator in its own process, our pages taking its reports."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select, update

from config.plan import load_plan_text, plan_path
from config.sms_gateway import Gateway, load_gateway
from dondoc.messages.spool import SpoolServer
from dondoc.portal.pages import Pages
from dondoc.portal.up import web
from dondoc.registry import load_bundle
from dondoc.sms.gateway import SmsRoute
from dondoc.sms.simulator import KeptSms, read_sms
from dondoc.store import tables as t
from dondoc.store.engine import mark_simulation, open_database
from tasks.load_campaign import load_campaign
from tasks.open_world import at_port, refresh_names, report_url, world_of
from tests.story import KEY, Story, at
from tests.test_portal import free_port

RUNGS = """
    - {rung: T-1-sms, days: -1, from: target_on, at: "08:00", kind: remind, to: officer, channel: sms, tone: brief}
    - {rung: overdue-sms, working_days: 1, from: due_on, at: "15:00", kind: overdue, to: officer, channel: sms,
       reconciled: true}"""


@dataclass(slots=True)
class SmsStory:
    """The story, its gateway's folder and address, and the address of our pages."""

    story: Story
    folder: Path
    gateway: str
    pages: str

    def taken(self) -> list[KeptSms]:
        """Return every SMS the gateway has taken."""
        return read_sms(self.folder)

    async def faults(self, *what: str) -> None:
        """Tell the gateway what its next requests meet."""
        async with httpx.AsyncClient() as client:
            (await client.post(f"{self.gateway}/_faults", json=what)).raise_for_status()

    def use(self, **changed: Any) -> None:
        """Change something about the gateway as our file describes it."""
        for mode, route in list(self.story.world.sms.items()):
            self.story.world.sms[mode] = replace(route, gateway=replace(route.gateway, **changed))

    async def states(self) -> dict[str, int]:
        """Return how many SMS stand in which state."""
        m = t.message.c
        async with self.story.world.database.read() as connection:
            found = await connection.execute(select(m.state, func.count()).where(m.channel == "sms").group_by(m.state))
            return {row[0]: row[1] for row in found}

    async def settled(self, **wanted: int) -> None:
        """Wait until the SMS stand so: reports come in by themselves, a moment later."""
        async with asyncio.timeout(15):
            while await self.states() != wanted:  # noqa: ASYNC110 (what is awaited happens in another process)
                await asyncio.sleep(0.05)


def with_sms() -> str:
    """Return Điện Biên's plan with two SMS rungs in the ladder of the mandated."""
    text = plan_path(KEY).read_text("utf-8")
    head, mark, tail = text.partition("ladders:\n  mandated:")
    assert mark
    return f"{head}{mark}{RUNGS}{tail}"


def mobile_of(n: int) -> str:
    """Return an invented mobile number."""
    return f"0912000{n:03}"


@asynccontextmanager
async def sms_story(
    database_url: str, folder: Path, *, since: str, officers: int = 6, kinds: Sequence[str] = ("department",)
) -> AsyncIterator[SmsStory]:
    """Open Điện Biên's story with SMS; `officers` of units of these kinds have mobiles, all others landlines."""
    database = await open_database(database_url)
    await mark_simulation(database, at(since))
    mails, sms = folder / "spool", folder / "sms"
    server = SpoolServer(mails)
    await server.start()
    port, web_port = free_port(), free_port()
    try:
        world = await world_of(database, b"a key for tests", {})
        gateway = the_gateway(port)
        pages = f"http://127.0.0.1:{web_port}"
        route = SmsRoute(gateway, callback_url=report_url(world, pages, gateway.gateway), simulated=True)
        world.sms = {"live": route, "rehearsal": route}
        await load_campaign(
            world, load_plan_text(with_sms(), "dien-bien.yaml"), load_bundle(KEY), as_of=at(since), state="live",
            since=date.fromisoformat(since),
        )  # fmt: skip
        await refresh_names(world)
        async with database.write() as connection:
            c, u = t.contact.c, t.unit.c
            of_departments = (
                select(c.id)
                .join(t.unit, u.id == c.unit_id)
                .where(c.role == "officer", u.kind.in_(kinds), u.valid_to.is_(None))
                .order_by(c.id)
                .limit(officers)
            )
            few = list(await connection.scalars(of_departments))
            for n, contact in enumerate(few):
                await connection.execute(update(t.contact).where(c.id == contact).values(phone=mobile_of(n)))
        story = Story(world, server, mails, at(since))
        async with (
            gateway_process(sms, port),
            web(Pages(world, spool=mails, prefect_url=None, port=web_port), web_port),
        ):
            yield SmsStory(story, sms, f"http://127.0.0.1:{port}", pages)
    finally:
        await server.stop()
        await database.close()


def the_gateway(port: int) -> Gateway:
    """Return the simulator's file for a port, with little patience."""
    return replace(at_port(load_gateway("simulator"), port), timeout=1.5, connections=2)


@asynccontextmanager
async def gateway_process(folder: Path, port: int) -> AsyncIterator[None]:
    """Run the simulator as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dondoc.sms.simulator", str(folder), str(port), cwd=Path(__file__).parents[1],
    )  # fmt: skip
    try:
        async with asyncio.timeout(20), httpx.AsyncClient() as client:
            while True:
                try:
                    await client.post(f"http://127.0.0.1:{port}/_faults", json=[])
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        yield
    finally:
        process.kill()  # it may be told to hang for long
        await process.wait()
