"""Commands that decide, each a ruling of a named officer: go live, dates, extensions, waivers, roles, facts."""

from collections.abc import Callable, Coroutine
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.errors import Refused
from config.grammar import MILESTONES, ROLES, UNIT_KINDS
from dondoc.cli.difference import ONLY_SHOW, print_difference
from dondoc.cli.edge import OFFICER, answers, in_world, officer_or_login
from dondoc.cli.inputs import DAY, DOCUMENT_WORDS, KEY, NAME, PERIOD, UNIT
from dondoc.cli.output import shown

if TYPE_CHECKING:
    from tasks.changing import By
    from tasks.make_ruling import For, Ruled
    from tasks.world import World

DOCUMENT = click.option("--document", type=DOCUMENT_WORDS, default=None, metavar='"SỐ; NGÀY"',
                        help="The document this rests on.")  # fmt: skip
REASON = click.option("--reason", type=DOCUMENT_WORDS, default=None, help="Why, in a sentence.")
_UNIT = click.option("--unit", type=UNIT, default=None, help="Only for this unit and whoever follows it.")
_KIND = click.option("--kind", type=click.Choice(UNIT_KINDS), default=None, metavar="KIND",
                     help="Only for this kind of unit, e.g. commune.")  # fmt: skip
_UNDER = click.option("--under", type=UNIT, default=None, metavar="UNIT", help="Only for this unit and all under it.")


