"""The tests' own databases: migrated, empty, and nobody else's."""

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from dondoc.store import tables as t
from dondoc.store.engine import DatabaseUnreachable, open_database


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


async def test_a_quiet_sweep_reads_only_what_is_open(sqlite_url: str) -> None:
    """The sweep must cost by what is due, not by what exists: every look of a quiet round goes through an index."""
    from sqlalchemy import event

    from dondoc.store.engine import open_database
    from dondoc.store.outbox import modes_ready
    from dondoc.store.steps import next_instant, steps_due

    database = await open_database(sqlite_url)
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        asked.append((statement, values))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        await steps_due(database, database.now())
        await modes_ready(database, database.now())
        await next_instant(database)
        plans: list[str] = []
        async with database.read() as connection:
            for statement, values in list(asked):
                found = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                plans += [str(row.detail) for row in found]
    finally:
        await database.close()
    assert any("ix_step_due" in plan for plan in plans)
    assert any("ix_message_ready" in plan for plan in plans)
    assert [plan for plan in plans if plan.startswith(("SCAN step", "SCAN message", "SCAN notice"))
            and "USING" not in plan] == []  # fmt: skip


@pytest.mark.parametrize("how", ["read", "write"])
async def test_a_server_that_goes_away_in_mid_operation_is_told_in_one_line(postgresql_url: str, how: str) -> None:
    database = await open_database(postgresql_url)
    try:
        with pytest.raises(DatabaseUnreachable, match=r"cannot be reached \(.*administrator command\)") as told:
            async with database.read() if how == "read" else database.write() as connection:
                await connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        assert "\n" not in str(told.value)
        async with database.read() as connection:  # the server is back: a new connection, the same process
            assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
    finally:
        await database.close()
