"""Whatever changes a running campaign changes exactly what was announced, and nothing that has fired."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from config.plan import load_plan_text, plan_path
from deadlines.difference import Difference
from dondoc.store import tables as t
from dondoc.store.duties import duty_period
from dondoc.store.engine import open_database
from dondoc.store.rulings import rulings_of
from flows.round import queue
from tasks.calendars import enter_days, forget_day
from tasks.change_registry import merge_units
from tasks.changing import By, change
from tasks.load_campaign import amend_plan
from tasks.make_ruling import For, accept_late, confirm, extend, set_date, undo, waive
from tasks.registry_act import Order
from tasks.registry_rules import NewUnit
from tasks.rule_campaign import hold_role
from tests.story import KEY, Story, at, story

DOCUMENT = "45/UBND-MẪU, 10/11/2026"
Steps = dict[int, tuple[Any, ...]]


async def steps_of(s: Story) -> Steps:
    """Every step as it stands in the database: read here, not by the code that announces."""
    c = t.step.c
    wanted = select(c.id, c.duty, c.period, c.due_on, c.rung, c.fire_at, c.fired_at, c.reason, c.cohort_key)
    async with s.world.database.read() as connection:
        return {row.id: tuple(row[1:]) for row in await connection.execute(wanted)}


def by(s: Story, only_show: bool) -> By:
    return By("Chuyên viên mẫu", s.now, DOCUMENT, "thử", only_show)


Act = Callable[[Story, bool], Awaitable[Difference]]


def _edited(s: Story, *changes: tuple[str, str]) -> Any:
    text = plan_path(KEY).read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    return load_plan_text(text, f"{KEY}.yaml")


async def _extend_one(s: Story, dry: bool) -> Difference:
    done = await extend(s.world, KEY, "annual-report", "2026", date(2026, 11, 30), requested_on=date(2026, 11, 6),
                        by=by(s, dry), whom=For(unit="11-so-y-te"))  # fmt: skip
    return done.difference


async def _extend_kind(s: Story, dry: bool) -> Difference:
    done = await extend(s.world, KEY, "annual-report", "2026", date(2026, 11, 20), requested_on=date(2026, 11, 6),
                        by=by(s, dry), whom=For(kind="enterprise"))  # fmt: skip
    return done.difference


async def _waive(s: Story, dry: bool) -> Difference:
    whom = For(unit="11-so-tu-phap")
    return (await waive(s.world, KEY, "annual-report", "2026", by=by(s, dry), whom=whom)).difference


async def _undo_first(s: Story, dry: bool) -> Difference:
    first = (await rulings_of(s.world.database, 1))[0].id  # looking beforehand may use up a number
    return (await undo(s.world, KEY, first, by=by(s, dry))).difference


async def _date_an_undated(s: Story, dry: bool) -> Difference:
    done = await set_date(s.world, KEY, "inspection", "2026", date(2026, 12, 18), officer="Chuyên viên mẫu",
                          document=DOCUMENT, as_of=s.now, only_show=dry)  # fmt: skip
    return done.difference


async def _request(s: Story, dry: bool) -> Difference:
    done = await set_date(s.world, KEY, "ad-hoc-report", "2026-11-10", date(2026, 12, 1), officer="Chuyên viên mẫu",
                          document=DOCUMENT, as_of=s.now, only_show=dry)  # fmt: skip
    return done.difference


async def _date_a_discretionary(s: Story, dry: bool) -> Difference:
    done = await set_date(s.world, KEY, "interim-review", "once", date(2026, 12, 31), officer="Chuyên viên mẫu",
                          document=DOCUMENT, as_of=s.now, only_show=dry)  # fmt: skip
    return done.difference


async def _confirm(s: Story, dry: bool) -> Difference:
    done = await confirm(s.world, KEY, "interim-review", "once", officer="Chuyên viên mẫu", document=DOCUMENT,
                         as_of=s.now, only_show=dry)  # fmt: skip
    return done.difference


async def _holiday(s: Story, dry: bool) -> Difference:
    days = {date(2026, 11, 27): "off", date(2026, 11, 13): "off"}
    return await enter_days(s.world, "vn", days, name="Nghỉ thử", source="mẫu", status="dự kiến", by=by(s, dry))


async def _no_holiday(s: Story, dry: bool) -> Difference:
    return await forget_day(s.world, "vn", date(2026, 11, 27), by=by(s, dry))


async def _amended_date(s: Story, dry: bool) -> Difference:
    plan = _edited(s, ("rule: before 5/12", "rule: before 20/12"), ("hàng năm (trước 5/12)", "hàng năm (trước 20/12)"))
    return await amend_plan(s.world, plan, officer="Chuyên viên mẫu", document=DOCUMENT, as_of=s.now, only_show=dry)


async def _amended_back_and_ladder(s: Story, dry: bool) -> Difference:
    plan = _edited(s, ("rung: T-7, days: -7", "rung: T-7, days: -5"))
    return await amend_plan(s.world, plan, officer="Chuyên viên mẫu", document=DOCUMENT, as_of=s.now, only_show=dry)


async def _merger(s: Story, dry: bool) -> Difference:
    order = Order(on_date=s.now.date(), officer="Chuyên viên mẫu", document=DOCUMENT, at=s.now)

    async def work(connection: Any) -> None:
        await merge_units(s.world, connection, order, ["11-hoi-ccb"], NewUnit(code="11-hoi-nong-dan"))

    return (await change(s.world, work, only_show=dry)).difference


async def _role(s: Story, dry: bool) -> Difference:
    done = await hold_role(s.world, KEY, "standing-agency", "11-so-noi-vu", s.now.date(), None, by=by(s, dry))
    return done.difference


async def _late(s: Story, dry: bool) -> Difference:
    done = await accept_late(s.world, KEY, "annual-report", "2026", date(2026, 12, 15), by=by(s, dry),
                             whom=For(under="11-ubnd-tinh"))  # fmt: skip
    return done.difference


ACTS: list[tuple[str, Act]] = [
    ("2026-11-06 09:00", _extend_one),
    ("2026-11-06 10:00", _extend_kind),
    ("2026-11-06 15:00", _waive),
    ("2026-11-09 09:00", _undo_first),
    ("2026-11-09 10:00", _date_an_undated),
    ("2026-11-10 09:00", _request),
    ("2026-11-10 10:00", _date_a_discretionary),
    ("2026-11-10 11:00", _confirm),
    ("2026-11-11 09:00", _holiday),
    ("2026-11-11 14:30", _no_holiday),
    ("2026-11-12 09:00", _amended_date),
    ("2026-11-12 10:00", _amended_back_and_ladder),
    ("2026-11-13 09:00", _merger),
    ("2026-11-13 10:00", _role),
    ("2026-11-17 09:00", _late),
]


async def test_each_change_of_a_running_campaign_changes_exactly_what_was_announced(
    database_url: str, tmp_path: Path
) -> None:
    """Rulings, requests, an edited plan, a holiday, a merger, one after the other while rounds go on."""
    async with story(database_url, tmp_path, since="2026-11-01", now="2026-11-05") as s:
        told_nothing = []
        for when, act in ACTS:
            await s.forward(when)
            before = await steps_of(s)
            announced = await act(s, True)
            assert await steps_of(s) == before, f"{act.__name__}: looking changed something"
            assert await act(s, False) == announced, act.__name__
            after = await steps_of(s)
            _only_what_was_announced(before, after, announced, act.__name__)
            if announced.nothing:
                told_nothing.append(act.__name__)
        assert told_nothing == []
        await s.forward("2026-11-20 09:00")


def _only_what_was_announced(before: Steps, after: Steps, said: Difference, name: str) -> None:
    assert before.keys() <= after.keys(), f"{name}: a step is gone"
    fired = {key for key, row in before.items() if row[5] is not None}
    assert {key: before[key] for key in fired} == {key: after[key] for key in fired}, f"{name}: a fired step changed"
    new = after.keys() - before.keys()
    lines = [(row[0], row[1], row[2], row[3], row[4]) for row in (after[key] for key in new)]
    told = [*said.added, *(line for line, _why in said.stillborn)]
    assert sorted(lines) == sorted((x.duty, x.period, x.due_on, x.rung, x.fire_at) for x in told), name
    changed = [key for key in before if before[key] != after[key]]
    ended = [before[key] for key in changed if after[key][6] is not None]
    moved = [(before[key], after[key][4]) for key in changed if after[key][6] is None]
    assert len(ended) + len(moved) == len(changed)
    assert sorted((row[0], row[1], row[2], row[3]) for row in ended) == sorted(
        (line.duty, line.period, line.due_on, line.rung) for line, _why in said.ended
    ), name
    assert sorted((row[0], row[1], row[3], to) for row, to in moved) == sorted(
        (line.duty, line.period, line.rung, to) for line, to in said.moved
    ), name


@pytest.mark.parametrize("seconds", [0, 0.02, 0.1, 0.4])
async def test_an_extension_during_a_fan_out_lands_on_one_side(
    database_url: str, tmp_path: Path, seconds: float
) -> None:
    """Both at once, each by its own connection: reminded by the old ladder, or extended before it; never both."""
    async with story(database_url, tmp_path, since="2026-11-01", now="2026-11-05") as s:
        s.now = at("2026-11-06 08:00")
        second = await open_database(database_url)
        try:
            other = Story(_with(s, second), s.server, s.spool, s.now)

            async def rule_meanwhile() -> None:
                await asyncio.sleep(seconds)
                await _extend_one(other, False)

            await asyncio.gather(queue(s.world, s.now), rule_meanwhile())
        finally:
            await second.close()
        old = [row for row in await _notices(s, "11-so-y-te") if row[0] != "extended"]
        assert old in (
            [("T-7", "withdrawn", "extended")],  # queued by the old ladder, taken back by the extension
            [],  # extended first: the old step no longer reaches it
        )
        assert await _notices(s, "11-so-tu-phap") == [("T-7", "queued", None)]
        s.now += timedelta(minutes=5)
        await s.forward("2026-11-06 09:00")
        assert await _notices(s, "11-so-y-te") == [*old, ("extended", "accepted", None)]


async def test_a_report_and_an_extension_at_the_same_moment_are_both_kept(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-11-01", now="2026-11-05") as s:
        await s.forward("2026-11-06 09:00")
        second = await open_database(database_url)
        try:
            other = Story(_with(s, second), s.server, s.spool, s.now)
            receipt, _done = await asyncio.gather(
                s.submit("11-so-y-te", "annual-report", "2026"), _extend_one(other, False)
            )
        finally:
            await second.close()
        assert receipt.judged == "on-time"
        unit = next(u for u in await s.units("annual-report", "2026") if u.unit_code == "11-so-y-te")
        assert (unit.state, unit.due_on, unit.judged) == ("submitted", date(2026, 11, 30), "on-time")


def _with(s: Story, database: Any) -> Any:
    return replace(s.world, database=database, sender="second")


async def _notices(s: Story, code: str) -> list[tuple[Any, ...]]:
    owner = await duty_period(s.world.database, 1, "annual-report", "2026")
    n, a = t.notice.c, t.assignment.c
    wanted = (
        select(n.rung, n.state, n.reason)
        .join(t.assignment, a.id == n.assignment_id)
        .join(t.unit, t.unit.c.id == a.unit_id)
        .where(t.unit.c.code == code, a.duty_period_id == owner.id)
        .order_by(n.id)
    )
    async with s.world.database.read() as connection:
        return [tuple(row) for row in await connection.execute(wanted)]
