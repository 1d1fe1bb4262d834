"""Play a campaign through the years: the same functions as in earnest, under a clock that jumps to what is next."""

import heapq
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Literal, Protocol

from config.errors import Refused
from config.plan import Plan
from deadlines.waves import allowed_from
from dondoc import clock
from dondoc.messages.smtp import Route
from dondoc.messages.spool import SpoolServer
from dondoc.registry import RegistryBundle
from dondoc.simulation.behaviour import Conduct, Profile, conduct_of, is_released
from dondoc.store.accounts import OpenedAssignment, assignments_after, is_open, queued_for
from dondoc.store.briefs import briefs_on_desk
from dondoc.store.campaigns import campaign
from dondoc.store.engine import mark_simulation, open_database
from dondoc.store.migrate import migrate_async
from dondoc.store.status import waiting_steps
from dondoc.store.steps import next_instant
from dondoc.store.timelines import steps_before
from flows.dispatch import dispatch
from flows.round import queue
from tasks.calendars import refresh_calendars
from tasks.lay_briefs import RefusedRelease, release_brief
from tasks.load_campaign import load_campaign
from tasks.make_ruling import confirm_reconciliation
from tasks.open_world import refresh_names, world_of
from tasks.receipts import Document
from tasks.record_submission import record_submission
from tasks.stages import RoundReport
from tasks.world import World

_TICK = timedelta(hours=1)  # how often the simulated sender looks for acknowledgements
_DESK_TAKES = timedelta(minutes=45)

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
    campaign_key: str
    server: SpoolServer
    played: Played
    stand: Stand | None
    agenda: list[tuple[datetime, int, Act, object]] = field(default_factory=list)
    order: int = 0
    seen: int = 0
    pending: dict[int, tuple[OpenedAssignment, Conduct]] = field(default_factory=dict)
    in_between: set[int] = field(default_factory=set)
    planned: set[tuple[datetime, Act]] = field(default_factory=set)
    desk_at: datetime | None = None
    briefs_seen: set[str] = field(default_factory=set)

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
        stage = _Stage(world, profile, seed, end, plan.key, server, played, stand)
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
    for assignment in await assignments_after(world.database, 0):
        known = stage.pending.get(assignment.id)
        if known and known[0].due_on is None and assignment.due_on:
            _expect(stage, at, assignment)  # nobody does anything about a duty before it has its date
    stage.plan(at, "round")


async def _round(stage: _Stage, at: datetime, _what: object) -> None:
    """Play one round: queue, let some units report just then, send, and see what comes next."""
    world = stage.world
    stage.played.rounds += 1
    report = await queue(world, at)
    if report.opened or report.joined:
        await _meet_new_units(stage, at)
    queued = any(each.queued for each in report.stages)
    for assignment_id in await queued_for(world.database, stage.in_between) if queued else ():
        stage.in_between.discard(assignment_id)
        await _submit(stage, at, assignment_id)
    sent = await dispatch(world, at)
    if stage.stand is not None:
        await stage.stand.show_round(at, replace(report, outcomes=sent.outcomes))
    await _desk(stage, at)
    following = await next_instant(world.database)
    if following is not None:
        stage.plan_once(following if following > at else at + _TICK, "round")


async def _dispatch(stage: _Stage, at: datetime, _what: object) -> None:
    """Let the sender take along what waits, acknowledgements above all."""
    await dispatch(stage.world, at)


async def _meet_new_units(stage: _Stage, at: datetime) -> None:
    for assignment in await assignments_after(stage.world.database, stage.seen):
        stage.seen = assignment.id
        _expect(stage, at, assignment)


def _expect(stage: _Stage, at: datetime, assignment: OpenedAssignment) -> None:
    """Settle what a unit will do about an assignment."""
    conduct = conduct_of(assignment, stage.profile, stage.seed)
    stage.pending[assignment.id] = assignment, conduct
    if conduct.manner == "in-between":
        stage.in_between.add(assignment.id)
    elif conduct.at is not None:
        stage.plan(max(conduct.at, at + timedelta(minutes=1)), "submit", assignment.id)


async def _submit(stage: _Stage, at: datetime, what: object) -> None:
    assert isinstance(what, int)
    assignment, conduct = stage.pending.pop(what)
    if not await is_open(stage.world.database, what):
        return  # the unit has ceased to exist, or somebody reported for it
    document = None
    if conduct.with_document:
        document = Document(f"{what}/BC-MẪU", clock.local_day(at), "Người ký mẫu")
    stage.played.diary.append(DiaryEntry(what, at, stage.server.count))
    await record_submission(
        stage.world, stage.campaign_key, assignment.duty, assignment.period, assignment.unit_code, as_of=at,
        document=document, by="mô phỏng",
    )  # fmt: skip
    # The next look of the alarm takes the acknowledgement along.
    seconds = _TICK.total_seconds()
    stage.plan_once(datetime.fromtimestamp((at.timestamp() // seconds + 1) * seconds, at.tzinfo), "dispatch")


async def _desk(stage: _Stage, at: datetime) -> None:
    """Let the desk notice what waits for it: steps without a reconciliation, briefs to release."""
    database = stage.world.database
    if await waiting_steps(database) and stage.desk_at is None:
        stage.desk_at = allowed_from(at + _DESK_TAKES, stage.world.calendar)
        stage.plan(stage.desk_at, "reconcile")
    for brief in await briefs_on_desk(database):
        if brief.code not in stage.briefs_seen:
            stage.briefs_seen.add(brief.code)
            if is_released(brief.code, stage.profile, stage.seed):
                stage.plan(allowed_from(at + timedelta(hours=20), stage.world.calendar), "release", brief.code)


async def _reconcile(stage: _Stage, at: datetime, _what: object) -> None:
    stage.desk_at = None
    await confirm_reconciliation(stage.world, officer="Chuyên viên mẫu", as_of=at)
    stage.plan_once(at, "round")


async def _release(stage: _Stage, at: datetime, what: object) -> None:
    await confirm_reconciliation(stage.world, officer="Chuyên viên mẫu", as_of=at)
    document = f"{what}/CV-MẪU"
    try:
        await release_brief(stage.world, str(what), document=document, by="Lãnh đạo mẫu", as_of=at)
    except RefusedRelease:
        return
    if stage.stand is not None:
        await stage.stand.show_release(at, str(what), document)
    stage.plan_once(at, "round")


_ACTS = {
    "officer": _officer, "round": _round, "dispatch": _dispatch, "submit": _submit, "reconcile": _reconcile,
    "release": _release,
}  # fmt: skip
