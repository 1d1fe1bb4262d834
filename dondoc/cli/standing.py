"""The command that says who has reported and who has not: `dondoc status`."""

from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from config.errors import Refused
from dondoc.cli.edge import FORMAT, answers, in_world
from dondoc.cli.inputs import KEY, MOMENT, PERIOD, UNIT
from dondoc.cli.output import print_json, print_table, shown, shown_due

if TYPE_CHECKING:
    from dondoc.store.duties import DutyPeriodRow
    from dondoc.store.status import DutyStatus, UnitStatus
    from tasks.world import World

BOUND = {"mandated": "được giao", "requested": "được đề nghị", "invited": "được mời", "encouraged": "khuyến khích"}


@click.command()
@click.argument("campaign", type=KEY)
@click.argument("duty", required=False, type=KEY)
@click.argument("period", required=False, type=PERIOD)
@click.option("--under", type=UNIT, default=None, metavar="UNIT", help="Only this unit and the units under it.")
@click.option("--as-of", "as_of", type=MOMENT, default=None, help="As it was known then.")
@FORMAT
@answers
def status(
    campaign: str, duty: str | None, period: str | None, under: str | None, as_of: datetime | None, form: str
) -> None:
    """Show who has reported and who has not; mandated and invited units are never added together."""
    if duty is not None and period is None:
        raise Refused(f"status {campaign} {duty}: add the period, e.g. 2026")

    async def work(world: "World") -> None:
        from dondoc.store import campaigns as store
        from dondoc.store.duties import duty_period
        from dondoc.store.status import duty_status, unit_status

        owner = await store.campaign(world.database, campaign)
        at = as_of or world.database.now()
        code = await code_of(world, under, at) if under is not None else None
        if duty is None or period is None:
            rows = await duty_status(world.database, owner.id, at, code)
            if form == "json":
                print_json([asdict(row) for row in rows])
                return
            await _print_held(world, campaign)
            _print_duties(campaign, owner.state, at, rows)
            return
        row = await duty_period(world.database, owner.id, duty, period)
        units = await unit_status(world.database, row.id, at, code)
        if form == "json":
            print_json([asdict(unit) for unit in units])
        else:
            _print_units(row, at, units)

    in_world(work)


async def _print_held(world: "World", campaign: str) -> None:
    """Say first that nothing leaves, where it is so."""
    from dondoc.portal.brake_words import held_lines
    from tasks.brakes import standing_still

    stops, pauses = await standing_still(world)
    for line in held_lines(stops, [each for each in pauses if each.campaign in (None, campaign)]):
        click.echo(line)


async def code_of(world: "World", under: str, at: datetime) -> str:
    """Return the code of the unit named by --under. Errors: `UnknownUnit`."""
    from dondoc import clock
    from dondoc.registry.text import search_key
    from dondoc.store.registry import find_unit

    return (await find_unit(world.database, under, search_key(under), clock.local_day(at))).code


def _print_duties(campaign: str, state: str, at: datetime, rows: "list[DutyStatus]") -> None:
    from dondoc.portal import words

    moved = any(row.transferred for row in rows)
    columns = ["nhiệm vụ", "kỳ", "tính chất", "hạn cuối", "đơn vị", "trong hạn", "sau hạn", "đã nhận", "chưa ghi nhận"]
    print_table(
        f"{campaign} ({words.STATES[state]}), đến {shown(at)}",
        [*columns, "chuyển tiếp"] if moved else columns,
        (
            [row.duty, row.period, BOUND[row.modality], shown_due(row.due_on), row.asked, *_received(row),
             row.not_recorded, *([row.transferred] if moved else [])]
            for row in _bound_first(rows)
        ),
    )  # fmt: skip


def _bound_first(rows: "list[DutyStatus]") -> "list[DutyStatus]":
    """Return the rows in the plan's order, of each duty the bound units before those only asked."""
    order = {key: number for number, key in enumerate(dict.fromkeys((row.duty, row.period) for row in rows))}
    modalities = list(BOUND)
    return sorted(rows, key=lambda row: (order[row.duty, row.period], modalities.index(row.modality)))


def _received(row: "DutyStatus") -> tuple[int | None, int | None, int]:
    """Return received in time, after, and in all; who is not bound is never judged."""
    every = row.on_time + row.late + row.received_undated
    judged = row.modality == "mandated" and row.due_on is not None
    return (row.on_time, row.late, every) if judged else (None, None, every)


def _print_units(row: "DutyPeriodRow", at: datetime, units: "list[UnitStatus]") -> None:
    from dondoc.portal import words

    title = f"{words.task(row.title, row.period)}, đến {shown(at)}: "
    title += words.day(row.due_on) if row.due_on is None else f"hạn cuối {words.day(row.due_on)}"
    if not row.confirmed:
        title += ", chờ xác nhận"
    if not row.tracked:
        title += "; kỳ này kết thúc trước ngày chính thức nên không theo dõi"
    elif row.opened_at is None:
        title += "; chưa mở, chưa giao cho đơn vị nào"
    print_table(
        title,
        ["mã", "cơ quan, đơn vị", "tính chất", "tình trạng", "nhận lúc", "thư gần nhất"],
        (
            [unit.unit_code, unit.unit_name, BOUND[unit.modality], _standing(unit, row.due_on),
             unit.first_received_at, words.rung(unit.last_notice) if unit.last_notice else None]
            for unit in units
        ),
    )  # fmt: skip
    for modality, name in BOUND.items():  # each for itself: who is bound is never added to who is not
        mine = [unit for unit in units if unit.modality == modality and unit.state in ("open", "submitted")]
        if mine:
            came = sum(unit.first_received_at is not None for unit in mine)
            click.echo(f"{name}: {len(mine)} đơn vị, đã ghi nhận {came}, chưa ghi nhận {len(mine) - came}")


def _standing(unit: "UnitStatus", due_on: date | None) -> str:
    """Return how a unit stands; who is not bound is not judged, and a last day of its own is named."""
    from dondoc.portal import words

    parts = [words.UNIT_STATES.get(unit.state, unit.state)]
    if judgement := words.judgement(unit):
        parts.append(judgement)
    if unit.due_on != due_on:
        parts.append(f"hạn cuối {shown_due(unit.due_on)}")
    return ", ".join(parts)


commands = (status,)
