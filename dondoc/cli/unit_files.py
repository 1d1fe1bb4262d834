"""The command that takes an office's own units and people over from its files: `dondoc units import`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dondoc.cli.difference import ONLY_SHOW, difference_json, print_difference
from dondoc.cli.edge import FORMAT, OFFICER, answers, in_world, officer_or_login
from dondoc.cli.inputs import DOCUMENT_WORDS
from dondoc.cli.output import print_json, shown

if TYPE_CHECKING:
    from tasks.import_units import Imported
    from tasks.world import World

_MOST = 12
_FACTS = {
    "valid_to": "ngày kết thúc", "kind": "loại", "name": "tên", "office_name": "tên ghi trên thư",
    "parent_code": "trực thuộc", "province_code": "tỉnh", "territory": "địa bàn", "protocol_order": "thứ tự",
    "sample": "mẫu",
}  # fmt: skip


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--document", type=DOCUMENT_WORDS, default=None, metavar='"SỐ; NGÀY"',
              help="The document it rests on.")  # fmt: skip
@OFFICER
@FORMAT
@answers
def import_(files: tuple[Path, ...], document: str | None, officer: str | None, form: str) -> None:
    """Take over FILES of units, successions or contacts (CSV or .xlsx): whole, or not at all.

    What the files do not name stays as it is. `dondoc diff units import …` only shows what is new and what changes.
    """
    who = officer_or_login(officer)

    async def work(world: "World") -> None:
        from tasks.changing import change
        from tasks.import_units import import_units
        from tasks.open_world import refresh_names

        done = await change(
            world,
            lambda connection: import_units(
                world, connection, files, officer=who, document=document, at=world.database.now()
            ),
            only_show=ONLY_SHOW.get(),
        )
        await refresh_names(world)
        if form == "json":
            print_json({**_json(done.result), "difference": difference_json(done.difference)})
            return
        _print(done.result, who)
        print_difference(done.difference)

    in_world(work)


def _print(done: "Imported", who: str) -> None:
    if done.change_id is None:
        click.echo("Không có gì mới: mọi dòng đã có trong danh bạ.")
        return
    click.echo("Nếu nạp" if ONLY_SHOW.get() else f"Đã nạp (mục {done.change_id}); {who}")
    ended = [each for each in done.changed if each.ends]
    click.echo(f"  đơn vị mới {len(done.new)}, thay đổi {len(done.changed) - len(ended)}, kết thúc {len(ended)}")
    click.echo(
        f"  tiếp nối mới {done.successions}; đầu mối liên hệ mới {done.new_contacts}, thay đổi {done.changed_contacts}"
    )
    lines = [f"mới: {row.code} ({row.name}) từ {shown(row.valid_from)}" for row in done.new]
    for each in done.changed:
        facts = "; ".join(f"{_FACTS[name]} {shown(old)} → {shown(new)}" for name, old, new in each.facts)
        lines.append(f"{'kết thúc' if each.ends else 'thay đổi'}: {each.unit.code} ({each.unit.name}): {facts}")
    for line in lines[:_MOST]:
        click.echo(f"    {line}")
    if len(lines) > _MOST:
        click.echo(f"    … và {len(lines) - _MOST} dòng nữa; --format json cho toàn bộ")


def _json(done: "Imported") -> dict[str, object]:
    return {
        "change": done.change_id,
        "new": [asdict(row) for row in done.new],
        "changed": [
            {"code": each.unit.code, "valid_from": each.unit.valid_from, "ends": each.ends,
             "facts": {name: [old, new] for name, old, new in each.facts}}
            for each in done.changed
        ],
        "successions": done.successions, "new_contacts": done.new_contacts, "changed_contacts": done.changed_contacts,
        "campaigns": list(done.campaigns),
        "followed": {"transferred": done.followed.transferred, "joined": done.followed.joined},
    }  # fmt: skip
