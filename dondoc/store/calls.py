"""Whom the desk must telephone: units that owe something and cannot be written to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, exists, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from dondoc.store import tables as t
from dondoc.store.engine import Database

_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Call:
    """A unit the desk must telephone: nobody can be written to about what it owes."""

    campaign: str
    duty: str
    period: str
    title: str
    unit_code: str
    unit_name: str
    due_on: date | None
    rung: str  # what it should have heard
    since: datetime
    last_told: str | None
    last_told_at: datetime | None
    contacts: tuple[tuple[str, str, str], ...] = ()  # name, position, telephone; never its head's


async def call_list(database: Database, campaign_id: int | None, day: date) -> list[Call]:
    """Return the units to telephone, in protocol order: they owe something, and nobody there can be written to."""
    n, a, d, u = t.notice.c, t.assignment.c, t.duty_period.c, t.unit.c
    told = t.notice.alias("told")
    heard = (
        select(told.c.rung)
        .where(told.c.assignment_id == a.id, told.c.mode == n.mode, told.c.state == "accepted")
        .order_by(told.c.settled_at.desc(), told.c.id.desc())
        .limit(1)
        .correlate(t.assignment, t.notice)
    )
    newer = t.notice.alias("newer")

    def by_mail(step_id: ColumnElement[int]) -> ColumnElement[bool]:
        return ~exists().where(t.step.c.id == step_id, t.step.c.channel == "sms")

    wanted = (
        select(
            t.campaign.c.key, d.duty, d.period, d.title, u.code, u.office_name, t.cohort.c.due_on, n.rung, n.settled_at,
            heard.scalar_subquery(), heard.with_only_columns(told.c.settled_at).scalar_subquery(), u.id,
        )
        .select_from(t.notice)
        .join(t.assignment, a.id == n.assignment_id)
        .join(t.cohort, t.cohort.c.id == a.cohort_id)
        .join(t.duty_period, d.id == a.duty_period_id)
        .join(t.campaign, t.campaign.c.id == d.campaign_id)
        .join(t.unit, u.id == a.unit_id)
        .where(
            n.reason == "no-address",
            n.state.in_(("failed", "skipped")),
            a.state == "open",
            n.mode == t.campaign.c.state,
            by_mail(n.step_id),  # without a mobile a unit can still be written to
            ~exists().where(
                newer.c.assignment_id == a.id, newer.c.mode == n.mode, newer.c.id > n.id, by_mail(newer.c.step_id)
            ),
            literal(True) if campaign_id is None else d.campaign_id == campaign_id,
        )
        .order_by(t.campaign.c.key, u.protocol_order, u.code, d.id)
    )  # fmt: skip
    async with database.read() as connection:
        rows: Any = (await connection.execute(wanted)).all()
        phones = await _phones(connection, sorted({row[-1] for row in rows}), day)
    return [replace(Call(*row[:-1]), contacts=phones.get(row[-1], ())) for row in rows]


async def _phones(
    connection: AsyncConnection, unit_ids: Sequence[int], day: date
) -> dict[int, tuple[tuple[str, str, str], ...]]:
    c, phones = t.contact.c, dict[int, tuple[tuple[str, str, str], ...]]()
    for start in range(0, len(unit_ids), _BATCH):
        wanted = (
            select(c.unit_id, c.name, c.position, c.phone)
            .where(
                c.unit_id.in_(unit_ids[start : start + _BATCH]),
                c.role.in_(("officer", "office")),
                c.phone.is_not(None),
                c.valid_from <= day,
                or_(c.valid_to.is_(None), c.valid_to > day),
            )
            .order_by(c.unit_id, case({"officer": 0, "office": 1}, value=c.role), c.id)
        )
        for row in await connection.execute(wanted):
            phones[row.unit_id] = (*phones.get(row.unit_id, ()), (row.name, row.position, row.phone))
    return phones