def decides(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what every decision has: who decides, by which document, and why."""
    return DOCUMENT(REASON(OFFICER(answers(function))))


def by_whom(world: "World", officer: str, document: str | None, reason: str | None) -> "By":
    """Return who decides, now, and whether it is only to be shown."""
    from tasks.changing import By

    return By(officer, world.database.now(), document, reason, ONLY_SHOW.get())


@click.command("go-live")
@click.argument("campaign", type=KEY)
@click.option("--since", type=DAY, required=True, help="Steps before this day never fire.")
@click.option(
    "--received",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    metavar="FILE",
    help="What was in before (CSV or .xlsx): unit, duty, period, received_at, …; nothing is sent about it.",
)
@DOCUMENT
@OFFICER
@answers
def go_live(
    campaign: str, since: date, received: Path | None, document: str | None, officer: str | None
) -> None:  # fmt: skip
    """Take CAMPAIGN from rehearsal to live: from now on mail reaches its units."""
    by = officer_or_login(officer)

    async def work(world: "World") -> None:
        from tasks.read_backlog import read_backlog
        from tasks.rule_campaign import go_live as ruled

        rows = read_backlog(received) if received else []
        done = await ruled(
            world, campaign, since, officer=by, document=document, as_of=world.database.now(), received=rows,
            only_show=ONLY_SHOW.get(),
        )  # fmt: skip
        if rows:
            click.echo(f"báo cáo đã nhận trước đó: {len(rows)}, không gửi thư")
        _print(done, f"{campaign} chính thức từ {shown(since)}", by, document, short=True)

    in_world(work)


@click.group()
def rule() -> None:
    """Record a ruling of a named officer; `dondoc diff rule …` only shows what it would change."""


@rule.command("set-date")
@click.argument("campaign", type=KEY)
@click.argument("duty", type=KEY)
@click.argument("period", type=PERIOD)
@click.argument("due_on", type=DAY)
@_UNIT
@_KIND
@_UNDER
@decides
def set_date(
    campaign: str, duty: str, period: str, due_on: date, unit: str | None, kind: str | None, under: str | None,
    document: str | None, reason: str | None, officer: str | None,
) -> None:  # fmt: skip
    """Give a duty its date. A duty on request takes the day of the request as PERIOD."""
    whom = _whom(unit, kind, under)

    async def work(world: "World", by: "By") -> "Ruled":
        from tasks.make_ruling import set_date as ruled

        return await ruled(
            world, campaign, duty, period, due_on, officer=by.officer, document=by.document, as_of=by.as_of,
            whom=whom, reason=by.reason, only_show=by.only_show,
        )  # fmt: skip

    _rule(work, f"{duty} {period}{_for(unit, kind, under)}: hạn cuối {shown(due_on)}", officer, document, reason)


@rule.command()
@click.argument("campaign", type=KEY)
@click.argument("duty", type=KEY)
@click.argument("period", type=PERIOD)
@click.argument("due_on", type=DAY)
@click.option("--requested-on", type=DAY, required=True, help="When the unit asked; before its date had expired.")
@_UNIT
@_KIND
@_UNDER
@decides
def extend(
    campaign: str, duty: str, period: str, due_on: date, requested_on: date, unit: str | None, kind: str | None,
    under: str | None, document: str | None, reason: str | None, officer: str | None,
) -> None:  # fmt: skip
    """Gia hạn: move the date to DUE_ON, by the document of whoever set it."""
    whom = _whom(unit, kind, under)

    async def work(world: "World", by: "By") -> "Ruled":
        from tasks.make_ruling import extend as ruled

        return await ruled(world, campaign, duty, period, due_on, requested_on=requested_on, by=by, whom=whom)

    _rule(work, f"{duty} {period}{_for(unit, kind, under)}: gia hạn đến {shown(due_on)}", officer, document, reason)


@rule.command("accept-late")
@click.argument("campaign", type=KEY)
@click.argument("duty", type=KEY)
@click.argument("period", type=PERIOD)
@click.argument("until", type=DAY)
@_UNIT
@_KIND
@_UNDER
@decides
def accept_late(
    campaign: str, duty: str, period: str, until: date, unit: str | None, kind: str | None, under: str | None,
    document: str | None, reason: str | None, officer: str | None,
) -> None:  # fmt: skip
    """Tiếp nhận bổ sung: take reports in until UNTIL without urging; what is late stays late."""
    whom = _whom(unit, kind, under)

    async def work(world: "World", by: "By") -> "Ruled":
        from tasks.make_ruling import accept_late as ruled

        return await ruled(world, campaign, duty, period, until, by=by, whom=whom)

    said = f"{duty} {period}{_for(unit, kind, under)}: tiếp nhận bổ sung đến {shown(until)}, vẫn ghi sau thời hạn"
    _rule(work, said, officer, document, reason)


@rule.command()
@click.argument("campaign", type=KEY)
@click.argument("duty", type=KEY)
@click.argument("period", type=PERIOD)
@_UNIT
@_KIND
@_UNDER
@decides
def waive(
    campaign: str, duty: str, period: str, unit: str | None, kind: str | None, under: str | None,
    document: str | None, reason: str | None, officer: str | None,
) -> None:  # fmt: skip
    """Let units owe nothing for PERIOD."""
    whom = _whom(unit, kind, under)

    async def work(world: "World", by: "By") -> "Ruled":
        from tasks.make_ruling import waive as ruled

        return await ruled(world, campaign, duty, period, by=by, whom=whom)

    _rule(work, f"{duty} {period}{_for(unit, kind, under)}: không phải thực hiện kỳ này", officer, document, reason)


@rule.command()
@click.argument("campaign", type=KEY)
@click.argument("duty", type=KEY)
@click.argument("period", default="once", type=PERIOD)
@decides
def confirm(
    campaign: str, duty: str, period: str, document: str | None, reason: str | None, officer: str | None
) -> None:  # fmt: skip
    """Confirm that a duty left to circumstances will be held, or that the decision a phase waits for was taken."""

    async def work(world: "World", by: "By") -> "Ruled":
        from tasks.make_ruling import confirm as ruled

        return await ruled(
            world, campaign, duty, period, officer=by.officer, document=by.document, as_of=by.as_of, reason=by.reason,
            only_show=by.only_show,
        )  # fmt: skip

    _rule(work, f"{duty} {period}: xác nhận có thực hiện", officer, document, reason)


@rule.command()
@click.argument("campaign", type=KEY)
@click.argument("duty", type=KEY)
@click.argument("period", type=PERIOD)
@click.argument("kind", type=click.Choice(MILESTONES), metavar="KIND")
@click.argument("on", type=DAY)
@decides
def milestone(
    campaign: str, duty: str, period: str, kind: str, on: date, document: str | None, reason: str | None,
    officer: str | None,
) -> None:  # fmt: skip
    """Set an internal milestone: cut-off, draft, comment or signature. Nobody is late for one."""

    async def work(world: "World", by: "By") -> "Ruled":
        from tasks.make_ruling import set_milestone as ruled

        return await ruled(world, campaign, duty, period, kind, on, by=by)

    from deadlines.explain import MILESTONES as words

    _rule(work, f"{duty} {period}: mốc {words[kind]} {shown(on)}", officer, document, reason)


@rule.command("hold-role")
@click.argument("campaign", type=KEY)
@click.argument("role", type=click.Choice(ROLES), metavar="ROLE")
@click.argument("unit", type=UNIT)
@click.option("--from", "first", type=DAY, required=True, help="The first day on which it holds the role.")
@click.option("--until", type=DAY, default=None, help="The last day; whoever held it before holds it again after.")
@decides
def hold_role(
    campaign: str, role: str, unit: str, first: date, until: date | None, document: str | None, reason: str | None,
    officer: str | None,
) -> None:  # fmt: skip
    """Record which organisation holds ROLE from a day on."""

    async def work(world: "World", by: "By") -> "Ruled":
        from tasks.rule_campaign import hold_role as ruled

        return await ruled(world, campaign, role, unit, first, until, by=by)

    _rule(work, f"{campaign}: {unit} giữ vai trò {role} từ {shown(first)}", officer, document, reason)


@rule.command()
@click.argument("campaign", type=KEY)
@click.argument("name", type=click.Choice(["number", "date"]))
@click.argument("value", type=NAME)
@decides
def fact(
    campaign: str, name: str, value: str, document: str | None, reason: str | None, officer: str | None
) -> None:  # fmt: skip
    """Record a fact the plan's copy lacks: its number, or its date."""
    text = DAY.convert(value, None, None).isoformat() if name == "date" else value

    async def work(world: "World", by: "By") -> "Ruled":
        from tasks.rule_campaign import fact as ruled

        return await ruled(world, campaign, name, text, by=by)

    what = {"number": "số kế hoạch", "date": "ngày ban hành"}[name]
    _rule(work, f"{campaign}: {what} {value}", officer, document, reason)


@rule.command()
@click.argument("campaign", type=KEY)
@click.argument("reading", type=KEY)
@click.option("--as", "operative", type=DOCUMENT_WORDS, default=None, help="How it is read; default: as it is now.")
@decides
def settle(
    campaign: str, reading: str, operative: str | None, document: str | None, reason: str | None, officer: str | None
) -> None:  # fmt: skip
    """Settle how a disputed text (READING, e.g. DB-01) is read."""

    async def work(world: "World", by: "By") -> "Ruled":
        from tasks.rule_campaign import settle as ruled

        return await ruled(world, campaign, reading, operative, by=by)

    _rule(work, f"{campaign}: cách hiểu {reading}", officer, document, reason)


@rule.command()
@click.argument("campaign", type=KEY)
@click.argument("relation", type=click.Choice(["superseded_by", "merged_into", "serves"]))
@click.argument("other", type=KEY)
@click.option("--on", "on", type=DAY, default=None, help="From which day it asks for nothing; default: today.")
@click.option("--duty", type=KEY, default=None, help="serves: the duty here whose report also serves the other.")
@click.option("--other-duty", type=KEY, default=None, help="serves: the duty it serves there.")
@decides
def relate(
    campaign: str, relation: str, other: str, on: date | None, duty: str | None, other_duty: str | None,
    document: str | None, reason: str | None, officer: str | None,
) -> None:  # fmt: skip
    """Relate CAMPAIGN to OTHER: superseded by it, merged into it, or serving a duty of it with one report."""

    async def work(world: "World", by: "By") -> "Ruled":
        from tasks.rule_campaign import relate as ruled

        return await ruled(world, campaign, relation, other, by=by, on=on, duty=duty, other_duty=other_duty)

    _rule(work, f"{campaign}: {relation} {other}", officer, document, reason)


@rule.command()
@click.argument("campaign", type=KEY)
@click.argument("number", type=int)
@decides
def undo(campaign: str, number: int, document: str | None, reason: str | None, officer: str | None) -> None:
    """Take ruling NUMBER back; it stays on record, and so does this."""

    async def work(world: "World", by: "By") -> "Ruled":
        from tasks.make_ruling import undo as ruled

        return await ruled(world, campaign, number, by=by)

    _rule(work, f"{campaign}: hủy mục {number}", officer, document, reason)


def _rule(
    work: Callable[["World", "By"], Coroutine[Any, Any, "Ruled"]], said: str, officer: str | None,
    document: str | None, reason: str | None,
) -> None:  # fmt: skip
    who = officer_or_login(officer)

    async def ruled(world: "World") -> None:
        _print(await work(world, by_whom(world, who, document, reason)), said, who, document)

    in_world(ruled)


def _whom(unit: str | None, kind: str | None, under: str | None) -> "For":
    from tasks.make_ruling import For

    if sum(each is not None for each in (unit, kind, under)) > 1:
        raise Refused("--unit, --kind, --under: a ruling is for one of these, or for everybody; give one")
    return For(unit, kind, under)


def _for(unit: str | None, kind: str | None, under: str | None) -> str:
    who = unit or kind or (f"dưới {under}" if under else "")
    return f" ({who})" if who else ""


def _print(done: "Ruled", what: str, by: str, document: str | None, *, short: bool = False) -> None:
    """Say what was recorded. The entry's number is ours: it must not look like a document's."""
    rests = f", theo văn bản {document}" if document else ""
    if ONLY_SHOW.get():
        click.echo(f"Nếu ghi: {what}{rests}")
    else:
        click.echo(f"Đã ghi (mục {done.ruling_id}): {what}{rests}; {by}")
    if ONLY_SHOW.get() or not short:
        print_difference(done.difference)


commands = (go_live, rule)
