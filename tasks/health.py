"""Look at the system's own figures and say whether it is well."""

import shutil
from pathlib import Path

from deadlines.health import AUDIT_AGE, CLOCK_LAG, QUEUE_AGE, ROUND_AGE, Check, aged, counted, room
from dondoc.store import watch
from dondoc.store.migrate import head_revision, revision_of
from tasks.audit import PROCESS
from tasks.world import World


async def ready(world: World) -> Check:
    """Return whether the database answers and has the shape this program expects. Errors: `DatabaseUnreachable`."""
    async with world.database.read() as connection:
        found = await revision_of(connection)
    return Check("database", "well" if found == head_revision() else "down", found)


async def health(world: World, home: Path) -> list[Check]:
    """Return every check, worst or not, in the order of the data's path.

    A simulation's rounds are not watched: its clock stands where its player left it. Errors: `DatabaseUnreachable`.
    """
    database = world.database
    now = database.now()
    shape = await ready(world)
    if shape.state == "down":
        return [shape]
    async with database.read() as connection:
        backlog = await watch.backlog(connection, now)
        beats = await watch.beats(connection)
        holds = await watch.holds(connection)
        lapsed = await watch.lapsed_claims(database, connection)
        findings = await watch.findings_by_kind(connection)
    rounds = [beat.wall_at for beat in beats if beat.role == "round"]
    audited = next((beat.wall_at for beat in beats if beat.process == PROCESS), None)
    checks = [
        shape,
        aged("clock-lag", backlog.due, CLOCK_LAG, as_of=now),
        aged("queue-age", backlog.ready, QUEUE_AGE, as_of=now),
        counted("claims-lapsed", lapsed),
    ]
    if not database.simulated:
        checks.append(aged("last-round", max(rounds, default=None), ROUND_AGE, as_of=now, never="degraded"))
    return [
        *checks,
        aged("last-audit", audited, AUDIT_AGE, as_of=now, never="degraded"),
        counted("findings", sum(findings.values())),
        *(counted(f"held-by-{name}", count) for name, count in holds.items()),
        room(shutil.disk_usage(_existing(home)).free),
    ]


def _existing(folder: Path) -> Path:
    """Return a folder, or what of its path is there: where nothing has been kept yet, that disk will hold it."""
    return folder if folder.exists() else _existing(folder.parent)
