"""The hot spot of sending: write down that a group of messages was accepted, in one statement or one thread's turn.

It happens once for every handful of messages, so it speaks to the driver itself: what SQLAlchemy adds is ten times
what the database does. Everything rarer goes through `outbox.commit_outcomes`; both mean the same.
"""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, Protocol

from dondoc.store.engine import Database, prepare_sqlite
from dondoc.store.outbox import Outcome
from dondoc.store.types import sqlite_text

_SQLITE_MESSAGE = """
UPDATE message
SET state = 'accepted', last_error = ?, lease_until = NULL, accepted_at = ?, message_id = ?, sha256 = ?,
    template_version = ?, parameters = ?, relay = ?
WHERE id = ? AND fence = ? AND state = 'claimed'
"""
_SQLITE_NOTICE = """
UPDATE notice SET state = 'accepted', settled_at = ?, reason = NULL
WHERE state = 'queued' AND id IN (
    SELECT i.notice_id FROM message_item i JOIN message m ON m.id = i.message_id
    WHERE m.state = 'accepted' AND m.id IN ({}))
"""
_POSTGRESQL = """
WITH taken AS (
    UPDATE message m
    SET state = 'accepted', last_error = o.said, lease_until = NULL, accepted_at = o.at, message_id = o.header,
        sha256 = o.sha256, template_version = o.version, parameters = o.parameters::jsonb, relay = o.relay
    FROM unnest($1::bigint[], $2::int[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::text[])
        AS o (id, fence, at, header, sha256, version, parameters, relay, said)
    WHERE m.id = o.id AND m.fence = o.fence AND m.state = 'claimed'
    RETURNING m.id, m.accepted_at)
UPDATE notice n SET state = 'accepted', settled_at = taken.accepted_at, reason = NULL
FROM message_item i JOIN taken ON taken.id = i.message_id
WHERE n.id = i.notice_id AND n.state = 'queued'
"""


class AcceptedWriter(Protocol):
    """Writes down accepted messages."""

    async def commit(self, outcomes: Sequence[Outcome]) -> None:
        """Record a group in one transaction; an outcome with an old fence changes nothing."""


@asynccontextmanager
async def accepted_writer(database: Database) -> AsyncIterator[AcceptedWriter]:
    """Lend a writer with a connection of its own."""
    if database.sqlite:
        writer = _Sqlite(database)
        try:
            yield writer
        finally:
            await writer.close()
        return
    async with database.driver() as connection:
        yield _Postgresql(database, connection)


class _Postgresql:
    def __init__(self, database: Database, connection: Any) -> None:
        self._database = database
        self._connection = connection

    async def commit(self, outcomes: Sequence[Outcome]) -> None:
        with self._database.told():
            await self._write(outcomes)

    async def _write(self, outcomes: Sequence[Outcome]) -> None:
        await self._connection.execute(
            _POSTGRESQL,
            [o.message_id for o in outcomes], [o.fence for o in outcomes], [o.at for o in outcomes],
            [o.header_id for o in outcomes], [o.sha256 for o in outcomes], [o.template_version for o in outcomes],
            [json.dumps(o.parameters, ensure_ascii=False) for o in outcomes], [o.relay for o in outcomes],
            [o.error for o in outcomes],
        )  # fmt: skip


class _Sqlite:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._thread = ThreadPoolExecutor(1, "outcomes")
        self._connection: sqlite3.Connection | None = None

    async def commit(self, outcomes: Sequence[Outcome]) -> None:
        rows = [
            (o.error, sqlite_text(o.at), o.header_id, o.sha256, o.template_version, json.dumps(o.parameters), o.relay,
             o.message_id, o.fence)
            for o in outcomes
        ]  # fmt: skip
        async with self._database.turn():
            await asyncio.get_running_loop().run_in_executor(self._thread, self._write, rows)

    def _write(self, rows: list[tuple[Any, ...]]) -> None:
        if self._connection is None:
            self._connection = sqlite3.connect(self._database.path, timeout=60, check_same_thread=False)
            prepare_sqlite(self._connection, relaxed=self._database.relaxed)
        do = self._connection.execute
        do("BEGIN IMMEDIATE")
        try:
            self._connection.executemany(_SQLITE_MESSAGE, rows)
            ids = [row[-2] for row in rows]
            do(_SQLITE_NOTICE.format(",".join("?" * len(ids))), [rows[0][1], *ids])
            do("COMMIT")
        except BaseException:
            do("ROLLBACK")
            raise

    async def close(self) -> None:
        def close() -> None:
            if self._connection is not None:
                self._connection.close()

        await asyncio.get_running_loop().run_in_executor(self._thread, close)
        self._thread.shutdown(wait=False)
