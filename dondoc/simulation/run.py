"""From a plan and a span of days to the account of a simulation."""

import gc
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from config.plan import Plan
from dondoc import clock
from dondoc.registry import load_bundle
from dondoc.simulation.account import account_of
from dondoc.simulation.behaviour import profile_named
from dondoc.simulation.picture import draw
from dondoc.simulation.timeline import timeline_of
from dondoc.simulation.year import OfficerAct, Stand, play


async def simulate(
    plan: Plan,
    *,
    first: date,
    until: date,
    profile: str,
    seed: int,
    folder: Path,
    database_url: str | None = None,
    progress: Callable[[datetime], None] = lambda _at: None,
    picture: Callable[[str], object] | None = None,
    acts: Sequence[OfficerAct] = (),
    stand: Stand | None = None,
) -> dict[str, Any]:
    """Play a campaign with its sample registry and return the account. Errors: `BadSpan`, `UnknownProfile`.

    A plan without a date is played as if it were issued on `starts_on`, and the account says so. `picture` is handed
    the timeline as the text of an SVG file.
    """
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 (once, before anything runs)
    behaviour, bundle = profile_named(profile), load_bundle(plan.key)
    # Millions of short-lived rows: looking for cycles among them less often saves a tenth of the time.
    usual = gc.get_threshold()
    gc.set_threshold(100_000, 50, 50)
    try:
        played = await play(
            plan, bundle, first=first, until=until, profile=behaviour, seed=seed, folder=folder,
            database_url=database_url, progress=progress, acts=acts, stand=stand,
        )  # fmt: skip
    finally:
        gc.set_threshold(*usual)
    try:
        account = {
            "campaign": plan.key, "from": first.isoformat(), "until": until.isoformat(), "seed": seed,
            "profile": profile, "issued": plan.starts_on.isoformat(),
            "issued_assumed": plan.instrument.date is None,
            "officer_acts": [
                {"at": act.at.isoformat(), "do": act.words, "said": said} for act, said in played.acts
            ],
            **await account_of(played, clock.at_local(until, time())),
        }  # fmt: skip
        if picture is not None:
            picture(draw(await timeline_of(plan, played, first, until, account)))
        return account
    finally:
        await played.world.database.close()
