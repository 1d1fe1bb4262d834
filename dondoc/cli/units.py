"""Commands on the registry of units: who exists on a day, and all about one of them."""

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from config.grammar import UNIT_KINDS
from dondoc.cli.edge import FORMAT, answers, in_world
from dondoc.cli.inputs import DAY, NAME, UNIT
from dondoc.cli.output import print_json, print_table, shown, shown_due
from dondoc.cli.unit_acts import commands as acts
from dondoc.cli.unit_files import import_
from dondoc.cli.unit_words import KINDS, masked_address, masked_phone

if TYPE_CHECKING:
    from dondoc.store.registry_changes import Life
    from tasks.world import World


@click.group()
def units() -> None:
    """Look at the registry and change it; `dondoc diff units …` only shows what an act would change."""


@units.command("list")
@click.option("--on", "day", type=DAY, default=None, help="The day; default: today.")
@click.option("--kind", type=click.Choice(UNIT_KINDS), default=None, metavar="KIND", help="One kind, e.g. commune.")
@click.option("--under", type=UNIT, default=None, metavar="UNIT", help="Only what stands below this unit.")
@click.option("--territory", type=NAME, default=None, metavar="CODE", help="Only this province's ground.")
@click.option("--limit", type=click.IntRange(0), default=200, show_default=True, help="At most so many; 0: all.")
@FORMAT
@answers
def list_(day: date | None, kind: str | None, under: str | None, territory: str | None, limit: int, form: str) -> None:
    """List the units that exist on a day, with how many there are of each kind."""

    async def work(world: "World") -> None:
        from dondoc.registry.text import search_key
        from dondoc.store.registry import find_unit_in
        from dondoc.store.units import counts_on, units_on

        on = day or _today(world)
        async with world.database.read() as connection:
            above = await find_unit_in(connection, under, search_key(under), on) if under else None
            narrowed = {"kind": kind, "under": above.code if above else None, "territory": territory}
            counts = await counts_on(connection, on, **narrowed)
            rows = await units_on(connection, on, **narrowed, limit=limit or None)
        total = sum(counts.values())
        if form == "json":
            print_json({"on": on, "count": total, "by_kind": counts, "units": [_life_json(row) for row in rows]})
            return
        click.echo(f"Ngày {shown(on)}: {total} đơn vị{f' thuộc {above.name}' if above else ''}")
        for each, number in counts.items():
            click.echo(f"  {number:>6} {KINDS[each]}")
        more = f", {len(rows)} dòng đầu (--limit)" if len(rows) < total else ""
        print_table(
            f"Danh sách{more}", ["mã", "tên", "loại", "trực thuộc", "từ ngày", "đến hết"],
            ([row.code, row.name, KINDS[row.kind], row.parent_code, row.valid_from, _last(row.valid_to)]
             for row in rows),
        )  # fmt: skip

    in_world(work)


@units.command()
@click.argument("unit", type=UNIT)
@click.option("--on", "day", type=DAY, default=None, help="The day; default: today.")
@FORMAT
@answers
def show(unit: str, day: date | None, form: str) -> None:
    """Show all about UNIT: its lives, whom it followed and who follows it, its contacts, what it owes."""

    async def work(world: "World") -> None:
        known = await _known(world, unit, day or _today(world))
        if form == "json":
            print_json(known)
        else:
            _print_unit(known)

    in_world(work)


async def _known(world: "World", unit: str, on: date) -> dict[str, Any]:
    from dataclasses import asdict

    from dondoc.registry.text import search_key
    from dondoc.store import units as store
    from dondoc.store.registry import find_unit_in
    from dondoc.store.registry_changes import lives_of, roles_held_from

    async with world.database.read() as connection:
        lives = (await lives_of(connection, [unit])).get(unit)
        if lives is None:
            code = (await find_unit_in(connection, unit, search_key(unit), on)).code
            lives = (await lives_of(connection, [code]))[code]
        code = lives[0].code
        now = next((life for life in lives if life.exists_on(on)), None)
        contacts = await store.contacts_of(connection, now.id, on) if now else []
        return {
            "on": on, "code": code, "exists": now is not None, "lives": [_life_json(life) for life in lives],
            "predecessors": [asdict(each) for each in await store.predecessors_of(connection, code)],
            "successors": [asdict(each) for each in await store.successors_of(connection, code)],
            "below": await store.counts_on(connection, on, under=code),
            "roles": [{"campaign": held.campaign, "role": held.role, "from": held.valid_from, "until": held.valid_to}
                      for held in await roles_held_from(connection, [code], on) if held.valid_from <= on],
            "contacts": [{"role": each.role, "name": each.name, "position": each.position,
                          "address": masked_address(each.address), "phone": masked_phone(each.phone)}
                         for each in contacts],
            "owes": [asdict(each) for each in await store.owed_by(connection, code)],
        }  # fmt: skip


def _print_unit(known: dict[str, Any]) -> None:
    from dondoc.cli.standing import BOUND
    from dondoc.cli.unit_words import CONTACT_ROLES, RULES, STATES

    last = known["lives"][-1]
    click.echo(f"{known['code']} · {last['name']} · {KINDS[last['kind']]}")
    if not known["exists"]:
        click.echo(f"không tồn tại ngày {shown(known['on'])}")
    print_table(
        "Các thời kỳ", ["từ ngày", "đến hết", "tên", "ghi trên thư", "trực thuộc"],
        ([life["valid_from"], _last(life["valid_to"]), life["name"], life["office_name"], life["parent_code"]]
         for life in known["lives"]),
    )  # fmt: skip
    for title, kin in (("Tiếp nối", known["predecessors"]), ("Được tiếp nối bởi", known["successors"])):
        for each in kin:
            click.echo(f"{title}: {each['code']} ({each['name']}), {RULES[each['rule']]} ngày {shown(each['on_date'])}")
    if known["below"]:
        listed = ", ".join(f"{number} {KINDS[kind]}" for kind, number in known["below"].items())
        click.echo(f"Trực thuộc: {listed}")
    for held in known["roles"]:
        click.echo(f"Vai trò: {held['role']} của {held['campaign']} từ {shown(held['from'])}")
    print_table(
        "Đầu mối liên hệ", ["vai trò", "tên", "chức vụ", "thư điện tử", "điện thoại"],
        ([CONTACT_ROLES[c["role"]], c["name"], c["position"], c["address"], c["phone"]] for c in known["contacts"]),
    )  # fmt: skip
    print_table(
        "Nhiệm vụ", ["phong trào", "nhiệm vụ", "kỳ", "tính chất", "tình trạng", "hạn cuối", "ghi nhận lúc"],
        ([o["campaign"], o["duty"], o["period"], BOUND[o["modality"]], STATES[o["state"]], shown_due(o["due_on"]),
          o["first_received_at"]] for o in known["owes"]),
    )  # fmt: skip


def _today(world: "World") -> date:
    from dondoc import clock

    return clock.local_day(world.database.now())


def _last(valid_to: date | None) -> date | None:
    """Return the last day of a life as people say it: both ends inclusive."""
    return date.fromordinal(valid_to.toordinal() - 1) if valid_to else None


def _life_json(life: "Life") -> dict[str, Any]:
    from dataclasses import asdict

    return {name: value for name, value in asdict(life).items() if name != "id"}


for act in (*acts, import_):
    units.add_command(act)

commands = (units,)
