"""Who is served first when more come than can be served at once."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from dondoc.portal.units.turns import FIRST, NEXT, Turns
from tasks.unit_links import links_for_desk
from tests.story import story
from tests.test_unit_pages import Y_TE, unit_pages, visitor
from tests.test_unit_reports import Officer, page_of


async def come(turns: Turns, rank: int, name: str, served: list[str]) -> None:
    async with turns.turn(rank):
        served.append(name)
        await asyncio.sleep(0)


async def test_whoever_sends_goes_before_whoever_looks_and_else_the_first_comes_first() -> None:
    turns, served = Turns(1), list[str]()
    async with turns.turn(NEXT), asyncio.TaskGroup() as group:
        for name, rank in (("looks", NEXT), ("sends", FIRST), ("looks too", NEXT), ("sends too", FIRST)):
            group.create_task(come(turns, rank, name, served))
        await asyncio.sleep(0)
        assert served == []
        turns._pass_on()  # as if this one had ended
        await asyncio.sleep(0.01)
    assert served == ["sends", "sends too", "looks", "looks too"]


async def test_who_goes_away_while_waiting_takes_no_turn_with_him() -> None:
    turns, served = Turns(1), list[str]()
    async with turns.turn(NEXT):
        gone = [asyncio.create_task(come(turns, FIRST, "gone", served)) for _ in range(2)]
        waits = asyncio.create_task(come(turns, NEXT, "waits", served))
        await asyncio.sleep(0)
        gone[0].cancel()
    gone[1].cancel()  # at the instant at which its turn has come
    with pytest.raises(asyncio.CancelledError):
        await gone[1]
    await waits
    await come(turns, NEXT, "next", served)
    assert served == ["waits", "next"]


async def test_what_is_sent_in_time_is_in_time_however_long_it_waits(database_url: str, tmp_path: Path) -> None:
    async with (
        story(database_url, tmp_path, since="2026-10-01") as s,
        unit_pages(s) as address,
        visitor(address) as browser,
        AsyncExitStack() as others,
    ):
        await s.round_only("2026-10-01 08:00")
        _, [link] = await links_for_desk(s.world, Y_TE, s.now)
        officer = Officer(s, browser, address)
        await officer.open(link.url)
        assert await officer.press("/draft", act="send", text="x") == 200
        code = await officer.code()
        for _ in range(16):  # others keep every connection to the database
            await others.enter_async_context(s.world.database.read())
        before = s.world.database.now()
        sending = asyncio.create_task(officer.press("/send", code=code))
        await asyncio.sleep(1)
        await others.aclose()
        assert await sending == 200
        [received] = (await page_of(s, officer.here)).received
        assert (received.received_at - before).total_seconds() < 0.5
