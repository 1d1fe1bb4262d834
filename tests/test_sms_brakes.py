"""What keeps SMS from doing harm: the journal, the stop button in mid-claim, a gateway that refuses everybody, and the
next contact of a unit whose number is refused."""

import asyncio
import shutil
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from dondoc.messages.journal import JournalUnusable
from dondoc.store import tables as t
from dondoc.store.calls import call_list
from dondoc.store.relays import relay_states, suppressions
from flows.round import queue, round_
from tasks.brakes import lift_suppression, pause, reset_relay
from tasks.replay_journal import take_over_journal
from tasks.stages import RoundReport
from tests.sms_story import SmsStory, mobile_of, sms_story
from tests.story import KEY, at
from tests.test_restore import backup, keep_journal, restore
from tests.test_sms import DAY_BEFORE, SINCE, deaf, messages, notices

OFFICER = "Quản trị mẫu"


async def another_officer(s: SmsStory, phone: str) -> None:
    """Register another officer with a mobile in the unit of the first one."""
    c = t.contact.c
    async with s.story.world.database.write() as connection:
        unit = (await connection.execute(select(c.unit_id).where(c.phone == mobile_of(0)))).scalar_one()
        added = insert(t.person).values(channel="email", address="can-bo-thu-hai@mau.example").returning(t.person.c.id)
        person = (await connection.execute(added)).scalar_one()
        await connection.execute(
            insert(t.contact).values(
                unit_id=unit, person_id=person, role="officer", name="Cán bộ mẫu thứ hai", position="Chuyên viên mẫu",
                phone=phone, valid_from=date(2020, 1, 1), sample=True,
            )
        )  # fmt: skip


async def test_yesterdays_backup_does_not_send_todays_sms_again(database_url: str, tmp_path: Path) -> None:
    async with sms_story(database_url, tmp_path, since=SINCE) as s:
        world = s.story.world
        await keep_journal(s.story, tmp_path)
        deaf(s)
        await s.story.forward(f"{DAY_BEFORE} 07:00")
        await queue(world, at(f"{DAY_BEFORE} 08:00"))
        saved = await backup(world.database)
        await s.story.forward(f"{DAY_BEFORE} 08:30")
        assert len(s.taken()) == 6
        await restore(world.database, saved)
        s.story.now = at(f"{DAY_BEFORE} 15:00")
        assert [stop.kind for stop in (await round_(world, s.story.now)).stops] == ["restored"]
        done = await take_over_journal(world, officer=OFFICER, as_of=s.story.now)
        assert (done.remembered, done.settled, done.released) == (6, 6, True)
        await s.story.forward(f"{DAY_BEFORE} 18:00")
        assert len(s.taken()) == 6
        assert await notices(s) == {("accepted", None): 6, ("skipped", "no-address"): 74}
        [journal] = (tmp_path / "journal").rglob("*.jsonl")
        assert not any(mobile_of(n)[1:] in journal.read_text("utf-8") for n in range(6))


async def under_way(s: SmsStory, minute: int) -> asyncio.Task[RoundReport]:
    """Begin a round, and return once the gateway has taken one more SMS."""
    before = len(s.taken())
    sending = asyncio.create_task(round_(s.story.world, at(f"{DAY_BEFORE} 08:{minute:02}")))
    while len(s.taken()) == before:  # noqa: ASYNC110 (the gateway is another process)
        await asyncio.sleep(0.02)
    return sending


