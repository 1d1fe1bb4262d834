"""Commands that look at campaigns and their duties: campaigns, deadlines, explain."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.errors import Refused
from dondoc.cli.edge import FORMAT, answers, settings
from dondoc.cli.inputs import KEY, PERIOD
from dondoc.cli.output import print_json, print_table, shown, shown_due
from dondoc.cli.plans import FILE, is_file
from dondoc.cli.standing import BOUND

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from config.plan import Plan
    from deadlines.calendar import Calendar
    from dondoc.store.campaigns import CampaignRow
    from dondoc.store.engine import Database


@click.command()
@FORMAT
@answers
def campaigns(form: str) -> None:
    """List the campaigns: those that ship, and their state in this database."""
    from config.plan import available_plans, load_plan, plan_path
    from dondoc.portal import words

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
        return
    print_table(
        "Phong trào thi đua",
        ["mã", "tình trạng", "từ ngày", "kế hoạch số", "ngày", "giai đoạn", "tên"],
        (
            [row["campaign"], words.STATES.get(row["state"], "chưa nạp"), row["since"], row["plan_number"],
             row["plan_date"], f"{row['first_year']}–{row['last_year']}", row["name"]]
            for row in rows
        ),
    )  # fmt: skip


@click.command()
@click.argument("campaign", type=FILE)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "ics"]),
    default="table",
    show_default=True,
    help="json prints JSON and nothing else; ics the dated ones as an iCalendar file.",
)
@answers
def deadlines(campaign: str, form: str) -> None:
    """List every duty of CAMPAIGN for every period, with its dates, obligors and clause.

    CAMPAIGN is a campaign's key, or a plan file (ends in .yaml): then as the file alone gives it.
    """
    rows = _listed(campaign)
    if form == "json":
        print_json(rows)
        return
    if form == "ics":
        _print_ics(campaign, rows)
        return
    print_table(
        f"{campaign}: {len(rows)} dòng, mỗi nhiệm vụ mỗi kỳ một dòng",
        ["nhiệm vụ", "kỳ", "mục", "tính chất", "hạn cuối", "ai thực hiện → nơi nhận", "ghi chú"],
        (
            [row["duty"], row["period"], row["clause"], BOUND[row["modality"]], shown_due(row["due_on"]),
             _who(row), _notes(row)]
            for row in rows
        ),
    )  # fmt: skip


def _print_ics(campaign: str, rows: list[dict[str, Any]]) -> None:
    """Print the dated rows as an iCalendar file, and on standard error which have no date to print."""
    from deadlines.model import DutyPeriod
    from dondoc import clock
    from dondoc.messages.catalogue import shipped
    from dondoc.reports.ics import ics

    plan = plan_of(campaign)
    dated = [DutyPeriod.from_json(row, plan.duty(row["duty"]).title) for row in rows if row["due_on"]]
    # As bytes: what prints text would turn the CRLF that the format asks for into the machine's own line ends.
    click.echo(ics(plan.name, dated, shipped("vi").period, clock.now()).encode(), nl=False)
    left_out = dict.fromkeys(row["duty"] for row in rows if not row["due_on"])
    if left_out:
        missing = len(rows) - len(dated)
        click.echo(f"{missing} dòng chưa ấn định thời hạn, không có trong lịch: {', '.join(left_out)}", err=True)


def _who(row: dict[str, Any]) -> str:
    """Return who owes a row and who receives it, as the plan file calls them."""
    owing = ", ".join(dict.fromkeys(each.get("role") or each["kind"] for each in row["obligors"]))
    to = ", ".join(f"{each['to']} (qua {each['via']})" if each.get("via") else each["to"] for each in row["addressees"])
    return f"{owing} → {to}" if to else owing


def _notes(row: dict[str, Any]) -> str | None:
    """Return what a reader must know beside the date itself."""
    early = row["target_on"] if row["target_on"] != row["due_on"] else None
    notes = (
        f"ngày làm việc cuối {shown_due(early)}" if early else None,
        f"không quá {shown_due(row['bound_on'])}" if row["bound_on"] else None,
        None if row["confirmed"] else "chờ xác nhận",
        f"sau {row['conditional_on']}" if row["conditional_on"] else None,
        "lịch nghỉ dự kiến" if row["calendar_status"] == "dự kiến" else None,
    )
    return "; ".join(note for note in notes if note) or None


@click.command()
@click.argument("campaign", type=FILE)
@click.argument("duty", type=KEY)
@click.argument("period", required=False, type=PERIOD)
@answers
def explain(campaign: str, duty: str, period: str | None) -> None:
    """Say how a date came about: clause, words, rule, calendar, ladder, readings.

    CAMPAIGN is a campaign's key, or a plan file (ends in .yaml).
    """
    from deadlines.explain import explain as explained
    from deadlines.model import DutyPeriod

    plan = plan_of(campaign)
    rows = [DutyPeriod.from_json(row, plan.duty(duty).title) for row in _listed(campaign) if row["duty"] == duty]
    if not rows:
        raise Refused(f"duty '{duty}': not in {campaign}; known: {', '.join(d.slug for d in plan.duties)}")
    wanted = [row for row in rows if period in (None, row.period)]
    if not wanted:
        raise Refused(f"period '{period}': {duty} has {', '.join(row.period for row in rows)}")
    rulings, calendar = _rulings(campaign, duty), _calendar(campaign)
    for number, row in enumerate(wanted):
        if number:
            click.echo()
        click.echo("\n".join(explained(plan, row, calendar)))
        for ruling in rulings:
            if ruling.period == row.period:
                click.echo(_ruled(ruling))


def _ruled(ruling: Any) -> str:
    """Return what an officer has recorded about a duty, as one line."""
    from dondoc.cli.ruling_list import ruling_words

    what = ruling_words(ruling)
    rests = f" theo văn bản {ruling.document}" if ruling.document else ""
    return f"Đã ghi (mục {ruling.id}): {what}{rests}; {ruling.officer}, {shown(ruling.made_at)}."


def plan_of(campaign: str) -> "Plan":
    """Return a campaign's plan: the one stored in the database if it is there, else the one that ships; or a file's."""
    from config.plan import available_plans, load_plan, load_plan_text, plan_path

    if is_file(campaign):
        return load_plan(Path(campaign))
    row = _in_use(campaign)
    if row is not None:
        from deadlines.rulings import plan_under

        return plan_under(load_plan_text(row.plan_text, f"{campaign}.yaml"), row.found)
    if campaign not in available_plans():
        raise Refused(f"campaign '{campaign}': unknown; there are {', '.join(available_plans())}")
    return load_plan(plan_path(campaign))


def _listed(campaign: str) -> list[dict[str, Any]]:
    """Return the rows of `dondoc deadlines`: as rulings have left them, or as the plan alone gives them."""
    from deadlines.calendar import vietnam
    from deadlines.duties import expand_duties

    row = _in_use(campaign)
    if row is None:
        return [planned.as_json() for planned in expand_duties(plan_of(campaign), vietnam())]

    from dondoc.store.duties import duty_periods

    campaign_id = row.id
    return [stored.facts for stored in _ask(lambda database: duty_periods(database, campaign_id))]


def _rulings(campaign: str, duty: str) -> list[Any]:
    row = _in_use(campaign)
    if row is None:
        return []

    from dondoc.store.rulings import rulings_of

    campaign_id = row.id
    return _ask(lambda database: rulings_of(database, campaign_id, duty))


def _calendar(campaign: str) -> "Calendar":
    """Return the working days a campaign goes by: with what the office has entered, or those that ship."""
    from deadlines.calendar import vietnam

    row = _in_use(campaign)
    if row is None:
        return vietnam()

    from tasks.calendars import calendars_in

    async def read(database: "Database") -> list[Any]:
        async with database.read() as connection:
            return [await calendars_in(connection)]

    (calendars,) = _ask(read)
    found: Calendar = calendars.get(row.calendar) or vietnam()
    return found


def _in_use(campaign: str) -> "CampaignRow | None":
    """Return the campaign as this database holds it; null for a file, and for one that is not loaded."""
    return None if is_file(campaign) else next((row for row in _stored() if row.key == campaign), None)


def _stored() -> "list[CampaignRow]":
    """Return the campaigns of the database, none when there is no database yet."""
    chosen = settings()
    if chosen.database_url is None and not (chosen.home / "dondoc.sqlite").exists():
        return []  # before anything of the store is imported: reading a plan takes no database

    from dondoc.store.campaigns import campaigns as every

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


commands = (campaigns, deadlines, explain)
