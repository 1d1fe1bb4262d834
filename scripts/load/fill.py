"""The evening of the last day: a province's campaign, officers with their links, and an outbox that is full.

Điện Biên's annual report 2025, due before 15/11. The enterprises of `scripts.bench.fill` are added to a small campaign;
the first of them are the officers, whose own reminder has long been sent; the others' reminder lies in the outbox.
"""

from dataclasses import dataclass
from datetime import date, time

from sqlalchemy import text

from dondoc import clock
from dondoc.store.engine import mark_simulation, open_database
from scripts.bench.fill import FIRST_ID, KEY_BYTES, add_units, fire_now, small_campaign
from tasks.open_world import world_of
from tasks.unit_links import give_links

LAST_DAY = date(2025, 11, 14)
EVENING = clock.at_local(LAST_DAY, time(23, 49))
_LONG_SENT = (
    "UPDATE notice SET state = 'accepted', settled_at = created_at WHERE state = 'queued' AND person_id <= :last",
    "UPDATE message SET state = 'accepted', accepted_at = queued_at WHERE state = 'queued' AND person_id <= :last",
    # What was to go out a month ago goes tonight: the sender has all of it before it.
    "UPDATE step SET expires_at = NULL WHERE id IN (SELECT step_id FROM notice WHERE state = 'queued')",
)
_OFFICERS = """
SELECT a.id AS assignment, c.person_id AS person, p.address FROM assignment a
JOIN contact c ON c.unit_id = a.unit_id JOIN person p ON p.id = c.person_id
WHERE a.unit_id > :first AND a.unit_id <= :last ORDER BY a.id
"""


@dataclass(frozen=True, slots=True)
class Invited:
    """An officer who has a link: to which assignment's page, by which token, and at which address codes arrive."""

    assignment: int
    token: str
    address: str


async def fill(url: str, officers: int, messages: int) -> list[Invited]:
    """Fill a migrated database and set its clock to the last evening; return who comes."""
    await small_campaign(url)
    await add_units(url, officers + messages)
    await fire_now(url)
    database = await open_database(url)
    try:
        world = await world_of(database, KEY_BYTES, {})
        values = {"first": FIRST_ID, "last": FIRST_ID + officers}
        async with database.write() as connection:
            for statement in _LONG_SENT:
                used = {name: value for name, value in values.items() if f":{name}" in statement}
                await connection.execute(text(statement), used)
            rows = (await connection.execute(text(_OFFICERS), values)).all()
            given = await give_links(
                world, connection, {(row.assignment, row.person): LAST_DAY for row in rows}, EVENING
            )
        await mark_simulation(database, EVENING)
        return [
            Invited(row.assignment, world.link_token(*pair, given[pair]), row.address)
            for row in rows
            for pair in [(row.assignment, row.person)]
        ]
    finally:
        await database.close()
