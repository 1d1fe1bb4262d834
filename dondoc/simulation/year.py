"""Play a campaign through the years: the same functions as in earnest, under a clock that jumps to what is next."""

import heapq
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Literal, Protocol

from config.errors import Refused
from config.plan import Plan
from dondoc import clock
from dondoc.messages.smtp import Route
from dondoc.messages.spool import SpoolServer
from dondoc.registry import RegistryBundle
from dondoc.simulation.behaviour import Profile
from dondoc.simulation.cast import Cast
from dondoc.store.campaigns import campaign
from dondoc.store.engine import mark_simulation, open_database
from dondoc.store.migrate import migrate_async
from dondoc.store.steps import next_instant
from dondoc.store.timelines import steps_before
from flows.dispatch import dispatch
from flows.round import queue
from tasks.calendars import refresh_calendars
from tasks.load_campaign import load_campaign
from tasks.open_world import refresh_names, world_of
from tasks.stages import RoundReport
from tasks.world import World

_TICK = timedelta(hours=1)  # how often the simulated sender looks for acknowledgements

Act = Literal["officer", "round", "dispatch", "submit", "reconcile", "release"]


class BadSpan(Refused):
    """A simulation's days contradict each other or the campaign."""


@dataclass(frozen=True, slots=True)
class OfficerAct:
    """What an officer does at an instant of a simulation, in the words of the command line; returns what was said."""

    at: datetime
    words: str
    perform: Callable[[World], Awaitable[str]]


class Stand(Protocol):
    """Where a simulation is shown while it plays; Prefect is one."""

    async def open(self, world: World, steps: int) -> None:
        """Make ready to show a campaign that is loaded and has so many steps before its end; may refuse."""

    async def show_round(self, at: datetime, report: RoundReport) -> None:
        """Show what one round did."""

    async def show_release(self, at: datetime, code: str, document: str) -> None:
        """Show that a brief was released."""


@dataclass(frozen=True, slots=True)
class DiaryEntry:
    """One submission as the simulation made it: which assignment, when, and how many mails had left before."""

    assignment_id: int
    at: datetime
    mails_before: int


@dataclass(slots=True)
class Played:
    """A finished simulation: where its parts lie, what its units did."""

    world: World
    campaign_id: int
    spool: Path
    diary: list[DiaryEntry] = field(default_factory=list)
    acts: list[tuple[OfficerAct, str]] = field(default_factory=list)
    rounds: int = 0


@dataclass(slots=True)
class _Stage:
    world: World
    profile: Profile
    seed: int
    until: datetime
    server: SpoolServer
    played: Played
    stand: Stand | None
    agenda: list[tuple[datetime, int, Act, object]] = field(default_factory=list)
    order: int = 0
    planned: set[tuple[datetime, Act]] = field(default_factory=set)
    cast: Cast = field(init=False)

    def __post_init__(self) -> None:
        self.cast = Cast(self.world, self.profile, self.seed, self.plan)

    def plan(self, at: datetime, act: Act, what: object = None) -> None:
        """Put something on the agenda unless it lies beyond the end."""
        if at < self.until:
            heapq.heappush(self.agenda, (at, self.order, act, what))
            self.order += 1

    def plan_once(self, at: datetime, act: Act) -> None:
        """Put a round or a dispatch on the agenda, once per instant."""
        if (at, act) not in self.planned:
            self.planned.add((at, act))
            self.plan(at, act)


