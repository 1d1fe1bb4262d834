"""Commands that look: campaigns, deadlines, explain, status."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from config.errors import Refused
from dondoc.cli.edge import FORMAT, MOMENT, answers, in_world, print_json, print_table, settings, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from config.plan import Plan
    from dondoc.store.campaigns import CampaignRow
    from dondoc.store.engine import Database
    from tasks.world import World


@click.command()
@FORMAT
@answers
def campaigns(form: str) -> None:
    """List the campaigns: those that ship, and their state in this database."""
    from config.plan import available_plans, load_plan, plan_path

    stored = {row.key: row for row in _stored()}
    rows: list[dict[str, Any]] = []
    for key in sorted({*available_plans(), *stored}):
        row = stored.get(key)
        plan = load_plan(plan_path(key)) if key in available_plans() else None
        rows.append(
            {
                "campaign": key,
                "name": row.name if row else plan.name if plan else None,
                "state": row.state if row else "not-loaded",
                "since": row.since if row else None,
                "plan_number": plan.instrument.number if plan else None,
                "plan_date": plan.instrument.date if plan else None,
                "first_year": plan.period.first_year if plan else None,
                "last_year": plan.period.last_year if plan else None,
            }
        )
    if form == "json":
        print_json(rows)
    else:
        columns = ["campaign", "state", "since", "plan_number", "plan_date", "first_year", "last_year", "name"]
        print_table("Phong trào", columns, ([row[c] for c in columns] for row in rows))


@click.command()
@click.argument("campaign")
@FORMAT
@answers
def deadlines(campaign: str, form: str) -> None:
    """List every duty of CAMPAIGN for every period, with its dates, obligors and clause."""
    rows = _listed(campaign)
    if form == "json":
        print_json(rows)
        return
    print_table(
        f"{campaign}: {len(rows)} nhiệm vụ theo kỳ",
        ["nhiệm vụ", "kỳ", "căn cứ", "tính chất", "quy tắc", "mở", "hạn cuối", "làm việc trước", "giới hạn", "ghi chú"],
        (
            [
                row["duty"], row["period"], row["clause"], row["modality"], row["rule"], row["opens_on"],
                row["due_on"] or "chưa ấn định thời hạn", row["target_on"], row["bound_on"],
                "; ".join(
                    note
                    for note in (
                        None if row["confirmed"] else "chờ xác nhận",
                        f"sau {row['conditional_on']}" if row["conditional_on"] else None,
                        "lịch dự kiến" if row["calendar_status"] == "dự kiến" else None,
                    )
                    if note
                ),
            ]
            for row in rows
        ),
    )  # fmt: skip


@click.command()
@click.argument("campaign")
@click.argument("duty")
@click.argument("period", required=False)
@answers
def explain(campaign: str, duty: str, period: str | None) -> None:
    """Say how a date came about: clause, words, rule, calendar, ladder, readings."""
    from deadlines.calendar import vietnam
    from deadlines.explain import explain as explained
    from deadlines.model import DutyPeriod

    plan = plan_of(campaign)
    rows = [DutyPeriod.from_json(row, plan.duty(duty).title) for row in _listed(campaign) if row["duty"] == duty]
    if not rows:
        raise Refused(f"duty '{duty}': not in {campaign}; known: {', '.join(d.slug for d in plan.duties)}")
    wanted = [row for row in rows if period in (None, row.period)]
    if not wanted:
        raise Refused(f"period '{period}': {duty} has {', '.join(row.period for row in rows)}")
    rulings = _rulings(campaign, duty)
    for number, row in enumerate(wanted):
        if number:
            click.echo()
        click.echo("\n".join(explained(plan, row, vietnam())))
        for ruling in rulings:
            if ruling.period == row.period:
                click.echo(
                    f"Quyết định số {ruling.id}: {ruling.kind} {ruling.value}, {ruling.document}, "
                    f"{ruling.officer}, {shown(ruling.made_at)}"
                )


@click.command()
@click.argument("campaign")
@click.argument("duty", required=False)
@click.argument("period", required=False)
@click.option("--under", default=None, metavar="UNIT", help="Only this unit and the units under it (code).")
@click.option("--as-of", "as_of", type=MOMENT, default=None, help="As it was known then.")
@FORMAT
@answers
def status(
    campaign: str, duty: str | None, period: str | None, under: str | None, as_of: datetime | None, form: str
) -> None:
    """Show who has reported and who has not; mandated and invited units are never added together."""

    async def work(world: "World") -> None:
        from dataclasses import asdict

        from dondoc.store import campaigns as store
        from dondoc.store.duties import duty_period
        from dondoc.store.status import duty_status, unit_status

        owner = await store.campaign(world.database, campaign)
        at = as_of or world.database.now()
        if duty is None:
            rows = [asdict(row) for row in await duty_status(world.database, owner.id, at, under)]
            columns = ["duty", "period", "modality", "due_on", "asked", "on_time", "late", "received_undated",
                       "not_recorded", "transferred"]  # fmt: skip
            title = f"{campaign} ({owner.state})"
        else:
            if period is None:
                raise Refused(f"status {campaign} {duty}: add the period, e.g. 2026")
            row = await duty_period(world.database, owner.id, duty, period)
            rows = [asdict(unit) for unit in await unit_status(world.database, row.id, at, under)]
            columns = ["unit_code", "unit_name", "modality", "state", "due_on", "first_received_at", "judged",
                       "last_notice"]  # fmt: skip
            title = f"{row.title} {period}"
        if form == "json":
            print_json(rows)
        else:
            print_table(title, columns, ([each[c] for c in columns] for each in rows))

    in_world(work)


def plan_of(campaign: str) -> "Plan":
    """Return a campaign's plan: the one stored in the database if it is there, else the one that ships."""
    from config.plan import available_plans, load_plan, load_plan_text, plan_path

    for row in _stored():
        if row.key == campaign:
            return load_plan_text(row.plan_text, f"{campaign}.yaml")
    if campaign not in available_plans():
        raise Refused(f"campaign '{campaign}': unknown; there are {', '.join(available_plans())}")
    return load_plan(plan_path(campaign))


