"""The tests' own databases: migrated, empty, and nobody else's."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import create_async_engine

from dondoc.store import tables as t
from dondoc.store.engine import open_database


@pytest.mark.parametrize("turn", ["first", "second"])
async def test_every_test_gets_a_database_nobody_has_written_to(database_url: str, turn: str) -> None:
    database = await open_database(database_url)
    try:
        async with database.write() as connection:
            seen = (await connection.execute(select(t.meta.c.value).where(t.meta.c.key == "turn"))).scalars().all()
            await connection.execute(insert(t.meta).values(key="turn", value=turn))
    finally:
        await database.close()

    assert seen == []


async def test_a_migrated_database_has_the_tables_the_code_speaks_of(database_url: str) -> None:
    engine = create_async_engine(database_url)
    try:
        async with engine.connect() as connection:
            missing = await connection.run_sync(
                lambda sync: compare_metadata(MigrationContext.configure(sync), t.metadata)
            )
    finally:
        await engine.dispose()

    assert missing == []  # otherwise: make migration NAME="…"


def test_the_database_is_the_kind_that_was_asked_for(sqlite_url: str, postgresql_url: str) -> None:
    assert sqlite_url.startswith("sqlite+aiosqlite:///")
    assert postgresql_url.startswith("postgresql+asyncpg://")
