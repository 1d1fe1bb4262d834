"""Commands of short messages: approved texts, whom they reach, what a text costs."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.errors import Refused
from dondoc.cli.edge import FORMAT, OFFICER, answers, in_world, officer_or_login
from dondoc.cli.inputs import KEY
from dondoc.cli.output import print_json, print_table

if TYPE_CHECKING:
    from dondoc.store.sms import TemplateRow
    from tasks.world import World

_GATEWAY = click.option("--gateway", default="esms", show_default=True, metavar="NAME|FILE", help="Preset or its file.")


@click.group()
def sms() -> None:
    """Approved texts of SMS, whom SMS reach, and what a text takes and costs."""


@sms.command()
@FORMAT
@answers
def templates(form: str) -> None:
    """List the texts carriers have approved and that are in force."""

    async def work(world: "World") -> list["TemplateRow"]:
        from dondoc.store.sms import list_templates

        return await list_templates(world.database)

    rows = in_world(work)
    if form == "json":
        print_json([asdict(row) for row in rows])
        return
    print_table(
        f"Nội dung tin nhắn đã được nhà mạng duyệt: {len(rows)}",
        ["cổng", "dùng cho", "mã duyệt", "tên hiển thị", "nội dung", "ngày duyệt"],
        ([r.gateway, r.kind, r.provider_ref, r.brandname, r.text, f"{r.approved_on:%d/%m/%Y}"] for r in rows),
    )


@sms.command("add-template")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_GATEWAY
@OFFICER
@answers
def add_template(file: Path, gateway: str, officer: str | None) -> None:
    """Enter the approved texts of FILE (YAML); each takes the place of the one for the same use.

    An entry has kind (remind, courtesy, overdue), provider_ref, brandname, approved_on, text with its {slots}, and
    slots: the most characters of each.
    """
    by, text = officer_or_login(officer), file.read_text("utf-8", "replace")

    async def work(world: "World") -> list[str]:
        from tasks.sms_templates import enter_templates

        return await enter_templates(world, text, file.name, gateway, by, world.database.now())

    click.echo(f"Đã ghi {', '.join(in_world(work))}.")


@sms.command("retire-template")
@click.argument("kind", type=KEY)
@_GATEWAY
@OFFICER
@answers
def retire_template(kind: str, gateway: str, officer: str | None) -> None:
    """Take an approved text out of use; its SMS are refused until another is entered."""
    by = officer_or_login(officer)

    async def work(world: "World") -> None:
        from tasks.sms_templates import retire

        await retire(world, gateway, kind, by, world.database.now())

    in_world(work)
    click.echo(f"Nội dung '{kind}' thôi dùng.")


@sms.command()
@FORMAT
@answers
def numbers(form: str) -> None:
    """Count which contacts an SMS can reach, and why not the others."""

    async def work(world: "World") -> tuple[int, dict[str, int]]:
        from dondoc.store.sms import count_mobiles
        from tasks.link_mobiles import link_mobiles

        async with world.database.write() as connection:
            why = await link_mobiles(world.database, connection)
            return await count_mobiles(connection), why

    reached, why = in_world(work)
    if form == "json":
        print_json({"reached": reached, "not": why})
        return
    rows: list[list[Any]] = [["nhận được tin nhắn", reached], *([_WHY.get(k, k), n] for k, n in sorted(why.items()))]
    print_table("Đầu mối theo số điện thoại", ["", "số lượng"], rows)


_WHY = {
    "is a landline": "số cố định",
    "is a service number": "số dịch vụ",
    "is a number of another country": "số nước ngoài",
    "is no number in use; check its digits": "sai số",
    "is no telephone number": "không phải số điện thoại",
    "is no mobile number": "không phải số di động",
}


@sms.command()
@click.argument("text")
@_GATEWAY
@click.option("--to", "people", type=click.IntRange(1), default=1, show_default=True, help="To how many telephones.")
@FORMAT
@answers
def cost(text: str, gateway: str, people: int, form: str) -> None:
    """Say in how many segments TEXT goes and what they cost, before anything is sent."""
    from config.sms_gateway import load_gateway
    from dondoc.sms.segments import segmented, unaccented

    chosen = load_gateway(gateway)
    carried = segmented(text if chosen.accents else unaccented(text))
    if not carried.units:
        raise Refused("the text is empty")
    total = len(carried.segments) * people
    if form == "json":
        print_json({"encoding": carried.encoding, "units": carried.units, "segments": list(carried.segments),
                    "total_segments": total, "cost": total * chosen.price})  # fmt: skip
        return
    for n, part in enumerate(carried.segments, 1):
        click.echo(f"{n}. {part}")
    money = f"{total * chosen.price:,}".replace(",", ".")
    click.echo(f"{carried.encoding}, {carried.units} đơn vị; {total} tin, {money} đồng")


commands = (sms,)
