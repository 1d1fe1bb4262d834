"""What an operator does with single envelopes: sees them, tries a failed one again, takes a waiting one back."""

from pathlib import Path

import pytest
from sqlalchemy import update

from config.errors import Refused
from dondoc.store import tables as t
from dondoc.store.messages import count_messages, list_messages
from tasks.handle_messages import recall, retry
from tests.kill_server import usual
from tests.test_smtp import ONE, T_30, campaign, first_time, for_one


async def test_what_was_refused_once_can_be_tried_again(database_url: str, tmp_path: Path) -> None:
    async with campaign(database_url, tmp_path, for_one("dot", "554 5.6.0 content rejected")) as (s, server):
        database = s.world.database
        await s.round_only(T_30)
        [failed] = await list_messages(database, states=["failed"])
        assert (failed.address, failed.attempts, failed.mode) == (ONE, 1, "live")
        assert "content rejected" in (failed.last_error or "")
        assert failed.units >= 1
        assert failed.first_unit
        server.script = usual
        assert (await retry(s.world, [failed.id], s.now)).ids == (failed.id,)
        before = len(server.mails)
        await s.round_only("2024-10-16 10:01")
        assert [mail.recipient for mail in server.mails[before:]] == [ONE]
        [sent] = await list_messages(database, address=ONE)
        assert (sent.state, sent.attempts, sent.message_id) == ("accepted", 1, failed.message_id)
        with pytest.raises(Refused, match=f"message {failed.id}: is accepted and cannot be tried again"):
            await retry(s.world, [failed.id], s.now)


async def test_what_waits_can_be_taken_back_and_is_then_withdrawn(database_url: str, tmp_path: Path) -> None:
    async with campaign(database_url, tmp_path, first_time("rcpt", "450 4.7.1 greylisted")) as (s, server):
        database = s.world.database
        await s.round_only(T_30)
        [waiting] = await list_messages(database, address=ONE)
        assert waiting.state == "deferred"
        with pytest.raises(Refused, match="message 999999: there is none"):
            await recall(s.world, [waiting.id, 999_999], "nhầm kỳ", s.now)
        assert (await list_messages(database, address=ONE))[0].state == "deferred"  # all or none
        assert (await recall(s.world, [waiting.id], "nhầm kỳ", s.now)).ids == (waiting.id,)
        await s.round_only("2024-10-16 10:03")
        assert ONE not in {mail.recipient for mail in server.mails}
        [gone] = await list_messages(database, address=ONE)
        assert (gone.state, gone.last_error) == ("withdrawn", "recalled: nhầm kỳ")
        counts = await count_messages(database, s.key)
        assert counts["withdrawn"] == 1
        assert sum(counts.values()) == counts["accepted"] + 1
        ledger = await s.ledger()
        assert sum(n for (*_, state, reason), n in ledger.items() if (state, reason) == ("withdrawn", "withdrawn")) == (
            gone.notices
        )


async def test_what_is_being_sent_or_refused_for_good_is_left_alone(database_url: str, tmp_path: Path) -> None:
    async with campaign(database_url, tmp_path, for_one("rcpt", "550 5.1.1 no such user")) as (s, _server):
        await s.round_only(T_30)
        [failed] = await list_messages(s.world.database, states=["failed"])
        with pytest.raises(Refused, match="address has refused for good"):
            await retry(s.world, [failed.id], s.now)
        async with s.world.database.write() as connection:
            await connection.execute(update(t.message).where(t.message.c.id == failed.id).values(state="claimed"))
        for act in (retry(s.world, [failed.id], s.now), recall(s.world, [failed.id], "nhầm", s.now)):
            with pytest.raises(Refused, match="being sent at this moment"):
                await act
