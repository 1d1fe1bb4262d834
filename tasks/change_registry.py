"""Acts of a named officer upon the registry: open, close, rename, move, merge, split, each from a day on.

Every act works inside a transaction it is given, is written whole or refused in one line, and lets the
campaigns on that ground follow at once where its day has come. So it can be applied, looked at and undone.
"""

from collections.abc import Sequence
from typing import Any

from dondoc.store import registry_changes as store
from dondoc.store.engine import Connection
from dondoc.store.registry_changes import Life
from tasks.registry_act import Act, Order, RegistryChange
from tasks.registry_rules import (
    NewUnit,
    RefusedChange,
    checked_parent,
    ending_unit,
    existing_unit,
    living_unit,
    office_name_like,
)
from tasks.world import World


async def open_unit(world: World, connection: Connection, order: Order, new: NewUnit) -> RegistryChange:
    """Let a wholly new unit begin. Errors: `RefusedChange`, `UnknownUnit`."""
    act = await _begun(world, connection, order)
    if new.name is None or new.kind is None:
        raise RefusedChange(f"unit '{new.code}': a new unit needs --name and --kind")
    await act.begin(await act.values_of(new, None))
    return await act.recorded("open", _said(new))


async def close_unit(
    world: World, connection: Connection, order: Order, unit: str, children_to: str | None = None
) -> RegistryChange:
    """Let a unit end without successor; its open work ends with it. Errors: `RefusedChange`, `UnknownUnit`."""
    act = await _begun(world, connection, order)
    life = await ending_unit(connection, unit, order.on_date)
    await act.end(life)
    await act.provide_for_children(children_to)
    return await act.recorded("close", {"unit": life.code, "children_to": children_to})


async def rename_unit(
    world: World, connection: Connection, order: Order, unit: str, name: str, office_name: str | None = None
) -> RegistryChange:
    """Give a unit another name from a day on; it keeps its code, its work, its contacts and what is under it.

    Errors: `RefusedChange`, `UnknownUnit`.
    """
    act = await _begun(world, connection, order)
    life = await living_unit(connection, unit, order.on_date)
    addressed = office_name or office_name_like(life, name)
    if (name, addressed) == (life.name, life.office_name):
        raise RefusedChange(f"unit '{life.code}': is called '{name}' already")
    await act.go_on(life, name=name, office_name=addressed)
    return await act.recorded("rename", {"unit": life.code, "name": name, "office_name": addressed})


async def move_unit(
    world: World, connection: Connection, order: Order, unit: str, parent: str, *, province: str | None = None,
    territory: str | None = None,
) -> RegistryChange:  # fmt: skip
    """Put a unit under another one from a day on; it lies in that one's province unless told otherwise.

    Errors: `RefusedChange`, `UnknownUnit`.
    """
    act = await _begun(world, connection, order)
    life = await living_unit(connection, unit, order.on_date)
    above = await checked_parent(connection, life.code, parent, order.on_date, life.valid_to)
    changes = {"parent_code": above.code, "province_code": province or above.province_code,
               "territory": territory or above.territory}  # fmt: skip
    if all(getattr(life, name) == value for name, value in changes.items()):
        raise RefusedChange(f"unit '{life.code}': stands under '{parent}' already")
    await act.go_on(life, **changes)
    return await act.recorded("move", {"unit": life.code, **changes})


async def merge_units(
    world: World, connection: Connection, order: Order, units: Sequence[str], into: NewUnit,
    children_to: str | None = None,
) -> RegistryChange:  # fmt: skip
    """Let units end in one: an existing unit, a new one, or one of them that goes on under its own code.

    The contacts of the first-named carry over where the successor has none. Errors: `RefusedChange`, `UnknownUnit`.
    """
    act = await _begun(world, connection, order)
    gone = [await ending_unit(connection, unit, order.on_date) for unit in units]
    codes = [life.code for life in gone]
    if twice := next((code for code in codes if codes.count(code) > 1), None):
        raise RefusedChange(f"unit '{twice}': is named twice; name each unit once")
    standing = None if into.code in codes else await existing_unit(connection, into.code, order.on_date)
    if standing is None and len(gone) == 1:
        raise RefusedChange(f"unit '{codes[0]}': a merger needs a second unit; use 'dondoc units rename'")
    like = next((life for life in gone if life.code == into.code), gone[0])
    for life in gone:
        await act.end(life)
    heir = _as_it_is(standing, into) if standing else await act.begin(await act.values_of(into, like))
    await act.succeed(gone, heir, "merge")
    if not await store.with_contact(connection, [heir.id], order.on_date):
        await act.carry_contacts(gone[0], heir)
    await act.provide_for_children(children_to)
    return await act.recorded("merge", {"units": codes, "into": _said(into), "children_to": children_to})


async def split_unit(
    world: World, connection: Connection, order: Order, unit: str, parts: Sequence[NewUnit],
    children_to: str | None = None,
) -> RegistryChange:  # fmt: skip
    """Let a unit end in several: new ones, one that keeps its code, or parts that go to existing units.

    Only the part that keeps the code keeps the contacts. Errors: `RefusedChange`, `UnknownUnit`.
    """
    act = await _begun(world, connection, order)
    life = await ending_unit(connection, unit, order.on_date)
    codes = [part.code for part in parts]
    if len(set(codes)) < max(2, len(codes)):
        raise RefusedChange(f"unit '{life.code}': a split names two or more different parts; got {', '.join(codes)}")
    await act.end(life)
    for number, part in enumerate(parts):
        standing = None if part.code == life.code else await existing_unit(connection, part.code, order.on_date)
        if standing is not None:
            await act.succeed([life], _as_it_is(standing, part), "split-merge")
            continue
        values = await act.values_of(part, life)
        heir = await act.begin(values | {"protocol_order": life.protocol_order + number})
        await act.succeed([life], heir, "split")
        if part.code == life.code:
            await act.carry_contacts(life, heir)
    await act.provide_for_children(children_to)
    value = {"unit": life.code, "parts": [_said(part) for part in parts], "children_to": children_to}
    return await act.recorded("split", value)


async def _begun(world: World, connection: Connection, order: Order) -> Act:
    await store.lock_registry(world.database, connection)
    return Act(world, connection, order)


def _as_it_is(standing: Life, told: NewUnit) -> Life:
    """Return an existing unit, which is taken as it is: a new name for it is an act of its own."""
    if told.name is not None and told.name != standing.name:
        raise RefusedChange(
            f"unit '{standing.code}': exists as {standing.name}; leave its name out and use 'dondoc units rename'"
        )
    return standing


def _said(new: NewUnit) -> dict[str, Any]:
    names = ("code", "name", "office_name", "kind", "parent", "province", "territory")
    return {name: value for name in names if (value := getattr(new, name)) is not None}
