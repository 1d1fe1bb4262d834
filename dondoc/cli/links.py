"""The command of the units' own pages: hand a unit its links, close them, see who said a link is not theirs."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from dondoc.cli.edge import FORMAT, OFFICER, answers, in_world, officer_or_login
from dondoc.cli.inputs import UNIT
from dondoc.cli.output import print_json, shown

if TYPE_CHECKING:
    from tasks.world import World


@click.command()
@click.argument("unit", required=False, type=UNIT)
@click.option("--revoke", is_flag=True, help="Close every link of UNIT; its next mail carries another.")
@OFFICER
@FORMAT
@answers
def link(unit: str | None, revoke: bool, officer: str | None, form: str) -> None:
    """Print the links to UNIT's own page, for its registered contact; without UNIT, whose reader said: not my unit."""
    if unit is None and revoke:
        raise click.UsageError("--revoke needs UNIT")
    by = officer_or_login(officer) if revoke else ""

    async def work(world: "World") -> None:
        if unit is None:
            await _disowned(world, form)
        elif revoke:
            await _revoke(world, unit, by, form)
        else:
            await _give(world, unit, form)

    in_world(work)


async def _give(world: "World", unit: str, form: str) -> None:
    from dondoc.portal.words import last_day, task
    from tasks.unit_links import links_for_desk

    found, links = await links_for_desk(world, unit, world.database.now())
    if form == "json":
        print_json({"unit": found.code, "links": [asdict(each) for each in links]})
        return
    for each in links:
        click.echo(f"{each.campaign} · {task(each.title, each.period)}, {last_day(each.due_on)}")
        click.echo(f"  {each.url}")
        click.echo(f"  dành cho {each.to_address}, mở được đến {shown(each.expires_at)}")


async def _revoke(world: "World", unit: str, by: str, form: str) -> None:
    from tasks.unit_links import revoke_unit

    found, closed = await revoke_unit(world, unit, by, world.database.now())
    if form == "json":
        print_json({"unit": found.code, "revoked": closed})
        return
    click.echo(f"{by} đã đóng {closed} liên kết của {found.office_name}; thư sau mang liên kết mới")


async def _disowned(world: "World", form: str) -> None:
    from dondoc import clock
    from dondoc.store.unit_links import disowned_links

    rows = await disowned_links(world.database, clock.local_day(world.database.now()))
    if form == "json":
        print_json({"not_mine": [asdict(each) for each in rows]})
        return
    for each in rows:
        click.echo(f"{each.unit_name} ({each.unit_code}): {each.address} báo không phải đơn vị mình, {shown(each.at)}")
    if not rows:
        click.echo("không ai báo nhầm đơn vị")


commands = (link,)
