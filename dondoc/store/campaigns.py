"""Questions about campaigns and their office; and the ruling that changes a campaign's state."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from config.errors import Refused
from dondoc.store import tables as t
from dondoc.store.engine import Database


class UnknownCampaign(Refused):
    """No such campaign in this database; names those there are."""


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign as stored. `since` is the day from which it speaks; `state` draft, rehearsal or live."""

    id: int
    key: str
    name: str
    state: str
    since: date
    office_id: int
    plan_text: str
    plan_sha256: str
    found: dict[str, Any]
    calendar: str
    ended_on: date | None


_COLUMNS = [t.campaign.c[name] for name in CampaignRow.__slots__]
_WITHOUT_TEXT = [column for column in _COLUMNS if column is not t.campaign.c.plan_text]


async def campaigns(database: Database) -> list[CampaignRow]:
    """Return every campaign, by key."""
    return await _rows(database)


async def _rows(database: Database, *which: ColumnElement[bool]) -> list[CampaignRow]:
    """Return campaigns, by key; a plan's text, of 50 kB, is read once and known by its hash from then on."""
    c, texts = t.campaign.c, database.plan_texts
    async with database.read() as connection:
        while True:
            rows: Any = (await connection.execute(select(*_WITHOUT_TEXT).where(*which).order_by(c.key))).all()
            if not (unread := {row.plan_sha256 for row in rows} - texts.keys()):
                break
            found = await connection.execute(select(c.plan_sha256, c.plan_text).where(c.plan_sha256.in_(unread)))
            texts.update({row.plan_sha256: row.plan_text for row in found})
    return [CampaignRow(**row._mapping, plan_text=texts[row.plan_sha256]) for row in rows]


async def campaign_rows_in(connection: AsyncConnection) -> list[CampaignRow]:
    """Return every campaign as a transaction sees it, by key."""
    found = await connection.execute(select(*_COLUMNS).order_by(t.campaign.c.key))
    return [CampaignRow(*row) for row in found]


async def campaigns_in(connection: AsyncConnection) -> list[int]:
    """Return the id of every campaign as a transaction sees it."""
    return list((await connection.execute(select(t.campaign.c.id).order_by(t.campaign.c.id))).scalars())


async def campaign(database: Database, key: str) -> CampaignRow:
    """Return one campaign. Errors: `UnknownCampaign`."""
    for row in await _rows(database, t.campaign.c.key == key):
        return row
    known = ", ".join(row.key for row in await campaigns(database)) or "none is loaded yet"
    raise UnknownCampaign(f"campaign '{key}': not in this database; known: {known}")


async def save_office(database: Database, connection: AsyncConnection, values: dict[str, Any]) -> int:
    """Insert or refresh the office that owns a campaign; return its id."""
    statement = database.insert(t.office).values(**values)
    changed = {name: statement.excluded[name] for name in values if name != "key"}
    saved = await connection.execute(
        statement.on_conflict_do_update(index_elements=["key"], set_=changed).returning(t.office.c.id)
    )
    return int(saved.scalar_one())


async def add_campaign(connection: AsyncConnection, values: dict[str, Any]) -> int:
    """Insert a campaign and return its id."""
    added = await connection.execute(insert(t.campaign).values(**values).returning(t.campaign.c.id))
    return int(added.scalar_one())


async def set_state(connection: AsyncConnection, campaign_id: int, state: str, since: date) -> None:
    """Move a campaign to a state from a day on."""
    await connection.execute(update(t.campaign).where(t.campaign.c.id == campaign_id).values(state=state, since=since))


async def lock_campaign(database: Database, connection: AsyncConnection, campaign_id: int) -> CampaignRow:
    """Hold a campaign's row until the transaction ends: fan-outs and rulings of one campaign take turns."""
    wanted = select(*_COLUMNS).where(t.campaign.c.id == campaign_id)
    row = (await connection.execute(wanted if database.sqlite else wanted.with_for_update(key_share=True))).one()
    return CampaignRow(*row)


async def set_role_holders(connection: AsyncConnection, campaign_id: int, rows: list[dict[str, Any]]) -> None:
    """Say who holds which role from when until when: as the plan and the rulings together give it."""
    await connection.execute(delete(t.role_holder).where(t.role_holder.c.campaign_id == campaign_id))
    if rows:
        await connection.execute(insert(t.role_holder), rows)


async def set_plan(
    connection: AsyncConnection, campaign_id: int, values: dict[str, Any], at: datetime, ruling_id: int | None
) -> None:
    """Let a campaign go by another text of its plan; earlier texts are kept."""
    if ruling_id is not None:
        await connection.execute(update(t.campaign).where(t.campaign.c.id == campaign_id).values(**values))
    version = {name: values[name] for name in ("plan_text", "plan_sha256")}
    await connection.execute(
        insert(t.plan_version).values(campaign_id=campaign_id, loaded_at=at, ruling_id=ruling_id, **version)
    )


async def confirm_reconciliation(connection: AsyncConnection, office_id: int, at: datetime, by: str) -> int:
    """Record that the desk has compared its registers with the ledger up to `at`."""
    added = await connection.execute(
        insert(t.reconciliation)
        .values(office_id=office_id, confirmed_at=at, confirmed_by=by)
        .returning(t.reconciliation.c.id)
    )
    return int(added.scalar_one())


async def reconciled_at(database: Database, office_id: int, as_of: datetime) -> datetime | None:
    """Return the office's latest confirmed reconciliation by `as_of`."""
    r = t.reconciliation.c
    async with database.read() as connection:
        found = await connection.execute(
            select(r.confirmed_at)
            .where(r.office_id == office_id, r.confirmed_at <= as_of, r.undone_at.is_(None))
            .order_by(r.confirmed_at.desc())
            .limit(1)
        )
        return found.scalar_one_or_none()


async def offices(database: Database) -> list[Any]:
    """Return every office."""
    async with database.read() as connection:
        return list((await connection.execute(select(t.office).order_by(t.office.c.id))).all())


async def count_rows(database: Database) -> dict[str, int]:
    """Return how many rows each table holds, for health pages and tests."""
    async with database.read() as connection:
        return {
            name: int((await connection.execute(select(func.count()).select_from(table))).scalar_one())
            for name, table in t.metadata.tables.items()
        }


async def sender_addresses(database: Database) -> list[str]:
    """Return the addresses that offices with campaigns write from."""
    wanted = select(t.office.c.sender_address).where(t.office.c.id.in_(select(t.campaign.c.office_id))).distinct()
    async with database.read() as connection:
        return sorted((await connection.execute(wanted)).scalars())
