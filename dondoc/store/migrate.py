"""Bring a database to the present shape; a command, never a side effect of starting."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from dondoc.store.engine import UNREACHABLE, DatabaseUnreachable, checked_url, refuse_unusable_file, why_unreachable

_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(url: str) -> None:
    """Create or upgrade the database at `url`; running it twice changes nothing.

    Errors: `DatabaseUnreachable`.
    """
    asyncio.run(migrate_async(url))


async def migrate_async(url: str) -> None:
    """Do what `migrate` does, inside a running event loop."""
    where = checked_url(url)
    if where.get_backend_name() == "sqlite" and where.database and not where.database.startswith("file:"):
        folder = Path(where.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # names and telephone numbers lie here
        except OSError as error:
            raise DatabaseUnreachable(f"folder {folder}: cannot be made ({error.strerror}); set DONDOC_HOME") from error
    refuse_unusable_file(where, new=True)
    waiting = {"timeout": 60} if where.get_backend_name() == "sqlite" else {}
    engine = create_async_engine(where, connect_args=waiting)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade)
            await connection.commit()
    except UNREACHABLE as error:
        raise DatabaseUnreachable(why_unreachable(where, error)) from error
    finally:
        await engine.dispose()


def head_revision() -> str | None:
    """Return the revision a database has when it is up to date."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return ScriptDirectory.from_config(config).get_current_head()


async def revision_of(connection: AsyncConnection) -> str | None:
    """Return the revision a database has."""
    return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


def _upgrade(connection: Connection) -> None:
    # Two that start at once take turns: the second finds everything done.
    sqlite = connection.dialect.name == "sqlite"
    connection.exec_driver_sql("BEGIN IMMEDIATE" if sqlite else "SELECT pg_advisory_xact_lock(2158)")
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    head = ScriptDirectory.from_config(config).get_current_head()
    if MigrationContext.configure(connection).get_current_revision() != head:
        command.upgrade(config, "head")
