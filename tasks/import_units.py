"""Take units, successors and contacts over from an office's files: what is new, changed and ended; all or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path

from dondoc import clock
from dondoc.registry.additions import read_additions
from dondoc.registry.bundle import RegistryBundle
from dondoc.registry.rows import UnitRow
from dondoc.store import registry_changes as store
from dondoc.store.campaigns import campaign_rows_in
from dondoc.store.duties import add_registry_events
from dondoc.store.engine import Connection
from dondoc.store.following import follow_again
from dondoc.store.registry_changes import Life
from tasks.load_campaign import save_registry
from tasks.open_duties import Opened, open_duties_in
from tasks.trail import note
from tasks.world import World

_FACTS = tuple(field.name for field in fields(UnitRow))


@dataclass(frozen=True, slots=True)
class ChangedUnit:
    """A unit that was registered already: which of its facts a file changes, from what to what."""

    unit: UnitRow
    facts: tuple[tuple[str, object, object], ...]

    @property
    def ends(self) -> bool:
        """Return whether the file ends a unit that had no end."""
        return any(name == "valid_to" and before is None for name, before, _after in self.facts)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did; `change_id` is null when everything was known already.

    `followed` counts the work that was handed on or newly asked for on days that have come.
    """

    change_id: int | None
    new: tuple[UnitRow, ...]
    changed: tuple[ChangedUnit, ...]
    successions: int
    new_contacts: int
    changed_contacts: int
    campaigns: tuple[str, ...]
    followed: Opened


async def import_units(
    world: World, connection: Connection, paths: Sequence[Path], *, officer: str, document: str | None, at: datetime
) -> Imported:
    """Take these files over inside a transaction that is under way; what they do not name stays as it is.

    Errors: `RegistryError` with every problem of every file, each with its place.
    """
    await store.lock_registry(world.database, connection)
    lives = {(life.code, life.valid_from): life for life in await store.every_life(connection)}
    bundle = read_additions(paths, [_row(life) for life in lives.values()])
    new = tuple(row for row in bundle.units if row.key not in lives)
    changed = tuple(each for row in bundle.units if row.key in lives and (each := _changed(lives[row.key], row)).facts)
    successions = await _new_successions(connection, bundle, lives)
    new_contacts, changed_contacts = await _contacts(connection, bundle, lives)
    if not (new or changed or successions or new_contacts or changed_contacts):
        return Imported(None, (), (), 0, 0, 0, (), Opened())
    await save_registry(world, connection, bundle)
    counts = {"new": len(new), "changed": len(changed), "successions": len(successions),
              "new_contacts": new_contacts, "changed_contacts": changed_contacts}  # fmt: skip
    first = min(_days(new, changed, successions), default=clock.local_day(at))
    change_id = await store.record_change(
        connection,
        {"act": "import", "on_date": first, "value": {"files": [path.name for path in paths], **counts},
         "officer": officer, "document": document, "made_at": at},
    )  # fmt: skip
    what = {"change": change_id, "act": "import", "files": [path.name for path in paths], "document": document}
    note(connection, world, officer, "registry", {**what, **counts}, at=at)
    campaigns, followed = await _follow(world, connection, new, changed, successions, lives, at)
    return Imported(change_id, new, changed, len(successions), new_contacts, changed_contacts, campaigns, followed)


async def _follow(
    world: World, connection: Connection, new: Sequence[UnitRow], changed: Sequence[ChangedUnit],
    successions: Sequence[tuple[UnitRow, UnitRow, date]], lives: dict[tuple[str, date], Life], at: datetime,
) -> tuple[tuple[str, ...], Opened]:  # fmt: skip
    """Let every campaign on this ground follow each day on which something is now different."""
    days = sorted(_days(new, changed, successions))
    ground = {row.territory for row in new} | {row.territory for pair in successions for row in pair[:2]}
    for each in changed:
        ground |= {each.unit.territory, lives[each.unit.key].territory}
    every = await campaign_rows_in(connection)
    touched = [row for row in every if world.plan_of(row).province.code in ground]
    if not days or not touched:
        return (), Opened()
    for row in touched:
        await add_registry_events(world.database, connection, row.id, days, None)
    await follow_again(world.database, connection, [row.id for row in touched], days[0])
    return tuple(row.key for row in touched), await open_duties_in(world, connection, at)


def _days(
    new: Sequence[UnitRow], changed: Sequence[ChangedUnit], successions: Sequence[tuple[UnitRow, UnitRow, date]]
) -> set[date]:
    days = {row.valid_from for row in new} | {row.valid_to for row in new if row.valid_to}
    for each in changed:
        days |= {each.unit.valid_from, *(day for _name, *both in each.facts for day in both if isinstance(day, date))}
    return days | {day for _gone, _heir, day in successions}


def _row(life: Life) -> UnitRow:
    return UnitRow(**{name: getattr(life, name) for name in _FACTS})


def _changed(life: Life, row: UnitRow) -> ChangedUnit:
    facts = ((name, getattr(life, name), getattr(row, name)) for name in _FACTS)
    return ChangedUnit(row, tuple(fact for fact in facts if fact[1] != fact[2]))


async def _new_successions(
    connection: Connection, bundle: RegistryBundle, lives: dict[tuple[str, date], Life]
) -> list[tuple[UnitRow, UnitRow, date]]:
    known = await store.every_succession(connection) if bundle.successions else set()
    units = {key: _row(life) for key, life in lives.items()} | {row.key: row for row in bundle.units}
    found = []
    for row in bundle.successions:
        gone, heir = lives.get(row.predecessor), lives.get(row.successor)
        if gone is None or heir is None or (gone.id, heir.id) not in known:
            found.append((units[row.predecessor], units[row.successor], row.on_date))
    return found


async def _contacts(
    connection: Connection, bundle: RegistryBundle, lives: dict[tuple[str, date], Life]
) -> tuple[int, int]:
    """Return how many contacts are new and how many change."""
    known = await store.every_contact(connection) if bundle.contacts else {}
    new = changed = 0
    for row in bundle.contacts:
        life = lives.get(row.unit)
        before = known.get((life.id, row.role, row.email, row.valid_from)) if life else None
        new += before is None
        changed += before not in (None, (row.name, row.position, row.phone, row.valid_to, row.sample))
    return new, changed
