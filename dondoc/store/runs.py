"""The shelf of what operators should see in Prefect and have not been shown yet."""

from typing import Any

from sqlalchemy import delete, select, update

from dondoc.store import tables as t
from dondoc.store.engine import Database


async def put_run(database: Database, key: str, card: dict[str, Any]) -> None:
    """Lay a run's card down; a changed card under a known key is shown anew, the same one is not."""
    r = t.shown_run.c
    async with database.write() as connection:
        known = (await connection.execute(select(r.card).where(r.key == key))).first()
        if known is None:
            await connection.execute(
                database.insert(t.shown_run)
                .values(key=key, card=card, shelved_at=database.now())
                .on_conflict_do_nothing()
            )
        elif known.card != card:
            await connection.execute(update(t.shown_run).where(r.key == key).values(card=card, posted_at=None))


async def run_card(database: Database, key: str) -> dict[str, Any] | None:
    """Return the card of a run, or null."""
    async with database.read() as connection:
        row = (await connection.execute(select(t.shown_run.c.card).where(t.shown_run.c.key == key))).first()
        return dict(row.card) if row else None


async def missed_runs(database: Database, limit: int) -> list[dict[str, Any]]:
    """Return the oldest cards that Prefect does not have yet."""
    r = t.shown_run.c
    async with database.read() as connection:
        found = await connection.execute(select(r.card).where(r.posted_at.is_(None)).order_by(r.id).limit(limit))
        return [dict(row.card) for row in found]


async def run_posted(database: Database, key: str, prefect_id: str) -> None:
    """Note under which id Prefect keeps a run."""
    async with database.write() as connection:
        await connection.execute(
            update(t.shown_run).where(t.shown_run.c.key == key).values(posted_at=database.now(), prefect_id=prefect_id)
        )


async def prune_runs(database: Database, keep: int) -> None:
    """Forget all but the latest `keep` cards that Prefect has."""
    r = t.shown_run.c
    kept = select(r.id).where(r.posted_at.is_not(None)).order_by(r.id.desc()).limit(keep)
    async with database.write() as connection:
        await connection.execute(delete(t.shown_run).where(r.posted_at.is_not(None), r.id.not_in(kept)))
