"""A database that is restarted under a sender: the sender ends with a word, and the next one goes on."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from dondoc.store import tables as t
from dondoc.store.engine import DatabaseUnreachable
from flows.dispatch import dispatch
from flows.round import queue
from tests.kill_sender import states
from tests.story import at, story

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
END_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


async def test_gone_while_a_mail_is_being_written(postgresql_url: str, tmp_path: Path) -> None:
    dsn = make_url(postgresql_url).set(drivername="postgresql").render_as_string(hide_password=False)
    async with story(postgresql_url, tmp_path, since="2026-01-01") as s:
        s.now = at("2026-10-14 08:00")
        await queue(s.world, s.now)
        holder, other = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
        try:
            await holder.execute("BEGIN")
            await holder.execute("LOCK TABLE template_set IN ACCESS EXCLUSIVE MODE")  # what a mail was written with
            sending = asyncio.create_task(dispatch(s.world, s.now))
            async with asyncio.timeout(30):
                while not await other.fetchval(WAITING):  # noqa: ASYNC110 (another process)
                    await asyncio.sleep(0.02)
            await other.execute(END_OTHERS)
            with pytest.raises(DatabaseUnreachable):
                await asyncio.wait_for(sending, 20)
        finally:
            holder.terminate()
            await other.close()
        held = await states(s.world.database, t.message)
        assert held["claimed"] > 0  # their lease runs out
        assert held["deferred"] == 0  # for nothing is wrong with any of them
        async with s.world.database.write() as connection:
            await connection.execute(t.message.update().values(lease_until=s.world.database.time()))
        await dispatch(s.world, s.now)
        assert await states(s.world.database, t.message) == {"accepted": 124}