def _listed(campaign: str) -> list[dict[str, Any]]:
    """Return the rows of `dondoc deadlines`: as rulings have left them, or as the plan alone gives them."""
    from deadlines.calendar import vietnam
    from deadlines.duties import expand_duties
    from dondoc.store.duties import duty_periods

    row = next((row for row in _stored() if row.key == campaign), None)
    if row is None:
        return [planned.as_json() for planned in expand_duties(plan_of(campaign), vietnam())]
    campaign_id = row.id
    return [stored.facts for stored in _ask(lambda database: duty_periods(database, campaign_id))]


def _rulings(campaign: str, duty: str) -> list[Any]:
    from dondoc.store.campaigns import rulings_of

    campaign_id = next((row.id for row in _stored() if row.key == campaign), None)
    return [] if campaign_id is None else _ask(lambda database: rulings_of(database, campaign_id, duty))


def _stored() -> "list[CampaignRow]":
    """Return the campaigns of the database, none when there is no database yet."""
    from dondoc.store.campaigns import campaigns as every

    chosen = settings()
    if chosen.database_url is None and not (chosen.home / "dondoc.sqlite").exists():
        return []
    return _ask(every)


def _ask(question: "Callable[[Database], Coroutine[Any, Any, list[Any]]]") -> list[Any]:
    """Ask the database one question."""
    import asyncio

    from dondoc.store.engine import open_database

    async def read() -> list[Any]:
        database = await open_database(settings().database)
        try:
            return await question(database)
        finally:
            await database.close()

    return asyncio.run(read())


commands = (campaigns, deadlines, explain, status)