async def play(
    plan: Plan,
    bundle: RegistryBundle,
    *,
    first: date,
    until: date,
    profile: Profile,
    seed: int,
    folder: Path,
    database_url: str | None = None,
    progress: Callable[[datetime], None] = lambda _at: None,
    acts: Sequence[OfficerAct] = (),
    stand: Stand | None = None,
) -> Played:
    """Play `plan` from the morning of `first` up to, not including, `until`, live from its first day.

    Everything lies in `folder`: an own database marked as a simulation and the SMTP server's spool. What officers do
    in between stands in `acts`. Errors: `BadSpan`, and what an act refuses.
    """
    start, end = _span(plan, first, until, acts)
    url = database_url or f"sqlite+aiosqlite:///{folder / 'simulation.sqlite'}"
    await migrate_async(url)
    database = await open_database(url, relaxed=True)
    await mark_simulation(database, start)
    now = [start]
    server = SpoolServer(folder / "spool", clock=lambda: now[0])
    await server.start()
    try:
        routes = {"live": Route("127.0.0.1", server.port, 4), "rehearsal": Route("127.0.0.1", server.port, 4)}
        world = await world_of(database, f"simulation {seed}".encode(), routes)
        world.sender = "simulation"
        await load_campaign(world, plan, bundle, as_of=start, state="live", since=first)
        await refresh_names(world)
        row = await campaign(database, plan.key)
        played = Played(world, row.id, folder / "spool")
        stage = _Stage(world, profile, seed, end, server, played, stand)
        if stand is not None:
            await stand.open(world, await steps_before(database, end))
        for officer_act in acts:  # first in the agenda: at the same instant an officer comes before the machine
            stage.plan(officer_act.at, "officer", officer_act)
        stage.plan_once(start, "round")
        while stage.agenda:
            at, _order, act, what = heapq.heappop(stage.agenda)
            now[0] = at
            progress(at)
            await _ACTS[act](stage, at, what)
        return played
    except BaseException:
        await database.close()
        raise
    finally:
        await server.stop()


def _span(plan: Plan, first: date, until: date, acts: Sequence[OfficerAct]) -> tuple[datetime, datetime]:
    if until <= first:
        raise BadSpan(f"--until {until:%Y-%m-%d}: must lie after --from {first:%Y-%m-%d}")
    if first < plan.starts_on:
        raise BadSpan(f"--from {first:%Y-%m-%d}: before the plan's own date {plan.starts_on:%Y-%m-%d}")
    start, end = clock.at_local(first, time(7, 0)), clock.at_local(until, time())
    for act in acts:
        if not start <= act.at < end:
            raise BadSpan(f"{act.at.astimezone(clock.LOCAL):%Y-%m-%d %H:%M} {act.words}: lies outside the simulation")
    return start, end


async def _officer(stage: _Stage, at: datetime, what: object) -> None:
    """Let an officer act, in the world and at the instant of the simulation; the machine looks right afterwards."""
    assert isinstance(what, OfficerAct)
    world = stage.world
    world.database.stand_at(at)
    stage.played.acts.append((what, await what.perform(world)))
    await refresh_names(world)
    await refresh_calendars(world)
    await stage.cast.hear_of_dates(at)
    stage.plan(at, "round")


async def _round(stage: _Stage, at: datetime, _what: object) -> None:
    """Play one round: queue, let some units report just then, send, and see what comes next."""
    world = stage.world
    stage.played.rounds += 1
    report = await queue(world, at)
    if report.opened or report.joined:
        await stage.cast.meet_new_units(at)
    queued = any(each.queued for each in report.stages)
    for assignment_id in await stage.cast.reporting_just_now() if queued else ():
        await _submit(stage, at, assignment_id)
    sent = await dispatch(world, at)
    if stage.stand is not None:
        await stage.stand.show_round(at, replace(report, outcomes=sent.outcomes))
    await stage.cast.look_at_desk(at)
    following = await next_instant(world.database)
    if following is not None:
        stage.plan_once(following if following > at else at + _TICK, "round")


async def _dispatch(stage: _Stage, at: datetime, _what: object) -> None:
    """Let the sender take along what waits, acknowledgements above all."""
    await dispatch(stage.world, at)


async def _submit(stage: _Stage, at: datetime, what: object) -> None:
    assert isinstance(what, int)
    if not await stage.cast.reports(what):
        return
    stage.played.diary.append(DiaryEntry(what, at, stage.server.count))
    await stage.cast.submit(at, what)
    # The next look of the alarm takes the acknowledgement along.
    seconds = _TICK.total_seconds()
    stage.plan_once(datetime.fromtimestamp((at.timestamp() // seconds + 1) * seconds, at.tzinfo), "dispatch")


async def _reconcile(stage: _Stage, at: datetime, _what: object) -> None:
    await stage.cast.reconcile(at)
    stage.plan_once(at, "round")


async def _release(stage: _Stage, at: datetime, what: object) -> None:
    document = await stage.cast.release(at, str(what))
    if document is None:
        return
    if stage.stand is not None:
        await stage.stand.show_release(at, str(what), document)
    stage.plan_once(at, "round")


_ACTS = {
    "officer": _officer, "round": _round, "dispatch": _dispatch, "submit": _submit, "reconcile": _reconcile,
    "release": _release,
}  # fmt: skip
