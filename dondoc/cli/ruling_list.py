"""The command that lists what officers have decided: `dondoc rulings`; and a ruling as one line."""

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from dondoc.cli.edge import FORMAT, answers, in_world
from dondoc.cli.inputs import KEY
from dondoc.cli.output import print_json, print_table, shown

if TYPE_CHECKING:
    from tasks.world import World


@click.command()
@click.argument("campaign", type=KEY)
@click.argument("duty", required=False, type=KEY)
@FORMAT
@answers
def rulings(campaign: str, duty: str | None, form: str) -> None:
    """List the rulings of CAMPAIGN, oldest first: what, for whom, who, by which document, and what was undone."""

    async def work(world: "World") -> None:
        from dondoc.store.campaigns import campaign as one
        from dondoc.store.rulings import rulings_in, rulings_of

        owner = await one(world.database, campaign)
        rows = await rulings_of(world.database, owner.id, duty)
        async with world.database.read() as connection:
            force = _in_force(await rulings_in(connection, owner.id))
        if form == "json":
            print_json([_json(row, row.id in force) for row in rows])
            return
        print_table(
            f"{campaign}: {len(rows)} mục đã ghi",
            ["mục", "lúc", "nội dung", "văn bản, lý do", "người ghi", "hiệu lực"],
            (
                [row.id, row.made_at, ruling_words(row), "; ".join(filter(None, (row.document, row.reason))) or None,
                 row.officer, "có" if row.id in force else "không"]
                for row in rows
            ),
        )  # fmt: skip

    in_world(work)


def ruling_words(row: Any) -> str:
    """Return what a ruling says, in one phrase."""
    value: dict[str, Any] = row.value
    about = " ".join(filter(None, (row.duty, row.period)))
    whom = row.unit_code or row.scope_kind or (f"dưới {row.scope_under}" if row.scope_under else None)
    said = _said(row.kind, value) if row.undoes_id is None else f"hủy mục {row.undoes_id}"
    return f"{about}{f' ({whom})' if whom else ''}{': ' if about else ''}{said}"


def _said(kind: str, value: dict[str, Any]) -> str:
    def day(name: str) -> str:
        return shown(date.fromisoformat(value[name])) if value.get(name) else "–"

    if kind == "set-date":
        return f"ấn định hạn cuối {day('due_on')}"
    if kind == "extend":
        return f"gia hạn từ {day('previous_due_on')} đến {day('due_on')}, đề nghị ngày {day('requested_on')}"
    if kind == "accept-late":
        return f"tiếp nhận bổ sung đến {day('accepted_until')}, thời hạn {day('due_on')} giữ nguyên"
    if kind == "hold-role":
        until = f" đến {day('until')}" if value.get("until") else ""
        return f"{value['unit']} giữ vai trò {value['role']} từ {day('from')}{until}"
    if kind == "milestone":
        from deadlines.explain import MILESTONES

        return f"mốc {MILESTONES[value['milestone']]} {day('on')}"
    if kind == "fact":
        return f"{_FACTS[value['name']]} {value['value']}"
    if kind == "settle":
        return f"cách hiểu {value['reading']}: {value['operative'] or 'như đang dùng'}"
    if kind == "relate":
        return f"{value['relation']} {value['other']}" + (f" từ {day('on')}" if value.get("on") else "")
    if kind == "go-live":
        return f"chính thức từ {day('since')}"
    return _PLAIN.get(kind, kind)


_FACTS = {"number": "số kế hoạch", "date": "ngày ban hành kế hoạch"}
_PLAIN = {"confirm": "xác nhận có thực hiện", "waive": "không phải thực hiện kỳ này", "amend-plan": "sửa đổi kế hoạch"}


def _in_force(every: list[Any]) -> set[int]:
    from deadlines.ruling import standing

    undoing = {ruling.undoes for ruling in every if ruling.undoes is not None}
    return {ruling.id for ruling in standing(every)} | {
        ruling.id for ruling in every if ruling.undoes is not None and ruling.id not in undoing
    }


def _json(row: Any, in_force: bool) -> dict[str, Any]:
    return {
        "ruling": row.id, "kind": row.kind, "duty": row.duty, "period": row.period, "unit": row.unit_code,
        "unit_kind": row.scope_kind, "under": row.scope_under, "value": row.value, "document": row.document,
        "reason": row.reason, "officer": row.officer, "made_at": row.made_at, "undoes": row.undoes_id,
        "in_force": in_force,
    }  # fmt: skip


commands = (rulings,)
