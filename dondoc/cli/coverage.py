"""The command that says who has launched, planned, registered or chosen pilots, and who has not: `dondoc coverage`."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from config.errors import Refused
from dondoc.cli.edge import FORMAT, answers, in_world
from dondoc.cli.inputs import KEY, MOMENT, PERIOD, UNIT
from dondoc.cli.output import print_json, print_table, shown
from dondoc.cli.standing import BOUND, code_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deadlines.coverage import Reached
    from tasks.see_coverage import Covered, Stands
    from tasks.world import World


@click.command()
@click.argument("campaign", type=KEY)
@click.argument("duty", required=False, type=KEY)
@click.argument("period", required=False, type=PERIOD)
@click.option("--under", type=UNIT, default=None, metavar="UNIT", help="Only this unit and the units under it.")
@click.option("--as-of", "as_of", type=MOMENT, default=None, help="As it was known then.")
@FORMAT
@answers
def coverage(
    campaign: str, duty: str | None, period: str | None, under: str | None, as_of: datetime | None, form: str
) -> None:
    """Show how far launches, own plans, registrations and pilots have come; of DUTY PERIOD, who has and who has not.

    Who is bound and who is only asked or invited are never added together.
    """
    if duty is not None and period is None:
        raise Refused(f"coverage {campaign} {duty}: add the period, e.g. once")

    async def work(world: "World") -> None:
        from dondoc.store.campaigns import campaign as one
        from dondoc.store.duties import duty_period
        from tasks.see_coverage import coverage_list, coverage_of

        owner = await one(world.database, campaign)
        at = as_of or world.database.now()
        code = await code_of(world, under, at) if under is not None else None
        if duty is None or period is None:
            every = await coverage_of(world, owner, at, code)
            _print_every_json(every) if form == "json" else _print_every(campaign, at, every)
            return
        row = await duty_period(world.database, owner.id, duty, period)
        covered, stands = await coverage_list(world, owner, row, at, code)
        _print_list_json(covered, stands) if form == "json" else _print_list(covered, stands, at)

    in_world(work)


def _print_every(campaign: str, at: datetime, every: "list[Covered]") -> None:
    print_table(
        f"{campaign}: phát động, kế hoạch riêng, đăng ký, làm điểm; đến {shown(at)}",
        ["nhiệm vụ", "kỳ", "tính chất", "đã có", "tỷ lệ", "kế hoạch nêu", "cần xem"],
        (cells for covered in every for cells in _cells(covered)),
    )


def _cells(covered: "Covered") -> "Iterator[list[Any]]":
    from dondoc.portal import coverage_words as words

    row = covered.row
    if covered.unknown:
        yield [row.duty, row.period, None, None, None, words.asked_for(covered), words.UNKNOWN[covered.unknown]]
    for each in _in_order(covered):
        yield [
            row.duty, row.period, BOUND[each.modality], f"{each.has}/{each.asked}", words.share(each),
            words.asked_for(covered) if each.modality == "mandated" else None, words.to_look_at(each),
        ]  # fmt: skip


def _print_list(covered: "Covered", stands: "list[Stands]", at: datetime) -> None:
    from deadlines.coverage import has_it
    from dondoc.portal import coverage_words as words
    from dondoc.portal.words import task

    title = f"{task(covered.row.title, covered.row.period)}, đến {shown(at)}"
    asked = words.asked_for(covered)
    click.echo(click.style(title + (f": {asked}" if asked else ""), bold=True))
    if covered.unknown:
        click.echo(words.UNKNOWN[covered.unknown])
        return
    for each in _in_order(covered):
        click.echo(f"{BOUND[each.modality]}: {words.reached(each)}")
    has = [each for each in stands if has_it(each.standing)]
    columns = ["mã", "cơ quan, đơn vị", "tính chất", "tình trạng"]
    click.echo()
    print_table(
        f"Đã có ({len(has)})", [*columns, "ghi nhận lúc", *(["tên đăng ký"] if covered.count else [])],
        ([*_unit(each), each.unit.received_at, *(["; ".join(each.unit.names) or None] if covered.count else [])]
         for each in has),
    )  # fmt: skip
    has_not = [each for each in stands if not has_it(each.standing)]
    click.echo()
    print_table(f"Chưa ghi nhận ({len(has_not)})", columns, (_unit(each) for each in has_not))


def _unit(each: "Stands") -> list[Any]:
    from dondoc.portal import coverage_words as words

    unit = each.unit
    return [unit.unit_code, unit.unit_name, BOUND[unit.modality], words.stands(each.standing, len(unit.names))]


def _in_order(covered: "Covered") -> "list[Reached]":
    return [covered.reached[modality] for modality in BOUND if modality in covered.reached]


def _print_every_json(every: "list[Covered]") -> None:
    print_json([_json(covered) for covered in every])


def _print_list_json(covered: "Covered", stands: "list[Stands]") -> None:
    from deadlines.coverage import has_it

    sides = {
        side: [_unit_json(each) for each in stands if has_it(each.standing) == (side == "has")]
        for side in ("has", "has_not")
    }
    print_json({**_json(covered), **sides})


def _unit_json(each: "Stands") -> dict[str, Any]:
    unit = each.unit
    return {
        "unit": unit.unit_code, "name": unit.unit_name, "kind": unit.unit_kind, "modality": unit.modality,
        "standing": each.standing, "received_at": unit.received_at, "names": list(unit.names),
    }  # fmt: skip


def _json(covered: "Covered") -> dict[str, Any]:
    row, count, wanted = covered.row, covered.count, covered.coverage
    return {
        "duty": row.duty, "period": row.period, "kind": row.kind, "title": row.title, "due_on": row.due_on,
        "count": {"min": count.min, "max": count.max, "clause": count.clause} if count else None,
        "target": {"percent": wanted.percent, "clause": wanted.clause} if wanted else None,
        "unknown": covered.unknown,
        "reached": [
            {"modality": each.modality, "has": each.has, "asked": each.asked, "percent": each.percent,
             "comparator": each.comparator, "target": each.target, "met": each.met, "too_few": each.too_few,
             "too_many": each.too_many, "transferred": each.transferred}
            for each in _in_order(covered)
        ],
    }  # fmt: skip


commands = (coverage,)
