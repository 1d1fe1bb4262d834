"""Courtesy: few messages, at hours when one may be disturbed, and never more than a wave needs."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import case, func, select, update

from config.plan import load_plan, load_plan_text, plan_path
from deadlines.calendar import vietnam
from deadlines.quiet import sms_allowed_from
from dondoc import clock
from dondoc.registry import load_bundle
from dondoc.simulation.run import simulate
from dondoc.store import tables as t
from dondoc.store.engine import open_database
from flows.round import queue
from tasks.changing import By
from tasks.handle_messages import hurry, recall
from tasks.load_campaign import load_campaign
from tasks.make_ruling import For, extend
from tasks.put_off import put_off_reminders
from tests.story import KEY, Story, at, story

Y_TE = "11-so-y-te"


@pytest.mark.parametrize(
    ("asked", "leaves"),
    [
        ("2026-11-12 07:29", "2026-11-12 07:30"),
        ("2026-11-12 07:30", "2026-11-12 07:30"),
        ("2026-11-12 19:59", "2026-11-12 19:59"),
        ("2026-11-12 20:00", "2026-11-13 07:30"),
        ("2026-11-13 21:00", "2026-11-16 07:30"),  # Friday evening
        ("2026-11-14 10:00", "2026-11-16 07:30"),  # Saturday
        ("2026-11-23 23:00", "2026-11-25 07:30"),  # Ngày Văn hóa Việt Nam lies between
    ],
)
def test_a_telephone_rings_in_office_hours(asked: str, leaves: str) -> None:
    assert sms_allowed_from(at(asked), vietnam()) == at(leaves)


async def told(s: Story, code: str) -> list[tuple[str, str, str | None]]:
    """Return what the ledger says of a unit's annual report: rung, state, reason, in the order of telling."""
    n = t.notice.c
    async with s.world.database.read() as connection:
        found = await connection.execute(
            select(n.rung, n.state, n.reason)
            .join(t.assignment, t.assignment.c.id == n.assignment_id)
            .join(t.unit, t.unit.c.id == t.assignment.c.unit_id)
            .join(t.duty_period, t.duty_period.c.id == t.assignment.c.duty_period_id)
            .where(t.unit.c.code == code, t.duty_period.c.duty == "annual-report", n.state != "skipped")
            .union_all(
                select(n.rung, n.state, n.reason)
                .join(t.assignment, t.assignment.c.id == n.assignment_id)
                .join(t.unit, t.unit.c.id == t.assignment.c.unit_id)
                .join(t.duty_period, t.duty_period.c.id == t.assignment.c.duty_period_id)
                .where(t.unit.c.code == code, t.duty_period.c.duty == "annual-report", n.reason == "folded")
            )
        )
        return sorted((row.rung, row.state, row.reason) for row in found)


@pytest.mark.parametrize(("most", "folded"), [(4, ["T-7"]), (5, [])])
async def test_an_extended_unit_is_not_reminded_all_over_again(
    database_url: str, tmp_path: Path, most: int, folded: list[str]
) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        s.world.most_per_duty = most
        await s.forward("2026-11-10 09:00")  # T-30 and T-7 have gone out
        by = By("Chuyên viên mẫu", s.now, "45/UBND-MẪU, 10/11/2026", None, False)
        await extend(
            s.world, KEY, "annual-report", "2026", date(2026, 11, 30), requested_on=date(2026, 11, 9), by=by,
            whom=For(unit=Y_TE),
        )  # fmt: skip
        await s.forward("2026-11-28 09:00")
        heard = await told(s, Y_TE)
        assert [rung for rung, _state, reason in heard if reason == "folded"] == folded
        said = [rung for rung, state, _reason in heard if state == "accepted"]
        assert said.count("T-1") == 1  # the last reminder goes, whatever was said before
        assert len(said) == 5 - len(folded)


async def test_in_a_year_nobody_hears_more_than_once_a_wave(database_url: str, tmp_path: Path) -> None:
    """The throttle is the key of the envelopes: a person, a campaign, a day, a wave; so a day has two at most."""
    account = await simulate(
        load_plan(plan_path(KEY)), first=date(2026, 1, 1), until=date(2026, 12, 31), profile="typical", seed=3,
        folder=tmp_path, database_url=database_url,
    )  # fmt: skip
    assert account["messages"] > 300
    database = await open_database(database_url)
    try:
        m = t.message.c
        async with database.read() as connection:
            digests = select(m.person_id, m.local_day, func.count().label("mails")).where(
                m.kind == "digest", m.accepted_at.is_not(None)
            )
            per_day = Counter(row.mails for row in await connection.execute(digests.group_by(m.person_id, m.local_day)))
    finally:
        await database.close()
    assert max(per_day) <= 2
    assert sum(per_day.values()) > 250


async def leaving(s: Story) -> dict[str, int]:
    """Return when the mails that wait leave: hour → how many."""
    m = t.message.c
    async with s.world.database.read() as connection:
        found = await connection.scalars(select(m.not_before).where(t.message_is_open))
        return Counter(f"{each.astimezone(clock.LOCAL):%d/%m %H:%M}" for each in found)


async def test_two_campaigns_do_not_speak_to_one_person_more_often_than_a_day_bears(
    database_url: str, tmp_path: Path
) -> None:
    async with story(database_url, tmp_path, since="2026-10-01", now="2026-10-14 07:00") as s:
        text = plan_path(KEY).read_text("utf-8").replace(f"key: {KEY}", "key: another")
        another = load_plan_text(text, "another.yaml")
        await load_campaign(s.world, another, load_bundle(KEY), as_of=s.now, state="live", since=date(2026, 10, 1))
        eight = at("2026-10-14 08:00")
        await queue(s.world, eight)
        assert await leaving(s) == {"14/10 08:00": 248}
        assert await put_off_reminders(s.world, eight) == 0  # two are fewer than four
        s.world.most_per_day = 1
        assert await put_off_reminders(s.world, eight) == 124
        assert await put_off_reminders(s.world, eight) == 0
        assert await leaving(s) == {"14/10 08:00": 124, "15/10 08:00": 124}
        m = t.message.c
        async with s.world.database.write() as connection:  # the next day one of them has just been written to
            chosen = select(func.min(m.id)).where(m.not_before > eight).scalar_subquery()
            person = select(m.person_id).where(m.id == chosen).scalar_subquery()
            await connection.execute(
                update(t.message)
                .where(m.not_before == eight)
                .values(state="withdrawn", accepted_at=case((m.person_id == person, at("2026-10-15 07:59"))))
            )
            waiting = list(await connection.scalars(select(m.id).where(t.message_is_open).order_by(m.id)))
        assert await put_off_reminders(s.world, at("2026-10-15 08:00")) == 1
        assert await leaving(s) == {"15/10 08:00": 123, "16/10 08:00": 1}
        await hurry(s.world, waiting[:1], "Chuyên viên mẫu", at("2026-10-15 08:01"))  # an officer knows better
        assert await put_off_reminders(s.world, at("2026-10-15 08:01")) == 0
        assert await leaving(s) == {"15/10 08:00": 123, "15/10 08:01": 1}
        await recall(s.world, waiting, "thử", s.now)

        friday = at("2026-11-13 08:00")  # what is due on Saturday goes today, however much that is
        await queue(s.world, friday)
        mails = (await leaving(s))["13/11 08:00"]
        assert await put_off_reminders(s.world, friday) == 0
        assert mails == 248
