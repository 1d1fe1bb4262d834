"""Look through the ledger for what nobody would notice, and keep what was found for as long as it lasts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from deadlines.audit import Finding, judge
from dondoc import clock
from dondoc.store import audit as store
from dondoc.store.audit import FindingRow
from dondoc.store.brakes import Heartbeat, beat, heartbeat_of
from dondoc.store.trail_head import HeadUnusable
from tasks.trail import verify
from tasks.world import World

PROCESS = "audit"
FROM = time(7)  # so that its mail lies on the desk when the day begins
_TRY_AGAIN = timedelta(hours=1)
_BROKEN_ROWS = 20  # named one by one; an altered trail is one event, not a thousand


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit found: everything that is wrong now, how much of it is new, and what is over."""

    as_of: datetime
    findings: tuple[FindingRow, ...]
    new: int
    cleared: int


async def look_through(world: World, as_of: datetime) -> list[Finding]:
    """Return what is wrong: work without a step or a reason, steps without notices, notices without an outcome,
    messages that stick, units nobody can reach, a trail that was altered. Writes nothing.
    """
    async with world.database.read() as connection:
        cohorts = await store.standings(connection)
        ledger = await store.ledger_findings(world.database, connection, as_of, clock.local_day(as_of))
    return [*judge(cohorts, as_of=as_of), *ledger, *await _trail(world)]


async def _trail(world: World) -> list[Finding]:
    """Return what `dondoc audit verify` would say, as findings: each broken row, or a head that cannot be read."""
    try:
        broken = (await verify(world)).broken
    except HeadUnusable as error:
        return [Finding("trail-broken", "head", {"error": str(error)})]
    by_row = {each.serial: each.how for each in reversed(broken)}  # one row of a finding each, the first thing said
    return [Finding("trail-broken", f"row {row}", {"how": by_row[row]}) for row in sorted(by_row)[:_BROKEN_ROWS]]


async def keep_findings(world: World, found: Sequence[Finding], as_of: datetime) -> AuditReport:
    """Write down what was found and that an audit has been: what lasts stays one row, what is over is cleared."""
    database = world.database
    async with database.write() as connection:
        new, cleared = await store.save_findings(database, connection, found, as_of)
        await beat(database, connection, PROCESS, "audit", Heartbeat(as_of, clock.since_boot(), ""))
        rows = await store.open_findings(connection)
    return AuditReport(as_of, tuple(rows), new, cleared)


async def open_findings(world: World) -> list[FindingRow]:
    """Return what the last audit found and is not over."""
    async with world.database.read() as connection:
        return await store.open_findings(connection)


async def audit_due(world: World, as_of: datetime) -> bool:
    """Return whether the day's audit is still to come; one whose heartbeat could not leave is repeated every hour."""
    async with world.database.read() as connection:
        last = await heartbeat_of(connection, PROCESS)
        if last is None:
            return True
        unheard = any(row.kind == "heartbeat" for row in await store.open_findings(connection))
    if unheard and last.wall_at <= as_of - _TRY_AGAIN:
        return True
    today = clock.local_day(as_of)
    return clock.local_day(last.wall_at) < today and as_of >= clock.at_local(today, FROM)