async def test_a_pause_and_a_failing_journal_act_within_a_claim(sqlite_url: str, tmp_path: Path) -> None:
    async with sms_story(sqlite_url, tmp_path, since=SINCE) as s:
        await s.story.forward(f"{DAY_BEFORE} 07:59")
        deaf(s)
        s.use(rate=1, connections=1)
        journal = await keep_journal(s.story, tmp_path)
        sending = await under_way(s, 0)
        shutil.rmtree(journal.folder)  # the disk is gone
        with pytest.raises(JournalUnusable):
            await sending
        taken = len(s.taken())
        assert taken < 4
        assert await s.states() == {"accepted": taken, "queued": 6 - taken}  # what was sent is written down
        journal.folder.mkdir()
        sending = await under_way(s, 1)
        await pause(s.story.world, KEY, "sms", officer=OFFICER, reason="thử", as_of=at(f"{DAY_BEFORE} 08:01"))
        report = await sending
        assert [each.channel for each in report.pauses] == ["sms"]
        assert len(s.taken()) < 6
        assert await s.states() == {"accepted": len(s.taken()), "queued": 6 - len(s.taken())}


async def test_a_gateway_that_refuses_every_number_is_tripped_and_nobody_is_suppressed(
    sqlite_url: str, tmp_path: Path
) -> None:
    kinds = ("department", "enterprise")
    async with sms_story(sqlite_url, tmp_path, since=SINCE, officers=24, kinds=kinds) as s:
        await s.story.forward(f"{DAY_BEFORE} 07:59")
        deaf(s)
        world = s.story.world
        await s.faults(*24 * ["number"])
        await s.story.round_only(f"{DAY_BEFORE} 08:00")
        states = await s.states()
        assert 20 <= states["deferred"] <= 21  # the twentieth trips it; one more was under way
        assert states["deferred"] + states["queued"] == 24
        assert (s.taken(), await suppressions(world.database)) == ([], [])
        async with world.database.read() as connection:
            [state] = await relay_states(connection)
        assert (state.relay, state.reason) == ("simulator", "20 of its last 20 messages refused for good")
        await s.story.round_only(f"{DAY_BEFORE} 10:00")
        assert await s.states() == states  # it stands still
        await s.faults("clear")
        await reset_relay(world, "simulator", officer=OFFICER, as_of=s.story.now)
        await s.story.round_only(f"{DAY_BEFORE} 10:01")
        assert await s.states() == {"accepted": 24}


async def test_a_refused_number_goes_to_the_units_next_officer_and_can_be_lifted(
    database_url: str, tmp_path: Path
) -> None:
    async with sms_story(database_url, tmp_path, since=SINCE, officers=1) as s:
        world = s.story.world
        await another_officer(s, mobile_of(7))
        await s.story.forward(f"{DAY_BEFORE} 07:59")
        deaf(s)
        await s.faults("number")
        await s.story.round_only(f"{DAY_BEFORE} 08:00")
        assert s.taken() == []
        [refused] = await suppressions(world.database)
        assert (refused.address, refused.reason) == (
            "+84912000000", "the gateway refuses the number: CodeResult 99",
        )  # fmt: skip
        await s.story.round_only(f"{DAY_BEFORE} 08:01")
        assert [each.phone for each in s.taken()] == [mobile_of(7)]
        assert await notices(s) == {("accepted", None): 1, ("skipped", "no-address"): 79}  # one ledger row
        assert await messages(s, "state") == [("failed",), ("accepted",)]
        await lift_suppression(world, "+84912000000", officer=OFFICER, as_of=s.story.now)
        assert await suppressions(world.database) == []


async def test_without_another_number_it_is_told_and_mail_goes_on(sqlite_url: str, tmp_path: Path) -> None:
    async with sms_story(sqlite_url, tmp_path, since=SINCE, officers=2) as s:
        await s.story.forward(f"{DAY_BEFORE} 07:59")
        deaf(s)
        await s.faults("number", "refuse")
        await s.story.round_only(f"{DAY_BEFORE} 08:00")
        await s.story.round_only(f"{DAY_BEFORE} 08:01")
        assert s.taken() == []
        assert await notices(s) == {
            ("failed", "no-address"): 1,  # the number
            ("failed", None): 1,  # the message: nothing is wrong with its number
            ("skipped", "no-address"): 78,
        }
        assert len(await suppressions(s.story.world.database)) == 1
        assert await call_list(s.story.world.database, None, date(2026, 11, 12)) == []  # they can be written to
