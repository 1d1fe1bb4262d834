"""The ledger as a CSV file: one line per notice with its state and reason, for the judge and for people."""

from pathlib import Path

from sqlalchemy import select

from dondoc.store import tables as t
from dondoc.store.engine import Database
from tests.faults.made import write

COLUMNS = ("unit", "duty", "period", "rung", "due_on", "state", "reason")


async def write_ledger(database: Database, path: Path) -> None:
    """Write every notice of a database."""
    n, a, d = t.notice.c, t.assignment.c, t.duty_period.c
    wanted = (
        select(t.unit.c.code, d.duty, d.period, n.rung, n.due_key, n.state, n.reason)
        .join(t.assignment, a.id == n.assignment_id)
        .join(t.duty_period, d.id == a.duty_period_id)
        .join(t.unit, t.unit.c.id == a.unit_id)
        .order_by(n.id)
    )
    async with database.read() as connection:
        write(path, COLUMNS, list(await connection.execute(wanted)))
