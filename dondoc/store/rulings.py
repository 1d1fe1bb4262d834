"""Rulings as rows: recorded, listed, and read as the decisions know them. A row is never changed or deleted."""

from datetime import date
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deadlines.ruling import Ruling, Scope
from dondoc import clock
from dondoc.store import tables as t
from dondoc.store.engine import Database


async def add_ruling(connection: AsyncConnection, values: dict[str, Any]) -> int:
    """Record a ruling and return its id."""
    added = await connection.execute(insert(t.ruling).values(**values).returning(t.ruling.c.id))
    return int(added.scalar_one())


async def unit_of_ruling(connection: AsyncConnection, ruling_id: int) -> int | None:
    """Return the row of the unit a ruling is for, if it is for one."""
    found = await connection.execute(select(t.ruling.c.unit_id).where(t.ruling.c.id == ruling_id))
    return found.scalar_one_or_none()


async def complete_ruling(connection: AsyncConnection, ruling_id: int, value: dict[str, Any]) -> None:
    """Write down what a ruling turned out to mean, in the transaction that records it."""
    await connection.execute(t.ruling.update().where(t.ruling.c.id == ruling_id).values(value=value))


async def rulings_in(connection: AsyncConnection, campaign_id: int) -> list[Ruling]:
    """Return every ruling of a campaign, oldest first, as a transaction sees it."""
    r = t.ruling.c
    found = await connection.execute(
        select(
            r.id, r.kind, r.duty, r.period, t.unit.c.code, r.scope_kind, r.scope_under, r.value, r.undoes_id, r.officer,
            r.made_at,
        )
        .outerjoin(t.unit, t.unit.c.id == r.unit_id)
        .where(r.campaign_id == campaign_id)
        .order_by(r.id)
    )  # fmt: skip
    return [
        Ruling(
            row.id, row.kind, row.duty, row.period, Scope(row.code, row.scope_kind, row.scope_under), row.value,
            row.undoes_id, row.officer, clock.local_day(row.made_at),
        )
        for row in found
    ]  # fmt: skip


async def rulings_of(database: Database, campaign_id: int, duty: str | None = None) -> list[Any]:
    """Return the rows of a campaign's rulings, or of one duty's, oldest first, with the unit's name."""
    r = t.ruling.c
    wanted = (
        select(t.ruling, t.unit.c.code.label("unit_code"), t.unit.c.office_name.label("unit_name"))
        .outerjoin(t.unit, t.unit.c.id == r.unit_id)
        .where(r.campaign_id == campaign_id)
        .order_by(r.id)
    )
    async with database.read() as connection:
        return list((await connection.execute(wanted if duty is None else wanted.where(r.duty == duty))).all())


async def set_found(
    connection: AsyncConnection, campaign_id: int, found: dict[str, Any], ended_on: date | None
) -> None:  # fmt: skip
    """Keep beside a campaign's plan what its standing rulings have found, and the day from which it asks no more."""
    await connection.execute(
        t.campaign.update().where(t.campaign.c.id == campaign_id).values(found=found, ended_on=ended_on)
    )
