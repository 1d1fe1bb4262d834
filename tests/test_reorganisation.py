"""Across 1/3 and 1/7/2025: no open work is lost, no unit that has ended is written to, nobody is asked twice."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import and_, func, or_, select

from dondoc import clock
from dondoc.store import tables as t
from tests.story import Story, story

GONE = date(2025, 7, 1)
_heir = t.assignment.alias("heir")


async def ask(s: Story, question: Any) -> list[tuple[Any, ...]]:
    async with s.world.database.read() as connection:
        return [tuple(row) for row in await connection.execute(question)]


async def open_work_of_the_dead(s: Story) -> list[tuple[Any, ...]]:
    """Open assignments of units that no longer exist."""
    a, u = t.assignment.c, t.unit.c
    return await ask(
        s,
        select(u.code, a.id).join(t.unit, u.id == a.unit_id).where(
            a.state == "open", u.valid_to.is_not(None), u.valid_to <= clock.local_day(s.now)
        ),
    )  # fmt: skip


async def written_to_the_dead(s: Story) -> list[tuple[Any, ...]]:
    """Notices written for units after their last day."""
    a, u, n = t.assignment.c, t.unit.c, t.notice.c
    rows = await ask(
        s,
        select(u.code, n.rung, n.created_at, u.valid_to)
        .select_from(t.notice)
        .join(t.assignment, a.id == n.assignment_id)
        .join(t.unit, u.id == a.unit_id)
        .where(u.valid_to.is_not(None), n.state.in_(("queued", "accepted", "laid", "released"))),
    )
    return [row[:3] for row in rows if clock.local_day(row[2]) >= row[3]]


async def work_nobody_took_over(s: Story, kinds: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """Transferred assignments none of whose unit's successors has one of the same period."""
    a, u, sc = t.assignment.c, t.unit.c, t.succession.c
    taken = (
        select(_heir.c.id)
        .join(t.succession, sc.successor_id == _heir.c.unit_id)
        .where(sc.predecessor_id == a.unit_id, _heir.c.duty_period_id == a.duty_period_id)
        .exists()
    )
    return await ask(
        s,
        select(u.code, t.duty_period.c.duty, t.duty_period.c.period)
        .select_from(t.assignment)
        .join(t.unit, u.id == a.unit_id)
        .join(t.duty_period, t.duty_period.c.id == a.duty_period_id)
        .where(a.state == "transferred", u.kind.in_(kinds), ~taken),
    )


async def asked_twice(s: Story) -> list[tuple[Any, ...]]:
    a = t.assignment.c
    wanted = select(a.duty_period_id, a.unit_id, func.count()).group_by(a.duty_period_id, a.unit_id)
    return [row for row in await ask(s, wanted) if row[2] > 1]


async def standing(s: Story, duty: str, kind: str) -> dict[str, int]:
    a, u, d = t.assignment.c, t.unit.c, t.duty_period.c
    rows = await ask(
        s,
        select(a.state, func.count())
        .select_from(t.assignment)
        .join(t.unit, u.id == a.unit_id)
        .join(t.duty_period, d.id == a.duty_period_id)
        .where(d.duty == duty, u.kind == kind)
        .group_by(a.state),
    )
    return {str(state): int(count) for state, count in rows}


async def nothing_amiss(s: Story, kinds: tuple[str, ...]) -> None:
    assert await open_work_of_the_dead(s) == []
    assert await written_to_the_dead(s) == []
    assert await work_nobody_took_over(s, kinds) == []
    assert await asked_twice(s) == []


@pytest.mark.parametrize("late", [False, True], ids=["punctual", "after-an-outage"])
async def test_thai_binhs_open_reviews_pass_to_hung_yens_units(database_url: str, tmp_path: Path, late: bool) -> None:
    """Q-IV/2024 is not reported: 20 departments, 8 districts and 242 communes; two have reported before they end."""
    async with story(database_url, tmp_path, since="2024-12-28", now="2024-12-28", key="thai-binh") as s:
        await s.round_only("2024-12-31 09:00")
        codes = sorted(
            unit.unit_code for unit in await s.units("unit-interim-review", "once") if unit.unit_kind == "commune"
        )
        assert len(codes) == 242
        for code in (codes[0], "34-so-y-te"):
            await s.submit(code, "unit-interim-review", "once")
        if not late:
            await s.round_only("2025-03-01 09:00")
        await s.round_only("2025-07-02 09:00")
        await nothing_amiss(s, ("department", "commune"))
        communes = await standing(s, "unit-interim-review", "commune")
        assert communes == {"submitted": 1, "transferred": 241, "open": 65}
        assert await standing(s, "unit-interim-review", "district") == {"transferred": 8}
        departments = await standing(s, "unit-interim-review", "department")
        assert (departments["submitted"], departments["open"]) == (
            1,
            14,
        )  # Y tế has answered; its successor is not asked
        assert {unit.unit_name for unit in await s.units("unit-interim-review", "once") if unit.state == "open"} & {
            "Sở Y tế tỉnh Hưng Yên"
        } == set()


@pytest.mark.parametrize("key", ["dien-bien", "hai-duong", "kien-giang", "tuyen-quang"])
async def test_a_year_across_the_reorganisation_loses_nothing(database_url: str, tmp_path: Path, key: str) -> None:
    async with story(database_url, tmp_path, since="2025-01-02", now="2025-01-02", key=key) as s:
        for day in ("2025-01-02", "2025-02-28", "2025-03-03", "2025-06-30", "2025-07-01", "2025-07-02"):
            await s.round_only(f"{day} 09:00")
            await nothing_amiss(s, ("department",))
        alive = and_(t.unit.c.valid_from <= GONE, or_(t.unit.c.valid_to.is_(None), t.unit.c.valid_to > GONE))
        assert await ask(s, select(t.unit.c.code).where(t.unit.c.kind == "district", alive)) == []
