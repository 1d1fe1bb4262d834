"""Commands on the plan a campaign goes by: load it, amend it, and see beforehand what any change would do."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.errors import Refused
from dondoc.cli.difference import ONLY_SHOW, print_difference
from dondoc.cli.edge import FORMAT, OFFICER, answers, in_world, officer_or_login
from dondoc.cli.inputs import DAY, DOCUMENT_WORDS
from dondoc.cli.output import shown

if TYPE_CHECKING:
    from config.plan import Plan
    from tasks.world import World

_SHOWN = ("rule", "units", "calendar", "go-live", "load")  # what can be shown before it is done


@click.command()
@click.argument("plan_file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--since", type=DAY, default=None, help="New campaign: steps before this day never fire; default: 1/1.")
@click.option("--sample", is_flag=True, help="New campaign: bring the shipped units and sample contacts along.")
@click.option("--document", type=DOCUMENT_WORDS, default=None, metavar='"SỐ; NGÀY"',
              help="Amended plan: the document that amends it.")  # fmt: skip
@OFFICER
@FORMAT
@answers
def load(
    plan_file: Path, since: date | None, sample: bool, document: str | None, officer: str | None, form: str
) -> None:  # fmt: skip
    """Load a plan from PLAN_FILE: a new campaign, to rehearse; or an amended one, whose difference is shown.

    A campaign's units are in the registry (`dondoc units import`), or come along with --sample.
    """
    from config.plan import load_plan

    plan, who = load_plan(plan_file), officer_or_login(officer)

    async def work(world: "World") -> None:
        from dondoc.store.campaigns import campaigns
        from tasks.load_campaign import amend_plan

        if plan.key not in {row.key for row in await campaigns(world.database)}:
            await _load_new(world, plan, since, sample, who)
            return
        if since is not None or sample:
            raise Refused(f"{plan.key}: is loaded already; --since and --sample are for a new campaign")
        done = await amend_plan(
            world, plan, officer=who, document=document, as_of=world.database.now(), only_show=ONLY_SHOW.get()
        )
        if form != "json":
            head = f"Nếu nạp {plan_file.name}" if ONLY_SHOW.get() else f"Đã nạp {plan_file.name}; {who}"
            click.echo(f"{head}{f', theo văn bản {document}' if document else ''}")
        print_difference(done, form)

    in_world(work)


async def _load_new(world: "World", plan: "Plan", since: date | None, sample: bool, who: str) -> None:
    from dondoc import clock
    from dondoc.registry.bundle import RegistryBundle, load_bundle
    from tasks.load_campaign import first_state, load_campaign
    from tasks.open_world import refresh_names

    now = world.database.now()
    first = since or date(clock.local_day(now).year, 1, 1)
    if ONLY_SHOW.get():
        raise Refused(f"{plan.key}: is not loaded yet; all of it would be new, see 'dondoc deadlines'")
    bundle = load_bundle(plan.key) if sample else RegistryBundle((), (), ())
    state = first_state(plan)
    await load_campaign(world, plan, bundle, as_of=now, state=state, since=first, by=who)
    await refresh_names(world)
    words = {"draft": "bản thảo", "rehearsal": "chạy thử"}[state]
    click.echo(f"Đã nạp {plan.key} từ {shown(first)}, ở trạng thái {words}.")


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("what", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
@answers
def diff(ctx: click.Context, what: tuple[str, ...]) -> None:
    """Show what a change would do, and change nothing: `diff PLAN_FILE`, or `diff` before the command that changes it.

    \b
    dondoc diff dien-bien.yaml
    dondoc diff rule extend dien-bien annual-report 2026 30/11/2026 --unit "sở y tế" --requested-on 10/11/2026
    dondoc diff calendar off 23/11/2026 --name "Hoán đổi" --source "…"
    dondoc diff units merge …
    """
    words = list(what)
    if words[0] not in _SHOWN:
        if not words[0].endswith((".yaml", ".yml")) and not Path(words[0]).is_file():
            listed = ", ".join(_SHOWN)
            raise Refused(f"diff '{words[0]}': is no plan file and no command that changes something ({listed})")
        words = ["load", *words]
    root: Any = ctx.find_root().command
    token = ONLY_SHOW.set(True)
    try:
        with root.make_context("dondoc", words, parent=ctx) as inner:
            root.invoke(inner)
    finally:
        ONLY_SHOW.reset(token)


commands = (load, diff)
