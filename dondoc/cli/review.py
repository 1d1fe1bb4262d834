"""Commands of reviewers: which reports there are, accept one, ask for a supplement, refuse or recall it."""

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

import click

from config.errors import Refused
from dondoc.cli.edge import FORMAT, OFFICER, answers, in_world, officer_or_login
from dondoc.cli.inputs import CODE, DAY, KEY, NAME, ROLE, UNIT
from dondoc.cli.output import print_json, print_table, shown

if TYPE_CHECKING:
    from tasks.world import World

_MOST = 10_000
_STATES = {"waiting": "chờ xem xét", "returned": "đã đề nghị bổ sung", "accepted": "đã chấp nhận"}


@click.command()
@click.argument("campaign", required=False, type=KEY)
@click.option("--waiting", is_flag=True, help="Only those that wait for a reviewer.")
@click.option("--unit", type=UNIT, default=None, help="Only this unit's.")
@click.option("--duty", type=KEY, default=None, help="Only under this duty.")
@FORMAT
@answers
def submissions(campaign: str | None, waiting: bool, unit: str | None, duty: str | None, form: str) -> None:
    """List reports by their latest version: how they stand and since when, those that have waited longest first."""

    async def work(world: "World") -> None:
        from dondoc import clock
        from dondoc.cli.standing import code_of
        from dondoc.store.campaigns import campaign as one
        from dondoc.store.campaigns import campaigns
        from dondoc.store.reviews import reports

        now = world.database.now()
        owners = [await one(world.database, campaign)] if campaign else await campaigns(world.database)
        code = await code_of(world, unit, now) if unit is not None else None
        total, rows = await reports(
            world.database, [each.id for each in owners], states=("waiting",) if waiting else (), unit=code, duty=duty,
            limit=_MOST,
        )  # fmt: skip
        ages = [(clock.local_day(now) - clock.local_day(r.review_since)).days if r.review_since else 0 for r in rows]
        if form == "json":
            print_json([asdict(row) | {"days": days} for row, days in zip(rows, ages, strict=True)])
            return
        print_table(
            f"Báo cáo đã nhận: {total}",
            ("mã", "đơn vị", "nhiệm vụ", "lần", "tình trạng", "số ngày", "bổ sung đến"),
            [(row.code, row.unit_name, f"{row.campaign} · {row.duty} {row.period}", row.version, _STATES[row.review],
              days, shown(row.supplement_by)) for row, days in zip(rows, ages, strict=True)],
        )  # fmt: skip

    in_world(work)


@click.command()
@click.argument("code", type=CODE)
@click.option("--accept", is_flag=True, help="It is complete.")
@click.option(
    "--return", "lacks", type=NAME, default=None, metavar='"LÝ DO"', help="Ask for a supplement: what it lacks."
)
@click.option("--by", type=DAY, default=None, help="The last day of the supplement.")
@click.option("--reason", "reasons", type=KEY, multiple=True,
              help="Stated: content, figures, signature, files; to refuse: unit, unreadable, authority.")  # fmt: skip
@click.option("--refuse", type=NAME, default=None, metavar='"LÝ DO"', help="It does not count as received.")
@click.option("--recall", type=NAME, default=None, metavar='"LÝ DO"', help="The unit or the desk takes it back.")
@click.option(
    "--receiver", type=ROLE, default=None, metavar="ROLE", help="Which receiver decides, where there are two."
)
@OFFICER
@FORMAT
@answers
def review(
    code: str, accept: bool, lacks: str | None, by: date | None, reasons: tuple[str, ...], refuse: str | None,
    recall: str | None, receiver: str | None, officer: str | None, form: str,
) -> None:  # fmt: skip
    """Decide on the report CODE: accept it, ask for a supplement until a day, refuse it or recall it.

    The first receipt keeps judging a report, whatever is asked for. A refused or recalled one does not count: with
    none left, the duty is open again and its reminders go on.
    """
    acts = {"accepted": accept or None, "returned": lacks, "refused": refuse, "recalled": recall}
    chosen = [verdict for verdict, said in acts.items() if said is not None]
    if len(chosen) != 1:
        raise Refused(f'review {code}: say one of --accept, --return "lý do" --by DATE, --refuse, --recall')
    who, [verdict] = officer_or_login(officer), chosen
    words = "" if verdict == "accepted" else str(acts[verdict])

    async def work(world: "World") -> None:
        from tasks.review import decide

        done = await decide(
            world, code.upper(), verdict, by=who, as_of=world.database.now(), receiver=receiver, reasons=reasons,
            words=words, supplement_by=by,
        )  # fmt: skip
        if form == "json":
            print_json(asdict(done))
            return
        said = {"accepted": "chấp nhận", "returned": "đề nghị bổ sung", "refused": "từ chối tiếp nhận",
                "recalled": "thu hồi"}[verdict]  # fmt: skip
        click.echo(f"{done.code}: {who} ghi {said}; báo cáo nay {_STATES.get(done.review or '', 'chưa ghi nhận')}")
        if done.supplement_by:
            letter = "thư đang chờ gửi" if done.told else "chưa có địa chỉ để gửi thư"
            click.echo(f"bổ sung đến hết ngày {shown(done.supplement_by)}; {letter}")

    in_world(work)


commands = (submissions, review)
