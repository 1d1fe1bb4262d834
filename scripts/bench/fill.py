"""A campaign with as many units as asked for: a small one loaded as always, then multiplied by the database itself.

Điện Biên's annual report 2025, live, on the morning of T-30. The thousand units of the small campaign are taken in and
followed through the year by the product's own code; further enterprises are added row by row as loading them would
write them: unit, person, contact, assignment. Each has one contact, so each gets a mail of its own.
"""

import tempfile
from datetime import date, datetime, time
from pathlib import Path

from sqlalchemy import text

from config.plan import load_plan, plan_path
from deadlines.staleness import DueStep
from dondoc import clock
from dondoc.registry import read_bundle
from dondoc.store.campaigns import lock_campaign
from dondoc.store.engine import Connection, Database, mark_simulation, open_database
from dondoc.store.steps import fire_step, queue_messages, steps_due
from flows.round import queue
from scripts.make_registry import write_registry
from tasks.load_campaign import load_campaign
from tasks.open_world import refresh_names, world_of

KEY, SMALL = "dien-bien", 1_000
KEY_BYTES = b"a key for measurements, shared by all"
_FILES = ("units", "successions", "contacts")
FIRST_ID = 10_000_000  # of added rows, above all that loading numbers


def at(day: date, hour: int = 8) -> datetime:
    """Return an hour of a day in Vietnam as an instant."""
    return clock.at_local(day, time(hour))


LOADED, EVE, MORNING = date(2025, 1, 2), date(2025, 10, 14), date(2025, 10, 15)
NOW = at(MORNING)  # when T-30 fires and its mails may leave

_NUMBERS = "WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < :count) "
_MULTIPLY = (
    "INSERT INTO unit (id, code, valid_from, valid_to, kind, name, office_name, search_key, parent_code, province_code,"
    " territory, protocol_order, sample) " + _NUMBERS + "SELECT :first + i, u.code || '-' || i, u.valid_from,"
    " u.valid_to, u.kind, 'Doanh nghiệp mẫu số ' || i, 'Doanh nghiệp mẫu số ' || i, u.search_key || ' ' || i,"
    " u.parent_code, u.province_code, u.territory, u.protocol_order, u.sample FROM g, unit u WHERE u.id = :unit",
    "INSERT INTO person (id, channel, address) " + _NUMBERS +
    "SELECT :first + i, 'email', 'vanthu@dn' || i || '.mau.example' FROM g",
    "INSERT INTO contact (unit_id, person_id, role, name, position, valid_from, sample) " + _NUMBERS +
    "SELECT :first + i, :first + i, 'officer', 'Chuyên viên mẫu ' || i, 'Chuyên viên', u.valid_from, u.sample"
    " FROM g, unit u WHERE u.id = :unit",
    "INSERT INTO assignment (duty_period_id, cohort_id, unit_id, modality, state, opened_at) " + _NUMBERS +
    "SELECT a.duty_period_id, a.cohort_id, :first + i, a.modality, a.state, a.opened_at"
    " FROM g, assignment a WHERE a.id = :assignment",
)  # fmt: skip
_ENTERPRISE = """
SELECT a.id AS assignment, a.unit_id AS unit, a.cohort_id AS cohort FROM assignment a
JOIN unit u ON u.id = a.unit_id JOIN duty_period d ON d.id = a.duty_period_id
WHERE u.kind = 'enterprise' AND u.sample AND a.state = 'open' AND d.duty = 'annual-report' AND d.period = '2025'
ORDER BY a.id DESC LIMIT 1
"""
_ALL_GONE = (
    "UPDATE message SET state = 'accepted', accepted_at = queued_at, lease_until = NULL WHERE state <> 'withdrawn'",
    "UPDATE notice SET state = 'accepted', settled_at = created_at WHERE state = 'queued'",
)


async def small_campaign(url: str) -> None:
    """Load the small campaign into a migrated database and do its rounds up to the eve of T-30."""
    database = await open_database(url)
    try:
        await mark_simulation(database, at(LOADED))
        world = await world_of(database, KEY_BYTES, {})
        with tempfile.TemporaryDirectory() as folder:
            write_registry(KEY, SMALL, Path(folder))
            units, successions, contacts = ([Path(folder) / f"{each}.csv"] for each in _FILES)
            bundle = read_bundle(units, successions, contacts)
        plan = load_plan(plan_path(KEY))
        await load_campaign(world, plan, bundle, as_of=at(LOADED), state="live", since=date(LOADED.year, 1, 1))
        await refresh_names(world)
        for day in (LOADED, date(2025, 7, 1), EVE):
            report = await queue(world, at(day))
            if report.failed:
                raise RuntimeError("\n".join(report.failed))
        await all_gone(database)
    finally:
        await database.close()


async def add_units(url: str, count: int) -> None:
    """Add `count` enterprises that owe the annual report to a small campaign."""
    if not count:
        return
    database = await open_database(url)
    try:
        async with database.write() as connection:
            like = (await connection.execute(text(_ENTERPRISE))).one()
            values = {"count": count, "first": FIRST_ID, "unit": like.unit, "assignment": like.assignment}
            for statement in _MULTIPLY:
                await connection.execute(text(statement), _only_used(statement, values))
    finally:
        await database.close()


def _only_used(statement: str, values: dict[str, int]) -> dict[str, int]:
    return {name: value for name, value in values.items() if f":{name}" in statement}


async def step_of_enterprises(database: Database) -> DueStep:
    """Return the step that falls due for the enterprises this morning."""
    async with database.read() as connection:
        cohort = (await connection.execute(text(_ENTERPRISE))).one().cohort
    (step,) = [step for step in await steps_due(database, NOW) if step.cohort_id == cohort]
    return step


async def fire(database: Database, connection: Connection, step: DueStep) -> int:
    """Fire a step and fill its envelopes, as a round does; return how many notices it queued."""
    await lock_campaign(database, connection, step.campaign_id)
    fired = await fire_step(database, connection, step, MORNING, NOW)
    if fired is None:
        raise RuntimeError(f"step {step.id} had fired already")
    await queue_messages(
        database, connection, campaign_id=step.campaign_id, step_ids=[step.id], mode=step.mode, kind="digest",
        local_day=MORNING, wave="08:00", not_before=NOW, at=NOW,
    )  # fmt: skip
    return fired.queued


async def fire_now(url: str) -> int:
    """Fire the morning's step of the enterprises in a database of its own; return how many notices it queued."""
    database = await open_database(url)
    try:
        step = await step_of_enterprises(database)
        async with database.write() as connection:
            return await fire(database, connection, step)
    finally:
        await database.close()


async def all_gone(database: Database) -> None:
    """Write down that everything queued has been sent, as a sender leaves it behind."""
    async with database.write() as connection:
        for statement in _ALL_GONE:
            await connection.execute(text(statement))
