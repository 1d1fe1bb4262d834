"""Courtesy: few messages, at hours when one may be disturbed, and never more than a wave needs."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from config.plan import load_plan, plan_path
from deadlines.calendar import vietnam
from deadlines.quiet import sms_allowed_from
from dondoc.simulation.run import simulate
from dondoc.store import tables as t
from dondoc.store.engine import open_database
from tasks.changing import By
from tasks.make_ruling import For, extend
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
    assert sms_allowed_from(at(asked), vietnam(), urgent=True) == at(asked)


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
